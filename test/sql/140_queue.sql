\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.claim_from(stage text, batch_size int, from_due timestamptz, preferred bigint[] default '{}')
returns setof bigint language plpgsql set role = debrief_worker as $$
begin
  return query execute format('select id from debrief._claim_%s(7, $1, $2, $3, $4)', stage)
    using batch_size, interval '1 minute', from_due, preferred;
end $$;

-- 1. Claims begin at a mark, and prefer rows.
create function pg_temp.marks(stage text) returns setof text language plpgsql as $marks$
declare
  behind bigint;
  first bigint;
  second bigint;
  third bigint;
  future bigint;
begin
  truncate debrief.video_recordings restart identity cascade;
  behind := pg_temp.ready(stage);
  first := pg_temp.ready(stage);
  second := pg_temp.ready(stage);
  third := pg_temp.ready(stage);
  future := pg_temp.ready(stage);
  perform pg_temp.due(stage, behind, '2001-01-01'), pg_temp.due(stage, first, '2001-01-02'),
          pg_temp.due(stage, second, '2001-01-03'), pg_temp.due(stage, third, '2001-01-04'),
          pg_temp.due(stage, future, clock_timestamp() + interval '1 hour');

  return next is(array(select pg_temp.claim_from(stage, 2, '2001-01-02', array[third, future])), array[first, third],
    stage || ': a preferred row goes first, the rest by due time from the mark on; both are within the batch');
  return next is(array(select pg_temp.claim_from(stage, 9, '2001-01-02', array[first, third, 0])), array[second],
    stage || ': a preferred row that is claimed, or is none, costs nothing');
  return next is_empty(format('select pg_temp.claim_from(%L, 9, %L)', stage, '2001-01-02'),
    stage || ': what was due before the mark is not looked for');
  return next is(array(select pg_temp.claim_from(stage, 9, '-infinity', array[future])), array[behind],
    stage || ': a look behind the mark finds it; a preferred row must be due too');
end $marks$;
select pg_temp.marks(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- 2. Reading on: whose rows wait.
create function pg_temp.looks(stage text) returns setof text language plpgsql as $looks$
declare
  ann_1 bigint;
  ann_2 bigint;
  bob bigint;
begin
  truncate debrief.video_recordings restart identity cascade;
  ann_1 := pg_temp.ready(stage);
  ann_2 := pg_temp.ready(stage);
  bob := pg_temp.ready(stage);
  perform pg_temp.due(stage, ann_1, '2001-01-01'), pg_temp.due(stage, ann_2, '2001-01-01'), pg_temp.due(stage, bob, '2001-01-02');
  return next results_eq(format('select id, is_wanted from debrief._look_ahead(%L, %L, 0, %L, false, 9)', stage, '2001-01-01', '{}'),
    format('values (%s::bigint, true), (%s, true), (%s, true)', ann_1, ann_2, bob), stage || ': rows from a place on, in order');
  return next results_eq(format('select id, due_us from debrief._look_ahead(%L, %L, %s, %L, false, 1)', stage, '2001-01-01', ann_1, '{}'),
    format('values (%s::bigint, (extract(epoch from timestamptz %L) * 1000000)::bigint)', ann_2, '2001-01-01'),
    stage || ': the row that was read last is left out, and no more are told than asked for');
  return next results_eq(
    format('select is_wanted from debrief._look_ahead(%L, %L, 0, %L, false, 9)', stage, '2001-01-02',
           array['11111111-1111-4111-8111-111111111111']), 'values (false)', stage || ': who is served is not wanted');
  return next results_eq(
    format('select is_wanted from debrief._look_ahead(%L, %L, 0, %L, true, 9)', stage, '2001-01-02',
           array['11111111-1111-4111-8111-111111111111']), 'values (true)', stage || ': but fresh rows are, when retries fill the claims');
  perform pg_temp.put_back(stage, bob, pg_temp.take(stage, bob), 'retried'), pg_temp.due(stage, bob, '2001-01-02');
  return next results_eq(
    format('select is_wanted from debrief._look_ahead(%L, %L, 0, %L, true, 9)', stage, '2001-01-02',
           array['11111111-1111-4111-8111-111111111111']), 'values (false)', stage || ': a retry is not fresh');
end $looks$;
select pg_temp.looks(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- 3. From SSML to audio in one step.
create function pg_temp.settle_on(ids bigint[], tokens bigint[], audio_claims int) returns setof text
language sql set role = debrief_worker as $$
  select outcome from debrief._settle_ssml(ids, tokens, 'template', array_fill('v1'::text, array[cardinality(ids)]),
    array(select i from generate_subscripts(ids, 1) i), array_fill(0, array[cardinality(ids)]),
    array_fill('<speak>One.</speak>'::text, array[cardinality(ids)]), audio_claims, 9, interval '1 minute');
$$;
truncate debrief.video_recordings restart identity cascade;
select pg_temp.job() as job \gset
select pg_temp.feedback(:job) as one, pg_temp.feedback(:job) as two, pg_temp.feedback(:job) as gone \gset
select pg_temp.take('ssml', :one) as token_one, pg_temp.take('ssml', :two) as token_two, pg_temp.take('ssml', :gone) as token_gone \gset
update debrief.analysis_feedback set message = 'Edited meanwhile.' where id = :gone;
select results_eq(format('select pg_temp.settle_on(array[%s,%s,%s], array[%s,%s,%s], 1)', :gone, :one, :two, :token_gone, :token_one, :token_two),
  $$values ('stale'), ('settled'), ('settled')$$, 'a settle that claims tells the same outcomes');
select results_eq('select ssml_status, audio_status, audio_attempts, audio_due_at is null, claimed_by, lease_expires_at > clock_timestamp(), claim_token is null from debrief.analysis_feedback order by id',
  format($$values ('completed', 'processing', 1, true, 9::bigint, true, false),
                  ('completed', 'queued', 0, false, null, null, true),
                  ('queued', 'queued', 0, true, null, null, true)$$),
  'as many go on to audio as asked for, held by the worker; the others come due');
select ok((select claim_token > :token_two from debrief.analysis_feedback where id = :one), 'with a fresh token');
set role debrief_worker;
select results_eq(format('select id, token, attempt, waited_us, segment_count, ssml from debrief._audio_work(9, array[%s,%s,%s]::bigint[])', :gone, :one, :two),
  format($$select id, claim_token, 1, 0::bigint, 1, '{<speak>One.</speak>}'::text[] from debrief.analysis_feedback where id = %s$$, :one),
  'and only those are told as work, with their segments');
select is_empty(format('select id from debrief._audio_work(8, array[%s]::bigint[])', :one), 'to the worker that holds them');
reset role;
select is(pg_temp.settle_audio(:one, (select claim_token from debrief.analysis_feedback where id = :one), '{0}'), 'settled', 'their sounds settle as any');
select pg_temp.take('ssml', :gone) as token_gone \gset
select debrief.pause('audio') \gset
select pg_temp.settle_on(array[:gone], array[:token_gone]::bigint[], 5) \gset
select is((select audio_status from debrief.analysis_feedback where id = :gone), 'queued', 'nothing goes on to a stage that is paused');
select debrief.resume('audio') \gset
update debrief.stages set rollout_percent = 0 where stage = 'audio';
update debrief.analysis_feedback set message = 'Once more.' where id = :gone;
select pg_temp.take('ssml', :gone) as token_gone \gset
select pg_temp.settle_on(array[:gone], array[:token_gone]::bigint[], 5) \gset
select is((select audio_status from debrief.analysis_feedback where id = :gone), 'queued', 'nor for a user whom it does not serve');

select * from finish();
rollback;
