-- The voice of an analysis.

create or replace function debrief._voices_hint() returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce('Voices: ' || string_agg(quote_ident(v.name), ', ' order by v.name) || case when (select count(*) from debrief.voices) > 20 then ', and more.' else '.' end,
                  'debrief.voices is empty.')
    from (select n.name from debrief.voices n order by n.name limit 20) v;
$$;
comment on function debrief._voices_hint() is 'The first 20 names of debrief.voices, in a sentence.';
grant execute on function debrief._voices_hint() to debrief_admin, debrief_worker;

create or replace function debrief.set_voice(analysis_job_id bigint, voice text) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  chosen debrief.voices;
begin
  perform debrief._check_owner('analysis job', analysis_job_id);
  select * into chosen from debrief.voices v where v.name = voice;
  if not found then
    raise exception 'voice "%" does not exist', voice using errcode = 'undefined_object', hint = debrief._voices_hint();
  end if;
  update debrief.analysis_jobs j set voice = chosen.name, voice_snapshot = to_jsonb(chosen), updated_at = clock_timestamp()
   where j.id = analysis_job_id;
  if not found then
    perform debrief._check_owner('analysis job', analysis_job_id);  -- deleted in the meantime
  end if;
  return (select count(*) from debrief.analysis_feedback f
           where f.analysis_job_id = set_voice.analysis_job_id and (f.ssml_due_at is not null or f.audio_due_at is not null));
end $$;
comment on function debrief.set_voice(bigint, text) is
  'Sets the voice of an analysis to a voice of debrief.voices, as it is now. Waiting feedback will be spoken with it. Feedback that has been spoken, or is being processed, keeps its sound until an operator calls retry_feedback(id, ''audio''). Returns how many items wait.';
alter function debrief.set_voice(bigint, text) owner to debrief_worker;
grant execute on function debrief.set_voice(bigint, text) to debrief_app, debrief_admin;
