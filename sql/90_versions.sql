-- The tables are the user's own, so they may be of another version than the functions: a restore brings them
-- as they were, and CREATE EXTENSION adopts tables that were kept. debrief.installation records their version.

create or replace function debrief._tables_version() returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  found_version text;
begin
  if to_regclass('debrief.installation') is null then
    return null;
  end if;
  -- A missing column says nothing about the version: check_installation() reports it.
  select to_jsonb(i.*) ->> 'tables_version' into found_version from debrief.installation i;
  return coalesce(found_version, (select x.extversion from pg_extension x where x.extname = 'pg_debrief'));
end $$;
comment on function debrief._tables_version() is 'Of which version the tables are; null when there are none.';
grant execute on function debrief._tables_version() to debrief_reader, debrief_admin;

create or replace function debrief.version(out library text, out sql text, out tables text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._library_version(), (select extversion from pg_extension where extname = 'pg_debrief'), debrief._tables_version();
$$;
comment on function debrief.version() is
  'The versions of the library that is loaded, of the functions (ALTER EXTENSION pg_debrief UPDATE) and of the tables (debrief.update_tables()): they should be the same';
grant execute on function debrief.version() to debrief_reader, debrief_admin;

-- Objects that a script creates belong to the extension, and no dump carries what a script grants, even on
-- tables that do not belong to it. Adding an object to the extension and dropping it from there makes both
-- the user's.
create or replace function debrief._release_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
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
comment on function debrief._release_tables() is 'Drops tables, sequences and views from the extension: they, and the grants on them, belong to the user.';

-- All locks at once or none: a session that holds some and waits for others would block everybody,
-- and might deadlock with the workers.
create or replace function debrief._lock_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp set lock_timeout = '500ms'
as $$
#variable_conflict use_variable
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

-- Recreates a view whose columns have changed, with its grants. An error when other objects depend on it:
-- the user has to recreate those.
create or replace function debrief._remake_view(view_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  grants text[] := array(
    select format('grant %s on debrief.%I to %s%s', g.privilege, view_name,
                  coalesce(quote_ident(pg_get_userbyid(nullif(g.grantee, 0))), 'public'),
                  case when g.is_grantable then ' with grant option' end)
      from (select acl.privilege_type as privilege, acl.grantee, acl.is_grantable
              from pg_class c, aclexplode(c.relacl) acl
             where c.oid = to_regclass(format('debrief.%I', view_name)) and acl.grantee <> c.relowner
            union all
            select format('%s (%I)', acl.privilege_type, a.attname), acl.grantee, acl.is_grantable
              from pg_attribute a, aclexplode(a.attacl) acl
             where a.attrelid = to_regclass(format('debrief.%I', view_name)) and not a.attisdropped) g);
  granted text;
begin
  execute format('drop view if exists debrief.%I', view_name);
  perform debrief._install_views();
  perform debrief._revoke_default_privileges('v');
  foreach granted in array grants loop
    begin
      execute granted;
    exception when undefined_column then
      raise warning 'the view has lost a column: % is gone', quote_literal(granted);
    end;
  end loop;
end $$;
comment on function debrief._remake_view(text) is 'For updates: recreates a view, and keeps its grants.';

-- The tables' owner need not be checked here: _adopt() did when the extension was created.
create or replace function debrief.update_tables() returns text
language plpgsql
set search_path = pg_catalog, pg_temp set quote_all_identifiers = off  -- names are compared
as $$
#variable_conflict use_variable
declare
  sql_version constant text := (select x.extversion from pg_extension x where x.extname = 'pg_debrief');
  version_before constant text := debrief._tables_version();
  missing record;
begin
  if version_before <> sql_version then
    raise exception 'the tables are of version %, and these functions of %', version_before, sql_version
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('ALTER EXTENSION pg_debrief UPDATE TO %L; then ALTER EXTENSION pg_debrief UPDATE;', version_before);
  end if;
  perform debrief._lock_tables();
  if version_before is null then
    perform debrief._install();
  elsif exists (
       select from debrief._expected() e where e.kind in ('table', 'sequence') and to_regclass(e.relation) is null) then
    perform debrief._install_tables();
  end if;
  -- What is missing, as after DROP EXTENSION CASCADE. Other differences may be intended, or the rows may not
  -- allow a fix: check_installation() reports them.
  perform debrief._install_views();
  perform debrief._install_stages();
  for missing in select d.fix from debrief._differences() d where d.is_missing and d.kind = 'trigger' loop
    execute missing.fix;
  end loop;
  perform debrief._revoke_default_privileges('rS');
  perform debrief._install_access();
  perform debrief._release_tables();
  perform debrief._wake_revoked();  -- a worker may be waiting for this
  return format('the tables are of version %s', sql_version);
end $$;
comment on function debrief.update_tables() is
  'Creates missing tables, triggers, views, rows of debrief.stages, policies and grants, as after a restore without them. For the tables'' owner; may be called again';
