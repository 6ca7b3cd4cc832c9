// sounds.h: what a service sends as a sound, looked at before it is believed.
#pragma once

#include <optional>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief {

// Why the bytes are no WAV and no MP3; nothing when they are one. Another format of sounds comes
// from how the server is set up: it would come again, and be billed again, for every row. `option`
// is the one that chooses the format; empty: the server has none.
std::optional<Failure> WhyNoSound(const ServerConfig& server, std::string_view bytes,
                                  std::string_view option);

// The sound of the words. No byte at all is no failure where they are punctuation or symbols alone,
// which some services pass over. With a `raw_rate_hz` the bytes may be samples, which say nothing
// of themselves: only if they cannot be anything else, and last as long as the words might.
Step TakeSound(const ServerConfig& server, AudioResult result, std::string_view words,
               int raw_rate_hz = 0);

}  // namespace debrief
