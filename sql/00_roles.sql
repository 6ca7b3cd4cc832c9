-- pg_debrief: an uploaded video becomes spoken feedback, inside the database.
--
-- The files of this folder, in the order of their names, are the install script; an update runs them
-- again after its own part. Each function stands with its comment, owner and grants.
--
-- The life of one stage of one row (analysis_jobs has one stage, analysis_feedback two):
--
--                 claim (+1 attempt, token, lease)        settle
--     queued ------------------------------------> processing ---------> completed
--       ^  ^                                          |   |
--       |  +-- retry later, defer, release, rescue ---+   +-- attempts used up,
--       |                                                     permanent error, cancel
--       +-- retry_*(), edit of the message ------------------ failed <--+
--
-- A row waits for its stage while its due time (`due_at`, `ssml_due_at`, `audio_due_at`) is not
-- null; a claim takes rows whose due time has come. The claim token is the fence: every settle
-- names the token it was given, and changes nothing when the row was edited, cancelled, deleted
-- or claimed again meanwhile.
--
-- Tables, views, triggers and policies are made by functions and taken out of the extension, so that
-- a dump carries them as the user's own. Functions therefore name tables in late-bound bodies only.

-- The database.

-- Answers are JSON and words of every language: what a LATIN1 or SQL_ASCII database cannot hold would fail
-- row by row, after it was paid for. An installation that is there already may still be updated.
do $encoding$
begin
  if pg_catalog.getdatabaseencoding() operator(pg_catalog.<>) 'UTF8' and pg_catalog.to_regprocedure('debrief.version()') is null then
    raise exception 'database "%" is in %, and pg_debrief needs UTF8', pg_catalog.current_database(), pg_catalog.getdatabaseencoding()
      using errcode = 'feature_not_supported',
            hint = 'Make another: CREATE DATABASE name ENCODING ''UTF8'' TEMPLATE template0; where the locale has another encoding, add LOCALE ''C.UTF-8''.';
  end if;
end $encoding$;
-- The settings of functions are stored as they are quoted here. (The script itself was read before this: it has
-- no literal with a backslash, which standard_conforming_strings would change.)
set local quote_all_identifiers = off;

-- Roles.

-- Roles belong to the cluster, not to the extension: created when missing, never dropped. An existing
-- role with more rights than we would give it is refused, here or at the end (96_create.sql).
do $roles$
declare
  wanted text;
begin
  foreach wanted in array array['debrief_worker', 'debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute pg_catalog.format('create role %I nologin', wanted);
    elsif exists (select from pg_catalog.pg_roles
                   where rolname = wanted and (rolsuper or rolcreaterole or rolcreatedb or rolreplication)) then
      raise exception 'role "%" exists and has more rights than pg_debrief gives it', wanted
        using errcode = 'duplicate_object',
              hint = 'Rename that role, or remove SUPERUSER, CREATEROLE, CREATEDB and REPLICATION from it.';
    end if;
  end loop;
end $roles$;

-- A background worker may log in as a role that no client can: the limit counts clients only.
alter role debrief_worker login connection limit 0 nobypassrls password null valid until 'infinity';

-- What was set for it before would hold in the workers.
do $settings$
declare
  place text;
begin
  for place in
    select case when d.datname is not null then pg_catalog.format('in database %I', d.datname) else '' end
      from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.setdatabase
     where s.setrole operator(pg_catalog.=) 'debrief_worker'::pg_catalog.regrole
  loop
    execute pg_catalog.format('alter role debrief_worker %s reset all', place);
  end loop;
end $settings$;

comment on role debrief_worker is 'pg_debrief: what its background workers run as; no client can';
comment on role debrief_outer is 'pg_debrief: workers outside the server; what debrief_worker may do, and owns nothing';
comment on role debrief_admin is 'pg_debrief: operators; configure, pause, retry, see every row';
comment on role debrief_reader is 'pg_debrief: support; reads every row and view, changes nothing';
comment on role debrief_monitor is 'pg_debrief: monitoring; reads counts, states and times, and nothing that a user wrote';
comment on role debrief_app is 'pg_debrief: applications; each user sees and writes their own rows';

-- The schema's owner could put functions of their own beside ours, and drop ours. CREATE EXTENSION takes
-- an existing schema as it is.
do $schema$
declare
  schema_owner pg_catalog.pg_roles;
begin
  select r.* into schema_owner from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) n.nspowner
   where n.nspname operator(pg_catalog.=) 'debrief';
  if not schema_owner.rolsuper then
    raise exception 'schema "debrief" belongs to role "%", which is no superuser', schema_owner.rolname
      using errcode = 'insufficient_privilege',
            hint = 'Check its contents, then ALTER SCHEMA debrief OWNER TO CURRENT_USER, or rename it.';
  end if;
end $schema$;

grant usage on schema debrief to debrief_worker, debrief_outer, debrief_admin, debrief_reader, debrief_monitor, debrief_app;

-- CONNECT may have been revoked from PUBLIC; background workers need it like any other role.
do $connect$
begin
  execute pg_catalog.format('grant connect on database %I to debrief_worker, debrief_outer', pg_catalog.current_database());
end $connect$;
