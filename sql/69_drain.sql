-- For the tests of an application: until all is done.

-- By the partial indexes of the queue only.
create or replace function debrief._undone(until timestamptz)
returns table (stage text, row_id bigint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select q.stage, q.id
    from debrief._queue_rows() q
   where q.stage = any (array(select u.stage from debrief._stages_used() u))
     and ((q.lease_expires_at is not null and q.status = 'processing')
          or ((q.due_at is not null
               or (q.due_at is null and q.status = 'queued' and q.status_before = 'completed' and not q.is_optional and not coalesce(debrief._is_blank(q.message), false)))
              and not (coalesce(q.not_before, (select r.not_before from debrief.video_recordings r where r.id = q.recording_id), '-infinity') > _undone.until
                       and coalesce(q.due_at > _undone.until, true))));
$$;
comment on function debrief._undone(timestamptz) is 'The rows of the queues that are not completed and have not failed; left out are blank ones, and those that may not begin before `until`.';
grant execute on function debrief._undone(timestamptz) to debrief_admin;

create or replace function debrief.drain(timeout interval default '30 seconds')
returns table (stage text, analysis_job_id bigint, feedback_id bigint, error_code text, last_error text, detail text, attempts int, message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  waits constant interval := coalesce(timeout, '30 seconds');
  until_ts constant timestamptz := clock_timestamp() + waits;
  seen bigint;
  rows_left bigint;
  undone record;
  why text;
  reasons text[] := '{}';
begin
  perform debrief._check_isolation();
  if pg_current_xact_id_if_assigned() is not null then
    raise exception 'this transaction has written' using errcode = 'object_not_in_prerequisite_state',
      hint = 'Commit first: the worker cannot see it before.';
  end if;
  loop
    seen := debrief._settle_count();
    exit when not exists (select from debrief._undone(until_ts));
    if clock_timestamp() >= until_ts then
      select count(*) into rows_left from debrief._undone(until_ts);
      for undone in select w.row_id, l.stage, l.prefix, l.item from debrief._undone(until_ts) w join debrief._stages() l on l.stage = w.stage
                     order by w.stage, w.row_id limit 10 loop
        execute format('select string_agg(concat_ws('' '', c.cause || '':'', c.reason, c.fix), ''; '') from debrief.explain%s($1) c',
                       '_' || nullif(undone.item, 'feedback'))
           into why using undone.row_id;
        reasons := reasons || format('%s %s: %s', concat_ws(' of ', case when undone.prefix <> '' then undone.stage end, undone.item), undone.row_id, why);
      end loop;
      raise exception 'after % there is still work to do: % analyses or feedback items', waits, rows_left
        using errcode = 'object_not_in_prerequisite_state', detail = array_to_string(reasons, E'\n'),
              hint = 'debrief.explain() and debrief.explain_analysis() say what each of them waits for.';
    end if;
    perform debrief._wait_for_settle(seen, least(1000, ceil(extract(epoch from until_ts - clock_timestamp()) * 1000))::int);
  end loop;
  return query
  select f.stage, f.analysis_job_id, f.feedback_id, f.error_code, f.last_error, f.detail, f.attempts, f.message
    from debrief.failures f order by f.since;
end $$;
comment on function debrief.drain(interval) is
  'For tests: waits until every analysis and feedback item of the database is completed or has failed, and returns those that failed. After the timeout, an error says what is still unfinished. Needs READ COMMITTED, and a transaction that has written nothing';
grant execute on function debrief.drain(interval) to debrief_admin;
