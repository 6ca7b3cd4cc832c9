-- 2. Views under the predecessor's names, for clients that know no others
--
-- Made in a schema of the user's choice, and theirs: no member of the extension, and nothing in them
-- depends on it but the INSTEAD OF triggers' bodies, which are strings.

create or replace function debrief.create_predecessor_views(target_schema name default 'public') returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  taken text;
begin
  perform debrief._owns_tables();
  select string_agg(format('%I.%I', target_schema, w.name), ', ') into taken
    from unnest(array['video_recordings', 'analysis_jobs', 'analyses', 'analysis_feedback', 'analysis_ssml_segments',
                      'analysis_audio_segments', 'analysis_metrics']) w (name)
    join pg_class c on c.oid = to_regclass(format('%I.%I', target_schema, w.name)) and c.relkind <> 'v';
  if taken is not null then
    raise exception 'these are no views: %', taken using errcode = 'duplicate_table',
      hint = 'Move the old tables to another schema first: CREATE SCHEMA old; ALTER TABLE ... SET SCHEMA old;';
  end if;
  if to_regnamespace(quote_ident(target_schema)) is null then
    execute format('create schema %I', target_schema);
  end if;
  perform debrief._predecessor_tables(), debrief._predecessor_access();
  perform debrief._predecessor_recordings(target_schema), debrief._predecessor_jobs(target_schema),
          debrief._predecessor_feedback(target_schema), debrief._predecessor_functions(target_schema),
          debrief._predecessor_view_access(target_schema);
end $$;
comment on function debrief.create_predecessor_views(name) is
  'Makes views and functions under the names that clients of the predecessor use, over the tables of pg_debrief. May be run again. docs/migrate.md';

