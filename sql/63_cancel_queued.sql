-- Cancel by filter: the counterpart of retry_failed().

create or replace function debrief.cancel_queued(
  stage text default null, error_code text default null, user_id uuid default null, asked_before timestamptz default null, max_rows int default 1000)
returns table (cancelled_stage text, cancelled bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
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

  for cancelled_stage in
    select u.stage from debrief._stages_used() u
     where (stage is null or u.stage = cancel_queued.stage) and (debrief._is_operator() or not u.is_optional) order by u.place
  loop
    cancelled := debrief._cancel_rows(debrief._lock_rows(cancelled_stage,
      case cancelled_stage when 'analysis' then 'q.status = ''queued'' and (q.due_at is not null or q.bulk)' else 'q.%2$sdue_at is not null' end
        || ' and ($2 is null or q.asked_at < $2)', error_code, asked_before, all_users, owner_id, max_rows), cancelled_stage);
    perform debrief._log_operation('cancel_queued', filter_words, cancelled);
    return next;
  end loop;
end $$;
comment on function debrief.cancel_queued(text, text, uuid, timestamptz, int) is
  'Cancels rows that wait in the queue, but not those being processed. The arguments select a stage, a user, rows whose last attempt failed with an error code, and rows requested before a time; at most max_rows per stage. Returns the number for each stage. retry_analysis() and retry_feedback() queue a row again.';
alter function debrief.cancel_queued(text, text, uuid, timestamptz, int) owner to debrief_worker;
grant execute on function debrief.cancel_queued(text, text, uuid, timestamptz, int) to debrief_app, debrief_admin;
