#include "local_provider/request_head.h"

#include <charconv>
#include <string_view>

namespace debrief::local_provider {
namespace {

constexpr char kContentType[] = "Content-Type";
constexpr char kHiddenContentType[] = "Debrief-Content-Type";
constexpr char kProtocolVersion[] = "1";

// Takes the same time wherever the texts begin to differ.
bool IsSameSecret(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    difference |= static_cast<unsigned char>(left[i] ^ right[i]);
  }
  return difference == 0;
}

std::optional<uint64_t> BodyBytes(const httplib::Request& request) {
  if (request.get_header_value_count("Content-Length") != 1) return std::nullopt;
  const std::string text = request.get_header_value("Content-Length");
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<ErrorAnswer> Refusal(const httplib::Request& request, const AdmissionRules& rules) {
  if (!rules.key.empty() &&
      !IsSameSecret(request.get_header_value("Authorization"), "Bearer " + rules.key)) {
    return ErrorAnswer{401, "unauthorized", "The key is missing or wrong.", 0};
  }
  // A page in a browser cannot send this header to another site unasked, so it also keeps
  // foreign pages from using a server on loopback.
  if (request.get_header_value("Debrief-Protocol") != kProtocolVersion) {
    return BadRequest("The header \"Debrief-Protocol: 1\" is missing.");
  }
  if (request.has_header("Transfer-Encoding") || request.has_header("Content-Encoding")) {
    return BadRequest("A body must be sent plain, with its Content-Length.");
  }
  const auto bytes = BodyBytes(request);
  if (!bytes) return BadRequest("A body needs exactly one Content-Length.");
  if (*bytes > rules.body_bytes_max) {
    return TooLarge("The body is longer than " + std::to_string(rules.body_bytes_max) + " bytes.");
  }
  return std::nullopt;
}

void HideContentType(httplib::Request& request) {
  const std::string type = request.get_header_value(kContentType);
  request.headers.erase(kContentType);
  request.headers.erase(kHiddenContentType);
  request.headers.emplace(kHiddenContentType, type);
}

std::string HiddenContentType(const httplib::Request& request) {
  return request.get_header_value(kHiddenContentType);
}

}  // namespace debrief::local_provider
