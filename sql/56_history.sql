-- The history of the pipeline: attempts, written with each settle, and counts, rolled up by the hour.

create or replace function debrief._bounds(measure text) returns double precision[]
language sql immutable strict
set search_path = pg_catalog, pg_temp
as $$
  select case measure when 'duration' then array[1, 2, 5, 10, 20, 30, 60, 120, 300]
                      else array[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 120] end::double precision[];
$$;
comment on function debrief._bounds(text) is
  'Upper bounds, in seconds, of the buckets of pipeline_minutes: of wait, call or duration. What is longer has one more bucket.';
grant execute on function debrief._bounds(text) to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._add_buckets(a bigint[], b bigint[]) returns bigint[]
language c immutable strict parallel safe as 'MODULE_PATHNAME', 'debrief_add_buckets';
comment on function debrief._add_buckets(bigint[], bigint[]) is 'Adds two arrays of equal length, element by element.';
grant execute on function debrief._add_buckets(bigint[], bigint[]) to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace aggregate debrief._sum_buckets(bigint[]) (sfunc = debrief._add_buckets, stype = bigint[], parallel = safe);
comment on aggregate debrief._sum_buckets(bigint[]) is 'Sum of arrays, element by element.';
grant execute on function debrief._sum_buckets(bigint[]) to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._count_outcomes(
  writer int, stages text[], servers text[], outcomes text[], codes text[], counts bigint[], attempts bigint[],
  wait_ms bigint[], wait_buckets bigint[], call_ms bigint[], call_buckets bigint[],
  duration_ms bigint[], duration_buckets bigint[],
  input_tokens bigint[], output_tokens bigint[], characters bigint[], audio_ms bigint[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  insert into debrief.pipeline_minutes as m
         (minute, writer, stage, server, outcome, code, count, attempts, wait_ms, wait_buckets, call_ms, call_buckets,
          duration_ms, duration_buckets, input_tokens, output_tokens, characters, audio_ms, cost)
  select date_trunc('minute', clock_timestamp()), writer, c.stage, c.server, c.outcome, c.code, c.count, c.attempts,
         c.wait_ms, wait_buckets[(c.n - 1) * 12 + 1 : c.n * 12],
         c.call_ms, call_buckets[(c.n - 1) * 12 + 1 : c.n * 12],
         c.duration_ms, duration_buckets[(c.n - 1) * 10 + 1 : c.n * 10],
         c.tokens_in, c.tokens_out, c.chars, c.audio,
         case when c.tokens_in + c.tokens_out + c.chars + c.audio > 0
              then debrief._cost(debrief._server_options(c.server), c.tokens_in, c.tokens_out, c.chars, c.audio) else 0 end
    from unnest(stages, servers, outcomes, codes, counts, attempts, wait_ms, call_ms,
                duration_ms, input_tokens, output_tokens,
                characters, audio_ms)
           with ordinality as c (stage, server, outcome, code, count, attempts, wait_ms, call_ms, duration_ms,
                                 tokens_in, tokens_out, chars, audio, n)
   where c.count > 0
  on conflict on constraint pipeline_minutes_pkey do update
     set count = m.count + excluded.count, attempts = m.attempts + excluded.attempts,
         wait_ms = m.wait_ms + excluded.wait_ms, wait_buckets = debrief._add_buckets(m.wait_buckets, excluded.wait_buckets),
         call_ms = m.call_ms + excluded.call_ms, call_buckets = debrief._add_buckets(m.call_buckets, excluded.call_buckets),
         duration_ms = m.duration_ms + excluded.duration_ms,
         duration_buckets = debrief._add_buckets(m.duration_buckets, excluded.duration_buckets),
         input_tokens = m.input_tokens + excluded.input_tokens, output_tokens = m.output_tokens + excluded.output_tokens,
         characters = m.characters + excluded.characters, audio_ms = m.audio_ms + excluded.audio_ms,
         cost = m.cost + excluded.cost;
end $$;
comment on function debrief._count_outcomes(int, text[], text[], text[], text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]) is
  'Adds what ended to the present minute: an entry per stage, server, outcome and code; the buckets of all entries stand one after the other.';
grant execute on function debrief._count_outcomes(int, text[], text[], text[], text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]) to debrief_worker;

