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

-- Rows that a policy hides must be an error, not missing.
create or replace function debrief._old_rows(source text, relation text, key_columns text[], keys text[]) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  old_table constant regclass := to_regclass(format('%I.%I', source, relation));
  key_name name;
  key_type text;
begin
  select a.attname, format_type(a.atttypid, null) into key_name, key_type
    from unnest(key_columns) with ordinality w (name, n)
    join pg_attribute a on a.attrelid = old_table and a.attname = w.name and not a.attisdropped
   order by w.n limit 1;
  if key_name is not null and keys <> '{}' then
    return query execute format('select to_jsonb(t) from %s t where t.%I = any ($1::%s[]) order by t.id', old_table, key_name, key_type)
      using keys;
  end if;
end $$;
comment on function debrief._old_rows(text, text, text[], text[]) is
  'Rows of an old table, by the first of some key columns that it has; none when there is no such table.';

create or replace function debrief._import_new_id(source text, relation text, old_id text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select i.new_id from debrief.imported_rows i where i.source = $1 and i.relation = $2 and i.old_id = $3;
$$;
comment on function debrief._import_new_id(text, text, text) is 'What became of an old row; null when it was not taken.';

-- An old id is kept while nobody has it here.
create or replace function debrief._import_ids(relation text, rows jsonb[]) returns jsonb[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  numbered jsonb[];
begin
  execute format('select array_agg(u.o || jsonb_build_object(''id'', case when x.used then nextval($2) else x.old_id end) order by u.n)
                    from unnest($1) with ordinality u (o, n)
                   cross join lateral (select (u.o ->> ''_old_id'')::bigint as old_id,
                                              exists (select from debrief.%I t where t.id = (u.o ->> ''_old_id'')::bigint) as used) x', relation)
     into numbered using rows, pg_get_serial_sequence(format('debrief.%I', relation), 'id')::regclass;
  return numbered;
end $$;
comment on function debrief._import_ids(text, jsonb[]) is 'Rows with the ids that they get: their old ones, or new ones where those are in use.';

create or replace function debrief._import_leave(source text, relation text, old_ids text[], why text) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.imported_rows as i (source, relation, old_id, reason)
  select source, relation, u.old_id, why from unnest(old_ids) u (old_id)
  on conflict on constraint imported_rows_pkey do update set reason = excluded.reason, imported_at = now() where i.new_id is null;
$$;
comment on function debrief._import_leave(text, text, text[], text) is 'Notes rows that are not taken.';

create or replace function debrief._import_insert(source text, relation text, rows jsonb[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  columns text;
  fields text;
begin
  select string_agg(quote_ident(k), ', '), string_agg('r.' || quote_ident(k), ', ') into columns, fields
    from jsonb_object_keys(rows[1]) k where not starts_with(k, '_');
  execute format('insert into debrief.%1$I (%2$s) overriding system value
                  select %3$s from unnest($1) u (o), jsonb_populate_record(null::debrief.%1$I, u.o) r', relation, columns, fields)
    using rows;
  insert into debrief.imported_rows as i (source, relation, old_id, new_id, reason)
  select $1, $2, u.o ->> '_old_id', (u.o ->> 'id')::bigint, u.o ->> '_note' from unnest(rows) u (o)
  on conflict on constraint imported_rows_pkey do update
     set new_id = excluded.new_id, reason = excluded.reason, imported_at = now();
end $$;
comment on function debrief._import_insert(text, text, jsonb[]) is 'Inserts rows of one table, all with the same keys, and notes them.';

-- One bad row never fails its batch.
create or replace function debrief._import_rows(source text, relation text, rows jsonb[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  one jsonb;
  why text;
begin
  if coalesce(cardinality(rows), 0) = 0 then
    return;
  end if;
  rows := debrief._import_ids(relation, rows);
  perform debrief._import_insert(source, relation, rows);
exception when integrity_constraint_violation or data_exception or raise_exception then
  foreach one in array rows loop
    begin
      perform debrief._import_insert(source, relation, array[one]);
    exception when integrity_constraint_violation or data_exception or raise_exception then
      get stacked diagnostics why = message_text;
      perform debrief._import_leave(source, relation, array[one ->> '_old_id'], why);
    end;
  end loop;
end $$;
comment on function debrief._import_rows(text, text, jsonb[]) is 'Inserts rows of one table; those that break its rules are left, and noted.';

create or replace function debrief._import_family(source text, relation text, rows jsonb[], parent_relation text, parent_keys text[])
returns jsonb[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  family jsonb[];
begin
  -- Subqueries, not joins: an index look-up for each row, whatever the statistics say.
  family := array(
    select u.o || jsonb_build_object('_parent', (
             select i.new_id from debrief.imported_rows i
              where i.source = $1 and i.relation = parent_relation and i.old_id = coalesce(u.o ->> parent_keys[1], u.o ->> parent_keys[2])))
      from unnest(rows) with ordinality u (o, n)
     where (select i.new_id from debrief.imported_rows i where i.source = $1 and i.relation = $2 and i.old_id = u.o ->> 'id') is null
     order by u.n);
  perform debrief._import_leave(source, relation, array(select f ->> 'id' from unnest(family) f where f ->> '_parent' is null),
                                format('its row of %s was not taken', parent_relation));
  return array(select f from unnest(family) with ordinality u (f, n) where f ->> '_parent' is not null order by n);
end $$;
comment on function debrief._import_family(text, text, jsonb[], text, text[]) is
  'Rows that were not taken yet, with their parent''s new id; those whose parent was not taken are noted.';

-- Where one is enough (a recording has one analysis, a job one result) and old tables may hold several.
create or replace function debrief._import_best(source text, relation text, rows jsonb[], key_column text) returns jsonb[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  best text[];
begin
  best := array(
    select distinct on (u.o ->> key_column) u.o ->> 'id' from unnest(rows) u (o)
     order by u.o ->> key_column, debrief._import_new_id(source, relation, u.o ->> 'id') is null,
              u.o ->> 'status' in ('completed', 'analysis_complete') desc nulls last, (u.o ->> 'created_at')::timestamptz desc, u.o ->> 'id' desc);
  perform debrief._import_leave(source, relation, array(select u.o ->> 'id' from unnest(rows) u (o) where u.o ->> 'id' <> all (best)),
                                format('another one of the same %s was taken', key_column));
  return array(select u.o from unnest(rows) u (o) where u.o ->> 'id' = any (best));
end $$;
comment on function debrief._import_best(text, text, jsonb[], text) is
  'One row for each key: the one taken before, else the latest finished one; the others are noted.';

-- What a feedback row comes as. A segment written after its stage last changed is that stage's result,
-- whatever the status says: the old workers stored it first. One written before an edit is not.
create or replace function debrief._import_feedback_state(old jsonb, ssml_at timestamptz, sound_at timestamptz,
  out ssml text, out audio text, out note text)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  ssml_since constant timestamptz := old ->> 'ssml_updated_at';
  was_audio constant text := coalesce(old ->> 'audio_status', 'queued');
  notes text[] := '{}';
begin
  ssml := coalesce(old ->> 'ssml_status', 'queued');
  if ssml = 'completed' and ssml_at is null and was_audio not in ('completed', 'failed') then
    ssml := 'queued';
    notes := notes || 'completed without its SSML: it is written again'::text;
  elsif ssml not in ('completed', 'failed') and was_audio = 'completed' then
    ssml := 'completed';
    notes := notes || 'its SSML was unfinished, its sound is there'::text;
  elsif ssml in ('processing', 'retrying') and ssml_at >= ssml_since then
    ssml := 'completed';
    notes := notes || 'its SSML was there already'::text;
  elsif ssml not in ('completed', 'failed') then
    ssml := 'queued';
  end if;
  audio := case when was_audio in ('completed', 'failed') and ssml <> 'queued' then was_audio else 'queued' end;
  if audio = 'completed' and sound_at is null then
    notes := notes || 'completed without a sound'::text;
  elsif audio = 'failed' and sound_at >= ssml_since then
    notes := notes || 'failed, though its sound is there'::text;
  elsif audio = 'queued' and ssml = 'completed' and sound_at >= ssml_since then
    audio := 'completed';
    notes := notes || 'its sound was there already'::text;
  end if;
  note := nullif(array_to_string(notes, '; '), '');
end $$;
comment on function debrief._import_feedback_state(jsonb, timestamptz, timestamptz) is
  'The statuses that an old feedback row comes with, and what is odd about it.';

create or replace function debrief._import_feedback_states(feedback jsonb[], ssml jsonb[], audio jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(f.o || jsonb_build_object('_ssml', s.ssml, '_audio', s.audio, '_note', s.note, '_open',
                    not debrief._is_blank(f.o ->> 'message') and (s.ssml = 'queued' or (s.ssml = 'completed' and s.audio = 'queued')))
                  order by f.n), '{}')
    from unnest(feedback) with ordinality f (o, n)
    left join (select o ->> 'feedback_id' as id, max((o ->> 'created_at')::timestamptz) as at from unnest(ssml) o group by 1) w
           on w.id = f.o ->> 'id'
    left join (select coalesce(o ->> 'feedback_id', o ->> 'analysis_feedback_id') as id, max((o ->> 'created_at')::timestamptz) as at
                 from unnest(audio) o group by 1) a
           on a.id = f.o ->> 'id'
   cross join lateral debrief._import_feedback_state(f.o, w.at, a.at) s;
$$;
comment on function debrief._import_feedback_states(jsonb[], jsonb[], jsonb[]) is
  'Old feedback rows with the statuses they come with, and whether anything is left to do.';

-- The path of an object in its bucket; null when it is none that a store would take.
create or replace function debrief._import_path(path text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select p from (select regexp_replace(coalesce(substring(path from '^https?://[^?]*/object/(?:sign|public|authenticated)/[^/]+/([^?]+)'), path),
                                       '^(raw|processed|thumbnails)/', '') as p) s
   where length(p) <= 1024 and p !~ '(^/|//|(^|/)[.][.]?(/|$)|[[:cntrl:]])';
$$;
comment on function debrief._import_path(text) is 'A path without its bucket, also out of a signed or public URL of Supabase Storage.';

-- A path that does not begin with its owner's id may be another user's video: never queued here.
create or replace function debrief._import_job_state(old jsonb, items bigint, analysed boolean, path text, owner_id text,
  out status text, out error text, out note text, out open boolean)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  was constant text := old ->> 'status';
begin
  status := case when was in ('completed', 'analysis_complete') then 'completed'
                 when was = 'processing' and items > 0 then 'completed'
                 when was in ('queued', 'processing') then 'queued'
                 else 'failed' end;
  open := status = 'queued';
  note := case when was = 'processing' and items > 0 then 'its feedback was there already'
               when status = 'completed' and not analysed then 'completed without an analysis'
               when status = 'failed' and was is distinct from 'failed' then format('status "%s" is unknown: taken as failed', was) end;
  if status = 'queued' and not coalesce(starts_with(path, owner_id || '/'), false) then
    status := 'failed';
    note := 'its storage_path is not its owner''s: failed instead of queued';
    error := 'The recording''s path does not belong to its owner.';
  elsif status = 'failed' then
    error := coalesce(nullif(old ->> 'error_message', ''), 'It failed in the system it comes from.');
  end if;
end $$;
comment on function debrief._import_job_state(jsonb, bigint, boolean, text, text) is
  'The status that an old job comes with, its error, what is odd about it, and whether the old system had not finished it.';

create or replace function debrief._import_job_states(recordings jsonb[], jobs jsonb[], analyses jsonb[], feedback jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(j.o || jsonb_build_object('_status', s.status, '_error', s.error, '_note', s.note, '_open', s.open,
                                                      '_analysis', a.o) order by j.n), '{}')
    from unnest(jobs) with ordinality j (o, n)
    join unnest(recordings) r (o) on r.o ->> 'id' = j.o ->> 'video_recording_id'
    left join unnest(analyses) a (o) on a.o ->> 'job_id' = j.o ->> 'id'
    left join (select f ->> 'analysis_id' as id, count(*) as items from unnest(feedback) f group by 1) f on f.id = a.o ->> 'id'
   cross join lateral debrief._import_job_state(j.o, f.items, a.o is not null, debrief._import_path(r.o ->> 'storage_path'),
                                                r.o ->> 'user_id') s;
$$;
comment on function debrief._import_job_states(jsonb[], jsonb[], jsonb[], jsonb[]) is 'Old jobs with the status they come with, and their analysis.';

create or replace function debrief._import_recordings(recordings jsonb[], jobs jsonb[], feedback jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', r.o ->> 'id', '_user', r.o ->> 'user_id',
      '_note', case when not p.usable then 'its storage_path is none of a store: kept in metadata.storage_path' end,
      '_open', coalesce(r.o ->> 'upload_status' in ('pending', 'uploading'), false)
               or (j.o is null and r.o ->> 'upload_status' = 'completed') or coalesce((j.o ->> '_open')::boolean, false)
               or coalesce(f.open, false),
      'user_id', r.o -> 'user_id', 'storage_path', case when p.usable then p.path else '' end,
      'original_filename', coalesce(r.o ->> 'original_filename', r.o ->> 'filename'), 'format', r.o -> 'format',
      'file_size', r.o -> 'file_size', 'duration_seconds', r.o -> 'duration_seconds',
      -- Without an analysis its completion would queue one.
      'upload_status', case when j.o is null and r.o ->> 'upload_status' = 'completed' and not p.own then 'failed'
                            else coalesce(r.o ->> 'upload_status', 'pending') end,
      'upload_progress', coalesce((r.o ->> 'upload_progress')::int, 0),
      'metadata', case when jsonb_typeof(r.o -> 'metadata') = 'object' then r.o -> 'metadata' else '{}' end
                  || jsonb_strip_nulls(jsonb_build_object('filename', r.o -> 'filename', 'thumbnail_url', r.o -> 'thumbnail_url',
                       'storage_path', case when not p.usable then r.o -> 'storage_path' end)),
      'created_at', coalesce((r.o ->> 'created_at')::timestamptz, now()))
    order by r.n), '{}')
    from unnest(recordings) with ordinality r (o, n)
    left join unnest(jobs) j (o) on j.o ->> 'video_recording_id' = r.o ->> 'id'
    left join (select f ->> 'analysis_id' as id, bool_or((f ->> '_open')::boolean) as open from unnest(feedback) f group by 1) f
           on f.id = j.o -> '_analysis' ->> 'id'
   cross join lateral (select path, path is not null as usable, coalesce(starts_with(path, r.o ->> 'user_id' || '/'), false) as own
                         from debrief._import_path(r.o ->> 'storage_path') path) p;
$$;
comment on function debrief._import_recordings(jsonb[], jsonb[], jsonb[]) is 'Old recordings as rows of debrief.video_recordings.';

-- The voice that the old job was spoken with; a job that has yet to run takes its user's present one.
create or replace function debrief._import_voice(source text, old jsonb, voice_server text, out voice text, out voice_snapshot jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  profile jsonb;
begin
  if (old ->> '_open')::boolean and old ->> 'coach_mode' is null then
    select p into profile from debrief._old_rows(source, 'profiles', '{user_id}', array[old ->> 'user_id']) p;
  end if;
  voice := concat_ws('/', coalesce(old ->> 'coach_gender', profile ->> 'coach_gender'), coalesce(old ->> 'coach_mode', profile ->> 'coach_mode'));
  select to_jsonb(v) into voice_snapshot from debrief.voices v where v.name = voice;
  if voice_snapshot is null and (old ->> '_open')::boolean then
    voice := null;
    voice_snapshot := '{}';  -- the default voice, by the trigger of debrief.analysis_jobs
  else
    voice := nullif(voice, '');
    voice_snapshot := coalesce(voice_snapshot, jsonb_strip_nulls(jsonb_build_object('name', voice, 'language', 'en-US')));
    if old ->> 'voice_name_used' is not null then
      voice_snapshot := voice_snapshot || jsonb_build_object('provider_voice', jsonb_build_object(voice_server, old ->> 'voice_name_used'));
    end if;
  end if;
end $$;
comment on function debrief._import_voice(text, jsonb, text) is 'Voice and snapshot of an old job.';

create or replace function debrief._import_jobs(source text, jobs jsonb[], voice_server text) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', j.o ->> 'id', '_note', j.o -> '_note', '_old', j.o,
      'video_recording_id', j.o -> '_parent', 'status', j.o -> '_status',
      'progress_percentage', case j.o ->> '_status' when 'completed' then 100 when 'queued' then 0
                                                    else coalesce((j.o ->> 'progress_percentage')::int, 0) end,
      'attempts', (j.o ->> '_status' <> 'queued')::int, 'last_error', j.o -> '_error',
      'error_code', case when j.o ->> '_status' = 'failed' then 'predecessor' end,
      'title', a.o -> 'title', 'summary_text', a.o -> 'summary_text', 'full_feedback_text', a.o -> 'full_feedback_text',
      'raw_response', nullif(jsonb_strip_nulls(jsonb_build_object('raw_generated_text', a.o -> 'raw_generated_text',
         'full_feedback_json', a.o -> 'full_feedback_json', 'feedback_prompt', a.o -> 'feedback_prompt')), '{}'),
      'provider', case when a.o is not null then 'gemini' end, 'voice', v.voice, 'voice_snapshot', v.voice_snapshot,
      'processing_started_at', case when j.o ->> '_status' <> 'queued' then j.o -> 'processing_started_at' end,
      'processing_completed_at', case when j.o ->> '_status' <> 'queued' then j.o -> 'processing_completed_at' end,
      'created_at', coalesce((j.o ->> 'created_at')::timestamptz, now()), 'updated_at', coalesce((j.o ->> 'updated_at')::timestamptz, now()))
    order by j.n), '{}')
    from unnest(jobs) with ordinality j (o, n)
   cross join lateral (select nullif(j.o -> '_analysis', 'null') as o) a
   cross join lateral debrief._import_voice(source, j.o, voice_server) v;
$$;
comment on function debrief._import_jobs(text, jsonb[], text) is 'Old jobs, with their analyses, as rows of debrief.analysis_jobs.';

-- The uuid that clients know an analysis by, its rating, and what has no place in debrief.analysis_jobs.
create or replace function debrief._import_analyses(source text, jobs jsonb[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.predecessor_analyses p
     set id = coalesce((a ->> 'id')::uuid, p.id), user_rating = case when a ->> 'user_rating' in ('up', 'down') then a ->> 'user_rating' end,
         user_rating_at = (a ->> 'user_rating_at')::timestamptz,
         kept = jsonb_strip_nulls(jsonb_build_object('results', old -> 'results', 'pose_data', old -> 'pose_data',
           'video_source_type', old -> 'video_source_type', 'coach_gender', old -> 'coach_gender', 'coach_mode', old -> 'coach_mode',
           'voice_name_used', old -> 'voice_name_used', 'avatar_asset_key_used', old -> 'avatar_asset_key_used'))
    from unnest(jobs) j
   cross join lateral (select j -> '_old' as old, j -> '_old' -> '_analysis' as a) o
   where p.job_id = debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id');
  insert into debrief.imported_rows as i (source, relation, old_id, new_id)
  select source, 'analyses', j -> '_old' -> '_analysis' ->> 'id', debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id')
    from unnest(jobs) j
   where j -> '_old' -> '_analysis' ->> 'id' is not null
     and debrief._import_new_id(source, 'analysis_jobs', j ->> '_old_id') is not null
  on conflict on constraint imported_rows_pkey do update set new_id = excluded.new_id, reason = null, imported_at = now();
$$;
comment on function debrief._import_analyses(text, jsonb[]) is 'Old analyses, of jobs that were taken.';

create or replace function debrief._import_feedback(feedback jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', f.o ->> 'id', '_note', f.o -> '_note',
      'analysis_job_id', f.o -> '_parent', 'timestamp_seconds', f.o -> 'timestamp_seconds', 'category', f.o -> 'category',
      'message', f.o -> 'message', 'confidence', f.o -> 'confidence', 'impact', f.o -> 'impact',
      'ssml_status', f.o -> '_ssml', 'audio_status', f.o -> '_audio',
      'ssml_attempts', case when f.o ->> '_ssml' = 'queued' then 0 else coalesce((f.o ->> 'ssml_attempts')::int, 0) end,
      'audio_attempts', case when f.o ->> '_audio' = 'queued' then 0 else coalesce((f.o ->> 'audio_attempts')::int, 0) end,
      'ssml_last_error', case when f.o ->> '_ssml' = 'failed' then coalesce(f.o ->> 'ssml_last_error', 'It failed in the system it comes from.') end,
      'audio_last_error', case when f.o ->> '_audio' = 'failed' then coalesce(f.o ->> 'audio_last_error', 'It failed in the system it comes from.') end,
      'ssml_error_code', case when f.o ->> '_ssml' = 'failed' then 'predecessor' end,
      'audio_error_code', case when f.o ->> '_audio' = 'failed' then 'predecessor' end,
      'ssml_updated_at', coalesce(f.o ->> 'ssml_updated_at', f.o ->> 'created_at', now()::text),
      'audio_updated_at', coalesce(f.o ->> 'audio_updated_at', f.o ->> 'created_at', now()::text),
      'from_analysis', true, 'user_rating', f.o -> 'user_rating', 'user_rating_at', f.o -> 'user_rating_at',
      'created_at', coalesce(f.o ->> 'created_at', now()::text))
    order by f.n), '{}')
    from unnest(feedback) with ordinality f (o, n);
$$;
comment on function debrief._import_feedback(jsonb[]) is 'Old feedback as rows of debrief.analysis_feedback.';

create or replace function debrief._import_ssml(segments jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', s.o ->> 'id', 'feedback_id', s.o -> '_parent',
      'segment_index', coalesce((s.o ->> 'segment_index')::int, 0), 'ssml', s.o -> 'ssml', 'provider', s.o -> 'provider',
      'version', s.o -> 'version', 'created_at', coalesce((s.o ->> 'created_at')::timestamptz, now()))
    order by s.n), '{}')
    from unnest(segments) with ordinality s (o, n);
$$;
comment on function debrief._import_ssml(jsonb[]) is 'Old SSML as rows of debrief.analysis_ssml_segments.';

-- The old system wrote seconds into duration_ms. Nobody speaks for less than 0.3 s, or for 300 s.
create or replace function debrief._import_duration(duration numeric, unit text) returns numeric
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when duration > 0 then duration * case when unit = 'seconds' or (unit = 'detect' and duration < 300) then 1000 else 1 end end;
$$;
comment on function debrief._import_duration(numeric, text) is
  'Milliseconds of an old duration_ms, by its unit: seconds, milliseconds, or detect: what is below 300 is seconds.';

create or replace function debrief._import_audio(segments jsonb[], duration_unit text, audio_store text) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', s.o ->> 'id', '_note', case when d.ms is null and d.old is not null then format('its duration of %s is left out', d.old) end,
      'feedback_id', s.o -> '_parent',
      'segment_index', coalesce((s.o ->> 'segment_index')::int, 0), 'audio_url', s.o -> 'audio_url', 'storage_path', p.path,
      'format', coalesce(s.o ->> 'format', s.o ->> 'audio_format'), 'duration_ms', d.ms, 'provider', s.o -> 'provider',
      'version', s.o -> 'version', 'store', case when p.path is not null then audio_store end,
      'created_at', coalesce((s.o ->> 'created_at')::timestamptz, now()))
    order by s.n), '{}')
    from unnest(segments) with ordinality s (o, n)
   cross join lateral (select coalesce(s.o ->> 'duration_ms', s.o ->> 'audio_duration_ms')::numeric as old) u
   cross join lateral (select u.old, debrief._import_duration(u.old, duration_unit) as ms) d
   cross join lateral (select coalesce(nullif(s.o ->> 'storage_path', ''),
                                       case when s.o ->> 'audio_url' ~ '/object/' then debrief._import_path(s.o ->> 'audio_url') end) as path) p;
$$;
comment on function debrief._import_audio(jsonb[], text, text) is 'Old sounds as rows of debrief.analysis_audio_segments.';

create or replace function debrief._import_metrics(metrics jsonb[]) returns jsonb[]
language sql
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    jsonb_build_object(
      '_old_id', m.o ->> 'id', 'analysis_job_id', m.o -> '_parent',
      'user_id', j.user_id, 'metric_key', m.o -> 'metric_key', 'metric_value', m.o -> 'metric_value', 'unit', coalesce(m.o ->> 'unit', ''),
      'created_at', coalesce((m.o ->> 'created_at')::timestamptz, now()))
    order by m.n), '{}')
    from unnest(metrics) with ordinality m (o, n)
    join debrief.analysis_jobs j on j.id = (m.o ->> '_parent')::bigint;
