-- Announce: what listeners and the receiver hear of a change.

create or replace function debrief._notify_queue_fills() returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return pg_notification_queue_usage() > 0.5;
end $$;
comment on function debrief._notify_queue_fills() is
  'Whether the queue of NOTIFY is over half full: some session listens and does not read. When it is full, whoever notifies fails at commit.';
grant execute on function debrief._notify_queue_fills() to debrief_worker;

create or replace function debrief._announce(stage text, status text, ids bigint[], code text default null) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  items bigint[];
  analyses bigint[];
  wanted constant text := coalesce(current_setting('pg_debrief.notify', true), 'results');
  skipped constant boolean := coalesce(current_setting('debrief.announcements_skipped', true) = 'yes', false);
begin
  if stage = 'deliver' then
    return true;  -- it concerns nobody who listens
  end if;
  if status in ('completed', 'failed') and (stage <> 'ssml' or status = 'failed')
     and exists (select from debrief.stages s where s.stage = 'deliver' and s.server is not null) then
    perform debrief._enqueue_deliveries(stage, ids);
  end if;
  if ids is null or wanted = 'off' or (status = 'processing' and wanted <> 'all') then
    return true;
  end if;
  if debrief._notify_queue_fills() then
    if not skipped then
      raise log 'pg_debrief: the queue of NOTIFY is over half full: changes of status are not announced'
        using hint = 'A session listens and does not read: pg_stat_activity has it, idle in transaction.';
      perform set_config('debrief.announcements_skipped', 'yes', false);
    end if;
    return false;
  elsif skipped then
    raise log 'pg_debrief: changes of status are announced again';
    perform set_config('debrief.announcements_skipped', '', false);
  end if;
  for i in 1 .. cardinality(ids) by 150 loop  -- 300 ids of 19 digits, at most, fit the 8,000 bytes of a NOTIFY
    items := ids[i : i + 149];
    if stage = 'analysis' then
      analyses := items;
      items := '{}';
    else
      analyses := array(
        select distinct f.analysis_job_id
          from unnest(items) as i (id)
         cross join lateral (select f.analysis_job_id from debrief.analysis_feedback f where f.id = i.id offset 0) f
         order by 1);
    end if;
    perform pg_notify('debrief_status', json_strip_nulls(json_build_object('version', 1, 'stage', stage, 'status', status,
      'feedback_ids', items, 'analysis_ids', analyses, 'code', code))::text);
  end loop;
  return true;
end $$;
comment on function debrief._announce(text, text, bigint[], text) is
  'NOTIFY debrief_status, and a message to the receiver about what has ended; false when NOTIFY is not possible now. ids: of analysis_jobs for stage analysis, else of analysis_feedback. The payload is described in docs/operate.md.';
grant execute on function debrief._announce(text, text, bigint[], text) to debrief_worker;
