#include "console/bytes.h"

#include <unistd.h>

#include <algorithm>

#include "bgworker/core/text/uri.h"
#include "console/files.h"
#include "console/media_type.h"
#include "console/range.h"
#include "console/sql_answer.h"
#include "console/statements.h"
#include "console/topic.h"

namespace debrief::console {
namespace {

// Of a sound in the database, which is held in memory while it is sent.
constexpr uint64_t kPartBytesMax = 4 * 1024 * 1024;

Response None() { return ErrorResponse(404, "", "There is none."); }

bool IsWebAddress(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

Response Redirect(std::string url) {
  return {.status = 302, .headers = {{"Location", std::move(url)}, {"Cache-Control", "no-store"}}};
}

// The range that the request wants, if it is of the object that the client has a part of.
Range WantedRange(const Request& request, const std::string& tag, uint64_t size) {
  const std::string condition = request.Header("if-range");
  const bool is_same = condition.empty() || condition == tag;
  return ParseRange(is_same ? request.Header("range") : "", size);
}

// The head of an answer with bytes of an object; its body is still to come, unless the status is
// 304 or 416.
Response Head(const Request& request, const std::string& tag, const std::string& type,
              const Range& range, uint64_t size) {
  Response response;
  // An address names an item and not its bytes: an item that is edited gets another sound.
  response.headers = {{"ETag", tag},
                      {"Accept-Ranges", "bytes"},
                      {"Content-Disposition", "inline"},
                      {"Cache-Control", "private, no-cache"}};
  if (request.Header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  if (range.kind == Range::Kind::kBeyond) {
    response.status = 416;
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  response.headers.emplace_back("Content-Type", type);
  if (range.kind == Range::Kind::kPart) {
    response.status = 206;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.at) + "-" +
                                                       std::to_string(range.at + range.bytes - 1) +
                                                       "/" + std::to_string(size));
  }
  return response;
}

Response OfFile(const Request& request, const std::string& root, const std::string& path,
                const std::string& type) {
  const auto file = OpenBelow(root, path);
  if (!file) return None();
  const std::string tag = "\"" + file->tag + "\"";
  const Range range = WantedRange(request, tag, file->bytes);
  Response response = Head(request, tag, type, range, file->bytes);
  if (response.status >= 300) {
    close(file->descriptor);
    return response;
  }
  response.file = file->descriptor;
  response.file_at = range.at;
  response.file_bytes = range.bytes;
  return response;
}

Response OfDatabase(const Caller& caller, const Request& request, const std::string& path,
                    const std::string& type, uint64_t size) {
  // The path ends in the hash of what it names.
  const std::string tag = "\"" + path.substr(path.rfind('/') + 1) + "\"";
  Range range = WantedRange(request, tag, size);
  if (range.kind == Range::Kind::kPart) range.bytes = std::min(range.bytes, kPartBytesMax);
  Response response = Head(request, tag, type, range, size);
  if (response.status >= 300) return response;
  const Rows bytes =
      caller.Read(statements::kSoundBytes,
                  {path, std::to_string(range.at + 1), std::to_string(range.bytes)}, true);
  if (!bytes.IsGood()) return SqlErrorResponse(bytes.error());
  if (bytes.size() == 0) return None();
  response.body = bytes.One();
  return response;
}

Response Unreachable(const std::string& store) {
  return ErrorResponse(501, "", "The console does not reach the store " + store + ".",
                       "Start it with --store " + store +
                           "=/PATH where the store is a folder, or give the server a public_url.");
}

}  // namespace

Response AnswerSound(const Caller& caller, const Request& request, int64_t feedback,
                     std::string_view segment, const Stores& stores) {
  constexpr size_t kDigitsMax = 9;
  const bool is_number = !segment.empty() && segment.size() <= kDigitsMax &&
                         segment.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return None();
  const Rows sound =
      caller.Read(statements::kSound, {std::to_string(feedback), std::string(segment)});
  if (!sound.IsGood()) return SqlErrorResponse(sound.error());
  if (sound.size() == 0) return None();
  const std::string url(sound.At(0, 0));
  const std::string path(sound.At(0, 1));
  const std::string store(sound.At(0, 2));
  const std::string type = MediaType(sound.At(0, 3));
  if (const auto size = ParseId(sound.At(0, 4))) {
    return OfDatabase(caller, request, path, type, static_cast<uint64_t>(*size));
  }
  if (const auto folder = stores.find(store); folder != stores.end() && !path.empty()) {
    return OfFile(request, folder->second, path, type);
  }
  return IsWebAddress(url) ? Redirect(url) : Unreachable(store);
}

Response AnswerRecording(const Caller& caller, const Caller& reader, const Request& request,
                         int64_t recording, const Stores& stores) {
  const Rows store = reader.Read("select s.store from debrief.stages s where s.stage = 'analysis'");
  if (!store.IsGood()) return SqlErrorResponse(store.error());
  const std::string name = store.One();
  const Rows found = caller.Read(statements::kRecording, {std::to_string(recording), name});
  if (!found.IsGood()) return SqlErrorResponse(found.error());
  if (found.size() == 0) return None();
  const std::string path(found.At(0, 0));
  const std::string by_format = MediaType(found.At(0, 1));
  const std::string type = by_format == MediaType("") ? MediaType(path) : by_format;
  if (const auto folder = stores.find(name); folder != stores.end()) {
    return OfFile(request, folder->second, path, type);
  }
  const std::string url(found.At(0, 3));
  if (!IsWebAddress(url)) return Unreachable(name);
  // Users name their files: "talk #1.mp4".
  return Redirect(url + (url.ends_with('/') ? "" : "/") + UriEncode(path, true));
}

}  // namespace debrief::console
