\set ECHO none
\i test/sql/setup.psql
select no_plan();

create function pg_temp.objects() returns text[] language sql as $$
  select array(select o.storage_path from debrief.audio_objects o order by 1);
$$;
create function pg_temp.queue() returns text[] language sql as $$
  select array(select d.store || ':' || d.storage_path from debrief.object_deletions d order by 1);
$$;
create function pg_temp.respoken(item bigint, take_number int, store text) returns void language plpgsql as $$
begin
  update debrief.analysis_feedback set audio_status = 'queued' where id = item;
  perform pg_temp.settle_audio(item, pg_temp.take('audio', item), '{0,1}', true, store, take_number);
end $$;
create function pg_temp.in_files() returns bigint language plpgsql as $$
declare
  item constant bigint := pg_temp.ready('audio');
begin
  perform pg_temp.settle_audio(item, pg_temp.take('audio', item), '{0,1}', true, 'files');
  return item;
end $$;
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');

-- The store "database": objects go with their rows.
select pg_temp.spoken() as item \gset
select is(pg_temp.objects(), array[format('sound/%s/0-1.wav', :item), format('sound/%s/1-1.wav', :item)], 'each sound has its object');
delete from debrief.analysis_audio_segments where feedback_id = :item and segment_index = 0;
select is(pg_temp.objects(), array[format('sound/%s/1-1.wav', :item)], 'a deleted segment takes its object along');
update debrief.analysis_audio_segments set duration_ms = 1 where feedback_id = :item;
select is(cardinality(pg_temp.objects()), 1, 'one that is only updated does not');
delete from debrief.video_recordings;
select is(pg_temp.objects(), '{}', 'a deleted recording takes all of them along');
select is(pg_temp.queue(), '{}', 'nothing is left to a worker');

-- A store elsewhere: deletions are queued.
select pg_temp.in_files() as item \gset
select is(pg_temp.objects(), '{}', 'a store elsewhere keeps no bytes here');
select pg_temp.respoken(:item, 2, 'files') \gset
select is(pg_temp.queue(), array[format('files:sound/%s/0-1.wav', :item), format('files:sound/%s/1-1.wav', :item)], 'a sound that is replaced leaves its object to be deleted');
delete from debrief.analysis_feedback where id = :item;
select is(cardinality(pg_temp.queue()), 4, 'a deleted item leaves its objects to be deleted');
insert into debrief.analysis_audio_segments (feedback_id, audio_url) values (pg_temp.ready('audio'), 'https://elsewhere/sound.mp3');
delete from debrief.analysis_audio_segments;
select is(cardinality(pg_temp.queue()), 4, 'a sound that we do not keep is not deleted');

-- From one store to the other, under the same path.
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
select pg_temp.respoken(:item, 1, 'database') \gset
select is(cardinality(pg_temp.objects()), 2, 'a sound that moves into the database keeps its new object');
select is(pg_temp.queue(), array[format('files:sound/%s/0-1.wav', :item), format('files:sound/%s/1-1.wav', :item)], 'and leaves the old one to be deleted');
delete from debrief.object_deletions;
select pg_temp.respoken(:item, 1, 'files') \gset
select is(pg_temp.objects(), '{}', 'a sound that moves out of the database takes its object along');
select is(pg_temp.queue(), '{}', 'and the new one stays');

create server more foreign data wrapper debrief options (kind 'database');
select pg_temp.spoken() as item \gset
select pg_temp.respoken(:item, 1, 'more') \gset
select is(cardinality(pg_temp.objects()), 2, 'a sound whose store has another name now keeps its object');
delete from debrief.audio_objects;
delete from debrief.analysis_feedback where id = :item;
select is(pg_temp.queue(), '{}', 'what the database lost already is not to be deleted');

-- What the worker takes, and how it comes again.
truncate debrief.video_recordings cascade;
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
delete from debrief.analysis_feedback where id = :item;
create function pg_temp.taken(batch_size int) returns table (id bigint, told text) language sql set role = debrief_worker as $$
  select t.id, concat_ws(' ', t.store, t.store_kind, t.store_options ->> 'path', t.storage_path) from debrief._take_deletions(batch_size) t;
$$;
create function pg_temp.settled(id bigint, error text) returns void language sql set role = debrief_worker as $$
  select debrief._settle_deletions(array[id], array[error]);
$$;
select id as first, told from pg_temp.taken(1) \gset
select is(:'told'::text, format('files directory /srv/sounds sound/%s/0-1.wav', :item), 'the worker is told the store and the path');
select is((select count(*) from pg_temp.taken(10)), 1::bigint, 'what is taken is not taken twice');
select is_empty('select * from pg_temp.taken(10)', 'until its time has come');
select is((select array_agg(distinct attempts) from debrief.object_deletions), '{1}', 'each try is counted');
select ok((select bool_and(due_at between clock_timestamp() and clock_timestamp() + interval '1 s') from debrief.object_deletions), 'the second try comes soon');
select pg_temp.settled(:first, 'No such host.') \gset
select is((select last_error from debrief.object_deletions where id = :first), 'No such host.', 'a failed try says why');
update debrief.object_deletions set due_at = now(), attempts = 30 where id = :first;
select pg_temp.taken(10) \gset
select ok((select due_at between clock_timestamp() + interval '59 min' and clock_timestamp() + interval '60 min' from debrief.object_deletions where id = :first), 'later ones within the hour');
select pg_temp.settled(:first, null) \gset
select is_empty(format('select from debrief.object_deletions where id = %s', :first), 'what is deleted is forgotten');

