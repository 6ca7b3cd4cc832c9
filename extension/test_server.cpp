// test_server.cpp: asks a worker to try a server out, and waits for what it says. The call itself
// is the worker's: no network in a session.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
}

#include "extension/compat.h"
#include "extension/server_tests.h"
#include "extension/shared_state.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

// Answers the place that the test takes in shared memory.
pg_noinline int Ask(const char* server, int timeout_ms) {
  int place = -1;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < kTestsMax && place < 0; i++) {
    if (shared->tests[i].state == ServerTest::kFree) place = i;
  }
  if (place >= 0) {
    ServerTest* test = &shared->tests[place];
    test->state = ServerTest::kAsked;
    test->database = MyDatabaseId;
    test->ticket = ++shared->last_ticket;
    test->timeout_ms = timeout_ms;
    strlcpy(test->server, server, sizeof(test->server));
  }
  LWLockRelease(shared->lock);
  if (place < 0) {
    ereport(ERROR, errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
            errmsg("%d servers are being tested already", kTestsMax), errhint("Try again later."));
  }
  return place;
}

bool IsAnswered(int place) {
  LWLockAcquire(shared->lock, LW_SHARED);
  const bool answered = shared->tests[place].state == ServerTest::kAnswered;
  LWLockRelease(shared->lock);
  return answered;
}

// Also when the session is cancelled: the place must not stay taken.
void GiveUp(int, Datum place) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  shared->tests[DatumGetInt32(place)].state = ServerTest::kFree;
  LWLockRelease(shared->lock);
}

void WaitForAnswer(int place, int timeout_ms) {
  const TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);
  ConditionVariablePrepareToSleep(&shared->tested);
  while (!IsAnswered(place)) {
    const long left_ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
    if (left_ms <= 0) break;
    ConditionVariableTimedSleep(&shared->tested, left_ms, WorkerWaitEvent());
  }
  ConditionVariableCancelSleep();
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_test_server);

PGDLLEXPORT Datum debrief_test_server(PG_FUNCTION_ARGS) {
  using debrief::shared;
  // The worker's own limit comes first: its words are better than ours.
  constexpr int kGraceMs = 2000;
  debrief::RequirePreload();
  TupleDesc type = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE) {
    ereport(ERROR, errmsg("debrief._test_server() must return a row"));
  }
  const char* server = text_to_cstring(PG_GETARG_TEXT_PP(0));
  const int timeout_ms = PG_GETARG_INT32(1);
  const int place = debrief::Ask(server, timeout_ms);
  bool ok = false;
  char* words = nullptr;
  PG_ENSURE_ERROR_CLEANUP(debrief::GiveUp, Int32GetDatum(place));
  {
    debrief::WakeNow(MyDatabaseId, debrief::kWakeTest);
    debrief::WaitForAnswer(place, timeout_ms + kGraceMs);
    if (debrief::IsAnswered(place)) {
      ok = shared->tests[place].ok;
      words = pstrdup(shared->tests[place].words);
    }
  }
  PG_END_ENSURE_ERROR_CLEANUP(debrief::GiveUp, Int32GetDatum(place));
  debrief::GiveUp(0, Int32GetDatum(place));
  if (words == nullptr) {
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("no worker answered within %d ms", timeout_ms),
            errhint("SELECT * FROM debrief.worker_status; shows what the workers do."));
  }
  Datum values[2] = {BoolGetDatum(ok), CStringGetTextDatum(words)};
  bool nulls[2] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}

// A worker outside the server takes what is asked, and answers it, by these.
PG_FUNCTION_INFO_V1(debrief_take_server_test);
PG_FUNCTION_INFO_V1(debrief_answer_server_test);

PGDLLEXPORT Datum debrief_take_server_test(PG_FUNCTION_ARGS) {
  debrief::RequirePreload();
  TupleDesc type = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE) {
    ereport(ERROR, errmsg("debrief._take_server_test() must return a row"));
  }
  debrief::ServerTest test = {};
  const bool is_taken = debrief::TakeServerTest(MyDatabaseId, &test);
  Datum values[3] = {Int64GetDatum(static_cast<int64>(test.ticket)),
                     CStringGetTextDatum(test.server), Int32GetDatum(test.timeout_ms)};
  bool nulls[3] = {!is_taken, !is_taken, !is_taken};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}

PGDLLEXPORT Datum debrief_answer_server_test(PG_FUNCTION_ARGS) {
  debrief::RequirePreload();
  const uint64 ticket = static_cast<uint64>(PG_GETARG_INT64(0));
  debrief::AnswerServerTest(MyDatabaseId, ticket, PG_GETARG_BOOL(1),
                            text_to_cstring(PG_GETARG_TEXT_PP(2)));
  PG_RETURN_VOID();
}

}  // extern "C"
