\set ECHO none
\i test/sql/setup.psql
select no_plan();
set constraints all immediate;

-- An analysis that ended so many days ago, with one item that is spoken, of an upload of the application.
create table public.tap_uploads (id int primary key, owner uuid, path text, state text);
create trigger analyze_upload after insert or update or delete on public.tap_uploads for each row
  execute function debrief.track_upload('owner', 'path', 'state', 'done');
create function pg_temp.ended(upload int, owner uuid, days int) returns bigint language plpgsql as $$
declare
  job bigint;
  item bigint;
begin
  insert into public.tap_uploads values (upload, owner, owner || '/talk.mp4', 'done');
  select j.id into job from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id
   where r.source = 'public.tap_uploads:' || upload;
  perform pg_temp.settle('analysis', job, pg_temp.take('analysis', job));
  delete from debrief.analysis_feedback f where f.analysis_job_id = job;
  item := pg_temp.feedback(job);
  perform pg_temp.settle('ssml', item, pg_temp.take('ssml', item));
  perform pg_temp.settle_audio(item, pg_temp.take('audio', item), store => case when upload % 2 = 0 then 'database' else 'files' end);
  update debrief.analysis_jobs j set processing_completed_at = now() - days * interval '1 day' where j.id = job;
  return job;
end $$;
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
select pg_temp.ended(1, :'ann', 40) as old, pg_temp.ended(2, :'ann', 20) as young, pg_temp.ended(3, :'ann', 40) as busy,
       pg_temp.ended(4, :'bob', 400) as kept, pg_temp.ended(5, :'bob', 1) as short \gset
insert into debrief.analysis_feedback (analysis_job_id, message) values (:busy, 'And another thing.');
update debrief.analysis_jobs set keep_until = 'infinity' where id = :kept;
create function pg_temp.prune(retention interval, keep_objects boolean default false) returns bigint language sql set role = debrief_admin as $$
  select debrief._remove_ended(retention, keep_objects, 200, 0) $$;
create function pg_temp.left_over() returns bigint[] language sql as $$ select array_agg(j.id order by j.id) from debrief.analysis_jobs j $$;

set local role debrief_worker;
select is(debrief._prune_analyses(), 0::bigint, 'nothing is removed by default');
reset role;
select is(pg_temp.prune('30 days'), 1::bigint, 'what ended before the retention is removed');
select is(pg_temp.left_over(), array[:young, :busy, :kept, :short]::bigint[], 'but not what is younger, has work in the queue, or is to be kept');
select is(pg_temp.prune('30 days'), 0::bigint, 'and nothing twice');
select is((select count(*) from debrief.object_deletions), 2::bigint, 'its sounds are deleted in their store');
update debrief.analysis_jobs set keep_until = now() - interval '1 second' where id = :short;
select is(pg_temp.prune('30 days', true), 1::bigint, 'keep_until goes before the retention');
select is((select count(*) from debrief.object_deletions), 2::bigint, 'objects may be left where they are');

-- What may not go yet holds nothing up: as many as are looked at, and one that ended after them all.
savepoint crowd;
create table pg_temp.crowd as
  with recordings as (insert into debrief.video_recordings (user_id, storage_path) select :'bob', :'bob' || '/crowd.mp4' from generate_series(1, 41) n returning id)
  select r.id as recording, row_number() over () as n from recordings r;
insert into debrief.analysis_jobs (video_recording_id, status, processing_completed_at) select recording, 'completed', now() - interval '400 days' + n * interval '1 second' from pg_temp.crowd;
insert into debrief.analysis_feedback (analysis_job_id, message)
  select j.id, 'Still to be spoken.' from debrief.analysis_jobs j join pg_temp.crowd c on c.recording = j.video_recording_id where c.n <= 40;
update debrief.analysis_jobs j set processing_completed_at = now() - interval '31 days' from pg_temp.crowd c where c.recording = j.video_recording_id and c.n = 41;
create function pg_temp.prune_few(place double precision) returns bigint language sql set role = debrief_admin as $$
  select debrief._remove_ended('30 days', false, 4, place) $$;
