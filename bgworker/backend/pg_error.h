// pg_error.h: what an ERROR of PostgreSQL said.
#pragma once

#include <string>

namespace debrief {

// Cut to size; plain, so that it outlives the aborted transaction.
struct PgError {
  int sqlstate = 0;             // as PackSqlState() packs it
  bool at_commit = false;       // every statement went through
  bool in_transaction = false;  // with is_away(): the session ended inside of the transaction
  char message[512] = "";
  char hint[256] = "";

  // There is no connection to the server. Only a worker outside it sees this: outside/session.cpp.
  bool is_away() const;
  // What the transaction did may have ended the session.
  bool is_session_lost() const { return is_away() && in_transaction; }
};

// Five characters in six bits each, as PostgreSQL's MAKE_SQLSTATE() packs them.
constexpr int PackSqlState(const char (&code)[6]) {
  int packed = 0;
  for (int i = 0; i < 5; i++) packed |= ((code[i] - '0') & 0x3F) << (6 * i);
  return packed;
}
inline constexpr int kAway = PackSqlState("57P03");  // cannot_connect_now
inline bool PgError::is_away() const { return sqlstate == kAway; }
// The first two of them.
constexpr int SqlStateClass(int sqlstate) { return sqlstate & 0xFFF; }

inline std::string UnpackSqlState(int sqlstate) {
  std::string code;
  for (int i = 0; i < 5; i++) code += static_cast<char>(((sqlstate >> (6 * i)) & 0x3F) + '0');
  return code;
}

}  // namespace debrief
