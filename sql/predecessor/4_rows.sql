-- Old rows as rows of our tables.

create or replace function debrief._import_recordings(recordings jsonb[], jobs jsonb[], feedback jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', r.o ->> 'id', '_user', r.o ->> 'user_id',
      '_note', case when not p.usable then 'its storage_path is none of a store: kept in metadata.storage_path' end,
      '_open', coalesce(r.o ->> 'upload_status' in ('pending', 'uploading'), false)
               or (j.o is null and r.o ->> 'upload_status' = 'completed') or coalesce((j.o ->> '_open')::boolean, false)
               or coalesce(f.open, false),
      'user_id', r.o -> 'user_id', 'storage_path', case when p.usable then p.path else '' end,
      'original_filename', coalesce(r.o ->> 'original_filename', r.o ->> 'filename'), 'format', r.o -> 'format',
      'file_size', r.o -> 'file_size', 'duration_seconds', r.o -> 'duration_seconds',
      -- Without an analysis its completion would queue one.
      'upload_status', case when j.o is null and r.o ->> 'upload_status' = 'completed' and not p.own then 'failed'
                            else coalesce(r.o ->> 'upload_status', 'pending') end,
      'upload_progress', coalesce((r.o ->> 'upload_progress')::int, 0),
      'metadata', case when jsonb_typeof(r.o -> 'metadata') = 'object' then r.o -> 'metadata' else '{}' end
                  || jsonb_strip_nulls(jsonb_build_object('filename', r.o -> 'filename', 'thumbnail_url', r.o -> 'thumbnail_url',
                       'storage_path', case when not p.usable then r.o -> 'storage_path' end)),
      'created_at', coalesce((r.o ->> 'created_at')::timestamptz, now()))
    order by r.n), '{}')
    from unnest(recordings) with ordinality r (o, n)
    left join unnest(jobs) j (o) on j.o ->> 'video_recording_id' = r.o ->> 'id'
    left join (select f ->> 'analysis_id' as id, bool_or((f ->> '_open')::boolean) as open from unnest(feedback) f group by 1) f
           on f.id = j.o -> '_analysis' ->> 'id'
   cross join lateral (select path, path is not null as usable, coalesce(starts_with(path, r.o ->> 'user_id' || '/'), false) as own
                         from debrief._import_path(r.o ->> 'storage_path') path) p;
$$;
comment on function debrief._import_recordings(jsonb[], jsonb[], jsonb[]) is 'Old recordings as rows of debrief.video_recordings.';

-- The voice that the old job was spoken with; a job that has yet to run takes its user's present one.
create or replace function debrief._import_voice(source text, old jsonb, voice_server text, out voice text, out voice_snapshot jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  profile jsonb;
begin
  if (old ->> '_open')::boolean and old ->> 'coach_mode' is null then
    select p into profile from debrief._old_rows(source, 'profiles', '{user_id}', array[old ->> 'user_id']) p;
  end if;
  voice := concat_ws('/', coalesce(old ->> 'coach_gender', profile ->> 'coach_gender'), coalesce(old ->> 'coach_mode', profile ->> 'coach_mode'));
  select to_jsonb(v) into voice_snapshot from debrief.voices v where v.name = voice;
  if voice_snapshot is null and (old ->> '_open')::boolean then
    voice := null;
    voice_snapshot := '{}';  -- the default voice, by the trigger of debrief.analysis_jobs
  else
    voice := nullif(voice, '');
    voice_snapshot := coalesce(voice_snapshot, jsonb_strip_nulls(jsonb_build_object('name', voice, 'language', 'en-US')));
    if old ->> 'voice_name_used' is not null then
      voice_snapshot := voice_snapshot || jsonb_build_object('provider_voice', jsonb_build_object(voice_server, old ->> 'voice_name_used'));
    end if;
  end if;
end $$;
comment on function debrief._import_voice(text, jsonb, text) is 'Voice and snapshot of an old job.';

create or replace function debrief._import_jobs(source text, jobs jsonb[], voice_server text) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', j.o ->> 'id', '_note', j.o -> '_note', '_old', j.o,
      'video_recording_id', j.o -> '_parent', 'status', j.o -> '_status',
      'progress_percentage', case j.o ->> '_status' when 'completed' then 100 when 'queued' then 0
                                                    else coalesce((j.o ->> 'progress_percentage')::int, 0) end,
      'attempts', (j.o ->> '_status' <> 'queued')::int, 'last_error', j.o -> '_error',
      'error_code', case when j.o ->> '_status' = 'failed' then 'predecessor' end,
      'title', a.o -> 'title', 'summary_text', a.o -> 'summary_text', 'full_feedback_text', a.o -> 'full_feedback_text',
      'raw_response', nullif(jsonb_strip_nulls(jsonb_build_object('raw_generated_text', a.o -> 'raw_generated_text',
         'full_feedback_json', a.o -> 'full_feedback_json', 'feedback_prompt', a.o -> 'feedback_prompt')), '{}'),
      'provider', case when a.o is not null then 'gemini' end, 'voice', v.voice, 'voice_snapshot', v.voice_snapshot,
      'processing_started_at', case when j.o ->> '_status' <> 'queued' then j.o -> 'processing_started_at' end,
      'processing_completed_at', case when j.o ->> '_status' <> 'queued' then j.o -> 'processing_completed_at' end,
      'created_at', coalesce((j.o ->> 'created_at')::timestamptz, now()), 'updated_at', coalesce((j.o ->> 'updated_at')::timestamptz, now()))
    order by j.n), '{}')
    from unnest(jobs) with ordinality j (o, n)
   cross join lateral (select nullif(j.o -> '_analysis', 'null') as o) a
   cross join lateral debrief._import_voice(source, j.o, voice_server) v;
