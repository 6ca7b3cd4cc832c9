\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset

-- A quota per user and day: stages.user_attempts_per_day. Rows over it wait for the next day, uncharged.
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
update debrief.stages set server = 'tts' where stage <> 'ssml';
update debrief.stages set store = 'files' where stage = 'analysis';
create function pg_temp.tomorrow() returns timestamptz language sql as $$
  select date_trunc('day', now(), 'UTC') + interval '1 day';
$$;
create function pg_temp.claimed_of(owner uuid, stage text, batch_size int default 100, preferred bigint[] default '{}') returns bigint language sql as $$
  select count(*) from pg_temp.claim(stage, batch_size, preferred => preferred) c
   where owner = coalesce((select j.user_id from debrief.analysis_jobs j where stage = 'analysis' and j.id = c.id),
                          (select f.user_id from debrief.analysis_feedback f where stage <> 'analysis' and f.id = c.id));
$$;
create function pg_temp.put_off(stage text) returns bigint language sql as $$
  select (select count(*) from debrief.analysis_jobs j where stage = 'analysis' and j.due_at = pg_temp.tomorrow() and j.status = 'queued' and j.attempts = 0)
       + (select count(*) from debrief.analysis_feedback f where stage = 'ssml' and f.ssml_due_at = pg_temp.tomorrow() and f.ssml_status = 'queued' and f.ssml_attempts = 0)
       + (select count(*) from debrief.analysis_feedback f where stage = 'audio' and f.audio_due_at = pg_temp.tomorrow() and f.audio_status = 'queued' and f.audio_attempts = 0);
$$;
create function pg_temp.why(stage text, row_id bigint) returns setof text language plpgsql as $$
begin
  return query execute format('select concat_ws('' | '', x.stage, x.state, x.cause, x.reason, x.fix) from debrief.%I($1) x',
    case stage when 'analysis' then 'explain_analysis' else 'explain' end) using row_id;
end $$;

-- Ann has more than the quota of each stage, Bob less: his come although all of hers were there before.
select count(pg_temp.ready('analysis')) from generate_series(1, 12) \gset
select count(pg_temp.feedback((select min(id) from debrief.analysis_jobs))) from generate_series(1, 12) \gset
select count(pg_temp.ready('audio')) from generate_series(1, 12) \gset
select pg_temp.ready('analysis', :'bob') as job, pg_temp.ready('ssml', :'bob') as words, pg_temp.ready('audio', :'bob') as sound \gset
update debrief.analysis_jobs set due_at = now() + id * interval '1 microsecond' - interval '1 hour';
update debrief.analysis_feedback set ssml_due_at = now() + id * interval '1 microsecond' - interval '1 hour' where ssml_due_at is not null;
update debrief.analysis_feedback set audio_due_at = now() + id * interval '1 microsecond' - interval '1 hour' where audio_due_at is not null;
select is_empty('table debrief.user_usage', 'without a quota nothing is counted');
update debrief.stages set user_attempts_per_day = 3;
create temp table due as
  select s.stage, case s.stage when 'analysis' then (select count(*) from debrief.analysis_jobs where due_at is not null and user_id = :'ann')
                               when 'ssml' then (select count(*) from debrief.analysis_feedback where ssml_due_at is not null and user_id = :'ann')
                               else (select count(*) from debrief.analysis_feedback where audio_due_at is not null and user_id = :'ann') end as hers
    from debrief.stages s;
select is(pg_temp.claimed_of(:'ann', s.stage, 2), 2::bigint, s.stage || ': a claim of two is within the quota') from debrief.stages s order by s.stage;
select is(pg_temp.claimed_of(:'bob', s.stage), case s.stage when 'analysis' then 3 else 1 end::bigint, s.stage || ': one user''s rows over their quota keep no other user''s back') from debrief.stages s order by s.stage;
select is(pg_temp.put_off(d.stage), d.hers - 3, d.stage || ': all over it are put off to the next day, queued and not charged') from due d order by d.stage;
select is(pg_temp.claimed_of(:'ann', s.stage), 0::bigint, s.stage || ': and no claim meets with them') from debrief.stages s order by s.stage;
select results_eq($$select stage, end_user, day, attempts from debrief.user_usage where end_user = '11111111-1111-4111-8111-111111111111' order by array_position('{analysis,ssml,audio}', stage)$$,
  $$select s, '11111111-1111-4111-8111-111111111111'::uuid, (now() at time zone 'UTC')::date, 3::bigint from unnest('{analysis,ssml,audio}'::text[]) s$$, 'what a user has had is counted');
