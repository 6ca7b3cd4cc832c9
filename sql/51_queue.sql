-- The queue as the worker sees it: who is next, and when.

-- Inlined: a query of it is planned as if it named the tables of the stages that it asks for, by their partial indexes. No other
-- tables: a worker would lock them after these, and whoever truncates recordings locks them before.
create or replace function debrief._queue_rows()
returns table (stage text, is_optional boolean, id bigint, analysis_job_id bigint, feedback_id bigint, user_id uuid, status text, status_before text,
               attempts int, due_at timestamptz, lease_expires_at timestamptz, claimed_by bigint, error_code text, last_error text,
               updated_at timestamptz, recording_id bigint, message text, dismissed_at timestamptz, not_before timestamptz, is_bulk boolean)
language sql stable
as $$
  select 'analysis', false, j.id, j.id, null::bigint, j.user_id, j.status, 'completed', j.attempts, j.due_at, j.lease_expires_at, j.claimed_by,
         j.error_code, j.last_error, j.updated_at, j.video_recording_id, null, null::pg_catalog.timestamptz, null::pg_catalog.timestamptz, j.bulk
    from debrief.analysis_jobs j
  union all
  select 'ssml', false, f.id, f.analysis_job_id, f.id, f.user_id, f.ssml_status, 'completed', f.ssml_attempts, f.ssml_due_at, f.lease_expires_at, f.claimed_by,
         f.ssml_error_code, f.ssml_last_error, f.ssml_updated_at, null, f.message, f.dismissed_at, f.not_before, false
    from debrief.analysis_feedback f
  union all
  select 'audio', false, f.id, f.analysis_job_id, f.id, f.user_id, f.audio_status, f.ssml_status, f.audio_attempts, f.audio_due_at, f.lease_expires_at, f.claimed_by,
         f.audio_error_code, f.audio_last_error, f.audio_updated_at, null, f.message, f.dismissed_at, f.not_before, false
    from debrief.analysis_feedback f
  union all
  select 'deliver', true, d.id, d.analysis_job_id, d.feedback_id, d.user_id, d.status, 'completed', d.attempts, d.due_at, d.lease_expires_at, d.claimed_by,
         d.error_code, d.last_error, d.updated_at, null, null, null, null, false
    from debrief.analysis_deliveries d
$$;
comment on function debrief._queue_rows() is
  'The rows of all queues, whatever the stage. status_before: of the stage before it; the lease and the claim are those of the row, of whichever stage.';
grant execute on function debrief._queue_rows() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._look_ahead(
  stage text, from_due timestamptz, from_id bigint, served uuid[], fresh_too boolean, look_max int)
