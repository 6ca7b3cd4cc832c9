\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- The calls granted to a server, as the worker asks for them.
create function pg_temp.granted(wanted int, per_minute int default null, per_day bigint default null,
                                tokens bigint default null, characters bigint default null)
returns int language sql set role = debrief_worker as $$
  select granted from debrief._grant_calls('voice', wanted, per_minute, per_day, tokens, characters);
$$;
create function pg_temp.wait_ms(per_minute int default null, per_day bigint default null,
                                tokens bigint default null, characters bigint default null)
returns bigint language sql set role = debrief_worker as $$
  select wait_ms from debrief._grant_calls('voice', 1, per_minute, per_day, tokens, characters);
$$;
-- As if so many seconds had gone by.
create function pg_temp.later(seconds numeric) returns void language sql as $$
  update debrief.server_limits set allowance_at = allowance_at - seconds * interval '1 second';
$$;
create function pg_temp.anew() returns void language sql as $$
  delete from debrief.server_limits; delete from debrief.server_usage;
$$;
create function pg_temp.use(tokens_in bigint, tokens_out bigint, characters bigint) returns void
language sql set role = debrief_worker as $$
  select debrief._record_usage('voice', 'audio', 1, 0, tokens_in, tokens_out, characters, 1500);
$$;

-- Calls per minute.
select is(pg_temp.granted(50), 50, 'without limits all is granted');
select pg_temp.anew() \gset
select is(pg_temp.granted(50, per_minute => 60), 6, 'a tenth of a minute''s calls may begin at once');
select is(pg_temp.granted(50, per_minute => 60), 0, 'then none');
select ok(pg_temp.wait_ms(per_minute => 60) between 900 and 1100, 'until the next is earned');
select pg_temp.later(2) \gset
select is(pg_temp.granted(50, per_minute => 60), 1, 'two seconds earn one and a bit');
select pg_temp.later(3600) \gset
select is(pg_temp.granted(50, per_minute => 60), 6, 'an hour of silence earns no more than a burst');
select pg_temp.anew() \gset
select is(pg_temp.granted(5, per_minute => 1), 1, 'one a minute is one');
select pg_temp.later(59) \gset
select is(pg_temp.granted(5, per_minute => 1), 0, 'and not two in a minute');
select pg_temp.later(1.1) \gset
select is(pg_temp.granted(5, per_minute => 1), 1, 'but one in the next');
select pg_temp.anew() \gset
create temporary table minute as
  select i, null::int as granted from generate_series(0, 59) i;
do $$
begin
  for second in 0 .. 59 loop
    update minute set granted = pg_temp.granted(1000, per_minute => 100) where i = second;
    perform pg_temp.later(1);
  end loop;
end $$;
select ok(sum(granted) between 95 and 100, format('no minute sees more than its calls: %s', sum(granted))) from minute;

-- What is not used is given back; what a row needs more is taken.
select pg_temp.anew() \gset
select is(pg_temp.granted(6, per_minute => 60), 6, 'six are taken');
set local role debrief_worker;
select debrief._return_calls('voice', 4) \gset
reset role;
select is(pg_temp.granted(50, per_minute => 60), 4, 'four come back');
set local role debrief_worker;
select debrief._return_calls('voice', -2) \gset
reset role;
select ok(pg_temp.wait_ms(per_minute => 60) between 3000 and 3500, 'calls beyond the grant are paid for by waiting');

-- Calls per day, kept in the table.
select pg_temp.anew() \gset
select is(pg_temp.granted(7, per_day => 10), 7, 'seven of ten');
select is(pg_temp.granted(7, per_day => 10), 3, 'three are left');
select is(pg_temp.granted(7, per_day => 10), 0, 'none are left');
select ok(pg_temp.wait_ms(per_day => 10) between 1 and 86400000, 'until the day ends');
update debrief.server_limits set day = day - 1;
select is(pg_temp.granted(7, per_day => 10), 7, 'a new day has its own');

