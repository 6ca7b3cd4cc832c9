\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What the pipeline holds of one source: path, status, owner.
create function pg_temp.mirrored(label text) returns setof text language sql as $$
  select concat_ws('|', replace(r.source, label || ':', ''), left(r.user_id::text, 1), r.storage_path, r.upload_status)
    from debrief.video_recordings r where starts_with(r.source, label || ':') order by r.source collate "C";
$$;

-- Columns of any name, keys of any type, a bucket in the path, statuses by the list.
create table pg_temp.clips (clip uuid primary key, coach uuid, location text, phase text, title text, mime text, bytes bigint, secs numeric, pct numeric, tone text, words text, extra jsonb);
create trigger debrief after insert or update or delete on pg_temp.clips for each row execute function debrief.track_upload(
  'coach', 'location', 'phase', '{done,archived}', 'clip', 'source=clips', 'strip={raw/,/}', 'failed={broken,aborted}', 'uploading=sending',
  'filename=title', 'format=mime', 'size=bytes', 'duration=secs', 'progress=pct', 'voice=tone', 'transcript=words', 'metadata=extra');
insert into pg_temp.clips values
  ('aaaaaaaa-0000-4000-8000-000000000001', :'ann', 'raw/' || :'ann' || '/1.mp4', 'sending', 'Talk', 'video/mp4', 10, 2.5, 33.4, 'calm', 'Hello.', '{"seat": 4}'),
  ('aaaaaaaa-0000-4000-8000-000000000002', :'bob', '/' || :'bob' || '/2.mp4', 'archived', null, null, null, null, 250, null, null, '[1]'),
  ('aaaaaaaa-0000-4000-8000-000000000003', :'ann', null, 'aborted', null, null, null, null, null, null, null, null),
  ('aaaaaaaa-0000-4000-8000-000000000004', :'ann', 'x/raw/4.mp4', null, null, null, null, null, null, null, null, null);
select results_eq($$select * from pg_temp.mirrored('clips')$$, array[
  'aaaaaaaa-0000-4000-8000-000000000001|1|' || :'ann' || '/1.mp4|uploading', 'aaaaaaaa-0000-4000-8000-000000000002|2|' || :'bob' || '/2.mp4|completed',
  'aaaaaaaa-0000-4000-8000-000000000003|1||failed', 'aaaaaaaa-0000-4000-8000-000000000004|1|x/raw/4.mp4|pending'],
  'uuid keys, other names, a bucket in the path and lists of statuses are understood');
select results_eq($$select original_filename, format, file_size, duration_seconds, upload_progress, metadata from debrief.video_recordings where source like 'clips:%1'$$,
  $$values ('Talk', 'video/mp4', 10::bigint, 2.5, 33, '{"seat": 4, "voice": "calm", "transcript": "Hello."}'::jsonb)$$, 'what the options name is taken along');
select results_eq($$select original_filename, file_size, upload_progress, metadata from debrief.video_recordings where source like 'clips:%2'$$,
  $$values (null::text, null::bigint, 100, '{}'::jsonb)$$, 'nulls stay null, a progress beyond the end is the end, metadata that is no object is none');
set constraints all immediate;
set constraints all deferred;
select is((select count(*) from debrief.analysis_jobs), 1::bigint, 'what is done is queued, and nothing else');

insert into pg_temp.clips (clip, coach, location, phase) values ('aaaaaaaa-0000-4000-8000-000000000005', :'ann', '', 'sending');
create function pg_temp.done_without_path() returns text language plpgsql as $$
begin
  update pg_temp.clips set phase = 'done' where clip::text like '%5';
  set constraints all immediate;
  return 'taken';
exception when check_violation then
  return regexp_replace(sqlerrm, '[0-9]+', 'n');
end $$;
select is(pg_temp.done_without_path(), 'video recording n of clips:aaaaaaaa-0000-4000-8000-000000000005 is completed and has no storage_path', 'a finished upload without a path is refused');
delete from pg_temp.clips where clip::text like '%5';