select is((select string_agg(state, ' ' order by stage) from debrief.stage_status), 'ready ready ready', 'the stages are held for nobody');
select results_eq('select p.stage, p.due, p.held, p.delayed from debrief.pipeline_status p', 'select stage, 0::bigint, 0::bigint, hers - 3 from due order by array_position(''{analysis,ssml,audio}'', stage)', 'pipeline_status calls them delayed');

-- Why it waits.
select max(id) filter (where due_at = pg_temp.tomorrow()) as late_job from debrief.analysis_jobs \gset
select max(id) filter (where ssml_due_at = pg_temp.tomorrow()) as late_words, max(id) filter (where audio_due_at = pg_temp.tomorrow()) as late_sound from debrief.analysis_feedback \gset
select is(pg_temp.why('analysis', :late_job), 'analysis | queued | user quota | its user has had the 3 attempts of this stage that a user may have in a day | UPDATE debrief.stages SET user_attempts_per_day = ... WHERE stage = ''analysis''; or wait until then.', 'explain_analysis() says so');
select is(pg_temp.why('ssml', :late_words), 'ssml | queued | user quota | its user has had the 3 attempts of this stage that a user may have in a day | UPDATE debrief.stages SET user_attempts_per_day = ... WHERE stage = ''ssml''; or wait until then.', 'and explain(), of SSML');
select is(pg_temp.why('audio', :late_sound), 'audio | queued | user quota | its user has had the 3 attempts of this stage that a user may have in a day | UPDATE debrief.stages SET user_attempts_per_day = ... WHERE stage = ''audio''; or wait until then.', 'and of audio');
select results_eq(format('select until from debrief.explain(%s) union all select until from debrief.explain_analysis(%s)', :late_words, :late_job), 'select pg_temp.tomorrow() from generate_series(1, 2)', 'and until when');
select pg_temp.job() as new_job \gset
select is(pg_temp.why('analysis', :new_job) like '%| user quota |%', true, 'also of a row that no claim has looked at yet');
select is(pg_temp.claimed_of(:'ann', 'analysis', 100, array[:new_job]), 0::bigint, 'a row whose turn it is by name is put off as well');
select is((select due_at from debrief.analysis_jobs where id = :new_job), pg_temp.tomorrow(), 'to the same time');
update debrief.analysis_feedback set message = 'Edited.' where id = :late_words;
select is(pg_temp.claimed_of(:'ann', 'ssml'), 0::bigint, 'an edit by its owner does not get around it');
delete from debrief.analysis_jobs j where j.user_id = :'ann' and j.status = 'processing' and not exists (select from debrief.analysis_feedback f where f.analysis_job_id = j.id);
select pg_temp.job() as new_job \gset
select is(pg_temp.claimed_of(:'ann', 'analysis'), 0::bigint, 'nor does deleting what was begun');
create role tap_owner in role debrief_app;
select set_config('debrief.user_id', :'ann', true) \gset
set local role tap_owner;
select is((select cause || ': ' || reason || coalesce(fix, '') from debrief.explain(:late_words)), 'user quota: What a user may have of this in a day is used up; it goes on by itself the next day.', 'the owner reads no number and no statement');
reset role;
select set_config('debrief.user_id', '', true) \gset

-- What is given back is not charged to the user either; what is tried again is.
select f.id as hers, f.claim_token as token from debrief.analysis_feedback f where f.ssml_status = 'processing' and f.user_id = :'ann' order by f.id limit 1 \gset
select pg_temp.put_back('ssml', :hers, :token, 'deferred', 0, 'unavailable') \gset
select is((select attempts from debrief.user_usage where stage = 'ssml' and end_user = :'ann'), 2::bigint, 'a server that is down costs no quota');
select is(pg_temp.claimed_of(:'ann', 'ssml'), 1::bigint, 'its row goes on the same day');
select claim_token as token from debrief.analysis_feedback where id = :hers \gset
select pg_temp.put_back('ssml', :hers, :token, 'retried', 0) \gset
select is(pg_temp.claimed_of(:'ann', 'ssml'), 0::bigint, 'a retry is an attempt like any other');
select is((select ssml_due_at = pg_temp.tomorrow() and ssml_attempts = 1 from debrief.analysis_feedback where id = :hers), true, 'and waits, its attempts as they were');
select sum(u.attempts) as had from debrief.user_usage u where u.stage <> 'analysis' \gset
set local role debrief_worker;
select debrief._release(7) as released \gset
reset role;
select is((select sum(u.attempts) from debrief.user_usage u where u.stage <> 'analysis'), 1::numeric, 'a worker that stops returns all but what was charged');

