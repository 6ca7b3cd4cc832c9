\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- A row's clock runs while its stage is kept from work by a fault, and only then.
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
update debrief.stages set give_up_after = '1 hour', server = case stage when 'audio' then 'tts' else server end;
create function pg_temp.outage(stage text, server text, began interval, ended interval) returns void language sql as
  $$ insert into debrief.outages values (stage, server, now() - began, now() - ended) $$;
create function pg_temp.limit_of(stage text) returns interval language sql set role = debrief_worker as
  $$ select date_trunc('minute', clock_timestamp() - debrief._outage_limit(stage) + interval '30 s') $$;
create function pg_temp.gives_up() returns text language sql set role = debrief_worker as
  $$ select coalesce(string_agg(g.stage || ' ' || g.given_up, ', '), 'nothing') from debrief._give_up() g $$;

select is(pg_temp.limit_of('audio'), null, 'without an outage nothing is given up');
select pg_temp.outage('audio', 'tts', '50 minutes', '0') \gset
select is(pg_temp.limit_of('audio'), null, 'an outage that was shorter than give_up_after');
select pg_temp.outage('audio', 'tts', '3 hours', '2 hours 30 minutes') \gset
select is(pg_temp.limit_of('audio'), interval '2 hours 40 minutes', 'outages add up: 50 minutes and ten of the earlier one');
select pg_temp.outage('audio', '', '30 minutes', '20 minutes') \gset
select is(pg_temp.limit_of('audio'), interval '2 hours 40 minutes', 'two faults at once are one outage');
select pg_temp.outage('audio', 'another', '10 hours', '1 hour') \gset
select is(pg_temp.limit_of('audio'), interval '2 hours 40 minutes', 'a server that does not serve the stage does not matter');
select is(pg_temp.limit_of('ssml'), null, 'nor does another stage''s outage');

select pg_temp.ready('audio') as old, pg_temp.ready('audio') as young, pg_temp.ready('audio') as retried, pg_temp.ready('audio') as refused \gset
update debrief.analysis_feedback set asked_at = now() - interval '3 hours', ssml_updated_at = now() - interval '2 hours 50 minutes' where id in (:old, :retried, :refused);
update debrief.analysis_feedback set asked_at = now() - interval '2 hours' where id = :retried;
insert into debrief.attempts (stage, row_id, attempt, disposition, code, next_attempt_at) values ('audio', :refused, 0, 'deferred', 'row_not_readable', clock_timestamp() + interval '1 minute');
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise exception 'Not this one.'; end $$;
select format('create trigger refuse before update on debrief.analysis_feedback for each row when (old.id = %s) execute function pg_temp.refuse()', :refused) \gexec
select is(pg_temp.gives_up(), 'nothing', 'where nothing is parked, rows are tried, however long they waited');
select debrief._park_server('tts', 'audio', 1000, 3, 'unreachable', 'It is down.') \gset
update debrief.stages set paused = true where stage = 'audio';
select is(pg_temp.gives_up(), 'nothing', 'nor is a paused stage given up');
update debrief.stages set paused = false where stage = 'audio';
select is(pg_temp.gives_up(), 'audio 1', 'while it is parked, rows that met with an hour of outages are');
select results_eq(format('select id = %s, audio_status, audio_error_code, audio_due_at is null from debrief.analysis_feedback where audio_status = ''failed''', :old),
  $$values (true, 'failed', 'gave_up', true)$$, 'the oldest, and not what was asked for anew since, nor what nobody may change');
select is(pg_temp.gives_up(), 'nothing', 'once');
drop trigger refuse on debrief.analysis_feedback;

