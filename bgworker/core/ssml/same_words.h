// same_words.h: whether SSML says what it was made from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace debrief::ssml {

// Whether the documents say the words of the message, in whatever case and punctuation. A tenth of
// them may differ, and a word or two more: a model writes "ten percent" for "10%". Documents that
// Check() takes.
bool SayWordsOf(const std::vector<std::string>& documents, std::string_view message);

}  // namespace debrief::ssml