-- A session counts under its process ID: no other writes to its rows, so none waits until it commits.
create or replace function debrief._count_ended(stage text, outcome text, code text, ids bigint[]) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  zeros constant bigint[] := array_fill(0::bigint, array[12]);
  tries bigint;
  lasted double precision[];
begin
  if coalesce(cardinality(ids), 0) = 0 then
    return false;
  end if;
  execute (select format('select sum(q.%2$sattempts), array_agg(extract(epoch from $2 - q.asked_at)) from debrief.%1$I q where q.id = any ($1)', l.queue, l.prefix)
             from debrief._stages() l where l.stage = _count_ended.stage)
     into tries, lasted using ids, now_ts;
  if outcome <> 'failed' then
    lasted := '{}';
  end if;
  perform debrief._count_outcomes(
    -pg_backend_pid(), array[stage], array[coalesce((select s.server from debrief.stages s where s.stage = _count_ended.stage), '')],
    array[outcome], array[code], array[cardinality(ids)::bigint], array[tries], array[0::bigint], zeros, array[0::bigint], zeros,
    array[(select coalesce(sum(l), 0) * 1000 from unnest(lasted) l)::bigint],
    array(select count(l.seconds) from generate_series(0, 9) b (bucket)
            left join unnest(lasted) as l (seconds) on width_bucket(l.seconds, debrief._bounds('duration')) = b.bucket
           group by b.bucket order by b.bucket),
    array[0::bigint], array[0::bigint], array[0::bigint], array[0::bigint]);
  return true;
end $$;
comment on function debrief._count_ended(text, text, text, bigint[]) is
  'Adds rows to the history that ended without an answer: cancelled, given up, or lost with their worker.';
grant execute on function debrief._count_ended(text, text, text, bigint[]) to debrief_worker;

create or replace function debrief._roll_up_history(max_rows int default 5000) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  this_hour constant timestamptz := date_trunc('hour', clock_timestamp(), 'UTC');
  rolled bigint;
begin
  -- One that is locked is being written to; the next time takes it.
  with taken as materialized (
    select m.ctid as row_ctid from only debrief.pipeline_minutes m
     where not m.rolled_up and m.minute < this_hour
     limit max_rows for update skip locked),
  closed as (
    update only debrief.pipeline_minutes m set rolled_up = true
     where m.ctid = any (array (select t.row_ctid from taken t))
    returning m.*),
  added as (
    insert into debrief.pipeline_hours as h
           (hour, stage, server, outcome, code, count, attempts, wait_ms, wait_buckets, call_ms, call_buckets,
            duration_ms, duration_buckets, input_tokens, output_tokens, characters, audio_ms, cost)
    select p.hour, c.stage, c.server, c.outcome, c.code, sum(c.count), sum(c.attempts), sum(c.wait_ms), debrief._sum_buckets(c.wait_buckets),
           sum(c.call_ms), debrief._sum_buckets(c.call_buckets), sum(c.duration_ms), debrief._sum_buckets(c.duration_buckets),
           sum(c.input_tokens), sum(c.output_tokens), sum(c.characters), sum(c.audio_ms), sum(c.cost)
      from closed c cross join lateral (values (date_trunc('hour', c.minute, 'UTC')), ('-infinity')) as p (hour)
     group by p.hour, c.stage, c.server, c.outcome, c.code
     order by p.hour, c.stage, c.server, c.outcome, c.code
    on conflict (hour, stage, server, outcome, code) do update
       set count = h.count + excluded.count, attempts = h.attempts + excluded.attempts,
           wait_ms = h.wait_ms + excluded.wait_ms, wait_buckets = debrief._add_buckets(h.wait_buckets, excluded.wait_buckets),
           call_ms = h.call_ms + excluded.call_ms, call_buckets = debrief._add_buckets(h.call_buckets, excluded.call_buckets),
           duration_ms = h.duration_ms + excluded.duration_ms,
           duration_buckets = debrief._add_buckets(h.duration_buckets, excluded.duration_buckets),
           input_tokens = h.input_tokens + excluded.input_tokens, output_tokens = h.output_tokens + excluded.output_tokens,
           characters = h.characters + excluded.characters, audio_ms = h.audio_ms + excluded.audio_ms,
           cost = h.cost + excluded.cost)
  select count(*) into rolled from closed;
  return rolled;
