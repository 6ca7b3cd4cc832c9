\set ECHO none
\i test/sql/setup.psql
select no_plan();
select pg_temp.pretend_processes() \gset

-- Every name of our functions: parameters, variables, aliases, and each table's columns. A user may have a column
-- of that name in any table, and nothing may change by it.
create temp table own_names as
  with functions as (
    select p.* from pg_proc p join pg_language l on l.oid = p.prolang
     where p.pronamespace = 'debrief'::regnamespace and l.lanname in ('sql', 'plpgsql') and p.proname !~ '^_(expected|install_.*)$'),
  words as (
    select (regexp_matches(substring(f.prosrc from '\mdeclare\M(.*?)\mbegin\M'), '^\s+(\w+) ', 'ng'))[1] as name from functions f
    union select (regexp_matches(f.prosrc, '\m([a-z]{1,2})\.', 'g'))[1] from functions f
    union select unnest(f.proargnames) from functions f
    union select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
           where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and a.attnum > 0)
  select w.name from words w
   where w.name not in ('', 'ctid', 'xmin') and w.name not in (select k.word from pg_get_keywords() k where k.catcode = 'R');

-- The whole pipeline in statements, as the worker (w) or an operator (o), with the ids that fresh sequences give.
create temp table steps (n int generated always as identity, role "char", query text);
create function pg_temp.job_token(job bigint) returns text language sql as
  $$ select format('(select x.claim_token from debrief.analysis_jobs x where x.id = %s)', job) $$;
create function pg_temp.token(item bigint) returns text language sql as
  $$ select format('(select x.claim_token from debrief.analysis_feedback x where x.id = %s)', item) $$;
create function pg_temp.settle_ssml_of(item bigint, further text) returns text language sql as
  $$ select format('select * from debrief._settle_ssml(array[%s], array[%s], ''template'', ''{v1}'', ''{1,1}'', ''{0,1}'', ''{<speak>One.</speak>,<speak>Two.</speak>}''%s)',
                   item, pg_temp.token(item), further) $$;
create function pg_temp.settle_audio_of(item bigint, store text) returns text language sql as
  $$ select format('select * from debrief._settle_audio(array[%1$s], array[%2$s], ''{t}'', ''voice'', %3$L, ''{1,1}'', ''{0,1}'', ''{h,i}'', ''{u,v}'', ''{sound/%1$s/0,sound/%1$s/1}'', ''{wav,wav}'', ''{audio/wav,audio/wav}'', ''{5,6.5}'', ''{3,4}'', ''{v1,v1}'', %4$L)',
                   item, pg_temp.token(item), store, case store when 'database' then '{"\\x01","\\x02"}' else '{null,null}' end) $$;
create function pg_temp.settle_failure_of(stage text, item bigint, disposition text) returns text language sql as
  $$ select format('select * from debrief._settle_failures(%L, array[%s], array[%s], array[%L], ''{0}'', ''{timeout}'', ''{Late.}'')', stage, item,
                   case stage when 'analysis' then pg_temp.job_token(item) else pg_temp.token(item) end, disposition) $$;
create function pg_temp.claim_of(stage text, worker_id bigint default 7) returns text language sql as
  $$ select format('select * from debrief._claim_%s(%s, 10, ''1 minute'')', stage, worker_id) $$;

create function pg_temp.claim_deliver_of(worker_id bigint) returns text language sql as
  $$ select format('select c.id, c.attempt, c.unproven, c.user_id, c.body from debrief._claim_deliver(%s, 10, ''1 minute'') c', worker_id) $$;
create function pg_temp.settle_delivery_of(disposition text) returns text language sql as
  $$ select format('select o.* from debrief.analysis_deliveries d cross join lateral debrief._settle_failures(''deliver'', array[d.id], array[d.claim_token], array[%L], ''{0}'', ''{timeout}'', ''{Late.}'') o where d.claim_token is not null', disposition) $$;

