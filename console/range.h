// range.h: which bytes a request wants.
#pragma once

#include <cstdint>
#include <string_view>

namespace debrief::console {

struct Range {
  enum class Kind { kWhole, kPart, kBeyond };
  Kind kind = Kind::kWhole;
  uint64_t at = 0;
  uint64_t bytes = 0;
};

// Of an object of `size` bytes. A header that cannot be read, or asks for several parts, is as
// none.
Range ParseRange(std::string_view header, uint64_t size);

}  // namespace debrief::console
