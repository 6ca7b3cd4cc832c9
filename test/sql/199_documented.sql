\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- docs/existing-applications.md: users that are numbers.
create table public.numbered (id bigint primary key, user_id bigint, path text, state text,
  user_uuid uuid generated always as (md5('user:' || user_id)::uuid) stored);
create trigger debrief after insert or update on public.numbered for each row
  execute function debrief.track_upload('user_uuid', 'path', 'state', 'done');
insert into public.numbered values (1, 7, 'talk.mp4', 'done');
select is((select r.user_id from debrief.video_recordings r where r.storage_path = 'talk.mp4'), md5('user:' || 7)::uuid, 'a number becomes a user');
select set_config('debrief.user_id', md5('user:' || 7)::uuid::text, true) as identity \gset _
select is(debrief.current_user_id(), (select user_uuid from public.numbered), 'who is known by the same expression');
create function public.user_to_uuid() returns void language sql as $$
  select set_config('request.jwt.claims', jsonb_set(c, '{sub}', to_jsonb(md5('user:' || (c ->> 'sub'))::uuid))::text, true)
    from (select current_setting('request.jwt.claims')::jsonb) as q (c) where c ? 'sub'
$$;
select set_config('request.jwt.claims', '{"sub": "auth0|1"}', true) as claims \gset _
select public.user_to_uuid() \gset _
select is(debrief.current_user_id(), md5('user:auth0|1')::uuid, 'the sub of a token becomes a user, too');
select set_config('request.jwt.claims', '', true) as claims \gset _

-- docs/security.md: a superuser's server for all operators.
create role an_operator login;
select debrief.grant_access('an_operator', 'operator') as granted \gset _
create server shared foreign data wrapper debrief options (kind 'http', base_url 'https://coach.example.com');
set local role an_operator;
select throws_ok($$alter server shared options (set base_url 'https://other.example.com')$$, '42501', null, 'an operator cannot change what a superuser made');
reset role;
alter server shared owner to debrief_admin;
set local role an_operator;
select lives_ok($$alter server shared options (set base_url 'https://other.example.com')$$, 'but what belongs to all operators');
reset role;
drop owned by an_operator;
drop role an_operator;

-- docs/operate.md: removing everything.
set constraints all immediate;
drop trigger debrief on public.numbered;
set local client_min_messages = error;
drop extension pg_debrief cascade;
select lives_ok($$drop schema debrief cascade$$, 'tables and rows go');
select lives_ok($$drop owned by debrief_app, debrief_reader, debrief_monitor, debrief_admin, debrief_outer, debrief_worker$$, 'what the roles were granted too');
-- Where another database has them too, they stay: PostgreSQL says so, and nothing else.
select exists (select from pg_shdepend d join pg_database o on o.oid = d.dbid
                where d.refclassid = 'pg_authid'::regclass and pg_get_userbyid(d.refobjid) ~ '^debrief_' and o.datname <> current_database()) as elsewhere \gset
\if :elsewhere
select throws_ok($$drop role debrief_app, debrief_reader, debrief_monitor, debrief_admin, debrief_outer, debrief_worker$$, '2BP01', null, 'then the roles');
\else
select lives_ok($$drop role debrief_app, debrief_reader, debrief_monitor, debrief_admin, debrief_outer, debrief_worker$$, 'then the roles');
\endif

select * from finish();
rollback;
