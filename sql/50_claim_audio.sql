-- Claim: what stage audio takes, and what is to be spoken of it.

create or replace function debrief._source_hash(ssml text, voice jsonb, server text) returns text
language sql stable
as $$
  select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(E'\x1f', ssml,
    voice operator(pg_catalog.->>) 'language',
    voice operator(pg_catalog.->) 'provider_voice' operator(pg_catalog.->>) server,
    voice operator(pg_catalog.->>) 'speech_instruction', server), 'UTF8')), 'hex');
$$;
comment on function debrief._source_hash(text, jsonb, text) is
  'Names what a sound is made from: equal hashes need not be spoken, and paid, again.';
grant execute on function debrief._source_hash(text, jsonb, text) to debrief_worker;

create or replace function debrief._claim_audio(
  worker_id bigint, batch_size int, lease interval, from_due timestamptz default '-infinity', preferred bigint[] default '{}',
  set_aside bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, unproven int, unproven_ms bigint, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint, asked_us bigint,
               object_prefix text, segment_count int, segment_indexes int[], ssml text[], source_hashes text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  share int;
  attempts_max int;
  quota int;
  ids bigint[];
  waited bigint[];
begin
  if preferred = '{}' and not exists (
       select from debrief.analysis_feedback f where f.audio_due_at >= from_due and f.audio_due_at <= now_ts) then
    return;
  end if;
  select case when s.paused then 0 else s.rollout_percent end, s.max_attempts, s.user_attempts_per_day into share, attempts_max, quota
    from debrief.stages s where s.stage = 'audio';
  if quota is not null and share > 0 then
    perform debrief._hold_over_quota('audio', quota, from_due, preferred, set_aside);
  end if;
  with first as materialized (
    select f.row_ctid, f.audio_due_at
      from unnest(preferred) as p (id)
     cross join lateral (
        select f.ctid as row_ctid, f.audio_due_at, f.user_id from only debrief.analysis_feedback f
         where f.id = p.id and (f.audio_due_at <= now_ts) is true
        offset 0 for no key update skip locked) f
     where p.id <> all (set_aside) and debrief._in_rollout(f.user_id, share)
     limit batch_size),
  due as materialized (
    select f.ctid as row_ctid, f.audio_due_at
      from only debrief.analysis_feedback f
     where f.audio_due_at >= from_due and f.audio_due_at <= now_ts and debrief._in_rollout(f.user_id, share)
       and f.id <> all (preferred || set_aside) and not debrief._runs_alone(f.audio_error_code, f.audio_attempts, attempts_max)
     order by f.audio_due_at, f.id
     limit batch_size - (select count(*) from first)
       for no key update skip locked),
  claimed as (
    update only debrief.analysis_feedback f
       set audio_status = 'processing', audio_due_at = null, audio_attempts = f.audio_attempts + 1,
           audio_updated_at = now_ts, claim_token = nextval('debrief.claim_token_seq'),
           claimed_by = worker_id, lease_expires_at = now_ts + lease
      from (select * from first union all select * from due) d
     where f.ctid = d.row_ctid
    returning f.id, f.claim_token, d.audio_due_at as was_due_at)
  select array_agg(c.id order by c.was_due_at, c.id),
         array_agg((extract(epoch from now_ts - c.was_due_at) * 1000000)::bigint order by c.was_due_at, c.id)
    into ids, waited from claimed c
   where (select case when count(c.claim_token) = (select count(*) from first) + (select count(*) from due) then true
                      else debrief._check_changed('audio', (
                        select count(*) from only debrief.analysis_feedback q
                         where q.ctid = any (array(select f.row_ctid from first f union all select d.row_ctid from due d))) - count(c.claim_token)) end from claimed c);
  if quota is not null then
    perform debrief._count_user_attempts('audio', ids, 1);
  end if;
  return query select * from debrief._audio_work(worker_id, ids, waited);
end $$;
comment on function debrief._claim_audio(bigint, int, interval, timestamptz, bigint[], bigint[]) is
  'Worker: claims feedback that is due for audio, with the SSML segments that have no sound yet. from_due, preferred and set_aside as of _claim_analysis.';
grant execute on function debrief._claim_audio(bigint, int, interval, timestamptz, bigint[], bigint[]) to debrief_worker;

create or replace function debrief._audio_work(worker_id bigint, ids bigint[], waited bigint[] default '{}')
returns table (id bigint, token bigint, attempt int, unproven int, unproven_ms bigint, user_id uuid, correlation_id uuid,
               language text, provider_voice text, instruction text, waited_us bigint, asked_us bigint,
               object_prefix text, segment_count int, segment_indexes int[], ssml text[], source_hashes text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  server constant text := (select s.server from debrief.stages s where s.stage = 'audio');
begin
  return query
  with work as (
    select f.id, f.claim_token, f.audio_attempts, f.unproven, f.unproven_at, f.user_id, f.analysis_job_id, f.asked_at,
           coalesce(c.waited_us, 0) as waited_us, c.n
      from unnest(ids, waited) with ordinality as c (id, waited_us, n)
     cross join lateral (
        select f.id, f.claim_token, f.audio_attempts, f.unproven, f.unproven_at, f.user_id, f.analysis_job_id, f.asked_at, f.audio_status, f.claimed_by
          from debrief.analysis_feedback f where f.id = c.id
        offset 0) f
     where f.audio_status = 'processing' and f.claimed_by = worker_id),
  told as (select debrief._announce('audio', 'processing', array_agg(w.id)) from work w)
  select w.id, w.claim_token, w.audio_attempts, w.unproven, (extract(epoch from clock_timestamp() - w.unproven_at) * 1000)::bigint, w.user_id, j.correlation_id,
         coalesce(j.voice_snapshot ->> 'language', ''),
         coalesce(j.voice_snapshot -> 'provider_voice' ->> server, ''),
         coalesce(j.voice_snapshot ->> 'speech_instruction', ''),
         w.waited_us, (extract(epoch from clock_timestamp() - w.asked_at) * 1000000)::bigint,
         concat(w.user_id, '/videos/', to_char(r.created_at at time zone 'UTC', 'YYYYMMDD'), '/', r.id, '/audio/', w.id),
         segments.segment_count, segments.segment_indexes, segments.ssml, segments.source_hashes
    from work w
   cross join lateral (
      select j.correlation_id, j.voice_snapshot, j.video_recording_id from debrief.analysis_jobs j where j.id = w.analysis_job_id
      offset 0) j
   cross join lateral (select r.id, r.created_at from debrief.video_recordings r where r.id = j.video_recording_id offset 0) r
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
grant execute on function debrief._audio_work(bigint, bigint[], bigint[]) to debrief_worker;
