-- What a monitoring system scrapes, in one query.

create or replace function debrief._metrics_of_history() returns table (metric text, labels jsonb, value double precision)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with ended as materialized (
    select h.stage, h.outcome, h.code, h.count, h.wait_ms, h.wait_buckets, h.call_ms, h.call_buckets, h.duration_ms, h.duration_buckets
      from debrief.pipeline_hours h where h.hour = '-infinity'
    union all
    select m.stage, m.outcome, m.code, m.count, m.wait_ms, m.wait_buckets, m.call_ms, m.call_buckets, m.duration_ms, m.duration_buckets
      from debrief.pipeline_minutes m where not m.rolled_up
    union all
    -- Counters begin at 0, or rate() would miss the first increase.
    select s.stage, o.outcome, '', 0, 0, z.twelve, 0, z.twelve, 0, z.twelve[1:10]
      from debrief._stages_used() s cross join unnest(array['completed', 'failed']) as o (outcome)
     cross join (select array_fill(0::bigint, array[12]) as twelve) z),
  histogram (metric, labels, bounds, buckets, total_ms) as (
    select 'debrief_stage_duration_seconds', jsonb_build_object('stage', e.stage, 'phase', p.phase), debrief._bounds('call'),
           debrief._sum_buckets(p.buckets), sum(p.total_ms)
      from ended e cross join lateral (values ('wait', e.wait_buckets, e.wait_ms), ('call', e.call_buckets, e.call_ms)) as p (phase, buckets, total_ms)
     group by e.stage, p.phase
    union all
    select 'debrief_feedback_duration_seconds', jsonb_build_object('outcome', e.outcome), debrief._bounds('duration'),
           debrief._sum_buckets(e.duration_buckets), sum(e.duration_ms)
      from ended e where e.stage in ('ssml', 'audio') and e.outcome in ('completed', 'failed')
     group by e.outcome)
  select h.metric || '_bucket', h.labels || jsonb_build_object('le', coalesce(h.bounds[b.n]::text, '+Inf')),
         (sum(b.calls) over (partition by h.metric, h.labels order by b.n))::double precision
    from histogram h cross join lateral unnest(h.buckets) with ordinality as b (calls, n)
  union all
  select h.metric || '_count', h.labels, (select sum(b) from unnest(h.buckets) b)::double precision from histogram h
  union all
  select h.metric || '_sum', h.labels, (h.total_ms / 1000)::double precision from histogram h
  union all
  select 'debrief_finished_total', jsonb_build_object('stage', e.stage, 'outcome', e.outcome, 'code', e.code), sum(e.count)::double precision
    from ended e where e.outcome <> 'retried' and not (e.outcome = 'failed' and e.code = '')
   group by e.stage, e.outcome, e.code;
$$;
comment on function debrief._metrics_of_history() is 'The part of metrics() that comes from the history: histograms and counters.';
grant execute on function debrief._metrics_of_history() to debrief_reader;

create or replace function debrief._metrics_of_rows() returns table (metric text, labels jsonb, value double precision)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with queue as materialized (select * from debrief.pipeline_status),
  failed as materialized (
    select f.stage, count(*) as rows from debrief._queue_rows() f where f.status = 'failed' and f.status_before <> 'failed' group by f.stage)
  select 'debrief_rows', jsonb_build_object('stage', q.stage, 'state', s.state), s.rows::double precision
    from queue q cross join lateral (
      values ('due', q.due), ('held', q.held), ('delayed', q.delayed), ('waiting', q.waiting), ('processing', q.processing),
             ('failed', coalesce((select f.rows from failed f where f.stage = q.stage), 0))) as s (state, rows)
  union all
  select 'debrief_oldest_due_seconds', jsonb_build_object('stage', q.stage), coalesce(extract(epoch from q.oldest_due), 0)::double precision from queue q
  union all
  select 'debrief_oldest_processing_seconds', jsonb_build_object('stage', q.stage), coalesce(extract(epoch from q.oldest_processing), 0)::double precision
    from queue q
  union all
  select 'debrief_object_deletions_due', '{}', count(*)::double precision from debrief.object_deletions d where d.due_at <= now();
$$;
comment on function debrief._metrics_of_rows() is 'The part of metrics() that is counted from rows.';
grant execute on function debrief._metrics_of_rows() to debrief_reader;

create or replace function debrief.metrics(with_installation boolean default false)
returns table (metric text, labels jsonb, value double precision)
language sql stable security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
  select * from debrief._metrics_of_history()
  union all
  select * from debrief._metrics_of_rows()
  union all
  select x.metric, jsonb_build_object('stage', u.stage, 'server', u.server) || x.labels, x.value::double precision
    from (select s.stage, s.server, sum(s.calls) as calls, sum(s.failures) as failures, sum(s.input_tokens) as input_tokens,
                 sum(s.output_tokens) as output_tokens, sum(s.characters) as characters, sum(s.audio_ms) as audio_ms, sum(s.cost) as cost
            from debrief.server_usage s group by s.stage, s.server) u
   cross join lateral (
      values ('debrief_attempts_total', '{"outcome": "completed"}'::jsonb, u.calls - u.failures),
             ('debrief_attempts_total', '{"outcome": "failed"}', u.failures),
             ('debrief_tokens_total', '{"direction": "input"}', u.input_tokens),
             ('debrief_tokens_total', '{"direction": "output"}', u.output_tokens),
             ('debrief_characters_total', '{}', u.characters),
             ('debrief_audio_seconds_total', '{}', u.audio_ms / 1000),
             ('debrief_cost_total', '{}', u.cost)) as x (metric, labels, value)
  union all
  select 'debrief_server_state', jsonb_build_object('stage', s.stage, 'server', coalesce(s.server, ''), 'state', s.state), 1 from debrief.stage_status s
  union all
  select 'debrief_workers', jsonb_build_object('state', w.state), sum(w.workers)::double precision
    from (select 'running' as state, 0 as workers union all select s.state, 1 from debrief.worker_status s where s.process = 'worker') w
   group by w.state
  union all
  select 'debrief_in_flight', jsonb_build_object('stage', u.stage), coalesce(sum((to_jsonb(s) ->> (u.stage || '_in_flight'))::int), 0)::double precision
    from debrief._stages_used() u left join debrief.worker_status s on s.process = 'worker'
   group by u.stage
  union all
  select 'debrief_copy', '{}', debrief._is_copy()::int
  union all
  select 'debrief_installation_differences', '{}', count(*)::double precision from debrief.check_installation() where with_installation having with_installation;
$$;
comment on function debrief.metrics(boolean) is
  'Everything that a monitoring system scrapes, as Prometheus has it: name, labels and value. with_installation: also debrief_installation_differences, which takes longer';
alter function debrief.metrics(boolean) owner to debrief_reader;
grant execute on function debrief.metrics(boolean) to debrief_monitor, debrief_reader, debrief_admin;
