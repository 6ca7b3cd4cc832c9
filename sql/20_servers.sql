-- Servers and stages: what is configured, and what of it the worker reads.

create or replace function debrief._fdw_validator(options text[], catalog oid) returns void
language c strict as 'MODULE_PATHNAME', 'debrief_fdw_validator';
comment on function debrief._fdw_validator(text[], oid) is
  'Checks the options of CREATE SERVER ... FOREIGN DATA WRAPPER debrief.';
grant execute on function debrief._fdw_validator(text[], oid) to debrief_worker;

do $wrapper$
begin
  if not exists (select from pg_catalog.pg_foreign_data_wrapper where fdwname operator(pg_catalog.=) 'debrief') then
    create foreign data wrapper debrief validator debrief._fdw_validator;
  end if;
end $wrapper$;
comment on foreign data wrapper debrief is
  'pg_debrief: each provider and each store is a server of this wrapper; option "kind" says which';
grant usage on foreign data wrapper debrief to debrief_admin;

create or replace function debrief._server_kind(server_name text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return (
    select o.option_value
      from pg_foreign_server s
      join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
     cross join lateral pg_options_to_table(s.srvoptions) o
     where s.srvname = server_name and o.option_name = 'kind');
end $$;
comment on function debrief._server_kind(text) is 'The kind of a server of ours; null when there is none.';
grant execute on function debrief._server_kind(text) to debrief_reader, debrief_admin, debrief_worker;

-- PL/pgSQL, as _cost(): PostgreSQL keeps the plans of its functions; of those of language sql from version 18 on.
create or replace function debrief._server_options(server_name text) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return (
    select jsonb_object_agg(o.option_name, o.option_value)
      from pg_foreign_server s
      join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
     cross join lateral pg_options_to_table(s.srvoptions) o
     where s.srvname = server_name);
end $$;
comment on function debrief._server_options(text) is 'The options of a server of ours.';
grant execute on function debrief._server_options(text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._cost(
  options jsonb, input_tokens numeric, output_tokens numeric, characters numeric, audio_ms numeric) returns numeric
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return trim_scale(  -- a division adds twenty zeros
         coalesce(input_tokens * (options ->> 'price_per_million_input_tokens')::numeric, 0) / 1000000
       + coalesce(output_tokens * (options ->> 'price_per_million_output_tokens')::numeric, 0) / 1000000
       + coalesce(characters * (options ->> 'price_per_million_characters')::numeric, 0) / 1000000
       + coalesce(audio_ms * (options ->> 'price_per_audio_minute')::numeric, 0) / 60000);
end $$;
comment on function debrief._cost(jsonb, numeric, numeric, numeric, numeric) is 'What so much use costs at the prices among a server''s options.';
grant execute on function debrief._cost(jsonb, numeric, numeric, numeric, numeric) to debrief_worker;

create or replace function debrief._cost_per_day(server_name text) returns numeric
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select o.option_value::numeric
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
   cross join lateral pg_options_to_table(s.srvoptions) o
   where s.srvname = server_name and o.option_name = 'cost_per_day';
$$;
comment on function debrief._cost_per_day(text) is 'What a server may cost in a day (UTC); null when it has no such budget.';
grant execute on function debrief._cost_per_day(text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._stages_served(kind text) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(l.stage order by l.place) from debrief._stages() l where _stages_served.kind = any (string_to_array(l.kinds, ' '));
$$;
comment on function debrief._stages_served(text) is 'The stages that servers of a kind can serve; null when it is a store.';
grant execute on function debrief._stages_served(text) to debrief_reader, debrief_admin, debrief_worker;

-- As NeedsVideo() in core/services: what looks at no recording needs no store of them.
create or replace function debrief._needs_store(stage text, server text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select case _needs_store.stage
         when 'audio' then true
         when 'analysis' then k.kind is distinct from 'fake'
                              and not (k.kind is not distinct from 'openai'
                                       and coalesce(debrief._server_options(_needs_store.server) ->> 'video_input', 'transcript') = 'transcript')
         else false end
    from (select debrief._server_kind(_needs_store.server) as kind) k;
$$;
comment on function debrief._needs_store(text, text) is 'Whether a stage works with a store only, as this server serves it.';
grant execute on function debrief._needs_store(text, text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._known_stage(stage_name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if debrief._stage_place(stage_name) is null then
    raise exception 'unknown stage "%"', stage_name using errcode = 'invalid_parameter_value',
      hint = format('Use one of %s.', (select string_agg(quote_literal(l.stage), ', ' order by l.place) from debrief._stages() l));
  end if;
end $$;
comment on function debrief._known_stage(text) is 'Error unless it is the name of a stage.';
grant execute on function debrief._known_stage(text) to debrief_admin, debrief_worker;

create or replace function debrief._stage_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  server_kind text;
begin
  -- What is named already may be gone: that must not keep anybody from pausing the stage.
  if new.server is not null and (new.stage, new.server) is distinct from (old.stage, old.server) then
    server_kind := debrief._server_kind(new.server);
    if server_kind is null then
      raise exception 'server "%" does not exist', new.server using errcode = 'undefined_object',
        hint = 'CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''http'', base_url ''http://...'');';
    elsif debrief._stages_served(server_kind) is null then
      raise exception 'server "%" is a store (kind "%"), not a provider', new.server, server_kind
        using errcode = 'invalid_parameter_value', hint = 'Name it in the column "store".';
    elsif debrief._stage_place(new.stage) is not null and new.stage <> all (debrief._stages_served(server_kind)) then
      raise exception 'kind "%" cannot serve stage "%"', server_kind, new.stage
        using errcode = 'invalid_parameter_value',
              hint = format('It serves: %s.', array_to_string(debrief._stages_served(server_kind), ', '));
    end if;
  end if;
  if new.store is not null and (new.stage, new.store) is distinct from (old.stage, old.store) then
    server_kind := debrief._server_kind(new.store);
    if server_kind is null then
      raise exception 'store "%" does not exist', new.store using errcode = 'undefined_object',
        hint = 'CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''directory'', path ''/...'');';
    elsif debrief._stages_served(server_kind) is not null then
      raise exception 'server "%" is a provider (kind "%"), not a store', new.store, server_kind
        using errcode = 'invalid_parameter_value', hint = 'Name it in the column "server".';
    elsif new.stage = 'analysis' and server_kind = 'database' then
      raise exception 'kind "database" keeps audio, not recordings'
        using errcode = 'invalid_parameter_value',
              hint = 'Use a store of kind "directory", "supabase" or "s3" for stage "analysis".';
    elsif debrief._stage_place(new.stage) is not null and not debrief._needs_store(new.stage, null) then
      raise exception 'stage "%" has no store', new.stage using errcode = 'invalid_parameter_value',
        hint = case new.stage when 'ssml' then 'SSML is kept in debrief.analysis_ssml_segments.' else 'It stores nothing.' end;
    end if;
  end if;
  return new;
end $$;
comment on function debrief._stage_check() is 'Trigger: a stage may only name servers that can serve it.';
grant execute on function debrief._stage_check() to debrief_worker;

-- The functions that are inlined into others pin no search_path, so they name all of it.
create or replace function debrief._in_rollout(user_id uuid, percent int) returns boolean
language sql immutable parallel safe
as $$
  select percent operator(pg_catalog.>=) 100
      or pg_catalog.abs(pg_catalog.hashtextextended(user_id::pg_catalog.text, 0) operator(pg_catalog.%) 100::bigint)
         operator(pg_catalog.<) percent;
$$;
comment on function debrief._in_rollout(uuid, int) is 'Whether the user is among the first `percent` of all users.';
grant execute on function debrief._in_rollout(uuid, int) to debrief_reader, debrief_admin, debrief_worker;

-- What the worker needs to know, one row per stage. Read when something of it changed.
create or replace function debrief._load_config()
returns table (stage text, server text, kind text, options jsonb, store text, store_kind text,
               store_options jsonb, max_attempts int, backoff_base_ms bigint,
               backoff_cap_ms bigint, timeout_ms bigint, max_in_flight int, instruction text,
               paused boolean, parked_ms bigint, failures int, store_parked_ms bigint, store_failures int)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select s.stage, s.server, debrief._server_kind(s.server), debrief._server_options(s.server),
         s.store, debrief._server_kind(s.store), debrief._server_options(s.store),
         s.max_attempts, s.backoff_base_ms::bigint, s.backoff_cap_ms::bigint,
         s.timeout_ms::bigint, s.max_in_flight, s.instruction,
         s.paused or coalesce(t.paused, false) or coalesce(u.paused, false) or debrief._is_copy(),
         greatest(0, ceil(extract(epoch from t.parked_until - clock_timestamp()) * 1000))::bigint,
         coalesce(t.failures, 0),
         greatest(0, ceil(extract(epoch from u.parked_until - clock_timestamp()) * 1000))::bigint,
         coalesce(u.failures, 0)
    from debrief.stages s
    left join debrief.server_states t on t.server = s.server and t.stage = s.stage
    left join debrief.server_states u on u.server = s.store and u.stage = s.stage
   order by s.stage;
$$;
comment on function debrief._load_config() is 'Worker: the stages with their servers, stores and state.';
grant execute on function debrief._load_config() to debrief_worker;
