\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What DROP EXTENSION ... CASCADE takes along that is not ours.
select is_empty('select * from debrief._dependents()', 'an installation has nothing of the kind');
create table public.tap_uploads (id int, user_id uuid, path text, state text, by_whom uuid default debrief.current_user_id());
create view public.tap_mine as select debrief.current_user_id() as me;
select debrief.track('public.tap_uploads', path_column => 'path', status_column => 'state') \gset
create role tap_coach;
create policy coaches on debrief.analysis_feedback for select to tap_coach using (user_id = debrief.current_user_id());
create policy own on public.tap_uploads using (user_id = debrief.current_user_id());
select is((select array_agg(object) from debrief._dependents()), '{"default value for column by_whom of table public.tap_uploads","policy coaches on table debrief.analysis_feedback","policy own on table public.tap_uploads","rule _RETURN on view public.tap_mine","trigger debrief on table public.tap_uploads"}',
  'defaults, policies, views and triggers of the application are named');
select * from finish();

-- Who drops it reads what goes, and the commands that make it again.
drop extension pg_debrief cascade;
rollback;
