\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- The roles of a stack in the manner of PostgREST and Supabase, and others.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit in role anon, authenticated, service_role;
create role "Odd ""name" nologin;
create role tap_noinherit nologin noinherit;
create role tap_super nologin superuser;
create role tap_group nologin;
create role tap_helper nologin;
create role tap_dba nologin;
create role tap_outsider nologin;
grant debrief_worker to tap_helper;

create function pg_temp.complaint(statement text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute statement;
  return 'none';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return concat_ws(' | ', sqlstate, sqlerrm, hint);
end $$;
-- What a role may do to the objects of debrief, by itself or through others.
create function pg_temp.rights_of(role_name text) returns table (object text, right_name text) language sql as $$
  select c.oid::regclass::text, p from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v')
     and (has_table_privilege(role_name, c.oid, p) or (p in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(role_name, c.oid, p)))
  union all
  select c.oid::regclass::text, p from pg_class c, unnest(array['SELECT', 'USAGE', 'UPDATE']) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'S' and has_sequence_privilege(role_name, c.oid, p)
  union all
  select f.oid::regprocedure::text, 'EXECUTE' from pg_proc f where f.pronamespace = 'debrief'::regnamespace and has_function_privilege(role_name, f.oid, 'EXECUTE')
  union all
  select 'debrief', p from unnest(array['USAGE', 'CREATE']) p where has_schema_privilege(role_name, 'debrief', p)
  union all
  select 'wrapper', 'USAGE' where has_foreign_data_wrapper_privilege(role_name, 'debrief', 'USAGE')
  union all
  select s.srvname, 'USAGE' from pg_foreign_server s where has_server_privilege(role_name, s.oid, 'USAGE');
$$;

-- Granted, again, and taken back.
select is_empty(format('select * from pg_temp.rights_of(%L)', r), format('%s has no rights at first', r)) from unnest(array['authenticated', 'service_role', 'Odd "name']) r;
select is(array(select format('%s, %s', debrief.grant_access('authenticated', 'application'), debrief.grant_access('authenticated', 'application'))), array['granted, was granted already'], 'grant_access() may be called again');
select is(debrief.grant_access('service_role', 'operator'), 'granted', 'grant_access() to an operator');
select is(debrief.grant_access('service_role', 'operator'), 'was granted already', 'may be called again');
select is(debrief.grant_access('Odd "name', 'reader'), 'granted', 'grant_access() to a reader, whatever the name');
select is(debrief.grant_access('Odd "name', 'reader'), 'was granted already', 'may be called again');
select set_eq(format('select * from pg_temp.rights_of(%L)', member), format('select * from pg_temp.rights_of(%L)', granted), format('%s has the rights of %s, no more and no less', member, granted))
  from (values ('authenticated', 'debrief_app'), ('service_role', 'debrief_admin'), ('Odd "name', 'debrief_reader')) as m (member, granted);
-- A worker outside the server: as debrief_worker, of which it is no member, and whose functions it does not own.
create role tap_outer nologin;
select is(debrief.grant_access('tap_outer', 'worker'), 'granted', 'grant_access() to a worker outside the server');
select set_eq(format('select * from pg_temp.rights_of(%L)', outer_role), $$select * from pg_temp.rights_of('debrief_worker')$$, format('%s has the rights of debrief_worker, no more and no less', outer_role))
  from unnest(array['debrief_outer', 'tap_outer']) outer_role;
select is_empty($$select classid::regclass, objid from pg_shdepend where refobjid = 'debrief_outer'::regrole and deptype = 'o'$$, 'and debrief_outer owns nothing');
select is(debrief.revoke_access('tap_outer', 'worker'), 'revoked', 'revoke_access() takes it back');
select ok(not pg_has_role(member, 'debrief_worker', 'member'), format('%s is not debrief_worker', member)) from unnest(array['authenticated', 'service_role', 'Odd "name']) member;

-- A request as PostgREST makes it: the login role inherits nothing, the role and the claims last as long as the transaction.
select pg_temp.spoken(:'ann') as anns_item, pg_temp.spoken(:'bob') as bobs_item \gset
set local session authorization authenticator;
select throws_ok('select * from debrief.analysis_feedback', '42501', null, 'the login role itself sees nothing');
set local role authenticated;
select set_config('request.jwt.claims', json_build_object('sub', :'bob', 'role', 'authenticated')::text, true) \gset
select results_eq('select id from debrief.analysis_feedback', array[:bobs_item]::bigint[], 'an authenticated user sees his own rows');
select lives_ok('insert into debrief.video_recordings (storage_path, upload_status) values (debrief.current_user_id() || ''/new.mp4'', ''completed'')', 'and records');
select throws_ok(format('select debrief.cancel_feedback(%s)', :anns_item), 'P0002', null, 'and cancels nothing of another''s');
select throws_ok('select debrief.pause(''ssml'')', '42501', null, 'and is no operator, though his login role may become one');
select set_config('request.jwt.claims', '{"role": "authenticated"}', true) \gset
select is_empty('select id from debrief.analysis_feedback', 'a token without "sub" is nobody''s');
set local role anon;
select throws_ok('select * from debrief.analysis_feedback', '42501', null, 'anon was granted nothing');
set local role service_role;
select is((select count(*) from debrief.analysis_feedback), 2::bigint, 'service_role sees everybody''s rows');
select is(debrief.pause('ssml'), 'paused', 'and operates');
select is(debrief.cancel_analysis(j.id) is not null, true, 'on anybody''s rows') from (select id from debrief.analysis_jobs where user_id = :'bob' and status = 'queued' limit 1) j;
reset session authorization;

-- The function of docs/providers.md that plays a sound, called as PostgREST calls it.
\set recipe `sed -n '/^CREATE DOMAIN "/,/^END \$\$;/p' docs/providers.md`
:recipe
select has_function('sound', '{bigint,int}'::name[]);
select is((select format_type(p.prorettype, null) from pg_proc p where p.oid = 'sound(bigint,int)'::regprocedure), '"*/*"', 'its result is named like a media type');
set local session authorization authenticator;
set local role authenticated;
select set_config('request.jwt.claims', json_build_object('sub', :'bob', 'role', 'authenticated')::text, true) \gset
create function pg_temp.called(feedback_id bigint) returns table (body bytea, headers jsonb) language plpgsql as $$
begin
  return query execute 'with pgrst_source as (select pgrst_call.pgrst_scalar from public.sound("feedback_id" := $1) pgrst_call(pgrst_scalar))
    select pgrst_scalar::bytea, current_setting(''response.headers'', true)::jsonb from pgrst_source' using feedback_id;
end $$;
select results_eq(format('select * from pg_temp.called(%s)', :bobs_item), $$values ('\x010203'::bytea, '[{"Content-Type": "audio/wav"}]'::jsonb)$$, 'a user gets the bytes of their sound, with its media type');
select throws_ok(format('select * from pg_temp.called(%s)', :anns_item), 'P0002', format('feedback %s does not exist', :anns_item), 'and of nobody else''s');
set local role anon;
select throws_ok(format('select public.sound(%s)', :bobs_item), '42501', null, 'anon gets nothing');
reset session authorization;
select set_config('request.jwt.claims', '', true) \gset

-- A NOINHERIT role. Before PostgreSQL 16 it would be given nothing, and is told so.
select current_setting('server_version_num')::int >= 160000 as keeps_inherit \gset
\if :keeps_inherit
  select is(debrief.grant_access('tap_noinherit', 'application'), 'granted', 'a NOINHERIT role is granted, or told what is missing');
  select is(debrief.revoke_access('tap_noinherit', 'application'), 'revoked', 'and then has what it needs');
  select is(debrief.grant_access('tap_noinherit', 'application'), 'granted', 'so that it is granted');
  grant debrief_reader to tap_noinherit with inherit false;
\else
  select is(pg_temp.complaint('select debrief.grant_access(''tap_noinherit'', ''application'')'),
    '55000 | role "tap_noinherit" is NOINHERIT: what it is granted would take effect only after SET ROLE | ALTER ROLE tap_noinherit INHERIT; PostgreSQL 16 and later do not need this.', 'a NOINHERIT role is granted, or told what is missing');
  select is(debrief.revoke_access('tap_noinherit', 'application'), 'was not granted', 'and then has what it needs');
  alter role tap_noinherit inherit;
  select is(debrief.grant_access('tap_noinherit', 'application'), 'granted', 'so that it is granted');
\endif
select set_eq('select * from pg_temp.rights_of(''tap_noinherit'')', 'select * from pg_temp.rights_of(''debrief_app'')', 'what it is granted holds without SET ROLE');
select matches(debrief.grant_access('tap_noinherit', 'reader'), '^granted$', 'a membership that is not inherited counts as none');

-- Who is not let in, and why.
select throws_ok(format('select debrief.%s_access(''tap_group'', %L)', verb, access), '22023', format('unknown access "%s"', access), format('%s_access: not %s', verb, access))
  from unnest(array['grant', 'revoke']) verb, unnest(array['owner', 'debrief_app']) access;
select is(pg_temp.complaint(format('select debrief.grant_access(%L, %L)', role_name, kind)), complaint, format('grant_access(%L, %L)', role_name, kind))
  from (values
    ('application', 'nobody_here', '42704 | role "nobody_here" does not exist | CREATE ROLE creates it. The name is case-sensitive.'),
    ('application', 'Authenticated', '42704 | role "Authenticated" does not exist | CREATE ROLE creates it. The name is case-sensitive.'),
    ('reader', null, '22004 | role_name must not be null | '),
    ('application', 'public', '42939 | pg_debrief is not granted to PUBLIC | Name the role that the application or the operator connects as.'),
    ('application', 'PUBLIC', '42939 | pg_debrief is not granted to PUBLIC | Name the role that the application or the operator connects as.'),
    ('reader', 'pg_monitor', '42939 | pg_debrief is not granted to PostgreSQL''s own roles | Name the role that the application or the operator connects as.'),
    ('operator', 'tap_super', '0LP01 | role "tap_super" is a superuser | Superusers have all rights, and bypass row-level security. Name another role.'),
    ('operator', 'debrief_worker', '0LP01 | role "debrief_worker" is one of pg_debrief''s own | Name the role that the application or the operator connects as.'),
    ('operator', 'debrief_app', '0LP01 | role "debrief_app" is one of pg_debrief''s own | Name the role that the application or the operator connects as.'),
    ('operator', 'tap_helper', '0LP01 | role "tap_helper" is a member of debrief_worker | That role is for the workers alone: REVOKE debrief_worker FROM tap_helper;')
  ) as r (kind, role_name, complaint);
grant tap_group to debrief_worker;
select is(pg_temp.complaint('select debrief.grant_access(''tap_group'', ''operator'')'),
  '0LP01 | debrief_worker is a member of role "tap_group" | The workers would be given more than they need: REVOKE tap_group FROM debrief_worker;', 'a group that the workers are in is not let in');
revoke tap_group from debrief_worker;
select is(pg_temp.complaint('select debrief.revoke_access(''nobody_here'', ''reader'')'),
  '42704 | role "nobody_here" does not exist | SELECT member::regrole FROM pg_auth_members WHERE roleid = ''debrief_reader''::regrole lists the members.', 'nobody is revoked who is not there');

-- Who may let in: whom PostgreSQL lets grant the role.
select lives_ok('select debrief.grant_access(''tap_dba'', ''operator'')', 'a new operator');
set local role tap_dba;
select is(pg_temp.complaint('select debrief.grant_access(''tap_outsider'', ''application'')'),
  '42501 | permission denied to grant role "debrief_app" | Ask a superuser, or for GRANT debrief_app TO tap_dba WITH ADMIN OPTION.', 'an operator lets nobody in by that alone');
select is(pg_temp.complaint('select debrief.grant_access(''tap_outsider'', ''operator'')'),
  '42501 | permission denied to grant role "debrief_admin" | Ask a superuser, or for GRANT debrief_admin TO tap_dba WITH ADMIN OPTION.', 'nor another operator');
select is(pg_temp.complaint('select debrief.revoke_access(''authenticated'', ''application'')'),
  '42501 | permission denied to revoke role "debrief_app" | Ask a superuser, or the role that granted it.', 'and takes nobody''s rights');
reset role;
grant debrief_app to tap_dba with admin option;
set local role tap_dba;
select is(debrief.grant_access('tap_outsider', 'application'), 'granted', 'with ADMIN OPTION he does');
reset role;
select is(debrief.revoke_access('tap_outsider', 'application'), 'revoked', 'and a superuser takes back what another granted');
set local role tap_outsider;
select throws_ok(format('select debrief.%s(''tap_outsider'', ''reader'')', f), '42501', null, f || '() is for operators')
  from unnest(array['grant_access', 'revoke_access']) f;
reset role;

-- Through a group.
select is(debrief.grant_access('tap_group', 'application'), 'granted', 'a group is granted');
grant tap_group to tap_outsider;
set local client_min_messages = error;
select is(debrief.revoke_access('tap_outsider', 'application'), 'was not granted', 'a member of the group was not granted by itself');
set local client_min_messages = warning;
select isnt_empty('select * from pg_temp.rights_of(''tap_outsider'')', 'and keeps what the group gives it');

-- Nothing is left.
select is(debrief.revoke_access(r, 'application'), 'revoked', format('revoke_access(%L, ''application'')', r)) from unnest(array['authenticated', 'tap_noinherit', 'tap_group']) r;
select is(debrief.revoke_access('service_role', 'operator'), 'revoked', 'revoke_access()');
select is(debrief.revoke_access('service_role', 'operator'), 'was not granted', 'may be called again');
select is(debrief.revoke_access(r, 'reader'), 'revoked', format('revoke_access(%L, ''reader'')', r)) from unnest(array['Odd "name', 'tap_noinherit']) r;
select is_empty(format('select * from pg_temp.rights_of(%L)', r), format('nothing is left to %s', r))
  from unnest(array['authenticated', 'service_role', 'authenticator', 'Odd "name', 'tap_noinherit', 'tap_group', 'tap_outsider']) r;
select is_empty($$select m.member::regrole from pg_auth_members m where m.roleid::regrole::text ~ '^debrief_' and m.member::regrole::text ~ '^(authenticated|service_role|tap_noinherit|tap_group)'$$, 'nor any membership');

-- Row level security binds neither of these: grant_access() warns.
reset role;
create role tap_bypass nologin bypassrls;
create role tap_owner nologin;
select is(debrief.grant_access('tap_bypass', 'application'), 'granted', 'who bypasses row level security may be an application, with a warning');
select is(debrief.grant_access('tap_bypass', 'operator'), 'granted', 'an operator sees all rows anyway');
grant usage on schema debrief to tap_owner;
set constraints all immediate;
alter table debrief.video_recordings owner to tap_owner;
select is(debrief.grant_access('tap_owner', 'application'), 'granted', 'so may the owner of the tables');

-- Who created a server may alter it, operator or not.
create role tap_leaver nologin;
select debrief.grant_access('tap_leaver', 'operator') \gset
set local role tap_leaver;
create server tap_left foreign data wrapper debrief options (kind 'fake');
reset role;
select is_empty($$select * from debrief.check_installation() where object = 'server tap_left'$$, 'an operator''s server is no problem');
select is(debrief.revoke_access('tap_leaver', 'operator'), 'revoked', 'a warning names the servers that a former operator still owns');
create temp table left_over as select * from debrief.check_installation() where object = 'server tap_left';
select is((select problem from left_over), 'belongs to "tap_leaver", who is no operator, and may send what it gets elsewhere', 'and the server is reported');
do $$ begin execute (select fix from left_over); end $$;
select is_empty($$select * from debrief.check_installation() where object = 'server tap_left'$$, 'until it has another owner');

select * from finish();
rollback;
