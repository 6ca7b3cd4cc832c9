-- More parts of check_installation(): what somebody else made that reaches into ours.

create or replace function debrief._check_roles() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with roles as (
    select wanted as name, wanted = 'debrief_worker' as is_worker, r.*
      from unnest(array['debrief_worker', 'debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app']) wanted
      left join pg_roles r on r.rolname = wanted),
  -- PostgreSQL 16 keeps the grants of several grantors apart, and grants a role to who creates it by CREATEROLE: to grant it, no more.
  memberships as (
    select m.roleid, m.member, format('revoke %I from %I%s', g.rolname, r.rolname,
             case when current_setting('server_version_num')::int >= 160000 then format(' granted by %I', pg_get_userbyid(m.grantor)) end) as revoke,
           g.rolname as group_name, r.rolname as member_name, m.admin_option,
           m.admin_option and coalesce(to_jsonb(m) @> '{"inherit_option": false, "set_option": false}', false) and m.grantor = 10 as is_creator
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
  select 'role ' || r.name, format('has the member "%s"', m.member_name), m.revoke || case when m.admin_option then ' cascade' else '' end || ';'
    from roles r join memberships m on m.roleid = r.oid where r.is_worker
  union all
  select 'role ' || r.name, format('may be granted by "%s", who created it', m.member_name), m.revoke || ';'
    from roles r join memberships m on m.roleid = r.oid where m.is_creator and not r.is_worker
  union all
  select 'role ' || r.name, format('is a member of "%s"', m.group_name), m.revoke || ';'
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
     and p.polroles && array[0::oid, coalesce(to_regrole('debrief_worker'), 0)::oid, coalesce(to_regrole('debrief_outer'), 0)::oid]
   order by 1;
$$;
comment on function debrief._check_policies() is 'check_installation(): no restrictive policy of the user''s binds the workers.';
grant execute on function debrief._check_policies() to debrief_reader, debrief_admin;

create or replace function debrief._check_grantees() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with things as (
    select c.oid::regclass::text as name, c.relowner as owner, a.grantee, a.privilege_type, null as column_name
      from pg_class c cross join aclexplode(c.relacl) a
     where c.relnamespace = to_regnamespace('debrief') and c.relkind in ('r', 'p', 'v', 'S')
    union all
    select c.oid::regclass::text, c.relowner, x.grantee, x.privilege_type, quote_ident(a.attname)
      from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped cross join aclexplode(a.attacl) x
     where c.relnamespace = to_regnamespace('debrief') and c.relkind in ('r', 'p', 'v')
    union all
    select 'function ' || p.oid::regprocedure, p.proowner, a.grantee, a.privilege_type, null
      from pg_proc p cross join aclexplode(p.proacl) a
     where p.pronamespace = to_regnamespace('debrief') and p.provolatile = 'v'
       -- These write nothing of ours by themselves.
       and p.proname !~ '^(check_installation|drain|track_upload|wait_for_(analysis|feedback|recording))$'
    union all
    select 'schema debrief', n.nspowner, a.grantee, a.privilege_type, null
      from pg_namespace n cross join aclexplode(n.nspacl) a where n.nspname = 'debrief'
    union all
    select 'foreign data wrapper debrief', w.fdwowner, a.grantee, a.privilege_type, null
      from pg_foreign_data_wrapper w cross join aclexplode(w.fdwacl) a where w.fdwname = 'debrief'),
  written as (
    select t.name, r.rolname, string_agg(concat(t.privilege_type, ' (' || t.column_name || ')'), ', ' order by t.privilege_type, t.column_name) as privileges
      from things t join pg_roles r on r.oid = t.grantee
     where (t.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'MAINTAIN', 'EXECUTE', 'CREATE')
            or (t.privilege_type = 'USAGE' and t.name <> 'schema debrief'))
       and exists (select from debrief._expected() e where e.relation = t.name or e.name = substr(t.name, 10) or t.name in ('schema debrief', 'foreign data wrapper debrief'))
       and not r.rolsuper and r.rolname not in ('debrief_worker', 'debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app')
       and r.oid not in (select c.relowner from pg_class c where c.relnamespace = to_regnamespace('debrief') and c.relkind = 'r')
     group by t.name, r.rolname)
  select 'grant on ' || w.name, format('role "%s" has %s: none of pg_debrief''s roles', w.rolname, w.privileges),
         format('revoke %s on %s from %I;', w.privileges, w.name, w.rolname)
    from written w order by 1, 2;
$$;
comment on function debrief._check_grantees() is
  'check_installation(): who may write to our tables, call functions that write, create in our schema or create servers, and is no role of ours.';
grant execute on function debrief._check_grantees() to debrief_reader, debrief_admin;

