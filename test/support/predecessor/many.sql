-- Many finished analyses of the system that came before: 5,000 recordings, 20,000 items, all spoken.
insert into old.users select ('00000000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid from generate_series(0, 99) u;
insert into old.video_recordings (user_id, filename, file_size, duration_seconds, format, storage_path, upload_status, upload_progress)
select u.id, 'video.mp4', 1000, 30, 'mp4', u.id || '/videos/' || i || '/video.mp4', 'completed', 100
  from generate_series(1, 5000) i join old.users u on right(u.id::text, 12)::int = i % 100 order by i;
insert into old.analysis_jobs (user_id, video_recording_id, status, progress_percentage) select user_id, id, 'completed', 100 from old.video_recordings r
 where not exists (select from old.analysis_jobs j where j.video_recording_id = r.id);
insert into old.analyses (job_id, full_feedback_text, title) select id, repeat('All of it. ', 50), 'A talk' from old.analysis_jobs j
 where status = 'completed' and not exists (select from old.analyses a where a.job_id = j.id);
insert into old.analysis_feedback (analysis_id, timestamp_seconds, category, message, confidence, impact, ssml_status, audio_status)
select a.id, n * 6, 'Speech', 'Item ' || n || ' of ' || a.job_id || '.', 0.9, 0.3, 'completed', 'completed'
  from old.analyses a, generate_series(1, 4) n where a.full_feedback_text like 'All of it. All%';
insert into old.analysis_ssml_segments (feedback_id, ssml) select id, '<speak>' || message || '</speak>' from old.analysis_feedback f where message like 'Item %';
insert into old.analysis_audio_segments (feedback_id, audio_url, duration_ms, format, storage_path)
select id, 'https://x.example/a.wav?token=t', 5.2, 'wav', 'u/' || id || '/0.wav' from old.analysis_feedback f where message like 'Item %';
