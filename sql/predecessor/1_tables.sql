\set ON_ERROR_STOP 1
set check_function_bodies = off;  -- tables are made when they are wanted

-- Takes over the rows of the system that pg_debrief replaces, and keeps its clients reading: docs/migrate.md.
--
--   psql -1 -f "$(pg_config --sharedir)/extension/pg_debrief_predecessor.sql" DATABASE
--
-- Not a part of the extension: who does not come from there needs none of it. It may be run again. As a superuser.

-- 1. The predecessor's rows ---------------------------------------------------------------------

-- import_predecessor() goes through the old recordings in batches, each with all that hangs on it. Old
-- rows are read as jsonb, so that columns which one shape of the old tables lacks read as null. What was
-- taken, or left and why, is noted in debrief.imported_rows: by it a run takes what earlier ones did not.
-- Keys that begin with _ are ours: _old_id, _parent (its new id), _note, _open (unfinished). `source` is the
-- old schema, and text from the first call on: type name would bring collation C along, which no index here has.

create or replace function debrief._owns_tables() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not pg_has_role((select c.relowner from pg_class c where c.oid = 'debrief.video_recordings'::regclass), 'usage') then
    raise exception 'permission denied for the tables of pg_debrief' using errcode = 'insufficient_privilege',
      hint = 'Run this as a superuser, or as the owner of debrief.video_recordings.';
  end if;
end $$;
comment on function debrief._owns_tables() is 'Error unless the caller has the rights of the tables'' owner.';

-- Made when they are wanted, and then the user's, as all tables are.
create or replace function debrief._predecessor_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $make$
begin
  -- Looked for first: the locks are held until the caller commits. What is made takes several of them, in another order than a worker does.
  if to_regclass('debrief.predecessor_analyses') is null
     or not exists (select from pg_attribute a where a.attrelid = 'debrief.analysis_feedback'::regclass and a.attname = 'user_rating_at')
     or not exists (select from pg_trigger g where g.tgrelid = 'debrief.analysis_jobs'::regclass and g.tgname = 'predecessor_analysis') then
    perform debrief._lock_tables();
  end if;
  if to_regclass('debrief.imported_rows') is null then
    create table debrief.imported_rows (
      source text,
      relation text,
      old_id text,
      new_id bigint,
      reason text,
      imported_at timestamptz not null default now(),
      primary key (source, relation, old_id));
    comment on table debrief.imported_rows is
      'Rows that debrief.import_predecessor() took (new_id), or left (null), and why: see debrief.import_report()';
    revoke all on debrief.imported_rows from public;
    grant select on debrief.imported_rows to debrief_admin, debrief_reader;
  end if;
  if to_regclass('debrief.predecessor_analyses') is null then
    create table debrief.predecessor_analyses (
      job_id bigint primary key constraint analyses_job_id_fkey references debrief.analysis_jobs (id) on delete cascade,
      id uuid not null unique default gen_random_uuid(),
      user_id uuid not null,
      user_rating text check (user_rating in ('up', 'down')),
      user_rating_at timestamptz,
      kept jsonb not null default '{}');
    comment on table debrief.predecessor_analyses is 'What clients of the predecessor know of an analysis beside debrief.analysis_jobs: its uuid, its rating';
    comment on column debrief.predecessor_analyses.kept is 'Columns of the predecessor''s analysis_jobs that have no place here';
    revoke all on debrief.predecessor_analyses from public;
  end if;
  if not exists (select from pg_attribute a where a.attrelid = 'debrief.analysis_feedback'::regclass and a.attname = 'user_rating_at') then
    alter table debrief.analysis_feedback add column user_rating_at timestamptz;
  end if;
  insert into debrief.predecessor_analyses (job_id, user_id) select j.id, j.user_id from debrief.analysis_jobs j on conflict do nothing;
  create or replace function debrief.predecessor_analysis() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $body$
  begin
    insert into debrief.predecessor_analyses (job_id, user_id) values (new.id, new.user_id) on conflict do nothing;
    return null;
  end $body$;
  comment on function debrief.predecessor_analysis() is 'Trigger: gives an analysis the uuid that clients of the predecessor know it by.';
  revoke all on function debrief.predecessor_analysis() from public;
  if not exists (select from pg_trigger g where g.tgrelid = 'debrief.analysis_jobs'::regclass and g.tgname = 'predecessor_analysis') then
    create trigger predecessor_analysis after insert on debrief.analysis_jobs
      for each row execute function debrief.predecessor_analysis();
  end if;
end $make$;
comment on function debrief._predecessor_tables() is 'Makes the tables beside ours that the predecessor''s rows and clients need.';

create or replace function debrief._predecessor_access() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  alter table debrief.predecessor_analyses enable row level security;
  drop policy if exists workers on debrief.predecessor_analyses;
  create policy workers on debrief.predecessor_analyses to debrief_worker using (true) with check (true);
  drop policy if exists owners on debrief.predecessor_analyses;
  create policy owners on debrief.predecessor_analyses to debrief_app
    using (user_id = (select debrief.current_user_id())) with check (user_id = (select debrief.current_user_id()));
  drop policy if exists operators on debrief.predecessor_analyses;
  create policy operators on debrief.predecessor_analyses to debrief_admin using (true) with check (true);
  drop policy if exists readers on debrief.predecessor_analyses;
  create policy readers on debrief.predecessor_analyses for select to debrief_reader using (true);
  grant select on debrief.predecessor_analyses to debrief_app, debrief_admin, debrief_reader, debrief_worker;
  grant insert on debrief.predecessor_analyses to debrief_worker;
  grant update (user_rating, user_rating_at) on debrief.predecessor_analyses to debrief_app, debrief_admin;
  grant update (user_rating_at) on debrief.analysis_feedback to debrief_app, debrief_admin;
end $$;
comment on function debrief._predecessor_access() is 'Policies and grants of what _predecessor_tables() makes; may be run again.';
