\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- feedback_status: one word for each state a row can be in.
create function pg_temp.word(item bigint) returns text language sql as $$
  select v.status from debrief.feedback_status v where v.id = item;
$$;
select pg_temp.job() as job \gset
select pg_temp.feedback(:job, ' ') as item \gset
select is(pg_temp.word(:item), 'blank', 'without a message: blank');
update debrief.analysis_feedback set message = 'Speak up.' where id = :item;
select is(pg_temp.word(:item), 'queued', 'with a message: queued');
select pg_temp.take('ssml', :item) as token \gset
select is(pg_temp.word(:item), 'processing', 'SSML is being written: processing');
select pg_temp.put_back('ssml', :item, :token, 'retried', 60000, 'timeout', 'It took too long.') \gset
select is(pg_temp.word(:item), 'retrying', 'SSML waits for another attempt: retrying');
select results_eq(format('select ssml_attempts, error_code, last_error, next_attempt_at > clock_timestamp() from debrief.feedback_status where id = %s', :item),
  $$values (1, 'timeout', 'It took too long.', true)$$, 'why, and until when');
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item)) \gset
select is(pg_temp.word(:item), 'queued', 'SSML after two attempts, audio after none: queued');
select pg_temp.take('audio', :item) as token \gset
select is(pg_temp.word(:item), 'processing', 'audio is being made: processing');
select pg_temp.put_back('audio', :item, :token, 'retried') \gset
select is(pg_temp.word(:item), 'retrying', 'audio waits for another attempt: retrying');
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
select is(pg_temp.word(:item), 'completed', 'both done: completed');
select results_eq(format('select audio_segments, audio_duration_ms, error_code, next_attempt_at, correlation_id from debrief.feedback_status where id = %s', :item),
  format('select 2::bigint, 2469.0, null::text, null::timestamptz, correlation_id from debrief.analysis_jobs where id = %s', :job), 'how much sound, and no error');
select pg_temp.ready('audio') as mute, pg_temp.ready('ssml') as wordless \gset
select pg_temp.put_back('audio', :mute, pg_temp.take('audio', :mute), 'failed', 0, 'too_large', 'Too long.'),
       pg_temp.put_back('ssml', :wordless, pg_temp.take('ssml', :wordless), 'failed', 0, 'blocked', 'No.') \gset
select is(array[pg_temp.word(:mute), pg_temp.word(:wordless)], '{failed,failed}', 'either failed: failed');

-- failures
select pg_temp.ready('analysis') as unseen \gset
select pg_temp.put_back('analysis', :unseen, pg_temp.take('analysis', :unseen), 'failed', 0, 'bad_answer', 'The service answered nonsense.') \gset
insert into debrief.attempts (stage, row_id, attempt, disposition, code, detail)
values ('audio', :mute, 1, 'failed', 'timeout', 'slow'), ('audio', :mute, 2, 'failed', 'too_large', 'text is too long'),
       ('ssml', :mute, 3, 'failed', 'too_large', 'of another stage');
select pg_temp.ready('analysis') as unwanted, pg_temp.ready('ssml') as unwritten, pg_temp.ready('audio') as unspoken \gset
select debrief.cancel_analysis(:unwanted), debrief.cancel_feedback(:unwritten), debrief.cancel_feedback(:unspoken) \gset
update debrief.video_recordings set original_filename = 'My talk.mp4'
 where id = (select video_recording_id from debrief.analysis_jobs where id = :unseen);
select results_eq('select stage, feedback_id, file, error_code, last_error, detail, attempts, since between now() and clock_timestamp(), message, user_id,
                          correlation_id = (select j.correlation_id from debrief.analysis_jobs j where j.id = v.analysis_job_id)
                     from debrief.failures v order by feedback_id',
  format($$values ('audio', %1$s::bigint, %3$L || '/talk.mp4', 'too_large', 'Too long.', 'text is too long', 1, true, 'Speak up.', %3$L::uuid, true),
                  ('ssml', %2$s, %3$L || '/talk.mp4', 'blocked', 'No.', null, 1, true, 'Speak up.', %3$L, true),
                  ('analysis', null, 'My talk.mp4', 'bad_answer', 'The service answered nonsense.', null, 1, true, null, %3$L, true)$$,
         :mute, :wordless, :'ann'), 'failures shows the stage that failed, of which file, why, and the provider''s message; not what was cancelled');
set local role debrief_app;
select set_config('debrief.user_id', :'ann', true) \gset
select results_eq('select feedback_id, detail from debrief.failures order by feedback_id',
  format('values (%s::bigint, null::text), (%s, null), (null, null)', :mute, :wordless), 'owners see their failures without the provider''s message');
reset role;

