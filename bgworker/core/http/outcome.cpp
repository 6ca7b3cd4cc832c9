// outcome.cpp: see outcome.h.
#include "bgworker/core/http/outcome.h"

#include <algorithm>

namespace debrief {
namespace {

using Transport = Response::Transport;

constexpr size_t kMessageBytesMax = 200;
// CURLE_TOO_LARGE since libcurl 8.6; before, a header line over its limit was "out of memory".
constexpr int kCurleTooLarge = 100;

bool IsHeaderLineTooLong(const TransferFacts& facts) {
  const int code = facts.code;
  return facts.request_began && (code == CURLE_OUT_OF_MEMORY || code == kCurleTooLarge);
}

const char* Phase(const TransferFacts& facts) {
  if (facts.answer_began) return "receiving the answer";
  if (facts.request_began) {
    return facts.body_sent ? "waiting for the first byte" : "sending the request";
  }
  if (facts.opened_connection) return "agreeing on TLS";
  return facts.name_resolved ? "connecting" : "resolving the name";
}

std::string Printable(std::string_view message) {
  std::string text(message.substr(0, kMessageBytesMax));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

}  // namespace

Transport Classify(const TransferFacts& facts) {
  switch (facts.stopped_by) {
    case StoppedBy::kBodyLimit:
    case StoppedBy::kHeaderLimit:
      return Transport::kTooLarge;
    case StoppedBy::kShortFile:
    case StoppedBy::kMemory:
    case StoppedBy::kSink:
      return Transport::kBroken;
    case StoppedBy::kAddress:
      return Transport::kForbidden;
    case StoppedBy::kNobody:
      break;
  }
  // Not by the code alone: libcurl sends a request again when a warm connection dies, and a
  // failure to connect is then no proof that the server never saw the request.
  const bool sent = facts.request_began;
  switch (facts.code) {
    case CURLE_OK:
      return Transport::kOk;
    case CURLE_OPERATION_TIMEDOUT:
      return sent ? Transport::kTimeout : Transport::kUnreachable;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:  // of the URL, or later of the answer
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return sent ? Transport::kBroken : Transport::kRefused;
    default:
      if (IsHeaderLineTooLong(facts)) return Transport::kTooLarge;
      return sent ? Transport::kBroken : Transport::kUnreachable;
  }
}

bool WorthFreshConnection(const TransferFacts& facts) {
  if (facts.stopped_by != StoppedBy::kNobody) return false;
  if (facts.opened_connection || facts.answer_began) return false;
  switch (facts.code) {
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

std::string Describe(const TransferFacts& facts, std::string_view libcurl_message) {
  switch (facts.stopped_by) {
    case StoppedBy::kBodyLimit:
      return "the answer's body is too large";
    case StoppedBy::kHeaderLimit:
      return "the answer's headers are too large";
    case StoppedBy::kShortFile:
      return "the file is shorter than announced or cannot be read";
    case StoppedBy::kMemory:
      return "no memory for the answer";
    case StoppedBy::kSink:
      return "the answer cannot be written to its temporary file";
    case StoppedBy::kAddress:
      return "the host's address is not a public one, and pg_debrief.allowed_hosts does not list "
             "it";
    case StoppedBy::kNobody:
      break;
  }
  if (IsHeaderLineTooLong(facts)) return "the answer's headers are too large";
  const std::string during = std::string(" while ") + Phase(facts);
  if (facts.code == CURLE_OPERATION_TIMEDOUT) {
    return "timed out after " + std::to_string(facts.elapsed_ms) + " ms" + during;
  }
  if (libcurl_message.empty()) libcurl_message = curl_easy_strerror(facts.code);
  std::string message = Printable(libcurl_message);
  return Classify(facts) == Transport::kBroken ? message + during : message;
}

}  // namespace debrief
