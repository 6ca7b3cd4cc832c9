\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- As the owner, who is no operator; what operators may beyond that follows below.
create role tap_app in role debrief_app;
create role tap_admin in role debrief_admin;
select set_config('debrief.user_id', :'ann', true) \gset

-- start_analysis
select pg_temp.recording(:'ann', 'uploading') as recording \gset
set local role tap_app;
select throws_ok(format('select debrief.start_analysis(%s)', :recording), '55000', format('the upload of video recording %s is uploading', :recording),
  'start_analysis: not before the upload is complete');
select throws_ok('select debrief.start_analysis(0)', 'P0002', 'video recording 0 does not exist', 'start_analysis: of a recording');
reset role;
alter table debrief.video_recordings disable trigger user;
update debrief.video_recordings set upload_status = 'completed' where id = :recording;
alter table debrief.video_recordings enable trigger user;
set local role tap_app;
select analysis_job_id as job, outcome from debrief.start_analysis(:recording) \gset
select is(:'outcome'::text, 'queued', 'start_analysis: queues the analysis');
select results_eq(format('select * from debrief.start_analysis(%s)', :recording), format('values (%s::bigint, ''already queued'')', :job), 'start_analysis: once');
reset role;
select pg_temp.take('analysis', :job) as token \gset
set local role tap_app;
select is((select outcome from debrief.start_analysis(:recording)), 'already processing', 'start_analysis: tells what the analysis is doing');
reset role;
select pg_temp.put_back('analysis', :job, :token, 'failed') \gset
set local role tap_app;
select is((select outcome from debrief.start_analysis(:recording)), 'queued', 'start_analysis: takes a failed analysis up again');

-- retry_analysis, cancel_analysis
select throws_ok('select debrief.retry_analysis(0)', 'P0002', 'analysis job 0 does not exist', 'retry_analysis: of a job');
select throws_ok(format('select debrief.retry_analysis(%s)', :job), '55000', format('analysis job %s is queued', :job), 'retry_analysis: not while it is queued');
select results_eq(format('select * from debrief.cancel_analysis(%s)', :job), $$values ('cancelled', 0::bigint)$$, 'cancel_analysis: stops a queued analysis');
select results_eq(format('select status, error_code, last_error, due_at from debrief.analysis_jobs where id = %s', :job),
  $$values ('failed', 'cancelled', 'Cancelled.', null::timestamptz)$$, 'cancel_analysis: it fails with code cancelled');
