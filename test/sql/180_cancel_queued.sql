\set ECHO none
\i test/sql/setup.psql
select no_plan();

create role tap_app in role debrief_app;
create role tap_oncall in role debrief_admin;
create role tap_reader in role debrief_reader;
create function pg_temp.cancelled() returns table (stage text, id bigint) language sql as $$
  select 'analysis', j.id from debrief.analysis_jobs j where j.error_code = 'cancelled'
  union all select case f.ssml_status when 'failed' then 'ssml' else 'audio' end, f.id from debrief.analysis_feedback f
             where 'cancelled' in (f.ssml_error_code, f.audio_error_code) order by 1, 2 $$;

select pg_temp.job() as anns, pg_temp.job(:'bob') as bobs, pg_temp.job() as running \gset
select pg_temp.feedback(:anns) as one, pg_temp.feedback(:anns) as two, pg_temp.feedback(:bobs) as his, pg_temp.feedback(:anns, ' ') as blank, pg_temp.feedback(:anns) as speaking \gset
select pg_temp.take('analysis', :running), pg_temp.take('ssml', :speaking) \gset
select pg_temp.settle_ssml(:two, pg_temp.take('ssml', :two)) \gset
update debrief.analysis_feedback f set ssml_error_code = 'timeout' where f.id = :his;

-- An application's user.
set local role tap_app;
select set_config('debrief.user_id', :'bob', true) \gset
select results_eq(format('select * from debrief.cancel_queued(user_id => %L)', :'ann'), $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 0)$$, 'nobody cancels what is another''s');
select results_eq('select * from debrief.cancel_queued(''analysis'')', $$values ('analysis', 1::bigint)$$, 'their own they do');
reset role;
select results_eq('select * from pg_temp.cancelled()', format($$values ('analysis', %s::bigint)$$, :bobs), 'and no more');
set local role tap_reader;
select throws_ok('select debrief.cancel_queued()', '42501', null, 'readers cancel nothing');

-- An operator, by each filter.
reset role;
set local role tap_oncall;
select throws_ok('select debrief.cancel_queued(''speech'')', '22023', 'unknown stage "speech"', 'an unknown stage is refused');
select throws_ok('select debrief.cancel_queued(max_rows => 0)', '22023', null, 'and a limit of nothing');
select results_eq('select * from debrief.cancel_queued(error_code => ''timeout'')', $$values ('analysis', 0::bigint), ('ssml', 1), ('audio', 0)$$, 'by error code');
select results_eq('select * from debrief.cancel_queued(asked_before => now() - interval ''1 hour'')', $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 0)$$, 'by the time it was asked for');
select results_eq(format('select * from debrief.cancel_queued(''audio'', user_id => %L)', :'ann'), $$values ('audio', 1::bigint)$$, 'by stage and user');
select results_eq('select * from debrief.cancel_queued(max_rows => 1)', $$values ('analysis', 1::bigint), ('ssml', 1), ('audio', 0)$$, 'all that waits');
reset role;
select results_eq('select * from pg_temp.cancelled()', format($$values ('analysis', %s::bigint), ('analysis', %s), ('audio', %s), ('ssml', %s), ('ssml', %s)$$, :anns, :bobs, :two, :one, :his),
  'what is processed goes on, what is blank stays');
select is((select array_agg(distinct claim_token is not null) from (select claim_token from debrief.analysis_jobs where id = :running union select claim_token from debrief.analysis_feedback where id = :speaking) c), '{t}', 'with its claim');

-- What others see of it.
select results_eq($$select action, target, sum(affected)::bigint from debrief.operations where role = 'tap_oncall' group by 1, 2 order by 2$$,
  format($$values ('cancel_queued', 'all stages', 2::bigint), ('cancel_queued', 'all stages, code timeout', 1), ('cancel_queued', 'audio, user %s', 1)$$, :'ann'), 'an operation each, with its filter');
select is((select sum(count) from debrief.pipeline_minutes where outcome = 'cancelled'), 5::numeric, 'the history counts them');

-- The bulk lane is a queue, too.
reset role;
insert into debrief.video_recordings (user_id, storage_path, bulk) values (:'ann', :'ann' || '/bulk.mp4', true) returning id as bulk_recording \gset
insert into debrief.analysis_jobs (video_recording_id) values (:bulk_recording);
select is((select j.bulk and j.status = 'queued' and j.due_at is null from debrief.analysis_jobs j order by j.id desc limit 1), true, 'an analysis waits in the bulk lane');
select * from debrief.cancel_queued('analysis') \gset
select is((select j.error_code from debrief.analysis_jobs j order by j.id desc limit 1), 'cancelled', 'and is cancelled there');
select * from finish();
rollback;