$$;
comment on function debrief._import_metrics(jsonb[]) is 'Old metrics as rows of debrief.analysis_metrics.';

-- Takes the old recordings after after_id, at most batch_size, with all that hangs on them, as far as
-- earlier runs did not. Answers the last one; null at the end.
create or replace function debrief._import_batch(source text, after_id bigint, options jsonb) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  ids text[];
  recordings jsonb[];
  jobs jsonb[];
  analyses jsonb[];
  feedback jsonb[];
  items text[];
  ssml jsonb[];
  audio jsonb[];
begin
  perform pg_advisory_xact_lock(hashtextextended('debrief.import_predecessor', 0));
  execute format('select array(select t.id::text from %I.video_recordings t where t.id > $1 order by t.id limit $2)', source)
    into ids using after_id, (options ->> 'batch_size')::int;
  if ids = '{}' then
    return null;
  end if;
  recordings := array(select debrief._old_rows(source, 'video_recordings', '{id}', ids));
  jobs := debrief._import_best(source, 'analysis_jobs', array(select debrief._old_rows(source, 'analysis_jobs', '{video_recording_id}', ids)),
                               'video_recording_id');
  analyses := debrief._import_best(source, 'analyses', array(select debrief._old_rows(source, 'analyses', '{job_id}',
                array(select j ->> 'id' from unnest(jobs) j))), 'job_id');
  feedback := array(select debrief._old_rows(source, 'analysis_feedback', '{analysis_id}', array(select a ->> 'id' from unnest(analyses) a)));
  items := array(select f ->> 'id' from unnest(feedback) f);
  ssml := array(select debrief._old_rows(source, 'analysis_ssml_segments', '{feedback_id}', items));
  audio := array(select debrief._old_rows(source, 'analysis_audio_segments', '{feedback_id,analysis_feedback_id}', items));
  feedback := debrief._import_feedback_states(feedback, ssml, audio);
  jobs := debrief._import_job_states(recordings, jobs, analyses, feedback);

  perform debrief._import_take_jobs(source, recordings, jobs, feedback, options);
  perform debrief._import_take_feedback(source, feedback, ssml, audio, options);
  perform debrief._import_rows(source, 'analysis_metrics', debrief._import_metrics(debrief._import_family(source, 'analysis_metrics',
            array(select debrief._old_rows(source, 'analysis_metrics', '{analysis_id}', array(select j ->> 'id' from unnest(jobs) j))),
            'analysis_jobs', '{analysis_id}')));
  return ids[cardinality(ids)];