-- Updates: a path that changes after completion pays for nothing; deletes take the analysis along.
update debrief.analysis_jobs set status = 'completed', due_at = null;
update pg_temp.clips set location = 'raw/' || :'bob' || '/moved.mp4', phase = 'done' where phase = 'archived';
set constraints all immediate;
set constraints all deferred;
select results_eq($$select r.storage_path, j.status from debrief.video_recordings r join debrief.analysis_jobs j on j.video_recording_id = r.id$$,
  format($$values (%L, 'completed')$$, :'bob' || '/moved.mp4'), 'a path that changes after the analysis is followed, and nothing is done again');
update debrief.video_recordings set format = 'by hand' where source like 'clips:%4';
update pg_temp.clips set phase = 'sending' where clip = 'aaaaaaaa-0000-4000-8000-000000000004';
select results_eq($$select format, upload_status from debrief.video_recordings where source like 'clips:%4'$$, $$values ('by hand', 'uploading')$$,
  'what the table does not say is not taken away');
insert into pg_temp.clips (clip, coach, location, phase) values ('aaaaaaaa-0000-4000-8000-000000000006', :'ann', 'raw/6.mp4', 'sending');
select debrief.delete_recording(id) from debrief.video_recordings where source like 'clips:%6' \gset
select isnt_empty($$select * from debrief.removed_sources where source like 'clips:%6'$$, 'of a recording that is deleted the source is kept');
delete from pg_temp.clips where clip::text like '%6';
select is_empty($$select * from debrief.removed_sources where source like 'clips:%6'$$, 'until its row is deleted, by who may delete for all');
delete from pg_temp.clips where coach = :'bob';
select is((select count(*) from debrief.analysis_jobs) + (select count(*) from pg_temp.mirrored('clips')), 3::bigint, 'an upload that is deleted takes recording and analysis along');

-- Two tables with the same keys; a partitioned one under one label.
create table pg_temp.films (id bigint primary key, user_id uuid, path text, ready boolean) partition by range (id);
create table pg_temp.films_1 partition of pg_temp.films for values from (1) to (10);
create table pg_temp.films_2 partition of pg_temp.films for values from (10) to (20);
create trigger debrief after insert or update on pg_temp.films for each row
  execute function debrief.track_upload('user_id', 'path', 'ready', 'true', 'source=films', 'prefix=films/');
create table pg_temp.songs (id bigint primary key, user_id uuid, path text, sent_at timestamptz);
create trigger debrief after insert or update on pg_temp.songs for each row execute function debrief.track_upload('user_id', 'path', 'sent_at', '*');
insert into pg_temp.films values (1, :'ann', 'a', false), (10, :'ann', 'b', true);
insert into pg_temp.songs values (1, :'bob', 'c', null);
set local quote_all_identifiers = on;  -- the label is the same
insert into pg_temp.songs values (2, :'bob', 'd', now());
set local quote_all_identifiers = off;
select results_eq($$select * from pg_temp.mirrored('films')$$, array['1|1|films/a|pending', '10|1|films/b|completed'], 'partitions are one table under option source');
select results_eq($$select regexp_replace(m, '^[^|]*:', '') from debrief.video_recordings r, concat_ws('|', source, left(user_id::text, 1), storage_path, upload_status) m where source like 'pg_temp%.songs:%' order by source$$,
  array['1|2|c|pending', '2|2|d|completed'], 'two tables with the same keys are two sources, and * is any status that is not null');

-- Like storage.objects of Supabase: no status, the owner in the path, sizes within a json column.
create schema tap_storage;
create table tap_storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text, name text, owner uuid, metadata jsonb, user_metadata jsonb);
create trigger debrief after insert or update of name, metadata on tap_storage.objects for each row when (new.bucket_id = 'raw')
  execute function debrief.track_upload('', 'name', '', 'source=raw', 'size=metadata.size', 'format=metadata.mimetype', 'metadata=user_metadata');
