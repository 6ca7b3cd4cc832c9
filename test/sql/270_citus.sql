\set ECHO none
\i test/sql/setup.psql
select no_plan();

select is_empty('select * from debrief._check_distribution()', 'without Citus there is nothing to report');

-- Citus is not here: these are the columns of its catalogs that are read, as its version 13 has them.
set local allow_system_table_mods = on;
create table pg_catalog.pg_dist_partition (logicalrelid regclass primary key, partmethod "char" not null, partkey text, colocationid int not null, repmodel "char" not null);
create table pg_catalog.pg_dist_shard (logicalrelid regclass not null, shardid bigint primary key, shardstorage "char" not null, shardminvalue text, shardmaxvalue text);
set local allow_system_table_mods = off;
grant select on pg_catalog.pg_dist_partition, pg_catalog.pg_dist_shard to public;
select is_empty('select * from debrief._check_distribution()', 'nor with Citus, while it has none of our tables');

-- The application's table on two shards, and one that has nothing to do with it.
create table public.tap_uploads (id int primary key, owner uuid, path text, state text);
create table public.tap_uploads_102010 (like public.tap_uploads including all);
create table public.tap_uploads_102011 (like public.tap_uploads including all);
create table public.tap_uploads_7 (like public.tap_uploads including all);
insert into pg_dist_partition values ('public.tap_uploads', 'h', 'owner', 1, 's');
insert into pg_dist_shard values ('public.tap_uploads', 102010, 't', '-2147483648', '-1'), ('public.tap_uploads', 102011, 't', '0', '2147483647');
create function pg_temp.track(shard text, further text) returns void language plpgsql as $$
begin
  execute format('create trigger debrief after insert or update on public.%I for each row execute function debrief.track_upload(''owner'', ''path'', ''state'', ''done''%s)', shard, further);
end $$;
select pg_temp.track('tap_uploads_7', ''), pg_temp.track('tap_uploads_102011', ', ''source=uploads''');
select is_empty('select * from debrief._check_distribution()', 'a shard with a source of its own is right, and so is what only looks like a shard');
select pg_temp.track('tap_uploads_102010', '');
select is((select object || ': ' || problem from debrief._check_distribution()),
  'trigger debrief of public.tap_uploads_102010: is on a shard, whose name it makes the source of its recordings: an update after a split or a move has the upload analysed again', 'a shard whose name gets into the source is reported');
select is((select fix from debrief._check_distribution()),
  'DROP TRIGGER debrief ON public.tap_uploads; '
  'UPDATE debrief.video_recordings SET source = replace(source, ''public.tap_uploads_102010:'', ''public.tap_uploads:'') WHERE starts_with(source, ''public.tap_uploads_102010:''); '
  'CREATE TRIGGER debrief AFTER INSERT OR UPDATE ON public.tap_uploads FOR EACH ROW EXECUTE FUNCTION debrief.track_upload(''owner'', ''path'', ''state'', ''done'', ''source=public.tap_uploads'');', 'with what gives it a source that lasts');

-- As that fix does it: what was analysed under the shard's name is known under the table's.
insert into public.tap_uploads_102010 values (1, :'ann', :'ann' || '/talk.mp4', 'done');
select is((select count(*) from debrief.video_recordings where source = 'public.tap_uploads_102010:1'), 1::bigint, 'the name of a shard is in a source');
update debrief.video_recordings set source = replace(source, 'public.tap_uploads_102010:', 'public.tap_uploads:') where starts_with(source, 'public.tap_uploads_102010:');
drop trigger debrief on public.tap_uploads_102010;
select pg_temp.track('tap_uploads_102010', ', ''source=public.tap_uploads''');
update public.tap_uploads_102010 set state = 'done' where id = 1;
select is((select count(*) from debrief.video_recordings where user_id = :'ann' and source like '%tap_uploads%'), 1::bigint, 'an update finds the recording that there is');
select is_empty('select * from debrief._check_distribution()', 'and nothing is left to report');

-- Our own tables.
insert into pg_dist_partition values ('debrief.analysis_feedback', 'h', 'user_id', 2, 's'), ('debrief.stages', 'n', null, 3, 't');
set local role debrief_reader;
select results_eq('select object, problem, fix from debrief.check_installation() where problem ~ ''Citus''', $$values
  ('table debrief.analysis_feedback', 'is distributed by Citus: workers cannot store there what they have paid for', 'SELECT undistribute_table(''debrief.analysis_feedback'');'),
  ('table debrief.stages', 'is distributed by Citus: workers cannot store there what they have paid for', 'SELECT undistribute_table(''debrief.stages'');')$$, 'a table of ours that Citus distributes is reported, to readers too');
reset role;

select * from finish();
rollback;
