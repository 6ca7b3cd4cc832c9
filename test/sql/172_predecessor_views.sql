\set ECHO none
\i test/sql/setup.psql
\i sql/predecessor/1_tables.sql
\i sql/predecessor/2_old_rows.sql
\i sql/predecessor/3_states.sql
\i sql/predecessor/4_rows.sql
\i sql/predecessor/5_import.sql
\i sql/predecessor/6_views.sql
\i test/support/predecessor/newest.sql
select no_plan();
select debrief.create_predecessor_views('app') \gset
select lives_ok($$select debrief.create_predecessor_views('app')$$, 'the views may be made again');

-- Each view has the old table's columns, with their types; more may follow.
select is_empty($$select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'old'::regnamespace and c.relkind = 'r' and c.relname not in ('users', 'profiles', 'coach_voice_configs')
   except select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'app'::regnamespace and c.relkind = 'v'$$, 'every column of the old tables is there, of the same type');
select results_eq($$select pg_get_function_arguments(p.oid), pg_get_function_result(p.oid) from pg_proc p where p.pronamespace = 'app'::regnamespace and proname like 'get%' order by proname$$,
  $$values ('feedback_item_id bigint', 'TABLE(id bigint, audio_url text, storage_path text, duration_ms numeric, format text, provider text, version text, created_at timestamp with time zone)'),
           ('recording_id bigint', 'TABLE(id bigint, progress_percentage integer, upload_status text, bytes_uploaded bigint, total_bytes bigint)')$$, 'the functions that clients call have their old signatures');
select is_empty($$select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)$$, 'the views show what their reader may see');
select is_empty($$select o.name from (select c.oid, relname::text as name, 'pg_class'::regclass as class from pg_class c where relnamespace = 'app'::regnamespace or relname in ('predecessor_analyses', 'imported_rows')
                    union all select p.oid, proname, 'pg_proc' from pg_proc p where pronamespace = 'app'::regnamespace or proname = 'predecessor_analysis') o
                   join pg_depend d on d.objid = o.oid and d.classid = o.class and d.deptype in ('e', 'x')$$, 'nothing of it belongs to the extension');
select is((select conname from pg_constraint where conrelid = 'debrief.predecessor_analyses'::regclass and contype = 'f'), 'analyses_job_id_fkey', 'the foreign key that clients join by has its name');

-- Ann's and Bob's rows. Ann's client now does what it did, as a user of the application.
select pg_temp.spoken(:'bob') as bobs \gset
create role tap_client in role debrief_app;
create function pg_temp.touched(statement text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute statement;
  get diagnostics n = row_count;
  return n;
end $$;
select set_config('request.jwt.claims', json_build_object('sub', :'ann')::text, true) \gset
set local role tap_client;
insert into app.video_recordings (user_id, filename, original_filename, file_size, duration_seconds, format, storage_path, upload_status)
values (:'ann', 'video.mp4', 'IMG.MOV', 200, 12.5, 'mp4', '', 'pending') returning id as recording, upload_progress as progress \gset
select is(:progress, 0, 'a recording is inserted, and its id and defaults come back');
update app.video_recordings set storage_path = :'ann' || '/videos/20260110/' || id || '/video.mp4', upload_status = 'uploading', upload_progress = 50, thumbnail_url = 'thumbnails/t.jpg' where id = :recording;
select results_eq(format('select * from app.get_upload_progress(%s)', :recording), format($$values (%s::bigint, 50, 'uploading', 100::bigint, 200::bigint)$$, :recording), 'the upload''s progress is told');
select results_eq(format('select filename, original_filename, thumbnail_url, file_size, format from app.video_recordings where id = %s', :recording), $$values ('video.mp4', 'IMG.MOV', 'thumbnails/t.jpg', 200::bigint, 'mp4')$$, 'names and thumbnail are kept');
select is_empty(format('select 1 from app.analysis_jobs where video_recording_id = %s', :recording), 'nothing is analysed yet');
select throws_ok(format('insert into app.analysis_jobs (user_id, video_recording_id) values (%L, %s)', :'ann', :recording), '55000', null, 'nor can it be before the upload is complete');
update app.video_recordings set upload_status = 'completed', upload_progress = 100 where id = :recording;
set constraints all immediate;
set constraints all deferred;
select id as job from app.analysis_jobs where video_recording_id = :recording \gset
select is((select row(status, progress_percentage, error_message, results, pose_data)::text from app.analysis_jobs where id = :job), '(queued,0,,{},{})', 'a completed upload is queued');
insert into app.analysis_jobs (user_id, video_recording_id, status) values (:'ann', :recording, 'queued') returning id as again \gset
select is(:again, :job, 'asking for it again gives the same analysis');
select id as analysis from app.analyses where job_id = :job \gset
reset role;
insert into debrief.analysis_feedback (analysis_job_id, message, timestamp_seconds) values (:job, 'Too early.', 9) returning id as stray \gset
select pg_temp.settle_analysis(:job, pg_temp.take('analysis', :job)) \gset
delete from debrief.analysis_feedback where id = :stray;
update debrief.analysis_feedback set timestamp_seconds = id where analysis_job_id = :job;
select min(id) as item, max(id) as last_item from debrief.analysis_feedback where analysis_job_id = :job \gset

set local role tap_client;
select is((select row(j.status, j.progress_percentage)::text from app.analysis_jobs j join app.video_recordings v on v.id = j.video_recording_id where j.user_id = :'ann' and j.id = :job), '(analysis_complete,80)', 'while feedback is being spoken the analysis is analysis_complete');
select is((select a.id::text || a.title from app.analyses a join app.analysis_jobs j on j.id = a.job_id where a.job_id = :job and j.user_id = :'ann' and j.status in ('processing', 'analysis_complete', 'completed')), :'analysis' || 'A talk', 'its uuid is the one known from the start, its title is there');
select is((select count(*) from app.analysis_feedback where analysis_id = :'analysis'), 2::bigint, 'feedback is found by the analysis'' uuid');
select is((select array_agg(message order by timestamp_seconds) from (select id, analysis_id, message, category, timestamp_seconds, confidence, ssml_status, audio_status, ssml_attempts, audio_attempts, ssml_last_error, audio_last_error, ssml_updated_at, audio_updated_at,
    created_at, user_rating, user_rating_at from app.analysis_feedback where analysis_id in (:'analysis') and ssml_status = 'queued' and audio_status = 'queued') f), (select array_agg(message order by id) from debrief.analysis_feedback where analysis_job_id = :job), 'with all that the client selects');
reset role;
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item)), pg_temp.put_back('ssml', :last_item, pg_temp.take('ssml', :last_item), 'failed') \gset
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'retried', 60000) \gset
set local role tap_client;
select results_eq(format('select ssml_status, audio_status, audio_attempts, audio_last_error from app.analysis_feedback where analysis_id = %L order by timestamp_seconds', :'analysis'),
  $$values ('completed', 'retrying', 1, 'It took too long.'), ('failed', 'queued', 0, null)$$, 'between two attempts a stage is retrying, as clients know it');
