\echo Use "CREATE EXTENSION pg_debrief" to load this file. \quit

-- pg_debrief 1.0: an uploaded video becomes spoken feedback, inside the database.
--
-- Read top to bottom:
--    1  roles                         7  settle: what the worker writes back
--    2  functions written in C++      8  leases: rescue, release, renew
--    3  who is asking                 9  functions for applications and operators
--    4  configuration                10  views
--    5  tables and their triggers    11  row level security and grants
--    6  claim: what the worker takes 12  installation
--
-- The life of one stage of one row (analysis_jobs has one stage, analysis_feedback two):
--
--                 claim (+1 attempt, token, lease)        settle
--     queued ------------------------------------> processing ---------> completed
--       ^  ^                                          |   |
--       |  +-- retry later, defer, release, rescue ---+   +-- attempts used up,
--       |                                                     permanent error, cancel
--       +-- retry_*(), edit of the message ------------------ failed <--+
--
-- A row waits for its stage while its due time (`due_at`, `ssml_due_at`, `audio_due_at`) is not
-- null; a claim takes rows whose due time has come. The claim token is the fence: every settle
-- names the token it was given, and changes nothing when the row was edited, cancelled, deleted
-- or claimed again meanwhile.
--
-- Tables, views, triggers and policies are made by functions (sections 5, 10, 11) and taken out of
-- the extension, so that a dump carries them as the user's own. Functions therefore name tables
-- in late-bound bodies only.

-- 1. Roles ------------------------------------------------------------------------------------

-- Roles belong to the cluster, not to the extension: made when missing, never dropped. A role of
-- that name with more power than we would give it is refused rather than used.
do $roles$
declare
  wanted text;
begin
  foreach wanted in array array['debrief_worker', 'debrief_admin', 'debrief_reader', 'debrief_app'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute pg_catalog.format('create role %I nologin', wanted);
    elsif exists (select from pg_catalog.pg_roles
                   where rolname = wanted and (rolsuper or rolcreaterole or rolcreatedb or rolreplication)) then
      raise exception 'role "%" exists and has more rights than pg_debrief gives it', wanted
        using errcode = 'duplicate_object',
              hint = 'Rename that role, or take SUPERUSER, CREATEROLE, CREATEDB and REPLICATION from it.';
    end if;
  end loop;
end $roles$;

-- A background worker may log in as a role that no client can: the limit counts clients only.
alter role debrief_worker login connection limit 0 bypassrls password null;

comment on role debrief_worker is 'pg_debrief: what its background workers run as; no client can';
comment on role debrief_admin is 'pg_debrief: operators; configure, pause, retry, see every row';
comment on role debrief_reader is 'pg_debrief: monitoring; reads every row and view, changes nothing';
comment on role debrief_app is 'pg_debrief: applications; each user sees and writes his own rows';

-- 2. Functions written in C++ -----------------------------------------------------------------

create function debrief._wake() returns void
language c as 'MODULE_PATHNAME', 'debrief_wake';
comment on function debrief._wake() is
  'Wakes this database''s workers when the transaction commits. Error when the library is not preloaded.';

create function debrief._wake_revoked() returns void
language c as 'MODULE_PATHNAME', 'debrief_wake_revoked';
comment on function debrief._wake_revoked() is
  'As _wake(), and has the workers look for claims that were taken from them. Never an error.';

create function debrief._wake_trigger() returns trigger
language c as 'MODULE_PATHNAME', 'debrief_wake_trigger';
comment on function debrief._wake_trigger() is
  'Wakes the workers at commit; with argument ''revoked'' or ''config'' tells them why. Never an error.';

create function debrief._fdw_validator(options text[], catalog oid) returns void
language c strict as 'MODULE_PATHNAME', 'debrief_fdw_validator';
comment on function debrief._fdw_validator(text[], oid) is
  'Checks the options of CREATE SERVER ... FOREIGN DATA WRAPPER debrief.';

create function debrief._workers(
  out process text, out database oid, out ordinal int, out pid int, out state text,
  out since timestamptz, out in_flight int[], out last_error text)
returns setof record
language c strict as 'MODULE_PATHNAME', 'debrief_workers';
comment on function debrief._workers() is 'The launcher and every worker of the cluster, from shared memory.';

create function debrief._latency(
  out stage text, out phase text, out upper_bound_ms float8, out calls bigint)
returns setof record
language c strict as 'MODULE_PATHNAME', 'debrief_latency';
comment on function debrief._latency() is
  'Latency histogram of this database since the server started: calls per stage, phase and bucket.';

create function debrief._settle_count() returns bigint
language c volatile strict as 'MODULE_PATHNAME', 'debrief_settle_count';
comment on function debrief._settle_count() is 'How often workers have settled since the server started.';

create function debrief._wait_for_settle(seen bigint, timeout_ms int) returns void
language c volatile strict as 'MODULE_PATHNAME', 'debrief_wait_for_settle';
comment on function debrief._wait_for_settle(bigint, int) is
  'Sleeps until _settle_count() is no longer `seen`, or for timeout_ms.';

create function debrief._test_server(server_name text, timeout_ms int, out ok boolean, out message text)
language c strict volatile as 'MODULE_PATHNAME', 'debrief_test_server';
comment on function debrief._test_server(text, int) is 'Has a worker try a server out, and waits for its answer.';

create function debrief._system_identifier() returns text
language c stable strict as 'MODULE_PATHNAME', 'debrief_system_identifier';
comment on function debrief._system_identifier() is 'The cluster''s identifier from pg_control.';

-- 3. Who is asking ----------------------------------------------------------------------------

create function debrief.current_user_id() returns uuid
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
                  nullif(current_setting('debrief.user_id', true), ''))::uuid;
$$;
comment on function debrief.current_user_id() is
  'The application''s user: "sub" of request.jwt.claims (PostgREST, Supabase), else the setting debrief.user_id, else null.';

-- Inside a SECURITY DEFINER function current_user is the definer; the setting "role" still tells
-- what SET ROLE chose, and 'none' that nothing was chosen.
create function debrief._is_operator() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role(case current_setting('role') when 'none' then session_user::text
                          else current_setting('role') end, 'debrief_admin', 'member');
$$;
comment on function debrief._is_operator() is 'Whether the calling role is a member of debrief_admin.';

