-- What is kept of a person: given to them, and removed.

create or replace function debrief.export_user(user_id uuid) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  kept text;
begin
  foreach kept in array array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback', 'analysis_ssml_segments',
                              'analysis_audio_segments', 'attempts']
                        || array(select l.queue from debrief._stages() l where l.is_optional) loop
    return query execute format('select jsonb_build_object(''table'', %1$L, ''row'', debrief._as_jsonb(row_to_json(t.*))) from debrief.%1$I t where t.user_id = $1 order by t.id', kept)
      using user_id;
  end loop;
  return query
  select jsonb_build_object('table', 'audio_objects', 'row',
           jsonb_build_object('storage_path', o.storage_path, 'content_type', o.content_type, 'created_at', o.created_at, 'body_base64', encode(o.body, 'base64')))
    from debrief.audio_objects o where o.user_id = user_id order by o.storage_path;
  return query
  select jsonb_build_object('table', 'user_usage', 'row', to_jsonb(u.*)) from debrief.user_usage u where u.end_user = user_id order by u.stage;
  return query
  select jsonb_build_object('table', 'operations', 'row', to_jsonb(o.*)) from debrief.operations o
   where o.end_user = user_id or strpos(o.target, user_id::text) > 0 order by o.at;
end $$;
comment on function debrief.export_user(uuid) is
  'Everything that is kept about a user, one JSON object per line with a table and a row. It contains the sounds of a store of kind database, in base64, and the addresses of those in other stores. For operators.';
grant execute on function debrief.export_user(uuid) to debrief_admin;

create or replace function debrief._erase_operations(user_id uuid, recordings bigint) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  changed bigint;
begin
  -- An operator may have cancelled what waited of this user: cancel_queued().
  update debrief.operations o
     set end_user = case when o.end_user <> user_id then o.end_user end, target = replace(o.target, user_id::text, 'erased')
   where o.end_user = user_id or strpos(o.target, user_id::text) > 0;
  get diagnostics changed = row_count;
  perform debrief._log_operation('erase_user', '', greatest(1, recordings));
  return changed;
end $$;
comment on function debrief._erase_operations(uuid, bigint) is
  'Takes a user out of debrief.operations, and records there that their data was erased, but not whose. Returns how many rows named them.';
alter function debrief._erase_operations(uuid, bigint) owner to debrief_worker;
grant execute on function debrief._erase_operations(uuid, bigint) to debrief_admin;

create or replace function debrief.erase_user(user_id uuid) returns table (what text, rows bigint, remark text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  recordings bigint[];
  analyses bigint;
  items bigint;
  sounds bigint;
  -- Of this transaction: workers record and delete objects of others all the time.
  before constant bigint := (select count(*) from debrief.object_deletions d where d.created_at = now());
  uploads bigint;
  emptied text;
  are_there boolean;
begin
  select array_agg(r.id), count(*) filter (where r.storage_path <> '') into recordings, uploads
    from debrief.video_recordings r where r.user_id = user_id;
  select count(*) into analyses from debrief.analysis_jobs j where j.user_id = user_id;
  select count(*) into items from debrief.analysis_feedback f where f.user_id = user_id;
  select count(*) into sounds from debrief.analysis_audio_segments a where a.user_id = user_id;
  return query select 'recordings', coalesce(debrief._remove_recordings(recordings, false), 0), 'their sources stay, without the user: they are not analysed again';
  return query select 'analyses', analyses, 'calls in flight are aborted';
  return query select 'feedback items', items, null::text;
  return query select 'sounds', sounds, null::text;
  return query select 'objects to delete', (select count(*) - before from debrief.object_deletions d where d.created_at = now()), 'deleted by the worker; debrief.object_deletions lists what could not be';
  -- What is left of rows that were deleted while triggers were off.
  delete from debrief.audio_objects o where o.user_id = user_id;
  delete from debrief.attempts a where a.user_id = user_id;
  get diagnostics rows = row_count;
  return query select 'attempts', rows, null::text;
  delete from debrief.user_usage u where u.end_user = user_id;
  return query select 'operations', debrief._erase_operations(user_id, cardinality(recordings)), 'kept without the user';
  foreach emptied in array array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback', 'analysis_ssml_segments', 'analysis_audio_segments', 'audio_objects']
                           || array(select l.queue from debrief._stages() l where l.is_optional) loop
    execute format('select exists (select from debrief.%I t where t.user_id = $1)', emptied) into are_there using user_id;
    perform debrief._check_gone(emptied, are_there);
  end loop;
  return query select 'uploads', uploads, 'the videos stay where the application put them';
end $$;
comment on function debrief.erase_user(uuid) is
  'Removes everything that is kept about a user: recordings with their analyses, feedback and sounds, objects in stores (by the worker), and attempts. Reports what it removed and what stays. Work in flight is cancelled first, and nothing is analysed again. For operators.';
grant execute on function debrief.erase_user(uuid) to debrief_admin;
