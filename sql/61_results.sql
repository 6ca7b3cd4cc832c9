-- Results: waiting for them, reading them, storing those of another system.

-- One snapshot for the whole transaction would never show what the worker commits.
create or replace function debrief._check_isolation() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'this transaction is %: it cannot see what is completed meanwhile', upper(current_setting('transaction_isolation'))
      using errcode = 'object_not_in_prerequisite_state', hint = 'Wait in a transaction of its own, at READ COMMITTED.';
  end if;
end $$;
comment on function debrief._check_isolation() is 'Error unless the transaction sees what others commit.';
grant execute on function debrief._check_isolation() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

-- A misspelled key must not silently become a blank.
create or replace function debrief._check_keys(argument text, items jsonb, known text[]) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  wrong text;
begin
  select coalesce(k.key, i.item::text) into wrong
    from jsonb_array_elements(items) as i (item)
    left join lateral jsonb_object_keys(case jsonb_typeof(i.item) when 'object' then i.item else '{}' end) as k (key) on true
   where jsonb_typeof(i.item) <> 'object' or k.key <> all (known) limit 1;
  if found then
    raise exception '% has an item with "%"', argument, left(wrong, 100) using errcode = 'invalid_parameter_value',
      hint = format('Each item is an object with some of: %s.', array_to_string(known, ', '));
  end if;
end $$;
comment on function debrief._check_keys(text, jsonb, text[]) is 'Error unless each item is an object with known keys only.';
grant execute on function debrief._check_keys(text, jsonb, text[]) to debrief_admin, debrief_worker;

create or replace function debrief._wait_for(kind text, row_id bigint, timeout interval) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  until_ts constant timestamptz := clock_timestamp() + coalesce(timeout, interval '30 seconds');
  mine constant xid8 := pg_current_xact_id_if_assigned();
  now_is record;
  seen bigint;
begin
  perform debrief._check_isolation();
  loop
    seen := debrief._settle_count();
    select r.outcome, age(mine::xid) - age(r.written_by) as newer_by into now_is
      from (select case when j.status in ('completed', 'failed') then j.status end as outcome, j.xmin as written_by
              from debrief.analysis_jobs j where kind = 'analysis job' and j.id = row_id
            union all
            select case when 'failed' in (f.ssml_status, f.audio_status) then 'failed'
                        when f.ssml_status = 'completed' and f.audio_status = 'completed' then 'completed' end, f.xmin
              from debrief.analysis_feedback f where kind = 'feedback' and f.id = row_id) r;
    if not found then
      raise exception '% % does not exist', kind, row_id using errcode = 'no_data_found';
    elsif now_is.outcome is not null then
      return now_is.outcome;
    -- What is seen and in progress was written by this transaction, or after a savepoint in it.
    elsif now_is.newer_by >= 0 and pg_xact_status((mine::text::bigint + now_is.newer_by)::text::xid8) = 'in progress' then
      raise exception '% % was written by this transaction', kind, row_id
        using errcode = 'object_not_in_prerequisite_state', hint = 'Commit first: the worker cannot see it before.';
    elsif clock_timestamp() >= until_ts then
      return 'timeout';
    end if;
    perform debrief._wait_for_settle(seen,
      least(1000, ceil(extract(epoch from until_ts - clock_timestamp()) * 1000))::int);
  end loop;
end $$;
comment on function debrief._wait_for(text, bigint, interval) is 'Waits until a feedback item or an analysis job has ended: completed, failed or timeout.';
grant execute on function debrief._wait_for(text, bigint, interval) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.wait_for_feedback(feedback_id bigint, timeout interval default '30 seconds') returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._wait_for('feedback', wait_for_feedback.feedback_id, wait_for_feedback.timeout) $$;
comment on function debrief.wait_for_feedback(bigint, interval) is
  'Waits until a feedback item is spoken or has failed: ''completed'', ''failed'', or ''timeout''. Needs READ COMMITTED.';
grant execute on function debrief.wait_for_feedback(bigint, interval) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.wait_for_analysis(analysis_job_id bigint, timeout interval default '30 seconds') returns text
language sql
set search_path = pg_catalog, pg_temp
as $$ select debrief._wait_for('analysis job', wait_for_analysis.analysis_job_id, wait_for_analysis.timeout) $$;
comment on function debrief.wait_for_analysis(bigint, interval) is
  'Waits until an analysis is completed or has failed: ''completed'', ''failed'', or ''timeout''. Its feedback is spoken afterwards: wait_for_feedback(). Needs READ COMMITTED.';
