-- Installation: what belongs to the user, and what no role may call.

create or replace function debrief._install_stages() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.stages (stage, server, store, timeout_ms, max_in_flight, backoff_base_ms, backoff_cap_ms)
  values ('analysis', null, null, 600000, 4, 5000, 300000),
         ('ssml', 'template', null, 60000, 64, 1000, 60000),
         ('audio', null, 'database', 60000, 16, 1000, 60000)
  on conflict do nothing;
$$;
comment on function debrief._install_stages() is 'Adds missing rows of debrief.stages.';

create or replace function debrief._install() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
declare
  server_name name;
  kept_version constant text := debrief._tables_version();
begin
  if kept_version <> (select x.extversion from pg_extension x where x.extname = 'pg_debrief') then
    raise exception 'there are tables of version % of pg_debrief', kept_version
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('CREATE EXTENSION pg_debrief VERSION %L; then ALTER EXTENSION pg_debrief UPDATE;', kept_version);
  end if;
  perform debrief._install_tables();
  insert into debrief.installation (system_identifier, database_oid)
  values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
  on conflict do nothing;
  if debrief._server_kind('template') is null then
    create server template foreign data wrapper debrief options (kind 'template');
    comment on server template is 'pg_debrief: writes SSML without any call';
  end if;
  if debrief._server_kind('database') is null then
    create server database foreign data wrapper debrief options (kind 'database');
    comment on server database is 'pg_debrief: keeps sounds in debrief.audio_objects';
  end if;
  perform debrief._install_stages();
  if not exists (select from debrief.voices) then
    insert into debrief.voices (name, language, is_default) values ('default', 'en-US', true);
  end if;
  perform debrief._install_views();
  perform debrief._install_triggers();
  perform debrief._revoke_default_privileges('rvS');
  perform debrief._install_access();

  -- From here on everything belongs to the user: see the head of 00_roles.sql.
  perform debrief._release_tables();
  for server_name in
    select s.srvname
      from pg_depend d join pg_foreign_server s on d.classid = 'pg_foreign_server'::regclass and s.oid = d.objid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
       and d.refobjid = (select oid from pg_extension where extname = 'pg_debrief')
  loop
    execute format('alter extension pg_debrief drop server %I', server_name);
  end loop;
end $install$;
comment on function debrief._install() is 'Makes all that belongs to the user: tables, servers, views, triggers, policies, grants.';

-- PUBLIC may execute functions unless that is revoked; each function's grants stand with its definition.
do $access$
declare
  routine pg_catalog.regprocedure;
begin
  for routine in
    select d.objid::pg_catalog.regprocedure
      from pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid operator(pg_catalog.=) d.refobjid
     where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype operator(pg_catalog.=) 'e'
       and d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass and x.extname operator(pg_catalog.=) 'pg_debrief'
  loop
    execute pg_catalog.format('revoke all on function %s from public', routine);
  end loop;
  perform debrief._revoke_default_privileges('f');
  perform debrief._grant_outer();
end $access$;
