-- The beginning of every update and of every way back.

-- All tables at once, before any of them: the workers take theirs in another order.
do $lock$
begin
  perform debrief._lock_tables();
end $lock$;

-- The function files grant again: what another version granted on a function goes, but for what a user did.
do $access$
declare
  routine record;
begin
  for routine in
    select p.oid::pg_catalog.regprocedure as signature, r.rolname
      from pg_catalog.pg_depend d
      join pg_catalog.pg_extension x on x.oid operator(pg_catalog.=) d.refobjid
      join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) d.objid
      join pg_catalog.pg_roles r on r.oid operator(pg_catalog.<>) p.proowner
     where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype operator(pg_catalog.=) 'e'
       and d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass and x.extname operator(pg_catalog.=) 'pg_debrief'
       and r.rolname operator(pg_catalog.=) any (array['debrief_worker', 'debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app'])
  loop
    execute pg_catalog.format('revoke all on function %s from %I', routine.signature, routine.rolname);
  end loop;
end $access$;
