\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Analysis.
select pg_temp.ready('analysis') as job \gset
select pg_temp.take('analysis', :job) as token \gset
select debrief._progress(:job, :token, 40) \gset
select is((select progress_percentage from debrief.analysis_jobs where id = :job), 40, 'progress moves forward');
select debrief._progress(:job, :token, 30) \gset
select is((select progress_percentage from debrief.analysis_jobs where id = :job), 40, 'and never back');
select pg_temp.put_back('analysis', :job, :token, 'retried') \gset
select pg_temp.take('analysis', :job) as token \gset
select is((select progress_percentage from debrief.analysis_jobs where id = :job), 40, 'not even by a new attempt');
select is(pg_temp.settle_analysis(:job, :token), 'settled', 'an analysis is settled');
select results_eq(format($$select status, progress_percentage, title, summary_text, full_feedback_text, raw_response, provider, version,
         last_error, error_code, due_at, claim_token, claimed_by, lease_expires_at from debrief.analysis_jobs where id = %s$$, :job),
  $$values ('completed', 100, 'A talk', 'In short.', 'At length.', '{"answer": 42}'::jsonb, 'house', 'v1', null::text, null::text,
            null::timestamptz, null::bigint, null::bigint, null::timestamptz)$$, 'its results are stored, the error cleared, the claim ended');
select ok((select processing_completed_at >= processing_started_at from debrief.analysis_jobs where id = :job), 'and when it ended');
select results_eq(format('select metric_key, metric_value, unit, user_id from debrief.analysis_metrics where analysis_job_id = %s order by 1', :job),
  format($$values ('pauses', 3::numeric, '', %L::uuid), ('words', 120.5, 'wpm', %L)$$, :'ann', :'ann'), 'metrics are stored for the owner');
select results_eq(format($$select message, timestamp_seconds, category, confidence, impact, user_id, from_analysis, ssml_status, audio_status,
         ssml_due_at is not null, audio_due_at is null from debrief.analysis_feedback where analysis_job_id = %s order by id$$, :job),
  format($$values ('Speak up.', 1::numeric, 'Speech', 0.9, null::numeric, %L::uuid, true, 'queued', 'queued', true, true),
                  ('Slow down.', 2, 'Speech', 0.9, null, %L, true, 'queued', 'queued', true, true)$$, :'ann', :'ann'),
  'feedback is stored for the owner, and due for SSML');
select is((select voice_snapshot ->> 'name' from debrief.analysis_jobs where id = :job), 'default', 'the voice is not touched');

insert into debrief.analysis_feedback (analysis_job_id, message) values (:job, 'By hand.');
select debrief.retry_analysis(:job) \gset
select pg_temp.settle_analysis(:job, pg_temp.take('analysis', :job), 'Again', '{New.,"  "}') \gset
select results_eq(format('select message, from_analysis, ssml_due_at is not null from debrief.analysis_feedback where analysis_job_id = %s order by id', :job),
  $$values ('By hand.', false, true), ('New.', true, true), ('  ', true, false)$$,
  'a run again replaces its own feedback and keeps what was written by hand');
select results_eq(format('select metric_key from debrief.analysis_metrics where analysis_job_id = %s order by 1', :job),
  array['pauses', 'words'], 'and its metrics');
select pg_temp.job() as empty_job \gset
select is(pg_temp.settle_analysis(:empty_job, pg_temp.take('analysis', :empty_job), 'Nothing', '{}'), 'settled', 'an analysis may find nothing');

-- SSML.
select pg_temp.ready('ssml') as item \gset
select pg_temp.take('ssml', :item) as token \gset
select pg_temp.put_back('ssml', :item, :token, 'deferred') \gset
select is(pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item), '{<speak>One.</speak>,<speak>Two.</speak>,<speak>Three.</speak>}'), 'settled',
  'SSML is settled');