returns table (id bigint, user_id uuid, due_us bigint, is_wanted boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  attempts_max constant int := (select s.max_attempts from debrief.stages s where s.stage = stage);
begin
  -- A plan that is kept: to make one, PostgreSQL looks for the ends of the index, past all the dead entries there.
  return query
  select q.id, q.user_id, (extract(epoch from q.due_at) * 1000000)::bigint,
         q.user_id <> all (served) or (fresh_too and q.attempts = 0)
    from ((select j.id, j.user_id, j.due_at, j.attempts from debrief.analysis_jobs j
            where stage = 'analysis' and (j.due_at, j.id) > (from_due, from_id) and j.due_at <= now_ts
              and not debrief._runs_alone(j.error_code, j.attempts, attempts_max)
            order by j.due_at, j.id limit look_max)
          union all
          (select f.id, f.user_id, f.ssml_due_at, f.ssml_attempts from debrief.analysis_feedback f
            where stage = 'ssml' and (f.ssml_due_at, f.id) > (from_due, from_id) and f.ssml_due_at <= now_ts
              and not debrief._runs_alone(f.ssml_error_code, f.ssml_attempts, attempts_max)
            order by f.ssml_due_at, f.id limit look_max)
          union all
          (select f.id, f.user_id, f.audio_due_at, f.audio_attempts from debrief.analysis_feedback f
            where stage = 'audio' and (f.audio_due_at, f.id) > (from_due, from_id) and f.audio_due_at <= now_ts
              and not debrief._runs_alone(f.audio_error_code, f.audio_attempts, attempts_max)
            order by f.audio_due_at, f.id limit look_max)
          union all
          (select d.id, d.user_id, d.due_at, d.attempts from debrief.analysis_deliveries d
            where stage = 'deliver' and (d.due_at, d.id) > (from_due, from_id) and d.due_at <= now_ts
              and not debrief._runs_alone(d.error_code, d.attempts, attempts_max)
            order by d.due_at, d.id limit look_max)) q (id, user_id, due_at, attempts);
end $$;
comment on function debrief._look_ahead(text, timestamptz, bigint, uuid[], boolean, int) is
  'Worker: the due rows after a place in the queue, in order: whose they are, and whether they belong to none of the users that are served (or are fresh, when those are wanted too).';
grant execute on function debrief._look_ahead(text, timestamptz, bigint, uuid[], boolean, int) to debrief_worker;

create or replace function debrief._claim_unread(stage text, worker_id bigint, row_id bigint, lease interval)
returns table (token bigint, attempt int, unproven int, correlation_id uuid)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query execute (
    select format('with due as materialized (
                     select q.ctid as row_ctid from only debrief.%1$I q where q.id = $1 and q.%2$sdue_at <= clock_timestamp() for no key update),
                   claimed as (
                     update only debrief.%1$I q
                        set %2$sstatus = ''processing'', %2$sdue_at = null, %2$sattempts = q.%2$sattempts + 1, %2$supdated_at = clock_timestamp(),
                            claim_token = nextval(''debrief.claim_token_seq''), claimed_by = $2, lease_expires_at = clock_timestamp() + $3 %3$s
                       from due d where q.ctid = d.row_ctid
                     returning q.claim_token, q.%2$sattempts, q.unproven, %4$s)
                   select c.* from claimed c
                    where (select case when count(c.claim_token) = (select count(*) from due) then true
                                       else debrief._check_changed($4, (select count(*) from only debrief.%1$I q where q.ctid = any (array(select d.row_ctid from due d)))
                                                                         - count(c.claim_token)) end from claimed c)', l.queue, l.prefix,
                  case l.queue when 'analysis_jobs' then ', processing_started_at = clock_timestamp()' end,
                  case l.queue when 'analysis_jobs' then 'q.correlation_id'
                               else '(select j.correlation_id from debrief.analysis_jobs j where j.id = q.analysis_job_id)' end)
      from debrief._stages() l where l.stage = stage)
    using row_id, worker_id, lease, stage;
end $$;
comment on function debrief._claim_unread(text, bigint, bigint, interval) is
  'Worker: claims a due row that cannot be read, to fail it: status processing, one attempt counted, a token drawn, a lease set.';
grant execute on function debrief._claim_unread(text, bigint, bigint, interval) to debrief_worker;

