\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.complaint(statement text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute statement;
  return 'none';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return concat_ws(' | ', sqlstate, sqlerrm, nullif(hint, ''));
end $$;

-- Rows that belong to others are given their owner, and an unknown one is named.
select pg_temp.job(:'ann') as job \gset
select lives_ok(format('insert into debrief.analysis_metrics (analysis_job_id, metric_key, metric_value) values (%s, ''a'', 1)', :job), 'a metric needs no user_id');
select is((select user_id from debrief.analysis_metrics where analysis_job_id = :job), :'ann'::uuid, 'it is its analysis'' owner''s');
select is(pg_temp.complaint(statement), told, statement)
  from (values ('insert into debrief.analysis_metrics (analysis_job_id, metric_key, metric_value) values (0, ''a'', 1)', '23503 | analysis job 0 does not exist'),
               ('insert into debrief.analysis_ssml_segments (feedback_id, ssml) values (0, ''<speak/>'')', '23503 | feedback 0 does not exist'),
               ('insert into debrief.analysis_audio_segments (feedback_id, audio_url) values (0, ''x'')', '23503 | feedback 0 does not exist')) as t (statement, told);

-- Results of another system: a misspelled key is no blank message.
select pg_temp.feedback(:job, 'Kept.') as kept \gset
select is(pg_temp.complaint(format('select debrief.store_analysis_results(%s, ''A talk'', '''', '''', feedback => %L, metrics => %L)', :job, feedback, metrics)), '22023 | ' || told, feedback || metrics)
  from (values ('[{"ts": 1, "text": "Hi"}]', '[]', 'feedback has an item with "ts" | Each item is an object with some of: timestamp_seconds, category, message, confidence, impact.'),
               ('["Hi"]', '[]', 'feedback has an item with ""Hi"" | Each item is an object with some of: timestamp_seconds, category, message, confidence, impact.'),
               ('[]', '[{"name": "a", "value": 1}]', 'metrics has an item with "name" | Each item is an object with some of: key, value, unit.')) as t (feedback, metrics, told);
select is((select message from debrief.analysis_feedback where id = :kept), 'Kept.', 'and what was there stays');

select * from finish();
rollback;

-- A transaction that keeps its snapshot cannot wait.
begin isolation level repeatable read;
do $$
begin
  perform debrief.wait_for_feedback(1);
exception when others then
  raise warning '% | %', sqlstate, sqlerrm;
end $$;
do $$
begin
  perform debrief.wait_for_analysis(1);
exception when others then
  raise warning '% | %', sqlstate, sqlerrm;
end $$;
rollback;

-- An installation that takes itself for a restore says so, and how to go on.
begin;
set local client_min_messages = warning;
drop extension pg_debrief cascade;
drop schema debrief cascade;
set local row_security = off;
create extension pg_debrief;
set local row_security = on;
select debrief.update_tables();
select count(*) from debrief.check_installation() where object !~ '^(worker|launcher|stage|library|role)';
rollback;
