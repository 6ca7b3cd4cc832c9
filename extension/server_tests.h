// server_tests.h: how a worker takes up what a session asked in test_server.cpp, and answers it.
#pragma once

extern "C" {
#include "postgres.h"

#include "mb/pg_wchar.h"
}

#include "extension/shared_state.h"

namespace debrief {

// False when nothing is asked in this database.
inline bool TakeServerTest(Oid database, ServerTest* taken) {
  bool is_taken = false;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < kTestsMax && !is_taken; i++) {
    ServerTest* asked = &shared->tests[i];
    if (asked->state != ServerTest::kAsked || asked->database != database) continue;
    asked->state = ServerTest::kRunning;
    *taken = *asked;
    is_taken = true;
  }
  LWLockRelease(shared->lock);
  return is_taken;
}

// Nothing happens when nobody waits for it any more, or another database does.
inline void AnswerServerTest(Oid database, uint64 ticket, bool ok, const char* words) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < kTestsMax; i++) {
    ServerTest* asked = &shared->tests[i];
    if (asked->state != ServerTest::kRunning || asked->ticket != ticket) continue;
    if (asked->database != database) continue;
    asked->ok = ok;
    const int length = static_cast<int>(strlen(words));
    strlcpy(asked->words, words, pg_mbcliplen(words, length, sizeof(asked->words) - 1) + 1);
    asked->state = ServerTest::kAnswered;
  }
  LWLockRelease(shared->lock);
  ConditionVariableBroadcast(&shared->tested);
}

}  // namespace debrief
