-- The views of what each stage does, and of what keeps it from doing it.

create or replace function debrief._install_status_views() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if to_regclass('debrief.stage_status') is null then
    create view debrief.stage_status with (security_invoker = true) as
    select n.stage, s.server, debrief._server_kind(s.server) as kind, s.store,
           coalesce(h.state, p.state, 'ready') as state, coalesce(h.reason, p.reason) as reason,
           coalesce(h.hint, p.hint) as hint, h.until as parked_until, coalesce(t.failures, 0) as failures,
           coalesce(m.cost, 0) as cost_today
      from debrief._stages_used() n
      left join debrief.stages s on s.stage = n.stage
      left join debrief.server_states t on t.server = s.server and t.stage = n.stage
      left join (select g.server, sum(g.cost) as cost from debrief.server_usage g
                  where g.day = (now() at time zone 'UTC')::date group by g.server) m on m.server = s.server
      left join (select distinct on (a.stage) a.* from debrief._stage_holds() a order by a.stage, a.rank) h on h.stage = n.stage
      left join lateral (
        select 'probing' as state, concat_ws(': ', case when u.server <> s.server then 'store ' || s.store end, u.code, u.message) as reason,
               'One call at a time until one succeeds.' as hint
          from debrief.server_states u
         where u.stage = n.stage and u.server in (s.server, s.store) and u.failures > 0
         order by u.server <> s.server limit 1) p on true
     order by n.place;
    comment on view debrief.stage_status is
      'Each stage: ready, probing, or what keeps it from working (parked, paused, budget spent, no worker, and so on); why, and what to do';
    comment on column debrief.stage_status.stage is 'The stage';
    comment on column debrief.stage_status.server is 'The provider that serves it';
    comment on column debrief.stage_status.kind is 'Of that server';
    comment on column debrief.stage_status.store is 'The store of the stage';
    comment on column debrief.stage_status.state is 'ready, or why it is not';
    comment on column debrief.stage_status.reason is 'Why it is not ready';
    comment on column debrief.stage_status.hint is 'What to do';
    comment on column debrief.stage_status.parked_until is 'When the next call is made, if it is parked or its budget is spent';
    comment on column debrief.stage_status.failures is 'Consecutive failures of the server';
    comment on column debrief.stage_status.cost_today is 'What the server''s calls of all stages cost today (UTC)';
  end if;

  if to_regclass('debrief.pipeline_status') is null then
    -- By the partial indexes only: what is finished is not counted, however much it is.
    create view debrief.pipeline_status with (security_invoker = true) as
    with queue as (
      select n.stage, n.place, q.past, case when s.rollout_percent < 100 then r.past else q.past end as reached, q.delayed,
             case when s.rollout_percent < 100 then r.oldest else q.oldest end as oldest, w.waiting
        from debrief._stages_used() n
        left join debrief.stages s on s.stage = n.stage
       cross join lateral (
              select count(*) filter (where d.due_at <= now()) as past, count(*) filter (where d.due_at > now()) as delayed,
                     min(d.due_at) filter (where d.due_at <= now()) as oldest
                from debrief._queue_rows() d where d.stage = n.stage and d.due_at is not null) q
       cross join lateral (
              select count(*) as past, min(d.due_at) as oldest from debrief._queue_rows() d
               where d.stage = n.stage and s.rollout_percent < 100 and d.due_at <= now() and debrief._in_rollout(d.user_id, s.rollout_percent)) r
       cross join lateral (
              select count(*) as waiting from debrief._queue_rows() d
               where d.stage = n.stage and not d.is_optional and d.status = 'queued' and d.due_at is null and d.status_before = 'completed') w),
    running as (
      select p.stage, count(*) as processing, min(p.updated_at) as oldest
        from debrief._queue_rows() p where p.lease_expires_at is not null and p.status = 'processing' group by p.stage),
    holds as materialized (
      select distinct on (h.stage) h.stage, h.state from debrief._stage_holds() h order by h.stage, h.rank)
    select q.stage,
           case when h.state is null then q.reached else 0 end as due,
           q.past - case when h.state is null then q.reached else 0 end as held,
           case when q.past > 0 then coalesce(h.state, case when q.past > q.reached then 'rollout' end) end as held_by,
           q.delayed,
           q.waiting + case when q.stage = 'audio'
                            then (select v.past + v.delayed + v.waiting from queue v where v.stage = 'ssml')
                                 + coalesce((select v.processing from running v where v.stage = 'ssml'), 0)
                            else 0 end as waiting,
           coalesce(r.processing, 0) as processing,
           case when h.state is null then now() - q.oldest end as oldest_due,
           now() - r.oldest as oldest_processing
      from queue q
      left join running r on r.stage = q.stage
      left join holds h on h.stage = q.stage
     order by q.place;
    comment on view debrief.pipeline_status is
      'The queue of each stage; due: could be claimed now; held: due, but kept back by held_by; delayed: due later; waiting: blank, or audio before its SSML. Alert on oldest_due';
    comment on column debrief.pipeline_status.stage is 'The stage';
    comment on column debrief.pipeline_status.due is 'Rows that could be claimed now';
    comment on column debrief.pipeline_status.held is 'Rows that are due and cannot be claimed: held_by says why';
    comment on column debrief.pipeline_status.held_by is
      'What holds them: the stage''s state in stage_status, such as paused, parked or budget spent, which holds all due rows; or rollout: users outside rollout_percent';
    comment on column debrief.pipeline_status.delayed is 'Rows that are due later: a retry, a server that is busy, a user''s quota of the day, or the time that they were given';
    comment on column debrief.pipeline_status.waiting is 'Rows that wait for a message, for their SSML, or in the bulk lane';
    comment on column debrief.pipeline_status.processing is 'Rows being processed';
    comment on column debrief.pipeline_status.oldest_due is 'How long the longest-due row that could be claimed has been due';
    comment on column debrief.pipeline_status.oldest_processing is 'How long the longest-running row has been processing';
  end if;

  if to_regclass('debrief.limits') is null then
    create view debrief.limits with (security_invoker = true) as
    select l.server, l.limit_name, l.allowed, l.used, l.resets_at, l.used >= l.allowed as is_used_up
      from debrief._limits() l
     order by l.server, l.limit_name;
    comment on view debrief.limits is
      'The limits of each server (calls_per_minute, calls_per_day, tokens_per_day, characters_per_day, cost_per_day): how much of them is used, and until when';
    comment on column debrief.limits.server is 'Name of the server';
    comment on column debrief.limits.limit_name is 'The server''s option that sets it';
    comment on column debrief.limits.allowed is 'Its value';
    comment on column debrief.limits.used is 'How much of it is used; calls_per_minute: all or nothing';
    comment on column debrief.limits.resets_at is 'When more is allowed: the next day (UTC), or for calls_per_minute the next call';
    comment on column debrief.limits.is_used_up is 'Whether no call may begin until resets_at';
  end if;
end $install$;
comment on function debrief._install_status_views() is 'Creates missing views of stages, queues and limits.';
