\set ECHO none
\i test/sql/setup.psql
select no_plan();

create role tap_app in role debrief_app;
create role tap_reader in role debrief_reader;
create role tap_admin in role debrief_admin;
create role tap_nobody;

-- Ann and Bob each have a row in every table that has owners.
select pg_temp.spoken(:'ann') as anns_item, pg_temp.spoken(:'bob') as bobs_item \gset
select f.analysis_job_id as anns_job, j.video_recording_id as anns_recording from debrief.analysis_feedback f
  join debrief.analysis_jobs j on j.id = f.analysis_job_id where f.id = :anns_item \gset
select f.analysis_job_id as bobs_job, j.video_recording_id as bobs_recording from debrief.analysis_feedback f
  join debrief.analysis_jobs j on j.id = f.analysis_job_id where f.id = :bobs_item \gset
insert into debrief.analysis_metrics (analysis_job_id, user_id, metric_key, metric_value)
values (:anns_job, :'ann', 'words', 1), (:bobs_job, :'bob', 'words', 2);
insert into debrief.attempts (stage, row_id, user_id, attempt, disposition)
values ('ssml', :anns_item, :'ann', 1, 'completed'), ('ssml', :bobs_item, :'bob', 1, 'completed');
insert into debrief.analysis_deliveries (analysis_job_id, user_id) values (:anns_job, :'ann'), (:bobs_job, :'bob');
create temp table owned as
  select a.attrelid::regclass::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and a.attname = 'user_id' and not a.attisdropped;
grant select on owned to public;
select is((select count(*) from owned), 9::bigint, 'nine tables have owners');
select is_empty('select name from owned where not (select relrowsecurity from pg_class where oid = name::regclass)', 'row level security is on for each of them');

with item as (
  insert into debrief.analysis_feedback (analysis_job_id, user_id, message)
  values (:anns_job, :'bob', 'a'), (:anns_job, null, 'b'), (:bobs_job, :'ann', 'c'), (:anns_job, :'ann', 'd')
  returning id, user_id)
select array_agg(i.user_id order by i.id) as owners, array_agg(i.id) as items from item i \gset
select is(:'owners'::uuid[], array[:'ann', :'ann', :'bob', :'ann']::uuid[], 'an item belongs to the owner of its analysis, whatever the statement says');
delete from debrief.analysis_feedback where id = any (:'items');

create function pg_temp.owners_seen(table_name text) returns text language plpgsql as $$
declare
  owners text;
begin
  execute format('select string_agg(distinct left(user_id::text, 1), '','' order by left(user_id::text, 1)) from %s', table_name) into owners;
  return coalesce(owners, 'none');
exception when insufficient_privilege then
  return 'denied';
end $$;

-- Who is asking.
select set_config('debrief.user_id', :'ann', true) \gset
select is(debrief.current_user_id(), :'ann', 'debrief.user_id names the user');
select set_config('request.jwt.claims', json_build_object('sub', :'bob', 'role', 'x')::text, true) \gset
select is(debrief.current_user_id(), :'bob', 'request.jwt.claims goes before it');
select set_config('request.jwt.claims', '', true) \gset
select is(debrief.current_user_id(), :'ann', 'claims that are empty name nobody');
select set_config('request.jwt.claims', '{"sub": "me"}', true) \gset
select throws_ok('select debrief.current_user_id()', '22P02', null, 'an id that is none is an error, not nobody');
select set_config('request.jwt.claims', '', true), set_config('debrief.user_id', '', true) \gset
select is(debrief.current_user_id(), null, 'without either nobody is asking');

-- An application's user, once by each way to name him.
set local role tap_app;
select is(array(select pg_temp.owners_seen(name) from owned where name <> 'debrief.attempts'), array_fill('none'::text, array[8]), 'nobody sees nothing');
select set_config('request.jwt.claims', json_build_object('sub', :'bob')::text, true) \gset
select is(array(select pg_temp.owners_seen(name) from owned where name <> 'debrief.attempts'), array_fill('2'::text, array[8]), 'Bob sees what is Bob''s');
select set_config('request.jwt.claims', '', true), set_config('debrief.user_id', :'ann', true) \gset
select is(pg_temp.owners_seen(name), case name when 'debrief.attempts' then 'denied' else '1' end, format('Ann sees what is hers in %s', name))
  from owned order by name;
