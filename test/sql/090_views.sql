\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset

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
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', calls_per_day '5');
update debrief.stages set server = 'tts' where stage = 'audio';
create function pg_temp.queues() returns setof record language sql as $$
  select stage, due, held, held_by, delayed, waiting, processing, oldest_due from debrief.pipeline_status;
$$;
select results_eq('select * from pg_temp.queues() as q (a text, b bigint, c bigint, d text, e bigint, f bigint, g bigint, h interval)',
  $$values ('analysis', 0::bigint, 5::bigint, 'no server', 0::bigint, 0::bigint, 0::bigint, null::interval),
           ('ssml', 1, 0, null, 1, 1, 1, '1 minute'), ('audio', 0, 0, null, 0, 4, 0, null)$$,
  'pipeline_status counts what each stage has to do: what is due, held and by what, delayed, waiting and processing');
create function pg_temp.held(stage text) returns text language sql as $$
  select concat_ws(' ', v.due, v.held, v.held_by, extract(epoch from v.oldest_due)::int) from debrief.pipeline_status v where v.stage = held.stage;
$$;
select debrief.pause('ssml') \gset
select is(pg_temp.held('ssml'), '0 1 paused', 'a paused stage holds what is due');
select debrief.resume('ssml') \gset
update debrief.stages set rollout_percent = 0 where stage = 'ssml';
select is(pg_temp.held('ssml'), '0 1 rollout', 'a rollout holds the rows of those it does not reach');
update debrief.stages set rollout_percent = 100 where stage = 'ssml';
select is(pg_temp.held('ssml'), '1 0 60', 'nothing holds them after that');
update debrief.analysis_feedback set audio_due_at = now() - interval '2 minutes', audio_status = 'queued' where id = :spoken;
insert into debrief.server_limits (server, day, day_calls) values ('tts', (now() at time zone 'UTC')::date, 5);
select is(pg_temp.held('audio'), '0 1 budget spent', 'a spent budget holds them');
delete from debrief.server_limits;
select is(pg_temp.held('audio'), '1 0 120', 'until it is there again');
update pg_temp.processes set state = 'waiting', last_error = 'the disk is full' where process = 'worker';
select results_eq('select held_by from debrief.pipeline_status', array['no worker', 'no worker', 'no worker'], 'and so does a worker that cannot work');
update pg_temp.processes set state = 'running', last_error = '';
update debrief.stages set server = null where stage = 'audio';
drop server tts;
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
create server pretend foreign data wrapper debrief options (kind 'fake');
update debrief.stages set server = 'pretend' where stage in ('audio', 'analysis');
select is(pg_temp.provider('analysis'), 'ready', 'what looks at no recording needs no store of them');
update debrief.stages set store = null where stage = 'audio';
select matches(pg_temp.provider('audio'), '^no store', 'sounds are kept in one, whoever makes them');
update debrief.stages set store = 'database' where stage = 'audio';
update debrief.stages set server = 'tts' where stage in ('audio', 'analysis');
drop server pretend;
select matches(pg_temp.provider('analysis'), '^no store \| no store is named for this stage \| UPDATE debrief.stages SET store', 'analysis needs a store too');
update debrief.stages set store = 'files' where stage = 'analysis';
select is(pg_temp.provider('analysis'), 'ready', 'with it, it is ready');
select debrief.pause('audio') \gset
select is(pg_temp.provider('audio'), 'paused | the stage is paused | SELECT debrief.resume(''audio'');', 'a paused stage');
select debrief.resume('audio'), debrief.pause_server('tts') \gset
select is(pg_temp.provider('audio'), 'paused | the server is paused | SELECT debrief.resume_server(''tts'');', 'a paused server');
select debrief.resume_server('tts'), debrief._park_server('tts', 'audio', 60000, 2, 'auth', 'The key was refused.') \gset
select matches(pg_temp.provider('audio'), '^parked \| auth: The key was refused\. \| It is retried automatically', 'a parked server, and why');
select results_eq('select stage, kind, failures, parked_until > clock_timestamp() from debrief.stage_status ',
  $$values ('analysis', 'http', 0, null), ('ssml', 'template', 0, null), ('audio', 'http', 2, true)$$, 'a server''s state shows in the stage that it fails');
update debrief.server_states set parked_until = now() - interval '1 second';
select matches(pg_temp.provider('audio'), '^probing \| auth: The key was refused\. \| One call at a time', 'after that it is probed');
select debrief._server_ok('tts', 'audio') \gset
select is(pg_temp.provider('audio'), 'ready', 'and after a success it is ready');
drop server files;
select is(pg_temp.provider('analysis'), 'store missing | store "files" does not exist | CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', 'a store that was dropped');
drop server tts;
select is(pg_temp.provider('audio'), 'server missing | server "tts" does not exist | CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', 'a server that was dropped');
create server tts foreign data wrapper debrief options (kind 'template');
select is(pg_temp.provider('audio'), 'wrong kind | server "tts" of kind "template" cannot serve this stage | Name another one in debrief.stages.', 'a server made anew with another kind');
drop server tts;

