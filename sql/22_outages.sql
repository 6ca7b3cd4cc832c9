-- Outages: servers that fail, a database that refuses results, and rows that waited too long for either.

create or replace function debrief._note_outage(stage_name text, server_name text, known_until timestamptz, until timestamptz)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  -- A pause in the meantime has set ended_at to another value: what follows it is another outage.
  update debrief.outages o set ended_at = until
   where o.stage = stage_name and o.server = server_name and o.ended_at = known_until;
  if not found then
    insert into debrief.outages (stage, server, began_at, ended_at)
    values (stage_name, server_name, clock_timestamp(), until) on conflict do nothing;
  end if;
end $$;
comment on function debrief._note_outage(text, text, timestamptz, timestamptz) is
  'Worker: begins an outage, or continues the one that was to end at known_until.';
grant execute on function debrief._note_outage(text, text, timestamptz, timestamptz) to debrief_worker;

create or replace function debrief._end_outage(stage_name text, server_name text, known_until timestamptz) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.outages o set ended_at = least(o.ended_at - interval '1 microsecond', now())
   where o.stage = _end_outage.stage_name and o.server = _end_outage.server_name and o.ended_at = _end_outage.known_until;
$$;
comment on function debrief._end_outage(text, text, timestamptz) is
  'Worker: ends the outage that was to end at known_until, so that none continues it.';
grant execute on function debrief._end_outage(text, text, timestamptz) to debrief_worker;

