\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- A row that no worker can read is claimed unread, so that it fails as others do.
create function pg_temp.claim_unread(stage text, row_id bigint) returns table (token bigint, attempt int, unproven int) language sql set role = debrief_worker as
  $$ select c.token, c.attempt, c.unproven from debrief._claim_unread(stage, 7, row_id, '1 minute') c $$;
select pg_temp.job() as job \gset
select pg_temp.feedback(:job) as one, pg_temp.feedback(:job) as two \gset
select pg_temp.settle_ssml(:two, pg_temp.take('ssml', :two)) \gset
select results_eq(format('select token is not null, attempt, unproven from pg_temp.claim_unread(%L, %s)', stage, id), $$values (true, 1, 0)$$, 'claimed for ' || stage)
  from (values ('analysis', :job), ('ssml', :one), ('audio', :two)) r (stage, id);
select is_empty(format('select * from pg_temp.claim_unread(%L, %s)', stage, id), 'once, for ' || stage)
  from (values ('analysis', :job), ('ssml', :one), ('audio', :two)) r (stage, id);
select results_eq($$select status, claimed_by, due_at from debrief.analysis_jobs$$, $$values ('processing', 7::bigint, null::timestamptz)$$, 'the analysis is processing');
select results_eq($$select ssml_status, audio_status, claimed_by, ssml_due_at, audio_due_at, ssml_attempts, audio_attempts from debrief.analysis_feedback order by id$$,
  $$values ('processing', 'queued', 7::bigint, null::timestamptz, null::timestamptz, 1, 0), ('completed', 'processing', 7, null, null, 1, 1)$$, 'and each item in its stage alone');

-- Its failure is settled like any other.
select is((select outcome from debrief._settle_failures('ssml', array[:one], array[(select claim_token from debrief.analysis_feedback where id = :one)], '{failed}', '{0}', '{row_not_readable}', '{Too large.}')),
  'settled', 'its failure is settled');
select is((select error_code from debrief.failures where feedback_id = :one), 'row_not_readable', 'and is among the failures');

-- A row of which even that is refused is left out of claims.
create function pg_temp.claim_but(stage text, aside bigint[], preferred bigint[] default '{}') returns bigint[] language plpgsql set role = debrief_worker as $$
declare
  ids bigint[];
begin
  execute format('select array_agg(c.id) from debrief._claim_%s(7, 100, ''1 minute'', preferred => $1, set_aside => $2) c', stage) into ids using preferred, aside;
  return ids;
end $$;
create temp table of_stage as select stage, pg_temp.ready(stage) as aside from unnest(array['analysis', 'ssml', 'audio']) stage;
select is(aside = any (coalesce(pg_temp.claim_but(stage, array[aside]), '{}')), false, 'left out for ' || stage) from of_stage;
select is(pg_temp.claim_but(stage, array[aside], array[aside]), null, 'also when it would go first, for ' || stage) from of_stage;
select is(pg_temp.claim_but(stage, '{}', array[aside]), array[aside], 'and claimed otherwise, for ' || stage) from of_stage;

-- A trigger that leaves a row as it was raises no error: a call for it would be made, and paid, again and again.
create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'https://app.example.com/hook', key 'hook');
insert into debrief.stages (stage, server) values ('deliver', 'hook');
create function pg_temp.drops_it() returns trigger language plpgsql as $$ begin return null; end $$;
create function pg_temp.keeps_it() returns trigger language plpgsql as $$ begin return old; end $$;
select pg_temp.ready('analysis') as ended \gset
update debrief.analysis_jobs set status = 'completed' where id = :ended;
insert into debrief.analysis_deliveries (analysis_job_id, user_id) values (:ended, :'ann') returning id as delivery \gset
truncate of_stage;
insert into of_stage select stage, pg_temp.ready(stage) from unnest(array['analysis', 'ssml', 'audio']) stage union all values ('deliver', :delivery);
create function pg_temp.with_trigger(function_name text, stage text, statement text) returns setof text language plpgsql as $$
declare
  queue constant text := (select l.queue from debrief._stages() l where l.stage = with_trigger.stage);
