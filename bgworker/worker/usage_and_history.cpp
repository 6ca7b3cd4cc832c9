// usage_and_history.cpp: what is written down of settled rows: usage and the attempt history.

#include <algorithm>

#include "bgworker/worker/may_pass.h"
#include "bgworker/worker/settle_log.h"
#include "bgworker/worker/settler.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int64_t kUsageWaitMs = 200;

}  // namespace

// Also of what came too late: it was paid for.
void Settler::NoteUsage(const Attempt& row) {
  const std::string& server = row.config->server.name;
  auto sum = std::find_if(usage_.begin(), usage_.end(), [&](const UsageSum& candidate) {
    return candidate.stage == row.job.stage && candidate.server == server;
  });
  if (sum == usage_.end()) {
    usage_.push_back({.server = server, .stage = row.job.stage});
    sum = usage_.end() - 1;
  }
  sum->calls += row.calls;
  sum->failures += row.failure() != nullptr && !row.store_failed;
  sum->usage.input_tokens += row.usage.input_tokens;
  sum->usage.output_tokens += row.usage.output_tokens;
  sum->usage.characters += row.usage.characters;
  sum->audio_ms += row.audio_ms;
}

bool Settler::RecordUsage(When when) {
  if (usage_.empty()) return true;
  const int64_t now_ms = NowMs();
  if (usage_at_ms_ < 0) usage_at_ms_ = now_ms + kUsageWaitMs;
  if (usage_at_ms_ > now_ms && when == When::kWhenDue) return true;
  usage_at_ms_ = -1;
  if (database_->RecordUsage(&usage_)) return true;
  // What is refused for good would be refused again, and hold up all that comes after it.
  if (!MayPass(database_->error())) usage_.pop_back();
  if (!usage_.empty()) usage_at_ms_ = now_ms + kUsageWaitMs;
  return false;
}

void Settler::Record(Stage stage, const Batch& batch, const std::vector<SettleOutcome>& outcomes) {
  if (settings::attempt_history == settings::kHistoryOff) return;
  std::vector<Database::AttemptRecord> records;
  for (size_t i = 0; i < batch.size(); i++) {
    const bool failed = batch[i]->failure() != nullptr;
    if (outcomes[i] == SettleOutcome::kLocked) continue;
    if (!failed && outcomes[i] == SettleOutcome::kSettled &&
        settings::attempt_history != settings::kHistoryAll) {
      continue;
    }
    const bool stale = outcomes[i] == SettleOutcome::kStale;
    const bool decided = failed && !stale && batch[i]->decision.has_value();
    const char* const disposition = stale     ? "stale"
                                    : decided ? DispositionName(batch[i]->decision->disposition)
                                              : "completed";
    const bool goes_on = decided && batch[i]->decision->disposition != Disposition::kFailed;
    records.push_back({.attempt = batch[i].get(),
                       .disposition = disposition,
                       .next_ms = goes_on ? batch[i]->decision->delay_ms : -1});
  }
  if (!records.empty() && !database_->RecordAttempts(stage, records)) {
    LogRefusal(stage, records.size(), database_->error());
  }
}

}  // namespace debrief
