// rows_aside.h: rows that PostgreSQL lets the worker neither claim nor fail. They are left out of
// all claims, and each is tried alone now and then. Pure; one for each stage.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bgworker/core/policy/backoff.h"
#include "bgworker/core/policy/stage_schedule.h"

namespace debrief {

class RowsAside {
 public:
  static constexpr int64_t kWaitMs = 60'000;
  static constexpr int64_t kWaitMaxMs = 600'000;
  static constexpr size_t kRowsMax = 1'000;  // every claim names them

  // It was refused, perhaps again. Answers for how long it is left alone; 0: there is no room.
  int64_t Refused(const SeenRow& row, int64_t now_ms) {
    auto found = Find(row.id);
    if (found == rows_.end()) {
      if (rows_.size() == kRowsMax) return 0;
      rows_.push_back({.row = row});
      found = rows_.end() - 1;
    }
    const int64_t wait_ms = Doubled(kWaitMs, found->times++, kWaitMaxMs);
    found->until_ms = now_ms + wait_ms;
    return wait_ms;
  }
  void Forget(int64_t id) {
    std::erase_if(rows_, [&](const Entry& entry) { return entry.row.id == id; });
  }
  bool Has(int64_t id) { return Find(id) != rows_.end(); }
  std::vector<int64_t> Ids() const {
    std::vector<int64_t> ids;
    for (const Entry& entry : rows_) ids.push_back(entry.row.id);
    return ids;
  }

  // Those whose time has come; it comes again, however they fare.
  std::vector<SeenRow> TakeDue(int64_t now_ms) {
    std::vector<SeenRow> due;
    for (Entry& entry : rows_) {
      if (entry.until_ms > now_ms) continue;
      entry.until_ms = now_ms + kWaitMs;
      due.push_back(entry.row);
    }
    return due;
  }
  void MakeDue() {
    for (Entry& entry : rows_) entry.until_ms = 0;
  }
  // When one is to be tried; -1: there is none.
  int64_t NextMs() const {
    int64_t next_ms = -1;
    for (const Entry& entry : rows_) next_ms = Earlier(next_ms, entry.until_ms);
    return next_ms;
  }

 private:
  struct Entry {
    SeenRow row;
    int times = 0;
    int64_t until_ms = 0;
  };
  std::vector<Entry>::iterator Find(int64_t id) {
    return std::find_if(rows_.begin(), rows_.end(),
                        [&](const Entry& entry) { return entry.row.id == id; });
  }
  std::vector<Entry> rows_;
};

}  // namespace debrief
