\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset

-- explain(): each cause, by causing it. What another session does is asked in t/044_explain.pl.
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', calls_per_day '5', calls_per_minute '60', max_in_flight '3');
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
update debrief.stages set server = 'tts' where stage <> 'ssml';
update debrief.stages set store = 'files' where stage = 'analysis';
select pg_temp.ready('audio') as item, pg_temp.ready('ssml') as other, pg_temp.ready('analysis') as job \gset
create function pg_temp.why(item bigint) returns setof text language sql as $$
  select concat_ws(' | ', x.stage, x.state, x.cause, x.reason, x.fix) from debrief.explain(item) x;
$$;
create function pg_temp.why_analysis(job bigint) returns setof text language sql as $$
  select concat_ws(' | ', x.stage, x.state, x.cause, x.reason, x.fix) from debrief.explain_analysis(job) x;
$$;

select is(pg_temp.why(:item), 'audio | queued | due | Nothing is in its way: it is the next to be claimed.', 'due');
select is(pg_temp.why(:other), 'ssml | queued | due | Nothing is in its way: it is the next to be claimed.', 'due, in the stage it is in');
select ok(pg_temp.why_analysis(:job) ~ '^analysis \| queued \| queue \| 2 rows of this stage are due before it$', 'behind others');
insert into debrief.analysis_feedback (analysis_job_id, message) select :job, 'More.' from generate_series(1, 1200);
select is(pg_temp.why((select max(id) from debrief.analysis_feedback)), 'ssml | queued | queue | 1000 or more rows of this stage are due before it', 'behind many, counted to 1,000');