insert into steps (role, query) values
  -- Configuration
  ('o', $$create server voice foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1')$$),
  ('o', $$create server files foreign data wrapper debrief options (kind 'directory', path '/nowhere')$$),
  ('o', $$update debrief.stages s set server = 'voice', store = 'files' where s.stage = 'analysis'$$),
  ('o', $$update debrief.stages s set server = 'voice' where s.stage = 'audio'$$),
  ('o', $$insert into debrief.voices (name, language, provider_voice) values ('calm', 'de-DE', '{"voice": "k1"}')$$),
  ('w', $$select * from debrief._load_config()$$),
  -- Uploads: by hand, and from an application's own table
  ('o', $$insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata) values
            ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/a.mp4', 'uploading', '{"transcript": "Hi.", "voice": "calm"}')$$),
  ('o', $$update debrief.video_recordings r set upload_status = 'completed' where r.id = 1$$),
  ('o', $$create table pg_temp.uploads (id int primary key, user_id uuid, path text, state text)$$),
  ('o', $$create trigger debrief after insert or update or delete on pg_temp.uploads for each row
            execute function debrief.track_upload('user_id', 'path', 'state', 'done', 'id', 'source=uploads')$$),
  ('o', $$insert into pg_temp.uploads values (1, '22222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222/b.mp4', 'sending'),
                                             (2, '22222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222/c.mp4', 'done')$$),
  ('o', $$update pg_temp.uploads u set state = 'done' where u.id = 1$$),
  ('o', $$delete from pg_temp.uploads u where u.id = 2$$),
  ('o', $$select * from debrief.start_analysis(1)$$),
  -- Analysis
  ('w', $$select * from debrief._next_due()$$), ('w', $$select debrief._start_bulk(now(), 10)$$), ('w', $$select * from debrief._bulk_causes('analysis')$$),
  ('w', $$select * from debrief._look_ahead('analysis', '-infinity', 0, '{}', true, 10)$$),
  ('w', $$select * from debrief._claim_unread('analysis', 7, 0, '1 minute')$$), ('w', $$select * from debrief._claim_unread('ssml', 7, 0, '1 minute')$$),
  ('w', pg_temp.claim_of('analysis')),
  ('w', format($$select debrief._progress(1, %s, 30)$$, pg_temp.job_token(1))),
  ('w', format($$select * from debrief._keep_exchange('{1}', array[%s], '{voice}', '{"{\"file\": \"f1\"}"}')$$, pg_temp.job_token(1))),
  ('w', format($$select debrief._renew('analysis', '{1}', array[%s], '1 hour')$$, pg_temp.job_token(1))),
  ('w', format($$select debrief._lost_claims('analysis', '{1,1}', array[%s, 999])$$, pg_temp.job_token(1))),
  ('w', pg_temp.settle_failure_of('analysis', 1, 'retried')),
  ('w', pg_temp.claim_of('analysis')),
  ('w', format($$select debrief._settle_analysis(1, %s, 'Talk', 'Short.', 'Long.', '{"a": 1}', 'voice', 'v1', '{k}', '{1.5}', '{s}',
                   '{1,2,3,4,5}', '{A,B,C,D,E}', '{One.,Two.,Three.,Four.,Five.}', '{0.9,0.8,0.7,0.6,0.5}', '{0.1,0.2,0.3,0.4,0.5}')$$, pg_temp.job_token(1))),
  ('o', $$select * from debrief.start_analysis(1)$$),
  ('o', $$select debrief.wait_for_feedback(1, '1 ms')$$),
  ('o', $$select debrief.wait_for_analysis(1, '1 ms')$$), ('o', $$select debrief.wait_for_recording(1, '1 ms')$$), ('o', $$select * from debrief._undone(now())$$), ('o', $$select debrief.dismiss_feedback(1)$$),
  -- SSML
  ('w', $$select * from debrief._look_ahead('ssml', '-infinity', 0, '{22222222-2222-4222-8222-222222222222}', false, 10)$$),
  ('w', pg_temp.claim_of('ssml')),
  ('w', format($$select debrief._renew('ssml', '{1}', array[%s], '1 hour')$$, pg_temp.token(1))),
  ('w', format($$select debrief._lost_claims('ssml', '{1,1}', array[%s, 999])$$, pg_temp.token(1))),
  ('w', pg_temp.settle_ssml_of(1, '')),
  ('w', pg_temp.settle_ssml_of(2, $$, 1, 7, '1 minute'$$)),
  ('w', $$select * from debrief._audio_work(7, '{2}')$$),
  ('w', pg_temp.settle_failure_of('ssml', 3, 'deferred')),
  ('w', pg_temp.settle_failure_of('ssml', 4, 'failed')),
  ('w', $$select debrief._release(7)$$),
  ('w', pg_temp.claim_of('ssml')),
  ('w', pg_temp.settle_ssml_of(3, '')), ('w', pg_temp.settle_ssml_of(5, '')),
  -- Sounds
  ('w', $$select * from debrief._look_ahead('audio', '-infinity', 0, '{}', false, 10)$$),
  ('w', pg_temp.claim_of('audio')),
  ('w', $$select debrief._intend_objects('{files}', '{sound/9/0}', '{1}', '{0}')$$),
  ('w', pg_temp.settle_audio_of(1, 'database')), ('w', pg_temp.settle_audio_of(2, 'files')),
  ('w', pg_temp.settle_failure_of('audio', 3, 'failed')), ('w', pg_temp.settle_failure_of('audio', 5, 'released')),
  ('o', $$select * from debrief.get_audio_segments_for_feedback(1)$$),
  ('o', $$select * from debrief.get_audio(1, 1)$$),
  ('o', $$select debrief.get_analysis_with_metrics(1)$$),
  ('o', $$select x.* from debrief.analysis_feedback f cross join lateral debrief.explain(f.id) x order by f.id$$),
  ('o', $$select x.* from debrief.analysis_jobs j cross join lateral debrief.explain_analysis(j.id) x order by j.id$$),
  ('o', $$select * from debrief.feedback_status$$), ('o', $$select * from debrief.pipeline_status$$),
  ('o', $$select * from debrief.failures$$), ('o', $$select * from debrief.stage_status$$),
  -- What is written down of calls
  ('w', $$select debrief._record_attempts('audio', 'voice', '{1}', '{11111111-1111-4111-8111-111111111111}', '{11111111-1111-4111-8111-111111111111}',
            '{1}', '{completed}', '{-1}', '{""}', '{""}', '{200}', '{1}', '{2}', '{3}', '{4}', '{5}', '{6}', '{7}', '{8}', '{9}')$$),
  ('w', $$select debrief._record_usage('voice', 'audio', 5, 1, 10, 20, 30, 4000) from generate_series(1, 2)$$),
  ('w', $$select * from debrief._grant_calls('voice', 5, null, 100, 1000, 1000)$$),
  ('w', $$select * from debrief._grant_calls('voice', 5, 60, null, null, null)$$),
  ('w', $$select debrief._return_calls('voice', 2)$$),
  ('w', $$select debrief._park_server('voice', 'audio', 60000, 3, 'timeout', 'Late.')$$),
  ('w', $$select debrief._cost(debrief._server_options('voice'), 1, 2, 3, 4)$$), ('w', $$select debrief._cost_per_day('voice')$$),
  ('o', $$select * from debrief.stage_status$$),
  ('w', $$select debrief._server_ok('voice', 'audio')$$),
  ('w', $$select debrief._park_stage('audio', 60000, 1, '42501', 'No.')$$), ('w', $$select debrief._stage_ok('audio')$$),
  ('o', $$update debrief.stages set user_attempts_per_day = 1000$$), ('w', pg_temp.claim_of('ssml')), ('o', $$update debrief.stages set user_attempts_per_day = null$$),
  ('w', $$select debrief._hold_over_quota(s, 1, '-infinity', '{}'), debrief._count_user_attempts(s, '{1}', 1), debrief._user_attempts(s, '11111111-1111-4111-8111-111111111111'),
            debrief._put_off(s, '{}', debrief._next_day()) from unnest('{analysis,ssml,audio}'::text[]) s$$),
  ('w', $$select debrief._hasten(s) from unnest('{analysis,ssml,audio}'::text[]) s$$), ('w', $$select * from debrief._give_up()$$),
  ('o', $$select * from debrief.usage$$),
  ('w', $$select debrief._prune_attempts('1 hour', 10)$$), ('w', $$select debrief._prune_attempts('-1 hour', 10)$$),
  -- Claims whose worker is gone
  ('w', pg_temp.claim_of('analysis', 98)), ('w', pg_temp.claim_of('audio', 98)), ('w', $$select * from debrief._rescue(7, '{}')$$),
  ('w', $$select debrief._waiting_alone()$$),
  ('w', pg_temp.claim_of('analysis', 98)), ('w', pg_temp.claim_of('audio', 98)), ('w', $$select * from debrief._rescue(7, '{}')$$),
  ('w', $$select debrief._next_alone(s) from unnest('{analysis,ssml,audio}'::text[]) s$$),
  ('w', pg_temp.claim_of('analysis') || $$, debrief._claim_audio(7, 1, '1 minute', preferred => '{5}')$$),
  ('w', $$select * from debrief._claim_audio(7, 1, '1 minute', preferred => '{5}')$$),
  ('w', $$select * from debrief._claim_analysis(7, 1, '1 minute', preferred => '{3}')$$),
  ('w', $$select debrief._release(7)$$),
  -- Objects that no row names
  ('w', $$update debrief.object_deletions d set due_at = now() - interval '1 hour'$$),
  ('w', $$select * from debrief._take_deletions(10)$$),
  ('w', $$select debrief._settle_deletions('{1,2}', '{null,Gone.}')$$),
  -- What users and operators do
  ('o', $$select debrief.retry_feedback(4)$$), ('o', $$select debrief.retry_feedback(3, 'audio')$$), ('o', $$select debrief.retry_feedback(1, 'audio')$$),
  ('o', $$select debrief.cancel_feedback(4)$$), ('o', $$select * from debrief.cancel_analysis(3)$$), ('o', $$select debrief.retry_analysis(3)$$),
  ('o', $$select * from debrief.retry_failed()$$), ('o', $$select * from debrief.cancel_queued('audio', 'x', '11111111-1111-4111-8111-111111111111', '2000-01-01', 5)$$), ('o', $$select * from debrief.cancel_queued(error_code => 'x')$$),
  ('o', $$select debrief.set_voice(1, 'calm')$$), ('o', $$select debrief._voices_hint()$$), ('o', $$select debrief._dependents()$$), ('o', $$select debrief._warn_of_dependents()$$), ('o', $$select * from debrief.retry_failed('ssml', 'cancelled', '2000-01-01', 5)$$),
  ('w', $$select debrief._count_outcomes(0, '{audio}', '{voice}', '{completed}', '{""}', '{1}', '{1}', '{0}', array_fill(1::bigint, '{12}'), '{0}', array_fill(1::bigint, '{12}'),
            '{0}', array_fill(1::bigint, '{10}'), '{0}', '{0}', '{5}', '{0}') from generate_series(1, 2)$$),
  ('o', $$select action, target, affected from debrief.operations order by at$$), ('o', $$select period, spoken, failed, failed_share, queue_p95_seconds from debrief.slo$$),
  ('w', $$update debrief.pipeline_minutes m set minute = '2026-01-02'$$), ('w', $$select debrief._roll_up_history(), debrief._prune_history(), debrief._prune_analyses()$$), ('o', $$select debrief._remove_ended('1 day', true, 10)$$), ('o', $$select debrief._removable('1 day', 10, 0)$$),
  ('o', $$select metric, labels from debrief.metrics() where metric ~ '_(total|count)$' order by 1, 2$$), ('o', $$table debrief.latency$$),
  ('o', $$select debrief.retry_analysis(1)$$),
  ('o', $$select debrief.store_analysis_results(1, 'T', 'S', 'F', '{"b": 2}', '[{"message": "Six."}, {"message": "Seven.", "category": "X"}]', '[{"key": "k", "value": 2, "unit": "m"}]')$$),
  ('w', pg_temp.claim_of('ssml')), ('w', pg_temp.settle_ssml_of(6, $$, 1, 7, '1 minute'$$)), ('w', pg_temp.settle_audio_of(6, 'files')),
  ('o', $$update debrief.analysis_feedback f set message = 'Anew.' where f.id = 6$$),
  ('w', pg_temp.claim_of('ssml')), ('w', pg_temp.settle_ssml_of(6, '')), ('w', pg_temp.claim_of('audio')), ('w', pg_temp.settle_audio_of(6, 'database')),
  ('o', $$insert into debrief.analysis_feedback (analysis_job_id, message) values (1, 'By hand.')$$),
  ('o', $$insert into debrief.analysis_ssml_segments (feedback_id, segment_index, ssml) values (7, 5, '<speak/>')$$),
  ('o', $$update debrief.analysis_jobs j set status = 'queued' where j.id = 3$$),
  ('o', $$select debrief.pause('ssml'), debrief.pause_server('voice')$$),
  ('w', pg_temp.claim_of('ssml')), ('o', $$select * from debrief.stage_status$$),
  ('o', $$select debrief.resume('ssml'), debrief.resume_server('voice'), debrief.resume()$$),
  ('w', $$select debrief._note_copy()$$), ('w', $$select debrief._is_copy()$$), ('w', $$select debrief._is_blank('x'), debrief._refusal('ssml', 1)$$),
  -- Deliveries
  ('o', $$create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'http://127.0.0.1:1', key 'hook', events 'all')$$),
  ('o', $$insert into debrief.stages (stage, server, max_attempts) values ('deliver', 'hook', 9)$$),
  ('o', $$select * from debrief.cancel_queued()$$),
  ('w', $$select debrief._enqueue_deliveries('analysis', array(select j.id from debrief.analysis_jobs j))$$),
  ('w', pg_temp.claim_deliver_of(7)), ('w', pg_temp.settle_delivery_of('retried')), ('w', pg_temp.claim_deliver_of(7)), ('w', $$select debrief._release(7)$$),
  ('w', pg_temp.claim_deliver_of(98)), ('w', $$select * from debrief._rescue(7, '{}')$$), ('w', $$select debrief._waiting_alone()$$),
  ('w', $$select debrief._hold_over_quota('deliver', 1000, '-infinity', '{}'), debrief._hasten('deliver'), debrief._next_alone('deliver')$$),
  ('w', $$select * from debrief._look_ahead('deliver', '-infinity', 0, '{}', true, 10)$$),
  ('w', $$select c.id, c.attempt from debrief._claim_deliver(7, 10, '1 minute', preferred => array(select d.id from debrief.analysis_deliveries d)) c$$),
  ('w', $$select o.outcome from debrief.analysis_deliveries d cross join lateral debrief._settle_deliver(array[d.id], array[d.claim_token]) o where d.claim_token is not null$$),
  ('o', $$select x.* from debrief.analysis_deliveries d cross join lateral debrief.explain_delivery(d.id) x order by d.id$$),
  ('o', $$select debrief.retry_delivery(max(d.id)) from debrief.analysis_deliveries d$$), ('o', $$select debrief.cancel_delivery(max(d.id)) from debrief.analysis_deliveries d$$),
  ('o', $$select * from debrief.retry_failed('deliver')$$), ('o', $$select * from debrief.cancel_queued('deliver')$$),
  ('o', $$select * from debrief.pipeline_status$$), ('o', $$delete from debrief.stages where stage = 'deliver'$$),
  -- Copies and versions
  ('o', $$drop view debrief.feedback_status, debrief.failures, debrief.pipeline_status$$),
  ('o', $$drop policy own_jobs on debrief.analysis_feedback$$),
  ('o', $$drop trigger kickoff_on_insert on debrief.video_recordings$$),
  ('o', $$select debrief.update_tables()$$),
  ('o', $$select debrief._install_tables(), debrief._remake_view('usage')$$),
  ('o', $$select * from debrief.version()$$),
  ('o', $$select * from debrief.check_installation() c where c.object !~ '^(worker|launcher|stage )'$$),
  ('o', $$select * from debrief._check_stages() c where c.object <> 'stages'$$),
  ('o', $$update debrief.installation i set system_identifier = 'another'$$),
  ('w', $$select debrief._note_copy()$$), ('o', $$select * from debrief.stage_status$$), ('o', $$select debrief.activate_copy()$$),
  -- Deletions
  ('o', $$delete from debrief.analysis_audio_segments a where a.segment_index = 1$$),
  ('o', $$delete from debrief.analysis_feedback f where f.id = 6$$),
  ('o', $$select count(*) from debrief.export_user('11111111-1111-4111-8111-111111111111') e where jsonb_typeof(e -> 'row') = 'object'$$),
  ('o', $$select debrief.delete_recording(1)$$), ('o', $$select * from debrief.erase_user('11111111-1111-4111-8111-111111111111')$$),
  ('o', $$truncate debrief.video_recordings cascade$$);