$$;
comment on function debrief._import_jobs(text, jsonb[], text) is 'Old jobs, with their analyses, as rows of debrief.analysis_jobs.';

-- The uuid that clients know an analysis by, its rating, and what has no place in debrief.analysis_jobs.
create or replace function debrief._import_analyses(source text, jobs jsonb[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.predecessor_analyses p
     set id = coalesce((a ->> 'id')::uuid, p.id), user_rating = case when a ->> 'user_rating' in ('up', 'down') then a ->> 'user_rating' end,
         user_rating_at = (a ->> 'user_rating_at')::timestamptz,
         kept = jsonb_strip_nulls(jsonb_build_object('results', old -> 'results', 'pose_data', old -> 'pose_data',
           'video_source_type', old -> 'video_source_type', 'coach_gender', old -> 'coach_gender', 'coach_mode', old -> 'coach_mode',
           'voice_name_used', old -> 'voice_name_used', 'avatar_asset_key_used', old -> 'avatar_asset_key_used'))
    from unnest(jobs) j
   cross join lateral (select j -> '_old' as old, j -> '_old' -> '_analysis' as a) o
   where p.job_id = debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id');
  insert into debrief.imported_rows as i (source, relation, old_id, new_id)
  select source, 'analyses', j -> '_old' -> '_analysis' ->> 'id', debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id')
    from unnest(jobs) j
   where j -> '_old' -> '_analysis' ->> 'id' is not null
     and debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id') is not null
  on conflict on constraint imported_rows_pkey do update set new_id = excluded.new_id, reason = null, imported_at = now();
$$;
comment on function debrief._import_analyses(text, jsonb[]) is 'Old analyses, of jobs that were taken.';

create or replace function debrief._import_feedback(feedback jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', f.o ->> 'id', '_note', f.o -> '_note',
      'analysis_job_id', f.o -> '_parent', 'timestamp_seconds', f.o -> 'timestamp_seconds', 'category', f.o -> 'category',
      'message', f.o -> 'message', 'confidence', f.o -> 'confidence', 'impact', f.o -> 'impact',
      'ssml_status', f.o -> '_ssml', 'audio_status', f.o -> '_audio',
      'ssml_attempts', case when f.o ->> '_ssml' = 'queued' then 0 else coalesce((f.o ->> 'ssml_attempts')::int, 0) end,
      'audio_attempts', case when f.o ->> '_audio' = 'queued' then 0 else coalesce((f.o ->> 'audio_attempts')::int, 0) end,
      'ssml_last_error', case when f.o ->> '_ssml' = 'failed' then coalesce(f.o ->> 'ssml_last_error', 'It failed in the system it comes from.') end,
      'audio_last_error', case when f.o ->> '_audio' = 'failed' then coalesce(f.o ->> 'audio_last_error', 'It failed in the system it comes from.') end,
      'ssml_error_code', case when f.o ->> '_ssml' = 'failed' then 'predecessor' end,
      'audio_error_code', case when f.o ->> '_audio' = 'failed' then 'predecessor' end,
      'ssml_updated_at', coalesce(f.o ->> 'ssml_updated_at', f.o ->> 'created_at', now()::text),
      'audio_updated_at', coalesce(f.o ->> 'audio_updated_at', f.o ->> 'created_at', now()::text),
      'from_analysis', true, 'user_rating', f.o -> 'user_rating', 'user_rating_at', f.o -> 'user_rating_at',
      'created_at', coalesce(f.o ->> 'created_at', now()::text))
    order by f.n), '{}')
    from unnest(feedback) with ordinality f (o, n);
