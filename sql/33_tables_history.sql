-- What happened, in numbers: the history of the pipeline, and who operated it.

create or replace function debrief._install_history_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
declare
  shared record;
begin
  if debrief._adopt('pipeline_minutes', '{minute,writer,stage,server,outcome,code,count,rolled_up}') then
    create table debrief.pipeline_minutes (
      minute timestamptz check (isfinite(minute)),
      writer int,
      stage text,
      server text check (length(server) <= 63),
      outcome text check (outcome in ('completed', 'failed', 'cancelled', 'retried')),
      code text check (length(code) <= 200),
      count bigint not null,
      attempts bigint not null,
      wait_ms bigint not null,
      wait_buckets bigint[] not null,
      call_ms bigint not null,
      call_buckets bigint[] not null,
      duration_ms bigint not null,
      duration_buckets bigint[] not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      characters bigint not null,
      audio_ms bigint not null,
      cost numeric not null,
      rolled_up boolean not null default false,
      primary key (minute, writer, stage, server, outcome, code))
      -- The rows of the present minute change with every settle, in no indexed column.
      with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.1);
    create index pipeline_minutes_recent_idx on debrief.pipeline_minutes (minute) where not rolled_up;
    perform debrief._restrict_stage('pipeline_minutes');
    comment on table debrief.pipeline_minutes is
      'The history of the pipeline: what ended in each minute, by stage, server, outcome and code. Kept for pg_debrief.minutes_retention; see also pipeline_hours';
    comment on column debrief.pipeline_minutes.minute is 'The minute in which it ended';
    comment on column debrief.pipeline_minutes.writer is
      'Who counted: the ordinal of a worker, or of a session minus its process ID. No two write to the same row';
    comment on column debrief.pipeline_minutes.server is 'The provider, or the store whose fault a failure is; empty: the stage had none';
    comment on column debrief.pipeline_minutes.outcome is
      'completed, failed (for good), cancelled, or retried: the attempt failed or was given back, and the row goes on';
    comment on column debrief.pipeline_minutes.code is 'Why it failed, as a stable code; empty for what was completed';
    comment on column debrief.pipeline_minutes.count is 'How many ended so';
    comment on column debrief.pipeline_minutes.attempts is 'Sum of the attempts made at them until then';
    comment on column debrief.pipeline_minutes.wait_ms is 'Sum of the times from due to claim, of the last attempt of each, in milliseconds';
    comment on column debrief.pipeline_minutes.wait_buckets is 'How many waited up to .001 .005 .01 .05 .1 .5 1 5 10 30 120 seconds, each without those before, and longer';
    comment on column debrief.pipeline_minutes.call_ms is 'Sum of the times from claim to answer, of the last attempt of each, in milliseconds';
    comment on column debrief.pipeline_minutes.call_buckets is 'The same for these; buckets as in wait_buckets';
    comment on column debrief.pipeline_minutes.duration_ms is
      'Sum of the times from the request (upload, message, edit, retry) until it was done or failed, in milliseconds; 0 for SSML that goes on to audio';
    comment on column debrief.pipeline_minutes.duration_buckets is 'How many took up to 1 2 5 10 20 30 60 120 300 seconds, each without those before, and longer';
    comment on column debrief.pipeline_minutes.input_tokens is 'As reported by the provider, of the last attempts; debrief.usage has all that was paid';
    comment on column debrief.pipeline_minutes.output_tokens is 'As reported by the provider';
    comment on column debrief.pipeline_minutes.characters is 'As reported by the provider, or as sent';
    comment on column debrief.pipeline_minutes.audio_ms is 'Milliseconds of audio produced';
    comment on column debrief.pipeline_minutes.cost is 'At the prices that the server''s options had then';
    comment on column debrief.pipeline_minutes.rolled_up is 'Whether pipeline_hours contains it';
  end if;

  if debrief._adopt('pipeline_hours', '{hour,stage,server,outcome,code,count}') then
    create table debrief.pipeline_hours (
      hour timestamptz check (isfinite(hour) or hour = '-infinity'),
      stage text,
      server text check (length(server) <= 63),
      outcome text check (outcome in ('completed', 'failed', 'cancelled', 'retried')),
      code text check (length(code) <= 200),
      count bigint not null,
      attempts bigint not null,
      wait_ms bigint not null,
      wait_buckets bigint[] not null,
      call_ms bigint not null,
      call_buckets bigint[] not null,
      duration_ms bigint not null,
      duration_buckets bigint[] not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      characters bigint not null,
      audio_ms bigint not null,
      cost numeric not null,
      primary key (hour, stage, server, outcome, code));
    perform debrief._restrict_stage('pipeline_hours');
    comment on table debrief.pipeline_hours is
      'The history of the pipeline by the hour, up to the last full hour; kept for pg_debrief.hours_retention. Hour -infinity: the total of all hours, from which counters begin';
    comment on column debrief.pipeline_hours.hour is 'The hour (UTC) in which it ended; -infinity: ever';
    for shared in select a.attname as name, col_description(m.attrelid, m.attnum) as comment
                    from pg_attribute a
                    join pg_attribute m on m.attrelid = 'debrief.pipeline_minutes'::regclass and m.attname = a.attname
                   where a.attrelid = 'debrief.pipeline_hours'::regclass and a.attnum > 0 loop
      execute format('comment on column debrief.pipeline_hours.%I is %L', shared.name, shared.comment);
    end loop;
  end if;

  if debrief._adopt('operations', '{id,minute,action,target,login,role,end_user,affected}') then
    create table debrief.operations (
      -- Not a sequence: a restore may record a command before it brings the old rows.
      id uuid primary key default gen_random_uuid(),
      minute timestamptz not null default date_trunc('minute', clock_timestamp()) check (isfinite(minute)),
      at timestamptz not null default clock_timestamp() check (isfinite(at)),
      action text not null check (length(action) <= 63),
      target text not null default '' check (length(target) <= 500),
      affected bigint not null default 1,
      login text not null check (length(login) <= 63),
      role text not null check (length(role) <= 63),
      end_user uuid,
      application text check (length(application) <= 63),
      address inet);
    create index operations_at_idx on debrief.operations (at);
    create index operations_end_user_idx on debrief.operations (end_user, action, minute) where end_user is not null;
    comment on table debrief.operations is
      'Who retried, cancelled, dismissed, paused, resumed, or changed a stage or a server: a row for each action of an operator, and one per user, action and minute for end users; sessions that act at once have one each. Kept as long as pipeline_hours';
    comment on column debrief.operations.id is 'Primary key';
    comment on column debrief.operations.minute is 'The minute of at';
    comment on column debrief.operations.at is 'When; for an end user the first time in that minute';
    comment on column debrief.operations.action is 'The function that was called, or the command';
    comment on column debrief.operations.target is 'To what: a stage, a server, or the id of a row; for an end user the first one';
    comment on column debrief.operations.affected is 'How many rows';
    comment on column debrief.operations.login is 'The role that logged in';
    comment on column debrief.operations.role is 'The role that acted: after SET ROLE another one';
    comment on column debrief.operations.end_user is 'The end user, where an application acted for one; null: an operator';
    comment on column debrief.operations.application is 'application_name of the session';
    comment on column debrief.operations.address is 'Where the session came from; null: a local socket';
  end if;
end $install$;
comment on function debrief._install_history_tables() is 'Creates missing tables of the history and checks existing ones.';

create or replace function debrief._install_tables() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  select debrief._install_configuration_tables();
  select debrief._install_pipeline_tables();
  select debrief._install_feedback_tables();
  select debrief._install_kept_tables();
  select debrief._install_history_tables();
  select debrief._install_optional('tables');
$$;
comment on function debrief._install_tables() is 'Creates missing tables and checks existing ones.';
