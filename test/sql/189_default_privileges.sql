\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- The installing role's default privileges reach nothing of ours.
create role tap_webapp;
create role tap_coach;
create function pg_temp.rights_of(role_name text) returns table (object text, right_name text) language sql as $$
  select c.oid::regclass::text, p from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v') and has_table_privilege(role_name, c.oid, p)
  union all
  select c.oid::regclass::text, p from pg_class c, unnest(array['SELECT', 'USAGE', 'UPDATE']) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'S' and has_sequence_privilege(role_name, c.oid, p)
  union all
  select f.oid::regprocedure::text, 'EXECUTE' from pg_proc f where f.pronamespace = 'debrief'::regnamespace and has_function_privilege(role_name, f.oid, 'EXECUTE')
  union all
  select t.typname, 'USAGE' from pg_type t where t.typnamespace = 'debrief'::regnamespace and t.typtype in ('d', 'e', 'r') and has_type_privilege(role_name, t.oid, 'USAGE')
  union all
  select 'debrief', p from unnest(array['USAGE', 'CREATE']) p where has_schema_privilege(role_name, 'debrief', p);
$$;
create function pg_temp.grants() returns setof text language sql as $$
  select format('%s to %s: %s', relation, name, definition) from debrief._catalog() where kind = 'grant'; $$;
create temp table before as select * from pg_temp.grants() as line;

alter default privileges grant all on tables to tap_webapp, tap_coach, debrief_app, public;
alter default privileges grant all on sequences to tap_webapp, debrief_app;
alter default privileges grant all on functions to tap_webapp, debrief_app;
alter default privileges grant all on types to tap_webapp;
alter default privileges grant create on schemas to tap_webapp, debrief_admin, public;
drop extension pg_debrief cascade;
drop schema debrief cascade;
create extension pg_debrief;
select is_empty('select * from pg_temp.rights_of(''tap_webapp'')', 'default privileges reach nothing of a new installation');
select set_eq('select pg_temp.grants()', 'select line from before', 'nor do our own roles have more than they are given');
select is_empty('select * from debrief._check_grantees()', 'and nothing is reported');

-- Nor do those in a schema that was made ahead.
drop extension pg_debrief cascade;
drop schema debrief cascade;
alter default privileges revoke all on tables from tap_webapp, tap_coach, debrief_app, public;
alter default privileges revoke all on sequences from tap_webapp, debrief_app;
alter default privileges revoke all on functions from tap_webapp, debrief_app;
create schema debrief;
alter default privileges in schema debrief grant all on tables to tap_webapp, debrief_app;
alter default privileges in schema debrief grant all on sequences to tap_webapp, debrief_app;
alter default privileges in schema debrief grant all on functions to tap_webapp, debrief_app;
alter default privileges in schema debrief grant all on types to tap_webapp;
grant create on schema debrief to tap_webapp;
create extension pg_debrief;
select is_empty('select * from pg_temp.rights_of(''tap_webapp'')', 'nor do those that were set in the schema before');
select set_eq('select pg_temp.grants()', 'select line from before', 'our roles have no more than they are given then, either');
alter default privileges in schema debrief revoke all on tables from tap_webapp, debrief_app;
alter default privileges in schema debrief revoke all on sequences from tap_webapp, debrief_app;
alter default privileges in schema debrief revoke all on functions from tap_webapp, debrief_app;
alter default privileges grant all on tables to tap_webapp, tap_coach, debrief_app, public;
alter default privileges grant all on sequences to tap_webapp, debrief_app;
alter default privileges grant all on functions to tap_webapp, debrief_app;

-- What is made later, and in place of something: a table that was dropped, a view, a function.
drop table debrief.object_deletions;
drop view debrief.usage;
select debrief.update_tables() \gset
select is_empty('select * from pg_temp.rights_of(''tap_webapp'') where object <> ''debrief.usage''', 'nor a table that update_tables() makes');
alter default privileges in schema debrief grant all on functions to tap_webapp;
alter extension pg_debrief drop function debrief._lock_class();
drop function debrief._lock_class() cascade;
alter extension pg_debrief update to 'reinstall';
alter extension pg_debrief update;
select is_empty('select * from pg_temp.rights_of(''tap_webapp'') where object <> ''debrief.usage''', 'nor a function that an update makes');

-- A view shows what its reader may see: what is granted on one that was made anew is reported.
select isnt_empty('select 1 from debrief._check_grantees() where object = ''grant on debrief.usage''', 'rights to write on a view are reported');
revoke all on debrief.usage from tap_webapp, tap_coach;

