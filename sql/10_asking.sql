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
  'The application''s user: "sub" of request.jwt.claims (PostgREST, Supabase) null without it; when there are no claims, the setting debrief.user_id, else null.';
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

create or replace function debrief._may_act_on(owner_id uuid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select debrief._is_operator() or coalesce(owner_id = debrief.current_user_id(), false);
$$;
comment on function debrief._may_act_on(uuid) is 'Whether the caller is an operator or the owner.';
grant execute on function debrief._may_act_on(uuid) to debrief_admin, debrief_worker;
