\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- Each way to take a claim away from its worker, while the call is running.
create function pg_temp.revoke(how text, stage text, row_id bigint) returns void language plpgsql as $$
begin
  case how
    when 'an edit of the message' then
      update debrief.analysis_feedback set message = 'Something else.' where id = row_id;
    when 'a cancel' then
      if stage = 'analysis' then
        perform debrief.cancel_analysis(row_id);
      else
        perform debrief.cancel_feedback(row_id);
      end if;
    when 'a delete' then
      if stage = 'analysis' then
        delete from debrief.analysis_jobs where id = row_id;
      else
        delete from debrief.analysis_feedback where id = row_id;
      end if;
    when 'a claim after a rescue' then
      update debrief.analysis_jobs set lease_expires_at = '2000-01-01' where lease_expires_at is not null;
      update debrief.analysis_feedback set lease_expires_at = '2000-01-01' where lease_expires_at is not null;
      perform debrief._rescue(8, '{}');
      perform pg_temp.take(stage, row_id, 8);
    when 'TRUNCATE and the same id again' then
      truncate debrief.video_recordings restart identity cascade;
      if pg_temp.ready(stage) <> row_id or pg_temp.take(stage, row_id, 8) is null then
        raise exception 'the id did not come again';
      end if;
    when 'results from elsewhere' then
      perform debrief.store_analysis_results(
        case stage when 'analysis' then row_id
                   else (select f.analysis_job_id from debrief.analysis_feedback f where f.id = row_id) end,
        'Elsewhere', 's', 'f', null, '[{"message": "Theirs."}]');
    when 'an analysis that runs again' then
      perform pg_temp.settle_analysis(j.id, pg_temp.take('analysis', j.id)) from debrief.analysis_jobs j;
    when 'a status written by hand' then
      if stage = 'analysis' then
        update debrief.analysis_jobs set status = 'queued' where id = row_id;
      elsif stage = 'ssml' then
        update debrief.analysis_feedback set ssml_status = 'failed' where id = row_id;
      else
        update debrief.analysis_feedback set audio_status = 'completed' where id = row_id;
      end if;
    when 'its own settle' then
      perform pg_temp.settle(stage, row_id, pg_temp.held(stage, row_id));
  end case;
end $$;

create function pg_temp.held(stage text, row_id bigint) returns bigint language sql as $$
  select case stage when 'analysis' then (select j.claim_token from debrief.analysis_jobs j where j.id = row_id)
                    else (select f.claim_token from debrief.analysis_feedback f where f.id = row_id) end;
$$;

create function pg_temp.fenced(stage text, how text) returns setof text language plpgsql as $$
declare
  row_id bigint;
  token bigint;
  before text;
begin
  truncate debrief.video_recordings restart identity cascade;
  row_id := pg_temp.ready(stage);
  token := pg_temp.take(stage, row_id);
  perform pg_temp.revoke(how, stage, row_id);
  before := pg_temp.picture();
  return next is(array[pg_temp.settle(stage, row_id, token),
                       pg_temp.put_back(stage, row_id, token, 'retried'), pg_temp.put_back(stage, row_id, token, 'deferred'),
                       pg_temp.put_back(stage, row_id, token, 'released'), pg_temp.put_back(stage, row_id, token, 'failed')],
                 array_fill('stale'::text, array[5]), format('%s: after %s every settle is stale', stage, how));
  perform debrief._renew(stage, array[row_id], array[token], '1 hour');
  perform debrief._progress(row_id, token, 99);
  return next is(pg_temp.picture(), before, format('%s: after %s a late answer changes nothing', stage, how));
  return next is(array(select debrief._lost_claims(stage, array[row_id], array[token])), array[token],
                 format('%s: after %s the claim is told as lost', stage, how));
end $$;

select pg_temp.fenced(stage, how)
  from unnest(array['analysis', 'ssml', 'audio']) stage,
       unnest(array['an edit of the message', 'a cancel', 'a delete', 'a claim after a rescue', 'TRUNCATE and the same id again',
                    'results from elsewhere', 'an analysis that runs again', 'a status written by hand', 'its own settle']) how
 where stage <> 'analysis' or how not in ('an edit of the message', 'an analysis that runs again');

-- A token that nobody drew, and the token of another row.
create function pg_temp.strangers(stage text) returns setof text language plpgsql as $$
declare
  one bigint;
  other bigint;
  before text;
begin
  truncate debrief.video_recordings restart identity cascade;
  one := pg_temp.ready(stage);
  other := pg_temp.ready(stage);
  perform pg_temp.take(stage, one), pg_temp.take(stage, other);
  before := pg_temp.picture();
  return next is(array[pg_temp.settle(stage, one, pg_temp.held(stage, other)), pg_temp.settle(stage, one, 0),
                       pg_temp.settle(stage, one, null), pg_temp.put_back(stage, one, pg_temp.held(stage, other), 'failed')],
                 array_fill('stale'::text, array[4]), format('%s: a token serves its own row only', stage));
  return next is(pg_temp.picture(), before, format('%s: another token changes nothing', stage));
  return next is_empty(format('select debrief._lost_claims(%L, array[%s], array[%s])', stage, one, pg_temp.held(stage, one)),
                       format('%s: a live claim is not lost', stage));
  return next is(array[pg_temp.settle(stage, one, pg_temp.held(stage, one)),
                       pg_temp.put_back(stage, other, pg_temp.held(stage, other), 'retried')],
                 '{settled,settled}', format('%s: the right tokens still serve', stage));