select throws_ok(format('select debrief.cancel_analysis(%s)', :job), '55000', format('analysis job %s has nothing queued or processing', :job), 'cancel_analysis: not twice');
select throws_ok('select debrief.cancel_analysis(0)', 'P0002', 'analysis job 0 does not exist', 'cancel_analysis: of a job');
select results_eq('select * from debrief.retry_failed()', $$values ('analysis', 0::bigint), ('ssml', 0), ('audio', 0)$$, 'retry_failed: leaves alone what was cancelled');
select correlation_id from debrief.analysis_jobs where id = :job \gset
select is(debrief.retry_analysis(:job), 'queued', 'retry_analysis: takes a cancelled one up again');
select results_eq(format('select status, attempts, unproven, error_code, last_error, progress_percentage, due_at <= clock_timestamp(), correlation_id <> %L
                            from debrief.analysis_jobs where id = %s', :'correlation_id', :job),
  $$values ('queued', 0, 0, null::text, null::text, 0, true, true)$$, 'retry_analysis: from the start, under a new correlation id');
reset role;
select pg_temp.take('analysis', :job) as token \gset
set local role tap_app;
select throws_ok(format('select debrief.retry_analysis(%s)', :job), '55000', format('analysis job %s is processing', :job), 'retry_analysis: not while it is processing');
reset role;
select pg_temp.settle_analysis(:job, :token) \gset
select min(id) as item, max(id) as other from debrief.analysis_feedback where analysis_job_id = :job \gset
set local role tap_app;
select throws_ok(format('select debrief.retry_analysis(%s)', :job), '55000', format('analysis job %s is completed', :job), 'retry_analysis: not of a completed one by its owner');

-- retry_feedback, cancel_feedback
select throws_ok(format('select debrief.retry_feedback(%s)', :item), '55000', format('no stage of feedback %s has failed', :item), 'retry_feedback: not without a failure');
select throws_ok(format('select debrief.retry_feedback(%s, ''ssml'')', :item), '55000', format('stage "ssml" of feedback %s is queued', :item), 'retry_feedback: not while it is queued');
select throws_ok(format('select debrief.retry_feedback(%s, ''audio'')', :item), '55000', format('the SSML of feedback %s is queued', :item), 'retry_feedback: no audio without SSML');
select throws_ok(format('select debrief.retry_feedback(%s, ''analysis'')', :item), '22023', 'unknown stage "analysis"', 'retry_feedback: of ssml and audio only');
select throws_ok('select debrief.retry_feedback(0)', 'P0002', 'feedback 0 does not exist', 'retry_feedback: of feedback');
select is(debrief.cancel_feedback(:item), 'cancelled', 'cancel_feedback: stops what is queued');
select results_eq(format('select ssml_status, ssml_error_code, ssml_last_error, ssml_due_at, audio_status, audio_error_code from debrief.analysis_feedback where id = %s', :item),
  $$values ('failed', 'cancelled', 'Cancelled.', null::timestamptz, 'failed', 'cancelled')$$, 'cancel_feedback: both stages fail with code cancelled');
select throws_ok(format('select debrief.cancel_feedback(%s)', :item), '55000', format('feedback %s has nothing queued or processing', :item), 'cancel_feedback: not twice');
select throws_ok('select debrief.cancel_feedback(0)', 'P0002', 'feedback 0 does not exist', 'cancel_feedback: of feedback');
select is(debrief.retry_feedback(:item), 'ssml queued', 'retry_feedback: starts with the stage that failed first');
select results_eq(format('select ssml_status, ssml_attempts, ssml_error_code, ssml_last_error, ssml_due_at <= clock_timestamp(), audio_status, audio_error_code, audio_due_at
                            from debrief.analysis_feedback where id = %s', :item),
  $$values ('queued', 0, null::text, null::text, true, 'queued', null::text, null::timestamptz)$$, 'retry_feedback: both stages start again');
reset role;
select pg_temp.take('ssml', :item) as token \gset
set local role tap_app;
select is(debrief.cancel_feedback(:item), 'cancelled while processing', 'cancel_feedback: tells that a call was running');
select debrief.retry_feedback(:item) \gset
reset role;
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item)) \gset
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'failed', 0, 'too_large') \gset
set local role tap_app;
select is(debrief.retry_feedback(:item), 'audio queued', 'retry_feedback: repeats only audio when only that failed');
select is((select row(f.ssml_status, f.audio_status, f.audio_attempts, f.audio_due_at <= clock_timestamp()) from debrief.analysis_feedback f where id = :item),
  row('completed'::text, 'queued'::text, 0, true), 'retry_feedback: and keeps the SSML');
select throws_ok(format('select debrief.retry_feedback(%s, ''audio'')', :item), '55000', format('stage "audio" of feedback %s is queued', :item), 'retry_feedback: no audio that is queued');
reset role;
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
set local role tap_app;
select throws_ok(format('select debrief.retry_feedback(%s, %L)', :item, stage), '55000', format('stage "%s" of feedback %s is completed', stage, :item),
  format('retry_feedback: no completed %s by its owner', stage)) from unnest(array['ssml', 'audio']) stage;
