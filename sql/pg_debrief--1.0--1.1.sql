\echo Use "ALTER EXTENSION pg_debrief UPDATE" to load this file. \quit

-- pg_debrief 1.1: at home in its users' databases.
--
-- Read top to bottom:
--    1  tables: what they are of, and how they follow an update
--    2  roles: granting and revoking
--    3  coming from another system
--    4  what differs from a good installation
--    5  access to all of this
--
-- A fresh installation runs 1.0 and then this. Each section has its mirror in pg_debrief--1.1--1.0.sql.

-- 1. Tables -----------------------------------------------------------------------------------

-- 2. Roles ------------------------------------------------------------------------------------

-- 2.1 Who may be let in ----------------------------------------------------------------------

-- The schema's owner could put functions of his own beside ours, and drop ours. CREATE EXTENSION takes
-- a schema that is there already as it is.
do $schema$
declare
  schema_owner pg_catalog.pg_roles;
begin
  select r.* into schema_owner from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) n.nspowner
   where n.nspname operator(pg_catalog.=) 'debrief';
  if not schema_owner.rolsuper then
    raise exception 'schema "debrief" belongs to role "%", which is no superuser', schema_owner.rolname
      using errcode = 'insufficient_privilege',
            hint = 'See what is in it, then ALTER SCHEMA debrief OWNER TO CURRENT_USER, or rename it.';
  end if;
end $schema$;

