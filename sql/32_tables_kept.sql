-- What is kept beside the pipeline: audio in the database, objects to delete, the history of attempts.

create or replace function debrief._install_kept_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if debrief._adopt('audio_objects', '{storage_path,user_id,content_type,body}') then
    create table debrief.audio_objects (
      storage_path text primary key,
      user_id uuid not null,
      content_type text not null,
      body bytea not null,
      created_at timestamptz not null default now() check (isfinite(created_at)));
    alter table debrief.audio_objects alter column body set storage external;
    comment on table debrief.audio_objects is 'The store of kind database: sounds as bytea, written in the settle''s own transaction';
    comment on column debrief.audio_objects.storage_path is 'As in analysis_audio_segments';
    comment on column debrief.audio_objects.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.audio_objects.content_type is 'Such as audio/wav';
    comment on column debrief.audio_objects.body is 'The sound';
    comment on column debrief.audio_objects.created_at is 'When the row was created';
  end if;

  if debrief._adopt('object_deletions', '{id,store,storage_path,feedback_id,segment_index}') then
    create table debrief.object_deletions (
      id bigint generated always as identity primary key,
      store text not null,
      storage_path text not null,
      feedback_id bigint,
      segment_index int,
      attempts int not null default 0,
      last_error text,
      due_at timestamptz not null default now() check (isfinite(due_at)),
      created_at timestamptz not null default now() check (isfinite(created_at)))
      -- Each object in an external store is recorded here until its row names it: in the end all rows are dead.
      with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    create index object_deletions_due_idx on debrief.object_deletions (due_at, id);
    create index object_deletions_feedback_idx on debrief.object_deletions (feedback_id);
    comment on table debrief.object_deletions is
      'Objects to delete when due, unless a row names them: of deleted rows, of sounds that are being stored and were not settled yet, and files that a provider received';
    comment on column debrief.object_deletions.id is 'Primary key';
    comment on column debrief.object_deletions.store is 'The server that keeps the object';
    comment on column debrief.object_deletions.storage_path is 'The object''s path in its store';
    comment on column debrief.object_deletions.feedback_id is 'The row that is to name the object, if one does';
    comment on column debrief.object_deletions.segment_index is 'Of that row';
    comment on column debrief.object_deletions.attempts is 'How often its deletion was tried';
    comment on column debrief.object_deletions.last_error is 'Why it could not be deleted';
    comment on column debrief.object_deletions.due_at is 'When it is tried next';
    comment on column debrief.object_deletions.created_at is 'When the row was created';
  end if;

  if debrief._adopt('removed_sources', '{source,removed_at}') then
    create table debrief.removed_sources (
      source text primary key check (length(source) <= 500),
      removed_at timestamptz not null default now() check (isfinite(removed_at)));
    comment on table debrief.removed_sources is
      'What is left of recordings that retention, delete_recording() or erase_user() removed: an update of the application''s row that keeps its path does not start their analysis again';
    comment on column debrief.removed_sources.source is 'As it was in video_recordings';
    comment on column debrief.removed_sources.removed_at is 'When the recording was removed';
  end if;

  if debrief._adopt('attempts', '{id,stage,row_id,disposition,code,correlation_id}') then
    create table debrief.attempts (
      id bigint generated always as identity primary key,
      stage text not null,
      row_id bigint not null,
      user_id uuid,
      correlation_id uuid,
      attempt int not null,
      server text,
      disposition text not null,
      next_attempt_at timestamptz check (isfinite(next_attempt_at)),
      code text,
      detail text,
      http_status int,
      dns_ms numeric,
      connect_ms numeric,
      tls_ms numeric,
      first_byte_ms numeric,
      total_ms numeric,
      input_tokens bigint,
      output_tokens bigint,
      characters bigint,
      audio_ms numeric,
      finished_at timestamptz not null default clock_timestamp() check (isfinite(finished_at)));
    create index attempts_finished_idx on debrief.attempts (finished_at);
    create index attempts_row_idx on debrief.attempts (row_id, stage);
    comment on table debrief.attempts is
      'Attempt history, kept for pg_debrief.attempt_retention; which attempts: pg_debrief.attempt_history';
    comment on column debrief.attempts.id is 'Primary key';
    comment on column debrief.attempts.stage is 'The stage';
    comment on column debrief.attempts.row_id is 'The id of its row in the queue of the stage, such as analysis_jobs.id or analysis_feedback.id';
    comment on column debrief.attempts.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.attempts.correlation_id is 'As in analysis_jobs';
    comment on column debrief.attempts.attempt is 'Which attempt of its run it was';
    comment on column debrief.attempts.server is 'The server that was called';
    comment on column debrief.attempts.disposition is 'What was decided: completed; retried, deferred or released (tried again; only retried is charged); failed; rescued (its worker was gone); cancelled (aborted, because the row was edited, cancelled or deleted); stale (its answer came too late)';
    comment on column debrief.attempts.next_attempt_at is 'When the row may be tried again; null: not because of this attempt';
    comment on column debrief.attempts.code is 'Stable code of what went wrong';
    comment on column debrief.attempts.detail is 'For operators: the provider''s message, shortened, without secrets';
    comment on column debrief.attempts.http_status is 'Of the last answer';
    comment on column debrief.attempts.dns_ms is 'Milliseconds until the name was resolved';
    comment on column debrief.attempts.connect_ms is 'Milliseconds until the connection was established';
    comment on column debrief.attempts.tls_ms is 'Milliseconds until TLS was established';
    comment on column debrief.attempts.first_byte_ms is 'Milliseconds until the first byte of the answer';
    comment on column debrief.attempts.total_ms is 'Milliseconds of the whole call';
    comment on column debrief.attempts.input_tokens is 'As reported by the provider';
    comment on column debrief.attempts.output_tokens is 'As reported by the provider';
    comment on column debrief.attempts.characters is 'As reported by the provider, or as sent';
    comment on column debrief.attempts.audio_ms is 'Milliseconds of audio produced';
    comment on column debrief.attempts.finished_at is 'When it ended';
  end if;
end $install$;
comment on function debrief._install_kept_tables() is 'Creates missing tables of objects and attempts and checks existing ones.';