select results_eq('select user_id from debrief.feedback_status', array[:'ann']::uuid[], 'Ann sees her own feedback_status');
select is_empty('select * from debrief.failures', 'and nobody''s failures');
select isnt(debrief.get_analysis_with_metrics(:anns_job), null, 'Ann reads her analysis');
select is(debrief.get_analysis_with_metrics(:bobs_job), null, 'and not Bob''s');
select isnt_empty(format('select * from debrief.get_audio_segments_for_feedback(%s)', :anns_item), 'Ann hears her feedback');
select is_empty(format('select * from debrief.get_audio_segments_for_feedback(%s)', :bobs_item), 'and not Bob''s');
select isnt_empty(format('select * from debrief.get_audio(%s)', :anns_item), 'Ann gets her sounds');
select throws_ok(format('select * from debrief.get_audio(%s)', :bobs_item), 'P0002', format('feedback %s does not exist', :bobs_item), 'and not Bob''s');

-- What she may write, column by column: everything that is not listed is refused.
reset role;
select results_eq($$
  select c.relname::text collate "default", p.privilege, string_agg(a.attname::text collate "default", ',' order by a.attname)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
         unnest(array['INSERT', 'UPDATE', 'REFERENCES']) as p (privilege)
   where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v', 'S') and has_column_privilege('tap_app', c.oid, a.attnum, p.privilege)
   group by 1, 2 order by 1, 2$$,
  $$values ('analysis_feedback', 'UPDATE', 'user_rating'),
           ('video_recordings', 'INSERT', 'bulk,duration_seconds,file_size,format,metadata,not_before,original_filename,source,storage_path,upload_progress,upload_status,user_id'),
           ('video_recordings', 'UPDATE', 'duration_seconds,file_size,format,metadata,original_filename,storage_path,upload_progress,upload_status')$$,
  'an application writes recordings and ratings');
select is_empty($$select relname::text collate "default", p from pg_class c, unnest(array['DELETE', 'TRUNCATE', 'TRIGGER']) p
   where relnamespace = 'debrief'::regnamespace and relkind in ('r', 'v') and has_table_privilege('tap_app', c.oid, p)$$,
  'and deletes from no table');

set local role tap_app;
select throws_ok(format('update %s set user_id = user_id', name), '42501', null, format('user_id of %s cannot be written', name)) from owned order by name;
select throws_ok(format('delete from %s', name), '42501', null, format('rows of %s cannot be deleted', name))
  from owned where name <> 'debrief.video_recordings' order by name;
select throws_ok(format('insert into %s default values', name), '42501', null, format('rows of %s cannot be inserted', name))
  from owned where name <> 'debrief.video_recordings' order by name;
select throws_ok(statement, '42501', null, statement)
  from unnest(array['update debrief.analysis_feedback set ssml_status = ''queued''', 'update debrief.analysis_feedback set audio_status = ''completed''',
                    'update debrief.analysis_feedback set ssml_attempts = 0', 'update debrief.analysis_feedback set message = ''Mine.''',
                    'update debrief.analysis_jobs set status = ''queued''', 'update debrief.analysis_jobs set attempts = 0',
                    'update debrief.stages set paused = true', 'select * from debrief.stages', 'select * from debrief.pipeline_status',
                    'select * from debrief.stage_status', 'select debrief._wake()', 'select * from debrief._claim_ssml(1, 1, ''1 s'')',
                    'select debrief.pause(''ssml'')', 'select debrief.activate_copy()',
                    'select debrief.store_analysis_results(1, null, null, null)', 'select nextval(''debrief.claim_token_seq'')',
                    'create server mine foreign data wrapper debrief options (kind ''template'')']) statement;