-- A foreign key is checked as the owner of the table that it points to.
create or replace function debrief._check_owners() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with owned as (
    select c.oid::regclass::text as name, case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind, r.oid as owner, r.rolname
      from pg_class c join pg_roles r on r.oid = c.relowner
     where c.relnamespace = to_regnamespace('debrief') and c.relkind in ('r', 'v', 'S')
       and c.oid::regclass::text in (select e.relation from debrief._expected() e where e.kind in ('table', 'view', 'sequence'))),
  main as (select o.owner, o.rolname from owned o where o.name = 'debrief.analysis_jobs')
  select distinct 'schema debrief', format('the owner of tables, "%s", may not use it: inserts fail', o.rolname), format('grant usage on schema debrief to %I;', o.rolname)
    from owned o where not has_schema_privilege(o.owner, 'debrief', 'usage')
  union all
  select o.kind || ' ' || o.name, format('belongs to "%s", and debrief.analysis_jobs to "%s"', o.rolname, m.rolname),
         format('alter %s %s owner to %I;', o.kind, o.name, m.rolname)
    from owned o cross join main m
   where o.owner <> m.owner
     -- A sequence of a column has its table's owner.
     and not (o.kind = 'sequence' and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = o.name::regclass and d.deptype in ('a', 'i')))
  union all
  select 'server ' || quote_ident(s.srvname), format('belongs to "%s", who is no operator, and may send what it gets elsewhere', r.rolname),
         format('alter server %I owner to %I;', s.srvname, m.rolname)
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
    join pg_roles r on r.oid = s.srvowner
   cross join main m
   where not r.rolsuper and r.oid not in (m.owner, w.fdwowner) and not pg_has_role(r.oid, 'debrief_admin', 'member')
   order by 1, 2;
$$;
comment on function debrief._check_owners() is 'check_installation(): tables, views and sequences have one owner, who may use the schema; servers belong to who may configure them.';
grant execute on function debrief._check_owners() to debrief_reader, debrief_admin;

-- The catalog is that of Citus 11 and later. It hides shards from the catalogs that clients read, but each trigger of theirs is
-- one of the table itself too, on every node.
create or replace function debrief._check_distribution() returns table (object text, problem text, fix text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if to_regclass('pg_catalog.pg_dist_partition') is null then
    return;
  end if;
  return query execute $query$
    select 'table ' || p.logicalrelid::text, 'is distributed by Citus: workers cannot store there what they have paid for',
           format('SELECT undistribute_table(%L);', p.logicalrelid::text)
      from pg_catalog.pg_dist_partition p join pg_class c on c.oid = p.logicalrelid
     where c.relnamespace = to_regnamespace('debrief')
     order by 1 $query$;
  return query execute $query$
    select format('trigger %I of %s', t.tgname, t.tgrelid::regclass),
           'makes the name of a shard the source of its recordings: an update after a split or a move has the upload analysed again',
           format('SET citus.enable_unsafe_triggers = on; DROP TRIGGER %I ON %s; SELECT * FROM run_command_on_all_nodes(%L); %s;', t.tgname, l.name,
                  format('UPDATE debrief.video_recordings SET source = regexp_replace(source, %1$L, %2$L) WHERE source ~ %1$L', l.shards, l.name || ':'),
                  regexp_replace(pg_get_triggerdef(t.oid), '[)]$', format(', %L)', 'source=' || l.name)))
      from pg_catalog.pg_dist_partition p
      join pg_trigger t on t.tgrelid = p.logicalrelid and t.tgfoid = to_regprocedure('debrief.track_upload()')
      join pg_class c on c.oid = p.logicalrelid
      join pg_namespace n on n.oid = c.relnamespace
      cross join lateral (select format('%I.%I', n.nspname, c.relname) as name,
                                 format('^%s[.]"?%s_[0-9]+"?:', regexp_replace(quote_ident(n.nspname), E'(\\W)', E'\\\\\\1', 'g'),
                                        regexp_replace(replace(c.relname, '"', '""'), E'(\\W)', E'\\\\\\1', 'g')) as shards) l
     where encode(t.tgargs, 'escape') !~ '(^|\\000)source='
     order by 1 $query$;
end $$;
comment on function debrief._check_distribution() is
  'check_installation(): no table of ours is distributed by Citus, and uploads on shards have a source that outlives the shard.';
grant execute on function debrief._check_distribution() to debrief_reader, debrief_admin;

create or replace function debrief._check_inheritance() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select 'table ' || i.inhrelid::regclass, format('inherits from %s: its rows are found with ours, and the workers leave them', i.inhparent::regclass),
         format('alter table %s no inherit %s;', i.inhrelid::regclass, i.inhparent::regclass)
    from pg_inherits i join pg_class c on c.oid = i.inhparent
   where c.relnamespace = to_regnamespace('debrief') and c.relkind = 'r'
     and i.inhparent::regclass::text in (select e.relation from debrief._expected() e where e.kind = 'table')
  union all
  select 'table ' || i.inhrelid::regclass, format('belongs to %s: who may read that reads all users'' rows', i.inhparent::regclass),
         format('alter table %s %s %s;', case when p.relkind = 'p' then i.inhparent::regclass else i.inhrelid::regclass end,
                case when p.relkind = 'p' then 'detach partition' else 'no inherit' end,
                case when p.relkind = 'p' then i.inhrelid::regclass else i.inhparent::regclass end)
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
   where c.relnamespace = to_regnamespace('debrief') and c.relkind = 'r'
     and i.inhrelid::regclass::text in (select e.relation from debrief._expected() e where e.kind = 'table')
   order by 1, 2;
$$;
comment on function debrief._check_inheritance() is 'check_installation(): our tables are in no tree of tables.';
grant execute on function debrief._check_inheritance() to debrief_reader, debrief_admin;