select is(app.retry_feedback(array[:item, :last_item, :bobs]), 1::bigint, 'what failed is tried again, SSML too; what waits, or is another''s, is not');
select is((select ssml_status from app.analysis_feedback where id = :last_item), 'queued', 'it waits');
reset role;
select pg_temp.due('audio', :item, now()), pg_temp.due('ssml', :last_item, now()) \gset
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)), pg_temp.settle_ssml(:last_item, pg_temp.take('ssml', :last_item)) \gset
select pg_temp.settle_audio(:last_item, pg_temp.take('audio', :last_item)) \gset
set local role tap_client;
select is((select row(status, progress_percentage)::text from app.analysis_jobs where id = :job), '(completed,100)', 'when all is spoken it is completed');
select results_eq(format('select storage_path, duration_ms, format from app.get_audio_segments_for_feedback(%s)', :item),
  format($$select storage_path, duration_ms, format from debrief.analysis_audio_segments where feedback_id = %s order by segment_index$$, :item), 'the sounds are told in order');
select isnt_empty(format('select * from app.get_audio_segments_for_feedback(%s)', :item), 'there are some');
select is((select count(*) from (select audio_url, storage_path from app.analysis_audio_segments where feedback_id = :item order by segment_index limit 1) a), 1::bigint, 'and so does the client''s other way to them');

-- Ratings, and nothing else.
update app.analysis_feedback set user_rating = 'up', user_rating_at = '2026-02-01 00:00+00' where id = :item;
update app.analyses set user_rating = 'down', user_rating_at = '2026-02-02 00:00+00' where id = :'analysis';
select results_eq(format('select f.user_rating, f.user_rating_at, a.user_rating, a.user_rating_at from app.analysis_feedback f join app.analyses a on a.id = f.analysis_id where f.id = %s', :item),
  $$values ('up', '2026-02-01 00:00+00'::timestamptz, 'down', '2026-02-02 00:00+00'::timestamptz)$$, 'feedback and analyses are rated');
