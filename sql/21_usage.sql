-- What servers are used for, how much they allow, and those that failed.

create or replace function debrief._record_usage(
  server_name text, stage_name text, calls_made bigint, calls_failed bigint, tokens_in bigint, tokens_out bigint,
  characters_sent bigint, audio_made_ms bigint)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.server_usage as u (server, stage, day, calls, failures, input_tokens, output_tokens, characters, audio_ms, cost)
  values (server_name, stage_name, (clock_timestamp() at time zone 'UTC')::date, calls_made, calls_failed, tokens_in,
          tokens_out, characters_sent, audio_made_ms,
          debrief._cost(debrief._server_options(server_name), tokens_in, tokens_out, characters_sent, audio_made_ms))
  on conflict (server, stage, day) do update
     set calls = u.calls + excluded.calls, failures = u.failures + excluded.failures,
         input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
         characters = u.characters + excluded.characters, audio_ms = u.audio_ms + excluded.audio_ms,
         cost = u.cost + excluded.cost;
$$;
comment on function debrief._record_usage(text, text, bigint, bigint, bigint, bigint, bigint, bigint) is
  'Worker: adds to what a server was used for today.';
grant execute on function debrief._record_usage(text, text, bigint, bigint, bigint, bigint, bigint, bigint) to debrief_worker;

-- How many of the wanted calls may begin now, by the server's limits, and when none may: how long to
-- wait. A bucket that fills steadily: in no minute more than calls_per_minute begin, and at most a
-- tenth of them at once. Budgets of tokens, characters and money are checked before a call, so calls in
-- flight may exceed them.
create or replace function debrief._grant_calls(
  server_name text, wanted int, calls_per_minute int, calls_per_day bigint, tokens_per_day bigint, characters_per_day bigint,
  out granted int, out wait_ms bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  today constant date := (now_ts at time zone 'UTC')::date;
  burst constant numeric := ceil(calls_per_minute / 10.0);
  calls_per_ms constant numeric := (calls_per_minute - (burst - 1)) / 60000.0;
  state debrief.server_limits;
  tokens_used numeric;
  characters_used numeric;
  cost_so_far numeric;
begin
  insert into debrief.server_limits (server) values (server_name) on conflict do nothing;
  select * into state from debrief.server_limits l where l.server = server_name for update;
  granted := wanted;
  wait_ms := 0;
  if state.day is distinct from today then
    state.day := today;
    state.day_calls := 0;
  end if;
  if calls_per_minute is not null then
    state.allowance := least(burst, state.allowance + case when state.allowance_at = '-infinity' then burst
      else greatest(0, extract(epoch from now_ts - state.allowance_at) * 1000) * calls_per_ms end);
    state.allowance_at := now_ts;
    granted := greatest(0, least(granted, floor(state.allowance)));
    if granted = 0 then
      wait_ms := ceil((1 - state.allowance) / calls_per_ms);
    end if;
  end if;
  select sum(u.input_tokens + u.output_tokens), sum(u.characters), coalesce(sum(u.cost), 0)
    into tokens_used, characters_used, cost_so_far
    from debrief.server_usage u where u.server = server_name and u.day = today;
  granted := greatest(0, least(granted, calls_per_day - state.day_calls));
  if state.day_calls >= calls_per_day or tokens_used >= tokens_per_day or characters_used >= characters_per_day
    or cost_so_far >= debrief._cost_per_day(server_name) then
    granted := 0;
    wait_ms := ceil(extract(epoch from ((today + 1)::timestamp at time zone 'UTC') - now_ts) * 1000);
    if state.spent_on is distinct from today then
      state.spent_on := today;
      raise log 'pg_debrief: server "%" has used up its budget of %: its rows wait until %', server_name, today,
          (today + 1)::timestamp at time zone 'UTC'
        using hint = 'TABLE debrief.limits; shows it. Raise the server''s option, or wait.';
    end if;
  end if;
  update debrief.server_limits l
     set allowance = state.allowance - case when calls_per_minute is not null then granted else 0 end,
         allowance_at = state.allowance_at, day = state.day, day_calls = state.day_calls + granted,
         spent_on = state.spent_on
   where l.server = server_name;
end $$;
comment on function debrief._grant_calls(text, int, int, bigint, bigint, bigint) is
  'Worker: takes calls from a server''s limits; a null limit is unlimited.';
grant execute on function debrief._grant_calls(text, int, int, bigint, bigint, bigint) to debrief_worker;

create or replace function debrief._return_calls(server_name text, unused int) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.server_limits l
     set allowance = l.allowance + _return_calls.unused, day_calls = greatest(0, l.day_calls - _return_calls.unused)
   where l.server = _return_calls.server_name;
$$;
comment on function debrief._return_calls(text, int) is
  'Worker: returns calls for which no row was found; a negative number takes the calls that a row needed beyond its first.';
grant execute on function debrief._return_calls(text, int) to debrief_worker;
