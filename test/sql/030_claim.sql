\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.lease(stage text, row_id bigint)
returns table (claim_token bigint, claimed_by bigint, lease_expires_at timestamptz) language sql as $$
  select j.claim_token, j.claimed_by, j.lease_expires_at from debrief.analysis_jobs j where stage = 'analysis' and j.id = row_id
  union all
  select f.claim_token, f.claimed_by, f.lease_expires_at from debrief.analysis_feedback f where stage <> 'analysis' and f.id = row_id;
$$;

create function pg_temp.claims(stage text) returns setof text language plpgsql as $claims$
declare
  oldest bigint;
  middle bigint;
  newest bigint;
  future bigint;
  first record;
  second record;
  held record;
begin
  truncate debrief.video_recordings restart identity cascade;
  newest := pg_temp.ready(stage);
  oldest := pg_temp.ready(stage);
  middle := pg_temp.ready(stage);
  future := pg_temp.ready(stage);
  perform pg_temp.due(stage, newest, '2001-01-03'), pg_temp.due(stage, oldest, '2001-01-01'),
          pg_temp.due(stage, middle, '2001-01-02'), pg_temp.due(stage, future, clock_timestamp() + interval '1 hour');

  return next is_empty(format('select * from pg_temp.claim(%L, 0)', stage), stage || ': no room, no claim');
  select * into first from pg_temp.claim(stage, 1);
  return next is(first.id, oldest, stage || ': the oldest due row is claimed first, and as many as asked for');
  return next is(first.attempt, 1, stage || ': the claim tells the attempt');
  return next results_eq(format('select status, attempts, due_in is null from pg_temp.state(%L, %s)', stage, oldest),
    $$values ('processing', 1, true)$$, stage || ': a claimed row is processing, its attempt counted');
  select * into held from pg_temp.lease(stage, oldest);
  return next is(held.claim_token, first.token, stage || ': the row keeps the token that was told');
  return next is(held.claimed_by, 7::bigint, stage || ': the row names its worker');
  return next ok(held.lease_expires_at between clock_timestamp() + interval '50 s' and clock_timestamp() + interval '1 min',
    stage || ': the lease is as long as asked for');

  return next is(array(select id from pg_temp.claim(stage)), array[middle, newest],
    stage || ': the rest follows in order of due time; what is claimed or due later is not');
  return next ok((select min(l.claim_token) > first.token from pg_temp.lease(stage, middle) l),
    stage || ': a later token is greater');
  return next is_empty(format('select * from pg_temp.claim(%L)', stage), stage || ': nothing is claimed twice');

  perform pg_temp.put_back(stage, oldest, first.token, 'retried');
  select * into second from pg_temp.claim(stage);
  return next is(row(second.id, second.attempt), row(oldest, 2), stage || ': the second claim is the second attempt');
  return next ok(second.token > first.token, stage || ': each claim draws a fresh token');
  return next is((select d.wait_ms between 3500000 and 3600000 from debrief._next_due() d where d.stage = claims.stage), true,
    stage || ': the worker is told when the next row comes due');

  perform pg_temp.due(stage, future, '2001-01-01');
  return next is_empty(format('select from debrief._next_due() where stage = %L', stage), stage || ': rows that are due already are not told');
  perform debrief.pause(stage);
  return next is_empty(format('select * from pg_temp.claim(%L)', stage), stage || ': a paused stage claims nothing');
  perform debrief.resume(stage);
  update debrief.stages s set rollout_percent = 0 where s.stage = claims.stage;
  return next is_empty(format('select * from pg_temp.claim(%L)', stage), stage || ': at a share of 0 nobody is served');
  update debrief.stages s set rollout_percent = 100 where s.stage = claims.stage;
  return next is(array(select id from pg_temp.claim(stage)), array[future], stage || ': resumed, it claims what is due');
