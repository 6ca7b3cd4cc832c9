-- Cancel: as retry (60_retry.sql), for the calling user or a member of debrief_admin.

create or replace function debrief.cancel_feedback(feedback_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
begin
  perform debrief._check_owner('feedback', feedback_id);
  select * into item from debrief.analysis_feedback f where f.id = feedback_id for no key update;
  if not found then
    perform debrief._check_owner('feedback', feedback_id);  -- deleted in the meantime
  elsif debrief._cancel_feedback(array[feedback_id]) = 0 then
    raise exception 'feedback % has nothing queued or processing', feedback_id
      using errcode = 'object_not_in_prerequisite_state',
            hint = case when debrief._is_blank(item.message) then 'Its message is blank: nothing is to be spoken.'
                        else format('SSML is %s, audio is %s.', item.ssml_status, item.audio_status) end;
  end if;
  perform debrief._log_operation('cancel_feedback', feedback_id::text);
  return case when item.claim_token is not null then 'cancelled while processing' else 'cancelled' end;
end $$;
comment on function debrief.cancel_feedback(bigint) is
  'Stops what is queued or processing of a feedback item: those stages fail with code cancelled; a call in flight is aborted.';
alter function debrief.cancel_feedback(bigint) owner to debrief_worker;
grant execute on function debrief.cancel_feedback(bigint) to debrief_app, debrief_admin;

create or replace function debrief._cancel_feedback(ids bigint[]) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  cancelled bigint[];
  in_ssml bigint[];
  in_audio bigint[];
begin
  with held as materialized (
    select f.id, f.claim_token from debrief.analysis_feedback f
     where f.id = any (ids) and (f.ssml_status in ('queued', 'processing')
                                 or (f.ssml_status = 'completed' and f.audio_status in ('queued', 'processing')))
       and (f.claim_token is not null or not debrief._is_blank(f.message))
     order by f.id for no key update),
  done as (
    update debrief.analysis_feedback f
       set ssml_status = case when f.ssml_status in ('queued', 'processing') then 'failed' else f.ssml_status end,
           ssml_due_at = null,
           ssml_last_error = case when f.ssml_status in ('queued', 'processing') then 'Cancelled.' else f.ssml_last_error end,
           ssml_error_code = case when f.ssml_status in ('queued', 'processing') then 'cancelled' else f.ssml_error_code end,
           ssml_updated_at = case when f.ssml_status in ('queued', 'processing') then clock_timestamp() else f.ssml_updated_at end,
           audio_status = case when f.audio_status in ('queued', 'processing') then 'failed' else f.audio_status end,
           audio_due_at = null,
           audio_last_error = case when f.audio_status in ('queued', 'processing') then 'Cancelled.' else f.audio_last_error end,
           audio_error_code = case when f.audio_status in ('queued', 'processing') then 'cancelled' else f.audio_error_code end,
           audio_updated_at = case when f.audio_status in ('queued', 'processing') then clock_timestamp() else f.audio_updated_at end,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from held where f.id = held.id
    returning f.id, f.ssml_status)
  select array_agg(d.id), array_agg(d.id) filter (where d.ssml_status = 'failed'),
         array_agg(d.id) filter (where d.ssml_status <> 'failed')
    into cancelled, in_ssml, in_audio from done d;
  if cancelled is not null then
    perform debrief._wake_revoked();
    perform debrief._announce('ssml', 'failed', in_ssml, 'cancelled');
    perform debrief._announce('audio', 'failed', in_audio, 'cancelled');
    perform debrief._count_ended('ssml', 'cancelled', 'cancelled', in_ssml);
    perform debrief._count_ended('audio', 'cancelled', 'cancelled', in_audio);
  end if;
  return coalesce(cardinality(cancelled), 0);
end $$;
comment on function debrief._cancel_feedback(bigint[]) is 'Fails the queued and processing stages of feedback rows with code cancelled.';
grant execute on function debrief._cancel_feedback(bigint[]) to debrief_worker;

create or replace function debrief._cancel_rows(ids bigint[], stage text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  cancelled bigint[];
begin
  if stage in ('ssml', 'audio') then
    return debrief._cancel_feedback(ids);
  end if;
  execute (select format('with done as (
                            update debrief.%I q
                               set status = ''failed'', due_at = null, last_error = ''Cancelled.'', error_code = ''cancelled'', updated_at = clock_timestamp(),
                                   claim_token = null, claimed_by = null, lease_expires_at = null %s
                             where q.id = any ($1) and q.status in (''queued'', ''processing'')
                            returning q.id)
                          select array_agg(d.id) from done d',
                         l.queue, case stage when 'analysis' then ', processing_completed_at = clock_timestamp()' end)
             from debrief._stages() l where l.stage = _cancel_rows.stage)
     into cancelled using ids;
  if cancelled is not null then
    perform debrief._wake_revoked();
    perform debrief._announce(stage, 'failed', cancelled, 'cancelled');
    perform debrief._count_ended(stage, 'cancelled', 'cancelled', cancelled);
  end if;
  return coalesce(cardinality(cancelled), 0);
end $$;
comment on function debrief._cancel_rows(bigint[], text) is 'Fails queued and processing rows of a stage with code cancelled; returns how many.';
grant execute on function debrief._cancel_rows(bigint[], text) to debrief_worker;

create or replace function debrief.cancel_analysis(analysis_job_id bigint, out analysis text, out feedback_cancelled bigint)
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
  end if;
  analysis := job.status;
  if debrief._cancel_rows(array[analysis_job_id], 'analysis') > 0 then
    analysis := 'cancelled';
  end if;
  feedback_cancelled := debrief._cancel_feedback(
    array(select f.id from debrief.analysis_feedback f where f.analysis_job_id = cancel_analysis.analysis_job_id));
  if analysis <> 'cancelled' and feedback_cancelled = 0 then
    raise exception 'analysis job % has nothing queued or processing', analysis_job_id
      using errcode = 'object_not_in_prerequisite_state', hint = format('The analysis is %s.', job.status);
  end if;
  perform debrief._log_operation('cancel_analysis', analysis_job_id::text, (analysis = 'cancelled')::int + feedback_cancelled);
end $$;
comment on function debrief.cancel_analysis(bigint) is
  'Stops an analysis and all that is queued or processing of its feedback; returns the state of the analysis and how many items were cancelled.';
alter function debrief.cancel_analysis(bigint) owner to debrief_worker;
grant execute on function debrief.cancel_analysis(bigint) to debrief_app, debrief_admin;
