\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Which lock of a table a role may take by LOCK TABLE: PostgreSQL asks for UPDATE, DELETE, TRUNCATE (17: MAINTAIN) on the
-- whole table for those that stop the workers. A right on a column, or to read, allows ACCESS SHARE alone.
create function pg_temp.locks_of(role_name text) returns setof text language plpgsql as $$
declare
  relation regclass;
  mode text;
begin
  for relation in select c.oid from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v') order by c.relname loop
    foreach mode in array array['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'] loop
      begin
        perform set_config('role', role_name, true);
        execute format('lock table %s in %s mode', relation, mode);
        perform set_config('role', 'none', true);
        raise exception 'taken' using errcode = 'P0999';
      exception
        when sqlstate 'P0999' then return next format('%s: %s', relation, mode);
        when insufficient_privilege then perform set_config('role', 'none', true);
      end;
    end loop;
  end loop;
end $$;
create role tap_app in role debrief_app;
create role tap_reader in role debrief_reader;
create role tap_monitor in role debrief_monitor;
select is_empty(format('select * from pg_temp.locks_of(%L) l where l !~ '': (ACCESS|ROW) SHARE$''', r), format('a member of %s takes no lock that stops the workers', granted))
  from (values ('tap_app', 'debrief_app'), ('tap_reader', 'debrief_reader'), ('tap_monitor', 'debrief_monitor')) as t (r, granted);
select isnt_empty(format('select * from pg_temp.locks_of(%L)', r), 'it was tried') from unnest(array['tap_app', 'tap_monitor']) r;
select is_empty($$select c.oid::regclass, p from pg_class c cross join unnest(array['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'] || case when current_setting('server_version_num')::int >= 170000 then '{MAINTAIN}'::text[] else '{}' end) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v') and (has_table_privilege('tap_app', c.oid, p) or has_table_privilege('tap_reader', c.oid, p) or has_table_privilege('tap_monitor', c.oid, p))$$,
  'nor has it a right on a whole table that would allow one, in any version');

select * from finish();
rollback;
