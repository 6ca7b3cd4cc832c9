// lower_services.h: the tree in the terms of one service that speaks SSML of its own.
#pragma once

#include <string_view>

#include "bgworker/core/ssml/tree.h"

namespace debrief::ssml {

// Azure: a percentage is what is added there, and a rate is a factor from 0.5 to 2; loudness is a
// number from 0 to 100. HD voices know neither break nor prosody nor emphasis.
void LowerForAzure(Node* root, bool is_hd);

// Polly: rates are 20% to 200%, loudness is in dB; all engines but "standard" refuse a pitch, and
// "generative" a <prosody> that does not stand around whole sentences. A <say-as> must be one of
// those it knows.
void LowerForPolly(Node* root, std::string_view engine);

}  // namespace debrief::ssml
