\echo Use "ALTER EXTENSION pg_debrief UPDATE" to load this file. \quit

-- pg_debrief 1.1: at home in its users' databases.
--
-- Read top to bottom:
--    1  tables: what they are of, and how they follow an update
--    2  roles: granting and revoking
--    3  coming from another system
--    4  what differs from a good installation
--    5  access to all of this
--    6  copies: subscribers, base backups
--    7  the tables follow
--
-- A fresh installation runs 1.0 and then this. Each section has its mirror in pg_debrief--1.1--1.0.sql.

-- 1. Tables -----------------------------------------------------------------------------------
--
-- Tables, triggers, views and policies are the user's own, so they may be of another version than the
-- functions: a restore brings them as they were, and CREATE EXTENSION takes up those that were kept.
-- debrief.installation says of which version they are.

-- The symbols of this script are in the library of this version. An older one is still loaded when
-- the server was not restarted after an update of the files.
do $library$
begin
  create function debrief._library_version() returns text
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'debrief_library_version';
exception when undefined_function then
  raise exception 'the library that is loaded is older than version 1.1 of pg_debrief'
    using errcode = 'object_not_in_prerequisite_state',
          hint = 'Restart the server, so that it loads the library that was installed; then run this again.';
end $library$;
comment on function debrief._library_version() is 'The version of the library that is loaded, such as 1.1.0.';

create function debrief._tables_version() returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  found_version text;
begin
  if to_regclass('debrief.installation') is null then
    return null;
  end if;
  -- 1.0 had no such column.
  select coalesce(to_jsonb(i) ->> 'tables_version', '1.0') into found_version from debrief.installation i;
  return coalesce(found_version, '1.0');
end $$;
comment on function debrief._tables_version() is 'Of which version the tables are; null when there are none.';

