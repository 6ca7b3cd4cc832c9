\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- An archive that inherits from a table of the queue has rows at the same ctids: the worker must not touch them.
create table pg_temp.old_jobs () inherits (debrief.analysis_jobs);
create table pg_temp.old_feedback () inherits (debrief.analysis_feedback);
create table pg_temp.old_deletions () inherits (debrief.object_deletions);
insert into pg_temp.old_jobs (id, user_id, video_recording_id, status, processing_completed_at)
  select -n, :'ann', -n, 'completed', '2000-01-01' from generate_series(1, 5000) n;
insert into pg_temp.old_feedback (id, analysis_job_id, user_id, message, ssml_status, audio_status)
  select -n, -n, :'ann', 'Kept.', 'completed', 'completed' from generate_series(1, 20000) n;
insert into pg_temp.old_deletions (id, store, storage_path, due_at)
  select -n, 'database', 'kept', '9999-01-01' from generate_series(1, 20000) n;
create table pg_temp.old_minutes () inherits (debrief.pipeline_minutes);
create table pg_temp.old_hours () inherits (debrief.pipeline_hours);
create table pg_temp.old_operations () inherits (debrief.operations);
insert into pg_temp.old_minutes (minute, writer, stage, server, outcome, code, rolled_up, count, attempts, wait_ms, wait_buckets, call_ms, call_buckets,
                                 duration_ms, duration_buckets, input_tokens, output_tokens, characters, audio_ms, cost)
  select '2000-01-01'::timestamptz + n * interval '1 hour', 0, 'audio', 'tts', 'completed', '', true, n, n, 0, '{}', 0, '{}', 0, '{}', 0, 0, 0, 0, 0 from generate_series(1, 200) n;
insert into pg_temp.old_hours (hour, stage, server, outcome, code, count, attempts, wait_ms, wait_buckets, call_ms, call_buckets,
                               duration_ms, duration_buckets, input_tokens, output_tokens, characters, audio_ms, cost)
  select m.minute, m.stage, m.server, m.outcome, m.code, m.count, m.attempts, 0, '{}', 0, '{}', 0, '{}', 0, 0, 0, 0, 0 from pg_temp.old_minutes m;
insert into pg_temp.old_operations (at, minute, action, login, role) select m.minute, m.minute, 'pause', 'olga', 'olga' from pg_temp.old_minutes m;
create function pg_temp.archive() returns text language sql as $$
  select concat((select md5(string_agg(j::text, '' order by j.id)) from pg_temp.old_jobs j),
                (select md5(string_agg(f::text, '' order by f.id)) from pg_temp.old_feedback f),
                (select md5(string_agg(d::text, '' order by d.id)) from pg_temp.old_deletions d),
                (select md5(string_agg(m::text, '' order by m.minute)) from pg_temp.old_minutes m),
                (select md5(string_agg(h::text, '' order by h.hour)) from pg_temp.old_hours h),
                (select md5(string_agg(o::text, '' order by o.at)) from pg_temp.old_operations o));
$$;
select pg_temp.archive() as before \gset

create function pg_temp.kept(what text) returns text language sql as $$
  select is(pg_temp.archive(), current_setting('tap.before'), what || ' leaves the rows of an inheriting table alone');
$$;
set local tap.before = :'before';

