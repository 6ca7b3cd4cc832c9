\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.jobs_of(recording bigint) returns bigint language sql as $$
  select count(*) from debrief.analysis_jobs j where j.video_recording_id = recording;
$$;

-- The trigger speaks at the commit; here SET CONSTRAINTS does.
select pg_temp.recording(:'ann', 'completed') as recording \gset
select is(pg_temp.jobs_of(:recording), 0::bigint, 'before the commit nothing is queued');
set constraints all immediate;
set constraints all deferred;
select is(pg_temp.jobs_of(:recording), 1::bigint, 'an INSERT as completed queues the analysis');
select results_eq(format('select user_id, status, attempts, progress_percentage, due_at <= clock_timestamp(), claim_token from debrief.analysis_jobs where video_recording_id = %s', :recording),
  format($$values (%L::uuid, 'queued', 0, 0, true, null::bigint)$$, :'ann'), 'of the recording''s owner, due at once');

select pg_temp.recording(:'bob', 'pending') as recording \gset
update debrief.video_recordings set upload_status = 'uploading', upload_progress = 50 where id = :recording;
set constraints all immediate;
select is(pg_temp.jobs_of(:recording), 0::bigint, 'an upload that goes on queues nothing');
update debrief.video_recordings set upload_status = 'completed' where id = :recording;
select is(pg_temp.jobs_of(:recording), 1::bigint, 'an UPDATE to completed queues the analysis');
select is((select user_id from debrief.analysis_jobs where video_recording_id = :recording), :'bob', 'of that owner');
select id as job, correlation_id from debrief.analysis_jobs where video_recording_id = :recording \gset
update debrief.video_recordings set upload_status = 'completed', metadata = '{"again": 1}' where id = :recording;
select is((select array_agg(correlation_id) from debrief.analysis_jobs where video_recording_id = :recording), array[:'correlation_id']::uuid[],
  'said again, it changes nothing');

-- Pending, completed, failed in one transaction: the last word counts.
set constraints all deferred;
select pg_temp.recording() as recording \gset
update debrief.video_recordings set upload_status = 'completed' where id = :recording;
update debrief.video_recordings set upload_status = 'failed' where id = :recording;
set constraints all immediate;
select is(pg_temp.jobs_of(:recording), 0::bigint, 'an upload that failed after all queues nothing');
set constraints all deferred;
update debrief.video_recordings set upload_status = 'completed' where id = :recording;
update debrief.video_recordings set upload_status = 'uploading' where id = :recording;
update debrief.video_recordings set upload_status = 'completed' where id = :recording;
set constraints all immediate;
select is(pg_temp.jobs_of(:recording), 1::bigint, 'completed several times in one transaction queues one analysis');
set constraints all deferred;
select pg_temp.recording(:'ann', 'completed') as recording \gset
delete from debrief.video_recordings where id = :recording;
select lives_ok('set constraints all immediate', 'a recording that is gone by then is no error');

-- A trigger of the application's own may be what completes it.
create function pg_temp.completes() returns trigger language plpgsql as $$
begin
  new.upload_status := case new.upload_progress when 100 then 'completed' else new.upload_status end;
  return new;
end $$;
create trigger completes before update on debrief.video_recordings for each row execute function pg_temp.completes();
select pg_temp.recording(:'ann', 'uploading') as recording \gset
update debrief.video_recordings set upload_progress = 100 where id = :recording;
set constraints all immediate;
select is(pg_temp.jobs_of(:recording), 1::bigint, 'an UPDATE that a trigger makes one to completed queues the analysis');
drop trigger completes on debrief.video_recordings;

-- A completed upload has a path, or a transcript.
create function pg_temp.of_a_path(path text, metadata jsonb default '{}', source text default null) returns text language plpgsql as $$
declare
  hint text;
begin
  set constraints all deferred;
  insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata, source)
  values ('11111111-1111-4111-8111-111111111111', path, 'completed', metadata, source);
  set constraints all immediate;
  return 'taken';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return concat_ws(' | ', sqlstate, regexp_replace(sqlerrm, '[0-9]+', 'n'), hint);
end $$;
select is(pg_temp.of_a_path(path), '23514 | video recording n is completed and has no storage_path | Write storage_path, where the video is in its store, not later than upload_status ''completed''; a text model analyses metadata ->> ''transcript'' instead.',
  format('a completed upload with the path "%s" is refused', path)) from unnest('{"","  "}'::text[]) path;
select is(split_part(pg_temp.of_a_path('', source => 'public.uploads:7'), ' | ', 2), 'video recording n of public.uploads:7 is completed and has no storage_path', 'which names the upload that it stands for');
select is(pg_temp.of_a_path('', '{"transcript": "I stand here."}'), 'taken', 'a transcript needs no video');
select pg_temp.recording(:'ann') as pathless \gset
update debrief.video_recordings set storage_path = '' where id = :pathless;
select throws_ok(format('update debrief.video_recordings set upload_status = ''completed'' where id = %s', :pathless), '23514', format('video recording %s is completed and has no storage_path', :pathless), 'so is one whose upload completes later');
set constraints all deferred;
update debrief.video_recordings set upload_status = 'completed' where id = :pathless;
update debrief.video_recordings set storage_path = :'ann' || '/late.mp4' where id = :pathless;
select lives_ok('set constraints all immediate', 'a path that is written in the same transaction is in time');

