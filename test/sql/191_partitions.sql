\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- A row that moves between partitions of a tracked table keeps its recording, analysis and feedback.
create table public.tap_up (id int, user_id uuid, path text, state text, day date, primary key (id, day)) partition by range (day);
create table public.tap_up_1 partition of public.tap_up for values from ('2026-01-01') to ('2026-02-01');
create table public.tap_up_2 partition of public.tap_up for values from ('2026-02-01') to ('2026-03-01');
select debrief.track('public.tap_up', path_column => 'path', status_column => 'state', done => 'done') \gset
insert into public.tap_up values (7, :'ann', :'ann' || '/a.mp4', 'done', '2026-01-05'), (8, :'ann', :'ann' || '/b.mp4', 'done', '2026-01-05');
set constraints all immediate;
select is(array(select source from debrief.video_recordings order by source), array['public.tap_up:7', 'public.tap_up:8'], 'recordings of a partitioned table are named after it');
select pg_temp.feedback(j.id) as item, j.id as job from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id where r.source = 'public.tap_up:7' \gset
update public.tap_up set day = '2026-02-05', path = :'ann' || '/c.mp4' where id = 7;
select is((select r.storage_path from debrief.video_recordings r join debrief.analysis_jobs j on j.video_recording_id = r.id where j.id = :job), :'ann' || '/c.mp4', 'a row that moves to another partition keeps its analysis, and is mirrored');
select is((select count(*) from debrief.analysis_feedback where id = :item), 1::bigint, 'and its feedback');
select is((select count(*) from debrief.video_recordings), 2::bigint, 'and no recording is made beside it');
delete from public.tap_up where id = 7;
select is_empty(format('select 1 from debrief.analysis_jobs where id = %s', :job), 'a row that is deleted takes its recording along');
update public.tap_up set day = '2026-02-06', user_id = :'bob', path = :'bob' || '/b.mp4' where id = 8;
select results_eq('select user_id from debrief.video_recordings', array[:'bob'::uuid], 'a row that moves to another user is that user''s, and no longer the first''s');

-- What retention removed is not analysed again because its row moves; a new row of the same key is a new upload.
set local role debrief_admin;
select debrief._remove_recordings(array_agg(id), false) from debrief.video_recordings \gset
reset role;
insert into public.tap_up values (9, :'bob', :'bob' || '/9.mp4', 'done', '2026-02-07');
update public.tap_up set day = day - 30;
select results_eq('select source from debrief.video_recordings', array['public.tap_up:9'], 'a row that moves is an update: what retention removed is not analysed again');
delete from public.tap_up where id = 8;
insert into public.tap_up values (8, :'bob', :'bob' || '/new.mp4', 'done', '2026-02-08');
select is((select storage_path from debrief.video_recordings where source = 'public.tap_up:8'), :'bob' || '/new.mp4', 'a new row with the same key is');

-- With columns that are not read back from what they are in JSON, as of type hstore.
create type public.tap_tone as enum ('calm', 'loud');
create function public.tap_json(tone public.tap_tone) returns json language sql immutable as $$ select json_build_object('tone', tone::text) $$;
create cast (public.tap_tone as json) with function public.tap_json(public.tap_tone);
create domain public.tap_number as int not null;
alter table public.tap_up add column tone public.tap_tone default 'calm', add column number public.tap_number default 1;
select lives_ok('update public.tap_up set day = day + 30 where id = 9', 'a row with a column of any type moves');
select lives_ok('delete from public.tap_up where id = 9', 'and is deleted');
select results_eq('select source from debrief.video_recordings', array['public.tap_up:8'], 'its recording, too');
create table public.tap_chars (id char(4), user_id uuid, storage_path text, upload_status text, day date) partition by range (day);
create table public.tap_chars_1 partition of public.tap_chars for values from ('2026-01-01') to ('2026-02-01');
create table public.tap_chars_2 partition of public.tap_chars for values from ('2026-02-01') to ('2026-03-01');
select debrief.track('public.tap_chars') \gset
insert into public.tap_chars values ('one', :'ann', :'ann' || '/1.mp4', 'pending', '2026-01-05');
select id as of_chars from debrief.video_recordings where source like 'public.tap_chars:%' \gset
update public.tap_chars set day = '2026-02-05';
select is((select id from debrief.video_recordings where source like 'public.tap_chars:%'), :of_chars::bigint, 'a key of type char(n) is found where it has moved');

select * from finish();
rollback;
