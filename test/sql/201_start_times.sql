\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset
create server pretend foreign data wrapper debrief options (kind 'fake');
update debrief.stages set server = 'pretend';

create function pg_temp.upload(not_before timestamptz default null, bulk boolean default false) returns bigint language plpgsql as $$
#variable_conflict use_variable
declare
  recording bigint;
begin
  insert into debrief.video_recordings (user_id, storage_path, upload_status, not_before, bulk)
  values ('11111111-1111-4111-8111-111111111111', 'talk.mp4', 'completed', not_before, bulk) returning id into recording;
  set constraints all immediate;
  return (select j.id from debrief.analysis_jobs j where j.video_recording_id = recording);
end $$;
create function pg_temp.why(job bigint) returns text language sql as $$
  select string_agg(concat_ws(' | ', x.cause, x.reason, x.until is not null), '; ') from debrief.explain_analysis(job) x;
$$;
create function pg_temp.claimed(stage text default 'analysis', batch_size int default 10) returns bigint[] language sql as $$
  select array_agg(c.id order by c.id) from pg_temp.claim(stage, batch_size) c;
$$;

-- not_before: of a recording.
select pg_temp.upload(now() + interval '1 hour') as later \gset
select results_eq(format('select status, due_at, asked_at from debrief.analysis_jobs where id = %s', :later),
  $$values ('queued', now() + interval '1 hour', now() + interval '1 hour')$$, 'an analysis is due when it may begin, and asked for then');
select is(pg_temp.claimed(), null, 'and is not claimed before');
select is(pg_temp.why(:later), 'not before | It begins at the time that it was given. | t', 'explain() says until when');
select is((select count(*) from debrief._undone(now() + interval '59 minutes')), 0::bigint, 'drain() does not wait for what begins after its time');
select is((select count(*) from debrief._undone(now() + interval '61 minutes')), 1::bigint, 'but for what begins before');
select is((select wait_ms between 3500000 and 3600000 from debrief._next_due() where stage = 'analysis'), true, 'the worker wakes for it');
update debrief.analysis_jobs set status = 'failed' where id = :later;
select debrief._queue_analysis(video_recording_id) from debrief.analysis_jobs where id = :later \gset
select is((select due_at from debrief.analysis_jobs where id = :later), now() + interval '1 hour', 'an upload that is completed again begins then too');
select is(debrief.retry_analysis(:later), 'queued', 'a retry by hand does not wait') from pg_temp.put_back('analysis', :later, pg_temp.take('analysis', :later), 'failed');
select is(pg_temp.claimed(), array[:later::bigint], 'it is claimed at once');
select pg_temp.upload(now() - interval '1 hour') as past \gset
select is(pg_temp.claimed(), array[:past::bigint], 'a time that is past is no time');
select throws_ok($$insert into debrief.video_recordings (user_id, not_before) values (gen_random_uuid(), 'infinity')$$, '23514', null, 'never is no time');

-- not_before: of an item.
insert into debrief.analysis_feedback (analysis_job_id, message, not_before) values (:past, 'Later.', now() + interval '1 hour') returning id as item \gset
select results_eq(format('select ssml_due_at, audio_due_at, asked_at from debrief.analysis_feedback where id = %s', :item),
  $$values (now() + interval '1 hour', null::timestamptz, now() + interval '1 hour')$$, 'an item is due when it may be spoken');
select is((select cause from debrief.explain(:item)), 'not before', 'explain() says so');
update debrief.analysis_feedback set message = 'Later, and edited.' where id = :item;
select is((select ssml_due_at from debrief.analysis_feedback where id = :item), now() + interval '1 hour', 'also after an edit');
select pg_temp.put_back('ssml', :item, pg_temp.take('ssml', :item), 'retried', 60000) \gset
select is((select cause from debrief.explain(:item)), 'retry', 'what is tried again does not wait for its beginning');
delete from debrief.analysis_feedback where id = :item;

-- A quota puts rows off to midnight (UTC), and that is also a time that an application may name.
select date_trunc('day', clock_timestamp(), 'UTC') + interval '1 day' as midnight \gset
select pg_temp.upload(:'midnight') as new_day \gset
insert into debrief.analysis_feedback (analysis_job_id, message, not_before) values (:past, 'Tomorrow.', :'midnight') returning id as item \gset
update debrief.stages set user_attempts_per_day = 50;
select is((select due_at from debrief.analysis_jobs where id = :new_day), :'midnight', 'another quota does not begin an analysis before its time');
select is((select ssml_due_at from debrief.analysis_feedback where id = :item), :'midnight', 'nor an item');
update debrief.stages set user_attempts_per_day = null;
delete from debrief.analysis_feedback where id = :item;
delete from debrief.analysis_jobs where id = :new_day;

