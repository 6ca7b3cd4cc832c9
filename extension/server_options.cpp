// server_options.cpp: checks the options of CREATE SERVER when they are written, so that a mistake
// is an error with a HINT there, and not a stalled pipeline later.
//
// What each kind means is told in docs/providers.md.

extern "C" {
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "nodes/parsenodes.h"
}

namespace debrief {
namespace {

struct OptionRule {
  const char* kind;
  const char* name;
  bool required;
};

constexpr OptionRule kRules[] = {
    {"http", "base_url", true},        {"http", "key", false},
    {"http", "ssml_bytes_max", false}, {"template", "kind", true},
    {"directory", "path", true},       {"directory", "public_url", false},
    {"database", "public_url", false},
};

constexpr int kUrlBytesMax = 2000;

const char* ValueOf(List* options, const char* name) {
  ListCell* cell;
  foreach (cell, options) {
    DefElem* option = static_cast<DefElem*>(lfirst(cell));
    if (strcmp(option->defname, name) == 0) return defGetString(option);
  }
  return nullptr;
}

bool IsKnownKind(const char* kind) {
  for (const OptionRule& rule : kRules) {
    if (strcmp(rule.kind, kind) == 0) return true;
  }
  return false;
}

bool KindTakes(const char* kind, const char* name) {
  if (strcmp(name, "kind") == 0) return true;
  for (const OptionRule& rule : kRules) {
    if (strcmp(rule.kind, kind) == 0 && strcmp(rule.name, name) == 0) return true;
  }
  return false;
}

void CheckUrl(const char* name, const char* url) {
  const char* rest = nullptr;
  if (pg_strncasecmp(url, "http://", 7) == 0) rest = url + 7;
  if (pg_strncasecmp(url, "https://", 8) == 0) rest = url + 8;
  bool good = rest != nullptr && *rest != '\0' && *rest != '/' && strlen(url) <= kUrlBytesMax;
  for (const char* c = url; good && *c != '\0'; c++) {
    good = *c > ' ' && *c < 0x7f && strchr("?#@\\\"<>", *c) == nullptr;
  }
  if (!good) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
            errmsg("option \"%s\" is not a usable URL", name),
            errhint("Write it as https://host[:port][/path], without user, query or fragment."));
  }
}

void CheckPath(const char* path) {
  if (path[0] == '/' && path[1] != '\0' && strlen(path) < MAXPGPATH) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"path\" must be an absolute directory, and not /"),
          errhint("The server's own user must be able to read it, and to write it for audio."));
}

void CheckBytes(const char* name, const char* value) {
  char* end = nullptr;
  const long number = strtol(value, &end, 10);
  if (*value != '\0' && *end == '\0' && number >= 200 && number <= 65536) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"%s\" must be a number of bytes from 200 to 65536", name));
}

void CheckKeyName(const char* value) {
  bool good = *value != '\0' && strlen(value) <= 63;
  for (const char* c = value; good && *c != '\0'; c++) {
    good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
           *c == '_' || *c == '-';
  }
  if (good) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"key\" is the name of a key, not a key"),
          errhint("Put the secret into the file that pg_debrief.key_file names, under this name "
                  "(letters, digits, _ and -)."));
}

void CheckValue(DefElem* option) {
  const char* value = defGetString(option);
  if (strcmp(option->defname, "base_url") == 0 || strcmp(option->defname, "public_url") == 0) {
    CheckUrl(option->defname, value);
  } else if (strcmp(option->defname, "path") == 0) {
    CheckPath(value);
  } else if (strcmp(option->defname, "ssml_bytes_max") == 0) {
    CheckBytes(option->defname, value);
  } else if (strcmp(option->defname, "key") == 0) {
    CheckKeyName(value);
  }
}

void CheckServer(List* options) {
  const char* kind = ValueOf(options, "kind");
  if (kind == nullptr) {
    ereport(ERROR, errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND), errmsg("option \"kind\" is missing"),
            errhint("Providers: http, template. Stores: directory, database."));
  }
  if (!IsKnownKind(kind)) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
            errmsg("unknown kind \"%s\"", kind),
            errhint("Providers: http, template. Stores: directory, database."));
  }
  ListCell* cell;
  foreach (cell, options) {
    DefElem* option = static_cast<DefElem*>(lfirst(cell));
    if (!KindTakes(kind, option->defname)) {
      ereport(ERROR, errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
              errmsg("a server of kind \"%s\" has no option \"%s\"", kind, option->defname),
              errhint("docs/providers.md lists the options of each kind."));
    }
    CheckValue(option);
  }
  for (const OptionRule& rule : kRules) {
    if (rule.required && strcmp(rule.kind, kind) == 0 && ValueOf(options, rule.name) == nullptr) {
      ereport(ERROR, errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
              errmsg("a server of kind \"%s\" needs the option \"%s\"", kind, rule.name));
    }
  }
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_fdw_validator);

PGDLLEXPORT Datum debrief_fdw_validator(PG_FUNCTION_ARGS) {
  List* options = untransformRelOptions(PG_GETARG_DATUM(0));
  const Oid catalog = PG_GETARG_OID(1);
  if (catalog == ForeignServerRelationId) {
    debrief::CheckServer(options);
  } else if (options != NIL) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
            errmsg("only servers of the wrapper debrief have options"),
            errhint("Keys are kept in the file that pg_debrief.key_file names."));
  }
  PG_RETURN_VOID();
}

}  // extern "C"
