\set ECHO none
\set QUIET 1
\pset format unaligned
\pset tuples_only true
set client_min_messages = warning;
create extension pg_debrief;
select plan(2);
select is((select extversion from pg_extension where extname = 'pg_debrief'), '1.0', 'CREATE EXTENSION installs this version');
select is((select array_agg(stage order by stage) from debrief.stages), '{analysis,audio,ssml}', 'and the three stages are there');
select * from finish();