select is(pg_temp.prune_few(0), 0::bigint, 'the oldest may not go');
select is(pg_temp.prune_few(0.5), 1::bigint, 'what ended after them is removed all the same');
update debrief.analysis_jobs j set keep_until = now() - interval '400 days' + c.n * interval '1 second' from pg_temp.crowd c where c.recording = j.video_recording_id;
update debrief.analysis_jobs j set keep_until = now() - interval '1 day' where j.id = :young;
select is(pg_temp.prune_few(0), 0::bigint, 'the oldest of keep_until may not go either');
select is(pg_temp.prune_few(0.5), 1::bigint, 'and hold nothing up');
rollback to crowd;

-- What the application refuses to let go stays, alone.
savepoint refused;
create table public.tap_albums (recording bigint references debrief.video_recordings (id));
insert into public.tap_albums select j.video_recording_id from debrief.analysis_jobs j where j.id = :young;
select is(pg_temp.prune('10 days'), 0::bigint, 'what a foreign key of the application holds is not removed, and is no error');
update debrief.analysis_jobs set processing_completed_at = now() - interval '15 days' where id = :busy;
delete from debrief.analysis_feedback where analysis_job_id = :busy;
select is(pg_temp.prune('10 days'), 1::bigint, 'nor does it hold others up');
select is(pg_temp.left_over(), array[:young, :kept]::bigint[], 'it stays');
rollback to refused;

-- A foreign key that is checked at commit, as Django makes them, is checked at once.
savepoint checked_at_commit;
create table public.tap_albums (recording bigint references debrief.video_recordings (id) deferrable initially deferred);
insert into public.tap_albums select j.video_recording_id from debrief.analysis_jobs j where j.id = :young;
update debrief.analysis_jobs set processing_completed_at = now() - interval '15 days' where id = :busy;
delete from debrief.analysis_feedback where analysis_job_id = :busy;
set constraints all deferred;
select is(pg_temp.prune('10 days'), 1::bigint, 'what a deferred foreign key holds is not removed, and holds nothing up');
select is(pg_temp.left_over(), array[:young, :kept]::bigint[], 'it stays');
select lives_ok('set constraints all immediate', 'and nothing is refused at commit');
rollback to checked_at_commit;

-- A message that waits to be delivered holds its analysis, but not once the stage is gone.
savepoint undelivered;
create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'https://app.example.com/hook', key 'hook');
insert into debrief.stages (stage, server, paused) values ('deliver', 'hook', true);
insert into debrief.analysis_deliveries (analysis_job_id, user_id) values (:young, :'ann');
select is(pg_temp.prune('10 days'), 0::bigint, 'an analysis stays until its message is delivered');
delete from debrief.stages where stage = 'deliver';
select is((select count(*) from debrief._undone(now()) u where u.stage = 'deliver'), 0::bigint, 'without the stage, drain() does not wait for it');
select is(pg_temp.prune('10 days'), 1::bigint, 'and the analysis goes');
rollback to undelivered;

-- What was removed is not analysed again.
update public.tap_uploads set state = 'done' where id = 1;
select is((select count(*) from debrief.video_recordings where source = 'public.tap_uploads:1'), 0::bigint, 'an update of its row starts nothing');
delete from public.tap_uploads where id = 1;
insert into public.tap_uploads values (1, :'ann', :'ann' || '/new.mp4', 'done');
select is((select count(*) from debrief.video_recordings where source = 'public.tap_uploads:1'), 1::bigint, 'a new row does');

-- One person's data.
create role tap_operator in role debrief_admin;
select throws_ok('set local role debrief_worker; delete from debrief.video_recordings', '42501', null, 'the worker removes no other recording');
reset role;
create role tap_reader in role debrief_reader;
insert into debrief.attempts (stage, row_id, user_id, attempt, disposition) values ('ssml', 1, :'ann', 1, 'retried'), ('ssml', 2, :'bob', 1, 'retried');
insert into debrief.operations (action, target, login, role, end_user) values ('retry_feedback', '1', 'web', 'web', :'ann');
select pg_temp.feedback(min(id), 'To be cancelled.') from debrief.analysis_jobs where user_id = :'ann' \gset
set local role tap_operator;
select count(*) from debrief.cancel_queued('ssml', user_id => :'ann') \gset
reset role;
set local role tap_reader;
select throws_ok(format('select debrief.export_user(%L)', :'ann'), '42501', null, 'a reader exports nobody');
select throws_ok(format('select debrief.erase_user(%L)', :'ann'), '42501', null, 'and erases nobody');
set local role tap_operator;
create function pg_temp.tables_of(owner uuid) returns text language sql as $$
  select string_agg(distinct e ->> 'table', ', ') from debrief.export_user(owner) e $$;
