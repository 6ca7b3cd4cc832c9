// server_options.cpp: checks the options of CREATE SERVER when they are written, so that a mistake
// is an error with a HINT there, and not a stalled pipeline later.
//
// docs/providers.md says what each option means, and option_values.cpp checks its value.

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

#include "extension/option_values.h"

namespace debrief {
namespace {

#define PROVIDERS "http gemini google_tts openai azure_speech elevenlabs polly"
#define COUNTED PROVIDERS " fake webhook"
#define REMOTE_STORES "supabase s3"

constexpr double kNumberMax = 1e12;

constexpr OptionRule kRules[] = {
    {"http supabase webhook", "base_url", Kind::kUrl, true},
    {"gemini google_tts openai azure_speech elevenlabs polly s3", "base_url", Kind::kUrl},
    {PROVIDERS " " REMOTE_STORES, "key", Kind::kKeyName},
    {"webhook", "key", Kind::kKeyName, true},
    {"webhook", "events", Kind::kWord},
    {"template", "kind", Kind::kWord, true},
    {"http fake", "ssml_bytes_max", Kind::kWhole, false, 200, 65536},
    // Limits of the server, over all stages and workers.
    {COUNTED, "max_in_flight", Kind::kWhole, false, 1, 5000},
    {COUNTED, "calls_per_minute", Kind::kWhole, false, 1, 1e6},
    {COUNTED, "calls_per_day", Kind::kWhole, false, 1, kNumberMax},
    {COUNTED, "tokens_per_day", Kind::kWhole, false, 1, kNumberMax},
    {COUNTED, "characters_per_day", Kind::kWhole, false, 1, kNumberMax},
    {COUNTED, "cost_per_day", Kind::kNumber, false, 0, kNumberMax},
    {COUNTED, "price_per_million_input_tokens", Kind::kNumber, false, 0, 1e6},
    {COUNTED, "price_per_million_output_tokens", Kind::kNumber, false, 0, 1e6},
    {COUNTED, "price_per_million_characters", Kind::kNumber, false, 0, 1e6},
    {COUNTED, "price_per_audio_minute", Kind::kNumber, false, 0, 1e6},
    // Models, voices, sound.
    {"gemini openai", "analysis_model", Kind::kWord},
    {"gemini openai", "ssml_model", Kind::kWord},
    {"gemini openai", "speech_model", Kind::kWord},
    {"elevenlabs", "model", Kind::kWord, true},
    {"gemini google_tts openai azure_speech elevenlabs polly", "voice", Kind::kWord},
    {"gemini openai", "inline_bytes_max", Kind::kWhole, false, 0, 100e6},
    {"gemini openai", "output_tokens_max", Kind::kWhole, false, 1, 1e6},
    {"gemini", "api_version", Kind::kWord},
    {"gemini", "fps", Kind::kNumber, false, 0.01, 24},
    {"gemini", "media_resolution", Kind::kWord},
    {"gemini", "thinking_level", Kind::kWord},
    {"gemini", "safety", Kind::kWord},
    {"gemini", "speech_style", Kind::kWord},
    {"gemini", "poll_seconds_max", Kind::kWhole, false, 1, 86400},
    {"gemini google_tts", "token_url", Kind::kUrl},
    {"google_tts", "encoding", Kind::kWord},
    {"google_tts", "speaking_rate", Kind::kNumber, false, 0.25, 2},
    {"google_tts", "pitch", Kind::kNumber, false, -20, 20},
    {"google_tts", "volume_gain_db", Kind::kNumber, false, -96, 16},
    {"google_tts", "sample_rate_hertz", Kind::kWhole, false, 8000, 48000},
    {"google_tts", "effects_profile", Kind::kWord},
    {"google_tts", "input", Kind::kWord},
    {"openai", "speech_format", Kind::kWord},
    {"openai elevenlabs", "speed", Kind::kNumber, false, 0.25, 4},
    {"openai", "speech_instructions", Kind::kWord},
    {"openai", "json_schema", Kind::kWord},
    {"openai", "tokens_field", Kind::kWord},
    {"openai", "video_input", Kind::kWord},
    {"openai", "stream_format", Kind::kWord},
    {"azure_speech polly s3", "region", Kind::kWord},
    {"azure_speech elevenlabs polly", "output_format", Kind::kWord},
    {"elevenlabs", "stability", Kind::kNumber, false, 0, 1},
    {"elevenlabs", "similarity_boost", Kind::kNumber, false, 0, 1},
    {"elevenlabs", "style", Kind::kNumber, false, 0, 1},
    {"elevenlabs", "use_speaker_boost", Kind::kWord},
    {"elevenlabs", "seed", Kind::kWhole, false, 0, 4294967295.0},
    {"elevenlabs", "input_max", Kind::kWhole, false, 100, 1e6},
    {"polly", "engine", Kind::kWord},
    {"polly", "sample_rate", Kind::kWhole, false, 8000, 48000},
    // Faults on demand.
    {"fake", "fail_words", Kind::kText},
    {"fake", "fail_rate", Kind::kNumber, false, 0, 1},
    {"fake", "fail_code", Kind::kWord},
    {"fake", "delay_ms", Kind::kWhole, false, 0, 600e3},
    // Stores.
    {REMOTE_STORES, "bucket", Kind::kWord, true},
    {REMOTE_STORES, "prefix", Kind::kText},
    {"supabase", "cache_control", Kind::kText},
    {"s3", "style", Kind::kWord},
    {"s3", "no_overwrite", Kind::kWord},
    {"directory", "path", Kind::kPath, true},
    {"directory", "file_mode", Kind::kMode, false, 0600},
    {"directory", "dir_mode", Kind::kMode, false, 0700},
    {"directory database " REMOTE_STORES, "public_url", Kind::kUrl},
};

constexpr char kKindsHint[] =
    "Providers: http, template, gemini, google_tts, openai, azure_speech, elevenlabs, polly, fake. "
    "Receivers: webhook. Stores: directory, database, supabase, s3.";

const char* ValueOf(List* options, const char* name) {
  ListCell* cell;
  foreach (cell, options) {
    DefElem* option = static_cast<DefElem*>(lfirst(cell));
    if (strcmp(option->defname, name) == 0) return defGetString(option);
  }
  return nullptr;
}

bool IsOneOf(const char* kinds, const char* kind) {
  const size_t length = strlen(kind);
  for (const char* at = kinds; (at = strstr(at, kind)) != nullptr; at += length) {
    if ((at == kinds || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
  }
  return false;
}

bool IsKnownKind(const char* kind) {
  if (*kind == '\0' || strchr(kind, ' ') != nullptr) return false;
  for (const OptionRule& rule : kRules) {
    if (IsOneOf(rule.kinds, kind)) return true;
  }
  return false;
}

// Null when servers of the kind have no such option.
const OptionRule* RuleOf(const char* kind, const char* name) {
  for (const OptionRule& rule : kRules) {
    if (strcmp(rule.name, name) == 0 && IsOneOf(rule.kinds, kind)) return &rule;
  }
  return nullptr;
}

// What one rule alone cannot say.
void CheckTogether(const char* kind, List* options) {
  const char* events = ValueOf(options, "events");
  if (events != nullptr && strcmp(events, "analyses") != 0 && strcmp(events, "items") != 0 &&
      strcmp(events, "all") != 0) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
            errmsg("option \"events\" must be \"analyses\", \"items\" or \"all\""));
  }
  if (!IsOneOf("azure_speech polly s3", kind) || ValueOf(options, "region") != nullptr) return;
  if (strcmp(kind, "azure_speech") == 0 && ValueOf(options, "base_url") != nullptr) return;
  ereport(ERROR, errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
          errmsg("a server of kind \"%s\" needs the option \"region\"", kind));
}

void CheckServer(List* options) {
  const char* kind = ValueOf(options, "kind");
  if (kind == nullptr) {
    ereport(ERROR, errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND), errmsg("option \"kind\" is missing"),
            errhint("%s", kKindsHint));
  }
  if (!IsKnownKind(kind)) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
            errmsg("unknown kind \"%s\"", kind), errhint("%s", kKindsHint));
  }
  ListCell* cell;
  foreach (cell, options) {
    DefElem* option = static_cast<DefElem*>(lfirst(cell));
    const OptionRule* rule = RuleOf(kind, option->defname);
    if (rule == nullptr && strcmp(option->defname, "kind") != 0) {
      ereport(ERROR, errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
              errmsg("a server of kind \"%s\" has no option \"%s\"", kind, option->defname),
              errhint("docs/providers.md lists the options of each kind."));
    }
    if (rule != nullptr) CheckValue(*rule, defGetString(option));
  }
  for (const OptionRule& rule : kRules) {
    if (rule.required && IsOneOf(rule.kinds, kind) && ValueOf(options, rule.name) == nullptr) {
      ereport(ERROR, errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
              errmsg("a server of kind \"%s\" needs the option \"%s\"", kind, rule.name));
    }
  }
  CheckTogether(kind, options);
}

// Whatever is wrong, a secret may be among what was written: the log does not repeat the statement.
void HideStatement(void*) { errhidestmt(true); }

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_fdw_validator);

PGDLLEXPORT Datum debrief_fdw_validator(PG_FUNCTION_ARGS) {
  List* options = untransformRelOptions(PG_GETARG_DATUM(0));
  ErrorContextCallback context = {error_context_stack, debrief::HideStatement, nullptr};
  error_context_stack = &context;
  if (PG_GETARG_OID(1) == ForeignServerRelationId) {
    debrief::CheckServer(options);
  } else if (options != NIL) {
    ereport(ERROR, errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
            errmsg("only servers of the wrapper debrief have options"),
            errhint("Keys are kept in the file that pg_debrief.key_file names."));
  }
  error_context_stack = context.previous;
  PG_RETURN_VOID();
}

}  // extern "C"