create function debrief._may_act_on(owner_id uuid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._is_operator() or coalesce(owner_id = debrief.current_user_id(), false);
$$;
comment on function debrief._may_act_on(uuid) is 'Whether the caller is an operator or the user himself.';

-- 4. Configuration ----------------------------------------------------------------------------

create foreign data wrapper debrief validator debrief._fdw_validator;
comment on foreign data wrapper debrief is
  'pg_debrief: each provider and each store is a server of this wrapper; option "kind" says which';

create function debrief._stage_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  server_kind text;
begin
  if new.server is not null then
    server_kind := debrief._server_kind(new.server);
    if server_kind is null then
      raise exception 'server "%" does not exist', new.server using errcode = 'undefined_object',
        hint = 'CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''http'', base_url ''http://...'');';
    elsif debrief._stages_served(server_kind) is null then
      raise exception 'server "%" is a store (kind "%"), not a provider', new.server, server_kind
        using errcode = 'invalid_parameter_value', hint = 'Name it in the column "store".';
    elsif new.stage in ('analysis', 'ssml', 'audio') and new.stage <> all (debrief._stages_served(server_kind)) then
      raise exception 'kind "%" cannot serve stage "%"', server_kind, new.stage
        using errcode = 'invalid_parameter_value',
              hint = format('It serves: %s.', array_to_string(debrief._stages_served(server_kind), ', '));
    end if;
  end if;
  if new.store is not null then
    server_kind := debrief._server_kind(new.store);
    if server_kind is null then
      raise exception 'store "%" does not exist', new.store using errcode = 'undefined_object',
        hint = 'CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''directory'', path ''/...'');';
    elsif debrief._stages_served(server_kind) is not null then
      raise exception 'server "%" is a provider (kind "%"), not a store', new.store, server_kind
        using errcode = 'invalid_parameter_value', hint = 'Name it in the column "server".';
    elsif new.stage = 'analysis' and server_kind = 'database' then
      raise exception 'kind "database" keeps audio, not recordings'
        using errcode = 'invalid_parameter_value',
              hint = 'Use a store of kind "directory", "supabase" or "s3" for stage "analysis".';
    elsif new.stage = 'ssml' then
      raise exception 'stage "ssml" has no store' using errcode = 'invalid_parameter_value',
        hint = 'SSML is kept in debrief.analysis_ssml_segments.';
    end if;
  end if;
  return new;
end $$;
comment on function debrief._stage_check() is 'Trigger: a stage may only name servers that can serve it.';

create function debrief._stages_served(kind text) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
           when kind in ('http', 'gemini', 'openai') then array['analysis', 'ssml', 'audio']
           when kind = 'template' then array['ssml']
           when kind in ('google_tts', 'azure_speech', 'elevenlabs', 'polly') then array['audio']
         end;
$$;
comment on function debrief._stages_served(text) is 'The stages that servers of a kind can serve; null when it is a store.';

create function debrief._server_kind(server_name text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select o.option_value
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
   cross join lateral pg_options_to_table(s.srvoptions) o
   where s.srvname = server_name and o.option_name = 'kind';
$$;
comment on function debrief._server_kind(text) is 'The kind of a server of ours; null when there is none.';

-- What the worker needs to know, one row per stage. Read when something of it changed.
create function debrief._load_config()
returns table (stage text, server text, kind text, options jsonb, store text, store_kind text,
               store_options jsonb, max_attempts int, max_deferrals int, backoff_base_ms bigint,
               backoff_cap_ms bigint, timeout_ms bigint, max_in_flight int, instruction text,
               paused boolean, parked_ms bigint, failures int, store_parked_ms bigint, store_failures int)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select s.stage, s.server, debrief._server_kind(s.server), debrief._server_options(s.server),
         s.store, debrief._server_kind(s.store), debrief._server_options(s.store),
         s.max_attempts, s.max_deferrals, s.backoff_base_ms::bigint, s.backoff_cap_ms::bigint,
         s.timeout_ms::bigint, s.max_in_flight, s.instruction,
         s.paused or coalesce(t.paused, false) or coalesce(u.paused, false) or debrief._is_copy(),
         greatest(0, ceil(extract(epoch from t.parked_until - clock_timestamp()) * 1000))::bigint,
         coalesce(t.failures, 0),
         greatest(0, ceil(extract(epoch from u.parked_until - clock_timestamp()) * 1000))::bigint,
         coalesce(u.failures, 0)
    from debrief.stages s
    left join debrief.server_states t on t.server = s.server
    left join debrief.server_states u on u.server = s.store
   order by s.stage;
$$;
comment on function debrief._load_config() is 'Worker: the stages with their servers, stores and state.';

create function debrief._server_options(server_name text) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_object_agg(o.option_name, o.option_value)
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw and w.fdwname = 'debrief'
   cross join lateral pg_options_to_table(s.srvoptions) o
   where s.srvname = server_name;
$$;
comment on function debrief._server_options(text) is 'The options of a server of ours.';

-- A restored dump or a cloned database carries the identity of its origin.
create function debrief._is_copy() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select from debrief.installation i
     where i.system_identifier = debrief._system_identifier()
       and i.database_oid = (select oid from pg_database where datname = current_database()));
$$;
comment on function debrief._is_copy() is
  'Whether this database is a copy of the one the pipeline was installed in: then nothing is claimed until debrief.resume().';

-- Whether a user is among the share that a stage serves: a stable hash, so that a growing share
-- keeps those it had.
create function debrief._in_rollout(user_id uuid, percent int) returns boolean
language sql immutable parallel safe
as $$
  select percent >= 100 or pg_catalog.abs(pg_catalog.hashtextextended(user_id::text, 0) % 100) < percent;
$$;
comment on function debrief._in_rollout(uuid, int) is 'Whether the user belongs to the first `percent` of all users.';

-- A worker that dies takes all its calls along, and nobody can tell whose fault it was. Rows that
-- were lost are tried again together once; those that are at their last attempt by then, or were lost
-- a second time, run one at a time: so that one that kills its worker uses up its own attempts and
-- not those of others.
create function debrief._runs_alone(error_code text, attempts int, max_attempts int) returns boolean
language sql immutable parallel safe
as $$
  select coalesce(error_code = 'worker_lost', false) and attempts >= least(2, max_attempts - 1);
$$;
comment on function debrief._runs_alone(text, int, int) is
  'Whether a queued row is claimed only while no other such row of its stage is in flight: its worker was lost at its last attempts.';

-- 5. Tables and their triggers ----------------------------------------------------------------

create function debrief._install_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
begin
  -- 5.1 configuration
  if debrief._adopt('installation', '{system_identifier,database_oid}') then
    create table debrief.installation (
      only_row boolean primary key default true check (only_row),
      system_identifier text not null,
      database_oid oid not null,
      installed_at timestamptz not null default now());
    comment on table debrief.installation is
      'Which database this pipeline was installed in: a copy of it claims nothing until debrief.resume()';
  end if;

  if debrief._adopt('stages', '{stage,server,store,paused,rollout_percent}') then
    create table debrief.stages (
      stage text primary key check (stage in ('analysis', 'ssml', 'audio')),
      server text,
      store text,
      max_attempts int not null default 3 check (max_attempts between 1 and 100),
      max_deferrals int not null default 100 check (max_deferrals between 0 and 10000),
      backoff_base_ms int not null default 1000 check (backoff_base_ms between 1 and 3600000),
      backoff_cap_ms int not null default 60000 check (backoff_cap_ms between 1 and 86400000),
      timeout_ms int not null default 60000 check (timeout_ms between 10 and 3600000),
      max_in_flight int not null default 16 check (max_in_flight between 1 and 1000),
      rollout_percent int not null default 100 check (rollout_percent between 0 and 100),
      paused boolean not null default false,
      instruction text not null default '' check (length(instruction) <= 20000));
    comment on table debrief.stages is 'One row per stage: which server serves it, and its limits. Changes take effect at commit';
    comment on column debrief.stages.server is 'The provider: a server whose kind serves the stage; null: the stage waits';
    comment on column debrief.stages.store is 'analysis: where recordings are read; audio: where audio is written';
    comment on column debrief.stages.max_attempts is 'Attempts before a row fails';
    comment on column debrief.stages.max_deferrals is 'How often a busy server may put a row off before it fails';
    comment on column debrief.stages.backoff_base_ms is 'A retry waits a random time up to base * 2^(attempt - 1), in milliseconds';
    comment on column debrief.stages.backoff_cap_ms is 'and never more than this, in milliseconds';
    comment on column debrief.stages.timeout_ms is 'Time limit of one call, in milliseconds';
    comment on column debrief.stages.max_in_flight is 'Calls at once, over all workers of this database';
    comment on column debrief.stages.rollout_percent is 'Share of users that are served, by a stable hash of user_id';
    comment on column debrief.stages.paused is 'Nothing is claimed while true';
    comment on column debrief.stages.instruction is
      'Kind http, stage analysis: sent with each video. Kinds gemini and openai: the prompt, instead of the default one';
  end if;

  if debrief._adopt('server_states', '{server,parked_until,failures,paused}') then
    create table debrief.server_states (
      server text primary key,
      paused boolean not null default false,
      parked_until timestamptz,
      failures int not null default 0,
      code text,
      message text,
      updated_at timestamptz not null default now());
    comment on table debrief.server_states is
      'Servers that are paused, or left alone for a while because they failed: written by the worker, read by provider_status';
  end if;

  if debrief._adopt('server_limits', '{server,allowance,allowance_at,day,day_calls}') then
    create table debrief.server_limits (
      server text primary key,
      allowance numeric not null default 0,
      allowance_at timestamptz not null default '-infinity',
      day date,
      day_calls bigint not null default 0)
      with (fillfactor = 50);
    comment on table debrief.server_limits is
      'How much of calls_per_minute and calls_per_day is used up, for servers that have these options: kept by the workers';
    comment on column debrief.server_limits.allowance is 'Calls that could begin at allowance_at';
    comment on column debrief.server_limits.day is 'The day (UTC) that day_calls counts';
  end if;

  if debrief._adopt('server_usage', '{server,stage,day,calls,failures,input_tokens,output_tokens,characters,audio_ms}') then
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
      primary key (server, stage, day))
      -- A few rows that change all the time, in no index: half a page of room keeps the updates HOT.
      with (fillfactor = 50);
    comment on table debrief.server_usage is 'What each server was used for, by day (UTC): see debrief.usage';
  end if;

  if debrief._adopt('voices', '{name,language,provider_voice,ssml_instruction,speech_instruction}') then
    create table debrief.voices (
      name text primary key check (name <> ''),
      language text not null default 'en-US' check (language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'),
      provider_voice jsonb not null default '{}' check (jsonb_typeof(provider_voice) = 'object'),
      ssml_instruction text not null default '' check (length(ssml_instruction) <= 20000),
      speech_instruction text not null default '' check (length(speech_instruction) <= 20000),
      is_default boolean not null default false);
    create unique index voices_one_default on debrief.voices (is_default) where is_default;
    comment on table debrief.voices is 'Voices an analysis can be spoken with; a job takes a snapshot when it is made';
    comment on column debrief.voices.language is 'BCP 47, such as en-US';
    comment on column debrief.voices.provider_voice is 'Server name -> that server''s name for the voice';
    comment on column debrief.voices.ssml_instruction is 'Sent with each request to write SSML';
    comment on column debrief.voices.speech_instruction is 'Sent with each request to speak';
    comment on column debrief.voices.is_default is 'Used when the recording''s metadata names no voice; at most one';
  end if;

  -- 5.2 the pipeline
  if to_regclass('debrief.claim_token_seq') is null then
    create sequence debrief.claim_token_seq;
    comment on sequence debrief.claim_token_seq is 'Claim tokens and worker ids; never restart it: it is the fence';
  end if;

  if debrief._adopt('video_recordings', '{id,user_id,storage_path,upload_status,source,metadata}') then
    create table debrief.video_recordings (
      id bigint generated always as identity primary key,
      user_id uuid not null,
      storage_path text not null default ''
        check (length(storage_path) <= 1024 and storage_path !~ '(^/|//|(^|/)\.\.?(/|$)|[[:cntrl:]])'),
      original_filename text check (length(original_filename) <= 500),
      format text check (length(format) <= 50),
      file_size bigint check (file_size >= 0),
      duration_seconds numeric check (duration_seconds >= 0),
      upload_status text not null default 'pending'
        check (upload_status in ('pending', 'uploading', 'completed', 'failed')),
      upload_progress int not null default 0 check (upload_progress between 0 and 100),
      source text unique check (length(source) <= 500),
      metadata jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now());
    create index video_recordings_user_idx on debrief.video_recordings (user_id);
    comment on table debrief.video_recordings is 'Uploaded videos; upload_status = completed starts the analysis';
    comment on column debrief.video_recordings.user_id is 'The owner; never changes. An application''s user may leave it out';
    comment on column debrief.video_recordings.storage_path is
      'Relative path in the store of stage analysis; a user''s own rows begin with his user_id and /';
    comment on column debrief.video_recordings.source is 'The row of the application''s own table it stands for: see debrief.track_upload()';
    comment on column debrief.video_recordings.metadata is
      'The application''s own; "voice" chooses a row of debrief.voices, "transcript" is what a text model analyses';
  end if;

  if debrief._adopt('analysis_jobs', '{id,user_id,video_recording_id,status,due_at,claim_token,lease_expires_at}') then
    create table debrief.analysis_jobs (
      id bigint generated always as identity primary key,
      user_id uuid not null,
      video_recording_id bigint not null unique references debrief.video_recordings (id) on delete cascade,
      status text not null default 'queued' check (status in ('queued', 'processing', 'completed', 'failed')),
      progress_percentage int not null default 0 check (progress_percentage between 0 and 100),
      attempts int not null default 0 check (attempts >= 0),
      deferrals int not null default 0 check (deferrals >= 0),
      last_error text,
      error_code text,
      title text,
      summary_text text,
      full_feedback_text text,
      raw_response jsonb,
      provider text,
      version text,
      voice text,
      voice_snapshot jsonb not null default '{}',
      correlation_id uuid not null default gen_random_uuid(),
      due_at timestamptz,
      claim_token bigint,
      claimed_by bigint,
      lease_expires_at timestamptz,
      exchange_server text,
      exchange_state jsonb,
      processing_started_at timestamptz,
      processing_completed_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint analysis_jobs_due_only_when_queued check (due_at is null or status = 'queued'),
      constraint analysis_jobs_leased_only_when_processing check (lease_expires_at is null or status = 'processing'),
      constraint analysis_jobs_processing_is_claimed check (claim_token is not null or status <> 'processing'))
      -- As of analysis_feedback, but there are few of them.
      with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    create index analysis_jobs_due_idx on debrief.analysis_jobs (due_at, id) where due_at is not null;
    create index analysis_jobs_lease_idx on debrief.analysis_jobs (lease_expires_at) where lease_expires_at is not null;
    create index analysis_jobs_lost_idx on debrief.analysis_jobs (id) where error_code = 'worker_lost';
    create index analysis_jobs_user_idx on debrief.analysis_jobs (user_id, created_at);
    comment on table debrief.analysis_jobs is 'One analysis of one recording: the queue entry and its result';
    comment on column debrief.analysis_jobs.attempts is 'Attempts of the current run, the running one counted';
    comment on column debrief.analysis_jobs.deferrals is 'How often a busy server put this run off; not attempts';
    comment on column debrief.analysis_jobs.last_error is 'Why the last attempt failed, in a sentence for the owner; null after a success';
    comment on column debrief.analysis_jobs.error_code is 'The same as a stable code; ''cancelled'' after cancel_analysis()';
    comment on column debrief.analysis_jobs.raw_response is 'The provider''s answer, whole';
    comment on column debrief.analysis_jobs.voice_snapshot is 'The row of debrief.voices as it was when the job was made';
    comment on column debrief.analysis_jobs.correlation_id is 'One id through rows, attempts, the server log and the provider''s requests';
    comment on column debrief.analysis_jobs.due_at is 'When the next attempt may be claimed; null when it does not wait';
    comment on column debrief.analysis_jobs.claim_token is 'The fence: of the claim that holds the row';
    comment on column debrief.analysis_jobs.claimed_by is 'Worker that holds the row';
    comment on column debrief.analysis_jobs.lease_expires_at is 'When the claim ends by itself';
    comment on column debrief.analysis_jobs.exchange_server is 'The server that exchange_state is about';
    comment on column debrief.analysis_jobs.exchange_state is
      'How far a long exchange has come (an upload, its processing): the next attempt goes on from there. No secrets';
  end if;

  if debrief._adopt('analysis_metrics', '{analysis_job_id,user_id,metric_key,metric_value,unit}') then
    create table debrief.analysis_metrics (
      id bigint generated always as identity primary key,
      analysis_job_id bigint not null references debrief.analysis_jobs (id) on delete cascade,
      user_id uuid not null,
      metric_key text not null,
      metric_value numeric not null,
      unit text not null default '',
      created_at timestamptz not null default now(),
      unique (analysis_job_id, metric_key));
    comment on table debrief.analysis_metrics is 'What an analysis measured';
  end if;

  if debrief._adopt('analysis_feedback', '{id,analysis_job_id,user_id,message,ssml_status,audio_status,ssml_due_at,audio_due_at,claim_token,lease_expires_at}') then
    create table debrief.analysis_feedback (
      id bigint generated always as identity primary key,
      analysis_job_id bigint not null references debrief.analysis_jobs (id) on delete cascade,
      user_id uuid not null,
      timestamp_seconds numeric not null default 0 check (timestamp_seconds >= 0),
      category text not null default 'General' check (length(category) between 1 and 64),
      message text not null default '' check (length(message) <= 4000),
      confidence numeric check (confidence between 0 and 1),
      impact numeric check (impact between 0 and 1),
      ssml_status text not null default 'queued' check (ssml_status in ('queued', 'processing', 'completed', 'failed')),
      audio_status text not null default 'queued' check (audio_status in ('queued', 'processing', 'completed', 'failed')),
      ssml_attempts int not null default 0 check (ssml_attempts >= 0),
      audio_attempts int not null default 0 check (audio_attempts >= 0),
      deferrals int not null default 0 check (deferrals >= 0),
      ssml_last_error text,
      audio_last_error text,
      ssml_error_code text,
      audio_error_code text,
      ssml_updated_at timestamptz not null default now(),
      audio_updated_at timestamptz not null default now(),
      ssml_due_at timestamptz,
      audio_due_at timestamptz,
      claim_token bigint,
      claimed_by bigint,
      lease_expires_at timestamptz,
      from_analysis boolean not null default false,
      user_rating text check (user_rating in ('up', 'down')),
      created_at timestamptz not null default now(),
      constraint analysis_feedback_due_only_when_queued check (
        (ssml_due_at is null or ssml_status = 'queued')
        and (audio_due_at is null or (audio_status = 'queued' and ssml_status = 'completed'))),
      constraint analysis_feedback_leased_only_when_processing check (
        lease_expires_at is null or ssml_status = 'processing' or audio_status = 'processing'),
      constraint analysis_feedback_processing_is_claimed check (
        claim_token is not null or (ssml_status <> 'processing' and audio_status <> 'processing')))
      -- A row leaves three or four dead versions within seconds, each with entries in the indexes that claims
      -- scan: vacuum comes by the thousand of them, and does not dawdle. Room on the page saves WAL (a fifth),
      -- not index entries: no update here can be HOT, because the queue's indexes are about what it changes.
      with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
            autovacuum_vacuum_cost_delay = 0);
    create index analysis_feedback_job_idx on debrief.analysis_feedback (analysis_job_id);
    create index analysis_feedback_created_idx on debrief.analysis_feedback (created_at);
    create index analysis_feedback_ssml_due_idx on debrief.analysis_feedback (ssml_due_at, id) where ssml_due_at is not null;
    create index analysis_feedback_audio_due_idx on debrief.analysis_feedback (audio_due_at, id) where audio_due_at is not null;
    create index analysis_feedback_lease_idx on debrief.analysis_feedback (lease_expires_at) where lease_expires_at is not null;
    create index analysis_feedback_lost_idx on debrief.analysis_feedback (id)
     where ssml_error_code = 'worker_lost' or audio_error_code = 'worker_lost';
    comment on table debrief.analysis_feedback is
      'Feedback items; each row is its own entry in the queues of stages ssml and audio';
    comment on column debrief.analysis_feedback.timestamp_seconds is 'The moment of the video it is about';
    comment on column debrief.analysis_feedback.message is 'What is spoken; blank waits without being claimed; a change starts both stages again';
    comment on column debrief.analysis_feedback.ssml_attempts is 'Attempts at the present message, the running one counted';
    comment on column debrief.analysis_feedback.audio_attempts is 'Attempts at the present SSML, the running one counted';
    comment on column debrief.analysis_feedback.deferrals is 'How often a busy server put the present stage off; not attempts';
    comment on column debrief.analysis_feedback.ssml_last_error is 'Why the last attempt failed, in a sentence for the owner; null after a success';
    comment on column debrief.analysis_feedback.ssml_error_code is 'The same as a stable code; ''cancelled'' after cancel_feedback()';
    comment on column debrief.analysis_feedback.ssml_due_at is 'When the next attempt may be claimed; null when it does not wait';
    comment on column debrief.analysis_feedback.claim_token is 'The fence: of the claim that holds the row';
    comment on column debrief.analysis_feedback.from_analysis is 'Made by the analysis: replaced when the analysis runs again';
    comment on column debrief.analysis_feedback.user_rating is 'The owner''s own word: up or down';
  end if;

  if debrief._adopt('analysis_ssml_segments', '{feedback_id,user_id,segment_index,ssml}') then
    create table debrief.analysis_ssml_segments (
      id bigserial primary key,
      feedback_id bigint not null references debrief.analysis_feedback (id) on delete cascade,
      user_id uuid not null,
      segment_index int not null default 0 check (segment_index >= 0),
      ssml text not null,
      provider text default 'gemini',
      version text,
      created_at timestamptz not null default now(),
      unique (feedback_id, segment_index));
    create index analysis_ssml_segments_created_idx on debrief.analysis_ssml_segments (created_at);
    comment on table debrief.analysis_ssml_segments is 'The SSML of a feedback item, in order of segment_index';
  end if;

  if debrief._adopt('analysis_audio_segments', '{id,feedback_id,user_id,segment_index,audio_url,storage_path,source_hash}') then
    create table debrief.analysis_audio_segments (
      id bigint generated always as identity primary key,
      feedback_id bigint not null references debrief.analysis_feedback (id) on delete cascade,
      user_id uuid not null,
      segment_index int not null default 0 check (segment_index >= 0),
      audio_url text not null,
      storage_path text,
      format text,
      duration_ms numeric check (duration_ms > 0),
      bytes bigint,
      provider text,
      version text,
      store text,
      source_hash text,
      created_at timestamptz not null default now(),
      unique (feedback_id, segment_index));
    comment on table debrief.analysis_audio_segments is 'The sound of each SSML segment';
    comment on column debrief.analysis_audio_segments.audio_url is
      'Where a player finds it: the store''s public_url and the path, else file:// or pg:// (debrief.get_audio)';
    comment on column debrief.analysis_audio_segments.storage_path is 'Path in the store; ends in the content''s hash';
    comment on column debrief.analysis_audio_segments.duration_ms is 'Milliseconds, measured in the sound itself';
    comment on column debrief.analysis_audio_segments.store is 'The server that keeps it';
    comment on column debrief.analysis_audio_segments.source_hash is 'Of the SSML and voice it was made from';
  end if;

  if debrief._adopt('audio_objects', '{storage_path,user_id,content_type,body}') then
    create table debrief.audio_objects (
      storage_path text primary key,
      user_id uuid not null,
      content_type text not null,
      body bytea not null,
      created_at timestamptz not null default now());
    alter table debrief.audio_objects alter column body set storage external;
    comment on table debrief.audio_objects is 'The store of kind database: sounds as bytea, written in the settle''s own transaction';
  end if;

  if debrief._adopt('object_deletions', '{id,store,storage_path,feedback_id,segment_index}') then
    create table debrief.object_deletions (
      id bigint generated always as identity primary key,
      store text not null,
      storage_path text not null,
      feedback_id bigint,
      segment_index int,
      attempts int not null default 0,
      last_error text,
      due_at timestamptz not null default now(),
      created_at timestamptz not null default now())
      -- Each object in a store of its own is noted here and forgotten a day later: all of it is dead in the end.
      with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    create index object_deletions_due_idx on debrief.object_deletions (due_at, id);
    comment on table debrief.object_deletions is
      'Objects to delete when they come due, unless a row names them: of rows that are gone, of settles that never came, and files that a provider was lent';
    comment on column debrief.object_deletions.store is 'The server that keeps the object';
  end if;

  if debrief._adopt('attempts', '{id,stage,row_id,outcome,code,correlation_id}') then
    create table debrief.attempts (
      id bigint generated always as identity primary key,
      stage text not null,
      row_id bigint not null,
      user_id uuid,
      correlation_id uuid,
      attempt int not null,
      server text,
      outcome text not null,
      code text,
      detail text,
      http_status int,
      dns_ms numeric,
      connect_ms numeric,
      tls_ms numeric,
      first_byte_ms numeric,
      total_ms numeric,
      input_tokens bigint,
      output_tokens bigint,
      characters bigint,
      audio_ms numeric,
      finished_at timestamptz not null default clock_timestamp());
    create index attempts_finished_idx on debrief.attempts (finished_at);
    create index attempts_row_idx on debrief.attempts (row_id, stage);
    comment on table debrief.attempts is
      'Attempt history, kept for pg_debrief.attempt_retention; which attempts: pg_debrief.attempt_history';
    comment on column debrief.attempts.row_id is 'analysis_jobs.id (stage analysis) or analysis_feedback.id';
    comment on column debrief.attempts.outcome is 'completed, retry, defer, release, fail, stale or rescued';
    comment on column debrief.attempts.detail is 'For operators: the provider''s own words, cut and cleaned';
  end if;
end $install$;
comment on function debrief._install_tables() is 'Makes the tables that are missing and checks those that are kept.';

-- Answers whether the table must be made. One that is there already is used only when the installing
-- role owns it and it has the columns we rely on: anything else might be a trap (CVE-2022-2625).
create function debrief._adopt(table_name text, columns_wanted text[]) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
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
comment on function debrief._adopt(text, text[]) is 'Whether to make a table; error when one of that name cannot be used.';

-- 5.3 trigger functions. Each touches its own row only (the kickoff apart) and marks a wake-up.

create function debrief._recording_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.user_id := coalesce(new.user_id, debrief.current_user_id());
  elsif new.user_id is distinct from old.user_id then
    raise exception 'user_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  new.updated_at := now();
  return new;
end $$;
comment on function debrief._recording_check() is 'Trigger: fills user_id from the request, keeps it, and dates the row.';

-- Deferred to the commit, so that the upload's last word counts. Runs as debrief_worker: who uploads
-- may not write jobs.
create function debrief._kickoff() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and old.upload_status = 'completed' then
    return null;  -- completed before: not a new completion
  end if;
  if exists (select from debrief.video_recordings r where r.id = new.id and r.upload_status = 'completed') then
    perform debrief._queue_analysis(new.id);
  end if;
  return null;
end $$;
comment on function debrief._kickoff() is 'Trigger: queues the analysis of a recording whose upload is complete.';

