-- Claim: what the worker takes. Oldest due first, never waiting for a lock. Two workers never get one row: FOR NO KEY
-- UPDATE SKIP LOCKED passes over what another transaction holds, and a row that is claimed has no due time any more (the
-- worker's transactions are READ COMMITTED, so that is looked at again when the lock is taken). The rows are picked by
-- ctid in a MATERIALIZED CTE: the LIMIT then holds, and the plan does not depend on statistics.
--
-- What has ids reaches their rows by LATERAL with OFFSET 0, here and where claims are settled: one row by its key for each,
-- in a plan that was made while the table was empty, too. A join or an ORDER BY of the key would have read the whole index.
-- IS TRUE keeps a condition from the index of due times.

-- A BEFORE trigger of the user's may return NULL, or OLD, and no error says so: the row would keep others of its stage
-- from being claimed, or be called for, and paid, again and again, as would one whose result seems to be stored.
create or replace function debrief._check_changed(stage_name text, kept bigint) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if kept = 0 then
    return true;  -- one was named twice, or has changed since the statement began, which leaves it to the next claim
  end if;
  raise exception 'a trigger keeps rows of stage "%" as they were', stage_name using errcode = 'triggered_data_change_violation',
    hint = format('A trigger BEFORE UPDATE on debrief.%I must return NEW.', (select l.queue from debrief._stages() l where l.stage = stage_name));
end $$;
comment on function debrief._check_changed(text, bigint) is 'Error if rows are as they were that a statement was to change: kept, how many of those that it saw.';
grant execute on function debrief._check_changed(text, bigint) to debrief_worker;

-- What waits in the bulk lane has no due time, so that no claim reads it before its turn.
create or replace function debrief._start_bulk(now_ts timestamptz, batch_size int) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  share int;
begin
  if not exists (select from debrief.analysis_jobs j where j.bulk and j.status = 'queued' and j.due_at is null)
     or exists (select from debrief.analysis_feedback f where f.ssml_due_at <= now_ts)
     or exists (select from debrief.analysis_feedback f where f.audio_due_at <= now_ts) then
    return false;
  end if;
  select case when s.paused then 0 else s.rollout_percent end into share from debrief.stages s where s.stage = 'analysis';
  with first as materialized (
    select j.ctid as row_ctid
      from only debrief.analysis_jobs j
     where j.bulk and j.status = 'queued' and j.due_at is null and debrief._in_rollout(j.user_id, share)
       and not exists (select from debrief.video_recordings r where r.id = j.video_recording_id and r.not_before > now_ts)
     order by j.id
     limit batch_size
       for no key update skip locked)
  update only debrief.analysis_jobs j set due_at = now_ts, asked_at = now_ts from first where j.ctid = first.row_ctid;
  return found;
end $$;
comment on function debrief._start_bulk(timestamptz, int) is
  'Worker: makes analyses of the bulk lane due, when nothing of stages ssml and audio is; whether there were any.';
grant execute on function debrief._start_bulk(timestamptz, int) to debrief_worker;

create or replace function debrief._claim_analysis(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}',
  set_aside bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, unproven int, unproven_ms bigint, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint, asked_us bigint,
               recording_id bigint, storage_path text, filename text, format text, duration_seconds numeric,
               transcript text, exchange_state text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  stage debrief.stages;
  share int;
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_jobs j where j.due_at >= from_due and j.due_at <= now_ts)
     and not debrief._start_bulk(now_ts, batch_size) then
    return;
  end if;
  select * into stage from debrief.stages s where s.stage = 'analysis';
  share := case when stage.paused then 0 else stage.rollout_percent end;
  if stage.user_attempts_per_day is not null and share > 0 then
    perform debrief._hold_over_quota('analysis', stage.user_attempts_per_day, from_due, preferred, set_aside);
  end if;
  return query
  with first as materialized (
    select j.row_ctid, j.due_at
      from unnest(preferred) as p (id)
     cross join lateral (
        select j.ctid as row_ctid, j.due_at, j.user_id from only debrief.analysis_jobs j
         where j.id = p.id and (j.due_at <= now_ts) is true
        offset 0 for no key update skip locked) j
     where p.id <> all (set_aside) and debrief._in_rollout(j.user_id, share)
     limit batch_size),
  due as materialized (
    select j.ctid as row_ctid, j.due_at
      from only debrief.analysis_jobs j
     where j.due_at >= from_due and j.due_at <= now_ts and debrief._in_rollout(j.user_id, share)
       and j.id <> all (preferred || set_aside) and not debrief._runs_alone(j.error_code, j.attempts, stage.max_attempts)
     order by j.due_at, j.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update only debrief.analysis_jobs j
       set status = 'processing', due_at = null, attempts = j.attempts + 1,
           progress_percentage = greatest(j.progress_percentage, 5),
           claim_token = nextval('debrief.claim_token_seq'), claimed_by = worker_id,
           lease_expires_at = now_ts + lease, processing_started_at = now_ts, updated_at = now_ts
      from (select * from first union all select * from due) d
     where j.ctid = d.row_ctid
    returning j.id, j.claim_token, j.attempts, j.unproven, j.unproven_at, j.user_id, j.correlation_id, j.voice_snapshot, j.exchange_server,
              j.exchange_state, j.video_recording_id, j.asked_at, d.due_at as was_due_at),
  told as (select debrief._announce('analysis', 'processing', array_agg(c.id)) from claimed c)
  select c.id, c.claim_token, c.attempts, c.unproven, (extract(epoch from now_ts - c.unproven_at) * 1000)::bigint, c.user_id, c.correlation_id,
         coalesce(c.voice_snapshot ->> 'language', ''),
         coalesce(c.voice_snapshot -> 'provider_voice' ->> stage.server, ''), ''::text,
         (extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint, (extract(epoch from now_ts - c.asked_at) * 1000000)::bigint,
         r.id, r.storage_path, coalesce(r.original_filename, ''), coalesce(r.format, ''), r.duration_seconds,
         -- What other kinds do not read would only take the worker's memory.
         case (select debrief._server_kind(stage.server)) when 'openai' then coalesce(left(r.metadata ->> 'transcript', 262144), '') else '' end,
         case when c.exchange_server = stage.server then coalesce(c.exchange_state::text, '') else '' end
    from claimed c
   cross join lateral (
      select r.id, r.storage_path, r.original_filename, r.format, r.duration_seconds, r.metadata
        from debrief.video_recordings r where r.id = c.video_recording_id
      offset 0) r
   cross join told
   where (select case when count(c.claim_token) = (select count(*) from first) + (select count(*) from due) then true
                      else debrief._check_changed('analysis', (
                        select count(*) from only debrief.analysis_jobs q
                         where q.ctid = any (array(select f.row_ctid from first f union all select d.row_ctid from due d))) - count(c.claim_token)) end from claimed c)
   order by c.was_due_at, c.id;
  if stage.user_attempts_per_day is not null and found then
    perform debrief._count_user_attempts('analysis', array(
      select j.id from debrief.analysis_jobs j
       where j.lease_expires_at is not null and j.claimed_by = worker_id and j.processing_started_at = now_ts), 1);
  end if;
end $$;
comment on function debrief._claim_analysis(bigint, int, interval, timestamptz, bigint[], bigint[]) is
  'Worker: claims due analysis jobs: status processing, one attempt counted, a token drawn, a lease set. from_due: rows that were due before are not looked for; preferred: ids that go first; set_aside: ids that are left out.';
grant execute on function debrief._claim_analysis(bigint, int, interval, timestamptz, bigint[], bigint[]) to debrief_worker;

create or replace function debrief._claim_ssml(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}',
  set_aside bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, unproven int, unproven_ms bigint, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint, asked_us bigint,
               message text, category text, timestamp_seconds numeric)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  stage debrief.stages;
  share int;
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_feedback f where f.ssml_due_at >= from_due and f.ssml_due_at <= now_ts) then
    return;
  end if;
  select * into stage from debrief.stages s where s.stage = 'ssml';
  share := case when stage.paused then 0 else stage.rollout_percent end;
  if stage.user_attempts_per_day is not null and share > 0 then
    perform debrief._hold_over_quota('ssml', stage.user_attempts_per_day, from_due, preferred, set_aside);
  end if;
  return query
  with first as materialized (
    select f.row_ctid, f.ssml_due_at
      from unnest(preferred) as p (id)
     cross join lateral (
        select f.ctid as row_ctid, f.ssml_due_at, f.user_id from only debrief.analysis_feedback f
         where f.id = p.id and (f.ssml_due_at <= now_ts) is true
        offset 0 for no key update skip locked) f
     where p.id <> all (set_aside) and debrief._in_rollout(f.user_id, share)
     limit batch_size),
  due as materialized (
    select f.ctid as row_ctid, f.ssml_due_at
      from only debrief.analysis_feedback f
     where f.ssml_due_at >= from_due and f.ssml_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
       and f.id <> all (preferred || set_aside) and not debrief._runs_alone(f.ssml_error_code, f.ssml_attempts, stage.max_attempts)
     order by f.ssml_due_at, f.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update only debrief.analysis_feedback f
       set ssml_status = 'processing', ssml_due_at = null, ssml_attempts = f.ssml_attempts + 1,
           ssml_updated_at = now_ts, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, lease_expires_at = now_ts + lease
      from (select * from first union all select * from due) d
     where f.ctid = d.row_ctid
    returning f.id, f.claim_token, f.ssml_attempts, f.unproven, f.unproven_at, f.user_id, f.message, f.category, f.timestamp_seconds,
              f.analysis_job_id, f.asked_at, d.ssml_due_at as was_due_at),
  told as (select debrief._announce('ssml', 'processing', array_agg(c.id)) from claimed c)
  select c.id, c.claim_token, c.ssml_attempts, c.unproven, (extract(epoch from now_ts - c.unproven_at) * 1000)::bigint, c.user_id, j.correlation_id,
         coalesce(j.voice_snapshot ->> 'language', ''),
         coalesce(j.voice_snapshot -> 'provider_voice' ->> stage.server, ''),
         coalesce(j.voice_snapshot ->> 'ssml_instruction', ''),
         (extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint, (extract(epoch from now_ts - c.asked_at) * 1000000)::bigint,
         c.message, c.category, c.timestamp_seconds
    from claimed c
   cross join lateral (select j.correlation_id, j.voice_snapshot from debrief.analysis_jobs j where j.id = c.analysis_job_id offset 0) j
   cross join told
   where (select case when count(c.claim_token) = (select count(*) from first) + (select count(*) from due) then true
                      else debrief._check_changed('ssml', (
                        select count(*) from only debrief.analysis_feedback q
                         where q.ctid = any (array(select f.row_ctid from first f union all select d.row_ctid from due d))) - count(c.claim_token)) end from claimed c)
   order by c.was_due_at, c.id;
  if stage.user_attempts_per_day is not null and found then
    perform debrief._count_user_attempts('ssml', array(
      select f.id from debrief.analysis_feedback f
       where f.lease_expires_at is not null and f.claimed_by = worker_id and f.ssml_status = 'processing' and f.ssml_updated_at = now_ts), 1);
  end if;
end $$;
comment on function debrief._claim_ssml(bigint, int, interval, timestamptz, bigint[], bigint[]) is
  'Worker: claims feedback that is due for SSML: status processing, one attempt counted, a token drawn, a lease set. from_due, preferred and set_aside as of _claim_analysis.';
grant execute on function debrief._claim_ssml(bigint, int, interval, timestamptz, bigint[], bigint[]) to debrief_worker;
