-- Start and retry. SECURITY DEFINER as debrief_worker, because callers may not write statuses; each
-- acts only on rows of the calling user, or on any row for a member of debrief_admin. A row that callers may
-- not see does not exist for them.

create or replace function debrief.start_analysis(video_recording_id bigint, out analysis_job_id bigint, out outcome text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  recording debrief.video_recordings;
  queued boolean;
begin
  perform debrief._check_owner('video recording', video_recording_id);
  select * into recording from debrief.video_recordings r where r.id = video_recording_id;
  if recording.upload_status <> 'completed' then
    raise exception 'the upload of video recording % is %', video_recording_id, recording.upload_status
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Set upload_status to ''completed'': that starts the analysis.';
  end if;
  perform debrief._wake();
  select q.job_id, q.queued into analysis_job_id, queued from debrief._queue_analysis(video_recording_id) q;
  outcome := case when queued then 'queued'
                  else (select 'already ' || j.status from debrief.analysis_jobs j where j.id = analysis_job_id) end;
end $$;
comment on function debrief.start_analysis(bigint) is
  'Queues the analysis of an uploaded recording, or reports the state of an existing analysis. A completed upload starts its analysis by itself.';
alter function debrief.start_analysis(bigint) owner to debrief_worker;
grant execute on function debrief.start_analysis(bigint) to debrief_app, debrief_admin;

create or replace function debrief.retry_analysis(analysis_job_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  job debrief.analysis_jobs;
begin
  perform debrief._check_owner('analysis job', analysis_job_id);
  select * into job from debrief.analysis_jobs j where j.id = analysis_job_id for no key update;
  if not found then
    perform debrief._check_owner('analysis job', analysis_job_id);  -- deleted in the meantime
  elsif job.status = 'processing' or job.due_at is not null then
    raise exception 'analysis job % is %', analysis_job_id, job.status
      using errcode = 'object_not_in_prerequisite_state', hint = 'It is already queued or running; debrief.cancel_analysis() stops it.';
  elsif job.status = 'completed' and not debrief._is_operator() then
    raise exception 'analysis job % is completed', analysis_job_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Only a member of debrief_admin may run a completed analysis again.';
  end if;
  perform debrief._wake();
  perform debrief._requeue(array[analysis_job_id], 'analysis');
  perform debrief._log_operation('retry_analysis', analysis_job_id::text);
  return case when job.status <> 'queued' then 'queued' when job.bulk then 'queued: it leaves the bulk lane'
              else 'queued: it was written while triggers were off' end;
end $$;
comment on function debrief.retry_analysis(bigint) is
  'Runs a failed analysis again, or one that was written while triggers were off, with attempts reset; operators may also run a completed one again (its feedback is replaced).';
alter function debrief.retry_analysis(bigint) owner to debrief_worker;
grant execute on function debrief.retry_analysis(bigint) to debrief_app, debrief_admin;

create or replace function debrief.retry_feedback(feedback_id bigint, stage text default null) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
  unqueued text;  -- the stage that no worker sees, of a row that was written while triggers were off
begin
  if stage is not null and stage not in ('ssml', 'audio') then
    raise exception 'unknown stage "%"', stage using errcode = 'invalid_parameter_value',
      hint = 'Use ''ssml'', ''audio'', or leave it out for the one that failed.';
  end if;
  perform debrief._check_owner('feedback', feedback_id);
  select * into item from debrief.analysis_feedback f where f.id = feedback_id for no key update;
  if not found then
    perform debrief._check_owner('feedback', feedback_id);  -- deleted in the meantime
  end if;
  if debrief._is_blank(item.message) then
    raise exception 'feedback % has a blank message', feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Set its message: that queues it.';
  end if;
  unqueued := case when item.ssml_status = 'queued' and item.ssml_due_at is null then 'ssml'
                   when item.ssml_status = 'completed' and item.audio_status = 'queued' and item.audio_due_at is null then 'audio' end;
  stage := coalesce(stage, case when item.ssml_status = 'failed' then 'ssml'
                                when item.audio_status = 'failed' then 'audio' end, unqueued);
  if stage is null then
    raise exception 'no stage of feedback % has failed', feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Name the stage to run a completed one again.';
  elsif stage = 'audio' and item.ssml_status <> 'completed' then
    raise exception 'the SSML of feedback % is %', feedback_id, item.ssml_status
      using errcode = 'object_not_in_prerequisite_state', hint = 'Audio follows SSML automatically; retry stage ''ssml''.';
  elsif stage is distinct from unqueued
        and (case stage when 'ssml' then item.ssml_status else item.audio_status end) in ('queued', 'processing') then
    raise exception 'stage "%" of feedback % is %', stage, feedback_id,
        case stage when 'ssml' then item.ssml_status else item.audio_status end
      using errcode = 'object_not_in_prerequisite_state', hint = 'It is already queued or running; debrief.cancel_feedback() stops it.';
  elsif (case stage when 'ssml' then item.ssml_status else item.audio_status end) = 'completed'
        and not debrief._is_operator() then
    raise exception 'stage "%" of feedback % is completed', stage, feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Only a member of debrief_admin may run a completed stage again.';
  end if;
  perform debrief._wake();
  perform debrief._requeue(array[feedback_id], stage);
  perform debrief._log_operation('retry_feedback', feedback_id::text);
  return stage || ' queued' || case when stage = unqueued then ': it was written while triggers were off' else '' end;
end $$;
comment on function debrief.retry_feedback(bigint, text) is
  'Queues a failed stage (ssml, audio, or null: the one that failed) again, attempts reset, or one that was written while triggers were off; operators may run a completed one again too.';
alter function debrief.retry_feedback(bigint, text) owner to debrief_worker;
grant execute on function debrief.retry_feedback(bigint, text) to debrief_app, debrief_admin;

create or replace function debrief._requeue(ids bigint[], stage text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  requeued bigint;
  unwritten bigint[];
begin
  if stage = 'audio' then
    select array_agg(f.id) into unwritten from debrief.analysis_feedback f
     where f.id = any (ids) and not exists (select from debrief.analysis_ssml_segments s where s.feedback_id = f.id);
    if unwritten is not null then
      return debrief._requeue(unwritten, 'ssml') + debrief._requeue(array(select u.id from unnest(ids) as u (id) where u.id <> all (unwritten)), 'audio');
    end if;
  end if;
  if stage in ('ssml', 'audio') and exists (select from debrief.analysis_feedback f where f.id = any (ids) and f.claim_token is not null) then
    perform debrief._wake_revoked();
  end if;
  if stage = 'ssml' then
    update debrief.analysis_feedback f
       set ssml_status = 'queued', ssml_attempts = 0, ssml_last_error = null, ssml_error_code = null,
           ssml_updated_at = clock_timestamp(), ssml_due_at = clock_timestamp(),
           audio_status = 'queued', audio_attempts = 0, audio_last_error = null, audio_error_code = null,
           audio_updated_at = clock_timestamp(), audio_due_at = null,
           unproven = 0, unproven_at = null, asked_at = clock_timestamp(), dismissed_at = null,
           claim_token = null, claimed_by = null, lease_expires_at = null
     where f.id = any (ids);
  elsif stage = 'audio' then
    -- A stage that was completed is run again whole: without its sounds there is something to do.
    delete from debrief.analysis_audio_segments a
     using debrief.analysis_feedback f
     where f.id = any (ids) and f.audio_status = 'completed' and a.feedback_id = f.id;
    update debrief.analysis_feedback f
       set audio_status = 'queued', audio_attempts = 0, audio_last_error = null, audio_error_code = null,
           audio_updated_at = clock_timestamp(), audio_due_at = clock_timestamp(),
           unproven = 0, unproven_at = null, asked_at = clock_timestamp(), dismissed_at = null,
           claim_token = null, claimed_by = null, lease_expires_at = null
     where f.id = any (ids);
  else
    execute (select format('update debrief.%I q
                               set status = ''queued'', attempts = 0, unproven = 0, unproven_at = null, asked_at = clock_timestamp(), due_at = clock_timestamp(),
                                   last_error = null, error_code = null, updated_at = clock_timestamp() %s
                             where q.id = any ($1) and q.due_at is null and q.claim_token is null',
                           l.queue, case stage when 'analysis' then ', progress_percentage = 0, processing_started_at = null, processing_completed_at = null,
                 correlation_id = coalesce((select debrief._trace_id(r.metadata) from debrief.video_recordings r where r.id = q.video_recording_id), gen_random_uuid())' end)
               from debrief._stages() l where l.stage = _requeue.stage)
      using ids;
  end if;
  get diagnostics requeued = row_count;
  perform debrief._announce(stage, 'queued', ids);
  return requeued;
end $$;
comment on function debrief._requeue(bigint[], text) is 'Queues rows of a stage again, attempts reset; returns how many. Audio whose SSML is gone begins with that.';
grant execute on function debrief._requeue(bigint[], text) to debrief_worker;

-- The condition is text, so that each stage has a plan of its own, by its partial indexes.
create or replace function debrief._lock_rows(
  stage text, condition text, error_code text, since timestamptz, all_users boolean, owner_id uuid, max_rows int) returns bigint[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ids bigint[];
begin
  execute (select format('select array_agg(q.id)
                            from (select q.id from debrief.%1$I q
                                   where ($1 is null or q.%2$serror_code = $1) and ($3 or q.user_id = $4) and debrief._may_act_on(q.user_id) and '
                         || condition || ' order by q.id limit $5 for no key update skip locked) q', l.queue, l.prefix)
             from debrief._stages() l where l.stage = _lock_rows.stage)
     into ids using error_code, since, all_users, owner_id, max_rows;
  return ids;
end $$;
comment on function debrief._lock_rows(text, text, text, timestamptz, boolean, uuid, int) is
  'Locks rows of the queue of a stage that the caller may act on, and returns their ids. The condition names the row q, the prefix of its columns %2$s and the time $2.';
grant execute on function debrief._lock_rows(text, text, text, timestamptz, boolean, uuid, int) to debrief_worker;

create or replace function debrief.retry_failed(
  stage text default null, error_code text default null, since timestamptz default null, max_rows int default 1000)
returns table (retried_stage text, retried bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  ids bigint[];
  -- For the plan: a user's own failures are found by index, _may_act_on() would be asked of all.
  all_users constant boolean := debrief._is_operator();
  owner_id constant uuid := debrief.current_user_id();
  -- What fails again, and is paid again, however often it is tried; who means it names the code.
  left_out constant text[] := case when error_code is null then '{cancelled,unsupported_media,too_large,unsafe_path,blocked,receiver_gone}' else '{cancelled}' end;
  filter_words constant text := concat_ws(', ', coalesce(stage, 'all stages'), 'code ' || error_code, 'since ' || since);
begin
  if stage is not null then
    perform debrief._known_stage(stage);
  end if;
  if max_rows is null or max_rows < 1 then
    raise exception 'max_rows must be at least 1' using errcode = 'invalid_parameter_value';
  end if;
  perform debrief._wake();

  for retried_stage in
    select u.stage from debrief._stages_used() u
     where (stage is null or u.stage = retry_failed.stage) and (all_users or not u.is_optional) order by u.place
  loop
    ids := debrief._lock_rows(retried_stage,
      format('q.%%2$sstatus = ''failed'' and coalesce(q.%%2$serror_code, '''') <> all (%L) and ($2 is null or q.%%2$supdated_at >= $2)', left_out)
        || case retried_stage when 'ssml' then ' and ''failed'' in (q.ssml_status, q.audio_status) and not debrief._is_blank(q.message)'
                              when 'audio' then ' and ''failed'' in (q.ssml_status, q.audio_status) and q.ssml_status = ''completed'''
                              when 'analysis' then '' else format(' and debrief._is_to_%s(q.id)', retried_stage) end,  -- an optional stage
      error_code, since, all_users, owner_id, max_rows);
    retried := coalesce(debrief._requeue(ids, retried_stage), 0);
    perform debrief._log_operation('retry_failed', filter_words, retried);
    return next;
  end loop;
end $$;
comment on function debrief.retry_failed(text, text, timestamptz, int) is
  'Queues failed rows again, attempts reset: of one stage or all, failed since a time, at most max_rows per stage; of one error code, or of all but those that would fail again (unsupported_media, too_large, unsafe_path, blocked, receiver_gone). Never cancelled ones. Returns how many of each.';
alter function debrief.retry_failed(text, text, timestamptz, int) owner to debrief_worker;
grant execute on function debrief.retry_failed(text, text, timestamptz, int) to debrief_app, debrief_admin;