-- The stage, its servers, the processes.
update debrief.stages set paused = true where stage = 'audio';
select is(pg_temp.why(:item), 'audio | queued | paused | the stage is paused | SELECT debrief.resume(''audio'');', 'a paused stage');
select debrief.resume('audio'), debrief.pause_server('tts') \gset
select is(pg_temp.why(:item), 'audio | queued | paused | the server is paused | SELECT debrief.resume_server(''tts'');', 'a paused server');
select debrief.resume_server('tts'), debrief._park_server('tts', 'audio', 60000, 3, 'unreachable', 'No route to host.') \gset
select is(pg_temp.why(:item), 'audio | queued | parked | unreachable: No route to host. | Check base_url, name service, firewall and certificate (pg_debrief.ca_file). It is retried automatically; SELECT debrief.resume_server(''tts''); retries at once.', 'a parked server');
select results_eq(format('select since between now() and clock_timestamp(), until > clock_timestamp() from debrief.explain(%s)', :item), 'values (true, true)', 'since when, and until when');
select debrief.pause('audio') \gset
select results_eq(format('select cause from debrief.explain(%s)', :item), array['paused', 'parked'], 'all that holds it, in order');
select debrief.resume('audio') \gset
update debrief.server_states set parked_until = now();
select is(pg_temp.why(:item), 'audio | queued | probing | after its failures the server "tts" is called once at a time, until a call succeeds: unreachable: No route to host. | Check base_url, name service, firewall and certificate (pg_debrief.ca_file). It is retried automatically; SELECT debrief.resume_server(''tts''); retries at once.', 'a server that is probed');
select debrief.resume('audio'), debrief.resume_server('tts') \gset
insert into debrief.server_limits (server, day, day_calls) values ('tts', (now() at time zone 'UTC')::date, 5);
select is(pg_temp.why(:item), 'audio | queued | budget spent | the server "tts" has used up calls_per_day (5) | ALTER SERVER tts OPTIONS (SET calls_per_day ''...''); or wait until then.', 'a spent budget');
select ok((select until > clock_timestamp() from debrief.explain(:item)), 'until the next day');
update debrief.server_limits set day_calls = 0, allowance = 0, allowance_at = clock_timestamp() + interval '1 second' where server = 'tts';
select is(pg_temp.why(:item), 'audio | queued | rate | the server "tts" has had its calls_per_minute (60) | ALTER SERVER tts OPTIONS (SET calls_per_minute ''...''); or wait.', 'the rate of a server');
delete from debrief.server_limits;
update debrief.stages set rollout_percent = 0 where stage = 'audio';
select is(pg_temp.why(:item), 'audio | queued | rollout | its user is outside the 0 percent of the rollout | UPDATE debrief.stages SET rollout_percent = 100 WHERE stage = ''audio'';', 'a rollout');
update debrief.stages set rollout_percent = 100 where stage = 'audio';
update pg_temp.processes set in_flight = '{1,0,2}' where process = 'worker';
select is(pg_temp.why(:item), 'audio | queued | slots | all calls that may be made at once are under way (3) | ALTER SERVER tts OPTIONS (SET max_in_flight ''...''); or wait.', 'the calls of a server, over its stages');
update debrief.stages set max_in_flight = 2 where stage = 'audio';
select is(pg_temp.why(:item), 'audio | queued | slots | all calls that may be made at once are under way (2) | UPDATE debrief.stages SET max_in_flight = ... WHERE stage = ''audio''; or wait.', 'the calls of a stage');
update pg_temp.processes set in_flight = '{0,48,0}' where process = 'worker';
select is(pg_temp.why(:other), 'ssml | queued | slots | all calls that may be made at once while audio is due are under way (48) | UPDATE debrief.stages SET max_in_flight = ... WHERE stage = ''ssml''; or wait.', 'three quarters of the calls of SSML, while audio is due');
select debrief.pause('audio') \gset
select is(pg_temp.why(:other), 'ssml | queued | due | Nothing is in its way: it is the next to be claimed.', 'all of them where audio waits for something else');
select debrief.resume('audio') \gset
update pg_temp.processes set in_flight = '{0,0,0}', memory_full = true where process = 'worker';
select is(pg_temp.why(:item), 'audio | queued | memory | the worker has used up pg_debrief.memory_limit | ALTER SYSTEM SET pg_debrief.memory_limit = ''...''; SELECT pg_reload_conf();', 'memory');
update pg_temp.processes set memory_full = false, state = 'failed', last_error = 'not permitted to log in' where process = 'worker';
select is(pg_temp.why(:item), 'audio | queued | no worker | worker 0 failed: not permitted to log in | See the server''s log; it is retried automatically.', 'a worker that cannot log in');
delete from pg_temp.processes where process = 'worker';
select is(pg_temp.why(:item), 'audio | queued | no worker | no worker is running in this database | SELECT debrief._wake(), pg_reload_conf();', 'no worker');
insert into pg_temp.processes select 'worker', d.oid, 0, 1, 'running', now(), '{0,0,0}', '', false from pg_database d where d.datname = current_database();
update debrief.stages set server = null where stage = 'audio';
select is(pg_temp.why(:item), 'audio | queued | no server | no server serves this stage | UPDATE debrief.stages SET server = ''...'' WHERE stage = ''audio'';', 'no server');
update debrief.stages set server = 'tts', store = null where stage = 'audio';
select is(pg_temp.why(:item), 'audio | queued | no store | no store is named for this stage | UPDATE debrief.stages SET store = ''...'' WHERE stage = ''audio'';', 'no store');
update debrief.stages set store = 'database' where stage = 'audio';
select debrief._park_server('tts', 'audio', 60000, 1, 'no_key', 'the key file has no key "tts"') \gset
select is(pg_temp.why(:item), 'audio | queued | parked | no_key: the key file has no key "tts" | Add the key to the file that pg_debrief.key_file names; then SELECT pg_reload_conf();', 'no key');
select debrief.resume_server('tts') \gset
update debrief.installation set database_oid = 1;
select is(pg_temp.why(:item), 'audio | queued | copy | this database is a copy of the one that pg_debrief was installed in | SELECT debrief.activate_copy(); lets this copy call its providers.', 'a copy');
select debrief.activate_copy() \gset
select debrief._record_attempts('audio', 'tts', array[:item], array[:'ann'], '{""}', '{0}', '{deferred}', '{60000}', '{row_not_readable}', '{Not this one.}',
  '{0}', '{0}', '{0}', '{0}', '{0}', '{0}', '{0}', '{0}', '{0}', '{0}') \gset
