-- More parts of check_installation(): what somebody else made that reaches into ours.

create or replace function debrief._check_roles() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with roles as (
    select wanted as name, wanted = 'debrief_worker' as is_worker, r.*
      from unnest(array['debrief_worker', 'debrief_admin', 'debrief_reader', 'debrief_app']) wanted
      left join pg_roles r on r.rolname = wanted),
  -- PostgreSQL 16 keeps the grants of several grantors apart.
  memberships as (
    select m.roleid, m.member, format('revoke %I from %I%s;', g.rolname, r.rolname,
             case when current_setting('server_version_num')::int >= 160000 then format(' granted by %I', pg_get_userbyid(m.grantor)) end) as revoke,
           g.rolname as group_name, r.rolname as member_name
      from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member)
  select 'role ' || r.name, 'is missing',
         format('create role %s %s;', r.name, case when r.is_worker then 'login connection limit 0' else 'nologin' end)
    from roles r where r.oid is null
  union all
  select 'role ' || r.name, 'has more rights than pg_debrief gives it',
         format('alter role %s nosuperuser nocreaterole nocreatedb noreplication nobypassrls;', r.name)
    from roles r where r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
  union all
  select 'role ' || r.name, 'must be LOGIN with connection limit 0', 'alter role debrief_worker login connection limit 0;'
    from roles r where r.is_worker and not (r.rolcanlogin and r.rolconnlimit = 0)
  union all
  select 'role ' || r.name, 'may log in', format('alter role %s nologin;', r.name) from roles r where r.rolcanlogin and not r.is_worker
  union all
  select 'role ' || r.name, format('is valid until %s only', r.rolvaliduntil), format('alter role %s valid until ''infinity'';', r.name)
    from roles r where r.is_worker and isfinite(r.rolvaliduntil)
  union all
  select 'role ' || r.name, format('has settings of its own: %s', array_to_string(s.setconfig, ', ')),
         format('alter role %s%s reset all;', r.name, (select format(' in database %I', d.datname) from pg_database d where d.oid = s.setdatabase))
    from roles r join pg_db_role_setting s on s.setrole = r.oid where r.is_worker
  union all
  select 'role ' || r.name, format('has the member "%s"', m.member_name), m.revoke
    from roles r join memberships m on m.roleid = r.oid where r.is_worker
  union all
  select 'role ' || r.name, format('is a member of "%s"', m.group_name), m.revoke
    from roles r join memberships m on m.member = r.oid
   where not exists (select from roles w where w.is_worker and w.oid = m.roleid);
$$;
comment on function debrief._check_roles() is
  'check_installation(): our roles have the attributes, members and settings that we give them, and no others.';
grant execute on function debrief._check_roles() to debrief_reader, debrief_admin;

-- A policy is reported that the worker, or a definer function, would have to pass.
create or replace function debrief._check_policies() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select format('policy %I of %s', p.polname, p.polrelid::regclass), 'is restrictive and binds debrief_worker: rows that it hides wait for ever',
         format('alter policy %I on %s to debrief_app;', p.polname, p.polrelid::regclass)
    from pg_policy p join pg_class c on c.oid = p.polrelid
   where c.relnamespace = to_regnamespace('debrief') and not p.polpermissive
     and p.polroles && array[0::oid, coalesce(to_regrole('debrief_worker'), 0)::oid]
   order by 1;
$$;
comment on function debrief._check_policies() is 'check_installation(): no restrictive policy of the user''s binds the workers.';
grant execute on function debrief._check_policies() to debrief_reader, debrief_admin;
