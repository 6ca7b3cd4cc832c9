\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- The columns that applications rely on: docs/reference.md. More may stand beside them.
create function pg_temp.has(table_name text, columns text) returns setof text language sql as $$
  select is_empty(format($q$
      select c from string_to_table(%L, ', ') c
       where not exists (select from pg_attribute a
                          where a.attrelid = %L::regclass and not a.attisdropped
                            and c = a.attname || ' ' || format_type(a.atttypid, null) || case when a.attnotnull then '!' else '' end)$q$,
    columns, 'debrief.' || table_name), table_name || ' has the columns of the contract');
$$;
select pg_temp.has(table_name, columns) from (values
  ('video_recordings', 'id bigint!, user_id uuid!, storage_path text!, original_filename text, format text, file_size bigint, duration_seconds numeric, upload_status text!, upload_progress integer!, metadata jsonb!, created_at timestamp with time zone!, updated_at timestamp with time zone!'),
  ('analysis_jobs', 'id bigint!, user_id uuid!, video_recording_id bigint!, status text!, progress_percentage integer!, attempts integer!, last_error text, title text, summary_text text, full_feedback_text text, raw_response jsonb, voice text, processing_started_at timestamp with time zone, processing_completed_at timestamp with time zone, created_at timestamp with time zone!, updated_at timestamp with time zone!'),
  ('analysis_metrics', 'analysis_job_id bigint!, metric_key text!, metric_value numeric!, unit text!, user_id uuid!'),
  ('analysis_feedback', 'id bigint!, analysis_job_id bigint!, user_id uuid!, timestamp_seconds numeric!, category text!, message text!, confidence numeric, impact numeric, ssml_status text!, audio_status text!, ssml_attempts integer!, audio_attempts integer!, ssml_last_error text, audio_last_error text, ssml_updated_at timestamp with time zone!, audio_updated_at timestamp with time zone!, created_at timestamp with time zone!'),
  ('analysis_ssml_segments', 'id bigint!, feedback_id bigint!, segment_index integer!, ssml text!, provider text, version text, created_at timestamp with time zone!, user_id uuid!'),
  ('voices', 'name text!, language text!, provider_voice jsonb!, ssml_instruction text!, speech_instruction text!'),
  ('analysis_audio_segments', 'id bigint!, feedback_id bigint!, segment_index integer!, audio_url text!, storage_path text, format text, duration_ms numeric, provider text, version text, created_at timestamp with time zone!, user_id uuid!')) as t (table_name, columns);
select is_empty('select a.attname from pg_attribute a where a.attrelid = ''debrief.analysis_jobs''::regclass and a.attname ~ ''audio|sound''', 'an analysis has no sound of its own');
select col_is_pk('debrief', t, 'id', t || ' has the key id') from unnest(array['video_recordings', 'analysis_jobs', 'analysis_feedback', 'analysis_ssml_segments', 'analysis_audio_segments']) t;
select col_is_pk('debrief', 'voices', 'name', 'voices has the key name');
select col_is_unique('debrief', t, columns, t || ' is unique by ' || array_to_string(columns, ', ')) from (values
  ('analysis_jobs', array['video_recording_id']::name[]), ('analysis_metrics', array['analysis_job_id', 'metric_key']), ('analysis_ssml_segments', array['feedback_id', 'segment_index']),
  ('analysis_audio_segments', array['feedback_id', 'segment_index'])) as u (t, columns);
select col_default_is('debrief', t, c, d, format('%s.%s is %s at first', t, c, d)) from (values
  ('video_recordings', 'upload_status', 'pending'), ('analysis_jobs', 'status', 'queued'), ('analysis_feedback', 'ssml_status', 'queued'), ('analysis_feedback', 'audio_status', 'queued'),
  ('analysis_ssml_segments', 'provider', 'gemini'), ('analysis_ssml_segments', 'segment_index', '0'), ('analysis_feedback', 'ssml_attempts', '0'), ('analysis_jobs', 'attempts', '0')) as q (t, c, d);
