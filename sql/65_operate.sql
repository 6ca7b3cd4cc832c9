-- For operators: pausing, resuming, testing servers.

create or replace function debrief.pause(stage_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  perform debrief._known_stage(stage_name);
  update debrief.stages s set paused = true where s.stage = stage_name and not s.paused;
  if not found and not exists (select from debrief.stages s where s.stage = stage_name) then
    raise exception 'stage "%" is not used', stage_name using errcode = 'object_not_in_prerequisite_state',
      hint = 'debrief.stages has no row for it.';
  end if;
  return case when found then 'paused' else 'was paused already' end;
end $$;
comment on function debrief.pause(text) is 'Stops claims for a stage; calls in flight finish and are settled. Operators only.';
grant execute on function debrief.pause(text) to debrief_admin, debrief_worker;

create or replace function debrief.resume(stage_name text default null) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  resumed int;
begin
  if stage_name is not null then
    perform debrief._known_stage(stage_name);
  end if;
  if debrief._is_copy() then
    raise exception 'this database is a copy of the one that pg_debrief was installed in'
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'SELECT debrief.activate_copy(); lets this copy call its providers.';
  end if;
  update debrief.stages s set paused = false where s.stage = coalesce(stage_name, s.stage) and s.paused;
  get diagnostics resumed = row_count;
  return case resumed when 0 then 'nothing was paused' when 1 then 'resumed' else resumed || ' stages resumed' end;
end $$;
comment on function debrief.resume(text) is 'Resumes a paused stage, or all of them. Operators only.';
grant execute on function debrief.resume(text) to debrief_admin, debrief_worker;

create or replace function debrief.pause_server(server_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object';
  end if;
  insert into debrief.server_states as s (server, stage, paused)
  select server_name, t.stage, true from debrief.stages t order by t.stage  -- as resume_server() locks them
  on conflict (server, stage) do update set paused = true, updated_at = now() where not s.paused;
  return case when found then 'paused' else 'was paused already' end;
end $$;
comment on function debrief.pause_server(text) is 'Stops claims for the stages that a server serves. Operators only.';
grant execute on function debrief.pause_server(text) to debrief_admin, debrief_worker;

create or replace function debrief.resume_server(server_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  perform debrief._hasten(s.stage) from debrief.stages s where server_name in (s.server, s.store);
  perform from debrief.server_states s where s.server = server_name order by s.stage for update;
  delete from debrief.server_states s where s.server = server_name;
  if found then
    return 'resumed';
  elsif debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object';
  end if;
  return 'nothing was paused';
end $$;
comment on function debrief.resume_server(text) is
  'Resumes a paused server. Ends the wait for a server that is parked because it failed, and for rows that were deferred because of it. Operators only.';
grant execute on function debrief.resume_server(text) to debrief_admin, debrief_worker;

create or replace function debrief.test_server(server_name text, timeout interval default '30 seconds',
  out ok boolean, out message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if debrief._server_kind(server_name) is null then
    raise exception 'server "%" does not exist', server_name using errcode = 'undefined_object',
      hint = 'CREATE SERVER ... FOREIGN DATA WRAPPER debrief; and COMMIT: the worker sees what is committed.';
  end if;
  select t.ok, t.message into ok, message
    from debrief._test_server(server_name, greatest(100, least(3600000, extract(epoch from coalesce(timeout, '30 seconds')) * 1000))::int) t;
end $$;
comment on function debrief.test_server(text, interval) is
  'Has a worker make one free call to a provider or store, and reports whether address, TLS, key and settings work';
grant execute on function debrief.test_server(text, interval) to debrief_admin, debrief_worker;
