-- 0.9 to 1.0: only what CREATE OR REPLACE cannot do.
-- include begin
drop function debrief.failed_count();
-- include functions

do $up$
begin
  if coalesce(debrief._tables_version() operator(pg_catalog.<>) '0.9', true) then
    return;  -- a restore brings them, or they are of 1.0
  end if;
  alter table debrief.attempts add column tls_ms numeric;
  comment on column debrief.attempts.tls_ms is 'Milliseconds until TLS was established';
  alter table debrief.attempts rename column words to detail;
  alter table debrief.video_recordings
    drop constraint video_recordings_source_key,
    add constraint video_recordings_user_source_key unique (user_id, source);
  create index attempts_row_idx on debrief.attempts (row_id, stage);
  drop trigger stage_wake on debrief.stages;
  perform debrief._remake_view('failures');
  revoke select on debrief.attempts from debrief_app;
  alter table debrief.installation alter column tables_version set default '1.0';
  update debrief.installation set tables_version = '1.0';
end $up$;
-- include end
