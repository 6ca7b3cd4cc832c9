-- The tables of the pipeline: recordings, and their analysis with its measurements.

create or replace function debrief._install_pipeline_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if to_regclass('debrief.claim_token_seq') is null then
    create sequence debrief.claim_token_seq;
    if to_regclass('debrief.analysis_jobs') is not null then
      -- Tables without their sequence: the last token is unknown, and none may be drawn twice.
      perform setval('debrief.claim_token_seq', (extract(epoch from clock_timestamp()) * 1000)::bigint);
    end if;
    comment on sequence debrief.claim_token_seq is 'Claim tokens and worker ids; never restart it: it is the fence';
  end if;

  if debrief._adopt('video_recordings', '{id,user_id,storage_path,upload_status,source,metadata}') then
    create table debrief.video_recordings (
      id bigint generated always as identity primary key,
      user_id uuid not null,
      storage_path text not null default ''
        check (length(storage_path) <= 1024 and storage_path !~ '(^/|//|(^|/)[.][.]?(/|$)|[[:cntrl:]])'),
      original_filename text
        constraint video_recordings_original_filename_at_most_500_characters check (length(original_filename) <= 500),
      format text
        constraint video_recordings_format_at_most_50_characters check (length(format) <= 50),
      file_size bigint check (file_size >= 0),
      duration_seconds numeric check (duration_seconds between 0 and 1e9),
      upload_status text not null default 'pending'
        check (upload_status in ('pending', 'uploading', 'completed', 'failed')),
      upload_progress int not null default 0 check (upload_progress between 0 and 100),
      source text
        constraint video_recordings_source_at_most_500_characters check (length(source) <= 500),
      metadata jsonb not null default '{}'
        constraint video_recordings_metadata_at_most_256_kb check (octet_length(metadata::text) <= 262144),
      not_before timestamptz,
      bulk boolean not null default false,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint video_recordings_times_are_finite check (isfinite(created_at) and isfinite(updated_at) and isfinite(not_before)),
      constraint video_recordings_user_source_key unique (user_id, source));
    comment on table debrief.video_recordings is 'Uploaded videos; upload_status = completed starts the analysis';
    comment on column debrief.video_recordings.id is 'Primary key';
    comment on column debrief.video_recordings.user_id is 'The owner; never changes. An application''s user may leave it out';
    comment on column debrief.video_recordings.storage_path is 'Relative path in the store of stage analysis, at most 1,024 characters; a completed upload needs one, or a transcript; rows of an application''s user begin with their user_id and /';
    comment on column debrief.video_recordings.original_filename is 'The user''s name for the file, at most 500 characters; sent to providers';
    comment on column debrief.video_recordings.format is 'Container or media type, such as mp4, at most 50 characters; sent to providers';
    comment on column debrief.video_recordings.file_size is 'Bytes';
    comment on column debrief.video_recordings.duration_seconds is 'Seconds';
    comment on column debrief.video_recordings.upload_status is 'pending, uploading, completed or failed; completed starts the analysis';
    comment on column debrief.video_recordings.upload_progress is 'Percent; the application''s own';
    comment on column debrief.video_recordings.source is 'The row of the application''s own table it stands for, at most 500 characters: see debrief.track_upload()';
    comment on column debrief.video_recordings.metadata is
      'The application''s own, at most 256 kB as text; "voice" chooses a row of debrief.voices, "transcript" is what a text model analyses';
    comment on column debrief.video_recordings.not_before is 'When its analysis may begin; null: at once';
    comment on column debrief.video_recordings.bulk is
      'Its analysis begins only while nothing else in the database is due, in stages analysis, ssml and audio; after that it is like any other';
    comment on column debrief.video_recordings.created_at is 'When the row was created';
    comment on column debrief.video_recordings.updated_at is 'When the row last changed';
  end if;

  if debrief._adopt('analysis_jobs', '{id,user_id,video_recording_id,status,due_at,claim_token,lease_expires_at}') then
    create table debrief.analysis_jobs (
      id bigint generated always as identity primary key,
      user_id uuid not null,
      video_recording_id bigint not null unique references debrief.video_recordings (id) on delete cascade,
      status text not null default 'queued' check (status in ('queued', 'processing', 'completed', 'failed')),
      progress_percentage int not null default 0 check (progress_percentage between 0 and 100),
      attempts int not null default 0 check (attempts >= 0),
      unproven int not null default 0 check (unproven >= 0),
      unproven_at timestamptz,
      last_error text,
      error_code text,
      title text,
      summary_text text,
      full_feedback_text text,
      raw_response jsonb,
      provider text,
      version text,
      voice text,
      voice_snapshot jsonb not null default '{}',
      bulk boolean not null default false,
      correlation_id uuid not null default gen_random_uuid(),
      asked_at timestamptz not null default now(),
      due_at timestamptz,
      claim_token bigint,
      claimed_by bigint,
      lease_expires_at timestamptz,
      exchange_server text,
      exchange_state jsonb,
      processing_started_at timestamptz,
      processing_completed_at timestamptz,
      keep_until timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint analysis_jobs_times_are_finite check (
        isfinite(due_at) and isfinite(lease_expires_at) and isfinite(processing_started_at)
        and isfinite(processing_completed_at) and isfinite(created_at) and isfinite(updated_at)
        and isfinite(unproven_at) and isfinite(asked_at)),
      constraint analysis_jobs_due_only_when_queued check (due_at is null or status = 'queued'),
      constraint analysis_jobs_leased_only_when_processing check (lease_expires_at is null or status = 'processing'),
      constraint analysis_jobs_processing_is_claimed check (claim_token is not null or status <> 'processing'))
      -- As for analysis_feedback, but there are fewer rows.
      with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    create index analysis_jobs_due_idx on debrief.analysis_jobs (due_at, id) where due_at is not null;
    create index analysis_jobs_lease_idx on debrief.analysis_jobs (lease_expires_at) where lease_expires_at is not null;
    create index analysis_jobs_lost_idx on debrief.analysis_jobs (id) where error_code = 'worker_lost';
    create index analysis_jobs_user_idx on debrief.analysis_jobs (user_id, created_at);
    create index analysis_jobs_failed_idx on debrief.analysis_jobs (user_id, id) where status = 'failed';
    create index analysis_jobs_failed_at_idx on debrief.analysis_jobs (updated_at) where status = 'failed';
    create index analysis_jobs_bulk_idx on debrief.analysis_jobs (id) where bulk and status = 'queued' and due_at is null;
    create index analysis_jobs_ended_idx on debrief.analysis_jobs (processing_completed_at)
     where status in ('completed', 'failed') and keep_until is null;
    create index analysis_jobs_keep_until_idx on debrief.analysis_jobs (keep_until) where keep_until is not null;
    create index analysis_jobs_unqueued_idx on debrief.analysis_jobs (id) where status = 'queued' and due_at is null;
    comment on table debrief.analysis_jobs is 'One analysis of one recording: the queue entry and its result';
    comment on column debrief.analysis_jobs.id is 'Primary key';
    comment on column debrief.analysis_jobs.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_jobs.video_recording_id is 'The recording; one analysis each, deleted with it';
    comment on column debrief.analysis_jobs.status is 'queued, processing, completed or failed';
    comment on column debrief.analysis_jobs.progress_percentage is 'Progress of the present attempt; 100 when completed';
    comment on column debrief.analysis_jobs.attempts is 'Attempts of the current run, the running one counted';
    comment on column debrief.analysis_jobs.unproven is
      'Failures of this run that may be the server''s: not attempts, until the server works for another row';
    comment on column debrief.analysis_jobs.unproven_at is 'When the last of them was counted';
    comment on column debrief.analysis_jobs.last_error is 'Why the last attempt failed, in a sentence for the owner; null after a success';
    comment on column debrief.analysis_jobs.error_code is 'The same as a stable code; ''cancelled'' after cancel_analysis()';
    comment on column debrief.analysis_jobs.title is 'Of the analysis, as the provider gave it';
    comment on column debrief.analysis_jobs.summary_text is 'The analysis in short';
    comment on column debrief.analysis_jobs.full_feedback_text is 'The analysis at length';
    comment on column debrief.analysis_jobs.raw_response is 'The provider''s answer, whole';
    comment on column debrief.analysis_jobs.provider is 'Which server made it; external: store_analysis_results()';
    comment on column debrief.analysis_jobs.version is 'The provider''s model or version';
    comment on column debrief.analysis_jobs.voice is 'Name of the voice that speaks its feedback';
    comment on column debrief.analysis_jobs.voice_snapshot is 'The row of debrief.voices as it was when the job was made';
    comment on column debrief.analysis_jobs.bulk is 'As its recording says: while it waits for its turn, due_at is null';
    comment on column debrief.analysis_jobs.correlation_id is 'One id through rows, attempts, the server log and the provider''s requests';
    comment on column debrief.analysis_jobs.asked_at is 'When the analysis was asked for, the last time';
    comment on column debrief.analysis_jobs.due_at is 'When the next attempt may be claimed; null when it does not wait';
    comment on column debrief.analysis_jobs.claim_token is 'The fence: of the claim that holds the row';
    comment on column debrief.analysis_jobs.claimed_by is 'Worker that holds the row';
    comment on column debrief.analysis_jobs.lease_expires_at is 'When the claim expires';
    comment on column debrief.analysis_jobs.exchange_server is 'The server that exchange_state is about';
    comment on column debrief.analysis_jobs.exchange_state is
      'How far a long exchange has come (an upload, its processing): the next attempt continues there. Contains no secrets';
    comment on column debrief.analysis_jobs.processing_started_at is 'When the last attempt began';
    comment on column debrief.analysis_jobs.processing_completed_at is 'When the analysis was completed or failed';
    comment on column debrief.analysis_jobs.keep_until is
      'When it is removed with its recording; infinity: never; null: pg_debrief.analysis_retention decides';
    comment on column debrief.analysis_jobs.created_at is 'When the row was created';
    comment on column debrief.analysis_jobs.updated_at is 'When the row last changed';
  end if;

  if debrief._adopt('analysis_metrics', '{analysis_job_id,user_id,metric_key,metric_value,unit}') then
    create table debrief.analysis_metrics (
      id bigint generated always as identity primary key,
      analysis_job_id bigint not null references debrief.analysis_jobs (id) on delete cascade,
      user_id uuid not null,
      metric_key text not null,
      metric_value numeric not null check (metric_value > '-Infinity' and metric_value < 'Infinity'),
      unit text not null default '',
      created_at timestamptz not null default now() check (isfinite(created_at)),
      unique (analysis_job_id, metric_key));
    comment on table debrief.analysis_metrics is 'Measurements of an analysis';
    comment on column debrief.analysis_metrics.id is 'Primary key';
    comment on column debrief.analysis_metrics.analysis_job_id is 'The analysis that measured it';
    comment on column debrief.analysis_metrics.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_metrics.metric_key is 'What was measured; once for each analysis';
    comment on column debrief.analysis_metrics.metric_value is 'The measurement';
    comment on column debrief.analysis_metrics.unit is 'Its unit; empty: a plain number';
    comment on column debrief.analysis_metrics.created_at is 'When the row was created';
  end if;
end $install$;
comment on function debrief._install_pipeline_tables() is 'Creates missing tables of recordings and their analysis and checks existing ones.';
