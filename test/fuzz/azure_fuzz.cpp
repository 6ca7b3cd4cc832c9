// azure_fuzz.cpp: any bytes as a document to speak: what goes out says the same words, in one
// voice. The same bytes as answers: they must only be read.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/ssml/ssml.h"

namespace {

// The body without the service's frame; nothing where the frame is not as it should be.
std::optional<std::string> Unframed(std::string_view body) {
  constexpr std::string_view kHead =
      "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">"
      "<voice name=\"v&quot;\">";
  constexpr std::string_view kTail = "</voice></speak>";
  if (!body.starts_with(kHead) || !body.ends_with(kTail)) return std::nullopt;
  body.remove_prefix(kHead.size());
  body.remove_suffix(kTail.size());
  return "<speak>" + std::string(body) + "</speak>";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const debrief::Provider& azure = *debrief::FindProvider("azure_speech");
  const debrief::ServerConfig server{.base_url = "https://speech.example.com", .key = "k"};
  const debrief::Job job{.stage = debrief::Stage::kAudio,
                         .voice = {.language = "en-US", .provider_voice = "v\""}};
  const debrief::CallInput call{.job = &job, .speech = text};
  const debrief::Step step = azure.Start(server, call);
  const auto* request = std::get_if<debrief::Request>(&step);
  if ((request != nullptr) != debrief::ssml::Check(text).empty()) std::abort();
  if (request != nullptr) {
    const std::optional<std::string> sent = Unframed(request->body);
    // Escaping may make it longer than what the checker reads.
    if (!sent) std::abort();
    if (sent->size() <= debrief::ssml::kDocumentBytesMax &&
        debrief::ssml::ToText(*sent) != debrief::ssml::ToText(text)) {
      std::abort();
    }
  }
  for (const int status : {200, 400, 429}) {
    debrief::Response response;
    response.status = status;
    response.body = text;
    azure.ReadProbe(server, response);
    azure.Next(server, call, std::move(response));
  }
  return 0;
}