select results_eq(format('select * from debrief.cancel_analysis(%s)', :job), $$values ('completed', 1::bigint)$$, 'cancel_analysis: stops the feedback that waits');
select is((select array_agg(audio_status order by id) from debrief.analysis_feedback where analysis_job_id = :job), '{completed,failed}', 'cancel_analysis: and leaves alone what is spoken');
reset role;
update debrief.analysis_feedback set message = ' ' where id = :other;
set local role tap_app;
select throws_ok(format('select debrief.retry_feedback(%s, ''ssml'')', :other), '55000', format('feedback %s has a blank message', :other), 'retry_feedback: no blank message');
select throws_ok(format('select debrief.cancel_feedback(%s)', :other), '55000', format('feedback %s has nothing queued or processing', :other), 'cancel_feedback: no blank message, which waits for nothing');
select throws_ok(format('select * from debrief.cancel_analysis(%s)', :job), '55000', format('analysis job %s has nothing queued or processing', :job), 'cancel_analysis: nor an analysis in which only that is left');

-- SSML that is gone, as after a restore without that table: audio alone could only fail again.
reset role;
select pg_temp.ready('audio') as unwritten \gset
delete from debrief.analysis_ssml_segments where feedback_id = :unwritten;
select pg_temp.put_back('audio', :unwritten, pg_temp.take('audio', :unwritten), 'failed', 0, 'ssml_missing') \gset
set local role tap_app;
select debrief.retry_feedback(:unwritten) \gset
select results_eq(format('select ssml_status, ssml_due_at is not null, audio_status, audio_due_at, audio_error_code from debrief.analysis_feedback where id = %s', :unwritten),
  $$values ('queued', true, 'queued', null::timestamptz, null::text)$$, 'retry_feedback: SSML that is gone is written again');
reset role;
update debrief.analysis_feedback set ssml_status = 'completed' where id = :unwritten;
select pg_temp.put_back('audio', :unwritten, pg_temp.take('audio', :unwritten), 'failed', 0, 'ssml_missing') \gset
select is((select sum(retried) from debrief.retry_failed('audio', 'ssml_missing')), 1::numeric, 'retry_failed: finds it');
select is((select ssml_status from debrief.analysis_feedback where id = :unwritten), 'queued', 'retry_failed: and has it written again');
delete from debrief.analysis_feedback where id = :unwritten;
set local role tap_app;

-- wait_for_feedback, where it does not wait
select is(debrief.wait_for_feedback(:item), 'completed', 'wait_for_feedback: completed');
select throws_ok(format('select debrief.wait_for_feedback(%s, ''0'')', :other), '55000', format('feedback %s was written by this transaction', :other),
  'wait_for_feedback: not for what this transaction wrote');
savepoint nested;
reset role;
select pg_temp.feedback(analysis_job_id) as nested from debrief.analysis_feedback where id = :other \gset
set local role tap_app;
select throws_ok(format('select debrief.wait_for_feedback(%s, ''0'')', :nested), '55000', format('feedback %s was written by this transaction', :nested), 'nor after a savepoint');
rollback to nested;
select throws_ok('select debrief.wait_for_feedback(0)', 'P0002', 'feedback 0 does not exist', 'wait_for_feedback: for feedback');
reset role;
update debrief.analysis_feedback set ssml_status = 'failed' where id = :other;
set local role tap_app;
select is(debrief.wait_for_feedback(:other), 'failed', 'wait_for_feedback: failed');

-- wait_for_recording, where it does not wait
select throws_ok('select debrief.wait_for_recording(0)', 'P0002', 'video recording 0 does not exist', 'wait_for_recording: for recordings');
select is(debrief.wait_for_recording((select j.video_recording_id from debrief.analysis_jobs j where j.id = :job)), 'failed', 'wait_for_recording: an item has failed');

-- wait_for_analysis, where it does not wait
select is(debrief.wait_for_analysis(:job), 'completed', 'wait_for_analysis: completed');
select throws_ok('select debrief.wait_for_analysis(0)', 'P0002', 'analysis job 0 does not exist', 'wait_for_analysis: for analyses');

