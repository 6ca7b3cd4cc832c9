-- Old rows: how they are read, taken and noted.

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
