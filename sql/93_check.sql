-- check_installation() and its parts.

create or replace function debrief._check_versions() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.object, c.problem, c.fix
    from debrief.version() v
   cross join lateral (values
     ('library', v.library !~ ('^' || replace(v.sql, '.', '[.]') || '([.]|$)'),
      format('is of version %s, the functions are of %s', v.library, v.sql),
      'Restart the server, if the files of the other version are installed; ALTER EXTENSION pg_debrief UPDATE;'),
     ('tables', v.tables is distinct from v.sql,
      format('are of version %s, the functions are of %s', coalesce(v.tables, 'none'), v.sql),
      case when v.tables ~ '^[0-9]+[.][0-9]+$' and v.sql ~ '^[0-9]+[.][0-9]+$'
                and string_to_array(v.tables, '.')::int[] > string_to_array(v.sql, '.')::int[]
           then format('ALTER EXTENSION pg_debrief UPDATE TO %L;', v.tables)
           when v.tables is null then 'select debrief.update_tables();'
           else format('ALTER EXTENSION pg_debrief UPDATE TO %L; ALTER EXTENSION pg_debrief UPDATE;', v.tables) end))
     as c (object, holds, problem, fix)
   where c.holds;
$$;
comment on function debrief._check_versions() is 'check_installation(): library, functions and tables should be of one version.';
grant execute on function debrief._check_versions() to debrief_reader, debrief_admin;

