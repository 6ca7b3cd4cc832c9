-- The end of every update and of every way back: what is missing is made. A restore brings its own.
do $tables$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief.update_tables();
  end if;
end $tables$;
