-- Rescue: what becomes of claims whose worker is gone.

create or replace function debrief._record_rescue(stage_name text, lost_id bigint, next_at timestamptz) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if coalesce(current_setting('pg_debrief.attempt_history', true), 'failures') = 'off' then
    return false;
  end if;
  execute (
    select format('insert into debrief.attempts (stage, row_id, user_id, correlation_id, attempt, server, disposition, next_attempt_at, code)
                   select $1, q.id, q.user_id, j.correlation_id, q.%2$sattempts, (select s.server from debrief.stages s where s.stage = $1),
                          case when $3 is null then ''failed'' else ''rescued'' end, $3, ''worker_lost''
                     from debrief.%1$I q join debrief.analysis_jobs j on j.id = q.%3$I where q.id = $2', l.queue, l.prefix,
                  case l.queue when 'analysis_jobs' then 'id' else 'analysis_job_id' end)
      from debrief._stages() l where l.stage = stage_name)
    using stage_name, lost_id, next_at;
  return true;
end $$;
comment on function debrief._record_rescue(text, bigint, timestamptz) is
  'Worker: adds a claim that was taken back to the attempt history; next_at: null when it failed.';
grant execute on function debrief._record_rescue(text, bigint, timestamptz) to debrief_worker;

create or replace function debrief._outer_has_waited() returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return debrief._serves_since() < clock_timestamp() - interval '10 seconds';
end $$;
comment on function debrief._outer_has_waited() is
  'Worker: whether a worker outside the server has had the time to come back since the server was started or promoted.';
grant execute on function debrief._outer_has_waited() to debrief_worker;