select is(pg_temp.why(:item), 'audio | queued | refused | the database refuses to change its row: Not this one. | Fix what refuses it, a trigger or a constraint; then SELECT pg_reload_conf(); has it tried at once.',
  'a row that no worker may change');
select is((select concat_ws(' | ', object, problem, fix) from debrief.check_installation() where problem ~ 'refuses'), format('stage audio | 1 queued rows wait because the database refuses to change them, '
  'for example row %s: Not this one. | Fix what refuses them, a trigger or a constraint; then SELECT pg_reload_conf();', :item), 'check_installation() counts such rows');
update debrief.attempts set next_attempt_at = clock_timestamp();
select is(pg_temp.why(:item), 'audio | queued | due | Nothing is in its way: it is the next to be claimed.', 'until it is tried again');

select debrief._park_stage('audio', 60000, 1, '42501', 'permission denied for table analysis_audio_segments') \gset
select is(pg_temp.why(:item), 'audio | queued | parked | the database refuses its results: permission denied for table analysis_audio_segments (42501) | Fix what refuses them: a trigger, a constraint, a grant. Results are kept, and stored by themselves then.', 'a database that refuses the results');
select debrief._stage_ok('audio') \gset

-- The row itself.
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'retried', 60000, 'timeout', 'It took too long.') \gset
select is(pg_temp.why(:item), 'audio | queued | retry | It is tried again later. It took too long.', 'a retry');
select ok((select until > clock_timestamp() from debrief.explain(:item)), 'and when it is made');
select pg_temp.take('audio', :item) as token \gset
select is(pg_temp.why(:item), 'audio | processing | processing | A worker processes it: attempt 2.', 'being processed');
update debrief.analysis_feedback set lease_expires_at = now() - interval '1 second' where id = :item;
select is(pg_temp.why(:item), 'audio | processing | worker lost | Its worker does not answer; another one takes it back.', 'a worker that is gone');
create function pg_temp.causes(item bigint) returns text language sql as $$ select string_agg(x.cause || coalesce(': ' || x.fix, ''), ' | ') from debrief.explain(item) x $$;
select debrief.pause('audio') \gset
select is(pg_temp.causes(:item), 'worker lost', 'a pause keeps nobody from taking it back');
select debrief.resume('audio') \gset
update debrief.installation set database_oid = 1;
select is(pg_temp.causes(:item), 'copy: SELECT debrief.activate_copy(); lets this copy call its providers. | worker lost', 'but in a copy nobody does');
select debrief.activate_copy() \gset
create temp table gone as select * from pg_temp.processes where process = 'worker';
delete from pg_temp.processes where process = 'worker';
select is(pg_temp.causes(:item), 'no worker: SELECT debrief._wake(), pg_reload_conf(); | worker lost', 'nor where no worker runs');
insert into pg_temp.processes table gone;
select debrief._park_stage('audio', 60000, 1, '42501', 'permission denied for table analysis_audio_segments') \gset
select is(pg_temp.causes(:item), 'parked: Fix what refuses them: a trigger, a constraint, a grant. Results are kept, and stored by themselves then. | worker lost', 'nor can its answer be stored while the database refuses it');
select debrief._stage_ok('audio') \gset
select pg_temp.put_back('audio', :item, :token, 'retried', 0, 'worker_lost', 'The worker stopped in the middle of this attempt.') \gset
select is(pg_temp.why(:item), 'audio | queued | alone | Its worker was lost at its last attempts: such rows are processed one at a time.', 'one that runs alone');
insert into debrief.attempts (stage, row_id, attempt, disposition, code, detail) values ('audio', :item, 3, 'failed', 'timeout', 'slow host');
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'failed', 0, 'timeout', 'It took too long.') \gset
select is(pg_temp.why(:item), format('audio | failed | timeout | It took too long. (slow host) | SELECT debrief.retry_feedback(%s, ''audio'');', :item), 'a failure');
select debrief.retry_feedback(:item), debrief.cancel_feedback(:item) \gset
select is(pg_temp.why(:item), format('audio | failed | cancelled | Cancelled. | SELECT debrief.retry_feedback(%s, ''audio'');', :item), 'one that was cancelled');
select debrief.retry_feedback(:item) \gset
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
select is(pg_temp.why(:item), 'audio | completed | completed | It is completed.', 'one that is done');
update debrief.analysis_feedback set message = ' ' where id = :other;
select is(pg_temp.why(:other), format('ssml | queued | blank | Its message is blank: there is nothing to speak. | UPDATE debrief.analysis_feedback SET message = ''...'' WHERE id = %s;', :other), 'a blank message');