create or replace function debrief._park_server(
  server_name text, stage_name text, park_ms bigint, failure_count int, failure_code text, failure_message text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  until timestamptz := clock_timestamp() + park_ms * interval '1 millisecond';
  known_until timestamptz;
begin
  select t.parked_until into known_until from debrief.server_states t
   where t.server = server_name and t.stage = stage_name for update;
  until := greatest(until, known_until);
  insert into debrief.server_states as s (server, stage, parked_until, failures, code, message)
  values (server_name, stage_name, until, failure_count, failure_code, failure_message)
  on conflict (server, stage) do update
     set parked_until = excluded.parked_until, failures = excluded.failures,
         code = excluded.code, message = excluded.message, updated_at = now();
  -- A busy server is no fault: its rows wait their turn.
  if failure_count > 0 then
    perform debrief._note_outage(stage_name, server_name, known_until, until);
  end if;
end $$;
comment on function debrief._park_server(text, text, bigint, int, text, text) is
  'Worker: parks a server of a stage for all workers for a while, and records why; 0 failures: it is busy.';
grant execute on function debrief._park_server(text, text, bigint, int, text, text) to debrief_worker;

create or replace function debrief._server_ok(server_name text, stage_name text) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  delete from debrief.server_states s
   where s.server = _server_ok.server_name and s.stage = _server_ok.stage_name and not s.paused;
$$;
comment on function debrief._server_ok(text, text) is 'Worker: forgets a server''s failures after a success.';
grant execute on function debrief._server_ok(text, text) to debrief_worker;

create or replace function debrief._park_stage(stage_name text, park_ms bigint, failure_count int, refusal_code text, refusal_message text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  until constant timestamptz := clock_timestamp() + park_ms * interval '1 millisecond';
  known_until timestamptz;
begin
  select t.parked_until into known_until from debrief.stage_states t where t.stage = stage_name for update;
  insert into debrief.stage_states as s (stage, parked_until, failures, code, message)
  values (stage_name, until, failure_count, refusal_code, refusal_message)
  on conflict (stage) do update
     set parked_until = excluded.parked_until, failures = excluded.failures,
         code = excluded.code, message = excluded.message, updated_at = now();
  perform debrief._note_outage(stage_name, '', known_until, until);
end $$;
comment on function debrief._park_stage(text, bigint, int, text, text) is
  'Worker: records that the database refuses the results of a stage.';
grant execute on function debrief._park_stage(text, bigint, int, text, text) to debrief_worker;

create or replace function debrief._stage_ok(stage_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  known_until timestamptz;
begin
  delete from debrief.stage_states s where s.stage = stage_name returning s.parked_until into known_until;
  perform debrief._end_outage(stage_name, '', known_until);
end $$;
comment on function debrief._stage_ok(text) is 'Worker: the database takes the results of a stage again.';
grant execute on function debrief._stage_ok(text) to debrief_worker;

-- Rows that were put off because a server might be at fault are tried at once when it is known to work.
create or replace function debrief._hasten(stage_name text) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  hastened bigint;
begin
  execute (select format('update only debrief.%1$I q set %2$sdue_at = $1
                           where q.ctid = any (array(
                                   select p.ctid from only debrief.%1$I p where p.%2$sdue_at > $1 and p.unproven > 0
                                    order by p.%2$sdue_at limit 1000 for no key update skip locked))', l.queue, l.prefix)
             from debrief._stages() l where l.stage = stage_name)
    using clock_timestamp();
  get diagnostics hastened = row_count;
  return hastened;
end $$;
comment on function debrief._hasten(text) is
  'Makes rows due that were put off for failures without proof: the server works, or an operator says so. Returns how many.';
alter function debrief._hasten(text) owner to debrief_worker;
grant execute on function debrief._hasten(text) to debrief_admin;

create or replace function debrief._outage_limit(stage_name text) returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with outage as (
    select unnest(range_agg(tstzrange(o.began_at, least(o.ended_at, clock_timestamp())))) as period, min(s.give_up_after) as allowed
      from debrief.stages s
      join debrief.outages o on o.stage = s.stage and o.server in (s.server, s.store, '')
     where s.stage = _outage_limit.stage_name and o.began_at < least(o.ended_at, clock_timestamp())),
  part as (
    select upper(o.period) as ended_at, upper(o.period) - lower(o.period) as lasted, o.allowed,
           sum(upper(o.period) - lower(o.period)) over (order by o.period desc) as lasted_in_all
      from outage o)
  select p.ended_at - (p.allowed - (p.lasted_in_all - p.lasted))
    from part p where p.lasted_in_all >= p.allowed
   order by p.ended_at desc limit 1;
$$;
comment on function debrief._outage_limit(text) is
  'Rows of the stage that have waited since before this time have met with outages for give_up_after in all; null: none can have.';
grant execute on function debrief._outage_limit(text) to debrief_reader, debrief_admin, debrief_worker;

-- Only while a fault goes on: a row that can be tried is tried, however long it has waited.
create or replace function debrief._give_up() returns table (stage text, given_up bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  sentence constant text := 'The provider was out of order for too long.';
  held record;
  ids bigint[];
begin
  for held in
    select s.stage, s.rollout_percent as share, debrief._outage_limit(s.stage) as asked_before
      from debrief.stages s
     where not s.paused
       and (exists (select from debrief.server_states t
                     where t.stage = s.stage and t.server in (s.server, s.store) and t.failures > 0 and not t.paused)
            or exists (select from debrief.stage_states t where t.stage = s.stage))
  loop
    continue when held.asked_before is null;
    execute (
      select format('with failed as (
                       update only debrief.%1$I q
                          set %2$sstatus = ''failed'', %2$sdue_at = null, %2$slast_error = $1, %2$serror_code = ''gave_up'', %2$supdated_at = $2 %3$s
                        where q.ctid = any (array(
                                select w.ctid from only debrief.%1$I w
                                 where w.%2$sdue_at is not null and %4$s < $3 and debrief._in_rollout(w.user_id, $4)
                                   and (debrief._refusal($5, w.id)).until is null
                                 limit 1000 for no key update skip locked))
                       returning q.id, q.%2$sstatus as status)
                     select array_agg(f.id) from failed f where f.status = ''failed''', l.queue, l.prefix,  -- a trigger of the user's may keep one as it was
                    case l.queue when 'analysis_jobs' then ', processing_completed_at = $2' end,
                    case l.stage when 'audio' then 'greatest(w.asked_at, w.ssml_updated_at)' else 'w.asked_at' end)
        from debrief._stages() l where l.stage = held.stage)
      into ids using sentence, now_ts, held.asked_before, held.share, held.stage;
    perform debrief._announce(held.stage, 'failed', ids);
    perform debrief._count_ended(held.stage, 'failed', 'gave_up', ids);
    stage := held.stage;
    given_up := cardinality(ids);
    if given_up > 0 then
      return next;
    end if;
  end loop;
  delete from debrief.outages o where o.ended_at < now_ts - interval '180 days';
end $$;
comment on function debrief._give_up() is
  'Worker: fails up to 1,000 rows of each stage that outages have kept from being tried for give_up_after; returns how many.';
grant execute on function debrief._give_up() to debrief_worker;

-- A pause stops the clock, and so does whatever ends a server's parking.
create or replace function debrief._stop_outage_clock() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
begin
  if tg_table_name = 'stages' then
    perform debrief._end_outage(old.stage, p.server, p.parked_until)
       from (select t.server, t.parked_until from debrief.server_states t where t.stage = old.stage
             union all select '', t.parked_until from debrief.stage_states t where t.stage = old.stage) p;
  else
    perform debrief._end_outage(old.stage, old.server, old.parked_until);
  end if;
  return null;
end $$;
comment on function debrief._stop_outage_clock() is 'Trigger: ends outages of what is paused, resumed or removed, or works again.';
alter function debrief._stop_outage_clock() owner to debrief_worker;
