\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.complaint(statement text) returns text language plpgsql as $$
begin
  execute statement;
  return 'none';
exception when others then
  return concat_ws(' | ', sqlstate, sqlerrm);
end $$;
create temp table checks as
  select c.conrelid as relation, a.attname::text as column_name, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c cross join unnest(c.conkey) k join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k
   where c.contype = 'c' and c.connamespace = 'debrief'::regnamespace;
create temp table columns_of_users as
  select c.oid as relation, c.oid::regclass::text as table_name, a.attname::text as column_name, format_type(a.atttypid, null) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r'
     and exists (select from unnest(array['debrief_app', 'debrief_admin']) r, unnest(array['INSERT', 'UPDATE']) p where has_column_privilege(r, c.oid, a.attnum, p));

-- What an application or an operator may write has a size, and is finite.
select is_empty($$
  select u.table_name, u.column_name from columns_of_users u where u.type in ('text', 'jsonb', 'bytea')
     and not exists (select from checks k where k.relation = u.relation and k.column_name = u.column_name and k.definition ~ 'length\(|= ANY')
     -- a name of debrief's own servers: a trigger looks for it
     and (u.table_name, u.column_name) not in (('debrief.stages', 'server'), ('debrief.stages', 'store'))$$, 'every text and json that a user may write has a limit');
select is_empty($$
  select u.table_name, u.column_name from columns_of_users u where u.type = 'numeric'
     and not exists (select from checks k where k.relation = u.relation and k.column_name = u.column_name and k.definition ~ '<')$$, 'every number that a user may write is finite');
select is_empty($$
  select c.oid::regclass, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
     and not exists (select from checks k where k.relation = c.oid and k.column_name = a.attname and k.definition ~ 'isfinite')
     -- kept for ever, when it is infinite
     and (c.oid, a.attname) <> ('debrief.analysis_jobs'::regclass, 'keep_until')
     -- the workers' own, which no other role may write
     and c.oid::regclass::text not in ('debrief.server_limits', 'debrief.server_usage')$$, 'no point in time is infinite');
select is(pg_temp.complaint(statement), told, statement)
  from (values
    ($$insert into debrief.server_states (server, stage, parked_until) values ('fast', 'ssml', 'infinity')$$, '23514 | new row for relation "server_states" violates check constraint "server_states_parked_until_check"'),
    ($$insert into debrief.server_states (server, stage, parked_until) values ('fast', 'ssml', '-infinity')$$, '23514 | new row for relation "server_states" violates check constraint "server_states_parked_until_check"'),
    ($$update debrief.installation set installed_at = 'infinity'$$, '23514 | new row for relation "installation" violates check constraint "installation_installed_at_check"'),
    ($$insert into debrief.voices (name, language) values ('long', 'en' || repeat('-abcdefgh', 100))$$, '23514 | new row for relation "voices" violates check constraint "voices_language_check"')) as t (statement, told);
select is(pg_temp.complaint(format('update debrief.analysis_feedback set %s where id = %s', change, pg_temp.ready('ssml'))), format('23514 | new row for relation "analysis_feedback" violates check constraint "analysis_feedback_%s"', broken), change)
  from (values ('timestamp_seconds = ''NaN''', 'timestamp_seconds_check'), ('timestamp_seconds = ''Infinity''', 'timestamp_seconds_check'),
               ('ssml_due_at = ''-infinity''', 'times_are_finite'), ('message = repeat(''x'', 4001)', 'message_at_most_4000_characters'), ('category = ''''', 'category_1_to_64_characters')) as t (change, broken);

-- As a user of an application.
set local session authorization debrief_app;
select set_config('debrief.user_id', :'ann', true) \gset
select is(pg_temp.complaint(format('insert into debrief.video_recordings (storage_path, metadata) values (%L, jsonb_build_object(%L, repeat(''x'', 262144)))', '', key)),
          '23514 | new row for relation "video_recordings" violates check constraint "video_recordings_metadata_at_most_256_kb"', format('a %s of 256 kB is refused', key))
  from unnest(array['transcript', 'voice', 'else']) key;
select is(pg_temp.complaint(format('insert into debrief.video_recordings (storage_path, %s) values (%L, %s)', column_name, '', value)), format('23514 | new row for relation "video_recordings" violates check constraint "video_recordings_%s"', broken), format('a %s is limited', column_name))
  from (values ('original_filename', 'repeat(''x'', 501)', 'original_filename_at_most_500_characters'), ('format', 'repeat(''x'', 51)', 'format_at_most_50_characters'),
               ('source', 'repeat(''x'', 501)', 'source_at_most_500_characters'), ('duration_seconds', '''NaN''', 'duration_seconds_check'),
               ('duration_seconds', '''Infinity''', 'duration_seconds_check'), ('file_size', '-1', 'file_size_check')) as t (column_name, value, broken);
insert into debrief.video_recordings (storage_path, metadata, upload_status)
  values (:'ann' || '/talk.mp4', jsonb_build_object('transcript', repeat('x', 200000), 'voice', repeat('y', 60000)), 'completed');
reset session authorization;
set constraints all immediate;

-- The claim hands over a transcript to the kind that reads it, and no more of it than its limit.
create function pg_temp.transcript_claimed() returns int language sql set role = debrief_worker as
  $$ select max(length(c.transcript)) from debrief._claim_analysis(7, 100, '1 minute') c $$;
create server house foreign data wrapper debrief options (kind 'http', base_url 'https://house.example');
create server model foreign data wrapper debrief options (kind 'openai', analysis_model 'm');
create function pg_temp.claimed_for(server_name text) returns int language plpgsql as $$
begin
  update debrief.stages set server = server_name where stage = 'analysis';
  perform debrief.retry_failed('analysis');
  return pg_temp.transcript_claimed();
end $$;
select is(pg_temp.claimed_for('house'), 0, 'a kind that reads the video is handed no transcript');
select count(debrief.cancel_analysis(id)) from debrief.analysis_jobs where status = 'processing' \gset
update debrief.analysis_jobs set error_code = 'timeout';
select is(pg_temp.claimed_for('model'), 200000, 'a kind that reads the transcript is handed it');
-- A row that was written before the limit existed.
alter table debrief.video_recordings drop constraint video_recordings_metadata_at_most_256_kb;
update debrief.video_recordings set metadata = jsonb_build_object('transcript', repeat('x', 1000000));
select count(debrief.cancel_analysis(id)) from debrief.analysis_jobs where status = 'processing' \gset
update debrief.analysis_jobs set error_code = 'timeout';
select is(pg_temp.claimed_for('model'), 262144, 'and no more of it than its limit');

select * from finish();
rollback;
