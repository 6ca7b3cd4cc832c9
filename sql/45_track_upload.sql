-- An application's own table of uploads: its trigger takes up to five positional arguments, then
-- options 'name=value'. Trigger functions run as the role that writes the upload.

create or replace function debrief._upload_options() returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select array['uploading', 'failed', 'filename', 'format', 'size', 'duration', 'progress', 'metadata', 'voice',
               'transcript', 'strip', 'prefix', 'source'];
$$;
comment on function debrief._upload_options() is 'The options of debrief.track_upload().';
grant execute on function debrief._upload_options() to debrief_app, debrief_admin, debrief_worker;

-- Five positional arguments, then options; an option may follow once positional ones are omitted.
create or replace function debrief._upload_arguments(given text[], out places text[], out options jsonb)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
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

-- A column of type json may hold what jsonb cannot: \u0000, and half of a surrogate pair, as where a text was cut within
-- an emoji. The alternatives that are kept go first: pairs, and all other escapes.
create or replace function debrief._as_jsonb(written json) returns jsonb
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when strpos(_as_jsonb.written::text, E'\\u') = 0 then _as_jsonb.written::jsonb
              else regexp_replace(_as_jsonb.written::text,
                E'(\\\\ud[89ab]..\\\\ud[c-f]..|\\\\[^u]|\\\\u(?!0000|d[89a-f])....)|\\\\u(?:0000|d[89a-f]..)', E'\\1', 'gi')::jsonb end;
$$;
comment on function debrief._as_jsonb(json) is 'The same as jsonb, without the characters that jsonb cannot hold.';
grant execute on function debrief._as_jsonb(json) to debrief_app, debrief_admin, debrief_worker;

-- A misspelled name must not silently read as null.
create or replace function debrief._upload_value(row_json jsonb, name text) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
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
  'The value of a column, or of a key of a json column: "metadata.size".';
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

