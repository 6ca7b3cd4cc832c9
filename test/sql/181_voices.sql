\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.complaint(statement text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute statement;
  return 'none';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return concat_ws(' | ', sqlstate, sqlerrm, nullif(hint, ''));
end $$;

create role tap_app in role debrief_app;
insert into debrief.voices (name, language, provider_voice, ssml_instruction) values ('calm', 'de-DE', '{"voice": "k1"}', 'Calmly.');
create server voice foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
update debrief.stages set server = 'voice' where stage = 'audio';
select pg_temp.job() as job, pg_temp.job(:'bob') as bobs_job \gset
select pg_temp.feedback(:job) as waiting, pg_temp.feedback(:job) as spoken \gset
select pg_temp.settle_ssml(:spoken, pg_temp.take('ssml', :spoken)) \gset
select pg_temp.settle_audio(:spoken, pg_temp.take('audio', :spoken)) \gset

-- A voice is changed by who owns the analysis.
set local role tap_app;
select set_config('debrief.user_id', :'ann', true) \gset
select is(pg_temp.complaint(format('select debrief.set_voice(%s, ''clam'')', :job)), '42704 | voice "clam" does not exist | Voices: calm, "default".', 'an unknown voice is named, with those that are known');
select throws_ok(format('select debrief.set_voice(%s, null)', :job), '42704', null, 'no voice is none');
select throws_ok(format('select debrief.set_voice(%s, ''calm'')', :bobs_job), 'P0002', null, 'another''s analysis does not exist');
select is(debrief.set_voice(:job, 'calm'), 1::bigint, 'one item waits to be spoken with it');
reset role;
select results_eq(format('select voice, voice_snapshot ->> ''language'' from debrief.analysis_jobs where id = %s', :job), $$values ('calm', 'de-DE')$$, 'the analysis has it');
select results_eq('select id, language, provider_voice, instruction from debrief._claim_ssml(7, 10, ''1 minute'')', format($$values (%s::bigint, 'de-DE', '', 'Calmly.')$$, :waiting), 'what waits is claimed with it');
select is((select audio_status from debrief.analysis_feedback where id = :spoken), 'completed', 'what is spoken keeps its sound');
select debrief.retry_feedback(:spoken, 'audio') \gset
select results_eq('select id, language, provider_voice, cardinality(ssml) from debrief._claim_audio(7, 10, ''1 minute'')', format($$values (%s::bigint, 'de-DE', 'k1', 2)$$, :spoken), 'until an operator has it spoken again');

-- The recording's own word.
select set_config('client_min_messages', 'error', true) \gset
select pg_temp.recording(metadata => '{"voice": "clam"}', status => 'completed') as recording \gset
set constraints all immediate;
select is((select voice from debrief.analysis_jobs where video_recording_id = :recording), 'default', 'an unknown voice does not fail an upload');

-- Sounds that are not there.
select pg_temp.settle_audio(:spoken, (select claim_token from debrief.analysis_feedback where id = :spoken), store => 'database') \gset
select is((select content_type from debrief.get_audio(:spoken, 1)), 'audio/wav', 'a sound has its media type');
select is(pg_temp.complaint('select * from debrief.get_audio(0)'), 'P0002 | feedback 0 does not exist', 'a wrong id');
select is(replace(pg_temp.complaint(format('select * from debrief.get_audio(%s, 7)', :spoken)), 'feedback ' || :spoken, 'feedback N'),
  'P0002 | feedback N has no sound 7 | Its SSML is completed, its audio is completed; debrief.get_audio_segments_for_feedback() lists the sounds.', 'a wrong segment');
select is(replace(pg_temp.complaint(format('select * from debrief.get_audio(%s)', :waiting)), 'feedback ' || :waiting, 'feedback N'),
  'P0002 | feedback N has no sound 0 | Its SSML is processing, its audio is queued; debrief.get_audio_segments_for_feedback() lists the sounds.', 'a sound that is not made yet');
update debrief.analysis_audio_segments set store = 'bucket', audio_url = 'https://cdn.example/a.wav', storage_path = 'elsewhere' where feedback_id = :spoken and segment_index = 0;
select is(replace(pg_temp.complaint(format('select * from debrief.get_audio(%s)', :spoken)), 'feedback ' || :spoken, 'feedback N'),
  '55000 | sound 0 of feedback N is not kept in the database | It is in store bucket: https://cdn.example/a.wav', 'a sound in another store');
select is((select video_recording_id from debrief.feedback_status where id = :spoken), (select video_recording_id from debrief.analysis_jobs where id = :job), 'feedback_status says which recording it is about');

select * from finish();
rollback;

-- Who makes the recording reads it.
begin;
set local client_min_messages = warning;
insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata)
values ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/a.mp4', 'completed', '{"voice": "clam"}');
set constraints all immediate;
rollback;
