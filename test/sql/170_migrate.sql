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

create function pg_temp.reason(of_relation text, of_id text) returns text language plpgsql as $$ begin return (
  select coalesce(i.reason, '') || case when i.new_id is null then ' (left)' else '' end
    from debrief.imported_rows i where i.source in ('old', 'early') and i.relation = of_relation and i.old_id = of_id order by i.source desc limit 1); end $$;

-- A finished analysis, with everything that it can hold.
insert into old.coach_voice_configs (gender, mode, voice_name, tts_system_instruction, prompt_voice, prompt_personality, avatar_asset_key, ssml_system_instruction)
values ('male', 'zen', 'Algieba', 'Slowly.', '', '', 'a', 'Calm SSML.'), ('female', 'roast', 'Aoede', 'Fast.', '', '', 'b', '');
select old.item(:'ann', 'completed', 'completed', 'completed', '2026-01-10 12:00+00', '1 s', '2 s') as whole \gset
update old.video_recordings set thumbnail_url = 'thumb.jpg', original_filename = 'IMG_1.MOV', metadata = '{"seat": 4}', storage_path = 'raw/' || storage_path where id = 1;
update old.analysis_jobs set coach_gender = 'male', coach_mode = 'zen', voice_name_used = 'Gacrux', avatar_asset_key_used = 'monk', pose_data = '{"knees": 2}',
  processing_started_at = '2026-01-10 12:00:01+00', processing_completed_at = '2026-01-10 12:00:31+00', error_message = null where id = 1;
update old.analyses set user_rating = 'up', user_rating_at = '2026-01-11 00:00+00', feedback_prompt = 'Look.' where job_id = 1;
update old.analysis_feedback set user_rating = 'down', user_rating_at = '2026-01-12 00:00+00', ssml_attempts = 1, audio_attempts = 2, ssml_last_error = 'Never cleared.' where id = :whole;
insert into old.analysis_metrics (analysis_id, metric_key, metric_value, unit) values (1, 'pace', 120.5, 'wpm');

-- Jobs in every status, without feedback; the odd ones.
select old.item(:'bob', status) from unnest(array['queued', 'processing', 'analysis_complete', 'completed', 'failed']) status \g /dev/null
update old.analysis_jobs set error_message = 'Blocked.', progress_percentage = 40, coach_gender = 'female' where status = 'failed';
alter table old.analysis_jobs drop constraint analysis_jobs_status_check;
select old.item(:'bob', 'cancelled') \g /dev/null
select old.item(:'bob', 'processing', 'queued', 'queued') as stuck \gset
select old.item(:'bob', 'queued', 'completed', 'completed', ssml_at => '1 s', sound_at => '2 s') as asked_again \gset
select old.item(:'bob', 'queued', 'queued', 'queued') as to_be_replaced \gset
insert into old.profiles (user_id, coach_gender, coach_mode) values (:'bob', 'female', 'roast');
-- Paths: of another user, of another site, of a bucket by URL; uploads under way; one that never got a job.
select old.item(:'ann', 'queued') as foreign_path, old.item(:'ann', 'completed') as foreign_url, old.item(:'ann', 'queued') as own_url \gset
update old.video_recordings set storage_path = :'bob' || '/videos/x.mp4' where id = (select video_recording_id from old.analysis_jobs where id = :foreign_path);
update old.video_recordings set storage_path = 'http://169.254.169.254/latest' where id = (select video_recording_id from old.analysis_jobs where id = :foreign_url);
update old.video_recordings set storage_path = 'https://x.example/storage/v1/object/sign/raw/' || :'ann' || '/u.mp4?token=t' where id = (select video_recording_id from old.analysis_jobs where id = :own_url);
insert into old.video_recordings (user_id, filename, file_size, duration_seconds, format, storage_path, upload_status, upload_progress) values
  (:'ann', 'p', 1, 1, 'mp4', '', 'pending', 0), (:'ann', 'u', 1, 1, 'mp4', :'ann' || '/u', 'uploading', 50), (:'ann', 'f', 1, 1, 'mp4', :'ann' || '/f', 'failed', 20),
  (:'ann', 'lost', 1, 1, 'mp4', :'ann' || '/lost.mp4', 'completed', 100), (:'ann', 'lost', 1, 1, 'mp4', :'bob' || '/lost.mp4', 'completed', 100);
