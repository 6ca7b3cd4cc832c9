\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset

create function pg_temp.deliveries() returns setof text language sql as $$
  select concat_ws(' ', d.status, d.attempts, d.error_code) from debrief.analysis_deliveries d order by d.id;
$$;
create function pg_temp.body(delivery_id bigint) returns jsonb language sql set role = debrief_worker as $$
  select debrief._message_body(delivery_id)::jsonb;
$$;
create function pg_temp.settle_delivery(row_id bigint, token bigint) returns text language sql set role = debrief_worker as $$
  select outcome from debrief._settle_deliver(array[row_id], array[token]);
$$;
create function pg_temp.an_analysis(messages text[] default '{Speak up.,Slow down.}') returns bigint language plpgsql as $$
declare
  job constant bigint := pg_temp.job();
begin
  perform pg_temp.settle_analysis(job, pg_temp.take('analysis', job), messages => messages);
  return job;
end $$;
create function pg_temp.speak(item bigint) returns void language plpgsql as $$
begin
  perform pg_temp.settle_ssml(item, pg_temp.take('ssml', item));
  perform pg_temp.settle_audio(item, pg_temp.take('audio', item));
end $$;
create function pg_temp.speak_all(job bigint) returns void language sql as $$
  select pg_temp.speak(f.id) from debrief.analysis_feedback f where f.analysis_job_id = job order by f.id;
$$;

-- Without a receiver.
select pg_temp.speak_all(pg_temp.an_analysis()) \gset
select is_empty('select * from pg_temp.deliveries()', 'where stage deliver is not used, nothing is queued for it');
select results_eq('select stage from debrief.stage_status', '{analysis,ssml,audio}'::text[], 'nor is the stage to be seen');
select results_eq('select stage from debrief.pipeline_status', '{analysis,ssml,audio}'::text[], 'nor its queue');
select is_empty($$select * from debrief.metrics() where labels ->> 'stage' = 'deliver'$$, 'nor its numbers');
select results_eq('select retried_stage from debrief.retry_failed()', '{analysis,ssml,audio}'::text[], 'retry_failed() leaves it out');
select results_eq('select cancelled_stage from debrief.cancel_queued()', '{analysis,ssml,audio}'::text[], 'and so does cancel_queued()');

-- Its server and its row.
create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'https://app.example.com/hook', key 'hook');
select throws_ok($$create server other foreign data wrapper debrief options (kind 'webhook', base_url 'https://app.example.com/hook')$$, 'HV00J', 'a server of kind "webhook" needs the option "key"', 'a webhook is signed');
select throws_ok($$create server other foreign data wrapper debrief options (kind 'webhook', base_url 'https://h', key 'hook', events 'some')$$, 'HV024', 'option "events" must be "analyses", "items" or "all"', 'its events are known ones');
select throws_ok($$update debrief.stages set server = 'hook' where stage = 'audio'$$, '22023', 'kind "webhook" cannot serve stage "audio"', 'it serves stage deliver only');
select throws_ok($$insert into debrief.stages (stage, server) values ('deliver', 'template')$$, '22023', 'kind "template" cannot serve stage "deliver"', 'which no other kind serves');
select throws_ok($$insert into debrief.stages (stage, store) values ('deliver', 'database')$$, '22023', 'stage "deliver" has no store', 'and which has no store');
set local role debrief_admin;
insert into debrief.stages (stage, server) values ('deliver', 'hook');
reset role;
select results_eq('select stage, state from debrief.stage_status where stage = ''deliver''', $$values ('deliver', 'ready')$$, 'operators add the stage');

-- When all is spoken, and once.
select pg_temp.an_analysis() as job \gset
select array_agg(id order by id) as items, min(id) as one, max(id) as two from debrief.analysis_feedback where analysis_job_id = :job \gset
select is_empty($$select * from pg_temp.claim('deliver')$$, 'an analysis whose items are to come is not delivered');
select pg_temp.speak(:one) \gset
select is_empty($$select * from pg_temp.claim('deliver')$$, 'nor is one of which a part is spoken');
select is_empty('select * from pg_temp.deliveries()', 'what was queued early is gone');
select pg_temp.speak(:two) \gset
select id, token from pg_temp.claim('deliver') \gset
select results_eq('select * from pg_temp.deliveries()', array['processing 1'], 'one that is spoken is claimed');
select is(pg_temp.body(:id) - 'timestamp' #- '{data,correlation_id}', jsonb_build_object('type', 'analysis.completed', 'data', jsonb_build_object(
    'analysis_id', :job, 'video_recording_id', (select video_recording_id from debrief.analysis_jobs where id = :job), 'status', 'completed', 'error_code', null,
    'counts', '{"items": 2, "completed": 2, "failed": 0, "blank": 0}'::jsonb,
    'items', jsonb_build_array(jsonb_build_object('id', :one, 'status', 'completed', 'error_code', null), jsonb_build_object('id', :two, 'status', 'completed', 'error_code', null)))),
  'the message has ids, statuses and counts');
