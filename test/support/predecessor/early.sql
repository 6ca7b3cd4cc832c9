-- The same system's tables in their early shape, in a schema `early`: other names of columns, several
-- jobs a recording, several analyses a job.
create schema early;
create table early.video_recordings (
  id bigint generated always as identity primary key, user_id uuid not null, filename text not null, original_filename text,
  file_size bigint not null, duration_seconds int not null, format text not null, storage_path text not null,
  upload_status text not null default 'pending', upload_progress int default 0, metadata jsonb default '{}',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table early.analysis_jobs (
  id bigint generated always as identity primary key, user_id uuid not null,
  video_recording_id bigint not null references early.video_recordings (id) on delete cascade,
  status text not null default 'queued' check (status in ('queued', 'processing', 'completed', 'failed')), progress_percentage int default 0,
  processing_started_at timestamptz, processing_completed_at timestamptz, error_message text, results jsonb default '{}', pose_data jsonb default '{}',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table early.analyses (
  id uuid not null default gen_random_uuid() primary key, job_id bigint not null references early.analysis_jobs (id) on delete cascade,
  created_at timestamptz not null default now(), full_feedback_text text, summary_text text);
create table early.analysis_feedback (
  id bigint generated always as identity primary key, analysis_id uuid not null references early.analyses (id) on delete cascade,
  timestamp_seconds numeric not null, category text not null, message text not null, confidence numeric, impact numeric,
  created_at timestamptz not null default now(), ssml_status text default 'queued', audio_status text default 'queued',
  ssml_attempts int not null default 0, audio_attempts int not null default 0);
create table early.analysis_ssml_segments (
  id bigserial primary key, feedback_id bigint not null references early.analysis_feedback (id) on delete cascade,
  segment_index int not null default 0, ssml text not null, provider text default 'gemini', version text, created_at timestamptz not null default now());
create table early.analysis_audio_segments (
  id bigint generated always as identity primary key,
  analysis_feedback_id bigint not null references early.analysis_feedback (id) on delete cascade, analysis_id uuid,
  audio_url text not null, audio_duration_ms int, duration_ms int, audio_format text, format text, audio_prompt text,
  provider text, version text, segment_index int default 0, created_at timestamptz not null default now());
