\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.expire(stage text, row_id bigint) returns void language sql as $$
  update debrief.analysis_jobs set lease_expires_at = '2000-01-01' where stage = 'analysis' and id = row_id;
  update debrief.analysis_feedback set lease_expires_at = '2000-01-01' where stage <> 'analysis' and id = row_id;
$$;
create function pg_temp.rescue(worker_id bigint, held bigint[] default '{}')
returns table (stage text, id bigint, outcome text) language sql set role = debrief_worker as $$
  select * from debrief._rescue(worker_id, held);
$$;

-- Worker 7 is this session's own: it asks, so it is not gone. Nobody holds the lock of worker 6. That
-- the claims of another live worker are left alone takes two sessions: test/specs/rescue_races_settle.
create function pg_temp.leases(stage text) returns setof text language plpgsql as $leases$
declare
  live bigint;
  row_id bigint;
  token bigint;
  again bigint;
begin
  truncate debrief.video_recordings restart identity cascade;
  live := pg_temp.ready(stage);
  perform pg_temp.take(stage, live, 7);
  row_id := pg_temp.ready(stage);

  perform pg_temp.take(stage, row_id, 6);
  return next results_eq('select * from pg_temp.rescue(7)', format('values (%L, %s::bigint, ''queued'')', stage, row_id),
    stage || ': the claim of a worker that is gone is rescued at once');
  return next results_eq(format('select status, attempts, held, error_code, due_in <= interval ''0'' from pg_temp.state(%L, %s)', stage, row_id),
    $$values ('queued', 1, false, 'worker_lost', true)$$, stage || ': it is due again, and the attempt stays counted');
  return next is((select status from pg_temp.state(stage, live)), 'processing', stage || ': the asking worker''s own claim is left alone');

  token := pg_temp.take(stage, row_id, 7);
  perform pg_temp.expire(stage, row_id);
  return next is_empty(format('select * from pg_temp.rescue(7, array[%s])', token), stage || ': a late claim that its worker still holds is left alone');
  return next results_eq('select * from pg_temp.rescue(7)', format('values (%L, %s::bigint, ''queued'')', stage, row_id),
    stage || ': an expired claim that nobody holds is rescued');
  return next is((select attempts from pg_temp.state(stage, row_id)), 2, stage || ': each time the attempt stays counted');

  perform pg_temp.take(stage, row_id, 6);
  return next results_eq('select * from pg_temp.rescue(7)', format('values (%L, %s::bigint, ''failed'')', stage, row_id),
    stage || ': with its attempts used up it fails');
  return next results_eq(format('select status, attempts, held, error_code, last_error, due_in from pg_temp.state(%L, %s)', stage, row_id),
    $$values ('failed', 3, false, 'worker_lost', 'The worker stopped in the middle of this attempt.', null::interval)$$,
    stage || ': and says that its worker was lost');
  return next results_eq(format('select attempt, disposition, code, next_attempt_at is not null from debrief.attempts a where a.stage = %L and a.row_id = %s order by a.id', stage, row_id),
    $$values (1, 'rescued', 'worker_lost', true), (2, 'rescued', 'worker_lost', true), (3, 'failed', 'worker_lost', false)$$,
    stage || ': the history of attempts has each of them');
  return next is_empty('select * from pg_temp.rescue(7)', stage || ': nothing is rescued twice');

  row_id := pg_temp.ready(stage);
  token := pg_temp.take(stage, row_id, 7);
  perform pg_temp.expire(stage, row_id), debrief._renew(stage, array[row_id, live], array[token, 0], '1 minute');
  return next is_empty('select * from pg_temp.rescue(7)', stage || ': a renewed claim is held on');
  return next ok((select coalesce(j.lease_expires_at, f.lease_expires_at) between clock_timestamp() + interval '50 s' and clock_timestamp() + interval '1 min'
                    from (select row_id as id) r
                    left join debrief.analysis_jobs j on j.id = r.id and stage = 'analysis'
                    left join debrief.analysis_feedback f on f.id = r.id and stage <> 'analysis'), stage || ': for as long as asked for');

  again := pg_temp.ready(stage);
  perform pg_temp.take(stage, again, 6);
  return next is(debrief._release(7, array[token]), 1::bigint, stage || ': a worker gives back what it does not know of');
  return next is((select status from pg_temp.state(stage, row_id)), 'processing', stage || ': and keeps what it knows');
  return next is(debrief._release(7), 1::bigint, stage || ': a worker that stops gives its claims back');
  return next results_eq(format('select status, attempts, held, error_code, due_in <= interval ''0'' from pg_temp.state(%L, %s)', stage, row_id),
    $$values ('queued', 0, false, null, true)$$, stage || ': uncharged and due at once');
  return next is((select status from pg_temp.state(stage, again)), 'processing', stage || ': and nobody else''s');
  return next is(pg_temp.put_back(stage, row_id, token, 'failed'), 'stale', stage || ': after that its answers are stale');