select is(pg_temp.tables_of(:'ann'), 'analysis_audio_segments, analysis_feedback, analysis_jobs, analysis_metrics, analysis_ssml_segments, attempts, audio_objects, operations, video_recordings', 'all that is kept of a user is exported');
select is((select count(*) from debrief.export_user(:'ann') e where (e -> 'row' ->> 'user_id') <> :'ann'), 0::bigint, 'and nothing of another');
select is((select count(*) from debrief.export_user(:'ann') e where e -> 'row' ->> 'target' like '%' || :'ann' || '%'), 1::bigint, 'what operators did to their rows as well');
select is((select e -> 'row' ->> 'body_base64' from debrief.export_user(:'ann') e where e ->> 'table' = 'audio_objects' limit 1), 'AQID', 'sounds of the database among it');
-- What the application keeps, as by a trigger that only marks rows as deleted, is not reported as gone.
reset role;
create function pg_temp.keeps() returns trigger language plpgsql as $$ begin return null; end $$;
grant execute on function pg_temp.keeps() to public;
create function pg_temp.keeps_in(table_name text, statement text) returns text language plpgsql as $$
begin
  execute format('create trigger keeps before delete on debrief.%I for each row execute function pg_temp.keeps()', table_name);
  set local role tap_operator;
  return throws_ok(statement, '27000', format('rows of debrief.%s are still there', table_name), format('%s says which rows stay: %s', substring(statement from 'debrief.(\w+)'), table_name));
end $$;
select max(id) as of_ann from debrief.video_recordings where user_id = :'ann' \gset
savepoint kept;
select pg_temp.keeps_in('video_recordings', format('select debrief.delete_recording(%s)', :of_ann)); rollback to kept;
select pg_temp.keeps_in('video_recordings', format('select * from debrief.erase_user(%L)', :'ann')); rollback to kept;
select pg_temp.keeps_in('analysis_feedback', format('select * from debrief.erase_user(%L)', :'ann')); rollback to kept;
create policy keeps on debrief.video_recordings as restrictive for delete to debrief_admin using (false);
select throws_ok(format('select debrief.delete_recording(%s)', :of_ann), '27000', null, 'a policy may keep them, too');
rollback to kept;
set local session_replication_role = replica;
delete from debrief.analysis_audio_segments where user_id = :'ann';
set local session_replication_role = origin;
set local role tap_operator;
select debrief.erase_user(:'ann') \g /dev/null
select is(pg_temp.tables_of(:'ann'), null, 'bytes that no row names any more, as where triggers were off, go as well');
rollback to kept;
set local role tap_operator;
select results_eq(format('select what, rows from debrief.erase_user(%L)', :'ann'),
  $$values ('recordings', 3::bigint), ('analyses', 3), ('feedback items', 4), ('sounds', 4), ('objects to delete', 2), ('attempts', 1), ('operations', 2), ('uploads', 3)$$,
  'a user is erased, and the report says what went');
select is(pg_temp.tables_of(:'ann'), null, 'nothing of them is left');
select is(pg_temp.tables_of(:'bob') is null, false, 'the others are as they were');
select is((select count(*) from debrief.operations o where to_jsonb(o)::text like '%' || :'ann' || '%'), 0::bigint, 'no operation names them');
select is((select target from debrief.operations o where o.action = 'cancel_queued'), 'ssml, user erased', 'what an operator did stays on record');
reset role;
select is((select count(*) from debrief.operations where action = 'erase_user'), 1::bigint, 'that it was done is on record, without whom');
-- The calls that the erasure aborted end after it.
set local role debrief_worker;
select debrief._record_attempts('ssml', 'voice', '{1,2}', array[:'ann', :'bob'], '{"",""}', '{1,1}', '{cancelled,stale}', '{-1,-1}', '{"",""}', '{"",""}', '{0,0}',
  '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}') \gset
reset role;
select results_eq($$select row_id, left(user_id::text, 1) from debrief.attempts where server = 'voice' order by row_id$$, $$values (1::bigint, null), (2, '2')$$,
  'an attempt that ends after that does not name them');
update public.tap_uploads set state = 'done' where owner = :'ann';
select is((select count(*) from debrief.video_recordings where user_id = :'ann'), 0::bigint, 'and nothing of theirs is analysed again');

select * from finish();
rollback;
