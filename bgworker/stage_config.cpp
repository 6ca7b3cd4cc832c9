// stage_config.cpp: reads the configuration's text. What a validator or trigger checked when it
// was written is not checked again; what may have gone since (a dropped server) is.

#include "stage_config.h"

#include <cstdlib>
#include <string_view>

#include "core/json.h"

namespace debrief {
namespace {

int64_t Number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

std::string Option(const std::optional<json::Value>& options, std::string_view name) {
  if (!options || !options->IsObject()) return {};
  const std::optional<json::Value> value = options->Find(name);
  return value && value->IsString() ? std::string(value->String()) : std::string();
}

std::string WithoutTrailingSlash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

Stage StageOf(const std::string& name) {
  if (name == "analysis") return Stage::kAnalysis;
  return name == "ssml" ? Stage::kSsml : Stage::kAudio;
}

constexpr int64_t kSsmlBytesMaxDefault = 5'000;

}  // namespace

StageConfig ParseStageConfig(const StageConfigRow& row) {
  std::string error;
  const std::optional<json::Value> options = json::Parse(row.options, &error);
  const std::optional<json::Value> store_options = json::Parse(row.store_options, &error);
  StageConfig config;
  config.stage = StageOf(row.stage);
  config.server.name = row.server;
  config.server.kind = row.kind;
  config.server.base_url = WithoutTrailingSlash(Option(options, "base_url"));
  config.server.instruction = row.instruction;
  config.server.timeout_ms = Number(row.timeout_ms);
  const int64_t ssml_bytes_max = Number(Option(options, "ssml_bytes_max"));
  config.server.ssml_bytes_max = ssml_bytes_max > 0 ? ssml_bytes_max : kSsmlBytesMaxDefault;
  config.key_name = Option(options, "key");
  config.store = row.store;
  config.store_kind = row.store_kind;
  config.store_path = Option(store_options, "path");
  config.store_public_url = WithoutTrailingSlash(Option(store_options, "public_url"));
  config.policy.attempts_max = static_cast<int>(Number(row.max_attempts));
  config.policy.deferrals_max = static_cast<int>(Number(row.max_deferrals));
  config.policy.backoff_base_ms = Number(row.backoff_base_ms);
  config.policy.backoff_cap_ms = Number(row.backoff_cap_ms);
  config.max_in_flight = static_cast<int>(Number(row.max_in_flight));
  config.paused = row.paused == "t";
  config.parked_ms = Number(row.parked_ms);
  config.failures = static_cast<int>(Number(row.failures));
  return config;
}

Problem FindProblem(const StageConfig& config) {
  const std::string stage = StageName(config.stage);
  const std::string row = "the row of debrief.stages for \"" + stage + "\"";
  if (config.server.name.empty()) {
    return {"no server serves stage \"" + stage + "\"", "Name one in " + row + "."};
  }
  if (config.server.kind.empty()) {
    return {"server \"" + config.server.name + "\" of stage \"" + stage + "\" does not exist",
            "CREATE SERVER ... FOREIGN DATA WRAPPER debrief, or name another one in " + row + "."};
  }
  if (FindProvider(config.server.kind) == nullptr) {
    return {
        "server \"" + config.server.name + "\" has the unknown kind \"" + config.server.kind + "\"",
        "This server runs an older pg_debrief library than its SQL: restart it."};
  }
  if (config.stage == Stage::kSsml) return {};
  if (config.store_kind.empty()) {
    return {"stage \"" + stage + "\" has no store",
            config.stage == Stage::kAnalysis
                ? "Name a server of kind \"directory\" with the recordings in " + row + "."
                : "Name a server of kind \"database\" or \"directory\" in " + row + "."};
  }
  return {};
}

std::optional<Failure> ResolveKey(const Keyring& keyring, StageConfig* config) {
  if (config->key_name.empty()) return std::nullopt;
  std::variant<std::string, Failure> key = keyring.Find(config->key_name, config->server.base_url);
  if (Failure* failure = std::get_if<Failure>(&key)) return std::move(*failure);
  config->server.key = std::move(std::get<std::string>(key));
  return std::nullopt;
}

}  // namespace debrief