-- Rows that our rules refuse.
select old.item(:'ann', 'completed', 'failed', 'queued', message => repeat('x', 4001), ssml_at => '1 s') as too_long, old.item(:'ann', 'completed', 'completed', 'completed', ssml_at => '1 s', sound_at => '1 s') as too_early \gset
update old.analysis_feedback set timestamp_seconds = -1 where id = :too_early;
alter table old.video_recordings drop constraint video_recordings_upload_status_check;
select old.item(:'ann', 'completed', 'completed', 'completed', ssml_at => '1 s', sound_at => '1 s') as of_odd \gset
update old.video_recordings set upload_status = 'vanished' where id = (select max(id) from old.video_recordings);

-- Every pair of statuses, with and without segments, before and after the last change of SSML.
create temp table pairs as
  select s.status as ssml, a.status as audio, p.ssml_at, p.sound_at, p.n,
         old.item(:'ann', 'completed', s.status, a.status, ssml_at => p.ssml_at, sound_at => p.sound_at) as id
    from unnest(array['queued', 'processing', 'completed', 'failed', 'retrying']) s (status), unnest(array['queued', 'processing', 'completed', 'failed', 'retrying', null]) a (status),
         (values (0, null::interval, null::interval), (1, '1 s', null), (2, '1 s', '2 s'), (3, '-2 s', '-1 s')) p (n, ssml_at, sound_at);

-- First the old system goes on: what it has finished is taken.
create temp table before as select pg_temp.picture() as picture;
call debrief.import_predecessor('old', unfinished => 'leave', batch_size => 7, commit_batches => false);
set constraints all immediate;
set constraints all deferred;
select is((select count(*) from debrief.analysis_jobs where status in ('queued', 'processing')) + (select count(*) from debrief.analysis_feedback where ssml_due_at is not null or audio_due_at is not null),
  0::bigint, 'with unfinished => leave nothing is queued');
select is(pg_temp.reason('video_recordings', '2'), 'unfinished: left to the old system (left)', 'what is unfinished is left, and noted');
select is((select count(*) from debrief.video_recordings where upload_status in ('pending', 'uploading')), 0::bigint, 'so are uploads under way');
call debrief.import_predecessor('old', unfinished => 'leave', commit_batches => false);
create temp table first_run as select pg_temp.picture() as picture, (select count(*) from debrief.video_recordings) as recordings;

-- Then it is off, and the rest follows.
call debrief.import_predecessor('old', batch_size => 5, audio_store => 'database', commit_batches => false);
set constraints all immediate;
set constraints all deferred;
select cmp_ok((select recordings from first_run), '<', (select count(*) from debrief.video_recordings), 'a second run takes what is new');

select results_eq($$select r.id, r.user_id, r.storage_path, r.original_filename, r.file_size, r.upload_status, r.metadata, r.created_at from debrief.video_recordings r where id = 1$$,
  format($$values (1::bigint, %L::uuid, %L, 'IMG_1.MOV', 1000::bigint, 'completed', '{"seat": 4, "filename": "video.mp4", "thumbnail_url": "thumb.jpg"}'::jsonb, '2026-01-10 12:00+00'::timestamptz)$$,
         :'ann', :'ann' || '/videos/20260110/1/video.mp4'), 'a recording keeps its id, owner, path (without the bucket), names and date');
