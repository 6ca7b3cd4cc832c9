-- Writes docs/reference.md from the comments of the catalog and the settings of the loaded library: see
-- test/support/reference. Nothing in it may depend on PostgreSQL's version.
\set QUIET 1
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only true
\pset pager off
set client_min_messages = warning;
begin;
create extension pg_debrief;

create function pg_temp.cell(words text) returns text language sql as $$
  select replace(replace(coalesce(words, ''), '|', '\|'), E'\n', ' ');
$$;
create function pg_temp.of_ours(kinds text) returns table (id oid, name text, meaning text) language sql as $$
  select c.oid, c.relname::text, obj_description(c.oid, 'pg_class') from pg_class c
   where c.relnamespace = 'debrief'::regnamespace and position(c.relkind::text in kinds) > 0
   order by c.relname collate "C";
$$;
create temp table roles (rank int, role_name name, plural text);
insert into roles values (1, 'debrief_app', 'applications'), (2, 'debrief_reader', 'readers'), (3, 'debrief_admin', 'operators');
-- Who may do what to a table or view, in words.
create function pg_temp.rights(relation oid) returns text language sql as $$
  select coalesce('For ' || string_agg(format('%s: %s', r.plural, w.what), '; ' order by r.rank) || '.', 'For the workers alone.')
    from roles r
   cross join lateral (
     select string_agg(g.what, ', ' order by g.rank) as what
       from (select position(p in 'SELECT INSERT UPDATE DELETE') as rank,
                    lower(p) || case when has_table_privilege(r.role_name, relation, p) then ''
                      else (select format(' (%s)', string_agg(a.attname, ', ' order by a.attnum)) from pg_attribute a
                             where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
                               and has_column_privilege(r.role_name, relation, a.attnum, p)) end as what
               from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
              where case p when 'DELETE' then has_table_privilege(r.role_name, relation, p) else has_any_column_privilege(r.role_name, relation, p) end) g) w
   where w.what is not null;
$$;
create temp table functions as
  select p.oid as id, p.proname::text as name, p.prorettype = 'trigger'::regtype as is_trigger, obj_description(p.oid, 'pg_proc') as meaning,
         format('%s(%s)', p.proname, pg_get_function_arguments(p.oid)) as call, pg_get_function_result(p.oid) as result,
         (select string_agg(r.plural, ', ' order by r.rank) from roles r where has_function_privilege(r.role_name, p.oid, 'execute')) as callers
    from pg_proc p where p.pronamespace = 'debrief'::regnamespace;

-- What has no comment: named on stderr, and nothing is written.
create temp table silent as
  select format('%s %s', case kind when 'r' then 'table' when 'v' then 'view' else 'sequence' end, name) as object
    from (select 'r' as kind, * from pg_temp.of_ours('r') union all select 'v', * from pg_temp.of_ours('v')) o where meaning is null
  union all
  select format('column %s.%s', o.name, a.attname) from pg_temp.of_ours('rv') o
    join pg_attribute a on a.attrelid = o.id and a.attnum > 0 and not a.attisdropped where col_description(o.id, a.attnum) is null
  union all select format('function %s', call) from functions where meaning is null
  union all select format('role %s', rolname) from pg_roles where rolname ~ '^debrief_' and shobj_description(oid, 'pg_authid') is null
  union all select format('setting %s', name) from pg_settings where name ~ '^pg_debrief\.' and coalesce(short_desc, '') = ''
  union all select format('server %s', srvname) from pg_foreign_server where obj_description(oid, 'pg_foreign_server') is null;
do $$
declare
  objects text;
begin
  select string_agg(object, ', ' order by object) into objects from silent;
  if objects is not null then
    raise exception 'no comment says what these are: %', objects using hint = 'COMMENT ON each, in sql/.';
  end if;
end $$;

\qecho '# Reference'
\qecho
\qecho 'Written by `make reference` from the comments in the catalog: do not edit it. All objects are in schema `debrief`.'
\qecho
\qecho '- [Roles](#roles)'
\qecho '- [Settings](#settings)'
\qecho '- [Functions](#functions)'
\qecho '- [Views](#views)'
\qecho '- [Tables](#tables)'
\qecho '- [Servers](#servers)'
\qecho '- [Internal functions](#internal-functions)'
\qecho
\qecho '## Roles'
\qecho
\qecho 'What they may do, and how others are made members: [security.md](security.md).'
\qecho
\qecho '| role | is |'
\qecho '|---|---|'
select format('| `%s` | %s |', rolname, pg_temp.cell(regexp_replace(shobj_description(oid, 'pg_authid'), '^pg_debrief: ', '')))
  from pg_roles where rolname ~ '^debrief_' order by rolname collate "C";