-- The periods themselves.
delete from debrief.outages;
delete from debrief.server_states;
select debrief._park_server('tts', 'audio', 60000, 1, 'unreachable', 'Down.'), debrief._park_server('tts', 'audio', 120000, 2, 'unreachable', 'Down.') \gset
select results_eq('select count(*), max(ended_at) > clock_timestamp() + interval ''110 s'' from debrief.outages', $$values (1::bigint, true)$$, 'probes that fail go on with an outage');
select debrief.pause('audio') \gset
select ok((select ended_at <= clock_timestamp() from debrief.outages), 'a pause ends it');
select debrief.resume('audio'), debrief._park_server('tts', 'audio', 240000, 3, 'unreachable', 'Down.') \gset
select is((select count(*) from debrief.outages), 2::bigint, 'what follows a pause is another one');
select debrief._server_ok('tts', 'audio') \gset
select ok((select max(ended_at) <= clock_timestamp() from debrief.outages), 'a success ends it');
select sum(extract(epoch from ended_at)) as ended from debrief.outages \gset
select debrief._park_server('tts', 'audio', 5000, 0, 'rate_limited', 'Busy.'), debrief._server_ok('tts', 'audio') \gset
select is((select sum(extract(epoch from ended_at)) from debrief.outages), :ended, 'what has ended stays as it was');
select debrief._park_server('tts', 'audio', 5000, 0, 'rate_limited', 'Busy.') \gset
select is((select count(*) from debrief.outages), 2::bigint, 'a busy server is no outage');
select debrief._park_stage('audio', 5000, 1, '42501', 'permission denied') \gset
select results_eq('select code, message, failures from debrief.stage_states', $$values ('42501', 'permission denied', 1)$$, 'that the database refuses results is noted');
select ok(exists (select from debrief.outages where server = '' and ended_at > clock_timestamp()), 'and is an outage');
select debrief._stage_ok('audio') \gset
select is_empty('select from debrief.stage_states', 'until it takes them');
select is_empty('select from debrief.outages where ended_at > clock_timestamp()', 'which ends the outage');

select debrief._park_server('tts', 'audio', 60000, 1, 'unreachable', 'Down.') \gset
create temp table audio_stage as select * from debrief.stages where stage = 'audio';
delete from debrief.stages where stage = 'audio';
select is_empty('select from debrief.outages where ended_at > clock_timestamp()', 'a stage that is removed ends it as a pause does');
insert into debrief.stages select * from audio_stage;
select count(*) as outages from debrief.outages \gset
select debrief._park_server('tts', 'audio', 240000, 2, 'unreachable', 'Down.') \gset
select is((select count(*) from debrief.outages), :outages + 1::bigint, 'and when it is back another one begins');
select debrief._server_ok('tts', 'audio') \gset

-- What was put off in doubt comes due when the doubt is over.
select pg_temp.ready('ssml') as doubted, pg_temp.ready('ssml') as other \gset
select count(*) from debrief._settle_failures('ssml', array[:doubted, :other], array[pg_temp.take('ssml', :doubted), pg_temp.take('ssml', :other)],
  '{deferred,deferred}', '{60000,60000}', '{internal,rate_limited}', '{x,y}', '{1,0}') \gset
select results_eq(format('select unproven, unproven_at is not null, ssml_attempts from debrief.analysis_feedback where id in (%s, %s) order by id', :doubted, :other),
  $$values (1, true, 0), (0, false, 0)$$, 'a failure without proof is counted, and is no attempt');
select is(debrief._hasten('ssml'), 1::bigint, 'the row that was put off in doubt is due');
select results_eq(format('select id, ssml_due_at <= clock_timestamp() from debrief.analysis_feedback where id in (%s, %s) order by id', :doubted, :other),
  format('values (%s::bigint, true), (%s, false)', :doubted, :other), 'and the other waits for its time');
select outcome from debrief._settle_failures('ssml', array[:doubted], array[pg_temp.take('ssml', :doubted)], '{retried}', '{0}', '{internal}', '{x}', '{0}') \gset
select is((select row(ssml_attempts, unproven, unproven_at) from debrief.analysis_feedback where id = :doubted), row(2, 0, null::timestamptz),
  'when it is the row''s fault, what came before is charged too');

select * from finish();
rollback;