select results_eq($$select j.status, j.progress_percentage, j.title, j.summary_text, j.full_feedback_text, j.raw_response, j.voice, j.voice_snapshot -> 'provider_voice', j.voice_snapshot ->> 'speech_instruction',
                           j.voice_snapshot ->> 'ssml_instruction', j.processing_completed_at - j.processing_started_at, j.created_at, p.id, p.user_rating, p.user_rating_at, p.kept ->> 'avatar_asset_key_used', p.kept -> 'pose_data'
                      from debrief.analysis_jobs j join debrief.predecessor_analyses p on p.job_id = j.id where j.id = 1$$,
  format($$values ('completed', 100, 'A talk', 'Short.', 'All of it.', '{"full_feedback_json": {"feedback": []}, "raw_generated_text": "=== TITLE ===", "feedback_prompt": "Look."}'::jsonb, 'male/zen',
                   '{"gemini": "Gacrux"}'::jsonb, 'Slowly.', 'Calm SSML.', '30 s'::interval, '2026-01-10 12:00+00'::timestamptz, %L::uuid, 'up', '2026-01-11 00:00+00'::timestamptz, 'monk', '{"knees": 2}'::jsonb)$$,
         (select id from old.analyses where job_id = 1)), 'an analysis keeps its texts, voice as it was used, times, uuid, rating and extras');
select results_eq(format($$select f.analysis_job_id, f.user_id, f.timestamp_seconds, f.category, f.message, f.confidence, f.impact, f.ssml_status, f.audio_status, f.ssml_attempts, f.audio_attempts, f.ssml_last_error,
                                  f.user_rating, f.user_rating_at, f.created_at, f.from_analysis, f.ssml_due_at, f.audio_due_at from debrief.analysis_feedback f where id = %s$$, :whole),
  format($$values (1::bigint, %L::uuid, 6.5, 'Speech', 'Speak up.', 0.9, 0.3, 'completed', 'completed', 1, 2, null::text, 'down', '2026-01-12 00:00+00'::timestamptz, '2026-01-10 12:00+00'::timestamptz, true,
                   null::timestamptz, null::timestamptz)$$, :'ann'), 'feedback keeps its words, statuses, attempts and rating, and waits for nothing; an error that a success should have cleared is not taken');
select results_eq(format($$select s.user_id, s.segment_index, s.ssml, s.provider from debrief.analysis_ssml_segments s where feedback_id = %s$$, :whole),
  format($$values (%L::uuid, 0, '<speak>Speak up.</speak>', 'gemini')$$, :'ann'), 'its SSML is there');
select results_eq(format($$select a.segment_index, a.duration_ms, a.format, a.storage_path, a.audio_url, a.store from debrief.analysis_audio_segments a where feedback_id = %s$$, :whole),
  format($$values (0, 5200.0, 'wav', %L, 'https://x.example/storage/v1/object/sign/processed/a.wav?token=t', null::text)$$, :'ann' || '/audio/' || :whole || '/0.wav'), 'its sound too, with true milliseconds');
select results_eq($$select analysis_job_id, metric_key, metric_value, unit, left(user_id::text, 1) from debrief.analysis_metrics$$, $$values (1::bigint, 'pace', 120.5, 'wpm', '1')$$, 'and its metrics');
select results_eq($$select name, provider_voice, speech_instruction from debrief.voices where name like '%/%' order by name$$,
  $$values ('female/roast', '{"gemini": "Aoede"}'::jsonb, 'Fast.'), ('male/zen', '{"gemini": "Algieba"}', 'Slowly.')$$, 'the coaches'' voices are voices');

select results_eq(format($$select j.id, j.status, j.progress_percentage, j.last_error, j.error_code, j.voice, j.due_at is not null, pg_temp.reason('analysis_jobs', j.id::text) from debrief.analysis_jobs j where id between 2 and 10 order by id$$),
  $$values (2::bigint, 'queued', 0, null, null, 'female/roast', true, ''), (3, 'queued', 0, null, null, 'female/roast', true, ''),
           (4, 'completed', 100, null, null, null, false, 'completed without an analysis'), (5, 'completed', 100, null, null, null, false, 'completed without an analysis'),
           (6, 'failed', 40, 'Blocked.', 'predecessor', 'female', false, ''), (7, 'failed', 0, 'It failed in the system it comes from.', 'predecessor', null, false, 'status "cancelled" is unknown: taken as failed'),
           (8, 'completed', 100, null, null, null, false, 'its feedback was there already'), (9, 'queued', 0, null, null, 'female/roast', true, ''), (10, 'queued', 0, null, null, 'female/roast', true, '')$$,
  'jobs: queued and processing wait again, with their user''s voice; finished ones are finished; failed ones keep their error');
