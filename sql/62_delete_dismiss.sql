-- Deleting recordings and dismissing failures, for owners and operators.

-- A function and not DELETE: whoever may delete from a table may also lock it.
create or replace function debrief.delete_recording(video_recording_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  perform debrief._check_owner('video recording', delete_recording.video_recording_id);
  perform debrief._remove_recordings(array[delete_recording.video_recording_id], false);
  return 'deleted';
end $$;
comment on function debrief.delete_recording(bigint) is
  'Deletes a recording with its analysis, feedback and audio; a call in flight is aborted, objects in a store are deleted by the worker. The uploaded video stays where it is; an update of the application''s row that keeps its path does not start the analysis again.';
alter function debrief.delete_recording(bigint) owner to debrief_admin;
grant execute on function debrief.delete_recording(bigint) to debrief_app, debrief_admin;

create or replace function debrief.dismiss_feedback(feedback_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
begin
  perform debrief._check_owner('feedback', dismiss_feedback.feedback_id);
  select * into item from debrief.analysis_feedback f where f.id = dismiss_feedback.feedback_id for no key update;
  if not found then
    perform debrief._check_owner('feedback', dismiss_feedback.feedback_id);  -- deleted in the meantime
  elsif 'failed' not in (item.ssml_status, item.audio_status) then
    raise exception 'feedback % has not failed', dismiss_feedback.feedback_id
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('SSML is %s, audio is %s.', item.ssml_status, item.audio_status);
  elsif item.dismissed_at is not null then
    return 'was dismissed already';
  end if;
  update debrief.analysis_feedback f set dismissed_at = clock_timestamp() where f.id = dismiss_feedback.feedback_id;
  perform debrief._log_operation('dismiss_feedback', dismiss_feedback.feedback_id::text);
  return 'dismissed';
end $$;
comment on function debrief.dismiss_feedback(bigint) is
  'Hides a feedback item that failed from its owner in feedback_status and failures, until it is retried or edited; operators still see it.';
alter function debrief.dismiss_feedback(bigint) owner to debrief_worker;
grant execute on function debrief.dismiss_feedback(bigint) to debrief_app, debrief_admin;