grant execute on function debrief.wait_for_analysis(bigint, interval) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.wait_for_recording(video_recording_id bigint, timeout interval default '2 minutes') returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  until_ts constant timestamptz := clock_timestamp() + coalesce(timeout, interval '2 minutes');
  job bigint;
  upload text;
  outcome text;
  items record;
begin
  select r.upload_status into upload from debrief.video_recordings r where r.id = video_recording_id;
  if not found then
    raise exception 'video recording % does not exist', video_recording_id using errcode = 'no_data_found';
  end if;
  select j.id into job from debrief.analysis_jobs j where j.video_recording_id = wait_for_recording.video_recording_id order by j.id desc limit 1;
  if job is null then
    raise exception 'video recording % has no analysis', video_recording_id using errcode = 'object_not_in_prerequisite_state',
      hint = case upload when 'completed' then format('Commit first, if this transaction wrote it; else SELECT debrief.start_analysis(%s).', video_recording_id)
        else format('An analysis begins when upload_status is "completed"; it is "%s".', upload) end;
  end if;
  -- By the second: what it waits for may be deleted, made blank, or replaced by another run of the analysis.
  loop
    outcome := debrief.wait_for_analysis(job, until_ts - clock_timestamp());
    if outcome <> 'completed' then
      return outcome;
    end if;
    select min(s.id) filter (where s.status in ('unqueued', 'queued', 'retrying', 'processing')) as undone, coalesce(bool_or(s.status = 'failed'), false) as has_failed
      into items from debrief.feedback_status s where s.analysis_job_id = job;
    if items.undone is null then
      return case when items.has_failed then 'failed' else 'completed' end;
    end if;
    begin
      outcome := debrief.wait_for_feedback(items.undone, least(interval '1 second', until_ts - clock_timestamp()));
    exception when no_data_found then
      continue;
    end;
    if outcome = 'timeout' and clock_timestamp() >= until_ts then
      return 'timeout';
    end if;
  end loop;
end $$;
comment on function debrief.wait_for_recording(bigint, interval) is
  'Waits until the newest analysis of a recording is completed and all its feedback is spoken: ''completed''; ''failed'' when the analysis or, in the end, an item has failed; or ''timeout''. Needs READ COMMITTED.';
grant execute on function debrief.wait_for_recording(bigint, interval) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.get_analysis_with_metrics(analysis_job_id bigint) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
           'id', j.id, 'video_recording_id', j.video_recording_id, 'status', j.status,
           'progress_percentage', j.progress_percentage, 'title', j.title, 'summary_text', j.summary_text,
           'full_feedback_text', j.full_feedback_text, 'voice', j.voice, 'error_code', j.error_code,
           'last_error', j.last_error, 'created_at', j.created_at,
           'processing_completed_at', j.processing_completed_at,
           'metrics', (select coalesce(jsonb_object_agg(m.metric_key, jsonb_build_object('value', m.metric_value, 'unit', m.unit)), '{}')
                         from debrief.analysis_metrics m where m.analysis_job_id = j.id),
           'feedback', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'id', f.id, 'timestamp_seconds', f.timestamp_seconds, 'category', f.category,
                                 'message', f.message, 'confidence', f.confidence, 'impact', f.impact,
                                 'ssml_status', f.ssml_status, 'audio_status', f.audio_status)
                               order by f.timestamp_seconds, f.id), '[]')
                          from debrief.analysis_feedback f where f.analysis_job_id = j.id))
    from debrief.analysis_jobs j
   where j.id = get_analysis_with_metrics.analysis_job_id;
$$;
comment on function debrief.get_analysis_with_metrics(bigint) is
  'An analysis with its metrics and feedback as one JSON object; null when there is none that the caller may see.';
