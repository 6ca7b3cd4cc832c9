-- Why an item waits, or failed. The causes are found once, for operators and readers, who see them in stage_status
-- and attempts, too; owners read another sentence, which names no server.

create or replace function debrief._rows_before(stage_name text, row_id bigint, row_due_at timestamptz) returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  before bigint;
begin
  execute (select format('select count(*) from (select from debrief.%1$I q where (q.%2$sdue_at, q.id) < ($1, $2) limit 1000) q', l.queue, l.prefix)
             from debrief._stages() l where l.stage = stage_name)
     into before using row_due_at, row_id;
  return before;
end $$;
comment on function debrief._rows_before(text, bigint, timestamptz) is 'How many rows of a stage are due before a row; counted to 1,000.';
grant execute on function debrief._rows_before(text, bigint, timestamptz) to debrief_worker;

-- Which calls, rates and workers a due row waits for, when its stage works.
create or replace function debrief._room_causes(stage_name text)
returns table (cause text, reason text, until timestamptz, fix text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  stage debrief.stages;
  place constant int := debrief._stage_place(stage_name);
  server_max int;
  stage_max int;
  -- SSML leaves a quarter of its calls free then (worker/claims.cpp).
  yields constant boolean := stage_name = 'ssml' and exists (select from debrief.analysis_feedback f where f.audio_due_at <= clock_timestamp())
                             and not exists (select from debrief._stage_holds() h where h.stage = 'audio');
begin
  select * into stage from debrief.stages s where s.stage = stage_name;
  server_max := (debrief._server_options(stage.server) ->> 'max_in_flight')::int;
  stage_max := case when yields then greatest(1, stage.max_in_flight * 3 / 4) else stage.max_in_flight end;
  return query
  select 'probing', format('after its failures the server "%s" is called once at a time, until a call succeeds: %s', t.server, concat_ws(': ', t.code, t.message)),
         null::timestamptz, debrief._server_hint(t.server, t.code)
    from debrief.server_states t
   where t.stage = stage_name and t.server in (stage.server, stage.store) and t.failures > 0 order by t.server <> stage.server;
  return query
  select 'rate', format('the server "%s" has had its calls_per_minute (%s)', l.server, l.allowed), l.resets_at,
         format('ALTER SERVER %I OPTIONS (SET calls_per_minute ''...''); or wait.', l.server)
    from debrief._limits() l
   where l.server = stage.server and l.limit_name = 'calls_per_minute' and l.used >= l.allowed;
  return query
  with here as (
    select sum(w.in_flight[place]) as of_stage,
           sum((select sum(w.in_flight[debrief._stage_place(s.stage)])
                  from debrief.stages s where s.server = stage.server)) as of_server
      from debrief._workers() w join pg_database d on d.oid = w.database where d.datname = current_database())
  select 'slots', format('all calls that may be made at once%s are under way (%s)', case when yields then ' while audio is due' end, least(stage_max, server_max)),
         null::timestamptz,
         case when h.of_stage >= stage_max
              then format('UPDATE debrief.stages SET max_in_flight = ... WHERE stage = %L; or wait.', stage_name)
              else format('ALTER SERVER %I OPTIONS (SET max_in_flight ''...''); or wait.', stage.server) end
    from here h where h.of_stage >= stage_max or h.of_server >= server_max;
  return query
  select 'memory', 'the worker has used up pg_debrief.memory_limit', null::timestamptz,
         'ALTER SYSTEM SET pg_debrief.memory_limit = ''...''; SELECT pg_reload_conf();'
    from debrief._workers() w join pg_database d on d.oid = w.database
   where d.datname = current_database() having bool_and(w.memory_full);
end $$;
comment on function debrief._room_causes(text) is 'What a stage that works has no room of at the moment: one call at a time while a server is probed, rate, slots, memory.';
grant execute on function debrief._room_causes(text) to debrief_worker;

-- Whatever is due counts (_start_bulk()), also what nobody claims meanwhile.
create or replace function debrief._bulk_causes(stage_name text)
returns table (cause text, reason text, until timestamptz, fix text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
begin
  return query
  select coalesce(h.state, d.state),
         format('rows of stage "%s" are due before it', d.stage)
           || coalesce(': ' || h.reason, case d.state when 'rollout' then format(': their users are outside the %s percent of the rollout', d.rollout_percent) end, ''),
         h.until,
         case when h.state is not null then h.hint
              when d.state = 'rollout' then format('UPDATE debrief.stages SET rollout_percent = 100 WHERE stage = %L;', d.stage) end
    from (select s.stage, s.rollout_percent, l.place,
                 case when exists (select from debrief._queue_rows() r
                                    where r.stage = s.stage and r.due_at <= now_ts and debrief._in_rollout(r.user_id, s.rollout_percent))
                      then 'queue' else 'rollout' end as state
            from debrief._stages() l join debrief.stages s on s.stage = l.stage
           where not l.is_optional and exists (select from debrief._queue_rows() r where r.stage = l.stage and r.due_at <= now_ts)) d
    left join (select distinct on (a.stage) a.* from debrief._stage_holds() a order by a.stage, a.rank) h
      on h.stage = d.stage and h.stage <> stage_name  -- of its own stage that is said already
   order by d.place;
end $$;
comment on function debrief._bulk_causes(text) is 'The stages whose due rows a row of the bulk lane of a stage waits for, and what keeps those.';
grant execute on function debrief._bulk_causes(text) to debrief_worker;

create or replace function debrief._causes(stage_name text, row_id bigint)
returns table (state text, cause text, reason text, since timestamptz, until timestamptz, fix text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  q record;
  stage debrief.stages;
  retry constant text := (select format('SELECT debrief.retry_%s(%s);', l.item, concat_ws(', ', row_id, case when l.prefix <> '' then quote_literal(stage_name) end))
                            from debrief._stages() l where l.stage = stage_name);
  holder xid;
  before bigint;
  is_held boolean;
begin
  select r.*, (select v.not_before from debrief.video_recordings v where v.id = r.recording_id) as recording_not_before into q
    from debrief._queue_rows() r where r.stage = stage_name and r.id = row_id;
  q.not_before := coalesce(q.not_before, q.recording_not_before);
  select * into stage from debrief.stages s where s.stage = stage_name;
  if q.status = 'completed' then
    return query select q.status, 'completed', 'It is completed.', q.updated_at, null::timestamptz, null::text;
  elsif q.status = 'failed' then
    return query select q.status, coalesce(q.error_code, 'failed'),
      concat_ws(' ', coalesce(q.last_error, 'It failed.'),
                (select format('(%s)', a.detail) from debrief.attempts a
                  where a.row_id = row_id and a.stage = stage_name and a.code = q.error_code order by a.id desc limit 1)),
      q.updated_at, null::timestamptz, retry;
  elsif q.status = 'processing' then
    -- Nobody takes it back, or can store its answer.
    return query select q.status, h.state, h.reason, h.since, h.until, h.hint from debrief._stage_holds() h
      where h.stage = stage_name and (h.state = 'copy' or (h.is_process and h.state <> 'standby') or h.reason like 'the database refuses its results%') order by h.rank;
    return query select q.status, case when q.lease_expires_at < now_ts then 'worker lost' else 'processing' end,
      case when q.lease_expires_at < now_ts - interval '1 minute' - coalesce(current_setting('pg_debrief.safety_poll', true)::interval, '0')
           then 'Its worker does not answer, and no other could take it back: the server''s log says why.'
           when q.lease_expires_at < now_ts then 'Its worker does not answer; another one takes it back.'
           else format('A worker processes it: attempt %s.', q.attempts) end, q.updated_at, null::timestamptz, null::text;
  elsif debrief._is_blank(q.message) then
    return query select q.status, 'blank', 'Its message is blank: there is nothing to speak.', q.updated_at, null::timestamptz,
      format('UPDATE debrief.analysis_feedback SET message = ''...'' WHERE id = %s;', row_id);
    return;
  elsif q.due_at is null and not q.is_bulk then
    return query select q.status, 'not queued', 'It was written while triggers were off: no worker sees it.', q.updated_at, null::timestamptz, retry;
    return;
  end if;

  execute (select format('select debrief._row_holder(%L::regclass, q.ctid) from only debrief.%I q where q.id = $1', format('debrief.%I', l.queue), l.queue)
             from debrief._stages() l where l.stage = stage_name)
     into holder using row_id;
  return query
  select q.status, 'locked', case when p.gid is null then format('session %s writes or locks its row', l.pid)
                                  else format('prepared transaction %L writes or locks its row', p.gid) end,
         p.prepared, null::timestamptz,
         case when p.gid is null then format('SELECT pg_terminate_backend(%s);', l.pid) else format('COMMIT PREPARED %1$L; or ROLLBACK PREPARED %1$L;', p.gid) end
    from pg_locks l
    left join pg_prepared_xacts p on p.transaction = l.transactionid
   where q.status in ('queued', 'processing') and l.locktype = 'transactionid' and l.granted and l.transactionid = holder;
  if q.status <> 'queued' then
    return;
  end if;
  return query
  select q.status, h.state, h.reason, h.since, h.until, h.hint
    from debrief._stage_holds() h where h.stage = stage_name order by h.rank;
  is_held := found;
  if not coalesce(debrief._in_rollout(q.user_id, stage.rollout_percent), true) then
    return query select q.status, 'rollout', format('its user is outside the %s percent of the rollout', stage.rollout_percent), null::timestamptz,
      null::timestamptz, format('UPDATE debrief.stages SET rollout_percent = 100 WHERE stage = %L;', stage_name);
    is_held := true;
  end if;
  if q.not_before > now_ts and coalesce(q.due_at = q.not_before, true) then
    return query select q.status, 'not before', 'It begins at the time that it was given.', null::timestamptz, q.not_before, null::text;
    return;
  elsif q.due_at is null then
    return query select q.status, 'bulk', 'It is in the bulk lane: it begins when nothing else waits.', q.updated_at, null::timestamptz, retry;
    return query select q.status, b.cause, b.reason, null::timestamptz, b.until, b.fix from debrief._bulk_causes(stage_name) b;
    return;
  elsif stage.user_attempts_per_day is not null and q.due_at <= debrief._next_day()
    and (q.due_at = debrief._next_day() or debrief._user_attempts(stage_name, q.user_id) >= stage.user_attempts_per_day) then
    return query select q.status, 'user quota', format('its user has had the %s attempts of this stage that a user may have in a day', stage.user_attempts_per_day),
      null::timestamptz, debrief._next_day(),
      format('UPDATE debrief.stages SET user_attempts_per_day = ... WHERE stage = %L; or wait until then.', stage_name);
    return;
  elsif q.due_at > now_ts then
    return query select q.status, 'retry', concat_ws(' ', 'It is tried again later.', q.last_error), q.updated_at, q.due_at, null::text;
    return;
  elsif is_held then
    return;
  end if;
  return query
  select q.status, 'refused', format('the database refuses to change its row: %s', r.detail), q.due_at, r.until,
         'Fix what refuses it, a trigger or a constraint; then SELECT pg_reload_conf(); has it tried at once.'
    from debrief._refusal(stage_name, row_id) r where r.until is not null;
  if found then
    return;
  end if;
  return query select q.status, r.cause, r.reason, q.due_at, r.until, r.fix from debrief._room_causes(stage_name) r;
  is_held := found;
  if debrief._runs_alone(q.error_code, q.attempts, stage.max_attempts) then
    return query select q.status, 'alone', 'Its worker was lost at its last attempts: such rows are processed one at a time.', q.due_at,
      null::timestamptz, null::text;
    is_held := true;
  end if;
  before := debrief._rows_before(stage_name, row_id, q.due_at);
  if before > 0 then
    return query select q.status, 'queue', format('%s rows of this stage are due before it', case before when 1000 then '1000 or more' else before::text end),
      q.due_at, null::timestamptz, null::text;
  elsif not is_held then
    return query select q.status, 'due', 'Nothing is in its way: it is the next to be claimed.', q.due_at, null::timestamptz, null::text;
  end if;
end $$;
comment on function debrief._causes(text, bigint) is 'What a row waits for in a stage, in the order in which to look at it; or how it ended.';
grant execute on function debrief._causes(text, bigint) to debrief_worker;

-- No name of a server, no address, no message of a service, no session.
create or replace function debrief._owner_sentence(cause text, reason text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
      when cause in ('completed', 'processing', 'worker lost', 'blank', 'due', 'queue', 'retry', 'not before', 'bulk') then reason
      when cause = 'not queued' then 'It is not in the queue.'
      when cause = 'refused' then 'The database refuses to change it: its operators have to act.'
      when cause = 'paused' then 'Processing is paused.'
      when cause in ('parked', 'probing') then 'A service that it needs does not work at the moment; it is tried again automatically.'
      when cause = 'user quota' then 'What a user may have of this in a day is used up; it goes on by itself the next day.'
      when cause in ('budget spent', 'rate') then 'The budget of a service is used up for now.'
      when cause = 'rollout' then 'Not all users are served yet.'
      when cause in ('slots', 'memory', 'alone', 'locked') then 'It waits for its turn.'
      else 'The pipeline does not run at the moment: its operators have to act.' end;
$$;
comment on function debrief._owner_sentence(text, text) is 'What an owner may read of a cause.';
grant execute on function debrief._owner_sentence(text, text) to debrief_worker;

create or replace function debrief._explain(stage_name text, row_id bigint)
returns table (stage text, state text, cause text, reason text, since timestamptz, until timestamptz, fix text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  reads_all constant boolean := debrief._may_read_all();
  last_error constant text := (select q.last_error from debrief._queue_rows() q where q.stage = stage_name and q.id = row_id);
begin
  return query
  select stage_name, c.state, c.cause,
         case when reads_all then c.reason
              when c.state = 'failed' then coalesce(last_error, 'It failed.')
              else debrief._owner_sentence(c.cause, c.reason) end,
         c.since, c.until, case when reads_all or c.fix ~ '^SELECT debrief[.]retry_' then c.fix end
    from debrief._causes(stage_name, row_id) c;
end $$;
comment on function debrief._explain(text, bigint) is '_causes(), in words for operators and readers, or for owners.';
grant execute on function debrief._explain(text, bigint) to debrief_worker;

create or replace function debrief.explain(feedback_id bigint)
returns table (stage text, state text, cause text, reason text, since timestamptz, until timestamptz, fix text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  owner_id uuid;
  stage_name text;
begin
  select f.user_id, case f.ssml_status when 'completed' then 'audio' else 'ssml' end into owner_id, stage_name
    from debrief.analysis_feedback f where f.id = feedback_id;
  if not found or not (debrief._may_act_on(owner_id) or debrief._may_read_all()) then
    raise exception 'feedback % does not exist', feedback_id using errcode = 'no_data_found';
  end if;
  return query select * from debrief._explain(stage_name, feedback_id);
end $$;
comment on function debrief.explain(bigint) is
  'Why a feedback item waits or has failed: since when, until when, and the statement that fixes it. Several rows mean several causes, the most important first';
alter function debrief.explain(bigint) owner to debrief_worker;
grant execute on function debrief.explain(bigint) to debrief_app, debrief_reader, debrief_admin;

create or replace function debrief.explain_analysis(analysis_job_id bigint)
returns table (stage text, state text, cause text, reason text, since timestamptz, until timestamptz, fix text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  owner_id uuid;
begin
  select j.user_id into owner_id from debrief.analysis_jobs j where j.id = analysis_job_id;
  if not found or not (debrief._may_act_on(owner_id) or debrief._may_read_all()) then
    raise exception 'analysis job % does not exist', analysis_job_id using errcode = 'no_data_found';
  end if;
  return query select * from debrief._explain('analysis', analysis_job_id);
end $$;
comment on function debrief.explain_analysis(bigint) is 'The same as explain(), for an analysis';
alter function debrief.explain_analysis(bigint) owner to debrief_worker;
grant execute on function debrief.explain_analysis(bigint) to debrief_app, debrief_reader, debrief_admin;
