// server_options_fuzz.cpp: any lines NAME=VALUE as the options of CREATE SERVER, into the validator
// of extension/ as it is shipped. It runs without a server: what it calls of PostgreSQL is here.
// What it lets through can go into addresses, headers and JSON.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"

Datum debrief_fdw_validator(FunctionCallInfo fcinfo);
}

namespace {

struct Refused {};

struct Option {
  std::string name, value;
};
std::vector<Option> options;
bool is_hidden = false;  // the statement of the last error, from the log

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(const std::string& text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

void CheckAccepted() {
  int kinds = 0;
  for (const Option& option : options) {
    const std::string& value = option.value;
    if (option.name == "kind") kinds++;
    if (option.name == "path") {
      Require(value.size() > 1 && value[0] == '/' && value.size() < MAXPGPATH);
      continue;
    }
    Require(!value.empty() && IsPrintable(value));
    if (option.name.ends_with("_url")) {
      Require(pg_strncasecmp(value.c_str(), "http://", 7) == 0 ||
              pg_strncasecmp(value.c_str(), "https://", 8) == 0);
      Require(value.find_first_of(" ?#@\\\"<>") == std::string::npos && value.size() <= 2'000);
    } else {
      Require(value.size() <= 200);
    }
    if (option.name.ends_with("_max") || option.name.ends_with("_per_day")) {
      Require(value.find_first_not_of("0123456789.") == std::string::npos);
    }
    if (option.name == "key") Require(value.find_first_of(" :/.@") == std::string::npos);
  }
  Require(kinds > 0);
}

}  // namespace

extern "C" {

ErrorContextCallback* error_context_stack = nullptr;

bool errstart(int, const char*) {
  is_hidden = false;
  return true;
}
bool errstart_cold(int, const char*) { return errstart(0, nullptr); }
// The statement may have a secret in it.
void errfinish(const char*, int, const char*) {
  Require(error_context_stack != nullptr);
  error_context_stack->callback(error_context_stack->arg);
  error_context_stack = nullptr;
  Require(is_hidden);
  throw Refused{};
}
int errcode(int) { return 0; }
int errhidestmt(bool hides) {
  is_hidden = hides;
  return 0;
}
int errmsg(const char*, ...) { return 0; }
int errhint(const char*, ...) { return 0; }

// A superuser asks.
Oid GetUserId() { return 10; }
bool has_privs_of_role(Oid, Oid) { return true; }

int pg_strncasecmp(const char* one, const char* other, size_t length) {
  return strncasecmp(one, other, length);
}

char* defGetString(DefElem* option) { return reinterpret_cast<char*>(option->arg); }

List* untransformRelOptions(Datum) {
  static std::vector<DefElem> elements;
  static std::vector<ListCell> cells;
  static List list;
  elements.assign(options.size(), {});
  cells.assign(options.size(), {});
  for (size_t i = 0; i < options.size(); i++) {
    elements[i].defname = options[i].name.data();
    elements[i].arg = reinterpret_cast<Node*>(options[i].value.data());
    cells[i].ptr_value = &elements[i];
  }
  list = {.type = T_List, .length = static_cast<int>(cells.size()), .elements = cells.data()};
  return options.empty() ? NIL : &list;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find('\0') != std::string::npos) return 0;
  options.clear();
  std::set<std::string> names;  // PostgreSQL itself refuses one that comes twice
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const size_t equals = std::min(line.find('='), line.size());
    options.push_back({line.substr(0, equals), line.substr(std::min(equals + 1, line.size()))});
    if (!names.insert(options.back().name).second) return 0;
    begin = end + 1;
  }
  LOCAL_FCINFO(call, 2);
  call->args[0].value = 0;
  call->args[1].value = ForeignServerRelationId;
  try {
    debrief_fdw_validator(call);
  } catch (const Refused&) {
    return 0;
  }
  CheckAccepted();
  return 0;
}
}
