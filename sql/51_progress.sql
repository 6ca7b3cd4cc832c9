-- What the worker writes while a call is under way: how far it is, and which objects it is about to write.

create or replace function debrief._progress(job_id bigint, job_token bigint, percent int) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ids bigint[];
begin
  with held as materialized (
    select j.ctid as row_ctid from only debrief.analysis_jobs j
     where j.id = job_id and j.claim_token = job_token and j.progress_percentage < percent
       for no key update skip locked),
  moved as (
    update only debrief.analysis_jobs j set progress_percentage = percent, updated_at = clock_timestamp()
      from held where j.ctid = held.row_ctid
    returning j.id)
  select array_agg(m.id) into ids from moved m;
  perform debrief._announce('analysis', 'processing', ids);
end $$;
comment on function debrief._progress(bigint, bigint, int) is 'Worker: moves an analysis forward, never back, and announces it.';
grant execute on function debrief._progress(bigint, bigint, int) to debrief_worker;

create or replace function debrief._keep_exchange(ids bigint[], tokens bigint[], servers text[], states text[])
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query
  with held as materialized (
    select c.id, c.token, c.server, c.state, j.row_ctid
      from unnest(ids, tokens, servers, states) as c (id, token, server, state)
     cross join lateral (
        select j.ctid as row_ctid from only debrief.analysis_jobs j
         where j.id = c.id and j.claim_token = c.token and j.status = 'processing'
        offset 0 for no key update skip locked) j),
  kept as (
    update only debrief.analysis_jobs j
       set exchange_server = h.server, exchange_state = h.state::jsonb, updated_at = clock_timestamp()
      from held h
     where j.ctid = h.row_ctid
    returning j.id, j.claim_token)
  select c.id, case when k.id is not null then 'settled'
                    when exists (select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token)
                    then 'locked' else 'stale' end
    from unnest(ids, tokens) with ordinality as c (id, token, n)
    left join kept k on k.id = c.id and k.claim_token = c.token
   order by c.n;
end $$;
comment on function debrief._keep_exchange(bigint[], bigint[], text[], text[]) is
  'Worker: records how far an exchange has come, before its next request. Outcomes are those of the settle functions.';
grant execute on function debrief._keep_exchange(bigint[], bigint[], text[], text[]) to debrief_worker;

create or replace function debrief._intend_objects(stores text[], paths text[], feedback_ids bigint[], segment_indexes int[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index, due_at)
  select o.store, o.path, o.feedback_id, o.segment_index, clock_timestamp() + interval '1 day'
    from unnest(stores, paths, feedback_ids, segment_indexes) as o (store, path, feedback_id, segment_index);
end $$;
comment on function debrief._intend_objects(text[], text[], bigint[], int[]) is
  'Worker: records objects before they are written, until their sound is settled; after a day those that no row names are deleted.';
grant execute on function debrief._intend_objects(text[], text[], bigint[], int[]) to debrief_worker;
