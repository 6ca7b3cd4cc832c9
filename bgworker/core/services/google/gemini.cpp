// gemini.cpp: the Gemini Developer API: analysis of videos, SSML, speech.
//
// An analysis is an exchange of several requests:
//
// nothing kept   -> start the upload, under a name that is kept first -> send the bytes -> wait
// upload begun   -> look for the file: it is there -> as below; it is not -> start the upload
// upload done    -> look at the file until it is ready -> generate
//
// The worker has the file deleted when its name leaves the job's row.

#include <algorithm>
#include <cstdlib>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/services/google/gemini_answers.h"
#include "bgworker/core/services/google/gemini_files.h"
#include "bgworker/core/services/google/gemini_requests.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/model_answers.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/spoken.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/number.h"

namespace debrief {
namespace {

using gemini::Generated;
using gemini::RemoteFile;
using gemini::UploadState;

constexpr int64_t kWaitMinMs = 1'000;
constexpr int64_t kWaitMaxMs = 10'000;
constexpr int64_t kNotVisibleYetMs = 10'000;  // a new file may be unknown for some seconds
constexpr int64_t kPollSecondsDefault = 600;
constexpr int kConflict = 409;

// A sound this much longer or shorter than its words take was not made of them alone: the model
// read its instruction aloud, or stopped.
constexpr double kLongest = 2, kShortest = 0.25, kSlackSeconds = 1.5;

Step BeginUpload(const ServerConfig& server, const CallInput& call, UploadState state) {
  if (state.file.empty()) state.file = gemini::NewFileName(*call.job);
  state.since_ms = call.call_context.unix_ms;
  Request request = gemini::StartUpload(server, call, state);
  request.tag = gemini::kStartUpload;
  return SaveAndSend{.state = state.ToText(), .request = std::move(request)};
}

Step Look(const ServerConfig& server, const CallInput& call, const UploadState& state) {
  Request request = gemini::LookAt(server, call.call_context, state.file);
  request.tag = gemini::kLook;
  return request;
}

Failure Stale(const Response& response, std::string_view why, std::string_view key) {
  return ClassifyCode("stale_input", response, why, key);
}

// A clock that was set back must not make it young for as long: then the upload begins again.
int64_t AgeMs(const CallInput& call, const UploadState& state) {
  return std::abs(call.call_context.unix_ms - state.since_ms);
}

Step WaitForFile(const ServerConfig& server, const CallInput& call, const UploadState& state,
                 const Response& response) {
  const std::string limit = server.Option("poll_seconds_max");
  const int64_t limit_s = limit.empty() ? kPollSecondsDefault : std::atoll(limit.c_str());
  const int64_t waited_ms = AgeMs(call, state);
  if (waited_ms > limit_s * 1000) {
    Failure failure = Stale(response, "the file was not ready in poll_seconds_max", server.key);
    failure.message = "The provider did not get the upload ready in time.";
    return failure;
  }
  return Wait{.delay_ms = std::clamp(waited_ms / 2, kWaitMinMs, kWaitMaxMs)};
}

Step UseFile(const ServerConfig& server, const CallInput& call, const UploadState& state,
             const Response& response) {
  const std::optional<RemoteFile> file = gemini::ReadFile(response.body);
  if (!file) return BadAnswer("the answer describes no file");
  // Of an upload that a crash cut off we know the size alone.
  const bool same_size = file->bytes < 0 || file->bytes == call.video->bytes();
  const bool same_bytes =
      response.sent_sha256.empty() || file->sha256.empty() || file->sha256 == response.sent_sha256;
  if (!same_size || !same_bytes) return Stale(response, "the upload is not the recording", {});
  if (file->state == RemoteFile::State::kFailed) {
    return ClassifyCode("unsupported_media", response, file->error, server.key);
  }
  if (file->state == RemoteFile::State::kProcessing) {
    return WaitForFile(server, call, state, response);
  }
  return gemini::AnalyseFile(server, call, *file);
}

Step AfterLook(const ServerConfig& server, const CallInput& call, const Response& response) {
  UploadState state = UploadState::FromText(call.state);
  std::optional<Failure> failure = google::Classify(response, server.key, true);
  if (!failure) {
    if (!state.uploaded && state.since_ms == 0) state.since_ms = call.call_context.unix_ms;
    return UseFile(server, call, state, response);
  }
  if (failure->failure_class != FailureClass::kStaleInput) return std::move(*failure);
  if (!state.uploaded) return BeginUpload(server, call, state);
  const bool is_new = AgeMs(call, state) < kNotVisibleYetMs;
  if (is_new) return WaitForFile(server, call, state, response);
  return std::move(*failure);
}

Step AfterStart(const ServerConfig& server, const CallInput& call, const Response& response) {
  // Our own, from a try whose answer was lost.
  if (response.status == kConflict) {
    return Look(server, call, UploadState::FromText(call.state));
  }
  if (auto failure = google::Classify(response, server.key)) return std::move(*failure);
  std::variant<Request, Failure> bytes = gemini::SendBytes(server, call, response);
  if (Failure* failure = std::get_if<Failure>(&bytes)) return std::move(*failure);
  std::get<Request>(bytes).tag = gemini::kSendBytes;
  return std::move(std::get<Request>(bytes));
}

Step AfterBytes(const ServerConfig& server, const CallInput& call, const Response& response) {
  if (auto failure = google::Classify(response, server.key)) return std::move(*failure);
  UploadState state = UploadState::FromText(call.state);
  state.uploaded = true;
  state.since_ms = call.call_context.unix_ms;
  Step step = UseFile(server, call, state, response);
  if (Request* request = std::get_if<Request>(&step)) {
    return SaveAndSend{.state = state.ToText(), .request = std::move(*request)};
  }
  if (Wait* wait = std::get_if<Wait>(&step)) wait->state = state.ToText();
  return step;
}

bool LastsAsWordsDo(std::string_view words, double duration_ms) {
  const speech::Seconds usual = speech::SecondsOf(words);
  const double seconds = duration_ms / 1000;
  return seconds <= usual.most * kLongest + kSlackSeconds && seconds >= usual.least * kShortest;
}

Step ReadSound(const ServerConfig& server, const CallInput& call, Generated generated) {
  const Usage usage = generated.usage;
  const int rate_hz = gemini::SampleRateOf(generated);
  Step step = TakeSound(
      server,
      {.usage = usage, .bytes = std::move(generated.sound), .version = std::move(generated.model)},
      call.speech, rate_hz);
  if (std::holds_alternative<Failure>(step)) return step;
  const std::string& bytes = std::get<AudioResult>(std::get<Result>(step)).bytes;
  if (bytes.empty()) return step;
  std::optional<Failure> failure = WhyNoSound(server, bytes, {});
  std::string error;
  // The estimate may still be wrong: the second try is accepted.
  if (!failure && call.job->attempt == 1 &&
      !LastsAsWordsDo(call.speech, audio::Inspect(bytes, &error)->duration_ms)) {
    failure = BadAnswer("the sound is far longer or shorter than its words");
  }
  if (!failure) return step;
  failure->usage = usage;
  return std::move(*failure);
}

// A sound that was cut is asked for in smaller pieces.
Failure LessAtOnce(const ServerConfig& server, const Failure& cut, const Response& response) {
  Failure failure = ClassifyCode("too_large", response, cut.detail, server.key);
  failure.usage = cut.usage;
  return failure;
}

class GeminiProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    return server.Option("base_url", "https://generativelanguage.googleapis.com");
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    const std::string_view model = gemini::ModelOption(call.job->stage);
    if (server.Option(model).empty()) {
      return NotConfigured("option " + std::string(model) + " is missing");
    }
    if (call.job->stage == Stage::kSsml) return gemini::WriteSsml(server, call);
    if (call.job->stage == Stage::kAudio) {
      auto speech = gemini::Speak(server, call);
      if (Failure* failure = std::get_if<Failure>(&speech)) return std::move(*failure);
      return std::move(std::get<Request>(speech));
    }
    const UploadState state = UploadState::FromText(call.state);
    if (!state.file.empty()) return Look(server, call, state);
    const int64_t inline_bytes_max = std::atoll(server.Option("inline_bytes_max").c_str());
    if (call.video->bytes() <= inline_bytes_max) return gemini::AnalyseInline(server, call);
    return BeginUpload(server, call, state);
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (response.tag == gemini::kLook) return AfterLook(server, call, response);
    if (response.tag == gemini::kStartUpload) return AfterStart(server, call, response);
    if (response.tag == gemini::kSendBytes) return AfterBytes(server, call, response);
    const bool names_file = response.tag == gemini::kGenerateFromFile;
    auto answer = gemini::ReadGenerated(response, server.key, names_file);
    if (Failure* failure = std::get_if<Failure>(&answer)) {
      if (call.job->stage == Stage::kAudio && failure->code == "output_cut") {
        return LessAtOnce(server, *failure, response);
      }
      if (failure->code != google::kFileNotActive) return std::move(*failure);
      return WaitForFile(server, call, UploadState::FromText(call.state), response);
    }
    Generated& generated = std::get<Generated>(answer);
    if (call.job->stage == Stage::kAudio) return ReadSound(server, call, std::move(generated));
    return ReadModelAnswer(server, call,
                           {.text = std::move(generated.text),
                            .model = std::move(generated.model),
                            .usage = generated.usage});
  }

