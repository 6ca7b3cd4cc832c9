\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Who did what: a row for each action of an operator, one a minute for what an end user does.
create role tap_oncall in role debrief_admin;
create role tap_app in role debrief_app;
grant usage on foreign data wrapper debrief to tap_oncall;
set local application_name = 'on call';
set local role tap_oncall;
create temp table mark (at timestamptz);
insert into mark values (clock_timestamp());
create function pg_temp.operations() returns table (action text, target text, affected bigint) language sql as
  $$ select o.action, o.target, o.affected from debrief.operations o where o.at > (select max(m.at) from pg_temp.mark m) order by o.at $$;
create function pg_temp.since_here() returns void language sql as $$ insert into pg_temp.mark values (clock_timestamp()) $$;

select debrief.pause('ssml'), debrief.pause('ssml'), debrief.resume('ssml') \gset
select results_eq('select * from pg_temp.operations()', $$values ('pause', 'ssml', 1::bigint), ('resume', 'ssml', 1)$$, 'pause and resume, and not what changed nothing');
select results_eq('select distinct login = session_user, role, end_user, application from debrief.operations', $$values (true, 'tap_oncall', null::uuid, 'on call')$$, 'with who it was');
select pg_temp.since_here() \gset
update debrief.stages set rollout_percent = 20, max_in_flight = 5 where stage = 'audio';
update debrief.stages set max_in_flight = 5, instruction = 'A secret recipe.' where stage = 'analysis';
update debrief.stages set max_in_flight = 5 where stage = 'audio';
select results_eq('select * from pg_temp.operations()', $$values ('change stage', 'audio: max_in_flight 16 to 5, rollout_percent 100 to 20', 1::bigint), ('change stage', 'analysis: instruction, max_in_flight 4 to 5', 1)$$,
  'a changed stage, by the values that changed');
select pg_temp.since_here() \gset
insert into debrief.stages (stage) values ('deliver');
update debrief.stages set stage = stage;
delete from debrief.stages where stage = 'deliver';
delete from debrief.stages where stage = 'ssml';
insert into debrief.stages (stage, server) values ('ssml', 'template');
select results_eq('select * from pg_temp.operations()',
  $$values ('add stage', 'deliver', 1::bigint), ('remove stage', 'deliver', 1), ('remove stage', 'ssml: server template', 1), ('add stage', 'ssml: server template', 1)$$,
  'a stage that is added or removed');
select pg_temp.since_here() \gset
select debrief.pause_server('template'), debrief.resume_server('template') \gset
select results_eq('select * from pg_temp.operations()', $$values ('pause_server', 'template', 3::bigint), ('resume_server', 'template', 3)$$, 'a server is one operation, whatever it serves');
select pg_temp.since_here() \gset
create server mine foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
alter server mine options (set base_url 'http://127.0.0.1:2');
update debrief.stages set server = 'mine' where stage = 'audio';
reset role;
set local role tap_oncall;
drop server mine;
select results_eq($$select action, target from pg_temp.operations() where action ~ 'server'$$, $$values ('create server', 'mine'), ('alter server', 'mine'), ('drop server', 'mine')$$, 'and its definition');
select pg_temp.since_here() \gset
reset role;
create role tap_leaver in role debrief_admin;
grant usage on foreign data wrapper debrief to tap_leaver;
set local role tap_leaver;
create server mine foreign data wrapper debrief options (kind 'fake');
update debrief.stages set server = 'mine' where stage = 'audio';
reset role;
drop owned by tap_leaver;
select results_eq($$select action, target from pg_temp.operations() where action ~ '^drop'$$, $$values ('drop owned', 'mine')$$, 'also when it goes with all that its owner has');
select pg_temp.since_here() \gset
create foreign data wrapper tap_other;
create server other foreign data wrapper tap_other;
select is_empty('select * from pg_temp.operations()', 'other servers are no business of ours');

-- Rows.
update debrief.stages set server = null where stage = 'audio';
select pg_temp.job() as job, pg_temp.job(:'bob') as other_job \gset
select pg_temp.feedback(:job) as item, pg_temp.feedback(:job) as second, pg_temp.feedback(:job) as third \gset
set local role tap_oncall;
select pg_temp.since_here() \gset
select debrief.cancel_feedback(:item), debrief.retry_feedback(:item), debrief.cancel_analysis(:job), debrief.retry_analysis(:job) \gset
select results_eq('select * from pg_temp.operations()', format($$values ('cancel_feedback', '%s', 1::bigint), ('retry_feedback', '%s', 1), ('cancel_analysis', '%s', 4), ('retry_analysis', '%s', 1)$$, :item, :item, :job, :job),
  'each row, and how many');
reset role;
update debrief.analysis_feedback set ssml_status = 'failed', ssml_due_at = null, ssml_error_code = 'bad_answer', audio_status = 'queued', audio_error_code = null;
set local role tap_oncall;
select pg_temp.since_here() \gset
select count(*) from debrief.retry_failed(error_code => 'bad_answer') \gset
select count(*) from debrief.retry_failed(error_code => 'no_such') \gset
select results_eq('select * from pg_temp.operations()', $$values ('retry_failed', 'all stages, code bad_answer', 3::bigint)$$, 'many at once are one operation, none are none');

-- An end user.
reset role;
set local role tap_app;
select set_config('debrief.user_id', :'ann', true) \gset
select count(debrief.cancel_feedback(f)) from unnest(array[:item, :second, :third]) f \gset
select debrief.dismiss_feedback(:item) \gset
select throws_ok('table debrief.operations', '42501', null, 'applications do not read it');
select throws_ok($$select debrief._log_operation('pause', 'ssml')$$, '42501', null, 'nor write it');
reset role;
select results_eq($$select action, affected, end_user = '11111111-1111-4111-8111-111111111111' from debrief.operations where role = 'tap_app' order by action$$,
  $$values ('cancel_feedback', 3::bigint, true), ('dismiss_feedback', 1, true)$$, 'what an end user repeats is one row a minute');
set local role tap_oncall;
select throws_ok(q, '42501', null, 'operators cannot: ' || q) from unnest(array[$$select debrief._log_operation('pause', 'ssml')$$, 'delete from debrief.operations', $$update debrief.operations set role = 'x'$$,
  $$insert into debrief.operations (action, login, role) values ('x', 'x', 'x')$$]) q;

-- Copies.
reset role;
update debrief.installation set system_identifier = 'copy';
set local role tap_oncall;
select pg_temp.since_here() \gset
select debrief.activate_copy() \gset
select results_eq($$select action, target = current_database() from pg_temp.operations() where action ~ 'copy'$$, $$values ('activate_copy', true)$$, 'a copy that is activated');
reset role;
select pg_temp.since_here() \gset
update debrief.installation set tables_version = tables_version;
select is_empty('select * from pg_temp.operations()', 'an update of the extension is no operation');

select * from finish();
rollback;