-- Queues a recording's analysis: makes the job, or takes a failed one up again. Answers the job, and
-- whether it is now queued by this call.
create function debrief._queue_analysis(recording_id bigint, out job_id bigint, out queued boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into debrief.analysis_jobs as j (video_recording_id) values (recording_id)
  on conflict (video_recording_id) do update
     set status = 'queued', attempts = 0, deferrals = 0, last_error = null, error_code = null,
         progress_percentage = 0, due_at = clock_timestamp(), correlation_id = gen_random_uuid(),
         claim_token = null, claimed_by = null, lease_expires_at = null, exchange_server = null, exchange_state = null,
         processing_started_at = null, processing_completed_at = null
   where j.status = 'failed'
  returning j.id into job_id;
  queued := job_id is not null;
  if not queued then
    select j.id into job_id from debrief.analysis_jobs j where j.video_recording_id = recording_id;
  end if;
end $$;
comment on function debrief._queue_analysis(bigint) is 'Makes or re-queues the analysis of a recording; idempotent.';

create function debrief._job_check() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  chosen text;
begin
  if tg_op = 'INSERT' then
    select r.user_id, coalesce(new.voice, r.metadata ->> 'voice') into new.user_id, chosen
      from debrief.video_recordings r where r.id = new.video_recording_id;
    if not found then
      raise exception 'video recording % does not exist', new.video_recording_id using errcode = 'foreign_key_violation';
    end if;
    if new.voice_snapshot = '{}' then
      -- An unknown name is no reason to fail an upload: the default speaks.
      select v.name, to_jsonb(v) into new.voice, new.voice_snapshot from debrief.voices v
       where v.name = chosen or v.is_default order by v.name = chosen desc nulls last limit 1;
      new.voice_snapshot := coalesce(new.voice_snapshot, '{"language": "en-US"}');
    end if;
    if new.status = 'queued' then
      new.due_at := coalesce(new.due_at, clock_timestamp());
    end if;
    return new;
  end if;

  if new.user_id is distinct from old.user_id or new.video_recording_id is distinct from old.video_recording_id then
    raise exception 'user_id and video_recording_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  -- A status written by hand: make the queue's columns agree with it.
  if new.status = 'queued' and new.due_at is null then
    new.due_at := clock_timestamp();
    new.attempts := 0;
  elsif new.status <> 'queued' then
    new.due_at := null;
  end if;
  if new.status in ('completed', 'failed') then
    new.exchange_server := null;
    new.exchange_state := null;
  end if;
  if new.status <> 'processing' and old.claim_token is not null then
    perform debrief._wake_revoked();
    new.lease_expires_at := null;
    new.claim_token := null;
    new.claimed_by := null;
  end if;
  new.updated_at := now();
  return new;
end $$;
comment on function debrief._job_check() is 'Trigger: fills owner, voice and due time; keeps the queue''s columns in step with status.';

create function debrief._feedback_insert() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  select j.user_id into new.user_id from debrief.analysis_jobs j where j.id = new.analysis_job_id;
  if not found then
    raise exception 'analysis job % does not exist', new.analysis_job_id using errcode = 'foreign_key_violation';
  end if;
  new.ssml_due_at := null;
  new.audio_due_at := null;
  if new.message ~ '[^[:space:]]' then
    if new.ssml_status = 'queued' then
      new.ssml_due_at := clock_timestamp();
    elsif new.ssml_status = 'completed' and new.audio_status = 'queued' then
      new.audio_due_at := clock_timestamp();
    end if;
  end if;
  return new;
end $$;
comment on function debrief._feedback_insert() is 'Trigger: fills the owner from the job and queues what has something to say.';

-- Fires when the message changed or a status was written by hand (its WHEN clause): the worker's own
-- updates pass it by.
create function debrief._feedback_update() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  speaks constant boolean := new.message ~ '[^[:space:]]';
begin
  if new.user_id is distinct from old.user_id or new.analysis_job_id is distinct from old.analysis_job_id then
    raise exception 'user_id and analysis_job_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  if btrim(new.message) <> btrim(old.message) then
    new.ssml_status := 'queued';
  elsif new.ssml_status = old.ssml_status and new.audio_status = old.audio_status then
    return new;  -- white space only
  end if;
  if new.ssml_status = 'queued' then
    new.ssml_attempts := 0;
    new.ssml_last_error := null;
    new.ssml_error_code := null;
    new.ssml_updated_at := now();
    new.audio_status := 'queued';
    new.ssml_due_at := case when speaks then clock_timestamp() end;
  else
    new.ssml_due_at := null;
  end if;
  if new.audio_status = 'queued' then
    new.audio_attempts := 0;
    new.audio_last_error := null;
    new.audio_error_code := null;
    new.audio_updated_at := now();
    new.audio_due_at := case when speaks and new.ssml_status = 'completed' then clock_timestamp() end;
  else
    new.audio_due_at := null;
  end if;
  if old.claim_token is not null then
    perform debrief._wake_revoked();
  end if;
  new.deferrals := 0;
  new.claim_token := null;
  new.claimed_by := null;
  new.lease_expires_at := null;
  return new;
end $$;
comment on function debrief._feedback_update() is
  'Trigger: an edited message, or a status written by hand, starts the stage again and makes answers in flight stale.';

create function debrief._segment_owner() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    raise exception 'user_id and feedback_id cannot change' using errcode = 'invalid_parameter_value';
  end if;
  select f.user_id into new.user_id from debrief.analysis_feedback f where f.id = new.feedback_id;
  return new;
end $$;
comment on function debrief._segment_owner() is 'Trigger: fills the owner of a segment from its feedback.';

-- Runs as debrief_worker: a cascade from a user's own DELETE ends here.
create function debrief._object_unreferenced() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  kind constant text := debrief._server_kind(old.store);
begin
  if old.storage_path is null or old.store is null
     or (tg_op = 'UPDATE' and new.storage_path = old.storage_path and new.store = old.store) then
    return null;
  end if;
  if kind is null or kind = 'database' then
    -- A sound that came from another store may have its new bytes under this very path.
    delete from debrief.audio_objects o
     where o.storage_path = old.storage_path
       and not (tg_op = 'UPDATE' and new.storage_path = old.storage_path and debrief._server_kind(new.store) = 'database');
    if found or kind = 'database' then
      return null;
    end if;
  end if;
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index)
  values (old.store, old.storage_path, old.feedback_id, old.segment_index);
  return null;
end $$;
comment on function debrief._object_unreferenced() is 'Trigger: has the object deleted that no row names any more.';

-- Runs as debrief_worker: a cascade from a user's own DELETE ends here.
create function debrief._exchange_ended() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into debrief.object_deletions (store, storage_path)
  values (old.exchange_server, old.exchange_state ->> 'file');
  return null;
end $$;
comment on function debrief._exchange_ended() is 'Trigger: has the file deleted that a provider was lent for an exchange.';

-- TRUNCATE fires no trigger for each row: what the rows name is noted before they go.
create function debrief._objects_truncated() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_table_name = 'analysis_jobs' then
    insert into debrief.object_deletions (store, storage_path)
    select j.exchange_server, j.exchange_state ->> 'file' from debrief.analysis_jobs j where j.exchange_state ->> 'file' <> '';
    return null;
  end if;
  delete from debrief.audio_objects o using debrief.analysis_audio_segments a where o.storage_path = a.storage_path;
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index)
  select a.store, a.storage_path, a.feedback_id, a.segment_index
    from debrief.analysis_audio_segments a
   where a.storage_path is not null and a.store is not null and debrief._server_kind(a.store) is distinct from 'database';
  return null;
end $$;
comment on function debrief._objects_truncated() is
  'Trigger: has the objects and lent files deleted that rows name which TRUNCATE takes away.';

create function debrief.track_upload() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  row_json constant jsonb := to_jsonb(new);
begin
  if tg_nargs < 3 then
    raise exception 'debrief.track_upload() needs the names of three columns' using errcode = 'invalid_parameter_value',
      hint = 'EXECUTE FUNCTION debrief.track_upload(''user_id'', ''storage_path'', ''upload_status'' [, ''done value'' [, ''id'']])';
  end if;
  insert into debrief.video_recordings as r (user_id, storage_path, upload_status, source, metadata)
  values ((row_json ->> tg_argv[0])::uuid,
          coalesce(row_json ->> tg_argv[1], ''),
          case when row_json ->> tg_argv[2] = coalesce(tg_argv[3], 'completed') then 'completed' else 'pending' end,
          format('%I.%I:%s', tg_table_schema, tg_table_name, row_json ->> coalesce(tg_argv[4], 'id')),
          coalesce(case when jsonb_typeof(row_json -> 'metadata') = 'object' then row_json -> 'metadata' end, '{}'))
  on conflict (source) do update
     set storage_path = excluded.storage_path, upload_status = excluded.upload_status, metadata = excluded.metadata
   where r.user_id = excluded.user_id;
  if not found then  -- whoever takes a source first must not be given another's video
    raise exception 'this upload is tracked for another user' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
comment on function debrief.track_upload() is
  'Trigger for an application''s own table of uploads, AFTER INSERT OR UPDATE FOR EACH ROW: mirrors it into debrief.video_recordings. Arguments: columns of user, path and status, then the status value that means done, and the key column';

create function debrief._install_triggers() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
begin
  create trigger stage_check before insert or update on debrief.stages
    for each row execute function debrief._stage_check();
  create trigger stage_wake after insert or update or delete or truncate on debrief.stages
    for each statement execute function debrief._wake_trigger('config');
  create trigger server_state_wake after insert or update or delete or truncate on debrief.server_states
    for each statement execute function debrief._wake_trigger('config');

  create trigger recording_check before insert or update on debrief.video_recordings
    for each row execute function debrief._recording_check();
  create constraint trigger kickoff_on_insert after insert on debrief.video_recordings
    deferrable initially deferred for each row when (new.upload_status = 'completed')
    execute function debrief._kickoff();
  create constraint trigger kickoff_on_update after update of upload_status on debrief.video_recordings
    deferrable initially deferred for each row when (new.upload_status = 'completed')
    execute function debrief._kickoff();

  create trigger job_check_insert before insert on debrief.analysis_jobs
    for each row execute function debrief._job_check();
  create trigger job_check_update before update on debrief.analysis_jobs
    for each row when (new.user_id <> old.user_id or new.video_recording_id <> old.video_recording_id
                       or (new.status = 'queued') <> (new.due_at is not null)
                       or (new.status in ('completed', 'failed') and new.exchange_state is not null)
                       or (new.status <> 'processing' and new.claim_token is not null))
    execute function debrief._job_check();
  create trigger job_wake after insert or update on debrief.analysis_jobs
    for each statement execute function debrief._wake_trigger('analysis');
  create trigger job_revoked before delete on debrief.analysis_jobs
    for each row when (old.claim_token is not null) execute function debrief._wake_trigger('revoked');
  create trigger job_exchange_ended after update on debrief.analysis_jobs
    for each row when (old.exchange_state ->> 'file' <> ''
                       and (new.exchange_state ->> 'file', new.exchange_server)
                           is distinct from (old.exchange_state ->> 'file', old.exchange_server))
    execute function debrief._exchange_ended();
  create trigger job_exchange_deleted after delete on debrief.analysis_jobs
    for each row when (old.exchange_state ->> 'file' <> '') execute function debrief._exchange_ended();
  create trigger job_exchange_truncated before truncate on debrief.analysis_jobs
    for each statement execute function debrief._objects_truncated();
  create trigger job_truncated after truncate on debrief.analysis_jobs
    for each statement execute function debrief._wake_trigger('revoked');

  create trigger feedback_insert before insert on debrief.analysis_feedback
    for each row execute function debrief._feedback_insert();
  create trigger feedback_update before update on debrief.analysis_feedback
    for each row when (new.message <> old.message or new.user_id <> old.user_id
                       or new.analysis_job_id <> old.analysis_job_id
                       or (new.ssml_status = 'queued' and old.ssml_status <> 'queued' and new.ssml_due_at is null)
                       or (new.ssml_status <> 'queued' and new.ssml_due_at is not null)
                       or (new.audio_status = 'queued' and new.audio_due_at is null and new.ssml_status = 'completed'
                           and (old.audio_status <> 'queued' or old.ssml_status <> 'completed'))
                       or (new.audio_due_at is not null
                           and (new.audio_status <> 'queued' or new.ssml_status <> 'completed'))
                       or (new.claim_token is not null and new.ssml_status <> 'processing'
                           and new.audio_status <> 'processing'))
    execute function debrief._feedback_update();
  create trigger feedback_wake_insert after insert on debrief.analysis_feedback
    for each statement execute function debrief._wake_trigger('ssml');
  create trigger feedback_wake_audio after insert on debrief.analysis_feedback
    for each row when (new.audio_due_at is not null) execute function debrief._wake_trigger('feedback');
  create trigger feedback_wake_update after update on debrief.analysis_feedback
    for each statement execute function debrief._wake_trigger('feedback');
  create trigger feedback_revoked before delete on debrief.analysis_feedback
    for each row when (old.claim_token is not null) execute function debrief._wake_trigger('revoked');
  create trigger feedback_truncated after truncate on debrief.analysis_feedback
    for each statement execute function debrief._wake_trigger('revoked');

  create trigger ssml_segment_owner before insert on debrief.analysis_ssml_segments
    for each row when (new.user_id is null) execute function debrief._segment_owner();
  create trigger ssml_segment_moved before update on debrief.analysis_ssml_segments
    for each row when (new.user_id <> old.user_id or new.feedback_id <> old.feedback_id)
    execute function debrief._segment_owner();
  create trigger audio_segment_owner before insert on debrief.analysis_audio_segments
    for each row when (new.user_id is null) execute function debrief._segment_owner();
  create trigger audio_segment_moved before update on debrief.analysis_audio_segments
    for each row when (new.user_id <> old.user_id or new.feedback_id <> old.feedback_id)
    execute function debrief._segment_owner();
  create trigger audio_object_unreferenced after delete or update of storage_path, store on debrief.analysis_audio_segments
    for each row execute function debrief._object_unreferenced();
  create trigger audio_objects_truncated before truncate on debrief.analysis_audio_segments
    for each statement execute function debrief._objects_truncated();
end $install$;
comment on function debrief._install_triggers() is 'Makes the triggers; DROP EXTENSION ... CASCADE takes them along.';

-- 6. Claim ------------------------------------------------------------------------------------
--
-- Oldest due first, never waiting for a lock. The rows are picked by ctid in a MATERIALIZED CTE:
-- the LIMIT is then honest, and the plan does not hang on statistics.

create function debrief._announce(stage text, status text, ids bigint[]) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if ids is null or not coalesce(current_setting('pg_debrief.notify', true), 'on')::boolean then
    return true;
  end if;
  for i in 1 .. cardinality(ids) by 300 loop  -- 300 ids of 19 digits fit the 8,000 bytes of a NOTIFY
    perform pg_notify('debrief_status',
      json_build_object('stage', stage, 'status', status, 'ids', ids[i : i + 299])::text);
  end loop;
  return true;
end $$;
comment on function debrief._announce(text, text, bigint[]) is
  'NOTIFY debrief_status with {"stage", "status", "ids"}: ids of analysis_jobs for stage analysis, else of analysis_feedback.';

