-- psql -X -f talk.sql: each statement commits, so that the worker sees it.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
set client_min_messages = warning;
create extension if not exists pgtap;
select plan(2);

insert into debrief.video_recordings (user_id, storage_path, upload_status)
values ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/pgtap.mp4', 'completed');
select is_empty('select * from debrief.drain()', 'nothing fails');
select isnt_empty($$select from debrief.feedback_status where status = 'completed'$$, 'the talk has spoken feedback');

select * from finish();
