-- Row level security and grants on tables. Functions are granted where they are defined.

-- ALTER DEFAULT PRIVILEGES of the installing role grants on each object that it makes. A row of pg_depend that
-- this transaction wrote is that of a new object: what is granted on older ones is the user's.
create or replace function debrief._revoke_default_privileges(kinds text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  revoked record;
begin
  for revoked in
    select distinct o.name, coalesce(quote_ident(r.rolname), 'public') as grantee
      from (select case c.relkind when 'S' then 'S' else 'r' end as acl_kind, c.relkind::text as kind,
                   case c.relkind when 'S' then 'sequence ' else 'table ' end || c.oid::regclass as name, 'pg_class'::regclass as class, c.oid
              from pg_class c where c.relnamespace = 'debrief'::regnamespace and c.relkind in ('r', 'v', 'S')
            union all
            select 'f', 'f', 'function ' || p.oid::regprocedure, 'pg_proc'::regclass, p.oid from pg_proc p where p.pronamespace = 'debrief'::regnamespace) o
      join pg_default_acl d on d.defaclobjtype::text = o.acl_kind and d.defaclrole = current_user::regrole
                           and d.defaclnamespace in (0, 'debrief'::regnamespace)
     cross join aclexplode(d.defaclacl) a
      left join pg_roles r on r.oid = a.grantee
     where position(o.kind in kinds) > 0 and a.grantee <> d.defaclrole
       and exists (select from pg_depend n where n.classid = o.class and n.objid = o.oid and n.refclassid = 'pg_namespace'::regclass and age(n.xmin) <= 0)
       -- Grants on functions stand with their definition, those on tables come later.
       and not exists (select from debrief._expected() e where o.kind = 'f' and e.kind = 'grant' and e.relation = o.name and e.name = r.rolname)
  loop
    execute format('revoke all on %s from %s', revoked.name, revoked.grantee);
  end loop;
end $$;
comment on function debrief._revoke_default_privileges(text) is
  'Takes away what ALTER DEFAULT PRIVILEGES granted on objects that this transaction made; of kinds r (tables), v, S and f.';

-- Not by membership: who is a member of debrief_worker owns its functions too, and could change them.
create or replace function debrief._grant_outer() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  granted record;
begin
  for granted in
    select 'execute' as privileges, 'function ' || p.oid::regprocedure as name
      from pg_proc p
     where p.pronamespace = 'debrief'::regnamespace and has_function_privilege('debrief_worker', p.oid, 'execute')
       and not has_function_privilege('debrief_outer', p.oid, 'execute')
    union all
    select string_agg(a.privilege_type, ', '), case c.relkind when 'S' then 'sequence ' else 'table ' end || c.oid::regclass
      from pg_class c cross join aclexplode(c.relacl) a
     where c.relnamespace = 'debrief'::regnamespace and a.grantee = 'debrief_worker'::regrole
     group by c.oid, c.relkind
    union all
    select string_agg(format('%s (%I)', x.privilege_type, a.attname), ', '), 'table ' || a.attrelid::regclass
      from pg_class c join pg_attribute a on a.attrelid = c.oid cross join aclexplode(a.attacl) x
     where c.relnamespace = 'debrief'::regnamespace and x.grantee = 'debrief_worker'::regrole and not a.attisdropped
     group by a.attrelid
  loop
    execute format('grant %s on %s to debrief_outer', granted.privileges, granted.name);
  end loop;
end $$;
comment on function debrief._grant_outer() is
  'Grants debrief_outer what debrief_worker has on tables, sequences and functions; may be run again.';

create or replace function debrief._install_access() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
declare
  owned text;
begin
  -- Policies: owners see their own rows, workers, operators and readers all rows. The grants below say
  -- which columns and commands.
  foreach owned in array array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback',
                               'analysis_ssml_segments', 'analysis_audio_segments', 'audio_objects', 'attempts']
                         || array(select l.queue from debrief._stages() l where l.is_optional) loop
    execute format('alter table debrief.%I enable row level security', owned);
    execute format('drop policy if exists workers on debrief.%I', owned);
    execute format('create policy workers on debrief.%I to debrief_worker, debrief_outer using (true) with check (true)', owned);
    execute format('drop policy if exists operators on debrief.%I', owned);
    execute format('create policy operators on debrief.%I to debrief_admin using (true) with check (true)', owned);
    execute format('drop policy if exists readers on debrief.%I', owned);
    execute format('create policy readers on debrief.%I for select to debrief_reader using (true)', owned);
    execute format('drop policy if exists owners on debrief.%I', owned);
    execute format('create policy owners on debrief.%I to debrief_app using (user_id = (select debrief.current_user_id())) '
                   'with check (user_id = (select debrief.current_user_id()))', owned);
  end loop;
  -- A user's path must begin with their id: otherwise they could have another user's video analysed.
  drop policy if exists own_paths on debrief.video_recordings;
  create policy own_paths on debrief.video_recordings as restrictive to debrief_app
    using (true)
    with check (storage_path = '' or starts_with(storage_path, user_id::text || '/')
                or pg_has_role(current_user, 'debrief_admin', 'usage'));
  drop policy if exists own_jobs on debrief.analysis_feedback;
  create policy own_jobs on debrief.analysis_feedback as restrictive to debrief_app
    using (true)
    with check (exists (select from debrief.analysis_jobs j where j.id = analysis_feedback.analysis_job_id and j.user_id = analysis_feedback.user_id));

  revoke all on all tables in schema debrief from public;
  revoke all on all sequences in schema debrief from public;

  grant select on debrief.video_recordings, debrief.analysis_jobs, debrief.analysis_metrics, debrief.analysis_feedback,
    debrief.analysis_ssml_segments, debrief.analysis_audio_segments, debrief.audio_objects, debrief.voices,
    debrief.feedback_status, debrief.failures
    to debrief_app, debrief_reader, debrief_admin;
  grant select on debrief.stages, debrief.server_states, debrief.stage_states, debrief.installation,
    debrief.attempts, debrief.object_deletions, debrief.removed_sources,
    debrief.server_limits, debrief.server_usage, debrief.user_usage, debrief.usage,
    debrief.pipeline_status, debrief.worker_status, debrief.stage_status, debrief.limits, debrief.operations
    to debrief_reader, debrief_admin;
  -- Counts, states and times only.
  grant select on debrief.pipeline_minutes, debrief.pipeline_hours, debrief.outages, debrief.latency, debrief.slo
    to debrief_monitor, debrief_reader, debrief_admin;
  grant delete on debrief.pipeline_minutes, debrief.pipeline_hours to debrief_admin;

  grant insert (user_id, storage_path, original_filename, format, file_size, duration_seconds, upload_status,
                upload_progress, source, metadata, not_before, bulk),
        update (storage_path, original_filename, format, file_size, duration_seconds, upload_status, upload_progress, metadata)
    on debrief.video_recordings to debrief_app, debrief_admin;
  grant delete on debrief.video_recordings to debrief_admin;
  grant update (user_rating) on debrief.analysis_feedback to debrief_app;

  grant insert (analysis_job_id, timestamp_seconds, category, message, confidence, impact, not_before),
        update (timestamp_seconds, category, message, confidence, impact, ssml_status, audio_status, user_rating), delete
    on debrief.analysis_feedback to debrief_admin;
  grant delete on debrief.analysis_jobs, debrief.attempts, debrief.audio_objects, debrief.object_deletions to debrief_admin;
  grant insert, update, delete on debrief.voices to debrief_admin;
  grant insert, update, delete on debrief.stages to debrief_admin;
  grant insert, update, delete on debrief.server_states to debrief_admin;
  grant delete on debrief.server_limits, debrief.server_usage, debrief.user_usage to debrief_admin;
  grant insert (system_identifier, database_oid), update (system_identifier, database_oid, installed_at) on debrief.installation to debrief_admin;

  grant select on all tables in schema debrief to debrief_worker;
  grant usage on sequence debrief.claim_token_seq to debrief_worker;
  grant update (system_identifier) on debrief.installation to debrief_worker;
  grant update (keep_until) on debrief.analysis_jobs to debrief_admin;
  grant insert, delete on debrief.removed_sources to debrief_admin;
  grant insert (video_recording_id),
        update (voice, voice_snapshot, status, progress_percentage, attempts, unproven, unproven_at, asked_at, last_error, error_code,
                title, summary_text, full_feedback_text, raw_response, provider, version, correlation_id, due_at, claim_token, claimed_by,
                lease_expires_at, exchange_server, exchange_state, processing_started_at, processing_completed_at, updated_at)
    on debrief.analysis_jobs to debrief_worker;
  grant insert (analysis_job_id, user_id, timestamp_seconds, category, message, confidence, impact, from_analysis),
        update (ssml_status, audio_status, ssml_attempts, audio_attempts, unproven, unproven_at, asked_at,
                ssml_last_error, audio_last_error, ssml_error_code, audio_error_code, ssml_updated_at, audio_updated_at, ssml_due_at, audio_due_at,
                claim_token, claimed_by, lease_expires_at, dismissed_at), delete
    on debrief.analysis_feedback to debrief_worker;
  grant insert, delete on debrief.analysis_metrics, debrief.analysis_ssml_segments, debrief.audio_objects, debrief.attempts
    to debrief_worker;
  grant insert, update, delete on debrief.analysis_audio_segments, debrief.object_deletions, debrief.server_states,
    debrief.stage_states, debrief.outages, debrief.server_limits, debrief.server_usage, debrief.user_usage,
    debrief.pipeline_minutes, debrief.pipeline_hours, debrief.operations
    to debrief_worker;
  grant usage on sequence debrief.analysis_ssml_segments_id_seq to debrief_worker;
  perform debrief._install_optional('access');
  perform debrief._grant_outer();
end $install$;
comment on function debrief._install_access() is 'Row-level security and all grants on tables; may be run again.';