select is((select row(ssml_status, ssml_due_at is not null)::text from debrief.analysis_feedback where id = :stuck), '(queued,t)', 'feedback of a job that hung is due');
select is((select row(ssml_status, audio_status, ssml_due_at)::text from debrief.analysis_feedback where id = :asked_again), '(completed,completed,)', 'finished feedback of an analysis that runs again is there until then');
select is(pg_temp.reason('analysis_feedback', :'to_be_replaced'), 'unfinished, and its analysis runs again (left)', 'unfinished feedback of one is left');

select results_eq(format($$select j.id, j.status, j.last_error, r.storage_path, r.metadata ->> 'storage_path' from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id where j.id in (%s, %s, %s) order by 1$$, :foreign_path, :foreign_url, :own_url),
  format($$values (%s::bigint, 'failed', 'The recording''s path does not belong to its owner.', %L, null), (%s, 'completed', null, '', 'http://169.254.169.254/latest'), (%s, 'queued', null, %L, null)$$,
         :foreign_path, :'bob' || '/videos/x.mp4', :foreign_url, :own_url, :'ann' || '/u.mp4'),
  'another user''s video is not analysed, another site''s URL is no path, one of the own bucket is');
select results_eq($$select r.original_filename, r.upload_status, r.upload_progress, j.status from debrief.video_recordings r left join debrief.analysis_jobs j on j.video_recording_id = r.id where r.file_size = 1 order by r.id$$,
  $$values ('p', 'pending', 0, null), ('u', 'uploading', 50, null), ('f', 'failed', 20, null), ('lost', 'completed', 100, 'queued'), ('lost', 'failed', 100, null)$$,
  'uploads go on where they were; one that is complete and never got an analysis gets it, if the path is its owner''s');

select results_eq(format($$select id, pg_temp.reason('analysis_feedback', id::text) from old.analysis_feedback where id in (%s, %s, %s) order by 1$$, :too_long, :too_early, :of_odd),
  format($$values (%s::bigint, 'new row for relation "analysis_feedback" violates check constraint "analysis_feedback_message_at_most_4000_characters" (left)'),
                  (%s, 'new row for relation "analysis_feedback" violates check constraint "analysis_feedback_timestamp_seconds_check" (left)'), (%s, 'its row of analyses was not taken (left)')$$,
         :too_long, :too_early, :of_odd), 'rows that break a rule are left and noted, each with its rule');
select is(pg_temp.reason('video_recordings', (select max(id)::text from old.video_recordings where upload_status = 'vanished')),
  'new row for relation "video_recordings" violates check constraint "video_recordings_upload_status_check" (left)', 'a recording among them');

-- Every pair, by the rules: what was finished or failed stays so; a result stored after its stage last
-- changed is taken; what came before an edit is not; the rest is due.
create temp table expected_pairs as
  select id, case when ssml = 'failed' then 'failed'
                  when audio = 'completed' then 'completed'
                  when ssml = 'completed' then case when n = 0 and audio is distinct from 'failed' then 'queued' else 'completed' end
                  when ssml in ('processing', 'retrying') and n in (1, 2) then 'completed'
                  else 'queued' end as ssml_is, audio, ssml, n from pairs;
create temp table expected_both as
  select id, ssml_is, case when ssml_is = 'queued' then 'queued'
                           when audio in ('completed', 'failed') then audio
                           when ssml_is = 'completed' and n = 2 then 'completed' else 'queued' end as audio_is from expected_pairs;
