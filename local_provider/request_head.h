// request_head.h: what the head of a request must say before its body is read.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <optional>
#include <string>

#include "local_provider/protocol.h"

namespace debrief::local_provider {

struct AdmissionRules {
  std::string key;  // empty: none is asked for
  uint64_t body_bytes_max = 0;
};

// Absent when the request may go on.
std::optional<ErrorAnswer> Refusal(const httplib::Request& request, const AdmissionRules& rules);

// httplib reads any body with this Content-Type through its own multipart reader (see
// multipart.h), so the header is moved to another name before a route sees the request.
void HideContentType(httplib::Request& request);
std::string HiddenContentType(const httplib::Request& request);

}  // namespace debrief::local_provider
