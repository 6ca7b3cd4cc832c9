\set ECHO none
\i test/sql/setup.psql
select no_plan();

create role tap_admin in role debrief_admin;
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
set local role tap_admin;

select results_eq(format('select ok from debrief.test_server(''template'', %L)', timeout), '{true}'::boolean[], 'test_server: waits for ' || coalesce(timeout, 'no time of its own'))
  from unnest(array[null, '-1 s', '30 days', '24 days 20:31:23.647']) timeout;

-- pause, resume
select is(debrief.pause('ssml'), 'paused', 'pause: a stage');
select is(debrief.pause('ssml'), 'was paused already', 'pause: once');
select ok((select paused from debrief.stages where stage = 'ssml'), 'pause: the stage says so');
select throws_ok('select debrief.pause(''video'')', '22023', 'unknown stage "video"', 'pause: a stage that exists');
select throws_ok('select debrief.pause(null)', '22023', null, 'pause: not null');
select throws_ok('select debrief.pause(''deliver'')', '55000', 'stage "deliver" is not used', 'pause: a stage that is used');
select is(debrief.resume('ssml'), 'resumed', 'resume: a stage');
select is(debrief.resume('ssml'), 'nothing was paused', 'resume: once');
select throws_ok('select debrief.resume(''video'')', '22023', 'unknown stage "video"', 'resume: a stage that exists');
select debrief.pause('ssml'), debrief.pause('audio') \gset
select is(debrief.resume(), '2 stages resumed', 'resume: all of them');
select is(debrief.resume(), 'nothing was paused', 'resume: all of none');

-- A copy of the database
update debrief.installation set system_identifier = '1';
select throws_ok('select debrief.resume(''ssml'')', '55000', 'this database is a copy of the one that pg_debrief was installed in', 'resume: no copy begins to work by it');
select throws_ok('select debrief.resume()', '55000', null, 'resume: nor without a stage');
select debrief.pause('ssml') \gset
select is(debrief.activate_copy(), 'this copy of a database now runs its own pipeline', 'activate_copy: makes it work');
select is(debrief._is_copy(), false, 'activate_copy: from then on it is not a copy');
select is(debrief.activate_copy(), 'this database is not a copy', 'activate_copy: once');
select ok((select paused from debrief.stages where stage = 'ssml'), 'activate_copy: a paused stage stays paused');
select is(debrief.resume(), 'resumed', 'resume: a former copy''s stages');
reset role;
delete from debrief.installation;
set local role tap_admin;
select ok(debrief._is_copy(), 'a database that does not know where it was installed is a copy');
select matches(debrief.activate_copy(), '^this copy', 'activate_copy: works for it too');

-- pause_server, resume_server
select is(debrief.pause_server('tts'), 'paused', 'pause_server: a server');
select is(debrief.pause_server('tts'), 'was paused already', 'pause_server: once');
select is(debrief.resume_server('tts'), 'resumed', 'resume_server: a paused one');
select is(debrief.resume_server('tts'), 'nothing was paused', 'resume_server: once');
select throws_ok('select debrief.pause_server(''nowhere'')', '42704', 'server "nowhere" does not exist', 'pause_server: one that exists');
select throws_ok('select debrief.resume_server(''nowhere'')', '42704', 'server "nowhere" does not exist', 'resume_server: one that exists');
select throws_ok('select debrief.pause_server(null)', '42704', null, 'pause_server: not null');
reset role;
select debrief._park_server('tts', 'audio', 60000, 3, 'auth', 'The key was refused.') \gset
set local role tap_admin;
select is(debrief.pause_server('tts'), 'paused', 'pause_server: one that is parked');
select is(debrief.resume_server('tts'), 'resumed', 'resume_server: forgets the failures too');
select is_empty('select from debrief.server_states', 'resume_server: nothing is left of them');

-- A server that is dropped, as by who wants all calls to end at once.
savepoint dropped;
create server gone foreign data wrapper debrief options (kind 'fake');
create server lost foreign data wrapper debrief options (kind 'database');
update debrief.stages set server = 'gone' where stage = 'analysis';
update debrief.stages set server = 'gone', store = 'lost' where stage = 'audio';
drop server gone;
drop server lost;
select is(debrief.pause('audio'), 'paused', 'pause: a stage whose server is gone');
select is(debrief.resume('audio'), 'resumed', 'resume: the same');
select lives_ok('update debrief.stages set max_attempts = 2', 'its other settings may change, too');
select throws_ok('update debrief.stages set server = ''gone'' where stage = ''ssml''', '42704', 'server "gone" does not exist', 'but no other stage is given that server');
reset role;
update debrief.installation set system_identifier = 'copy';
set local role tap_admin;
select matches(debrief.activate_copy(), '^this copy', 'activate_copy: without the servers of the origin');
rollback to dropped;

