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
  'Whether the recording of a source was removed by retention or erase_user(): an update of its row does not start the analysis again.';
alter function debrief._was_removed(text) owner to debrief_worker;
grant execute on function debrief._was_removed(text) to debrief_app, debrief_admin, debrief_worker;

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
  if keep_objects then
    delete from debrief.object_deletions d where d.feedback_id = any (items) and d.created_at >= now();
  end if;
  return removed;
end $$;
comment on function debrief._remove_recordings(bigint[], boolean) is
  'Removes recordings with all that was made of them, and keeps their sources in removed_sources. keep_objects: the sounds stay in their stores, but those of a store of kind database.';
grant execute on function debrief._remove_recordings(bigint[], boolean) to debrief_admin;

create or replace function debrief._remove_ended(retention interval, keep_objects boolean, max_rows int) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ids bigint[];
begin
  with ended as (
    (select j.id from debrief.analysis_jobs j
      where j.keep_until < now() and j.status in ('completed', 'failed') limit max_rows)
    union all
    (select j.id from debrief.analysis_jobs j
      where retention > interval '0' and j.status in ('completed', 'failed') and j.keep_until is null
        and j.processing_completed_at < now() - retention
      order by j.processing_completed_at limit max_rows))
  select array_agg(e.id) into ids
    from ended e
   where not exists (select from debrief.analysis_feedback f
                      where f.analysis_job_id = e.id and (f.ssml_due_at is not null or f.audio_due_at is not null or f.lease_expires_at is not null))
     and not exists (select from debrief.analysis_deliveries d
                      where d.analysis_job_id = e.id and d.status in ('queued', 'processing'));
  if ids is null then
    return 0;
  end if;
  select array_agg(h.video_recording_id) into ids
    from (select j.video_recording_id from debrief.analysis_jobs j where j.id = any (ids) order by j.id for no key update skip locked) h;
  return debrief._remove_recordings(ids, keep_objects);
end $$;
comment on function debrief._remove_ended(interval, boolean, int) is
  'Removes recordings whose analysis ended longer ago than the retention, or was to be kept until a time that has passed, and of whose feedback and deliveries nothing is queued or processing; returns how many.';
grant execute on function debrief._remove_ended(interval, boolean, int) to debrief_admin;

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