select results_eq($$select f.id, f.ssml_status, f.audio_status from debrief.analysis_feedback f join pairs p on p.id = f.id order by 1$$,
  $$select id, ssml_is, audio_is from expected_both order by 1$$, 'all 120 pairs of statuses and segments come as they should');
select is((select count(*) from expected_both), 120::bigint, 'which are 120');
select is_empty($$select e.id from expected_both e join debrief.analysis_feedback f on f.id = e.id
                   where (f.ssml_due_at is not null) <> (ssml_is = 'queued') or (f.audio_due_at is not null) <> (ssml_is = 'completed' and audio_is = 'queued')$$,
  'due is what is unfinished, and nothing else');
select is_empty($$select f.id from debrief.analysis_feedback f join pairs p using (id) left join debrief.analysis_ssml_segments s on s.feedback_id = f.id left join debrief.analysis_audio_segments a on a.feedback_id = f.id
                   where (s.id is not null) <> (p.ssml_at is not null and f.ssml_status in ('completed', 'failed')) or (a.id is not null) <> (p.sound_at is not null and f.audio_status in ('completed', 'failed'))$$,
  'segments come with the stages that are over, and not with those that begin anew');
select is(pg_temp.reason('analysis_feedback', id::text), 'completed without a sound', 'a completed row without a sound is noted') from pairs where ssml = 'completed' and audio = 'completed' and n = 1;

-- Again: nothing changes. New rows get ids beyond the old ones.
select pg_temp.picture() as picture \gset
call debrief.import_predecessor('old', audio_store => 'database', commit_batches => false);
set constraints all immediate;
set constraints all deferred;
select ok(pg_temp.picture() = :'picture', 'a run after all is taken changes nothing');
select ok(pg_temp.recording() > (select max(id) from old.video_recordings) and pg_temp.feedback(pg_temp.job()) > (select max(id) from old.analysis_feedback), 'new rows have ids that no old row has');
update old.analysis_feedback set message = 'Short.' where id = :too_long;
delete from debrief.analysis_feedback where message = 'Speak up.' and from_analysis and analysis_job_id > (select max(id) from old.analysis_jobs);
call debrief.import_predecessor('old', commit_batches => false);
select is((select message || ssml_status from debrief.analysis_feedback where id = :too_long), 'Short.failed', 'a row that was put right is taken by the next run');
select is((select count(*) from debrief.analysis_ssml_segments where feedback_id = :too_long), 1::bigint, 'and what hangs on it');
select results_eq($$select relation, outcome, reason, rows from debrief.import_report('old') where relation in ('video_recordings', 'analysis_metrics')$$,
  $$values ('video_recordings', 'taken', null, 139::bigint), ('video_recordings', 'taken', 'its storage_path is none of a store: kept in metadata.storage_path', 1),
           ('video_recordings', 'left', 'new row for relation "video_recordings" violates check constraint "video_recordings_upload_status_check"', 1), ('analysis_metrics', 'taken', null, 1)$$,
  'the report tells what was taken and left, and why');
select is((select sum(rows) from debrief.import_report('old')), (select sum(n) from (values ((select count(*) from old.video_recordings)), ((select count(*) from old.analysis_jobs)), ((select count(*) from old.analyses)),
    ((select count(*) from old.analysis_feedback)), ((select count(*) from old.analysis_ssml_segments)), ((select count(*) from old.analysis_audio_segments)), ((select count(*) from old.analysis_metrics))) c (n))
    - (select count(*) from old.analyses a join old.analysis_jobs j on j.id = a.job_id join old.video_recordings r on r.id = j.video_recording_id where r.upload_status = 'vanished'),
  'every old row is accounted for');
select is(array(select (o ->> '_open')::boolean from unnest(debrief._import_feedback_states(
    array(select jsonb_build_object('id', m, 'message', m) from unnest(array['Short.', E' \t', U&'\200B\00A0']) m), '{}', '{}')) o),
  '{t,f,f}', 'what has nothing to speak is not unfinished, whatever makes it blank');

select * from finish();
rollback;
