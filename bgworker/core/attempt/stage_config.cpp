// stage_config.cpp: reads the configuration's text. What a validator or trigger checked when it
// was written is not checked again; what may have gone since (a dropped server) is.

#include "bgworker/core/attempt/stage_config.h"

#include <cstdlib>
#include <string_view>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/json.h"

namespace debrief {
namespace {

int64_t Number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

std::string WithoutTrailingSlash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

Stage StageOf(const std::string& name) {
  int stage = 0;
  while (stage + 1 < kStageCount && name != kStages[stage].name) stage++;
  return static_cast<Stage>(stage);
}

}  // namespace

ServerConfig ParseServer(std::string name, std::string kind, const std::string& options) {
  ServerConfig server;
  server.name = std::move(name);
  server.kind = std::move(kind);
  std::string error;
  if (const std::optional<json::Value> written = json::Parse(options, &error);
      written && written->IsObject()) {
    written->ForEachMember([&](std::string_view option, const json::Value& value) {
      if (value.IsString()) server.options.emplace(option, value.String());
    });
  }
  server.base_url = WithoutTrailingSlash(server.Option("base_url"));
  const Service* adapter = FindService(server.kind);
  if (adapter != nullptr) server.base_url = WithoutTrailingSlash(adapter->BaseUrl(server));
  const int64_t ssml_bytes_max = Number(server.Option("ssml_bytes_max"));
  if (ssml_bytes_max > 0) server.ssml_bytes_max = ssml_bytes_max;
  return server;
}

StageConfig ParseStageConfig(const StageConfigRow& row) {
  StageConfig config;
  config.stage = StageOf(row.stage);
  config.server = ParseServer(row.server, row.kind, row.options);
  config.server.instruction = row.instruction;
  config.server.timeout_ms = Number(row.timeout_ms);
  config.store = ParseServer(row.store, row.store_kind, row.store_options);
  config.store.timeout_ms = config.server.timeout_ms;
  config.store_public_url = WithoutTrailingSlash(config.store.Option("public_url"));
  config.limits = {.max_in_flight = static_cast<int>(Number(config.server.Option("max_in_flight"))),
                   .calls_per_minute = Number(config.server.Option("calls_per_minute")),
                   .calls_per_day = Number(config.server.Option("calls_per_day")),
                   .tokens_per_day = Number(config.server.Option("tokens_per_day")),
                   .characters_per_day = Number(config.server.Option("characters_per_day")),
                   .has_cost_per_day = !config.server.Option("cost_per_day").empty()};
  config.policy.attempts_max = static_cast<int>(Number(row.max_attempts));
  config.policy.backoff_base_ms = Number(row.backoff_base_ms);
  config.policy.backoff_cap_ms = Number(row.backoff_cap_ms);
  config.max_in_flight = static_cast<int>(Number(row.max_in_flight));
  config.paused = row.paused == "t";
  config.parked_ms = Number(row.parked_ms);
  config.failures = static_cast<int>(Number(row.failures));
  config.store_parked_ms = Number(row.store_parked_ms);
  config.store_failures = static_cast<int>(Number(row.store_failures));
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
  if (!Serves(config.server.kind, config.stage)) {
    return {"server \"" + config.server.name + "\" of kind \"" + config.server.kind +
                "\" cannot serve stage \"" + stage + "\"",
            "Name another server in " + row + "."};
  }
  const bool needs_store = config.stage == Stage::kAudio ||
                           (config.stage == Stage::kAnalysis &&
                            FindProvider(config.server.kind)->NeedsVideo(config.server));
  if (!needs_store) return {};
  if (config.store.kind.empty()) {
    return {"stage \"" + stage + "\" has no store",
            config.stage == Stage::kAnalysis
                ? "Name the store that keeps the recordings (kind directory, supabase or s3) in " +
                      row + "."
                : "Name a store (kind database, directory, supabase or s3) in " + row + "."};
  }
  if (FindStore(config.store.kind) == nullptr) {
    return {
        "store \"" + config.store.name + "\" has the unknown kind \"" + config.store.kind + "\"",
        "This server runs an older pg_debrief library than its SQL: restart it."};
  }
  return {};
}

std::optional<Failure> ResolveKey(const Keyring& keyring, ServerConfig* server) {
  const std::string name = server->Option("key");
  if (name.empty()) return std::nullopt;
  std::variant<std::string, Failure> key = keyring.Find(name, server->base_url);
  if (Failure* failure = std::get_if<Failure>(&key)) return std::move(*failure);
  server->key = std::move(std::get<std::string>(key));
  return std::nullopt;
}

}  // namespace debrief