select results_eq($$select format('%s -> %s', conrelid::regclass, confrelid::regclass) from pg_constraint where contype = 'f' and connamespace = 'debrief'::regnamespace and confdeltype = 'c' order by 1$$,
  array['debrief.analysis_audio_segments -> debrief.analysis_feedback', 'debrief.analysis_feedback -> debrief.analysis_jobs', 'debrief.analysis_jobs -> debrief.video_recordings',
        'debrief.analysis_metrics -> debrief.analysis_jobs', 'debrief.analysis_ssml_segments -> debrief.analysis_feedback'], 'what belongs to a recording goes with it');
select is_empty($$select conname from pg_constraint where contype = 'f' and connamespace = 'debrief'::regnamespace and confdeltype <> 'c'$$, 'every foreign key cascades');
select has_index('debrief', t, i, c, format('%s is indexed by %s', t, array_to_string(c, ', '))) from (values
  ('analysis_feedback', 'analysis_feedback_job_idx', array['analysis_job_id']::name[]), ('analysis_feedback', 'analysis_feedback_user_idx', array['user_id', 'created_at']),
  ('analysis_ssml_segments', 'analysis_ssml_segments_user_idx', array['user_id', 'id']), ('analysis_audio_segments', 'analysis_audio_segments_user_idx', array['user_id', 'id'])) as x (t, i, c);
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r'
    and c.relname in (select unnest(array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback', 'analysis_ssml_segments', 'analysis_audio_segments', 'audio_objects']))
    and not (select a.attnotnull from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id')$$, 'every row of the pipeline has an owner');
select pg_temp.spoken() \gset
select throws_ok(format('update debrief.%s', assignment), '23514', null, 'refused: ' || assignment)
  from unnest(array['video_recordings set upload_status = ''done''', 'video_recordings set upload_progress = 101', 'analysis_jobs set status = ''done''', 'analysis_jobs set progress_percentage = 101',
    'analysis_jobs set attempts = -1', 'analysis_feedback set ssml_status = ''done''', 'analysis_feedback set audio_status = ''done''', 'analysis_feedback set confidence = 1.1', 'analysis_feedback set impact = -0.1',
    'analysis_feedback set lease_expires_at = now()',
    'analysis_audio_segments set duration_ms = 0', 'analysis_ssml_segments set segment_index = -1']) assignment;

-- What belongs to whom.
select is_empty($$select d.objid::regclass from pg_depend d where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and d.classid = 'pg_class'::regclass
    and d.refobjid = (select oid from pg_extension where extname = 'pg_debrief')$$, 'tables, views and sequences are the user''s, not members of the extension');
select is_empty($$select srvname from pg_foreign_server s join pg_depend d on d.classid = 'pg_foreign_server'::regclass and d.objid = s.oid and d.deptype = 'e'$$, 'nor are servers');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')$$, 'functions are members of the extension');

-- Comments.
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v', 'S') and obj_description(c.oid, 'pg_class') is null
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0)$$, 'every table, view and sequence of its own has a comment');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and obj_description(p.oid, 'pg_proc') is null$$, 'every function has a comment');
select is_empty($$select c.oid::regclass, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v') and col_description(c.oid, a.attnum) is null$$, 'every column has a comment');
comment on column debrief.voices.name is 'Ours.';
select debrief.update_tables() \g /dev/null
select is(col_description('debrief.voices'::regclass, 1), 'Ours.', 'a user''s own comments are kept');
select is_empty($$select s.srvname::text from pg_foreign_server s where obj_description(s.oid, 'pg_foreign_server') is null
    union all select w.fdwname::text from pg_foreign_data_wrapper w where obj_description(w.oid, 'pg_foreign_data_wrapper') is null
    union all select e.extname::text from pg_extension e where obj_description(e.oid, 'pg_extension') is null$$, 'the extension, its wrapper and its servers have comments');
select is_empty($$select r.rolname from pg_roles r where r.rolname ~ '^debrief_' and shobj_description(r.oid, 'pg_authid') is null$$, 'the roles have comments');

-- Who may run what, and as whom.
select is_empty($$select c.relname from pg_class c, aclexplode(c.relacl) g where c.relnamespace = 'debrief'::regnamespace and g.grantee = 0$$, 'no table, view or sequence is granted to PUBLIC');
select is_empty($$select p.oid::regprocedure from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g where p.pronamespace = 'debrief'::regnamespace and g.grantee = 0$$, 'no function is granted to PUBLIC');
select is_empty($$select 1 from pg_namespace n, aclexplode(n.nspacl) g where n.nspname = 'debrief' and g.grantee = 0
    union all select 2 from pg_foreign_data_wrapper w, aclexplode(w.fdwacl) g where g.grantee = 0
    union all select 3 from pg_foreign_server s, aclexplode(s.srvacl) g where g.grantee = 0
    union all select 4 from pg_attribute a, aclexplode(a.attacl) g where a.attrelid in (select oid from pg_class where relnamespace = 'debrief'::regnamespace) and g.grantee = 0$$,
  'nor are the schema, the wrapper, the servers or any column');
select results_eq($$select p.proname::text collate "default" from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'debrief'::regnamespace and l.lanname in ('sql', 'plpgsql')
      and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false) order by 1$$,
  array['_in_rollout', '_lock_class', '_lock_object', '_queue_rows', '_runs_alone', '_source_hash'], 'every function pins its search_path; six are inlined into those that do');