-- Budgets.
select pg_temp.anew() \gset
select is(pg_temp.granted(5, tokens => 100), 5, 'a budget that nothing was spent of');
select pg_temp.use(60, 39, 0) \gset
select is(pg_temp.granted(5, tokens => 100), 5, 'nearly spent');
select pg_temp.use(1, 0, 0) \gset
select is(pg_temp.granted(5, tokens => 100), 0, 'spent');
select ok(pg_temp.wait_ms(tokens => 100) > 0, 'until tomorrow');
select is(pg_temp.granted(5, characters => 100), 5, 'characters have their own budget');
select pg_temp.use(0, 0, 100) \gset
select is(pg_temp.granted(5, characters => 100), 0, 'which can be spent as well');
update debrief.server_usage set day = day - 1;
select is(pg_temp.granted(5, tokens => 100, characters => 100), 5, 'yesterday''s is yesterday''s');

-- Money: prices and a budget are options of the server.
select pg_temp.anew() \gset
select pg_temp.use(1000000, 0, 0) \gset
select is((select sum(cost)::text from debrief.usage), '0', 'without prices nothing costs anything');
select is(pg_temp.granted(5), 5, 'and nothing stops');
create server voice foreign data wrapper debrief options (kind 'openai', speech_model 'm', key 'k',
  price_per_million_input_tokens '2.5', price_per_million_output_tokens '10', price_per_million_characters '15',
  price_per_audio_minute '0.04', cost_per_day '20.002');
update debrief.stages set server = 'voice' where stage = 'audio';
select pg_temp.anew() \gset
select pg_temp.use(1000000, 500000, 800000) \gset
select is((select sum(cost)::numeric(10, 3) from debrief.usage), 19.501, 'tokens in and out, characters and audio have their prices');
select is(pg_temp.granted(5), 5, 'a budget that is nearly spent');
select pg_temp.pretend_processes() \gset
select is((select state || ' ' || cost_today::numeric(10, 3) from debrief.stage_status where stage = 'audio'), 'ready 19.501', 'the status says what today has cost');
select pg_temp.use(0, 50010, 0) \gset
select is(pg_temp.granted(5), 0, 'a budget that is spent');
select ok(pg_temp.wait_ms() > 0, 'until tomorrow');
select is((select state || ': ' || reason from debrief.stage_status where stage = 'audio'), 'budget spent: the server "voice" has used up cost_per_day (20.002)', 'and the status says so');
alter server voice options (set price_per_million_output_tokens '1000');
select is((select sum(cost)::numeric(10, 3) from debrief.usage), 20.002, 'a new price does not change what was');
update debrief.server_usage set day = day - 1;
select is(pg_temp.granted(5), 5, 'a new day has its own budget');
select throws_ok($$alter server voice options (set cost_per_day '-1')$$, 'HV024', null, 'no budget below nothing');
update debrief.stages set server = null where stage = 'audio';
drop server voice;

-- Usage.
select pg_temp.anew() \gset
select pg_temp.use(1, 2, 3) \gset
select pg_temp.use(10, 20, 30) \gset
create server told foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1', calls_per_day '2');
select * from debrief._grant_calls('told', 2, null, 2, null, null) \gset first_
select is((select spent_on from debrief.server_limits where server = 'told'), null, 'a budget that is just used up has refused nothing yet');
select * from debrief._grant_calls('told', 1, null, 2, null, null) \gset then_
select is((select spent_on from debrief.server_limits where server = 'told'), (now() at time zone 'UTC')::date, 'the day is noted on which it refused a call, for one line in the log');
select results_eq($$select server, stage, calls, failures, input_tokens, output_tokens, characters, audio_seconds from debrief.usage$$,
  $$values ('voice', 'audio', 2::bigint, 0::bigint, 11::bigint, 22::bigint, 33::bigint, 3.0)$$, 'usage is summed by day');

-- An exchange: kept by the claim that holds the row, gone with its end, its file deleted.
create function pg_temp.keep(row_id bigint, token bigint, file text, server text default 'coach') returns text
language sql set role = debrief_worker as $$
  select outcome from debrief._keep_exchange(array[row_id], array[token], array[server],
                                             array[json_build_object('file', file)::text]);
$$;
create function pg_temp.lent() returns text[] language sql as $$
  select array(select d.store || ':' || d.storage_path from debrief.object_deletions d order by d.id);
