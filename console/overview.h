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
  // What costs more the more rows there are: asked for at a pace of its own.
  struct Part {
    const char* sql;
    int64_t good_ms;
    std::string text;  // JSON; empty: never known
    int64_t good_until_ms = INT64_MIN;
  };

  // With the lock held.
  std::optional<SqlError> Refresh();
  std::optional<SqlError> Refresh(Part& part);

  const std::shared_ptr<Connections> connections_;
  const Caller reader_;
  std::mutex mutex_;
  std::shared_ptr<const std::string> text_;
  int64_t good_until_ms_ = INT64_MIN;
  Part problems_;
  Part failures_;
};

}  // namespace debrief::console
