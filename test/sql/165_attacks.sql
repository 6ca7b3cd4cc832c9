\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Mallory is a user of an application, by direct SQL. What he tries, and what he gets.
\set mallory '66666666-6666-4666-8666-666666666666'
create role tap_mallory login in role debrief_app;
create role tap_watcher in role debrief_reader, pg_monitor, pg_read_all_settings, pg_read_all_stats;
create role tap_operator in role debrief_admin;
create role tap_stranger;
create function pg_temp.complaint(statement text) returns text language plpgsql as $$
begin
  execute statement;
  return 'none';
exception when others then
  return concat_ws(' | ', sqlstate, sqlerrm);
end $$;
create function pg_temp.touched(statement text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute statement;
  get diagnostics n = row_count;
  return n;
end $$;

select pg_temp.spoken(:'ann') as anns_item, pg_temp.spoken(:'mallory') as item, pg_temp.ready('ssml', :'ann') as anns_waiting, pg_temp.ready('ssml', :'ann') as anns_failure \gset
select pg_temp.put_back('ssml', :anns_failure, pg_temp.take('ssml', :anns_failure), 'failed') \gset
select f.analysis_job_id as anns_job, j.video_recording_id as anns_recording from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id where f.id = :anns_item \gset
select f.analysis_job_id as job, j.video_recording_id as recording from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id where f.id = :item \gset
create temp table before as select md5(string_agg(r::text, '' order by r.id)) as recordings, (select md5(string_agg(f::text, '' order by f.id)) from debrief.analysis_feedback f where f.user_id = :'ann') as feedback,
    (select md5(string_agg(j::text, '' order by j.id)) from debrief.analysis_jobs j where j.user_id = :'ann') as jobs from debrief.video_recordings r where r.user_id = :'ann';

set local session authorization tap_mallory;
select set_config('request.jwt.claims', json_build_object('sub', :'mallory')::text, true) \gset

-- Columns that are not his.
select is(pg_temp.complaint(statement), '42501 | permission denied for table ' || substring(statement from 'debrief\.(\w+)'), regexp_replace(statement, '(?<!-)\m\d{1,4}\M(?!-)', 'N', 'g'))
  from unnest(array[
    'insert into debrief.video_recordings (id, storage_path) overriding system value values (1, '''')',
    'insert into debrief.video_recordings (storage_path, created_at) values ('''', ''2000-01-01'')',
    format('insert into debrief.analysis_jobs (video_recording_id) values (%s)', :recording),
    format('insert into debrief.analysis_feedback (analysis_job_id, message) values (%s, ''Free speech.'')', :job),
    format('insert into debrief.analysis_feedback (analysis_job_id, message, from_analysis, ssml_status) values (%s, ''x'', true, ''completed'')', :job),
    format('insert into debrief.analysis_ssml_segments (feedback_id, ssml) values (%s, ''<speak/>'')', :item),
    format('insert into debrief.analysis_audio_segments (feedback_id, audio_url) values (%s, ''https://evil'')', :item),
    'update debrief.video_recordings set source = ''x''', 'update debrief.video_recordings set id = default',
    'update debrief.analysis_jobs set status = ''completed''', 'update debrief.analysis_jobs set claim_token = null, claimed_by = null',
    'update debrief.analysis_jobs set voice_snapshot = ''{}''',
    'update debrief.analysis_feedback set user_rating = ''up'', ssml_attempts = 0', 'update debrief.analysis_feedback set claim_token = 1, lease_expires_at = null',
    'update debrief.analysis_feedback set from_analysis = false', 'update debrief.analysis_audio_segments set audio_url = ''https://evil''',
    'update debrief.analysis_audio_segments set store = ''database'', storage_path = ''x''',
    'merge into debrief.analysis_jobs j using (select 1) s on true when matched then update set status = ''failed''',
    'truncate debrief.video_recordings cascade', 'truncate debrief.analysis_feedback', 'insert into debrief.object_deletions (store, storage_path) values (''database'', ''x'')',
    'insert into debrief.voices (name) values (''evil'')']) statement;
select throws_ok(statement, '42501', null, statement)
  from unnest(array['alter table debrief.video_recordings disable row level security', 'create policy mine on debrief.analysis_feedback using (true)', 'drop policy owners on debrief.analysis_jobs',
    'create trigger mine before insert on debrief.video_recordings for each row execute function suppress_redundant_updates_trigger()', 'create rule mine as on insert to debrief.video_recordings do nothing',
    'create function debrief.current_user_id(text) returns uuid language sql as ''select null::uuid''', 'create table debrief.mine (id int)',
    'alter function debrief.current_user_id() owner to tap_mallory', 'select setval(''debrief.claim_token_seq'', 1)', 'select last_value from debrief.claim_token_seq',
    'alter extension pg_debrief update to ''reinstall''', 'comment on table debrief.voices is ''mine''', 'create index on debrief.video_recordings (user_id)']) statement;

-- Rows that are not theirs.
select throws_ok(statement, '42501', null, statement) from unnest(array['delete from debrief.video_recordings', 'lock table debrief.video_recordings']) statement;
select is(pg_temp.touched(statement), 0::bigint, regexp_replace(statement, '(?<!-)\m\d{1,4}\M(?!-)', 'N', 'g')) from unnest(array[
    format('update debrief.video_recordings set metadata = ''{}'' where id = %s', :anns_recording),
    format('update debrief.analysis_feedback set user_rating = ''down'' where id = %s', :anns_item), format('select 1 from debrief.analysis_feedback where id = %s for update', :anns_item),
    format('select 1 from debrief.audio_objects where user_id = %L', :'ann'), format('select 1 from debrief.analysis_jobs where id = %s or user_id::text like ''1%%''', :anns_job),
    format('select * from debrief.get_audio_segments_for_feedback(%s)', :anns_item),
    format('select * from debrief.feedback_status where user_id = %L', :'ann'), 'select * from debrief.failures']) statement;
create function pg_temp.peek(user_id uuid, message text) returns boolean language plpgsql cost 0.0000001 as $$
begin
  if user_id::text <> '66666666-6666-4666-8666-666666666666' then raise exception 'seen: %', message; end if;
  return true;
end $$;
select is(pg_temp.complaint('select 1 from debrief.analysis_feedback where pg_temp.peek(user_id, message)'), 'none', 'a cheap function in a condition is shown no row of another''s');
select is(pg_temp.complaint('select 1 from debrief.feedback_status where pg_temp.peek(user_id, message)'), 'none', 'nor through a view');
select throws_ok(format('select debrief.%s(%s)', call, id), 'P0002', null, call || '() of another''s row') from (values
    ('start_analysis', :anns_recording), ('retry_analysis', :anns_job), ('cancel_analysis', :anns_job), ('retry_feedback', :anns_failure), ('cancel_feedback', :anns_waiting), ('wait_for_feedback', :anns_waiting),
    ('wait_for_analysis', :anns_job), ('wait_for_recording', :anns_recording), ('delete_recording', :anns_recording), ('dismiss_feedback', :anns_failure), ('get_audio', :anns_item)) as c (call, id);
select is(debrief.get_analysis_with_metrics(:anns_job), null, 'get_analysis_with_metrics() of another''s');
select set_eq('select retried from debrief.retry_failed()', array[0], 'retry_failed() takes up none of another''s');
select throws_ok(format('insert into debrief.video_recordings (user_id, storage_path, upload_status) values (%L, %L, ''completed'')', owner, path), '42501', null, format('no recording of %s with the path %s', left(owner, 2), left(path, 4)))
  from (values (:'ann', :'ann' || '/talk.mp4'), (:'mallory', :'ann' || '/talk.mp4'), (:'ann', ''), (:'mallory', 'talk.mp4'), (:'mallory', :'mallory')) as r (owner, path);
select throws_ok(format('insert into debrief.video_recordings (storage_path) values (%L)', path), '23514', null, 'no path that climbs: ' || replace(replace(path, :'mallory', 'own'), E'\n', ' '))
  from unnest(array[:'mallory' || '/../' || :'ann' || '/talk.mp4', :'mallory' || '/./x', :'mallory' || '//x', :'mallory' || E'/\nx']) path;

-- Internal functions: none but those that reveal and change nothing of others.
select set_eq($$select proname from pg_proc where pronamespace = 'debrief'::regnamespace and proname ~ '^_' and has_function_privilege(oid, 'execute')$$, array['_settle_count', '_wait_for', '_wait_for_settle', '_wake_revoked', '_upload_options', '_upload_arguments', '_as_jsonb', '_upload_value', '_upload_is', '_upload_path', '_upload_metadata', '_upload_of', '_upload_elsewhere', '_delete_upload', '_failure_detail', '_queue_rows', '_sees_dismissed', '_check_isolation', '_was_removed'],
  'of the internal functions they may call those of triggers on their uploads and eight more, which reveal nothing of others'' rows');
select is(pg_temp.complaint('select debrief.' || call), format('42501 | permission denied for function %s', substring(call from '^\w+')), call)
  from unnest(array['_claim_ssml(1, 10, ''1 s'')', '_load_config()', '_server_options(''template'')', '_queue_analysis(1)', '_requeue(array[1::bigint], ''ssml'')', '_cancel_feedback(array[1::bigint])',
    '_take_deletions(9)', '_is_operator()', '_install_access()', '_grant_membership(''debrief_app'', ''tap_stranger'')', 'grant_access(''tap_mallory'', ''operator'')', 'pause(''ssml'')', 'resume()', 'store_analysis_results(1, null, null, null)', 'test_server(''template'')']) call;
create temp table mine (user_id uuid, path text, state text, id int);
select throws_ok('create trigger mine after insert on mine for each row execute function debrief.track_upload(''user_id'', ''path'', ''state'')', '42501', null, 'he tracks no uploads of his own making');

-- Roles and servers that are not his.
select throws_ok(statement, '42501', null, statement) from unnest(array['set role debrief_worker', 'set role debrief_admin', 'grant debrief_worker to tap_mallory',
    'create server mine foreign data wrapper debrief options (kind ''http'', base_url ''https://evil.example'')', 'alter server template options (add ssml_bytes_max ''200'')', 'create user mapping for tap_mallory server template',
    'create user mapping for public server database', 'alter foreign data wrapper debrief options (add key ''x'')', 'drop server template',
    'alter role debrief_worker login connection limit -1']) statement;
select throws_ok('set pg_debrief.key_file = ''/etc/passwd''', '55P02', null, 'settings are not set by sessions');
select throws_ok('show ' || name, '42501', null, 'not shown: ' || name) from unnest(array['pg_debrief.key_file', 'pg_debrief.allowed_hosts', 'pg_debrief.ca_file']) name;
select is((select count(*) from pg_settings where name in ('pg_debrief.key_file', 'pg_debrief.allowed_hosts', 'pg_debrief.ca_file')), 0::bigint, 'nor listed');

-- Who he says he is.
select is(pg_temp.complaint(format('set local request.jwt.claims = %L; select count(*) from debrief.analysis_jobs', claims)), complaint, format('claims %L', claims)) from (values
    ('{"sub": "me"}', '22P02 | invalid input syntax for type uuid: "me"'), ('{"sub": ["11111111-1111-4111-8111-111111111111"]}', '22P02 | invalid input syntax for type uuid: "["11111111-1111-4111-8111-111111111111"]"'),
    ('{"sub": 5}', '22P02 | invalid input syntax for type uuid: "5"'), ('{sub', '22P02 | invalid input syntax for type json')) as c (claims, complaint);
set local debrief.user_id = '11111111-1111-4111-8111-111111111111';
select is(pg_temp.touched(format('select set_config(''request.jwt.claims'', %L, true)', claims)) + pg_temp.touched('select * from debrief.analysis_jobs'), 1::bigint, format('nobody''s, though debrief.user_id names Ann: %s', claims))
  from unnest(array['{}', '{"role": "authenticated"}', '{"sub": null}', '[]', '"11111111-1111-4111-8111-111111111111"', 'null']) claims;
select set_config('request.jwt.claims', json_build_object('sub', :'mallory', 'role', 'debrief_admin', 'is_admin', true)::text, true) \gset
select set_eq('select distinct user_id from debrief.analysis_jobs', array[:'mallory']::uuid[], 'claims make nobody an operator');

-- What came of it.
reset session authorization;
select results_eq($$select md5(string_agg(r::text, '' order by r.id)), (select md5(string_agg(f::text, '' order by f.id)) from debrief.analysis_feedback f where f.user_id = '11111111-1111-4111-8111-111111111111'),
    (select md5(string_agg(j::text, '' order by j.id)) from debrief.analysis_jobs j where j.user_id = '11111111-1111-4111-8111-111111111111') from debrief.video_recordings r where r.user_id = '11111111-1111-4111-8111-111111111111'$$,
  'table before', 'Ann''s rows are as they were, to the last column');

select * from finish();
rollback;