$$;
create server coach foreign data wrapper debrief options (kind 'gemini', analysis_model 'm', key 'k');
create server other foreign data wrapper debrief options (kind 'gemini', analysis_model 'm', key 'k');
update debrief.stages set server = 'coach' where stage = 'analysis';
delete from debrief.object_deletions;
select pg_temp.job() as job \gset
select pg_temp.take('analysis', :job) as token \gset
select is(pg_temp.keep(:job, :token, 'files/a'), 'settled', 'a claim keeps its exchange');
select is(pg_temp.keep(:job, :token + 1000, 'files/b'), 'stale', 'another does not');
select is(pg_temp.lent(), '{}', 'what is lent is left alone');
set local role debrief_worker;
select outcome from debrief._settle_failures('analysis', array[:job], array[:token], '{retried}', '{0}', '{internal}', '{x}') \gset
reset role;
select is(exchange_state, '{"file": "files/a"}', 'an attempt that failed leaves it to the next') from debrief.analysis_jobs where id = :job;
update debrief.analysis_jobs set due_at = '2000-01-01' where id = :job;
set local role debrief_worker;
select token, exchange_state as told from debrief._claim_analysis(7, 1, '1 minute') \gset
reset role;
select is(:'told'::jsonb, '{"file": "files/a"}', 'which is told of it');
set local role debrief_worker;
select outcome from debrief._settle_failures('analysis', array[:job], array[:token], '{retried}', '{0}', '{stale_input}', '{x}') \gset
reset role;
select is(exchange_state, null::jsonb, 'unless the upload is gone') from debrief.analysis_jobs where id = :job;
select is(pg_temp.lent(), '{coach:files/a}', 'its file is deleted in any case');

select pg_temp.take('analysis', :job) as token \gset
select pg_temp.keep(:job, :token, 'files/b') \gset
update debrief.stages set server = 'other' where stage = 'analysis';
set local role debrief_worker;
select outcome from debrief._settle_failures('analysis', array[:job], array[:token], '{retried}', '{0}', '{internal}', '{x}') \gset
reset role;
update debrief.analysis_jobs set due_at = '2000-01-01' where id = :job;
set local role debrief_worker;
select token, exchange_state as told from debrief._claim_analysis(7, 1, '1 minute') \gset
reset role;
select is(:'told'::text, '', 'another server is not told of it');
select pg_temp.keep(:job, :token, 'files/c', 'other') \gset
select is(pg_temp.lent(), '{coach:files/a,coach:files/b}', 'and its own takes the place: the first server''s file is deleted there');
select is(pg_temp.settle_analysis(:job, :token), 'settled', 'the analysis is settled');
select is(pg_temp.lent(), '{coach:files/a,coach:files/b,other:files/c}', 'and the last file deleted');

delete from debrief.object_deletions;
select pg_temp.job() as job \gset
select pg_temp.take('analysis', :job) as token \gset
select pg_temp.keep(:job, :token, 'files/d') \gset
select debrief.cancel_analysis(:job) \gset
select is(pg_temp.lent(), '{coach:files/d}', 'a cancelled analysis gives its file up');
select pg_temp.job() as job \gset
select pg_temp.take('analysis', :job) as token \gset
select pg_temp.keep(:job, :token, 'files/e') \gset
delete from debrief.analysis_jobs where id = :job;
select is(pg_temp.lent(), '{coach:files/d,coach:files/e}', 'and so does a deleted one');

-- Objects are noted before they are written.
delete from debrief.object_deletions;
select pg_temp.spoken() as item \gset
set local role debrief_worker;
select debrief._intend_objects('{bucket,bucket}', array['lost.wav', 'sound/' || :item || '/0-1.wav'], array[:item, :item], '{5,0}') \gset
select count(*) as early from debrief._take_deletions(10) \gset
reset role;
select is(:early, 0, 'an object that is about to be written is left alone');
update debrief.analysis_audio_segments set store = 'bucket' where feedback_id = :item;
update debrief.object_deletions set due_at = now();
set local role debrief_worker;
create temporary table taken as select storage_path from debrief._take_deletions(10);
reset role;
select results_eq('select storage_path from taken', $$values ('lost.wav')$$, 'a day later the one that no row came to name is deleted');
select is(pg_temp.lent(), '{bucket:lost.wav}', 'and the other is forgotten');

select * from finish();
rollback;
