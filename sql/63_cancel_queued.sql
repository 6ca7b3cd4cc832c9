-- Cancel by filter: the counterpart of retry_failed().

create or replace function debrief.cancel_queued(
  stage text default null, error_code text default null, user_id uuid default null, asked_before timestamptz default null, max_rows int default 1000)
returns table (cancelled_stage text, cancelled bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  ids bigint[];
  -- For the plan, as in retry_failed(): a user's own rows are found by index.
  all_users constant boolean := debrief._is_operator() and user_id is null;
  owner_id constant uuid := coalesce(user_id, debrief.current_user_id());
  filter_words constant text := concat_ws(', ', coalesce(stage, 'all stages'), 'code ' || error_code, 'user ' || user_id, 'asked before ' || asked_before);
begin
  if stage is not null then
    perform debrief._known_stage(stage);
  end if;
  if max_rows is null or max_rows < 1 then
    raise exception 'max_rows must be at least 1' using errcode = 'invalid_parameter_value';
  end if;

  for cancelled_stage in select l.stage from debrief._stages_used() l where stage is null or l.stage = cancel_queued.stage order by l.place loop
    continue when cancelled_stage = 'deliver' and not debrief._is_operator();
    if cancelled_stage = 'analysis' then
      select array_agg(q.id) into ids
        from (select j.id from debrief.analysis_jobs j
               where j.status = 'queued' and (j.due_at is not null or j.bulk) and (error_code is null or j.error_code = cancel_queued.error_code)
                 and (asked_before is null or j.asked_at < asked_before) and (all_users or j.user_id = owner_id) and debrief._may_act_on(j.user_id)
               order by j.id limit max_rows for no key update skip locked) q;
      update debrief.analysis_jobs j
         set status = 'failed', due_at = null, last_error = 'Cancelled.', error_code = 'cancelled',
             processing_completed_at = clock_timestamp(), updated_at = clock_timestamp()
       where j.id = any (ids);
      perform debrief._announce('analysis', 'failed', ids, 'cancelled');
      perform debrief._count_ended('analysis', 'cancelled', 'cancelled', ids);
      cancelled := coalesce(cardinality(ids), 0);
    elsif cancelled_stage = 'deliver' then
      select array_agg(q.id) into ids
        from (select d.id from debrief.analysis_deliveries d
               where d.due_at is not null and (error_code is null or d.error_code = cancel_queued.error_code)
                 and (asked_before is null or d.asked_at < asked_before) and (all_users or d.user_id = owner_id)
               order by d.id limit max_rows for no key update skip locked) q;
      cancelled := debrief._cancel_deliveries(ids);
    else
      select array_agg(q.id) into ids
        from (select f.id from debrief.analysis_feedback f
               where case cancelled_stage when 'ssml' then f.ssml_due_at else f.audio_due_at end is not null
                 and (error_code is null or case cancelled_stage when 'ssml' then f.ssml_error_code else f.audio_error_code end = cancel_queued.error_code)
                 and (asked_before is null or f.asked_at < asked_before) and (all_users or f.user_id = owner_id) and debrief._may_act_on(f.user_id)
               order by f.id limit max_rows for no key update skip locked) q;
      cancelled := debrief._cancel_feedback(ids);
    end if;
    perform debrief._log_operation('cancel_queued', filter_words, cancelled);
    return next;
  end loop;
end $$;
comment on function debrief.cancel_queued(text, text, uuid, timestamptz, int) is
  'Cancels rows that wait in the queue, but not those being processed. The arguments select a stage, a user, rows whose last attempt failed with an error code, and rows requested before a time; at most max_rows per stage. Returns the number for each stage. retry_analysis() and retry_feedback() queue a row again.';
alter function debrief.cancel_queued(text, text, uuid, timestamptz, int) owner to debrief_worker;
grant execute on function debrief.cancel_queued(text, text, uuid, timestamptz, int) to debrief_app, debrief_admin;
