-- Views.

-- Late-bound, so that users who cannot read the attempts can still read the view.
create or replace function debrief._failure_detail(failed_stage text, failed_id bigint, failure_code text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if not has_table_privilege('debrief.attempts', 'select') then
    return null;
  end if;
  return (select a.detail from debrief.attempts a
           where a.row_id = failed_id and a.stage = failed_stage and a.code = failure_code
           order by a.id desc limit 1);
end $$;
comment on function debrief._failure_detail(text, bigint, text) is
  'The provider''s message for the last attempt that failed with this code, for callers who may read debrief.attempts.';
grant execute on function debrief._failure_detail(text, bigint, text) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._sees_dismissed() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role('debrief_admin', 'usage') or pg_has_role('debrief_reader', 'usage');
$$;
comment on function debrief._sees_dismissed() is 'Whether the caller is an operator or a reader: they see failures that their owners have dismissed.';
grant execute on function debrief._sees_dismissed() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._install_views() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if to_regclass('debrief.feedback_status') is null then
    create view debrief.feedback_status with (security_invoker = true) as
    select f.id, f.analysis_job_id, f.user_id, f.timestamp_seconds, f.category, f.message,
           case when 'failed' in (f.ssml_status, f.audio_status) then 'failed'
                when f.ssml_status = 'completed' and f.audio_status = 'completed' then 'completed'
                when 'processing' in (f.ssml_status, f.audio_status) then 'processing'
                when f.ssml_due_at is null and f.audio_due_at is null
                 and f.message ~ (E'[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f'
                                         || E'\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]') then 'unqueued'
                when f.ssml_due_at is null and f.audio_due_at is null then 'blank'
                when f.ssml_attempts + f.audio_attempts > (f.ssml_status = 'completed')::int * f.ssml_attempts then 'retrying'
                else 'queued' end as status,
           f.ssml_status, f.audio_status, f.ssml_attempts, f.audio_attempts, f.unproven,
           coalesce(f.ssml_error_code, f.audio_error_code) as error_code,
           coalesce(f.ssml_last_error, f.audio_last_error) as last_error,
           coalesce(f.ssml_due_at, f.audio_due_at) as next_attempt_at,
           greatest(f.ssml_updated_at, f.audio_updated_at) as updated_at,
           -- Not joined: then they are looked up for the rows that a LIMIT leaves, and the owner's index is used.
           (select j.correlation_id from debrief.analysis_jobs j where j.id = f.analysis_job_id) as correlation_id,
           (select count(*) from debrief.analysis_audio_segments a where a.feedback_id = f.id) as audio_segments,
           (select sum(a.duration_ms) from debrief.analysis_audio_segments a where a.feedback_id = f.id) as audio_duration_ms,
           (select j.video_recording_id from debrief.analysis_jobs j where j.id = f.analysis_job_id) as video_recording_id
      from debrief.analysis_feedback f
     where f.dismissed_at is null or debrief._sees_dismissed();
    comment on view debrief.feedback_status is
      'Each feedback item in one word (blank, unqueued, queued, retrying, processing, completed, failed), with both stages, attempts, error and due time';
    comment on column debrief.feedback_status.id is 'Primary key';
    comment on column debrief.feedback_status.analysis_job_id is 'The analysis it belongs to; deleted with it';
    comment on column debrief.feedback_status.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.feedback_status.timestamp_seconds is 'The moment of the video it is about';
    comment on column debrief.feedback_status.category is 'For example Speech or Posture';
    comment on column debrief.feedback_status.message is 'The text to speak; blank messages are never claimed; a change starts both stages again';
    comment on column debrief.feedback_status.status is 'blank, unqueued, queued, retrying, processing, completed or failed; unqueued: written while triggers were off, no worker sees it until retry_feedback()';
    comment on column debrief.feedback_status.ssml_status is 'queued, processing, completed or failed';
    comment on column debrief.feedback_status.audio_status is 'The same; queued until the SSML is completed';
    comment on column debrief.feedback_status.ssml_attempts is 'Attempts at the present message, the running one counted';
    comment on column debrief.feedback_status.audio_attempts is 'Attempts at the present SSML, the running one counted';
    comment on column debrief.feedback_status.unproven is 'Failures of the present stage that may be the server''s: not attempts';
    comment on column debrief.feedback_status.error_code is 'Of the SSML, else of the audio';
    comment on column debrief.feedback_status.last_error is 'The error as a sentence for the owner';
    comment on column debrief.feedback_status.next_attempt_at is 'When the stage that waits is due';
    comment on column debrief.feedback_status.updated_at is 'When either stage last changed';
    comment on column debrief.feedback_status.correlation_id is 'Of its analysis';
    comment on column debrief.feedback_status.audio_segments is 'Number of audio segments';
    comment on column debrief.feedback_status.audio_duration_ms is 'Their total length in milliseconds';
    comment on column debrief.feedback_status.video_recording_id is 'The recording it is about';
  end if;

  if to_regclass('debrief.failures') is null then
    create view debrief.failures with (security_invoker = true) as
    select q.stage, q.analysis_job_id, q.feedback_id, q.user_id,
           (select coalesce(r.original_filename, r.storage_path)
              from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id
             where j.id = q.analysis_job_id) as file,
           q.error_code, q.last_error, debrief._failure_detail(q.stage, q.id, q.error_code) as detail,
           q.attempts, q.updated_at as since, q.dismissed_at,
           (select j.correlation_id from debrief.analysis_jobs j where j.id = q.analysis_job_id) as correlation_id, q.message,
           case when q.is_optional then q.id end as delivery_id
      from debrief._queue_rows() q
     where q.status = 'failed' and q.status_before <> 'failed' and q.error_code is distinct from 'cancelled'
       and ((q.dismissed_at is null and not q.is_optional) or debrief._sees_dismissed())
     -- Each part by an index: a page of the newest reads no more than that page.
     order by q.updated_at desc;
    comment on view debrief.failures is
      'Analyses and feedback that failed, newest first: why, of which file and user, and the correlation id to look for in the attempts and the log. Cancelled ones are left out';
    comment on column debrief.failures.stage is 'The stage that failed';
    comment on column debrief.failures.analysis_job_id is 'The analysis that failed, or that the feedback belongs to';
    comment on column debrief.failures.feedback_id is 'The feedback item that failed; null for an analysis';
    comment on column debrief.failures.user_id is 'The owner';
    comment on column debrief.failures.file is 'The recording: the user''s name for it, or its path in the store';
    comment on column debrief.failures.error_code is 'Why, as a stable code';
    comment on column debrief.failures.last_error is 'Why, in a sentence for the owner';
    comment on column debrief.failures.detail is
      'The provider''s message, if debrief.attempts has it; null for users who may not read that table';
    comment on column debrief.failures.attempts is 'Number of attempts made';
    comment on column debrief.failures.since is 'When it failed';
    comment on column debrief.failures.dismissed_at is
      'When its owner dismissed it: dismiss_feedback(). Only operators and readers see dismissed failures';
    comment on column debrief.failures.correlation_id is 'To look for in debrief.attempts and the log';
    comment on column debrief.failures.message is 'The text of the feedback item; null for an analysis';
    comment on column debrief.failures.delivery_id is 'The message to the receiver that failed, or the row of another optional stage; null for other stages';
  end if;

  if to_regclass('debrief.worker_status') is null then
    execute (
      select format($view$
        create view debrief.worker_status with (security_invoker = true) as
        select w.process, d.datname as database, w.ordinal, w.pid, w.state, w.since, %s, nullif(w.last_error, '') as last_error, %s, w.host, w.version
          from debrief._workers() w
          left join pg_catalog.pg_database d on d.oid = w.database
         where w.process = 'launcher' or d.datname = pg_catalog.current_database()
         order by w.process, w.ordinal$view$,
                    string_agg(c.calls, ', ' order by c.place) filter (where not c.is_optional),
                    string_agg(c.calls, ', ' order by c.place) filter (where c.is_optional))
        from (select l.place, l.is_optional, format('w.in_flight[%s] as %I', l.place, l.stage || '_in_flight') as calls from debrief._stages() l) c);
    execute (select string_agg(format('comment on column debrief.worker_status.%I is ''Calls under way''', l.stage || '_in_flight'), '; ') from debrief._stages() l);
    comment on view debrief.worker_status is 'The launcher and this database''s workers: state, calls in flight, last error';
    comment on column debrief.worker_status.process is 'launcher or worker';
    comment on column debrief.worker_status.database is 'The worker''s database';
    comment on column debrief.worker_status.ordinal is 'Number of the worker within its database';
    comment on column debrief.worker_status.pid is 'Process ID; null while there is no process';
    comment on column debrief.worker_status.state is 'What the process is doing';
    comment on column debrief.worker_status.since is 'Since when';
    comment on column debrief.worker_status.last_error is 'The last error';
    comment on column debrief.worker_status.host is 'Where a worker outside the server runs; null for one inside';
    comment on column debrief.worker_status.version is 'Of pg_debrief; null while there is no process';
  end if;

  perform debrief._install_status_views();

  if to_regclass('debrief.usage') is null then
    create view debrief.usage with (security_invoker = true) as
    select u.day, u.server, u.stage, u.calls, u.failures, u.input_tokens, u.output_tokens, u.characters,
           round(u.audio_ms / 1000, 1) as audio_seconds, u.cost
      from debrief.server_usage u
     order by u.day desc, u.server, debrief._stage_place(u.stage);
    comment on view debrief.usage is
      'What each server was used for, by day (UTC) and stage: calls that ended, those that failed, tokens and characters as the provider reported them, seconds of audio, cost';
    comment on column debrief.usage.day is 'UTC';
    comment on column debrief.usage.server is 'Name of the server';
    comment on column debrief.usage.stage is 'The stage';
    comment on column debrief.usage.calls is 'Calls that ended';
    comment on column debrief.usage.failures is 'Calls that failed';
    comment on column debrief.usage.input_tokens is 'As reported by the provider';
    comment on column debrief.usage.output_tokens is 'As reported by the provider';
    comment on column debrief.usage.characters is 'As reported by the provider, or as sent';
    comment on column debrief.usage.audio_seconds is 'Seconds of audio produced';
    comment on column debrief.usage.cost is 'At the prices that the server''s options had then';
  end if;

  perform debrief._install_number_views();
end $install$;
comment on function debrief._install_views() is 'Creates missing views.';
