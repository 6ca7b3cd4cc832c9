\set ECHO none
\i test/sql/setup.psql
select no_plan();

select is_empty('select * from debrief._check_distribution()', 'without Citus there is nothing to report');

-- Citus is not here: these are the columns of its catalog that is read, as its version 13 has them.
set local allow_system_table_mods = on;
create table pg_catalog.pg_dist_partition (logicalrelid regclass primary key, partmethod "char" not null, partkey text, colocationid int not null, repmodel "char" not null);
set local allow_system_table_mods = off;
grant select on pg_catalog.pg_dist_partition to public;
select is_empty('select * from debrief._check_distribution()', 'nor with Citus, while it has none of our tables');

-- The application's table and its shards. Citus hides shards, gives each trigger to them as to the table, and runs commands on all nodes.
create table public.tap_uploads (id int primary key, owner uuid, path text, state text);
create table public.tap_uploads_102010 (like public.tap_uploads including all);
create table public."Tap.uploads" (like public.tap_uploads including all);
create table public.tap_stranger (like public.tap_uploads including all);
insert into pg_dist_partition values ('public.tap_uploads', 'h', 'owner', 1, 's'), ('public."Tap.uploads"', 'h', 'owner', 1, 's');
create function public.run_command_on_all_nodes(command text) returns void language plpgsql as $$ begin execute command; end $$;
create function pg_temp.track(tracked text, further text) returns void language plpgsql as $$
begin
  execute format('create trigger debrief after insert or update on public.%I for each row execute function debrief.track_upload(''owner'', ''path'', ''state'', ''done''%s)', tracked, further);
end $$;
select pg_temp.track('tap_stranger', ''), pg_temp.track('Tap.uploads', ', ''source=uploads'''), pg_temp.track('tap_uploads_102010', '');
select is_empty('select * from debrief._check_distribution()', 'a trigger with a source of its own is right, and so is one of a table that is not distributed');
select pg_temp.track('tap_uploads', '');
select is((select object || ': ' || problem from debrief._check_distribution()),
  'trigger debrief of public.tap_uploads: makes the name of a shard the source of its recordings: an update after a split or a move has the upload analysed again', 'a trigger without a source is reported');
select is((select fix from debrief._check_distribution()),
  'SET citus.enable_unsafe_triggers = on; DROP TRIGGER debrief ON public.tap_uploads; '
  'SELECT * FROM run_command_on_all_nodes(''UPDATE debrief.video_recordings SET source = regexp_replace(source, ''''^public[.]"?tap_uploads_[0-9]+"?:'''', ''''public.tap_uploads:'''') WHERE source ~ ''''^public[.]"?tap_uploads_[0-9]+"?:''''''); '
  'CREATE TRIGGER debrief AFTER INSERT OR UPDATE ON public.tap_uploads FOR EACH ROW EXECUTE FUNCTION debrief.track_upload(''owner'', ''path'', ''state'', ''done'', ''source=public.tap_uploads'');', 'with what gives it a source that lasts');

-- That fix: what was analysed under a shard's name is known under the table's.
insert into public.tap_uploads_102010 values (1, :'ann', :'ann' || '/talk.mp4', 'done');
select is((select count(*) from debrief.video_recordings where source = 'public.tap_uploads_102010:1'), 1::bigint, 'the name of a shard is in a source');
select fix from debrief._check_distribution() \gexec
insert into public.tap_uploads values (1, :'ann', :'ann' || '/talk.mp4', 'done');
select is((select count(*) from debrief.video_recordings where user_id = :'ann' and source like '%tap_uploads%'), 1::bigint, 'the table finds the recording that there is');
select is_empty('select * from debrief._check_distribution()', 'and nothing is left to report');
drop trigger debrief on public."Tap.uploads";
select pg_temp.track('Tap.uploads', '');
insert into debrief.video_recordings (user_id, storage_path, source) values (:'ann', :'ann' || '/quoted.mp4', 'public."Tap.uploads_102012":1');
select fix from debrief._check_distribution() \gexec
select is((select source from debrief.video_recordings where storage_path like '%quoted%'), 'public."Tap.uploads":1', 'so is a table whose name needs quotes');
drop trigger debrief on public."Tap.uploads";

-- Our own tables.
insert into pg_dist_partition values ('debrief.analysis_feedback', 'h', 'user_id', 2, 's'), ('debrief.stages', 'n', null, 3, 't');
set local role debrief_reader;
select results_eq('select object, problem, fix from debrief.check_installation() where problem ~ ''Citus''', $$values
  ('table debrief.analysis_feedback', 'is distributed by Citus: workers cannot store there what they have paid for', 'SELECT undistribute_table(''debrief.analysis_feedback'');'),
  ('table debrief.stages', 'is distributed by Citus: workers cannot store there what they have paid for', 'SELECT undistribute_table(''debrief.stages'');')$$, 'a table of ours that Citus distributes is reported, to readers too');
reset role;

select * from finish();
rollback;