-- Rows that were written while triggers were off.
set local session_replication_role = replica;
insert into debrief.analysis_jobs (user_id, video_recording_id) select user_id, pg_temp.recording() from debrief.analysis_jobs where id = :job returning id as off_job \gset
insert into debrief.analysis_feedback (user_id, analysis_job_id, message) select :'ann', :job, m from unnest(array['Quiet.', ' ', U&'\00A0\200B']) m;
insert into debrief.analysis_feedback (user_id, analysis_job_id, message, ssml_status) values (:'ann', :job, 'Half.', 'completed') returning id as off_half \gset
select min(id) as off, max(id) as off_traceless from (select id from debrief.analysis_feedback where id < :off_half order by id desc limit 3) f \gset
set local session_replication_role = origin;
select is(pg_temp.why(:off), format('ssml | queued | not queued | It was written while triggers were off: no worker sees it. | SELECT debrief.retry_feedback(%s, ''ssml'');', :off), 'triggers were off');
select is(pg_temp.why_analysis(:off_job), format('analysis | queued | not queued | It was written while triggers were off: no worker sees it. | SELECT debrief.retry_analysis(%s);', :off_job), 'and of an analysis');
select is(pg_temp.why(:off_half), format('audio | queued | not queued | It was written while triggers were off: no worker sees it. | SELECT debrief.retry_feedback(%s, ''audio'');', :off_half), 'of the stage that no worker sees');
select results_eq(format('select id, status from debrief.feedback_status where id >= %s order by id', :off),
  format($$values (%s::bigint, 'unqueued'), (%s, 'blank'), (%s, 'blank'), (%s, 'unqueued')$$, :off, :off + 1, :off_traceless, :off_half), 'feedback_status says which of them no worker sees, and which are blank');
select is_empty($$select f.id, f.status, x.cause from debrief.feedback_status f cross join lateral debrief.explain(f.id) x
   where (f.status = 'blank', f.status = 'unqueued') is distinct from (x.cause = 'blank', x.cause = 'not queued')$$, 'explain() agrees with it');
select pg_temp.job() as waits \gset
update debrief.analysis_jobs set status = 'completed' where id = :waits;
set local session_replication_role = replica;
insert into debrief.analysis_feedback (user_id, analysis_job_id, message) values (:'ann', :waits, 'Unseen.') returning id as unseen \gset
set local session_replication_role = origin;
select throws_ok(format('select debrief.wait_for_recording(%s)', (select video_recording_id from debrief.analysis_jobs where id = :waits)), '55000', format('feedback %s was written by this transaction', :unseen),
  'a recording is not done while an item is unqueued');
delete from debrief.analysis_feedback where id = :unseen;
select throws_ok(format('select debrief.retry_feedback(%s)', :off_traceless), '55000', format('feedback %s has a blank message', :off_traceless), 'what has nothing to speak is not queued');
select results_eq($$select object, problem from debrief.check_installation() where problem ~ 'triggers were off'$$,
  $$values ('debrief.analysis_jobs', '1 queued rows were written while triggers were off: no worker sees them'),
           ('debrief.analysis_feedback', '2 queued rows were written while triggers were off: no worker sees them')$$, 'check_installation() counts them');
