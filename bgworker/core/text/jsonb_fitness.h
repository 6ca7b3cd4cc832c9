// jsonb_fitness.h: valid JSON that PostgreSQL's jsonb refuses nevertheless. Found before the
// statement that would fail on it, for it would fail at every attempt.
#pragma once

#include <string>
#include <string_view>

namespace debrief {

// Empty when jsonb takes the text; else one short sentence. `json` has been parsed without error
// by json::Parse(), which finds NUL, bad UTF-8 and depth; what is left are numbers that numeric
// has no room for, and the lower half of a surrogate pair alone.
std::string WhyUnfitForJsonb(std::string_view json);

}  // namespace debrief