-- Rollout is a setting of the stage.
select lives_ok('update debrief.stages set rollout_percent = 25 where stage = ''audio''', 'rollout_percent: operators set it');
update debrief.stages set rollout_percent = 100 where stage = 'audio';
select throws_ok(format('update debrief.stages set rollout_percent = %s', bad), '23514', null, 'rollout_percent: not ' || bad) from unnest(array['-1', '101']) bad;

-- retry_failed
reset role;
create function pg_temp.failing(stage text, code text) returns bigint language sql as $$
  select row_id from (select pg_temp.ready(stage) as row_id offset 0) r
   where pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'failed', 0, code) = 'settled';
$$;
select pg_temp.failing('analysis', 'timeout') as job, pg_temp.failing('ssml', 'timeout') as text_item, pg_temp.failing('ssml', 'blocked') as blocked,
       pg_temp.failing('audio', 'timeout') as sound_item, pg_temp.failing('ssml', 'cancelled') as cancelled \gset
set local role tap_admin;
select throws_ok('select debrief.retry_failed(''video'')', '22023', 'unknown stage "video"', 'retry_failed: a stage that exists');
select throws_ok('select debrief.retry_failed(max_rows => 0)', '22023', 'max_rows must be at least 1', 'retry_failed: at least one row');
select throws_ok('select debrief.retry_failed(max_rows => null)', '22023', 'max_rows must be at least 1', 'retry_failed: not any number of rows');
select results_eq('select * from debrief.retry_failed(since => clock_timestamp() + interval ''1 hour'')', $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 0)$$,
  'retry_failed: what failed since a time');
select results_eq('select * from debrief.retry_failed(''ssml'', ''blocked'')', $$values ('ssml', 1::bigint)$$, 'retry_failed: one stage, one error');
select is((select ssml_status from debrief.analysis_feedback where id = :blocked), 'queued', 'retry_failed: the very row');
select results_eq('select * from debrief.retry_failed(error_code => ''timeout'')', $$values ('analysis', 1::bigint), ('ssml', 1), ('audio', 1)$$, 'retry_failed: one error, all stages');
select is(array[(select row(status, attempts, error_code, due_in <= '0') from pg_temp.state('analysis', :job))::text, (select row(status, attempts, error_code, due_in <= '0') from pg_temp.state('ssml', :text_item))::text,
                (select row(status, attempts, error_code, due_in <= '0') from pg_temp.state('audio', :sound_item))::text],
          array_fill('(queued,0,,t)'::text, array[3]), 'retry_failed: they are due, attempts reset');
select is((select ssml_status from debrief.analysis_feedback where id = :cancelled), 'failed', 'retry_failed: what was cancelled stays so');
reset role;
select pg_temp.failing('analysis', 'unsupported_media'), pg_temp.failing('analysis', 'unsafe_path'), pg_temp.failing('ssml', 'blocked'), pg_temp.failing('audio', 'too_large') \gset
set local role tap_admin;
select results_eq('select * from debrief.retry_failed()', $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 0)$$, 'retry_failed: what would fail again is left out');
select results_eq('select * from debrief.retry_failed(error_code => ''too_large'')', $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 1)$$, 'retry_failed: unless its code is named');
reset role;
select pg_temp.failing('ssml', 'timeout'), pg_temp.failing('ssml', 'timeout'), pg_temp.failing('ssml', 'timeout') \gset
set local role tap_admin;
select results_eq('select * from debrief.retry_failed(max_rows => 2)', $$values ('analysis', 0::bigint), ('ssml', 2), ('audio', 0)$$, 'retry_failed: no more than max_rows of a stage');