$$;
comment on function debrief._import_feedback(jsonb[]) is 'Old feedback as rows of debrief.analysis_feedback.';

create or replace function debrief._import_ssml(segments jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', s.o ->> 'id', 'feedback_id', s.o -> '_parent',
      'segment_index', coalesce((s.o ->> 'segment_index')::int, 0), 'ssml', s.o -> 'ssml', 'provider', s.o -> 'provider',
      'version', s.o -> 'version', 'created_at', coalesce((s.o ->> 'created_at')::timestamptz, now()))
    order by s.n), '{}')
    from unnest(segments) with ordinality s (o, n);
$$;
comment on function debrief._import_ssml(jsonb[]) is 'Old SSML as rows of debrief.analysis_ssml_segments.';

-- The old system wrote seconds into duration_ms. Nobody speaks for less than 0.3 s, or for 300 s.
create or replace function debrief._import_duration(duration numeric, unit text) returns numeric
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when duration > 0 then duration * case when unit = 'seconds' or (unit = 'detect' and duration < 300) then 1000 else 1 end end;
$$;
comment on function debrief._import_duration(numeric, text) is
  'Milliseconds of an old duration_ms, by its unit: seconds, milliseconds, or detect: what is below 300 is seconds.';

create or replace function debrief._import_audio(segments jsonb[], duration_unit text, audio_store text) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', s.o ->> 'id', '_note', case when d.ms is null and d.old is not null then format('its duration of %s is left out', d.old) end,
      'feedback_id', s.o -> '_parent',
      'segment_index', coalesce((s.o ->> 'segment_index')::int, 0), 'audio_url', s.o -> 'audio_url', 'storage_path', p.path,
      'format', coalesce(s.o ->> 'format', s.o ->> 'audio_format'), 'duration_ms', d.ms, 'provider', s.o -> 'provider',
      'version', s.o -> 'version', 'store', case when p.path is not null then audio_store end,
      'created_at', coalesce((s.o ->> 'created_at')::timestamptz, now()))
    order by s.n), '{}')
    from unnest(segments) with ordinality s (o, n)
   cross join lateral (select coalesce(s.o ->> 'duration_ms', s.o ->> 'audio_duration_ms')::numeric as old) u
   cross join lateral (select u.old, debrief._import_duration(u.old, duration_unit) as ms) d
   cross join lateral (select coalesce(nullif(s.o ->> 'storage_path', ''),
                                       case when s.o ->> 'audio_url' ~ '/object/' then debrief._import_path(s.o ->> 'audio_url') end) as path) p;
$$;
comment on function debrief._import_audio(jsonb[], text, text) is 'Old sounds as rows of debrief.analysis_audio_segments.';

create or replace function debrief._import_metrics(metrics jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', m.o ->> 'id', 'analysis_job_id', m.o -> '_parent',
      'user_id', j.user_id, 'metric_key', m.o -> 'metric_key', 'metric_value', m.o -> 'metric_value', 'unit', coalesce(m.o ->> 'unit', ''),
      'created_at', coalesce((m.o ->> 'created_at')::timestamptz, now()))
    order by m.n), '{}')
    from unnest(metrics) with ordinality m (o, n)
    join debrief.analysis_jobs j on j.id = (m.o ->> '_parent')::bigint;
$$;
comment on function debrief._import_metrics(jsonb[]) is 'Old metrics as rows of debrief.analysis_metrics.';
