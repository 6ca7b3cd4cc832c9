-- The functions of the library, in C. `make lint` compares their symbols.

-- The first of the symbols: an older library is still loaded when the server was not restarted after an
-- update of the files.
do $library$
begin
  create or replace function debrief._library_version() returns text
  language c stable strict parallel safe as 'MODULE_PATHNAME', 'debrief_library_version';
exception when undefined_function then
  raise exception 'the loaded library is older than these functions of pg_debrief'
    using errcode = 'object_not_in_prerequisite_state',
          hint = 'Restart the server, so that it loads the library that was installed; then run this again.';
end $library$;
comment on function debrief._library_version() is 'The version of the loaded library, such as 1.0.0.';
grant execute on function debrief._library_version() to debrief_reader, debrief_admin;

create or replace function debrief._stages(
  out stage text, out place int, out queue text, out prefix text, out item text, out kinds text, out is_optional boolean) returns setof record
language c immutable strict parallel safe rows 4 as 'MODULE_PATHNAME', 'debrief_stages';
comment on function debrief._stages() is
  'The stages in their order: the table that is the queue of each, and what the names of its columns there begin with (status, attempts, due_at, last_error, error_code, updated_at), what its rows are called, and the kinds of its servers. An optional one is used where debrief.stages has a row for it; its rows are the operators'' matter.';
grant execute on function debrief._stages() to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._stages_used() returns table (stage text, place int, is_optional boolean)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select l.stage, l.place, l.is_optional from debrief._stages() l where not l.is_optional or exists (select from debrief.stages s where s.stage = l.stage);
$$;
comment on function debrief._stages_used() is 'The stages without those that this database does not use.';
grant execute on function debrief._stages_used() to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._stage_place(stage_name text) returns int
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select l.place from debrief._stages() l where l.stage = _stage_place.stage_name;
$$;
comment on function debrief._stage_place(text) is 'The number of a stage, from 1; null: there is none of this name.';
grant execute on function debrief._stage_place(text) to debrief_monitor, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._wake() returns void
language c as 'MODULE_PATHNAME', 'debrief_wake';
comment on function debrief._wake() is
  'Wakes this database''s workers when the transaction commits. Error when the library is not preloaded.';
grant execute on function debrief._wake() to debrief_worker;

create or replace function debrief._wake_revoked() returns void
language c as 'MODULE_PATHNAME', 'debrief_wake_revoked';
comment on function debrief._wake_revoked() is
  'As _wake(), and has the workers look for claims that were taken from them. Never an error.';
grant execute on function debrief._wake_revoked() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._wake_trigger() returns trigger
language c as 'MODULE_PATHNAME', 'debrief_wake_trigger';
comment on function debrief._wake_trigger() is
  'Wakes the workers at commit; its argument, such as ''revoked'' or ''config'', says why. Never an error.';
grant execute on function debrief._wake_trigger() to debrief_worker;

create or replace function debrief._workers(
  out process text, out database oid, out ordinal int, out pid int, out state text,
  out since timestamptz, out in_flight int[], out last_error text, out memory_full boolean, out host text, out version text)
returns setof record
language c strict as 'MODULE_PATHNAME', 'debrief_workers';
comment on function debrief._workers() is 'The launcher and every worker of the cluster, from shared memory.';
grant execute on function debrief._workers() to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._settle_count() returns bigint
language c volatile strict as 'MODULE_PATHNAME', 'debrief_settle_count';
comment on function debrief._settle_count() is 'How often workers have settled since the server started.';
grant execute on function debrief._settle_count() to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._wait_for_settle(seen bigint, timeout_ms int) returns void
language c volatile strict as 'MODULE_PATHNAME', 'debrief_wait_for_settle';
comment on function debrief._wait_for_settle(bigint, int) is
  'Sleeps until _settle_count() is no longer `seen`, or for timeout_ms.';
grant execute on function debrief._wait_for_settle(bigint, int) to debrief_app, debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._wait_for_wake(
  timeout_ms int, session int, in_flight int[], host text, version text, is_waiting boolean, last_error text, memory_full boolean) returns int
language c volatile strict as 'MODULE_PATHNAME', 'debrief_wait_for_wake';
comment on function debrief._wait_for_wake(int, int, int[], text, text, boolean, text, boolean) is
  'Worker outside the server: sleeps until a session wakes workers, or for timeout_ms; session: the process of its other session; in_flight: its calls by stage; the others as worker_status and explain() show them. Why it was woken, as bits; null when pg_debrief.max_workers leaves no place.';
grant execute on function debrief._wait_for_wake(int, int, int[], text, text, boolean, text, boolean) to debrief_worker;

create or replace function debrief._hold_extension() returns void
language c volatile strict as 'MODULE_PATHNAME', 'debrief_hold_extension';
comment on function debrief._hold_extension() is
  'Worker outside the server: locks the extension until the transaction ends, so that DROP EXTENSION waits for it and neither locks the other out.';
grant execute on function debrief._hold_extension() to debrief_worker;

create or replace function debrief._serves_since() returns timestamptz
language c volatile strict as 'MODULE_PATHNAME', 'debrief_serves_since';
comment on function debrief._serves_since() is
  'Since when this server can be written to: its start, or where the library is preloaded its promotion.';
grant execute on function debrief._serves_since() to debrief_worker;

create or replace function debrief._test_server(server_name text, timeout_ms int, out ok boolean, out message text)
language c strict volatile as 'MODULE_PATHNAME', 'debrief_test_server';
comment on function debrief._test_server(text, int) is 'Has a worker test a server, and waits for its answer.';
grant execute on function debrief._test_server(text, int) to debrief_admin, debrief_worker;

create or replace function debrief._take_server_test(out ticket bigint, out server_name text, out timeout_ms int)
language c strict volatile as 'MODULE_PATHNAME', 'debrief_take_server_test';
comment on function debrief._take_server_test() is
  'Worker outside the server: takes a test that a session waits for in test_server(). Nulls when there is none.';
grant execute on function debrief._take_server_test() to debrief_worker;

create or replace function debrief._answer_server_test(ticket bigint, ok boolean, words text) returns void
language c strict volatile as 'MODULE_PATHNAME', 'debrief_answer_server_test';
comment on function debrief._answer_server_test(bigint, boolean, text) is
  'Worker outside the server: answers the test that it took with this ticket.';
grant execute on function debrief._answer_server_test(bigint, boolean, text) to debrief_worker;

create or replace function debrief._row_holder(queue regclass, place tid) returns xid
language c stable strict as 'MODULE_PATHNAME', 'debrief_row_holder';
comment on function debrief._row_holder(regclass, tid) is
  'The other transaction that holds a row so that a claim passes over it, as one that writes it does; null: there is none.';
grant execute on function debrief._row_holder(regclass, tid) to debrief_worker;

create or replace function debrief._system_identifier() returns text
language c stable strict as 'MODULE_PATHNAME', 'debrief_system_identifier';
comment on function debrief._system_identifier() is 'The cluster''s identifier from pg_control.';
grant execute on function debrief._system_identifier() to debrief_reader, debrief_admin, debrief_worker;

create or replace function debrief._copied_at() returns timestamptz
language c stable strict as 'MODULE_PATHNAME', 'debrief_copied_at';
comment on function debrief._copied_at() is
  'When the server was first started from a base backup, or to recover to a point in time, and not as a standby; null when it was not.';
grant execute on function debrief._copied_at() to debrief_reader, debrief_admin, debrief_worker;