-- Nothing can be written to such a row itself.
create or replace function debrief._refusal(stage_name text, row_id bigint, out detail text, out until timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select a.detail, a.next_attempt_at
    from debrief.attempts a
   where a.row_id = _refusal.row_id and a.stage = _refusal.stage_name and a.code = 'row_not_readable' and a.disposition = 'deferred'
     and a.next_attempt_at > clock_timestamp()
   order by a.id desc limit 1;
$$;
comment on function debrief._refusal(text, bigint) is
  'Why no worker may change a queued row, and until when it is left alone; null: nothing is known of that.';
grant execute on function debrief._refusal(text, bigint) to debrief_worker;

-- A worker that dies loses all its calls, and any row may have been the cause. Lost rows are tried again
-- together once; those on their last attempt, or lost a second time, run one at a time, so that a row
-- that kills its worker uses up its own attempts and not those of others.
create or replace function debrief._runs_alone(error_code text, attempts int, max_attempts int) returns boolean
language sql immutable parallel safe
as $$
  select coalesce(error_code operator(pg_catalog.=) 'worker_lost', false)
     and attempts operator(pg_catalog.>=) least(2, max_attempts operator(pg_catalog.-) 1);
$$;
comment on function debrief._runs_alone(text, int, int) is
  'Whether a queued row is claimed only while no other such row of its stage is in flight: its worker was lost at its last attempts.';
grant execute on function debrief._runs_alone(text, int, int) to debrief_worker;

-- The lock makes the check and the claim that follows one step among workers: a worker that does not get
-- it at once leaves the claim to the other one.
create or replace function debrief._next_alone(stage_name text, set_aside bigint[] default '{}') returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  attempts_max constant int := (select s.max_attempts from debrief.stages s where s.stage = stage_name);
  next_id bigint;
begin
  if not pg_try_advisory_xact_lock(debrief._lock_class(), -1 - debrief._stage_place(stage_name)) then
    return null;
  end if;
  execute (
    select format('with lost as materialized (
                     select q.id, q.%2$sstatus as status, q.%2$sattempts as attempts, q.%2$sdue_at as due_at
                       from debrief.%1$I q where %3$s)
                   select l.id
                     from lost l
                    where l.due_at <= clock_timestamp() and debrief._runs_alone(''worker_lost'', l.attempts, $1) and l.id <> all ($2)
                      and not exists (select from lost r
                                       where r.status = ''processing'' and debrief._runs_alone(''worker_lost'', r.attempts - 1, $1))
                    order by l.due_at, l.id limit 1', l.queue, l.prefix,
                  -- As the index of each table has it.
                  case l.queue when 'analysis_feedback'
                       then format('(q.ssml_error_code = ''worker_lost'' or q.audio_error_code = ''worker_lost'') and q.%serror_code = ''worker_lost''', l.prefix)
                       else 'q.error_code = ''worker_lost''' end)
      from debrief._stages() l where l.stage = stage_name)
    into next_id using attempts_max, set_aside;
  return next_id;
end $$;
comment on function debrief._next_alone(text, bigint[]) is
  'Worker: the row of the stage to claim next among those that run alone (_runs_alone); null while one of them is in flight. set_aside: ids that are left out.';
grant execute on function debrief._next_alone(text, bigint[]) to debrief_worker;

create or replace function debrief._waiting_alone() returns setof text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select s.stage
    from debrief.stages s
   where case s.stage
         when 'analysis' then exists (select from debrief.analysis_jobs j
                                       where j.error_code = 'worker_lost' and j.due_at is not null)
         when 'ssml' then exists (select from debrief.analysis_feedback f
                                   where f.ssml_error_code = 'worker_lost' and f.ssml_due_at is not null)
         when 'audio' then exists (select from debrief.analysis_feedback f
                                    where f.audio_error_code = 'worker_lost' and f.audio_due_at is not null)
         else exists (select from debrief.analysis_deliveries d where d.error_code = 'worker_lost' and d.due_at is not null) end;
$$;
comment on function debrief._waiting_alone() is 'Worker: the stages that have rows for _next_alone().';
grant execute on function debrief._waiting_alone() to debrief_worker;

create or replace function debrief._next_due()
returns table (stage text, wait_ms bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query
  select d.stage, greatest(0, ceil(extract(epoch from d.due_at - clock_timestamp()) * 1000))::bigint
    from (select 'analysis' as stage,
                 least((select min(j.due_at) from debrief.analysis_jobs j where j.due_at > now()),
                       -- Nobody says when nothing else waits any more.
                       (select clock_timestamp() + interval '500 milliseconds'
                         where exists (select from debrief.analysis_jobs j where j.bulk and j.status = 'queued' and j.due_at is null))) as due_at
          union all
          select 'ssml', (select min(f.ssml_due_at) from debrief.analysis_feedback f where f.ssml_due_at > now())
          union all
          select 'audio', (select min(f.audio_due_at) from debrief.analysis_feedback f where f.audio_due_at > now())
          union all
          select 'deliver', (select min(v.due_at) from debrief.analysis_deliveries v where v.due_at > now())) d
   where d.due_at is not null;
end $$;
comment on function debrief._next_due() is
  'Worker: how long until the next row of each stage comes due; rows that are already due are left out. While analyses wait in the bulk lane, stage analysis is looked at twice a second.';
grant execute on function debrief._next_due() to debrief_worker;