select is(debrief.retry_feedback(:off), 'ssml queued: it was written while triggers were off', 'retry_feedback() queues it, and says so');
select is(debrief.retry_analysis(:off_job), 'queued: it was written while triggers were off', 'retry_analysis() too');
select ok((select ssml_due_at is not null from debrief.analysis_feedback where id = :off), 'it is queued now');
select is((select status from debrief.feedback_status where id = :off), 'queued', 'and feedback_status says so');
select is(debrief.retry_feedback(:off_half), 'audio queued: it was written while triggers were off', 'its audio alone, when the SSML is there');
select is_empty($$select from debrief.check_installation() where problem ~ 'triggers were off'$$, 'and nothing of it is left');
select throws_ok(format('select debrief.retry_feedback(%s, ''ssml'')', :off), '55000', format('stage "ssml" of feedback %s is queued', :off), 'a second time there is nothing to do');
select throws_ok(format('select debrief.retry_analysis(%s)', :off_job), '55000', format('analysis job %s is queued', :off_job), 'nor for the analysis');

-- Owners read of their own items, and of no server.
create role tap_owner in role debrief_app;
select pg_temp.feedback(:job) as item \gset
update debrief.analysis_feedback set ssml_due_at = '2000-01-01' where id = :item;
select set_config('debrief.user_id', :'ann', true) \gset
create table pg_temp.owner_words (cause text, state text, reason text, fix text);
grant all on pg_temp.owner_words to public;
create function pg_temp.owner_reads(harm text, repair text) returns text language plpgsql as $$
declare
  words text;
begin
  execute harm;
  set local role tap_owner;
  words := (select concat_ws(' | ', x.cause, x.reason, x.fix) from debrief.explain(current_setting('tap.item')::bigint) x limit 1);
  reset role;
  execute repair;
  return words;
end $$;
select set_config('tap.item', :item::text, true) \gset
select is(pg_temp.owner_reads(harm, repair), words, 'an owner reads: ' || regexp_replace(words, '[0-9]+', 'n', 'g')) from (values
  ('select', 'select', 'due | Nothing is in its way: it is the next to be claimed.'),
  ('select debrief.pause(''ssml'')', 'select debrief.resume(''ssml'')', 'paused | Processing is paused.'),
  ('select debrief._park_server(''template'', ''ssml'', 60000, 1, ''unreachable'', ''10.0.0.7 is down'')', 'select debrief.resume_server(''template'')',
   'parked | A service that it needs does not work at the moment; it is tried again automatically.'),
  ('select debrief._park_server(''template'', ''ssml'', -60000, 1, ''unreachable'', ''10.0.0.7 is down'')', 'select debrief.resume_server(''template'')',
   'probing | A service that it needs does not work at the moment; it is tried again automatically.'),
  ('update debrief.stages set rollout_percent = 0 where stage = ''ssml''', 'update debrief.stages set rollout_percent = 100 where stage = ''ssml''', 'rollout | Not all users are served yet.'),
  ('update pg_temp.processes set in_flight = ''{0,64,0}''', 'update pg_temp.processes set in_flight = ''{0,0,0}''', 'slots | It waits for its turn.'),
  ('update debrief.stages set server = null where stage = ''ssml''', 'update debrief.stages set server = ''template'' where stage = ''ssml''',
   'no server | The pipeline does not run at the moment: its operators have to act.'),
  (format('select debrief.cancel_feedback(%s)', :item), 'select', format('cancelled | Cancelled. | SELECT debrief.retry_feedback(%s, ''ssml'');', :item))) as w (harm, repair, words);
select pg_temp.feedback(pg_temp.job(:'bob')) as bobs \gset
set local role tap_owner;
select throws_ok(format('select * from debrief.explain(%s)', :bobs), 'P0002', format('feedback %s does not exist', :bobs), 'another''s item does not exist for them');
select throws_ok(format('select * from debrief.explain_analysis(%s)', (:job + 100000)), 'P0002', format('analysis job %s does not exist', (:job + 100000)), 'nor does an analysis that is none');

select * from finish();
rollback;
