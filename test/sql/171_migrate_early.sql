\set ECHO none
\i test/sql/setup.psql
\i sql/predecessor/1_tables.sql
\i sql/predecessor/2_old_rows.sql
\i sql/predecessor/3_states.sql
\i sql/predecessor/4_rows.sql
\i sql/predecessor/5_import.sql
\i sql/predecessor/6_views.sql
\i test/support/predecessor/early.sql
select no_plan();

-- What a recording brings along when it is inserted is the state that it is in.
insert into debrief.video_recordings (user_id, upload_status) values (:'ann', 'completed') returning id as failed \gset
insert into debrief.analysis_jobs (video_recording_id, status, last_error) values (:failed, 'failed', 'No.');
insert into debrief.video_recordings (user_id, upload_status) values (:'ann', 'completed') returning id as done \gset
insert into debrief.analysis_jobs (video_recording_id, status) values (:done, 'completed');
set constraints all immediate;
set constraints all deferred;
select results_eq(format('select status, due_at, last_error from debrief.analysis_jobs where video_recording_id in (%s, %s) order by id', :failed, :done),
  $$values ('failed', null::timestamptz, 'No.'), ('completed', null, null)$$, 'a recording that is inserted with its analysis is not queued');

-- Ids that are in use here, and the early shape: several jobs a recording, several analyses a job.
select pg_temp.spoken(:'bob') as own_item \gset
select max(id) as own_recordings from debrief.video_recordings \gset
insert into early.video_recordings (user_id, filename, file_size, duration_seconds, format, storage_path, upload_status)
select :'ann', 'v.mp4', 1, 9, 'mp4', :'ann' || '/' || i || '.mp4', 'completed' from generate_series(1, :own_recordings + 1) i;
insert into early.analysis_jobs (user_id, video_recording_id, status, created_at) values
  (:'ann', 1, 'failed', '2026-01-03'), (:'ann', 1, 'completed', '2026-01-01'), (:'ann', 1, 'completed', '2026-01-02'), (:'ann', 1, 'queued', '2026-01-04');
insert into early.analysis_jobs (user_id, video_recording_id, status) select :'ann', id, 'failed' from early.video_recordings where id > 1;
insert into early.analyses (job_id, created_at, full_feedback_text) values (3, '2026-01-01', 'Old.'), (3, '2026-01-02', 'New.'), (2, '2026-01-03', 'Of another job.');
insert into early.analysis_feedback (analysis_id, timestamp_seconds, category, message, ssml_status, audio_status)
select id, 1, 'Posture', full_feedback_text, 'completed', 'completed' from early.analyses order by created_at;
insert into early.analysis_ssml_segments (feedback_id, ssml) select id, '<speak/>' from early.analysis_feedback;
insert into early.analysis_audio_segments (analysis_feedback_id, audio_url, duration_ms, audio_duration_ms, format, audio_format, segment_index) values
  (2, 'https://x.example/storage/v1/object/sign/processed/u/a.wav?token=t', null, 7, null, 'wav', null), (2, 'https://cdn.example/b.mp3', 4100, null, 'mp3', null, 1), (2, 'c', 0, null, 'wav', null, 2);
create temp table used as select id from debrief.video_recordings;
call debrief.import_predecessor('early', audio_store => 'database', commit_batches => false);
set constraints all immediate;

select is((select count(*) from debrief.imported_rows where relation = 'video_recordings' and new_id is not null), :own_recordings + 1::bigint, 'recordings of the early shape are taken');
select is_empty($$select old_id from debrief.imported_rows where relation = 'video_recordings' and (old_id::bigint = new_id) = (old_id in (select id::text from used))$$, 'an id that is in use here is a new one there, and noted');
select results_eq($$select r.storage_path, j.status, j.full_feedback_text, f.message, i.old_id, k.old_id from debrief.imported_rows i join debrief.analysis_jobs j on j.id = i.new_id join debrief.video_recordings r on r.id = j.video_recording_id
                     join debrief.analysis_feedback f on f.analysis_job_id = j.id join debrief.imported_rows k on k.new_id = f.id and k.relation = 'analysis_feedback' where i.relation = 'analysis_jobs'$$,
  format($$values (%L, 'completed', 'New.', 'New.', '3', '2')$$, :'ann' || '/1.mp4'), 'of several jobs the last finished one, with its last analysis and that one''s feedback');
select results_eq($$select relation, reason, rows from debrief.import_report('early') where outcome = 'left'$$,
  $$values ('analysis_jobs', 'another one of the same video_recording_id was taken', 3::bigint), ('analyses', 'another one of the same job_id was taken', 1)$$, 'the others are noted');
