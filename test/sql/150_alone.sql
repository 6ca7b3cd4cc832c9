\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.rescue() returns bigint language sql set role = debrief_worker as $$
  select count(*) from debrief._rescue(7, '{}');
$$;
create function pg_temp.next_alone(stage text, set_aside bigint[] default '{}') returns bigint language sql set role = debrief_worker as $$
  select debrief._next_alone(stage, set_aside);
$$;
-- Claims the rows for a worker that is gone, and has them taken back.
create function pg_temp.lose(stage text, ids bigint[]) returns void language plpgsql as $$
begin
  perform pg_temp.claim(stage, 100, 6, ids);
  perform pg_temp.rescue();
end $$;

-- A worker died three times over a poison row and two innocent ones.
create function pg_temp.poison(stage text) returns setof text language plpgsql as $poison$
declare
  ids bigint[];
  fresh bigint;
  token bigint;
begin
  truncate debrief.video_recordings restart identity cascade;
  ids := array[pg_temp.ready(stage), pg_temp.ready(stage), pg_temp.ready(stage)];
  perform pg_temp.lose(stage, ids);
  return next is(pg_temp.next_alone(stage), null, stage || ': rows that were lost once run together');
  return next is((select array_agg(id order by id) from pg_temp.claim(stage, 100, 6)), ids, stage || ': and are claimed as any other');
  perform pg_temp.rescue();
  return next results_eq('select debrief._waiting_alone()', array[stage], stage || ': the worker is told that rows wait to run alone');

  fresh := pg_temp.ready(stage);
  return next results_eq(format('select id from pg_temp.claim(%L)', stage), array[fresh], stage || ': rows that were lost twice are left out of a claim, others go on');
  return next is_empty(format('select * from debrief._look_ahead(%L, ''epoch'', 0, ''{}'', true, 10)', stage), stage || ': nor are they given a turn');
  return next is(pg_temp.next_alone(stage), ids[1], stage || ': the one that was due first runs alone');
  return next is(pg_temp.next_alone(stage, array[ids[1]]), ids[2], stage || ': or the next, if that one is set aside');
  token := pg_temp.take(stage, ids[1], 7);
  return next isnt(token, null, stage || ': it can be claimed by its id');
  return next is(pg_temp.next_alone(stage), null, stage || ': while it is in flight no other may run');
  perform pg_temp.settle(stage, ids[1], token);
  return next is(pg_temp.next_alone(stage), ids[2], stage || ': when it has ended the next one may');
  perform pg_temp.lose(stage, array[ids[2]]);
  return next is((select status from pg_temp.state(stage, ids[2])), 'failed', stage || ': one that takes its worker down once more fails');
  token := pg_temp.take(stage, pg_temp.next_alone(stage), 7);
  return next is(pg_temp.put_back(stage, ids[3], token, 'failed'), 'settled', stage || ': the last one ends as it may');
  return next is(pg_temp.next_alone(stage), null, stage || ': then none is left');
  return next is_empty('select debrief._waiting_alone()', stage || ': and none waits');
end $poison$;
select pg_temp.poison(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

select ok(debrief._runs_alone('worker_lost', 1, 2), 'the last attempt after a loss is made alone');
select ok(not debrief._runs_alone('worker_lost', 1, 3), 'an earlier one is not');
select ok(debrief._runs_alone('worker_lost', 2, 100), 'however many attempts there are, the third is');
select ok(not debrief._runs_alone('timeout', 2, 3), 'whatever else went wrong, a row runs with the others');
select ok(not debrief._runs_alone(null, 2, 3), 'so does one that nothing went wrong with');

select * from finish();
rollback;
