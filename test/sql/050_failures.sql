\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.failures(stage text) returns setof text language plpgsql as $failures$
declare
  row_id bigint;
  state record;
begin
  truncate debrief.video_recordings restart identity cascade;
  row_id := pg_temp.ready(stage);

  return next is(pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'retried', 60000, 'timeout', 'It took too long.'), 'settled',
    stage || ': a retry is settled');
  select * into state from pg_temp.state(stage, row_id);
  return next is(row(state.status, state.attempts, state.unproven, state.held), row('queued'::text, 1, 0, false),
    stage || ': a retry waits, its attempt stays counted');
  return next ok(state.due_in between interval '50 s' and interval '60 s', stage || ': for as long as it was told');
  return next is(row(state.error_code, state.last_error), row('timeout'::text, 'It took too long.'::text), stage || ': and says why');
  return next is_empty(format('select * from pg_temp.claim(%L)', stage), stage || ': it is not claimed before');

  perform pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'deferred', 5000, 'busy', 'The service is busy.');
  select * into state from pg_temp.state(stage, row_id);
  return next is(row(state.status, state.attempts, state.unproven, state.held), row('queued'::text, 1, 0, false),
    stage || ': a deferral is no attempt');
  return next ok(state.due_in between interval '1 s' and interval '5 s', stage || ': a deferral waits for as long as it was told');
  return next is(row(state.error_code, state.last_error), row('busy'::text, 'The service is busy.'::text), stage || ': a deferral says why');

  perform pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'released', 0, null, null);
  select * into state from pg_temp.state(stage, row_id);
  return next is(row(state.status, state.attempts, state.unproven, state.held), row('queued'::text, 1, 0, false),
    stage || ': a release charges nothing');
  return next ok(state.due_in <= interval '0', stage || ': a release is due at once');
  return next is(row(state.error_code, state.last_error), row(null::text, null::text), stage || ': a release keeps what it is told to keep');

  perform pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'failed', 0, 'blocked', 'The service refused it.');
  select * into state from pg_temp.state(stage, row_id);
  return next is(row(state.status, state.attempts, state.unproven, state.held), row('failed'::text, 2, 0, false),
    stage || ': a failure ends the stage');
  return next is(state.due_in, null, stage || ': a failed row is not due');
  return next is(row(state.error_code, state.last_error), row('blocked'::text, 'The service refused it.'::text), stage || ': a failure says why');
  return next is_empty(format('select * from pg_temp.claim(%L)', stage), stage || ': a failed row is not claimed');

  row_id := pg_temp.ready(stage);
  perform pg_temp.put_back(stage, row_id, pg_temp.take(stage, row_id), 'retried');
  perform pg_temp.settle(stage, row_id, pg_temp.take(stage, row_id));
  select * into state from pg_temp.state(stage, row_id);
  return next is(row(state.status, state.attempts, state.error_code, state.last_error), row('completed'::text, 2, null::text, null::text),
    stage || ': a later success clears the error');
end $failures$;
select pg_temp.failures(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- The stages do not disturb each other.
truncate debrief.video_recordings restart identity cascade;
select pg_temp.ready('audio') as item \gset
select pg_temp.put_back('audio', :item, pg_temp.take('audio', :item), 'failed', 0, 'too_large', 'Too long to speak.') \gset
select is((select row(status, attempts, error_code) from pg_temp.state('ssml', :item)), row('completed'::text, 1, null::text), 'failed audio leaves SSML alone');
select pg_temp.ready('ssml') as item \gset
select pg_temp.put_back('ssml', :item, pg_temp.take('ssml', :item), 'failed', 0, 'blocked', 'No.') \gset
select is((select row(status, attempts, due_in, error_code) from pg_temp.state('audio', :item)), row('queued'::text, 0, null::interval, null::text),
  'audio after failed SSML just waits');
select pg_temp.ready('analysis') as job \gset
select pg_temp.take('analysis', :job) as token \gset
select pg_temp.put_back('analysis', :job, :token, 'retried') \gset
select is((select processing_completed_at from debrief.analysis_jobs where id = :job), null, 'a retried analysis has not ended');
select pg_temp.put_back('analysis', :job, pg_temp.take('analysis', :job), 'failed') \gset
select isnt((select processing_completed_at from debrief.analysis_jobs where id = :job), null, 'a failed one has');

-- Batches: each row its own disposition.
select pg_temp.ready('ssml') as one, pg_temp.ready('ssml') as two, pg_temp.ready('ssml') as three, pg_temp.ready('ssml') as four \gset
create temp table held as select id, token from pg_temp.claim('ssml');
select results_eq($$select f.outcome from (select array_agg(id order by id) ids, array_agg(token order by id) tokens from held) h,
    debrief._settle_failures('ssml', h.ids, h.tokens, '{retried,failed,deferred,released}', '{1000,0,2000,0}', '{a,b,c,null}', '{A.,B.,C.,null}') f$$,
  array['settled', 'settled', 'settled', 'settled'], 'failures are settled in batches');
select results_eq('select ssml_status, ssml_attempts, unproven, ssml_error_code, ssml_due_at is not null from debrief.analysis_feedback
                    where id in (select id from held) order by id',
  $$values ('queued', 1, 0, 'a', true), ('failed', 1, 0, 'b', false), ('queued', 0, 0, 'c', true), ('queued', 0, 0, null, true)$$,
  'each row of a batch gets its own disposition');

-- Servers that fail are left alone, for all workers.
select debrief._park_server('tts', 'audio', 60000, 1, 'auth', 'The key was refused.') \gset
select debrief._park_server('tts', 'audio', 1000, 2, 'auth', 'Refused again.') \gset
select results_eq($$select failures, code, message, parked_until > clock_timestamp() + interval '50 s' from debrief.server_states where server = 'tts'$$,
  $$values (2, 'auth', 'Refused again.', true)$$, 'the longer of two pauses holds, the later reason is told');
select debrief._server_ok('tts', 'audio') \gset
select is_empty($$select from debrief.server_states where server = 'tts'$$, 'a success forgets the failures');
insert into debrief.server_states (server, stage, paused) values ('tts', 'audio', true);
select debrief._park_server('tts', 'audio', 1000, 1, 'x', 'y'), debrief._server_ok('tts', 'audio') \gset
select ok((select paused from debrief.server_states where server = 'tts'), 'but not that an operator paused it');

select * from finish();
rollback;
