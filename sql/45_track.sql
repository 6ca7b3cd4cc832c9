-- track(): the trigger of 45_track_upload.sql, put on a table.

-- A column, or a key of a json column: what _upload_value() accepts.
create or replace function debrief._check_upload_column(uploads regclass, argument text, name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  kind text;
begin
  if exists (select from pg_attribute a where a.attrelid = uploads and not a.attisdropped and a.attname in (name, split_part(name, '.', 1))
                                          and a.attgenerated = 'v') then
    raise exception 'column "%" of table % is generated and not stored', split_part(name, '.', 1), uploads
      using errcode = 'wrong_object_type', hint = 'A trigger does not see its value: make it GENERATED ALWAYS AS (...) STORED.';
  elsif coalesce(name, '') = ''
     or exists (select from pg_attribute a where a.attrelid = uploads and a.attnum > 0 and not a.attisdropped and a.attname = name) then
    return;
  end if;
  select format_type(a.atttypid, null) into kind from pg_attribute a
   where a.attrelid = uploads and a.attnum > 0 and not a.attisdropped and a.attname = split_part(name, '.', 1);
  if not found then
    raise exception 'column "%" of table % does not exist', split_part(name, '.', 1), uploads
      using errcode = 'undefined_column',
            hint = format('%s names a column, or a key of a json column such as "metadata.size". Columns: %s.', argument,
              (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
                where a.attrelid = uploads and a.attnum > 0 and not a.attisdropped));
  elsif kind not in ('json', 'jsonb') then
    raise exception 'column "%" of table % is of type %', split_part(name, '.', 1), uploads, kind
      using errcode = 'wrong_object_type', hint = format('%s names a key in it: that needs type jsonb.', argument);
  end if;
end $$;
comment on function debrief._check_upload_column(regclass, text, text) is 'Error unless the table has the column that an argument of debrief.track() names.';
grant execute on function debrief._check_upload_column(regclass, text, text) to debrief_admin;

-- Runs with the caller's rights: CREATE TRIGGER needs those of the table's owner, or TRIGGER on it.
create or replace function debrief.track(
  uploads regclass, user_column text default 'user_id', path_column text default 'storage_path',
  status_column text default 'upload_status', done text default 'completed', key_column text default 'id',
  uploading text default null, failed text default null, filename text default null, format text default null,
  size text default null, duration text default null, progress text default null, metadata text default null,
  voice text default null, transcript text default null, strip text default null, prefix text default null,
  source text default null)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  columns constant jsonb := jsonb_build_object(
    'user_column', track.user_column, 'path_column', track.path_column, 'status_column', track.status_column,
    'key_column', track.key_column, 'filename', track.filename, 'format', track.format, 'size', track.size,
    'duration', track.duration, 'progress', track.progress, 'metadata', track.metadata, 'voice', track.voice,
    'transcript', track.transcript);
  options constant jsonb := jsonb_strip_nulls(jsonb_build_object(
    'uploading', track.uploading, 'failed', track.failed, 'filename', track.filename, 'format', track.format,
    'size', track.size, 'duration', track.duration, 'progress', track.progress, 'metadata', track.metadata,
    'voice', track.voice, 'transcript', track.transcript, 'strip', track.strip, 'prefix', track.prefix,
    'source', track.source));
  places constant text[] := array[track.user_column, track.path_column, track.status_column, track.done, track.key_column];
  other_trigger text;
  list text;
begin
  if track.uploads is null or array_position(places, null) is not null or '' in (track.path_column, track.key_column) then
    raise exception 'uploads, user_column, path_column, status_column, done and key_column must be given'
      using errcode = 'null_value_not_allowed',
            hint = 'user_column => '''': the path begins with the user''s id. status_column => '''': each row is a finished upload.';
  elsif not exists (select from pg_class c where c.oid = track.uploads and c.relkind in ('r', 'p')) then
    raise exception '% is not a table', track.uploads using errcode = 'wrong_object_type',
      hint = 'Name the table that holds a row for each upload.';
  end if;
  perform debrief._check_upload_column(track.uploads, c.key, c.value) from jsonb_each_text(columns) c;
  foreach list in array array[track.done, track.uploading, track.failed, track.strip] loop
    perform debrief._upload_is('', list);  -- an error unless "{...}" is a list
  end loop;
  select quote_ident(t.tgname) into other_trigger from pg_trigger t
   where t.tgrelid = track.uploads and t.tgfoid = 'debrief.track_upload()'::regprocedure and t.tgname <> 'debrief';
  if found then
    raise exception 'table % is tracked by trigger % already', track.uploads, other_trigger
      using errcode = 'duplicate_object', hint = pg_catalog.format('DROP TRIGGER %s ON %s;', other_trigger, track.uploads);
  end if;
  execute pg_catalog.format('create or replace trigger debrief after insert or update or delete on %s for each row execute function debrief.track_upload(%s)',
    track.uploads,
    (select string_agg(quote_literal(a.value), ', ' order by a.n)
       from unnest(places || array(select o.key || '=' || o.value from jsonb_each_text(options) o)) with ordinality as a (value, n)));
  return (select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = track.uploads and t.tgname = 'debrief');
end $$;
comment on function debrief.track(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text) is
  'Mirrors a table of uploads into debrief.video_recordings by a trigger "debrief" that calls track_upload(); checks the columns that are named, and returns the trigger''s definition. May be called again with other arguments; DROP TRIGGER debrief ON the table ends it.';
grant execute on function debrief.track(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text) to debrief_admin;