select is(pg_temp.body(:id)::text like '%Speak up%', false, 'and nothing that was said');
select is((pg_temp.body(:id) ->> 'timestamp')::timestamptz, (select date_trunc('milliseconds', asked_at) from debrief.analysis_deliveries where id = :id), 'its time is that at which it ended');
select is((select processing from debrief.pipeline_status where stage = 'deliver'), 1::bigint, 'pipeline_status counts it');
select is((select cause from debrief.explain_delivery(:id)), 'processing', 'explain_delivery() explains it');
select is(pg_temp.settle_delivery(:id, :token), 'settled', 'it is settled');
select is(pg_temp.settle_delivery(:id, :token), 'stale', 'once');
select results_eq('select * from pg_temp.deliveries()', array['completed 1'], 'and is delivered');

-- What makes it new.
update debrief.analysis_feedback set message = 'Speak louder.' where id = :one;
select is_empty($$select * from pg_temp.claim('deliver')$$, 'an edit makes it go on');
select pg_temp.put_back('ssml', :one, pg_temp.take('ssml', :one), 'failed', code => 'blocked') \gset
select id as second from pg_temp.claim('deliver') \gset
select isnt(:second::bigint, :id::bigint, 'when it has ended again there is a new message');
select is((select count(distinct message_id) from debrief.analysis_deliveries), 2::bigint, 'with an id of its own');
select is(pg_temp.body(:second) #> '{data,counts}', '{"items": 2, "completed": 1, "failed": 1, "blank": 0}'::jsonb, 'a failed item has ended, too');
select is(pg_temp.body(:second) #>> '{data,items,0,error_code}', 'blocked', 'with its code');

-- Failures.
select is(pg_temp.put_back('deliver', :second, (select claim_token from debrief.analysis_deliveries where id = :second), 'retried', 60000, 'timeout'), 'settled', 'an attempt fails');
select results_eq(format('select status, attempts, error_code, due_at > now() from debrief.analysis_deliveries where id = %s', :second), $$values ('queued', 1, 'timeout', true)$$, 'and is tried again later');
select is((select cause from debrief.explain_delivery(:second)), 'retry', 'explain_delivery() says so');
select is((select wait_ms between 50000 and 60000 from debrief._next_due() where stage = 'deliver'), true, 'the worker wakes for it');
select is(pg_temp.put_back('deliver', :second, pg_temp.take('deliver', :second), 'deferred', 60000, 'rate_limited'), 'settled', 'a busy receiver');
select is((select attempts from debrief.analysis_deliveries where id = :second), 1, 'charges nothing');
select is(pg_temp.put_back('deliver', :second, pg_temp.take('deliver', :second), 'failed', code => 'receiver_gone', message => 'Gone.'), 'settled', 'one that is gone');
select results_eq('select stage, analysis_job_id, error_code, last_error, attempts, delivery_id from debrief.failures where stage = ''deliver''',
  format($$values ('deliver', %s::bigint, 'receiver_gone', 'Gone.', 2, %s::bigint)$$, :job, :second), 'is a failure');
select is((select value from debrief.metrics() where metric = 'debrief_rows' and labels = '{"stage": "deliver", "state": "failed"}'), 1::double precision, 'which is counted');
select results_eq('select retried_stage, retried from debrief.retry_failed(''deliver'')', $$values ('deliver', 0::bigint)$$, 'retry_failed() does not ask one that is gone again');
select results_eq('select retried from debrief.retry_failed(''deliver'', ''receiver_gone'')', array[1::bigint], 'unless its code is named');
select is((select message_id from debrief.analysis_deliveries where id = :second), (select message_id from debrief.analysis_deliveries where id = :second and status = 'queued' and attempts = 0), 'under the same id');
select throws_ok(format('select debrief.retry_delivery(%s)', :second), '55000', null, 'what is queued is not retried');
select is(debrief.cancel_delivery(:second), 'cancelled', 'cancel_delivery() stops it');
select results_eq(format('select status, error_code from debrief.analysis_deliveries where id = %s', :second), $$values ('failed', 'cancelled')$$, 'with its code');
select throws_ok(format('select debrief.cancel_delivery(%s)', :second), '55000', null, 'once');
select is(debrief.retry_delivery(:second), 'queued', 'retry_delivery() sends it again');
select results_eq('select cancelled_stage, cancelled from debrief.cancel_queued(''deliver'')', $$values ('deliver', 1::bigint)$$, 'cancel_queued() cancels it');
select is(debrief.retry_delivery(:id), 'queued', 'what was delivered may be sent again');
select is(pg_temp.put_back('deliver', :id, pg_temp.take('deliver', :id), 'released'), 'settled', 'a claim is given back');
select results_eq($$select count from debrief.pipeline_minutes where stage = 'deliver' and outcome = 'cancelled'$$, array[2::bigint], 'what was cancelled is in the history');

-- A worker that is gone.
select is(pg_temp.take('deliver', :id, 99) is not null, true, 'another worker claims it');
set local role debrief_worker;
select results_eq('select stage, outcome from debrief._rescue(7, ''{}'')', $$values ('deliver', 'queued')$$, 'its claim is taken back');
select results_eq('select s from debrief._waiting_alone() s', array['deliver'], 'it may have to run alone');
select is(debrief._next_alone('deliver'), null, 'but not the first time');
reset role;
select is((select disposition from debrief.attempts where stage = 'deliver'), 'rescued', 'the attempt is in the history');
select pg_temp.take('deliver', :id) as token \gset
set local role debrief_worker;
select is(debrief._release(7), 1::bigint, 'a worker that stops returns it');
select is(debrief._hasten('deliver'), 0::bigint, 'nothing is put off');
reset role;
select results_eq(format('select status, attempts from debrief.analysis_deliveries where id = %s', :id), $$values ('queued', 1)$$, 'uncharged');

-- Other ends.
delete from debrief.analysis_deliveries;
select pg_temp.an_analysis('{}') as empty \gset
select results_eq($$select (pg_temp.body(id) #>> '{data,counts,items}')::int from pg_temp.claim('deliver')$$, array[0], 'an analysis that finds nothing has ended');
select pg_temp.job() as failing \gset
select pg_temp.put_back('analysis', :failing, pg_temp.take('analysis', :failing), 'failed', code => 'blocked') \gset
select results_eq($$select pg_temp.body(id) #>> '{data,status}', pg_temp.body(id) #>> '{data,error_code}' from pg_temp.claim('deliver')$$, $$values ('failed', 'blocked')$$, 'so has one that failed');
select pg_temp.an_analysis() as stopped \gset
select count(*) from debrief.cancel_analysis(:stopped) \gset
select results_eq($$select pg_temp.body(id) #>> '{data,counts,failed}' from pg_temp.claim('deliver')$$, array['2'], 'and one that was cancelled');
select pg_temp.job() as waiting \gset
select count(*) from debrief.cancel_queued('analysis') \gset
select is((select count(*) from pg_temp.claim('deliver')), 1::bigint, 'also by filter');
select pg_temp.an_analysis('{" "}') as blank \gset
select results_eq($$select pg_temp.body(id) #>> '{data,counts,blank}' from pg_temp.claim('deliver')$$, array['1'], 'blank messages are not waited for');

-- Two items that end at once: each leaves a row, and one message is sent.
select pg_temp.an_analysis() as twice \gset
select pg_temp.speak_all(:twice) \gset
select is((select count(*) from debrief.analysis_deliveries where analysis_job_id = :twice), 3::bigint, 'each end leaves a row');
select is((select count(*) from pg_temp.claim('deliver')), 1::bigint, 'of which the last is claimed');
select is((select count(*) from debrief.analysis_deliveries where analysis_job_id = :twice), 1::bigint, 'and the others are gone');

-- Item by item.
alter server hook options (add events 'all');
select pg_temp.an_analysis() as each \gset
select min(id) as item from debrief.analysis_feedback where analysis_job_id = :each \gset
select pg_temp.speak(:item) \gset
select results_eq($$select pg_temp.body(id) ->> 'type', (pg_temp.body(id) #>> '{data,items,0,id}')::bigint from pg_temp.claim('deliver')$$, format($$values ('feedback.completed', %s::bigint)$$, :item), 'an item that is spoken is delivered');
alter server hook options (set events 'items');
select pg_temp.speak(max(id)) from debrief.analysis_feedback where analysis_job_id = :each \gset
select results_eq($$select pg_temp.body(id) ->> 'type' from pg_temp.claim('deliver')$$, array['feedback.completed'], 'or items alone');

-- Limits and pauses are those of other stages.
alter server hook options (set events 'analyses');
select pg_temp.an_analysis('{}') as held \gset
select count(*) from debrief.pause('deliver') \gset
select is_empty($$select * from pg_temp.claim('deliver')$$, 'a pause holds it');
select id as held_delivery from debrief.analysis_deliveries where analysis_job_id = :held \gset
select is((select cause from debrief.explain_delivery(:held_delivery)), 'paused', 'explain_delivery() says so');
select pg_temp.due('deliver', :held_delivery, now()) \gset
select is((select held_by from debrief.pipeline_status where stage = 'deliver'), 'paused', 'and pipeline_status');
update debrief.analysis_jobs set status = 'queued' where id = :held;
select is((select cause || ': ' || reason from debrief.explain_delivery(:held_delivery)),
  'outdated: What it reports is not over, or a later message says the same: it is not sent, and the next claim of the stage deletes it.', 'or that it is no longer to be sent');
update debrief.analysis_jobs set status = 'completed' where id = :held;
select is((select cause from debrief.explain_delivery(:held_delivery)), 'paused', 'until the analysis has ended');
select count(*) from debrief.resume('deliver') \gset
update debrief.stages set user_attempts_per_day = 1 where stage = 'deliver';
select is((select count(*) from pg_temp.claim('deliver')), 1::bigint, 'a user may have one of a day');
select pg_temp.an_analysis('{}') as over \gset
select is_empty($$select * from pg_temp.claim('deliver')$$, 'and not two');
update debrief.stages set user_attempts_per_day = null where stage = 'deliver';
set local role debrief_worker;
select is((select count(*) from debrief._look_ahead('deliver', '-infinity', 0, '{}', true, 10)), 1::bigint, 'the worker looks ahead');
select is((select attempt from debrief._claim_unread('deliver', 7, (select max(id) from debrief.analysis_deliveries), '1 minute')), 1, 'and claims a row unread');
reset role;

-- Sent again: only what is over, and has not been said since.
delete from debrief.analysis_deliveries;
select pg_temp.an_analysis('{Speak up.}') as again \gset
select id as item from debrief.analysis_feedback where analysis_job_id = :again \gset
select pg_temp.speak(:item) \gset
select id as early from pg_temp.claim('deliver') \gset
select pg_temp.put_back('deliver', :early, (select claim_token from debrief.analysis_deliveries where id = :early), 'failed', code => 'bad_request') \gset
update debrief.analysis_feedback set message = 'Speak louder.' where id = :item;
select throws_ok(format('select debrief.retry_delivery(%s)', :early), '55000', format('what delivery %s reports goes on', :early), 'what goes on is not reported as over');
select results_eq($$select retried from debrief.retry_failed('deliver')$$, array[0::bigint], 'by retry_failed() neither');
select is((select status from debrief.analysis_deliveries where id = :early), 'failed', 'the message is kept');
select pg_temp.speak(:item) \gset
select id as late from pg_temp.claim('deliver') \gset
select pg_temp.settle_delivery(:late, (select claim_token from debrief.analysis_deliveries where id = :late)) \gset
select results_eq($$select retried from debrief.retry_failed('deliver')$$, array[0::bigint], 'nor does it repeat what a later message has said');
select is(debrief.retry_delivery(:early), 'queued', 'who names the message has it sent');
select results_eq($$select id from pg_temp.claim('deliver')$$, array[:early::bigint], 'it is claimed');
select is(pg_temp.body(:early) #> '{data,counts}', '{"items": 1, "completed": 1, "failed": 0, "blank": 0}'::jsonb, 'and says how things are now');
select pg_temp.put_back('deliver', :early, (select claim_token from debrief.analysis_deliveries where id = :early), 'failed', code => 'bad_request') \gset
select results_eq($$select retried from debrief.retry_failed('deliver')$$, array[1::bigint], 'when it fails once more it is the last word, which retry_failed() sends');

-- An item that no worker sees is still to come.
update debrief.stages set server = 'hook' where stage = 'deliver';
select pg_temp.an_analysis('{Speak up.}') as half \gset
select id as item from debrief.analysis_feedback where analysis_job_id = :half \gset
set local session_replication_role = replica;
insert into debrief.analysis_feedback (analysis_job_id, user_id, message) values (:half, :'ann', 'Unseen.'), (:half, :'ann', ' ');
set local session_replication_role = origin;
select min(id) as unseen from debrief.analysis_feedback where analysis_job_id = :half and id > :item \gset
select pg_temp.speak(:item) \gset
select is(debrief._is_final(:half, null), false, 'an analysis has not ended while an item was written with triggers off');
select is(debrief._is_final(:half, :unseen), false, 'nor has the item');
select debrief.retry_feedback(:unseen) \gset
select pg_temp.speak(:unseen) \gset
select is(array[debrief._is_final(:half, null), debrief._is_final(:half, :unseen)], '{t,t}', 'they end when it is spoken; a blank one is nothing to wait for');

-- Who may.
set local role debrief_app;
set local debrief.user_id = :'ann';
select throws_ok(format('select debrief.retry_delivery(%s)', :id), '42501', null, 'users retry no delivery');
select throws_ok(format('select * from debrief.explain_delivery(%s)', :id), '42501', null, 'nor have it explained');
reset role;
create role tap_reader in role debrief_reader;
set local role tap_reader;
select results_eq('select x.state from debrief.analysis_deliveries d cross join lateral debrief.explain_delivery(d.id) x order by d.id', 'select status from debrief.analysis_deliveries order by id', 'a reader has each explained');
select throws_ok(format('select debrief.retry_delivery(%s)', :id), '42501', null, 'and retries none');
set local role debrief_app;
select is_empty($$select * from debrief.failures where stage = 'deliver'$$, 'failures of the receiver are not theirs');
select is((select count(*) > 0 from debrief.analysis_deliveries), true, 'they see the deliveries of their own analyses');
set local debrief.user_id = :'bob';
select is_empty('select * from debrief.analysis_deliveries', 'and no others');
reset role;
set local role debrief_admin;
select throws_ok('select debrief.retry_delivery(0)', 'P0002', 'delivery 0 does not exist', 'one that is not there');
reset role;

-- _queue_rows() names each stage, for the sake of its plans.
select set_eq('select q.stage, q.is_optional, q.id, q.status, q.attempts, q.due_at, q.error_code, q.last_error, q.updated_at from debrief._queue_rows() q',
    string_agg(format('select %L, %L::boolean, q.id, q.%3$sstatus, q.%3$sattempts, q.%3$sdue_at, q.%3$serror_code, q.%3$slast_error, q.%3$supdated_at from debrief.%4$I q',
                      l.stage, l.is_optional, l.prefix, l.queue), ' union all '), '_queue_rows() has the queues that _stages() names')
  from debrief._stages() l;
select set_eq($$select m[1] from pg_proc p cross join regexp_matches(p.prosrc, 'debrief[.]([a-z_]+)', 'g') m where p.proname = '_queue_rows'$$, 'select l.queue from debrief._stages() l',
  'and locks no other tables: TRUNCATE of recordings locks those before the tables that follow from them');

-- Its end.
savepoint truncated;
truncate debrief.video_recordings cascade;
select is_empty('select * from debrief.analysis_deliveries', 'TRUNCATE takes the deliveries of its analyses along, as the numbers of these may begin again');
rollback to truncated;
select debrief.delete_recording(video_recording_id) from debrief.analysis_jobs where id = :each \gset
select is_empty(format('select * from debrief.analysis_deliveries where analysis_job_id = %s', :each), 'deliveries go with their analysis');
update debrief.analysis_deliveries set status = 'completed', due_at = null, claim_token = null, lease_expires_at = null, updated_at = now() - interval '40 days';
set local role debrief_worker;
select is(debrief._prune_attempts('30 days', 1000), 0::bigint, 'those that ended long ago');
reset role;
select is_empty('select * from debrief.analysis_deliveries', 'are deleted');

select * from finish();
rollback;
