\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Those who have some rights and try for more: operators, monitoring, who owns a schema, who has a membership.
create role tap_app in role debrief_app;
create role tap_operator in role debrief_admin;
create role tap_watcher in role debrief_reader, pg_monitor;
create role tap_schema_owner;
create role tap_file_keeper in role debrief_admin, pg_read_server_files, pg_write_server_files;
create function pg_temp.complaint(statement text) returns text language plpgsql as $$
begin
  execute statement;
  return 'none';
exception when others then
  return concat_ws(' | ', sqlstate, sqlerrm);
end $$;

-- An operator does not become the server's user.
set local role tap_operator;
select is(pg_temp.complaint(statement), '42501 | permission denied to name a directory of the server', 'an operator cannot: ' || statement)
  from unnest(array['create server files foreign data wrapper debrief options (kind ''directory'', path ''/etc'')']) statement;
reset role;
grant pg_read_server_files to tap_operator;
set local role tap_operator;
select is(pg_temp.complaint('create server files foreign data wrapper debrief options (kind ''directory'', path ''/etc'')'), '42501 | permission denied to name a directory of the server', 'nor with the right to read alone');
reset role;
revoke pg_read_server_files from tap_operator;
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/recordings');
alter server files owner to tap_operator;
set local role tap_operator;
select is(pg_temp.complaint('alter server files options (set path ''/etc'')'), '42501 | permission denied to name a directory of the server', 'nor where the server is his');
select lives_ok('update debrief.stages set store = ''files'' where stage = ''analysis''', 'he names for a stage what was made for him');
select is(pg_temp.complaint(statement), '42501 | permission denied for ' || object, 'an operator cannot: ' || statement)
  from (values ('update debrief.analysis_audio_segments set storage_path = ''../x''', 'table analysis_audio_segments'), ('insert into debrief.object_deletions (store, storage_path) values (''files'', ''x'')', 'table object_deletions'),
    ('insert into debrief.audio_objects values (''x'', gen_random_uuid(), ''x'', '''')', 'table audio_objects'), ('select debrief._take_deletions(1)', 'function _take_deletions'), ('select debrief._load_config()', 'function _load_config'),
    ('select debrief._install_access()', 'function _install_access')) as s (statement, object);
select throws_ok(statement, '42501', null, 'an operator cannot: ' || statement) from unnest(array['alter table debrief.stages add x int',
    'select debrief.grant_access(''tap_app'', ''operator'')', 'show pg_debrief.key_file', 'alter role debrief_app createrole']) statement;
set local role tap_file_keeper;
select lives_ok('create server kept foreign data wrapper debrief options (kind ''directory'', path ''/srv/sounds'')', 'one who may read and write the server''s files may name a directory');
reset role;

-- Monitoring sees where the keys are, as PostgreSQL has it, and never a key: there is none to see.
set local role tap_watcher;
select lives_ok('show pg_debrief.key_file', 'pg_monitor is shown the key file''s name');
select is_empty('select 1 from pg_user_mappings m join pg_foreign_server s on s.oid = m.srvid join pg_foreign_data_wrapper w on w.oid = s.srvfdw where w.fdwname = ''debrief''', 'no user mapping holds a key');
select throws_ok(statement, '42501', null, 'a watcher cannot: ' || statement) from unnest(array['select pg_read_file(current_setting(''pg_debrief.key_file''))', 'select debrief._load_config()', 'select debrief.retry_feedback(1)', 'select * from debrief.retry_failed()',
    'create server x foreign data wrapper debrief options (kind ''template'')', 'delete from debrief.attempts']) statement;
reset role;

-- A membership that is not inherited makes no operator: what it is good for is SET ROLE, where that is granted.
create role tap_half noinherit in role debrief_admin;
grant usage on schema debrief to tap_half;
grant execute on function debrief.cancel_feedback(bigint) to tap_half;
select pg_temp.ready('ssml') as anns_item \gset
set local role tap_half;
select throws_ok(format('select debrief.cancel_feedback(%s)', :anns_item), 'P0002', null, 'one who does not inherit debrief_admin acts on nobody''s rows');
set local role debrief_admin;
select is(debrief.cancel_feedback(:anns_item), 'cancelled', 'until he takes that role');
reset role;

-- A source that another takes first.
create table public.tap_uploads (id int primary key, owner uuid, file text, state text);
grant insert, update, select on public.tap_uploads to tap_app;
create trigger track after insert or update on public.tap_uploads for each row execute function debrief.track_upload('owner', 'file', 'state', 'done');
set local role tap_app;
select set_config('debrief.user_id', :'ann', true) \gset
select lives_ok('insert into debrief.video_recordings (storage_path, source) values ('''', ''public.tap_uploads:1'')', 'Ann says that her recording stands for Bob''s upload');
select set_config('debrief.user_id', :'bob', true) \gset
select lives_ok(format('insert into public.tap_uploads values (1, %L, %L, ''done'')', :'bob', :'bob' || '/talk.mp4'), 'Bob''s upload is tracked all the same');
select lives_ok('update public.tap_uploads set state = ''again'' where id = 1', 'and followed');
select results_eq('select upload_status, storage_path from debrief.video_recordings where source = ''public.tap_uploads:1''', format('values (''pending'', %L)', :'bob' || '/talk.mp4'), 'as his own');
select throws_ok(format('insert into public.tap_uploads values (2, %L, %L, ''done'')', :'ann', :'ann' || '/talk.mp4'), '42501', null, 'he uploads nothing in Ann''s name');
select throws_ok(format('insert into public.tap_uploads values (2, %L, %L, ''done'')', :'bob', :'ann' || '/talk.mp4'), '42501', null, 'nor her video in his own');
reset role;
select is((select upload_status from debrief.video_recordings where source = 'public.tap_uploads:1' and user_id = :'ann'), 'pending', 'Ann''s row stays what it was');
-- Where the user has made sources unique over all users.
delete from debrief.video_recordings;
set constraints all immediate;
alter table debrief.video_recordings drop constraint video_recordings_user_source_key, add constraint video_recordings_source_key unique (source);
insert into debrief.video_recordings (user_id, source) values (:'ann', 'public.tap_uploads:3');
select lives_ok(format('insert into public.tap_uploads values (2, %1$L, %1$L || ''/2.mp4'', ''done'')', :'bob'), 'where sources are unique over all users uploads are tracked');
select lives_ok('update public.tap_uploads set state = ''again'' where id = 2', 'and followed');
select is(pg_temp.complaint(format('insert into public.tap_uploads values (3, %1$L, %1$L || ''/3.mp4'', ''done'')', :'bob')), '42501 | this upload is tracked for another user', 'but for one whose source is taken');
alter table debrief.video_recordings drop constraint video_recordings_source_key, add constraint video_recordings_user_source_key unique (user_id, source);
select lives_ok(format('insert into public.tap_uploads values (3, %1$L, %1$L || ''/3.mp4'', ''done'')', :'bob'), 'which ends with that');

-- What docs/security.md shows: policies and grants of one's own, and what a role that reads all data reads.
create role tap_coach;
create role tap_reads_all in role pg_read_all_data;
create table public.tap_pupils (coach uuid, pupil uuid);
insert into public.tap_pupils values ('33333333-3333-4333-8333-333333333333', :'bob');
select pg_temp.feedback(pg_temp.job(:'ann')) as anns_item, pg_temp.feedback(pg_temp.job(:'bob')) as bobs_item \gset
grant usage on schema debrief to tap_coach;
grant select on debrief.analysis_feedback, public.tap_pupils to tap_coach;
grant execute on function debrief.current_user_id() to tap_coach;
create policy coaches on debrief.analysis_feedback for select to tap_coach using (user_id in (select pupil from public.tap_pupils where coach = debrief.current_user_id()));
select set_config('debrief.user_id', '33333333-3333-4333-8333-333333333333', true) \gset
set local role tap_coach;
select results_eq('select distinct user_id from debrief.analysis_feedback', array[:'bob']::uuid[], 'a coach sees his pupils'' feedback by a policy of one''s own');
set local role tap_reads_all;
select is_empty('select 1 from debrief.analysis_feedback union all select 1 from debrief.audio_objects union all select 1 from debrief.video_recordings', 'pg_read_all_data reads no user''s rows');
reset role;
grant insert (analysis_job_id, timestamp_seconds, category, message) on debrief.analysis_feedback to debrief_app;
select set_config('debrief.user_id', :'bob', true) \gset
select a.analysis_job_id as anns_job, b.analysis_job_id as bobs_job from debrief.analysis_feedback a, debrief.analysis_feedback b where a.id = :anns_item and b.id = :bobs_item \gset
set local role tap_app;
select lives_ok(format('insert into debrief.analysis_feedback (analysis_job_id, message) values (%s, ''Mine.'')', :bobs_job), 'a user who may write feedback writes on his own analysis');
select isnt(pg_temp.complaint(format('insert into debrief.analysis_feedback (analysis_job_id, message) values (%s, ''Not mine.'')', :anns_job)), 'none', 'and not on another''s');
reset role;

-- A notification tells ids, nothing of what the rows say: anybody may LISTEN.
select set_eq($$select statement from (select regexp_replace((regexp_matches(prosrc, 'json_build_object\(([^)]*)\)', 'g'))[1], '\s+', ' ', 'g') as statement from pg_proc where pronamespace = 'debrief'::regnamespace and prosrc ~ 'pg_notify') s$$,
  array[$$'version', 1, 'stage', stage, 'status', status, 'feedback_ids', items, 'analysis_ids', analyses, 'code', code$$], 'a notification is of stage, status, ids and code');

-- Who owns the schema that CREATE EXTENSION finds could put functions beside ours.
grant create on database :DBNAME to tap_schema_owner;
drop extension pg_debrief cascade;
drop schema debrief cascade;
create schema debrief authorization tap_schema_owner;
select is(pg_temp.complaint('create extension pg_debrief'), '42501 | schema "debrief" belongs to role "tap_schema_owner", which is no superuser', 'CREATE EXTENSION takes no schema of somebody else''s');
alter schema debrief owner to current_user;
select lives_ok('create extension pg_debrief', 'but one that a superuser has taken over');

select * from finish();
rollback;
