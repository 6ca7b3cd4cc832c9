\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What ends is counted once, in the transaction in which it ends; minutes become hours, and counters never fall.
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', price_per_million_characters '10');
update debrief.stages set server = 'tts' where stage = 'audio';
delete from debrief.pipeline_minutes;
delete from debrief.pipeline_hours;

-- Counts one outcome of audio that took so long, as worker 0 (or another) in the present minute.
create function pg_temp.count_audio(outcome text, code text, rows bigint, seconds int, writer int default 0, times int default 1) returns void
language sql set role = debrief_worker as $$
  select debrief._count_outcomes(writer, array['audio'], array['tts'], array[outcome], array[code], array[rows], array[rows],
    array[rows * 2], array[0, rows, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], array[rows * 500], array[0, 0, 0, 0, 0, rows, 0, 0, 0, 0, 0, 0],
    array[rows * seconds * 1000],
    array(select case when b = width_bucket(seconds - 0.5, debrief._bounds('duration')) then rows else 0 end from generate_series(0, 9) b order by b),
    array[0::bigint], array[0::bigint], array[rows * 100], array[rows * 4000])
   from generate_series(1, times);
$$;

select is(debrief._add_buckets('{1,2}', '{10,20}'), '{11,22}', 'buckets are added');
select throws_ok($$select debrief._add_buckets('{1}', '{1,2}')$$, '2202E', 'buckets must be of equal number', 'of equal number');
select throws_ok($$select debrief._add_buckets('{1,null}', '{1,2}')$$, '2202E', null, 'and all there');
select throws_ok($$select debrief._add_buckets('{9223372036854775807}', '{1}')$$, '22003', 'bigint out of range', 'within bigint');
select is(debrief._sum_buckets(b), '{111,222}', 'and summed') from (values ('{1,2}'::bigint[]), ('{10,20}'), ('{100,200}')) v (b);
select is(debrief._percentile('{0,10,10,0}', '{1,2,5}', 0.25), 1.5::float8, 'a percentile is linear within its bucket');
select is(debrief._percentile('{0,10,10,0}', '{1,2,5}', 1), 5::float8, 'up to its bound');
select is(debrief._percentile('{0,0,0,1}', '{1,2,5}', 0.5), 'Infinity'::float8, 'and not known beyond the last one');
select is(debrief._percentile('{0,0,0,0}', '{1,2,5}', 0.5), null, 'nor of nothing');

select pg_temp.count_audio('completed', '', 10, 2), pg_temp.count_audio('completed', '', 5, 20, times => 2), pg_temp.count_audio('failed', 'bad_answer', 1, 60),
       pg_temp.count_audio('completed', '', 1, 2, writer => 1), pg_temp.count_audio('retried', 'timeout', 3, 2) \gset
select results_eq($$select writer, outcome, code, sum(count), sum(attempts), sum(duration_ms), sum(characters), sum(cost) from debrief.pipeline_minutes group by 1, 2, 3 order by 1, 2$$,
  $$values (0, 'completed', '', 20::numeric, 20::numeric, 220000::numeric, 2000::numeric, 0.02),
           (0, 'failed', 'bad_answer', 1, 1, 60000, 100, 0.001), (0, 'retried', 'timeout', 3, 3, 6000, 300, 0.003), (1, 'completed', '', 1, 1, 2000, 100, 0.001)$$,
  'what a worker counts is added to its own row of the minute, with its cost');
select results_eq($$select spoken, failed, failed_share, p50_seconds between 1 and 2, p95_seconds between 10 and 20, p99_seconds between 30 and 60, queue_p95_seconds between 0.001 and 0.005
                      from debrief.slo$$,
  $$values (21::numeric, 1::numeric, 0.045455, true, true, true, true), (21, 1, 0.045455, true, true, true, true), (21, 1, 0.045455, true, true, true, true)$$,
  'the promises count what is not rolled up yet, in each period');
