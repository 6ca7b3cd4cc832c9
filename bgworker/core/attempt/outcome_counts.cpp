// outcome_counts.cpp: see outcome_counts.h.

#include "bgworker/core/attempt/outcome_counts.h"

#include <cassert>

namespace debrief {
namespace {

std::string_view OutcomeOf(const Attempt& attempt) {
  if (attempt.failure() == nullptr) return "completed";
  const bool goes_on = attempt.decision && attempt.decision->disposition != Disposition::kFailed;
  return goes_on ? "retried" : "failed";
}

std::string_view CodeOf(const Attempt& attempt) {
  return attempt.failure() != nullptr ? std::string_view(attempt.failure()->code) : "";
}

const std::string& ServerOf(const Attempt& attempt) {
  return attempt.failure() != nullptr ? attempt.server_at_fault().name
                                      : attempt.config->server.name;
}

}  // namespace

size_t OutcomeCounts::Find(const Attempt& attempt) const {
  size_t entry = 0;
  while (entry < counts.size() &&
         !(stages[entry] == StageName(attempt.job.stage) && servers[entry] == ServerOf(attempt) &&
           outcomes[entry] == OutcomeOf(attempt) && codes[entry] == CodeOf(attempt))) {
    entry++;
  }
  return entry;
}

void OutcomeCounts::AddEntry(const Attempt& attempt) {
  stages.emplace_back(StageName(attempt.job.stage));
  servers.push_back(ServerOf(attempt));
  outcomes.emplace_back(OutcomeOf(attempt));
  codes.emplace_back(CodeOf(attempt));
  for (auto* sums : {&counts, &attempts, &input_tokens, &output_tokens, &characters, &audio_ms}) {
    sums->push_back(0);
  }
  wait.Extend();
  call.Extend();
  duration.Extend();
}

void OutcomeCounts::Add(const Attempt& attempt) {
  const size_t entry = Find(attempt);
  if (entry == counts.size()) AddEntry(attempt);
  Apply(entry, attempt, 1);
}

void OutcomeCounts::Remove(const Attempt& attempt) {
  const size_t entry = Find(attempt);
  if (entry < counts.size()) Apply(entry, attempt, -1);
}

void OutcomeCounts::Apply(size_t entry, const Attempt& attempt, int64_t times) {
  const Job& job = attempt.job;
  counts[entry] += times;
  assert(counts[entry] >= 0);
  attempts[entry] += times * job.attempt;
  wait.Add(entry, job.waited_us, times);
  call.Add(entry, attempt.finished_us - attempt.started_us, times);
  // Feedback whose SSML is written goes on to be spoken.
  const bool is_spoken_later = attempt.failure() == nullptr && job.stage == Stage::kSsml;
  if (OutcomeOf(attempt) != "retried" && !is_spoken_later) {
    duration.Add(entry, job.asked_us + (now_us_ - attempt.started_us), times);
  }
  input_tokens[entry] += times * attempt.usage.input_tokens;
  output_tokens[entry] += times * attempt.usage.output_tokens;
  characters[entry] += times * attempt.usage.characters;
  audio_ms[entry] += times * static_cast<int64_t>(attempt.audio_ms);
}

}  // namespace debrief
