-- Tables of the configuration and of the state of its servers.

-- Returns whether the table must be created. An existing table is used only when the installing role owns
-- it and it has the columns we rely on: anything else might be a trap (CVE-2022-2625).
create or replace function debrief._adopt(table_name text, columns_wanted text[]) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  found_table oid := to_regclass('debrief.' || quote_ident(table_name));
  missing text;
begin
  if found_table is null then
    return true;
  end if;
  if (select relowner <> current_user::regrole or relkind <> 'r' from pg_class where oid = found_table) then
    raise exception 'table debrief.% exists and belongs to another role', table_name
      using errcode = 'insufficient_privilege', hint = 'Run CREATE EXTENSION as its owner, or rename it.';
  end if;
  select string_agg(c, ', ') into missing
    from unnest(columns_wanted) c
   where not exists (select from pg_attribute a
                      where a.attrelid = found_table and a.attname = c and not a.attisdropped);
  if missing is not null then
    raise exception 'table debrief.% exists and lacks: %', table_name, missing
      using errcode = 'undefined_column', hint = 'Rename the table, or add what is missing.';
  end if;
  return false;
end $$;
comment on function debrief._adopt(text, text[]) is 'Whether to create a table; error when an existing one cannot be used.';

create or replace function debrief._restrict_stage(table_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  execute (select format('alter table debrief.%1$I add check (stage in (%2$s)); comment on column debrief.%1$I.stage is %3$L', table_name,
                         string_agg(quote_literal(l.stage), ', ' order by l.place),
                         regexp_replace(string_agg(l.stage, ', ' order by l.place), ', ([a-z]+)$', E' or \\1'))
             from debrief._stages() l);
end $$;
comment on function debrief._restrict_stage(text) is 'Restricts the column stage of a new table to the names of stages.';

create or replace function debrief._install_optional(part text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  stage_name text;
begin
  for stage_name in select l.stage from debrief._stages() l where l.is_optional order by l.place loop
    execute format('select debrief._install_%s_%s()', stage_name, part);
  end loop;
end $$;
comment on function debrief._install_optional(text) is 'Calls _install_STAGE_tables(), _install_STAGE_triggers() or _install_STAGE_access() of each optional stage.';

create or replace function debrief._install_configuration_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if debrief._adopt('installation', '{system_identifier,database_oid}') then
    create table debrief.installation (
      only_row boolean primary key default true check (only_row),
      system_identifier text not null check (length(system_identifier) <= 64),
      database_oid oid not null,
      installed_at timestamptz not null default now() check (isfinite(installed_at)),
      tables_version text not null default '1.0');
    comment on table debrief.installation is
      'The database that this pipeline was installed in: a copy of it claims nothing until debrief.activate_copy()';
    comment on column debrief.installation.only_row is 'There is one row';
    comment on column debrief.installation.system_identifier is 'Of the cluster, from pg_control';
    comment on column debrief.installation.database_oid is 'Of the database';
    comment on column debrief.installation.installed_at is 'When it was installed';
    comment on column debrief.installation.tables_version is 'The version of the tables: see debrief.update_tables()';
  end if;

  if debrief._adopt('stages', '{stage,server,store,paused,rollout_percent}') then
    create table debrief.stages (
      stage text primary key,
      server text,
      store text,
      max_attempts int not null default 3 check (max_attempts between 1 and 100),
      give_up_after interval not null default '24 hours'
        check (extract(epoch from give_up_after) between 1 and 90 * 86400),
      backoff_base_ms int not null default 1000 check (backoff_base_ms between 1 and 3600000),
      backoff_cap_ms int not null default 60000 check (backoff_cap_ms between 1 and 86400000),
      timeout_ms int not null default 60000 check (timeout_ms between 10 and 3600000),
      max_in_flight int not null default 16 check (max_in_flight between 1 and 5000),
      rollout_percent int not null default 100 check (rollout_percent between 0 and 100),
      user_attempts_per_day int check (user_attempts_per_day > 0),
      paused boolean not null default false,
      instruction text not null default '' check (length(instruction) <= 20000));
    perform debrief._restrict_stage('stages');
    comment on table debrief.stages is 'One row per stage: which server serves it, and its limits. Changes take effect at commit. An optional stage has a row where it is used';
    comment on column debrief.stages.server is 'The provider: a server whose kind serves the stage; null: the stage waits';
    comment on column debrief.stages.store is 'analysis: where recordings are read; audio: where audio is written';
    comment on column debrief.stages.max_attempts is 'Attempts before a row fails';
    comment on column debrief.stages.give_up_after is
      'A row fails when faults of its server or of the database kept it from being tried for so long in all; time in which the stage was paused does not count';
    comment on column debrief.stages.backoff_base_ms is 'A retry waits a random time up to base * 2^(attempt - 1), in milliseconds';
    comment on column debrief.stages.backoff_cap_ms is 'and never more than this, in milliseconds';
    comment on column debrief.stages.timeout_ms is 'Time limit of one call, in milliseconds';
    comment on column debrief.stages.max_in_flight is 'Calls at once, over all workers of this database';
    comment on column debrief.stages.rollout_percent is 'Share of users that are served, by a stable hash of user_id';
    comment on column debrief.stages.user_attempts_per_day is
      'How many attempts at the rows of one user it begins in a day (UTC): other rows of theirs wait for the next day, uncharged; null: no quota';
    comment on column debrief.stages.paused is 'Nothing is claimed while true';
    comment on column debrief.stages.instruction is
      'Kind http, stage analysis: sent with each video. Kinds gemini and openai: the prompt, instead of the default one';
  end if;

  if debrief._adopt('server_states', '{server,stage,parked_until,failures,paused}') then
    create table debrief.server_states (
      server text check (length(server) <= 63),
      stage text,
      paused boolean not null default false,
      parked_until timestamptz check (isfinite(parked_until)),
      failures int not null default 0 check (failures >= 0),
      code text check (length(code) <= 200),
      message text check (length(message) <= 20000),
      updated_at timestamptz not null default now() check (isfinite(updated_at)),
      primary key (server, stage));
    perform debrief._restrict_stage('server_states');
    comment on table debrief.server_states is
      'Servers that are paused, or parked because they failed: written by the worker, read by stage_status';
    comment on column debrief.server_states.server is 'Name of the server';
    comment on column debrief.server_states.stage is 'The stage that it serves, or stores for: a server may fail at one and work at another';
    comment on column debrief.server_states.paused is 'By pause_server(); nothing is claimed for it';
    comment on column debrief.server_states.parked_until is 'Not called until then, because it failed';
    comment on column debrief.server_states.failures is 'How often in a row it was parked; while not 0, one call at a time';
    comment on column debrief.server_states.code is 'Why it is parked, as a stable code';
    comment on column debrief.server_states.message is 'Why it is parked, in words';
    comment on column debrief.server_states.updated_at is 'When the row last changed';
  end if;

  if debrief._adopt('stage_states', '{stage,parked_until,failures,code,message}') then
    create table debrief.stage_states (
      stage text primary key,
      parked_until timestamptz not null check (isfinite(parked_until)),
      failures int not null default 0 check (failures >= 0),
      code text check (length(code) <= 200),
      message text check (length(message) <= 20000),
      updated_at timestamptz not null default now() check (isfinite(updated_at)));
    perform debrief._restrict_stage('stage_states');
    comment on table debrief.stage_states is
      'Stages whose results the database refuses, whatever the row: written by the worker, which keeps them and tries again';
    comment on column debrief.stage_states.parked_until is 'When the worker tries to store a result again; nothing is claimed before one is stored';
    comment on column debrief.stage_states.failures is 'How often in a row it has been refused since the stage was parked';
    comment on column debrief.stage_states.code is 'SQLSTATE of the refusal';
    comment on column debrief.stage_states.message is 'Its message';
    comment on column debrief.stage_states.updated_at is 'When the row last changed';
  end if;

  if debrief._adopt('outages', '{stage,server,began_at,ended_at}') then
    create table debrief.outages (
      stage text not null,
      server text not null check (length(server) <= 63),
      began_at timestamptz not null check (isfinite(began_at)),
      ended_at timestamptz not null check (isfinite(ended_at)),
      primary key (stage, server, began_at));
    perform debrief._restrict_stage('outages');
    comment on table debrief.outages is
      'When a stage was kept from work by a fault of a server or of the database: the clock of stages.give_up_after';
    comment on column debrief.outages.server is 'The server or store at fault; empty: the database';
    comment on column debrief.outages.began_at is 'When it was parked';
    comment on column debrief.outages.ended_at is 'When it worked again or was paused; in the future: not before it is tried again';
  end if;

  if debrief._adopt('server_limits', '{server,allowance,allowance_at,day,day_calls,spent_on}') then
    create table debrief.server_limits (
      server text primary key,
      allowance numeric not null default 0,
      allowance_at timestamptz not null default '-infinity',
      day date,
      day_calls bigint not null default 0,
      spent_on date)
      with (fillfactor = 50);
    comment on table debrief.server_limits is
      'How much of calls_per_minute and calls_per_day is used up, for servers that have these options: kept by the workers';
    comment on column debrief.server_limits.server is 'Name of the server';
    comment on column debrief.server_limits.allowance is 'Calls that could begin at allowance_at';
    comment on column debrief.server_limits.allowance_at is 'When allowance was counted';
    comment on column debrief.server_limits.day is 'The day (UTC) that day_calls counts';
    comment on column debrief.server_limits.day_calls is 'Calls that began on that day';
    comment on column debrief.server_limits.spent_on is 'The last day (UTC) on which its budget was used up; the log has a line of it';
  end if;

  if debrief._adopt('server_usage', '{server,stage,day,calls,failures,input_tokens,output_tokens,characters,audio_ms,cost}') then
    create table debrief.server_usage (
      server text,
      stage text,
      day date,
      calls bigint not null default 0,
      failures bigint not null default 0,
      input_tokens bigint not null default 0,
      output_tokens bigint not null default 0,
      characters bigint not null default 0,
      audio_ms numeric not null default 0,
      cost numeric not null default 0,
      primary key (server, stage, day))
      -- A few rows that change all the time, in no indexed column: half a page of free space keeps updates HOT.
      with (fillfactor = 50);
    comment on table debrief.server_usage is 'What each server was used for, by day (UTC): see debrief.usage';
    comment on column debrief.server_usage.server is 'Name of the server';
    comment on column debrief.server_usage.stage is 'The stage';
    comment on column debrief.server_usage.day is 'UTC';
    comment on column debrief.server_usage.calls is 'Calls that ended';
    comment on column debrief.server_usage.failures is 'Calls that failed';
    comment on column debrief.server_usage.input_tokens is 'As reported by the provider';
    comment on column debrief.server_usage.output_tokens is 'As reported by the provider';
    comment on column debrief.server_usage.characters is 'As reported by the provider, or as sent';
    comment on column debrief.server_usage.audio_ms is 'Milliseconds of audio produced';
    comment on column debrief.server_usage.cost is 'At the prices that the server''s options had then';
  end if;

  if debrief._adopt('user_usage', '{stage,end_user,day,attempts}') then
    create table debrief.user_usage (
      stage text,
      end_user uuid,
      day date not null check (isfinite(day)),
      attempts bigint not null,
      primary key (stage, end_user))
      with (fillfactor = 50);
    perform debrief._restrict_stage('user_usage');
    comment on table debrief.user_usage is
      'What users have had of their quota today, in stages that have stages.user_attempts_per_day: kept by the workers';
    comment on column debrief.user_usage.end_user is 'The user';
    comment on column debrief.user_usage.day is 'The day (UTC) that attempts counts; rows of past days are deleted';
    comment on column debrief.user_usage.attempts is 'Attempts at rows of the user that began on that day and were charged';
  end if;

  if debrief._adopt('voices', '{name,language,provider_voice,ssml_instruction,speech_instruction}') then
    create table debrief.voices (
      name text primary key check (length(name) between 1 and 200),
      language text not null default 'en-US' check (length(language) <= 100 and language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'),
      provider_voice jsonb not null default '{}' check (jsonb_typeof(provider_voice) = 'object' and octet_length(provider_voice::text) <= 20000),
      ssml_instruction text not null default '' check (length(ssml_instruction) <= 20000),
      speech_instruction text not null default '' check (length(speech_instruction) <= 20000),
      is_default boolean not null default false,
      -- Looked at when a statement ends: one may take the default from a voice and give it to another.
      constraint voices_one_default exclude (is_default with =) where (is_default) deferrable);
    comment on table debrief.voices is 'Voices an analysis can be spoken with; a job takes a snapshot when it is made';
    comment on column debrief.voices.name is 'What a recording''s metadata names as "voice"';
    comment on column debrief.voices.language is 'BCP 47, such as en-US';
    comment on column debrief.voices.provider_voice is 'Server name -> that server''s name for the voice; at most 20,000 bytes as text';
    comment on column debrief.voices.ssml_instruction is 'Sent with each request to write SSML';
    comment on column debrief.voices.speech_instruction is 'Sent with each request to speak';
    comment on column debrief.voices.is_default is 'Used when the recording''s metadata names no voice; at most one';
  end if;
end $install$;
comment on function debrief._install_configuration_tables() is 'Creates missing tables of the configuration and checks existing ones.';