select results_eq($$select metric, labels, value from debrief.metrics() where metric in ('debrief_finished_total', 'debrief_feedback_duration_seconds_count') and value > 0 order by 1, labels::text collate "C"$$,
  $$values ('debrief_feedback_duration_seconds_count', '{"outcome": "completed"}'::jsonb, 21::float8), ('debrief_feedback_duration_seconds_count', '{"outcome": "failed"}', 1),
           ('debrief_finished_total', '{"code": "", "stage": "audio", "outcome": "completed"}', 21), ('debrief_finished_total', '{"code": "bad_answer", "stage": "audio", "outcome": "failed"}', 1)$$,
  'the metrics too');
select results_eq($$select labels ->> 'le', value from debrief.metrics() where metric = 'debrief_feedback_duration_seconds_bucket' and labels @> '{"outcome": "completed"}'$$,
  $$values ('1', 0::float8), ('2', 11), ('5', 11), ('10', 11), ('20', 21), ('30', 21), ('60', 21), ('120', 21), ('300', 21), ('+Inf', 21)$$, 'buckets are cumulative');

-- Rolling up.
create function pg_temp.as_worker(query text) returns bigint language plpgsql set role = debrief_worker as $$ declare n bigint; begin execute query into n; return n; end $$;
create temp table before as select metric, labels, value from debrief.metrics();
select is(pg_temp.as_worker('select debrief._roll_up_history()'), 0::bigint, 'the present hour is not rolled up');
update debrief.pipeline_minutes set minute = minute - interval '3 hours';
select is(pg_temp.as_worker('select debrief._roll_up_history(2)'), 2::bigint, 'an hour that is over is, in steps');
select is(pg_temp.as_worker('select debrief._roll_up_history()'), 2::bigint, 'to its end');
select is(pg_temp.as_worker('select debrief._roll_up_history()'), 0::bigint, 'once');
select results_eq($$select isfinite(hour), outcome, count, duration_ms from debrief.pipeline_hours order by 1, 2$$,
  $$values (false, 'completed', 21::bigint, 222000::bigint), (false, 'failed', 1, 60000), (false, 'retried', 3, 6000),
           (true, 'completed', 21::bigint, 222000::bigint), (true, 'failed', 1, 60000), (true, 'retried', 3, 6000)$$, 'the workers are summed, by the hour and over all');
select is_empty($$select b.metric, b.labels, b.value, m.value from before b left join debrief.metrics() m using (metric, labels) where b.metric ~ '(_total|_bucket|_sum|_count)$' and m.value is distinct from b.value$$,
  'no counter changes by that');
select results_eq('select period, spoken from debrief.slo', $$values ('hour', 0::numeric), ('day', 21), ('week', 21)$$, 'nor does the day');
select pg_temp.count_audio('completed', '', 4, 2, writer => 2) \gset
update debrief.pipeline_minutes set minute = minute - interval '3 hours' where not rolled_up;
select is(pg_temp.as_worker('select debrief._roll_up_history()'), 1::bigint, 'what a session commits late');
select is((select count from debrief.pipeline_hours where isfinite(hour) and outcome = 'completed'), 25::bigint, 'is added to its hour');

-- Pruning.
select is(pg_temp.as_worker('select debrief._prune_history()'), 0::bigint, 'what is young is kept');
update debrief.pipeline_minutes set minute = minute - interval '15 days';
select is(pg_temp.as_worker('select debrief._prune_history()'), 5::bigint, 'minutes go after pg_debrief.minutes_retention');
select pg_temp.count_audio('completed', '', 4, 2) \gset
update debrief.pipeline_minutes set minute = minute - interval '15 days';
select is(pg_temp.as_worker('select debrief._prune_history()'), 0::bigint, 'not before they are rolled up');
update debrief.pipeline_hours set hour = hour - interval '401 days' where isfinite(hour);
select is(pg_temp.as_worker('select debrief._prune_history()'), 3::bigint, 'hours go after pg_debrief.hours_retention');
select is((select sum(count) from debrief.pipeline_hours where outcome = 'completed'), 25::numeric, 'the counters stay');

