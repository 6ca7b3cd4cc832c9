-- Stage deliver: a receiver gets a message when something has ended. A row is made in the transaction in which an item or an
-- analysis ends, whether others are still to come or not: a claim drops those whose analysis goes on. So no settle
-- waits for another: of those that end at the same time, the last to commit leaves a row that sees them all.

create or replace function debrief._enqueue_deliveries(stage text, ids bigint[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  events constant text := (select coalesce(debrief._server_options(s.server) ->> 'events', 'analyses') from debrief.stages s where s.stage = 'deliver');
begin
  insert into debrief.analysis_deliveries (analysis_job_id, feedback_id, user_id)
  select j.id, null::bigint, j.user_id
    from (select e.id from unnest(ids) as e (id) where stage = 'analysis'
          union
          select f.analysis_job_id
            from unnest(ids) as e (id)
           cross join lateral (select f.analysis_job_id from debrief.analysis_feedback f where f.id = e.id offset 0) f
           where stage <> 'analysis') e
   cross join lateral (select j.id, j.user_id from debrief.analysis_jobs j where j.id = e.id offset 0) j
   where events <> 'items'
  union all
  select f.analysis_job_id, f.id, f.user_id
    from debrief.analysis_feedback f where events <> 'analyses' and stage <> 'analysis' and f.id = any (ids);
end $$;
comment on function debrief._enqueue_deliveries(text, bigint[]) is
  'Queues messages about what has ended: ids are of analysis_jobs for stage analysis, else of analysis_feedback.';
grant execute on function debrief._enqueue_deliveries(text, bigint[]) to debrief_worker;

create or replace function debrief._is_final(analysis_job_id bigint, feedback_id bigint) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return case when feedback_id is not null
      then exists (select from debrief.analysis_feedback f
                    where f.id = feedback_id and f.ssml_due_at is null and f.audio_due_at is null and f.lease_expires_at is null
                      and not ('queued' in (f.ssml_status, f.audio_status) and f.ssml_status <> 'failed' and not debrief._is_blank(f.message)))
      else exists (select from debrief.analysis_jobs j where j.id = analysis_job_id and j.status in ('completed', 'failed'))
           and not exists (select from debrief.analysis_feedback f
                            where f.analysis_job_id = analysis_job_id
                              and (f.ssml_due_at is not null or f.audio_due_at is not null or f.lease_expires_at is not null
                                   or ('queued' in (f.ssml_status, f.audio_status) and f.ssml_status <> 'failed' and not debrief._is_blank(f.message)))) end;
end $$;
comment on function debrief._is_final(bigint, bigint) is
  'Whether nothing of the item is to be done, queued or not, or processing; with a null item: nothing of the analysis.';
grant execute on function debrief._is_final(bigint, bigint) to debrief_worker;

create or replace function debrief._is_to_deliver(delivery_id bigint) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return (
    select debrief._is_final(d.analysis_job_id, d.feedback_id)
       and not exists (select from debrief.analysis_deliveries o
                        where o.analysis_job_id = d.analysis_job_id and o.feedback_id is not distinct from d.feedback_id and o.id <> d.id
                          -- Made of a later state, or about to be.
                          and (o.claimed_at > d.asked_at or (o.status = 'queued' and o.due_at <= clock_timestamp() and o.id > d.id)))
      from debrief.analysis_deliveries d where d.id = delivery_id);
end $$;
comment on function debrief._is_to_deliver(bigint) is
  'Whether what a message is about has ended, and no later message says the same.';
grant execute on function debrief._is_to_deliver(bigint) to debrief_worker;

create or replace function debrief._message_body(delivery_id bigint) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return (
    with message as materialized (
      select d.* from debrief.analysis_deliveries d where d.id = delivery_id),
    item as (
      select f.id, f.ssml_status, f.audio_status, coalesce(f.ssml_error_code, f.audio_error_code) as code,
             case when 'failed' in (f.ssml_status, f.audio_status) then 'failed' when f.audio_status = 'completed' then 'completed' else 'blank' end as status
        from message d
       cross join lateral (
          select f.id, f.ssml_status, f.audio_status, f.ssml_error_code, f.audio_error_code
            from debrief.analysis_feedback f where f.analysis_job_id = d.analysis_job_id and f.id = coalesce(d.feedback_id, f.id)
          offset 0) f)
    select json_build_object(
             'type', case when d.feedback_id is null then 'analysis.completed' else 'feedback.completed' end,
             'timestamp', to_char(d.asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'data', json_build_object(
               'analysis_id', j.id, 'video_recording_id', j.video_recording_id, 'correlation_id', j.correlation_id,
               'status', j.status, 'error_code', j.error_code,
               'counts', (select json_build_object('items', count(*), 'completed', count(*) filter (where i.status = 'completed'),
                                                   'failed', count(*) filter (where i.status = 'failed'),
                                                   'blank', count(*) filter (where i.status = 'blank')) from item i),
               'items', (select coalesce(json_agg(json_build_object('id', i.id, 'status', i.status, 'error_code', i.code) order by i.id), '[]') from item i)))::text
      from message d
     cross join lateral (
        select j.id, j.video_recording_id, j.correlation_id, j.status, j.error_code from debrief.analysis_jobs j where j.id = d.analysis_job_id
        offset 0) j);
end $$;
comment on function debrief._message_body(bigint) is 'The JSON that the receiver is sent: docs/webhook.md describes it.';
grant execute on function debrief._message_body(bigint) to debrief_worker;

create or replace function debrief._drop_deliveries(from_due timestamptz, until timestamptz, look_max int default 1000) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  with due as materialized (
    select w.ctid as row_ctid, w.id
      from only debrief.analysis_deliveries w
     where w.due_at >= from_due and w.due_at <= until
     order by w.due_at, w.id
     limit look_max
       for update skip locked)
  delete from only debrief.analysis_deliveries d using due
   where d.ctid = due.row_ctid and not coalesce(debrief._is_to_deliver(due.id), false);
end $$;
comment on function debrief._drop_deliveries(timestamptz, timestamptz, int) is
  'Worker: deletes due messages about what goes on, or what a later message says.';
grant execute on function debrief._drop_deliveries(timestamptz, timestamptz, int) to debrief_worker;

create or replace function debrief._claim_deliver(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}',
  set_aside bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, unproven int, unproven_ms bigint, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint, asked_us bigint,
               message_id text, body text)
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
       select from debrief.analysis_deliveries d where d.due_at >= from_due and d.due_at <= now_ts) then
    return;
  end if;
  select * into stage from debrief.stages s where s.stage = 'deliver';
  share := case when stage.paused then 0 else stage.rollout_percent end;
  perform debrief._drop_deliveries(from_due, now_ts);
  if stage.user_attempts_per_day is not null and share > 0 then
    perform debrief._hold_over_quota('deliver', stage.user_attempts_per_day, from_due, preferred, set_aside);
  end if;
  return query
  with first as materialized (
    select d.row_ctid, d.due_at
      from unnest(preferred) as p (id)
     cross join lateral (
        select d.ctid as row_ctid, d.due_at, d.user_id from only debrief.analysis_deliveries d
         where d.id = p.id and (d.due_at <= now_ts) is true
        offset 0 for no key update skip locked) d
     where p.id <> all (set_aside) and debrief._in_rollout(d.user_id, share) and debrief._is_to_deliver(p.id)
     limit batch_size),
  due as materialized (
    select d.ctid as row_ctid, d.due_at
      from only debrief.analysis_deliveries d
     where d.due_at >= from_due and d.due_at <= now_ts and debrief._in_rollout(d.user_id, share) and d.id <> all (preferred || set_aside)
       and not debrief._runs_alone(d.error_code, d.attempts, stage.max_attempts) and debrief._is_to_deliver(d.id)
     order by d.due_at, d.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update only debrief.analysis_deliveries d
       set status = 'processing', due_at = null, attempts = d.attempts + 1, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, claimed_at = now_ts, lease_expires_at = now_ts + lease, updated_at = now_ts
      from (select * from first union all select * from due) c
     where d.ctid = c.row_ctid
    returning d.id, d.claim_token, d.attempts, d.unproven, d.unproven_at, d.user_id, d.analysis_job_id, d.message_id, d.asked_at, c.due_at as was_due_at)
  select c.id, c.claim_token, c.attempts, c.unproven, (extract(epoch from now_ts - c.unproven_at) * 1000)::bigint, c.user_id,
         (select j.correlation_id from debrief.analysis_jobs j where j.id = c.analysis_job_id), ''::text, ''::text, ''::text,
         (extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint, (extract(epoch from now_ts - c.asked_at) * 1000000)::bigint,
         'msg_' || replace(c.message_id::text, '-', ''), debrief._message_body(c.id)
    from claimed c
   where (select case when count(c.claim_token) = (select count(*) from first) + (select count(*) from due) then true
                      else debrief._check_changed('deliver', (
                        select count(*) from only debrief.analysis_deliveries q
                         where q.ctid = any (array(select f.row_ctid from first f union all select d.row_ctid from due d))) - count(c.claim_token)) end from claimed c)
   order by c.was_due_at, c.id;
  if stage.user_attempts_per_day is not null and found then
    perform debrief._count_user_attempts('deliver', array(
      select d.id from debrief.analysis_deliveries d
       where d.lease_expires_at is not null and d.claimed_by = worker_id and d.claimed_at = now_ts), 1);
  end if;
end $$;
comment on function debrief._claim_deliver(bigint, int, interval, timestamptz, bigint[], bigint[]) is
  'Worker: claims due deliveries, with what is to be sent. from_due and preferred as of _claim_analysis.';
grant execute on function debrief._claim_deliver(bigint, int, interval, timestamptz, bigint[], bigint[]) to debrief_worker;

create or replace function debrief._settle_deliver(ids bigint[], tokens bigint[]) returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  outcomes text[];
  held bigint[];
  stored bigint;
begin
  select h.outcomes, h.held into outcomes, held from debrief._hold_claims(ids, tokens, 'deliver') h;
  with stored as (
  update only debrief.analysis_deliveries d
     set status = 'completed', last_error = null, error_code = null, unproven = 0, unproven_at = null,
         claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = clock_timestamp()
   where d.id = any (held)
  returning d.status)
  select count(*) into stored from stored s where s.status <> 'processing';
  if stored < cardinality(held) then
    perform debrief._check_changed('deliver', cardinality(held) - stored);
  end if;
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_deliver(bigint[], bigint[]) is 'Worker: the receiver has these messages.';
grant execute on function debrief._settle_deliver(bigint[], bigint[]) to debrief_worker;

create or replace function debrief._deliveries_deleted() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  if tg_op = 'TRUNCATE' then
    -- A worker that has locked some waits for this to read the analysis, and drops them itself.
    delete from debrief.analysis_deliveries d
     where d.id in (select a.id from debrief.analysis_deliveries a for update skip locked);
  else
    delete from debrief.analysis_deliveries d using gone g where d.analysis_job_id = g.id;
  end if;
  return null;
end $$;
comment on function debrief._deliveries_deleted() is 'Trigger: deletes the deliveries of deleted or truncated analyses.';
alter function debrief._deliveries_deleted() owner to debrief_worker;