-- What is there afterwards, but for the own columns.
insert into steps (role, query)
select 'o', format('select %s from debrief.%I', string_agg(quote_ident(a.attname), ', ' order by a.attnum), c.relname)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attname not like 'allowance%'
 where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r' and c.relname not in ('stages', 'installation')
 group by c.relname order by c.relname;
-- Times, random identifiers and the own columns of a voice's snapshot are left out.
create function pg_temp.masked(result text) returns text language sql as $$
  select regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(result,
    '"\d{4}-\d\d-\d\d[T ][^"]*"', '"time"', 'g'),
    '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(?<!(1111|2222))', 'uuid', 'g'),
    '"(waited_us|asked_us|due_us|wait_ms|parked_ms)": \d+', '"\1": n', 'g'),
    '"-?\d\d:\d\d:\d\d(\.\d+)?"', '"interval"', 'g'),
    '"\w+": ("own"|77)(, )?|(, )?"\w+": ("own"|77)', '', 'g');
$$;
create function pg_temp.step(role "char", query text) returns text language plpgsql as $$
#variable_conflict use_variable
declare
  result text;
begin
  if role = 'w' then
    set local role debrief_worker;
  end if;
  begin
    if query like 'select%' then
      execute format('select string_agg(m, E''\n'' order by m collate "C") from (select pg_temp.masked(to_jsonb(q)::text) as m from (%s) q) r', query) into result;
    else
      execute query;
    end if;
  exception when others then
    result := format('%s %s', sqlstate, sqlerrm);
  end;
  reset role;
  return coalesce(result, '');