create function debrief.version(out library text, out sql text, out tables text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._library_version(), (select extversion from pg_extension where extname = 'pg_debrief'), debrief._tables_version();
$$;
comment on function debrief.version() is
  'The versions of the library that is loaded, of the functions (ALTER EXTENSION pg_debrief UPDATE) and of the tables (debrief.update_tables()): they should be the same';

-- What a script makes belongs to the extension, and what it grants, even on tables that do not, no dump
-- carries: it is taken for the extension's own doing. Taken in and let go again, they are the user's.
create function debrief._release_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  object record;
begin
  for object in
    select case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind, c.oid::regclass::text as name,
           m.objid is not null as is_member
      from pg_class c
      left join pg_depend m on m.classid = 'pg_class'::regclass and m.objid = c.oid and m.deptype = 'e'
                           and m.refclassid = 'pg_extension'::regclass
                           and m.refobjid = (select oid from pg_extension where extname = 'pg_debrief')
     where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
       and (m.objid is not null or exists (
              select from pg_init_privs i where i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.privtype = 'e'))
  loop
    if not object.is_member then
      execute format('alter extension pg_debrief add %s %s', object.kind, object.name);
    end if;
    execute format('alter extension pg_debrief drop %s %s', object.kind, object.name);
  end loop;
end $$;
comment on function debrief._release_tables() is 'Takes tables, sequences and views out of the extension: they, and the grants on them, are the user''s.';

-- All locks at once or none: who held some and waited for others would stand in the way of everybody,
-- and the workers in his.
create function debrief._lock_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp set lock_timeout = '500ms'
as $$
declare
  tables constant text := (select string_agg(c.oid::regclass::text, ', ' order by c.relname) from pg_class c
                            where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r'
                              and c.oid::regclass::text in (select e.relation from debrief._expected() e where e.kind = 'table'));
begin
  for attempt in 1 .. 20 loop
    begin
      execute coalesce('lock table ' || tables || ' in access exclusive mode', 'select');
      return;
    exception when lock_not_available or deadlock_detected then
      null;  -- what was locked is free again
    end;
  end loop;
  raise exception 'other transactions hold the tables of schema debrief'
    using errcode = 'lock_not_available', hint = 'End transactions that have been open for long (pg_stat_activity.xact_start), and run this again.';
end $$;
comment on function debrief._lock_tables() is 'Locks the tables against all others; gives up after some seconds.';

-- Whose tables they are does not matter here: _adopt() asked when the extension came.
create function debrief.update_tables() returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  version_before constant text := debrief._tables_version();
  fence_is_lost constant boolean := version_before is not null and to_regclass('debrief.claim_token_seq') is null;
  missing record;
begin
  if version_before not in ('1.0', '1.1') then
    raise exception 'the tables are of version %, and these functions of 1.1', version_before
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('ALTER EXTENSION pg_debrief UPDATE TO %L;', version_before);
  end if;
  perform debrief._lock_tables();
  if version_before is null then
    perform debrief._install();
  elsif exists (
       select from debrief._expected() e where e.kind in ('table', 'sequence') and to_regclass(e.relation) is null) then
    perform debrief._install_tables();
  end if;
  if fence_is_lost then
    -- Nobody knows the last token, and none may be drawn twice.
    perform setval('debrief.claim_token_seq', (extract(epoch from clock_timestamp()) * 1000)::bigint);
  end if;

  -- 1.0 to 1.1
  if not exists (select from pg_attribute a where a.attrelid = 'debrief.installation'::regclass
                                              and a.attname = 'tables_version' and not a.attisdropped) then
    alter table debrief.installation add column tables_version text not null default '1.1';
    comment on column debrief.installation.tables_version is 'Of which version the tables are: see debrief.update_tables()';
  end if;
  update debrief.installation set tables_version = '1.1' where tables_version <> '1.1';
  perform debrief._update_sources();

  -- What is missing of any version, as after DROP EXTENSION CASCADE. The rest may be as it is on purpose, or
  -- the rows may not allow it: of that check_installation() tells.
  perform debrief._install_views();
  for missing in select d.mend from debrief._differences() d where d.is_missing and d.kind = 'trigger' loop
    execute missing.mend;
  end loop;
  perform debrief._install_access();
  perform debrief._install_copy_access();
  perform debrief._update_comments();
  perform debrief._release_tables();
  perform debrief._wake_revoked();  -- a worker may be waiting for this
  return case when version_before = '1.1' then 'the tables are of version 1.1'
              else format('the tables were of version %s, and are of 1.1 now', coalesce(version_before, 'none')) end;
end $$;
comment on function debrief.update_tables() is
  'Brings the tables, triggers, views, policies and grants of an earlier version to this one, and makes those that are missing: to be called after restoring a dump of an earlier version. For their owner; may be called again';

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

-- A source belongs to its user: who writes another's into a row of his own blocks nobody.
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

-- 3. Coming from another system ---------------------------------------------------------------

-- 3.1 An application's own table of uploads. What 1.0 took for its trigger is taken as before;
-- options 'name=value' may follow.

create function debrief._upload_options() returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select array['uploading', 'failed', 'filename', 'format', 'size', 'duration', 'progress', 'metadata', 'voice',
               'transcript', 'strip', 'prefix', 'source'];
$$;
comment on function debrief._upload_options() is 'The options of debrief.track_upload().';

-- Five arguments by their place, then options; an option may stand where places are left out.
create function debrief._upload_arguments(given text[], out places text[], out options jsonb)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  select coalesce(array_agg(g.a order by g.n) filter (where not g.is_option), '{}'),
         coalesce(jsonb_object_agg(split_part(g.a, '=', 1), substr(g.a, strpos(g.a, '=') + 1)) filter (where g.is_option), '{}')
    into places, options
    from (select u.a, u.n, u.n > 3 and strpos(u.a, '=') > 0
                           and split_part(u.a, '=', 1) = any (debrief._upload_options()) as is_option
            from unnest(given) with ordinality as u (a, n)) g;
  if cardinality(places) < 3 then
    raise exception 'debrief.track_upload() needs the names of three columns' using errcode = 'invalid_parameter_value',
      hint = 'EXECUTE FUNCTION debrief.track_upload(''user_id'', ''storage_path'', ''upload_status'' [, ''done value'' [, ''id'']] [, ''option=value'' ...])';
  elsif cardinality(places) > 5 then
    raise exception 'debrief.track_upload() has no option "%"', places[6] using errcode = 'invalid_parameter_value',
      hint = format('Options are: %s.', array_to_string(debrief._upload_options(), ', '));
  end if;
end $$;
comment on function debrief._upload_arguments(text[]) is 'Sorts the arguments of a trigger debrief.track_upload().';

-- A misspelled name must not read as null for ever.
create function debrief._upload_value(row_json jsonb, name text) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  way constant text[] := string_to_array(name, '.');
begin
  if coalesce(name, '') = '' then
    return null;
  elsif row_json ? name then
    return nullif(row_json -> name, 'null');
  elsif not row_json ? way[1] then
    raise exception 'column "%" does not exist', way[1] using errcode = 'undefined_column',
      hint = 'The arguments of trigger debrief.track_upload() name columns of its table.';
  end if;
  return nullif(row_json #> way, 'null');
end $$;
comment on function debrief._upload_value(jsonb, text) is
  'What a row says in a column, or in a key of a json column: "metadata.size".';

create function debrief._upload_is(value text, wanted text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(case when wanted = '*' then value is not null
                       when wanted like '{%}' then value = any (wanted::text[])
                       else value = wanted end, false);
$$;
comment on function debrief._upload_is(text, text) is
  'Whether a status is the wanted one: a value, several as {a,b}, or * for any that is not null.';

create function debrief._upload_path(path text, options jsonb) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when path = '' then '' else coalesce(options ->> 'prefix', '') || coalesce(
           (select substr(path, length(s) + 1)
              from unnest(case when options ->> 'strip' like '{%}' then (options ->> 'strip')::text[]
                               else array[options ->> 'strip'] end) s
             where starts_with(path, s) order by length(s) desc limit 1), path) end;
$$;
comment on function debrief._upload_path(text, jsonb) is
  'The path of a recording in its store: what option "strip" names is taken from its head, "prefix" put there.';

create function debrief._upload_metadata(row_json jsonb, options jsonb) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when jsonb_typeof(kept) = 'object' then kept else '{}' end || jsonb_strip_nulls(jsonb_build_object(
           'voice', debrief._upload_value(row_json, options ->> 'voice') #>> '{}',
           'transcript', debrief._upload_value(row_json, options ->> 'transcript') #>> '{}'))
    from (select case when options ? 'metadata' then debrief._upload_value(row_json, options ->> 'metadata')
                      else row_json -> 'metadata' end as kept) m;
$$;
comment on function debrief._upload_metadata(jsonb, jsonb) is 'The metadata of a recording: the upload''s own, its voice and transcript.';

-- What a row of an application's table says of a recording. `source` is the label of that table.
create function debrief._upload_of(row_json jsonb, places text[], options jsonb, inout source text,
  out user_id uuid, out storage_path text, out upload_status text, out original_filename text, out format text,
  out file_size bigint, out duration_seconds numeric, out upload_progress int, out metadata jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  key constant text := debrief._upload_value(row_json, coalesce(places[5], 'id')) #>> '{}';
  state constant text := debrief._upload_value(row_json, places[3]) #>> '{}';
begin
  if key is null then
    raise exception 'an upload has no key' using errcode = 'not_null_violation',
      hint = 'Name the key column in the fifth argument of trigger debrief.track_upload().';
  end if;
  source := coalesce(options ->> 'source', source) || ':' || key;
  storage_path := debrief._upload_path(coalesce(debrief._upload_value(row_json, places[2]) #>> '{}', ''), options);
  user_id := coalesce(case when places[1] = '' then substring(storage_path from '^([0-9a-fA-F-]{36})/')
                           else debrief._upload_value(row_json, places[1]) #>> '{}' end::uuid, debrief.current_user_id());
  upload_status := case when places[3] = '' or debrief._upload_is(state, coalesce(places[4], 'completed')) then 'completed'
                        when debrief._upload_is(state, options ->> 'failed') then 'failed'
                        when debrief._upload_is(state, options ->> 'uploading') then 'uploading'
                        else 'pending' end;
  original_filename := debrief._upload_value(row_json, options ->> 'filename') #>> '{}';
  format := debrief._upload_value(row_json, options ->> 'format') #>> '{}';
  file_size := debrief._upload_value(row_json, options ->> 'size') #>> '{}';
  duration_seconds := debrief._upload_value(row_json, options ->> 'duration') #>> '{}';
  upload_progress := least(100, greatest(0, round((debrief._upload_value(row_json, options ->> 'progress') #>> '{}')::numeric)));
  metadata := debrief._upload_metadata(row_json, options);
end $$;
comment on function debrief._upload_of(jsonb, text[], jsonb, text) is 'A row of an application''s table, as a recording.';

create or replace function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  arguments record;
  before record;
  upload record;
  label constant text := format('%I.%I', tg_table_schema, tg_table_name);
begin
  if tg_when <> 'AFTER' or tg_level <> 'ROW' then
    raise exception 'debrief.track_upload() must be fired AFTER, FOR EACH ROW' using errcode = 'trigger_protocol_violated',
      hint = 'CREATE TRIGGER ... AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH ROW EXECUTE FUNCTION debrief.track_upload(...);';
  end if;
  select * into arguments from debrief._upload_arguments(array(select unnest(tg_argv)));
  if tg_op <> 'INSERT' then
    select * into before from debrief._upload_of(to_jsonb(old), arguments.places, arguments.options, label);
  end if;
  if tg_op = 'DELETE' then
    delete from debrief.video_recordings r where r.source = before.source and r.user_id = before.user_id;
    return null;
  end if;
  select * into upload from debrief._upload_of(to_jsonb(new), arguments.places, arguments.options, label);
  if tg_op = 'UPDATE' then
    if upload.user_id is distinct from before.user_id then
      raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
        hint = 'The user of an upload cannot change: delete the row and insert it anew.';
    end if;
  end if;
  for tries in 1 .. 2 loop  -- another session may have inserted it meanwhile
    update debrief.video_recordings r
       set storage_path = upload.storage_path, upload_status = upload.upload_status, metadata = upload.metadata,
           original_filename = coalesce(upload.original_filename, r.original_filename),
           format = coalesce(upload.format, r.format), file_size = coalesce(upload.file_size, r.file_size),
           duration_seconds = coalesce(upload.duration_seconds, r.duration_seconds),
           upload_progress = coalesce(upload.upload_progress, r.upload_progress)
     where r.source = upload.source and r.user_id = upload.user_id;
    if found then
      return null;
    end if;
    insert into debrief.video_recordings (user_id, storage_path, upload_status, source, metadata, original_filename,
                                          format, file_size, duration_seconds, upload_progress)
    values (upload.user_id, upload.storage_path, upload.upload_status, upload.source, upload.metadata, upload.original_filename,
            upload.format, upload.file_size, upload.duration_seconds, coalesce(upload.upload_progress, 0))
    on conflict do nothing;
    if found then
      return null;
    end if;
  end loop;
  -- Sources of tables that are as 1.0 made them are unique over all users.
  raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
    hint = 'debrief.video_recordings is as pg_debrief 1.0 made it: SELECT debrief.update_tables();';
end $$;
comment on function debrief.track_upload() is
  'Trigger for an application''s own table of uploads, AFTER INSERT OR UPDATE [OR DELETE] FOR EACH ROW: mirrors it into debrief.video_recordings. Arguments: columns of user, path and status, then the status that means done, the key column, and options (docs/existing-applications.md)';

grant execute on function debrief.track_upload() to debrief_admin;

-- Trigger functions run as whoever writes the upload.
revoke all on function debrief._upload_options(), debrief._upload_arguments(text[]), debrief._upload_value(jsonb, text),
  debrief._upload_is(text, text), debrief._upload_path(text, jsonb), debrief._upload_metadata(jsonb, jsonb),
  debrief._upload_of(jsonb, text[], jsonb, text)
  from public;
grant execute on function debrief._upload_options(), debrief._upload_arguments(text[]), debrief._upload_value(jsonb, text),
  debrief._upload_is(text, text), debrief._upload_path(text, jsonb), debrief._upload_metadata(jsonb, jsonb),
  debrief._upload_of(jsonb, text[], jsonb, text)
  to debrief_app, debrief_admin, debrief_worker;

-- 3.2 Rows that bring their past along

-- Who inserts a recording together with its analysis has said what state that is in: a finished one
-- must not be queued because its upload is complete. Nobody else can have seen the recording by then.
create or replace function debrief._kickoff() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and old.upload_status = 'completed' then
    return null;  -- completed before: not a new completion
  elsif tg_op = 'INSERT' and exists (select from debrief.analysis_jobs j where j.video_recording_id = new.id) then
    return null;
  end if;
  if exists (select from debrief.video_recordings r where r.id = new.id and r.upload_status = 'completed') then
    perform debrief._queue_analysis(new.id);
  end if;
  return null;
end $$;

-- 4. What differs from a good installation ----------------------------------------------------
--
-- _catalog() tells what there is, _expected() what a fresh installation has: the same lines, written
-- down by `make expected`. _differences() compares them. Names and definitions are those that every
-- supported version of PostgreSQL tells alike. The user's own additions are in no line of _expected(), so
-- they are no difference.

create function debrief._catalog() returns table (kind text, relation text, name text, definition text)
language sql stable
set search_path = pg_catalog, pg_temp set datestyle = iso set intervalstyle = postgres set quote_all_identifiers = off
as $$
  with relations as (
    select c.oid, c.oid::regclass::text as relation, c.relkind, c.relpersistence, c.relrowsecurity, c.reloptions, c.relacl, c.relowner
      from pg_class c
     where c.relnamespace = to_regnamespace('debrief') and c.relkind in ('r', 'p', 'v', 'S')),
  functions as (
    select p.*, p.oid::regprocedure::text as signature, l.lanname
      from pg_proc p
      join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
                      and d.refclassid = 'pg_extension'::regclass
      join pg_extension x on x.oid = d.refobjid and x.extname = 'pg_debrief'
      join pg_language l on l.oid = p.prolang
     where p.oid is distinct from to_regprocedure('debrief._expected()')),
  things as (
    select r.relation as thing, acl.grantee, acl.privilege_type as privilege
      from relations r,
           aclexplode(coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))) acl
    union all
    select r.relation, acl.grantee, format('%s (%I)', acl.privilege_type, a.attname)
      from relations r join pg_attribute a on a.attrelid = r.oid and not a.attisdropped, aclexplode(a.attacl) acl
    union all
    select 'function ' || f.signature, acl.grantee, acl.privilege_type
      from functions f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) acl
    union all
    select 'schema debrief', acl.grantee, acl.privilege_type
      from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) acl where n.nspname = 'debrief'
    union all
    select 'foreign data wrapper debrief', acl.grantee, acl.privilege_type
      from pg_foreign_data_wrapper w, aclexplode(coalesce(w.fdwacl, acldefault('F', w.fdwowner))) acl where w.fdwname = 'debrief')
  select 'table', r.relation, '', case r.relpersistence when 'p' then 'logged' else 'unlogged' end
    from relations r where r.relkind in ('r', 'p')
  union all
  select 'sequence', r.relation, '', 'sequence' from relations r where r.relkind = 'S'
  union all
  select 'column', r.relation, a.attname,
         concat(format_type(a.atttypid, a.atttypmod),
                case when a.attnotnull then ' not null' end,
                case when a.attidentity = 'a' then ' generated always as identity'
                     when a.attidentity = 'd' then ' generated by default as identity'
                     when a.atthasdef then ' default ' || (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
                                                            where d.adrelid = r.oid and d.adnum = a.attnum) end)
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
   where r.relkind in ('r', 'p')
  union all
  select 'constraint', r.relation, c.conname, regexp_replace(pg_get_constraintdef(c.oid), '\s+', ' ', 'g')
    from relations r join pg_constraint c on c.conrelid = r.oid and c.contype in ('c', 'p', 'u', 'f', 'x')
  union all
  select 'index', r.relation, x.relname, pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' (invalid)' end
    from relations r join pg_index i on i.indrelid = r.oid join pg_class x on x.oid = i.indexrelid
   where not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
  union all
  select 'function', '', f.signature,
         concat('body ', left(md5(f.prosrc), 16), ', rest ',
                left(md5(concat_ws('|', f.lanname, pg_get_function_arguments(f.oid), pg_get_function_result(f.oid), f.prokind,
                                   f.provolatile, f.proisstrict, f.prosecdef, f.proleakproof, f.proparallel, f.proconfig)), 16),
                case when f.prosecdef then ', owner ' || pg_get_userbyid(f.proowner) end)
    from functions f
  union all
  select 'trigger', r.relation, t.tgname, pg_get_triggerdef(t.oid) || case when t.tgenabled in ('O', 'A') then '' else ' (disabled)' end
    from relations r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all
  -- The newer a PostgreSQL, the fewer names it qualifies; and a dump names columns that had none.
  select 'view', r.relation, '',
         concat('with (', array_to_string(r.reloptions, ', '), ') body ',
                left(md5(regexp_replace(pg_get_viewdef(r.oid), '\m[a-z_]+\.(?=[a-z_])| AS \w+|[[:space:]();]', '', 'g')), 16), ' columns ',
                (select string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
                   from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped))
    from relations r where r.relkind = 'v'
  union all
  select 'row security', r.relation, '', 'enabled' from relations r where r.relrowsecurity
  union all
  select 'policy', r.relation, p.polname,
         concat('as ', case when p.polpermissive then 'permissive' else 'restrictive' end,
                ' for ', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                ' to ', (select string_agg(coalesce(pg_get_userbyid(nullif(o, 0))::text, 'public'), ', ' order by o = 0, pg_get_userbyid(o))
                           from unnest(p.polroles) o),
                ' using (' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g') || ')',
                ' with check (' || regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\s+', ' ', 'g') || ')')
    from relations r join pg_policy p on p.polrelid = r.oid
  union all
  select 'grant', t.thing, coalesce(a.rolname::text, 'public'), string_agg(distinct t.privilege, ', ' order by t.privilege)
    from things t left join pg_roles a on a.oid = t.grantee
   where t.grantee = 0 or a.rolname in ('debrief_worker', 'debrief_admin', 'debrief_reader', 'debrief_app')
   group by t.thing, a.rolname;
$$;
comment on function debrief._catalog() is
  'Tables, columns, constraints, indexes, functions, triggers, views, policies and grants of schema debrief, one a row, in words that can be compared.';

-- The command that makes what _expected() says of what is present; that is null when it is missing.
create function debrief._mend(kind text, relation text, name text, expected text, present text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted text[];
  had text[];
  changes text;
begin
  case kind
    when 'column' then
      if present is null then
        return format('alter table %s add column %I %s;', relation, name, expected);
      end if;
      wanted := regexp_match(expected, '^(.*?)( not null)?( default .*| generated .*)?$');
      had := regexp_match(present, '^(.*?)( not null)?( default .*| generated .*)?$');
      changes := concat_ws(', ',
        case when wanted[1] <> had[1] then format('alter column %I type %s', name, wanted[1]) end,
        case when wanted[2] is null and had[2] is not null then format('alter column %I drop not null', name)
             when wanted[2] is not null and had[2] is null then format('alter column %I set not null', name) end,
        case when wanted[3] is not distinct from had[3] then null
             when wanted[3] is null then format('alter column %I drop default', name)
             when wanted[3] like ' generated%' then format('alter column %I add%s', name, wanted[3])
             else format('alter column %I set%s', name, wanted[3]) end);
      return format('alter table %s %s;', relation, changes);
    when 'constraint' then
      return case when present = expected || ' NOT VALID' then format('alter table %s validate constraint %I;', relation, name)
                  else format('alter table %s %sadd constraint %I %s;', relation,
                              case when present is not null then format('drop constraint %I, ', name) end, name, expected) end;
    when 'index' then
      return case when present = expected || ' (invalid)' then format('reindex index debrief.%I;', name)
                  else concat(case when present is not null then format('drop index debrief.%I; ', name) end, expected, ';') end;
    when 'trigger' then
      return case when present = expected || ' (disabled)' then format('alter table %s enable trigger %I;', relation, name)
                  else concat(case when present is not null then format('drop trigger %I on %s; ', name, relation) end, expected, ';') end;
    when 'policy' then
      return concat(case when present is not null then format('drop policy %I on %s; ', name, relation) end,
                    format('create policy %I on %s %s;', name, relation, expected));
    when 'row security' then
      return format('alter table %s enable row level security;', relation);
    when 'grant' then
      return format('grant %s on %s to %s;', expected, relation, name);
    when 'function' then
      return case when present is null and to_regprocedure(name) is not null then format('alter extension pg_debrief add function %s;', name)
                  when split_part(present, ', owner ', 1) = split_part(expected, ', owner ', 1)
                  then format('alter function %s owner to %s;', name, split_part(expected, ', owner ', 2))
                  else 'alter extension pg_debrief update to ''reinstall''; alter extension pg_debrief update to ''1.1'';' end;
    when 'table' then
      return case when present is null then 'select debrief.update_tables();' else format('alter table %s set logged;', relation) end;
    when 'view' then
      return concat(case when present is not null then format('drop view %s; ', relation) end, 'select debrief.update_tables();');
    else
      return 'select debrief.update_tables();';
  end case;
end $$;
comment on function debrief._mend(text, text, text, text, text) is 'The command that mends a difference between _expected() and _catalog().';

-- In an order in which the mends can be run. Of a table or function that is missing, that it is missing
-- is enough.
create function debrief._differences()
returns table (kind text, object text, difference text, mend text, is_missing boolean)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select e.kind,
         concat_ws(' ', case when e.kind = 'grant' then 'grant on' else e.kind end,
                   case when e.kind = 'grant' then e.relation || ' to ' || e.name else concat_ws(' of ', nullif(e.name, ''), nullif(e.relation, '')) end),
         case when e.kind = 'grant' then g.privileges || ' is not granted'
              when c.definition is null and e.kind = 'function' and to_regprocedure(e.name) is not null then 'does not belong to the extension'
              when c.definition is null then 'is missing'
              when c.definition = e.definition || ' (disabled)' then 'is disabled'
              when c.definition = e.definition || ' (invalid)' then 'is invalid'
              when c.definition = e.definition || ' NOT VALID' then 'is not validated'
              when e.kind = 'function' and split_part(c.definition, ', owner ', 1) = split_part(e.definition, ', owner ', 1)
                then format('belongs to %s, not to %s', split_part(c.definition, ', owner ', 2), split_part(e.definition, ', owner ', 2))
              when e.kind in ('function', 'view') then 'is not as this version made it'
              else format('is %s, not %s', c.definition, e.definition) end,
         debrief._mend(e.kind, e.relation, e.name, coalesce(g.privileges, e.definition), c.definition),
         c.definition is null
    from debrief._expected() e
    left join debrief._catalog() c on c.kind = e.kind and c.relation = e.relation and c.name = e.name
   cross join lateral (
     select string_agg(p, ', ') as privileges from unnest(string_to_array(e.definition, ', ')) p
      where e.kind = 'grant' and p <> all (string_to_array(coalesce(c.definition, ''), ', '))) g
   where c.definition is distinct from e.definition
     and (e.kind <> 'grant' or g.privileges is not null)
     and (e.kind in ('table', 'sequence', 'view', 'function') or e.relation !~ '^debrief\.' or to_regclass(e.relation) is not null)
     and (e.relation !~ '^function ' or to_regprocedure(substr(e.relation, 10)) is not null)
   order by array_position(array['function', 'table', 'sequence', 'column', 'constraint', 'index', 'view', 'trigger', 'row security',
                                 'policy', 'grant'], e.kind), e.relation, e.name;
$$;
comment on function debrief._differences() is 'What of _expected() is missing or different, and the command that mends it.';

create function debrief._check_versions() returns table (object text, difference text, mend text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.object, c.difference, c.mend
    from debrief.version() v
   cross join lateral (values
     ('library', v.library !~ ('^' || replace(v.sql, '.', '\.') || '(\.|$)'),
      format('is of version %s, the functions are of %s', v.library, v.sql),
      'Restart the server, if the files of the other version are installed; ALTER EXTENSION pg_debrief UPDATE;'),
     ('tables', v.tables is distinct from v.sql,
      format('are of version %s, the functions are of %s', coalesce(v.tables, 'none'), v.sql),
      case when v.tables ~ '^\d+\.\d+$' and v.sql ~ '^\d+\.\d+$'
                and string_to_array(v.tables, '.')::int[] > string_to_array(v.sql, '.')::int[]
           then format('ALTER EXTENSION pg_debrief UPDATE TO %L;', v.tables) else 'select debrief.update_tables();' end))
     as c (object, holds, difference, mend)
   where c.holds;
$$;
comment on function debrief._check_versions() is 'check_installation(): library, functions and tables should be of one version.';

create function debrief._check_access() returns table (object text, difference text, mend text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with members as (
    select d.classid, d.objid from pg_depend d join pg_extension x on x.oid = d.refobjid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and x.extname = 'pg_debrief'),
  roles as (
    select wanted as name, r.* from unnest(array['debrief_worker', 'debrief_admin', 'debrief_reader', 'debrief_app']) wanted
      left join pg_roles r on r.rolname = wanted)
  -- What they may do is asked for where it is granted; here, what makes them what they are.
  select 'role ' || r.name, 'is missing',
         format('create role %s %s', r.name, case r.name when 'debrief_worker' then 'login connection limit 0 bypassrls;' else 'nologin;' end)
    from roles r where r.oid is null
  union all
  select 'role ' || r.name, 'has more rights than pg_debrief gives it',
         format('alter role %s nosuperuser nocreaterole nocreatedb noreplication%s;', r.name, case r.name when 'debrief_worker' then '' else ' nobypassrls' end)
    from roles r where r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or (r.rolbypassrls and r.name <> 'debrief_worker')
  union all
  select 'role debrief_worker', 'is not one that background workers, and no client, can log in as; and that sees every row',
         'alter role debrief_worker login connection limit 0 bypassrls;'
    from roles r where r.name = 'debrief_worker' and not (r.rolcanlogin and r.rolconnlimit = 0 and r.rolbypassrls)
  union all
  select 'role debrief_worker', 'may not connect to this database', format('grant connect on database %I to debrief_worker;', current_database())
    from roles r where r.name = 'debrief_worker' and not has_database_privilege(r.oid, current_database(), 'connect')
  union all
  select 'grant on ' || c.relation, format('PUBLIC has %s', c.definition),
         format('revoke all%s on %s from public;', (select ' (' || string_agg(m[1], ', ') || ')' from regexp_matches(c.definition, '\((\w+)\)', 'g') m), c.relation)
    from debrief._catalog() c
   where c.kind = 'grant' and c.name = 'public'
     and (c.relation !~ '^debrief\.' or exists (select from debrief._expected() e where e.relation = c.relation))
  union all
  select c.kind || ' ' || c.relation, 'belongs to the extension: DROP EXTENSION would take its data along',
         format('alter extension pg_debrief drop %s %s;', c.kind, c.relation)
    from debrief._catalog() c
    join members m on m.classid = 'pg_class'::regclass and m.objid = to_regclass(c.relation)
   where c.kind in ('table', 'view', 'sequence');
$$;
comment on function debrief._check_access() is 'check_installation(): roles, what PUBLIC may do, what belongs to the extension.';

create function debrief._check_processes() returns table (object text, difference text, mend text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  database_list constant text := coalesce(current_setting('pg_debrief.databases', true), '');
begin
  if exists (select from debrief._workers() w where w.process = 'launcher' and w.state = 'standby') then
    return;
  elsif not current_setting('pg_debrief.enabled')::boolean then
    return query select 'workers', 'are switched off', 'ALTER SYSTEM SET pg_debrief.enabled = on; SELECT pg_reload_conf();';
    return;
  elsif database_list ~ '[^ ,]' and current_database() <> all (regexp_split_to_array(database_list, '\s*,\s*')) then
    return query select 'workers', 'work in the databases of pg_debrief.databases only: not in this one',
      format('ALTER SYSTEM SET pg_debrief.databases = %L; SELECT pg_reload_conf();', database_list || ', ' || current_database());
    return;
  end if;
  return query
  select concat_ws(' ', w.process, w.ordinal::text), concat_ws(': ', w.state, nullif(w.last_error, '')),
         coalesce(substring(w.last_error from '(?:SELECT|ALTER) .*;'), 'The server''s log tells more; it is tried again by itself.')
    from debrief._workers() w
   where (w.process = 'launcher' or w.database = (select d.oid from pg_database d where d.datname = current_database()))
     and (w.state <> all (array['running', 'starting']) or w.last_error <> '');
  if not exists (select from debrief._workers() w join pg_database d on d.oid = w.database where d.datname = current_database()) then
    return query select 'workers', 'none runs in this database', 'SELECT debrief._wake();';
  end if;
exception when object_not_in_prerequisite_state then
  return query select 'library', 'is not loaded by the server: nothing works on the rows',
    'Add pg_debrief to shared_preload_libraries, and restart the server.';
end $$;
comment on function debrief._check_processes() is 'check_installation(): launcher and workers.';

create function debrief._check_stages() returns table (object text, difference text, mend text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select distinct case s.state when 'copy' then 'database' else 'stage ' || s.stage end,
         concat_ws(': ', s.state, case when s.state = 'copy' and debrief._subscription() is not null
                                       then format('its rows come by the subscription "%s"', debrief._subscription()) else s.reason end),
         case when s.state = 'copy' and debrief._subscription() is not null
              then format('DROP SUBSCRIPTION %I; SELECT debrief.resume();', debrief._subscription())
              when s.reason ~ '\mno_key:' then 'Add the key to the file that pg_debrief.key_file names; then SELECT pg_reload_conf();'
              else coalesce(substring(s.hint from '^[A-Z]+ .*;'), s.hint) end
    from debrief.provider_status s where s.state <> all (array['ready', 'probing'])
   order by 1;
  -- By indexes only: tables may be large.
  return query
  select 'clock', format('rows of debrief.%s are dated %s: the clock went back', t.name, t.newest),
         'Set the clock right. What was queued meanwhile comes due when its time has come.'
    from (values ('analysis_feedback', (select max(f.created_at) from debrief.analysis_feedback f)),
                 ('analysis_ssml_segments', (select max(s.created_at) from debrief.analysis_ssml_segments s)),
                 ('attempts', (select max(a.finished_at) from debrief.attempts a))) as t (name, newest)
   where t.newest > clock_timestamp() + interval '1 minute';
exception when others then  -- what is missing is in other rows
  return query select 'stages', 'cannot be looked at: ' || sqlerrm, 'select * from debrief.check_installation();';
end $$;
comment on function debrief._check_stages() is 'check_installation(): stages and their servers, and rows of the future.';

create function debrief.check_installation() returns table (object text, difference text, mend text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  old_tables boolean;
begin
  return query select * from debrief._check_versions();
  return query select * from debrief._check_access();
  old_tables := coalesce(debrief._tables_version() <> '1.1', true);
  return query
  select d.object, d.difference, d.mend from debrief._differences() d
   -- update_tables() makes these.
   where not (old_tables and d.is_missing and (d.kind in ('table', 'view', 'trigger', 'row security', 'policy')
                                               or d.object = 'column tables_version of debrief.installation'));
  return query select * from debrief._check_processes();
  return query select * from debrief._check_stages();
end $$;
comment on function debrief.check_installation() is
  'Every difference between this installation and a good one of this version, with the command that mends it; no row when all is well. Your own columns, indexes, policies, triggers and grants are no difference';

-- begin of what `make expected` writes
create function debrief._expected() returns table (kind text, relation text, name text, definition text)
language sql immutable
set search_path = pg_catalog, pg_temp
as $expected$
  select m[1], m[2], m[3], m[4]
    from unnest(string_to_array($lines$
column | debrief.analysis_audio_segments | audio_url | text not null
column | debrief.analysis_audio_segments | bytes | bigint
column | debrief.analysis_audio_segments | created_at | timestamp with time zone not null default now()
column | debrief.analysis_audio_segments | duration_ms | numeric
column | debrief.analysis_audio_segments | feedback_id | bigint not null
column | debrief.analysis_audio_segments | format | text
column | debrief.analysis_audio_segments | id | bigint not null generated always as identity
column | debrief.analysis_audio_segments | provider | text
column | debrief.analysis_audio_segments | segment_index | integer not null default 0
column | debrief.analysis_audio_segments | source_hash | text
column | debrief.analysis_audio_segments | storage_path | text
column | debrief.analysis_audio_segments | store | text
column | debrief.analysis_audio_segments | user_id | uuid not null
column | debrief.analysis_audio_segments | version | text
column | debrief.analysis_feedback | analysis_job_id | bigint not null
column | debrief.analysis_feedback | audio_attempts | integer not null default 0
column | debrief.analysis_feedback | audio_due_at | timestamp with time zone
column | debrief.analysis_feedback | audio_error_code | text
column | debrief.analysis_feedback | audio_last_error | text
column | debrief.analysis_feedback | audio_status | text not null default 'queued'::text
column | debrief.analysis_feedback | audio_updated_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | category | text not null default 'General'::text
column | debrief.analysis_feedback | claim_token | bigint
column | debrief.analysis_feedback | claimed_by | bigint
column | debrief.analysis_feedback | confidence | numeric
column | debrief.analysis_feedback | created_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | deferrals | integer not null default 0
column | debrief.analysis_feedback | from_analysis | boolean not null default false
column | debrief.analysis_feedback | id | bigint not null generated always as identity
column | debrief.analysis_feedback | impact | numeric
column | debrief.analysis_feedback | lease_expires_at | timestamp with time zone
column | debrief.analysis_feedback | message | text not null default ''::text
column | debrief.analysis_feedback | ssml_attempts | integer not null default 0
column | debrief.analysis_feedback | ssml_due_at | timestamp with time zone
column | debrief.analysis_feedback | ssml_error_code | text
column | debrief.analysis_feedback | ssml_last_error | text
column | debrief.analysis_feedback | ssml_status | text not null default 'queued'::text
column | debrief.analysis_feedback | ssml_updated_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | timestamp_seconds | numeric not null default 0
column | debrief.analysis_feedback | user_id | uuid not null
column | debrief.analysis_feedback | user_rating | text
column | debrief.analysis_jobs | attempts | integer not null default 0
column | debrief.analysis_jobs | claim_token | bigint
column | debrief.analysis_jobs | claimed_by | bigint
column | debrief.analysis_jobs | correlation_id | uuid not null default gen_random_uuid()
column | debrief.analysis_jobs | created_at | timestamp with time zone not null default now()
column | debrief.analysis_jobs | deferrals | integer not null default 0
column | debrief.analysis_jobs | due_at | timestamp with time zone
column | debrief.analysis_jobs | error_code | text
column | debrief.analysis_jobs | exchange_server | text
column | debrief.analysis_jobs | exchange_state | jsonb
column | debrief.analysis_jobs | full_feedback_text | text
column | debrief.analysis_jobs | id | bigint not null generated always as identity
column | debrief.analysis_jobs | last_error | text
column | debrief.analysis_jobs | lease_expires_at | timestamp with time zone
column | debrief.analysis_jobs | processing_completed_at | timestamp with time zone
column | debrief.analysis_jobs | processing_started_at | timestamp with time zone
column | debrief.analysis_jobs | progress_percentage | integer not null default 0
column | debrief.analysis_jobs | provider | text
column | debrief.analysis_jobs | raw_response | jsonb
column | debrief.analysis_jobs | status | text not null default 'queued'::text
column | debrief.analysis_jobs | summary_text | text
column | debrief.analysis_jobs | title | text
column | debrief.analysis_jobs | updated_at | timestamp with time zone not null default now()
column | debrief.analysis_jobs | user_id | uuid not null
column | debrief.analysis_jobs | version | text
column | debrief.analysis_jobs | video_recording_id | bigint not null
column | debrief.analysis_jobs | voice | text
column | debrief.analysis_jobs | voice_snapshot | jsonb not null default '{}'::jsonb
column | debrief.analysis_metrics | analysis_job_id | bigint not null
column | debrief.analysis_metrics | created_at | timestamp with time zone not null default now()
column | debrief.analysis_metrics | id | bigint not null generated always as identity
column | debrief.analysis_metrics | metric_key | text not null
column | debrief.analysis_metrics | metric_value | numeric not null
column | debrief.analysis_metrics | unit | text not null default ''::text
column | debrief.analysis_metrics | user_id | uuid not null
column | debrief.analysis_ssml_segments | created_at | timestamp with time zone not null default now()
column | debrief.analysis_ssml_segments | feedback_id | bigint not null
column | debrief.analysis_ssml_segments | id | bigint not null default nextval('debrief.analysis_ssml_segments_id_seq'::regclass)
column | debrief.analysis_ssml_segments | provider | text default 'gemini'::text
column | debrief.analysis_ssml_segments | segment_index | integer not null default 0
column | debrief.analysis_ssml_segments | ssml | text not null
column | debrief.analysis_ssml_segments | user_id | uuid not null
column | debrief.analysis_ssml_segments | version | text
column | debrief.attempts | attempt | integer not null
column | debrief.attempts | audio_ms | numeric
column | debrief.attempts | characters | bigint
column | debrief.attempts | code | text
column | debrief.attempts | connect_ms | numeric
column | debrief.attempts | correlation_id | uuid
column | debrief.attempts | detail | text
column | debrief.attempts | dns_ms | numeric
column | debrief.attempts | finished_at | timestamp with time zone not null default clock_timestamp()
column | debrief.attempts | first_byte_ms | numeric
column | debrief.attempts | http_status | integer
column | debrief.attempts | id | bigint not null generated always as identity
column | debrief.attempts | input_tokens | bigint
column | debrief.attempts | outcome | text not null
column | debrief.attempts | output_tokens | bigint
column | debrief.attempts | row_id | bigint not null
column | debrief.attempts | server | text
column | debrief.attempts | stage | text not null
column | debrief.attempts | tls_ms | numeric
column | debrief.attempts | total_ms | numeric
column | debrief.attempts | user_id | uuid
column | debrief.audio_objects | body | bytea not null
column | debrief.audio_objects | content_type | text not null
column | debrief.audio_objects | created_at | timestamp with time zone not null default now()
column | debrief.audio_objects | storage_path | text not null
column | debrief.audio_objects | user_id | uuid not null
column | debrief.installation | database_oid | oid not null
column | debrief.installation | installed_at | timestamp with time zone not null default now()
column | debrief.installation | only_row | boolean not null default true
column | debrief.installation | system_identifier | text not null
column | debrief.installation | tables_version | text not null default '1.1'::text
column | debrief.object_deletions | attempts | integer not null default 0
column | debrief.object_deletions | created_at | timestamp with time zone not null default now()
column | debrief.object_deletions | due_at | timestamp with time zone not null default now()
column | debrief.object_deletions | feedback_id | bigint
column | debrief.object_deletions | id | bigint not null generated always as identity
column | debrief.object_deletions | last_error | text
column | debrief.object_deletions | segment_index | integer
column | debrief.object_deletions | storage_path | text not null
column | debrief.object_deletions | store | text not null
column | debrief.server_limits | allowance | numeric not null default 0
column | debrief.server_limits | allowance_at | timestamp with time zone not null default '-infinity'::timestamp with time zone
column | debrief.server_limits | day | date
column | debrief.server_limits | day_calls | bigint not null default 0
column | debrief.server_limits | server | text not null
column | debrief.server_states | code | text
column | debrief.server_states | failures | integer not null default 0
column | debrief.server_states | message | text
column | debrief.server_states | parked_until | timestamp with time zone
column | debrief.server_states | paused | boolean not null default false
column | debrief.server_states | server | text not null
column | debrief.server_states | updated_at | timestamp with time zone not null default now()
column | debrief.server_usage | audio_ms | numeric not null default 0
column | debrief.server_usage | calls | bigint not null default 0
column | debrief.server_usage | characters | bigint not null default 0
column | debrief.server_usage | day | date not null
column | debrief.server_usage | failures | bigint not null default 0
column | debrief.server_usage | input_tokens | bigint not null default 0
column | debrief.server_usage | output_tokens | bigint not null default 0
column | debrief.server_usage | server | text not null
column | debrief.server_usage | stage | text not null
column | debrief.stages | backoff_base_ms | integer not null default 1000
column | debrief.stages | backoff_cap_ms | integer not null default 60000
column | debrief.stages | instruction | text not null default ''::text
column | debrief.stages | max_attempts | integer not null default 3
column | debrief.stages | max_deferrals | integer not null default 100
column | debrief.stages | max_in_flight | integer not null default 16
column | debrief.stages | paused | boolean not null default false
column | debrief.stages | rollout_percent | integer not null default 100
column | debrief.stages | server | text
column | debrief.stages | stage | text not null
column | debrief.stages | store | text
column | debrief.stages | timeout_ms | integer not null default 60000
column | debrief.video_recordings | created_at | timestamp with time zone not null default now()
column | debrief.video_recordings | duration_seconds | numeric
column | debrief.video_recordings | file_size | bigint
column | debrief.video_recordings | format | text
column | debrief.video_recordings | id | bigint not null generated always as identity
column | debrief.video_recordings | metadata | jsonb not null default '{}'::jsonb
column | debrief.video_recordings | original_filename | text
column | debrief.video_recordings | source | text
column | debrief.video_recordings | storage_path | text not null default ''::text
column | debrief.video_recordings | updated_at | timestamp with time zone not null default now()
column | debrief.video_recordings | upload_progress | integer not null default 0
column | debrief.video_recordings | upload_status | text not null default 'pending'::text
column | debrief.video_recordings | user_id | uuid not null
column | debrief.voices | is_default | boolean not null default false
column | debrief.voices | language | text not null default 'en-US'::text
column | debrief.voices | name | text not null
column | debrief.voices | provider_voice | jsonb not null default '{}'::jsonb
column | debrief.voices | speech_instruction | text not null default ''::text
column | debrief.voices | ssml_instruction | text not null default ''::text
constraint | debrief.analysis_audio_segments | analysis_audio_segments_duration_ms_check | CHECK ((duration_ms > (0)::numeric))
constraint | debrief.analysis_audio_segments | analysis_audio_segments_feedback_id_fkey | FOREIGN KEY (feedback_id) REFERENCES debrief.analysis_feedback(id) ON DELETE CASCADE
constraint | debrief.analysis_audio_segments | analysis_audio_segments_feedback_id_segment_index_key | UNIQUE (feedback_id, segment_index)
constraint | debrief.analysis_audio_segments | analysis_audio_segments_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_audio_segments | analysis_audio_segments_segment_index_check | CHECK ((segment_index >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_analysis_job_id_fkey | FOREIGN KEY (analysis_job_id) REFERENCES debrief.analysis_jobs(id) ON DELETE CASCADE
constraint | debrief.analysis_feedback | analysis_feedback_audio_attempts_check | CHECK ((audio_attempts >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_audio_status_check | CHECK ((audio_status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.analysis_feedback | analysis_feedback_category_check | CHECK (((length(category) >= 1) AND (length(category) <= 64)))
constraint | debrief.analysis_feedback | analysis_feedback_confidence_check | CHECK (((confidence >= (0)::numeric) AND (confidence <= (1)::numeric)))
constraint | debrief.analysis_feedback | analysis_feedback_deferrals_check | CHECK ((deferrals >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_due_only_when_queued | CHECK ((((ssml_due_at IS NULL) OR (ssml_status = 'queued'::text)) AND ((audio_due_at IS NULL) OR ((audio_status = 'queued'::text) AND (ssml_status = 'completed'::text)))))
constraint | debrief.analysis_feedback | analysis_feedback_impact_check | CHECK (((impact >= (0)::numeric) AND (impact <= (1)::numeric)))
constraint | debrief.analysis_feedback | analysis_feedback_leased_only_when_processing | CHECK (((lease_expires_at IS NULL) OR (ssml_status = 'processing'::text) OR (audio_status = 'processing'::text)))
constraint | debrief.analysis_feedback | analysis_feedback_message_check | CHECK ((length(message) <= 4000))
constraint | debrief.analysis_feedback | analysis_feedback_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_feedback | analysis_feedback_processing_is_claimed | CHECK (((claim_token IS NOT NULL) OR ((ssml_status <> 'processing'::text) AND (audio_status <> 'processing'::text))))
constraint | debrief.analysis_feedback | analysis_feedback_ssml_attempts_check | CHECK ((ssml_attempts >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_ssml_status_check | CHECK ((ssml_status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.analysis_feedback | analysis_feedback_timestamp_seconds_check | CHECK ((timestamp_seconds >= (0)::numeric))
constraint | debrief.analysis_feedback | analysis_feedback_user_rating_check | CHECK ((user_rating = ANY (ARRAY['up'::text, 'down'::text])))
constraint | debrief.analysis_jobs | analysis_jobs_attempts_check | CHECK ((attempts >= 0))
constraint | debrief.analysis_jobs | analysis_jobs_deferrals_check | CHECK ((deferrals >= 0))
constraint | debrief.analysis_jobs | analysis_jobs_due_only_when_queued | CHECK (((due_at IS NULL) OR (status = 'queued'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_leased_only_when_processing | CHECK (((lease_expires_at IS NULL) OR (status = 'processing'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_jobs | analysis_jobs_processing_is_claimed | CHECK (((claim_token IS NOT NULL) OR (status <> 'processing'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_progress_percentage_check | CHECK (((progress_percentage >= 0) AND (progress_percentage <= 100)))
constraint | debrief.analysis_jobs | analysis_jobs_status_check | CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.analysis_jobs | analysis_jobs_video_recording_id_fkey | FOREIGN KEY (video_recording_id) REFERENCES debrief.video_recordings(id) ON DELETE CASCADE
constraint | debrief.analysis_jobs | analysis_jobs_video_recording_id_key | UNIQUE (video_recording_id)
constraint | debrief.analysis_metrics | analysis_metrics_analysis_job_id_fkey | FOREIGN KEY (analysis_job_id) REFERENCES debrief.analysis_jobs(id) ON DELETE CASCADE
constraint | debrief.analysis_metrics | analysis_metrics_analysis_job_id_metric_key_key | UNIQUE (analysis_job_id, metric_key)
constraint | debrief.analysis_metrics | analysis_metrics_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_feedback_id_fkey | FOREIGN KEY (feedback_id) REFERENCES debrief.analysis_feedback(id) ON DELETE CASCADE
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_feedback_id_segment_index_key | UNIQUE (feedback_id, segment_index)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_segment_index_check | CHECK ((segment_index >= 0))
constraint | debrief.attempts | attempts_pkey | PRIMARY KEY (id)
constraint | debrief.audio_objects | audio_objects_pkey | PRIMARY KEY (storage_path)
constraint | debrief.installation | installation_only_row_check | CHECK (only_row)
constraint | debrief.installation | installation_pkey | PRIMARY KEY (only_row)
constraint | debrief.object_deletions | object_deletions_pkey | PRIMARY KEY (id)
constraint | debrief.server_limits | server_limits_pkey | PRIMARY KEY (server)
constraint | debrief.server_states | server_states_pkey | PRIMARY KEY (server)
constraint | debrief.server_usage | server_usage_pkey | PRIMARY KEY (server, stage, day)
constraint | debrief.stages | stages_backoff_base_ms_check | CHECK (((backoff_base_ms >= 1) AND (backoff_base_ms <= 3600000)))
constraint | debrief.stages | stages_backoff_cap_ms_check | CHECK (((backoff_cap_ms >= 1) AND (backoff_cap_ms <= 86400000)))
constraint | debrief.stages | stages_instruction_check | CHECK ((length(instruction) <= 20000))
constraint | debrief.stages | stages_max_attempts_check | CHECK (((max_attempts >= 1) AND (max_attempts <= 100)))
constraint | debrief.stages | stages_max_deferrals_check | CHECK (((max_deferrals >= 0) AND (max_deferrals <= 10000)))
constraint | debrief.stages | stages_max_in_flight_check | CHECK (((max_in_flight >= 1) AND (max_in_flight <= 1000)))
constraint | debrief.stages | stages_pkey | PRIMARY KEY (stage)
constraint | debrief.stages | stages_rollout_percent_check | CHECK (((rollout_percent >= 0) AND (rollout_percent <= 100)))
constraint | debrief.stages | stages_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text])))
constraint | debrief.stages | stages_timeout_ms_check | CHECK (((timeout_ms >= 10) AND (timeout_ms <= 3600000)))
constraint | debrief.video_recordings | video_recordings_duration_seconds_check | CHECK ((duration_seconds >= (0)::numeric))
constraint | debrief.video_recordings | video_recordings_file_size_check | CHECK ((file_size >= 0))
constraint | debrief.video_recordings | video_recordings_format_check | CHECK ((length(format) <= 50))
constraint | debrief.video_recordings | video_recordings_original_filename_check | CHECK ((length(original_filename) <= 500))
constraint | debrief.video_recordings | video_recordings_pkey | PRIMARY KEY (id)
constraint | debrief.video_recordings | video_recordings_source_check | CHECK ((length(source) <= 500))
constraint | debrief.video_recordings | video_recordings_storage_path_check | CHECK (((length(storage_path) <= 1024) AND (storage_path !~ '(^/|//|(^|/)\.\.?(/|$)|[[:cntrl:]])'::text)))
constraint | debrief.video_recordings | video_recordings_upload_progress_check | CHECK (((upload_progress >= 0) AND (upload_progress <= 100)))
constraint | debrief.video_recordings | video_recordings_upload_status_check | CHECK ((upload_status = ANY (ARRAY['pending'::text, 'uploading'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.video_recordings | video_recordings_user_source_key | UNIQUE (user_id, source)
constraint | debrief.voices | voices_language_check | CHECK ((language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'::text))
constraint | debrief.voices | voices_name_check | CHECK ((name <> ''::text))
constraint | debrief.voices | voices_pkey | PRIMARY KEY (name)
constraint | debrief.voices | voices_provider_voice_check | CHECK ((jsonb_typeof(provider_voice) = 'object'::text))
constraint | debrief.voices | voices_speech_instruction_check | CHECK ((length(speech_instruction) <= 20000))
constraint | debrief.voices | voices_ssml_instruction_check | CHECK ((length(ssml_instruction) <= 20000))
function |  | debrief._adopt(text,text[]) | body b61bba4388cfaef7, rest 8bda03fd3e77c5bd
function |  | debrief._announce(text,text,bigint[]) | body bf45f69edbade282, rest 0be3db11c97180f7
function |  | debrief._audio_work(bigint,bigint[],bigint[]) | body 0b2c13372c497295, rest da2726501e51a76c
function |  | debrief._cancel_feedback(bigint[]) | body ff93b07fbab14332, rest f5b199feee824243
function |  | debrief._catalog() | body d1668eef2490618e, rest ebedf4c849d45b6d
function |  | debrief._check_access() | body 05edf88f5368329d, rest d89430da819aa0b6
function |  | debrief._check_grantee(text) | body e2a917c079c8efd7, rest 2c709b0d1de9b0d9
function |  | debrief._check_processes() | body 677294423402ef0a, rest be30d2b5ac61865e
function |  | debrief._check_stages() | body 20c0b145df48a419, rest be30d2b5ac61865e
function |  | debrief._check_versions() | body ffe6f57016003c36, rest d89430da819aa0b6
function |  | debrief._claim_analysis(bigint,integer,interval,timestamp with time zone,bigint[]) | body c8ae4012e49675be, rest 9a0aff7f09a26780
function |  | debrief._claim_audio(bigint,integer,interval,timestamp with time zone,bigint[]) | body 221e9dfdb5847863, rest 26893123c74c05e6
function |  | debrief._claim_ssml(bigint,integer,interval,timestamp with time zone,bigint[]) | body 024fcb58b4d781bd, rest c42f0dd44310e606
function |  | debrief._differences() | body 2c8b436f3a2f0336, rest 89d4324962f960d9
function |  | debrief._exchange_ended() | body 31550b5bcd2a0bc5, rest 1027fb414bbc520d, owner debrief_worker
function |  | debrief._fdw_validator(text[],oid) | body 5f9e1b0991234b59, rest 6448c35b1c32a093
function |  | debrief._feedback_insert() | body 1b397e638661dfb2, rest 806bb087918afd56
function |  | debrief._feedback_update() | body ad9847c0704562c6, rest 806bb087918afd56
function |  | debrief._grant_calls(text,integer,integer,bigint,bigint,bigint) | body 70cf8f0bc492c40a, rest d814e7c9f2e3366b
function |  | debrief._grant_membership(text,text) | body 077b4c7d423eb2fa, rest 0264293720943839
function |  | debrief._hold_claims(bigint[],bigint[],text) | body dc4e8cc225ce2821, rest dbcc34203f30168f
function |  | debrief._in_rollout(uuid,integer) | body bf312857b8bc5631, rest 9d1b7034aff51192
function |  | debrief._install() | body 24e8a787421b5333, rest aa7615f12231e5e2
function |  | debrief._install_access() | body c7a95fb22bc603bf, rest aa7615f12231e5e2
function |  | debrief._install_copy_access() | body 7343dcdff95cb906, rest aa7615f12231e5e2
function |  | debrief._install_tables() | body 6ae64c731ec78256, rest aa7615f12231e5e2
function |  | debrief._install_triggers() | body d048c444006105f9, rest aa7615f12231e5e2
function |  | debrief._install_views() | body beb9cc34cbec4504, rest aa7615f12231e5e2
function |  | debrief._intend_objects(text[],text[],bigint[],integer[]) | body b8cdc930b20e88a5, rest 3f48f844df806d27
function |  | debrief._is_copy() | body b9843d90f7485b71, rest ed3d02f6c7d9813e
function |  | debrief._is_operator() | body 4b15d4e37f9d8657, rest ed3d02f6c7d9813e
function |  | debrief._job_check() | body 60b3574af3b43d68, rest 806bb087918afd56
function |  | debrief._keep_exchange(bigint[],bigint[],text[],text[]) | body 5a66f2d2bfc877e9, rest cdb91bafd6cf6754
function |  | debrief._kickoff() | body 0d22faf46970007b, rest 1027fb414bbc520d, owner debrief_worker
function |  | debrief._known_stage(text) | body 638872ae2f12a947, rest 968d1bbd9b346aed
function |  | debrief._latency() | body bd66562798678b1b, rest e946d0ae352fea4f
function |  | debrief._library_version() | body fce8fad84c2bd09a, rest 9156bbdf8cd1c370
function |  | debrief._load_config() | body 1bbc74bb938668af, rest f5c5c5d7eeac99eb
function |  | debrief._lock_class() | body 7ecdc5fd0ab87e87, rest 9d2a93d418303ba3
function |  | debrief._lock_object(bigint) | body 9ab9af9a90d63cc2, rest cb161f5f24afedab
function |  | debrief._lock_tables() | body 8105f91aeadeb98f, rest 13bd0ec286ab54e4
function |  | debrief._look_ahead(text,timestamp with time zone,bigint,uuid[],boolean,integer) | body 5917f4a58ff46ee7, rest eadbdbc0686e8c96
function |  | debrief._lost_claims(text,bigint[],bigint[]) | body d4fe7b60368018b3, rest 3e87c1026858c731
function |  | debrief._may_act_on(uuid) | body 25d25a1e7d36d752, rest ee317c69652959d5
function |  | debrief._mend(text,text,text,text,text) | body cfd5e5e52c345f18, rest 43d46440ad7a663b
function |  | debrief._next_alone(text) | body af684a16cd5affa8, rest 206bdc81b8aa06de
function |  | debrief._next_due() | body dbc62d03231fa938, rest 2f8edf1992d654f4
function |  | debrief._note_copy() | body ca15f9cea16e7aa4, rest 2b7e43281cc94cb0
function |  | debrief._object_unreferenced() | body 133d70bf8d2d00f7, rest 1027fb414bbc520d, owner debrief_worker
function |  | debrief._objects_truncated() | body 1a293635df9c43b8, rest 1027fb414bbc520d, owner debrief_worker
function |  | debrief._park_server(text,bigint,integer,text,text) | body fa854ab3c38f6835, rest bbe3dc9339584198
function |  | debrief._progress(bigint,bigint,integer) | body 3b8c0b63538e0d50, rest b1f47dc5809998e4
function |  | debrief._prune_attempts(interval,integer) | body 04126c5a7c20da73, rest efa5a73b0b09010a
function |  | debrief._queue_analysis(bigint) | body 387f707b44587a62, rest 8c296ad7fdf42513
function |  | debrief._record_attempts(text,text,bigint[],text[],text[],integer[],text[],text[],text[],integer[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[]) | body 650dc79fa018b344, rest 8371ab5cacc5b5dd
function |  | debrief._record_usage(text,text,bigint,bigint,bigint,bigint,bigint,bigint) | body cbc4d0266fe78810, rest aa3c37e8edc21bfe
function |  | debrief._recording_check() | body d0c27de91e5d0100, rest 806bb087918afd56
function |  | debrief._release(bigint) | body c289d82f5ba68bb6, rest 31704f3a573f2e53
function |  | debrief._release_tables() | body e01aba7225e573bc, rest aa7615f12231e5e2
function |  | debrief._renew(text,bigint[],bigint[],interval) | body 843e893817be46ca, rest c72e72a2c6247d23
function |  | debrief._requeue_feedback(bigint[],text) | body 0ad6e116a5ba5df6, rest 059239e5d97d1d83
function |  | debrief._rescue(bigint,bigint[]) | body 4313555e3145b540, rest 32d39cef6d8d6809
function |  | debrief._return_calls(text,integer) | body 16076c536c685b63, rest 0c40fa8efeee86f7
function |  | debrief._revoke_membership(text,text) | body 0b6c980c8b2649b1, rest 0264293720943839
function |  | debrief._runs_alone(text,integer,integer) | body 6f330d1bb1443ba9, rest c1ed1b6dd4abbbfc
function |  | debrief._segment_owner() | body 90af582a8a8a38ab, rest 806bb087918afd56
function |  | debrief._server_kind(text) | body 669af448a0bf83ef, rest 72bcab5a617a6890
function |  | debrief._server_ok(text) | body c5f8d4a12b88b04f, rest 09e2a6de29cf3141
function |  | debrief._server_options(text) | body e11385b7c351d7b7, rest f7a8b312bf1ec771
function |  | debrief._settle_analysis(bigint,bigint,text,text,text,text,text,text,text[],text[],text[],text[],text[],text[],text[],text[]) | body fdf121e8b53d4d9c, rest 5c7f98e4b77fe68a
function |  | debrief._settle_audio(bigint[],bigint[],boolean[],text,text,integer[],integer[],text[],text[],text[],text[],text[],text[],bigint[],text[],bytea[]) | body adeb608ff063b02b, rest 81c5963e3e8ab794
function |  | debrief._settle_count() | body 3aed7dcabae18785, rest 65e5a6a5b3207565
function |  | debrief._settle_deletions(bigint[],text[]) | body 5eacd96a35b03e49, rest 978ec3dfb3af6439
function |  | debrief._settle_failures(text,bigint[],bigint[],text[],bigint[],text[],text[]) | body c9eaea7707660e32, rest 623b0bf244e36e82
function |  | debrief._settle_ssml(bigint[],bigint[],text,text[],integer[],integer[],text[],integer,bigint,interval) | body f4002166275a530d, rest 59352632bd332de5
function |  | debrief._source_hash(text,jsonb,text) | body dc3b4051f4c422b9, rest a7f32ca31c331f2e
function |  | debrief._stage_check() | body aca6ad1abaae1ccc, rest 806bb087918afd56
function |  | debrief._stages_served(text) | body b93c273e15b3e5da, rest f4249e13fffb599a
function |  | debrief._started_from_backup() | body 367e61fc63641fc6, rest b0da045dc86d7408
function |  | debrief._subscription() | body b11526f00bcbc161, rest 8556fde227ac3996
function |  | debrief._system_identifier() | body 6e336f44d6f3dfa8, rest 4adabcaf0a1cdd5f
function |  | debrief._tables_version() | body 5c5ada7741a8dba4, rest 8d706d5c07c4bf0c
function |  | debrief._take_deletions(integer) | body 4f4dd3a2e423c826, rest 8d7e0582f9d38475
function |  | debrief._test_server(text,integer) | body 6471016a373f1973, rest fb7c267ba0aa346c
function |  | debrief._update_comments() | body c1ee954335fb9bb0, rest aa7615f12231e5e2
function |  | debrief._update_sources() | body 807fb29c6e0a6791, rest aa7615f12231e5e2
function |  | debrief._upload_arguments(text[]) | body 73ae4a8e36820420, rest 93178716f7d50a25
function |  | debrief._upload_is(text,text) | body 5aa576581bb82155, rest 46f4fa0cab1079df
function |  | debrief._upload_metadata(jsonb,jsonb) | body bb4032c486771967, rest d2d32a8853e5ffde
function |  | debrief._upload_of(jsonb,text[],jsonb,text) | body 91034f4694046d05, rest 734259568c6c605c
function |  | debrief._upload_options() | body f37cd2e123ee5025, rest 8559ef0047e27191
function |  | debrief._upload_path(text,jsonb) | body 580c534b309a3c53, rest ee68cc4f31dacd1d
function |  | debrief._upload_value(jsonb,text) | body 436bd145306ef031, rest 334a47893a20ca87
function |  | debrief._wait_for_settle(bigint,integer) | body 75f294ca27392d69, rest 0219bc8f087f7ebe
function |  | debrief._waiting_alone() | body 4a0e6c0292e9d03c, rest f2e528faf3bea810
function |  | debrief._wake() | body 35f0cdbee63ca953, rest 9bac13cdf4e63bf5
function |  | debrief._wake_revoked() | body ebc0b059affa792f, rest 9bac13cdf4e63bf5
function |  | debrief._wake_trigger() | body bbdf4f257a3327dd, rest 3b040a155d20bbda
function |  | debrief._worker_start() | body 17718835ebc3cf8b, rest 37d5b78853a86d8f
function |  | debrief._workers() | body ddc2f61f1864f040, rest 43a5818e2f415328
function |  | debrief.cancel_analysis(bigint) | body 01248942a774c02f, rest 5fd6bb9d5a1b85c8, owner debrief_worker
function |  | debrief.cancel_feedback(bigint) | body d0fac74cb614c030, rest 5d10fa983186e541, owner debrief_worker
function |  | debrief.check_installation() | body 7efd23326261f557, rest be30d2b5ac61865e
function |  | debrief.current_user_id() | body 7e70d8f55c34bfe7, rest 56d7c087638d489f
function |  | debrief.get_analysis_with_metrics(bigint) | body fc811d423d2b2a31, rest ad84d67008351b34
function |  | debrief.get_audio(bigint,integer) | body d53345f4903659d0, rest daf0de639be945c7
function |  | debrief.get_audio_segments_for_feedback(bigint) | body ae0e52023a82c38c, rest 37f26d197cb1b9c8
function |  | debrief.grant_application(text) | body 4e170ebc21bd1729, rest af084251ff462dd9
function |  | debrief.grant_operator(text) | body 5001f68bfead61b4, rest af084251ff462dd9
function |  | debrief.grant_reader(text) | body 1d3d3d53528c16b9, rest af084251ff462dd9
function |  | debrief.pause(text) | body 27700e8045315587, rest 952d13cee8a90e93
function |  | debrief.pause_server(text) | body daad2c2993e57ac8, rest 9809d5faf57c955f
function |  | debrief.resume(text) | body 75160e0c81280a84, rest e2f656ab15ccdf8c
function |  | debrief.resume_server(text) | body 9810a4bf0fa3e398, rest 9809d5faf57c955f
function |  | debrief.retry_analysis(bigint) | body a4207277e3ea2a60, rest ed8487337a7e5993, owner debrief_worker
function |  | debrief.retry_failed(text,text,timestamp with time zone,integer) | body 9a5fde1dc642258a, rest fd4271cb74b59a69, owner debrief_worker
function |  | debrief.retry_feedback(bigint,text) | body 6a44846e95a7a4e1, rest 30ade99574a2c0be, owner debrief_worker
function |  | debrief.revoke_application(text) | body 8f94127183c2f271, rest af084251ff462dd9
function |  | debrief.revoke_operator(text) | body 7d2aebbc431fefab, rest af084251ff462dd9
function |  | debrief.revoke_reader(text) | body 8eaa3df30872f576, rest af084251ff462dd9
function |  | debrief.set_rollout(text,integer) | body 0203bdc4825f8881, rest ee0ded74aac546ab
function |  | debrief.start_analysis(bigint) | body d97e996525f20231, rest aab1b12e632e73dc, owner debrief_worker
function |  | debrief.store_analysis_results(bigint,text,text,text,jsonb,jsonb,jsonb) | body 18bb5b6af828091f, rest cc75f9063955acda, owner debrief_worker
function |  | debrief.test_server(text,interval) | body 2d26127a3d760771, rest cbd77b7ab0f127cd
function |  | debrief.track_upload() | body dfa3ea150cadc42e, rest 806bb087918afd56
function |  | debrief.update_tables() | body 3ddb1eb94c82f268, rest b3823c8926c800c2
function |  | debrief.version() | body 718192ce739a9cbc, rest af39c77d4db0852c
function |  | debrief.wait_for_feedback(bigint,interval) | body 41f705b09797f77d, rest f9a262dbe5d2de0c
grant | debrief.analysis_audio_segments | debrief_admin | SELECT
grant | debrief.analysis_audio_segments | debrief_app | SELECT
grant | debrief.analysis_audio_segments | debrief_reader | SELECT
grant | debrief.analysis_audio_segments | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.analysis_feedback | debrief_admin | DELETE, INSERT (analysis_job_id), INSERT (category), INSERT (confidence), INSERT (impact), INSERT (message), INSERT (timestamp_seconds), SELECT, UPDATE (audio_status), UPDATE (category), UPDATE (confidence), UPDATE (impact), UPDATE (message), UPDATE (ssml_status), UPDATE (timestamp_seconds), UPDATE (user_rating)
grant | debrief.analysis_feedback | debrief_app | SELECT, UPDATE (user_rating)
grant | debrief.analysis_feedback | debrief_reader | SELECT
grant | debrief.analysis_feedback | debrief_worker | DELETE, INSERT (analysis_job_id), INSERT (category), INSERT (confidence), INSERT (from_analysis), INSERT (impact), INSERT (message), INSERT (timestamp_seconds), INSERT (user_id), SELECT, UPDATE (audio_attempts), UPDATE (audio_due_at), UPDATE (audio_error_code), UPDATE (audio_last_error), UPDATE (audio_status), UPDATE (audio_updated_at), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (deferrals), UPDATE (lease_expires_at), UPDATE (ssml_attempts), UPDATE (ssml_due_at), UPDATE (ssml_error_code), UPDATE (ssml_last_error), UPDATE (ssml_status), UPDATE (ssml_updated_at)
grant | debrief.analysis_jobs | debrief_admin | DELETE, SELECT
grant | debrief.analysis_jobs | debrief_app | SELECT
grant | debrief.analysis_jobs | debrief_reader | SELECT
grant | debrief.analysis_jobs | debrief_worker | INSERT (video_recording_id), SELECT, UPDATE (attempts), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (correlation_id), UPDATE (deferrals), UPDATE (due_at), UPDATE (error_code), UPDATE (exchange_server), UPDATE (exchange_state), UPDATE (full_feedback_text), UPDATE (last_error), UPDATE (lease_expires_at), UPDATE (processing_completed_at), UPDATE (processing_started_at), UPDATE (progress_percentage), UPDATE (provider), UPDATE (raw_response), UPDATE (status), UPDATE (summary_text), UPDATE (title), UPDATE (updated_at), UPDATE (version)
grant | debrief.analysis_metrics | debrief_admin | SELECT
grant | debrief.analysis_metrics | debrief_app | SELECT
grant | debrief.analysis_metrics | debrief_reader | SELECT
grant | debrief.analysis_metrics | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.analysis_ssml_segments | debrief_admin | SELECT
grant | debrief.analysis_ssml_segments | debrief_app | SELECT
grant | debrief.analysis_ssml_segments | debrief_reader | SELECT
grant | debrief.analysis_ssml_segments | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.analysis_ssml_segments_id_seq | debrief_worker | USAGE
grant | debrief.attempts | debrief_admin | DELETE, SELECT
grant | debrief.attempts | debrief_reader | SELECT
grant | debrief.attempts | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.audio_objects | debrief_admin | SELECT
grant | debrief.audio_objects | debrief_app | SELECT
grant | debrief.audio_objects | debrief_reader | SELECT
grant | debrief.audio_objects | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.claim_token_seq | debrief_worker | USAGE
grant | debrief.failed_feedback | debrief_admin | SELECT
grant | debrief.failed_feedback | debrief_app | SELECT
grant | debrief.failed_feedback | debrief_reader | SELECT
grant | debrief.failed_feedback | debrief_worker | SELECT
grant | debrief.feedback_status | debrief_admin | SELECT
grant | debrief.feedback_status | debrief_app | SELECT
grant | debrief.feedback_status | debrief_reader | SELECT
grant | debrief.feedback_status | debrief_worker | SELECT
grant | debrief.installation | debrief_admin | INSERT, SELECT, UPDATE (database_oid), UPDATE (installed_at), UPDATE (system_identifier)
grant | debrief.installation | debrief_reader | SELECT
grant | debrief.installation | debrief_worker | SELECT, UPDATE (system_identifier)
grant | debrief.latency | debrief_admin | SELECT
grant | debrief.latency | debrief_reader | SELECT
grant | debrief.latency | debrief_worker | SELECT
grant | debrief.object_deletions | debrief_admin | DELETE, SELECT
grant | debrief.object_deletions | debrief_reader | SELECT
grant | debrief.object_deletions | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_status | debrief_admin | SELECT
grant | debrief.pipeline_status | debrief_reader | SELECT
grant | debrief.pipeline_status | debrief_worker | SELECT
grant | debrief.provider_status | debrief_admin | SELECT
grant | debrief.provider_status | debrief_reader | SELECT
grant | debrief.provider_status | debrief_worker | SELECT
grant | debrief.server_limits | debrief_admin | DELETE, SELECT
grant | debrief.server_limits | debrief_reader | SELECT
grant | debrief.server_limits | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_states | debrief_admin | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_states | debrief_reader | SELECT
grant | debrief.server_states | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_usage | debrief_admin | DELETE, SELECT
grant | debrief.server_usage | debrief_reader | SELECT
grant | debrief.server_usage | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.stages | debrief_admin | SELECT, UPDATE
grant | debrief.stages | debrief_reader | SELECT
grant | debrief.stages | debrief_worker | SELECT
grant | debrief.usage | debrief_admin | SELECT
grant | debrief.usage | debrief_reader | SELECT
grant | debrief.usage | debrief_worker | SELECT
grant | debrief.video_recordings | debrief_admin | DELETE, INSERT (duration_seconds), INSERT (file_size), INSERT (format), INSERT (metadata), INSERT (original_filename), INSERT (source), INSERT (storage_path), INSERT (upload_progress), INSERT (upload_status), INSERT (user_id), SELECT, UPDATE (duration_seconds), UPDATE (file_size), UPDATE (format), UPDATE (metadata), UPDATE (original_filename), UPDATE (storage_path), UPDATE (upload_progress), UPDATE (upload_status)
grant | debrief.video_recordings | debrief_app | DELETE, INSERT (duration_seconds), INSERT (file_size), INSERT (format), INSERT (metadata), INSERT (original_filename), INSERT (source), INSERT (storage_path), INSERT (upload_progress), INSERT (upload_status), INSERT (user_id), SELECT, UPDATE (duration_seconds), UPDATE (file_size), UPDATE (format), UPDATE (metadata), UPDATE (original_filename), UPDATE (storage_path), UPDATE (upload_progress), UPDATE (upload_status)
grant | debrief.video_recordings | debrief_reader | SELECT
grant | debrief.video_recordings | debrief_worker | SELECT
grant | debrief.voices | debrief_admin | DELETE, INSERT, SELECT, UPDATE
grant | debrief.voices | debrief_app | SELECT
grant | debrief.voices | debrief_reader | SELECT
grant | debrief.voices | debrief_worker | SELECT
grant | debrief.worker_status | debrief_admin | SELECT
grant | debrief.worker_status | debrief_reader | SELECT
grant | debrief.worker_status | debrief_worker | SELECT
grant | foreign data wrapper debrief | debrief_admin | USAGE
grant | function debrief._announce(text,text,bigint[]) | debrief_worker | EXECUTE
grant | function debrief._audio_work(bigint,bigint[],bigint[]) | debrief_worker | EXECUTE
grant | function debrief._cancel_feedback(bigint[]) | debrief_worker | EXECUTE
grant | function debrief._catalog() | debrief_admin | EXECUTE
grant | function debrief._catalog() | debrief_reader | EXECUTE
grant | function debrief._check_access() | debrief_admin | EXECUTE
grant | function debrief._check_access() | debrief_reader | EXECUTE
grant | function debrief._check_grantee(text) | debrief_admin | EXECUTE
grant | function debrief._check_processes() | debrief_admin | EXECUTE
grant | function debrief._check_processes() | debrief_reader | EXECUTE
grant | function debrief._check_stages() | debrief_admin | EXECUTE
grant | function debrief._check_stages() | debrief_reader | EXECUTE
grant | function debrief._check_versions() | debrief_admin | EXECUTE
grant | function debrief._check_versions() | debrief_reader | EXECUTE
grant | function debrief._claim_analysis(bigint,integer,interval,timestamp with time zone,bigint[]) | debrief_worker | EXECUTE
grant | function debrief._claim_audio(bigint,integer,interval,timestamp with time zone,bigint[]) | debrief_worker | EXECUTE
grant | function debrief._claim_ssml(bigint,integer,interval,timestamp with time zone,bigint[]) | debrief_worker | EXECUTE
grant | function debrief._differences() | debrief_admin | EXECUTE
grant | function debrief._differences() | debrief_reader | EXECUTE
grant | function debrief._exchange_ended() | debrief_worker | EXECUTE
grant | function debrief._fdw_validator(text[],oid) | debrief_worker | EXECUTE
grant | function debrief._feedback_insert() | debrief_worker | EXECUTE
grant | function debrief._feedback_update() | debrief_worker | EXECUTE
grant | function debrief._grant_calls(text,integer,integer,bigint,bigint,bigint) | debrief_worker | EXECUTE
grant | function debrief._grant_membership(text,text) | debrief_admin | EXECUTE
grant | function debrief._hold_claims(bigint[],bigint[],text) | debrief_worker | EXECUTE
grant | function debrief._in_rollout(uuid,integer) | debrief_worker | EXECUTE
grant | function debrief._intend_objects(text[],text[],bigint[],integer[]) | debrief_worker | EXECUTE
grant | function debrief._is_copy() | debrief_admin | EXECUTE
grant | function debrief._is_copy() | debrief_reader | EXECUTE
grant | function debrief._is_copy() | debrief_worker | EXECUTE
grant | function debrief._is_operator() | debrief_worker | EXECUTE
grant | function debrief._job_check() | debrief_worker | EXECUTE
grant | function debrief._keep_exchange(bigint[],bigint[],text[],text[]) | debrief_worker | EXECUTE
grant | function debrief._kickoff() | debrief_worker | EXECUTE
grant | function debrief._known_stage(text) | debrief_admin | EXECUTE
grant | function debrief._known_stage(text) | debrief_worker | EXECUTE
grant | function debrief._latency() | debrief_admin | EXECUTE
grant | function debrief._latency() | debrief_reader | EXECUTE
grant | function debrief._latency() | debrief_worker | EXECUTE
grant | function debrief._library_version() | debrief_admin | EXECUTE
grant | function debrief._library_version() | debrief_reader | EXECUTE
grant | function debrief._load_config() | debrief_worker | EXECUTE
grant | function debrief._lock_class() | debrief_worker | EXECUTE
grant | function debrief._lock_object(bigint) | debrief_worker | EXECUTE
grant | function debrief._look_ahead(text,timestamp with time zone,bigint,uuid[],boolean,integer) | debrief_worker | EXECUTE
grant | function debrief._lost_claims(text,bigint[],bigint[]) | debrief_worker | EXECUTE
grant | function debrief._may_act_on(uuid) | debrief_worker | EXECUTE
grant | function debrief._mend(text,text,text,text,text) | debrief_admin | EXECUTE
grant | function debrief._mend(text,text,text,text,text) | debrief_reader | EXECUTE
grant | function debrief._next_alone(text) | debrief_worker | EXECUTE
grant | function debrief._next_due() | debrief_worker | EXECUTE
grant | function debrief._note_copy() | debrief_worker | EXECUTE
grant | function debrief._object_unreferenced() | debrief_worker | EXECUTE
grant | function debrief._objects_truncated() | debrief_worker | EXECUTE
grant | function debrief._park_server(text,bigint,integer,text,text) | debrief_worker | EXECUTE
grant | function debrief._progress(bigint,bigint,integer) | debrief_worker | EXECUTE
grant | function debrief._prune_attempts(interval,integer) | debrief_worker | EXECUTE
grant | function debrief._queue_analysis(bigint) | debrief_worker | EXECUTE
grant | function debrief._record_attempts(text,text,bigint[],text[],text[],integer[],text[],text[],text[],integer[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[]) | debrief_worker | EXECUTE
grant | function debrief._record_usage(text,text,bigint,bigint,bigint,bigint,bigint,bigint) | debrief_worker | EXECUTE
grant | function debrief._recording_check() | debrief_worker | EXECUTE
grant | function debrief._release(bigint) | debrief_worker | EXECUTE
grant | function debrief._renew(text,bigint[],bigint[],interval) | debrief_worker | EXECUTE
grant | function debrief._requeue_feedback(bigint[],text) | debrief_worker | EXECUTE
grant | function debrief._rescue(bigint,bigint[]) | debrief_worker | EXECUTE
grant | function debrief._return_calls(text,integer) | debrief_worker | EXECUTE
grant | function debrief._revoke_membership(text,text) | debrief_admin | EXECUTE
grant | function debrief._runs_alone(text,integer,integer) | debrief_worker | EXECUTE
grant | function debrief._segment_owner() | debrief_worker | EXECUTE
grant | function debrief._server_kind(text) | debrief_admin | EXECUTE
grant | function debrief._server_kind(text) | debrief_reader | EXECUTE
grant | function debrief._server_kind(text) | debrief_worker | EXECUTE
grant | function debrief._server_ok(text) | debrief_worker | EXECUTE
grant | function debrief._server_options(text) | debrief_worker | EXECUTE
grant | function debrief._settle_analysis(bigint,bigint,text,text,text,text,text,text,text[],text[],text[],text[],text[],text[],text[],text[]) | debrief_worker | EXECUTE
grant | function debrief._settle_audio(bigint[],bigint[],boolean[],text,text,integer[],integer[],text[],text[],text[],text[],text[],text[],bigint[],text[],bytea[]) | debrief_worker | EXECUTE
grant | function debrief._settle_count() | debrief_admin | EXECUTE
grant | function debrief._settle_count() | debrief_app | EXECUTE
grant | function debrief._settle_count() | debrief_reader | EXECUTE
grant | function debrief._settle_count() | debrief_worker | EXECUTE
grant | function debrief._settle_deletions(bigint[],text[]) | debrief_worker | EXECUTE
grant | function debrief._settle_failures(text,bigint[],bigint[],text[],bigint[],text[],text[]) | debrief_worker | EXECUTE
grant | function debrief._settle_ssml(bigint[],bigint[],text,text[],integer[],integer[],text[],integer,bigint,interval) | debrief_worker | EXECUTE
grant | function debrief._source_hash(text,jsonb,text) | debrief_worker | EXECUTE
grant | function debrief._stage_check() | debrief_worker | EXECUTE
grant | function debrief._stages_served(text) | debrief_admin | EXECUTE
grant | function debrief._stages_served(text) | debrief_reader | EXECUTE
grant | function debrief._stages_served(text) | debrief_worker | EXECUTE
grant | function debrief._started_from_backup() | debrief_admin | EXECUTE
grant | function debrief._started_from_backup() | debrief_reader | EXECUTE
grant | function debrief._started_from_backup() | debrief_worker | EXECUTE
grant | function debrief._subscription() | debrief_admin | EXECUTE
grant | function debrief._subscription() | debrief_reader | EXECUTE
grant | function debrief._subscription() | debrief_worker | EXECUTE
grant | function debrief._system_identifier() | debrief_admin | EXECUTE
grant | function debrief._system_identifier() | debrief_reader | EXECUTE
grant | function debrief._system_identifier() | debrief_worker | EXECUTE
grant | function debrief._tables_version() | debrief_admin | EXECUTE
grant | function debrief._tables_version() | debrief_reader | EXECUTE
grant | function debrief._take_deletions(integer) | debrief_worker | EXECUTE
grant | function debrief._test_server(text,integer) | debrief_admin | EXECUTE
grant | function debrief._test_server(text,integer) | debrief_worker | EXECUTE
grant | function debrief._upload_arguments(text[]) | debrief_admin | EXECUTE
grant | function debrief._upload_arguments(text[]) | debrief_app | EXECUTE
grant | function debrief._upload_arguments(text[]) | debrief_worker | EXECUTE
grant | function debrief._upload_is(text,text) | debrief_admin | EXECUTE
grant | function debrief._upload_is(text,text) | debrief_app | EXECUTE
grant | function debrief._upload_is(text,text) | debrief_worker | EXECUTE
grant | function debrief._upload_metadata(jsonb,jsonb) | debrief_admin | EXECUTE
grant | function debrief._upload_metadata(jsonb,jsonb) | debrief_app | EXECUTE
grant | function debrief._upload_metadata(jsonb,jsonb) | debrief_worker | EXECUTE
grant | function debrief._upload_of(jsonb,text[],jsonb,text) | debrief_admin | EXECUTE
grant | function debrief._upload_of(jsonb,text[],jsonb,text) | debrief_app | EXECUTE
grant | function debrief._upload_of(jsonb,text[],jsonb,text) | debrief_worker | EXECUTE
grant | function debrief._upload_options() | debrief_admin | EXECUTE
grant | function debrief._upload_options() | debrief_app | EXECUTE
grant | function debrief._upload_options() | debrief_worker | EXECUTE
grant | function debrief._upload_path(text,jsonb) | debrief_admin | EXECUTE
grant | function debrief._upload_path(text,jsonb) | debrief_app | EXECUTE
grant | function debrief._upload_path(text,jsonb) | debrief_worker | EXECUTE
grant | function debrief._upload_value(jsonb,text) | debrief_admin | EXECUTE
grant | function debrief._upload_value(jsonb,text) | debrief_app | EXECUTE
grant | function debrief._upload_value(jsonb,text) | debrief_worker | EXECUTE
grant | function debrief._wait_for_settle(bigint,integer) | debrief_admin | EXECUTE
grant | function debrief._wait_for_settle(bigint,integer) | debrief_app | EXECUTE
grant | function debrief._wait_for_settle(bigint,integer) | debrief_reader | EXECUTE
grant | function debrief._wait_for_settle(bigint,integer) | debrief_worker | EXECUTE
grant | function debrief._waiting_alone() | debrief_worker | EXECUTE
grant | function debrief._wake() | debrief_worker | EXECUTE
grant | function debrief._wake_revoked() | debrief_admin | EXECUTE
grant | function debrief._wake_revoked() | debrief_app | EXECUTE
grant | function debrief._wake_revoked() | debrief_reader | EXECUTE
grant | function debrief._wake_revoked() | debrief_worker | EXECUTE
grant | function debrief._wake_trigger() | debrief_worker | EXECUTE
grant | function debrief._worker_start() | debrief_worker | EXECUTE
grant | function debrief._workers() | debrief_admin | EXECUTE
grant | function debrief._workers() | debrief_reader | EXECUTE
grant | function debrief._workers() | debrief_worker | EXECUTE
grant | function debrief.cancel_analysis(bigint) | debrief_admin | EXECUTE
grant | function debrief.cancel_analysis(bigint) | debrief_app | EXECUTE
grant | function debrief.cancel_analysis(bigint) | debrief_worker | EXECUTE
grant | function debrief.cancel_feedback(bigint) | debrief_admin | EXECUTE
grant | function debrief.cancel_feedback(bigint) | debrief_app | EXECUTE
grant | function debrief.cancel_feedback(bigint) | debrief_worker | EXECUTE
grant | function debrief.check_installation() | debrief_admin | EXECUTE
grant | function debrief.check_installation() | debrief_reader | EXECUTE
grant | function debrief.current_user_id() | debrief_admin | EXECUTE
grant | function debrief.current_user_id() | debrief_app | EXECUTE
grant | function debrief.current_user_id() | debrief_reader | EXECUTE
grant | function debrief.current_user_id() | debrief_worker | EXECUTE
grant | function debrief.get_analysis_with_metrics(bigint) | debrief_admin | EXECUTE
grant | function debrief.get_analysis_with_metrics(bigint) | debrief_app | EXECUTE
grant | function debrief.get_analysis_with_metrics(bigint) | debrief_reader | EXECUTE
grant | function debrief.get_analysis_with_metrics(bigint) | debrief_worker | EXECUTE
grant | function debrief.get_audio(bigint,integer) | debrief_admin | EXECUTE
grant | function debrief.get_audio(bigint,integer) | debrief_app | EXECUTE
grant | function debrief.get_audio(bigint,integer) | debrief_reader | EXECUTE
grant | function debrief.get_audio(bigint,integer) | debrief_worker | EXECUTE
grant | function debrief.get_audio_segments_for_feedback(bigint) | debrief_admin | EXECUTE
grant | function debrief.get_audio_segments_for_feedback(bigint) | debrief_app | EXECUTE
grant | function debrief.get_audio_segments_for_feedback(bigint) | debrief_reader | EXECUTE
grant | function debrief.get_audio_segments_for_feedback(bigint) | debrief_worker | EXECUTE
grant | function debrief.grant_application(text) | debrief_admin | EXECUTE
grant | function debrief.grant_operator(text) | debrief_admin | EXECUTE
grant | function debrief.grant_reader(text) | debrief_admin | EXECUTE
grant | function debrief.pause(text) | debrief_admin | EXECUTE
grant | function debrief.pause(text) | debrief_worker | EXECUTE
grant | function debrief.pause_server(text) | debrief_admin | EXECUTE
grant | function debrief.pause_server(text) | debrief_worker | EXECUTE
grant | function debrief.resume(text) | debrief_admin | EXECUTE
grant | function debrief.resume(text) | debrief_worker | EXECUTE
grant | function debrief.resume_server(text) | debrief_admin | EXECUTE
grant | function debrief.resume_server(text) | debrief_worker | EXECUTE
grant | function debrief.retry_analysis(bigint) | debrief_admin | EXECUTE
grant | function debrief.retry_analysis(bigint) | debrief_app | EXECUTE
grant | function debrief.retry_analysis(bigint) | debrief_worker | EXECUTE
grant | function debrief.retry_failed(text,text,timestamp with time zone,integer) | debrief_admin | EXECUTE
grant | function debrief.retry_failed(text,text,timestamp with time zone,integer) | debrief_app | EXECUTE
grant | function debrief.retry_failed(text,text,timestamp with time zone,integer) | debrief_worker | EXECUTE
grant | function debrief.retry_feedback(bigint,text) | debrief_admin | EXECUTE
grant | function debrief.retry_feedback(bigint,text) | debrief_app | EXECUTE
grant | function debrief.retry_feedback(bigint,text) | debrief_worker | EXECUTE
grant | function debrief.revoke_application(text) | debrief_admin | EXECUTE
grant | function debrief.revoke_operator(text) | debrief_admin | EXECUTE
grant | function debrief.revoke_reader(text) | debrief_admin | EXECUTE
grant | function debrief.set_rollout(text,integer) | debrief_admin | EXECUTE
grant | function debrief.set_rollout(text,integer) | debrief_worker | EXECUTE
grant | function debrief.start_analysis(bigint) | debrief_admin | EXECUTE
grant | function debrief.start_analysis(bigint) | debrief_app | EXECUTE
grant | function debrief.start_analysis(bigint) | debrief_worker | EXECUTE
grant | function debrief.store_analysis_results(bigint,text,text,text,jsonb,jsonb,jsonb) | debrief_admin | EXECUTE
grant | function debrief.store_analysis_results(bigint,text,text,text,jsonb,jsonb,jsonb) | debrief_worker | EXECUTE
grant | function debrief.test_server(text,interval) | debrief_admin | EXECUTE
grant | function debrief.test_server(text,interval) | debrief_worker | EXECUTE
grant | function debrief.track_upload() | debrief_admin | EXECUTE
grant | function debrief.track_upload() | debrief_worker | EXECUTE
grant | function debrief.version() | debrief_admin | EXECUTE
grant | function debrief.version() | debrief_reader | EXECUTE
grant | function debrief.wait_for_feedback(bigint,interval) | debrief_admin | EXECUTE
grant | function debrief.wait_for_feedback(bigint,interval) | debrief_app | EXECUTE
grant | function debrief.wait_for_feedback(bigint,interval) | debrief_reader | EXECUTE
grant | function debrief.wait_for_feedback(bigint,interval) | debrief_worker | EXECUTE
grant | schema debrief | debrief_admin | USAGE
grant | schema debrief | debrief_app | USAGE
grant | schema debrief | debrief_reader | USAGE
grant | schema debrief | debrief_worker | USAGE
index | debrief.analysis_feedback | analysis_feedback_audio_due_idx | CREATE INDEX analysis_feedback_audio_due_idx ON debrief.analysis_feedback USING btree (audio_due_at, id) WHERE (audio_due_at IS NOT NULL)
index | debrief.analysis_feedback | analysis_feedback_created_idx | CREATE INDEX analysis_feedback_created_idx ON debrief.analysis_feedback USING btree (created_at)
index | debrief.analysis_feedback | analysis_feedback_job_idx | CREATE INDEX analysis_feedback_job_idx ON debrief.analysis_feedback USING btree (analysis_job_id)
index | debrief.analysis_feedback | analysis_feedback_lease_idx | CREATE INDEX analysis_feedback_lease_idx ON debrief.analysis_feedback USING btree (lease_expires_at) WHERE (lease_expires_at IS NOT NULL)
index | debrief.analysis_feedback | analysis_feedback_lost_idx | CREATE INDEX analysis_feedback_lost_idx ON debrief.analysis_feedback USING btree (id) WHERE ((ssml_error_code = 'worker_lost'::text) OR (audio_error_code = 'worker_lost'::text))
index | debrief.analysis_feedback | analysis_feedback_ssml_due_idx | CREATE INDEX analysis_feedback_ssml_due_idx ON debrief.analysis_feedback USING btree (ssml_due_at, id) WHERE (ssml_due_at IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_due_idx | CREATE INDEX analysis_jobs_due_idx ON debrief.analysis_jobs USING btree (due_at, id) WHERE (due_at IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_lease_idx | CREATE INDEX analysis_jobs_lease_idx ON debrief.analysis_jobs USING btree (lease_expires_at) WHERE (lease_expires_at IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_lost_idx | CREATE INDEX analysis_jobs_lost_idx ON debrief.analysis_jobs USING btree (id) WHERE (error_code = 'worker_lost'::text)
index | debrief.analysis_jobs | analysis_jobs_user_idx | CREATE INDEX analysis_jobs_user_idx ON debrief.analysis_jobs USING btree (user_id, created_at)
index | debrief.analysis_ssml_segments | analysis_ssml_segments_created_idx | CREATE INDEX analysis_ssml_segments_created_idx ON debrief.analysis_ssml_segments USING btree (created_at)
index | debrief.attempts | attempts_finished_idx | CREATE INDEX attempts_finished_idx ON debrief.attempts USING btree (finished_at)
index | debrief.attempts | attempts_row_idx | CREATE INDEX attempts_row_idx ON debrief.attempts USING btree (row_id, stage)
index | debrief.object_deletions | object_deletions_due_idx | CREATE INDEX object_deletions_due_idx ON debrief.object_deletions USING btree (due_at, id)
index | debrief.video_recordings | video_recordings_user_idx | CREATE INDEX video_recordings_user_idx ON debrief.video_recordings USING btree (user_id)
index | debrief.voices | voices_one_default | CREATE UNIQUE INDEX voices_one_default ON debrief.voices USING btree (is_default) WHERE is_default
policy | debrief.analysis_audio_segments | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_audio_segments | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_audio_segments | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_feedback | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_feedback | own_jobs | as restrictive for all to debrief_app using (true) with check ((EXISTS ( SELECT FROM debrief.analysis_jobs j WHERE ((j.id = analysis_feedback.analysis_job_id) AND (j.user_id = analysis_feedback.user_id)))))
policy | debrief.analysis_feedback | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_feedback | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_jobs | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_jobs | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_jobs | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_metrics | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_metrics | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_metrics | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_ssml_segments | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_ssml_segments | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_ssml_segments | readers | as permissive for select to debrief_reader using (true)
policy | debrief.attempts | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.attempts | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.attempts | readers | as permissive for select to debrief_reader using (true)
policy | debrief.audio_objects | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.audio_objects | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.audio_objects | readers | as permissive for select to debrief_reader using (true)
policy | debrief.video_recordings | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.video_recordings | own_paths | as restrictive for all to debrief_app using (true) with check (((storage_path = ''::text) OR starts_with(storage_path, ((user_id)::text || '/'::text)) OR pg_has_role(CURRENT_USER, 'debrief_admin'::name, 'usage'::text)))
policy | debrief.video_recordings | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.video_recordings | readers | as permissive for select to debrief_reader using (true)
row security | debrief.analysis_audio_segments |  | enabled
row security | debrief.analysis_feedback |  | enabled
row security | debrief.analysis_jobs |  | enabled
row security | debrief.analysis_metrics |  | enabled
row security | debrief.analysis_ssml_segments |  | enabled
row security | debrief.attempts |  | enabled
row security | debrief.audio_objects |  | enabled
row security | debrief.video_recordings |  | enabled
sequence | debrief.analysis_audio_segments_id_seq |  | sequence
sequence | debrief.analysis_feedback_id_seq |  | sequence
sequence | debrief.analysis_jobs_id_seq |  | sequence
sequence | debrief.analysis_metrics_id_seq |  | sequence
sequence | debrief.analysis_ssml_segments_id_seq |  | sequence
sequence | debrief.attempts_id_seq |  | sequence
sequence | debrief.claim_token_seq |  | sequence
sequence | debrief.object_deletions_id_seq |  | sequence
sequence | debrief.video_recordings_id_seq |  | sequence
table | debrief.analysis_audio_segments |  | logged
table | debrief.analysis_feedback |  | logged
table | debrief.analysis_jobs |  | logged
table | debrief.analysis_metrics |  | logged
table | debrief.analysis_ssml_segments |  | logged
table | debrief.attempts |  | logged
table | debrief.audio_objects |  | logged
table | debrief.installation |  | logged
table | debrief.object_deletions |  | logged
table | debrief.server_limits |  | logged
table | debrief.server_states |  | logged
table | debrief.server_usage |  | logged
table | debrief.stages |  | logged
table | debrief.video_recordings |  | logged
table | debrief.voices |  | logged
trigger | debrief.analysis_audio_segments | audio_object_unreferenced | CREATE TRIGGER audio_object_unreferenced AFTER DELETE OR UPDATE OF storage_path, store ON debrief.analysis_audio_segments FOR EACH ROW EXECUTE FUNCTION debrief._object_unreferenced()
trigger | debrief.analysis_audio_segments | audio_objects_truncated | CREATE TRIGGER audio_objects_truncated BEFORE TRUNCATE ON debrief.analysis_audio_segments FOR EACH STATEMENT EXECUTE FUNCTION debrief._objects_truncated()
trigger | debrief.analysis_audio_segments | audio_segment_moved | CREATE TRIGGER audio_segment_moved BEFORE UPDATE ON debrief.analysis_audio_segments FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.feedback_id <> old.feedback_id))) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_audio_segments | audio_segment_owner | CREATE TRIGGER audio_segment_owner BEFORE INSERT ON debrief.analysis_audio_segments FOR EACH ROW WHEN ((new.user_id IS NULL)) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_feedback | feedback_insert | CREATE TRIGGER feedback_insert BEFORE INSERT ON debrief.analysis_feedback FOR EACH ROW EXECUTE FUNCTION debrief._feedback_insert()
trigger | debrief.analysis_feedback | feedback_revoked | CREATE TRIGGER feedback_revoked BEFORE DELETE ON debrief.analysis_feedback FOR EACH ROW WHEN ((old.claim_token IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_feedback | feedback_truncated | CREATE TRIGGER feedback_truncated AFTER TRUNCATE ON debrief.analysis_feedback FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_feedback | feedback_update | CREATE TRIGGER feedback_update BEFORE UPDATE ON debrief.analysis_feedback FOR EACH ROW WHEN (((new.message <> old.message) OR (new.user_id <> old.user_id) OR (new.analysis_job_id <> old.analysis_job_id) OR ((new.ssml_status = 'queued'::text) AND (old.ssml_status <> 'queued'::text) AND (new.ssml_due_at IS NULL)) OR ((new.ssml_status <> 'queued'::text) AND (new.ssml_due_at IS NOT NULL)) OR ((new.audio_status = 'queued'::text) AND (new.audio_due_at IS NULL) AND (new.ssml_status = 'completed'::text) AND ((old.audio_status <> 'queued'::text) OR (old.ssml_status <> 'completed'::text))) OR ((new.audio_due_at IS NOT NULL) AND ((new.audio_status <> 'queued'::text) OR (new.ssml_status <> 'completed'::text))) OR ((new.claim_token IS NOT NULL) AND (new.ssml_status <> 'processing'::text) AND (new.audio_status <> 'processing'::text)))) EXECUTE FUNCTION debrief._feedback_update()
trigger | debrief.analysis_feedback | feedback_wake_audio | CREATE TRIGGER feedback_wake_audio AFTER INSERT ON debrief.analysis_feedback FOR EACH ROW WHEN ((new.audio_due_at IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('feedback')
trigger | debrief.analysis_feedback | feedback_wake_insert | CREATE TRIGGER feedback_wake_insert AFTER INSERT ON debrief.analysis_feedback FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('ssml')
trigger | debrief.analysis_feedback | feedback_wake_update | CREATE TRIGGER feedback_wake_update AFTER UPDATE ON debrief.analysis_feedback FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('feedback')
trigger | debrief.analysis_jobs | job_check_insert | CREATE TRIGGER job_check_insert BEFORE INSERT ON debrief.analysis_jobs FOR EACH ROW EXECUTE FUNCTION debrief._job_check()
trigger | debrief.analysis_jobs | job_check_update | CREATE TRIGGER job_check_update BEFORE UPDATE ON debrief.analysis_jobs FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.video_recording_id <> old.video_recording_id) OR ((new.status = 'queued'::text) <> (new.due_at IS NOT NULL)) OR ((new.status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (new.exchange_state IS NOT NULL)) OR ((new.status <> 'processing'::text) AND (new.claim_token IS NOT NULL)))) EXECUTE FUNCTION debrief._job_check()
trigger | debrief.analysis_jobs | job_exchange_deleted | CREATE TRIGGER job_exchange_deleted AFTER DELETE ON debrief.analysis_jobs FOR EACH ROW WHEN (((old.exchange_state ->> 'file'::text) <> ''::text)) EXECUTE FUNCTION debrief._exchange_ended()
trigger | debrief.analysis_jobs | job_exchange_ended | CREATE TRIGGER job_exchange_ended AFTER UPDATE ON debrief.analysis_jobs FOR EACH ROW WHEN ((((old.exchange_state ->> 'file'::text) <> ''::text) AND (((new.exchange_state ->> 'file'::text) IS DISTINCT FROM (old.exchange_state ->> 'file'::text)) OR (new.exchange_server IS DISTINCT FROM old.exchange_server)))) EXECUTE FUNCTION debrief._exchange_ended()
trigger | debrief.analysis_jobs | job_exchange_truncated | CREATE TRIGGER job_exchange_truncated BEFORE TRUNCATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._objects_truncated()
trigger | debrief.analysis_jobs | job_revoked | CREATE TRIGGER job_revoked BEFORE DELETE ON debrief.analysis_jobs FOR EACH ROW WHEN ((old.claim_token IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_jobs | job_truncated | CREATE TRIGGER job_truncated AFTER TRUNCATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_jobs | job_wake | CREATE TRIGGER job_wake AFTER INSERT OR UPDATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('analysis')
trigger | debrief.analysis_ssml_segments | ssml_segment_moved | CREATE TRIGGER ssml_segment_moved BEFORE UPDATE ON debrief.analysis_ssml_segments FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.feedback_id <> old.feedback_id))) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_ssml_segments | ssml_segment_owner | CREATE TRIGGER ssml_segment_owner BEFORE INSERT ON debrief.analysis_ssml_segments FOR EACH ROW WHEN ((new.user_id IS NULL)) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.server_states | server_state_wake | CREATE TRIGGER server_state_wake AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON debrief.server_states FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('config')
trigger | debrief.stages | stage_check | CREATE TRIGGER stage_check BEFORE INSERT OR UPDATE ON debrief.stages FOR EACH ROW EXECUTE FUNCTION debrief._stage_check()
trigger | debrief.stages | stage_wake | CREATE TRIGGER stage_wake AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON debrief.stages FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('config')
trigger | debrief.video_recordings | kickoff_on_insert | CREATE CONSTRAINT TRIGGER kickoff_on_insert AFTER INSERT ON debrief.video_recordings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.upload_status = 'completed'::text)) EXECUTE FUNCTION debrief._kickoff()
trigger | debrief.video_recordings | kickoff_on_update | CREATE CONSTRAINT TRIGGER kickoff_on_update AFTER UPDATE OF upload_status ON debrief.video_recordings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.upload_status = 'completed'::text)) EXECUTE FUNCTION debrief._kickoff()
trigger | debrief.video_recordings | recording_check | CREATE TRIGGER recording_check BEFORE INSERT OR UPDATE ON debrief.video_recordings FOR EACH ROW EXECUTE FUNCTION debrief._recording_check()
view | debrief.failed_feedback |  | with (security_invoker=true) body f090bb6365abf9cb columns id bigint, analysis_job_id bigint, user_id uuid, stage text, error_code text, last_error text, attempts integer, failed_at timestamp with time zone, correlation_id uuid, message text
view | debrief.feedback_status |  | with (security_invoker=true) body b85dccecb6333e91 columns id bigint, analysis_job_id bigint, user_id uuid, timestamp_seconds numeric, category text, message text, status text, ssml_status text, audio_status text, ssml_attempts integer, audio_attempts integer, deferrals integer, error_code text, last_error text, next_attempt_at timestamp with time zone, updated_at timestamp with time zone, correlation_id uuid, audio_segments bigint, audio_duration_ms numeric
view | debrief.latency |  | with (security_invoker=true) body 7b8dcc90d97bacc6 columns stage text, phase text, upper_bound_ms double precision, calls bigint, cumulative numeric
view | debrief.pipeline_status |  | with (security_invoker=true) body e5b1b87febc3580b columns stage text, due bigint, delayed bigint, waiting bigint, processing bigint, completed bigint, failed bigint, oldest_due interval, oldest_processing interval
view | debrief.provider_status |  | with (security_invoker=true) body 99331b56b96701a6 columns stage text, server text, kind text, store text, state text, reason text, hint text, parked_until timestamp with time zone, failures integer
view | debrief.usage |  | with (security_invoker=true) body 6ab261de96758121 columns day date, server text, stage text, calls bigint, failures bigint, input_tokens bigint, output_tokens bigint, characters bigint, audio_seconds numeric
view | debrief.worker_status |  | with (security_invoker=true) body 9148368c2a964dc3 columns process text, database name, ordinal integer, pid integer, state text, since timestamp with time zone, analysis_in_flight integer, ssml_in_flight integer, audio_in_flight integer, last_error text
$lines$, E'\n')) line, regexp_match(line, '^(.*?) \| (.*?) \| (.*?) \| (.*)$') m
   where m is not null;
$expected$;
-- end of what `make expected` writes
comment on function debrief._expected() is 'What a fresh installation of this version has, as _catalog() tells it.';

-- 5. Access -----------------------------------------------------------------------------------

revoke all on all routines in schema debrief from public;
grant execute on function
  debrief.version(), debrief.check_installation(), debrief._library_version(), debrief._tables_version(), debrief._catalog(),
  debrief._expected(), debrief._differences(), debrief._mend(text, text, text, text, text), debrief._check_versions(),
  debrief._check_access(), debrief._check_processes(), debrief._check_stages()
  to debrief_reader, debrief_admin;

-- 6. Copies -----------------------------------------------------------------------------------

create function debrief._started_from_backup() returns boolean
language c stable strict as 'MODULE_PATHNAME', 'debrief_started_from_backup';
comment on function debrief._started_from_backup() is
  'Whether the server was started from a base backup, or to recover to a point in time, and not as a standby.';

-- The publisher's workers do the work on rows that come by a subscription, whether it is enabled or not.
create function debrief._subscription() returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select min(s.subname)
    from pg_subscription_rel r
    join pg_subscription s on s.oid = r.srsubid
   where r.srrelid in (to_regclass('debrief.analysis_jobs'), to_regclass('debrief.analysis_feedback'));
$$;
comment on function debrief._subscription() is
  'The logical replication subscription that fills this database''s queue; null when none does.';

create or replace function debrief._is_copy() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select from debrief.installation i
     where i.system_identifier = debrief._system_identifier()
       and i.database_oid = (select oid from pg_database where datname = current_database())
       and not (debrief._started_from_backup() and i.installed_at < pg_postmaster_start_time()))
      or debrief._subscription() is not null;
$$;

-- A subscription can be dropped, and a server forgets at its next start that it was made from a base
-- backup; its rows are another database's nevertheless, until debrief.resume() says otherwise.
create function debrief._note_copy() returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if not debrief._is_copy() then
    return false;
  end if;
  if exists (select from debrief.installation i
              where i.system_identifier = debrief._system_identifier()
                and i.database_oid = (select oid from pg_database where datname = current_database())) then
    update debrief.installation i set system_identifier = 'copy';
  end if;
  return true;
end $$;
comment on function debrief._note_copy() is
  'Worker: whether this database is a copy; if so, it stays one until debrief.resume().';

create or replace function debrief.resume(stage_name text default null) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  resumed int;
  was_copy constant boolean := debrief._is_copy();
  subscription constant text := debrief._subscription();
begin
  if stage_name is not null then
    perform debrief._known_stage(stage_name);
  end if;
  if subscription is not null then
    raise exception 'the rows of this database come by the subscription "%"', subscription
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('The publisher works on them. To work on them here instead: DROP SUBSCRIPTION %I; then SELECT debrief.resume();', subscription);
  end if;
  update debrief.stages s set paused = false where s.stage = coalesce(stage_name, s.stage) and s.paused;
  get diagnostics resumed = row_count;
  if stage_name is null and was_copy then
    insert into debrief.installation (system_identifier, database_oid)
    values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
    on conflict (only_row) do update
       set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
           installed_at = excluded.installed_at;
    update debrief.stages s set paused = s.paused where s.stage = 'analysis';  -- wakes the workers
    return format('this copy of a database now runs its own pipeline; %s stages resumed', resumed);
  elsif was_copy then
    raise exception 'this database is a copy of the one that pg_debrief was installed in'
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'SELECT debrief.resume(); without a stage lets this copy call its providers.';
  end if;
  return case resumed when 0 then 'nothing was paused' when 1 then 'resumed' else resumed || ' stages resumed' end;
end $$;

revoke all on function debrief._started_from_backup(), debrief._subscription(), debrief._note_copy() from public;
grant execute on function debrief._started_from_backup(), debrief._subscription()
  to debrief_reader, debrief_admin, debrief_worker;
grant execute on function debrief._note_copy() to debrief_worker;

create function debrief._install_copy_access() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
begin
  grant update (system_identifier) on debrief.installation to debrief_worker;
  grant update (installed_at) on debrief.installation to debrief_admin;
end $install$;
comment on function debrief._install_copy_access() is 'The grants that _note_copy() and resume() need beside those of _install_access(); may be run again.';
revoke all on function debrief._install_copy_access() from public;

-- 7. The tables follow ------------------------------------------------------------------------

-- A restore brings its own, of whatever version: see section 12 of 1.0.
do $tables$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief.update_tables();
  end if;
end $tables$;
