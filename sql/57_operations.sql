-- Who operated the pipeline: debrief.operations.

create or replace function debrief._log_operation(action text, target text, affected bigint default 1) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  acting_role constant text := case current_setting('role') when 'none' then session_user::text else current_setting('role') end;
  end_user constant uuid := case when not debrief._is_operator() then debrief.current_user_id() end;
begin
  if session_user = 'debrief_worker' or affected = 0
     -- Workers outside the server, but for who is an operator too.
     or (debrief._is_outer_session() and not pg_has_role(session_user, 'debrief_admin', 'member')) then
    return;
  elsif end_user is not null then
    -- A row that another transaction of theirs holds is left to it: who changes several items one by one would
    -- wait there for a session that waits for one of these items.
    update debrief.operations o set affected = o.affected + _log_operation.affected
     where o.id = (select p.id from debrief.operations p
                    where p.end_user = end_user and p.action = _log_operation.action and p.minute = date_trunc('minute', clock_timestamp())
                    limit 1 for no key update skip locked);
    if not found then
      insert into debrief.operations (action, target, affected, login, role, end_user, application, address)
      values (action, left(target, 500), affected, session_user, acting_role, end_user, current_setting('application_name'), inet_client_addr());
    end if;
    return;
  end if;
  -- A command that changes several rows is one operation.
  update debrief.operations o set affected = o.affected + _log_operation.affected
   where o.at >= now() and o.action = _log_operation.action and o.target = left(_log_operation.target, 500)
     and o.xmin = pg_current_xact_id()::xid;
  if not found then
    insert into debrief.operations (action, target, affected, login, role, application, address)
    values (action, left(target, 500), affected, session_user, acting_role, current_setting('application_name'), inet_client_addr());
  end if;
end $$;
comment on function debrief._log_operation(text, text, bigint) is
  'Adds to debrief.operations: a row for each action of an operator; of an end user one per action and minute; sessions that act at once have one each.';
alter function debrief._log_operation(text, text, bigint) owner to debrief_worker;

create or replace function debrief._log_change() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  before constant jsonb := to_jsonb(old);
  after constant jsonb := to_jsonb(new);
  changes text;
begin
  if tg_table_name = 'installation' then
    perform debrief._log_operation('activate_copy', current_database());
    return null;
  elsif tg_table_name = 'server_states' then
    if coalesce((after ->> 'paused')::boolean, false) and not coalesce((before ->> 'paused')::boolean, false) then
      perform debrief._log_operation('pause_server', new.server);
    elsif tg_op = 'DELETE' then
      perform debrief._log_operation('resume_server', old.server);
    end if;
    return null;
  elsif tg_op <> 'UPDATE' then
    perform debrief._log_operation(case tg_op when 'INSERT' then 'add stage' else 'remove stage' end,
                                   concat_ws(': server ', coalesce(after, before) ->> 'stage', coalesce(after, before) ->> 'server'));
    return null;
  end if;
  select string_agg(case c.key when 'instruction' then c.key
                               else format('%s %s to %s', c.key, coalesce(before ->> c.key, 'null'), coalesce(c.value, 'null')) end, ', ' order by c.key)
    into changes
    from jsonb_each_text(after) c where before ->> c.key is distinct from c.value and c.key <> 'paused';
  if old.paused <> new.paused then
    perform debrief._log_operation(case when new.paused then 'pause' else 'resume' end, new.stage);
  end if;
  if changes is not null then
    perform debrief._log_operation('change stage', new.stage || ': ' || changes);
  end if;
  return null;
end $$;
comment on function debrief._log_change() is 'Trigger: records changes of stages, server_states and installation in debrief.operations.';
alter function debrief._log_change() owner to debrief_worker;

-- What goes wrong here must not keep anybody from changing a server; while the tables are made, as in a restore, nothing can be recorded.
create or replace function debrief._log_server_command() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  changed record;
begin
  if to_regclass('debrief.operations') is null or not has_table_privilege('debrief.operations', 'insert') then
    return;
  elsif tg_event = 'sql_drop' then
    for changed in select d.object_name as name from pg_event_trigger_dropped_objects() d
                    where d.object_type = 'server' and exists (select from debrief.stages s where d.object_name in (s.server, s.store)) loop
      perform debrief._log_operation(lower(tg_tag), changed.name);
    end loop;
  else
    for changed in select s.srvname as name
                     from pg_event_trigger_ddl_commands() c
                     join pg_foreign_server s on c.classid = 'pg_foreign_server'::regclass and s.oid = c.objid
                     join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
                    where not c.in_extension loop
      perform debrief._log_operation(lower(tg_tag), changed.name);
    end loop;
  end if;
exception when others then
  raise warning 'pg_debrief: % is not in debrief.operations: %', tg_tag, sqlerrm;
end $$;
comment on function debrief._log_server_command() is 'Event trigger: records CREATE, ALTER and DROP SERVER in debrief.operations.';
alter function debrief._log_server_command() owner to debrief_worker;

do $event_trigger$
begin
  if not exists (select from pg_catalog.pg_event_trigger where evtname operator(pg_catalog.=) 'debrief_server_changed') then
    create event trigger debrief_server_changed on ddl_command_end when tag in ('CREATE SERVER', 'ALTER SERVER')
      execute function debrief._log_server_command();
    create event trigger debrief_server_dropped on sql_drop when tag in ('DROP SERVER', 'DROP OWNED')
      execute function debrief._log_server_command();
  end if;
end $event_trigger$;
comment on event trigger debrief_server_changed is 'pg_debrief: records in debrief.operations who changed a server';
comment on event trigger debrief_server_dropped is 'pg_debrief: records in debrief.operations who dropped a server';
