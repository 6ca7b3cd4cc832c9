\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Walks the catalog of schema debrief. What is here is compared with what is written below: a new object, grant or
-- definer makes this file fail until somebody has looked at it.

-- 1. Nothing for PUBLIC, now or by default.
create view pg_temp.granted as
  select case c.relkind when 'S' then 'sequence' else 'table' end as kind, c.oid::regclass::text as object, c.relowner as owner, g.*
    from pg_class c, aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) g
   where c.relnamespace = 'debrief'::regnamespace and c.relkind not in ('i', 'I', 't')
  union all
  select 'column', format('%s.%I', a.attrelid::regclass, a.attname), c.relowner, g.*
    from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) g where c.relnamespace = 'debrief'::regnamespace
  union all
  select 'function', f.oid::regprocedure::text, f.proowner, g.* from pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) g
   where f.pronamespace = 'debrief'::regnamespace
  union all
  select 'schema', n.nspname, n.nspowner, g.* from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) g where n.nspname = 'debrief'
  union all
  select 'wrapper', w.fdwname, w.fdwowner, g.* from pg_foreign_data_wrapper w, aclexplode(coalesce(w.fdwacl, acldefault('F', w.fdwowner))) g where w.fdwname = 'debrief'
  union all
  select 'server', s.srvname, s.srvowner, g.* from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw,
         aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) g where w.fdwname = 'debrief';
select is((select count(distinct kind) from pg_temp.granted), 7::bigint, 'seven kinds of object are looked at');
select is_empty('select kind, object, privilege_type from pg_temp.granted where grantee = 0', 'nothing is granted to PUBLIC');
select is_empty('select kind, object, grantee::regrole from pg_temp.granted where is_grantable and grantee <> owner', 'nobody may hand on what he was granted');
select is_empty('select kind, object, grantee::regrole from pg_temp.granted where grantee <> owner and grantee::regrole::text not in (''debrief_worker'', ''debrief_outer'', ''debrief_admin'', ''debrief_reader'', ''debrief_monitor'', ''debrief_app'')', 'only the six roles are granted anything');
select is_empty($$select defaclobjtype from pg_default_acl where defaclnamespace in (0, 'debrief'::regnamespace)$$, 'no default privileges grant what comes later');
select is_empty($$select t.typname from pg_type t where t.typnamespace = 'debrief'::regnamespace and t.typrelid = 0 and t.typelem = 0$$, 'there are no types but those of tables, which are of no use without USAGE on the schema');
select is_empty($$select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where c.relnamespace = 'debrief'::regnamespace and r.rolname ~ '^debrief_'$$, 'no role of ours owns a table');

-- 2. SECURITY DEFINER: each with its reason.
create temp table definer_reasons (name text primary key, reason text not null);
insert into definer_reasons values
  ('_kickoff', 'who completes an upload may not write jobs'),
  ('_object_unreferenced', 'a user''s own DELETE cascades to sounds, whose objects he may not have deleted by himself'),
  ('_objects_truncated', 'the same for TRUNCATE by the tables'' owner'),
  ('_exchange_ended', 'the same for files that a provider was lent'),
  ('start_analysis', 'the owner of a recording may not write jobs'),
  ('retry_analysis', 'the owner of a job may not write its status'),
  ('retry_feedback', 'the owner of feedback may not write its status'),
  ('retry_failed', 'the same for many rows'),
  ('cancel_queued', 'the same for many rows'),
  ('set_voice', 'the same for the voice of an analysis'),
  ('explain', 'what an item waits for is in tables that owners do not read'), ('explain_analysis', 'the same'),
  ('explain_delivery', 'the same, for operators and readers'), ('retry_delivery', 'operators may not write the columns of the queue'), ('cancel_delivery', 'the same'),
  ('_deliveries_deleted', 'a user''s own DELETE cascades to an analysis, whose deliveries he may not delete by himself'),
  ('cancel_feedback', 'the same'),
  ('cancel_analysis', 'the same'),
  ('_prune_analyses', 'workers remove what retention does not keep, and no other recording'), ('_erase_operations', 'nobody may change the log of operations but to forget a user'),
  ('_was_removed', 'applications see nothing else of removed_sources'),
  ('delete_recording', 'who may delete from a table may lock it'), ('_delete_upload', 'the same'),
  ('_hasten', 'operators resume servers, and may not write when a row is due'),
  ('_stop_outage_clock', 'operators pause and resume, and may not write outages'),
  ('_quota_changed', 'operators set quotas, and may not write when a row is due'),
  ('dismiss_feedback', 'applications may not write feedback'),
  ('_log_operation', 'nobody may write the log of operations by themselves'), ('_log_change', 'the same'), ('_log_server_command', 'the same'),
  ('metrics', 'monitoring sees counts, and not the rows that are counted'),
  ('store_analysis_results', 'operators may write feedback and not the columns of the queue');
