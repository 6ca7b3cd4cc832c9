\set ECHO none
\i test/sql/setup.psql
select no_plan();

create server house foreign data wrapper debrief options (kind 'http', base_url 'https://house.example');
create server shelf foreign data wrapper debrief options (kind 'directory', path '/srv/shelf');
update debrief.stages set server = 'house' where stage <> 'ssml';
update debrief.stages set store = 'shelf' where stage = 'analysis';

-- The workers of this database wait for the locks of this transaction: 023_check_processes.pl asks of them.
create function pg_temp.checked() returns table (object text, problem text, fix text) language sql as $$
  select * from debrief.check_installation() where object !~ '^(worker|launcher)';
$$;

-- Does harm, and tells what is found; the next line applies the fixes, and reports what is left.
create table pg_temp.told (n int generated always as identity, object text, problem text, fix text);
create function pg_temp.after(harm text) returns text language plpgsql as $$
begin
  execute harm;
  truncate told;
  insert into told (object, problem, fix) select * from pg_temp.checked();
  return (select string_agg(format('%s: %s', object, problem), E'\n' order by n) from told);
end $$;
create function pg_temp.left_after_fixing() returns text language plpgsql as $$
declare
  command text;
begin
  for command in select fix from told order by n loop
    execute command;
  end loop;
  return (select string_agg(format('%s: %s', object, problem), E'\n') from pg_temp.checked());
end $$;
create function pg_temp.harm_is_told_and_mended(harm text, told text, what text) returns setof text language plpgsql as $$
begin
  return next is(pg_temp.after(harm), told, what);
  return next is(pg_temp.left_after_fixing(), null, format('%s: the fixes leave nothing', what));
end $$;

select is_empty('select * from pg_temp.checked()', 'a good installation differs in nothing');
select is_empty('select * from debrief._catalog() except select * from debrief._expected()', 'a fresh installation has nothing that is not written down: else `make expected`');
select is_empty('select * from debrief._expected() except select * from debrief._catalog()', 'and all that is');
select matches((select library from debrief.version()), '^1\.0\.\d+$', 'version() tells the library''s version');
select results_eq('select sql, tables from debrief.version()', $$values ('1.0', '1.0')$$, 'and those of functions and tables');

-- Tables.
select pg_temp.harm_is_told_and_mended('alter table debrief.analysis_jobs drop column full_feedback_text',
  E'column full_feedback_text of debrief.analysis_jobs: is missing\ngrant on debrief.analysis_jobs to debrief_outer: UPDATE (full_feedback_text) is not granted\ngrant on debrief.analysis_jobs to debrief_worker: UPDATE (full_feedback_text) is not granted', 'a missing column');
select pg_temp.harm_is_told_and_mended('alter table debrief.attempts alter column detail type varchar(10)',
  'column detail of debrief.attempts: is character varying(10), not text', 'a column of another type');
select pg_temp.harm_is_told_and_mended('alter table debrief.stages alter column max_attempts drop default, alter column max_attempts drop not null',
  'column max_attempts of debrief.stages: is integer, not integer not null default 3', 'a column without its default');
select pg_temp.harm_is_told_and_mended('alter table debrief.attempts alter column code set not null',
  'column code of debrief.attempts: is text not null, not text', 'a column that may not be null');
select pg_temp.harm_is_told_and_mended('alter table debrief.analysis_jobs drop constraint analysis_jobs_processing_is_claimed',
  'constraint analysis_jobs_processing_is_claimed of debrief.analysis_jobs: is missing', 'a missing constraint');
select pg_temp.harm_is_told_and_mended('alter table debrief.stages drop constraint stages_max_attempts_check, add constraint stages_max_attempts_check check (max_attempts > 0)',
  'constraint stages_max_attempts_check of debrief.stages: is CHECK ((max_attempts > 0)), not CHECK (((max_attempts >= 1) AND (max_attempts <= 100)))', 'another constraint');
select pg_temp.harm_is_told_and_mended('alter table debrief.analysis_audio_segments drop constraint analysis_audio_segments_feedback_id_fkey, add constraint analysis_audio_segments_feedback_id_fkey
    foreign key (feedback_id) references debrief.analysis_feedback on delete cascade not valid',
  'constraint analysis_audio_segments_feedback_id_fkey of debrief.analysis_audio_segments: is not validated', 'a constraint that is not validated');
select pg_temp.harm_is_told_and_mended('drop index debrief.analysis_feedback_ssml_due_idx', 'index analysis_feedback_ssml_due_idx of debrief.analysis_feedback: is missing', 'a missing index');
select pg_temp.harm_is_told_and_mended('drop index debrief.attempts_row_idx; create index attempts_row_idx on debrief.attempts (row_id)',
  'index attempts_row_idx of debrief.attempts: is CREATE INDEX attempts_row_idx ON debrief.attempts USING btree (row_id), not CREATE INDEX attempts_row_idx ON debrief.attempts USING btree (row_id, stage)', 'another index');
