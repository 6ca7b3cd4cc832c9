-- The tables of the pipeline: recordings, their analysis, its feedback, SSML and audio.

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

  if debrief._adopt('analysis_feedback', '{id,analysis_job_id,user_id,message,ssml_status,audio_status,ssml_due_at,audio_due_at,claim_token,lease_expires_at}') then
    -- Every writer pays for the CHECK constraints: PostgreSQL parses and simplifies them in each statement. So their
    -- constants are of the type that they are compared with.
    create table debrief.analysis_feedback (
      id bigint generated always as identity primary key,
      analysis_job_id bigint not null references debrief.analysis_jobs (id) on delete cascade,
      user_id uuid not null,
      timestamp_seconds numeric not null default 0 check (timestamp_seconds between 0.0 and 1e9),
      category text not null default 'General'
        constraint analysis_feedback_category_1_to_64_characters check (length(category) between 1 and 64),
      message text not null default ''
        constraint analysis_feedback_message_at_most_4000_characters check (length(message) <= 4000),
      confidence numeric check (confidence between 0.0 and 1.0),
      impact numeric check (impact between 0.0 and 1.0),
      ssml_status text not null default 'queued' check (ssml_status = any ('{queued,processing,completed,failed}')),
      audio_status text not null default 'queued' check (audio_status = any ('{queued,processing,completed,failed}')),
      ssml_attempts int not null default 0 check (ssml_attempts >= 0),
      audio_attempts int not null default 0 check (audio_attempts >= 0),
      unproven int not null default 0 check (unproven >= 0),
      unproven_at timestamptz,
      ssml_last_error text,
      audio_last_error text,
      ssml_error_code text,
      audio_error_code text,
      ssml_updated_at timestamptz not null default now(),
      audio_updated_at timestamptz not null default now(),
      asked_at timestamptz not null default now(),
      ssml_due_at timestamptz,
      audio_due_at timestamptz,
      claim_token bigint,
      claimed_by bigint,
      lease_expires_at timestamptz,
      from_analysis boolean not null default false,
      not_before timestamptz,
      user_rating text check (user_rating = any ('{up,down}')),
      dismissed_at timestamptz,
      created_at timestamptz not null default now(),
      constraint analysis_feedback_times_are_finite check (
        isfinite(ssml_updated_at) and isfinite(audio_updated_at) and isfinite(ssml_due_at) and isfinite(audio_due_at)
        and isfinite(lease_expires_at) and isfinite(dismissed_at) and isfinite(created_at) and isfinite(not_before)
        and isfinite(unproven_at) and isfinite(asked_at)),
      constraint analysis_feedback_due_only_when_queued check (
        (ssml_due_at is null or ssml_status = 'queued')
        and (audio_due_at is null or (audio_status = 'queued' and ssml_status = 'completed'))),
      constraint analysis_feedback_leased_only_when_processing check (
        lease_expires_at is null or ssml_status = 'processing' or audio_status = 'processing'),
      constraint analysis_feedback_processing_is_claimed check (
        claim_token is not null or (ssml_status <> 'processing' and audio_status <> 'processing')))
      -- A row leaves three or four dead versions within seconds, each with entries in the indexes that claims
      -- scan: vacuum runs after a thousand of them, at full speed. Free space on the page saves a fifth of the WAL,
      -- not index entries: no update here can be HOT, because it changes what the queue's indexes are on.
      with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
            autovacuum_vacuum_cost_delay = 0);
    create index analysis_feedback_job_idx on debrief.analysis_feedback (analysis_job_id);
    create index analysis_feedback_user_idx on debrief.analysis_feedback (user_id, created_at);
    create index analysis_feedback_ssml_due_idx on debrief.analysis_feedback (ssml_due_at, id) where ssml_due_at is not null;
    create index analysis_feedback_audio_due_idx on debrief.analysis_feedback (audio_due_at, id) where audio_due_at is not null;
    create index analysis_feedback_lease_idx on debrief.analysis_feedback (lease_expires_at) where lease_expires_at is not null;
    create index analysis_feedback_lost_idx on debrief.analysis_feedback (id)
     where ssml_error_code = 'worker_lost' or audio_error_code = 'worker_lost';
    create index analysis_feedback_failed_idx on debrief.analysis_feedback (user_id, id) include (ssml_status)
     where 'failed' in (ssml_status, audio_status);
    create index analysis_feedback_ssml_failed_idx on debrief.analysis_feedback (ssml_updated_at) where ssml_status = 'failed';
    create index analysis_feedback_audio_failed_idx on debrief.analysis_feedback (audio_updated_at) where audio_status = 'failed' and ssml_status <> 'failed';
    -- The condition is the view feedback_status's own: `where status = 'failed'` there is served by this index.
    create index analysis_feedback_status_failed_idx on debrief.analysis_feedback (id)
     where case when 'failed' in (ssml_status, audio_status) then 'failed'
                when ssml_status = 'completed' and audio_status = 'completed' then 'completed'
                when 'processing' in (ssml_status, audio_status) then 'processing'
                when ssml_due_at is null and audio_due_at is null
                 and message ~ (E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f'
                                       || E'\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]') then 'unqueued'
                when ssml_due_at is null and audio_due_at is null then 'blank'
                when ssml_attempts + audio_attempts > (ssml_status = 'completed')::int * ssml_attempts then 'retrying'
                else 'queued' end = 'failed';
    create index analysis_feedback_unqueued_idx on debrief.analysis_feedback (id)
     where (ssml_status = 'queued' and ssml_due_at is null)
        or (ssml_status = 'completed' and audio_status = 'queued' and audio_due_at is null);
    comment on table debrief.analysis_feedback is
      'Feedback items; each row is its own entry in the queues of stages ssml and audio';
    comment on column debrief.analysis_feedback.id is 'Primary key';
    comment on column debrief.analysis_feedback.analysis_job_id is 'The analysis it belongs to; deleted with it';
    comment on column debrief.analysis_feedback.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_feedback.timestamp_seconds is 'The moment of the video it is about';
    comment on column debrief.analysis_feedback.category is 'For example Speech or Posture; at most 64 characters';
    comment on column debrief.analysis_feedback.message is 'The text to speak, at most 4,000 characters; blank messages are never claimed; a change starts both stages again';
    comment on column debrief.analysis_feedback.confidence is 'How sure the provider is, 0 to 1';
    comment on column debrief.analysis_feedback.impact is 'How much it matters, 0 to 1';
    comment on column debrief.analysis_feedback.ssml_status is 'queued, processing, completed or failed';
    comment on column debrief.analysis_feedback.audio_status is 'The same; queued until the SSML is completed';
    comment on column debrief.analysis_feedback.ssml_attempts is 'Attempts at the present message, the running one counted';
    comment on column debrief.analysis_feedback.audio_attempts is 'Attempts at the present SSML, the running one counted';
    comment on column debrief.analysis_feedback.unproven is 'As in analysis_jobs, of the present stage';
    comment on column debrief.analysis_feedback.unproven_at is 'When the last of them was counted';
    comment on column debrief.analysis_feedback.ssml_last_error is 'Why the last attempt failed, in a sentence for the owner; null after a success';
    comment on column debrief.analysis_feedback.audio_last_error is 'As ssml_last_error';
    comment on column debrief.analysis_feedback.ssml_error_code is 'The same as a stable code; ''cancelled'' after cancel_feedback()';
    comment on column debrief.analysis_feedback.audio_error_code is 'As ssml_error_code';
    comment on column debrief.analysis_feedback.ssml_updated_at is 'When ssml_status last changed';
    comment on column debrief.analysis_feedback.audio_updated_at is 'When audio_status last changed';
    comment on column debrief.analysis_feedback.asked_at is 'When the message was written or edited, or asked for again';
    comment on column debrief.analysis_feedback.ssml_due_at is 'When the next attempt may be claimed; null when it does not wait';
    comment on column debrief.analysis_feedback.audio_due_at is 'As ssml_due_at';
    comment on column debrief.analysis_feedback.claim_token is 'The fence: of the claim that holds the row';
    comment on column debrief.analysis_feedback.claimed_by is 'Worker that holds the row';
    comment on column debrief.analysis_feedback.lease_expires_at is 'When the claim expires';
    comment on column debrief.analysis_feedback.from_analysis is 'Made by the analysis: replaced when the analysis runs again';
    comment on column debrief.analysis_feedback.not_before is 'When it may be spoken; null: at once';
    comment on column debrief.analysis_feedback.user_rating is 'The owner''s rating: up or down';
    comment on column debrief.analysis_feedback.dismissed_at is 'When the owner dismissed its failure: dismiss_feedback()';
    comment on column debrief.analysis_feedback.created_at is 'When the row was created';
  end if;

  if debrief._adopt('analysis_ssml_segments', '{feedback_id,user_id,segment_index,ssml}') then
    create table debrief.analysis_ssml_segments (
      id bigserial primary key,
      feedback_id bigint not null references debrief.analysis_feedback (id) on delete cascade,
      user_id uuid not null,
      segment_index int not null default 0 check (segment_index >= 0),
      ssml text not null,
      provider text default 'gemini',
      version text,
      created_at timestamptz not null default now() check (isfinite(created_at)),
      unique (feedback_id, segment_index));
    create index analysis_ssml_segments_user_idx on debrief.analysis_ssml_segments (user_id, id);
    comment on table debrief.analysis_ssml_segments is 'The SSML of a feedback item, in order of segment_index';
    comment on column debrief.analysis_ssml_segments.id is 'Primary key';
    comment on column debrief.analysis_ssml_segments.feedback_id is 'The feedback item; deleted with it';
    comment on column debrief.analysis_ssml_segments.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_ssml_segments.segment_index is 'Order of the segments, from 0';
    comment on column debrief.analysis_ssml_segments.ssml is 'One whole <speak> document';
    comment on column debrief.analysis_ssml_segments.provider is 'Which server wrote it';
    comment on column debrief.analysis_ssml_segments.version is 'The provider''s model or version';
    comment on column debrief.analysis_ssml_segments.created_at is 'When the row was created';
  end if;

  if debrief._adopt('analysis_audio_segments', '{id,feedback_id,user_id,segment_index,audio_url,storage_path,source_hash}') then
    create table debrief.analysis_audio_segments (
      id bigint generated always as identity primary key,
      feedback_id bigint not null references debrief.analysis_feedback (id) on delete cascade,
      user_id uuid not null,
      segment_index int not null default 0 check (segment_index >= 0),
      audio_url text not null,
      storage_path text,
      format text,
      duration_ms numeric check (duration_ms > 0 and duration_ms < 'Infinity'),
      bytes bigint,
      provider text,
      version text,
      store text,
      source_hash text,
      created_at timestamptz not null default now() check (isfinite(created_at)),
      unique (feedback_id, segment_index));
    create index analysis_audio_segments_user_idx on debrief.analysis_audio_segments (user_id, id);
    comment on table debrief.analysis_audio_segments is 'The audio of each SSML segment';
    comment on column debrief.analysis_audio_segments.id is 'Primary key';
    comment on column debrief.analysis_audio_segments.feedback_id is 'The feedback item; deleted with it';
    comment on column debrief.analysis_audio_segments.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_audio_segments.segment_index is 'The SSML segment it speaks';
    comment on column debrief.analysis_audio_segments.audio_url is
      'Where a player finds it: the store''s public_url and the path, else file:// or pg:// (debrief.get_audio)';
    comment on column debrief.analysis_audio_segments.storage_path is 'Path in the store; ends in the content''s hash';
    comment on column debrief.analysis_audio_segments.format is 'wav, mp3 and so on';
    comment on column debrief.analysis_audio_segments.duration_ms is 'Milliseconds, measured in the sound itself';
    comment on column debrief.analysis_audio_segments.bytes is 'Size of the sound';
    comment on column debrief.analysis_audio_segments.provider is 'Which server spoke it';
    comment on column debrief.analysis_audio_segments.version is 'The provider''s model or version';
    comment on column debrief.analysis_audio_segments.store is 'The server that keeps it';
    comment on column debrief.analysis_audio_segments.source_hash is 'Of the SSML and voice it was made from';
    comment on column debrief.analysis_audio_segments.created_at is 'When the row was created';
  end if;
end $install$;
comment on function debrief._install_pipeline_tables() is 'Creates missing tables of the pipeline and checks existing ones.';