-- The bulk lane.
select pg_temp.upload(bulk => true) as one, pg_temp.upload(bulk => true) as two, pg_temp.upload(now() + interval '1 hour', true) as three \gset
select results_eq(format('select status, due_at, bulk from debrief.analysis_jobs where id = %s', :one), $$values ('queued', null::timestamptz, true)$$, 'it has no due time');
select is(pg_temp.why(:one), 'bulk | It is in the bulk lane: it begins when nothing else waits. | f', 'explain() says what it waits for');
select is(pg_temp.why(:three), 'not before | It begins at the time that it was given. | t', 'or that its time has not come');
select is_empty($$select from debrief._check_stages() where object = 'debrief.analysis_jobs'$$, 'check_installation() finds nothing wrong with it');
select is((select waiting from debrief.pipeline_status where stage = 'analysis'), 3::bigint, 'pipeline_status counts it as waiting');
select is((select wait_ms between 1 and 500 from debrief._next_due() where stage = 'analysis'), true, 'the worker looks for it twice a second');
update debrief.analysis_jobs set title = 'Mine' where id = :one;
select is((select due_at from debrief.analysis_jobs where id = :one), null, 'an update leaves it there');
select pg_temp.upload() as live \gset
select is(pg_temp.claimed(), array[:live::bigint], 'another analysis goes first');
insert into debrief.analysis_feedback (analysis_job_id, message) values (:past, 'First.') returning id as first \gset
select is(pg_temp.claimed(), null, 'and so does any item');
select is(pg_temp.why(:one), 'bulk | It is in the bulk lane: it begins when nothing else waits. | f; queue | rows of stage "ssml" are due before it | f', 'explain() says that items are due');
select debrief.pause('ssml') \gset
select is(pg_temp.claimed(), null, 'also one that waits itself');
select is(pg_temp.why(:one), 'bulk | It is in the bulk lane: it begins when nothing else waits. | f; paused | rows of stage "ssml" are due before it: the stage is paused | f', 'explain() says what that one waits for');
select is((select fix from debrief.explain_analysis(:one) where cause = 'paused'), 'SELECT debrief.resume(''ssml'');', 'and how to end it');
select debrief.resume('ssml') \gset
update debrief.stages set rollout_percent = 0 where stage = 'ssml';
select is(pg_temp.claimed(), null, 'or one that the rollout does not reach');
select is(pg_temp.why(:one), 'bulk | It is in the bulk lane: it begins when nothing else waits. | f; rollout | rows of stage "ssml" are due before it: their users are outside the 0 percent of the rollout | f', 'which explain() says');
select is((select fix from debrief.explain_analysis(:one) where cause = 'rollout'), 'UPDATE debrief.stages SET rollout_percent = 100 WHERE stage = ''ssml'';', 'with what reaches them');
update debrief.stages set rollout_percent = 100 where stage = 'ssml';
select is(pg_temp.claimed('ssml'), array[:first::bigint], 'which is claimed');
select is(pg_temp.why(:one), 'bulk | It is in the bulk lane: it begins when nothing else waits. | f', 'then nothing is due');
select pg_temp.upload() as ordinary \gset
update debrief.stages set paused = true where stage = 'analysis';
select is(pg_temp.why(:one), 'paused | the stage is paused | f; bulk | It is in the bulk lane: it begins when nothing else waits. | f; queue | rows of stage "analysis" are due before it | f', 'what holds its own stage is said once');
update debrief.stages set paused = false where stage = 'analysis';
select is(pg_temp.claimed(), array[:ordinary::bigint], 'an analysis that came later goes first');
update debrief.stages set rollout_percent = 0 where stage = 'analysis';
select is(pg_temp.claimed(), null, 'nothing begins that the rollout does not reach');
update debrief.stages set rollout_percent = 100 where stage = 'analysis';
select is(pg_temp.claimed(batch_size => 1), array[:one::bigint], 'then as many begin as may be called at once');
select is(debrief.retry_analysis(:two), 'queued: it leaves the bulk lane', 'a retry by hand takes it out');
select is(pg_temp.claimed(), array[:two::bigint], 'and it is claimed');
select is(pg_temp.claimed(), null, 'one whose time has not come stays');
select pg_temp.put_back('analysis', :two, (select claim_token from debrief.analysis_jobs where id = :two), 'retried', 60000) \gset
select is(pg_temp.why(:two), 'retry | It is tried again later. It took too long. | t', 'what has begun is as any other');

select * from finish();
rollback;