-- dismiss_feedback: until the next failure
create function pg_temp.seen(feedback_id bigint) returns text language sql as $$
  select concat_ws(',', (select 'status' from debrief.feedback_status v where v.id = seen.feedback_id),
                        (select 'failure' from debrief.failures v where v.feedback_id = seen.feedback_id));
$$;
select throws_ok(format('select debrief.dismiss_feedback(%s)', :item), '55000', format('feedback %s has not failed', :item), 'dismiss_feedback: a failure');
select throws_ok('select debrief.dismiss_feedback(0)', 'P0002', 'feedback 0 does not exist', 'dismiss_feedback: of feedback');
select is(pg_temp.seen(:other), 'status,failure', 'a failure is seen');
select is(debrief.dismiss_feedback(:other), 'dismissed', 'dismiss_feedback');
select is(debrief.dismiss_feedback(:other), 'was dismissed already', 'dismiss_feedback: may be called again');
select is(pg_temp.seen(:other), '', 'a dismissed failure is hidden from its owner');
reset role;
select is(pg_temp.seen(:other), 'status,failure', 'operators still see it');
select is((select v.dismissed_at is not null from debrief.failures v where v.feedback_id = :other), true, 'and that it was dismissed');
update debrief.analysis_feedback set message = 'Speak up.' where id = :other;
select pg_temp.put_back('ssml', :other, pg_temp.take('ssml', :other), 'failed') \gset
set local role tap_app;
select is(pg_temp.seen(:other), 'status,failure', 'after an edit the next failure is seen');
select debrief.dismiss_feedback(:other), debrief.retry_feedback(:other) \gset
select is(pg_temp.seen(:other), 'status', 'a retry shows the item again');
reset role;
select pg_temp.put_back('ssml', :other, pg_temp.take('ssml', :other), 'failed') \gset
set local role tap_app;
select is(pg_temp.seen(:other), 'status,failure', 'and its next failure');
reset role;
update debrief.analysis_feedback set message = ' ' where id = :other;
set local role tap_app;

-- get_*
select results_eq(format($$select g ->> 'id', g ->> 'status', g ->> 'title', g ->> 'voice', g -> 'metrics', jsonb_path_query_array(g, '$.feedback[*].message'),
                                  jsonb_path_query_array(g, '$.feedback[*].audio_status') from debrief.get_analysis_with_metrics(%s) g$$, :job),
  format($$values ('%s', 'completed', 'A talk', 'default', '{"words": {"value": 120.5, "unit": "wpm"}, "pauses": {"value": 3, "unit": ""}}'::jsonb,
                   '["Speak up.", " "]'::jsonb, '["completed", "queued"]'::jsonb)$$, :job), 'get_analysis_with_metrics: the whole as one object');
select is(debrief.get_analysis_with_metrics(0), null, 'get_analysis_with_metrics: null when there is none');
select results_eq(format('select segment_index, audio_url, storage_path, duration_ms, format, provider, version from debrief.get_audio_segments_for_feedback(%s)', :item),
  format($$values (0, 'pg://%s/0', 'sound/%s/0-1.wav', 1234.5, 'wav', 'voice', 'v1'), (1, 'pg://%s/1', 'sound/%s/1-1.wav', 1234.5, 'wav', 'voice', 'v1')$$, :item, :item, :item, :item),
  'get_audio_segments_for_feedback: the sounds in order');
select results_eq(format('select * from debrief.get_audio(%s, 1)', :item), $$values ('audio/wav', '\x010203'::bytea)$$, 'get_audio: the bytes');
savepoint missing;
reset role;
delete from debrief.audio_objects;
set local role tap_app;
select throws_ok(format('select debrief.get_audio(%s, 1)', :item), 'P0002', format('the bytes of sound 1 of feedback %s are missing', :item), 'get_audio: bytes that are gone');
rollback to missing;
reset role;
update debrief.analysis_feedback set message = 'Edited.' where id = :item;
set local role tap_app;
select is_empty(format('select * from debrief.get_audio_segments_for_feedback(%s)', :item), 'get_audio_segments_for_feedback: none of the old words after an edit');