create trigger debrief_delete after delete on tap_storage.objects for each row when (old.bucket_id = 'raw')
  execute function debrief.track_upload('', 'name', '', 'source=raw');
insert into tap_storage.objects (bucket_id, name, metadata, user_metadata) values
  ('raw', :'ann' || '/videos/1.mp4', '{"size": 5, "mimetype": "video/mp4"}', '{"voice": "calm"}'), ('processed', :'ann' || '/1.wav', null, null);
select results_eq($$select left(user_id::text, 1), storage_path, upload_status, file_size, format, metadata ->> 'voice' from debrief.video_recordings where source like 'raw:%'$$,
  format($$values ('1', %L, 'completed', 5::bigint, 'video/mp4', 'calm')$$, :'ann' || '/videos/1.mp4'), 'an object of a bucket is a finished upload of the user whose folder it is in');
delete from tap_storage.objects where bucket_id = 'raw';
select is_empty($$select * from pg_temp.mirrored('raw')$$, 'and goes with it');
select throws_ok($$insert into tap_storage.objects (bucket_id, name) values ('raw', 'nobody/x.mp4')$$, '23502', null, 'an object of nobody is refused');

-- A size of any numeric type.
create table pg_temp.measured (id int, user_id uuid, path text, state text, bytes numeric(12, 2));
create trigger debrief after insert on pg_temp.measured for each row execute function debrief.track_upload('user_id', 'path', 'state', 'done', 'source=measured', 'size=bytes');
select lives_ok(format('insert into pg_temp.measured values (1, %L, %L, null, 1024)', :'ann', 'a'), 'a size may be of type numeric');
select is((select file_size from debrief.video_recordings where source = 'measured:1'), 1024::bigint, 'it is rounded');

-- What a column of type json may hold, and jsonb cannot: it must not keep anybody from writing the row.
create table pg_temp.noted (id int, user_id uuid, path text, state text, extra json, others json[]) partition by list (state);
create table pg_temp.noted_drafts partition of pg_temp.noted for values in ('draft');
create table pg_temp.noted_others partition of pg_temp.noted default;
create trigger debrief after insert or update or delete on pg_temp.noted for each row
  execute function debrief.track_upload('user_id', 'path', 'state', 'done', 'source=noted', 'metadata=extra');
insert into pg_temp.noted values (1, :'ann', 'a', 'draft',
  E'{"nul": "a\\u0000b", "half": "\\uD83D\\u0041\\ude00", "whole": "\\ud83d\\ude00", "key\\u0000": 1, "plain": "\\\\u0000\\\\\\u0000\\n\\u00e4"}', array['"\u0000"'::json]);
select is((select metadata from debrief.video_recordings where source = 'noted:1'),
  E'{"nul": "ab", "half": "A", "whole": "\U0001f600", "key": 1, "plain": "\\\\u0000\\\\\\n\u00e4"}'::jsonb, 'what jsonb cannot hold is left out of json');
update pg_temp.noted set path = 'b';
select results_eq($$select * from pg_temp.mirrored('noted')$$, array['1|1|b|pending'], 'such a row is updated');
update pg_temp.noted set state = 'failed';
select results_eq($$select * from pg_temp.mirrored('noted')$$, array['1|1|b|pending'], 'moved to another partition');
delete from pg_temp.noted;
select is_empty($$select * from pg_temp.mirrored('noted')$$, 'and deleted');

