#include "local_provider/multipart.h"

#include <strings.h>

#include <algorithm>
#include <utility>

namespace debrief::local_provider {
namespace {

constexpr size_t kHeaderBlockBytesMax = 8192;
constexpr size_t kBoundaryCharactersMax = 70;  // RFC 2046
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadersEnd = "\r\n\r\n";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

std::string_view TrimSpaces(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The value of `name` among `; name=value` parameters; quotes are taken off.
std::optional<std::string_view> Parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    const size_t end = std::min(parameters.find(';'), parameters.size());
    std::string_view one = TrimSpaces(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!StartsWith(one, name) || one.size() == name.size() || one[name.size()] != '=') continue;
    one.remove_prefix(name.size() + 1);
    if (one.size() >= 2 && one.front() == '"' && one.back() == '"') {
      return one.substr(1, one.size() - 2);
    }
    return one;
  }
  return std::nullopt;
}

std::string_view PartName(std::string_view headers) {
  constexpr std::string_view kDisposition = "Content-Disposition:";
  while (!headers.empty()) {
    const size_t end = std::min(headers.find(kLineEnd), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + kLineEnd.size(), headers.size()));
    if (!StartsWith(line, kDisposition)) continue;
    return Parameter(line.substr(kDisposition.size()), "name").value_or("");
  }
  return "";
}

}  // namespace

std::optional<std::string> MultipartBoundary(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data;";
  if (!StartsWith(content_type, kType)) return std::nullopt;
  const auto boundary = Parameter(content_type.substr(kType.size()), "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryCharactersMax) {
    return std::nullopt;
  }
  return std::string(*boundary);
}

MultipartReader::MultipartReader(const std::string& boundary, Sink sink)
    : delimiter_("\r\n--" + boundary),
      sink_(std::move(sink)),
      // The first boundary may open the body, without a line end before it.
      pending_(kLineEnd) {}

bool MultipartReader::Feed(std::string_view data) {
  pending_.append(data);
  for (;;) {
    const Step step = Advance();
    if (step != Step::kAgain) return step == Step::kNeedMore;
  }
}

MultipartReader::Step MultipartReader::Advance() {
  switch (state_) {
    case State::kPreamble:
      return SkipPreamble();
    case State::kAfterBoundary:
      return ReadAfterBoundary();
    case State::kHeaders:
      return ReadHeaders();
    case State::kBody:
      return ReadBody();
    case State::kEpilogue:
      break;
  }
  pending_.clear();
  return Step::kNeedMore;
}

MultipartReader::Step MultipartReader::SkipPreamble() {
  const size_t found = pending_.find(delimiter_);
  if (found == std::string::npos) {
    pending_.erase(0, pending_.size() - std::min(pending_.size(), delimiter_.size() - 1));
    return Step::kNeedMore;
  }
  pending_.erase(0, found + delimiter_.size());
  state_ = State::kAfterBoundary;
  return Step::kAgain;
}

MultipartReader::Step MultipartReader::ReadAfterBoundary() {
  if (pending_.size() < kLineEnd.size()) return Step::kNeedMore;
  if (pending_.starts_with("--")) {
    state_ = State::kEpilogue;
    return Step::kAgain;
  }
  // The line end stays: a part without headers is then CRLF CRLF like any other.
  if (!pending_.starts_with(kLineEnd)) return Step::kFailed;
  state_ = State::kHeaders;
  return Step::kAgain;
}

MultipartReader::Step MultipartReader::ReadHeaders() {
  const size_t end = pending_.find(kHeadersEnd);
  if (end == std::string::npos) {
    return pending_.size() > kHeaderBlockBytesMax ? Step::kFailed : Step::kNeedMore;
  }
  if (end > kHeaderBlockBytesMax) return Step::kFailed;
  if (!sink_.begin_part(PartName(std::string_view(pending_).substr(0, end)))) return Step::kFailed;
  pending_.erase(0, end + kHeadersEnd.size());
  state_ = State::kBody;
  return Step::kAgain;
}

MultipartReader::Step MultipartReader::ReadBody() {
  const size_t found = pending_.find(delimiter_);
  const bool is_whole = found != std::string::npos;
  const size_t kept = delimiter_.size() - 1;
  const size_t ready = is_whole ? found : pending_.size() - std::min(pending_.size(), kept);
  if (ready > 0 && !sink_.data(std::string_view(pending_).substr(0, ready))) return Step::kFailed;
  pending_.erase(0, is_whole ? found + delimiter_.size() : ready);
  if (!is_whole) return Step::kNeedMore;
  state_ = State::kAfterBoundary;
  return Step::kAgain;
}

}  // namespace debrief::local_provider
