-- What stage deliver brings of its own: the table of what is delivered to a receiver, empty where the stage is not used, with its triggers and grants.

create or replace function debrief._install_deliver_tables() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  if debrief._adopt('analysis_deliveries', '{id,message_id,analysis_job_id,feedback_id,user_id,status,due_at,claim_token,claimed_at}') then
    -- No foreign key: with one, a settle would lock the analysis, and whoever deletes an analysis would pay for
    -- deliveries that nobody asked for. Triggers on analysis_jobs delete the rows.
    create table debrief.analysis_deliveries (
      id bigint generated always as identity primary key,
      message_id uuid not null default gen_random_uuid(),
      analysis_job_id bigint not null,
      feedback_id bigint,
      user_id uuid not null,
      status text not null default 'queued' check (status in ('queued', 'processing', 'completed', 'failed')),
      attempts int not null default 0 check (attempts >= 0),
      unproven int not null default 0 check (unproven >= 0),
      unproven_at timestamptz,
      last_error text,
      error_code text,
      asked_at timestamptz not null default clock_timestamp(),
      due_at timestamptz default clock_timestamp(),
      claim_token bigint,
      claimed_by bigint,
      claimed_at timestamptz,
      lease_expires_at timestamptz,
      created_at timestamptz not null default clock_timestamp(),
      updated_at timestamptz not null default clock_timestamp(),
      constraint analysis_deliveries_times_are_finite check (
        isfinite(due_at) and isfinite(lease_expires_at) and isfinite(claimed_at) and isfinite(created_at) and isfinite(updated_at)
        and isfinite(unproven_at) and isfinite(asked_at)),
      constraint analysis_deliveries_due_when_queued check ((due_at is not null) = (status = 'queued')),
      constraint analysis_deliveries_claimed_when_processing check (
        (claim_token is not null) = (status = 'processing') and (lease_expires_at is not null) = (status = 'processing')))
      with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    create index analysis_deliveries_due_idx on debrief.analysis_deliveries (due_at, id) where due_at is not null;
    create index analysis_deliveries_lease_idx on debrief.analysis_deliveries (lease_expires_at) where lease_expires_at is not null;
    create index analysis_deliveries_job_idx on debrief.analysis_deliveries (analysis_job_id);
    create index analysis_deliveries_failed_idx on debrief.analysis_deliveries (updated_at) where status = 'failed';
    create index analysis_deliveries_ended_idx on debrief.analysis_deliveries (updated_at) where status in ('completed', 'failed');
    create index analysis_deliveries_lost_idx on debrief.analysis_deliveries (id) where error_code = 'worker_lost';
    comment on table debrief.analysis_deliveries is
      'Messages to a receiver, the queue of stage deliver: that an analysis, or an item of it, has ended. Kept for pg_debrief.attempt_retention after they ended';
    comment on column debrief.analysis_deliveries.id is 'Primary key';
    comment on column debrief.analysis_deliveries.message_id is 'The header webhook-id, the same at each attempt, after msg_';
    comment on column debrief.analysis_deliveries.analysis_job_id is 'The analysis; deleted with it';
    comment on column debrief.analysis_deliveries.feedback_id is 'The feedback item that ended; null: the whole analysis';
    comment on column debrief.analysis_deliveries.user_id is 'The owner, from the row it belongs to; never changes';
    comment on column debrief.analysis_deliveries.status is 'queued, processing, completed or failed';
    comment on column debrief.analysis_deliveries.attempts is 'Attempts, the running one counted';
    comment on column debrief.analysis_deliveries.unproven is 'As in analysis_jobs';
    comment on column debrief.analysis_deliveries.unproven_at is 'When the last of them was counted';
    comment on column debrief.analysis_deliveries.last_error is 'Why the last attempt failed, in a sentence; null after a success';
    comment on column debrief.analysis_deliveries.error_code is 'The same as a stable code; ''cancelled'' after cancel_delivery()';
    comment on column debrief.analysis_deliveries.asked_at is 'When what it reports ended, or when it was asked for again';
    comment on column debrief.analysis_deliveries.due_at is 'When the next attempt may be claimed; null when it does not wait';
    comment on column debrief.analysis_deliveries.claim_token is 'The fence: of the claim that holds the row';
    comment on column debrief.analysis_deliveries.claimed_by is 'Worker that holds the row';
    comment on column debrief.analysis_deliveries.claimed_at is 'When the message was last made, which is of that moment';
    comment on column debrief.analysis_deliveries.lease_expires_at is 'When the claim expires';
    comment on column debrief.analysis_deliveries.created_at is 'When the row was created';
    comment on column debrief.analysis_deliveries.updated_at is 'When the row last changed';
  end if;
end $install$;
comment on function debrief._install_deliver_tables() is 'Creates the missing table of deliveries and checks an existing one.';

create or replace function debrief._install_deliver_triggers() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
#variable_conflict use_variable
begin
  create trigger job_deliveries_deleted after delete on debrief.analysis_jobs
    referencing old table as gone for each statement execute function debrief._deliveries_deleted();
  create trigger job_deliveries_truncated after truncate on debrief.analysis_jobs
    for each statement execute function debrief._deliveries_deleted();
  create trigger delivery_wake after insert or update on debrief.analysis_deliveries
    for each statement execute function debrief._wake_trigger('deliver');
  create trigger delivery_revoked before delete on debrief.analysis_deliveries
    for each row when (old.claim_token is not null) execute function debrief._wake_trigger('revoked');
  create trigger delivery_truncated after truncate on debrief.analysis_deliveries
    for each statement execute function debrief._wake_trigger('revoked');
end $install$;
comment on function debrief._install_deliver_triggers() is 'Creates the triggers of deliveries.';

create or replace function debrief._install_deliver_access() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  grant select on debrief.analysis_deliveries to debrief_app, debrief_reader, debrief_admin;
  grant insert (analysis_job_id, feedback_id, user_id),
        update (status, attempts, unproven, unproven_at, last_error, error_code, asked_at, due_at, claim_token, claimed_by, claimed_at,
                lease_expires_at, updated_at), delete
    on debrief.analysis_deliveries to debrief_worker;
$$;
comment on function debrief._install_deliver_access() is 'Grants on deliveries; may be run again.';