-- What the user granted stays, by an installation over kept tables too.
grant select on debrief.analysis_jobs to tap_coach;
grant execute on function debrief.current_user_id() to tap_coach;
alter extension pg_debrief update to 'reinstall';
alter extension pg_debrief update;
select ok(has_function_privilege('tap_coach', 'debrief.current_user_id()', 'execute'), 'an update keeps what the user granted on a function');

-- Who may write, and is no role of ours.
create function pg_temp.reported(harm text) returns text language plpgsql as $$
begin
  execute harm;
  return (select string_agg(format('%s: %s | %s', object, problem, fix), E'\n') from debrief.check_installation() where object ~ '^grant on ' and problem ~ 'tap_coach');
end $$;
select is(pg_temp.reported(harm), format('grant on %s: role "tap_coach" has %s: none of pg_debrief''s roles | revoke %s on %s from tap_coach;', object, privileges, privileges, object), harm)
  from (values ('grant truncate, update, select on debrief.voices to tap_coach', 'debrief.voices', 'TRUNCATE, UPDATE'),
               ('revoke all on debrief.voices from tap_coach; grant update (message), select (id) on debrief.analysis_feedback to tap_coach', 'debrief.analysis_feedback', 'UPDATE (message)'),
               ('revoke all (message, id) on debrief.analysis_feedback from tap_coach; grant usage on sequence debrief.claim_token_seq to tap_coach', 'debrief.claim_token_seq', 'USAGE'),
               ('revoke all on sequence debrief.claim_token_seq from tap_coach; grant execute on function debrief._release(bigint,bigint[]) to tap_coach', 'function debrief._release(bigint,bigint[])', 'EXECUTE'),
               ('revoke all on function debrief._release(bigint,bigint[]) from tap_coach; grant create on schema debrief to tap_coach', 'schema debrief', 'CREATE'),
               ('revoke create on schema debrief from tap_coach; grant usage on foreign data wrapper debrief to tap_coach', 'foreign data wrapper debrief', 'USAGE')) as t (harm, object, privileges);
select is(pg_temp.reported('revoke usage on foreign data wrapper debrief from tap_coach'), null, 'and nothing else');

-- Who may call what writes, pays or grants; to read and to wait is the user's to grant.
do $$
declare
  routine regprocedure;
begin
  for routine in select p.oid from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.proname !~ '^_' loop
    execute format('grant execute on function %s to tap_coach', routine);
  end loop;
end $$;
select set_eq($$select substring(object from '^grant on function debrief[.]([a-z_]+)') from debrief._check_grantees() where problem = 'role "tap_coach" has EXECUTE: none of pg_debrief''s roles'$$,
  array['activate_copy', 'cancel_analysis', 'cancel_delivery', 'cancel_feedback', 'cancel_queued', 'delete_recording', 'dismiss_feedback', 'erase_user', 'grant_access',
        'pause', 'pause_server', 'resume', 'resume_server', 'retry_analysis', 'retry_delivery', 'retry_failed', 'retry_feedback', 'revoke_access', 'set_voice',
        'start_analysis', 'store_analysis_results', 'test_server', 'track', 'update_tables'], 'who may call a function that writes is reported');
do $$
declare
  command text;
begin
  for command in select c.fix from debrief._check_grantees() c loop
    execute command;
  end loop;
end $$;
select is_empty('select * from debrief._check_grantees()', 'the fixes revoke it');
select ok(has_function_privilege('tap_coach', 'debrief.wait_for_feedback(bigint, interval)', 'execute'), 'and nothing else');

-- Pieces with different owners, and an owner who may not use the schema.
create role tap_owner;
alter table debrief.attempts owner to tap_owner;
select results_eq('select object, problem, fix from debrief.check_installation() c where c.problem ~ ''tap_owner''', format($$values
  ('schema debrief', 'the owner of tables, "tap_owner", may not use it: inserts fail', 'grant usage on schema debrief to tap_owner;'),
  ('table debrief.attempts', 'belongs to "tap_owner", and debrief.analysis_jobs to "%1$s"', 'alter table debrief.attempts owner to %1$I;')$$, current_user), 'tables of several owners are reported, and one who may not use the schema');
grant usage on schema debrief to tap_owner;
select is((select count(*) from debrief._check_owners()), 1::bigint, 'the grant ends the one');
alter table debrief.attempts owner to current_user;
select is_empty('select * from debrief._check_owners()', 'one owner the other');

select * from finish();
rollback;