end $$;
comment on function debrief._import_batch(text, bigint, jsonb) is 'Takes one batch of old recordings and all that hangs on them.';

create or replace function debrief._import_take_jobs(source text, recordings jsonb[], jobs jsonb[], feedback jsonb[], options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  rows jsonb[];
begin
  rows := array(select u.o
                  from unnest(debrief._import_finished(source, 'video_recordings', '_old_id',
                         debrief._import_recordings(recordings, jobs, feedback), options)) with ordinality u (o, n)
                 where debrief._import_new_id(source, 'video_recordings', u.o ->> '_old_id') is null order by u.n);
  perform debrief._import_rows(source, 'video_recordings', rows);
  rows := debrief._import_family(source, 'analysis_jobs', jobs, 'video_recordings', '{video_recording_id}');
  rows := debrief._import_jobs(source, debrief._import_finished(source, 'analysis_jobs', 'id', rows, options), options ->> 'voice_server');
  perform debrief._import_rows(source, 'analysis_jobs', rows);
  perform debrief._import_analyses(source, rows);
end $$;
comment on function debrief._import_take_jobs(text, jsonb[], jsonb[], jsonb[], jsonb) is 'Takes recordings, jobs and analyses of a batch.';

create or replace function debrief._import_take_feedback(source text, feedback jsonb[], ssml jsonb[], audio jsonb[], options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  rows jsonb[];
  stale text[];
begin
  rows := debrief._import_family(source, 'analysis_feedback', feedback, 'analyses', '{analysis_id}');
  stale := array(select f ->> 'id' from unnest(rows) f join debrief.analysis_jobs j on j.id = (f ->> '_parent')::bigint
                  where (f ->> '_open')::boolean and j.status in ('queued', 'processing'));
  perform debrief._import_leave(source, 'analysis_feedback', stale, 'unfinished, and its analysis runs again');
  rows := array(select f from unnest(rows) f where f ->> 'id' <> all (stale));
  perform debrief._import_rows(source, 'analysis_feedback',
            debrief._import_feedback(debrief._import_finished(source, 'analysis_feedback', 'id', rows, options)));

  -- Segments of a stage that is yet to run are of an earlier message.
  rows := debrief._import_family(source, 'analysis_ssml_segments', ssml, 'analysis_feedback', '{feedback_id}');
  stale := array(select s ->> 'id' from unnest(rows) s join debrief.analysis_feedback f on f.id = (s ->> '_parent')::bigint
                  where f.ssml_status not in ('completed', 'failed'));
  perform debrief._import_leave(source, 'analysis_ssml_segments', stale, 'its feedback is written anew');
  perform debrief._import_rows(source, 'analysis_ssml_segments', debrief._import_ssml(array(select s from unnest(rows) s where s ->> 'id' <> all (stale))));
  rows := debrief._import_family(source, 'analysis_audio_segments', audio, 'analysis_feedback', '{feedback_id,analysis_feedback_id}');
  stale := array(select s ->> 'id' from unnest(rows) s join debrief.analysis_feedback f on f.id = (s ->> '_parent')::bigint
                  where f.audio_status not in ('completed', 'failed'));
  perform debrief._import_leave(source, 'analysis_audio_segments', stale, 'its feedback is spoken anew');
  perform debrief._import_rows(source, 'analysis_audio_segments', debrief._import_audio(
            array(select s from unnest(rows) s where s ->> 'id' <> all (stale)), options ->> 'duration_unit', options ->> 'audio_store'));
end $$;
comment on function debrief._import_take_feedback(text, jsonb[], jsonb[], jsonb[], jsonb) is 'Takes feedback, SSML and sounds of a batch.';

create or replace function debrief._import_finished(source text, relation text, id_key text, rows jsonb[], options jsonb) returns jsonb[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if options ->> 'unfinished' = 'queue' then
    return rows;
  end if;
  perform debrief._import_leave(source, relation, array(select u ->> id_key from unnest(rows) u where (u ->> '_open')::boolean),
                                'unfinished: left to the old system');
  return array(select u.o from unnest(rows) with ordinality u (o, n) where not coalesce((u.o ->> '_open')::boolean, false) order by u.n);
end $$;
comment on function debrief._import_finished(text, text, text, jsonb[], jsonb) is
  'Rows to take; with option unfinished = leave those that the old system has finished, the others are noted.';

create or replace function debrief._import_prepare(source text, options jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  wanted text;
  last_old bigint;
  last_own bigint;
begin
  perform debrief._owns_tables();
  if coalesce(options ->> 'unfinished', '') not in ('queue', 'leave') then
    raise exception 'unfinished must be "queue" or "leave"' using errcode = 'invalid_parameter_value';
  elsif coalesce(options ->> 'duration_unit', '') not in ('detect', 'seconds', 'milliseconds') then
    raise exception 'duration_unit must be "detect", "seconds" or "milliseconds"' using errcode = 'invalid_parameter_value';
  elsif coalesce((options ->> 'batch_size')::int, 0) < 1 then
    raise exception 'batch_size must be at least 1' using errcode = 'invalid_parameter_value';
  elsif options ->> 'audio_store' is not null and (debrief._server_kind(options ->> 'audio_store') is null
        or debrief._stages_served(debrief._server_kind(options ->> 'audio_store')) is not null) then
    raise exception 'store "%" does not exist', options ->> 'audio_store' using errcode = 'undefined_object',
      hint = 'Name the server that stands for the bucket of the old sounds, or leave audio_store out: they are then never deleted.';
  end if;
  foreach wanted in array array['video_recordings', 'analysis_jobs', 'analyses', 'analysis_feedback'] loop
    if coalesce((select c.relkind not in ('r', 'p') from pg_class c where c.oid = to_regclass(format('%I.%I', source, wanted))), true) then
      raise exception 'table %.% does not exist', source, wanted using errcode = 'undefined_table',
        hint = 'Name the schema of the old tables: CALL debrief.import_predecessor(''public'');';
    end if;
  end loop;
  perform debrief._predecessor_tables(), debrief._predecessor_access();
  perform debrief._import_voices(source, options ->> 'voice_server');
  -- New rows get ids beyond the old ones, which are kept free for those.
  foreach wanted in array array['video_recordings', 'analysis_jobs', 'analysis_feedback', 'analysis_ssml_segments',
                                'analysis_audio_segments', 'analysis_metrics'] loop
    continue when to_regclass(format('%I.%I', source, wanted)) is null;
    execute format('select max(id) from %I.%I', source, wanted) into last_old;
    execute format('select last_value from %s', pg_get_serial_sequence('debrief.' || wanted, 'id')) into last_own;
    if last_old > last_own then
      perform setval(pg_get_serial_sequence('debrief.' || wanted, 'id'), last_old);
    end if;
  end loop;
end $$;
comment on function debrief._import_prepare(text, jsonb) is 'Checks what import_predecessor() is asked for, and makes the tables it needs.';

create or replace function debrief._import_voices(source text, voice_server text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass(format('%I.coach_voice_configs', source)) is not null then
    execute format($v$
      insert into debrief.voices (name, provider_voice, ssml_instruction, speech_instruction)
      select o ->> 'gender' || '/' || (o ->> 'mode'), jsonb_build_object($1, o ->> 'voice_name'),
             coalesce(o ->> 'ssml_system_instruction', ''), coalesce(o ->> 'tts_system_instruction', '')
        from (select to_jsonb(t) as o from %I.coach_voice_configs t) c
      on conflict (name) do nothing $v$, source) using voice_server;
  end if;
end $$;
comment on function debrief._import_voices(text, text) is 'Old coach voices as rows of debrief.voices, named gender/mode; those that exist stay as they are.';

-- A procedure that commits cannot pin its search_path: it names everything in full, and uses no operator.
create or replace procedure debrief.import_predecessor(
  source_schema text default 'public', unfinished text default 'queue', batch_size int default 500,
  duration_unit text default 'detect', audio_store text default null, voice_server text default 'gemini', commit_batches boolean default true)
language plpgsql
as $$
declare
  options constant pg_catalog.jsonb := pg_catalog.jsonb_build_object('unfinished', unfinished, 'batch_size', batch_size,
    'duration_unit', duration_unit, 'audio_store', audio_store, 'voice_server', voice_server);
  last_id bigint := 0;
begin
  perform debrief._import_prepare(source_schema, options);
  loop
    if commit_batches then
      commit;
    end if;
    last_id := debrief._import_batch(source_schema, last_id, options);
    exit when last_id is null;
  end loop;
end $$;
comment on procedure debrief.import_predecessor(text, text, int, text, text, text, boolean) is
  'Takes the recordings, analyses, feedback, SSML and sounds of the system that came before over from its tables, by batches; may be run again. docs/migrate.md';

create or replace function debrief.import_report(source_schema text default 'public')
returns table (relation text, outcome text, reason text, rows bigint, examples text[])
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select i.relation, case when i.new_id is null then 'left' else 'taken' end, i.reason, count(*),
         (array_agg(i.old_id order by i.imported_at, i.old_id))[1:5]
    from debrief.imported_rows i
   where i.source = source_schema
   group by 1, 2, 3
   order by array_position('{video_recordings,analysis_jobs,analyses,analysis_feedback,analysis_ssml_segments,analysis_audio_segments,analysis_metrics}', i.relation),
            2 desc, 3 nulls first;
$$;
comment on function debrief.import_report(text) is
  'What import_predecessor() took, and left, and why: rows, and the old ids of some. Each row is in debrief.imported_rows';

grant execute on function debrief.import_report(text) to debrief_admin, debrief_reader;