end $$;

-- The results of all steps, in tables that have these columns too; nothing of it stays.
create function pg_temp.results(names text[], definition text) returns text[] language plpgsql as $$
#variable_conflict use_variable
declare
  results text[] := '{}';
  command text;
  s record;
begin
  begin
    for command in
      select format('alter table debrief.%I %s', c.relname, string_agg(format('add column %I %s', name, definition), ', '))
        from pg_class c, unnest(names) name
       where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'r'
         and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = name)
       group by c.relname
      union all
      select format('alter sequence debrief.%I restart', c.relname) from pg_class c
       where c.relnamespace = 'debrief'::regnamespace and c.relkind = 'S'
    loop
      execute command;
    end loop;
    set constraints all immediate;
    for s in select n.* from steps n order by n.n loop
      results := results || pg_temp.step(s.role, s.query);
    end loop;
    raise exception 'undo';
  exception when raise_exception then
    if sqlerrm <> 'undo' then
      raise;
    end if;
  end;
  return results;
end $$;

set local track_functions = 'all';
create temp table runs as
  select 'no' as kind, pg_temp.results('{}', '') as results
  union all select 'text', pg_temp.results(array(select n.name from own_names n), 'text')
  union all select 'int', pg_temp.results(array(select n.name from own_names n), 'int');
select is((select count(*) > 250 from own_names), true, 'there are many names');
select is(r.results[s.n], b.results[s.n], format('%s columns: %s', r.kind, regexp_replace(left(s.query, 80), '\s+', ' ', 'g')))
  from runs b, runs r, steps s where b.kind = 'no' and r.kind <> 'no' order by r.kind, s.n;

-- What keeps it so.
select is_empty($$select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = 'debrief'::regnamespace and l.lanname = 'plpgsql' and p.prosrc !~ '^\s*#variable_conflict use_variable\n'$$,
  'in every PL/pgSQL function a variable goes before a column');
select is_empty($$select p.proname from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = 'debrief'::regnamespace and l.lanname = 'plpgsql'
    and not exists (select from pg_stat_xact_user_functions u where u.funcid = p.oid)
    and p.proname !~ '^(_install|_install_(deliver_)?triggers|_restrict_stage|_(check|grant|revoke)_(grantee|membership)|_access_role|_check_upload_column|_upload_elsewhere|track|_worker_start|_check_changed|test_server|drain)$'$$,
  'and every one that looks at our tables was called');

select * from finish();
rollback;
