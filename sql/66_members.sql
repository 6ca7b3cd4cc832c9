-- For operators: granting access to applications, operators, readers and monitoring.

create or replace function debrief._check_grantee(role_name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  grantee pg_roles;
begin
  if lower(role_name) = 'public' or starts_with(role_name, 'pg_') then
    raise exception 'pg_debrief is not granted to %', case when starts_with(role_name, 'pg_') then 'PostgreSQL''s own roles' else 'PUBLIC' end
      using errcode = 'reserved_name', hint = 'Name the role that the application or the operator connects as.';
  end if;
  select * into grantee from pg_roles r where r.rolname = role_name;
  if not found then
    raise exception 'role "%" does not exist', role_name using errcode = 'undefined_object',
      hint = 'CREATE ROLE creates it. The name is case-sensitive.';
  elsif role_name in ('debrief_worker', 'debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app') then
    raise exception 'role "%" is one of pg_debrief''s own', role_name using errcode = 'invalid_grant_operation',
      hint = 'Name the role that the application or the operator connects as.';
  elsif grantee.rolsuper then
    raise exception 'role "%" is a superuser', role_name using errcode = 'invalid_grant_operation',
      hint = 'Superusers have all rights, and bypass row-level security. Name another role.';
  elsif pg_has_role(grantee.oid, 'debrief_worker', 'member') then
    raise exception 'role "%" is a member of debrief_worker', role_name using errcode = 'invalid_grant_operation',
      hint = format('That role is for the workers alone: REVOKE debrief_worker FROM %I;', role_name);
  elsif pg_has_role('debrief_worker', grantee.oid, 'member') then
    raise exception 'debrief_worker is a member of role "%"', role_name using errcode = 'invalid_grant_operation',
      hint = format('The workers would be given more than they need: REVOKE %I FROM debrief_worker;', role_name);
  elsif not grantee.rolinherit and current_setting('server_version_num')::int < 160000 then
    raise exception 'role "%" is NOINHERIT: what it is granted would take effect only after SET ROLE', role_name
      using errcode = 'object_not_in_prerequisite_state',
            detail = format('It is a member of: %s.', coalesce(nullif(
              (select string_agg(quote_ident(o.rolname), ', ' order by o.rolname)
                 from pg_auth_members m join pg_roles o on o.oid = m.roleid where m.member = grantee.oid), ''), 'no other role')),
            hint = format('ALTER ROLE %I INHERIT; PostgreSQL 16 and later do not need this.', role_name);
  end if;
end $$;
comment on function debrief._check_grantee(text) is 'Error unless the role may be granted access.';
grant execute on function debrief._check_grantee(text) to debrief_admin;

-- Runs with the caller's rights: PostgreSQL itself decides whether they may grant.
create or replace function debrief._grant_membership(granted text, role_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if role_name is null then
    raise exception 'role_name must not be null' using errcode = 'null_value_not_allowed';
  end if;
  perform debrief._check_grantee(role_name);
  -- As an operator it sees all rows anyway.
  if granted = 'debrief_app' and exists (
       select from pg_roles r where r.rolname = role_name
          and (r.rolbypassrls or pg_has_role(r.oid, (select c.relowner from pg_class c where c.oid = 'debrief.video_recordings'::regclass), 'usage'))) then
    raise warning 'role "%" bypasses row-level security: it sees the rows of all users', role_name
      using hint = format('ALTER ROLE %I NOBYPASSRLS; or, if it owns the tables, let applications connect as another role.', role_name);
  end if;
  -- PostgreSQL 16 keeps with each membership whether it is inherited; before, the role decides.
  if exists (select from pg_auth_members m
              where m.roleid = granted::regrole and m.member = quote_ident(role_name)::regrole
                and coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)) then
    return 'was granted already';
  end if;
  execute format('grant %I to %I %s', granted, role_name,
                 case when current_setting('server_version_num')::int >= 160000 then 'with inherit true' end);
  return 'granted';
exception when insufficient_privilege then
  raise exception 'permission denied to grant role "%"', granted using errcode = 'insufficient_privilege',
    hint = format('Ask a superuser, or for GRANT %I TO %I WITH ADMIN OPTION.', granted, current_user);
end $$;
comment on function debrief._grant_membership(text, text) is 'Makes a role a member of one of pg_debrief''s roles.';
grant execute on function debrief._grant_membership(text, text) to debrief_admin;

create or replace function debrief._revoke_membership(granted text, role_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  grantee oid;
  membership record;
  revoked boolean := false;
  through text;
  owned text;
begin
  select r.oid into grantee from pg_roles r where r.rolname = role_name;
  if not found then
    raise exception 'role "%" does not exist', role_name using errcode = 'undefined_object',
      hint = format('SELECT member::regrole FROM pg_auth_members WHERE roleid = %L::regrole lists the members.', granted);
  end if;
  -- Since PostgreSQL 16 several roles may have granted the same membership, and each grant is revoked separately.
  for membership in select m.grantor::regrole as grantor from pg_auth_members m
                     where m.roleid = granted::regrole and m.member = grantee loop
    execute format('revoke %I from %I %s', granted, role_name,
                   case when current_setting('server_version_num')::int >= 160000 then format('granted by %s', membership.grantor) end);
    revoked := true;
  end loop;
  select string_agg(format('%I', r.rolname), ', ' order by r.rolname) into through
    from pg_auth_members m join pg_roles r on r.oid = m.roleid
   where m.member = grantee and pg_has_role(r.oid, granted, 'member');
  if through is not null then
    raise warning 'role "%" still is a member of % through: %', role_name, granted, through
      using hint = 'Revoke it there too, or take this role out of that one.';
  end if;
  select string_agg(quote_ident(s.srvname), ', ' order by s.srvname) into owned
    from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief' where s.srvowner = grantee;
  if granted = 'debrief_admin' and owned is not null then
    raise warning 'role "%" still owns servers, and may send what they get elsewhere: %', role_name, owned
      using hint = 'ALTER SERVER ... OWNER TO CURRENT_USER; for each of them.';
  end if;
  return case when revoked then 'revoked' else 'was not granted' end;
exception when insufficient_privilege then
  raise exception 'permission denied to revoke role "%"', granted using errcode = 'insufficient_privilege',
    hint = 'Ask a superuser, or the role that granted it.';
end $$;
comment on function debrief._revoke_membership(text, text) is 'Ends a role''s membership in one of pg_debrief''s roles, whichever role granted it.';
grant execute on function debrief._revoke_membership(text, text) to debrief_admin;

create or replace function debrief._access_role(access text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if access is null or access not in ('application', 'operator', 'reader', 'monitor', 'worker') then
    raise exception 'unknown access "%"', access using errcode = 'invalid_parameter_value',
      hint = 'Use ''application'', ''operator'', ''reader'', ''monitor'' or ''worker''.';
  end if;
  return case access when 'application' then 'debrief_app' when 'operator' then 'debrief_admin' when 'worker' then 'debrief_outer' else 'debrief_' || access end;
end $$;
comment on function debrief._access_role(text) is 'The role of pg_debrief whose members have this access.';
grant execute on function debrief._access_role(text) to debrief_admin;

create or replace function debrief.grant_access(role_name text, access text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._grant_membership(debrief._access_role(access), role_name) $$;
comment on function debrief.grant_access(text, text) is
  'Grants a role access as application (its users see and write their own rows), operator (configures, pauses, retries, sees every row) reader (reads every row and view), monitor (reads counts, states and times) or worker (pg_debrief_worker, outside the server). May be called again; needs ADMIN OPTION on the role of pg_debrief that has this access.';
grant execute on function debrief.grant_access(text, text) to debrief_admin;

create or replace function debrief.revoke_access(role_name text, access text) returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._revoke_membership(debrief._access_role(access), role_name) $$;
comment on function debrief.revoke_access(text, text) is
  'Revokes what grant_access() granted; warns when the role still has it through another role.';
grant execute on function debrief.revoke_access(text, text) to debrief_admin;
