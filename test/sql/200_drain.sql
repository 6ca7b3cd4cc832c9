\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What drain() waits for: all that is queued or in flight, and nothing else. That it waits is tested in t/061_kit.pl.
create function pg_temp.undone() returns text language sql as $$
  select string_agg(u.stage || ' ' || u.row_id, ', ' order by u.stage, u.row_id) from debrief._undone(clock_timestamp() + interval '1 minute') u;
$$;
select is(pg_temp.undone(), null, 'nothing at first');
select pg_temp.job() as job \gset
select is(pg_temp.undone(), 'analysis ' || :job, 'an analysis that is due');
select pg_temp.take('analysis', :job) as token \gset
select is(pg_temp.undone(), 'analysis ' || :job, 'that is in flight');
select pg_temp.put_back('analysis', :job, :token, 'retried') \gset
select is(pg_temp.undone(), 'analysis ' || :job, 'that is tried again');
update debrief.analysis_jobs set status = 'failed' where id = :job;
select is(pg_temp.undone(), null, 'not one that failed');
select pg_temp.feedback(:job) as item \gset
select is(pg_temp.undone(), 'ssml ' || :item, 'an item that is due');
select pg_temp.take('ssml', :item) as token \gset
select is(pg_temp.undone(), 'ssml ' || :item, 'that is in flight');
select pg_temp.put_back('ssml', :item, :token, 'failed') \gset
select is(pg_temp.undone(), null, 'not one that failed');
select pg_temp.feedback(:job) as item \gset
select pg_temp.settle_ssml(:item, pg_temp.take('ssml', :item)) \gset
select is(pg_temp.undone(), 'audio ' || :item, 'one whose SSML is written');
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
select pg_temp.feedback(:job, '  ') \gset
select is(pg_temp.undone(), null, 'not one that is spoken, nor a blank one');
alter table debrief.analysis_feedback disable trigger user;
insert into debrief.analysis_feedback (analysis_job_id, user_id, message) values (:job, :'ann', 'Unseen.') returning id as unseen \gset
alter table debrief.analysis_feedback enable trigger user;
select is(pg_temp.undone(), 'ssml ' || :unseen, 'one that no worker sees, which drain() reports');

select throws_ok('select * from debrief.drain()', '55000', 'this transaction has written', 'what is not committed can never be done');

select * from finish();
rollback;
