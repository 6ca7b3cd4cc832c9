\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- What W3C calls a well-formed traceparent of version 00, and nothing else.
select is(debrief._trace_id(jsonb_build_object('traceparent', value)), trace::uuid, coalesce(value, 'null'))
  from (values ('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'),
               ('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'),
               ('01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', null),
               ('00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', null),
               ('00-00000000000000000000000000000000-00f067aa0ba902b7-01', null),
               ('00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', null),
               ('00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01', null),
               ('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra', null),
               (E'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n', null),
               (' 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', null), ('', null), (null, null)) as t (value, trace);
select is(debrief._trace_id(metadata), null, metadata::text)
  from (values (null::jsonb), ('{}'), ('[]'), ('"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"'), ('{"traceparent": {"a": 1}}')) as t (metadata);

-- An analysis is part of the trace that its upload belongs to, and stays so when it is made again.
create function pg_temp.upload(metadata jsonb) returns bigint language sql as $$
  with recording as (
    insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata)
    values ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/' || gen_random_uuid() || '.mp4', 'completed', metadata) returning id)
  select id from recording $$;
create function pg_temp.trace(recording bigint) returns uuid language sql as
  $$ select j.correlation_id from debrief.analysis_jobs j where j.video_recording_id = recording $$;
select pg_temp.upload('{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}') as traced, pg_temp.upload('{"traceparent": "nonsense"}') as untraced \gset
set constraints all immediate;
select is(pg_temp.trace(:traced), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', 'the trace id is the correlation id');
select isnt(pg_temp.trace(:untraced), null, 'what is malformed is as if it were not there');
select pg_temp.trace(:untraced) as first_trace \gset
update debrief.analysis_jobs set status = 'failed', error_code = 'internal';
select is(debrief.retry_analysis(j.id), 'queued', 'an analysis is made again') from debrief.analysis_jobs j order by j.id;
select is(pg_temp.trace(:traced), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', 'in the same trace');
select isnt(pg_temp.trace(:untraced), :'first_trace', 'without one in a new one');
update debrief.analysis_jobs set status = 'failed', error_code = 'internal';
select is((select sum(retried)::bigint from debrief.retry_failed('analysis')), 2::bigint, 'by retry_failed() too');
select is(pg_temp.trace(:traced), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', 'in the same trace');
update debrief.analysis_jobs set status = 'failed', error_code = 'internal';
select lives_ok(format('select debrief.start_analysis(%s)', :traced), 'and by start_analysis()');
select is(pg_temp.trace(:traced), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', 'in the same trace');

-- A restored analysis keeps the id that its attempts have.
insert into debrief.video_recordings (user_id, storage_path) values ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/old.mp4') returning id as restored \gset
insert into debrief.analysis_jobs (video_recording_id, status, correlation_id) values (:restored, 'completed', '0f5b1c1e-0000-4000-8000-00000000002a');
select is(pg_temp.trace(:restored), '0f5b1c1e-0000-4000-8000-00000000002a', 'an id that is given is kept');

select * from finish();
rollback;
