-- Functions as 0.9 had them, where they were others than now. Tests alone install 0.9: it is an earlier
-- version that might have been, so that updates and their ways back are run before there is a first one.

-- Another body, and grants that are no more.
create or replace function debrief._is_operator() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role(session_user, 'debrief_admin', 'member');
$$;
grant execute on function debrief.version() to debrief_app, debrief_monitor, debrief_outer;

-- A function that is no more, and one that 0.9 did not have.
create or replace function debrief.failed_count() returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select count(*) from debrief.failures;
$$;
comment on function debrief.failed_count() is 'How much feedback failed.';
grant execute on function debrief.failed_count() to debrief_reader;
revoke all on function debrief.failed_count() from public;
drop function debrief.wait_for_analysis(bigint, interval);

-- A view with other columns.
create or replace function debrief._install_views() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $install$
begin
  if to_regclass('debrief.failures') is null then
    create view debrief.failures with (security_invoker = true) as
    select f.id, f.user_id, coalesce(f.ssml_error_code, f.audio_error_code) as code, f.message
      from debrief.analysis_feedback f where 'failed' in (f.ssml_status, f.audio_status);
    comment on view debrief.failures is 'Feedback that failed';
  end if;
end $install$;
