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
    comment on column debrief.stage_status.stage is 'analysis, ssml, audio or deliver';
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
    with queue (stage, past, reached, delayed, oldest, waiting) as (
      select 'analysis', q.past, case when s.rollout_percent < 100 then r.past else q.past end, q.delayed,
             case when s.rollout_percent < 100 then r.oldest else q.oldest end, (select count(*) from debrief.analysis_jobs w where w.status = 'queued' and w.due_at is null)
        from (select count(*) filter (where j.due_at <= now()) as past, count(*) filter (where j.due_at > now()) as delayed,
                     min(j.due_at) filter (where j.due_at <= now()) as oldest
                from debrief.analysis_jobs j where j.due_at is not null) q
        left join debrief.stages s on s.stage = 'analysis'
       cross join lateral (
              select count(*) as past, min(j.due_at) as oldest from debrief.analysis_jobs j
               where s.rollout_percent < 100 and j.due_at <= now() and debrief._in_rollout(j.user_id, s.rollout_percent)) r
      union all
      select 'ssml', q.past, case when s.rollout_percent < 100 then r.past else q.past end, q.delayed,
             case when s.rollout_percent < 100 then r.oldest else q.oldest end,
             (select count(*) from debrief.analysis_feedback w where w.ssml_status = 'queued' and w.ssml_due_at is null)
        from (select count(*) filter (where f.ssml_due_at <= now()) as past, count(*) filter (where f.ssml_due_at > now()) as delayed,
                     min(f.ssml_due_at) filter (where f.ssml_due_at <= now()) as oldest
                from debrief.analysis_feedback f where f.ssml_due_at is not null) q
        left join debrief.stages s on s.stage = 'ssml'
       cross join lateral (
              select count(*) as past, min(f.ssml_due_at) as oldest from debrief.analysis_feedback f
               where s.rollout_percent < 100 and f.ssml_due_at <= now() and debrief._in_rollout(f.user_id, s.rollout_percent)) r
      union all
      select 'audio', q.past, case when s.rollout_percent < 100 then r.past else q.past end, q.delayed,
             case when s.rollout_percent < 100 then r.oldest else q.oldest end, (select count(*) from debrief.analysis_feedback w
               where w.ssml_status = 'completed' and w.audio_status = 'queued' and w.audio_due_at is null)
        from (select count(*) filter (where f.audio_due_at <= now()) as past, count(*) filter (where f.audio_due_at > now()) as delayed,
                     min(f.audio_due_at) filter (where f.audio_due_at <= now()) as oldest
                from debrief.analysis_feedback f where f.audio_due_at is not null) q
        left join debrief.stages s on s.stage = 'audio'
       cross join lateral (
              select count(*) as past, min(f.audio_due_at) as oldest from debrief.analysis_feedback f
               where s.rollout_percent < 100 and f.audio_due_at <= now() and debrief._in_rollout(f.user_id, s.rollout_percent)) r
      union all
      select 'deliver', q.past, case when s.rollout_percent < 100 then r.past else q.past end, q.delayed,
             case when s.rollout_percent < 100 then r.oldest else q.oldest end, 0
        from (select count(*) filter (where d.due_at <= now()) as past, count(*) filter (where d.due_at > now()) as delayed,
                     min(d.due_at) filter (where d.due_at <= now()) as oldest
                from debrief.analysis_deliveries d where d.due_at is not null) q
        join debrief.stages s on s.stage = 'deliver'
       cross join lateral (
              select count(*) as past, min(d.due_at) as oldest from debrief.analysis_deliveries d
               where s.rollout_percent < 100 and d.due_at <= now() and debrief._in_rollout(d.user_id, s.rollout_percent)) r),
    running (stage, processing, oldest) as (
      select 'analysis', count(*), min(j.updated_at) from debrief.analysis_jobs j where j.lease_expires_at is not null
      union all
      select x.stage, count(*), min(x.since)
        from debrief.analysis_feedback f
       cross join lateral (values ('ssml', f.ssml_status, f.ssml_updated_at),
                                  ('audio', f.audio_status, f.audio_updated_at)) as x (stage, status, since)
       where f.lease_expires_at is not null and x.status = 'processing'
       group by x.stage
      union all
      select 'deliver', count(*), min(d.updated_at) from debrief.analysis_deliveries d where d.lease_expires_at is not null),
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
     order by debrief._stage_place(q.stage);
    comment on view debrief.pipeline_status is
      'The queue of each stage; due: could be claimed now; held: due, but kept back by held_by; delayed: due later; waiting: blank, or audio before its SSML. Alert on oldest_due';
    comment on column debrief.pipeline_status.stage is 'analysis, ssml, audio or deliver';
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
