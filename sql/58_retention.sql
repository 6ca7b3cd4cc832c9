-- Retention of finished analyses, and what is left of those that are removed: their source.
-- Recordings are removed as debrief_admin, and by functions that a worker cannot point at other rows: a trigger that
-- the owner of a table adds runs with the worker's rights.

create or replace function debrief._was_removed(source text) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
  select exists (select from debrief.removed_sources r where r.source = _was_removed.source);
$$;
comment on function debrief._was_removed(text) is
  'Whether the recording of a source was removed by retention, delete_recording() or erase_user(): an update of its row that keeps its path does not start the analysis again.';
alter function debrief._was_removed(text) owner to debrief_worker;
grant execute on function debrief._was_removed(text) to debrief_app, debrief_admin, debrief_worker;

-- PostgreSQL raises no error for it, and a cascade leaves rows without those that they belong to.
create or replace function debrief._check_gone(table_name text, are_there boolean) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if are_there then
    raise exception 'rows of debrief.% are still there', table_name using errcode = 'triggered_data_change_violation',
      hint = 'A trigger BEFORE DELETE returned NULL, a policy keeps them from being deleted, or another session has written them in the meantime.';
  end if;
end $$;
comment on function debrief._check_gone(text, boolean) is 'Error if rows that were deleted are there.';
grant execute on function debrief._check_gone(text, boolean) to debrief_admin;

create or replace function debrief._remove_recordings(ids bigint[], keep_objects boolean) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  items bigint[];
  removed bigint;
begin
  if keep_objects then
    select array_agg(f.id) into items
      from debrief.analysis_jobs j join debrief.analysis_feedback f on f.analysis_job_id = j.id where j.video_recording_id = any (ids);
  end if;
  insert into debrief.removed_sources (source)
  select r.source from debrief.video_recordings r where r.id = any (ids) and r.source is not null
   order by r.source
  on conflict do nothing;
  delete from debrief.video_recordings r where r.id = any (ids);
  get diagnostics removed = row_count;
  perform debrief._check_gone('video_recordings', exists (select from debrief.video_recordings r where r.id = any (ids)));
  if keep_objects then
    delete from debrief.object_deletions d where d.feedback_id = any (items) and d.created_at >= now();
  end if;
  return removed;
end $$;
comment on function debrief._remove_recordings(bigint[], boolean) is
  'Removes recordings with all that was made of them, and keeps their sources in removed_sources. keep_objects: the sounds stay in their stores, but those of a store of kind database.';
grant execute on function debrief._remove_recordings(bigint[], boolean) to debrief_admin;

-- What cannot go yet must neither hold up what ended after it nor be looked at by the thousand each time: the oldest are
-- looked at, and more from a place that changes.
create or replace function debrief._removable(retention interval, max_rows int, place double precision) returns bigint[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with spans as (
    select now() - _removable.retention as ended_before,
           (select min(j.processing_completed_at) from debrief.analysis_jobs j
             where j.status in ('completed', 'failed') and j.keep_until is null) as oldest,
           least(now(), greatest((select min(j.keep_until) from debrief.analysis_jobs j where j.keep_until is not null), '2000-01-01')) as kept),
  looked as (
    (select j.id from debrief.analysis_jobs j
      where j.keep_until < now() and j.status in ('completed', 'failed') order by j.keep_until limit _removable.max_rows)
    union
    (select j.id from debrief.analysis_jobs j
      where j.keep_until >= (select s.kept + _removable.place * (now() - s.kept) from spans s) and j.keep_until < now()
        and j.status in ('completed', 'failed') order by j.keep_until limit 5 * _removable.max_rows)
    union
    (select j.id from debrief.analysis_jobs j
      where _removable.retention > interval '0' and j.status in ('completed', 'failed') and j.keep_until is null
        and j.processing_completed_at < (select s.ended_before from spans s)
      order by j.processing_completed_at limit _removable.max_rows)
    union
    (select j.id from debrief.analysis_jobs j
      where _removable.retention > interval '0' and j.status in ('completed', 'failed') and j.keep_until is null
        and j.processing_completed_at >= (select s.oldest + _removable.place * (s.ended_before - s.oldest) from spans s)
        and j.processing_completed_at < (select s.ended_before from spans s)
      order by j.processing_completed_at limit 5 * _removable.max_rows))
  select array_agg(r.id)
    from (select l.id from looked l
           where not exists (select from debrief._queue_rows() q
                              where q.analysis_job_id = l.id and (q.due_at is not null or q.lease_expires_at is not null)
                                and q.stage = any (array(select u.stage from debrief._stages_used() u)))
           limit _removable.max_rows) r;
$$;
comment on function debrief._removable(interval, int, double precision) is
  'Analyses that ended longer ago than the retention, or were to be kept until a time that has passed, and of which nothing is queued or processing in a stage that is used: from the oldest, and from a place between the oldest (0) and the youngest (1).';
grant execute on function debrief._removable(interval, int, double precision) to debrief_admin;

create or replace function debrief._remove_ended(retention interval, keep_objects boolean, max_rows int, place double precision default random())
returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
#variable_conflict use_variable
declare
  ids bigint[] := debrief._removable(retention, max_rows, place);
  one bigint;
  removed bigint := 0;
  refused int := 0;
  problem text;
begin
  if ids is null then
    return 0;
  end if;
  -- Refused at commit, one recording would undo all that the worker has done with it.
  set constraints all immediate;
  -- Recordings first, as whoever deletes one locks them. The condition again, of what is locked.
  select array_agg(h.id) into ids
    from (select r.id from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id
           where j.id = any (ids) and j.status in ('completed', 'failed')
             and coalesce(j.keep_until < now(), retention > interval '0' and j.processing_completed_at < now() - retention)
           order by r.id for update of r skip locked for no key update of j skip locked) h;
  begin
    return debrief._remove_recordings(ids, keep_objects);
  exception when others then  -- a foreign key or a trigger of the application, or an item that somebody is changing
    null;
  end;
  for one in select u.id from unnest(ids) as u (id) order by random() loop
    exit when refused = 10;
    begin
      removed := removed + debrief._remove_recordings(array[one], keep_objects);
    exception when others then
      refused := refused + 1;
      problem := case when sqlstate = '55P03' then problem else sqlerrm end;
    end;
  end loop;
  if problem is not null then
    raise log 'pg_debrief: recordings that retention does not keep cannot be removed: %', problem;
  end if;
  return removed;
end $$;
comment on function debrief._remove_ended(interval, boolean, int, double precision) is
  'Removes the recordings of what _removable() finds, and returns how many. What the application''s own keys or triggers refuse stays, and is tried again.';
grant execute on function debrief._remove_ended(interval, boolean, int, double precision) to debrief_admin;

create or replace function debrief._prune_analyses() returns bigint
language sql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
  select debrief._remove_ended(current_setting('pg_debrief.analysis_retention')::interval,
                               not current_setting('pg_debrief.retention_deletes_objects')::boolean, 200);
$$;
comment on function debrief._prune_analyses() is 'Worker: removes what pg_debrief.analysis_retention and analysis_jobs.keep_until no longer keep; returns how many recordings.';
alter function debrief._prune_analyses() owner to debrief_admin;
grant execute on function debrief._prune_analyses() to debrief_worker;
