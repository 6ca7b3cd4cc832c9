\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What is read often has an index that serves it. Without rows the planner would read tables whole.
set local enable_seqscan = off;
set local enable_bitmapscan = off;
create function pg_temp.uses(index_name text, statement text, role_name text default 'postgres') returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  perform set_config('debrief.user_id', '11111111-1111-4111-8111-111111111111', true), set_config('role', role_name, true);
  for line in execute 'explain ' || statement loop
    plan := plan || line || E'\n';
  end loop;
  reset role;
  return case when plan ~ (index_name || '\M') then ok(true, format('%s: %s is used', statement, index_name))
              else ok(false, format('%s: %s is used', statement, index_name)) || E'\n' || diag(plan) end;
end $$;
select pg_temp.uses(index_name, statement, 'debrief_app') from (values
  ('analysis_feedback_user_idx', 'select * from debrief.analysis_feedback order by created_at desc limit 20'),
  ('analysis_ssml_segments_user_idx', 'select * from debrief.analysis_ssml_segments order by id desc limit 10'),
  ('analysis_audio_segments_user_idx', 'select * from debrief.analysis_audio_segments order by id desc limit 10'),
  ('analysis_jobs_user_idx', 'select * from debrief.analysis_jobs order by created_at desc limit 20'),
  ('video_recordings_user_source_key', 'select * from debrief.video_recordings'),
  ('analysis_jobs_failed(_at)?_idx', 'select * from debrief.failures')) as q (index_name, statement);
select pg_temp.uses(index_name, statement) from (values
  ('analysis_feedback_status_failed_idx', 'select * from debrief.feedback_status where status = ''failed'''),
  ('Merge Append', 'select * from debrief.failures limit 50'),
  ('analysis_jobs_failed_at_idx', 'select * from debrief.failures limit 50'),
  ('analysis_feedback_ssml_failed_idx', 'select * from debrief.failures limit 50'),
  ('analysis_feedback_audio_failed_idx', 'select * from debrief.failures limit 50'),
  ('analysis_jobs_due_idx', 'select * from debrief.pipeline_status'),
  ('analysis_feedback_ssml_due_idx', 'select * from debrief.pipeline_status'),
  ('analysis_feedback_audio_due_idx', 'select * from debrief.pipeline_status'),
  ('analysis_jobs_unqueued_idx', 'select * from debrief.pipeline_status'),
  ('analysis_feedback_unqueued_idx', 'select * from debrief.pipeline_status'),
  ('analysis_feedback_lease_idx', 'select * from debrief.pipeline_status')) as q (index_name, statement);

select * from finish();
rollback;