-- What ends without an answer.
delete from debrief.pipeline_minutes;
select pg_temp.job() as job \gset
select pg_temp.feedback(:job) as item, pg_temp.ready('audio') as spoken \gset
update debrief.analysis_feedback set asked_at = now() - interval '40 s';
select debrief.cancel_feedback(:item), debrief.cancel_feedback(:spoken), debrief.cancel_analysis(:job) \gset
select results_eq('select writer = -pg_backend_pid(), stage, outcome, code, sum(count), sum(duration_ms) from debrief.pipeline_minutes group by 1, 2, 3, 4 order by 2',
  $$values (true, 'analysis', 'cancelled', 'cancelled', 1::numeric, 0::numeric), (true, 'audio', 'cancelled', 'cancelled', 1, 0), (true, 'ssml', 'cancelled', 'cancelled', 1, 0)$$,
  'who cancels counts it under their own session, without a duration');
select is((select failed_share from debrief.slo where period = 'hour'), null, 'cancelled is not failed');
select pg_temp.ready('audio') as lost \gset
update debrief.stages set max_attempts = 1 where stage = 'audio';
update debrief.analysis_feedback set asked_at = clock_timestamp() - interval '40 s' where id = :lost;
select pg_temp.take('audio', :lost, 98) \gset
select is(pg_temp.as_worker($$select count(*) from debrief._rescue(7, '{}')$$), 1::bigint, 'a row whose worker is gone');
select results_eq($$select outcome, count, duration_buckets[7], duration_ms >= 40000 from debrief.pipeline_minutes where code = 'worker_lost'$$, $$values ('failed', 1::bigint, 1::bigint, true)$$,
  'is counted with the time since it was asked for');

-- Availability.
insert into debrief.outages values ('audio', 'tts', now() - interval '15 minutes', now() - interval '9 minutes'), ('ssml', 'tts', now() - interval '12 minutes', now() - interval '9 minutes');
select ok((select (server_availability ->> 'tts')::numeric between 0.89 and 0.91 from debrief.slo where period = 'hour'), 'six minutes of an hour are a tenth');
select ok((select (server_availability ->> 'tts')::numeric > 0.99 from debrief.slo where period = 'week'), 'and little of a week');

-- Who sees it.
create role tap_monitor;
select is(debrief.grant_access('tap_monitor', 'monitor'), 'granted', 'monitoring has an access of its own');
set local role tap_monitor;
select lives_ok('table debrief.pipeline_minutes; table debrief.pipeline_hours; table debrief.slo; table debrief.latency; table debrief.outages; select * from debrief.metrics(true)', 'it sees numbers');
select throws_ok(q, '42501', null, 'and not: ' || q) from unnest(array['table debrief.analysis_feedback', 'table debrief.video_recordings', 'table debrief.attempts', 'table debrief.stages',
  'table debrief.failures', 'table debrief.operations', 'table debrief.stage_status', 'select debrief.pause(''ssml'')', 'delete from debrief.pipeline_minutes',
  'select debrief.get_audio(1, 0)', 'select debrief.retry_failed()', 'select debrief.explain(1)']) q;
select is((select value from debrief.metrics(true) where metric = 'debrief_installation_differences') is not null, true, 'differences of the installation are counted where asked for');
select is_empty($$select from debrief.metrics() where metric = 'debrief_installation_differences'$$, 'and only there');
reset role;

-- A copy begins its own.
update debrief.installation set system_identifier = 'copy';
select debrief.activate_copy() \gset
select is((select count(*) from debrief.pipeline_minutes) + (select count(*) from debrief.pipeline_hours), 0::bigint, 'a copy begins its own history');

select * from finish();
rollback;
