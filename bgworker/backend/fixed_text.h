// fixed_text.h: texts in places of a fixed size.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "bgworker/core/text/utf8.h"

namespace debrief {

// What fits, cut between characters. The database would take half a character from the worker, but
// refuse it when its dump is restored.
template <size_t kBytes>
void CopyText(std::string_view text, char (&to)[kBytes]) {
  const size_t bytes = std::min(utf8::Cut(text, kBytes - 1).size(), kBytes - 1);
  std::memcpy(to, text.data(), bytes);
  to[bytes] = '\0';
}

}  // namespace debrief
