-- Settle: what the worker writes back. Each function returns one row per claim: settled; stale (the claim
-- is no longer ours: nothing changed); locked (another session holds the row's lock: nothing changed, retry).

create or replace function debrief._settle_analysis(
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
  is_stored boolean;
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
   where j.id = job_id
  returning j.status <> 'processing' into is_stored;
  if is_stored is not true then
    perform debrief._check_changed('analysis', 1);
  end if;
  perform debrief._announce('analysis', 'completed', array[job_id]);
  return 'settled';
end $$;
comment on function debrief._settle_analysis(bigint, bigint, text, text, text, text, text, text, text[], text[], text[], text[], text[], text[], text[], text[]) is
  'Worker: stores an analysis with its metrics and feedback; the rows of an earlier run are replaced.';
grant execute on function debrief._settle_analysis(bigint, bigint, text, text, text, text, text, text, text[], text[], text[], text[], text[], text[], text[], text[]) to debrief_worker;

-- Locks the claims that are still ours, without waiting, and returns the outcome of each; `held` are the
-- ids of the settled ones, held_at their positions, and owners, by position, whose they are (of feedback only).
create or replace function debrief._hold_claims(
  ids bigint[], tokens bigint[], stage text, out outcomes text[], out held bigint[], out held_at int[], out owners uuid[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if stage = 'analysis' then
    select array_agg(c.id order by c.id), array_agg(c.n::int order by c.id) into held, held_at
      from unnest(ids, tokens) with ordinality as c (id, token, n)
     cross join lateral (
        select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token and j.status = 'processing'
        offset 0 for no key update skip locked) j;
  elsif stage = 'deliver' then
    select array_agg(c.id order by c.id), array_agg(c.n::int order by c.id) into held, held_at
      from unnest(ids, tokens) with ordinality as c (id, token, n)
     cross join lateral (
        select from debrief.analysis_deliveries d where d.id = c.id and d.claim_token = c.token
        offset 0 for no key update skip locked) d;
  else
    select array_agg(c.id order by c.id) filter (where f.user_id is not null),
           array_agg(c.n::int order by c.id) filter (where f.user_id is not null), array_agg(f.user_id order by c.n)
      into held, held_at, owners
      from unnest(ids, tokens) with ordinality as c (id, token, n)
      left join lateral (
        select f.user_id from debrief.analysis_feedback f
         where f.id = c.id and f.claim_token = c.token
           and case stage when 'ssml' then f.ssml_status else f.audio_status end = 'processing'
        offset 0 for no key update skip locked) f on true;
  end if;
  outcomes := array_fill('settled'::text, array[cardinality(ids)]);
  if cardinality(held) = cardinality(ids) then
    return;
  end if;
  select array_agg(case when c.n = any (held_at) then 'settled'
                        when case stage
                             when 'analysis' then exists (select from debrief.analysis_jobs j where j.id = c.id and j.claim_token = c.token)
                             when 'deliver' then exists (select from debrief.analysis_deliveries d where d.id = c.id and d.claim_token = c.token)
                             else exists (select from debrief.analysis_feedback f where f.id = c.id and f.claim_token = c.token) end
                        then 'locked' else 'stale' end order by c.n)
    into outcomes from unnest(ids, tokens) with ordinality as c (id, token, n);
end $$;
comment on function debrief._hold_claims(bigint[], bigint[], text) is
  'Worker: row-locks those claims that still hold.';
grant execute on function debrief._hold_claims(bigint[], bigint[], text) to debrief_worker;

-- With audio_claims, so many of the rows go on to audio at once: the update that completes their SSML
-- claims them, and _audio_work() in the same transaction returns what to speak. This saves a row version
-- and a pass through the queue.
create or replace function debrief._settle_ssml(
  ids bigint[], tokens bigint[], provider text, versions text[],
  segment_of int[], segment_indexes int[], segments text[],
  audio_claims int default 0, worker_id bigint default null, lease interval default null)
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  outcomes text[];
  held bigint[];
  owners uuid[];
  stored bigint;
  share int := 0;
begin
  select h.outcomes, h.held, h.owners into outcomes, held, owners from debrief._hold_claims(ids, tokens, 'ssml') h;
  if audio_claims > 0 then
    -- With a quota of each user, the claim decides.
    select case when s.paused or s.user_attempts_per_day is not null then 0 else s.rollout_percent end into share
      from debrief.stages s where s.stage = 'audio';
  end if;

  -- Audio whose SSML comes back unchanged is kept, and not paid for again.
  delete from debrief.analysis_audio_segments a
   where a.feedback_id = any (held)
     and not exists (select from unnest(segment_of, segment_indexes, segments) as s (n, segment_index, ssml)
                       join debrief.analysis_ssml_segments old
                         on old.feedback_id = ids[s.n] and old.segment_index = s.segment_index and old.ssml = s.ssml
                      where outcomes[s.n] = 'settled' and ids[s.n] = a.feedback_id and s.segment_index = a.segment_index);
  delete from debrief.analysis_ssml_segments s where s.feedback_id = any (held);
  insert into debrief.analysis_ssml_segments (feedback_id, user_id, segment_index, ssml, provider, version)
  select ids[s.n], owners[s.n], s.segment_index, s.ssml, provider, versions[s.n]
    from unnest(segment_of, segment_indexes, segments) as s (n, segment_index, ssml)
   where outcomes[s.n] = 'settled';
  with stored as (
  update only debrief.analysis_feedback f
     set ssml_status = 'completed', ssml_last_error = null, ssml_error_code = null, ssml_updated_at = clock_timestamp(),
         audio_status = case when g.goes_on then 'processing' else 'queued' end,
         audio_attempts = g.goes_on::int, audio_last_error = null, audio_error_code = null,
         audio_updated_at = clock_timestamp(), audio_due_at = case when not g.goes_on then clock_timestamp() end,
         unproven = 0, unproven_at = null, claim_token = case when g.goes_on then nextval('debrief.claim_token_seq') end,
         claimed_by = case when g.goes_on then worker_id end,
         lease_expires_at = case when g.goes_on then clock_timestamp() + lease end
    from (select o.row_ctid, h.n <= audio_claims and debrief._in_rollout(o.user_id, share) as goes_on
            from unnest(held) with ordinality as h (id, n)
           cross join lateral (select o.ctid as row_ctid, o.user_id from only debrief.analysis_feedback o where o.id = h.id offset 0) o) g
   where f.ctid = g.row_ctid
  returning f.ssml_status)
  select count(*) into stored from stored s where s.ssml_status <> 'processing';
  if stored < cardinality(held) then
    perform debrief._check_changed('ssml', cardinality(held) - stored);
  end if;
  perform debrief._announce('ssml', 'completed', held);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_ssml(bigint[], bigint[], text, text[], int[], int[], text[], int, bigint, interval) is
  'Worker: replaces the SSML of each claim as a set and makes its audio due, or claims it for worker_id. segment_of: position in ids, from 1.';
grant execute on function debrief._settle_ssml(bigint[], bigint[], text, text[], int[], int[], text[], int, bigint, interval) to debrief_worker;

create or replace function debrief._settle_audio(
  ids bigint[], tokens bigint[], whole boolean[], provider text, store text,
  part_of int[], part_indexes int[], source_hashes text[], audio_urls text[], storage_paths text[],
  formats text[], content_types text[], durations_ms text[], sizes bigint[], versions text[], bodies bytea[])
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  outcomes text[];
  finished bigint[];
  owners uuid[];
  stored bigint;
begin
  select h.outcomes, (select array_agg(ids[n]) from unnest(h.held_at) n where whole[n]), h.owners into outcomes, finished, owners
    from debrief._hold_claims(ids, tokens, 'audio') h;

  insert into debrief.audio_objects (storage_path, user_id, content_type, body)
  select p.path, owners[p.n], p.content_type, p.body
    from unnest(part_of, storage_paths, content_types, bodies) as p (n, path, content_type, body)
   where outcomes[p.n] = 'settled' and p.body is not null
  on conflict (storage_path) do nothing;
  insert into debrief.analysis_audio_segments as a
         (feedback_id, user_id, segment_index, audio_url, storage_path, format, duration_ms, bytes, provider,
          version, store, source_hash)
  select ids[p.n], owners[p.n], p.segment_index, p.url, p.path, p.format, p.duration::numeric, p.size, provider,
         p.version, store, p.hash
    from unnest(part_of, part_indexes, audio_urls, storage_paths, formats, durations_ms, sizes, versions, source_hashes)
         as p (n, segment_index, url, path, format, duration, size, version, hash)
   where outcomes[p.n] = 'settled'
  on conflict (feedback_id, segment_index) do update
     set audio_url = excluded.audio_url, storage_path = excluded.storage_path, format = excluded.format,
         duration_ms = excluded.duration_ms, bytes = excluded.bytes, provider = excluded.provider,
         version = excluded.version, store = excluded.store, source_hash = excluded.source_hash,
         created_at = now();
  -- What was recorded of these objects before they were written; what is locked is left to _take_deletions().
  if debrief._server_kind(store) <> 'database' then
    delete from only debrief.object_deletions d
     where d.ctid = any (array(
       select o.ctid
         from unnest(part_of, part_indexes, storage_paths) as p (n, segment_index, path)
         join only debrief.object_deletions o
           on o.feedback_id = ids[p.n] and o.segment_index = p.segment_index and o.storage_path = p.path and o.store = store
        where outcomes[p.n] = 'settled'
          for update of o skip locked));
  end if;
  delete from debrief.analysis_audio_segments a
   where a.feedback_id = any (finished)
     and not exists (select from debrief.analysis_ssml_segments s
                      where s.feedback_id = a.feedback_id and s.segment_index = a.segment_index
                     offset 0);
  with stored as (
  update debrief.analysis_feedback f
     set audio_status = 'completed', audio_last_error = null, audio_error_code = null,
         audio_updated_at = clock_timestamp(), unproven = 0, unproven_at = null,
         claim_token = null, claimed_by = null, lease_expires_at = null
   where f.id = any (finished)
  returning f.audio_status)
  select count(*) into stored from stored s where s.audio_status <> 'processing';
  if stored < cardinality(finished) then
    perform debrief._check_changed('audio', cardinality(finished) - stored);
  end if;
  perform debrief._announce('audio', 'completed', finished);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_audio(bigint[], bigint[], boolean[], text, text, int[], int[], text[], text[], text[], text[], text[], text[], bigint[], text[], bytea[]) is
  'Worker: stores the audio of each claim; a claim that is not whole keeps its parts and stays claimed, for _settle_failures in the same transaction. part_of: position in ids, from 1.';
grant execute on function debrief._settle_audio(bigint[], bigint[], boolean[], text, text, int[], int[], text[], text[], text[], text[], text[], text[], bigint[], text[], bytea[]) to debrief_worker;

create or replace function debrief._settle_failures(
  stage text, ids bigint[], tokens bigint[], dispositions text[], delays_ms bigint[], codes text[], messages text[],
  unproven int[] default '{}')
returns table (id bigint, outcome text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  now_ts constant timestamptz := clock_timestamp();
  outcomes text[];
  requeued bigint[];
  failed bigint[];
  returned bigint[];
  written bigint;
begin
  select h.outcomes into outcomes from debrief._hold_claims(ids, tokens, stage) h;
  if stage = 'analysis' then
    with written as (
    update only debrief.analysis_jobs j
       set status = case d.what when 'failed' then 'failed' else 'queued' end,
           due_at = case when d.what <> 'failed' then now_ts + d.delay_ms * interval '1 millisecond' end,
           attempts = j.attempts - (d.what in ('deferred', 'released'))::int + case when d.what = 'retried' then j.unproven else 0 end,
           unproven = coalesce(d.unproven, 0),
           unproven_at = case when d.unproven > j.unproven then now_ts when d.unproven > 0 then j.unproven_at end,
           last_error = d.message, error_code = d.code,
           processing_completed_at = case d.what when 'failed' then now_ts end,
           exchange_server = case when d.what <> 'failed' and d.code <> 'stale_input' then j.exchange_server end,
           exchange_state = case when d.what <> 'failed' and d.code <> 'stale_input' then j.exchange_state end,
           claim_token = null, claimed_by = null, lease_expires_at = null, updated_at = now_ts
      from unnest(ids, dispositions, unproven, delays_ms, codes, messages, outcomes)
             as d (id, what, unproven, delay_ms, code, message, outcome)
     cross join lateral (select o.ctid as row_ctid from only debrief.analysis_jobs o where o.id = d.id offset 0) o
     where j.ctid = o.row_ctid and d.outcome = 'settled'
    returning j.status)
    select count(*) into written from written w where w.status <> 'processing';
  else
    execute (
      select format('with written as (
                     update only debrief.%1$I q
                        set %2$sstatus = case d.what when ''failed'' then ''failed'' else ''queued'' end,
                            %2$sdue_at = case when d.what <> ''failed'' then $8 + d.delay_ms * interval ''1 millisecond'' end,
                            %2$sattempts = q.%2$sattempts - (d.what in (''deferred'', ''released''))::int + case when d.what = ''retried'' then q.unproven else 0 end,
                            unproven = coalesce(d.unproven, 0),
                            unproven_at = case when d.unproven > q.unproven then $8 when d.unproven > 0 then q.unproven_at end,
                            %2$slast_error = d.message, %2$serror_code = d.code, %2$supdated_at = $8,
                            claim_token = null, claimed_by = null, lease_expires_at = null
                       from unnest($1, $2, $3, $4, $5, $6, $7) as d (id, what, unproven, delay_ms, code, message, outcome)
                      cross join lateral (select o.ctid as row_ctid from only debrief.%1$I o where o.id = d.id offset 0) o
                      where q.ctid = o.row_ctid and d.outcome = ''settled''
                     returning q.%2$sstatus as status)
                     select count(*) from written w where w.status <> ''processing''', l.queue, l.prefix)
        from debrief._stages() l where l.stage = _settle_failures.stage)
      into written using ids, dispositions, unproven, delays_ms, codes, messages, outcomes, now_ts;
  end if;
  select array_agg(d.id) filter (where d.what <> 'failed'), array_agg(d.id) filter (where d.what = 'failed'),
         array_agg(d.id) filter (where d.what in ('deferred', 'released'))
    into requeued, failed, returned
    from unnest(ids, dispositions, outcomes) as d (id, what, outcome) where d.outcome = 'settled';
  perform debrief._check_changed(stage, n.settled - written)
     from (select coalesce(cardinality(requeued), 0) + coalesce(cardinality(failed), 0)) n (settled) where written < n.settled;
  perform debrief._count_user_attempts(stage, returned, -1);
  perform debrief._announce(stage, 'queued', requeued);
  perform debrief._announce(stage, 'failed', failed);
  return query select ids[i], outcomes[i] from generate_subscripts(ids, 1) i;
end $$;
comment on function debrief._settle_failures(text, bigint[], bigint[], text[], bigint[], text[], text[], int[]) is
  'Worker: requeues claims (retried: the attempt stays counted, with the unproven ones before it; deferred, released: it is returned) or fails them. unproven: how many failures without proof the row has by now.';
grant execute on function debrief._settle_failures(text, bigint[], bigint[], text[], bigint[], text[], text[], int[]) to debrief_worker;
