// transaction.h: the one door between C++ and the database.
//
// InTransaction() is the only place in the tree that goes on after ereport(ERROR). The block it
// runs may use nothing with a destructor: an ERROR leaves it by longjmp. Results go into memory of
// the context that was current at the call; objects are built after the block has returned.
#pragma once

#include <type_traits>

#include "bgworker/backend/pg_error.h"
#include "bgworker/backend/statement.h"

namespace debrief {

// As InTransaction(), with the block as a function and its data.
bool RunInTransaction(const char* activity, PgError* error,
                      void (*block)(void* data, MemoryContext context), void* data);

// Runs `block` in a transaction of its own and commits. False when it raised an ERROR: the
// transaction is aborted then, and `error` says why.
//
// A user's trigger may set for the session what it likes, the durability of this commit among it:
// so all settings go back to what the process pinned or the configuration says, before and after.
template <class Block>
bool InTransaction(const char* activity, PgError* error, Block&& block) {
  using Plain = std::remove_reference_t<Block>;
  return RunInTransaction(
      activity, error,
      [](void* data, MemoryContext context) { (*static_cast<Plain*>(data))(context); }, &block);
}

}  // namespace debrief