create function debrief._claim_analysis(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, deferrals int, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint,
               recording_id bigint, storage_path text, filename text, format text, duration_seconds numeric,
               transcript text, exchange_state text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  now_ts constant timestamptz := clock_timestamp();
  stage debrief.stages;
  share int;
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_jobs j where j.due_at >= from_due and j.due_at <= now_ts) then
    return;
  end if;
  select * into stage from debrief.stages s where s.stage = 'analysis';
  share := case when stage.paused then 0 else stage.rollout_percent end;
  return query
  with first as materialized (
    select j.ctid as row_ctid, j.due_at
      from debrief.analysis_jobs j
     where j.id = any (preferred) and j.due_at <= now_ts and debrief._in_rollout(j.user_id, share)
     order by j.id
     limit batch_size
       for no key update skip locked),
  due as materialized (
    select j.ctid as row_ctid, j.due_at
      from debrief.analysis_jobs j
     where j.due_at >= from_due and j.due_at <= now_ts and debrief._in_rollout(j.user_id, share)
       and j.id <> all (preferred) and not debrief._runs_alone(j.error_code, j.attempts, stage.max_attempts)
     order by j.due_at, j.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update debrief.analysis_jobs j
       set status = 'processing', due_at = null, attempts = j.attempts + 1,
           progress_percentage = greatest(j.progress_percentage, 5),
           claim_token = nextval('debrief.claim_token_seq'), claimed_by = worker_id,
           lease_expires_at = now_ts + lease, processing_started_at = now_ts, updated_at = now_ts
      from (select * from first union all select * from due) d
     where j.ctid = d.row_ctid
    returning j.*, d.due_at as was_due_at),
  told as (select debrief._announce('analysis', 'processing', array_agg(c.id)) from claimed c)
  select c.id, c.claim_token, c.attempts, c.deferrals, c.user_id, c.correlation_id,
         coalesce(c.voice_snapshot ->> 'language', ''),
         coalesce(c.voice_snapshot -> 'provider_voice' ->> stage.server, ''), ''::text,
         (extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint,
         r.id, r.storage_path, coalesce(r.original_filename, ''), coalesce(r.format, ''), r.duration_seconds,
         coalesce(r.metadata ->> 'transcript', ''),
         case when c.exchange_server = stage.server then coalesce(c.exchange_state::text, '') else '' end
    from claimed c
    join debrief.video_recordings r on r.id = c.video_recording_id
   cross join told
   order by c.was_due_at, c.id;
end $$;
comment on function debrief._claim_analysis(bigint, int, interval, timestamptz, bigint[]) is
  'Worker: claims due analysis jobs: status processing, one attempt counted, a token drawn, a lease set. from_due: rows that were due before are not looked for; preferred: ids that go first.';

create function debrief._claim_ssml(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, deferrals int, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint,
               message text, category text, timestamp_seconds numeric)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  now_ts constant timestamptz := clock_timestamp();
  stage debrief.stages;
  share int;
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_feedback f where f.ssml_due_at >= from_due and f.ssml_due_at <= now_ts) then
    return;
  end if;
  select * into stage from debrief.stages s where s.stage = 'ssml';
  share := case when stage.paused then 0 else stage.rollout_percent end;
  return query
  with first as materialized (
    select f.ctid as row_ctid, f.ssml_due_at
      from debrief.analysis_feedback f
     where f.id = any (preferred) and f.ssml_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
     order by f.id
     limit batch_size
       for no key update skip locked),
  due as materialized (
    select f.ctid as row_ctid, f.ssml_due_at
      from debrief.analysis_feedback f
     where f.ssml_due_at >= from_due and f.ssml_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
       and f.id <> all (preferred) and not debrief._runs_alone(f.ssml_error_code, f.ssml_attempts, stage.max_attempts)
     order by f.ssml_due_at, f.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update debrief.analysis_feedback f
       set ssml_status = 'processing', ssml_due_at = null, ssml_attempts = f.ssml_attempts + 1,
           ssml_updated_at = now_ts, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, lease_expires_at = now_ts + lease
      from (select * from first union all select * from due) d
     where f.ctid = d.row_ctid
    returning f.*, d.ssml_due_at as was_due_at),
  told as (select debrief._announce('ssml', 'processing', array_agg(c.id)) from claimed c)
  select c.id, c.claim_token, c.ssml_attempts, c.deferrals, c.user_id, j.correlation_id,
         coalesce(j.voice_snapshot ->> 'language', ''),
         coalesce(j.voice_snapshot -> 'provider_voice' ->> stage.server, ''),
         coalesce(j.voice_snapshot ->> 'ssml_instruction', ''),
         (extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint,
         c.message, c.category, c.timestamp_seconds
    from claimed c
    join debrief.analysis_jobs j on j.id = c.analysis_job_id
   cross join told
   order by c.was_due_at, c.id;
end $$;
comment on function debrief._claim_ssml(bigint, int, interval, timestamptz, bigint[]) is
  'Worker: claims feedback that is due for SSML: status processing, one attempt counted, a token drawn, a lease set. from_due and preferred as of _claim_analysis.';

create function debrief._source_hash(ssml text, voice jsonb, server text) returns text
language sql stable
as $$
  select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(E'\x1f', ssml,
    voice operator(pg_catalog.->>) 'language',
    voice operator(pg_catalog.->) 'provider_voice' operator(pg_catalog.->>) server,
    voice operator(pg_catalog.->>) 'speech_instruction', server), 'UTF8')), 'hex');
$$;
comment on function debrief._source_hash(text, jsonb, text) is
  'Names what a sound is made from: equal hashes need not be spoken, and paid, again.';

