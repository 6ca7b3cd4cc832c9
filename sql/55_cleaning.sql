-- Deletion of objects and of old history.

create or replace function debrief._take_deletions(batch_size int)
returns table (id bigint, store text, store_kind text, store_options jsonb, storage_path text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();  -- an index is not read by a function that is volatile
begin
  -- A path that a row names (again) must not be deleted; nor one that was recorded again since: its sound is being
  -- written, and what was recorded then has it deleted if no row comes to name it.
  delete from debrief.object_deletions d
   where d.due_at <= now_ts
     and (exists (select from debrief.analysis_audio_segments a
                   where a.feedback_id = d.feedback_id and a.segment_index = d.segment_index
                     and a.store = d.store and a.storage_path = d.storage_path
                  offset 0)
          or exists (select from debrief.object_deletions o
                      where o.feedback_id = d.feedback_id and o.store = d.store and o.storage_path = d.storage_path and o.id > d.id
                     offset 0));
  return query
  with due as materialized (
    select d.ctid as row_ctid from only debrief.object_deletions d
     where d.due_at <= now_ts
     order by d.due_at, d.id limit batch_size
       for update skip locked),
  taken as (
    update only debrief.object_deletions d
       set attempts = d.attempts + 1,
           due_at = now_ts + least(3600, power(2, least(d.attempts, 20))) * interval '1 second'
     where d.ctid = any (array (select u.row_ctid from due u))
    returning d.id, d.store, d.storage_path)
  select t.id, t.store, debrief._server_kind(t.store), debrief._server_options(t.store), t.storage_path from taken t;
end $$;
comment on function debrief._take_deletions(int) is 'Worker: objects to delete now; each is returned again, with growing delays, until it is settled.';
grant execute on function debrief._take_deletions(int) to debrief_worker;

create or replace function debrief._settle_deletions(ids bigint[], errors text[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.object_deletions d set last_error = e.error
    from unnest(_settle_deletions.ids, _settle_deletions.errors) as e (id, error) where d.id = e.id and e.error is not null;
  -- With what was recorded of the same object before: it need not be deleted once more.
  delete from debrief.object_deletions d
   using unnest(_settle_deletions.ids, _settle_deletions.errors) as e (id, error)
    join debrief.object_deletions gone on gone.id = e.id
   where e.error is null and d.store = gone.store and d.storage_path = gone.storage_path and d.id <= gone.id;
$$;
comment on function debrief._settle_deletions(bigint[], text[]) is 'Worker: removes deleted objects from the queue, and records why others could not be deleted.';
grant execute on function debrief._settle_deletions(bigint[], text[]) to debrief_worker;

create or replace function debrief._prune_attempts(retention interval, batch_size int) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  pruned bigint;
  queue text;
begin
  delete from only debrief.attempts a
   where a.ctid = any (array(select o.ctid from only debrief.attempts o where o.finished_at < now() - retention
                              order by o.finished_at limit batch_size));
  get diagnostics pruned = row_count;
  for queue in select l.queue from debrief._stages() l where l.is_optional loop
    execute format('delete from only debrief.%1$I d
                     where d.ctid = any (array(
                             select o.ctid from only debrief.%1$I o
                              where o.status in (''completed'', ''failed'') and o.updated_at < now() - $1
                              order by o.updated_at limit $2 for update skip locked))', queue) using retention, batch_size;
  end loop;
  return pruned;
end $$;
comment on function debrief._prune_attempts(interval, int) is
  'Worker: deletes attempt history that is older than its retention, and rows of optional stages that ended before; returns how many attempts.';
grant execute on function debrief._prune_attempts(interval, int) to debrief_worker;