-- As an application's user: his own rows, by the policies of debrief.video_recordings.
create role tap_uploader in role debrief_app;
grant usage on schema tap_storage to tap_uploader;
grant all on tap_storage.objects to tap_uploader;
select set_config('debrief.user_id', :'ann', true) \gset
set local role tap_uploader;
select lives_ok(format($$insert into tap_storage.objects (bucket_id, name) values ('raw', %L)$$, :'ann' || '/mine.mp4'), 'an application''s user uploads what is his');
select throws_ok(format($$insert into tap_storage.objects (bucket_id, name) values ('raw', %L)$$, :'bob' || '/mine.mp4'), '42501', null, 'and nothing of another user');
update tap_storage.objects set metadata = '{"size": 1}' where bucket_id = 'raw';
select debrief.delete_recording(id) from debrief.video_recordings where source like 'raw:%' \gset
update tap_storage.objects set metadata = '{"size": 2}' where bucket_id = 'raw';
select is_empty($$select * from pg_temp.mirrored('raw')$$, 'what he has deleted does not come back when the row changes');
update tap_storage.objects set name = :'ann' || '/other.mp4' where bucket_id = 'raw';
select isnt_empty($$select * from pg_temp.mirrored('raw')$$, 'but another video in its place is analysed');
delete from tap_storage.objects;
insert into tap_storage.objects (bucket_id, name) values ('raw', :'ann' || '/mine.mp4');
select source as his from debrief.video_recordings where source like 'raw:%' \gset
select set_config('debrief.user_id', :'bob', true) \gset
select debrief._delete_upload(:'his', :'ann') \gset
select throws_ok($$delete from tap_storage.objects where bucket_id = 'raw'$$, '42501', 'this role may not delete what was made of this upload', 'another does not delete it: its recording would stay');
select set_config('debrief.user_id', '', true) \gset
select throws_ok($$delete from tap_storage.objects where bucket_id = 'raw'$$, '42501', 'this role may not delete what was made of this upload', 'nor does nobody');
select set_config('debrief.user_id', :'ann', true) \gset
select isnt_empty($$select * from pg_temp.mirrored('raw')$$, 'nor does another delete the recording, by the function that the trigger calls');
select lives_ok($$delete from tap_storage.objects where bucket_id = 'raw'$$, 'he deletes it');
reset role;
select is_empty($$select * from pg_temp.mirrored('raw')$$, 'and its recording is gone');
select is((select count(*) from debrief.removed_sources where source like 'raw:%'), 1::bigint, 'no source is kept of a row that is gone, but of what he had deleted before it');
select set_config('debrief.user_id', '', true) \gset

-- Mistakes are told when they happen.
create function pg_temp.tracked_by(timing text, arguments text) returns void language plpgsql as $$
begin
  drop table if exists pg_temp.wrong;
  create table pg_temp.wrong (id int, user_id uuid, path text, state text);
  execute format('create trigger t %s execute function debrief.track_upload(%s)', timing, arguments);
  insert into pg_temp.wrong values (1, '11111111-1111-4111-8111-111111111111', 'p', 'completed');
end $$;
select throws_ok(format('select pg_temp.tracked_by(%L, %L)', timing, arguments), code, message, coalesce(message, 'no mistake'))
  from (values ('after insert on pg_temp.wrong for each row', $$'user_id', 'path'$$, '22023', 'debrief.track_upload() needs the names of three columns'),
               ('after insert on pg_temp.wrong for each row', $$'user_id', 'path', 'stat'$$, '42703', 'column "stat" does not exist'),
               ('after insert on pg_temp.wrong for each row', $$'user_id', 'path', 'state', 'completed', 'key'$$, '42703', 'column "key" does not exist'),
               ('after insert on pg_temp.wrong for each row', $$'user_id', 'path', 'state', 'done', 'id', 'colour=red'$$, '22023', 'debrief.track_upload() has no option "colour=red"'),
               ('before insert on pg_temp.wrong for each row', $$'user_id', 'path', 'state'$$, '39P01', 'debrief.track_upload() must be fired AFTER, FOR EACH ROW'),
               ('after insert on pg_temp.wrong for each statement', $$'user_id', 'path', 'state'$$, '39P01', 'debrief.track_upload() must be fired AFTER, FOR EACH ROW')) m (timing, arguments, code, message);
