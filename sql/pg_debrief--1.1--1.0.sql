\echo Use "ALTER EXTENSION pg_debrief UPDATE TO '1.0'" to load this file. \quit

-- From 1.1 back to 1.0: takes away what 1.1 added, in the reverse order, and no data.

-- All tables at once, before any of them: the workers take theirs in another order.
do $lock$
begin
  perform debrief._lock_tables();
end $lock$;

-- 6. Copies -----------------------------------------------------------------------------------

do $access$
begin
  if pg_catalog.to_regclass('debrief.installation') is not null then
    -- As in the update: or a dump would leave out what is granted on the table.
    alter extension pg_debrief add table debrief.installation;
    revoke update (system_identifier) on debrief.installation from debrief_worker;
    revoke update (installed_at) on debrief.installation from debrief_admin;
    alter extension pg_debrief drop table debrief.installation;
  end if;
end $access$;

create or replace function debrief.resume(stage_name text default null) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  resumed int;
  was_copy constant boolean := debrief._is_copy();
begin
  if stage_name is not null then
    perform debrief._known_stage(stage_name);
  end if;
  update debrief.stages s set paused = false where s.stage = coalesce(stage_name, s.stage) and s.paused;
  get diagnostics resumed = row_count;
  if stage_name is null and was_copy then
    insert into debrief.installation (system_identifier, database_oid)
    values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
    on conflict (only_row) do update
       set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid;
    update debrief.stages s set paused = s.paused where s.stage = 'analysis';  -- wakes the workers
    return format('this copy of a database now runs its own pipeline; %s stages resumed', resumed);
  elsif was_copy then
    raise exception 'this database is a copy of the one that pg_debrief was installed in'
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'SELECT debrief.resume(); without a stage lets this copy call its providers.';
  end if;
  return case resumed when 0 then 'nothing was paused' when 1 then 'resumed' else resumed || ' stages resumed' end;
end $$;

create or replace function debrief._is_copy() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select from debrief.installation i
     where i.system_identifier = debrief._system_identifier()
       and i.database_oid = (select oid from pg_database where datname = current_database()));
$$;

drop function debrief._install_copy_access();
drop function debrief._note_copy();
drop function debrief._subscription();
drop function debrief._started_from_backup();

-- 4. What differs from a good installation ----------------------------------------------------

drop function debrief.check_installation();
drop function debrief._check_stages();
drop function debrief._check_processes();
drop function debrief._check_access();
drop function debrief._check_versions();
drop function debrief._differences();
drop function debrief._mend(text, text, text, text, text);
drop function debrief._expected();
drop function debrief._catalog();

-- 3. Coming from another system ---------------------------------------------------------------

-- 1.0 would read options as values, and nothing from a DELETE: uploads would fail, or never be complete.
do $options$
declare
  found_trigger record;
begin
  select t.tgname, t.tgrelid::regclass as table_name into found_trigger
    from pg_catalog.pg_trigger t
   cross join lateral pg_catalog.string_to_array(pg_catalog.encode(t.tgargs, 'escape'), '\000') a
   where t.tgfoid = 'debrief.track_upload()'::regprocedure
     and ((t.tgtype & 8) <> 0 or t.tgnargs > 5 or a[1] = '' or a[3] = '' or a[4] ~ '^([{].*[}]|[*]|[a-z]+=.*)$' or a[5] ~ '^[a-z]+=')
   limit 1;
  if found then
    raise exception 'trigger "%" of table % uses what debrief.track_upload() of 1.0 does not know', found_trigger.tgname, found_trigger.table_name
      using errcode = 'dependent_objects_still_exist',
            hint = 'Drop it, or make it anew with five arguments at most, without options, for INSERT or UPDATE.';
  end if;
end $options$;

revoke execute on function debrief.track_upload() from debrief_admin;
create or replace function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  row_json constant jsonb := to_jsonb(new);
begin
  if tg_nargs < 3 then
    raise exception 'debrief.track_upload() needs the names of three columns' using errcode = 'invalid_parameter_value',
      hint = 'EXECUTE FUNCTION debrief.track_upload(''user_id'', ''storage_path'', ''upload_status'' [, ''done value'' [, ''id'']])';
  end if;
  insert into debrief.video_recordings as r (user_id, storage_path, upload_status, source, metadata)
  values ((row_json ->> tg_argv[0])::uuid,
          coalesce(row_json ->> tg_argv[1], ''),
          case when row_json ->> tg_argv[2] = coalesce(tg_argv[3], 'completed') then 'completed' else 'pending' end,
          format('%I.%I:%s', tg_table_schema, tg_table_name, row_json ->> coalesce(tg_argv[4], 'id')),
          coalesce(case when jsonb_typeof(row_json -> 'metadata') = 'object' then row_json -> 'metadata' end, '{}'))
  on conflict (source) do update
     set storage_path = excluded.storage_path, upload_status = excluded.upload_status, metadata = excluded.metadata
   where r.user_id = excluded.user_id;
  if not found then  -- whoever takes a source first must not be given another's video
    raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