create function debrief._claim_audio(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, deferrals int, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint,
               object_prefix text, segment_count int, segment_indexes int[], ssml text[], source_hashes text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  now_ts constant timestamptz := clock_timestamp();
  share int;
  attempts_max int;
  ids bigint[];
  waited bigint[];
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_feedback f where f.audio_due_at >= from_due and f.audio_due_at <= now_ts) then
    return;
  end if;
  select case when s.paused then 0 else s.rollout_percent end, s.max_attempts into share, attempts_max
    from debrief.stages s where s.stage = 'audio';
  with first as materialized (
    select f.ctid as row_ctid, f.audio_due_at
      from debrief.analysis_feedback f
     where f.id = any (preferred) and f.audio_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
     order by f.id
     limit batch_size
       for no key update skip locked),
  due as materialized (
    select f.ctid as row_ctid, f.audio_due_at
      from debrief.analysis_feedback f
     where f.audio_due_at >= from_due and f.audio_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
       and f.id <> all (preferred) and not debrief._runs_alone(f.audio_error_code, f.audio_attempts, attempts_max)
     order by f.audio_due_at, f.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update debrief.analysis_feedback f
       set audio_status = 'processing', audio_due_at = null, audio_attempts = f.audio_attempts + 1,
           audio_updated_at = now_ts, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, lease_expires_at = now_ts + lease
      from (select * from first union all select * from due) d
     where f.ctid = d.row_ctid
    returning f.id, d.audio_due_at as was_due_at)
  select array_agg(c.id order by c.was_due_at, c.id),
         array_agg((extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint order by c.was_due_at, c.id)
    into ids, waited from claimed c;
  return query select * from debrief._audio_work(worker_id, ids, waited);
end $$;
comment on function debrief._claim_audio(bigint, int, interval, timestamptz, bigint[]) is
  'Worker: claims feedback that is due for audio, with the SSML segments that have no sound yet. from_due and preferred as of _claim_analysis.';

create function debrief._audio_work(worker_id bigint, ids bigint[], waited bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, deferrals int, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint,
               object_prefix text, segment_count int, segment_indexes int[], ssml text[], source_hashes text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  server constant text := (select s.server from debrief.stages s where s.stage = 'audio');
begin
  return query
  with work as (
    select f.id, f.claim_token, f.audio_attempts, f.deferrals, f.user_id, f.analysis_job_id,
           coalesce(c.waited_us, 0) as waited_us, c.n
      from unnest(ids, waited) with ordinality as c (id, waited_us, n)
      join debrief.analysis_feedback f on f.id = c.id
     where f.audio_status = 'processing' and f.claimed_by = worker_id),
  told as (select debrief._announce('audio', 'processing', array_agg(w.id)) from work w)
  select w.id, w.claim_token, w.audio_attempts, w.deferrals, w.user_id, j.correlation_id,
         coalesce(j.voice_snapshot ->> 'language', ''),
         coalesce(j.voice_snapshot -> 'provider_voice' ->> server, ''),
         coalesce(j.voice_snapshot ->> 'speech_instruction', ''),
         w.waited_us,
         concat(w.user_id, '/videos/', to_char(r.created_at at time zone 'UTC', 'YYYYMMDD'), '/', r.id, '/audio/', w.id),
         segments.segment_count, segments.segment_indexes, segments.ssml, segments.source_hashes
    from work w
    join debrief.analysis_jobs j on j.id = w.analysis_job_id
    join debrief.video_recordings r on r.id = j.video_recording_id
   cross join lateral (
      select count(*)::int as segment_count,
             array_agg(s.segment_index order by s.segment_index) filter (where a.id is null) as segment_indexes,
             array_agg(s.ssml order by s.segment_index) filter (where a.id is null) as ssml,
             array_agg(h.hash order by s.segment_index) filter (where a.id is null) as source_hashes
        from debrief.analysis_ssml_segments s
       cross join lateral (select debrief._source_hash(s.ssml, j.voice_snapshot, server) as hash offset 0) h
        left join debrief.analysis_audio_segments a
          on a.feedback_id = s.feedback_id and a.segment_index = s.segment_index and a.source_hash = h.hash
       where s.feedback_id = w.id) segments
   cross join told
   order by w.n;
end $$;
comment on function debrief._audio_work(bigint, bigint[], bigint[]) is
  'Worker: those of these feedback items that it holds for audio, and what is to be spoken of them.';

create function debrief._look_ahead(
  stage text, from_due timestamptz, from_id bigint, served uuid[], fresh_too boolean, look_max int)
returns table (id bigint, user_id uuid, due_us bigint, is_wanted boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  attempts_max constant int := (select s.max_attempts from debrief.stages s where s.stage = stage);
begin
  return query
  select r.id, r.user_id, (extract(epoch from r.due_at) * 1000000)::bigint,
         r.user_id <> all (served) or (fresh_too and r.attempts = 0)
    from ((select j.id, j.user_id, j.due_at, j.attempts from debrief.analysis_jobs j
            where stage = 'analysis' and (j.due_at, j.id) > (from_due, from_id) and j.due_at <= now_ts
              and not debrief._runs_alone(j.error_code, j.attempts, attempts_max)
            order by j.due_at, j.id limit look_max)
          union all
          (select f.id, f.user_id, f.ssml_due_at, f.ssml_attempts from debrief.analysis_feedback f
            where stage = 'ssml' and (f.ssml_due_at, f.id) > (from_due, from_id) and f.ssml_due_at <= now_ts
              and not debrief._runs_alone(f.ssml_error_code, f.ssml_attempts, attempts_max)
            order by f.ssml_due_at, f.id limit look_max)
          union all
          (select f.id, f.user_id, f.audio_due_at, f.audio_attempts from debrief.analysis_feedback f
            where stage = 'audio' and (f.audio_due_at, f.id) > (from_due, from_id) and f.audio_due_at <= now_ts
              and not debrief._runs_alone(f.audio_error_code, f.audio_attempts, attempts_max)
            order by f.audio_due_at, f.id limit look_max)) r;
end $$;
comment on function debrief._look_ahead(text, timestamptz, bigint, uuid[], boolean, int) is
  'Worker: the due rows after a place in the queue, in order: whose they are, and whether they belong to none of the users that are served (or are fresh, when those are wanted too).';

-- The lock makes the look and the claim that follows one step among workers: who does not get it at
-- once lets the other one claim.
create function debrief._next_alone(stage_name text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  now_ts constant timestamptz := clock_timestamp();
  attempts_max constant int := (select s.max_attempts from debrief.stages s where s.stage = stage_name);
begin
  if not pg_try_advisory_xact_lock(debrief._lock_class(), -1 - array_position('{analysis,ssml,audio}', stage_name)) then
    return null;
  end if;
  if stage_name = 'analysis' then
    return (select l.id
              from debrief.analysis_jobs l
             where l.error_code = 'worker_lost' and l.due_at <= now_ts
               and debrief._runs_alone(l.error_code, l.attempts, attempts_max)
               and not exists (select from debrief.analysis_jobs r
                                where r.error_code = 'worker_lost' and r.status = 'processing'
                                  and debrief._runs_alone(r.error_code, r.attempts - 1, attempts_max))
             order by l.due_at, l.id limit 1);
  end if;
  return (with lost as materialized (
            select f.id,
                   case stage_name when 'ssml' then f.ssml_status else f.audio_status end as status,
                   case stage_name when 'ssml' then f.ssml_attempts else f.audio_attempts end as attempts,
                   case stage_name when 'ssml' then f.ssml_error_code else f.audio_error_code end as error_code,
                   case stage_name when 'ssml' then f.ssml_due_at else f.audio_due_at end as due_at
              from debrief.analysis_feedback f
             where f.ssml_error_code = 'worker_lost' or f.audio_error_code = 'worker_lost')
          select l.id
            from lost l
           where l.due_at <= now_ts and debrief._runs_alone(l.error_code, l.attempts, attempts_max)
             and not exists (select from lost r
                              where r.status = 'processing' and debrief._runs_alone(r.error_code, r.attempts - 1, attempts_max))
           order by l.due_at, l.id limit 1);
end $$;
comment on function debrief._next_alone(text) is
  'Worker: the row of the stage to claim next among those that run alone (_runs_alone); null while one of them is in flight.';

create function debrief._waiting_alone() returns setof text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select s.stage
    from debrief.stages s
   where case s.stage
         when 'analysis' then exists (select from debrief.analysis_jobs j
                                       where j.error_code = 'worker_lost' and j.due_at is not null)
         when 'ssml' then exists (select from debrief.analysis_feedback f
                                   where f.ssml_error_code = 'worker_lost' and f.ssml_due_at is not null)
         else exists (select from debrief.analysis_feedback f
                       where f.audio_error_code = 'worker_lost' and f.audio_due_at is not null) end;
$$;
comment on function debrief._waiting_alone() is 'Worker: the stages for which _next_alone() is worth asking.';

create function debrief._next_due()
returns table (stage text, wait_ms bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select d.stage, greatest(0, ceil(extract(epoch from d.due_at - clock_timestamp()) * 1000))::bigint
    from (select 'analysis' as stage, (select min(j.due_at) from debrief.analysis_jobs j where j.due_at > now()) as due_at
          union all
          select 'ssml', (select min(f.ssml_due_at) from debrief.analysis_feedback f where f.ssml_due_at > now())
          union all
          select 'audio', (select min(f.audio_due_at) from debrief.analysis_feedback f where f.audio_due_at > now())) d
   where d.due_at is not null;
end $$;
comment on function debrief._next_due() is
  'Worker: how long until the next row of each stage comes due; rows that are due already are not told.';

-- 7. Settle -----------------------------------------------------------------------------------
--
-- Each answers one row per claim: settled; stale (the claim is no longer ours: nothing changed);
-- locked (somebody holds the row's lock: nothing changed, come back).

create function debrief._settle_analysis(
  job_id bigint, job_token bigint, title text, summary text, full_feedback text, raw_response text,
  provider text, version text, metric_keys text[], metric_values text[], metric_units text[],
  item_times text[], item_categories text[], item_messages text[], item_confidences text[], item_impacts text[])
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  owner_id uuid;
begin
  select j.user_id into owner_id from debrief.analysis_jobs j
   where j.id = job_id and j.claim_token = job_token and j.status = 'processing'
     for no key update skip locked;
  if not found then
    return case when exists (select from debrief.analysis_jobs j where j.id = job_id and j.claim_token = job_token)
                then 'locked' else 'stale' end;
  end if;

  delete from debrief.analysis_feedback f where f.analysis_job_id = job_id and f.from_analysis;
  delete from debrief.analysis_metrics m where m.analysis_job_id = job_id;
  insert into debrief.analysis_metrics (analysis_job_id, user_id, metric_key, metric_value, unit)
  select job_id, owner_id, m.key, m.value::numeric, m.unit
    from unnest(metric_keys, metric_values, metric_units) as m (key, value, unit);
  insert into debrief.analysis_feedback
         (analysis_job_id, user_id, timestamp_seconds, category, message, confidence, impact, from_analysis)
  select job_id, owner_id, i.seconds::numeric, i.category, i.message, i.confidence::numeric, i.impact::numeric, true
    from unnest(item_times, item_categories, item_messages, item_confidences, item_impacts)
         as i (seconds, category, message, confidence, impact);
  update debrief.analysis_jobs j
     set status = 'completed', progress_percentage = 100, title = title, summary_text = summary,
         full_feedback_text = full_feedback, raw_response = raw_response::jsonb, provider = provider,
         version = version, last_error = null, error_code = null, claim_token = null, claimed_by = null,
         lease_expires_at = null, exchange_server = null, exchange_state = null,
         processing_completed_at = clock_timestamp(), updated_at = clock_timestamp()
   where j.id = job_id;
  perform debrief._announce('analysis', 'completed', array[job_id]);
  return 'settled';
end $$;
comment on function debrief._settle_analysis(bigint, bigint, text, text, text, text, text, text, text[], text[], text[], text[], text[], text[], text[], text[]) is
  'Worker: stores an analysis with its metrics and feedback; the rows of an earlier run are replaced.';

create function debrief._progress(job_id bigint, job_token bigint, percent int) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  with held as materialized (
    select j.ctid as row_ctid from debrief.analysis_jobs j
     where j.id = job_id and j.claim_token = job_token and j.progress_percentage < percent
       for no key update skip locked)
  update debrief.analysis_jobs j set progress_percentage = percent, updated_at = clock_timestamp()
    from held where j.ctid = held.row_ctid;
$$;
comment on function debrief._progress(bigint, bigint, int) is 'Worker: moves an analysis forward, never back.';

create function debrief._keep_exchange(ids bigint[], tokens bigint[], servers text[], states text[])
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with claim as materialized (
    select c.* from unnest(ids, tokens, servers, states) with ordinality as c (id, token, server, state, n)),
  held as materialized (
    select j.ctid as row_ctid, j.id, j.claim_token from debrief.analysis_jobs j
     where j.id = any (ids) and j.status = 'processing'
       and exists (select from claim c where c.id = j.id and c.token = j.claim_token)
     order by j.id
       for no key update skip locked),
  kept as (
    update debrief.analysis_jobs j
       set exchange_server = c.server, exchange_state = c.state::jsonb, updated_at = clock_timestamp()
      from held h join claim c on c.id = h.id and c.token = h.claim_token
     where j.ctid = h.row_ctid
    returning j.id, j.claim_token)
  select c.id, case when k.id is not null then 'settled'
                    when exists (select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token)
                    then 'locked' else 'stale' end
    from claim c left join kept k on k.id = c.id and k.claim_token = c.token
   order by c.n;
end $$;
comment on function debrief._keep_exchange(bigint[], bigint[], text[], text[]) is
  'Worker: writes down how far an exchange has come, before its next request. Outcomes as those of the settles.';

create function debrief._intend_objects(stores text[], paths text[], feedback_ids bigint[], segment_indexes int[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.object_deletions (store, storage_path, feedback_id, segment_index, due_at)
  select o.store, o.path, o.feedback_id, o.segment_index, clock_timestamp() + interval '1 day'
    from unnest(stores, paths, feedback_ids, segment_indexes) as o (store, path, feedback_id, segment_index);
$$;
comment on function debrief._intend_objects(text[], text[], bigint[], int[]) is
  'Worker: notes objects before they are written: in a day those that no row came to name are deleted.';

-- Locks the claims that are still ours, without waiting, and says of each what it is; `held` are the
-- ids of the settled ones, held_at their positions.
create function debrief._hold_claims(
  ids bigint[], tokens bigint[], stage text, out outcomes text[], out held bigint[], out held_at int[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  i int;
begin
  select array_agg(c.id), array_agg(c.n::int) into held, held_at
    from (select c.id, c.n
            from unnest(ids, tokens) with ordinality as c (id, token, n)
            join debrief.analysis_feedback f on f.id = c.id and f.claim_token = c.token
           where case stage when 'ssml' then f.ssml_status else f.audio_status end = 'processing'
           order by c.id
             for no key update of f skip locked) c;
  outcomes := array_fill('settled'::text, array[cardinality(ids)]);
  if cardinality(held) = cardinality(ids) then
    return;
  end if;
  select array_agg(case when c.n = any (held_at) then 'settled'
                        when exists (select from debrief.analysis_feedback f where f.id = c.id and f.claim_token = c.token)
                        then 'locked' else 'stale' end order by c.n)
    into outcomes from unnest(ids, tokens) with ordinality as c (id, token, n);
end $$;
comment on function debrief._hold_claims(bigint[], bigint[], text) is
  'Worker: row-locks those claims on feedback that still hold.';

-- With audio_claims, so many of the rows go on to audio at once: the update that completes their SSML
-- claims them, and _audio_work() in the same transaction tells what is to be spoken. One row version
-- less, and no way through the queue.
create function debrief._settle_ssml(
  ids bigint[], tokens bigint[], provider text, versions text[],
  segment_of int[], segment_indexes int[], segments text[],
  audio_claims int default 0, worker_id bigint default null, lease interval default null)
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  outcomes text[];
  held bigint[];
  share int := 0;
begin
  select h.outcomes, h.held into outcomes, held from debrief._hold_claims(ids, tokens, 'ssml') h;
  if audio_claims > 0 then
    select case when s.paused then 0 else s.rollout_percent end into share from debrief.stages s where s.stage = 'audio';
  end if;

  -- A sound whose SSML comes back unchanged stays, and is not paid for again.
  delete from debrief.analysis_audio_segments a
   where a.feedback_id = any (held)
     and not exists (select from unnest(segment_of, segment_indexes, segments) as s (n, segment_index, ssml)
                       join debrief.analysis_ssml_segments old
                         on old.feedback_id = ids[s.n] and old.segment_index = s.segment_index and old.ssml = s.ssml
                      where outcomes[s.n] = 'settled' and ids[s.n] = a.feedback_id and s.segment_index = a.segment_index);
  delete from debrief.analysis_ssml_segments s where s.feedback_id = any (held);
  insert into debrief.analysis_ssml_segments (feedback_id, user_id, segment_index, ssml, provider, version)
  select f.id, f.user_id, s.segment_index, s.ssml, provider, versions[s.n]
    from unnest(segment_of, segment_indexes, segments) as s (n, segment_index, ssml)
    join debrief.analysis_feedback f on f.id = ids[s.n]
   where outcomes[s.n] = 'settled';
  update debrief.analysis_feedback f
     set ssml_status = 'completed', ssml_last_error = null, ssml_error_code = null, ssml_updated_at = clock_timestamp(),
         audio_status = case when g.goes_on then 'processing' else 'queued' end,
         audio_attempts = g.goes_on::int, audio_last_error = null, audio_error_code = null,
         audio_updated_at = clock_timestamp(), audio_due_at = case when not g.goes_on then clock_timestamp() end,
         deferrals = 0, claim_token = case when g.goes_on then nextval('debrief.claim_token_seq') end,
         claimed_by = case when g.goes_on then worker_id end,
         lease_expires_at = case when g.goes_on then clock_timestamp() + lease end
    from (select o.ctid as row_ctid, h.n <= audio_claims and debrief._in_rollout(o.user_id, share) as goes_on
            from unnest(held) with ordinality as h (id, n)
            join debrief.analysis_feedback o on o.id = h.id) g
   where f.ctid = g.row_ctid;
  perform debrief._announce('ssml', 'completed', held);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_ssml(bigint[], bigint[], text, text[], int[], int[], text[], int, bigint, interval) is
  'Worker: replaces the SSML of each claim as a set and makes its audio due, or claims it for worker_id. segment_of: position in ids, from 1.';

create function debrief._settle_audio(
  ids bigint[], tokens bigint[], whole boolean[], provider text, store text,
  part_of int[], part_indexes int[], source_hashes text[], audio_urls text[], storage_paths text[],
  formats text[], content_types text[], durations_ms text[], sizes bigint[], versions text[], bodies bytea[])
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  outcomes text[];
  finished bigint[];
begin
  select h.outcomes, (select array_agg(ids[n]) from unnest(h.held_at) n where whole[n]) into outcomes, finished
    from debrief._hold_claims(ids, tokens, 'audio') h;

  insert into debrief.audio_objects (storage_path, user_id, content_type, body)
  select p.path, f.user_id, p.content_type, p.body
    from unnest(part_of, storage_paths, content_types, bodies) as p (n, path, content_type, body)
    join debrief.analysis_feedback f on f.id = ids[p.n]
   where outcomes[p.n] = 'settled' and p.body is not null
  on conflict (storage_path) do nothing;
  insert into debrief.analysis_audio_segments as a
         (feedback_id, user_id, segment_index, audio_url, storage_path, format, duration_ms, bytes, provider,
          version, store, source_hash)
  select f.id, f.user_id, p.segment_index, p.url, p.path, p.format, p.duration::numeric, p.size, provider,
         p.version, store, p.hash
    from unnest(part_of, part_indexes, audio_urls, storage_paths, formats, durations_ms, sizes, versions, source_hashes)
         as p (n, segment_index, url, path, format, duration, size, version, hash)
    join debrief.analysis_feedback f on f.id = ids[p.n]
   where outcomes[p.n] = 'settled'
  on conflict (feedback_id, segment_index) do update
     set audio_url = excluded.audio_url, storage_path = excluded.storage_path, format = excluded.format,
         duration_ms = excluded.duration_ms, bytes = excluded.bytes, provider = excluded.provider,
         version = excluded.version, store = excluded.store, source_hash = excluded.source_hash,
         created_at = now();
  delete from debrief.analysis_audio_segments a
   where a.feedback_id = any (finished)
     and not exists (select from debrief.analysis_ssml_segments s
                      where s.feedback_id = a.feedback_id and s.segment_index = a.segment_index);
  update debrief.analysis_feedback f
     set audio_status = 'completed', audio_last_error = null, audio_error_code = null,
         audio_updated_at = clock_timestamp(), deferrals = 0,
         claim_token = null, claimed_by = null, lease_expires_at = null
   where f.id = any (finished);
  perform debrief._announce('audio', 'completed', finished);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_audio(bigint[], bigint[], boolean[], text, text, int[], int[], text[], text[], text[], text[], text[], text[], bigint[], text[], bytea[]) is
  'Worker: stores the sounds of each claim; a claim that is not whole keeps its parts and stays claimed, for _settle_failures in the same transaction. part_of: position in ids, from 1.';

create function debrief._settle_failures(
  stage text, ids bigint[], tokens bigint[], dispositions text[], delays_ms bigint[], codes text[], messages text[])
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  now_ts constant timestamptz := clock_timestamp();
  outcomes text[];
  requeued bigint[];
  failed bigint[];
begin
  if stage = 'analysis' then
    with claim as materialized (
      select c.n, c.id, c.token from unnest(ids, tokens) with ordinality as c (id, token, n)),
    held as materialized (
      select j.id, j.claim_token from debrief.analysis_jobs j
       where j.id = any (ids) and j.status = 'processing'
         and exists (select from claim c where c.id = j.id and c.token = j.claim_token)
       order by j.id
         for no key update skip locked)
    select array_agg(case when h.id is not null then 'settled'
                          when exists (select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token)
                          then 'locked' else 'stale' end order by c.n)
      into outcomes from claim c left join held h on h.id = c.id and h.claim_token = c.token;
    update debrief.analysis_jobs j
       set status = case d.what when 'fail' then 'failed' else 'queued' end,
           due_at = case when d.what <> 'fail' then now_ts + d.delay_ms * interval '1 millisecond' end,
           attempts = j.attempts - (d.what in ('defer', 'release'))::int,
           deferrals = j.deferrals + (d.what = 'defer')::int,
           last_error = d.message, error_code = d.code,
           processing_completed_at = case d.what when 'fail' then now_ts end,
           exchange_server = case when d.what <> 'fail' and d.code <> 'stale_input' then j.exchange_server end,
           exchange_state = case when d.what <> 'fail' and d.code <> 'stale_input' then j.exchange_state end,
           claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = now_ts
      from unnest(ids, dispositions, delays_ms, codes, messages, outcomes) as d (id, what, delay_ms, code, message, outcome)
     where j.id = d.id and d.outcome = 'settled';
  else
    select h.outcomes into outcomes from debrief._hold_claims(ids, tokens, stage) h;
    if stage = 'ssml' then
      update debrief.analysis_feedback f
         set ssml_status = case d.what when 'fail' then 'failed' else 'queued' end,
             ssml_due_at = case when d.what <> 'fail' then now_ts + d.delay_ms * interval '1 millisecond' end,
             ssml_attempts = f.ssml_attempts - (d.what in ('defer', 'release'))::int,
             deferrals = f.deferrals + (d.what = 'defer')::int,
             ssml_last_error = d.message, ssml_error_code = d.code, ssml_updated_at = now_ts,
             claim_token = null, claimed_by = null, lease_expires_at = null
        from unnest(ids, dispositions, delays_ms, codes, messages, outcomes) as d (id, what, delay_ms, code, message, outcome)
       where f.id = d.id and d.outcome = 'settled';
    else
      update debrief.analysis_feedback f
         set audio_status = case d.what when 'fail' then 'failed' else 'queued' end,
             audio_due_at = case when d.what <> 'fail' then now_ts + d.delay_ms * interval '1 millisecond' end,
             audio_attempts = f.audio_attempts - (d.what in ('defer', 'release'))::int,
             deferrals = f.deferrals + (d.what = 'defer')::int,
             audio_last_error = d.message, audio_error_code = d.code, audio_updated_at = now_ts,
             claim_token = null, claimed_by = null, lease_expires_at = null
        from unnest(ids, dispositions, delays_ms, codes, messages, outcomes) as d (id, what, delay_ms, code, message, outcome)
       where f.id = d.id and d.outcome = 'settled';
    end if;
  end if;
  select array_agg(d.id) filter (where d.what <> 'fail'), array_agg(d.id) filter (where d.what = 'fail')
    into requeued, failed
    from unnest(ids, dispositions, outcomes) as d (id, what, outcome) where d.outcome = 'settled';
  perform debrief._announce(stage, 'queued', requeued);
  perform debrief._announce(stage, 'failed', failed);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_failures(text, bigint[], bigint[], text[], bigint[], text[], text[]) is
  'Worker: puts claims back (retry: attempt stays counted; defer: given back, deferral counted; release: given back) or fails them.';

create function debrief._record_attempts(
  stage text, server text, row_ids bigint[], user_ids text[], correlation_ids text[], attempts int[],
  outcomes text[], codes text[], details text[], http_statuses int[],
  dns_us bigint[], connect_us bigint[], tls_us bigint[], first_byte_us bigint[], total_us bigint[],
  input_tokens bigint[], output_tokens bigint[], characters bigint[], audio_ms bigint[])
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.attempts (stage, server, row_id, user_id, correlation_id, attempt, outcome, code, detail,
                                http_status, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
                                input_tokens, output_tokens, characters, audio_ms)
  select stage, server, a.row_id, a.user_id::uuid, a.correlation_id::uuid, a.attempt, a.outcome,
         nullif(a.code, ''), nullif(a.detail, ''), nullif(a.http_status, 0),
         a.dns / 1000.0, a.connect / 1000.0, a.tls / 1000.0, a.first_byte / 1000.0, a.total / 1000.0,
         nullif(a.tokens_in, 0), nullif(a.tokens_out, 0), nullif(a.chars, 0), nullif(a.audio, 0)
    from unnest(row_ids, user_ids, correlation_ids, attempts, outcomes, codes, details, http_statuses,
                dns_us, connect_us, tls_us, first_byte_us, total_us, input_tokens, output_tokens, characters, audio_ms)
         as a (row_id, user_id, correlation_id, attempt, outcome, code, detail, http_status, dns, connect, tls, first_byte, total,
               tokens_in, tokens_out, chars, audio);
$$;
comment on function debrief._record_attempts(text, text, bigint[], text[], text[], int[], text[], text[], text[], int[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]) is
  'Worker: adds to the attempt history.';

create function debrief._record_usage(
  server_name text, stage_name text, calls_made bigint, calls_failed bigint, tokens_in bigint, tokens_out bigint,
  characters_sent bigint, audio_made_ms bigint)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.server_usage as u (server, stage, day, calls, failures, input_tokens, output_tokens, characters, audio_ms)
  values (server_name, stage_name, (clock_timestamp() at time zone 'UTC')::date, calls_made, calls_failed, tokens_in,
          tokens_out, characters_sent, audio_made_ms)
  on conflict (server, stage, day) do update
     set calls = u.calls + excluded.calls, failures = u.failures + excluded.failures,
         input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
         characters = u.characters + excluded.characters, audio_ms = u.audio_ms + excluded.audio_ms;
$$;
comment on function debrief._record_usage(text, text, bigint, bigint, bigint, bigint, bigint, bigint) is
  'Worker: adds to what a server was used for today.';

-- How many of the wanted calls may begin now, by the server's limits, and when none may: how long to
-- wait. A bucket that fills steadily: in no minute more than calls_per_minute begin, and at most a
-- tenth of them at once. Budgets of tokens and characters are looked at before a call, so calls in
-- flight may overdraw them.
create function debrief._grant_calls(
  server_name text, wanted int, calls_per_minute int, calls_per_day bigint, tokens_per_day bigint, characters_per_day bigint,
  out granted int, out wait_ms bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  now_ts constant timestamptz := clock_timestamp();
  today constant date := (now_ts at time zone 'UTC')::date;
  burst constant numeric := ceil(calls_per_minute / 10.0);
  calls_per_ms constant numeric := (calls_per_minute - (burst - 1)) / 60000.0;
  state debrief.server_limits;
  tokens_used numeric;
  characters_used numeric;
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
  select sum(u.input_tokens + u.output_tokens), sum(u.characters) into tokens_used, characters_used
    from debrief.server_usage u where u.server = server_name and u.day = today;
  granted := greatest(0, least(granted, calls_per_day - state.day_calls));
  if state.day_calls >= calls_per_day or tokens_used >= tokens_per_day or characters_used >= characters_per_day then
    granted := 0;
    wait_ms := ceil(extract(epoch from ((today + 1)::timestamp at time zone 'UTC') - now_ts) * 1000);
  end if;
  update debrief.server_limits l
     set allowance = state.allowance - case when calls_per_minute is not null then granted else 0 end,
         allowance_at = state.allowance_at, day = state.day, day_calls = state.day_calls + granted
   where l.server = server_name;
end $$;
comment on function debrief._grant_calls(text, int, int, bigint, bigint, bigint) is
  'Worker: takes calls from a server''s limits; a limit that is null does not hold.';

create function debrief._return_calls(server_name text, unused int) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.server_limits l
     set allowance = l.allowance + unused, day_calls = greatest(0, l.day_calls - unused)
   where l.server = server_name;
$$;
comment on function debrief._return_calls(text, int) is
  'Worker: gives calls back that found no row; a negative number takes those that a row needed beyond its first.';

create function debrief._park_server(server_name text, park_ms bigint, failure_count int, failure_code text, failure_message text)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into debrief.server_states as s (server, parked_until, failures, code, message)
  values (server_name, clock_timestamp() + park_ms * interval '1 millisecond', failure_count, failure_code, failure_message)
  on conflict (server) do update
     set parked_until = greatest(s.parked_until, excluded.parked_until), failures = excluded.failures,
         code = excluded.code, message = excluded.message, updated_at = now();
$$;
comment on function debrief._park_server(text, bigint, int, text, text) is
  'Worker: leaves a server alone for a while, for all workers, and says why.';

create function debrief._server_ok(server_name text) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  delete from debrief.server_states s where s.server = server_name and not s.paused;
$$;
comment on function debrief._server_ok(text) is 'Worker: forgets a server''s failures after a success.';

-- 8. Leases -----------------------------------------------------------------------------------

create function debrief._worker_start(out worker_id bigint, out is_copy boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  worker_id := nextval('debrief.claim_token_seq');
  -- Held by the worker's session: whoever can take it knows that the worker is gone.
  perform pg_advisory_lock(debrief._lock_class(), debrief._lock_object(worker_id));
  is_copy := debrief._is_copy();
end $$;
comment on function debrief._worker_start() is 'Worker: takes an identity and the session lock that shows it is alive.';

create function debrief._lock_class() returns int
language sql immutable as $$ select 1684366962 $$;
comment on function debrief._lock_class() is 'First key of our advisory locks: "debr" in ASCII.';

create function debrief._lock_object(worker_id bigint) returns int
language sql immutable as $$ select (worker_id % 2147483648)::int $$;
comment on function debrief._lock_object(bigint) is 'Second key of a worker''s advisory lock.';

-- A claim whose worker is gone is free at once; one that was not renewed in time is free too. The
-- attempt stays counted: a row that kills its worker is not tried for ever.
create function debrief._rescue(worker_id bigint, held_tokens bigint[])
returns table (stage text, id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  now_ts constant timestamptz := clock_timestamp();
  gone bigint[];
begin
  select coalesce(array_agg(h.claimed_by), '{}') into gone
    from (select j.claimed_by from debrief.analysis_jobs j where j.lease_expires_at is not null
          union
          select f.claimed_by from debrief.analysis_feedback f where f.lease_expires_at is not null) h
   where h.claimed_by <> worker_id
     and pg_try_advisory_xact_lock(debrief._lock_class(), debrief._lock_object(h.claimed_by));

  return query
  with lost as materialized (
    select j.ctid as row_ctid
      from debrief.analysis_jobs j
     where j.lease_expires_at is not null
       and (j.claimed_by = any (gone)
            or (j.lease_expires_at < now_ts and not (j.claimed_by = worker_id and j.claim_token = any (held_tokens))))
       for no key update skip locked),
  rescued as (
    update debrief.analysis_jobs j
       set status = case when j.attempts >= s.max_attempts then 'failed' else 'queued' end,
           due_at = case when j.attempts >= s.max_attempts then null else now_ts end,
           last_error = 'The worker stopped in the middle of this attempt.', error_code = 'worker_lost',
           processing_completed_at = case when j.attempts >= s.max_attempts then now_ts end,
           claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = now_ts
      from debrief.stages s
     where s.stage = 'analysis' and j.ctid = any (array (select l.row_ctid from lost l))
    returning j.id, j.status),
  told as (
    select count(debrief._announce('analysis', g.status, g.ids))
      from (select r.status, array_agg(r.id) as ids from rescued r group by r.status) g)
  select 'analysis', r.id, r.status from rescued r cross join told;

  return query
  with lost as materialized (
    select f.ctid as row_ctid
      from debrief.analysis_feedback f
     where f.lease_expires_at is not null
       and (f.claimed_by = any (gone)
            or (f.lease_expires_at < now_ts and not (f.claimed_by = worker_id and f.claim_token = any (held_tokens))))
       for no key update skip locked),
  rescued as (
    update debrief.analysis_feedback f
       set ssml_status = case when f.ssml_status <> 'processing' then f.ssml_status
                              when f.ssml_attempts >= s.ssml_max then 'failed' else 'queued' end,
           ssml_due_at = case when f.ssml_status = 'processing' and f.ssml_attempts < s.ssml_max then now_ts end,
           ssml_last_error = case f.ssml_status when 'processing' then lost_text else f.ssml_last_error end,
           ssml_error_code = case f.ssml_status when 'processing' then 'worker_lost' else f.ssml_error_code end,
           ssml_updated_at = case f.ssml_status when 'processing' then now_ts else f.ssml_updated_at end,
           audio_status = case when f.audio_status <> 'processing' then f.audio_status
                               when f.audio_attempts >= s.audio_max then 'failed' else 'queued' end,
           audio_due_at = case when f.audio_status = 'processing' and f.audio_attempts < s.audio_max then now_ts end,
           audio_last_error = case f.audio_status when 'processing' then lost_text else f.audio_last_error end,
           audio_error_code = case f.audio_status when 'processing' then 'worker_lost' else f.audio_error_code end,
           audio_updated_at = case f.audio_status when 'processing' then now_ts else f.audio_updated_at end,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from (select max(max_attempts) filter (where stages.stage = 'ssml') as ssml_max,
                   max(max_attempts) filter (where stages.stage = 'audio') as audio_max,
                   'The worker stopped in the middle of this attempt.' as lost_text
              from debrief.stages) s
     where f.ctid = any (array (select l.row_ctid from lost l))
    returning f.id, case when f.ssml_status = 'completed' then 'audio' else 'ssml' end as stage,
              case when f.ssml_status = 'completed' then f.audio_status else f.ssml_status end as status),
  told as (
    select count(debrief._announce(g.stage, g.status, g.ids))
      from (select r.stage, r.status, array_agg(r.id) as ids from rescued r group by r.stage, r.status) g)
  select r.stage, r.id, r.status from rescued r cross join told;
end $$;
comment on function debrief._rescue(bigint, bigint[]) is
  'Worker: takes back claims whose worker is gone or whose lease ran out; held_tokens are its own live ones.';

create function debrief._release(worker_id bigint) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  jobs bigint[];
  ssml bigint[];
  audio bigint[];
begin
  with held as materialized (
    select j.ctid as row_ctid from debrief.analysis_jobs j
     where j.lease_expires_at is not null and j.claimed_by = worker_id
       for no key update skip locked),
  released as (
    update debrief.analysis_jobs j
       set status = 'queued', due_at = clock_timestamp(), attempts = j.attempts - 1,
           claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = clock_timestamp()
      from held where j.ctid = held.row_ctid
    returning j.id)
  select array_agg(r.id) into jobs from released r;

  with held as materialized (
    select f.ctid as row_ctid from debrief.analysis_feedback f
     where f.lease_expires_at is not null and f.claimed_by = worker_id
       for no key update skip locked),
  released as (
    update debrief.analysis_feedback f
       set ssml_status = case f.ssml_status when 'processing' then 'queued' else f.ssml_status end,
           ssml_due_at = case f.ssml_status when 'processing' then clock_timestamp() end,
           ssml_attempts = f.ssml_attempts - (f.ssml_status = 'processing')::int,
           audio_status = case f.audio_status when 'processing' then 'queued' else f.audio_status end,
           audio_due_at = case f.audio_status when 'processing' then clock_timestamp() end,
           audio_attempts = f.audio_attempts - (f.audio_status = 'processing')::int,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from held where f.ctid = held.row_ctid
    returning f.id, f.ssml_status)
  select array_agg(r.id) filter (where r.ssml_status = 'queued'), array_agg(r.id) filter (where r.ssml_status = 'completed')
    into ssml, audio from released r;
  perform debrief._announce('analysis', 'queued', jobs);
  perform debrief._announce('ssml', 'queued', ssml);
  perform debrief._announce('audio', 'queued', audio);
  return coalesce(cardinality(jobs), 0) + coalesce(cardinality(ssml), 0) + coalesce(cardinality(audio), 0);
end $$;
comment on function debrief._release(bigint) is 'Worker: gives all its claims back, uncharged, when it stops.';

create function debrief._lost_claims(stage text, ids bigint[], tokens bigint[]) returns setof bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if stage = 'analysis' then
    return query select c.token from unnest(ids, tokens) as c (id, token)
      where not exists (select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token);
  else
    return query select c.token from unnest(ids, tokens) as c (id, token)
      where not exists (select from debrief.analysis_feedback f where f.id = c.id and f.claim_token = c.token);
  end if;
end $$;
comment on function debrief._lost_claims(text, bigint[], bigint[]) is
  'Worker: the tokens whose claim was taken away by an edit, a cancel or a delete.';

create function debrief._renew(stage text, ids bigint[], tokens bigint[], lease interval) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if stage = 'analysis' then
    with held as materialized (
      select j.ctid as row_ctid from debrief.analysis_jobs j join unnest(ids, tokens) as c (id, token)
          on j.id = c.id and j.claim_token = c.token
       order by j.id for no key update of j skip locked)
    update debrief.analysis_jobs j set lease_expires_at = clock_timestamp() + lease
      from held where j.ctid = held.row_ctid;
  else
    with held as materialized (
      select f.ctid as row_ctid from debrief.analysis_feedback f join unnest(ids, tokens) as c (id, token)
          on f.id = c.id and f.claim_token = c.token
       order by f.id for no key update of f skip locked)
    update debrief.analysis_feedback f set lease_expires_at = clock_timestamp() + lease
      from held where f.ctid = held.row_ctid;
  end if;
end $$;
comment on function debrief._renew(text, bigint[], bigint[], interval) is 'Worker: extends the leases of live claims.';

create function debrief._take_deletions(batch_size int)
returns table (id bigint, store text, store_kind text, store_options jsonb, storage_path text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  -- A path that a row names (again) is not to be deleted.
  delete from debrief.object_deletions d
   where d.due_at <= clock_timestamp()
     and exists (select from debrief.analysis_audio_segments a
                  where a.feedback_id = d.feedback_id and a.segment_index = d.segment_index
                    and a.store = d.store and a.storage_path = d.storage_path);
  return query
  with due as materialized (
    select d.ctid as row_ctid from debrief.object_deletions d
     where d.due_at <= clock_timestamp()
     order by d.due_at, d.id limit batch_size
       for update skip locked),
  taken as (
    update debrief.object_deletions d
       set attempts = d.attempts + 1,
           due_at = clock_timestamp() + least(3600, power(2, least(d.attempts, 20))) * interval '1 second'
     where d.ctid = any (array (select row_ctid from due))
    returning d.*)
  select t.id, t.store, debrief._server_kind(t.store), debrief._server_options(t.store), t.storage_path from taken t;
end $$;
comment on function debrief._take_deletions(int) is 'Worker: objects to delete now; each comes again, ever later, until it is settled.';

create function debrief._settle_deletions(ids bigint[], errors text[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update debrief.object_deletions d set last_error = e.error
    from unnest(ids, errors) as e (id, error) where d.id = e.id and e.error is not null;
  delete from debrief.object_deletions d
   using unnest(ids, errors) as e (id, error) where d.id = e.id and e.error is null;
$$;
comment on function debrief._settle_deletions(bigint[], text[]) is 'Worker: forgets the objects that were deleted, and keeps why others were not.';

create function debrief._prune_attempts(retention interval, batch_size int) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  pruned bigint;
begin
  delete from debrief.attempts a
   where a.id in (select o.id from debrief.attempts o where o.finished_at < now() - retention
                   order by o.finished_at limit batch_size);
  get diagnostics pruned = row_count;
  return pruned;
end $$;
comment on function debrief._prune_attempts(interval, int) is 'Worker: drops attempt history that is older than its retention.';

-- 9. Functions for applications and operators -------------------------------------------------
--
-- SECURITY DEFINER as debrief_worker, because callers may not write statuses; each acts only on rows
-- of the calling user, or on any row for a member of debrief_admin. A row that the caller may not
-- see does not exist for him.

create function debrief.start_analysis(video_recording_id bigint, out analysis_job_id bigint, out outcome text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  recording debrief.video_recordings;
  queued boolean;
begin
  select * into recording from debrief.video_recordings r where r.id = video_recording_id;
  if not found or not debrief._may_act_on(recording.user_id) then
    raise exception 'video recording % does not exist', video_recording_id using errcode = 'no_data_found';
  end if;
  if recording.upload_status <> 'completed' then
    raise exception 'the upload of video recording % is %', video_recording_id, recording.upload_status
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Set upload_status to ''completed'': that starts the analysis by itself.';
  end if;
  perform debrief._wake();
  select q.job_id, q.queued into analysis_job_id, queued from debrief._queue_analysis(video_recording_id) q;
  outcome := case when queued then 'queued'
                  else (select 'already ' || j.status from debrief.analysis_jobs j where j.id = analysis_job_id) end;
end $$;
comment on function debrief.start_analysis(bigint) is
  'Queues the analysis of an uploaded recording, or says what its analysis is already doing. Uploads start it by themselves.';

create function debrief.retry_analysis(analysis_job_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  job debrief.analysis_jobs;
begin
  select * into job from debrief.analysis_jobs j where j.id = analysis_job_id for no key update;
  if not found or not debrief._may_act_on(job.user_id) then
    raise exception 'analysis job % does not exist', analysis_job_id using errcode = 'no_data_found';
  elsif job.status in ('queued', 'processing') then
    raise exception 'analysis job % is %', analysis_job_id, job.status
      using errcode = 'object_not_in_prerequisite_state', hint = 'It runs by itself; debrief.cancel_analysis() stops it.';
  elsif job.status = 'completed' and not debrief._is_operator() then
    raise exception 'analysis job % is completed', analysis_job_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Only a member of debrief_admin may run a completed analysis again.';
  end if;
  update debrief.analysis_jobs j
     set status = 'queued', attempts = 0, deferrals = 0, last_error = null, error_code = null,
         progress_percentage = 0, due_at = clock_timestamp(), correlation_id = gen_random_uuid(),
         processing_started_at = null, processing_completed_at = null, updated_at = clock_timestamp()
   where j.id = analysis_job_id;
  perform debrief._wake();
  perform debrief._announce('analysis', 'queued', array[analysis_job_id]);
  return 'queued';
end $$;
comment on function debrief.retry_analysis(bigint) is
  'Runs a failed analysis again, attempts reset; operators may run a completed one again too (its feedback is replaced).';

create function debrief.retry_feedback(feedback_id bigint, stage text default null) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
begin
  if stage is not null and stage not in ('ssml', 'audio') then
    raise exception 'unknown stage "%"', stage using errcode = 'invalid_parameter_value',
      hint = 'Use ''ssml'', ''audio'', or leave it out for the one that failed.';
  end if;
  select * into item from debrief.analysis_feedback f where f.id = feedback_id for no key update;
  if not found or not debrief._may_act_on(item.user_id) then
    raise exception 'feedback % does not exist', feedback_id using errcode = 'no_data_found';
  end if;
  if item.message !~ '[^[:space:]]' then
    raise exception 'feedback % has nothing to say', feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Give it a message: that queues it by itself.';
  end if;
  stage := coalesce(stage, case when item.ssml_status = 'failed' then 'ssml'
                                when item.audio_status = 'failed' then 'audio' end);
  if stage is null then
    raise exception 'no stage of feedback % has failed', feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Name the stage to run a completed one again.';
  elsif stage = 'audio' and item.ssml_status <> 'completed' then
    raise exception 'the SSML of feedback % is %', feedback_id, item.ssml_status
      using errcode = 'object_not_in_prerequisite_state', hint = 'Audio follows SSML by itself; retry stage ''ssml''.';
  elsif (stage = 'ssml' and item.ssml_status in ('queued', 'processing'))
        or (stage = 'audio' and item.audio_status in ('queued', 'processing')) then
    raise exception 'stage "%" of feedback % is %', stage, feedback_id,
        case stage when 'ssml' then item.ssml_status else item.audio_status end
      using errcode = 'object_not_in_prerequisite_state', hint = 'It runs by itself; debrief.cancel_feedback() stops it.';
  elsif (case stage when 'ssml' then item.ssml_status else item.audio_status end) = 'completed'
        and not debrief._is_operator() then
    raise exception 'stage "%" of feedback % is completed', stage, feedback_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'Only a member of debrief_admin may run a completed stage again.';
  end if;
  perform debrief._wake();
  perform debrief._requeue_feedback(array[feedback_id], stage);
  return stage || ' queued';
end $$;
comment on function debrief.retry_feedback(bigint, text) is
  'Queues a failed stage (ssml, audio, or null: the one that failed) again, attempts reset; operators may run a completed one again too.';

create function debrief._requeue_feedback(ids bigint[], stage text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  requeued bigint;
begin
  if exists (select from debrief.analysis_feedback f where f.id = any (ids) and f.claim_token is not null) then
    perform debrief._wake_revoked();
  end if;
  if stage = 'ssml' then
    update debrief.analysis_feedback f
       set ssml_status = 'queued', ssml_attempts = 0, ssml_last_error = null, ssml_error_code = null,
           ssml_updated_at = clock_timestamp(), ssml_due_at = clock_timestamp(),
           audio_status = 'queued', audio_attempts = 0, audio_last_error = null, audio_error_code = null,
           audio_updated_at = clock_timestamp(), audio_due_at = null,
           deferrals = 0, claim_token = null, claimed_by = null, lease_expires_at = null
     where f.id = any (ids);
  else
    -- A stage that was completed is run again whole: without its sounds there is something to do.
    delete from debrief.analysis_audio_segments a
     using debrief.analysis_feedback f
     where f.id = any (ids) and f.audio_status = 'completed' and a.feedback_id = f.id;
    update debrief.analysis_feedback f
       set audio_status = 'queued', audio_attempts = 0, audio_last_error = null, audio_error_code = null,
           audio_updated_at = clock_timestamp(), audio_due_at = clock_timestamp(),
           deferrals = 0, claim_token = null, claimed_by = null, lease_expires_at = null
     where f.id = any (ids);
  end if;
  get diagnostics requeued = row_count;
  perform debrief._announce(stage, 'queued', ids);
  return requeued;
end $$;
comment on function debrief._requeue_feedback(bigint[], text) is 'Queues a stage of feedback rows again, attempts reset.';

create function debrief.retry_failed(
  stage text default null, error_code text default null, since timestamptz default null, max_rows int default 1000)
returns table (retried_stage text, retried bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  ids bigint[];
begin
  if stage is not null and stage not in ('analysis', 'ssml', 'audio') then
    raise exception 'unknown stage "%"', stage using errcode = 'invalid_parameter_value',
      hint = 'Use ''analysis'', ''ssml'', ''audio'', or null for all.';
  elsif max_rows is null or max_rows < 1 then
    raise exception 'max_rows must be at least 1' using errcode = 'invalid_parameter_value';
  end if;
  perform debrief._wake();

  if coalesce(stage, 'analysis') = 'analysis' then
    select array_agg(q.id) into ids
      from (select j.id from debrief.analysis_jobs j
             where j.status = 'failed' and j.error_code is distinct from 'cancelled'
               and (error_code is null or j.error_code = retry_failed.error_code)
               and (since is null or j.updated_at >= since) and debrief._may_act_on(j.user_id)
             order by j.id limit max_rows for no key update skip locked) q;
    update debrief.analysis_jobs j
       set status = 'queued', attempts = 0, deferrals = 0, last_error = null, error_code = null,
           progress_percentage = 0, due_at = clock_timestamp(), correlation_id = gen_random_uuid(),
           processing_started_at = null, processing_completed_at = null, updated_at = clock_timestamp()
     where j.id = any (ids);
    perform debrief._announce('analysis', 'queued', ids);
    retried_stage := 'analysis';
    retried := coalesce(cardinality(ids), 0);
    return next;
  end if;

  if coalesce(stage, 'ssml') = 'ssml' then
    select array_agg(q.id) into ids
      from (select f.id from debrief.analysis_feedback f
             where f.ssml_status = 'failed' and f.ssml_error_code is distinct from 'cancelled'
               and f.message ~ '[^[:space:]]'
               and (error_code is null or f.ssml_error_code = retry_failed.error_code)
               and (since is null or f.ssml_updated_at >= since) and debrief._may_act_on(f.user_id)
             order by f.id limit max_rows for no key update skip locked) q;
    retried_stage := 'ssml';
    retried := coalesce(debrief._requeue_feedback(ids, 'ssml'), 0);
    return next;
  end if;

  if coalesce(stage, 'audio') = 'audio' then
    select array_agg(q.id) into ids
      from (select f.id from debrief.analysis_feedback f
             where f.audio_status = 'failed' and f.ssml_status = 'completed'
               and f.audio_error_code is distinct from 'cancelled'
               and (error_code is null or f.audio_error_code = retry_failed.error_code)
               and (since is null or f.audio_updated_at >= since) and debrief._may_act_on(f.user_id)
             order by f.id limit max_rows for no key update skip locked) q;
    retried_stage := 'audio';
    retried := coalesce(debrief._requeue_feedback(ids, 'audio'), 0);
    return next;
  end if;
end $$;
comment on function debrief.retry_failed(text, text, timestamptz, int) is
  'Queues failed rows again (not cancelled ones), attempts reset: of one stage or all, one error code or all, failed since a time; at most max_rows a stage. Tells how many of each.';

create function debrief.cancel_feedback(feedback_id bigint) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  item debrief.analysis_feedback;
begin
  select * into item from debrief.analysis_feedback f where f.id = feedback_id for no key update;
  if not found or not debrief._may_act_on(item.user_id) then
    raise exception 'feedback % does not exist', feedback_id using errcode = 'no_data_found';
  elsif debrief._cancel_feedback(array[feedback_id]) = 0 then
    raise exception 'feedback % has nothing queued or processing', feedback_id
      using errcode = 'object_not_in_prerequisite_state',
            hint = format('SSML is %s, audio is %s.', item.ssml_status, item.audio_status);
  end if;
  return case when item.claim_token is not null then 'cancelled while processing' else 'cancelled' end;
end $$;
comment on function debrief.cancel_feedback(bigint) is
  'Stops what is queued or processing of a feedback item: those stages fail with code cancelled; a call in flight is aborted.';

create function debrief._cancel_feedback(ids bigint[]) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  cancelled bigint[];
begin
  with held as materialized (
    select f.id, f.claim_token from debrief.analysis_feedback f
     where f.id = any (ids) and (f.ssml_status in ('queued', 'processing')
                                 or (f.ssml_status = 'completed' and f.audio_status in ('queued', 'processing')))
     order by f.id for no key update),
  done as (
    update debrief.analysis_feedback f
       set ssml_status = case when f.ssml_status in ('queued', 'processing') then 'failed' else f.ssml_status end,
           ssml_due_at = null,
           ssml_last_error = case when f.ssml_status in ('queued', 'processing') then 'Cancelled.' else f.ssml_last_error end,
           ssml_error_code = case when f.ssml_status in ('queued', 'processing') then 'cancelled' else f.ssml_error_code end,
           ssml_updated_at = case when f.ssml_status in ('queued', 'processing') then clock_timestamp() else f.ssml_updated_at end,
           audio_status = case when f.audio_status in ('queued', 'processing') then 'failed' else f.audio_status end,
           audio_due_at = null,
           audio_last_error = case when f.audio_status in ('queued', 'processing') then 'Cancelled.' else f.audio_last_error end,
           audio_error_code = case when f.audio_status in ('queued', 'processing') then 'cancelled' else f.audio_error_code end,
           audio_updated_at = case when f.audio_status in ('queued', 'processing') then clock_timestamp() else f.audio_updated_at end,
           claim_token = null, claimed_by = null, lease_expires_at = null
      from held where f.id = held.id
    returning f.id)
  select array_agg(d.id) into cancelled from done d;
  if cancelled is not null then
    perform debrief._wake_revoked();
    perform debrief._announce('feedback', 'cancelled', cancelled);
  end if;
  return coalesce(cardinality(cancelled), 0);
end $$;
comment on function debrief._cancel_feedback(bigint[]) is 'Fails the queued and processing stages of feedback rows with code cancelled.';

create function debrief.cancel_analysis(analysis_job_id bigint, out analysis text, out feedback_cancelled bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  job debrief.analysis_jobs;
begin
  select * into job from debrief.analysis_jobs j where j.id = analysis_job_id for no key update;
  if not found or not debrief._may_act_on(job.user_id) then
    raise exception 'analysis job % does not exist', analysis_job_id using errcode = 'no_data_found';
  end if;
  analysis := job.status;
  if job.status in ('queued', 'processing') then
    update debrief.analysis_jobs j
       set status = 'failed', due_at = null, last_error = 'Cancelled.', error_code = 'cancelled',
           claim_token = null, claimed_by = null, lease_expires_at = null,
           processing_completed_at = clock_timestamp(), updated_at = clock_timestamp()
     where j.id = analysis_job_id;
    perform debrief._wake_revoked();
    perform debrief._announce('analysis', 'cancelled', array[analysis_job_id]);
    analysis := 'cancelled';
  end if;
  feedback_cancelled := debrief._cancel_feedback(
    array(select f.id from debrief.analysis_feedback f where f.analysis_job_id = cancel_analysis.analysis_job_id));
  if analysis <> 'cancelled' and feedback_cancelled = 0 then
    raise exception 'analysis job % has nothing queued or processing', analysis_job_id
      using errcode = 'object_not_in_prerequisite_state', hint = format('The analysis is %s.', job.status);
  end if;
end $$;
comment on function debrief.cancel_analysis(bigint) is
  'Stops an analysis and all that is queued or processing of its feedback; tells the analysis'' state and how many items were cancelled.';

create function debrief._known_stage(stage_name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if stage_name is null or stage_name not in ('analysis', 'ssml', 'audio') then
    raise exception 'unknown stage "%"', stage_name using errcode = 'invalid_parameter_value',
      hint = 'Use ''analysis'', ''ssml'' or ''audio''.';
  end if;
end $$;
comment on function debrief._known_stage(text) is 'Error unless it is the name of a stage.';

create function debrief.pause(stage_name text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform debrief._known_stage(stage_name);
  update debrief.stages s set paused = true where s.stage = stage_name and not s.paused;
  return case when found then 'paused' else 'was paused already' end;
end $$;
comment on function debrief.pause(text) is 'Claims nothing more for a stage; calls in flight end and are settled. Operators only.';

create function debrief.resume(stage_name text default null) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  resumed int;
  was_copy constant boolean := debrief._is_copy();
begin
  if stage_name is not null then
    perform debrief._known_stage(stage_name);
  end if;
  update debrief.stages s set paused = false where s.stage = coalesce(stage_name, s.stage) and s.paused;
  get diagnostics resumed = row_count;
  if stage_name is null and was_copy then
    insert into debrief.installation (system_identifier, database_oid)
    values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
    on conflict (only_row) do update
       set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid;
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

create function debrief.pause_server(server_name text) returns text
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

create function debrief.resume_server(server_name text) returns text
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

create function debrief.set_rollout(stage_name text, percent int) returns text
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

create function debrief.wait_for_feedback(feedback_id bigint, timeout interval default '30 seconds') returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  until_ts constant timestamptz := clock_timestamp() + coalesce(timeout, interval '30 seconds');
  item record;
  seen bigint;
begin
  loop
    seen := debrief._settle_count();
    select f.ssml_status, f.audio_status, f.xmin = pg_current_xact_id_if_assigned()::xid as is_mine into item
      from debrief.analysis_feedback f where f.id = feedback_id;
    if not found then
      raise exception 'feedback % does not exist', feedback_id using errcode = 'no_data_found';
    elsif 'failed' in (item.ssml_status, item.audio_status) then
      return 'failed';
    elsif item.audio_status = 'completed' and item.ssml_status = 'completed' then
      return 'completed';
    elsif item.is_mine then
      raise exception 'feedback % was written by this transaction', feedback_id
        using errcode = 'object_not_in_prerequisite_state', hint = 'Commit first: the worker cannot see it before.';
    elsif clock_timestamp() >= until_ts then
      return 'waiting';
    end if;
    perform debrief._wait_for_settle(seen,
      least(1000, ceil(extract(epoch from until_ts - clock_timestamp()) * 1000))::int);
  end loop;
end $$;
comment on function debrief.wait_for_feedback(bigint, interval) is
  'Waits until a feedback item is spoken or has failed: ''completed'', ''failed'', or ''waiting'' when the time is up. Needs READ COMMITTED.';

create function debrief.get_analysis_with_metrics(analysis_job_id bigint) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
           'id', j.id, 'video_recording_id', j.video_recording_id, 'status', j.status,
           'progress_percentage', j.progress_percentage, 'title', j.title, 'summary_text', j.summary_text,
           'full_feedback_text', j.full_feedback_text, 'voice', j.voice, 'error_code', j.error_code,
           'last_error', j.last_error, 'created_at', j.created_at,
           'processing_completed_at', j.processing_completed_at,
           'metrics', (select coalesce(jsonb_object_agg(m.metric_key, jsonb_build_object('value', m.metric_value, 'unit', m.unit)), '{}')
                         from debrief.analysis_metrics m where m.analysis_job_id = j.id),
           'feedback', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'id', f.id, 'timestamp_seconds', f.timestamp_seconds, 'category', f.category,
                                 'message', f.message, 'confidence', f.confidence, 'impact', f.impact,
                                 'ssml_status', f.ssml_status, 'audio_status', f.audio_status)
                               order by f.timestamp_seconds, f.id), '[]')
                          from debrief.analysis_feedback f where f.analysis_job_id = j.id))
    from debrief.analysis_jobs j
   where j.id = get_analysis_with_metrics.analysis_job_id;
$$;
comment on function debrief.get_analysis_with_metrics(bigint) is
  'An analysis with its metrics and feedback as one JSON object; null when there is none that the caller may see.';

create function debrief.get_audio_segments_for_feedback(feedback_id bigint)
returns table (id bigint, segment_index int, audio_url text, storage_path text, duration_ms numeric,
               format text, provider text, version text, created_at timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select a.id, a.segment_index, a.audio_url, a.storage_path, a.duration_ms, a.format, a.provider, a.version, a.created_at
    from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id
   where a.feedback_id = get_audio_segments_for_feedback.feedback_id and f.ssml_status = 'completed'
   order by a.segment_index;
$$;
comment on function debrief.get_audio_segments_for_feedback(bigint) is
  'The sounds of a feedback item in order; none while an edited message is being written anew.';

create function debrief.get_audio(feedback_id bigint, segment_index int default 0)
returns table (content_type text, body bytea)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select o.content_type, o.body
    from debrief.analysis_audio_segments a
    join debrief.audio_objects o on o.storage_path = a.storage_path
   where a.feedback_id = get_audio.feedback_id and a.segment_index = get_audio.segment_index;
$$;
comment on function debrief.get_audio(bigint, int) is 'The bytes of a sound that is kept in a store of kind database.';

create function debrief.store_analysis_results(
  analysis_job_id bigint, title text, summary_text text, full_feedback_text text,
  raw_response jsonb default null, feedback jsonb default '[]', metrics jsonb default '[]')
returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  job debrief.analysis_jobs;
begin
  select * into job from debrief.analysis_jobs j where j.id = analysis_job_id for no key update;
  if not found or not debrief._may_act_on(job.user_id) then
    raise exception 'analysis job % does not exist', analysis_job_id using errcode = 'no_data_found';
  elsif coalesce(jsonb_typeof(feedback), '') <> 'array' or coalesce(jsonb_typeof(metrics), '') <> 'array' then
    raise exception 'feedback and metrics must be JSON arrays' using errcode = 'invalid_parameter_value',
      hint = '[{"timestamp_seconds": 3, "category": "Speech", "message": "..."}] and [{"key": "k", "value": 1, "unit": "s"}]';
  end if;
  if job.claim_token is not null then
    perform debrief._wake_revoked();
  end if;
  -- The worker's own settle, under a token drawn for the purpose: one way to store an analysis.
  update debrief.analysis_jobs j
     set status = 'processing', due_at = null, claim_token = nextval('debrief.claim_token_seq'), claimed_by = null,
         lease_expires_at = clock_timestamp() + interval '1 minute'
   where j.id = analysis_job_id
  returning j.claim_token into job.claim_token;
  return debrief._settle_analysis(
    analysis_job_id, job.claim_token, title, summary_text, full_feedback_text, raw_response::text, 'external', null,
    array(select m ->> 'key' from jsonb_array_elements(metrics) m),
    array(select m ->> 'value' from jsonb_array_elements(metrics) m),
    array(select coalesce(m ->> 'unit', '') from jsonb_array_elements(metrics) m),
    array(select coalesce(f ->> 'timestamp_seconds', '0') from jsonb_array_elements(feedback) f),
    array(select coalesce(f ->> 'category', 'General') from jsonb_array_elements(feedback) f),
    array(select coalesce(f ->> 'message', '') from jsonb_array_elements(feedback) f),
    array(select f ->> 'confidence' from jsonb_array_elements(feedback) f),
    array(select f ->> 'impact' from jsonb_array_elements(feedback) f));
end $$;
comment on function debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb) is
  'Stores an analysis that was made elsewhere, as the worker would: replaces the rows of an earlier run, ends a run in flight, and has the feedback spoken.';

create function debrief.test_server(server_name text, timeout interval default '30 seconds',
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

-- 10. Views -----------------------------------------------------------------------------------

create function debrief._install_views() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
begin
  if to_regclass('debrief.feedback_status') is null then
    create view debrief.feedback_status with (security_invoker = true) as
    select f.id, f.analysis_job_id, f.user_id, f.timestamp_seconds, f.category, f.message,
           case when 'failed' in (f.ssml_status, f.audio_status) then 'failed'
                when f.ssml_status = 'completed' and f.audio_status = 'completed' then 'ready'
                when 'processing' in (f.ssml_status, f.audio_status) then 'processing'
                when f.ssml_due_at is null and f.audio_due_at is null then 'blank'
                when f.ssml_attempts + f.audio_attempts > (f.ssml_status = 'completed')::int * f.ssml_attempts then 'retrying'
                else 'queued' end as status,
           f.ssml_status, f.audio_status, f.ssml_attempts, f.audio_attempts, f.deferrals,
           coalesce(f.ssml_error_code, f.audio_error_code) as error_code,
           coalesce(f.ssml_last_error, f.audio_last_error) as last_error,
           coalesce(f.ssml_due_at, f.audio_due_at) as next_attempt_at,
           greatest(f.ssml_updated_at, f.audio_updated_at) as updated_at,
           j.correlation_id,
           (select count(*) from debrief.analysis_audio_segments a where a.feedback_id = f.id) as audio_segments,
           (select sum(a.duration_ms) from debrief.analysis_audio_segments a where a.feedback_id = f.id) as audio_duration_ms
      from debrief.analysis_feedback f
      join debrief.analysis_jobs j on j.id = f.analysis_job_id;
    comment on view debrief.feedback_status is
      'Each feedback item in one word (blank, queued, retrying, processing, ready, failed), with both stages, attempts, error and due time';
  end if;

  if to_regclass('debrief.pipeline_status') is null then
    create view debrief.pipeline_status with (security_invoker = true) as
    select stage,
           count(*) filter (where status = 'queued' and due_at <= now()) as due,
           count(*) filter (where status = 'queued' and due_at > now()) as delayed,
           count(*) filter (where status = 'queued' and due_at is null) as waiting,
           count(*) filter (where status = 'processing') as processing,
           count(*) filter (where status = 'completed') as completed,
           count(*) filter (where status = 'failed') as failed,
           now() - min(due_at) filter (where due_at <= now()) as oldest_due,
           now() - min(updated_at) filter (where status = 'processing') as oldest_processing
      from (select 'analysis' as stage, j.status, j.due_at, j.updated_at from debrief.analysis_jobs j
            union all
            select 'ssml', f.ssml_status, f.ssml_due_at, f.ssml_updated_at from debrief.analysis_feedback f
            union all
            select 'audio', f.audio_status, f.audio_due_at, f.audio_updated_at from debrief.analysis_feedback f) q
     group by stage;
    comment on view debrief.pipeline_status is
      'Rows per stage and state; due: may be claimed now; delayed: later; waiting: blank, or audio before its SSML';
  end if;

  if to_regclass('debrief.failed_feedback') is null then
    create view debrief.failed_feedback with (security_invoker = true) as
    select f.id, f.analysis_job_id, f.user_id,
           case when f.ssml_status = 'failed' then 'ssml' else 'audio' end as stage,
           case when f.ssml_status = 'failed' then f.ssml_error_code else f.audio_error_code end as error_code,
           case when f.ssml_status = 'failed' then f.ssml_last_error else f.audio_last_error end as last_error,
           case when f.ssml_status = 'failed' then f.ssml_attempts else f.audio_attempts end as attempts,
           case when f.ssml_status = 'failed' then f.ssml_updated_at else f.audio_updated_at end as failed_at,
           j.correlation_id, f.message
      from debrief.analysis_feedback f
      join debrief.analysis_jobs j on j.id = f.analysis_job_id
     where 'failed' in (f.ssml_status, f.audio_status);
    comment on view debrief.failed_feedback is 'Feedback that failed, why, and the correlation id to look for in the attempts and the log';
  end if;

  if to_regclass('debrief.worker_status') is null then
    create view debrief.worker_status with (security_invoker = true) as
    select w.process, d.datname as database, w.ordinal, w.pid, w.state, w.since,
           w.in_flight[1] as analysis_in_flight, w.in_flight[2] as ssml_in_flight, w.in_flight[3] as audio_in_flight,
           nullif(w.last_error, '') as last_error
      from debrief._workers() w
      left join pg_catalog.pg_database d on d.oid = w.database
     where w.process = 'launcher' or d.datname = pg_catalog.current_database();
    comment on view debrief.worker_status is 'The launcher and this database''s workers: state, calls in flight, last error';
  end if;

  if to_regclass('debrief.provider_status') is null then
    create view debrief.provider_status with (security_invoker = true) as
    select s.stage, s.server, debrief._server_kind(s.server) as kind, s.store,
           p.state, p.reason, p.hint,
           case when greatest(t.parked_until, u.parked_until) > now() then greatest(t.parked_until, u.parked_until) end as parked_until,
           coalesce(t.failures, 0) as failures
      from debrief.stages s
      left join debrief.server_states t on t.server = s.server
      left join debrief.server_states u on u.server = s.store
     cross join lateral (
        select * from (values
          (1, debrief._is_copy(), 'copy', 'this database is a copy of the one that pg_debrief was installed in',
              'SELECT debrief.resume(); lets this copy call its providers.'),
          (2, s.server is null, 'no server', 'no server serves this stage',
              format('UPDATE debrief.stages SET server = ''...'' WHERE stage = %L;', s.stage)),
          (3, debrief._server_kind(s.server) is null, 'server missing', format('server "%s" does not exist', s.server),
              'CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.'),
          (4, s.stage <> 'ssml' and s.store is null, 'no store', 'no store is named for this stage',
              format('UPDATE debrief.stages SET store = ''...'' WHERE stage = %L;', s.stage)),
          (5, s.stage <> 'ssml' and debrief._server_kind(s.store) is null, 'store missing', format('store "%s" does not exist', s.store),
              'CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in debrief.stages.'),
          (6, s.paused, 'paused', 'the stage is paused', format('SELECT debrief.resume(%L);', s.stage)),
          (7, coalesce(t.paused, false), 'paused', 'the server is paused', format('SELECT debrief.resume_server(%L);', s.server)),
          (8, coalesce(t.parked_until > now(), false), 'parked', concat_ws(': ', t.code, t.message),
              'It is tried again by itself; debrief.resume_server() or a changed server tries at once.'),
          (8, coalesce(u.parked_until > now(), false), 'parked', concat_ws(': ', 'store ' || s.store, u.code, u.message),
              'It is tried again by itself; debrief.resume_server() or a changed server tries at once.'),
          (8, coalesce(u.paused, false), 'paused', format('the store "%s" is paused', s.store),
              format('SELECT debrief.resume_server(%L);', s.store)),
          (9, coalesce(t.failures > 0, false), 'probing', concat_ws(': ', t.code, t.message), 'One call at a time until one succeeds.'),
          (10, true, 'ready', null, null)) as c (rank, holds, state, reason, hint)
         where c.holds order by c.rank limit 1) p;
    comment on view debrief.provider_status is
      'Each stage''s server: ready, probing, parked (it failed: left alone until parked_until), paused, or what is missing; why, and what to do';
  end if;

  if to_regclass('debrief.usage') is null then
    create view debrief.usage with (security_invoker = true) as
    select u.day, u.server, u.stage, u.calls, u.failures, u.input_tokens, u.output_tokens, u.characters,
           round(u.audio_ms / 1000, 1) as audio_seconds
      from debrief.server_usage u;
    comment on view debrief.usage is
      'What each server was used for, by day (UTC) and stage: calls that ended, those that failed, tokens and characters as the provider told them, seconds of sound';
  end if;

  if to_regclass('debrief.latency') is null then
    create view debrief.latency with (security_invoker = true) as
    select l.stage, l.phase, l.upper_bound_ms, l.calls,
           sum(l.calls) over (partition by l.stage, l.phase order by l.upper_bound_ms) as cumulative
      from debrief._latency() l;
    comment on view debrief.latency is
      'Histogram since the server started, in milliseconds: wait (due to claim), call (claim to answer), settle (answer to commit)';
  end if;
end $install$;
comment on function debrief._install_views() is 'Makes the views that are missing.';

-- 11. Row level security and grants -----------------------------------------------------------

create function debrief._install_access() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
declare
  owned text;
begin
  -- Policies: the owner his own rows, operators and readers all. Which columns and commands, the
  -- grants below say.
  foreach owned in array array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback',
                               'analysis_ssml_segments', 'analysis_audio_segments', 'audio_objects', 'attempts'] loop
    execute format('alter table debrief.%I enable row level security', owned);
    execute format('drop policy if exists operators on debrief.%I', owned);
    execute format('create policy operators on debrief.%I to debrief_admin using (true) with check (true)', owned);
    execute format('drop policy if exists readers on debrief.%I', owned);
    execute format('create policy readers on debrief.%I for select to debrief_reader using (true)', owned);
    execute format('drop policy if exists owners on debrief.%I', owned);
    execute format('create policy owners on debrief.%I to debrief_app using (user_id = (select debrief.current_user_id())) '
                   'with check (user_id = (select debrief.current_user_id()))', owned);
  end loop;
  -- A path is a user's own when it begins with his id: else he could have another's video analysed.
  drop policy if exists own_paths on debrief.video_recordings;
  create policy own_paths on debrief.video_recordings as restrictive to debrief_app
    using (true)
    with check (storage_path = '' or starts_with(storage_path, user_id::text || '/')
                or pg_has_role(current_user, 'debrief_admin', 'usage'));
  drop policy if exists own_jobs on debrief.analysis_feedback;
  create policy own_jobs on debrief.analysis_feedback as restrictive to debrief_app
    using (true)
    with check (exists (select from debrief.analysis_jobs j where j.id = analysis_job_id and j.user_id = analysis_feedback.user_id));

  revoke all on all tables in schema debrief from public;
  revoke all on all sequences in schema debrief from public;

  grant select on debrief.video_recordings, debrief.analysis_jobs, debrief.analysis_metrics, debrief.analysis_feedback,
    debrief.analysis_ssml_segments, debrief.analysis_audio_segments, debrief.audio_objects, debrief.voices,
    debrief.feedback_status, debrief.failed_feedback
    to debrief_app, debrief_reader, debrief_admin;
  grant select on debrief.stages, debrief.server_states, debrief.installation, debrief.attempts, debrief.object_deletions,
    debrief.server_limits, debrief.server_usage, debrief.usage,
    debrief.pipeline_status, debrief.worker_status, debrief.provider_status, debrief.latency
    to debrief_reader, debrief_admin;

  grant insert (user_id, storage_path, original_filename, format, file_size, duration_seconds, upload_status,
                upload_progress, source, metadata),
        update (storage_path, original_filename, format, file_size, duration_seconds, upload_status, upload_progress, metadata),
        delete
    on debrief.video_recordings to debrief_app, debrief_admin;
  grant update (user_rating) on debrief.analysis_feedback to debrief_app;

  grant insert (analysis_job_id, timestamp_seconds, category, message, confidence, impact),
        update (timestamp_seconds, category, message, confidence, impact, ssml_status, audio_status, user_rating), delete
    on debrief.analysis_feedback to debrief_admin;
  grant delete on debrief.analysis_jobs, debrief.attempts, debrief.object_deletions to debrief_admin;
  grant insert, update, delete on debrief.voices to debrief_admin;
  grant update on debrief.stages to debrief_admin;
  grant insert, update, delete on debrief.server_states to debrief_admin;
  grant delete on debrief.server_limits, debrief.server_usage to debrief_admin;
  grant insert, update (system_identifier, database_oid) on debrief.installation to debrief_admin;

  grant select on all tables in schema debrief to debrief_worker;
  grant usage on sequence debrief.claim_token_seq to debrief_worker;
  grant insert (video_recording_id),
        update (status, progress_percentage, attempts, deferrals, last_error, error_code, title, summary_text,
                full_feedback_text, raw_response, provider, version, correlation_id, due_at, claim_token, claimed_by,
                lease_expires_at, exchange_server, exchange_state, processing_started_at, processing_completed_at, updated_at)
    on debrief.analysis_jobs to debrief_worker;
  grant insert (analysis_job_id, user_id, timestamp_seconds, category, message, confidence, impact, from_analysis),
        update (ssml_status, audio_status, ssml_attempts, audio_attempts, deferrals, ssml_last_error, audio_last_error,
                ssml_error_code, audio_error_code, ssml_updated_at, audio_updated_at, ssml_due_at, audio_due_at,
                claim_token, claimed_by, lease_expires_at), delete
    on debrief.analysis_feedback to debrief_worker;
  grant insert, delete on debrief.analysis_metrics, debrief.analysis_ssml_segments, debrief.audio_objects, debrief.attempts
    to debrief_worker;
  grant insert, update, delete on debrief.analysis_audio_segments, debrief.object_deletions, debrief.server_states,
    debrief.server_limits, debrief.server_usage
    to debrief_worker;
  grant usage on sequence debrief.analysis_ssml_segments_id_seq to debrief_worker;
end $install$;
comment on function debrief._install_access() is 'Row level security and all grants on tables; may be run again.';

-- Functions and the wrapper belong to the extension, and what a script grants on its schema no dump
-- carries: these grants are made here, for a fresh installation and a restore alike.
grant usage on schema debrief to debrief_worker, debrief_admin, debrief_reader, debrief_app;
grant usage on foreign data wrapper debrief to debrief_admin;
-- Careful databases take CONNECT from PUBLIC; background workers need it like anybody.
do $connect$
begin
  execute pg_catalog.format('grant connect on database %I to debrief_worker', pg_catalog.current_database());
end $connect$;
revoke all on all routines in schema debrief from public;
grant execute on function
  debrief.current_user_id(), debrief._wake_revoked(), debrief._settle_count(), debrief._wait_for_settle(bigint, int),
  debrief.get_analysis_with_metrics(bigint), debrief.get_audio_segments_for_feedback(bigint), debrief.get_audio(bigint, int),
  debrief.wait_for_feedback(bigint, interval)
  to debrief_app, debrief_reader, debrief_admin, debrief_worker;
grant execute on function
  debrief.start_analysis(bigint), debrief.retry_analysis(bigint), debrief.retry_feedback(bigint, text),
  debrief.retry_failed(text, text, timestamptz, int), debrief.cancel_feedback(bigint), debrief.cancel_analysis(bigint)
  to debrief_app, debrief_admin;
grant execute on function
  debrief.test_server(text, interval), debrief._test_server(text, int), debrief._server_kind(text),
  debrief.pause(text), debrief.resume(text), debrief.pause_server(text), debrief.resume_server(text),
  debrief.set_rollout(text, int), debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb),
  debrief._known_stage(text)
  to debrief_admin;
grant execute on function
  debrief._server_kind(text), debrief._stages_served(text), debrief._is_copy(), debrief._system_identifier(),
  debrief._workers(), debrief._latency()
  to debrief_reader, debrief_admin, debrief_worker;
grant execute on all routines in schema debrief to debrief_worker;
revoke execute on function
  debrief._install_tables(), debrief._install_triggers(), debrief._install_views(), debrief._install_access(),
  debrief._adopt(text, text[])
  from debrief_worker;

alter function debrief._kickoff() owner to debrief_worker;
alter function debrief._object_unreferenced() owner to debrief_worker;
alter function debrief._objects_truncated() owner to debrief_worker;
alter function debrief._exchange_ended() owner to debrief_worker;
alter function debrief.start_analysis(bigint) owner to debrief_worker;
alter function debrief.retry_analysis(bigint) owner to debrief_worker;
alter function debrief.retry_feedback(bigint, text) owner to debrief_worker;
alter function debrief.retry_failed(text, text, timestamptz, int) owner to debrief_worker;
alter function debrief.cancel_feedback(bigint) owner to debrief_worker;
alter function debrief.cancel_analysis(bigint) owner to debrief_worker;
alter function debrief.store_analysis_results(bigint, text, text, text, jsonb, jsonb, jsonb) owner to debrief_worker;

-- 12. Installation ----------------------------------------------------------------------------

create function debrief._install() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
declare
  object record;
begin
  perform debrief._install_tables();
  insert into debrief.installation (system_identifier, database_oid)
  values (debrief._system_identifier(), (select oid from pg_database where datname = current_database()))
  on conflict do nothing;
  if debrief._server_kind('template') is null then
    create server template foreign data wrapper debrief options (kind 'template');
    comment on server template is 'pg_debrief: writes SSML without any call';
  end if;
  if debrief._server_kind('database') is null then
    create server database foreign data wrapper debrief options (kind 'database');
    comment on server database is 'pg_debrief: keeps sounds in debrief.audio_objects';
  end if;
  insert into debrief.stages (stage, server, store, timeout_ms, max_in_flight, backoff_base_ms, backoff_cap_ms)
  values ('analysis', null, null, 600000, 4, 5000, 300000),
         ('ssml', 'template', null, 60000, 64, 1000, 60000),
         ('audio', null, 'database', 60000, 16, 1000, 60000)
  on conflict do nothing;
  if not exists (select from debrief.voices) then
    insert into debrief.voices (name, language, is_default) values ('default', 'en-US', true);
  end if;
  perform debrief._install_views();
  perform debrief._install_triggers();
  perform debrief._install_access();

  -- From here on all of it is the user's: see the head of this file. A table's identity sequence is a
  -- member of its own, and would take the column along.
  for object in
    select case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind,
           c.oid::regclass::text as name
      from pg_depend d join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
       and d.refobjid = (select oid from pg_extension where extname = 'pg_debrief')
    union all
    select 'server', quote_ident(s.srvname)
      from pg_depend d join pg_foreign_server s on d.classid = 'pg_foreign_server'::regclass and s.oid = d.objid
     where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
       and d.refobjid = (select oid from pg_extension where extname = 'pg_debrief')
  loop
    execute format('alter extension pg_debrief drop %s %s', object.kind, object.name);
  end loop;
end $install$;
comment on function debrief._install() is 'Makes all that belongs to the user: tables, servers, views, triggers, policies, grants.';
revoke all on function debrief._install() from public;

-- A restore brings the tables itself, as the user's own, triggers after data. pg_dump and pg_restore
-- set row_security = off; nobody else does in ordinary life.
do $restore$
begin
  if pg_catalog.current_setting('row_security')::boolean then
    perform debrief._install();
  else
    raise notice 'pg_debrief: row_security is off, taken as a restore: tables are left to it'
      using hint = 'SET row_security = on before CREATE EXTENSION to install afresh.';
  end if;
end $restore$;

do $wake$
begin
  perform debrief._wake();
exception when object_not_in_prerequisite_state then
  raise warning 'pg_debrief is not loaded: rows are queued, but nothing works on them'
    using hint = 'Add pg_debrief to shared_preload_libraries and restart the server.';
end $wake$;