-- Operators may run again what is completed.
reset role;
select pg_temp.spoken(:'bob') as item \gset
select analysis_job_id as job from debrief.analysis_feedback where id = :item \gset
set local role tap_admin;
select is(debrief.retry_feedback(:item, 'audio'), 'audio queued', 'retry_feedback: completed audio, by an operator');
select is_empty(format('select from debrief.analysis_audio_segments where feedback_id = %s', :item), 'retry_feedback: whose sounds are made anew');
select is(debrief.retry_feedback(:item, 'ssml'), 'ssml queued', 'retry_feedback: completed SSML, by an operator');
reset role;
select pg_temp.settle_analysis(:job, pg_temp.take('analysis', :job)) \gset
set local role tap_admin;
select is(debrief.retry_analysis(:job), 'queued', 'retry_analysis: a completed one, by an operator');
select results_eq(format('select * from debrief.cancel_analysis(%s)', :job), $$values ('cancelled', 2::bigint)$$, 'cancel_analysis: a queued one with its feedback');

-- store_analysis_results
select is(debrief.store_analysis_results(:job, 'T', 'S', 'F', '{"from": "us"}',
    '[{"timestamp_seconds": 3.5, "category": "Speech", "message": "Slower.", "confidence": 0.5, "impact": 1}, {"message": "Louder."}, {}]',
    '[{"key": "wpm", "value": 180.5, "unit": "words/min"}, {"key": "n", "value": "3"}]'), 'settled', 'store_analysis_results: stores an analysis made elsewhere');
select results_eq(format('select status, progress_percentage, title, summary_text, full_feedback_text, raw_response, provider, error_code, claim_token, lease_expires_at from debrief.analysis_jobs where id = %s', :job),
  $$values ('completed', 100, 'T', 'S', 'F', '{"from": "us"}'::jsonb, 'external', null::text, null::bigint, null::timestamptz)$$, 'store_analysis_results: the job is completed');
select results_eq(format('select timestamp_seconds, category, message, confidence, impact, from_analysis, user_id, ssml_due_at is not null from debrief.analysis_feedback where analysis_job_id = %s order by id', :job),
  format($$values (3.5, 'Speech', 'Slower.', 0.5, 1::numeric, true, %L::uuid, true), (0, 'General', 'Louder.', null, null, true, %L, true), (0, 'General', '', null, null, true, %L, false)$$,
         :'bob', :'bob', :'bob'), 'store_analysis_results: its feedback is the owner''s and will be spoken');
select results_eq(format('select metric_key, metric_value, unit from debrief.analysis_metrics where analysis_job_id = %s order by 1', :job),
  $$values ('n', 3::numeric, ''), ('wpm', 180.5, 'words/min')$$, 'store_analysis_results: and its metrics');
select is(debrief.store_analysis_results(:job, 'T2', 'S', 'F'), 'settled', 'store_analysis_results: may be repeated');
select is_empty(format('select from debrief.analysis_feedback where analysis_job_id = %s', :job), 'store_analysis_results: which replaces the rows of before');
select throws_ok('select debrief.store_analysis_results(0, null, null, null)', 'P0002', 'analysis job 0 does not exist', 'store_analysis_results: for a job');
select throws_ok(format('select debrief.store_analysis_results(%s, null, null, null, null, %s)', :job, bad), '22023', 'feedback and metrics must be JSON arrays',
  'store_analysis_results: no arrays but ' || bad) from unnest(array['''{}''', 'null', '''[]'', ''{}''', '''[]'', null', '''"x"''']) bad;

select * from finish();
rollback;