end $$;
comment on function debrief._roll_up_history(int) is
  'Worker: adds minutes of full hours to pipeline_hours, each once; returns how many.';
grant execute on function debrief._roll_up_history(int) to debrief_worker;

create or replace function debrief._prune_history(max_rows int default 5000) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  minutes_from constant timestamptz := now() - current_setting('pg_debrief.minutes_retention')::interval;
  hours_from constant timestamptz := now() - current_setting('pg_debrief.hours_retention')::interval;
  pruned bigint;
  more bigint;
begin
  delete from only debrief.pipeline_minutes m
   where m.ctid = any (array (select o.ctid from only debrief.pipeline_minutes o
                               where o.minute < minutes_from and o.rolled_up limit max_rows for update skip locked));
  get diagnostics pruned = row_count;
  delete from only debrief.pipeline_hours h
   where h.ctid = any (array (select o.ctid from only debrief.pipeline_hours o
                               where o.hour < hours_from and o.hour > '-infinity' limit max_rows for update skip locked));
  get diagnostics more = row_count;
  pruned := pruned + more;
  delete from only debrief.operations d
   where d.ctid = any (array (select o.ctid from only debrief.operations o where o.at < hours_from limit max_rows for update skip locked));
  get diagnostics more = row_count;
  delete from debrief.user_usage u where u.day < (now() at time zone 'UTC')::date;
  return pruned + more;
end $$;
comment on function debrief._prune_history(int) is
  'Worker: deletes minutes that are older than pg_debrief.minutes_retention and in pipeline_hours, and hours and operations that are older than pg_debrief.hours_retention; returns how many. What users had of their quota on past days goes too.';
grant execute on function debrief._prune_history(int) to debrief_worker;

create or replace function debrief._record_attempts(
  stage text, server text, row_ids bigint[], user_ids text[], correlation_ids text[], attempts int[],
  dispositions text[], delays_ms bigint[], codes text[], details text[], http_statuses int[],
  dns_us bigint[], connect_us bigint[], tls_us bigint[], first_byte_us bigint[], total_us bigint[],
  input_tokens bigint[], output_tokens bigint[], characters bigint[], audio_ms bigint[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  insert into debrief.attempts (stage, server, row_id, user_id, correlation_id, attempt, disposition, next_attempt_at, code, detail,
                                http_status, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
                                input_tokens, output_tokens, characters, audio_ms)
  -- What ends after its row is gone must not name whom erase_user() has erased in the meantime.
  select stage, server, a.row_id,
         case when a.disposition not in ('cancelled', 'stale') or exists (select from debrief.video_recordings r where r.user_id = a.user_id::uuid)
              then a.user_id::uuid end,
         nullif(a.correlation_id, '')::uuid, a.attempt, a.disposition,
         case when a.delay_ms >= 0 then clock_timestamp() + a.delay_ms * interval '1 millisecond' end,
         nullif(a.code, ''), nullif(a.detail, ''), nullif(a.http_status, 0),
         a.dns / 1000.0, a.connect / 1000.0, a.tls / 1000.0, a.first_byte / 1000.0, a.total / 1000.0,
         nullif(a.tokens_in, 0), nullif(a.tokens_out, 0), nullif(a.chars, 0), nullif(a.audio, 0)
    from unnest(row_ids, user_ids, correlation_ids, attempts, dispositions, delays_ms, codes, details, http_statuses,
                dns_us, connect_us, tls_us, first_byte_us, total_us, input_tokens, output_tokens, characters, audio_ms)
         as a (row_id, user_id, correlation_id, attempt, disposition, delay_ms, code, detail, http_status, dns, connect, tls, first_byte, total,
               tokens_in, tokens_out, chars, audio);
end $$;
comment on function debrief._record_attempts(text, text, bigint[], text[], text[], int[], text[], bigint[], text[], text[], int[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]) is
  'Worker: adds to the attempt history; delays_ms: until the next attempt, -1: there is none.';
grant execute on function debrief._record_attempts(text, text, bigint[], text[], text[], int[], text[], bigint[], text[], text[], int[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]) to debrief_worker;