end $claims$;
select pg_temp.claims(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- What each claim tells the provider.
set local timezone = 'America/New_York';
truncate debrief.video_recordings cascade;
insert into debrief.voices (name, language, provider_voice, ssml_instruction, speech_instruction)
values ('calm', 'de-DE', '{"template": "t-calm", "tts": "Vicki"}', 'Write slowly.', 'Speak slowly.');
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
update debrief.stages set server = 'tts' where stage = 'audio';
insert into debrief.video_recordings (user_id, storage_path, original_filename, format, duration_seconds, metadata, created_at)
values (:'ann', 'a/b.mp4', 'b.mp4', 'mp4', 12.5, '{"voice": "calm"}', '2026-02-03 23:30:00-05') returning id as recording \gset
insert into debrief.analysis_jobs (video_recording_id, due_at) values (:recording, '2001-01-01') returning id as job \gset
select results_eq('select c.user_id, c.correlation_id, c.unproven, c.language, c.recording_id, c.storage_path, c.filename, c.format, c.duration_seconds
                     from debrief._claim_analysis(7, 1, ''1 minute'') c',
  format('select %L::uuid, correlation_id, 0, ''de-DE'', %s::bigint, ''a/b.mp4'', ''b.mp4'', ''mp4'', 12.5 from debrief.analysis_jobs where id = %s',
         :'ann', :recording, :job), 'the claim of an analysis tells the video and the language');
select is((select progress_percentage from debrief.analysis_jobs), 5, 'a claimed analysis has begun');
select ok((select processing_started_at between now() and clock_timestamp() from debrief.analysis_jobs), 'and says since when');
insert into debrief.analysis_feedback (analysis_job_id, message, category, timestamp_seconds)
values (:job, 'Look up.', 'Gaze', 4.5) returning id as item \gset
update debrief.analysis_feedback set ssml_due_at = clock_timestamp() - interval '2 seconds';
select results_eq('select c.language, c.provider_voice, c.instruction, c.message, c.category, c.timestamp_seconds,
                          c.correlation_id = (select correlation_id from debrief.analysis_jobs), c.waited_us between 2000000 and 60000000
                     from debrief._claim_ssml(7, 1, ''1 minute'') c',
  $$values ('de-DE', 't-calm', 'Write slowly.', 'Look up.', 'Gaze', 4.5, true, true)$$,
  'the claim of SSML tells voice, instruction, message and how long it waited');
select pg_temp.settle_ssml(:item, (select claim_token from debrief.analysis_feedback)) \gset
select results_eq('select c.language, c.provider_voice, c.instruction, c.segment_count, c.segment_indexes, c.ssml, cardinality(c.source_hashes), c.object_prefix
                     from debrief._claim_audio(7, 1, ''1 minute'') c',
  format($$values ('de-DE', 'Vicki', 'Speak slowly.', 2, '{0,1}'::int[], '{<speak>One.</speak>,<speak>Two.</speak>}'::text[], 2,
                   '%s/videos/20260204/%s/audio/%s')$$, :'ann', :recording, :item),
  'the claim of audio tells voice, segments and where the sounds go, the day in UTC');

-- Parts without sound only.
select pg_temp.settle_audio(:item, (select claim_token from debrief.analysis_feedback), '{1}', false) \gset
select pg_temp.put_back('audio', :item, (select claim_token from debrief.analysis_feedback), 'retried') \gset
select results_eq('select c.segment_count, c.segment_indexes, c.ssml from debrief._claim_audio(7, 1, ''1 minute'') c',
  $$values (2, '{0}'::int[], '{<speak>One.</speak>}'::text[])$$, 'a part that has its sound is not spoken again');
select pg_temp.settle_audio(:item, (select claim_token from debrief.analysis_feedback), '{0}') \gset
update debrief.analysis_feedback set audio_status = 'queued';
select results_eq('select c.segment_count, c.segment_indexes, c.ssml from debrief._claim_audio(7, 1, ''1 minute'') c',
  $$values (2, null::int[], null::text[])$$, 'with every sound there, there is nothing to speak');
select debrief._release(7) \gset
update debrief.stages set server = null where stage = 'audio';
select is((select cardinality(c.segment_indexes) from debrief._claim_audio(7, 1, '1 minute') c), 2,
  'another server or voice makes another sound');

-- Audio after SSML only; blank messages never.
truncate debrief.video_recordings cascade;
select pg_temp.job() as job \gset
select pg_temp.feedback(:job) as item, pg_temp.feedback(:job, E' \t\n') as blank, pg_temp.feedback(:job, '') as empty \gset
select is_empty('select * from pg_temp.claim(''audio'')', 'no audio before the SSML');
select is(array(select id from pg_temp.claim('ssml')), array[:item::bigint], 'a blank message is never claimed for SSML');
select is_empty('select * from pg_temp.claim(''audio'')', 'no audio while the SSML is being written');
select pg_temp.put_back('ssml', :item, (select claim_token from debrief.analysis_feedback where id = :item), 'failed') \gset
select is_empty('select * from pg_temp.claim(''audio'')', 'no audio after the SSML failed');
update debrief.analysis_feedback set ssml_status = 'completed' where id in (:blank, :empty);
select is_empty('select * from pg_temp.claim(''audio'')', 'a blank message is never claimed for audio');
select is((select count(*) from pg_proc p, regexp_matches((select regexp_replace(b.prosrc, '--[^\n]*', '', 'g') from pg_proc b where b.proname = '_is_blank'), '''([^'']+)''', 'g') m
            where p.proname in ('_install_views', '_install_feedback_tables') and strpos(p.prosrc, m[1]) > 0), 4::bigint, 'feedback_status and its index know the same blanks');
savepoint every_character;
insert into debrief.analysis_feedback (analysis_job_id, message)
select :job, chr(c) from (select generate_series(1, 12543) union all select generate_series(65024, 65535) union all select generate_series(917504, 921599)) as x (c);
select is_empty('select message from debrief.analysis_feedback where (ssml_due_at is null) <> debrief._is_blank(message) and ssml_status = ''queued''',
  'the insert trigger, too');
update debrief.analysis_feedback set message = message || 'x';
update debrief.analysis_feedback set message = left(message, 1);
select is_empty('select message from debrief.analysis_feedback where (ssml_due_at is null) <> debrief._is_blank(message) and ssml_status = ''queued''',
  'the update trigger, too');
rollback to every_character;
select is(debrief._is_blank(U&' \00A0\00AD\034F\061C\1160\1680\180E\200B\200D\2028\202E\2060\2069\2800\3000\3164\FE0F\FEFF\FFA0\+0E0001'),
  true, 'what leaves no trace is blank');
select is(array(select m from unnest(array[U&'a\00A0', '.', U&'\3042', U&'\+01F600', U&'\00A1', U&'\2010']) m where debrief._is_blank(m)),
  '{}', 'what can be seen is not');
select pg_temp.feedback(:job, U&'\00A0\200B') as traceless \gset
select is_empty('select * from pg_temp.claim(''ssml'')', 'and is never claimed');
update debrief.analysis_feedback set message = 'At last.' where id = :blank;
select is(array(select id from pg_temp.claim('ssml')), array[:blank::bigint], 'a blank message that is filled in is claimed');

-- A server that is paused is read by the worker; the rest of the stage's limits with it.
select debrief.pause_server('tts') \gset
update debrief.stages set server = 'tts', max_attempts = 5, timeout_ms = 1234 where stage = 'audio';
select results_eq($$select c.stage, c.kind, c.paused, c.max_attempts, c.timeout_ms, c.options ->> 'base_url' from debrief._load_config() c$$,
  $$values ('analysis', null, false, 3, 600000::bigint, null), ('audio', 'http', true, 5, 1234, 'http://127.0.0.1:1'),
           ('ssml', 'template', false, 3, 60000, null)$$, 'the worker reads stages, servers and pauses in one go');

-- The share of users: stable, monotone, and about right.
create temp table users as select gen_random_uuid() as id from generate_series(1, 2000);
select ok((select bool_and(not debrief._in_rollout(id, p) or debrief._in_rollout(id, p + 1))
             from users, generate_series(0, 99) p), 'a growing share keeps those it had');
select ok((select bool_and(not debrief._in_rollout(id, 0) and debrief._in_rollout(id, 100)) from users), 'from nobody to everybody');
select ok((select count(*) filter (where debrief._in_rollout(id, 50)) between 850 and 1150 from users), 'half of the users is about half');
select is((select array_agg(percent order by u) from unnest(array[:'ann', :'bob']) u,
             lateral (select min(p) as percent from generate_series(0, 100) p where debrief._in_rollout(u::uuid, p)) served),
  '{68,40}', 'a user''s place in the rollout is the same in every version');

select * from finish();
rollback;
