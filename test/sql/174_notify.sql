\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What is announced: notifications are sent at commit, so _announce() writes them down here. pg_debrief.notify is the
-- server's own setting: here tap.notify stands for it.
create table pg_temp.heard (n int generated always as identity, payload jsonb);
grant all on pg_temp.heard to public;
create function pg_temp.write_down(channel text, payload text) returns void language sql as $$
  insert into pg_temp.heard (payload) values (payload::jsonb) returning null;
$$;
do $$
begin
  execute replace(replace(pg_get_functiondef('debrief._announce(text, text, bigint[], text)'::regprocedure), 'pg_notify(', 'pg_temp.write_down('),
                  'pg_debrief.notify', 'tap.notify');
end $$;
create function pg_temp.heard() returns setof text language sql as $$
  with taken as (delete from pg_temp.heard returning n, payload)
  select concat_ws(' ', payload ->> 'stage', payload ->> 'status', payload ->> 'feedback_ids', payload ->> 'analysis_ids', payload ->> 'code') from taken order by n;
$$;

select pg_temp.ready('audio') as item, pg_temp.ready('ssml') as other, pg_temp.ready('analysis') as job \gset
select analysis_job_id as item_job from debrief.analysis_feedback where id = :item \gset
select analysis_job_id as other_job from debrief.analysis_feedback where id = :other \gset
truncate pg_temp.heard;
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
select results_eq('select payload from pg_temp.heard', format('select jsonb_build_object(''version'', 1, ''stage'', ''audio'', ''status'', ''completed'', ''feedback_ids'', jsonb_build_array(%s), ''analysis_ids'', jsonb_build_array(%s))', :item, :item_job),
  'a settle announces version, stage, status and the ids of feedback and analyses; a claim nothing');
truncate pg_temp.heard;
select pg_temp.put_back('analysis', :job, pg_temp.take('analysis', :job), 'failed') \gset
select is(pg_temp.heard(), format('analysis failed [] [%s]', :job), 'an analysis that failed');
select debrief.retry_analysis(:job) \gset
select is(pg_temp.heard(), format('analysis queued [] [%s]', :job), 'retry_analysis() announces');
select debrief.cancel_analysis(:job) \gset
select is(pg_temp.heard(), format('analysis failed [] [%s] cancelled', :job), 'cancel_analysis() announces a failure, with its code');
select debrief.cancel_feedback(:other) \gset
select is(pg_temp.heard(), format('ssml failed [%s] [%s] cancelled', :other, :other_job), 'and so does cancel_feedback()');
select debrief.retry_feedback(:other) \gset
select is(pg_temp.heard(), format('ssml queued [%s] [%s]', :other, :other_job), 'retry_feedback() announces');

-- What users write is announced by nobody.
update debrief.analysis_feedback set message = 'Another one.' where id = :item;
insert into debrief.analysis_feedback (analysis_job_id, message) values (:item_job, 'New.');
delete from debrief.analysis_feedback where id = :other;
select is_empty('select pg_temp.heard()', 'inserts, edits and deletions are not announced');

-- Once a call, however many rows; and each payload fits.
insert into debrief.analysis_feedback (analysis_job_id, message) select :item_job, 'Many.' from generate_series(1, 400);
update debrief.analysis_feedback set ssml_status = 'failed' where analysis_job_id = :item_job;
select * from debrief.retry_failed('ssml') \gset
select is((select array_agg(jsonb_array_length(payload -> 'feedback_ids') order by n) from pg_temp.heard), '{150,150,102}', 'retry_failed() announces once for 150 rows');
truncate pg_temp.heard;
select debrief._announce('audio', 'completed', array(select 9223372036854775807 - n from generate_series(1, 150) n)) \gset
select ok((select length(payload::text) from pg_temp.heard) + 20 * 150 < 7900, 'whatever the ids, a payload is below 8,000 bytes');
truncate pg_temp.heard;

-- What begins to be processed, and how far it is, only where asked for.
create function pg_temp.moves(percent int) returns setof text language plpgsql as $$
begin
  perform debrief._progress(j.id, j.claim_token, percent) from debrief.analysis_jobs j where j.claim_token is not null;
  return query select * from pg_temp.heard();
end $$;
select pg_temp.ready('analysis') as moving \gset
truncate pg_temp.heard;
set local tap.notify = 'all';
select pg_temp.take('analysis', :moving) \gset
select is(pg_temp.heard(), format('analysis processing [] [%s]', :moving), 'with pg_debrief.notify = all a claim is announced');
select is(pg_temp.moves(40), format('analysis processing [] [%s]', :moving), 'and progress');
select is_empty('select pg_temp.moves(40)', 'which did not stand still');
set local tap.notify = 'results';
select is_empty('select pg_temp.moves(60)', 'with results it is not');
select pg_temp.put_back('analysis', :moving, (select claim_token from debrief.analysis_jobs where id = :moving), 'failed') \gset
truncate pg_temp.heard;
set local tap.notify = 'off';
select debrief.retry_analysis(:moving) \gset
select is_empty('select pg_temp.heard()', 'with off nothing is');
set local tap.notify = 'results';

-- A queue that fills up stops nobody.
create or replace function debrief._notify_queue_fills() returns boolean language sql as 'select true';
select is(debrief._announce('audio', 'completed', array[:item]), false, 'while the queue is over half full, nothing is announced');
select is(current_setting('debrief.announcements_skipped'), 'yes', 'which is said once');
select is_empty('select pg_temp.heard()', 'nothing indeed');
create or replace function debrief._notify_queue_fills() returns boolean language sql as 'select false';
select is(debrief._announce('audio', 'completed', array[:item]), true, 'and afterwards it goes on');
select is(pg_temp.heard(), format('audio completed [%s] [%s]', :item, :item_job), 'as before');
select is((select array_agg(name || ' ' || setting) from pg_settings where name = 'pg_debrief.notify'), '{"pg_debrief.notify results"}', 'results are announced unless pg_debrief.notify says otherwise');

select * from finish();
rollback;
