// console_request_fuzz.cpp: what a browser, or whoever says to be one, sends to the console. The
// first line is the target, the second Host, the third Cookie, the fourth Range, the rest a payload
// of NOTIFY or a configuration file.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "console/http_message.h"
#include "console/options.h"
#include "console/range.h"
#include "console/rules.h"
#include "console/topic.h"

namespace {

std::string TakeLine(std::string* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string line = text->substr(0, end);
  text->erase(0, end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace debrief::console;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto target = ParseTarget(TakeLine(&text))) {
    if (target->path.empty() || target->path[0] != '/') std::abort();
    if (target->path.find('\0') != std::string::npos) std::abort();
    const std::string below = BelowPrefix(target->path, "/debrief");
    if (!below.empty() && below[0] != '/') std::abort();
    for (const auto& [name, value] : target->query) ParseTopic(value);
  }
  Request request;
  request.method = "POST";
  request.headers = {{"host", TakeLine(&text)}, {"content-type", "application/json"}};
  const bool is_taken = CheckOrigin(request, {"console.example.org"}).status == 0;
  const std::string& host = request.headers["host"];
  if (is_taken && host.find_first_of("/@ \\") != std::string::npos) std::abort();
  const std::string cookie = CookieValue(TakeLine(&text), kSessionCookie);
  if (cookie.find(';') != std::string::npos) std::abort();
  const std::string range_text = TakeLine(&text);
  for (const uint64_t object : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, UINT64_MAX}) {
    const Range range = ParseRange(range_text, object);
    if (range.at > object || range.bytes > object - range.at) std::abort();
    if (range.kind == Range::Kind::kPart && range.bytes == 0) std::abort();
  }
  const Announcement announcement = ParseAnnouncement(text);
  for (const auto* const ids : {&announcement.feedback, &announcement.analyses}) {
    for (const int64_t id : *ids) {
      if (id < 0) std::abort();
    }
  }
  const auto options = ParseOptions({"--config", "/f"}, [&](const std::string&) { return text; });
  if (const auto* const good = std::get_if<Options>(&options)) {
    if (!IsLoopback(good->listen->host) && !good->behind_tls) std::abort();
  }
  return 0;
}