select results_eq($$select s.format, s.duration_ms, s.storage_path, s.store, s.segment_index from debrief.analysis_audio_segments s join debrief.imported_rows i on i.new_id = s.id and i.relation = 'analysis_audio_segments' order by i.old_id$$,
  $$values ('wav', 7000.0, 'u/a.wav', 'database', 0), ('mp3', 4100, null, null, 1), ('wav', null, null, null, 2)$$, 'older names of columns, a path within a URL, seconds and milliseconds are understood');
select is(pg_temp.picture() like '%"id": ' || :own_item || ',%', true, 'what was here stays');
select is((select audio_status from debrief.analysis_feedback where id = :own_item), 'completed', 'as it was');

-- The rule for durations, at its edges, and when it is overruled.
select results_eq($$select debrief._import_duration(d, u) from (values (299.99, 'detect'), (300, 'detect'), (-1, 'detect'), (null, 'detect'), (700, 'seconds'), (5, 'milliseconds')) v (d, u)$$,
  $$values (299990.0), (300), (null), (null), (700000), (5)$$, 'a duration below 300 is seconds, unless it is said what it is');

-- Who may, and what is refused.
select throws_ok(statement, code, null, statement) from (values
  ($$call debrief.import_predecessor('nowhere', commit_batches => false)$$, '42P01'), ($$call debrief.import_predecessor('early', unfinished => 'drop', commit_batches => false)$$, '22023'),
  ($$call debrief.import_predecessor('early', duration_unit => 'minutes', commit_batches => false)$$, '22023'), ($$call debrief.import_predecessor('early', batch_size => 0, commit_batches => false)$$, '22023'),
  ($$call debrief.import_predecessor('early', audio_store => 'nowhere', commit_batches => false)$$, '42704'), ($$call debrief.import_predecessor('early', audio_store => 'template', commit_batches => false)$$, '42704')) s (statement, code);
create role tap_operator in role debrief_admin;
grant usage on schema early to tap_operator;
grant select on all tables in schema early to tap_operator;
set local role tap_operator;
select throws_ok($$call debrief.import_predecessor('early', commit_batches => false)$$, '42501', null, 'an operator does not write history');
select isnt_empty($$select * from debrief.import_report('early')$$, 'he reads the report');
reset role;
grant execute on all routines in schema debrief to tap_operator;
set local role tap_operator;
select throws_ok(statement, '42501', 'permission denied for the tables of pg_debrief', statement || ' is for the owner of the tables')
  from unnest(array[$$call debrief.import_predecessor('early', commit_batches => false)$$, $$select debrief.create_predecessor_views('app')$$]) statement;
reset role;
-- An owner that policies bind would take too little: an error instead.
create role tap_owner in role debrief_worker;
alter table early.video_recordings enable row level security;
alter table early.video_recordings force row level security;
alter table early.video_recordings owner to tap_owner;
grant execute on function debrief._old_rows(text, text, text[], text[]) to tap_owner;
grant usage on schema early to tap_owner;
set local role tap_owner;
select throws_ok($$select debrief._old_rows('early', 'video_recordings', '{id}', '{1}')$$, '42501', null, 'rows that a policy hides are an error, and not missing');
reset role;

-- New recordings with the voice of a profile: the trigger that docs/migrate.md shows.
create table profiles (user_id uuid, coach_gender text, coach_mode text);
insert into profiles values (:'ann', null, 'zen');
create function profile_voice() returns trigger language plpgsql as $$
begin
  new.metadata := coalesce((select jsonb_build_object('voice', coalesce(p.coach_gender, 'female') || '/' || coalesce(p.coach_mode, 'roast'))
                              from profiles p where p.user_id = new.user_id), '{}') || new.metadata;
  return new;
end $$;
create trigger profile_voice before insert on debrief.video_recordings for each row execute function profile_voice();
insert into debrief.voices (name) values ('female/zen'), ('male/zen');
create temp table spoken_with as
  select n, (debrief._queue_analysis(pg_temp.recording(owner, 'pending', metadata))).job_id as job
    from (values (1, :'ann'::uuid, '{}'::jsonb), (2, :'ann', '{"voice": "male/zen"}'), (3, :'bob', '{}')) v (n, owner, metadata);
select results_eq($$select j.voice from spoken_with s join debrief.analysis_jobs j on j.id = s.job order by n$$,
  $$values ('female/zen'), ('male/zen'), ('default')$$, 'a recording is spoken with its profile''s voice, unless it names one');

select * from finish();
rollback;