grant execute on function debrief.get_analysis_with_metrics(bigint) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.get_audio_segments_for_feedback(feedback_id bigint)
returns table (id bigint, segment_index int, audio_url text, storage_path text, duration_ms numeric,
               format text, provider text, version text, created_at timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select a.id, a.segment_index, a.audio_url, a.storage_path, a.duration_ms, a.format, a.provider, a.version, a.created_at
    from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id
   where a.feedback_id = get_audio_segments_for_feedback.feedback_id and f.ssml_status = 'completed'
   order by a.segment_index;
$$;
comment on function debrief.get_audio_segments_for_feedback(bigint) is
  'The audio segments of a feedback item in order; none while an edited message is processed again.';
grant execute on function debrief.get_audio_segments_for_feedback(bigint) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.get_audio(feedback_id bigint, segment_index int default 0)
returns table (content_type text, body bytea)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
  sound debrief.analysis_audio_segments;
begin
  select o.content_type, o.body into content_type, body
    from debrief.analysis_audio_segments a
    join debrief.audio_objects o on o.storage_path = a.storage_path
   where a.feedback_id = feedback_id and a.segment_index = segment_index;
  if found then
    return next;
    return;
  end if;
  select * into item from debrief.analysis_feedback f where f.id = feedback_id;
  if not found then
    raise exception 'feedback % does not exist', feedback_id using errcode = 'no_data_found';
  end if;
  select * into sound from debrief.analysis_audio_segments a where a.feedback_id = feedback_id and a.segment_index = segment_index;
  if sound.audio_url like 'pg://%' then
    raise exception 'the bytes of sound % of feedback % are missing', segment_index, feedback_id using errcode = 'no_data_found',
      hint = format('debrief.audio_objects has no row for it, as after a restore without that table. An operator has it spoken again: SELECT debrief.retry_feedback(%s, ''audio'');', feedback_id);
  elsif sound.id is not null then
    raise exception 'sound % of feedback % is not kept in the database', segment_index, feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = format('It is in store %I: %s', sound.store, sound.audio_url);
  end if;
  raise exception 'feedback % has no sound %', feedback_id, segment_index using errcode = 'no_data_found',
    hint = format('Its SSML is %s, its audio is %s; debrief.get_audio_segments_for_feedback() lists the sounds.', item.ssml_status, item.audio_status);
end $$;
comment on function debrief.get_audio(bigint, int) is 'The media type and the bytes of an audio segment in a store of kind database; an error where there is none.';
grant execute on function debrief.get_audio(bigint, int) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief.store_analysis_results(
  analysis_job_id bigint, title text, summary_text text, full_feedback_text text,
  raw_response jsonb default null, feedback jsonb default '[]', metrics jsonb default '[]')
returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  job debrief.analysis_jobs;
begin
  perform debrief._check_owner('analysis job', analysis_job_id);
  select * into job from debrief.analysis_jobs j where j.id = analysis_job_id for no key update;
  if not found then
    perform debrief._check_owner('analysis job', analysis_job_id);  -- deleted in the meantime
  elsif coalesce(jsonb_typeof(feedback), '') <> 'array' or coalesce(jsonb_typeof(metrics), '') <> 'array' then
    raise exception 'feedback and metrics must be JSON arrays' using errcode = 'invalid_parameter_value',
      hint = '[{"timestamp_seconds": 3, "category": "Speech", "message": "..."}] and [{"key": "k", "value": 1, "unit": "s"}]';
  end if;
  perform debrief._check_keys('feedback', feedback, array['timestamp_seconds', 'category', 'message', 'confidence', 'impact']);
  perform debrief._check_keys('metrics', metrics, array['key', 'value', 'unit']);
  if job.claim_token is not null then
    perform debrief._wake_revoked();
  end if;
  -- The worker's own settle, under a token drawn for the purpose: one way to store an analysis.
  update debrief.analysis_jobs j
     set status = 'processing', due_at = null, claim_token = nextval('debrief.claim_token_seq'), claimed_by = null,
         lease_expires_at = clock_timestamp() + interval '1 minute'
   where j.id = analysis_job_id
  returning j.claim_token into job.claim_token;
  return debrief._settle_analysis(
    analysis_job_id, job.claim_token, title, summary_text, full_feedback_text, raw_response::text, 'external', null,
    array(select m ->> 'key' from jsonb_array_elements(metrics) m),
    array(select m ->> 'value' from jsonb_array_elements(metrics) m),
    array(select coalesce(m ->> 'unit', '') from jsonb_array_elements(metrics) m),
    array(select coalesce(f ->> 'timestamp_seconds', '0') from jsonb_array_elements(feedback) f),
    array(select coalesce(f ->> 'category', 'General') from jsonb_array_elements(feedback) f),
    array(select coalesce(f ->> 'message', '') from jsonb_array_elements(feedback) f),
    array(select f ->> 'confidence' from jsonb_array_elements(feedback) f),
    array(select f ->> 'impact' from jsonb_array_elements(feedback) f));
end $$;
comment on function debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb) is
  'Stores an analysis that was made elsewhere, as the worker would: replaces the rows of an earlier run, ends a run in flight, and queues the feedback. Keys of feedback: timestamp_seconds, category (at most 64 characters), message (at most 4,000), confidence, impact; of metrics: key, value, unit.';
alter function debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb) owner to debrief_worker;
grant execute on function debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb) to debrief_admin;
