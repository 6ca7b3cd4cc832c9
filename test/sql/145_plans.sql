\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- A worker keeps its plans (bgworker/worker/pinned_settings.h): those that were made while the tables were empty must do
-- when they are full, whatever the statistics say.
set local plan_cache_mode = force_generic_plan;
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
set local jit = off;

create function pg_temp.ready_row(stage text) returns bigint language plpgsql as $$
declare
  job_id bigint;
  row_id bigint;
begin
  if stage <> 'deliver' then
    return pg_temp.ready(stage);
  end if;
  job_id := pg_temp.job();
  update debrief.analysis_jobs j set status = 'completed', due_at = null where j.id = job_id;
  insert into debrief.analysis_deliveries (analysis_job_id, user_id) select j.id, j.user_id from debrief.analysis_jobs j where j.id = job_id returning id into row_id;
  return row_id;
end $$;

create function pg_temp.hold(stage text, row_id bigint, token bigint) returns void language plpgsql set role = debrief_worker as $$
begin
  perform debrief._renew(stage, array[row_id], array[token], '1 minute');
  perform debrief._lost_claims(stage, array[row_id], array[token]);
  if stage = 'analysis' then
    perform debrief._keep_exchange(array[row_id], array[token], '{house}', '{null}');
    perform debrief._progress(row_id, token, 50);
  elsif stage = 'audio' then
    perform debrief._audio_work(7, array[row_id]);
  end if;
end $$;

create function pg_temp.settle_row(stage text, row_id bigint, token bigint) returns text language plpgsql set role = debrief_worker as $$
begin
  if stage = 'deliver' then
    return (select outcome from debrief._settle_deliver(array[row_id], array[token]));
  elsif stage = 'audio' then
    return (select outcome from debrief._settle_audio(array[row_id], array[token], '{t}', 'voice', 'elsewhere', '{1}', '{0}', '{hash}', '{https://a}',
                                                      array['sound/new/' || row_id], '{wav}', '{audio/wav}', '{1}', '{3}', '{v1}', '{null}'));
  end if;
  return pg_temp.settle(stage, row_id, token);
end $$;

create function pg_temp.clean() returns void language plpgsql set role = debrief_worker as $$
begin
  perform debrief._take_deletions(10), debrief._prune_attempts('1 hour', 10), debrief._rescue(7, '{}'), debrief._hasten('ssml');
end $$;

-- All that a worker does with a row, or its housekeeping.
create function pg_temp.round(stage text) returns void language plpgsql as $$
declare
  row_id bigint;
  token bigint;
begin
  if stage = 'none' then
    perform pg_temp.clean();
    return;
  end if;
  row_id := pg_temp.ready_row(stage);
  token := pg_temp.take(stage, row_id);
  perform pg_temp.hold(stage, row_id, token), pg_temp.put_back(stage, row_id, token, 'retried');
  token := pg_temp.take(stage, row_id);
  if pg_temp.settle_row(stage, row_id, token) is distinct from 'settled' then
    raise exception 'stage % did not settle', stage;
  end if;
end $$;

create function pg_temp.reads_of_a_round(stage text) returns table (name text, rows_read bigint) language plpgsql as $$
begin
  create temp table before on commit drop as
  select t.relid, t.seq_tup_read + coalesce(t.idx_tup_fetch, 0) as reads from pg_stat_xact_user_tables t where t.schemaname = 'debrief';
  perform pg_temp.round(stage);
  return query
  select t.relname::text, t.seq_tup_read + coalesce(t.idx_tup_fetch, 0) - b.reads from pg_stat_xact_user_tables t join before b on b.relid = t.relid;
  drop table before;
end $$;

create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'https://app.example.com/hook', key 'hook');
insert into debrief.stages (stage, server) values ('deliver', 'hook');
create function pg_temp.fill() returns void language plpgsql as $$
declare
  ann constant uuid := '11111111-1111-4111-8111-111111111111';
begin
  insert into debrief.video_recordings (user_id, storage_path) select ann, ann || '/talk.mp4' from generate_series(1, 500);
  insert into debrief.analysis_jobs (video_recording_id)
  select r.id from debrief.video_recordings r where not exists (select from debrief.analysis_jobs j where j.video_recording_id = r.id);
  insert into debrief.analysis_feedback (analysis_job_id, message) select j.id, 'Speak up.' from debrief.analysis_jobs j;
  insert into debrief.analysis_ssml_segments (feedback_id, user_id, ssml)
  select f.id, f.user_id, '<speak>Up.</speak>' from debrief.analysis_feedback f on conflict do nothing;
  insert into debrief.analysis_audio_segments (feedback_id, user_id, audio_url, storage_path, source_hash)
  select f.id, f.user_id, 'pg://' || f.id, 'sound/' || f.id, 'hash' from debrief.analysis_feedback f on conflict do nothing;
  insert into debrief.analysis_deliveries (analysis_job_id, user_id, due_at) select j.id, j.user_id, now() + interval '1 hour' from debrief.analysis_jobs j;
  insert into debrief.object_deletions (store, storage_path, due_at) select 'elsewhere', 'sound/' || n, now() + interval '1 hour' from generate_series(1, 500) n;
  insert into debrief.attempts (stage, row_id, attempt, disposition) select 'ssml', n, 1, 'retried' from generate_series(1, 500) n;
end $$;

-- To the planner, what was analyzed when all its rows were deleted has none, however many there are by now.
select pg_temp.fill();
delete from debrief.video_recordings;
delete from debrief.analysis_deliveries;
delete from debrief.object_deletions;
delete from debrief.attempts;
analyze debrief.video_recordings, debrief.analysis_jobs, debrief.analysis_feedback, debrief.analysis_ssml_segments, debrief.analysis_audio_segments,
        debrief.analysis_deliveries, debrief.attempts, debrief.object_deletions;
select pg_temp.round(stage) from unnest('{analysis,ssml,audio,deliver,none}'::text[]) stage;
select pg_temp.fill();

create function pg_temp.plans(stage text) returns setof text language plpgsql as $$
begin
  return query select is_empty(format('select * from pg_temp.reads_of_a_round(%L) where rows_read > 100', stage), stage || ': each row is reached by its key');
end $$;
select pg_temp.plans(stage) from unnest('{analysis,ssml,audio,deliver,none}'::text[]) stage;

-- A function in SQL that is not inlined, because it pins the search_path, is planned in each statement that calls it: a
-- twentieth of a turn with one row.
set local track_functions = 'all';
select pg_temp.round(stage) from unnest('{analysis,ssml,audio,deliver,none}'::text[]) stage;
select is_empty($$select u.funcname, u.calls from pg_stat_xact_user_functions u join pg_proc p on p.oid = u.funcid join pg_language l on l.oid = p.prolang
                   where u.schemaname = 'debrief' and l.lanname = 'sql' and p.proconfig is not null$$, 'no function of a turn is planned in each call');

select * from finish();
rollback;
