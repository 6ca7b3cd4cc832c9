\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- A schema that holds a trap for each operator and function that ours use, first in the caller's search_path, before
-- pg_catalog; and temporary tables by the names of the tables that ours use.
create schema hostile;
grant usage on schema hostile to public;
create function pg_temp.try(statement text) returns boolean language plpgsql as $$
begin
  execute statement;
  return true;
exception when others then
  return false;  -- an argument that no function of SQL may have
end $$;
create temp table traps as
  select p.oid, p.proname, pg_get_function_identity_arguments(p.oid) as args from pg_proc p
   where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
     and p.proname in (select (regexp_matches(ours.prosrc, '\m([a-z_0-9]+)\(', 'g'))[1] from pg_proc ours where ours.pronamespace = 'debrief'::regnamespace);
select is((select count(*) > 50 from (
    select pg_temp.try(format($f$create function hostile.%I(%s) returns boolean language plpgsql as $b$begin raise exception 'captured'; end$b$$f$, proname, args)) as made from traps) t
  where made), true, 'traps are set for functions');
create temp table operands as
  with types as (select t::regtype::oid as t from unnest(array['text', 'uuid', 'int', 'bigint', 'jsonb', 'boolean', 'timestamptz', 'interval', 'numeric', 'name', 'oid', 'text[]', 'bigint[]', 'bytea']) t),
       numbers as (select t::regtype::oid as t from unnest(array['int', 'bigint', 'numeric']) t)
  select o.oprname as name, l.t as l, r.t as r from pg_operator o join types l on l.t = o.oprleft join types r on r.t = o.oprright
  union select o, l.t, r.t from unnest(array['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%']) o, numbers l, numbers r
  union select '||', l.t, r.t from types l, types r where 'text'::regtype in (l.t, r.t);
select is(bool_and(pg_temp.try(format($f$create function hostile.trap(%s, %s) returns boolean language plpgsql as $b$begin raise exception 'captured'; end$b$$f$, l::regtype, r::regtype))), true, 'and operators')
  from (select distinct l, r from operands) o;
select is(count(*) > 150 and bool_and(pg_temp.try(format('create operator hostile.%s (leftarg = %s, rightarg = %s, function = hostile.trap)', name, l::regtype, r::regtype))), true, 'of many kinds') from operands;
create domain hostile.uuid as pg_catalog.int4;
create domain hostile.text as pg_catalog.int4;
create domain hostile.jsonb as pg_catalog.int4;

select pg_temp.spoken() as item, pg_temp.ready('ssml') as waiting, pg_temp.ready('ssml') as broken, pg_temp.recording(status => 'completed') as recording \gset
select pg_temp.put_back('ssml', :broken, pg_temp.take('ssml', :broken), 'failed') \gset
select analysis_job_id as job from debrief.analysis_feedback where id = :item \gset
select nextval('debrief.claim_token_seq') as token \gset

select pg_temp.try(format('create temp table %I (id int)', relname)) as made from pg_class where relnamespace = 'debrief'::regnamespace and relkind in ('r', 'v')
union all select pg_temp.try(format('create temp table %I (oid int)', n)) from unnest(array['pg_roles', 'pg_foreign_server', 'pg_foreign_data_wrapper', 'pg_database', 'pg_class', 'pg_auth_members', 'pg_attribute', 'pg_proc']) n \g /dev/null

create function pg_temp.harm(statement pg_catalog.text) returns pg_catalog.text language plpgsql set search_path = pg_temp, hostile, pg_catalog as $$
begin
  execute statement;
  return 'none';
exception when others then
  return sqlerrm;
end $$;
select is(pg_temp.harm(statement), 'captured', 'the trap shuts: ' || statement)
  from unnest(array['select 1 where ''a''::pg_catalog.text = ''b''::pg_catalog.text', 'select 5::bigint % 3', 'select nullif(''a''::pg_catalog.text, ''b''::pg_catalog.text)', 'select current_setting(''debrief.user_id'', true)', 'select format(''x'')']) statement;
