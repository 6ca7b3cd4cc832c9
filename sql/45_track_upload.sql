-- An application's own table of uploads: its trigger takes up to five arguments by their place, then
-- options 'name=value'. Trigger functions run as whoever writes the upload.

create or replace function debrief._upload_options() returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select array['uploading', 'failed', 'filename', 'format', 'size', 'duration', 'progress', 'metadata', 'voice',
               'transcript', 'strip', 'prefix', 'source'];
$$;
comment on function debrief._upload_options() is 'The options of debrief.track_upload().';
grant execute on function debrief._upload_options() to debrief_app, debrief_admin, debrief_worker;

-- Five arguments by their place, then options; an option may stand where places are left out.
create or replace function debrief._upload_arguments(given text[], out places text[], out options jsonb)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  select coalesce(array_agg(g.a order by g.n) filter (where not g.is_option), '{}'),
         coalesce(jsonb_object_agg(split_part(g.a, '=', 1), substr(g.a, strpos(g.a, '=') + 1)) filter (where g.is_option), '{}')
    into places, options
    from (select u.a, u.n, u.n > 3 and strpos(u.a, '=') > 0
                           and split_part(u.a, '=', 1) = any (debrief._upload_options()) as is_option
            from unnest(given) with ordinality as u (a, n)) g;
  if cardinality(places) < 3 then
    raise exception 'debrief.track_upload() needs the names of three columns' using errcode = 'invalid_parameter_value',
      hint = 'EXECUTE FUNCTION debrief.track_upload(''user_id'', ''storage_path'', ''upload_status'' [, ''done value'' [, ''id'']] [, ''option=value'' ...])';
  elsif cardinality(places) > 5 then
    raise exception 'debrief.track_upload() has no option "%"', places[6] using errcode = 'invalid_parameter_value',
      hint = format('Options are: %s.', array_to_string(debrief._upload_options(), ', '));
  end if;
end $$;
comment on function debrief._upload_arguments(text[]) is 'Sorts the arguments of a trigger debrief.track_upload().';
grant execute on function debrief._upload_arguments(text[]) to debrief_app, debrief_admin, debrief_worker;

