\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Workers pass row security by a policy of their own on each table, and by nothing else.
select is_empty($$select c.oid::regclass from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relrowsecurity
   and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'workers' and p.polpermissive and p.polcmd = '*' and p.polroles @> array['debrief_worker'::regrole::oid, 'debrief_outer'::regrole::oid] and cardinality(p.polroles) = 2
                      and pg_get_expr(p.polqual, c.oid) = 'true' and pg_get_expr(p.polwithcheck, c.oid) = 'true')$$, 'each table with row security has one policy for the workers');
select ok(not rolbypassrls, 'debrief_worker does not bypass row security') from pg_roles where rolname = 'debrief_worker';

-- What an owner's trigger can read through it: a table that PUBLIC may read, with row security.
create table public.tap_diaries (writer text, page text);
grant select on public.tap_diaries to public;
alter table public.tap_diaries enable row level security;
insert into public.tap_diaries values ('ann', 'Dear diary');
create temp table loot (page text);
grant insert, select on loot to public;
create function public.tap_spy() returns trigger language plpgsql as $$
begin
  insert into loot select current_user || ': ' || page from public.tap_diaries;
  insert into loot values (current_user || ' was here');
  return null;
end $$;
create trigger tap_spy after update on debrief.analysis_feedback for each row execute function public.tap_spy();
select pg_temp.ready('ssml') as item \gset
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item)) \gset
select ok(exists (select from loot where page = 'debrief_worker was here'), 'a trigger of the owner runs as the worker');
select is_empty('select page from loot where page = ''debrief_worker: Dear diary''', 'and reads no row that a policy keeps from it');
drop trigger tap_spy on debrief.analysis_feedback;

-- The functions that act for a user work in sessions that set row_security = off, as dumps do.
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.prosecdef and not 'row_security=on' = any (p.proconfig)$$,
  'each definer function has row security on, whatever its caller set');
select pg_temp.ready('ssml') as item, pg_temp.ready('ssml') as kept \gset
grant insert (analysis_job_id, message) on debrief.analysis_feedback to debrief_app;
set local row_security = off;
set local session authorization debrief_app;
select set_config('debrief.user_id', :'ann', true) \gset
select is(debrief.cancel_feedback(:item), 'cancelled', 'cancel_feedback() where row_security is off');
select is(debrief.retry_feedback(:item), 'ssml queued', 'retry_feedback() where row_security is off');
reset session authorization;
insert into debrief.video_recordings (user_id, storage_path, upload_status) values (:'ann', :'ann' || '/new.mp4', 'completed') returning id as recording \gset
select lives_ok('set constraints all immediate', 'an upload starts its analysis where row_security is off');
select is((select status from debrief.analysis_jobs where video_recording_id = :recording), 'queued', 'and queues it');
select is(debrief.delete_recording(:recording), 'deleted', 'delete_recording() where row_security is off');
set local row_security = on;

-- A restrictive policy of the user's would bind the worker: it is reported.
create function pg_temp.reported() returns text language sql as $$
  select string_agg(format('%s: %s | %s', object, problem, fix), E'\n') from debrief.check_installation() where object ~ '^policy '; $$;
create policy tap_recent on debrief.analysis_feedback as restrictive using (created_at > now() - interval '1 day');
select is(pg_temp.reported(), 'policy tap_recent of debrief.analysis_feedback: is restrictive and binds debrief_worker: rows that it hides wait for ever | alter policy tap_recent on debrief.analysis_feedback to debrief_app;', 'a restrictive policy for PUBLIC is reported');
alter policy tap_recent on debrief.analysis_feedback to debrief_worker;
select matches(pg_temp.reported(), 'tap_recent', 'and one for debrief_worker');
alter policy tap_recent on debrief.analysis_feedback to debrief_app;
select is(pg_temp.reported(), null, 'one for applications is the user''s own matter');

select * from finish();
rollback;
