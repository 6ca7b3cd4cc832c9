-- What an application has built on the extension, and DROP EXTENSION ... CASCADE takes along.

create or replace function debrief._dependents() returns table (object text, definition text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with functions as (
    select d.objid from pg_depend d join pg_extension x on x.oid = d.refobjid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and x.extname = 'pg_debrief' and d.classid = 'pg_proc'::regclass),
  own as (select distinct d.classid, d.objid, d.objsubid
            from pg_depend d join functions f on d.refclassid = 'pg_proc'::regclass and d.refobjid = f.objid
           where d.deptype = 'n'
             and not exists (select from pg_depend e where e.classid = d.classid and e.objid = d.objid and e.deptype in ('e', 'P', 'S')))
  select pg_describe_object(o.classid, o.objid, o.objsubid),
         case when t.oid is not null then pg_get_triggerdef(t.oid) || ';'
              when p.oid is not null then
                format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s;', p.polname, p.polrelid::regclass,
                       case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
                       case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
                       (select string_agg(case when r = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(p.polroles) r),
                       ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
              when w.ev_class is not null then format('CREATE VIEW %s AS %s', w.ev_class::regclass, pg_get_viewdef(w.ev_class))
              when a.oid is not null then
                format('ALTER TABLE %s ALTER %I SET DEFAULT %s;', a.adrelid::regclass,
                       (select c.attname from pg_attribute c where c.attrelid = a.adrelid and c.attnum = a.adnum), pg_get_expr(a.adbin, a.adrelid)) end
    from own o
    left join pg_trigger t on o.classid = 'pg_trigger'::regclass and t.oid = o.objid
    left join pg_policy p on o.classid = 'pg_policy'::regclass and p.oid = o.objid
    left join pg_rewrite w on o.classid = 'pg_rewrite'::regclass and w.oid = o.objid
    left join pg_attrdef a on o.classid = 'pg_attrdef'::regclass and a.oid = o.objid
   -- Ours come back with the extension.
   where not (t.oid is not null and exists (
                select from debrief._expected() e where e.kind = 'trigger' and to_regclass(e.relation) = t.tgrelid and e.name = t.tgname))
     and not (p.oid is not null and exists (
                select from debrief._expected() e where e.kind = 'policy' and to_regclass(e.relation) = p.polrelid and e.name = p.polname))
     and not (w.ev_class is not null and exists (
                select from debrief._expected() e where e.kind = 'view' and to_regclass(e.relation) = w.ev_class))
     and not (a.oid is not null and exists (
                select from debrief._expected() e where e.kind = 'table' and to_regclass(e.relation) = a.adrelid))
   order by 1;
$$;
comment on function debrief._dependents() is
  'What an application has built on the functions of the extension, and DROP EXTENSION ... CASCADE drops for good: each object with the command that makes it again.';
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
