-- What keeps a stage's rows from being processed: read by stage_status, pipeline_status, explain() and
-- check_installation(), so that all of them give the same reason and the same hint.

create or replace function debrief._key_file_fix(problem text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select 'Make it a file of lines "name host[:port] secret", owned by the server''s user, with mode 0400; then SELECT pg_reload_conf();'
   where _key_file_fix.problem like '%the key file cannot be used:%';
$$;
comment on function debrief._key_file_fix(text) is 'What to do about a key file that cannot be used; null when the problem is another.';
grant execute on function debrief._key_file_fix(text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._process_problems()
returns table (object text, state text, reason text, hint text, since timestamptz, stops_all boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  database_list constant text := coalesce(current_setting('pg_debrief.databases', true), '');
  here constant oid := (select d.oid from pg_database d where d.datname = current_database());
  runs boolean;
  is_outside boolean;
begin
  if exists (select from debrief._workers() w where w.process = 'launcher' and w.state = 'standby') then
    return query select null::text, 'standby', 'this server is a standby', 'It processes rows once it is promoted.', null::timestamptz, true;
    return;
  end if;
  select coalesce(bool_or(w.state = 'running'), false), coalesce(bool_or(w.host is not null), false) into runs, is_outside
    from debrief._workers() w where w.database = here;
  -- Workers outside the server are not switched by its settings.
  if not runs and not is_outside and not current_setting('pg_debrief.enabled')::boolean then
    return query select 'workers', 'switched off', 'are switched off',
      'ALTER SYSTEM SET pg_debrief.enabled = on; SELECT pg_reload_conf();', null::timestamptz, true;
    return;
  elsif not runs and not is_outside and database_list ~ '[^[:space:],]'
    and current_database() <> all (regexp_split_to_array(database_list, '^[[:space:]]+|[[:space:]]*,[[:space:]]*|[[:space:]]+$')) then
    return query select 'workers', 'database not listed', 'work in the databases of pg_debrief.databases only: not in this one',
      format('ALTER SYSTEM SET pg_debrief.databases = %L; SELECT pg_reload_conf();', database_list || ', ' || current_database()),
      null::timestamptz, true;
    return;
  end if;
  return query
  select concat_ws(' ', w.process, w.ordinal::text), 'no worker', concat_ws(': ', w.state, nullif(w.last_error, '')),
         coalesce(debrief._key_file_fix(w.last_error), substring(w.last_error from '(?:SELECT|ALTER) .*;'), 'See the server''s log; it is retried automatically.'),
         w.since, w.database is not null and not runs
    from debrief._workers() w
   where (w.process = 'launcher' or w.database = here)
     and (w.state <> all (array['running', 'starting']) or w.last_error <> '');
  if not exists (select from debrief._workers() w where w.database = here) then
    return query
    select 'workers', 'no worker', case when d.datistemplate then 'do not work in a template' else 'none is running in this database' end,
           case when d.datistemplate then format('ALTER DATABASE %I IS_TEMPLATE false; ', d.datname) else '' end || 'SELECT debrief._wake(), pg_reload_conf();',
           null::timestamptz, true
      from pg_database d where d.oid = here;
  end if;
exception when object_not_in_prerequisite_state then
  return query select 'library', 'not loaded', 'is not loaded by the server: rows are not processed',
    'Add pg_debrief to shared_preload_libraries, and restart the server.', null::timestamptz, true;
end $$;
comment on function debrief._process_problems() is
  'What is wrong with launcher and workers; stops_all: no row of this database is processed meanwhile.';
grant execute on function debrief._process_problems() to debrief_reader, debrief_admin, debrief_worker;

-- As AdviceAfterTest() in core/policy/advice.cpp: test_server() gives the same advice.
create or replace function debrief._server_hint(server_name text, failure_code text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select case
      when failure_code = 'no_key'
      then 'Add the key to the file that pg_debrief.key_file names; then SELECT pg_reload_conf();'
      else concat_ws(' ', case
          when failure_code = 'unauthorized' then 'Check the option "key", the key file''s line for it and its host.'
          when failure_code in ('unreachable', 'unavailable', 'connection_broken') then 'Check base_url, name service, firewall and certificate (pg_debrief.ca_file).'
          when failure_code = 'address_not_allowed' then 'List the host in pg_debrief.allowed_hosts if it is meant to be called.'
          when failure_code in ('request_refused', 'not_configured', 'model_not_found', 'bucket_not_found', 'redirected', 'endpoint_not_found')
          then 'Check the server''s options: docs/providers.md lists them.'
          when failure_code = 'store_unavailable' then 'Check the store''s options, and that the server may read and write there.'
          when failure_code = 'quota_exhausted' then 'Buy more, or wait.'
          when failure_code = 'rate_limited' then 'It answers, but is busy: lower max_in_flight or calls_per_minute.' end,
        format('It is retried automatically; SELECT debrief.resume_server(%L); retries at once.', server_name)) end;
$$;
comment on function debrief._server_hint(text, text) is 'What to do about a server that is parked with this code.';
grant execute on function debrief._server_hint(text, text) to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._limits()
returns table (server text, limit_name text, allowed numeric, used numeric, resets_at timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query
  with today as (select (now() at time zone 'UTC')::date as day),
  used as (
    select u.server, sum(u.input_tokens + u.output_tokens)::bigint as tokens, sum(u.characters)::bigint as characters, sum(u.cost) as cost
      from debrief.server_usage u where u.day = (select day from today) group by u.server),
  minute as (  -- as _grant_calls() counts
    select l.server, m.burst, m.per_second,
           least(m.burst, l.allowance + extract(epoch from clock_timestamp() - l.allowance_at) * m.per_second) as allowance
      from debrief.server_limits l
     cross join lateral (select (debrief._server_options(l.server) ->> 'calls_per_minute')::numeric as calls) o
     cross join lateral (select ceil(o.calls / 10) as burst, (o.calls - (ceil(o.calls / 10) - 1)) / 60 as per_second) m
     where l.allowance_at > '-infinity' and o.calls is not null)
  select s.srvname::text, o.option_name, o.option_value::numeric,
         coalesce(case o.option_name when 'calls_per_day' then case when l.day = today.day then l.day_calls end
                                     when 'tokens_per_day' then u.tokens
                                     when 'characters_per_day' then u.characters
                                     when 'cost_per_day' then u.cost
                                     else case when m.allowance < 1 then o.option_value::numeric end end, 0),
         case when o.option_name <> 'calls_per_minute' then (today.day + 1)::timestamp at time zone 'UTC'
              when m.allowance < 1 then clock_timestamp() + (1 - m.allowance) / m.per_second * interval '1 second' end
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
   cross join today
   cross join lateral pg_options_to_table(s.srvoptions) o
    left join debrief.server_limits l on l.server = s.srvname
    left join used u on u.server = s.srvname
    left join minute m on m.server = s.srvname
   where o.option_name in ('calls_per_minute', 'calls_per_day', 'tokens_per_day', 'characters_per_day', 'cost_per_day');
end $$;
comment on function debrief._limits() is
  'How much of its limits each server has used. calls_per_minute is a bucket: used up, or 0.';
grant execute on function debrief._limits() to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._stage_holds()
returns table (stage text, rank int, is_process boolean, state text, reason text, hint text, since timestamptz, until timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  return query
  with servers as materialized (
    select s.srvname as name from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'),
  process as materialized (select * from debrief._process_problems() p where p.stops_all),
  copy as materialized (select debrief._is_copy() as is_copy, debrief._subscription() as subscription),
  stages as materialized (
    select n.stage, s.stage is null as missing, s.server, s.store, s.paused,
           exists (select from servers v where v.name = s.server) as has_server,
           exists (select from servers v where v.name = s.store) as has_store,
           debrief._server_kind(s.server) as kind, debrief._server_kind(s.store) as store_kind
      from debrief._stages_used() n left join debrief.stages s on s.stage = n.stage),
  spent as materialized (
    select l.server, string_agg(format('%s (%s)', l.limit_name, l.allowed), ', ') as budgets, min(l.resets_at) as resets_at,
           string_agg(format('SET %s ''...''', l.limit_name), ', ') as options
      from debrief._limits() l where l.used >= l.allowed and l.limit_name <> 'calls_per_minute' group by l.server)
  select s.stage, 1, false, 'copy',
         case when c.subscription is null then 'this database is a copy of the one that pg_debrief was installed in'
              else format('its rows come from the subscription "%s"', c.subscription) end,
         case when c.subscription is null then 'SELECT debrief.activate_copy(); lets this copy call its providers.'
              else format('DROP SUBSCRIPTION %I; SELECT debrief.activate_copy();', c.subscription) end,
         null::timestamptz, null::timestamptz
    from stages s cross join copy c where c.is_copy
  union all
  select s.stage, 2, true, p.state, case when p.reason ~ '^none ' then 'no worker' || substr(p.reason, 5) else concat_ws(' ', p.object, p.reason) end, p.hint, p.since, null from stages s cross join process p
  union all
  select s.stage, 3, false, 'stage missing', 'debrief.stages has no row for it', 'SELECT debrief.update_tables();', null, null
    from stages s where s.missing
  union all
  select s.stage, 4, false, 'no server', 'no server serves this stage',
         format('UPDATE debrief.stages SET server = ''...'' WHERE stage = %L;', s.stage), null, null
    from stages s where not s.missing and s.server is null
  union all
  select s.stage, 5, false, 'server missing', format('server "%s" does not exist', s.server),
         'CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', null, null
    from stages s where s.server is not null and not s.has_server
  union all
  select s.stage, 6, false, 'no store', 'no store is named for this stage',
         format('UPDATE debrief.stages SET store = ''...'' WHERE stage = %L;', s.stage), null, null
    from stages s where not s.missing and s.store is null and debrief._needs_store(s.stage, s.server)
  union all
  select s.stage, 7, false, 'store missing', format('store "%s" does not exist', s.store),
         'CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.', null, null
    from stages s where s.store is not null and not s.has_store
  union all
  select s.stage, 5, false, 'wrong kind', format('server "%s" of kind "%s" cannot serve this stage', s.server, s.kind),
         'Name another one in debrief.stages.', null, null
    from stages s where s.has_server and s.stage <> all (coalesce(debrief._stages_served(s.kind), '{}'))
  union all
  select s.stage, 7, false, 'wrong kind', format('store "%s" is of kind "%s", which stores nothing', s.store, s.store_kind),
         'Name another one in debrief.stages.', null, null
    from stages s where s.has_store and debrief._stages_served(s.store_kind) is not null
  union all
  select s.stage, 8, false, 'paused', 'the stage is paused', format('SELECT debrief.resume(%L);', s.stage), null, null
    from stages s where s.paused
  union all
  select s.stage, 9, false, 'paused', case t.server when s.server then 'the server is paused' else format('the store "%s" is paused', s.store) end,
         format('SELECT debrief.resume_server(%L);', t.server), t.updated_at, null
    from stages s join debrief.server_states t on t.stage = s.stage and t.server in (s.server, s.store) where t.paused
  union all
  select s.stage, 10, false, 'parked', concat_ws(': ', case when t.server <> s.server then 'store ' || s.store end, t.code, t.message),
         debrief._server_hint(t.server, t.code), t.updated_at, t.parked_until
    from stages s join debrief.server_states t on t.stage = s.stage and t.server in (s.server, s.store) where t.parked_until > now()
  union all
  select s.stage, 10, false, 'parked', format('the database refuses its results: %s (%s)', t.message, t.code),
         'Fix what refuses them: a trigger, a constraint, a grant. Results are kept, and stored by themselves then.', t.updated_at, t.parked_until
    from stages s join debrief.stage_states t on t.stage = s.stage
  union all
  select s.stage, 11, false, 'budget spent', format('the server "%s" has used up %s', s.server, x.budgets),
         format('ALTER SERVER %I OPTIONS (%s); or wait until then.', s.server, x.options), null, x.resets_at
    from stages s join spent x on x.server = s.server;
end $$;
comment on function debrief._stage_holds() is
  'All that keeps the due rows of a stage from being claimed: the first one by rank is what stage_status shows.';
grant execute on function debrief._stage_holds() to debrief_reader, debrief_admin, debrief_worker;