select set_eq($$select proname::text from pg_proc where pronamespace = 'debrief'::regnamespace and prosecdef$$, 'select name from definer_reasons', 'SECURITY DEFINER functions are those that have a reason to be');
select is_empty($$select p.oid::regprocedure from pg_proc p join pg_roles r on r.oid = p.proowner where p.pronamespace = 'debrief'::regnamespace and p.prosecdef
    and (r.rolsuper or r.rolname <> case p.proname when 'delete_recording' then 'debrief_admin' when '_delete_upload' then 'debrief_admin' when '_prune_analyses' then 'debrief_admin' when 'metrics' then 'debrief_reader' else 'debrief_worker' end)$$, 'they run as debrief_worker, those that delete recordings as debrief_admin, metrics() as debrief_reader, none as a superuser');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.prosecdef and p.proconfig is distinct from array['search_path=pg_catalog, pg_temp', 'row_security=on']$$, 'with a search_path of their own, and row security');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.prosecdef and not (
    p.prorettype = 'trigger'::regtype or p.prosrc ~ '(_may_act_on|_check_owner|_lock_rows)\(' or p.proname = '_was_removed' or not has_function_privilege('debrief_app', p.oid, 'execute'))$$, 'and ask whose row it is, unless they are triggers, for operators, or name no user');

-- 3. No function is at the mercy of its caller's search_path.
create temp table unpinned as
  select p.oid, p.oid::regprocedure::text as name, l.lanname, p.prosecdef,
         regexp_replace(regexp_replace(p.prosrc, '''[^'']*''', '', 'g'), 'operator\(pg_catalog\.[^)]+\)', ' ', 'g') as body
    from pg_proc p join pg_language l on l.oid = p.prolang
   where p.pronamespace = 'debrief'::regnamespace and l.lanname <> 'c' and p.prokind <> 'a' and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false);
select results_eq('select name collate "C" from unpinned order by 1', array['debrief._in_rollout(uuid,integer)', 'debrief._lock_class()', 'debrief._lock_object(bigint)', 'debrief._queue_rows()', 'debrief._runs_alone(text,integer,integer)',
  'debrief._source_hash(text,jsonb,text)']::text[] collate "C", 'every function pins its search_path, but six that are inlined');
select is_empty('select name from unpinned where lanname <> ''sql'' or prosecdef or body ~ '';[[:space:]]*[^[:space:]]''', 'those are one expression each');
select is_empty($$select name, c.hit[1] from unpinned, regexp_matches(body, '(?<!pg_catalog\.)\m([a-z_0-9]+)[[:space:]]*\(', 'gi') as c (hit) where lower(c.hit[1]) not in ('coalesce', 'least', 'greatest', 'select')$$, 'that names the schema of each function');
select is_empty($$select name, o.hit[1] from unpinned, regexp_matches(replace(body, '::', ' cast '), '([-+*/<>=~!@#%^&|`?]+)', 'g') as o (hit)$$, 'and of each operator');
select is_empty($$select name, t.hit[1] from unpinned, regexp_matches(body, '::[[:space:]]*([a-z_0-9.]+)', 'gi') as t (hit) where t.hit[1] !~ '^(pg_catalog\.[a-z0-9]+|int|bigint|boolean|numeric)$'$$, 'and of each type that is no word of the grammar');
select is_empty($$select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = 'debrief'::regnamespace and l.lanname = 'internal' and p.prokind <> 'a'$$, 'none is internal');