comment on function debrief.track_upload() is
  'Trigger for an application''s own table of uploads, AFTER INSERT OR UPDATE FOR EACH ROW: mirrors it into debrief.video_recordings. Arguments: columns of user, path and status, then the status value that means done, and the key column';

drop function
  debrief._upload_of(jsonb, text[], jsonb, text), debrief._upload_metadata(jsonb, jsonb), debrief._upload_path(text, jsonb),
  debrief._upload_is(text, text), debrief._upload_value(jsonb, text), debrief._upload_arguments(text[]),
  debrief._upload_options();

create or replace function debrief._kickoff() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and old.upload_status = 'completed' then
    return null;  -- completed before: not a new completion
  end if;
  if exists (select from debrief.video_recordings r where r.id = new.id and r.upload_status = 'completed') then
    perform debrief._queue_analysis(new.id);
  end if;
  return null;
end $$;
comment on function debrief._kickoff() is 'Trigger: queues the analysis of a recording whose upload is complete.';

-- 2. Roles ------------------------------------------------------------------------------------

-- 1.0 tracks an upload by its source alone, so no two users may have the same.
do $sources$
begin
  if exists (select from pg_catalog.pg_constraint c
              where c.conrelid = pg_catalog.to_regclass('debrief.video_recordings') and c.conname = 'video_recordings_user_source_key') then
    if exists (select from debrief.video_recordings r where r.source is not null group by r.source having pg_catalog.count(*) > 1) then
      raise exception 'recordings of several users have the same source, which pg_debrief 1.0 cannot track'
        using errcode = 'unique_violation',
              hint = 'SELECT source, array_agg(id) FROM debrief.video_recordings GROUP BY source HAVING count(*) > 1; lists them. Set source to null in all but one of each.';
    end if;
    alter table debrief.video_recordings
      drop constraint video_recordings_user_source_key,
      add constraint video_recordings_source_key unique (source);
  end if;
end $sources$;
drop function debrief._update_sources(), debrief._update_comments();

create or replace function debrief._worker_start(out worker_id bigint, out is_copy boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  worker_id := nextval('debrief.claim_token_seq');
  -- Held by the worker's session: whoever can take it knows that the worker is gone.
  perform pg_advisory_lock(debrief._lock_class(), debrief._lock_object(worker_id));
  is_copy := debrief._is_copy();
end $$;
comment on function debrief._worker_start() is 'Worker: takes an identity and the session lock that shows it is alive.';

create or replace function debrief._lock_object(worker_id bigint) returns int
language sql immutable as $$ select (worker_id % 2147483648)::int $$;
comment on function debrief._lock_object(bigint) is 'Second key of a worker''s advisory lock.';

create or replace function debrief._runs_alone(error_code text, attempts int, max_attempts int) returns boolean
language sql immutable parallel safe
as $$
  select coalesce(error_code = 'worker_lost', false) and attempts >= least(2, max_attempts - 1);
$$;
comment on function debrief._runs_alone(text, int, int) is
  'Whether a queued row is claimed only while no other such row of its stage is in flight: its worker was lost at its last attempts.';

create or replace function debrief._in_rollout(user_id uuid, percent int) returns boolean
language sql immutable parallel safe
as $$
  select percent >= 100 or pg_catalog.abs(pg_catalog.hashtextextended(user_id::text, 0) % 100) < percent;
$$;
comment on function debrief._in_rollout(uuid, int) is 'Whether the user belongs to the first `percent` of all users.';

create or replace function debrief._is_operator() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role(case current_setting('role') when 'none' then session_user::text
                          else current_setting('role') end, 'debrief_admin', 'member');
$$;
comment on function debrief._is_operator() is 'Whether the calling role is a member of debrief_admin.';

create or replace function debrief.current_user_id() returns uuid
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
                  nullif(current_setting('debrief.user_id', true), ''))::uuid;
$$;
comment on function debrief.current_user_id() is
  'The application''s user: "sub" of request.jwt.claims (PostgREST, Supabase), else the setting debrief.user_id, else null.';

drop function debrief.grant_application(text), debrief.grant_operator(text), debrief.grant_reader(text),
  debrief.revoke_application(text), debrief.revoke_operator(text), debrief.revoke_reader(text);
drop function debrief._grant_membership(text, text), debrief._revoke_membership(text, text), debrief._check_grantee(text);

-- 1. Tables -----------------------------------------------------------------------------------

drop function debrief.update_tables();
drop function debrief._lock_tables();
drop function debrief._release_tables();
drop function debrief.version();
drop function debrief._tables_version();
drop function debrief._library_version();

-- Tables of a restored 1.0 may have stayed of that version.
alter table if exists debrief.installation drop column if exists tables_version;
