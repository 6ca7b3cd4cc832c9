\set ECHO none
\i test/sql/setup.psql
select no_plan();

create role tap_maker createrole;
create role tap_group;
create function pg_temp.complaint(statement text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute statement;
  return 'none';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return concat_ws(' | ', sqlerrm, hint);
end $$;
create function pg_temp.of_roles() returns text language sql as $$
  select string_agg(format('%s %s', object, problem), '; ') from debrief._check_roles();
$$;
-- PostgreSQL 16 names the grantor.
create function pg_temp.plain(fix text) returns text language sql as $$ select regexp_replace(fix, ' granted by [^ ;]+(?=( cascade)?;)', '', 'g') $$;

-- Each is reported and refused, with the command that ends it.
create function pg_temp.refused(harm text, problem text, fix text) returns setof text language plpgsql as $test$
declare
  command text;
begin
  execute harm;
  return next is(pg_temp.of_roles(), problem, 'reported: ' || harm);
  select string_agg(c.fix, ' ') into command from debrief._check_roles() c;
  drop extension pg_debrief cascade;
  return next is(pg_temp.plain(pg_temp.complaint('create extension pg_debrief')),
    format('the roles of pg_debrief are not as it makes them: %s | %s', problem, fix), 'CREATE EXTENSION: ' || harm);
  execute command;
  return next is(pg_temp.complaint('create extension pg_debrief'), 'none', 'after the fix it installs');
  return next is(pg_temp.of_roles(), null, 'and nothing is reported');
end $test$;
select pg_temp.refused(harm, problem, fix)
  from (values
    ('grant debrief_worker to tap_maker', 'role debrief_worker has the member "tap_maker"', 'revoke debrief_worker from tap_maker;'),
    ('grant debrief_worker to tap_maker with admin option', 'role debrief_worker has the member "tap_maker"', 'revoke debrief_worker from tap_maker cascade;'),
    ('grant tap_group to debrief_worker', 'role debrief_worker is a member of "tap_group"', 'revoke tap_group from debrief_worker;'),
    ('grant pg_read_all_data to debrief_app', 'role debrief_app is a member of "pg_read_all_data"', 'revoke pg_read_all_data from debrief_app;'),
    ('grant debrief_admin to debrief_reader', 'role debrief_reader is a member of "debrief_admin"', 'revoke debrief_admin from debrief_reader;'),
    ('grant debrief_worker to debrief_admin', 'role debrief_worker has the member "debrief_admin"', 'revoke debrief_worker from debrief_admin;'),
    ('alter role debrief_app bypassrls', 'role debrief_app has more rights than pg_debrief gives it', 'alter role debrief_app nosuperuser nocreaterole nocreatedb noreplication nobypassrls;'),
    ('alter role debrief_app login', 'role debrief_app may log in', 'alter role debrief_app nologin;')) as t (harm, problem, fix);

-- What was set for a role of that name is reported, and an installation removes it.
create function pg_temp.repaired(harm text, problem text) returns setof text language plpgsql as $test$
begin
  execute harm;
  return next is(pg_temp.of_roles(), problem, harm);
  drop extension pg_debrief cascade;
  create extension pg_debrief;
  return next is(pg_temp.of_roles(), null, 'an installation repairs it');
end $test$;
select pg_temp.repaired(harm, problem)
  from (values
    ('alter role debrief_worker bypassrls connection limit 3', 'role debrief_worker has more rights than pg_debrief gives it; role debrief_worker must be LOGIN with connection limit 0'),
    ('alter role debrief_worker set statement_timeout = 1', 'role debrief_worker has settings of its own: statement_timeout=1'),
    (format('alter role debrief_worker in database %I set statement_timeout = 1', current_database()), 'role debrief_worker has settings of its own: statement_timeout=1'),
    ('alter role debrief_worker valid until ''2020-01-01 00:00:00+00''', format('role debrief_worker is valid until %s only', timestamptz '2020-01-01 00:00:00+00'))) as t (harm, problem);

-- A role that has an attribute which rules the cluster is somebody else's: it is not repaired.
create temp table attributes as
select format('alter role %s %s', v.role_name, v.attribute) as harm, v.role_name, format('alter role %s nosuperuser nocreaterole nocreatedb noreplication nobypassrls;', v.role_name) as fix
  from (values ('debrief_worker', 'superuser'), ('debrief_outer', 'createrole'), ('debrief_admin', 'superuser'), ('debrief_reader', 'replication'),
               ('debrief_monitor', 'createdb'), ('debrief_app', 'createrole')) as v (role_name, attribute);
create function pg_temp.between(harm text, question text, fix text) returns text language plpgsql as $$
declare
  answer text;
begin
  execute harm;
  execute question into answer;
  execute fix;
  return answer;
end $$;
select is(pg_temp.between(harm, 'select concat_ws('' | '', object, problem, fix) from debrief.check_installation() where object ~ ''^role ''', fix),
  concat_ws(' | ', 'role ' || role_name, 'has more rights than pg_debrief gives it', fix), 'check_installation(): ' || harm) from attributes;
drop extension pg_debrief cascade;
select is(pg_temp.between(harm, 'select pg_temp.complaint(''create extension pg_debrief'')', fix),
  format('role "%s" exists and has more rights than pg_debrief gives it | Rename that role, or remove SUPERUSER, CREATEROLE, CREATEDB and REPLICATION from it.', role_name), 'CREATE EXTENSION: ' || harm) from attributes;
create extension pg_debrief;
select is(pg_temp.of_roles(), null, 'after the fixes it installs');

-- Who creates a role may grant it, to themselves too, on PostgreSQL 16 and later.
create function pg_temp.from_16(line text) returns text language sql as $$ select case when current_setting('server_version_num')::int >= 160000 then line end $$;
alter role debrief_reader rename to tap_reader;
set local role tap_maker;
create role debrief_reader;
reset role;
select is(pg_temp.of_roles(), pg_temp.from_16('role debrief_reader may be granted by "tap_maker", who created it'), 'the creator of a role is reported, where they may grant it');
drop extension pg_debrief cascade;
select is(pg_temp.plain(pg_temp.complaint('create extension pg_debrief')), coalesce(pg_temp.from_16(
  'the roles of pg_debrief are not as it makes them: role debrief_reader may be granted by "tap_maker", who created it | revoke debrief_reader from tap_maker;'), 'none'), 'and refused');
select format('revoke debrief_reader from tap_maker granted by %I', rolname) from pg_roles where oid = 10 and pg_temp.from_16('') is not null \gexec
create extension if not exists pg_debrief;
select is(pg_temp.of_roles(), null, 'until that is revoked');

-- Members of the other roles are the operator's.
grant debrief_admin to tap_maker with admin option;
select is(pg_temp.of_roles(), null, 'a member of debrief_admin is nothing to report, nor one whom an administrator lets grant it');

select * from finish();
rollback;
