-- What an application has built on the extension, and DROP EXTENSION ... CASCADE takes along.

-- The command that makes an object again; null for what has none here.
create or replace function debrief._definition(class oid, object oid) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_get_triggerdef(t.oid) || ';' from pg_trigger t where _definition.class = 'pg_trigger'::regclass and t.oid = _definition.object
  union all
  select format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s;', p.polname, p.polrelid::regclass,
                case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
                case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
                (select string_agg(case when r = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(p.polroles) r),
                ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
    from pg_policy p where _definition.class = 'pg_policy'::regclass and p.oid = _definition.object
  union all
  -- Its owner and grants too: a view reads as its owner.
  select format('CREATE %1$s %2$s%3$s AS %4$s ALTER %1$s %2$s OWNER TO %5$I;%6$s', case c.relkind when 'm' then 'MATERIALIZED VIEW' else 'VIEW' end, c.oid::regclass,
                ' WITH (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid), pg_get_userbyid(c.relowner),
                (select string_agg(format(' GRANT %s ON %s TO %s;', a.privilege_type, c.oid::regclass, coalesce(quote_ident(r.rolname), 'PUBLIC')), '' order by r.rolname, a.privilege_type)
                   from aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee where a.grantee <> c.relowner))
    from pg_rewrite w join pg_class c on c.oid = w.ev_class where _definition.class = 'pg_rewrite'::regclass and w.oid = _definition.object and c.relkind in ('v', 'm')
  union all
  select format('ALTER TABLE %s ALTER %I SET DEFAULT %s;', d.adrelid::regclass, c.attname, pg_get_expr(d.adbin, d.adrelid))
    from pg_attrdef d join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum where _definition.class = 'pg_attrdef'::regclass and d.oid = _definition.object
  union all
  select format('ALTER TABLE %s ADD CONSTRAINT %I %s;', n.conrelid::regclass, n.conname, pg_get_constraintdef(n.oid))
    from pg_constraint n where _definition.class = 'pg_constraint'::regclass and n.oid = _definition.object and n.conrelid <> 0
  union all
  select pg_get_functiondef(p.oid) || ';' from pg_proc p where _definition.class = 'pg_proc'::regclass and p.oid = _definition.object and p.prokind <> 'a'
  union all
  select format('CREATE SERVER %I FOREIGN DATA WRAPPER debrief OPTIONS (%s);', s.srvname,
                (select string_agg(format('%I %L', o.option_name, o.option_value), ', ') from pg_options_to_table(s.srvoptions) o))
    from pg_foreign_server s where _definition.class = 'pg_foreign_server'::regclass and s.oid = _definition.object;
$$;
comment on function debrief._definition(oid, oid) is 'The command that makes a trigger, policy, view, default, constraint, function or server again; none for other objects.';
grant execute on function debrief._definition(oid, oid) to debrief_reader, debrief_admin;

-- DROP ... CASCADE goes on from each object to what depends on it: from a function to a view, to a view of that view.
create or replace function debrief._dependents() returns table (object text, definition text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with recursive gone (class, object) as (
    select d.classid, d.objid from pg_depend d join pg_extension x on x.oid = d.refobjid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and x.extname = 'pg_debrief'
       and d.classid in ('pg_proc'::regclass, 'pg_foreign_data_wrapper'::regclass)
    union
    select n.class, n.object
      from gone g
     cross join lateral (
       select d.classid as class, d.objid as object from pg_depend d
        where d.refclassid = g.class and d.refobjid = g.object and (d.deptype in ('n', 'a') or (d.deptype = 'i' and d.classid = 'pg_type'::regclass))
       union all
       select 'pg_class'::regclass, w.ev_class from pg_rewrite w where g.class = 'pg_rewrite'::regclass and w.oid = g.object and w.rulename = '_RETURN') n)
  select case when w.ev_class is not null and w.rulename = '_RETURN' then pg_describe_object('pg_class'::regclass, w.ev_class, 0) else pg_describe_object(g.class, g.object, 0) end,
         (select debrief._definition(g.class, g.object))
    from gone g
    left join pg_trigger t on g.class = 'pg_trigger'::regclass and t.oid = g.object
    left join pg_policy p on g.class = 'pg_policy'::regclass and p.oid = g.object
    left join pg_rewrite w on g.class = 'pg_rewrite'::regclass and w.oid = g.object
    left join pg_attrdef a on g.class = 'pg_attrdef'::regclass and a.oid = g.object
    left join pg_foreign_server s on g.class = 'pg_foreign_server'::regclass and s.oid = g.object
   where g.class not in ('pg_type'::regclass, 'pg_class'::regclass, 'pg_foreign_data_wrapper'::regclass)
     and not exists (select from pg_depend e where e.classid = g.class and e.objid = g.object and e.deptype in ('e', 'P', 'S'))
     -- Ours come back with the extension.
     and not exists (select from debrief._expected() e
                      where case e.kind when 'trigger' then to_regclass(e.relation) = t.tgrelid and e.name = t.tgname
                                        when 'policy' then to_regclass(e.relation) = p.polrelid and e.name = p.polname
                                        when 'view' then to_regclass(e.relation) = w.ev_class
                                        when 'table' then to_regclass(e.relation) = a.adrelid end)
     and coalesce(s.srvname not in ('template', 'database'), true)
   order by g.object;  -- as they were made: each after what it needs
$$;
comment on function debrief._dependents() is
  'What an application has built on the functions, views and foreign data wrapper of the extension, and DROP EXTENSION ... CASCADE drops for good: each object with the command that makes it again, in the order in which to run these.';
grant execute on function debrief._dependents() to debrief_reader, debrief_admin;

create or replace function debrief._warn_of_dependents() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  dependent record;
begin
  for dependent in select d.object, d.definition from debrief._dependents() d loop
    raise warning '% is dropped with pg_debrief, and does not come back with it', dependent.object
      using hint = coalesce(dependent.definition, 'Make it again after CREATE EXTENSION.');
  end loop;
end $$;
comment on function debrief._warn_of_dependents() is 'Called by DROP EXTENSION ... CASCADE: a warning for each of _dependents().';