select is((select row(ssml_status, audio_status)::text from app.analysis_feedback where id = :item), '(completed,completed)', 'a rating starts nothing');
select throws_ok(statement, '42501', null, statement) from unnest(array['update app.analysis_feedback set message = ''Mine.''', 'update app.analysis_feedback set audio_status = ''queued''',
  'update app.analyses set title = ''Mine.''', 'update app.analysis_audio_segments set audio_url = ''x''', 'update debrief.predecessor_analyses set id = gen_random_uuid()', 'select app.video_recordings_write()', 'select debrief.create_predecessor_views(''app'')',
  format('insert into app.video_recordings (user_id, filename, storage_path) values (%L, '''', ''x'')', :'bob'), format('update app.video_recordings set storage_path = %L', :'bob' || '/x.mp4')]) statement;
select throws_ok(statement, '55000', null, statement) from unnest(array['update app.analysis_jobs set status = ''queued''', 'delete from app.analysis_jobs', 'insert into app.analyses (job_id) values (1)',
  'insert into app.analysis_feedback (message) values (''x'')']) statement;
select throws_ok(format('update app.video_recordings set user_id = %L', :'bob'), '22023', null, 'an owner stays');
-- Bob's rows do not exist for Ann.
select is((select count(*) from app.video_recordings where user_id = :'bob') + (select count(*) from app.analysis_jobs where user_id = :'bob') + (select count(*) from app.analysis_feedback where id = :bobs)
    + (select count(*) from app.analysis_ssml_segments where feedback_id = :bobs) + (select count(*) from app.analysis_audio_segments where feedback_id = :bobs) + (select count(*) from app.get_audio_segments_for_feedback(:bobs)), 0::bigint, 'another''s rows are not seen');
select is((select count(*) from app.analyses), 1::bigint, 'nor their analyses');
select is(pg_temp.touched(format('update app.analysis_feedback set user_rating = ''up'' where id = %s', :bobs)), 0::bigint, 'nor rated');
delete from app.video_recordings where id = :recording;
select is((select count(*) from app.video_recordings) + (select count(*) from app.analyses), 0::bigint, 'a recording that is deleted takes all of it along');
reset role;
select is((select count(*) from debrief.predecessor_analyses), 1::bigint, 'and its uuid');

-- A failed analysis; strangers; tables that are in the way.
select pg_temp.recording(:'ann', 'completed') as recording \gset
set constraints all immediate;
set constraints all deferred;
select pg_temp.put_back('analysis', j.id, pg_temp.take('analysis', j.id), 'failed', 0, 'blocked', 'No.') from debrief.analysis_jobs j where video_recording_id = :recording \gset
set local role tap_client;
select is((select row(status, error_message)::text from app.analysis_jobs where video_recording_id = :recording), '(failed,No.)', 'a failure is told');
select is(app.retry_analysis(:recording), 'queued', 'and tried again');
select set_config('request.jwt.claims', '', true) \gset
select is((select count(*) from app.analysis_jobs) + (select count(*) from app.analyses) + (select count(*) from app.analysis_feedback), 0::bigint, 'nobody sees nothing');
reset role;
select throws_ok($$select debrief.create_predecessor_views('old')$$, '42P07', null, 'tables of those names are left alone');
create role tap_stranger;
set local role tap_stranger;
select throws_ok('select * from app.analysis_jobs', '42501', null, 'a role without debrief_app is refused');
reset role;

-- After the history was taken over, clients find it under the uuids and ids that they know.
select old.item(:'ann', 'completed', 'completed', 'completed', ssml_at => '1 s', sound_at => '2 s') as item \gset
update old.analysis_jobs set coach_gender = 'male', coach_mode = 'zen', voice_name_used = 'Algieba', avatar_asset_key_used = 'monk', video_source_type = 'live_recording', pose_data = '{"knees": 2}', error_message = null;
update old.analysis_jobs set processing_started_at = created_at, processing_completed_at = created_at + interval '30 s', progress_percentage = 100, processing_time_ms = 30000;
update old.video_recordings set metadata = '{"filename": "video.mp4"}', original_filename = 'IMG.MOV';
update old.analysis_audio_segments set duration_ms = 5200;
call debrief.import_predecessor('old', duration_unit => 'milliseconds', commit_batches => false);
select results_eq(format('select to_jsonb(t) - ''updated_at'' - ''id'' - ''video_recording_id'' - ''job_id'' - ''feedback_id'' from app.%I t where to_jsonb(t) ->> %L = %L', v.name, v.key, v.value),
  format('select to_jsonb(t) - ''updated_at'' - ''id'' - ''video_recording_id'' - ''job_id'' - ''feedback_id'' from old.%I t where %L <> ''''', v.name, v.key), v.name || ' reads as it did')
  from (values ('video_recordings', 'original_filename', 'IMG.MOV'), ('analysis_jobs', 'avatar_asset_key_used', 'monk'), ('analyses', 'id', (select id::text from old.analyses)),
               ('analysis_feedback', 'analysis_id', (select id::text from old.analyses)), ('analysis_ssml_segments', 'ssml', '<speak>Speak up.</speak>'), ('analysis_audio_segments', 'duration_ms', '5200')) v (name, key, value);

select * from finish();
rollback;
