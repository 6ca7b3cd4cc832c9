-- For operators: pausing, resuming, trying servers out.

create or replace function debrief.pause(stage_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform debrief._known_stage(stage_name);
  update debrief.stages s set paused = true where s.stage = stage_name and not s.paused;
  return case when found then 'paused' else 'was paused already' end;
end $$;
comment on function debrief.pause(text) is 'Claims nothing more for a stage; calls in flight end and are settled. Operators only.';
grant execute on function debrief.pause(text) to debrief_admin, debrief_worker;

create or replace function debrief.resume(stage_name text default null) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  resumed int;
  was_copy constant boolean := debrief._is_copy();
  subscription constant text := debrief._subscription();
begin
  if stage_name is not null then
    perform debrief._known_stage(stage_name);
  end if;
  if subscription is not null then
    raise exception 'the rows of this database come by the subscription "%"', subscription
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('The publisher works on them. To work on them here instead: DROP SUBSCRIPTION %I; then SELECT debrief.resume();', subscription);
  end if;
  update debrief.stages s set paused = false where s.stage = coalesce(stage_name, s.stage) and s.paused;
  get diagnostics resumed = row_count;
  if stage_name is null and was_copy then
    insert into debrief.installation (system_identifier, database_oid)
    values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
    on conflict (only_row) do update
       set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
           installed_at = excluded.installed_at;
    update debrief.stages s set paused = s.paused where s.stage = 'analysis';  -- wakes the workers
    return format('this copy of a database now runs its own pipeline; %s stages resumed', resumed);
  elsif was_copy then
    raise exception 'this database is a copy of the one that pg_debrief was installed in'
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'SELECT debrief.resume(); without a stage lets this copy call its providers.';
  end if;
  return case resumed when 0 then 'nothing was paused' when 1 then 'resumed' else resumed || ' stages resumed' end;
end $$;
comment on function debrief.resume(text) is
  'Takes up a paused stage; without a stage, all of them, and lets a restored copy of a database run its own pipeline. Operators only.';
grant execute on function debrief.resume(text) to debrief_admin, debrief_worker;

create or replace function debrief.pause_server(server_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object';
  end if;
  insert into debrief.server_states as s (server, paused) values (server_name, true)
  on conflict (server) do update set paused = true, updated_at = now() where not s.paused;
  return case when found then 'paused' else 'was paused already' end;
end $$;
comment on function debrief.pause_server(text) is 'Claims nothing more for the stages that a server serves. Operators only.';
grant execute on function debrief.pause_server(text) to debrief_admin, debrief_worker;

create or replace function debrief.resume_server(server_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from debrief.server_states s where s.server = server_name;
  if found then
    return 'resumed';
  elsif debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object';
  end if;
  return 'nothing was paused';
end $$;
comment on function debrief.resume_server(text) is
  'Takes up a paused server, or one that is left alone because it failed, at once. Operators only.';
grant execute on function debrief.resume_server(text) to debrief_admin, debrief_worker;

create or replace function debrief.set_rollout(stage_name text, percent int) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform debrief._known_stage(stage_name);
  if percent is null or percent not between 0 and 100 then
    raise exception 'a share is from 0 to 100 percent, not %', percent using errcode = 'invalid_parameter_value';
  end if;
  update debrief.stages s set rollout_percent = percent where s.stage = stage_name;
  return format('stage %s serves %s %% of users', stage_name, percent);
end $$;
comment on function debrief.set_rollout(text, int) is
  'The share of users, by a stable hash of user_id, that a stage serves; the others'' rows wait. Operators only.';
grant execute on function debrief.set_rollout(text, int) to debrief_admin, debrief_worker;

create or replace function debrief.test_server(server_name text, timeout interval default '30 seconds',
  out ok boolean, out message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object',
      hint = 'CREATE SERVER ... FOREIGN DATA WRAPPER debrief; and COMMIT: the worker sees what is committed.';
  end if;
  select t.ok, t.message into ok, message
    from debrief._test_server(server_name, greatest(100, extract(epoch from timeout) * 1000)::int) t;
end $$;
comment on function debrief.test_server(text, interval) is
  'Has a worker make one cheap call to a provider or store (nothing that is billed) and tells in words whether address, TLS, key and settings are good';
grant execute on function debrief.test_server(text, interval) to debrief_admin, debrief_worker;
