-- Copies: a restored dump, a clone, a base backup or a subscriber carries the identity of its origin.

-- The publisher's workers process rows that come from a subscription, whether it is enabled or not.
create or replace function debrief._subscription() returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select min(s.subname)
    from pg_subscription_rel r
    join pg_subscription s on s.oid = r.srsubid
   where r.srrelid in (to_regclass('debrief.analysis_jobs'), to_regclass('debrief.analysis_feedback'));
$$;
comment on function debrief._subscription() is
  'The logical replication subscription that fills this database''s queue; null when none does.';
grant execute on function debrief._subscription() to debrief_reader, debrief_admin, debrief_worker;

-- A restored dump or a cloned database carries the identity of its origin.
create or replace function debrief._is_copy() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select from debrief.installation i
     where i.system_identifier = debrief._system_identifier()
       and i.database_oid = (select oid from pg_database where datname = current_database())
       and not coalesce(i.installed_at < debrief._copied_at(), false))
      or debrief._subscription() is not null;
$$;
comment on function debrief._is_copy() is
  'Whether this database is a copy of the one the pipeline was installed in: then nothing is claimed until debrief.activate_copy().';
grant execute on function debrief._is_copy() to debrief_reader, debrief_admin, debrief_worker;

-- A subscription can be dropped, and a server forgets at its next start that it was made from a base
-- backup; its rows still belong to another database, until debrief.activate_copy() is called.
create or replace function debrief._note_copy() returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  -- The whole condition is asked of the row itself: activate_copy() may have changed it since.
  update debrief.installation i set system_identifier = 'copy'
   where i.system_identifier = debrief._system_identifier()
     and i.database_oid = (select d.oid from pg_database d where d.datname = current_database())
     and (i.installed_at < debrief._copied_at() or debrief._subscription() is not null);
  return debrief._is_copy();
end $$;
comment on function debrief._note_copy() is
  'Worker: whether this database is a copy; if so, it stays one until debrief.activate_copy().';
grant execute on function debrief._note_copy() to debrief_worker;

create or replace function debrief.activate_copy() returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  subscription constant text := debrief._subscription();
begin
  if subscription is not null then
    raise exception 'the rows of this database come from the subscription "%"', subscription
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('The publisher processes them. To process them here instead: DROP SUBSCRIPTION %I; then SELECT debrief.activate_copy();', subscription);
  elsif not debrief._is_copy() then
    return 'this database is not a copy';
  end if;
  insert into debrief.installation (system_identifier, database_oid)
  values (debrief._system_identifier(), (select d.oid from pg_database d where d.datname = current_database()))
  on conflict (only_row) do update
     set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
         installed_at = excluded.installed_at;
  -- What the origin did is not this database's history.
  delete from debrief.pipeline_minutes;
  delete from debrief.pipeline_hours;
  update debrief.stages s set paused = s.paused where s.stage = 'analysis';  -- wakes the workers
  return 'this copy of a database now runs its own pipeline';
end $$;
comment on function debrief.activate_copy() is
  'Lets a copy of a database process its rows and call its providers, which bill for it; paused stages stay paused. Operators only.';
grant execute on function debrief.activate_copy() to debrief_admin;
