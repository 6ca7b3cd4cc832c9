// transaction.cpp: the door outside the server. An exception leaves the block, and ends here.

#include "bgworker/backend/transaction.h"

#include "outside/session.h"

namespace debrief {

SqlRows Run(Statement* statement, const SqlArgument* arguments, int count, MemoryContext) {
  return Session::Get().Run(statement, arguments, count);
}

bool RunInTransaction(const char*, PgError* error, void (*block)(void* data, MemoryContext context),
                      void* data) {
  Session& session = Session::Get();
  bool has_begun = false;
  try {
    session.Begin();
    has_begun = true;
    block(data, nullptr);
    session.Commit();
    return true;
  } catch (const SqlFailure& failure) {
    *error = failure.error;
    error->in_transaction = has_begun;
    session.Abort();
    return false;
  }
}

}  // namespace debrief
