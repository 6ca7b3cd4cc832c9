// bytes.h: sounds and recordings, from the stores that the console can reach.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "console/caller.h"
#include "console/http_message.h"

namespace debrief::console {

using Stores = std::map<std::string, std::string>;  // name -> folder

Response AnswerSound(const Caller& caller, const Request& request, int64_t feedback,
                     std::string_view segment, const Stores& stores);
// `reader` is the console itself: owners may not read which store the recordings are in.
Response AnswerRecording(const Caller& caller, const Caller& reader, const Request& request,
                         int64_t recording, const Stores& stores);

}  // namespace debrief::console
