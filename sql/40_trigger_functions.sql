-- Trigger functions. Except for the kickoff, each changes only its own row.

create or replace function debrief._recording_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if tg_op = 'INSERT' then
    new.user_id := coalesce(new.user_id, debrief.current_user_id());
  elsif new.user_id is distinct from old.user_id then
    raise exception 'user_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  new.updated_at := now();
  return new;
end $$;
comment on function debrief._recording_check() is 'Trigger: fills user_id from the request, keeps it, and dates the row.';
grant execute on function debrief._recording_check() to debrief_worker;

create or replace function debrief._trace_id(metadata jsonb) returns uuid
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return substring(metadata ->> 'traceparent' from '^00-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$')::uuid;
end $$;
comment on function debrief._trace_id(jsonb) is
  'The trace id of the W3C traceparent in a recording''s metadata, which becomes the correlation id of its analysis; null without a well-formed one.';
grant execute on function debrief._trace_id(jsonb) to debrief_worker;

-- Queues a recording's analysis: creates the job, or queues a failed one again. Returns the job, and
-- whether this call queued it.
create or replace function debrief._queue_analysis(recording_id bigint, out job_id bigint, out queued boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  recording debrief.video_recordings;
  not_before timestamptz;
begin
  select * into recording from debrief.video_recordings r where r.id = recording_id;
  if recording.storage_path !~ '[^[:space:]]' and not recording.metadata ? 'transcript' then
    raise exception 'video recording % is completed and has no storage_path', concat_ws(' of ', recording_id, recording.source)
      using errcode = 'check_violation',
            hint = 'Write storage_path, where the video is in its store, not later than upload_status ''completed''; a text model analyses metadata ->> ''transcript'' instead.';
  end if;
  not_before := recording.not_before;
  insert into debrief.analysis_jobs as j (video_recording_id) values (recording_id)
  on conflict (video_recording_id) do update
     set status = 'queued', attempts = 0, unproven = 0, unproven_at = null, asked_at = greatest(clock_timestamp(), not_before),
         last_error = null, error_code = null, progress_percentage = 0, due_at = greatest(clock_timestamp(), not_before),
         correlation_id = coalesce((select debrief._trace_id(r.metadata) from debrief.video_recordings r where r.id = recording_id), gen_random_uuid()),
         claim_token = null, claimed_by = null, lease_expires_at = null, exchange_server = null, exchange_state = null,
         processing_started_at = null, processing_completed_at = null
   where j.status = 'failed'
  returning j.id into job_id;
  queued := job_id is not null;
  if not queued then
    select j.id into job_id from debrief.analysis_jobs j where j.video_recording_id = recording_id;
  end if;
end $$;
comment on function debrief._queue_analysis(bigint) is 'Makes or re-queues the analysis of a recording, which must have a path or a transcript; idempotent.';
grant execute on function debrief._queue_analysis(bigint) to debrief_worker;

-- A session that inserts a recording together with its analysis has set the analysis' state: a finished
-- one must not be queued because its upload is complete. No other session can see the recording yet.
create or replace function debrief._kickoff() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  if tg_op = 'INSERT' and exists (select from debrief.analysis_jobs j where j.video_recording_id = new.id) then
    return null;
  end if;
  if exists (select from debrief.video_recordings r where r.id = new.id and r.upload_status = 'completed') then
    perform debrief._queue_analysis(new.id);
  end if;
  return null;
end $$;
comment on function debrief._kickoff() is 'Trigger: queues the analysis of a recording whose upload is complete.';
alter function debrief._kickoff() owner to debrief_worker;

create or replace function debrief._job_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  chosen text;
  not_before timestamptz;
begin
  if tg_op = 'INSERT' then
    select r.user_id, coalesce(new.voice, r.metadata ->> 'voice'), coalesce(debrief._trace_id(r.metadata), new.correlation_id), r.not_before, r.bulk
      into new.user_id, chosen, new.correlation_id, not_before, new.bulk
      from debrief.video_recordings r where r.id = new.video_recording_id;
    if not found then
      raise exception 'video recording % does not exist', new.video_recording_id using errcode = 'foreign_key_violation';
    end if;
    if new.voice_snapshot = '{}' then
      -- An unknown name does not fail the upload: the default voice is used.
      if not exists (select from debrief.voices v where v.name = coalesce(chosen, v.name)) and chosen <> '' then
        raise warning 'voice "%" does not exist: the default voice is used', left(chosen, 100)
          using hint = 'SELECT debrief.set_voice(analysis_job_id, name); changes it. ' || debrief._voices_hint();
      end if;
      select v.name, to_jsonb(v.*) into new.voice, new.voice_snapshot from debrief.voices v
       where v.name = chosen or v.is_default order by v.name = chosen desc nulls last limit 1;
      new.voice_snapshot := coalesce(new.voice_snapshot, '{"language": "en-US"}');
    end if;
    if new.status = 'queued' and not new.bulk then
      new.due_at := coalesce(new.due_at, greatest(clock_timestamp(), not_before));
      new.asked_at := greatest(new.asked_at, not_before);
    end if;
    return new;
  end if;

  if new.user_id is distinct from old.user_id or new.video_recording_id is distinct from old.video_recording_id then
    raise exception 'user_id and video_recording_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  -- A status that was set by hand: make the queue's columns agree with it.
  if new.status = 'queued' and new.due_at is null and not (new.bulk and old.status = 'queued' and old.due_at is null) then
    new.due_at := clock_timestamp();
    new.attempts := 0;
  elsif new.status <> 'queued' then
    new.due_at := null;
  end if;
  if new.status in ('completed', 'failed') then
    new.exchange_server := null;
    new.exchange_state := null;
  end if;
  if new.status <> 'processing' and old.claim_token is not null then
    perform debrief._wake_revoked();
    new.lease_expires_at := null;
    new.claim_token := null;
    new.claimed_by := null;
  end if;
  new.updated_at := now();
  return new;
end $$;
comment on function debrief._job_check() is 'Trigger: fills owner, voice and due time; keeps the queue''s columns in step with status.';
grant execute on function debrief._job_check() to debrief_worker;

create or replace function debrief._is_blank(message text) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  -- White space, controls, and characters that leave no trace, whatever the database's locale thinks of them.
  -- The same list: ssml::IsBlank() in bgworker/core/ssml/ssml.cpp; extension/feedback_row.cpp; the view
  -- feedback_status and its index, whose callers may be anybody who may read feedback: they call no function of ours.
  return message !~ (E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f'
    || E'\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]');
end $$;
comment on function debrief._is_blank(text) is 'Whether a message has nothing to speak: neither letters nor digits nor signs.';
grant execute on function debrief._is_blank(text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._feedback_insert() returns trigger
language c as 'MODULE_PATHNAME', 'debrief_feedback_insert';
comment on function debrief._feedback_insert() is 'Trigger: fills the owner from the job and queues the row unless its message is blank.';
grant execute on function debrief._feedback_insert() to debrief_worker;

-- In C, without a WHEN clause: PostgreSQL parses one in each statement, the worker's own too.
create or replace function debrief._feedback_update() returns trigger
language c as 'MODULE_PATHNAME', 'debrief_feedback_update';
comment on function debrief._feedback_update() is
  'Trigger: an edited message, or a status set by hand, restarts the stage and makes results in flight stale.';
grant execute on function debrief._feedback_update() to debrief_worker;

create or replace function debrief._segment_owner() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if tg_op = 'UPDATE' then
    raise exception 'user_id and feedback_id cannot change' using errcode = 'invalid_parameter_value';
  elsif tg_table_name = 'analysis_metrics' then
    select j.user_id into new.user_id from debrief.analysis_jobs j where j.id = new.analysis_job_id;
    if not found then
      raise exception 'analysis job % does not exist', new.analysis_job_id using errcode = 'foreign_key_violation';
    end if;
  else
    select f.user_id into new.user_id from debrief.analysis_feedback f where f.id = new.feedback_id;
    if not found then
      raise exception 'feedback % does not exist', new.feedback_id using errcode = 'foreign_key_violation';
    end if;
  end if;
  return new;
end $$;
comment on function debrief._segment_owner() is 'Trigger: fills the owner of a segment from its feedback, of a metric from its analysis.';
grant execute on function debrief._segment_owner() to debrief_worker;

-- Runs as debrief_worker: a cascade from a user's own DELETE ends here.
create or replace function debrief._object_unreferenced() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  kind constant text := debrief._server_kind(old.store);
begin
  if old.storage_path is null or old.store is null
     or (tg_op = 'UPDATE' and new.storage_path = old.storage_path and new.store = old.store) then
    return null;
  end if;
  if kind is null or kind = 'database' then
    -- Audio that was in another store may now have its bytes under this very path.
    delete from debrief.audio_objects o
     where o.storage_path = old.storage_path
       and not (tg_op = 'UPDATE' and new.storage_path = old.storage_path and debrief._server_kind(new.store) = 'database');
    if found or kind = 'database' then
      return null;
    end if;
  end if;
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index)
  values (old.store, old.storage_path, old.feedback_id, old.segment_index);
  return null;
end $$;
comment on function debrief._object_unreferenced() is 'Trigger: queues the deletion of an object that no row names any more.';
alter function debrief._object_unreferenced() owner to debrief_worker;

-- Runs as debrief_worker: a cascade from a user's own DELETE ends here.
create or replace function debrief._exchange_ended() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  insert into debrief.object_deletions (store, storage_path)
  values (old.exchange_server, old.exchange_state ->> 'file');
  return null;
end $$;
comment on function debrief._exchange_ended() is 'Trigger: queues the deletion of the file that a provider received for an exchange.';
alter function debrief._exchange_ended() owner to debrief_worker;

-- TRUNCATE fires no row triggers: what the rows name is recorded before they are removed.
create or replace function debrief._objects_truncated() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  if tg_table_name = 'analysis_jobs' then
    insert into debrief.object_deletions (store, storage_path)
    select j.exchange_server, j.exchange_state ->> 'file' from debrief.analysis_jobs j where j.exchange_state ->> 'file' <> '';
    return null;
  end if;
  delete from debrief.audio_objects o using debrief.analysis_audio_segments a where o.storage_path = a.storage_path;
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index)
  select a.store, a.storage_path, a.feedback_id, a.segment_index
    from debrief.analysis_audio_segments a
   where a.storage_path is not null and a.store is not null and debrief._server_kind(a.store) is distinct from 'database';
  return null;
end $$;
comment on function debrief._objects_truncated() is
  'Trigger: queues the deletion of the objects and provider files that the truncated rows name.';
alter function debrief._objects_truncated() owner to debrief_worker;