create or replace function debrief._rescue_rows(stage_name text, worker_id bigint, gone bigint[], held_tokens bigint[], only_id bigint default null)
returns table (stage text, id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query execute (
    select format($sql$
      with lost as materialized (
        select q.ctid as row_ctid
          from only debrief.%1$I q
         where q.lease_expires_at is not null and ($8 is null or q.id = $8)
           and (q.claimed_by = any ($3)
                or (q.lease_expires_at < $5 and ($6 or coalesce(q.claimed_by, 1) > 0) and not (q.claimed_by = $2 and q.claim_token = any ($4))))
           for no key update skip locked),
      rescued as (
        update only debrief.%1$I q
           set status = case when q.attempts >= $7 then 'failed' else 'queued' end, due_at = case when q.attempts < $7 then $5 end,
               last_error = 'The worker stopped in the middle of this attempt.', error_code = 'worker_lost',
               claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = $5 %2$s
         where q.ctid = any (array (select l.row_ctid from lost l))
        returning q.id, q.status, q.due_at),
      recorded as (select count(debrief._record_rescue($1, r.id, r.due_at)) from rescued r),
      told as (
        select count(debrief._announce($1, g.status, g.ids)),
               count(debrief._count_ended($1, case g.status when 'failed' then 'failed' else 'retried' end, 'worker_lost', g.ids))
          from (select r.status, array_agg(r.id) as ids from rescued r group by r.status) g)
      select $1, r.id, r.status from rescued r cross join told cross join recorded
       where (select case when count(*) = (select count(*) from lost) then true
                          else debrief._check_changed($1, (select count(*) from only debrief.%1$I q where q.ctid = any (array(select l.row_ctid from lost l))) - count(*)) end
                from rescued c where c.status <> 'processing')$sql$,
      l.queue, case stage_name when 'analysis' then ', processing_completed_at = case when q.attempts >= $7 then $5 end' end)
      from debrief._stages() l where l.stage = stage_name)
    using stage_name, worker_id, gone, held_tokens, clock_timestamp(), debrief._outer_has_waited(),
          coalesce((select s.max_attempts from debrief.stages s where s.stage = stage_name), 1), only_id;
end $$;
comment on function debrief._rescue_rows(text, bigint, bigint[], bigint[], bigint) is
  'Worker: the part of _rescue() of a stage whose queue is a table of its own; only_id: of that row.';
grant execute on function debrief._rescue_rows(text, bigint, bigint[], bigint[], bigint) to debrief_worker;

create or replace function debrief._release_rows(stage_name text, worker_id bigint, but bigint[]) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ids bigint[];
begin
  execute (
    select format('with held as materialized (
                     select q.ctid as row_ctid from only debrief.%1$I q
                      where q.lease_expires_at is not null and q.claimed_by = $1 and q.claim_token <> all ($2)
                        for no key update skip locked),
                   released as (
                     update only debrief.%1$I q
                        set status = ''queued'', due_at = clock_timestamp(), attempts = q.attempts - 1,
                            claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = clock_timestamp()
                       from held where q.ctid = held.row_ctid
                     returning q.id)
                   select array_agg(r.id) from released r', l.queue)
      from debrief._stages() l where l.stage = stage_name)
     into ids using worker_id, but;
  perform debrief._count_user_attempts(stage_name, ids, -1);
  perform debrief._announce(stage_name, 'queued', ids);
  return coalesce(cardinality(ids), 0);
end $$;
comment on function debrief._release_rows(text, bigint, bigint[]) is 'Worker: the part of _release() of a stage whose queue is a table of its own.';
grant execute on function debrief._release_rows(text, bigint, bigint[]) to debrief_worker;

create or replace function debrief._rescue_feedback(worker_id bigint, gone bigint[], held_tokens bigint[], only_id bigint default null)
returns table (stage text, id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  outer_waited constant boolean := debrief._outer_has_waited();
begin
  return query
  with lost as materialized (
    select f.ctid as row_ctid
      from only debrief.analysis_feedback f
     where f.lease_expires_at is not null and (only_id is null or f.id = only_id)
       and (f.claimed_by = any (gone)
            or (f.lease_expires_at < now_ts and (outer_waited or coalesce(f.claimed_by, 1) > 0) and not (f.claimed_by = worker_id and f.claim_token = any (held_tokens))))
       for no key update skip locked),
  rescued as (
    update only debrief.analysis_feedback f
       set ssml_status = case when f.ssml_status <> 'processing' then f.ssml_status
                              when f.ssml_attempts >= s.ssml_max then 'failed' else 'queued' end,
           ssml_due_at = case when f.ssml_status = 'processing' and f.ssml_attempts < s.ssml_max then now_ts end,
           ssml_last_error = case f.ssml_status when 'processing' then s.lost_text else f.ssml_last_error end,
           ssml_error_code = case f.ssml_status when 'processing' then 'worker_lost' else f.ssml_error_code end,
           ssml_updated_at = case f.ssml_status when 'processing' then now_ts else f.ssml_updated_at end,
           audio_status = case when f.audio_status <> 'processing' then f.audio_status
                               when f.audio_attempts >= s.audio_max then 'failed' else 'queued' end,
           audio_due_at = case when f.audio_status = 'processing' and f.audio_attempts < s.audio_max then now_ts end,
           audio_last_error = case f.audio_status when 'processing' then s.lost_text else f.audio_last_error end,
           audio_error_code = case f.audio_status when 'processing' then 'worker_lost' else f.audio_error_code end,
           audio_updated_at = case f.audio_status when 'processing' then now_ts else f.audio_updated_at end,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from (select max(t.max_attempts) filter (where t.stage = 'ssml') as ssml_max,
                   max(t.max_attempts) filter (where t.stage = 'audio') as audio_max,
                   'The worker stopped in the middle of this attempt.' as lost_text
              from debrief.stages t) s
     where f.ctid = any (array (select l.row_ctid from lost l))
    returning f.id, case when f.ssml_status = 'completed' then 'audio' else 'ssml' end as stage,
              case when f.ssml_status = 'completed' then f.audio_status else f.ssml_status end as status,
              coalesce(f.ssml_due_at, f.audio_due_at) as due_at),
  recorded as (select count(debrief._record_rescue(r.stage, r.id, r.due_at)) from rescued r),
  told as (
    select count(debrief._announce(g.stage, g.status, g.ids)),
           count(debrief._count_ended(g.stage, case g.status when 'failed' then 'failed' else 'retried' end, 'worker_lost', g.ids))
      from (select r.stage, r.status, array_agg(r.id) as ids from rescued r group by r.stage, r.status) g)
  select r.stage, r.id, r.status from rescued r cross join told cross join recorded
   where (select case when count(*) = (select count(*) from lost) then true
                      else debrief._check_changed('ssml', (select count(*) from only debrief.analysis_feedback q
                                                            where q.ctid = any (array(select l.row_ctid from lost l))) - count(*)) end
            from rescued c where c.status <> 'processing');
end $$;
comment on function debrief._rescue_feedback(bigint, bigint[], bigint[], bigint) is
  'Worker: the part of _rescue() of stages ssml and audio; only_id: of that row.';
grant execute on function debrief._rescue_feedback(bigint, bigint[], bigint[], bigint) to debrief_worker;

-- A claim is freed when its worker is gone, or when it was not renewed in time. The attempt stays
-- counted, so that a row that kills its worker is not retried forever. A worker outside the server
-- outlives it, with answers that are paid for: after a start or a promotion it has a while to come back.
create or replace function debrief._rescue(worker_id bigint, held_tokens bigint[])
returns table (stage text, id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  outer_waited constant boolean := debrief._outer_has_waited();
  gone bigint[];
  part text;
  queue text;
  lost_id bigint;
begin
  select coalesce(array_agg(h.claimed_by), '{}') into gone
    from (select distinct q.claimed_by from debrief._queue_rows() q where q.lease_expires_at is not null) h
   where h.claimed_by <> worker_id
     and (h.claimed_by > 0 or outer_waited)
     and pg_try_advisory_xact_lock(debrief._lock_class(), debrief._lock_object(h.claimed_by));

  for part, queue in
    select distinct case l.prefix when '' then format('_rescue_rows(%L, $1, $2, $3, $4)', l.stage) else '_rescue_feedback($1, $2, $3, $4)' end, l.queue
      from debrief._stages() l
  loop
    begin
      return query execute 'select * from debrief.' || part using worker_id, gone, held_tokens, null::bigint;
    exception when others then
      if sqlstate ~ '^(25|40|53|55|57|58)' then  -- of the moment, and of no row
        raise;
      end if;
      -- A trigger of the user's refuses a row: not those beside it.
      for lost_id in execute format('select q.id from only debrief.%I q where q.lease_expires_at is not null', queue) loop
        begin
          return query execute 'select * from debrief.' || part using worker_id, gone, held_tokens, lost_id;
        exception when others then
          if sqlstate ~ '^(25|40|53|55|57|58)' then
            raise;
          end if;
          raise log 'pg_debrief: row % of % could not be taken back: %', lost_id, queue, sqlerrm;
        end;
      end loop;
    end;
  end loop;
end $$;
comment on function debrief._rescue(bigint, bigint[]) is
  'Worker: takes back claims whose worker is gone or whose lease ran out; held_tokens are its own live ones.';
grant execute on function debrief._rescue(bigint, bigint[]) to debrief_worker;