-- A recording from a row of an application's table. `source` is the label of that table.
create or replace function debrief._upload_of(row_json jsonb, places text[], options jsonb, inout source text,
  out user_id uuid, out storage_path text, out upload_status text, out original_filename text, out format text,
  out file_size bigint, out duration_seconds numeric, out upload_progress int, out metadata jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
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
  file_size := round((debrief._upload_value(row_json, options ->> 'size') #>> '{}')::numeric);
  duration_seconds := debrief._upload_value(row_json, options ->> 'duration') #>> '{}';
  upload_progress := least(100, greatest(0, round((debrief._upload_value(row_json, options ->> 'progress') #>> '{}')::numeric)));
  metadata := debrief._upload_metadata(row_json, options);
end $$;
comment on function debrief._upload_of(jsonb, text[], jsonb, text) is 'A row of an application''s table, as a recording.';
grant execute on function debrief._upload_of(jsonb, text[], jsonb, text) to debrief_app, debrief_admin, debrief_worker;

-- An UPDATE that moves a row between partitions fires DELETE here and INSERT there, both after the row has moved.
create or replace function debrief._upload_elsewhere(root regclass, key text, row_json jsonb) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  look text;
  found_row jsonb;
begin
  select format('select debrief._as_jsonb(row_to_json(t.*)) from %1$s t where t.%2$I = ($1 ->> %2$L)::%3$s limit 1', root, key, format_type(a.atttypid, a.atttypmod))
    into look from pg_attribute a where a.attrelid = root and a.attname = key;
  if found then
    execute look into found_row using row_json;
  end if;
  return found_row;
end $$;
comment on function debrief._upload_elsewhere(regclass, text, jsonb) is 'The row of a partitioned table that has this row''s key; null when there is none.';
grant execute on function debrief._upload_elsewhere(regclass, text, jsonb) to debrief_app, debrief_admin, debrief_worker;

-- As delete_recording(), but that the source is not kept: its row is gone.
create or replace function debrief._delete_upload(source text, user_id uuid) returns void
language sql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
  delete from debrief.video_recordings r
   where r.source = _delete_upload.source and r.user_id = _delete_upload.user_id and debrief._may_act_on(r.user_id);
$$;
comment on function debrief._delete_upload(text, uuid) is 'Deletes the recording of an upload of the caller, with all that was made of it.';
alter function debrief._delete_upload(text, uuid) owner to debrief_admin;
grant execute on function debrief._delete_upload(text, uuid) to debrief_app, debrief_admin, debrief_worker;

create or replace function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp set quote_all_identifiers = off  -- the source must be the same for every session
as $$
#variable_conflict use_variable
declare
  arguments record;
  before record;
  upload record;
  root constant regclass := pg_partition_root(tg_relid);  -- null unless it is a partition
  label constant text := coalesce(root::text, format('%I.%I', tg_table_schema, tg_table_name));
  moved jsonb;
  is_same_video boolean := false;
begin
  if tg_when <> 'AFTER' or tg_level <> 'ROW' then
    raise exception 'debrief.track_upload() must be fired AFTER, FOR EACH ROW' using errcode = 'trigger_protocol_violated',
      hint = 'CREATE TRIGGER ... AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH ROW EXECUTE FUNCTION debrief.track_upload(...);';
  end if;
  select * into arguments from debrief._upload_arguments(array(select unnest(tg_argv)));
  if tg_op <> 'INSERT' then
    select * into before from debrief._upload_of(debrief._as_jsonb(row_to_json(old)), arguments.places, arguments.options, label);
  end if;
  if tg_op = 'DELETE' then
    moved := case when root is not null then debrief._upload_elsewhere(root, coalesce(arguments.places[5], 'id'), debrief._as_jsonb(row_to_json(old))) end;
    if moved is not null
       and (select u.user_id = before.user_id from debrief._upload_of(moved, arguments.places, arguments.options, label) u) then
      perform set_config('debrief.moved_upload', before.source, true);  -- for the INSERT, which is fired next
      return null;
    end if;
    if has_table_privilege('debrief.video_recordings', 'delete') then
      delete from debrief.video_recordings r where r.source = before.source and r.user_id = before.user_id;
    elsif before.user_id is distinct from debrief.current_user_id() then
      raise exception 'this role may not delete what was made of this upload' using errcode = 'insufficient_privilege',
        hint = 'It deletes for the user of the request only; grant debrief_admin to a role that deletes for all.';
    else
      perform debrief._delete_upload(before.source, before.user_id);
    end if;
    -- No update of the row can follow. An application's role may not: it would name sources of others.
    if has_table_privilege('debrief.removed_sources', 'delete') then
      delete from debrief.removed_sources s where s.source = before.source;
    end if;
    return null;
  end if;
  select * into upload from debrief._upload_of(debrief._as_jsonb(row_to_json(new)), arguments.places, arguments.options, label);
  if tg_op = 'UPDATE' then
    if upload.user_id is distinct from before.user_id then
      raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege',
        hint = 'The user of an upload cannot change: delete the row and insert it again.';
    end if;
    is_same_video := upload.storage_path is not distinct from before.storage_path;
  elsif current_setting('debrief.moved_upload', true) = upload.source then
    is_same_video := true;
    perform set_config('debrief.moved_upload', '', true);
  end if;
  for tries in 1 .. 2 loop  -- another session may have inserted it meanwhile
    update debrief.video_recordings r
       set storage_path = upload.storage_path, upload_status = upload.upload_status, metadata = upload.metadata,
           original_filename = coalesce(upload.original_filename, r.original_filename),
           format = coalesce(upload.format, r.format), file_size = coalesce(upload.file_size, r.file_size),
           duration_seconds = coalesce(upload.duration_seconds, r.duration_seconds),
           upload_progress = coalesce(upload.upload_progress, r.upload_progress)
     where r.source = upload.source and r.user_id = upload.user_id;
    if found or (is_same_video and debrief._was_removed(upload.source)) then
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
