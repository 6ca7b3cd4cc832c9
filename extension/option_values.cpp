// option_values.cpp: see option_values.h.

extern "C" {
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "utils/acl.h"
}

#include "extension/option_values.h"

namespace debrief {
namespace {

constexpr int kUrlBytesMax = 2000;

// `rest`: of a URL, from its host on. No port at all is the scheme's.
bool HasUsablePort(const char* rest) {
  constexpr int kPortMax = 65535;
  constexpr size_t kDigitsMax = 5;
  const bool is_bracketed = *rest == '[';
  const char* at = rest + strcspn(rest, is_bracketed ? "]/" : ":/");
  if (is_bracketed && *at++ != ']') return false;
  if (*at == '\0' || *at == '/') return true;
  if (*at != ':') return false;
  const size_t digits = strspn(++at, "0123456789");
  if (digits == 0 || digits > kDigitsMax || (at[digits] != '\0' && at[digits] != '/')) return false;
  const int port = atoi(at);
  return port >= 1 && port <= kPortMax;
}

void CheckUrl(const char* name, const char* url) {
  const char* rest = nullptr;
  if (pg_strncasecmp(url, "http://", 7) == 0) rest = url + 7;
  if (pg_strncasecmp(url, "https://", 8) == 0) rest = url + 8;
  bool good = rest != nullptr && *rest != '\0' && *rest != '/' && strlen(url) <= kUrlBytesMax;
  for (const char* c = url; good && *c != '\0'; c++) {
    good = *c > ' ' && *c < 0x7f && strchr("?#@\\\"<>", *c) == nullptr;
  }
  if (good && HasUsablePort(rest)) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"%s\" is not a usable URL", name),
          errhint("Write it as https://host[:port][/path], without user, query or fragment; a port "
                  "is a number from 1 to 65535."));
}

void CheckPath(const char* path) {
  if (path[0] == '/' && path[1] != '\0' && strlen(path) < MAXPGPATH) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"path\" must be an absolute directory, and not /"),
          errhint("The server's own user must be able to read it, and to write it for audio."));
}

// The server's own user keeps its rights, or the next worker could not go on there.
void CheckMode(const OptionRule& rule, const char* value) {
  constexpr long kBits = 02777;  // with a directory's group for what is made in it
  constexpr int kOctal = 8;
  const long least = static_cast<long>(rule.minimum);
  const bool is_octal = strspn(value, "01234567") == strlen(value) && strlen(value) <= 4;
  const long mode = is_octal ? strtol(value, nullptr, kOctal) : 0;
  if ((mode & least) == least && (mode & ~kBits) == 0) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"%s\" must be an octal mode with 0%lo in it", rule.name, least),
          errhint("Such as 0%lo, which lets the group read too.",
                  least | (least == 0700 ? 0050 : 0040)));
}

// Workers read and write there as the server's own user, its data directory and key file included:
// PostgreSQL has roles for that, and being an operator is not one of them.
void CheckMayNameFiles() {
  const Oid user = GetUserId();
  if (has_privs_of_role(user, ROLE_PG_READ_SERVER_FILES) &&
      has_privs_of_role(user, ROLE_PG_WRITE_SERVER_FILES)) {
    return;
  }
  ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
          errmsg("permission denied to name a directory of the server"),
          errhint("Only superusers may, and roles with privileges of both pg_read_server_files and "
                  "pg_write_server_files."));
}

// As JSON writes numbers, without an exponent: they go into requests as they are.
bool IsNumber(const char* value) {
  const char* digits = *value == '-' ? value + 1 : value;
  const size_t whole = strspn(digits, "0123456789");
  if (whole == 0 || (digits[0] == '0' && whole > 1)) return false;
  if (digits[whole] == '\0') return true;
  const size_t part = strspn(digits + whole + 1, "0123456789");
  return digits[whole] == '.' && part > 0 && digits[whole + 1 + part] == '\0';
}

void CheckNumber(const OptionRule& rule, const char* value) {
  const bool is_whole = rule.kind == Kind::kWhole;
  const bool good = IsNumber(value) && !(is_whole && strchr(value, '.') != nullptr);
  const double number = good ? strtod(value, nullptr) : rule.minimum - 1;
  if (number >= rule.minimum && number <= rule.maximum) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"%s\" must be a %s from %.15g to %.15g", rule.name,
                 is_whole ? "whole number" : "number", rule.minimum, rule.maximum));
}

// Goes into headers, URLs and JSON: printable ASCII, and for a word no blanks.
void CheckText(const OptionRule& rule, const char* value) {
  constexpr size_t kBytesMax = 200;
  bool good = *value != '\0' && strlen(value) <= kBytesMax;
  for (const char* c = value; good && *c != '\0'; c++) {
    good = *c >= ' ' && *c < 0x7f && (*c != ' ' || rule.kind == Kind::kText);
  }
  if (good) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"%s\" must be %s of 1 to 200 bytes of printable ASCII", rule.name,
                 rule.kind == Kind::kText ? "a text" : "a word"));
}

// So narrow that a secret pasted here is none: most have capitals or dashes, or are long; those of
// some services are 32 hexadecimal digits.
bool IsKeyName(const char* value) {
  constexpr size_t kBytesMax = 32;
  const size_t length = strlen(value);
  return *value >= 'a' && *value <= 'z' && length <= kBytesMax &&
         strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
         (length < kBytesMax || strspn(value, "0123456789abcdef") < length);
}

// What was written may be the secret: the message does not repeat it.
void CheckKeyName(const char* value) {
  if (IsKeyName(value)) return;
  ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
          errmsg("option \"key\" is the name of a key, not a key"),
          errhint("A name is a lower-case letter and at most 31 more, digits or _. The secret goes "
                  "into the file that pg_debrief.key_file names: docs/providers.md, \"Keys\"."));
}

}  // namespace

void CheckValue(const OptionRule& rule, const char* value) {
  switch (rule.kind) {
    case Kind::kUrl:
      return CheckUrl(rule.name, value);
    case Kind::kPath:
      CheckPath(value);
      return CheckMayNameFiles();
    case Kind::kMode:
      return CheckMode(rule, value);
    case Kind::kKeyName:
      return CheckKeyName(value);
    case Kind::kNumber:
    case Kind::kWhole:
      return CheckNumber(rule, value);
    case Kind::kWord:
    case Kind::kText:
      return CheckText(rule, value);
  }
}

}  // namespace debrief