create function debrief._check_grantee(role_name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  grantee pg_roles;
begin
  if lower(role_name) = 'public' or starts_with(role_name, 'pg_') then
    raise exception 'pg_debrief is not granted to %', case when starts_with(role_name, 'pg_') then 'PostgreSQL''s own roles' else 'PUBLIC' end
      using errcode = 'reserved_name', hint = 'Name the role that the application or the operator works as.';
  end if;
  select * into grantee from pg_roles r where r.rolname = role_name;
  if not found then
    raise exception 'role "%" does not exist', role_name using errcode = 'undefined_object',
      hint = 'CREATE ROLE makes it; \du lists those that exist. The name is taken as it is written, capital letters too.';
  elsif role_name in ('debrief_worker', 'debrief_admin', 'debrief_reader', 'debrief_app') then
    raise exception 'role "%" is one of pg_debrief''s own', role_name using errcode = 'invalid_grant_operation',
      hint = 'Name the role that the application or the operator works as.';
  elsif grantee.rolsuper then
    raise exception 'role "%" is a superuser', role_name using errcode = 'invalid_grant_operation',
      hint = 'It may do everything already, and row level security does not hold for it. Name another role.';
  elsif pg_has_role(grantee.oid, 'debrief_worker', 'member') then
    raise exception 'role "%" is a member of debrief_worker', role_name using errcode = 'invalid_grant_operation',
      hint = format('That role is for the workers alone: REVOKE debrief_worker FROM %I;', role_name);
  elsif pg_has_role('debrief_worker', grantee.oid, 'member') then
    raise exception 'debrief_worker is a member of role "%"', role_name using errcode = 'invalid_grant_operation',
      hint = format('The workers would be given more than they need: REVOKE %I FROM debrief_worker;', role_name);
  elsif not grantee.rolinherit and current_setting('server_version_num')::int < 160000 then
    raise exception 'role "%" is NOINHERIT: what it is granted would not hold until SET ROLE', role_name
      using errcode = 'object_not_in_prerequisite_state',
            detail = format('It is a member of: %s.', coalesce(nullif(
              (select string_agg(quote_ident(o.rolname), ', ' order by o.rolname)
                 from pg_auth_members m join pg_roles o on o.oid = m.roleid where m.member = grantee.oid), ''), 'no other role')),
            hint = format('ALTER ROLE %I INHERIT; PostgreSQL 16 and later need no such thing.', role_name);
  end if;
end $$;
comment on function debrief._check_grantee(text) is 'Error unless the role is one that may be let in.';

-- Runs with the caller's rights: PostgreSQL itself decides whether he may grant.
create function debrief._grant_membership(granted text, role_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if role_name is null then
    raise exception 'no role is named' using errcode = 'null_value_not_allowed';
  end if;
  perform debrief._check_grantee(role_name);
  -- PostgreSQL 16 keeps with each membership whether it is inherited; before, the role decides.
  if exists (select from pg_auth_members m
              where m.roleid = granted::regrole and m.member = quote_ident(role_name)::regrole
                and coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)) then
    return 'was granted already';
  end if;
  execute format('grant %I to %I %s', granted, role_name,
                 case when current_setting('server_version_num')::int >= 160000 then 'with inherit true' end);
  return 'granted';
exception when insufficient_privilege then
  raise exception 'permission denied to grant role "%"', granted using errcode = 'insufficient_privilege',
    hint = format('Ask a superuser, or for GRANT %I TO %I WITH ADMIN OPTION.', granted, current_user);
end $$;
comment on function debrief._grant_membership(text, text) is 'Makes a role a member of one of pg_debrief''s, whose rights it then has.';

create function debrief._revoke_membership(granted text, role_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  grantee oid;
  membership record;
  revoked boolean := false;
  through text;
begin
  select r.oid into grantee from pg_roles r where r.rolname = role_name;
  if not found then
    raise exception 'role "%" does not exist', role_name using errcode = 'undefined_object',
      hint = format('SELECT member::regrole FROM pg_auth_members WHERE roleid = %L::regrole lists the members.', granted);
  end if;
  -- Since PostgreSQL 16 several roles may have granted the same, and each grant is revoked by itself.
  for membership in select m.grantor::regrole as grantor from pg_auth_members m
                     where m.roleid = granted::regrole and m.member = grantee loop
    execute format('revoke %I from %I %s', granted, role_name,
                   case when current_setting('server_version_num')::int >= 160000 then format('granted by %s', membership.grantor) end);
    revoked := true;
  end loop;
  select string_agg(format('%I', r.rolname), ', ' order by r.rolname) into through
    from pg_auth_members m join pg_roles r on r.oid = m.roleid
   where m.member = grantee and pg_has_role(r.oid, granted, 'member');
  if through is not null then
    raise warning 'role "%" still is a member of % through: %', role_name, granted, through
      using hint = 'Revoke it there too, or take this role out of that one.';
  end if;
  return case when revoked then 'revoked' else 'was not granted' end;
exception when insufficient_privilege then
  raise exception 'permission denied to revoke role "%"', granted using errcode = 'insufficient_privilege',
    hint = 'Ask a superuser, or whoever granted it.';
end $$;
comment on function debrief._revoke_membership(text, text) is 'Ends a role''s membership in one of pg_debrief''s, whoever granted it.';

create function debrief.grant_application(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._grant_membership('debrief_app', role_name) $$;
comment on function debrief.grant_application(text) is
  'Lets a role act for an application''s users: each sees and writes his own rows. May be called again; needs ADMIN OPTION on debrief_app.';

create function debrief.grant_operator(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._grant_membership('debrief_admin', role_name) $$;
comment on function debrief.grant_operator(text) is
  'Lets a role configure, pause, retry and see every row. May be called again; needs ADMIN OPTION on debrief_admin.';

create function debrief.grant_reader(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._grant_membership('debrief_reader', role_name) $$;
comment on function debrief.grant_reader(text) is
  'Lets a role read every row and view, for monitoring. May be called again; needs ADMIN OPTION on debrief_reader.';

create function debrief.revoke_application(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._revoke_membership('debrief_app', role_name) $$;
comment on function debrief.revoke_application(text) is 'Takes back what grant_application() gave; warns when the role has it through another one still.';

create function debrief.revoke_operator(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._revoke_membership('debrief_admin', role_name) $$;
comment on function debrief.revoke_operator(text) is 'Takes back what grant_operator() gave; warns when the role has it through another one still.';

create function debrief.revoke_reader(role_name text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._revoke_membership('debrief_reader', role_name) $$;
comment on function debrief.revoke_reader(text) is 'Takes back what grant_reader() gave; warns when the role has it through another one still.';

revoke all on function debrief._check_grantee(text), debrief._grant_membership(text, text), debrief._revoke_membership(text, text),
  debrief.grant_application(text), debrief.grant_operator(text), debrief.grant_reader(text),
  debrief.revoke_application(text), debrief.revoke_operator(text), debrief.revoke_reader(text) from public;
grant execute on function debrief._check_grantee(text), debrief._grant_membership(text, text), debrief._revoke_membership(text, text),
  debrief.grant_application(text), debrief.grant_operator(text), debrief.grant_reader(text),
  debrief.revoke_application(text), debrief.revoke_operator(text), debrief.revoke_reader(text) to debrief_admin;

-- 2.2 Who is asking --------------------------------------------------------------------------

-- Claims that are there are the whole answer: a request without "sub" is nobody's, whatever
-- debrief.user_id an earlier user of a pooled connection has left.
create or replace function debrief.current_user_id() returns uuid
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when current_setting('request.jwt.claims', true) <> ''
              then current_setting('request.jwt.claims', true)::jsonb ->> 'sub'
              else nullif(current_setting('debrief.user_id', true), '') end::uuid;
$$;
comment on function debrief.current_user_id() is
  'The application''s user: "sub" of request.jwt.claims (PostgREST, Supabase) and nobody without it; when there are no claims, the setting debrief.user_id, else null.';

-- "usage", as row level security has it: a membership that is neither inherited nor taken by SET ROLE
-- (PostgreSQL 16: WITH INHERIT FALSE, SET FALSE) gives no right.
create or replace function debrief._is_operator() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role(case current_setting('role') when 'none' then session_user::text
                          else current_setting('role') end, 'debrief_admin', 'usage');
$$;
comment on function debrief._is_operator() is 'Whether the calling role has the rights of debrief_admin.';

-- 2.3 What strangers could do ----------------------------------------------------------------

-- The functions that are inlined into others pin no search_path, so they name all of it.
create or replace function debrief._in_rollout(user_id uuid, percent int) returns boolean
language sql immutable parallel safe
as $$
  select percent operator(pg_catalog.>=) 100
      or pg_catalog.abs(pg_catalog.hashtextextended(user_id::pg_catalog.text, 0) operator(pg_catalog.%) 100::bigint)
         operator(pg_catalog.<) percent;
$$;

create or replace function debrief._runs_alone(error_code text, attempts int, max_attempts int) returns boolean
language sql immutable parallel safe
as $$
  select coalesce(error_code operator(pg_catalog.=) 'worker_lost', false)
     and attempts operator(pg_catalog.>=) least(2, max_attempts operator(pg_catalog.-) 1);
$$;

create or replace function debrief._lock_object(worker_id bigint) returns int
language sql immutable as $$ select (worker_id operator(pg_catalog.%) 2147483648)::int $$;

-- Anybody may hold any advisory lock: an identity whose lock is taken is left to whoever has it.
create or replace function debrief._worker_start(out worker_id bigint, out is_copy boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  loop
    worker_id := nextval('debrief.claim_token_seq');
    -- Held by the worker's session: whoever can take it knows that the worker is gone.
    exit when pg_try_advisory_lock(debrief._lock_class(), debrief._lock_object(worker_id));
  end loop;
  is_copy := debrief._is_copy();
end $$;

-- A source belongs to its user: who writes another's into a row of his own blocks nobody. Works with
-- tables whose sources are unique over all users too, as those of a restored 1.0 are.
create or replace function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  row_json constant jsonb := to_jsonb(new);
  owner_id uuid;
  path text;
  status text;
  kept jsonb;
  tracked text;
begin
  if tg_nargs < 3 then
    raise exception 'debrief.track_upload() needs the names of three columns' using errcode = 'invalid_parameter_value',
      hint = 'EXECUTE FUNCTION debrief.track_upload(''user_id'', ''storage_path'', ''upload_status'' [, ''done value'' [, ''id'']])';
  end if;
  owner_id := coalesce((row_json ->> tg_argv[0])::uuid, debrief.current_user_id());
  if tg_op = 'UPDATE' and row_json ->> tg_argv[0] is distinct from to_jsonb(old) ->> tg_argv[0] then
    raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
      hint = 'The user of an upload cannot change: delete the row and insert it anew.';
  end if;
  path := coalesce(row_json ->> tg_argv[1], '');
  status := case when row_json ->> tg_argv[2] = coalesce(tg_argv[3], 'completed') then 'completed' else 'pending' end;
  kept := coalesce(case when jsonb_typeof(row_json -> 'metadata') = 'object' then row_json -> 'metadata' end, '{}');
  tracked := format('%I.%I:%s', tg_table_schema, tg_table_name, row_json ->> coalesce(tg_argv[4], 'id'));

  for tries in 1 .. 2 loop  -- another session may have inserted it meanwhile
    update debrief.video_recordings r set storage_path = path, upload_status = status, metadata = kept
     where r.source = tracked and r.user_id = owner_id;
    if found then
      return null;
    end if;
    insert into debrief.video_recordings (user_id, storage_path, upload_status, source, metadata)
    values (owner_id, path, status, tracked, kept)
    on conflict do nothing;
    if found then
      return null;
    end if;
  end loop;
  raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
    hint = 'debrief.video_recordings is as pg_debrief 1.0 made it: SELECT debrief.update_tables();';
end $$;
grant execute on function debrief.track_upload() to debrief_admin;

create function debrief._update_sources() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from pg_constraint c
              where c.conrelid = to_regclass('debrief.video_recordings') and c.conname = 'video_recordings_source_key') then
    alter table debrief.video_recordings
      drop constraint video_recordings_source_key,
      add constraint video_recordings_user_source_key unique (user_id, source);
  end if;
end $$;
comment on function debrief._update_sources() is 'Makes video_recordings.source unique for each user, where it still is over all users.';
revoke all on function debrief._update_sources() from public;

-- 2.4 What columns mean ----------------------------------------------------------------------

-- 1.0 told it of some columns only. A comment that is there is kept: the tables are the user's.
create function debrief._update_comments() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $comments$
declare
  told record;
begin
  for told in
    select c.oid::regclass as relation, a.attname as column_name, m.meaning
      from (values
        ('video_recordings', 'original_filename', 'As the user called the file; told to providers'),
        ('video_recordings', 'format', 'Container or media type, such as mp4; told to providers'),
        ('video_recordings', 'file_size', 'Bytes'),
        ('video_recordings', 'duration_seconds', 'Seconds'),
        ('video_recordings', 'upload_status', 'pending, uploading, completed or failed; completed starts the analysis'),
        ('video_recordings', 'upload_progress', 'Percent; the application''s own'),
        ('analysis_jobs', 'video_recording_id', 'The recording; one analysis each, deleted with it'),
        ('analysis_jobs', 'status', 'queued, processing, completed or failed'),
        ('analysis_jobs', 'progress_percentage', 'How far the present attempt is; 100 when it is completed'),
        ('analysis_jobs', 'title', 'Of the analysis, as the provider gave it'),
        ('analysis_jobs', 'summary_text', 'The analysis in short'),
        ('analysis_jobs', 'full_feedback_text', 'The analysis at length'),
        ('analysis_jobs', 'provider', 'Which server made it; external: store_analysis_results()'),
        ('analysis_jobs', 'version', 'The provider''s model or version'),
        ('analysis_jobs', 'voice', 'Name of the voice that speaks its feedback'),
        ('analysis_jobs', 'processing_started_at', 'When the last attempt began'),
        ('analysis_jobs', 'processing_completed_at', 'When the analysis was completed or failed'),
        ('analysis_metrics', 'analysis_job_id', 'The analysis that measured it'),
        ('analysis_metrics', 'metric_key', 'What was measured; once for each analysis'),
        ('analysis_metrics', 'metric_value', 'The measurement'),
        ('analysis_metrics', 'unit', 'Its unit; empty: a plain number'),
        ('analysis_feedback', 'analysis_job_id', 'The analysis it belongs to; deleted with it'),
        ('analysis_feedback', 'category', 'Such as Speech or Posture'),
        ('analysis_feedback', 'confidence', 'How sure the provider is, 0 to 1'),
        ('analysis_feedback', 'impact', 'How much it matters, 0 to 1'),
        ('analysis_feedback', 'ssml_status', 'queued, processing, completed or failed'),
        ('analysis_feedback', 'audio_status', 'The same; queued until the SSML is completed'),
        ('analysis_feedback', 'audio_last_error', 'As ssml_last_error'),
        ('analysis_feedback', 'audio_error_code', 'As ssml_error_code'),
        ('analysis_feedback', 'ssml_updated_at', 'When ssml_status last changed'),
        ('analysis_feedback', 'audio_updated_at', 'When audio_status last changed'),
        ('analysis_feedback', 'audio_due_at', 'As ssml_due_at'),
        ('analysis_feedback', 'claimed_by', 'Worker that holds the row'),
        ('analysis_feedback', 'lease_expires_at', 'When the claim ends by itself'),
        ('analysis_ssml_segments', 'feedback_id', 'The feedback item; deleted with it'),
        ('analysis_ssml_segments', 'segment_index', 'Order of the segments, from 0'),
        ('analysis_ssml_segments', 'ssml', 'One whole <speak> document'),
        ('analysis_ssml_segments', 'provider', 'Which server wrote it'),
        ('analysis_ssml_segments', 'version', 'The provider''s model or version'),
        ('analysis_audio_segments', 'feedback_id', 'The feedback item; deleted with it'),
        ('analysis_audio_segments', 'segment_index', 'The SSML segment it speaks'),
        ('analysis_audio_segments', 'format', 'wav, mp3 and so on'),
        ('analysis_audio_segments', 'bytes', 'Size of the sound'),
        ('analysis_audio_segments', 'provider', 'Which server spoke it'),
        ('analysis_audio_segments', 'version', 'The provider''s model or version'),
        ('audio_objects', 'storage_path', 'As in analysis_audio_segments'),
        ('audio_objects', 'content_type', 'Such as audio/wav'),
        ('audio_objects', 'body', 'The sound'),
        ('attempts', 'stage', 'analysis, ssml or audio'),
        ('attempts', 'correlation_id', 'As in analysis_jobs'),
        ('attempts', 'attempt', 'Which attempt of its run it was'),
        ('attempts', 'server', 'The server that was called'),
        ('attempts', 'code', 'Stable code of what went wrong'),
        ('attempts', 'http_status', 'Of the last answer'),
        ('attempts', 'dns_ms', 'Milliseconds until the name was resolved'),
        ('attempts', 'connect_ms', 'Milliseconds until the connection stood'),
        ('attempts', 'tls_ms', 'Milliseconds until TLS stood'),
        ('attempts', 'first_byte_ms', 'Milliseconds until the first byte of the answer'),
        ('attempts', 'total_ms', 'Milliseconds of the whole call'),
        ('attempts', 'input_tokens', 'As the provider told'),
        ('attempts', 'output_tokens', 'As the provider told'),
        ('attempts', 'characters', 'As the provider told, or as they were sent'),
        ('attempts', 'audio_ms', 'Milliseconds of sound that was made'),
        ('attempts', 'finished_at', 'When it ended'),
        ('object_deletions', 'storage_path', 'The object''s path in its store'),
        ('object_deletions', 'feedback_id', 'The row that is to name the object, if one does'),
        ('object_deletions', 'segment_index', 'Of that row'),
        ('object_deletions', 'attempts', 'How often its deletion was tried'),
        ('object_deletions', 'last_error', 'Why it could not be deleted'),
        ('object_deletions', 'due_at', 'When it is tried next'),
        ('installation', 'only_row', 'There is one row'),
        ('installation', 'system_identifier', 'Of the cluster, from pg_control'),
        ('installation', 'database_oid', 'Of the database'),
        ('installation', 'installed_at', 'When it was installed'),
        ('stages', 'stage', 'analysis, ssml or audio'),
        ('server_states', 'server', 'Name of the server'),
        ('server_states', 'paused', 'By pause_server(); nothing is claimed for it'),
        ('server_states', 'parked_until', 'Until when it is left alone because it failed'),
        ('server_states', 'failures', 'How often in a row it failed; while not 0, one call at a time'),
        ('server_states', 'code', 'Why it is left alone: a stable code'),
        ('server_states', 'message', 'and in words'),
        ('server_limits', 'server', 'Name of the server'),
        ('server_limits', 'allowance_at', 'When allowance was counted'),
        ('server_limits', 'day_calls', 'Calls that began on that day'),
        ('server_usage', 'server', 'Name of the server'),
        ('server_usage', 'stage', 'analysis, ssml or audio'),
        ('server_usage', 'day', 'UTC'),
        ('server_usage', 'calls', 'Calls that ended'),
        ('server_usage', 'failures', 'Those of them that failed'),
        ('server_usage', 'input_tokens', 'As the provider told'),
        ('server_usage', 'output_tokens', 'As the provider told'),
        ('server_usage', 'characters', 'As the provider told, or as they were sent'),
        ('server_usage', 'audio_ms', 'Milliseconds of sound that was made'),
        ('voices', 'name', 'What a recording''s metadata names as "voice"'),
        ('feedback_status', 'status', 'blank, queued, retrying, processing, ready or failed'),
        ('feedback_status', 'error_code', 'Of the SSML, else of the sound'),
        ('feedback_status', 'last_error', 'The same in a sentence for the owner'),
        ('feedback_status', 'next_attempt_at', 'When the stage that waits is due'),
        ('feedback_status', 'updated_at', 'When either stage last changed'),
        ('feedback_status', 'correlation_id', 'Of its analysis'),
        ('feedback_status', 'audio_segments', 'How many sounds there are'),
        ('feedback_status', 'audio_duration_ms', 'Milliseconds of all of them'),
        ('failed_feedback', 'stage', 'The stage that failed: ssml or audio'),
        ('failed_feedback', 'error_code', 'Why, as a stable code'),
        ('failed_feedback', 'last_error', 'Why, in a sentence for the owner'),
        ('failed_feedback', 'attempts', 'How often it was tried'),
        ('failed_feedback', 'failed_at', 'When it failed for good'),
        ('failed_feedback', 'correlation_id', 'To look for in debrief.attempts and the log'),
        ('pipeline_status', 'stage', 'analysis, ssml or audio'),
        ('pipeline_status', 'due', 'Rows that may be claimed now'),
        ('pipeline_status', 'delayed', 'Rows that may be claimed later'),
        ('pipeline_status', 'waiting', 'Rows that wait for something else: a message, or their SSML'),
        ('pipeline_status', 'processing', 'Rows that are being worked on'),
        ('pipeline_status', 'completed', 'Rows that are done'),
        ('pipeline_status', 'failed', 'Rows that failed for good'),
        ('pipeline_status', 'oldest_due', 'How long the row that is due longest has been due'),
        ('pipeline_status', 'oldest_processing', 'How long the row that is worked on longest has been'),
        ('worker_status', 'process', 'launcher or worker'),
        ('worker_status', 'database', 'Where the worker works'),
        ('worker_status', 'ordinal', 'Which worker of its database it is'),
        ('worker_status', 'pid', 'Of the process; null while there is none'),
        ('worker_status', 'state', 'What it is doing'),
        ('worker_status', 'since', 'Since when'),
        ('worker_status', 'analysis_in_flight', 'Calls under way'),
        ('worker_status', 'ssml_in_flight', 'Calls under way'),
        ('worker_status', 'audio_in_flight', 'Calls under way'),
        ('worker_status', 'last_error', 'The last thing that went wrong'),
        ('provider_status', 'stage', 'analysis, ssml or audio'),
        ('provider_status', 'server', 'The provider that serves it'),
        ('provider_status', 'kind', 'Of that server'),
        ('provider_status', 'store', 'The store of the stage'),
        ('provider_status', 'state', 'ready, or what keeps it from being so'),
        ('provider_status', 'reason', 'Why it is not ready'),
        ('provider_status', 'hint', 'What to do'),
        ('provider_status', 'parked_until', 'When it is tried again'),
        ('provider_status', 'failures', 'How often in a row the server failed'),
        ('usage', 'day', 'UTC'),
        ('usage', 'server', 'Name of the server'),
        ('usage', 'stage', 'analysis, ssml or audio'),
        ('usage', 'calls', 'Calls that ended'),
        ('usage', 'failures', 'Those of them that failed'),
        ('usage', 'input_tokens', 'As the provider told'),
        ('usage', 'output_tokens', 'As the provider told'),
        ('usage', 'characters', 'As the provider told, or as they were sent'),
        ('usage', 'audio_seconds', 'Seconds of sound that was made'),
        ('latency', 'stage', 'analysis, ssml or audio'),
        ('latency', 'phase', 'wait, call or settle'),
        ('latency', 'upper_bound_ms', 'Up to how many milliseconds the calls of this row took'),
        ('latency', 'calls', 'How many did'),
        ('latency', 'cumulative', 'How many took that long or less'),
        -- Of every table and view that has such a column.
        (null, 'id', 'The row''s own number'),
        (null, 'user_id', 'The owner, from the row it belongs to; never changes'),
        (null, 'created_at', 'When the row was made'),
        (null, 'updated_at', 'When the row last changed')) as m (relation_name, column_name, meaning)
      join pg_class c on c.relnamespace = to_regnamespace('debrief') and c.relkind in ('r', 'v')
       and (c.relname = m.relation_name or m.relation_name is null)
      join pg_attribute a on a.attrelid = c.oid and a.attname = m.column_name and not a.attisdropped
     order by m.relation_name nulls last
  loop
    if col_description(told.relation, (select a.attnum from pg_attribute a
                                        where a.attrelid = told.relation and a.attname = told.column_name)) is null then
      execute format('comment on column %s.%I is %L', told.relation, told.column_name, told.meaning);
    end if;
  end loop;
  -- What a view shows as it is in its table, is told there.
  for told in
    select v.oid::regclass as relation, a.attname as column_name, col_description(f.attrelid, f.attnum) as meaning
      from pg_class v
      join pg_attribute a on a.attrelid = v.oid and a.attnum > 0 and col_description(v.oid, a.attnum) is null
      join pg_attribute f on f.attrelid = to_regclass('debrief.analysis_feedback') and f.attname = a.attname
     where v.oid in (to_regclass('debrief.feedback_status'), to_regclass('debrief.failed_feedback'))
  loop
    execute format('comment on column %s.%I is %L', told.relation, told.column_name, told.meaning);
  end loop;
end $comments$;
comment on function debrief._update_comments() is 'Tells of each column what it means, where nothing is told yet.';
revoke all on function debrief._update_comments() from public;

-- 2.5 Tables that are there follow; a restore brings its own, and follows when it is asked to.
do $tables$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief._update_sources();
    perform debrief._update_comments();
  end if;
end $tables$;

-- 3. Coming from another system ---------------------------------------------------------------

-- 4. What differs from a good installation ----------------------------------------------------

-- 5. Access -----------------------------------------------------------------------------------

revoke all on all routines in schema debrief from public;
