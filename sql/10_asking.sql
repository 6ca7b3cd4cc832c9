-- Who is calling.

-- Claims, where present, decide alone: a request without "sub" has no user, even if an earlier user of a
-- pooled connection has left a debrief.user_id.
create or replace function debrief.current_user_id() returns uuid
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when current_setting('request.jwt.claims', true) <> ''
              then current_setting('request.jwt.claims', true)::jsonb ->> 'sub'
              else nullif(current_setting('debrief.user_id', true), '') end::uuid;
$$;
comment on function debrief.current_user_id() is
  'The application''s user: "sub" of request.jwt.claims (PostgREST, Supabase), null without it; when there are no claims, the setting debrief.user_id, else null.';
grant execute on function debrief.current_user_id() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

-- "usage", as row level security has it: a membership that is neither inherited nor taken by SET ROLE
-- (PostgreSQL 16: WITH INHERIT FALSE, SET FALSE) gives no right.
create or replace function debrief._is_operator() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_has_role(case current_setting('role') when 'none' then session_user::text
                          else current_setting('role') end, 'debrief_admin', 'usage');
$$;
comment on function debrief._is_operator() is 'Whether the calling role has the rights of debrief_admin.';
grant execute on function debrief._is_operator() to debrief_admin, debrief_worker;

create or replace function debrief._may_read_all() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._is_operator()
      or pg_has_role(case current_setting('role') when 'none' then session_user::text
                          else current_setting('role') end, 'debrief_reader', 'usage');
$$;
comment on function debrief._may_read_all() is 'Whether the calling role has the rights of debrief_admin or debrief_reader.';
grant execute on function debrief._may_read_all() to debrief_worker;

create or replace function debrief._may_act_on(owner_id uuid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._is_operator() or coalesce(owner_id = debrief.current_user_id(), false);
$$;
comment on function debrief._may_act_on(uuid) is 'Whether the caller is an operator or the owner.';
grant execute on function debrief._may_act_on(uuid) to debrief_admin, debrief_worker;

-- Asked before the row is locked: who has no business with it must not learn, by waiting, that it is there.
create or replace function debrief._check_owner(kind text, row_id bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  owner_id constant uuid := case kind
    when 'video recording' then (select r.user_id from debrief.video_recordings r where r.id = row_id)
    when 'analysis job' then (select j.user_id from debrief.analysis_jobs j where j.id = row_id)
    when 'feedback' then (select f.user_id from debrief.analysis_feedback f where f.id = row_id) end;
begin
  if owner_id is null or not debrief._may_act_on(owner_id) then
    raise exception '% % does not exist', kind, row_id using errcode = 'no_data_found';
  end if;
end $$;
comment on function debrief._check_owner(text, bigint) is 'Error, as if there were no such row, unless the caller may act on it.';
grant execute on function debrief._check_owner(text, bigint) to debrief_admin, debrief_worker;
