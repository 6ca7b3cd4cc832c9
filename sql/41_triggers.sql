-- Which triggers the tables have.

create or replace function debrief._install_triggers() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  create trigger stage_check before insert or update on debrief.stages
    for each row execute function debrief._stage_check();
  create trigger stage_wake after insert or update or delete or truncate on debrief.stages
    for each statement execute function debrief._wake_trigger('config');
  create trigger server_state_wake after insert or update or delete or truncate on debrief.server_states
    for each statement execute function debrief._wake_trigger('config');
  create trigger stage_clock after update of paused on debrief.stages
    for each row when (new.paused <> old.paused) execute function debrief._stop_outage_clock();
  create trigger stage_clock_removed after delete on debrief.stages
    for each row execute function debrief._stop_outage_clock();
  create trigger stage_quota after update of user_attempts_per_day on debrief.stages
    for each row when (new.user_attempts_per_day is distinct from old.user_attempts_per_day) execute function debrief._quota_changed();
  create trigger stage_quota_added after insert on debrief.stages
    for each row execute function debrief._quota_changed();
  create trigger server_state_clock after update of paused or delete on debrief.server_states
    for each row execute function debrief._stop_outage_clock();
  create trigger stage_log after insert or update or delete on debrief.stages
    for each row execute function debrief._log_change();
  create trigger server_state_log after insert or update of paused or delete on debrief.server_states
    for each row execute function debrief._log_change();
  create trigger installation_log after update on debrief.installation
    for each row when (new.system_identifier <> 'copy'
                       and not (new.system_identifier = old.system_identifier and new.database_oid = old.database_oid
                                and new.installed_at = old.installed_at))
    execute function debrief._log_change();

  create trigger recording_check before insert or update on debrief.video_recordings
    for each row execute function debrief._recording_check();
  create constraint trigger kickoff_on_insert after insert on debrief.video_recordings
    deferrable initially deferred for each row when (new.upload_status = 'completed')
    execute function debrief._kickoff();
  -- Of any column: a trigger of the application's own may set the status.
  create constraint trigger kickoff_on_update after update on debrief.video_recordings
    deferrable initially deferred for each row when (new.upload_status = 'completed' and old.upload_status <> 'completed')
    execute function debrief._kickoff();

  create trigger job_check_insert before insert on debrief.analysis_jobs
    for each row execute function debrief._job_check();
  create trigger job_check_update before update on debrief.analysis_jobs
    for each row when (new.user_id <> old.user_id or new.video_recording_id <> old.video_recording_id
                       or (new.status = 'queued') <> (new.due_at is not null)
                       or (new.status in ('completed', 'failed') and new.exchange_state is not null)
                       or (new.status <> 'processing' and new.claim_token is not null))
    execute function debrief._job_check();
  create trigger job_wake after insert or update on debrief.analysis_jobs
    for each statement execute function debrief._wake_trigger('analysis');
  create trigger job_revoked before delete on debrief.analysis_jobs
    for each row when (old.claim_token is not null) execute function debrief._wake_trigger('revoked');
  create trigger job_exchange_ended after update on debrief.analysis_jobs
    for each row when (old.exchange_state ->> 'file' <> ''
                       and (new.exchange_state ->> 'file', new.exchange_server)
                           is distinct from (old.exchange_state ->> 'file', old.exchange_server))
    execute function debrief._exchange_ended();
  create trigger job_exchange_deleted after delete on debrief.analysis_jobs
    for each row when (old.exchange_state ->> 'file' <> '') execute function debrief._exchange_ended();
  create trigger job_exchange_truncated before truncate on debrief.analysis_jobs
    for each statement execute function debrief._objects_truncated();
  create trigger job_truncated after truncate on debrief.analysis_jobs
    for each statement execute function debrief._wake_trigger('revoked');

  -- It also wakes the workers.
  create trigger feedback_insert before insert on debrief.analysis_feedback
    for each row execute function debrief._feedback_insert();
  create trigger feedback_update before update on debrief.analysis_feedback
    for each row execute function debrief._feedback_update();
  create trigger feedback_wake_update after update on debrief.analysis_feedback
    for each statement execute function debrief._wake_trigger('feedback');
  create trigger feedback_revoked before delete on debrief.analysis_feedback
    for each row when (old.claim_token is not null) execute function debrief._wake_trigger('revoked');
  create trigger feedback_truncated after truncate on debrief.analysis_feedback
    for each statement execute function debrief._wake_trigger('revoked');

  create trigger metric_owner before insert on debrief.analysis_metrics
    for each row when (new.user_id is null) execute function debrief._segment_owner();
  create trigger ssml_segment_owner before insert on debrief.analysis_ssml_segments
    for each row when (new.user_id is null) execute function debrief._segment_owner();
  create trigger ssml_segment_moved before update on debrief.analysis_ssml_segments
    for each row when (new.user_id <> old.user_id or new.feedback_id <> old.feedback_id)
    execute function debrief._segment_owner();
  create trigger audio_segment_owner before insert on debrief.analysis_audio_segments
    for each row when (new.user_id is null) execute function debrief._segment_owner();
  create trigger audio_segment_moved before update on debrief.analysis_audio_segments
    for each row when (new.user_id <> old.user_id or new.feedback_id <> old.feedback_id)
    execute function debrief._segment_owner();
  create trigger audio_object_unreferenced after delete or update of storage_path, store on debrief.analysis_audio_segments
    for each row execute function debrief._object_unreferenced();
  create trigger audio_objects_truncated before truncate on debrief.analysis_audio_segments
    for each statement execute function debrief._objects_truncated();
  perform debrief._install_optional('triggers');
end $install$;
comment on function debrief._install_triggers() is 'Creates the triggers; DROP EXTENSION ... CASCADE drops them.';