-- Many at once.
insert into debrief.video_recordings (user_id, storage_path, upload_status)
select :'ann', :'ann' || '/' || i, case when i % 2 = 0 then 'completed' else 'pending' end from generate_series(1, 1000) i;
select is((select count(*) from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id where r.storage_path ~ '/[0-9]+$'),
  500::bigint, 'many rows at once queue one analysis each');
update debrief.video_recordings set upload_status = 'completed' where storage_path ~ '/[0-9]+$';
select is((select count(*) from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id where r.storage_path ~ '/[0-9]+$'),
  1000::bigint, 'and the others follow');

-- Again after a failure, not after a success.
select pg_temp.put_back('analysis', :job, pg_temp.take('analysis', :job), 'failed', 0, 'blocked', 'No.') \gset
update debrief.video_recordings set upload_status = 'completed' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
select is((select status from pg_temp.state('analysis', :job)), 'failed', 'a row that was completed before is no new completion');
update debrief.video_recordings set upload_status = 'uploading' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
update debrief.video_recordings set upload_status = 'completed' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
select results_eq(format('select status, attempts, progress_percentage, last_error, error_code, due_at <= clock_timestamp(), processing_completed_at, correlation_id <> %L
                            from debrief.analysis_jobs where id = %s', :'correlation_id', :job),
  $$values ('queued', 0, 0, null::text, null::text, true, null::timestamptz, true)$$, 'a failed analysis is queued again, from the start, when the upload completes again');
select pg_temp.take('analysis', :job) as token \gset
update debrief.video_recordings set upload_status = 'uploading' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
update debrief.video_recordings set upload_status = 'completed' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
select is((select claim_token from debrief.analysis_jobs where id = :job), :token::bigint, 'one that is being processed is left alone');
select pg_temp.settle_analysis(:job, :token) \gset
update debrief.video_recordings set upload_status = 'uploading' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
update debrief.video_recordings set upload_status = 'completed' where id = (select video_recording_id from debrief.analysis_jobs where id = :job);
select is((select status from pg_temp.state('analysis', :job)), 'completed', 'a completed one is not made, and paid, again');

-- The owner comes from the parent, whatever was written, and stays.
select pg_temp.recording(:'bob') as recording \gset
insert into debrief.analysis_jobs (video_recording_id, user_id) values (:recording, :'ann') returning id as job \gset
select is((select user_id from debrief.analysis_jobs where id = :job), :'bob', 'a job belongs to its recording''s owner');
insert into debrief.analysis_feedback (analysis_job_id, user_id, message) values (:job, :'ann', 'Hm.') returning id as item \gset
select is((select user_id from debrief.analysis_feedback where id = :item), :'bob', 'feedback belongs to its job''s owner');
insert into debrief.analysis_ssml_segments (feedback_id, ssml) values (:item, '<speak/>');
insert into debrief.analysis_audio_segments (feedback_id, audio_url) values (:item, 'u');
select is((select array[s.user_id, a.user_id] from debrief.analysis_ssml_segments s, debrief.analysis_audio_segments a where s.feedback_id = :item and a.feedback_id = :item),
  array[:'bob', :'bob']::uuid[], 'segments belong to their feedback''s owner');
select throws_ok(format('update debrief.%I set user_id = %L', t, :'ann'), '22023', null, t || '.user_id cannot change')
  from unnest(array['video_recordings', 'analysis_jobs', 'analysis_feedback', 'analysis_ssml_segments', 'analysis_audio_segments']) t;
select throws_ok('insert into debrief.analysis_jobs (video_recording_id) values (0)', '23503', null, 'no job without a recording');
select throws_ok('insert into debrief.analysis_feedback (analysis_job_id) values (0)', '23503', null, 'no feedback without a job');

-- The voice: a snapshot, taken once.
insert into debrief.voices (name, language, provider_voice, speech_instruction) values ('calm', 'de-DE', '{"tts": "Vicki"}', 'Slowly.');
insert into debrief.analysis_jobs (video_recording_id) values (pg_temp.recording(:'ann', 'pending', '{"voice": "calm"}')) returning id as calm \gset
insert into debrief.analysis_jobs (video_recording_id) values (pg_temp.recording(:'ann', 'pending', '{"voice": "no such"}')) returning id as unknown \gset
insert into debrief.analysis_jobs (video_recording_id) values (pg_temp.recording()) returning id as plain \gset
insert into debrief.analysis_jobs (video_recording_id, voice) values (pg_temp.recording(), 'calm') returning id as chosen \gset
update debrief.voices set speech_instruction = 'Fast!' where name = 'calm';
select results_eq(format($$select voice, voice_snapshot ->> 'language', voice_snapshot ->> 'speech_instruction', voice_snapshot -> 'provider_voice' ->> 'tts'
                             from debrief.analysis_jobs where id in (%s,%s,%s,%s) order by id$$, :calm, :unknown, :plain, :chosen),
  $$values ('calm', 'de-DE', 'Slowly.', 'Vicki'), ('default', 'en-US', '', null), ('default', 'en-US', '', null), ('calm', 'de-DE', 'Slowly.', 'Vicki')$$,
  'a job speaks with the voice that the recording names, as it was then, else with the default');
insert into debrief.analysis_jobs (video_recording_id, voice_snapshot) values (pg_temp.recording(), '{"language": "fr"}') returning id as given \gset
select is((select voice_snapshot from debrief.analysis_jobs where id = :given), '{"language": "fr"}', 'a snapshot that is given is kept');
delete from debrief.voices;
select pg_temp.job() as mute \gset
select is((select voice_snapshot ->> 'language' from debrief.analysis_jobs where id = :mute), 'en-US', 'with no voices at all it still speaks');

-- An application's own table.
create table pg_temp.uploads (id int primary key, owner uuid, file text, state text, metadata jsonb);
create trigger track after insert or update on pg_temp.uploads for each row
  execute function debrief.track_upload('owner', 'file', 'state', 'done');
insert into pg_temp.uploads values (1, :'ann', 'x/1.mp4', 'started', '{"voice": "calm"}'), (2, :'bob', null, 'lost', '[1]');
select results_eq($$select user_id, storage_path, upload_status, metadata, source ~ '^pg_temp_[0-9]+\.uploads:[12]$' from debrief.video_recordings where source is not null order by source$$,
  format($$values (%L::uuid, 'x/1.mp4', 'pending', '{"voice": "calm"}'::jsonb, true), (%L, '', 'pending', '{}', true)$$, :'ann', :'bob'),
  'track_upload mirrors an application''s uploads');
update pg_temp.uploads set state = 'done', file = 'x/2.mp4' where id = 1;
select results_eq($$select r.storage_path, r.upload_status, j.status from debrief.video_recordings r join debrief.analysis_jobs j on j.video_recording_id = r.id
                     where source like '%:1'$$, $$values ('x/2.mp4', 'completed', 'queued')$$, 'and an upload that is done is analysed');
update pg_temp.uploads set owner = owner where id = 1;
select is((select count(*) from debrief.video_recordings where source is not null), 2::bigint, 'once');
update debrief.video_recordings set source = replace(source, ':1', ':3') where source like '%:1';
insert into pg_temp.uploads values (3, :'bob', 'bobs.mp4', 'done');
select results_eq('select user_id, storage_path from debrief.video_recordings where source like ''%:3'' order by storage_path',
  format('values (%L::uuid, ''bobs.mp4''), (%L, ''x/2.mp4'')', :'bob', :'ann'), 'an upload is not given to the user who took its source first, nor kept from its owner');
select throws_ok(format('update pg_temp.uploads set owner = %L where id = 3', :'ann'), '42501', 'this upload is tracked for another user', 'the user of an upload cannot change');
drop trigger track on pg_temp.uploads;
create trigger track_badly after insert on pg_temp.uploads for each row execute function debrief.track_upload('owner');
select throws_ok('insert into pg_temp.uploads values (4)', '22023', null, 'a trigger that names too few columns says so');

-- Feedback that is written or edited by hand.
truncate debrief.video_recordings cascade;
select pg_temp.ready('audio') as item \gset
update debrief.analysis_feedback set message = message || '  ' where id = :item;
select is((select ssml_status from debrief.analysis_feedback where id = :item), 'completed', 'white space is no edit');
update debrief.analysis_feedback set category = 'Other', user_rating = 'up' where id = :item;
select is((select ssml_status from debrief.analysis_feedback where id = :item), 'completed', 'nor is a rating');
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'failed') \gset
update debrief.analysis_feedback set message = 'Other words.' where id = :item;
select results_eq(format('select ssml_status, ssml_attempts, ssml_due_at <= clock_timestamp(), audio_status, audio_attempts, audio_due_at, audio_last_error, audio_error_code
                            from debrief.analysis_feedback where id = %s', :item),
  $$values ('queued', 0, true, 'queued', 0, null::timestamptz, null::text, null::text)$$, 'an edit starts both stages again');
update debrief.analysis_feedback set message = ' ' where id = :item;
select is((select row(ssml_status, ssml_due_at, audio_due_at) from debrief.analysis_feedback where id = :item),
  row('queued'::text, null::timestamptz, null::timestamptz), 'an edit to nothing waits');
insert into debrief.analysis_feedback (analysis_job_id, message, ssml_status) values (pg_temp.job(), 'Written.', 'completed') returning id as item \gset
select ok((select audio_due_at <= clock_timestamp() from debrief.analysis_feedback where id = :item), 'feedback that comes with its SSML is due for audio');

select * from finish();
rollback;