end $$;
select pg_temp.strangers(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

-- The trigger sees values that no constraint has looked at yet.
select throws_ok(format('update debrief.analysis_feedback set %s where id = %s', change, pg_temp.ready('ssml')), '23502', null, change)
  from unnest(array['message = null, ssml_status = ''completed''', 'ssml_status = null', 'audio_status = null, ssml_due_at = null',
                    'user_id = null', 'analysis_job_id = null']) as x (change);

-- One stale row in a batch: the others are settled.
select pg_temp.ready('ssml') as one, pg_temp.ready('ssml') as two, pg_temp.ready('ssml') as three \gset
select pg_temp.take('ssml', :one) as token_one, pg_temp.take('ssml', :two) as token_two, pg_temp.take('ssml', :three) as token_three \gset
update debrief.analysis_feedback set message = 'Edited.' where id = :two;
select results_eq(
  format('select outcome from debrief._settle_ssml(array[%s,%s,%s], array[%s,%s,%s], ''p'', ''{a,b,c}'', ''{3,2,1}'', ''{0,0,0}'', ''{three,two,one}'')',
         :one, :two, :three, :token_one, :token_two, :token_three),
  array['settled', 'stale', 'settled'], 'ssml: one stale row leaves the rest of its batch alone');
select results_eq(
  format('select f.id, s.ssml, s.version from debrief.analysis_feedback f left join debrief.analysis_ssml_segments s on s.feedback_id = f.id
           where f.id in (%s,%s,%s) order by f.id', :one, :two, :three),
  format('values (%s::bigint, ''one'', ''a''), (%s, null, null), (%s, ''three'', ''c'')', :one, :two, :three),
  'ssml: each row of a batch gets its own segments');
select pg_temp.take('audio', :one) as token_one, pg_temp.take('ssml', :two) as token_two, pg_temp.take('audio', :three) as token_three \gset
delete from debrief.analysis_feedback where id = :one;
select results_eq(
  format('select outcome from debrief._settle_failures(''audio'', array[%s,%s], array[%s,%s], ''{failed,retried}'', ''{0,0}'', ''{a,b}'', ''{A.,B.}'')',
         :one, :three, :token_one, :token_three),
  array['stale', 'settled'], 'failures: one stale row leaves the rest of its batch alone');
select is((select error_code from pg_temp.state('audio', :three)), 'b', 'failures: each row of a batch gets its own error');

-- A token serves the stage that it was drawn for.
select pg_temp.ready('audio') as item \gset
select pg_temp.take('audio', :item) as token \gset
select pg_temp.picture() as before \gset
select isnt(pg_temp.settle_ssml(:item, :token), 'settled', 'ssml: the token of an audio claim settles nothing');
select isnt(pg_temp.put_back('ssml', :item, :token, 'failed'), 'settled', 'ssml: nor does it fail anything');
select is(pg_temp.picture(), :'before', 'ssml: and nothing changed');

-- One row twice in a batch: the answer to the old words and the answer to the new ones.
create function pg_temp.claimed_twice(stage text, out row_id bigint, out old_token bigint, out new_token bigint) language plpgsql as $$
begin
  row_id := pg_temp.ready(stage);
  old_token := pg_temp.take(stage, row_id);
  perform pg_temp.put_back(stage, row_id, old_token, 'released');
  new_token := pg_temp.take(stage, row_id);
end $$;
select row_id as item, old_token, new_token from pg_temp.claimed_twice('ssml') \gset
select results_eq(
  format('select outcome from debrief._settle_ssml(array[%s,%s], array[%s,%s], ''p'', ''{old,new}'', ''{1,2}'', ''{0,0}'', ''{old,new}'')', :item, :item, :old_token, :new_token),
  array['stale', 'settled'], 'ssml: two claims of one row in a batch are told apart');
select is((select string_agg(ssml, ',') from debrief.analysis_ssml_segments where feedback_id = :item), 'new', 'ssml: the live one is stored');
select row_id as item, old_token, new_token from pg_temp.claimed_twice('audio') \gset
select results_eq(
  format('select outcome from debrief._settle_audio(array[%s,%s], array[%s,%s], ''{t,t}'', ''p'', ''files'', ''{1,2}'', ''{0,1}'', ''{h,h}'', ''{old,new}'', ''{old,new}'', ''{wav,wav}'', ''{x,x}'', ''{1,1}'', ''{1,1}'', ''{v,v}'', ''{null,null}'')',
         :item, :item, :old_token, :new_token),
  array['stale', 'settled'], 'audio: two claims of one row in a batch are told apart');
select is((select string_agg(audio_url, ',') from debrief.analysis_audio_segments where feedback_id = :item), 'new', 'audio: the live one is stored');
create function pg_temp.failed_twice(stage text) returns setof text language plpgsql as $$
declare
  c record;
begin
  select * into c from pg_temp.claimed_twice(stage);
  return next results_eq(
    format('select outcome from debrief._settle_failures(%L, array[%s,%s], array[%s,%s], ''{failed,retried}'', ''{0,0}'', ''{old,new}'', ''{Old.,New.}'')', stage, c.row_id, c.row_id, c.old_token, c.new_token),
    array['stale', 'settled'], stage || ': two failures of one row in a batch are told apart');
  return next is((select row(s.status, s.error_code)::text from pg_temp.state(stage, c.row_id) s), '(queued,new)', stage || ': the live one counts');
end $$;
select pg_temp.failed_twice(stage) from unnest(array['analysis', 'ssml', 'audio']) stage;

select * from finish();
rollback;