end $leases$;
select pg_temp.leases(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- A rescue touches the stage that was running only.
truncate debrief.video_recordings restart identity cascade;
select pg_temp.ready('audio') as item \gset
select pg_temp.take('audio', :item, 6) \gset
select pg_temp.rescue(7) \gset
select is((select row(status, attempts, error_code) from pg_temp.state('ssml', :item)), row('completed'::text, 1, null::text), 'a rescue of audio leaves SSML alone');
select pg_temp.ready('analysis') as job \gset
update debrief.stages set max_attempts = 1 where stage = 'analysis';
select pg_temp.take('analysis', :job, 6) \gset
select results_eq('select * from pg_temp.rescue(7)', format('values (''analysis'', %s::bigint, ''failed'')', :job), 'how many attempts there are, the stage says');
select isnt((select processing_completed_at from debrief.analysis_jobs where id = :job), null, 'an analysis that failed so has ended');

-- Worker identities.
select worker_id as first, is_copy from debrief._worker_start() \gset
select worker_id as second from debrief._worker_start() \gset
select ok(:second > :first, 'each worker gets an identity of its own');
select ok(not :'is_copy', 'in the database it was installed in, it may work');
select is((select count(*) from pg_locks where locktype = 'advisory' and classid = debrief._lock_class()::oid and pid = pg_backend_pid() and granted
             and objid in (debrief._lock_object(:first)::oid, debrief._lock_object(:second)::oid)), 2::bigint, 'and holds the lock that shows it is alive');
select ok((select bool_and(debrief._lock_object(i) between 0 and 2147483647) from unnest(array[1, 2147483648, 9223372036854775807]) i),
  'identities never outgrow the lock''s key');
-- A row that a trigger of the user's lets nobody change.
truncate debrief.video_recordings restart identity cascade;
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise exception 'Not this one.'; end $$;
select pg_temp.ready('ssml') as refused, pg_temp.ready('ssml') as lost, pg_temp.ready('analysis') as refused_job, pg_temp.ready('analysis') as lost_job \gset
select pg_temp.take('ssml', :refused, 6), pg_temp.take('ssml', :lost, 6), pg_temp.take('analysis', :refused_job, 6), pg_temp.take('analysis', :lost_job, 6) \g /dev/null
select format('create trigger refuse before update on debrief.%s for each row when (old.id = %s) execute function pg_temp.refuse()', t, i)
  from (values ('analysis_feedback', :refused), ('analysis_jobs', :refused_job)) v (t, i) \gexec
select results_eq('select stage, id from pg_temp.rescue(7) order by 1', format($$values ('analysis', %s::bigint), ('ssml', %s)$$, :lost_job, :lost),
  'a claim that cannot be taken back keeps no other from it');

update debrief.installation set database_oid = 1;
select ok((select is_copy from debrief._worker_start()), 'in a copy of the database a worker is told so');
select pg_advisory_unlock_all() \gset

select * from finish();
rollback;
