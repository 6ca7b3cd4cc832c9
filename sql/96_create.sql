-- The end of CREATE EXTENSION; updates end with sql/updates/end.sql.

-- A restore brings the tables itself, as the user's own, triggers after data. pg_dump and pg_restore
-- set row_security = off; ordinary sessions do not.
do $restore$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief._install();
  else
    raise notice 'pg_debrief: row_security is off, taken as a restore: tables are left to it'
      using hint = 'SET row_security = on before CREATE EXTENSION to install afresh.';
  end if;
end $restore$;

do $wake$
begin
  perform debrief._wake();
exception when object_not_in_prerequisite_state then
  raise warning 'pg_debrief is not loaded: rows are queued, but nothing works on them'
    using hint = 'Add pg_debrief to shared_preload_libraries and restart the server.';
end $wake$;
