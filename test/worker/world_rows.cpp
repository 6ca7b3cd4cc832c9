// world_rows.cpp: the rows of the World, as sessions make and change them: each wakes the worker.

#include "bgworker/worker/worker.h"
#include "test/worker/fake_database.h"
#include "test/worker/world.h"

namespace debrief::sim {

int64_t World::AddRecording() {
  const int64_t id = next_id++;
  Row& row = rows[id];
  row.id = id;
  row.user_id = "u";
  row.of[0] = {.status = Status::kQueued, .due_us = unix_us()};
  Wake(WakeOf(Stage::kAnalysis));
  return id;
}

// `due_ago_us`: the transaction began so long before it commits now.
int64_t World::AddFeedback(const std::string& user_id, int64_t due_ago_us) {
  const int64_t id = next_id++;
  Row& row = rows[id];
  row.id = id;
  row.user_id = user_id;
  row.of[1] = {.status = Status::kQueued, .due_us = unix_us() - due_ago_us};
  row.of[2].status = Status::kQueued;
  Wake(WakeOf(Stage::kSsml));
  return id;
}

void World::Revoke(Row* row) {
  if (row->token == 0) return;
  revoked.insert(row->token);
  row->token = row->claimed_by = row->lease_until_us = 0;
  Wake(kWakeRevoked);
}

void World::Edit(int64_t id) {
  const auto found = rows.find(id);
  if (found == rows.end() || found->second.of[0].status != Status::kIdle) return;
  if (found->second.delivers != 0) return;
  Row& row = found->second;
  Revoke(&row);
  row.version++;
  row.unproven = 0;
  row.unproven_us = -1;
  row.of[1] = {.status = Status::kQueued, .due_us = unix_us()};
  row.of[2] = {.status = Status::kQueued};
  Wake(WakeOf(Stage::kSsml));
}

void World::Cancel(int64_t id) {
  const auto found = rows.find(id);
  if (found == rows.end()) return;
  Row& row = found->second;
  Row::OfStage& at = row.now();
  if (at.status != Status::kQueued && at.status != Status::kProcessing) return;
  Revoke(&row);
  at.status = Status::kFailed;
  at.due_us = -1;
  at.error_code = "cancelled";
  Ended(&row);
}

void World::Delete(int64_t id) {
  const auto found = rows.find(id);
  if (found == rows.end() || found->second.delivers != 0) return;
  Revoke(&found->second);
  rows.erase(found);
}

void World::Ended(Row* row) {
  if (row->delivers != 0 || row->of[0].status != Status::kIdle) return;
  row->ended_us = now_us;
  if (stages[3].stage.empty()) return;
  const int64_t id = next_id++;
  Row& delivery = rows[id];
  delivery.id = id;
  delivery.user_id = row->user_id;
  delivery.delivers = row->id;
  delivery.asked_us = now_us;
  delivery.of[3] = {.status = Status::kQueued, .due_us = unix_us()};
  Wake(WakeOf(Stage::kDeliver));
}

}  // namespace debrief::sim

namespace debrief {

bool Database::KeepSounds(const std::vector<const Attempt*>& rows) {
  if (sim::Fails(&error_)) return false;
  for (const Attempt* spoken : rows) {
    SettleOutcome outcome{};
    const sim::Row* row = sim::Held(*spoken, &outcome);
    for (const Sound& sound : spoken->sounds) {
      if (row != nullptr) sim::World::Get().kept_sounds[row->text()].insert(sound.segment_index);
    }
  }
  return sim::Committed();
}

}  // namespace debrief