select results_eq(format($$select ssml_status, ssml_attempts, ssml_last_error, ssml_error_code, ssml_due_at, audio_status, audio_attempts,
         audio_due_at <= clock_timestamp(), unproven, claim_token, claimed_by, lease_expires_at from debrief.analysis_feedback where id = %s$$, :item),
  $$values ('completed', 1, null::text, null::text, null::timestamptz, 'queued', 0, true, 0, null::bigint, null::bigint, null::timestamptz)$$,
  'its stage is completed, errors and unproven cleared, and audio is due');
select results_eq(format('select segment_index, ssml, provider, version, user_id from debrief.analysis_ssml_segments where feedback_id = %s order by 1', :item),
  format($$values (0, '<speak>One.</speak>', 'template', 'v1', %L::uuid), (1, '<speak>Two.</speak>', 'template', 'v1', %L),
                  (2, '<speak>Three.</speak>', 'template', 'v1', %L)$$, :'ann', :'ann', :'ann'), 'segments are stored in order for the owner');

-- Audio, in two takes: what came is kept, and the claim stays for _settle_failures.
select pg_temp.take('audio', :item) as token \gset
select is(pg_temp.settle_audio(:item, :token, '{0,2}', false), 'settled', 'audio that is not whole is settled as far as it came');
select results_eq(format('select audio_status, claim_token from debrief.analysis_feedback where id = %s', :item),
  format($$values ('processing', %s::bigint)$$, :token), 'and stays claimed');
select is(pg_temp.put_back('audio', :item, :token, 'retried', 0), 'settled', 'so that it can be put back in the same transaction');
select results_eq(format('select segment_index, format, duration_ms, bytes, provider, version, store, user_id from debrief.analysis_audio_segments
                           where feedback_id = %s order by 1', :item),
  format($$values (0, 'wav', 1234.5, 3::bigint, 'voice', 'v1', 'database', %L::uuid), (2, 'wav', 1234.5, 3, 'voice', 'v1', 'database', %L)$$,
         :'ann', :'ann'), 'the sounds that came are kept for the owner');
select is(pg_temp.settle_audio(:item, pg_temp.take('audio', :item), '{1}'), 'settled', 'the rest of the audio is settled');
select results_eq(format($$select audio_status, audio_attempts, audio_last_error, audio_error_code, audio_due_at, ssml_status, unproven,
         claim_token, claimed_by, lease_expires_at from debrief.analysis_feedback where id = %s$$, :item),
  $$values ('completed', 2, null::text, null::text, null::timestamptz, 'completed', 0, null::bigint, null::bigint, null::timestamptz)$$,
  'the stage is completed, the error cleared, the claim ended');
select is((select array_agg(segment_index order by segment_index) from debrief.analysis_audio_segments where feedback_id = :item), '{0,1,2}',
  'every segment has its sound');
select results_eq(format('select content_type, body, user_id from debrief.audio_objects where storage_path = ''sound/%s/1-1.wav''', :item),
  format($$values ('audio/wav', '\x010203'::bytea, %L::uuid)$$, :'ann'), 'the database store keeps the bytes');

-- SSML again: unchanged segments keep their sound, changed ones lose it, with its object.
select debrief.retry_feedback(:item, 'ssml') \gset
select is((select count(*) from debrief.analysis_audio_segments where feedback_id = :item), 3::bigint, 'a stage queued again deletes no sound yet');
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item), '{<speak>One.</speak>,<speak>Changed.</speak>}') \gset
select results_eq(format('select segment_index, ssml from debrief.analysis_ssml_segments where feedback_id = %s order by 1', :item),
  $$values (0, '<speak>One.</speak>'), (1, '<speak>Changed.</speak>')$$, 'SSML is replaced as a set');
select results_eq(format('select segment_index from debrief.analysis_audio_segments where feedback_id = %s', :item), array[0],
  'only the unchanged segment keeps its sound');
select results_eq(format('select storage_path from debrief.audio_objects where storage_path like ''sound/%s/%%''', :item),
  array[format('sound/%s/0-1.wav', :item)], 'the others'' objects are deleted');
