// local_store.h: a store that makes no requests, so no answer comes to it either.
#pragma once

#include <optional>
#include <string_view>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/object_store.h"

namespace debrief {

class LocalStore : public Store {
 public:
  PutStep NextPut(const ServerConfig&, const CallContext&, const NewObject&, const Response&,
                  bool) const final {
    return NoAnswer();
  }
  std::optional<Failure> ReadGet(const ServerConfig&, const Response&) const final {
    return NoAnswer();
  }
  std::optional<Failure> ReadDelete(const ServerConfig&, const Response&) const final {
    return NoAnswer();
  }
  std::optional<Failure> ReadProbe(const ServerConfig&, const Response&) const final {
    return NoAnswer();
  }

 private:
  static Failure NoAnswer() { return NotConfigured("the store makes no requests"); }
};

}  // namespace debrief