-- A misspelled name must not read as null for ever.
create or replace function debrief._upload_value(row_json jsonb, name text) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  way constant text[] := string_to_array(name, '.');
begin
  if coalesce(name, '') = '' then
    return null;
  elsif row_json ? name then
    return nullif(row_json -> name, 'null');
  elsif not row_json ? way[1] then
    raise exception 'column "%" does not exist', way[1] using errcode = 'undefined_column',
      hint = 'The arguments of trigger debrief.track_upload() name columns of its table.';
  end if;
  return nullif(row_json #> way, 'null');
end $$;
comment on function debrief._upload_value(jsonb, text) is
  'What a row says in a column, or in a key of a json column: "metadata.size".';
grant execute on function debrief._upload_value(jsonb, text) to debrief_app, debrief_admin, debrief_worker;

create or replace function debrief._upload_is(value text, wanted text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(case when wanted = '*' then value is not null
                       when wanted like '{%}' then value = any (wanted::text[])
                       else value = wanted end, false);
$$;
comment on function debrief._upload_is(text, text) is
  'Whether a status is the wanted one: a value, several as {a,b}, or * for any that is not null.';
grant execute on function debrief._upload_is(text, text) to debrief_app, debrief_admin, debrief_worker;

create or replace function debrief._upload_path(path text, options jsonb) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when path = '' then '' else coalesce(options ->> 'prefix', '') || coalesce(
           (select substr(path, length(s) + 1)
              from unnest(case when options ->> 'strip' like '{%}' then (options ->> 'strip')::text[]
                               else array[options ->> 'strip'] end) s
             where starts_with(path, s) order by length(s) desc limit 1), path) end;
$$;
comment on function debrief._upload_path(text, jsonb) is
  'The path of a recording in its store: what option "strip" names is taken from its head, "prefix" put there.';
grant execute on function debrief._upload_path(text, jsonb) to debrief_app, debrief_admin, debrief_worker;

create or replace function debrief._upload_metadata(row_json jsonb, options jsonb) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when jsonb_typeof(kept) = 'object' then kept else '{}' end || jsonb_strip_nulls(jsonb_build_object(
           'voice', debrief._upload_value(row_json, options ->> 'voice') #>> '{}',
           'transcript', debrief._upload_value(row_json, options ->> 'transcript') #>> '{}'))
    from (select case when options ? 'metadata' then debrief._upload_value(row_json, options ->> 'metadata')
                      else row_json -> 'metadata' end as kept) m;
$$;
comment on function debrief._upload_metadata(jsonb, jsonb) is 'The metadata of a recording: the upload''s own, its voice and transcript.';
grant execute on function debrief._upload_metadata(jsonb, jsonb) to debrief_app, debrief_admin, debrief_worker;

-- What a row of an application's table says of a recording. `source` is the label of that table.
create or replace function debrief._upload_of(row_json jsonb, places text[], options jsonb, inout source text,
  out user_id uuid, out storage_path text, out upload_status text, out original_filename text, out format text,
  out file_size bigint, out duration_seconds numeric, out upload_progress int, out metadata jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  key constant text := debrief._upload_value(row_json, coalesce(places[5], 'id')) #>> '{}';
  state constant text := debrief._upload_value(row_json, places[3]) #>> '{}';
begin
  if key is null then
    raise exception 'an upload has no key' using errcode = 'not_null_violation',
      hint = 'Name the key column in the fifth argument of trigger debrief.track_upload().';
  end if;
  source := coalesce(options ->> 'source', source) || ':' || key;
  storage_path := debrief._upload_path(coalesce(debrief._upload_value(row_json, places[2]) #>> '{}', ''), options);
  user_id := coalesce(case when places[1] = '' then substring(storage_path from '^([0-9a-fA-F-]{36})/')
                           else debrief._upload_value(row_json, places[1]) #>> '{}' end::uuid, debrief.current_user_id());
  upload_status := case when places[3] = '' or debrief._upload_is(state, coalesce(places[4], 'completed')) then 'completed'
                        when debrief._upload_is(state, options ->> 'failed') then 'failed'
                        when debrief._upload_is(state, options ->> 'uploading') then 'uploading'
                        else 'pending' end;
  original_filename := debrief._upload_value(row_json, options ->> 'filename') #>> '{}';
  format := debrief._upload_value(row_json, options ->> 'format') #>> '{}';
  file_size := debrief._upload_value(row_json, options ->> 'size') #>> '{}';
  duration_seconds := debrief._upload_value(row_json, options ->> 'duration') #>> '{}';
  upload_progress := least(100, greatest(0, round((debrief._upload_value(row_json, options ->> 'progress') #>> '{}')::numeric)));
  metadata := debrief._upload_metadata(row_json, options);
end $$;
comment on function debrief._upload_of(jsonb, text[], jsonb, text) is 'A row of an application''s table, as a recording.';
grant execute on function debrief._upload_of(jsonb, text[], jsonb, text) to debrief_app, debrief_admin, debrief_worker;

create or replace function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  arguments record;
  before record;
  upload record;
  label constant text := format('%I.%I', tg_table_schema, tg_table_name);
begin
  if tg_when <> 'AFTER' or tg_level <> 'ROW' then
    raise exception 'debrief.track_upload() must be fired AFTER, FOR EACH ROW' using errcode = 'trigger_protocol_violated',
      hint = 'CREATE TRIGGER ... AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH ROW EXECUTE FUNCTION debrief.track_upload(...);';
  end if;
  select * into arguments from debrief._upload_arguments(array(select unnest(tg_argv)));
  if tg_op <> 'INSERT' then
    select * into before from debrief._upload_of(to_jsonb(old), arguments.places, arguments.options, label);
  end if;
  if tg_op = 'DELETE' then
    delete from debrief.video_recordings r where r.source = before.source and r.user_id = before.user_id;
    return null;
  end if;
  select * into upload from debrief._upload_of(to_jsonb(new), arguments.places, arguments.options, label);
  if tg_op = 'UPDATE' then
    if upload.user_id is distinct from before.user_id then
      raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
        hint = 'The user of an upload cannot change: delete the row and insert it anew.';
    end if;
  end if;
  for tries in 1 .. 2 loop  -- another session may have inserted it meanwhile
    update debrief.video_recordings r
       set storage_path = upload.storage_path, upload_status = upload.upload_status, metadata = upload.metadata,
           original_filename = coalesce(upload.original_filename, r.original_filename),
           format = coalesce(upload.format, r.format), file_size = coalesce(upload.file_size, r.file_size),
           duration_seconds = coalesce(upload.duration_seconds, r.duration_seconds),
           upload_progress = coalesce(upload.upload_progress, r.upload_progress)
     where r.source = upload.source and r.user_id = upload.user_id;
    if found then
      return null;
    end if;
    insert into debrief.video_recordings (user_id, storage_path, upload_status, source, metadata, original_filename,
                                          format, file_size, duration_seconds, upload_progress)
    values (upload.user_id, upload.storage_path, upload.upload_status, upload.source, upload.metadata, upload.original_filename,
            upload.format, upload.file_size, upload.duration_seconds, coalesce(upload.upload_progress, 0))
    on conflict do nothing;
    if found then
      return null;
    end if;
  end loop;
  raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege';
end $$;
comment on function debrief.track_upload() is
  'Trigger for an application''s own table of uploads, AFTER INSERT OR UPDATE [OR DELETE] FOR EACH ROW: mirrors it into debrief.video_recordings. Arguments: columns of user, path and status, then the status that means done, the key column, and options (docs/existing-applications.md)';
grant execute on function debrief.track_upload() to debrief_admin, debrief_worker;
