// overview.h: the state of everything, asked for once a second for all who look.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "console/caller.h"

namespace debrief::console {

class Overview {
 public:
  explicit Overview(std::string conninfo);
  // JSON that is at most a second old (or older, when asking takes longer), or why there is none.
  std::variant<std::shared_ptr<const std::string>, SqlError> Get();

 private:
  // With the lock held.
  std::optional<SqlError> Refresh();

  const std::shared_ptr<Connections> connections_;
  const Caller reader_;
  std::mutex mutex_;
  std::shared_ptr<const std::string> text_;
  int64_t good_until_ms_ = INT64_MIN;
  std::string problems_ = "[]";
  int64_t problems_until_ms_ = INT64_MIN;
};

}  // namespace debrief::console