\qecho
\qecho '## Settings'
\qecho
\qecho 'Of the server: `postgresql.conf` or `ALTER SYSTEM`. Those that need a restart say so; the others take effect on reload.'
\qecho
\qecho '| setting | default | range | meaning |'
\qecho '|---|---|---|---|'
select format('| `%s` | %s | %s | %s |', name,
              case when boot_val = '' then 'empty' else format('`%s%s`', boot_val, unit) end,
              case vartype when 'bool' then '`on`, `off`' when 'enum' then '`' || array_to_string(enumvals, '`, `') || '`'
                           when 'integer' then format('%s to %s', min_val, max_val) else 'text' end,
              pg_temp.cell(concat_ws(' ', short_desc, nullif(extra_desc, ''), case when context = 'postmaster' and extra_desc !~ 'server start' then 'Needs a restart.' end)))
  from pg_settings where name ~ '^pg_debrief\.' order by name collate "C";
\qecho
\qecho '## Functions'
select format(E'\n### %s\n\n    debrief.%s\n      returns %s\n\n%s\n\nFor %s.', name, call, result, meaning, coalesce(callers, 'superusers'))
  from functions where name !~ '^_' and not is_trigger order by name collate "C";
select format(E'\n### %s\n\n    execute function debrief.%s(...)\n\n%s\n\nFor %s.', name, name, meaning, coalesce(callers, 'superusers'))
  from functions where name !~ '^_' and is_trigger order by name collate "C";
\qecho
\qecho '## Views'
select format(E'\n### %s\n\n%s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n%s', o.name, o.meaning, pg_temp.rights(o.id),
              (select string_agg(format('| `%s` | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod), pg_temp.cell(col_description(o.id, a.attnum))), E'\n' order by a.attnum)
                 from pg_attribute a where a.attrelid = o.id and a.attnum > 0 and not a.attisdropped))
  from pg_temp.of_ours('v') o;
\qecho
\qecho '## Tables'
\qecho
\qecho 'They are yours, not members of the extension: add columns, indexes and policies. Where a table has a column `user_id`,'
\qecho 'applications see and write the rows of their user only.'
select format(E'\n### %s\n\n%s\n\n%s\n\n| column | type | default | meaning |\n|---|---|---|---|\n%s', o.name, o.meaning, pg_temp.rights(o.id),
              (select string_agg(format('| `%s` | %s%s | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then '' else ', null' end,
                                        case when a.attidentity <> '' then 'identity' else coalesce('`' || pg_get_expr(d.adbin, d.adrelid) || '`', '') end,
                                        pg_temp.cell(col_description(o.id, a.attnum))), E'\n' order by a.attnum)
                 from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                where a.attrelid = o.id and a.attnum > 0 and not a.attisdropped))
       || (select E'\n\nChecks:\n\n' || string_agg(format('- `%s`: `%s`', c.conname, regexp_replace(pg_get_constraintdef(c.oid), '^CHECK \((.*)\)$', '\1')), E'\n' order by c.conname collate "C")
             from pg_constraint c where c.conrelid = o.id and c.contype = 'c')
  from pg_temp.of_ours('r') o;
\qecho
\qecho '## Servers'
\qecho
select obj_description(oid, 'pg_foreign_data_wrapper') || ': [providers.md](providers.md) describes the kinds and their options.' from pg_foreign_data_wrapper where fdwname = 'debrief';
\qecho
\qecho '| server | is |'
\qecho '|---|---|'
select format('| `%s` | %s |', srvname, pg_temp.cell(regexp_replace(obj_description(oid, 'pg_foreign_server'), '^pg_debrief: ', ''))) from pg_foreign_server order by srvname collate "C";
\qecho
\qecho '## Internal functions'
\qecho
\qecho 'For the workers, triggers and views. They are no interface: any of them may change in any version.'
\qecho
\qecho '| function | does |'
\qecho '|---|---|'
select format('| `%s` | %s |', name, pg_temp.cell(meaning)) from functions where name ~ '^_' order by name collate "C", call collate "C";
rollback;