-- SSML does not go on to audio past the quota.
update debrief.stages set user_attempts_per_day = case stage when 'audio' then 1 end;
update debrief.user_usage set attempts = 1 where stage = 'audio';
select pg_temp.ready('ssml') as words \gset
select pg_temp.take('ssml', :words) as token \gset
set local role debrief_worker;
select outcome from debrief._settle_ssml(array[:words], array[:token], 'template', '{v1}', '{1}', '{0}', '{<speak>One.</speak>}', 1, 7, '1 minute') \gset
reset role;
select is((select audio_status from debrief.analysis_feedback where id = :words), 'queued', 'SSML that is written is not spoken in the same step');
select is(pg_temp.claimed_of(:'ann', 'audio'), 0::bigint, 'but claimed, if the quota allows it');

-- Another quota, another day.
update debrief.stages set user_attempts_per_day = 2 where stage = 'audio';
select is(pg_temp.claimed_of(:'ann', 'audio'), 1::bigint, 'a quota that is raised lets rows go on at once');
update debrief.user_usage set day = day - 1;
update debrief.analysis_feedback set audio_due_at = now() where audio_due_at is not null;
select is(pg_temp.claimed_of(:'ann', 'audio'), 2::bigint, 'a new day has its own');
select is((select day = (now() at time zone 'UTC')::date and attempts = 2 from debrief.user_usage where stage = 'audio' and end_user = :'ann'), true, 'counted anew');
-- The row of the stage may be replaced instead of changed.
select pg_temp.ready('audio') as sound \gset
select is(pg_temp.claimed_of(:'ann', 'audio'), 0::bigint, 'the next one is over it');
create temp table audio_stage as select * from debrief.stages where stage = 'audio';
delete from debrief.stages where stage = 'audio';
insert into debrief.stages select (jsonb_populate_record(s, '{"user_attempts_per_day": 3}')).* from audio_stage s;
select is(pg_temp.claimed_of(:'ann', 'audio'), 1::bigint, 'a quota that comes with another row of the stage lets it go on');
select is(pg_temp.put_off('audio') > 0, true, 'and puts off what is over it');
update debrief.stages set user_attempts_per_day = null;
select ok(pg_temp.claimed_of(:'ann', 'audio') > 3, 'without a quota all go on');
select is((select attempts from debrief.user_usage where stage = 'audio' and end_user = :'ann'), 3::bigint, 'and nothing is counted');
set local role debrief_worker;
select debrief._prune_history() \gset
reset role;
select is_empty('select from debrief.user_usage where day < (now() at time zone ''UTC'')::date', 'what users had on past days is deleted');
select throws_ok('update debrief.stages set user_attempts_per_day = 0', '23514', null, 'no quota of nothing: that is a pause');

-- A trigger of the application that keeps the rows as they are: they are not looked at without end.
update debrief.stages set user_attempts_per_day = 1 where stage = 'ssml';
update debrief.user_usage set attempts = 1, day = (now() at time zone 'UTC')::date where stage = 'ssml' and end_user = :'ann';
create function pg_temp.keeps_it() returns trigger language plpgsql as $$ begin return old; end $$;
select pg_temp.ready('ssml') as words \gset
create trigger zz before update on debrief.analysis_feedback for each row execute function pg_temp.keeps_it();
set local statement_timeout = '20s';
select throws_ok('select pg_temp.claim(''ssml'')', '27000', null, 'the claim is refused');
set local statement_timeout = 0;
drop trigger zz on debrief.analysis_feedback;

-- Thousands of one user's rows: each is looked at once, not by each claim.
update debrief.stages set user_attempts_per_day = 5 where stage = 'ssml';
delete from debrief.user_usage;
delete from debrief.analysis_feedback;
insert into debrief.analysis_feedback (analysis_job_id, message, from_analysis)
select j.id, 'More.', true from (select min(id) as id from debrief.analysis_jobs where user_id = :'ann') j cross join generate_series(1, 3000);
select pg_temp.ready('ssml', :'bob') as his \gset
update debrief.analysis_feedback set ssml_due_at = now() - interval '1 minute' where user_id = :'ann';
select results_eq('select user_id, count(*) from pg_temp.claim(''ssml'', 10) c join debrief.analysis_feedback f using (id) group by 1 order by 1',
  format('values (%L::uuid, 5::bigint), (%L, 1)', :'ann', :'bob'), 'one claim puts all of them off, and takes those that it may');
select is(pg_temp.put_off('ssml'), 2995::bigint, 'the others wait');

select * from finish();
rollback;