-- As the worker: every function that names rows by ctid.
select pg_temp.ready('analysis') as job, pg_temp.ready('ssml') as item, pg_temp.ready('audio') as sound \gset
select pg_temp.take('analysis', :job) as job_token, pg_temp.take('ssml', :item) as item_token, pg_temp.take('audio', :sound) as sound_token \gset
select ok(:job_token is not null and :item_token is not null and :sound_token is not null, 'rows beside an inheriting table are claimed');
select pg_temp.kept('a claim');
set local role debrief_worker;
select debrief._renew('analysis', array[:job], array[:job_token], '1 hour'), debrief._renew('ssml', array[:item], array[:item_token], '1 hour') \gset
select debrief._progress(:job, :job_token, 50) \gset
select outcome from debrief._keep_exchange(array[:job], array[:job_token], '{house}', '{"{}"}') \gset
reset role;
select pg_temp.kept('a renewal, progress and exchange');
select is(pg_temp.settle_analysis(:job, :job_token), 'settled', 'an analysis is settled');
select is(pg_temp.settle_ssml(:item, :item_token), 'settled', 'SSML is settled');
select is(pg_temp.settle_audio(:sound, :sound_token), 'settled', 'audio is settled');
select pg_temp.kept('a settle');
select pg_temp.ready('analysis') as job, pg_temp.ready('ssml') as item \gset
select pg_temp.take('analysis', :job, 8) as job_token, pg_temp.take('ssml', :item, 8) as item_token \gset
select is(pg_temp.put_back('ssml', :item, :item_token, 'retry'), 'settled', 'a failure is settled');
select pg_temp.take('ssml', :item, 8) as item_token \gset
set local role debrief_worker;
select cmp_ok(debrief._release(8), '>=', 2::bigint, 'claims are returned');
reset role;
select pg_temp.kept('a failure and a release');
select pg_temp.take('analysis', :job, 9) as job_token, pg_temp.take('ssml', :item, 9) as item_token \gset
set local role debrief_worker;
select cmp_ok((select count(*) from debrief._rescue(7, '{}')), '>=', 2::bigint, 'claims of a worker that is gone are taken back');
reset role;
select pg_temp.kept('a rescue');
insert into debrief.object_deletions (store, storage_path, due_at) values ('database', 'gone', now());
set local role debrief_worker;
select is((select count(*) from debrief._take_deletions(100) t where t.storage_path = 'gone'), 1::bigint, 'objects to delete are taken');
reset role;
select pg_temp.kept('a deletion');

-- History as old as theirs, at the same places, is pruned.
delete from only debrief.pipeline_minutes; delete from only debrief.pipeline_hours; delete from only debrief.operations;
insert into debrief.pipeline_minutes select * from pg_temp.old_minutes;
insert into debrief.pipeline_hours select * from pg_temp.old_hours;
insert into debrief.operations select * from pg_temp.old_operations;
set local role debrief_worker;
select is(debrief._prune_history(1000), 600::bigint, 'history is pruned');
reset role;
select pg_temp.kept('pruning');
select is_empty($$
  select p.proname from pg_proc p
   where p.pronamespace = 'debrief'::regnamespace
     and p.prosrc ~ 'ctid[^;()]*\sfrom\s+debrief\.|\m(update|delete from) debrief\.[^;]*\.ctid'$$, 'every function that names rows by ctid says ONLY');

-- It is reported, with what ends it.
create table public.tap_archive () inherits (debrief.analysis_feedback);
create table public.tap_everything (user_id uuid not null, body bytea not null);
alter table debrief.audio_objects inherit public.tap_everything;
drop table pg_temp.old_jobs, pg_temp.old_feedback, pg_temp.old_deletions, pg_temp.old_minutes, pg_temp.old_hours, pg_temp.old_operations;
select results_eq('select object, problem, fix from debrief._check_inheritance()', $$values
  ('table debrief.audio_objects', 'belongs to public.tap_everything: who may read that reads all users'' rows', 'alter table debrief.audio_objects no inherit public.tap_everything;'),
  ('table public.tap_archive', 'inherits from debrief.analysis_feedback: its rows are found with ours, and the workers leave them', 'alter table public.tap_archive no inherit debrief.analysis_feedback;')$$, 'relatives of our tables are reported');
select isnt_empty('select 1 from debrief.check_installation() c where c.object = ''table public.tap_archive''', 'by check_installation()');
alter table tap_archive no inherit debrief.analysis_feedback;
alter table debrief.audio_objects no inherit tap_everything;
select is_empty('select * from debrief._check_inheritance()', 'and the fixes leave nothing');

select * from finish();
rollback;
