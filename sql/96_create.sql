-- The end of CREATE EXTENSION; updates end with sql/updates/end.sql.

-- A restore brings the tables itself, as the user's own, triggers after data. pg_dump and pg_restore
-- set row_security = off; ordinary sessions do not.
do $restore$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief._install();
  else
    -- Not as a notice: extension scripts show none.
    raise warning 'pg_debrief: row_security is off, as in a restore: no tables are made'
      using hint = 'To install afresh: SET row_security = on; SELECT debrief.update_tables();';
  end if;
end $restore$;

-- Who may create in the schema could put functions beside ours: default privileges may have granted it.
do $create$
declare
  grantee text;
begin
  for grantee in
    select distinct coalesce(pg_catalog.quote_ident(r.rolname), 'public')
      from pg_catalog.pg_namespace n cross join pg_catalog.aclexplode(n.nspacl) a left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
     where n.nspname operator(pg_catalog.=) 'debrief' and a.privilege_type operator(pg_catalog.=) 'CREATE'
       and a.grantee operator(pg_catalog.<>) n.nspowner
  loop
    execute pg_catalog.format('revoke create on schema debrief from %s', grantee);
  end loop;
end $create$;

-- Who is a member of debrief_worker sees every row; what it is a member of, the workers may do.
do $roles$
declare
  problems text;
  fixes text;
begin
  select pg_catalog.string_agg(pg_catalog.format('%s %s', c.object, c.problem), '; '), pg_catalog.string_agg(c.fix, ' ') into problems, fixes
    from debrief._check_roles() c;
  if problems is not null then
    raise exception 'the roles of pg_debrief are not as it makes them: %', problems
      using errcode = 'object_not_in_prerequisite_state', hint = fixes;
  end if;
end $roles$;

do $wake$
begin
  perform debrief._wake();
exception when object_not_in_prerequisite_state then
  raise warning 'pg_debrief is not loaded: rows are queued, but nothing works on them'
    using hint = 'Add pg_debrief to shared_preload_libraries and restart the server.';
end $wake$;