-- Of one object, what was recorded before its deletion is settled with it.
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
insert into debrief.object_deletions (store, storage_path, due_at) values ('files', format('sound/%s/0-1.wav', :item), now() + interval '1 day'), ('files', 'another', now() + interval '1 day');
delete from debrief.analysis_feedback where id = :item;
select count(pg_temp.settled(t.id, null)) from pg_temp.taken(10) t \gset
insert into debrief.object_deletions (store, storage_path) values ('files', 'later');
select is(array(select storage_path from debrief.object_deletions order by id), '{another,later}', 'an object is deleted once');

-- A path that a row names again is kept.
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
select pg_temp.respoken(:item, 2, 'files') \gset
insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index)
select store, storage_path, feedback_id, segment_index from debrief.analysis_audio_segments;
select is(array(select split_part(told, ' ', 4) from pg_temp.taken(10) order by 1), array[format('sound/%s/0-1.wav', :item), format('sound/%s/1-1.wav', :item)],
  'an object that a row names again is not deleted');
select is(cardinality(pg_temp.queue()), 2, 'and no longer queued');
drop server files;
update debrief.object_deletions set due_at = now();
select is(array(select told from pg_temp.taken(1)), array[format('files sound/%s/0-1.wav', :item)], 'a store that was dropped is reported without its kind');

-- What a sound is noted for before it is written ends when its row names it; what no row names waits.
truncate debrief.video_recordings cascade;
delete from debrief.object_deletions;
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
select pg_temp.ready('audio') as item, pg_temp.ready('audio') as other \gset
create function pg_temp.intend(variadic paths text[]) returns void language sql set role = debrief_worker as $$
  select debrief._intend_objects(array_fill('files'::text, array[cardinality(paths)]), paths,
    array(select split_part(p, '/', 2)::bigint from unnest(paths) p), array(select left(split_part(p, '/', 3), 1)::int from unnest(paths) p));
$$;
select pg_temp.intend(variadic array(select format('sound/%s/%s.wav', i, n) from unnest(array[:item, :other]) i, unnest('{0-1,1-1,0-2}'::text[]) n)) \gset
select pg_temp.take('audio', :other) as stale \gset
update debrief.analysis_feedback set message = 'Edited.' where id = :other;
select is(pg_temp.settle_audio(:other, :stale, '{0}', true, 'files'), 'stale', 'a sound that comes too late');
select is(cardinality(pg_temp.queue()), 6, 'stays noted');
select is(pg_temp.settle_audio(:item, pg_temp.take('audio', :item), '{0}', false, 'files'), 'settled', 'one part of a sound');
select is(cardinality(pg_temp.queue()), 5, 'is noted no more once it is stored');
select is(pg_temp.settle_audio(:item, (select claim_token from debrief.analysis_feedback where id = :item), '{1}', true, 'files'), 'settled', 'and the other one');
select is(pg_temp.queue(), array(select format('files:sound/%s.wav', p) from unnest(array[:item || '/0-2', :other || '/0-1', :other || '/0-2', :other || '/1-1']) p order by 1),
  'what waits is what no row names: another try at it, and the sounds of another item');
delete from debrief.object_deletions;
select pg_temp.respoken(:item, 2, 'files'), pg_temp.respoken(:item, 1, 'files') \gset
select is(pg_temp.queue(), array(select format('files:sound/%s/%s.wav', :item, n) from unnest('{0-2,1-2}'::text[]) n), 'an object that is named again waits no more');

-- Spoken again as before, in several parts: the first has its object again while the others are still to come.
truncate debrief.video_recordings cascade;
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
delete from debrief.analysis_audio_segments where feedback_id = :item;
select pg_temp.intend(format('sound/%s/0-1.wav', :item)) \gset
select is(array(select split_part(told, ' ', 4) from pg_temp.taken(10) order by 1), array[format('sound/%s/1-1.wav', :item)],
  'an object that is being written again is not deleted');
update debrief.object_deletions set due_at = now() where storage_path like '%/0-1.wav';
select is(array(select split_part(told, ' ', 4) from pg_temp.taken(10)), array[format('sound/%s/0-1.wav', :item)],
  'until it is known that no row names it');

-- TRUNCATE, of which no row hears.
truncate debrief.video_recordings restart identity cascade;
delete from debrief.object_deletions;
select pg_temp.in_files() as item \gset
select pg_temp.ready('analysis') as job \gset
update debrief.analysis_jobs set exchange_server = 'gemini', exchange_state = '{"file": "files/abc"}' where id = :job;
truncate debrief.video_recordings cascade;
select is(array(select store || ' ' || storage_path from debrief.object_deletions order by 1),
  array[format('files sound/%s/0-1.wav', :item), format('files sound/%s/1-1.wav', :item), 'gemini files/abc'],
  'TRUNCATE has the objects deleted that its rows named, and the files that a provider was lent');
select pg_temp.ready('audio') as item \gset
select pg_temp.settle_audio(:item, pg_temp.take('audio', :item)) \gset
select isnt_empty('select from debrief.audio_objects', 'sounds in the database');
truncate debrief.analysis_feedback cascade;
select is_empty('select from debrief.audio_objects', 'go with their rows at once');

-- The attempt history.
insert into debrief.attempts (stage, row_id, attempt, disposition, finished_at)
select 'ssml', i, 1, 'completed', now() - i * interval '1 day' from generate_series(0, 9) i;
select is(debrief._prune_attempts('5 days 12 hours', 3), 3::bigint, 'history is pruned in batches');
select is((select max(row_id) from debrief.attempts), 6::bigint, 'the oldest first');
select is(debrief._prune_attempts('5 days 12 hours', 3), 1::bigint, 'until nothing is too old');
select is(debrief._prune_attempts('5 days 12 hours', 3), 0::bigint, 'what is young enough stays');
select is((select array_agg(row_id order by row_id) from debrief.attempts), '{0,1,2,3,4,5}', 'all of it');

select * from finish();
rollback;
