-- The history as numbers: promises, latency, and what a monitoring system scrapes.

create or replace function debrief._percentile(buckets bigint[], bounds double precision[], share double precision)
returns double precision
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  rank constant double precision := share * (select sum(b) from unnest(buckets) b);
  before bigint := 0;
begin
  for i in 1 .. cardinality(buckets) loop
    if buckets[i] > 0 and before + buckets[i] >= rank then
      return case when i > cardinality(bounds) then 'Infinity'
                  else coalesce(bounds[i - 1], 0) + (bounds[i] - coalesce(bounds[i - 1], 0)) * (rank - before) / buckets[i] end;
    end if;
    before := before + buckets[i];
  end loop;
  return null;
end $$;
comment on function debrief._percentile(bigint[], double precision[], double precision) is
  'The percentile of a histogram, linear within its bucket as Prometheus has it; Infinity beyond the last bound; null when it is empty.';
grant execute on function debrief._percentile(bigint[], double precision[], double precision) to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._install_number_views() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if to_regclass('debrief.latency') is null then
    create view debrief.latency with (security_invoker = true) as
    with total (stage, phase, total_ms, buckets) as (
      select x.stage, p.phase, sum(p.total_ms), debrief._sum_buckets(p.buckets)
        from (select h.stage, h.wait_ms, h.wait_buckets, h.call_ms, h.call_buckets from debrief.pipeline_hours h where h.hour = '-infinity'
              union all
              select m.stage, m.wait_ms, m.wait_buckets, m.call_ms, m.call_buckets from debrief.pipeline_minutes m where not m.rolled_up) x
       cross join lateral (values ('wait', x.wait_ms, x.wait_buckets), ('call', x.call_ms, x.call_buckets)) as p (phase, total_ms, buckets)
       group by x.stage, p.phase)
    select t.stage, t.phase, coalesce((debrief._bounds('call'))[b.n] * 1000, 'Infinity') as upper_bound_ms, b.calls,
           sum(b.calls) over (partition by t.stage, t.phase order by b.n) as cumulative, t.total_ms
      from total t cross join lateral unnest(t.buckets) with ordinality as b (calls, n)
     order by debrief._stage_place(t.stage), array_position('{wait,call}', t.phase), b.n;
    comment on view debrief.latency is
      'Histogram of all attempts ever settled: wait (due to claim) and call (claim to answer). It survives the loss of a worker and a restart';
    comment on column debrief.latency.stage is 'The stage';
    comment on column debrief.latency.phase is 'wait or call';
    comment on column debrief.latency.upper_bound_ms is 'Upper bound of the bucket, in milliseconds; Infinity: all that took longer';
    comment on column debrief.latency.calls is 'Number of attempts in this bucket';
    comment on column debrief.latency.cumulative is 'Number of attempts up to this bound';
    comment on column debrief.latency.total_ms is 'Sum of the times of all buckets of this stage and phase, in milliseconds';
  end if;

  if to_regclass('debrief.slo') is null then
    create view debrief.slo with (security_invoker = true) as
    with period (period, place, since) as (
      select p.period, p.place, case when p.place = 1 then date_trunc('minute', now()) - p.length else date_trunc('hour', now() - p.length, 'UTC') end
        from (values ('hour', 1, interval '1 hour'), ('day', 2, interval '1 day'), ('week', 3, interval '7 days')) as p (period, place, length)),
    ended as materialized (
      -- The longest period as a constant, for the index.
      select 1 as place, m.stage, m.server, m.outcome, m.count, m.wait_buckets, m.duration_buckets
        from debrief.pipeline_minutes m where m.minute >= date_trunc('minute', now()) - interval '1 hour'
      union all
      select p.place, h.stage, h.server, h.outcome, h.count, h.wait_buckets, h.duration_buckets
        from debrief.pipeline_hours h join period p on p.place > 1 and h.hour >= p.since
       where h.hour >= date_trunc('hour', now() - interval '7 days', 'UTC')
      union all
      select p.place, m.stage, m.server, m.outcome, m.count, m.wait_buckets, m.duration_buckets
        from period p join debrief.pipeline_minutes m on p.place > 1 and not m.rolled_up and m.minute >= p.since),
    total as (
      select e.place,
             coalesce(sum(e.count) filter (where e.stage = 'audio' and e.outcome = 'completed'), 0) as spoken,
             coalesce(sum(e.count) filter (where e.stage in ('ssml', 'audio') and e.outcome = 'failed'), 0) as failed,
             debrief._sum_buckets(e.duration_buckets) filter (where e.stage in ('ssml', 'audio')) as durations,
             debrief._sum_buckets(e.wait_buckets) as waits
        from ended e group by e.place),
    server as (
      select p.place, s.server,
             1 - extract(epoch from coalesce((select sum(upper(d.down) - lower(d.down))
                   from (select unnest(range_agg(tstzrange(greatest(o.began_at, p.since), least(o.ended_at, now())))) as down
                           from debrief.outages o
                          where o.server = s.server and o.began_at < least(o.ended_at, now()) and o.ended_at > p.since) d), '0'))
                 / extract(epoch from now() - p.since) as up
        from period p
        join (select e.place, e.server from ended e
              union select q.place, o.server from period q join debrief.outages o on o.ended_at > q.since) s on s.place = p.place
       where s.server <> '')
    select p.period, p.since, coalesce(t.spoken, 0) as spoken, coalesce(t.failed, 0) as failed,
           round(t.failed / nullif(t.spoken + t.failed, 0), 6) as failed_share,
           debrief._percentile(t.durations, debrief._bounds('duration'), 0.5) as p50_seconds,
           debrief._percentile(t.durations, debrief._bounds('duration'), 0.95) as p95_seconds,
           debrief._percentile(t.durations, debrief._bounds('duration'), 0.99) as p99_seconds,
           debrief._percentile(t.waits, debrief._bounds('wait'), 0.95) as queue_p95_seconds,
           coalesce((select jsonb_object_agg(s.server, round(s.up, 6)) from server s where s.place = p.place), '{}') as server_availability
      from period p left join total t on t.place = p.place
     order by p.place;
    comment on view debrief.slo is
      'The service levels for the last hour, day and week: how long feedback took until it was spoken or failed, how much of it failed, how long rows waited for their turn, and for how much of the time each server was not parked';
    comment on column debrief.slo.period is 'hour, day or week; day and week begin at a full hour';
    comment on column debrief.slo.since is 'When the period began';
    comment on column debrief.slo.spoken is 'Feedback items that were spoken';
    comment on column debrief.slo.failed is 'Feedback items that failed for good; cancelled ones are not counted';
    comment on column debrief.slo.failed_share is 'failed / (spoken + failed); should be below 0.01';
    comment on column debrief.slo.p50_seconds is 'Half of the items were done within this time after their message was written, edited or retried, in seconds';
    comment on column debrief.slo.p95_seconds is '95 % of the items were done within this time, in seconds; should be below 30. Infinity: longer than 300';
    comment on column debrief.slo.p99_seconds is '99 % of the items were done within this time, in seconds';
    comment on column debrief.slo.queue_p95_seconds is '95 % of the claims came within this time after the row was due, in all stages, in seconds; should be below 5';
    comment on column debrief.slo.server_availability is 'For each server the share of the time in which it was not parked';
  end if;
end $install$;
comment on function debrief._install_number_views() is 'Creates missing views of the history.';
