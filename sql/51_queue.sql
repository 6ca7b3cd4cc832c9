-- The queue as the worker sees it: who is next, and when.

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
  return query
  select r.id, r.user_id, (extract(epoch from r.due_at) * 1000000)::bigint,
         r.user_id <> all (served) or (fresh_too and r.attempts = 0)
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
            order by f.audio_due_at, f.id limit look_max)) r;
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
declare
  now_ts constant timestamptz := clock_timestamp();
begin
  if stage = 'analysis' then
    return query
    update only debrief.analysis_jobs j
       set status = 'processing', due_at = null, attempts = j.attempts + 1, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, lease_expires_at = now_ts + lease, processing_started_at = now_ts, updated_at = now_ts
     where j.id = row_id and j.due_at <= now_ts
    returning j.claim_token, j.attempts, j.unproven, j.correlation_id;
  else
    return query
    update only debrief.analysis_feedback f
       set ssml_status = case stage when 'ssml' then 'processing' else f.ssml_status end,
           ssml_due_at = case stage when 'ssml' then null else f.ssml_due_at end,
           ssml_attempts = f.ssml_attempts + (stage = 'ssml')::int,
           audio_status = case stage when 'audio' then 'processing' else f.audio_status end,
           audio_due_at = case stage when 'audio' then null else f.audio_due_at end,
           audio_attempts = f.audio_attempts + (stage = 'audio')::int,
           claim_token = nextval('debrief.claim_token_seq'), claimed_by = worker_id, lease_expires_at = now_ts + lease
     where f.id = row_id and (case stage when 'ssml' then f.ssml_due_at else f.audio_due_at end) <= now_ts
    returning f.claim_token, case stage when 'ssml' then f.ssml_attempts else f.audio_attempts end, f.unproven,
              (select j.correlation_id from debrief.analysis_jobs j where j.id = f.analysis_job_id);
  end if;
end $$;
comment on function debrief._claim_unread(text, bigint, bigint, interval) is
  'Worker: claims a due row that cannot be read, to fail it: status processing, one attempt counted, a token drawn, a lease set.';
grant execute on function debrief._claim_unread(text, bigint, bigint, interval) to debrief_worker;

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
create or replace function debrief._next_alone(stage_name text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  attempts_max constant int := (select s.max_attempts from debrief.stages s where s.stage = stage_name);
begin
  if not pg_try_advisory_xact_lock(debrief._lock_class(), -1 - array_position('{analysis,ssml,audio}', stage_name)) then
    return null;
  end if;
  if stage_name = 'analysis' then
    return (select l.id
              from debrief.analysis_jobs l
             where l.error_code = 'worker_lost' and l.due_at <= now_ts
               and debrief._runs_alone(l.error_code, l.attempts, attempts_max)
               and not exists (select from debrief.analysis_jobs r
                                where r.error_code = 'worker_lost' and r.status = 'processing'
                                  and debrief._runs_alone(r.error_code, r.attempts - 1, attempts_max))
             order by l.due_at, l.id limit 1);
  end if;
  return (with lost as materialized (
            select f.id,
                   case stage_name when 'ssml' then f.ssml_status else f.audio_status end as status,
                   case stage_name when 'ssml' then f.ssml_attempts else f.audio_attempts end as attempts,
                   case stage_name when 'ssml' then f.ssml_error_code else f.audio_error_code end as error_code,
                   case stage_name when 'ssml' then f.ssml_due_at else f.audio_due_at end as due_at
              from debrief.analysis_feedback f
             where f.ssml_error_code = 'worker_lost' or f.audio_error_code = 'worker_lost')
          select l.id
            from lost l
           where l.due_at <= now_ts and debrief._runs_alone(l.error_code, l.attempts, attempts_max)
             and not exists (select from lost r
                              where r.status = 'processing' and debrief._runs_alone(r.error_code, r.attempts - 1, attempts_max))
           order by l.due_at, l.id limit 1);
end $$;
comment on function debrief._next_alone(text) is
  'Worker: the row of the stage to claim next among those that run alone (_runs_alone); null while one of them is in flight.';
grant execute on function debrief._next_alone(text) to debrief_worker;

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
         else exists (select from debrief.analysis_feedback f
                       where f.audio_error_code = 'worker_lost' and f.audio_due_at is not null) end;
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
          select 'audio', (select min(f.audio_due_at) from debrief.analysis_feedback f where f.audio_due_at > now())) d
   where d.due_at is not null;
end $$;
comment on function debrief._next_due() is
  'Worker: how long until the next row of each stage comes due; rows that are already due are left out. While analyses wait in the bulk lane, stage analysis is looked at twice a second.';
grant execute on function debrief._next_due() to debrief_worker;