-- pipeline_status
truncate debrief.video_recordings cascade;
select pg_temp.ready('ssml') as due, pg_temp.ready('ssml') as later, pg_temp.ready('ssml') as busy, pg_temp.ready('ssml') as failed, pg_temp.spoken() as spoken \gset
select pg_temp.feedback((select min(id) from debrief.analysis_jobs), '') \gset
select pg_temp.take('ssml', :busy), pg_temp.put_back('ssml', :failed, pg_temp.take('ssml', :failed), 'failed') \gset
update debrief.analysis_feedback set ssml_due_at = now() - interval '1 minute' where id = :due;
update debrief.analysis_feedback set ssml_due_at = now() + interval '1 minute' where id = :later;
update debrief.analysis_jobs set due_at = now() - interval '1 hour';
select results_eq('select stage, due, delayed, waiting, processing, completed, failed, oldest_due from debrief.pipeline_status order by stage',
  $$values ('analysis', 5::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, '1 hour'::interval),
           ('audio', 0, 0, 5, 0, 1, 0, null), ('ssml', 1, 1, 1, 1, 1, 1, '1 minute')$$, 'pipeline_status counts each stage''s rows by state');
select is((select oldest_processing is not null from debrief.pipeline_status where stage = 'ssml'), true, 'and tells the age of what is being processed');

-- stage_status: what keeps a stage from being served, the first thing first.
create function pg_temp.provider(stage text) returns text language sql as $$
  select concat_ws(' | ', v.state, v.reason, v.hint) from debrief.stage_status v where v.stage = provider.stage;
$$;
select is(pg_temp.provider('ssml'), 'ready', 'template is ready from the start');
select is(pg_temp.provider('audio'), 'no server | no server serves this stage | UPDATE debrief.stages SET server = ''...'' WHERE stage = ''audio'';', 'audio has no server at first');
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
update debrief.stages set server = 'tts' where stage in ('audio', 'analysis');
select is(pg_temp.provider('audio'), 'ready', 'with a server audio is ready: it has a store');
select matches(pg_temp.provider('analysis'), '^no store \| no store is named for this stage \| UPDATE debrief.stages SET store', 'analysis needs a store too');
update debrief.stages set store = 'files' where stage = 'analysis';
select is(pg_temp.provider('analysis'), 'ready', 'with it, it is ready');
select debrief.pause('audio') \gset
select is(pg_temp.provider('audio'), 'paused | the stage is paused | SELECT debrief.resume(''audio'');', 'a paused stage');
select debrief.resume('audio'), debrief.pause_server('tts') \gset
select is(pg_temp.provider('audio'), 'paused | the server is paused | SELECT debrief.resume_server(''tts'');', 'a paused server');
select debrief.resume_server('tts'), debrief._park_server('tts', 'audio', 60000, 2, 'auth', 'The key was refused.') \gset
select matches(pg_temp.provider('audio'), '^parked \| auth: The key was refused\. \| It is retried automatically', 'a parked server, and why');
select results_eq('select stage, kind, failures, parked_until > clock_timestamp() from debrief.stage_status order by stage',
  $$values ('analysis', 'http', 0, null), ('audio', 'http', 2, true), ('ssml', 'template', 0, null)$$, 'a server''s state shows in the stage that it fails');
update debrief.server_states set parked_until = now() - interval '1 second';
select matches(pg_temp.provider('audio'), '^probing \| auth: The key was refused\. \| One call at a time', 'after that it is probed');
select debrief._server_ok('tts', 'audio') \gset
select is(pg_temp.provider('audio'), 'ready', 'and after a success it is ready');
drop server files;
select is(pg_temp.provider('analysis'), 'store missing | store "files" does not exist | CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', 'a store that was dropped');
drop server tts;
select is(pg_temp.provider('audio'), 'server missing | server "tts" does not exist | CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', 'a server that was dropped');
update debrief.installation set database_oid = 1;
select is(array_agg(v.state), '{copy,copy,copy}', 'a copy of the database serves no stage') from debrief.stage_status v;

-- What comes from shared memory: its shape.
select columns_are('debrief', 'worker_status', array['process', 'database', 'ordinal', 'pid', 'state', 'since', 'analysis_in_flight', 'ssml_in_flight', 'audio_in_flight', 'last_error'], 'worker_status has these columns');
select is((select count(*) from debrief.worker_status where process = 'launcher'), 1::bigint, 'worker_status shows the launcher');
select ok((select coalesce(bool_and(database = current_database()), true) from debrief.worker_status where process = 'worker'), 'and this database''s workers only');
select columns_are('debrief', 'latency', array['stage', 'phase', 'upper_bound_ms', 'calls', 'cumulative'], 'latency has these columns');
select is_empty('select from debrief.latency where calls <= 0 or cumulative < calls', 'latency counts calls up');

select * from finish();
rollback;
