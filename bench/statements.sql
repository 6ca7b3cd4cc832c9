-- What docs and client send to a database that may be large, for scenario ten_million_done; the console's
-- statements come from itself (tools/console_statements.cpp). A line "-- as ROLE" holds for what follows.
-- :job, :feedback, :recording are of user :user, and so is :failed, feedback without its sound. What a line
-- changes is taken back.

-- as application
-- docs: README.md
select id, timestamp_seconds, message, status from debrief.feedback_status where analysis_job_id = :job;
select status, progress_percentage, title from debrief.analysis_jobs order by id desc limit 50;
select * from debrief.get_audio_segments_for_feedback(:feedback);
select * from debrief.explain(:feedback);
select * from debrief.explain_analysis(:job);
select debrief.wait_for_feedback(:feedback);
select id from debrief.video_recordings where source = 'public.my_uploads:42';
-- client/src/pg.ts
select jsonb_build_object('job', to_jsonb(j) - array['raw_response', 'exchange_server', 'exchange_state', 'claim_token', 'claimed_by'], 'recording', to_jsonb(r), 'items', (select coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('rating', k.user_rating, 'sounds', (select coalesce(jsonb_agg(jsonb_build_object('segment_index', a.segment_index, 'duration_ms', a.duration_ms) order by a.segment_index), '[]') from debrief.analysis_audio_segments a where a.feedback_id = f.id)) order by f.timestamp_seconds, f.id), '[]') from debrief.feedback_status f join debrief.analysis_feedback k on k.id = f.id where f.analysis_job_id = j.id), 'metrics', (select coalesce(jsonb_agg(to_jsonb(m) order by m.metric_key), '[]') from debrief.analysis_metrics m where m.analysis_job_id = j.id)) from debrief.analysis_jobs j left join debrief.video_recordings r on r.id = j.video_recording_id where j.id = :job;
select j.id from debrief.analysis_jobs j left join debrief.video_recordings r on r.id = j.video_recording_id where j.video_recording_id = :recording order by j.id desc limit 1;
update debrief.analysis_feedback f set user_rating = nullif('up', 'none') where f.id = :feedback returning f.id;
select debrief.dismiss_feedback(:failed);
select debrief.retry_feedback(:failed, 'audio'); select debrief.cancel_feedback(:failed);

-- as reader
-- docs: README.md, operate.md, monitoring.md
table debrief.stage_status;
table debrief.pipeline_status;
table debrief.limits;
table debrief.worker_status;
table debrief.failures;
table debrief.slo;
select error_code, count(*) from debrief.failures group by 1;
select sum(processing) from debrief.pipeline_status;
select count(*) from debrief.object_deletions where due_at <= now() or attempts > 0;
select * from debrief.metrics();
select * from debrief.metrics(true);
select * from debrief.version();
select * from debrief.check_installation();

-- as operator
select * from debrief.operations order by at desc limit 20;
select * from debrief.retry_failed('audio', error_code => 'internal', since => now() - interval '2 hours');
select * from debrief.cancel_queued('audio', user_id => :'user');
select debrief.retry_analysis(:job); select * from debrief.cancel_analysis(:job);