select lives_ok($$select pg_temp.tracked_by('after insert or update on pg_temp.wrong for each row', $a$'user_id', 'path', 'state'$a$)$$, 'no mistake is no error');
insert into pg_temp.wrong values (2, :'bob', 'p', '');
update pg_temp.wrong set id = id;
select throws_ok(format('update pg_temp.wrong set user_id = %L where id = 2', :'ann'), '42501', 'this upload is tracked for another user', 'an upload keeps its owner');
select throws_ok($$insert into pg_temp.wrong values (null, '11111111-1111-4111-8111-111111111111', 'p', '')$$, '23502', 'an upload has no key', 'an upload without a key is refused');

-- track(): makes the trigger, and checks names when it is called.
create table pg_temp.takes (id bigint primary key, singer uuid, location text, phase text, bytes bigint, extra jsonb);
select matches(debrief.track('pg_temp.takes', 'singer', 'location', 'phase', '{done,archived}', size => 'bytes', format => 'extra.mime', source => 'takes'),
  'CREATE TRIGGER debrief AFTER INSERT OR DELETE OR UPDATE ON pg_temp.*track_upload\(''singer'', ''location'', ''phase'', ''{done,archived}'', ''id'', ''size=bytes'', ''format=extra.mime'', ''source=takes''\)', 'track() returns the trigger it made');
insert into pg_temp.takes values (1, :'ann', :'ann' || '/1.mp4', 'archived', 7, '{"mime": "video/mp4"}');
select results_eq($$select user_id, upload_status, file_size, format from debrief.video_recordings where source = 'takes:1'$$,
  format('values (%L::uuid, ''completed'', 7::bigint, ''video/mp4'')', :'ann'), 'rows are mirrored as it says');
select lives_ok($$select debrief.track('pg_temp.takes', 'singer', 'location', '', size => 'bytes', source => 'takes')$$, 'track() again changes the arguments');
select is((select tgnargs::int from pg_trigger where tgrelid = 'pg_temp.takes'::regclass), 7, 'of the one trigger');
select throws_ok(format($$select debrief.track('pg_temp.takes', %s)$$, arguments), code, complaint, complaint)
  from (values
    ($$'user', 'location', 'phase'$$, '42703', 'column "user" of table takes does not exist'),
    ($$'singer', 'path', 'phase'$$, '42703', 'column "path" of table takes does not exist'),
    ($$'singer', 'location', 'state'$$, '42703', 'column "state" of table takes does not exist'),
    ($$'singer', 'location', 'phase', key_column => 'take'$$, '42703', 'column "take" of table takes does not exist'),
    ($$'singer', 'location', 'phase', voice => 'tone'$$, '42703', 'column "tone" of table takes does not exist'),
    ($$'singer', 'location', 'phase', size => 'location.size'$$, '42809', 'column "location" of table takes is of type text'),
    ($$'singer', 'location', 'phase', failed => '{a,"}'$$, '22P02', 'malformed array literal: "{a,"}"'),
    ($$'singer', null, 'phase'$$, '22004', 'uploads, user_column, path_column, status_column, done and key_column must be given')) as c (arguments, code, complaint);
select throws_ok($$select debrief.track('debrief.failures')$$, '42809', 'debrief.failures is not a table', 'track() takes tables');
-- As PostgreSQL 18 has a generated column, unless it is STORED: in a trigger it is null.
savepoint virtual;
update pg_attribute set attgenerated = 'v' where attrelid = 'pg_temp.takes'::regclass and attname in ('singer', 'extra');
select throws_ok($$select debrief.track('pg_temp.takes', 'singer', 'location', 'phase')$$, '42809', 'column "singer" of table takes is generated and not stored', 'a column that a trigger does not see is refused');
select throws_ok($$select debrief.track('pg_temp.takes', '', 'location', 'phase', size => 'extra.size')$$, '42809', 'column "extra" of table takes is generated and not stored', 'so is a key in one');
rollback to virtual;
alter trigger debrief on pg_temp.takes rename to mine;
select throws_ok($$select debrief.track('pg_temp.takes', 'singer', 'location', 'phase')$$, '42710', 'table takes is tracked by trigger mine already', 'a table is tracked once');
drop trigger mine on pg_temp.takes;

select * from finish();
rollback;