begin
  execute format('create trigger zz before update on debrief.%I for each row execute function pg_temp.%I()', queue, function_name);
  return next throws_ok(statement, '27000', format('a trigger keeps rows of stage "%s" as they were', stage), concat_ws(' ', stage, function_name, split_part(statement, '(', 1)));
  execute format('drop trigger zz on debrief.%I', queue);
end $$;
select pg_temp.with_trigger(t, stage, format(s, stage, aside)) from of_stage
  cross join unnest(array['drops_it', 'keeps_it']) t
  cross join unnest(array['select pg_temp.claim_but(%L, ''{}'')', 'select pg_temp.claim_but(%L, ''{}'', array[%s::bigint])', 'select pg_temp.claim_unread(%L, %s)']) s;
select is(pg_temp.claim_but(stage, '{}', array[aside, aside]) @> array[aside], true, 'without the trigger it is claimed, even if it is named twice, for ' || stage) from of_stage;

-- Nor must a result be taken for stored, or a failure for written down: the row would be taken back, and paid again.
create temp table held as
  select o.stage, o.aside as id, coalesce(j.claim_token, f.claim_token, d.claim_token) as token
    from of_stage o
    left join debrief.analysis_jobs j on o.stage = 'analysis' and j.id = o.aside
    left join debrief.analysis_feedback f on o.stage in ('ssml', 'audio') and f.id = o.aside
    left join debrief.analysis_deliveries d on o.stage = 'deliver' and d.id = o.aside;
create function pg_temp.settles(stage text) returns text language sql as $$
  select case h.stage when 'deliver' then format('select outcome from debrief._settle_deliver(array[%s::bigint], array[%s::bigint])', h.id, h.token)
                      else format('select pg_temp.settle(%L, %s, %s)', h.stage, h.id, h.token) end from held h where h.stage = settles.stage;
$$;
select pg_temp.with_trigger(t, stage, pg_temp.settles(stage)) from held cross join unnest(array['drops_it', 'keeps_it']) t;
select pg_temp.with_trigger(t, stage, format('select pg_temp.put_back(%L, %s, %s, ''retried'')', stage, id, token)) from held cross join unnest(array['drops_it', 'keeps_it']) t;
select results_eq(pg_temp.settles(stage), array['settled'], 'without the trigger it is settled, for ' || stage) from held;

-- A claim that nobody can take back is in the log, and explain() does not say that somebody will.
select pg_temp.ready('ssml') as kept \gset
select pg_temp.take('ssml', :kept) \gset
update debrief.analysis_feedback set lease_expires_at = now() - interval '1 hour' where id = :kept;
create function pg_temp.rescue() returns setof text language sql set role = debrief_worker as $$ select r.outcome from debrief._rescue(8, '{}') r where r.stage = 'ssml' and r.id = (select max(f.id) from debrief.analysis_feedback f) $$;
create trigger zz before update on debrief.analysis_feedback for each row execute function pg_temp.keeps_it();
select throws_ok('set local role debrief_worker; select * from debrief._rescue_feedback(8, ''{}'', ''{}'')', '27000', 'a trigger keeps rows of stage "ssml" as they were', 'a claim that is not given back');
reset role;
select is_empty('select pg_temp.rescue()', 'it is not told as if it were');
select is((select string_agg(x.cause || ': ' || x.reason, '|') from debrief.explain(:kept) x where x.cause = 'worker lost'),
  'worker lost: Its worker does not answer, and no other could take it back: the server''s log says why.', 'explain() says so');
drop trigger zz on debrief.analysis_feedback;
select results_eq('select pg_temp.rescue()', array['queued'], 'without the trigger it is taken back');

update debrief.stages set user_attempts_per_day = 1 where stage = 'ssml';
select pg_temp.ready('ssml') as first, pg_temp.ready('ssml') as aside \gset
select pg_temp.claim_but('ssml', array[:aside]) \gset
select ok((select f.ssml_due_at <= clock_timestamp() from debrief.analysis_feedback f where f.id = :aside), 'no quota puts it off');

select * from finish();
rollback;