select pg_temp.harm_is_told_and_mended('update pg_index set indisvalid = false where indexrelid = ''debrief.attempts_row_idx''::regclass',
  'index attempts_row_idx of debrief.attempts: is invalid', 'an index that is invalid');
select pg_temp.harm_is_told_and_mended('alter table debrief.attempts set unlogged', 'table debrief.attempts: is unlogged, not logged', 'a table that a crash would empty');
select pg_temp.harm_is_told_and_mended('drop table debrief.object_deletions', 'table debrief.object_deletions: is missing
sequence debrief.object_deletions_id_seq: is missing', 'a missing table');
select pg_temp.harm_is_told_and_mended('drop sequence debrief.claim_token_seq', 'sequence debrief.claim_token_seq: is missing', 'a missing fence');
select cmp_ok(nextval('debrief.claim_token_seq'), '>', 1000000000000, 'a fence that was made anew begins beyond every token there was');
select pg_temp.harm_is_told_and_mended('alter extension pg_debrief add table debrief.attempts',
  'table debrief.attempts: belongs to the extension: DROP EXTENSION would take its data along', 'a table that became the extension''s');

-- Triggers, views.
select pg_temp.harm_is_told_and_mended('drop trigger feedback_update on debrief.analysis_feedback', 'trigger feedback_update of debrief.analysis_feedback: is missing', 'a missing trigger');
select pg_temp.harm_is_told_and_mended('alter table debrief.video_recordings disable trigger kickoff_on_insert', 'trigger kickoff_on_insert of debrief.video_recordings: is disabled', 'a trigger that is disabled');
select pg_temp.harm_is_told_and_mended('alter table debrief.video_recordings enable replica trigger recording_check', 'trigger recording_check of debrief.video_recordings: is disabled', 'a trigger that fires in replicas only');
select pg_temp.harm_is_told_and_mended($$drop trigger job_wake on debrief.analysis_jobs; create trigger job_wake after insert on debrief.analysis_jobs execute function debrief._wake_trigger('analysis')$$,
  $$trigger job_wake of debrief.analysis_jobs: is CREATE TRIGGER job_wake AFTER INSERT ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('analysis'), not CREATE TRIGGER job_wake AFTER INSERT OR UPDATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('analysis')$$, 'another trigger');
select matches(pg_temp.after('drop view debrief.usage'), '^view debrief.usage: is missing', 'a missing view');
select is(pg_temp.left_after_fixing(), null, 'a missing view: the fixes leave nothing');
select pg_temp.harm_is_told_and_mended('create or replace view debrief.usage with (security_invoker = true) as select u.day, u.server, u.stage, u.calls, u.failures, u.input_tokens, u.output_tokens, u.characters,
    round(u.audio_ms / 1000, 1) as audio_seconds, u.cost from debrief.server_usage u where false', 'view debrief.usage: is not as this version made it', 'another view');
select pg_temp.harm_is_told_and_mended('alter view debrief.feedback_status set (security_invoker = false)', 'view debrief.feedback_status: is not as this version made it', 'a view that shows everybody''s rows');

-- Functions.
select pg_temp.harm_is_told_and_mended('create or replace function debrief._lock_class() returns int language sql immutable as ''select 1''', 'function debrief._lock_class(): is not as this version made it', 'another function');
select pg_temp.harm_is_told_and_mended('alter function debrief.cancel_feedback(bigint) reset search_path', 'function debrief.cancel_feedback(bigint): is not as this version made it', 'a function without its search_path');
select pg_temp.harm_is_told_and_mended('alter function debrief._kickoff() owner to current_user', 'function debrief._kickoff(): belongs to postgres, not to debrief_worker
grant on function debrief._kickoff() to debrief_worker: EXECUTE is not granted', 'a function with another owner''s rights');
select pg_temp.harm_is_told_and_mended('alter extension pg_debrief drop function debrief.version()', 'function debrief.version(): does not belong to the extension
grant on function debrief.version() to debrief_admin: EXECUTE is not granted
grant on function debrief.version() to debrief_reader: EXECUTE is not granted', 'a function that is no longer the extension''s');
select is(pg_temp.after('alter extension pg_debrief drop function debrief.pause(text); drop function debrief.pause(text)'), 'function debrief.pause(text): is missing', 'a missing function');
select is(pg_temp.left_after_fixing(), null, 'a missing function: the fix makes it, with its grants');

-- Who may do what.
select pg_temp.harm_is_told_and_mended('alter table debrief.audio_objects disable row level security', 'row security debrief.audio_objects: is missing', 'row level security that is off');
select pg_temp.harm_is_told_and_mended('drop policy owners on debrief.analysis_jobs', 'policy owners of debrief.analysis_jobs: is missing', 'a missing policy');
select pg_temp.harm_is_told_and_mended('alter policy readers on debrief.attempts to public', 'policy readers of debrief.attempts: is as permissive for select to public using (true), not as permissive for select to debrief_reader using (true)', 'another policy');
select pg_temp.harm_is_told_and_mended('revoke update (paused), select on debrief.stages from debrief_admin; revoke update on debrief.stages from debrief_admin',
  'grant on debrief.stages to debrief_admin: SELECT, UPDATE is not granted', 'missing grants');
select pg_temp.harm_is_told_and_mended('revoke update (lease_expires_at) on debrief.analysis_jobs from debrief_worker', 'grant on debrief.analysis_jobs to debrief_worker: UPDATE (lease_expires_at) is not granted', 'a missing grant on a column');
select pg_temp.harm_is_told_and_mended('revoke usage on schema debrief from debrief_app', 'grant on schema debrief to debrief_app: USAGE is not granted', 'a schema that an application cannot use');
select pg_temp.harm_is_told_and_mended('grant select on debrief.voices, debrief.latency to public', 'grant on debrief.latency: PUBLIC has SELECT
grant on debrief.voices: PUBLIC has SELECT', 'tables that everybody may read');
select pg_temp.harm_is_told_and_mended('grant update (server) on debrief.stages to public', 'grant on debrief.stages: PUBLIC has UPDATE (server)', 'a column that everybody may write');
select pg_temp.harm_is_told_and_mended('grant execute on function debrief._rescue(bigint, bigint[]) to public', 'grant on function debrief._rescue(bigint,bigint[]): PUBLIC has EXECUTE', 'a function that everybody may call');
select pg_temp.harm_is_told_and_mended('alter role debrief_worker connection limit -1', 'role debrief_worker: must be LOGIN with connection limit 0', 'a worker''s role that is none');
select pg_temp.harm_is_told_and_mended('alter role debrief_reader superuser bypassrls', 'role debrief_reader: has more rights than pg_debrief gives it', 'a role with too many rights');
select pg_temp.harm_is_told_and_mended(format('revoke connect on database %I from public, debrief_worker', current_database()), 'role debrief_worker: may not connect to this database', 'a database that the worker may not enter');
select matches(pg_temp.after('alter role debrief_app rename to somebody_else'), '^role debrief_app: is missing\n.*grant on debrief.voices to debrief_app: SELECT is not granted', 'a missing role');
select is(pg_temp.left_after_fixing(), null, 'a missing role: the fixes leave nothing');

-- Versions, configuration.
select pg_temp.harm_is_told_and_mended('alter table debrief.installation drop column tables_version',
  'column tables_version of debrief.installation: is missing', 'tables that do not say their version');
select is(pg_temp.after('update debrief.installation set tables_version = ''0.9''; drop trigger job_wake on debrief.analysis_jobs; alter table debrief.attempts drop column detail'),
  E'tables: are of version 0.9, the functions are of 1.0\ncolumn detail of debrief.attempts: is missing', 'tables of an older version');
select is((select fix from told where object = 'tables'), 'ALTER EXTENSION pg_debrief UPDATE TO ''0.9''; ALTER EXTENSION pg_debrief UPDATE;', 'go the way of their version');
select throws_ok('select debrief.update_tables()', '55000', 'the tables are of version 0.9, and these functions of 1.0', 'which update_tables() does not');
update debrief.installation set tables_version = '1.0';
select pg_temp.harm_is_told_and_mended('select', E'column detail of debrief.attempts: is missing\ntrigger job_wake of debrief.analysis_jobs: is missing', 'what they lack');
select is(pg_temp.after('update pg_extension set extversion = ''0.9'' where extname = ''pg_debrief'''), format(E'library: is of version %s, the functions are of 0.9\ntables: are of version 1.0, the functions are of 0.9', debrief._library_version()), 'functions of another version');
select is((select array_agg(fix) from told), array['Restart the server, if the files of the other version are installed; ALTER EXTENSION pg_debrief UPDATE;', 'ALTER EXTENSION pg_debrief UPDATE TO ''1.0'';'], 'are brought up by an update');
update pg_extension set extversion = '1.0' where extname = 'pg_debrief';
select pg_temp.harm_is_told_and_mended('update debrief.installation set database_oid = 0', 'database: copy: this database is a copy of the one that pg_debrief was installed in', 'a copy');
select pg_temp.harm_is_told_and_mended('select debrief.pause(''ssml'')', 'stage ssml: paused: the stage is paused', 'a stage that is paused');
select pg_temp.harm_is_told_and_mended('select debrief.pause_server(''house'')', 'stage analysis: paused: the server is paused
stage audio: paused: the server is paused', 'a server that is paused');
select is(pg_temp.after('update debrief.stages set server = null where stage = ''audio'''), 'stage audio: no server: no server serves this stage', 'a stage without a server');
select is((select fix from told), 'UPDATE debrief.stages SET server = ''...'' WHERE stage = ''audio'';', 'is told what to name');
update debrief.stages set server = 'house' where stage = 'audio';
select is(pg_temp.after('insert into debrief.server_states (server, stage, parked_until, failures, code, message) select ''house'', s, now() + interval ''1 hour'', 1, ''no_key'', ''It has none.'' from unnest(''{analysis,audio}''::text[]) s'),
  E'stage analysis: parked: no_key: It has none.\nstage audio: parked: no_key: It has none.', 'a server without a key');
select is((select distinct fix from told), 'Add the key to the file that pg_debrief.key_file names; then SELECT pg_reload_conf();', 'is told where keys go');
delete from debrief.server_states;
select matches(pg_temp.after('insert into debrief.attempts (stage, row_id, attempt, disposition, finished_at) values (''ssml'', 1, 1, ''completed'', now() + interval ''1 hour'')'),
  '^clock: rows of debrief.attempts are dated .*: the clock went back$', 'rows of the future');
delete from debrief.attempts;
set local client_min_messages = error;
select pg_temp.harm_is_told_and_mended($$create subscription feed connection '' publication them with (connect = false, slot_name = none, enabled = false);
    insert into pg_subscription_rel select oid, 'debrief.analysis_feedback'::regclass, 'r', null from pg_subscription where subname = 'feed'$$,
  'database: copy: its rows come from the subscription "feed"', 'a table that a subscription feeds');

-- An update makes what is gone with the extension, and nothing that rows may stand against.
alter table debrief.voices drop constraint voices_name_check;
insert into debrief.voices (name) values ('');
drop trigger feedback_insert on debrief.analysis_feedback;
drop view debrief.usage;
drop policy owners on debrief.attempts;
revoke select on debrief.voices from debrief_app;
select lives_ok('select debrief.update_tables()', 'update_tables() is not stopped by rows that a constraint would not allow');
select results_eq('select object, problem from pg_temp.checked()', $$values ('constraint voices_name_check of debrief.voices', 'is missing')$$, 'and leaves nothing else missing');
delete from debrief.voices where name = '';
alter table debrief.voices add constraint voices_name_check check (length(name) between 1 and 200);

-- What is the user's own.
create role tap_own;
create role tap_checks_reader in role debrief_reader;
create role tap_checks_admin in role debrief_admin;
create role tap_checks_app in role debrief_app;
alter table debrief.analysis_feedback add column note text not null default 'mine' check (note <> '');
create index note_idx on debrief.analysis_feedback (note);
create table debrief.my_table (id int primary key);
grant all on debrief.my_table to public;
create view debrief.my_view as select * from debrief.stages;
create function debrief.my_function() returns trigger language plpgsql as 'begin return new; end';
create trigger my_trigger before insert on debrief.my_table for each row execute function debrief.my_function();
create trigger my_trigger before insert on debrief.analysis_jobs for each row execute function debrief.my_function();
create policy my_policy on debrief.analysis_jobs to tap_own using (true);
grant usage on schema debrief to tap_own;
grant select on debrief.analysis_jobs to tap_own;
grant insert (analysis_job_id, message) on debrief.analysis_feedback to debrief_app;
alter table debrief.analysis_jobs enable always trigger job_wake;
alter table debrief.stages alter column max_attempts set statistics 10;
select is_empty('select * from pg_temp.checked()', 'the user''s own additions are no difference');
select is(debrief.update_tables(), 'the tables are of version 1.0', 'and update_tables() leaves them alone');
select has_column('debrief', 'analysis_feedback', 'note', 'with the column');
select policies_are('debrief', 'analysis_jobs', array['workers', 'operators', 'readers', 'owners', 'my_policy'], 'and the policy');

set local role tap_checks_reader;
select is_empty('select * from pg_temp.checked()', 'a reader may ask');
select throws_ok('select debrief.update_tables()', '42501', null, 'but not change tables');
set local role tap_checks_admin;
select is_empty('select * from pg_temp.checked()', 'an operator may ask');
set local role tap_checks_app;
select throws_ok('select * from debrief.check_installation()', '42501', null, 'an application may not');
reset role;

-- Names are compared as text.
alter table debrief.voices owner to tap_own;
set local quote_all_identifiers = on;
select isnt_empty($$select * from pg_temp.checked() c where c.object ~ 'voices'$$, 'what is wrong is found whatever a session quotes');
set local quote_all_identifiers = off;

select * from finish();
rollback;
