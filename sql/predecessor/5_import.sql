-- The import itself, batch by batch.

-- Takes the old recordings after after_id, at most batch_size, with all that hangs on them, as far as
-- earlier runs did not. Answers the last one; null at the end.
create or replace function debrief._import_batch(source text, after_id bigint, options jsonb) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  ids text[];
  recordings jsonb[];
  jobs jsonb[];
  analyses jsonb[];
  feedback jsonb[];
  items text[];
  ssml jsonb[];
  audio jsonb[];
begin
  perform pg_advisory_xact_lock(hashtextextended('debrief.import_predecessor', 0));
  execute format('select array(select t.id::text from %I.video_recordings t where t.id > $1 order by t.id limit $2)', source)
    into ids using after_id, (options ->> 'batch_size')::int;
  if ids = '{}' then
    return null;
  end if;
  recordings := array(select debrief._old_rows(source, 'video_recordings', '{id}', ids));
  jobs := debrief._import_best(source, 'analysis_jobs', array(select debrief._old_rows(source, 'analysis_jobs', '{video_recording_id}', ids)),
                               'video_recording_id');
  analyses := debrief._import_best(source, 'analyses', array(select debrief._old_rows(source, 'analyses', '{job_id}',
                array(select j ->> 'id' from unnest(jobs) j))), 'job_id');
  feedback := array(select debrief._old_rows(source, 'analysis_feedback', '{analysis_id}', array(select a ->> 'id' from unnest(analyses) a)));
  items := array(select f ->> 'id' from unnest(feedback) f);
  ssml := array(select debrief._old_rows(source, 'analysis_ssml_segments', '{feedback_id}', items));
  audio := array(select debrief._old_rows(source, 'analysis_audio_segments', '{feedback_id,analysis_feedback_id}', items));
  feedback := debrief._import_feedback_states(feedback, ssml, audio);
  jobs := debrief._import_job_states(recordings, jobs, analyses, feedback);

  perform debrief._import_take_jobs(source, recordings, jobs, feedback, options);
  perform debrief._import_take_feedback(source, feedback, ssml, audio, options);
  perform debrief._import_rows(source, 'analysis_metrics', debrief._import_metrics(debrief._import_family(source, 'analysis_metrics',
            array(select debrief._old_rows(source, 'analysis_metrics', '{analysis_id}', array(select j ->> 'id' from unnest(jobs) j))),
            'analysis_jobs', '{analysis_id}')));
  return ids[cardinality(ids)];
end $$;
comment on function debrief._import_batch(text, bigint, jsonb) is 'Takes one batch of old recordings and all that hangs on them.';