-- What a retry keeps
reset role;
select pg_temp.ready('audio') as item \gset
select pg_temp.take('audio', :item) as token \gset
select pg_temp.settle_audio(:item, :token, '{0}', false), pg_temp.put_back('audio', :item, :token, 'failed', 0, 'timeout') \gset
select debrief.retry_feedback(:item) \gset
select is((select array_agg(segment_index) from debrief.analysis_audio_segments where feedback_id = :item), '{0}', 'a retry of failed audio keeps the sounds that there are');
select pg_temp.settle_analysis(:job, pg_temp.take('analysis', :job)) \gset
select debrief.retry_analysis(:job) \gset
select is((select row(progress_percentage, processing_completed_at) from debrief.analysis_jobs where id = :job), row(0, null::timestamptz), 'a retry of an analysis begins at nothing');

-- Statuses written by hand: the queue's columns follow.
create function pg_temp.by_hand(item bigint, assignment text) returns text language plpgsql as $$
begin
  execute format('update debrief.analysis_feedback set %s where id = %s', assignment, item);
  return (select row(f.ssml_status, f.ssml_attempts, f.ssml_due_at is not null, f.audio_status, f.audio_attempts, f.audio_due_at is not null, f.claim_token is not null)::text
            from debrief.analysis_feedback f where f.id = item);
end $$;
select is(pg_temp.by_hand(pg_temp.ready('ssml'), 'ssml_status = ''failed'''), '(failed,0,f,queued,0,f,f)', 'by hand: queued SSML to failed is no longer due');
select is(pg_temp.by_hand(pg_temp.ready('ssml'), 'ssml_status = ''completed'''), '(completed,0,f,queued,0,t,f)', 'by hand: queued SSML to completed has audio follow');
select is(pg_temp.by_hand(pg_temp.failing('ssml', 'x'), 'ssml_status = ''queued'''), '(queued,0,t,queued,0,f,f)', 'by hand: failed SSML to queued is due');
select is(pg_temp.by_hand(pg_temp.failing('ssml', 'x'), 'ssml_status = ''completed'''), '(completed,1,f,queued,0,t,f)', 'by hand: failed SSML to completed has audio follow');
select is(pg_temp.by_hand(pg_temp.failing('audio', 'x'), 'audio_status = ''queued'''), '(completed,1,f,queued,0,t,f)', 'by hand: failed audio to queued is due');
select is(pg_temp.by_hand(pg_temp.failing('audio', 'x'), 'ssml_status = ''queued'''), '(queued,0,t,queued,0,f,f)', 'by hand: SSML to queued starts audio again too');
select is(pg_temp.by_hand(pg_temp.spoken(), 'audio_status = ''queued'''), '(completed,1,f,queued,0,t,f)', 'by hand: completed audio to queued is due');
select is(pg_temp.by_hand(pg_temp.ready('audio'), 'audio_status = ''completed'''), '(completed,1,f,completed,0,f,f)', 'by hand: queued audio to completed is no longer due');
select is(pg_temp.by_hand(pg_temp.ready('audio'), 'ssml_status = ''failed'''), '(failed,1,f,queued,0,f,f)', 'by hand: SSML to failed takes audio out of the queue');
select pg_temp.ready('ssml') as item \gset
select pg_temp.take('ssml', :item) \gset
select is(pg_temp.by_hand(:item, 'ssml_status = ''completed'''), '(completed,1,f,queued,0,t,f)', 'by hand: processing SSML to completed ends the claim and has audio follow');
update debrief.analysis_jobs set status = 'queued' where id = :job;
select pg_temp.take('analysis', :job) \gset
update debrief.analysis_jobs set status = 'failed' where id = :job;
select is((select row(due_at, claim_token, lease_expires_at) from debrief.analysis_jobs where id = :job), row(null::timestamptz, null::bigint, null::timestamptz), 'by hand: a job to failed ends the claim');
update debrief.analysis_jobs set status = 'queued' where id = :job;
select is((select row(due_at <= clock_timestamp(), attempts) from debrief.analysis_jobs where id = :job), row(true, 0), 'by hand: a job to queued is due');

-- Nothing would ever free a row that is processing without a claim.
select throws_ok(format('update debrief.analysis_feedback set ssml_status = ''processing'' where id = %s', pg_temp.ready('ssml')), '23514', null, 'by hand: no feedback is processing without a claim');
select throws_ok(format('update debrief.analysis_jobs set status = ''processing'' where id = %s', :job), '23514', null, 'by hand: no job is processing without a claim');

-- The worker reads of a copy that every stage is paused.
update debrief.installation set system_identifier = '1';
select ok((select bool_and(paused) from debrief._load_config()), 'a copy claims nothing');

select * from finish();
rollback;