create or replace function debrief._check_access() returns table (object text, problem text, fix text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with members as (
    select d.classid, d.objid from pg_depend d join pg_extension x on x.oid = d.refobjid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and x.extname = 'pg_debrief')
  -- Missing grants are reported elsewhere.
  select 'role debrief_worker', 'may not connect to this database', format('grant connect on database %I to debrief_worker;', current_database())
    from pg_roles r where r.rolname = 'debrief_worker' and not has_database_privilege(r.oid, current_database(), 'connect')
  union all
  select 'grant on ' || c.relation, format('PUBLIC has %s', c.definition),
         format('revoke all%s on %s from public;', (select ' (' || string_agg(m[1], ', ') || ')' from regexp_matches(c.definition, '[(]([[:alnum:]_]+)[)]', 'g') m), c.relation)
    from debrief._catalog() c
   where c.kind = 'grant' and c.name = 'public'
     and (c.relation !~ '^debrief[.]' or exists (select from debrief._expected() e where e.relation = c.relation))
  union all
  select c.kind || ' ' || c.relation, 'belongs to the extension: DROP EXTENSION would take its data along',
         format('alter extension pg_debrief drop %s %s;', c.kind, c.relation)
    from debrief._catalog() c
    join members m on m.classid = 'pg_class'::regclass and m.objid = to_regclass(c.relation)
   where c.kind in ('table', 'view', 'sequence');
$$;
comment on function debrief._check_access() is 'check_installation(): what PUBLIC may do, what belongs to the extension.';
grant execute on function debrief._check_access() to debrief_reader, debrief_admin;

create or replace function debrief._check_processes() returns table (object text, problem text, fix text)
language sql
set search_path = pg_catalog, pg_temp
as $$
  select p.object, p.reason, p.hint from debrief._process_problems() p where p.object is not null;
$$;
comment on function debrief._check_processes() is 'check_installation(): launcher and workers.';
grant execute on function debrief._check_processes() to debrief_reader, debrief_admin;

create or replace function debrief._check_stages() returns table (object text, problem text, fix text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query
  select distinct case h.state when 'copy' then 'database' else 'stage ' || h.stage end, concat_ws(': ', h.state, h.reason),
         coalesce(debrief._key_file_fix(h.reason), substring(h.hint from '^[A-Z]+ .*;'), h.hint)
    from (select distinct on (a.stage) a.* from debrief._stage_holds() a
           where not a.is_process order by a.stage, a.rank) h
   order by 1;
  -- Indexes only: tables may be large.
  return query
  select u.object, format('%s queued rows were written while triggers were off: no worker sees them', u.rows), u.fix
    from (select 'debrief.analysis_jobs', (select count(*) from debrief.analysis_jobs j where j.status = 'queued' and j.due_at is null and not j.bulk),
                 'SELECT debrief.retry_analysis(j.id) FROM debrief.analysis_jobs j WHERE j.status = ''queued'' AND j.due_at IS NULL AND NOT j.bulk;'
          union all
          select 'debrief.analysis_feedback',
                 (select count(*) from debrief.analysis_feedback f
                   where ((f.ssml_status = 'queued' and f.ssml_due_at is null)
                          or (f.ssml_status = 'completed' and f.audio_status = 'queued' and f.audio_due_at is null))
                     and not debrief._is_blank(f.message)),
                 'SELECT debrief.retry_feedback(f.id) FROM debrief.analysis_feedback f WHERE NOT debrief._is_blank(f.message) '
                 'AND ((f.ssml_status = ''queued'' AND f.ssml_due_at IS NULL) OR (f.ssml_status = ''completed'' AND f.audio_status = ''queued'' AND f.audio_due_at IS NULL));')
         as u (object, rows, fix)
   where u.rows > 0;
  return query
  select 'stage ' || a.stage,
         format('%s queued rows wait because the database refuses to change them, for example row %s: %s', count(distinct a.row_id), min(a.row_id),
                min(to_jsonb(a.*) ->> 'detail')),  -- a column that older tables do not have
         'Fix what refuses them, a trigger or a constraint; then SELECT pg_reload_conf();'
    from debrief.attempts a
   -- By its index, for which clock_timestamp() is no condition.
   where a.finished_at > now() - interval '1 hour' and a.next_attempt_at > clock_timestamp()
     and a.code = 'row_not_readable' and a.disposition = 'deferred'
     and exists (select from debrief._queue_rows() q where q.stage = a.stage and q.id = a.row_id and q.due_at <= clock_timestamp())
   group by a.stage order by 1;
  return query
  select 'clock', format('rows of debrief.%s are dated %s: the clock went back', t.name, t.newest),
         'Set the clock right. Rows queued in the meantime become due at their time.'
    from (values ('analysis_jobs', (select max(j.created_at) from debrief.analysis_jobs j where j.due_at > clock_timestamp())),
                 ('analysis_feedback', (select max(f.created_at) from debrief.analysis_feedback f
                                         where f.ssml_due_at > clock_timestamp() or f.audio_due_at > clock_timestamp())),
                 ('attempts', (select max(a.finished_at) from debrief.attempts a))) as t (name, newest)
   where t.newest > clock_timestamp() + interval '1 minute';
exception when others then  -- what is missing is in other rows
  return query select 'stages', 'cannot be checked: ' || sqlerrm, 'select * from debrief.check_installation();';
end $$;
comment on function debrief._check_stages() is 'check_installation(): stages and their servers, rows that no worker can take, and rows of the future.';
grant execute on function debrief._check_stages() to debrief_reader, debrief_admin;

create or replace function debrief.check_installation() returns table (object text, problem text, fix text)
language plpgsql
set search_path = pg_catalog, pg_temp set quote_all_identifiers = off  -- names are compared
as $$
#variable_conflict use_variable
declare
  old_tables boolean;
begin
  return query select * from debrief._check_versions();
  return query select * from debrief._check_roles();
  return query select * from debrief._check_access();
  return query select * from debrief._check_policies();
  return query select * from debrief._check_grantees();
  return query select * from debrief._check_owners();
  return query select * from debrief._check_inheritance();
  return query select * from debrief._check_distribution();
  old_tables := (select v.tables is distinct from v.sql from debrief.version() v);
  return query
  select d.object, d.problem, d.fix from debrief._differences() d
   -- What an update or update_tables() creates.
   where not (old_tables and d.is_missing and d.kind in ('table', 'view', 'trigger', 'row security', 'policy'));
  return query select * from debrief._check_processes();
  return query select * from debrief._check_stages();
end $$;
comment on function debrief.check_installation() is
  'Every difference between this installation and a good one of this version, with the command that fixes it; no row when all is well. Your own columns, indexes, policies, triggers and grants to read are not reported';
grant execute on function debrief.check_installation() to debrief_reader, debrief_admin;
