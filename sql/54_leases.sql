-- Leases: which worker holds a row, and what happens when that worker is gone.

create or replace function debrief._lock_class() returns int
language sql immutable as $$ select 1684366962 $$;
comment on function debrief._lock_class() is 'First key of our advisory locks: "debr" in ASCII.';
grant execute on function debrief._lock_class() to debrief_worker;

create or replace function debrief._lock_object(worker_id bigint) returns int
language sql immutable as $$ select (pg_catalog.abs(worker_id) operator(pg_catalog.%) 2147483648)::int $$;
comment on function debrief._lock_object(bigint) is 'Second key of a worker''s advisory lock.';
grant execute on function debrief._lock_object(bigint) to debrief_worker;

create or replace function debrief._is_outer_session() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select session_user <> 'debrief_worker'
         and exists (select from pg_roles r where r.rolname = session_user and not r.rolsuper and pg_has_role(r.oid, 'debrief_outer', 'member'));
$$;
comment on function debrief._is_outer_session() is 'Whether the session''s role may be a worker outside the server.';
grant execute on function debrief._is_outer_session() to debrief_worker;

-- Any session may hold any advisory lock: an identity whose lock is taken is skipped.
create or replace function debrief._worker_start(out worker_id bigint, out is_copy boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  sign constant int := case when debrief._is_outer_session() then -1 else 1 end;
begin
  loop
    worker_id := nextval('debrief.claim_token_seq') * sign;
    -- Held by the worker's session: if it can be taken, the worker is gone.
    exit when pg_try_advisory_lock(debrief._lock_class(), debrief._lock_object(worker_id));
  end loop;
  is_copy := debrief._is_copy();
end $$;
comment on function debrief._worker_start() is
  'Worker: takes an identity, below 0 for one outside the server, and the session lock that shows it is alive.';
grant execute on function debrief._worker_start() to debrief_worker;

create or replace function debrief._release(worker_id bigint, but bigint[] default '{}') returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ssml bigint[];
  audio bigint[];
begin
  with held as materialized (
    select f.ctid as row_ctid from only debrief.analysis_feedback f
     where f.lease_expires_at is not null and f.claimed_by = worker_id and f.claim_token <> all (but)
       for no key update skip locked),
  released as (
    update only debrief.analysis_feedback f
       set ssml_status = case f.ssml_status when 'processing' then 'queued' else f.ssml_status end,
           ssml_due_at = case f.ssml_status when 'processing' then clock_timestamp() end,
           ssml_attempts = f.ssml_attempts - (f.ssml_status = 'processing')::int,
           audio_status = case f.audio_status when 'processing' then 'queued' else f.audio_status end,
           audio_due_at = case f.audio_status when 'processing' then clock_timestamp() end,
           audio_attempts = f.audio_attempts - (f.audio_status = 'processing')::int,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from held where f.ctid = held.row_ctid
    returning f.id, f.ssml_status)
  select array_agg(r.id) filter (where r.ssml_status = 'queued'), array_agg(r.id) filter (where r.ssml_status = 'completed')
    into ssml, audio from released r;
  perform debrief._count_user_attempts('ssml', ssml, -1);
  perform debrief._count_user_attempts('audio', audio, -1);
  perform debrief._announce('ssml', 'queued', ssml);
  perform debrief._announce('audio', 'queued', audio);
  return coalesce(cardinality(ssml), 0) + coalesce(cardinality(audio), 0)
         + (select sum(debrief._release_rows(l.stage, worker_id, but))::bigint from debrief._stages() l where l.prefix = '');
end $$;
comment on function debrief._release(bigint, bigint[]) is
  'Worker: returns its claims, uncharged: all when it stops, and all but those with tokens that it knows when a claim got no answer.';
grant execute on function debrief._release(bigint, bigint[]) to debrief_worker;

create or replace function debrief._lost_claims(stage text, ids bigint[], tokens bigint[]) returns setof bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query execute (
    select format('select c.token from unnest($1, $2) as c (id, token)
                    where not exists (select from debrief.%I q where q.id = c.id and q.claim_token = c.token offset 0)', l.queue)
      from debrief._stages() l where l.stage = stage)
    using ids, tokens;
end $$;
comment on function debrief._lost_claims(text, bigint[], bigint[]) is
  'Worker: the tokens whose claim was taken away by an edit, a cancel or a delete.';
grant execute on function debrief._lost_claims(text, bigint[], bigint[]) to debrief_worker;

create or replace function debrief._renew(stage text, ids bigint[], tokens bigint[], lease interval) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  execute (
    select format('with held as materialized (
                     select q.row_ctid
                       from unnest($1, $2) as c (id, token)
                      cross join lateral (
                         select q.ctid as row_ctid from only debrief.%1$I q where q.id = c.id and q.claim_token = c.token
                         offset 0 for no key update skip locked) q)
                   update only debrief.%1$I q set lease_expires_at = clock_timestamp() + $3 from held where q.ctid = held.row_ctid', l.queue)
      from debrief._stages() l where l.stage = stage)
    using ids, tokens, lease;
end $$;
comment on function debrief._renew(text, bigint[], bigint[], interval) is 'Worker: extends the leases of live claims.';
grant execute on function debrief._renew(text, bigint[], bigint[], interval) to debrief_worker;
