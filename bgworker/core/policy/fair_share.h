// fair_share.h: whose turn it is while rows wait: one user's thousands are not to keep another
// user's one row waiting.
//
// Claims go by due time. While they come back full, the worker also reads on, ahead of them, and
// reports here what it saw; rows of users whom the last claim did not serve go first, user by user
// in turn. A row that is named here and gone by then costs nothing: its claim finds nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace debrief {

class FairShare {
 public:
  // Where reading on has come to: due time (microseconds since 1970) and id.
  struct Place {
    int64_t due_us = 0;
    int64_t id = 0;
  };
  static constexpr size_t kLookMax = 1'000;  // rows at a time
  static constexpr size_t kWaitingMax = 5'000;
  static constexpr size_t kWaitingOfUserMax = 500;
  static constexpr int64_t kLapMs = 1'000;

  // A claim came back full: whom it served, how many of its rows were retries, and the due time of
  // the last one in order.
  void ClaimedFull(const std::vector<std::string>& users, size_t retries, int64_t last_due_us,
                   int64_t now_ms);
  // A claim took all there was: nobody waits.
  void ClaimedAll();

  // Whether to read on, from where, and leaving whom out.
  bool is_wanted() const { return behind_; }
  const Place& place() const { return place_; }
  const std::vector<std::string>& served() const { return served_; }
  // Retries fill the claims: fresh rows are wanted whosever they are.
  bool wants_fresh() const { return wants_fresh_; }

  void Saw(int64_t id, const std::string& user);
  void ReadTo(const Place& place) { place_ = place; }
  // The ids whose turn it is; they are not named again.
  std::vector<int64_t> Next(size_t count);

 private:
  bool behind_ = false;
  bool wants_fresh_ = false;
  int64_t lap_began_ms_ = 0;
  Place place_;
  std::vector<std::string> served_;
  std::map<std::string, std::deque<int64_t>> waiting_;  // by user
  std::unordered_set<int64_t> waiting_ids_;
  std::string last_user_;  // who had the last turn
};

}  // namespace debrief