create or replace function debrief._import_take_jobs(source text, recordings jsonb[], jobs jsonb[], feedback jsonb[], options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  rows jsonb[];
begin
  rows := array(select u.o
                  from unnest(debrief._import_finished(source, 'video_recordings', '_old_id',
                         debrief._import_recordings(recordings, jobs, feedback), options)) with ordinality u (o, n)
                 where debrief._import_new_id(source, 'video_recordings', u.o ->> '_old_id') is null order by u.n);
  perform debrief._import_rows(source, 'video_recordings', rows);
  rows := debrief._import_family(source, 'analysis_jobs', jobs, 'video_recordings', '{video_recording_id}');
  rows := debrief._import_jobs(source, debrief._import_finished(source, 'analysis_jobs', 'id', rows, options), options ->> 'voice_server');
  perform debrief._import_rows(source, 'analysis_jobs', rows);
  perform debrief._import_analyses(source, rows);
end $$;
comment on function debrief._import_take_jobs(text, jsonb[], jsonb[], jsonb[], jsonb) is 'Takes recordings, jobs and analyses of a batch.';

create or replace function debrief._import_take_feedback(source text, feedback jsonb[], ssml jsonb[], audio jsonb[], options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  rows jsonb[];
  stale text[];
begin
  rows := debrief._import_family(source, 'analysis_feedback', feedback, 'analyses', '{analysis_id}');
  stale := array(select f ->> 'id' from unnest(rows) f join debrief.analysis_jobs j on j.id = (f ->> '_parent')::bigint
                  where (f ->> '_open')::boolean and j.status in ('queued', 'processing'));
  perform debrief._import_leave(source, 'analysis_feedback', stale, 'unfinished, and its analysis runs again');
  rows := array(select f from unnest(rows) f where f ->> 'id' <> all (stale));
  perform debrief._import_rows(source, 'analysis_feedback',
            debrief._import_feedback(debrief._import_finished(source, 'analysis_feedback', 'id', rows, options)));

  -- Segments of a stage that is yet to run are of an earlier message.
  rows := debrief._import_family(source, 'analysis_ssml_segments', ssml, 'analysis_feedback', '{feedback_id}');
  stale := array(select s ->> 'id' from unnest(rows) s join debrief.analysis_feedback f on f.id = (s ->> '_parent')::bigint
                  where f.ssml_status not in ('completed', 'failed'));
  perform debrief._import_leave(source, 'analysis_ssml_segments', stale, 'its feedback is written anew');
  perform debrief._import_rows(source, 'analysis_ssml_segments', debrief._import_ssml(array(select s from unnest(rows) s where s ->> 'id' <> all (stale))));
  rows := debrief._import_family(source, 'analysis_audio_segments', audio, 'analysis_feedback', '{feedback_id,analysis_feedback_id}');
  stale := array(select s ->> 'id' from unnest(rows) s join debrief.analysis_feedback f on f.id = (s ->> '_parent')::bigint
                  where f.audio_status not in ('completed', 'failed'));
  perform debrief._import_leave(source, 'analysis_audio_segments', stale, 'its feedback is spoken anew');
  perform debrief._import_rows(source, 'analysis_audio_segments', debrief._import_audio(
            array(select s from unnest(rows) s where s ->> 'id' <> all (stale)), options ->> 'duration_unit', options ->> 'audio_store'));
end $$;
comment on function debrief._import_take_feedback(text, jsonb[], jsonb[], jsonb[], jsonb) is 'Takes feedback, SSML and sounds of a batch.';

create or replace function debrief._import_finished(source text, relation text, id_key text, rows jsonb[], options jsonb) returns jsonb[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if options ->> 'unfinished' = 'queue' then
    return rows;
  end if;
  perform debrief._import_leave(source, relation, array(select u ->> id_key from unnest(rows) u where (u ->> '_open')::boolean),
                                'unfinished: left to the old system');
  return array(select u.o from unnest(rows) with ordinality u (o, n) where not coalesce((u.o ->> '_open')::boolean, false) order by u.n);
end $$;
comment on function debrief._import_finished(text, text, text, jsonb[], jsonb) is
  'Rows to take; with option unfinished = leave those that the old system has finished, the others are noted.';

create or replace function debrief._import_prepare(source text, options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  wanted text;
  last_old bigint;
  last_own bigint;
begin
  perform debrief._owns_tables();
  if coalesce(options ->> 'unfinished', '') not in ('queue', 'leave') then
    raise exception 'unfinished must be "queue" or "leave"' using errcode = 'invalid_parameter_value';
  elsif coalesce(options ->> 'duration_unit', '') not in ('detect', 'seconds', 'milliseconds') then
    raise exception 'duration_unit must be "detect", "seconds" or "milliseconds"' using errcode = 'invalid_parameter_value';
  elsif coalesce((options ->> 'batch_size')::int, 0) < 1 then
    raise exception 'batch_size must be at least 1' using errcode = 'invalid_parameter_value';
  elsif options ->> 'audio_store' is not null and (debrief._server_kind(options ->> 'audio_store') is null
        or debrief._stages_served(debrief._server_kind(options ->> 'audio_store')) is not null) then
    raise exception 'store "%" does not exist', options ->> 'audio_store' using errcode = 'undefined_object',
      hint = 'Name the server that stands for the bucket of the old sounds, or leave audio_store out: they are then never deleted.';
  end if;
  foreach wanted in array array['video_recordings', 'analysis_jobs', 'analyses', 'analysis_feedback'] loop
    if coalesce((select c.relkind not in ('r', 'p') from pg_class c where c.oid = to_regclass(format('%I.%I', source, wanted))), true) then
      raise exception 'table %.% does not exist', source, wanted using errcode = 'undefined_table',
        hint = 'Name the schema of the old tables: CALL debrief.import_predecessor(''public'');';
    end if;
  end loop;
  perform debrief._predecessor_tables(), debrief._predecessor_access();
  perform debrief._import_voices(source, options ->> 'voice_server');
  -- New rows get ids beyond the old ones, which are kept free for those.
  foreach wanted in array array['video_recordings', 'analysis_jobs', 'analysis_feedback', 'analysis_ssml_segments',
                                'analysis_audio_segments', 'analysis_metrics'] loop
    continue when to_regclass(format('%I.%I', source, wanted)) is null;
    execute format('select max(id) from %I.%I', source, wanted) into last_old;
    execute format('select last_value from %s', pg_get_serial_sequence('debrief.' || wanted, 'id')) into last_own;
    if last_old > last_own then
      perform setval(pg_get_serial_sequence('debrief.' || wanted, 'id'), last_old);
    end if;
  end loop;
end $$;
comment on function debrief._import_prepare(text, jsonb) is 'Checks what import_predecessor() is asked for, and makes the tables it needs.';

create or replace function debrief._import_voices(source text, voice_server text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass(format('%I.coach_voice_configs', source)) is not null then
    execute format($v$
      insert into debrief.voices (name, provider_voice, ssml_instruction, speech_instruction)
      select o ->> 'gender' || '/' || (o ->> 'mode'), jsonb_build_object($1, o ->> 'voice_name'),
             coalesce(o ->> 'ssml_system_instruction', ''), coalesce(o ->> 'tts_system_instruction', '')
        from (select to_jsonb(t) as o from %I.coach_voice_configs t) c
      on conflict (name) do nothing $v$, source) using voice_server;
  end if;
end $$;
comment on function debrief._import_voices(text, text) is 'Old coach voices as rows of debrief.voices, named gender/mode; those that exist stay as they are.';

-- A procedure that commits cannot pin its search_path: it names everything in full, and uses no operator.
create or replace procedure debrief.import_predecessor(
  source_schema text default 'public', unfinished text default 'queue', batch_size int default 500,
  duration_unit text default 'detect', audio_store text default null, voice_server text default 'gemini', commit_batches boolean default true)
language plpgsql
as $$
declare
  options constant pg_catalog.jsonb := pg_catalog.jsonb_build_object('unfinished', unfinished, 'batch_size', batch_size,
    'duration_unit', duration_unit, 'audio_store', audio_store, 'voice_server', voice_server);
  last_id bigint := 0;
begin
  perform debrief._import_prepare(source_schema, options);
  loop
    if commit_batches then
      commit;
    end if;
    last_id := debrief._import_batch(source_schema, last_id, options);
    exit when last_id is null;
  end loop;
end $$;
comment on procedure debrief.import_predecessor(text, text, int, text, text, text, boolean) is
  'Takes the recordings, analyses, feedback, SSML and sounds of the system that came before over from its tables, by batches; may be run again. docs/migrate.md';

create or replace function debrief.import_report(source_schema text default 'public')
returns table (relation text, outcome text, reason text, rows bigint, examples text[])
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select i.relation, case when i.new_id is null then 'left' else 'taken' end, i.reason, count(*),
         (array_agg(i.old_id order by i.imported_at, i.old_id))[1:5]
    from debrief.imported_rows i
   where i.source = source_schema
   group by 1, 2, 3
   order by array_position('{video_recordings,analysis_jobs,analyses,analysis_feedback,analysis_ssml_segments,analysis_audio_segments,analysis_metrics}', i.relation),
            2 desc, 3 nulls first;
$$;
comment on function debrief.import_report(text) is
  'What import_predecessor() took, and left, and why: rows, and the old ids of some. Each row is in debrief.imported_rows';

grant execute on function debrief.import_report(text) to debrief_admin, debrief_reader;