select matches(pg_temp.harm('select * from analysis_jobs, pg_roles where claim_token is null'), 'claim_token', 'temporary tables go before ours and the catalog''s');

-- Who asks, what he may do, and all that applications and operators call.
select set_config('request.jwt.claims', json_build_object('sub', :'ann')::text, true) \gset
create temp table calls as select c.statement from (values
  ('select debrief.current_user_id()'),
  ('select debrief._may_act_on(''11111111-1111-4111-8111-111111111111'')'),
  ('select debrief.get_analysis_with_metrics(' || :job || ')'),
  ('select * from debrief.get_audio_segments_for_feedback(' || :item || ')'),
  ('select * from debrief.get_audio(' || :item || ')'),
  ('select debrief.wait_for_feedback(' || :item || ', ''1 ms'')'),
  ('insert into debrief.video_recordings (storage_path, upload_status) values (''11111111-1111-4111-8111-111111111111/a'', ''completed''); set constraints all immediate'),
  ('update debrief.video_recordings set upload_progress = 5'),
  ('update debrief.analysis_feedback set user_rating = ''up'''),
  ('select * from debrief.start_analysis(' || :recording || ')'),
  ('select debrief.retry_feedback(' || :broken || ')'),
  ('select debrief.cancel_feedback(' || :waiting || ')'),
  ('select * from debrief.retry_failed()'),
  ('select * from debrief.cancel_queued(error_code => ''none'')'),
  ('select debrief.cancel_analysis(' || :job || ')'),
  ('select debrief.retry_analysis(' || :job || ')'),
  ('select debrief.store_analysis_results(' || :job || ', ''t'', ''s'', ''f'', ''{"a": {"value": 1}}'', ''[{"message": "m"}]'')'),
  ('update debrief.stages set server = ''template'' where stage operator(pg_catalog.=) ''ssml'''),
  ('select debrief.pause(''ssml''), debrief.pause_server(''template'')'),
  ('select debrief.resume(''ssml''), debrief.resume_server(''template''), debrief.resume()'),
  ('select debrief.activate_copy()'),
  ('create server hostile_server foreign data wrapper debrief options (kind ''template'')'),
  ('create role tap_path; select debrief.grant_access(''tap_path'', ''application'')'),
  ('select debrief.revoke_access(''tap_path'', ''application'')'),
  ('table debrief.feedback_status'), ('table debrief.failures'), ('table debrief.pipeline_status'), ('table debrief.worker_status'),
  ('table debrief.stage_status'), ('table debrief.usage'), ('table debrief.latency'),
  ('select debrief._in_rollout(''11111111-1111-4111-8111-111111111111'', 50), debrief._runs_alone(''x'', 1, 3), debrief._lock_object(5)'),
  ('select debrief._source_hash(''s'', ''{}'', ''t'')'),
  ('select count(q) from debrief._queue_rows() q'),
  ('select * from debrief._worker_start()'),
  ('select * from debrief._claim_analysis(1, 1, ''1 s''), debrief._claim_ssml(1, 1, ''1 s''), debrief._claim_audio(1, 1, ''1 s'')'),
  ('select * from debrief._load_config()'), ('select * from debrief._next_due()'), ('select debrief._next_alone(''ssml'')'),
  ('select * from debrief._rescue(1, ''{}'')'), ('select debrief._release(1)'), ('select * from debrief._take_deletions(5)'),
  ('select debrief._install_tables(), debrief._install_views(), debrief._install_access()'),
  ('delete from debrief.video_recordings'), ('truncate debrief.video_recordings cascade')) as c (statement);
select is(pg_temp.harm(statement), 'none', 'no trap catches: ' || regexp_replace(statement, '\m\d+(?=[,)])', 'N', 'g')) from calls;

select * from finish();
rollback;
