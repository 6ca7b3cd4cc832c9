#include "local_provider/request_log.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>

namespace debrief::local_provider {
namespace {

using Clock = std::chrono::steady_clock;

// Zero while the thread has no request: one that could not be parsed is logged with 0 ms.
thread_local Clock::time_point request_start;

}  // namespace

void BeginRequest() { request_start = Clock::now(); }

void LogRequest(const httplib::Request& request, const httplib::Response& response) {
  const bool has_start = request_start != Clock::time_point();
  const auto elapsed = has_start ? Clock::now() - request_start : Clock::duration();
  request_start = {};
  std::fprintf(stderr, "%s %s %d %lld ms %s\n", Harmless(request.method).c_str(),
               Harmless(request.path).c_str(), response.status,
               static_cast<long long>(
                   std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()),
               Harmless(request.get_header_value("Debrief-Correlation-Id")).c_str());
}

std::string Harmless(std::string_view text) {
  constexpr size_t kCharactersMax = 64;
  const bool is_harmless = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
  if (text.empty() || text.size() > kCharactersMax || !is_harmless) return "-";
  return std::string(text);
}

}  // namespace debrief::local_provider
