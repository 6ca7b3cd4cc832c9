\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What DROP EXTENSION ... CASCADE takes along that is not ours.
select is_empty('select * from debrief._dependents()', 'an installation has nothing of the kind');
create role tap_owner;
create role tap_web;
create table public.tap_uploads (id int, user_id uuid, path text, state text, by_whom uuid default debrief.current_user_id());
create view public.tap_mine as select debrief.current_user_id() as me;
alter view public.tap_mine owner to tap_owner;
select debrief.track('public.tap_uploads', path_column => 'path', status_column => 'state') \gset
create role tap_coach;
create policy coaches on debrief.analysis_feedback for select to tap_coach using (user_id = debrief.current_user_id());
create policy own on public.tap_uploads as restrictive for update to tap_coach, tap_web using (user_id = debrief.current_user_id());
-- Who drops it reads what goes, and the commands that make it again.
savepoint here;
drop extension pg_debrief cascade;
rollback to here;

-- What is built on that, and what PostgreSQL 16 prints in other words.
create view public.tap_states with (security_invoker = true, security_barrier = true) as select id, status from debrief.feedback_status;
create view public.tap_open as select s.id, m.me from public.tap_states s cross join public.tap_mine m where s.status = 'queued';
grant select on public.tap_open to tap_web, public;
create materialized view public.tap_counts as select status, count(*) from public.tap_states group by status;
alter view public.tap_states owner to tap_owner;
alter view public.tap_open owner to tap_owner;
alter materialized view public.tap_counts owner to tap_owner;
create function public.tap_me() returns uuid begin atomic select debrief.current_user_id(); end;
create server tap_voice foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', "max_in_flight" '3');
alter table public.tap_uploads add constraint tap_own check (user_id is not distinct from coalesce(debrief.current_user_id(), user_id));
create policy checked on public.tap_uploads for insert with check (user_id = public.tap_me());
set local client_min_messages = error;
create temp table gone as select row_number() over () as n, d.* from debrief._dependents() d;
grant select on gone to public;
select is((select array_agg(object order by object) from gone), array[
    'constraint tap_own on table public.tap_uploads', 'default value for column by_whom of table public.tap_uploads', 'function public.tap_me()', 'materialized view public.tap_counts',
    'policy checked on table public.tap_uploads', 'policy coaches on table debrief.analysis_feedback', 'policy own on table public.tap_uploads', 'server tap_voice',
    'trigger debrief on table public.tap_uploads', 'view public.tap_mine', 'view public.tap_open', 'view public.tap_states'],
  'what the application has built on functions, views and the wrapper is named, also what is built on that');

-- What goes is what is named; the commands make it again, with its owner, options and grants.
create function pg_temp.own_things() returns setof text language sql as $$
  select pg_describe_object('pg_class'::regclass, c.oid, 0) || ' ' || concat_ws(' ', c.relowner::regrole, c.relacl, c.reloptions) || coalesce(pg_get_viewdef(c.oid), '')
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname in ('tap_mine', 'tap_states', 'tap_open', 'tap_counts')
  union all
  select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = 'public.tap_uploads'::regclass
  union all
  select concat_ws(' ', p.tablename, p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check) from pg_policies p where p.policyname in ('own', 'coaches', 'checked')
  union all
  select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = 'public.tap_uploads'::regclass
  union all
  select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'public.tap_uploads'::regclass
  union all
  select pg_get_functiondef(p.oid) from pg_proc p where p.proname = 'tap_me'
  union all
  select concat_ws(' ', s.srvname, s.srvoptions) from pg_foreign_server s where s.srvname = 'tap_voice';
$$;
create temp table before as select * from pg_temp.own_things() as line;
drop extension pg_debrief cascade;
create temp table rest as select * from pg_temp.own_things() as line;
create extension pg_debrief;
select is((select string_agg(line, ' | ') from rest), null, 'all of it goes, and nothing of it comes back');
do $$
declare
  command text;
begin
  for command in select g.definition from gone g order by g.n loop
    execute command;
  end loop;
end $$;
select set_eq('select * from pg_temp.own_things()', 'select line from before', 'the commands that are printed make all of it again');
select results_eq('select object from debrief._dependents()', 'select object from gone order by n', 'which is what would go the next time');
select is_empty('select * from debrief.check_installation() where object !~ ''^(stage|launcher|worker)''', 'the installation is a good one');

select * from finish();
rollback;
