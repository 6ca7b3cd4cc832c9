// http_message.h: a request as it was read, and an answer as it will be written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace debrief::console {

struct Target {
  std::string path;  // decoded; begins with "/"
  std::map<std::string, std::string> query;
};

// What stands between the method and the version. Nothing when it is no path, a name stands twice,
// or an escape is broken, or gives a control character, or is no UTF-8.
std::optional<Target> ParseTarget(std::string_view text);

struct Request {
  std::string method;
  std::string target;                          // as it came
  std::map<std::string, std::string> headers;  // names in lower case
  bool has_repeated_header = false;            // of those that decide something
  std::string body;
  std::string client;  // its address, without port
  // One that stands twice is a list of both, in the order in which they came.
  void AddHeader(std::string_view name, std::string_view value);
  // Empty when there is none.
  std::string Header(const std::string& name) const;
};

// What a stream waits for: see http_server.h.
class Stream;

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // in place of body
  int file = -1;                                   // in place of body; is closed when it is sent
  uint64_t file_at = 0;
  uint64_t file_bytes = 0;
  std::shared_ptr<Stream> stream;  // in place of body
};

Response TextResponse(unsigned status, std::string_view text);
Response JsonResponse(unsigned status, std::string json);
// {"error": ...} of the contract. `state` may be empty, and so may `hint`.
Response ErrorResponse(unsigned status, std::string_view state, std::string_view message,
                       std::string_view hint = "");

}  // namespace debrief::console
