-- The quota of each user: stages.user_attempts_per_day. Rows over it are put off to the next day, so that no claim meets
-- with them again before; a stage without a quota does nothing of this.

create or replace function debrief._next_day() returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select ((clock_timestamp() at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC';
$$;
comment on function debrief._next_day() is 'When the next day (UTC) begins.';
grant execute on function debrief._next_day() to debrief_worker;

create or replace function debrief._user_attempts(stage_name text, user_id uuid) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select u.attempts from debrief.user_usage u
                    where u.stage = _user_attempts.stage_name and u.end_user = _user_attempts.user_id
                      and u.day = (clock_timestamp() at time zone 'UTC')::date), 0);
$$;
comment on function debrief._user_attempts(text, uuid) is 'How many attempts at rows of a user the stage has begun today (UTC).';
grant execute on function debrief._user_attempts(text, uuid) to debrief_worker;

create or replace function debrief._put_off(stage_name text, ids bigint[], until timestamptz) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  put_off bigint;
begin
  -- A trigger of the user's may keep a row as it was.
  execute (select format('with moved as (
                            update only debrief.%1$I q set %2$sdue_at = $2
                             where q.ctid = any (array(
                                     select p.ctid from only debrief.%1$I p where p.id = any ($1) and p.%2$sdue_at is not null
                                        for no key update skip locked))
                            returning q.%2$sdue_at as due_at)
                          select count(*) from moved m where m.due_at = $2', l.queue, l.prefix)
             from debrief._stages() l where l.stage = stage_name)
     into put_off using ids, until;
  return put_off;
end $$;
comment on function debrief._put_off(text, bigint[], timestamptz) is 'Makes queued rows due at another time, but those that others hold. Returns how many.';
grant execute on function debrief._put_off(text, bigint[], timestamptz) to debrief_worker;

-- The lock makes this and the claim that follows one step among workers.
create or replace function debrief._hold_over_quota(
  stage_name text, quota int, from_due timestamptz, preferred bigint[], set_aside bigint[] default '{}', look_max int default 1000)
returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  over_quota bigint[];
  put_off bigint;
  held bigint := 0;
begin
  perform pg_advisory_xact_lock(debrief._lock_class(), -11 - debrief._stage_place(stage_name));
  loop
    execute (select format('
      with next as (
        (select q.id, q.user_id, q.%2$sdue_at as due_at from only debrief.%1$I q
          where q.%2$sdue_at between $3 and $4 order by q.%2$sdue_at, q.id limit $5)
        union
        select q.id, q.user_id, q.%2$sdue_at from only debrief.%1$I q where q.id = any ($6) and q.%2$sdue_at <= $4),
      turn as (
        select n.id, n.user_id, row_number() over (partition by n.user_id order by n.id = any ($6) desc, n.due_at, n.id) as place from next n)
      select array_agg(t.id)
        from turn t join (select u.user_id, debrief._user_attempts($1, u.user_id) as had from (select distinct n.user_id from next n) u) u
          on u.user_id = t.user_id
       where t.place > $2 - u.had and t.id <> all ($7)', l.queue, l.prefix)
               from debrief._stages() l where l.stage = stage_name)
       into over_quota using stage_name, quota, from_due, now_ts, look_max, preferred, set_aside;
    exit when over_quota is null;
    put_off := debrief._put_off(stage_name, over_quota, debrief._next_day());
    held := held + put_off;
    exit when put_off = 0;  -- others hold them, and a claim passes over those
  end loop;
  return held;
end $$;
comment on function debrief._hold_over_quota(text, int, timestamptz, bigint[], bigint[], int) is
  'Worker: puts due rows off to the next day whose users have had their quota, until a claim meets with none. Returns how many.';
grant execute on function debrief._hold_over_quota(text, int, timestamptz, bigint[], bigint[], int) to debrief_worker;

create or replace function debrief._count_user_attempts(stage_name text, ids bigint[], sign int) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  users uuid[];
begin
  if coalesce(cardinality(ids), 0) = 0
    or not exists (select from debrief.stages s where s.stage = stage_name and s.user_attempts_per_day is not null) then
    return false;
  end if;
  execute (select format('select array_agg(q.user_id) from debrief.%I q where q.id = any ($1)', l.queue)
             from debrief._stages() l where l.stage = stage_name)
     into users using ids;
  insert into debrief.user_usage as u (stage, end_user, day, attempts)
  select stage_name, r.user_id, today, sign * count(*)
    from unnest(users) as r (user_id)
   where sign > 0 or debrief._user_attempts(stage_name, r.user_id) > 0
   group by r.user_id
   order by r.user_id  -- two workers that count the same users wait for each other, and never in a circle
  on conflict on constraint user_usage_pkey do update
     set day = excluded.day, attempts = greatest(0, case when u.day = excluded.day then u.attempts else 0 end + excluded.attempts);
  return true;
end $$;
comment on function debrief._count_user_attempts(text, bigint[], int) is
  'Worker: counts attempts for their users (sign 1), or returns those that are not charged (sign -1), if the stage has a quota.';
grant execute on function debrief._count_user_attempts(text, bigint[], int) to debrief_worker;

create or replace function debrief._quota_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set row_security = on
as $$
#variable_conflict use_variable
declare
  put_off_to constant timestamptz := debrief._next_day();
begin
  -- But those that the application itself gave this time.
  perform debrief._put_off(new.stage, array(
    select q.id from debrief._queue_rows() q
     where q.stage = new.stage and q.due_at = put_off_to
       and coalesce(q.not_before, (select r.not_before from debrief.video_recordings r where r.id = q.recording_id)) is distinct from put_off_to),
    clock_timestamp());
  return null;
end $$;
comment on function debrief._quota_changed() is 'Trigger: rows that a quota had put off are due, and judged by the new one, or by that of a stage that is added.';
alter function debrief._quota_changed() owner to debrief_worker;
