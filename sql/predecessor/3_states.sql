-- What state an old row comes with.

-- What a feedback row comes as. A segment written after its stage last changed is that stage's result,
-- whatever the status says: the old workers stored it first. One written before an edit is not.
create or replace function debrief._import_feedback_state(old jsonb, ssml_at timestamptz, sound_at timestamptz,
  out ssml text, out audio text, out note text)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  ssml_since constant timestamptz := old ->> 'ssml_updated_at';
  was_audio constant text := coalesce(old ->> 'audio_status', 'queued');
  notes text[] := '{}';
begin
  ssml := coalesce(old ->> 'ssml_status', 'queued');
  if ssml = 'completed' and ssml_at is null and was_audio not in ('completed', 'failed') then
    ssml := 'queued';
    notes := notes || 'completed without its SSML: it is written again'::text;
  elsif ssml not in ('completed', 'failed') and was_audio = 'completed' then
    ssml := 'completed';
    notes := notes || 'its SSML was unfinished, its sound is there'::text;
  elsif ssml in ('processing', 'retrying') and ssml_at >= ssml_since then
    ssml := 'completed';
    notes := notes || 'its SSML was there already'::text;
  elsif ssml not in ('completed', 'failed') then
    ssml := 'queued';
  end if;
  audio := case when was_audio in ('completed', 'failed') and ssml <> 'queued' then was_audio else 'queued' end;
  if audio = 'completed' and sound_at is null then
    notes := notes || 'completed without a sound'::text;
  elsif audio = 'failed' and sound_at >= ssml_since then
    notes := notes || 'failed, though its sound is there'::text;
  elsif audio = 'queued' and ssml = 'completed' and sound_at >= ssml_since then
    audio := 'completed';
    notes := notes || 'its sound was there already'::text;
  end if;
  note := nullif(array_to_string(notes, '; '), '');
end $$;
comment on function debrief._import_feedback_state(jsonb, timestamptz, timestamptz) is
  'The statuses that an old feedback row comes with, and what is odd about it.';

create or replace function debrief._import_feedback_states(feedback jsonb[], ssml jsonb[], audio jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(f.o || jsonb_build_object('_ssml', s.ssml, '_audio', s.audio, '_note', s.note, '_open',
                    not debrief._is_blank(f.o ->> 'message') and (s.ssml = 'queued' or (s.ssml = 'completed' and s.audio = 'queued')))
                  order by f.n), '{}')
    from unnest(feedback) with ordinality f (o, n)
    left join (select o ->> 'feedback_id' as id, max((o ->> 'created_at')::timestamptz) as at from unnest(ssml) o group by 1) w
           on w.id = f.o ->> 'id'
    left join (select coalesce(o ->> 'feedback_id', o ->> 'analysis_feedback_id') as id, max((o ->> 'created_at')::timestamptz) as at
                 from unnest(audio) o group by 1) a
           on a.id = f.o ->> 'id'
   cross join lateral debrief._import_feedback_state(f.o, w.at, a.at) s;
$$;
comment on function debrief._import_feedback_states(jsonb[], jsonb[], jsonb[]) is
  'Old feedback rows with the statuses they come with, and whether anything is left to do.';

-- The path of an object in its bucket; null when it is none that a store would take.
create or replace function debrief._import_path(path text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select p from (select regexp_replace(coalesce(substring(path from '^https?://[^?]*/object/(?:sign|public|authenticated)/[^/]+/([^?]+)'), path),
                                       '^(raw|processed|thumbnails)/', '') as p) s
   where length(p) <= 1024 and p !~ '(^/|//|(^|/)[.][.]?(/|$)|[[:cntrl:]])';
$$;
comment on function debrief._import_path(text) is 'A path without its bucket, also out of a signed or public URL of Supabase Storage.';

-- A path that does not begin with its owner's id may be another user's video: never queued here.
create or replace function debrief._import_job_state(old jsonb, items bigint, analysed boolean, path text, owner_id text,
  out status text, out error text, out note text, out open boolean)
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  was constant text := old ->> 'status';
begin
  status := case when was in ('completed', 'analysis_complete') then 'completed'
                 when was = 'processing' and items > 0 then 'completed'
                 when was in ('queued', 'processing') then 'queued'
                 else 'failed' end;
  open := status = 'queued';
  note := case when was = 'processing' and items > 0 then 'its feedback was there already'
               when status = 'completed' and not analysed then 'completed without an analysis'
               when status = 'failed' and was is distinct from 'failed' then format('status "%s" is unknown: taken as failed', was) end;
  if status = 'queued' and not coalesce(starts_with(path, owner_id || '/'), false) then
    status := 'failed';
    note := 'its storage_path is not its owner''s: failed instead of queued';
    error := 'The recording''s path does not belong to its owner.';
  elsif status = 'failed' then
    error := coalesce(nullif(old ->> 'error_message', ''), 'It failed in the system it comes from.');
  end if;
end $$;
comment on function debrief._import_job_state(jsonb, bigint, boolean, text, text) is
  'The status that an old job comes with, its error, what is odd about it, and whether the old system had not finished it.';

create or replace function debrief._import_job_states(recordings jsonb[], jobs jsonb[], analyses jsonb[], feedback jsonb[]) returns jsonb[]
language sql stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off  -- of arrays the planner knows no length
set jit = off
as $$
  select coalesce(array_agg(j.o || jsonb_build_object('_status', s.status, '_error', s.error, '_note', s.note, '_open', s.open,
                                                      '_analysis', a.o) order by j.n), '{}')
    from unnest(jobs) with ordinality j (o, n)
    join unnest(recordings) r (o) on r.o ->> 'id' = j.o ->> 'video_recording_id'
    left join unnest(analyses) a (o) on a.o ->> 'job_id' = j.o ->> 'id'
    left join (select f ->> 'analysis_id' as id, count(*) as items from unnest(feedback) f group by 1) f on f.id = a.o ->> 'id'
   cross join lateral debrief._import_job_state(j.o, f.items, a.o is not null, debrief._import_path(r.o ->> 'storage_path'),
                                                r.o ->> 'user_id') s;
$$;
comment on function debrief._import_job_states(jsonb[], jsonb[], jsonb[], jsonb[]) is 'Old jobs with the status they come with, and their analysis.';
