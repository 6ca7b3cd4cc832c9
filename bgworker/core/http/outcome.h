// outcome.h: what a transfer's end means. Pure: facts in, judgement and message out.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bgworker/core/http/request.h"

namespace debrief {

// Why our own callbacks ended a transfer.
enum class StoppedBy {
  kNobody,
  kBodyLimit,
  kHeaderLimit,
  kShortFile,
  kMemory,
  kSink,     // the file that the body goes to cannot be written
  kAddress,  // no address of the host is one that requests may go to
};

struct TransferFacts {
  CURLcode code = CURLE_OK;
  StoppedBy stopped_by = StoppedBy::kNobody;
  bool name_resolved = false;
  bool opened_connection = false;  // TCP; else a warm one was used, or none came about
  bool request_began = false;      // at least one byte was handed to the connection, in any try
  bool body_sent = false;
  bool answer_began = false;
  int64_t elapsed_ms = 0;
};

Response::Transport Classify(const TransferFacts& facts);

// A kept connection that died unnoticed says nothing about the server: once more, on a new one.
// libcurl does so itself when it reads the death; what is left is a death met while sending.
bool WorthFreshConnection(const TransferFacts& facts);

// One line of printable ASCII for the operator. `libcurl_message` may quote the server.
std::string Describe(const TransferFacts& facts, std::string_view libcurl_message);

}  // namespace debrief