select lives_ok('insert into debrief.video_recordings (storage_path) values (debrief.current_user_id() || ''/new.mp4'')', 'Ann inserts a recording');
select is((select user_id from debrief.video_recordings where storage_path ~ 'new.mp4$'), :'ann', 'which is hers');
select throws_ok(format('insert into debrief.video_recordings (user_id, storage_path) values (%L, %L)', :'bob', :'bob' || '/x'), '42501', null, 'not one of Bob''s');
select throws_ok(format('insert into debrief.video_recordings (storage_path) values (%L)', :'bob' || '/talk.mp4'), '42501', null, 'nor one with Bob''s path');
select throws_ok(format('insert into debrief.video_recordings (storage_path) values (%L)', :'ann' || 'x/talk.mp4'), '42501', null, 'nor with a path that only begins like hers');
select throws_ok(format('insert into debrief.video_recordings (storage_path) values (%L)', :'ann' || '/../' || :'bob' || '/talk.mp4'), '23514', null, 'nor with one that climbs out');
select throws_ok(format('update debrief.video_recordings set storage_path = %L', :'bob' || '/talk.mp4'), '42501', null, 'nor can she turn hers to Bob''s path');
create function pg_temp.touched(statement text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute statement;
  get diagnostics n = row_count;
  return n;
end $$;
select is(pg_temp.touched('update debrief.video_recordings set metadata = ''{}'''), 2::bigint, 'an UPDATE reaches her recordings only');
select throws_ok('delete from debrief.video_recordings', '42501', null, 'nobody deletes recordings but by delete_recording()');
select throws_ok(format('lock table debrief.video_recordings in %s mode', mode), '42501', null, 'nor locks them: ' || mode)
  from unnest(array['row exclusive', 'share', 'access exclusive']) mode;
select is(pg_temp.touched('update debrief.analysis_feedback set user_rating = ''up'''), 1::bigint, 'she rates her feedback only');
update debrief.video_recordings set upload_status = 'completed' where storage_path ~ 'new.mp4$';
select lives_ok('set constraints all immediate', 'her upload starts an analysis, though she may not write jobs');
select is((select count(*) from debrief.analysis_jobs where user_id = :'ann'), 2::bigint, 'which she sees');

-- A stranger's row does not exist, whatever is asked of it.
select throws_ok(format('select debrief.%s(%s)', call, row_id), 'P0002', format('%s %s does not exist', thing, row_id), format('%s() of a stranger''s row', call))
  from (values ('start_analysis', :bobs_recording, 'video recording'), ('retry_analysis', :bobs_job, 'analysis job'), ('cancel_analysis', :bobs_job, 'analysis job'),
               ('retry_feedback', :bobs_item, 'feedback'), ('cancel_feedback', :bobs_item, 'feedback'), ('wait_for_feedback', :bobs_item, 'feedback'),
               ('wait_for_analysis', :bobs_job, 'analysis job'), ('wait_for_recording', :bobs_recording, 'video recording'), ('delete_recording', :bobs_recording, 'video recording'), ('dismiss_feedback', :bobs_item, 'feedback')) as c (call, row_id, thing);
reset role;
select pg_temp.ready('ssml', :'ann') as anns_failure, pg_temp.ready('ssml', :'bob') as bobs_failure \gset
select pg_temp.put_back('ssml', :anns_failure, pg_temp.take('ssml', :anns_failure), 'failed'), pg_temp.put_back('ssml', :bobs_failure, pg_temp.take('ssml', :bobs_failure), 'failed') \gset
set local role tap_app;
select results_eq('select * from debrief.retry_failed()', $$values ('analysis', 0::bigint), ('ssml', 1), ('audio', 0)$$, 'retry_failed() takes up her own failures');
select is(debrief.delete_recording(:anns_recording), 'deleted', 'Ann deletes her recording');
select is((select count(*) from debrief.analysis_audio_segments), 0::bigint, 'and all that was made of it');
select is((select count(*) from debrief.audio_objects), 0::bigint, 'its sounds too');

-- Monitoring reads everything and writes nothing.
reset role;
select is_empty($$select relname, p from pg_class c, unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p where relnamespace = 'debrief'::regnamespace and relkind in ('r', 'v')
   and (has_table_privilege('tap_reader', c.oid, p) or (p in ('INSERT', 'UPDATE') and has_any_column_privilege('tap_reader', c.oid, p)))$$, 'a reader writes nothing');
set local role tap_reader;
select is(pg_temp.owners_seen('debrief.video_recordings'), '1,2', 'a reader sees everybody''s recordings');
select is(pg_temp.owners_seen(name), case when name ~ 'metrics|segments|objects|deliveries' then '2' else '1,2' end, format('a reader sees everybody in %s', name)) from owned order by name;
select lives_ok(format('select * from debrief.%I', relname), format('a reader reads %s', relname))
  from pg_class where relnamespace = 'debrief'::regnamespace and relkind in ('r', 'v') order by relname;
select throws_ok(statement, '42501', null, 'a reader cannot: ' || statement)
  from unnest(array['select debrief.pause(''ssml'')', 'select * from debrief.retry_failed()', 'select debrief.cancel_feedback(1)', 'delete from debrief.attempts',
                    'select debrief.start_analysis(1)', 'update debrief.stages set paused = true']) statement;
reset role;
update debrief.stages set paused = true where stage = 'ssml';
select pg_temp.feedback(:bobs_job) as waits \gset
set local role tap_reader;
select results_eq(format('select cause, reason, fix from debrief.explain(%s) where cause = ''paused''', :waits),
  $$values ('paused', 'the stage is paused', 'SELECT debrief.resume(''ssml'');')$$, 'a reader has anybody''s item explained, in the words that operators read');
select is((select count(*) > 0 from debrief.analysis_jobs j cross join lateral debrief.explain_analysis(j.id) x), true, 'and any analysis');
reset role;
delete from debrief.analysis_feedback where id = :waits;
update debrief.stages set paused = false where stage = 'ssml';

-- An operator.
set local role tap_admin;
select is(pg_temp.owners_seen('debrief.analysis_feedback'), '1,2', 'an operator sees everybody''s feedback');
select lives_ok(statement, 'an operator can: ' || regexp_replace(statement, '\m\d+\M', 'N', 'g'))
  from unnest(array['select debrief.pause(''ssml''), debrief.resume(''ssml''), debrief.resume(), debrief.activate_copy()',
                    'create server theirs foreign data wrapper debrief options (kind ''http'', base_url ''http://localhost'')',
                    'update debrief.stages set server = ''theirs'' where stage = ''analysis''', 'select debrief.pause_server(''theirs''), debrief.resume_server(''theirs'')',
                    'insert into debrief.voices (name) values (''new'')', 'delete from debrief.attempts', 'delete from debrief.object_deletions',
                    format('insert into debrief.video_recordings (user_id, storage_path, upload_status) values (%L, ''any/path'', ''completed'')', :'ann'),
                    'insert into debrief.analysis_feedback (analysis_job_id, message) select id, ''From us.'' from debrief.analysis_jobs limit 1',
                    'update debrief.analysis_feedback set message = ''Edited.''', 'update debrief.analysis_feedback set ssml_status = ''queued''',
                    format('select debrief.cancel_feedback(%s)', :bobs_item), format('select debrief.cancel_analysis(%s)', :bobs_job),
                    format('select debrief.retry_analysis(%s)', :bobs_job), format('select debrief.store_analysis_results(%s, ''t'', ''s'', ''f'')', :bobs_job),
                    'select * from debrief.stage_status', 'select * from debrief.worker_status', 'select * from debrief.latency',
                    format('delete from debrief.analysis_jobs where id = %s', :bobs_job)]) statement;
select throws_ok(statement, '42501', null, 'an operator cannot: ' || regexp_replace(statement, '\m\d{2,}\M', 'N', 'g'))
  from unnest(array['update debrief.analysis_feedback set claim_token = 1', 'update debrief.analysis_jobs set status = ''queued''',
                    'select debrief._rescue(1, ''{}'')', 'truncate debrief.stages']) statement;

-- Everybody else.
set local role tap_nobody;
select is(array(select distinct pg_temp.owners_seen(name) from owned), '{denied}', 'a role without grants sees nothing');
select throws_ok(statement, '42501', null, 'a role without grants cannot: ' || statement)
  from unnest(array['select * from debrief.feedback_status', 'select debrief.current_user_id()', 'select debrief.start_analysis(1)']) statement;

reset role;
select * from finish();
rollback;
