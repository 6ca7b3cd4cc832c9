-- Deliveries by hand: tried again, stopped, explained. For operators: the receiver is theirs.

create or replace function debrief._check_delivery(delivery_id bigint, may_see boolean) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if not may_see or not exists (select from debrief.analysis_deliveries d where d.id = delivery_id) then
    raise exception 'delivery % does not exist', delivery_id using errcode = 'no_data_found',
      hint = 'debrief.analysis_deliveries lists them, for members of debrief_admin and debrief_reader.';
  end if;
end $$;
comment on function debrief._check_delivery(bigint, boolean) is 'Error, as if there were no such delivery, unless the caller may see it.';
grant execute on function debrief._check_delivery(bigint, boolean) to debrief_worker;

create or replace function debrief.retry_delivery(delivery_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  perform debrief._check_delivery(delivery_id, debrief._is_operator());
  if exists (select from debrief.analysis_deliveries d
              where d.id = delivery_id and d.status in ('completed', 'failed') and not debrief._is_final(d.analysis_job_id, d.feedback_id)) then
    raise exception 'what delivery % reports goes on', delivery_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'When it has ended again, a message of its own is sent.';
  elsif debrief._requeue(array[delivery_id], 'deliver') = 0 then
    raise exception 'delivery % is queued or running', delivery_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'debrief.cancel_delivery() stops it.';
  end if;
  perform debrief._log_operation('retry_delivery', delivery_id::text);
  return 'queued';
end $$;
comment on function debrief.retry_delivery(bigint) is
  'Sends a failed or delivered message again, with the same webhook-id and with attempts reset: it says how things are now. An error while what it reports goes on. Operators only.';
alter function debrief.retry_delivery(bigint) owner to debrief_worker;
grant execute on function debrief.retry_delivery(bigint) to debrief_admin;

create or replace function debrief.cancel_delivery(delivery_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  perform debrief._check_delivery(delivery_id, debrief._is_operator());
  if debrief._cancel_rows(array[delivery_id], 'deliver') = 0 then
    raise exception 'delivery % is neither queued nor processing', delivery_id using errcode = 'object_not_in_prerequisite_state',
      hint = 'debrief.explain_delivery() says how it ended.';
  end if;
  perform debrief._log_operation('cancel_delivery', delivery_id::text);
  return 'cancelled';
end $$;
comment on function debrief.cancel_delivery(bigint) is
  'Stops a message that is queued or being sent: it fails with code cancelled. Operators only.';
alter function debrief.cancel_delivery(bigint) owner to debrief_worker;
grant execute on function debrief.cancel_delivery(bigint) to debrief_admin;

create or replace function debrief.explain_delivery(delivery_id bigint)
returns table (stage text, state text, cause text, reason text, since timestamptz, until timestamptz, fix text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  perform debrief._check_delivery(delivery_id, debrief._may_read_all());
  return query
  select 'deliver', d.status, 'outdated', 'What it reports is not over, or a later message says the same: it is not sent, and the next claim of the stage deletes it.',
         d.updated_at, null::timestamptz, null::text
    from debrief.analysis_deliveries d where d.id = delivery_id and d.status = 'queued' and not debrief._is_to_deliver(delivery_id);
  if not found then
    return query select * from debrief._explain('deliver', delivery_id);
  end if;
end $$;
comment on function debrief.explain_delivery(bigint) is 'The same as explain(), for a delivery. For operators and readers';
alter function debrief.explain_delivery(bigint) owner to debrief_worker;
grant execute on function debrief.explain_delivery(bigint) to debrief_reader, debrief_admin;