select is_empty($$select p.proname from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.proname in ('_in_rollout', '_lock_class', '_lock_object', '_runs_alone', '_source_hash')
      and (has_function_privilege('debrief_app', p.oid, 'execute') or p.prosecdef
           or (p.proname <> '_in_rollout' and has_function_privilege('debrief_admin', p.oid, 'execute')))$$, 'and only the worker may call those, or who reads pipeline_status; _queue_rows() has the rights of whoever calls it');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.prosecdef
    and p.proowner <> case p.proname when 'delete_recording' then 'debrief_admin' when '_delete_upload' then 'debrief_admin' when '_prune_analyses' then 'debrief_admin' when 'metrics' then 'debrief_reader' else 'debrief_worker' end::regrole$$, 'SECURITY DEFINER functions run as debrief_worker; those that delete recordings as debrief_admin, metrics() as debrief_reader');
select results_eq($$select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolinherit and rolcanlogin, rolconnlimit, rolbypassrls from pg_roles where rolname = 'debrief_worker'$$,
  $$values (false, false, false, false, true, 0, false)$$, 'debrief_worker is no superuser, and no client can be it');
select is_empty($$select rolname from pg_roles where rolname in ('debrief_outer', 'debrief_admin', 'debrief_reader', 'debrief_monitor', 'debrief_app') and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin or rolbypassrls)$$, 'the other roles have no rights of their own');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'debrief'::regnamespace and p.proname ~ '^_install|^_adopt' and has_function_privilege('debrief_worker', p.oid, 'execute')$$, 'the worker cannot install');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)$$, 'views show what their reader may see');

-- Made again, nothing changes: the functions of the installation are safe to repeat.
select lives_ok('select debrief._install_tables(), debrief._install_views(), debrief._install_access()', 'tables, views and grants may be made again');
alter table debrief.voices rename column language to tongue;
select throws_ok('select debrief._install_tables()', '42703', 'table debrief.voices exists and lacks: language', 'a table that lacks a column is refused');
alter table debrief.voices rename column tongue to language;
alter table debrief.voices owner to debrief_app;
select throws_ok('select debrief._install_tables()', '42501', 'table debrief.voices exists and belongs to another role', 'a table of another role is refused');

select * from finish();
rollback;
