-- The tables of the system that came before, in their newest shape, in a schema `old`. Its triggers are
-- left out: the rows of the tests are as those left them.
create schema old;
create table old.users (id uuid primary key);
create table old.video_recordings (
  id bigint generated always as identity primary key,
  user_id uuid not null references old.users (id) on delete cascade,
  filename text not null, original_filename text, file_size bigint not null,
  duration_seconds numeric not null check (duration_seconds > 0 and duration_seconds <= 60),
  format text not null check (format in ('mp4', 'mov')), storage_path text not null,
  upload_status text not null default 'pending' check (upload_status in ('pending', 'uploading', 'completed', 'failed')),
  upload_progress int default 0 check (upload_progress between 0 and 100), metadata jsonb default '{}',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(), thumbnail_url text);
create table old.analysis_jobs (
  id bigint generated always as identity primary key,
  user_id uuid not null references old.users (id) on delete cascade,
  video_recording_id bigint not null unique references old.video_recordings (id) on delete cascade,
  status text not null default 'queued' check (status in ('queued', 'processing', 'analysis_complete', 'completed', 'failed')),
  progress_percentage int default 0 check (progress_percentage between 0 and 100),
  processing_started_at timestamptz, processing_completed_at timestamptz, error_message text,
  results jsonb default '{}', pose_data jsonb default '{}',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(), processing_time_ms bigint,
  video_source_type text check (video_source_type in ('live_recording', 'uploaded_video')),
  coach_gender text, coach_mode text, voice_name_used text, avatar_asset_key_used text);
create table old.analyses (
  id uuid not null default gen_random_uuid() primary key,
  job_id bigint not null unique references old.analysis_jobs (id) on delete cascade,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  full_feedback_text text, summary_text text, raw_generated_text text, full_feedback_json jsonb, feedback_prompt text, title text,
  user_rating text check (user_rating in ('up', 'down')), user_rating_at timestamptz);
create table old.analysis_feedback (
  id bigint generated always as identity primary key,
  analysis_id uuid not null references old.analyses (id) on delete cascade,
  timestamp_seconds numeric not null, category text not null, message text not null,
  confidence numeric check (confidence between 0 and 1), impact numeric check (impact between 0 and 1),
  created_at timestamptz not null default now(),
  ssml_status text default 'queued' check (ssml_status in ('queued', 'processing', 'completed', 'failed', 'retrying')),
  audio_status text default 'queued' check (audio_status in ('queued', 'processing', 'completed', 'failed', 'retrying')),
  ssml_attempts int not null default 0, audio_attempts int not null default 0, ssml_last_error text, audio_last_error text,
  ssml_updated_at timestamptz not null default now(), audio_updated_at timestamptz not null default now(),
  user_rating text check (user_rating in ('up', 'down')), user_rating_at timestamptz);
create index on old.analysis_feedback (analysis_id);
create sequence old.analysis_ssml_segments_id_seq;
create table old.analysis_ssml_segments (
  id bigint not null default nextval('old.analysis_ssml_segments_id_seq') primary key,
  feedback_id bigint not null references old.analysis_feedback (id) on delete cascade,
  segment_index int not null default 0, ssml text not null, provider text not null default 'gemini', version text, ssml_prompt text,
  created_at timestamptz not null default now(), unique (feedback_id, segment_index));
create table old.analysis_audio_segments (
  id bigint generated always as identity primary key,
  feedback_id bigint not null references old.analysis_feedback (id) on delete cascade,
  audio_url text not null, duration_ms numeric, format text default 'aac' check (format in ('aac', 'mp3', 'wav')),
  provider text default 'gemini', version text, segment_index int default 0, created_at timestamptz not null default now(),
  prompt text, storage_path text, unique (feedback_id, segment_index));
create table old.analysis_metrics (
  id bigint generated always as identity primary key,
  analysis_id bigint not null references old.analysis_jobs (id) on delete cascade,
  metric_key text not null, metric_value numeric not null, unit text not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(), unique (analysis_id, metric_key));
create table old.coach_voice_configs (
  id serial primary key, gender text not null, mode text not null, voice_name text not null, tts_system_instruction text not null,
  prompt_voice text not null, prompt_personality text not null, avatar_asset_key text not null, is_active boolean default true,
  created_at timestamptz default now(), updated_at timestamptz default now(), ssml_system_instruction text not null default '',
  unique (gender, mode));
create table old.profiles (
  id bigint generated always as identity primary key, user_id uuid not null unique references old.users (id) on delete cascade,
  username text unique, full_name text, coach_gender text default 'female', coach_mode text default 'roast');

-- One recording with its job, analysis and feedback, in few words. Answers the feedback's id.
create function old.item(owner uuid, job_status text, ssml text default null, audio text default null, at timestamptz default '2026-01-10 12:00+00',
  ssml_at interval default null, sound_at interval default null, message text default 'Speak up.') returns bigint language plpgsql as $$
declare
  recording bigint;
  job bigint;
  analysis uuid;
  item bigint;
begin
  insert into old.users values (owner) on conflict do nothing;
  insert into old.video_recordings (user_id, filename, file_size, duration_seconds, format, storage_path, upload_status, upload_progress, created_at)
  values (owner, 'video.mp4', 1000, 30, 'mp4', '', 'completed', 100, at) returning id into recording;
  update old.video_recordings set storage_path = owner || '/videos/20260110/' || recording || '/video.mp4' where id = recording;
  insert into old.analysis_jobs (user_id, video_recording_id, status, created_at, updated_at) values (owner, recording, job_status, at, at) returning id into job;
  if ssml is null then
    return job;
  end if;
  insert into old.analyses (job_id, created_at, full_feedback_text, summary_text, raw_generated_text, full_feedback_json, title)
  values (job, at, 'All of it.', 'Short.', '=== TITLE ===', '{"feedback": []}', 'A talk') returning id into analysis;
  insert into old.analysis_feedback (analysis_id, timestamp_seconds, category, message, confidence, impact, created_at, ssml_status, audio_status,
                                     ssml_updated_at, audio_updated_at)
  values (analysis, 6.5, 'Speech', message, 0.9, 0.3, at, ssml, audio, at, at) returning id into item;
  if ssml_at is not null then
    insert into old.analysis_ssml_segments (feedback_id, ssml, created_at) values (item, '<speak>' || message || '</speak>', at + ssml_at);
  end if;
  if sound_at is not null then
    insert into old.analysis_audio_segments (feedback_id, audio_url, duration_ms, format, created_at, storage_path)
    values (item, 'https://x.example/storage/v1/object/sign/processed/a.wav?token=t', 5.2, 'wav', at + sound_at, owner || '/audio/' || item || '/0.wav');
  end if;
  return item;
end $$;
