// local_provider_fuzz.cpp: any bytes as a request to the local provider: its type, its parts, its
// JSON and its SSML. How the bytes of a body arrive changes nothing; what is spoken is SSML that
// passes again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "local_provider/multipart.h"
#include "local_provider/protocol.h"
#include "local_provider/speech_markup.h"

namespace {

using namespace debrief::local_provider;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Received {
  std::string parts;  // names and contents, one after the other
  bool good = true, complete = false;
};

// In pieces of `size` bytes.
Received Receive(const std::string& boundary, std::string_view body, size_t size) {
  Received received;
  MultipartReader reader(boundary, {.begin_part =
                                        [&](std::string_view name) {
                                          received.parts.append("\1").append(name).append("\2");
                                          return true;
                                        },
                                    .data =
                                        [&](std::string_view data) {
                                          received.parts += data;
                                          return true;
                                        }});
  while (!body.empty() && received.good) {
    const std::string_view piece = body.substr(0, size);
    received.good = reader.Feed(piece);
    body.remove_prefix(piece.size());
  }
  received.complete = reader.IsComplete();
  return received;
}

void CheckParts(const std::string& boundary, std::string_view body) {
  const Received whole = Receive(boundary, body, body.size());
  for (const size_t size : {size_t{1}, size_t{7}, size_t{64}}) {
    const Received pieces = Receive(boundary, body, size);
    Require(pieces.good == whole.good && pieces.complete == whole.complete);
    Require(!whole.good || pieces.parts == whole.parts);
  }
}

void CheckMarkup(std::string_view ssml) {
  const auto made = MakePlain(ssml);
  const PlainMarkup* plain = std::get_if<PlainMarkup>(&made);
  if (plain == nullptr) return;
  Require(plain->text.starts_with("<speak") && plain->text.ends_with("</speak>"));
  Require(plain->text.find("<!") == std::string::npos);
  Require(plain->text.find("<audio") == std::string::npos);
  const auto again = MakePlain(plain->text);
  Require(std::holds_alternative<PlainMarkup>(again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto boundary = MultipartBoundary(text);
  Require(!boundary || (!boundary->empty() && boundary->size() <= 70));
  CheckParts("b", text);
  const auto speech = ReadSpeechJob(text);
  if (const SpeechJob* job = std::get_if<SpeechJob>(&speech)) {
    Require(!job->ssml.empty() && job->ssml.size() <= kSsmlBytesMax);
    CheckMarkup(job->ssml);
  }
  ReadAnalysisJob(text);
  CheckMarkup(text);
  return 0;
}
