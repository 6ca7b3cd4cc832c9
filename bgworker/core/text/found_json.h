// found_json.h: the JSON in what a language model wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bgworker/core/text/json.h"

namespace debrief::json {

struct Found {
  std::string text;  // as it was parsed
  Value value;
};

// The object with an array of this name: alone, in a fence, in prose, behind <think>...</think>,
// in another object, or written once more as a JSON string. Of several the last one counts, because
// drafts come first; so do keys that occur twice, see Value::Find(). Slips that leave no doubt are
// corrected: control characters and wrong escapes in strings, \u0000 and halves of surrogate pairs
// (left out), a comma before a closing bracket.
std::optional<Found> FindObject(std::string_view text, std::string_view array);

}  // namespace debrief::json
