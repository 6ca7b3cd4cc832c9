\set ECHO none
\set QUIET 1
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only true
set client_min_messages = warning;
-- A cluster made under LC_ALL=C has SQL_ASCII in its template.
create database debrief_latin encoding 'LATIN1' locale 'C' template template0;
create database debrief_ascii encoding 'SQL_ASCII' locale 'C' template template0;
create database debrief_utf8 encoding 'UTF8' locale 'C' template template0;
\set home :DBNAME
\c debrief_latin
create extension pg_debrief;
\c debrief_ascii
create extension pg_debrief;
\c debrief_utf8
set client_min_messages = warning;
create extension pg_debrief;
select extname from pg_extension where extname = 'pg_debrief';
\c :home
drop database debrief_latin;
drop database debrief_ascii;
drop database debrief_utf8 with (force);
