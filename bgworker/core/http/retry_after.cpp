// retry_after.cpp: strict where libcurl's own reading (CURLINFO_RETRY_AFTER) is lenient: that
// one takes "12 monkeys" for 12 seconds, and a date of the past for a negative number.
#include "bgworker/core/http/retry_after.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace debrief {
namespace {

constexpr int64_t kSecondsMax = 24 * 60 * 60;
constexpr size_t kValueBytesMax = 64;  // the longest HTTP-date has 33

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string_view Trimmed(const char* value) {
  std::string_view text(value, strnlen(value, kValueBytesMax + 1));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whole seconds, as the header is defined; a fraction, which some services send, counts as one.
std::optional<int64_t> WholeSeconds(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view fraction = text.substr(whole.size());
  const bool is_number = !whole.empty() && std::all_of(whole.begin(), whole.end(), IsDigit) &&
                         fraction.size() != 1 &&
                         std::all_of(fraction.begin() + !fraction.empty(), fraction.end(), IsDigit);
  if (!is_number) return std::nullopt;
  int64_t seconds = 0;
  for (const char digit : whole) seconds = std::min(kSecondsMax, seconds * 10 + (digit - '0'));
  const bool is_more = fraction.find_first_of("123456789") != std::string_view::npos;
  return std::min(kSecondsMax, seconds + (is_more ? 1 : 0));
}

// Every form of HTTP-date begins with the name of a weekday.
std::optional<int64_t> DateSeconds(const char* value) {
  if (value == nullptr || !IsLetter(value[0])) return std::nullopt;
  if (strnlen(value, kValueBytesMax + 1) > kValueBytesMax) return std::nullopt;
  const time_t seconds = curl_getdate(value, nullptr);
  if (seconds < 0) return std::nullopt;
  return seconds;
}

}  // namespace

std::optional<int64_t> RetryAfterMs(const char* value, const char* date, int64_t now_seconds) {
  const std::string_view text = Trimmed(value);
  if (text.empty() || text.size() > kValueBytesMax) return std::nullopt;
  if (const std::optional<int64_t> seconds = WholeSeconds(text)) return *seconds * 1000;
  const std::optional<int64_t> until = DateSeconds(value);
  if (!until) return std::nullopt;
  const int64_t from = DateSeconds(date).value_or(now_seconds);
  return std::clamp<int64_t>(*until - from, 0, kSecondsMax) * 1000;
}

}  // namespace debrief
