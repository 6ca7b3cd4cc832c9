-- 1.0 to 0.9; and what makes an installation of 1.0 one of 0.9.
-- include begin
-- include functions
-- include functions.sql

do $back$
declare
  loss text;
begin
  if debrief._tables_version() is null then
    return;  -- a restore brings them
  end if;
  -- 0.9 had no server_limits, no column attempts.tls_ms, and sources that were unique over all users.
  if exists (select from pg_catalog.pg_attribute where attrelid operator(pg_catalog.=) 'debrief.attempts'::pg_catalog.regclass and attname operator(pg_catalog.=) 'tls_ms') then
    if exists (select from debrief.attempts a where a.tls_ms is not null) then
      loss := 'column tls_ms of debrief.attempts';
    end if;
  end if;
  if pg_catalog.to_regclass('debrief.server_limits') is not null then
    if exists (select from debrief.server_limits) then
      loss := pg_catalog.concat_ws(', ', loss, 'table debrief.server_limits');
    end if;
  end if;
  if exists (select from debrief.video_recordings r group by r.source having pg_catalog.count(r.source) operator(pg_catalog.>) 1) then
    loss := pg_catalog.concat_ws(', ', loss, 'sources of debrief.video_recordings that two users have');
  end if;
  if loss is not null then
    raise exception 'the way back to 0.9 would lose data: %', loss
      using errcode = 'object_not_in_prerequisite_state', hint = 'Copy it elsewhere, delete it here, and run this again.';
  end if;

  drop table if exists debrief.server_limits;
  alter table debrief.attempts drop column if exists tls_ms;
  if exists (select from pg_catalog.pg_attribute where attrelid operator(pg_catalog.=) 'debrief.attempts'::pg_catalog.regclass and attname operator(pg_catalog.=) 'detail') then
    alter table debrief.attempts rename column detail to words;
  end if;
  alter table debrief.video_recordings
    drop constraint if exists video_recordings_user_source_key, drop constraint if exists video_recordings_source_key,
    add constraint video_recordings_source_key unique (source);
  drop index if exists debrief.attempts_row_idx;
  drop trigger if exists stage_wake on debrief.stages;
  create trigger stage_wake after update on debrief.stages for each statement execute function debrief._wake_trigger('config');
  perform debrief._remake_view('failures');
  grant select on debrief.failures to debrief_app, debrief_reader, debrief_admin, debrief_worker;
  grant select on debrief.attempts to debrief_app;
  revoke update (system_identifier) on debrief.installation from debrief_worker;
  alter table debrief.installation alter column tables_version set default '0.9';
  update debrief.installation set tables_version = '0.9';
  perform debrief._release_tables();
  perform debrief._wake_revoked();
end $back$;
