-- The tables of the pipeline: feedback, its SSML and audio.

create or replace function debrief._install_feedback_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
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
comment on function debrief._install_feedback_tables() is 'Creates missing tables of feedback, SSML and audio and checks existing ones.';