create or replace function debrief._predecessor_recordings(target_schema name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $make$
begin
  execute format($view$
    create or replace view %1$I.video_recordings with (security_invoker = true) as
    select r.id, r.user_id, coalesce(r.metadata ->> 'filename', substring(r.storage_path from '[^/]*$'), '') as filename,
           r.original_filename, r.file_size, r.duration_seconds, r.format, r.storage_path, r.upload_status, r.upload_progress,
           r.metadata, r.created_at, r.updated_at, r.metadata ->> 'thumbnail_url' as thumbnail_url
      from debrief.video_recordings r;
    comment on view %1$I.video_recordings is 'debrief.video_recordings, as clients of the predecessor know it';

    create or replace function %1$I.video_recordings_write() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if tg_op = 'DELETE' then
        perform debrief.delete_recording(old.id);
        return old;
      end if;
      new.metadata := coalesce(new.metadata, '{}')
        || jsonb_strip_nulls(jsonb_build_object('filename', new.filename, 'thumbnail_url', new.thumbnail_url));
      if tg_op = 'INSERT' then
        insert into debrief.video_recordings as r
               (user_id, storage_path, original_filename, format, file_size, duration_seconds, upload_status, upload_progress, metadata)
        values (new.user_id, coalesce(new.storage_path, ''), new.original_filename, new.format, new.file_size, new.duration_seconds,
                coalesce(new.upload_status, 'pending'), coalesce(new.upload_progress, 0), new.metadata)
        returning r.id, r.user_id, r.storage_path, r.upload_status, r.upload_progress, r.created_at, r.updated_at
             into new.id, new.user_id, new.storage_path, new.upload_status, new.upload_progress, new.created_at, new.updated_at;
        return new;
      elsif new.id <> old.id or new.user_id <> old.user_id then
        raise exception 'id and user_id cannot change' using errcode = 'invalid_parameter_value';
      end if;
      update debrief.video_recordings r
         set storage_path = new.storage_path, original_filename = new.original_filename, format = new.format, file_size = new.file_size,
             duration_seconds = new.duration_seconds, upload_status = new.upload_status, upload_progress = new.upload_progress,
             metadata = new.metadata
       where r.id = old.id
      returning r.updated_at into new.updated_at;
      return new;
    end $body$;
    revoke all on function %1$I.video_recordings_write() from public;
    create or replace trigger video_recordings_write instead of insert or update or delete on %1$I.video_recordings
      for each row execute function %1$I.video_recordings_write()
  $view$, target_schema);
end $make$;
comment on function debrief._predecessor_recordings(name) is 'Makes the view video_recordings, and what writes through it.';

create or replace function debrief._predecessor_jobs(target_schema name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $make$
begin
  execute format($view$
    create or replace view %1$I.analysis_jobs with (security_invoker = true) as
    select j.id, j.user_id, j.video_recording_id, case when speaking then 'analysis_complete' else j.status end as status,
           case when speaking then 80 else j.progress_percentage end as progress_percentage,
           j.processing_started_at, j.processing_completed_at, j.last_error as error_message,
           coalesce(p.kept -> 'results', '{}') as results, coalesce(p.kept -> 'pose_data', '{}') as pose_data, j.created_at, j.updated_at,
           (extract(epoch from j.processing_completed_at - j.processing_started_at) * 1000)::bigint as processing_time_ms,
           p.kept ->> 'video_source_type' as video_source_type,
           coalesce(p.kept ->> 'coach_gender', substring(j.voice from '^(male|female)/')) as coach_gender,
           coalesce(p.kept ->> 'coach_mode', substring(j.voice from '^(?:male|female)/(.+)')) as coach_mode,
           p.kept ->> 'voice_name_used' as voice_name_used, p.kept ->> 'avatar_asset_key_used' as avatar_asset_key_used
      from debrief.analysis_jobs j
      left join debrief.predecessor_analyses p on p.job_id = j.id
     cross join lateral (
       select j.status = 'completed' and exists (
         select from debrief.analysis_feedback f
          where f.analysis_job_id = j.id and (f.ssml_due_at is not null or f.audio_due_at is not null
                or 'processing' in (f.ssml_status, f.audio_status))) as speaking) s;
    comment on view %1$I.analysis_jobs is 'debrief.analysis_jobs; analysis_complete while its feedback is being spoken';

    create or replace function %1$I.analysis_jobs_insert() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    declare
      job constant bigint := (debrief.start_analysis(new.video_recording_id)).analysis_job_id;
    begin
      select v.* into new from %1$I.analysis_jobs v where v.id = job;
      return new;
    end $body$;
    revoke all on function %1$I.analysis_jobs_insert() from public;
    create or replace trigger analysis_jobs_insert instead of insert on %1$I.analysis_jobs
      for each row execute function %1$I.analysis_jobs_insert();

    create or replace view %1$I.analyses with (security_invoker = true) as
    select p.id, p.job_id, j.created_at, j.updated_at, j.full_feedback_text, j.summary_text,
           j.raw_response ->> 'raw_generated_text' as raw_generated_text, j.raw_response -> 'full_feedback_json' as full_feedback_json,
           j.raw_response ->> 'feedback_prompt' as feedback_prompt, j.title, p.user_rating, p.user_rating_at
      from debrief.predecessor_analyses p
      join debrief.analysis_jobs j on j.id = p.job_id;
    comment on view %1$I.analyses is 'The results of debrief.analysis_jobs under their uuids; the ratings may be written';

    create or replace function %1$I.analyses_rate() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      update debrief.predecessor_analyses p set user_rating = new.user_rating, user_rating_at = new.user_rating_at where p.job_id = old.job_id;
      return new;
    end $body$;
    revoke all on function %1$I.analyses_rate() from public;
    create or replace trigger analyses_rate instead of update on %1$I.analyses
      for each row execute function %1$I.analyses_rate()
  $view$, target_schema);
end $make$;
comment on function debrief._predecessor_jobs(name) is 'Makes the views analysis_jobs and analyses, and what writes through them.';

create or replace function debrief._predecessor_feedback(target_schema name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $make$
begin
  execute format($view$
    create or replace view %1$I.analysis_feedback with (security_invoker = true) as
    select f.id, p.id as analysis_id, f.timestamp_seconds, f.category, f.message, f.confidence, f.impact, f.created_at,
           case when f.ssml_status = 'queued' and f.ssml_attempts > 0 then 'retrying' else f.ssml_status end as ssml_status,
           case when f.audio_status = 'queued' and f.audio_attempts > 0 then 'retrying' else f.audio_status end as audio_status,
           f.ssml_attempts, f.audio_attempts, f.ssml_last_error, f.audio_last_error, f.ssml_updated_at, f.audio_updated_at,
           f.user_rating, f.user_rating_at, greatest(f.ssml_updated_at, f.audio_updated_at, f.user_rating_at) as updated_at
      from debrief.analysis_feedback f
      join debrief.predecessor_analyses p on p.job_id = f.analysis_job_id;
    comment on view %1$I.analysis_feedback is 'debrief.analysis_feedback; retrying between two attempts; the ratings may be written';

    create or replace function %1$I.analysis_feedback_rate() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      update debrief.analysis_feedback f set user_rating = new.user_rating, user_rating_at = new.user_rating_at where f.id = old.id;
      return new;
    end $body$;
    revoke all on function %1$I.analysis_feedback_rate() from public;
    create or replace trigger analysis_feedback_rate instead of update on %1$I.analysis_feedback
      for each row execute function %1$I.analysis_feedback_rate();

    create or replace view %1$I.analysis_ssml_segments with (security_invoker = true) as
    select s.id, s.feedback_id, s.segment_index, s.ssml, s.provider, s.version, null::text as ssml_prompt, s.created_at
      from debrief.analysis_ssml_segments s;
    comment on view %1$I.analysis_ssml_segments is 'debrief.analysis_ssml_segments, as clients of the predecessor know it';

    create or replace view %1$I.analysis_audio_segments with (security_invoker = true) as
    select a.id, a.feedback_id, a.audio_url, a.duration_ms, a.format, a.provider, a.version, a.segment_index, a.created_at,
           null::text as prompt, a.storage_path
      from debrief.analysis_audio_segments a;
    comment on view %1$I.analysis_audio_segments is 'debrief.analysis_audio_segments; duration_ms is milliseconds';

    create or replace view %1$I.analysis_metrics with (security_invoker = true) as
    select m.id, m.analysis_job_id as analysis_id, m.metric_key, m.metric_value, m.unit, m.created_at, m.created_at as updated_at
      from debrief.analysis_metrics m;
    comment on view %1$I.analysis_metrics is 'debrief.analysis_metrics; analysis_id is the job''s id, as it was'
  $view$, target_schema);
end $make$;
comment on function debrief._predecessor_feedback(name) is 'Makes the views of feedback, segments and metrics, and what writes ratings through them.';

-- The two functions that clients call, and two for what they asked edge functions.
create or replace function debrief._predecessor_functions(target_schema name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $make$
begin
  execute format($functions$
    create or replace function %1$I.get_audio_segments_for_feedback(feedback_item_id bigint)
    returns table (id bigint, audio_url text, storage_path text, duration_ms numeric, format text, provider text, version text, created_at timestamptz)
    language sql stable set search_path = pg_catalog, pg_temp as $body$
      select g.id, g.audio_url, g.storage_path, g.duration_ms, g.format, g.provider, g.version, g.created_at
        from debrief.get_audio_segments_for_feedback(feedback_item_id) g order by g.segment_index;
    $body$;
    comment on function %1$I.get_audio_segments_for_feedback(bigint) is 'The sounds of one''s own feedback, in order';

    create or replace function %1$I.get_upload_progress(recording_id bigint)
    returns table (id bigint, progress_percentage int, upload_status text, bytes_uploaded bigint, total_bytes bigint)
    language sql stable set search_path = pg_catalog, pg_temp as $body$
      select r.id, r.upload_progress, r.upload_status, coalesce(r.file_size * r.upload_progress / 100, 0), r.file_size
        from debrief.video_recordings r where r.id = recording_id;
    $body$;
    comment on function %1$I.get_upload_progress(bigint) is 'How far one''s own upload has come';

    create or replace function %1$I.retry_analysis(video_recording_id bigint) returns text
    language sql set search_path = pg_catalog, pg_temp as $body$
      select s.outcome from debrief.start_analysis(video_recording_id) s;
    $body$;
    comment on function %1$I.retry_analysis(bigint) is 'Queues the analysis of one''s own recording, if it failed or there is none';

    create or replace function %1$I.retry_feedback(feedback_ids bigint[]) returns bigint
    language sql set search_path = pg_catalog, pg_temp as $body$
      select count(debrief.retry_feedback(f.id)) from debrief.analysis_feedback f
       where f.id = any (feedback_ids) and 'failed' in (f.ssml_status, f.audio_status) and f.message ~ '[^[:space:]]';
    $body$;
    comment on function %1$I.retry_feedback(bigint[]) is 'Queues what failed of one''s own feedback, SSML or audio, and says how many'
  $functions$, target_schema);
end $make$;
comment on function debrief._predecessor_functions(name) is 'Makes the functions that clients of the predecessor call.';

create or replace function debrief._predecessor_view_access(target_schema name) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $make$
begin
  execute format($grants$
    grant usage on schema %1$I to debrief_app, debrief_admin, debrief_reader;
    revoke all on %1$I.video_recordings, %1$I.analysis_jobs, %1$I.analyses, %1$I.analysis_feedback, %1$I.analysis_ssml_segments,
                  %1$I.analysis_audio_segments, %1$I.analysis_metrics from public;
    grant select on %1$I.video_recordings, %1$I.analysis_jobs, %1$I.analyses, %1$I.analysis_feedback, %1$I.analysis_ssml_segments,
                    %1$I.analysis_audio_segments, %1$I.analysis_metrics to debrief_app, debrief_admin, debrief_reader;
    grant insert, update, delete on %1$I.video_recordings to debrief_app, debrief_admin;
    grant insert on %1$I.analysis_jobs to debrief_app, debrief_admin;
    grant update (user_rating, user_rating_at) on %1$I.analyses, %1$I.analysis_feedback to debrief_app, debrief_admin;
    revoke all on function %1$I.get_audio_segments_for_feedback(bigint), %1$I.get_upload_progress(bigint),
                           %1$I.retry_analysis(bigint), %1$I.retry_feedback(bigint[]) from public;
    grant execute on function %1$I.get_audio_segments_for_feedback(bigint), %1$I.get_upload_progress(bigint)
      to debrief_app, debrief_admin, debrief_reader;
    grant execute on function %1$I.retry_analysis(bigint), %1$I.retry_feedback(bigint[]) to debrief_app, debrief_admin
  $grants$, target_schema);
end $make$;
comment on function debrief._predecessor_view_access(name) is 'Grants on the views and functions for clients of the predecessor.';

-- Functions are PUBLIC's unless that is taken back; those of the extension are not.
revoke all on all routines in schema debrief from public;
reset check_function_bodies;
