// exchange_fuzz.cpp: the step machines of all providers against any answers, in any order. An input
// is a line "KIND STAGE", then chunks of "TAG STATUS BODY" behind zero bytes; a chunk whose tag is
// "s" is the state that the job's row kept. Whatever comes, the machine goes on, ends or fails: it
// must not crash, put the key anywhere but into a header, or run for ever.
#include <fcntl.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/access_token.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/provider.h"

namespace {

using namespace debrief;

constexpr std::string_view kKinds[] = {"http",         "gemini",     "google_tts", "openai",
                                       "azure_speech", "elevenlabs", "polly",      "template"};
constexpr char kKey[] = "s3cr3t-k3y";

ServerConfig ServerOf(std::string_view kind) {
  return {.name = "s",
          .kind = std::string(kind),
          .base_url = "https://service.example",
          .key = kind == "polly" ? "ID:s3cr3t-k3y" : kKey,
          .ssml_bytes_max = 800,
          .options = {{"analysis_model", "m"},
                      {"ssml_model", "m"},
                      {"speech_model", "m"},
                      {"model", "m"},
                      {"voice", "v"},
                      {"region", "r"},
                      {"video_input", "video_url"}}};
}

std::string_view Take(std::string_view* rest, char end) {
  const std::string_view piece = rest->substr(0, rest->find(end));
  rest->remove_prefix(std::min(piece.size() + 1, rest->size()));
  return piece;
}

// `told`: the answers hold the key themselves, so that an address may, which is the service's own.
void Check(const Step& step, bool told) {
  const SaveAndSend* send = std::get_if<SaveAndSend>(&step);
  const Request* request = send != nullptr ? &send->request : std::get_if<Request>(&step);
  if (request != nullptr && !told) {
    if (request->url.find(kKey) != std::string::npos) std::abort();
    if (request->body.find(kKey) != std::string::npos) std::abort();
    if (send != nullptr && send->state.find(kKey) != std::string::npos) std::abort();
  }
  if (const Failure* failure = std::get_if<Failure>(&step)) {
    if (failure->code.empty() || failure->message.empty() || failure->detail.size() > 500) {
      std::abort();
    }
    if (failure->detail.find(kKey) != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const video =
      new std::shared_ptr<const FileSource>(new FileSource(open("/dev/null", O_RDONLY), 1'000));
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const bool told = rest.find(kKey) != std::string_view::npos;
  const std::string_view head = Take(&rest, '\n');
  if (head.size() < 2) return 0;
  const std::string_view kind = kKinds[static_cast<unsigned char>(head[0]) % std::size(kKinds)];
  const auto stage = static_cast<Stage>(static_cast<unsigned char>(head[1]) % kStageCount);
  if (!Serves(kind, stage)) return 0;
  const Job job{.stage = stage,
                .id = 1,
                .token = 2,
                .voice = {.language = "en-US", .instruction = "calm"},
                .recording = {.filename = "talk.mp4", .transcript = "x", .duration_seconds = 60},
                .feedback = {.message = "Look up."}};
  const Provider* provider = FindProvider(kind);
  const ServerConfig server = ServerOf(kind);
  std::string state;
  const SpeechPart part{.ssml = "<speak>Look up.</speak>"};
  CallInput call{.job = &job, .part = &part, .speech = "<speak>Look up.</speak>", .video = *video};
  Check(provider->Start(server, call), told);
  while (!rest.empty()) {
    std::string_view chunk = Take(&rest, '\0');
    const std::string_view tag = Take(&chunk, ' ');
    call.call_context.unix_ms += 700;
    if (tag == "s") {
      state = chunk;
      call.state = state;
      Check(provider->Start(server, call), told);
      continue;
    }
    Response response;
    response.tag = std::atoi(std::string(tag).c_str());
    response.status = std::atoi(std::string(Take(&chunk, ' ')).c_str());
    response.body = chunk;
    response.headers["x-goog-upload-url"] = std::string(chunk.substr(0, 60));
    provider->ReadProbe(server, response);
    google::ReadToken(response, kKey, 1);
    Step step = provider->Next(server, call, std::move(response));
    Check(step, told);
    if (const SaveAndSend* send = std::get_if<SaveAndSend>(&step)) {
      state = send->state;
      call.state = state;
    }
  }
  return 0;
}