-- 4. Tables: by row where rows have owners, by role where not.
select is_empty($$select c.oid::regclass from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and not c.relrowsecurity
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped)$$, 'tables with owners have row level security');
select is_empty($$select c.oid::regclass, r from pg_class c, unnest(array['debrief_app', 'debrief_admin', 'debrief_reader']) r where c.relnamespace = 'debrief'::regnamespace and c.relrowsecurity
    and not exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive and r::regrole = any (p.polroles))$$, 'and a policy for each role');
select is_empty($$select c.oid::regclass, p.polname from pg_class c join pg_policy p on p.polrelid = c.oid where c.relnamespace = 'debrief'::regnamespace and 0 = any (p.polroles)$$, 'and none for PUBLIC');
select is_empty($$select c.oid::regclass from pg_class c, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
   where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and not c.relrowsecurity and not (c.relname = 'voices' and p = 'SELECT')
     and (has_table_privilege('debrief_app', c.oid, p) or (p in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege('debrief_app', c.oid, p)))$$, 'the other tables are for operators; applications may read voices');
select is_empty($$select object, grantee::regrole, privilege_type from pg_temp.granted where kind in ('table', 'column') and grantee <> owner and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')$$, 'nobody is granted what goes round policies');
select is_empty($$select c.oid::regclass from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('v', 'm') and not coalesce(c.reloptions @> array['security_invoker=true'], false)$$, 'views look with the eyes of who asks');
select is_empty($$select c.oid::regclass, c.relkind from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind not in ('r', 'v', 'S', 'i', 'I', 't', 'c')$$, 'there are tables, views and sequences, nothing else');
select is_empty($$select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid where c.relnamespace = 'debrief'::regnamespace and not t.tgisinternal and p.pronamespace <> 'debrief'::regnamespace$$, 'triggers run functions of ours only');
select is_empty($$select r.rulename from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = 'debrief'::regnamespace and c.relkind <> 'v'$$, 'no rules');

-- 5. Roles.
select results_eq($$select rolname::text collate "C", rolsuper or rolcreaterole or rolcreatedb or rolreplication, rolcanlogin, rolconnlimit, rolbypassrls, rolinherit from pg_roles where rolname ~ '^debrief_' order by 1$$,
  $$values ('debrief_admin' collate "C", false, false, -1, false, true), ('debrief_app', false, false, -1, false, true), ('debrief_monitor', false, false, -1, false, true), ('debrief_outer', false, false, -1, false, true), ('debrief_reader', false, false, -1, false, true), ('debrief_worker', false, true, 0, false, true)$$,
  'no role has more power than its grants, and no client can be debrief_worker');
select is_empty($$select m.roleid::regrole, m.member::regrole from pg_auth_members m where m.member::regrole::text ~ '^debrief_' or m.roleid::regrole::text = 'debrief_worker'$$, 'the roles are members of nothing, and nobody is debrief_worker');
select is_empty($$select 1 from pg_db_role_setting where setrole::regrole::text ~ '^debrief_'$$, 'the roles have no settings');

-- 6. The written list: what each role was granted, and what rows it then sees. Columns are named where not all are granted.
select '# ' || line from (
  select format('%s: %s on %s%s', g.grantee::regrole, string_agg(distinct lower(g.privilege_type), ', ' order by lower(g.privilege_type)),
                case g.kind when 'table' then '' else g.kind || ' ' end, g.object) collate "C" as line
    from pg_temp.granted g where g.kind <> 'column' and g.grantee <> g.owner group by g.grantee, g.kind, g.object
  union all
  select format('%s: %s on %s (%s)', g.grantee::regrole, lower(g.privilege_type), a.attrelid::regclass, string_agg(a.attname, ', ' order by a.attname collate "C"))
    from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) g
   where c.relnamespace = 'debrief'::regnamespace and g.grantee <> c.relowner group by g.grantee, g.privilege_type, a.attrelid
  union all
  select format('policy %s on %s: %s %s to %s using %s check %s', p.polname, p.polrelid::regclass, case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
                array_to_string(p.polroles::regrole[], ', '), pg_get_expr(p.polqual, p.polrelid), coalesce(regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\s+', ' ', 'g'), '-'))
    from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'debrief'::regnamespace) l
 order by line;

select * from finish();
rollback;