-- What stops every stage, and the budget of one.
create server speaker foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', characters_per_day '100', calls_per_minute '60');
update debrief.stages set server = 'speaker' where stage = 'audio';
insert into debrief.server_usage (server, stage, day, characters) values ('speaker', 'audio', (now() at time zone 'UTC')::date, 100);
select is(pg_temp.provider('audio'), 'budget spent | the server "speaker" has used up characters_per_day (100) | ALTER SERVER speaker OPTIONS (SET characters_per_day ''...''); or wait until then.', 'a budget that is spent');
select is((select parked_until from debrief.stage_status where stage = 'audio'), (((now() at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC'), 'until the next day (UTC)');
select results_eq('select server, limit_name, allowed, used, is_used_up, resets_at is not null from debrief.limits',
  $$values ('speaker', 'calls_per_minute', 60::numeric, 0::numeric, false, false), ('speaker', 'characters_per_day', 100, 100, true, true)$$, 'limits shows how much is used');
delete from debrief.server_usage;
select * from debrief._grant_calls('speaker', 100, 60, null, null, null) \gset
select results_eq($$select used, is_used_up, resets_at between now() and clock_timestamp() + interval '1.1 s' from debrief.limits where limit_name = 'calls_per_minute'$$,
  'values (60::numeric, true, true)', 'and when the next call may begin');
select is(pg_temp.provider('audio'), 'ready', 'a rate limit is no reason not to be ready');
select is(debrief._server_hint('x', code), hint || 'It is retried automatically; SELECT debrief.resume_server(''x''); retries at once.', 'what to do about ' || code) from (values
  ('unauthorized', 'Check the option "key", the key file''s line for it and its host. '), ('unreachable', 'Check base_url, name service, firewall and certificate (pg_debrief.ca_file). '),
  ('address_not_allowed', 'List the host in pg_debrief.allowed_hosts if it is meant to be called. '), ('model_not_found', 'Check the server''s options: docs/providers.md lists them. '),
  ('internal', '')) as h (code, hint);
update pg_temp.processes set state = 'stopped', last_error = 'role "debrief_worker" is not permitted to log in' where process = 'worker';
select is(pg_temp.provider('ssml'), 'no worker | worker 0 stopped: role "debrief_worker" is not permitted to log in | See the server''s log; it is retried automatically.', 'a worker that cannot log in, in the server''s words');
delete from pg_temp.processes where process = 'worker';
select is(pg_temp.provider('ssml'), 'no worker | no worker is running in this database | SELECT debrief._wake(), pg_reload_conf();', 'no worker');
update pg_temp.processes set state = 'standby';
select is(pg_temp.provider('ssml'), 'standby | this server is a standby | It processes rows once it is promoted.', 'a standby');
delete from debrief.stages where stage = 'ssml';
update pg_temp.processes set state = 'running';
insert into pg_temp.processes select 'worker', d.oid, 0, 1, 'running', now(), '{0,0,0}', '', false from pg_database d where d.datname = current_database();
select is(pg_temp.provider('ssml'), 'stage missing | debrief.stages has no row for it | SELECT debrief.update_tables();', 'a stage whose row is missing');
select results_eq($$select problem, fix from debrief.check_installation() where object = 'stage ssml'$$,
  $$values ('stage missing: debrief.stages has no row for it', 'SELECT debrief.update_tables();')$$, 'which check_installation() says');
select debrief.update_tables() \gset
select is(pg_temp.provider('ssml'), 'ready', 'and update_tables() adds');
select results_eq('select stage from debrief.stage_status', array['analysis', 'ssml', 'audio'], 'stages come in their order');
update debrief.installation set database_oid = 1;
select is(array_agg(v.state), '{copy,copy,copy}', 'a copy of the database serves no stage') from debrief.stage_status v;

-- What comes from shared memory: its shape.
select columns_are('debrief', 'worker_status', array['process', 'database', 'ordinal', 'pid', 'state', 'since', 'analysis_in_flight', 'ssml_in_flight', 'audio_in_flight', 'last_error', 'deliver_in_flight', 'host', 'version'], 'worker_status has these columns');
select is((select count(*) from debrief.worker_status where process = 'launcher'), 1::bigint, 'worker_status shows the launcher');
select ok((select coalesce(bool_and(database = current_database()), true) from debrief.worker_status where process = 'worker'), 'and this database''s workers only');
select columns_are('debrief', 'latency', array['stage', 'phase', 'upper_bound_ms', 'calls', 'cumulative', 'total_ms'], 'latency has these columns');
select is_empty('select from debrief.latency where calls < 0 or cumulative < calls', 'latency counts calls up');

select * from finish();
rollback;