select is(pg_temp.settle_audio(:item, pg_temp.take('audio', :item), '{1}', true, 'database', 2), 'settled', 'the changed segment is spoken');
select results_eq(format('select segment_index, storage_path from debrief.analysis_audio_segments where feedback_id = %s order by 1', :item),
  format($$values (0, 'sound/%s/0-1.wav'), (1, 'sound/%s/1-2.wav')$$, :item, :item), 'and its sound joins the one that was kept');

-- A sound over an old one takes the old object along; a sound beyond the last segment goes.
update debrief.analysis_feedback set audio_status = 'queued' where id = :item;
delete from debrief.analysis_ssml_segments where feedback_id = :item and segment_index = 1;
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item), '{0}', true, 'database', 3) \gset
select results_eq(format('select segment_index, storage_path from debrief.analysis_audio_segments where feedback_id = %s order by 1', :item),
  format($$values (0, 'sound/%s/0-3.wav')$$, :item), 'a new sound replaces the old one; one without SSML goes');
select results_eq(format('select storage_path from debrief.audio_objects where storage_path like ''sound/%s/%%''', :item),
  array[format('sound/%s/0-3.wav', :item)], 'and so do their objects');

-- Batches: rows of different outcomes, results to the right rows.
select pg_temp.ready('audio') as one, pg_temp.ready('audio') as two \gset
select pg_temp.take('audio', :one) as token_one, pg_temp.take('audio', :two) as token_two \gset
select results_eq(format($$select id, outcome from debrief._settle_audio(array[%s,%s], array[%s,%s], '{true,false}', 'p', 'files', '{2,1,1}', '{1,0,1}',
    '{h1,h2,h3}', '{u1,u2,u3}', '{p1,p2,p3}', '{wav,mp3,wav}', '{a,b,c}', '{1,2,3}', '{1,2,3}', '{v,v,v}', '{null,null,null}')$$, :one, :two, :token_one, :token_two),
  format($$values (%s::bigint, 'settled'), (%s, 'settled')$$, :one, :two), 'audio is settled in batches');
select results_eq(format('select feedback_id, segment_index, audio_url, storage_path, format, duration_ms, bytes, source_hash from debrief.analysis_audio_segments
                           where feedback_id in (%s,%s) order by 1, 2', :one, :two),
  format($$values (%s::bigint, 0, 'u2', 'p2', 'mp3', 2::numeric, 2::bigint, 'h2'), (%s, 1, 'u3', 'p3', 'wav', 3, 3, 'h3'), (%s, 1, 'u1', 'p1', 'wav', 1, 1, 'h1')$$,
         :one, :one, :two), 'each row of a batch gets its own sounds');
select results_eq(format('select audio_status from debrief.analysis_feedback where id in (%s,%s) order by id', :one, :two),
  array['completed', 'processing'], 'only the whole one is completed');
select is_empty('select * from debrief._settle_ssml(''{}'', ''{}'', ''p'', ''{}'', ''{}'', ''{}'', ''{}'')', 'an empty batch is no error');

-- The attempt history.
select debrief._record_attempts('audio', 'voice', array[:one, :two]::bigint[], array[:'ann', null], array['cccccccc-0000-4000-8000-00000000000c', null],
  '{1,2}', '{completed,failed}', '{-1,-1}', '{"",timeout}', '{"",slow}', '{200,0}', '{1000,0}', '{2000,0}', '{3000,0}', '{4500,0}', '{5000,0}', '{10,0}', '{20,0}', '{30,0}', '{1500,0}') \gset
select results_eq(format('select row_id, user_id, attempt, disposition, code, detail, http_status, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
                                 input_tokens, output_tokens, characters, audio_ms
                            from debrief.attempts where row_id in (%s,%s) order by row_id', :one, :two),
  format($$values (%s::bigint, %L::uuid, 1, 'completed', null, null, 200, 1.0, 2.0, 3.0, 4.5, 5.0, 10::bigint, 20::bigint, 30::bigint, 1500::numeric), (%s, null, 2, 'failed', 'timeout', 'slow', null, 0, 0, 0, 0, 0, null, null, null, null)$$,
         :one, :'ann', :two), 'attempts are kept, in milliseconds, what is not known as null');

select * from finish();
rollback;