  SpeechLimits Limits(const ServerConfig& server) const override {
    constexpr int64_t kCharactersMax = 6'000;
    const bool as_prefix = server.Option("speech_style") == "prefix";
    return {.form = as_prefix ? SpeechLimits::Form::kText : SpeechLimits::Form::kTextWithPauses,
            .elements = {},
            .pause = "<short pause>",
            .unit = SpeechLimits::Unit::kCharacters,
            .input_max = kCharactersMax};
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    for (const char* option : {"analysis_model", "ssml_model", "speech_model"}) {
      const std::string model = server.Option(option);
      if (!model.empty()) return gemini::LookAt(server, call_context, "models/" + model);
    }
    return NotConfigured("none of analysis_model, ssml_model and speech_model is set");
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    constexpr int kNotFound = 404;
    if (response.status == kNotFound) {
      return ClassifyCode("model_not_found", response, response.body, server.key);
    }
    if (auto failure = google::Classify(response, server.key)) return failure;
    std::string problem;
    const std::optional<json::Value> model = json::Parse(response.body, &problem);
    if (!model || !model->IsObject() || json::TextOf(model->Find("name")).empty()) {
      return WrongService(response, "the Gemini API");
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Provider> NewGeminiProvider() { return std::make_unique<GeminiProvider>(); }

}  // namespace debrief
