// speak.cpp: from an SSML segment to a sound in its store.

#include <cassert>
#include <iterator>
#include <utility>

#include "bgworker/core/attempt/runner.h"
#include "bgworker/core/audio/audio.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/speech_plan.h"
#include "bgworker/core/ssml/spoken.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/sha256.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

// The sound is paid for already, so a failed upload is tried again before the row fails.
constexpr int kUploadFailuresMax = 5;
// A store that is only busy will take it: twenty minutes, until the sound is paid for once more.
constexpr int kBusyUploadsMax = 45;
constexpr int64_t kUploadWaitMs = 500, kUploadWaitMaxMs = 30'000;
constexpr size_t kHashDigits = 16;

std::string UrlOf(const StageConfig& config, const std::string& path) {
  if (!config.store_public_url.empty()) return config.store_public_url + "/" + path;
  return FindStore(config.store.kind)->Url(config.store, path);
}

Failure BadSound(const std::string& reason) {
  return Failure{.failure_class = FailureClass::kTransient,
                 .code = "bad_answer",
                 .message = "The provider's answer could not be used.",
                 .detail = reason};
}

Failure CannotPlan() {
  return Failure{.failure_class = FailureClass::kTooLarge,
                 .code = "too_large",
                 .message = "The SSML cannot be split into pieces that the provider takes."};
}

bool MayPass(FailureClass failure_class) {
  return failure_class == FailureClass::kTransient || failure_class == FailureClass::kUnproven ||
         failure_class == FailureClass::kRateLimited || failure_class == FailureClass::kOutage;
}

// What a store that is there, and takes objects, does not answer to its probe: there are keys that
// may write and not ask for the bucket, and services that do not know the question.
bool IsAway(const Failure& failure) {
  constexpr int kNotImplemented = 501;
  const bool is_of_service = MayPass(failure.failure_class) &&
                             failure.failure_class != FailureClass::kTransient &&
                             failure.http_status != kNotImplemented;
  return is_of_service || failure.code == "store_unavailable";
}

}  // namespace

// A sound that cannot be kept is paid for once more.
void Runner::AskStore(Attempt* row) {
  Prepare(row, row->config->store, [this](Attempt* ready, const CallContext& call_context) {
    const ServerConfig& store = ready->config->store;
    ProbeStep step = FindStore(store.kind)->Probe(store, call_context);
    if (Request* request = std::get_if<Request>(&step)) {
      return Send(ready, std::move(*request), [this](Attempt* answered, const Response& response) {
        const ServerConfig& asked = answered->config->store;
        OnStoreAsked(answered, FindStore(asked.kind)->ReadProbe(asked, response));
      });
    }
    Failure* failure = std::get_if<Failure>(&step);
    OnStoreAsked(ready, failure == nullptr ? std::nullopt : std::optional(std::move(*failure)));
  });
}

void Runner::OnStoreAsked(Attempt* row, std::optional<Failure> failure) {
  if (!failure || !IsAway(*failure)) return Speak(row);
  FailAtStore(row, std::move(*failure));
}

void Runner::Speak(Attempt* row) {
  const ServerConfig& server = row->config->server;
  const std::string& ssml = row->job.parts[row->next_part].ssml;
  Speech& speech = row->speech;
  speech.sounds.clear();
  // What services make of "..." differs: nothing, a noise, or a refusal.
  if (speech::SpokenOf(ssml::ToText(ssml)) == speech::Spoken::kNothing) {
    return Keep(row, audio::Silence());
  }
  speech.inputs = speech::Plan(ssml, FindProvider(server.kind)->Limits(server));
  if (!speech.inputs.empty()) return Start(row);
  row->result = CannotPlan();
  Finish(row);
}

// Takes the input that was refused apart. Its sound is the next that is missing.
bool Runner::Refine(Attempt* row) {
  const ServerConfig& server = row->config->server;
  std::vector<std::string>& inputs = row->speech.inputs;
  assert(row->speech.sounds.size() < inputs.size());
  const auto refused = inputs.begin() + static_cast<std::ptrdiff_t>(row->speech.sounds.size());
  std::vector<std::string> pieces =
      speech::Refine(*refused, FindProvider(server.kind)->Limits(server));
  if (pieces.empty() || inputs.size() + pieces.size() > ssml::kSegmentsMax) return false;
  inputs.insert(inputs.erase(refused), std::make_move_iterator(pieces.begin()),
                std::make_move_iterator(pieces.end()));
  return true;
}

void Runner::OnSound(Attempt* row, AudioResult audio) {
  Speech& speech = row->speech;
  const ServerConfig& server = row->config->server;
  if (audio.usage.characters == 0) {
    row->usage.characters += utf8::CountCharacters(speech.inputs[speech.sounds.size()]);
  }
  if (!audio.bytes.empty()) {
    std::optional<Failure> failure =
        WhyNoSound(server, audio.bytes, FindProvider(server.kind)->SoundOption());
    if (failure) {
      row->result = std::move(*failure);
      return Finish(row);
    }
  }
  speech.version = std::move(audio.version);
  speech.sounds.push_back(std::move(audio.bytes));
  CountMemory(row);
  if (speech.sounds.size() < speech.inputs.size()) return Start(row);
  std::vector<std::string> sounds = std::exchange(speech.sounds, {});
  std::erase(sounds, std::string());
  if (sounds.empty()) return Keep(row, audio::Silence());
  std::string error;
  std::optional<std::string> joined = speech::Join(std::move(sounds), &error);
  if (joined) return Keep(row, std::move(*joined));
  row->result = BadSound(error);
  Finish(row);
}

void Runner::CountMemory(Attempt* row) {
  size_t bytes = 2 * row->upload.object.bytes.size();  // and once more in the request
  for (const std::string& sound : row->speech.sounds) bytes += sound.size();
  for (const Sound& sound : row->sounds) bytes += sound.body.size();
  if (const auto* analysis = std::get_if<AnalysisResult>(&row->result)) {
    bytes += analysis->raw_response.size();
  }
  row->memory.Set(static_cast<int64_t>(bytes));
}

void Runner::Keep(Attempt* row, std::string bytes) {
  const StageConfig& config = *row->config;
  assert(row->next_part < row->job.parts.size());
  const SpeechPart& part = row->job.parts[row->next_part];
  std::string error;
  const std::optional<audio::Info> info = audio::Inspect(bytes, &error);
  if (!info) {
    row->result = BadSound(error);
    return Finish(row);
  }
  row->audio_ms += info->duration_ms;
  const std::string sha256 = Sha256Hex(bytes);
  Sound sound{.segment_index = part.segment_index,
              .source_hash = part.source_hash,
              .format = info->format,
              .content_type = info->content_type,
              .duration_ms = std::to_string(info->duration_ms),
              .version = std::move(row->speech.version),
              .bytes = static_cast<int64_t>(bytes.size())};
  // The content's hash is in the name: a late upload of an old attempt replaces nothing.
  sound.path = row->job.object_prefix + "/" + std::to_string(part.segment_index) + "-" +
               sha256.substr(0, kHashDigits) + "." + info->format;
  sound.url = UrlOf(config, sound.path);
  if (FindStore(config.store.kind)->KeepsInRow()) {
    sound.body = std::move(bytes);
    row->sounds.push_back(std::move(sound));
    CountMemory(row);
    return NextPart(row);
  }
  const std::string path = sound.path;
  row->upload = {.sound = std::move(sound),
                 .object = {.path = path,
                            .content_type = info->content_type,
                            .sha256 = sha256,
                            .bytes = std::move(bytes)}};
  CountMemory(row);
  Hold(row, {.exchange_state = std::nullopt,
             .object_path = path,
             .segment_index = part.segment_index,
             .then = [this, row] { StartUpload(row); }});
}

void Runner::StartUpload(Attempt* row) {
  Prepare(row, row->config->store, [this](Attempt* ready, const CallContext& call_context) {
    const ServerConfig& store = ready->config->store;
    ready->upload.looking = false;
    PutStep step = FindStore(store.kind)->StartPut(store, call_context, ready->upload.object);
    if (Failure* failure = std::get_if<Failure>(&step)) {
      return FailAtStore(ready, std::move(*failure));
    }
    ApplyPutStep(ready, std::move(step));
  });
}

void Runner::ApplyPutStep(Attempt* row, PutStep step) {
  if (Request* request = std::get_if<Request>(&step)) {
    return Send(row, std::move(*request), [this](Attempt* answered, const Response& response) {
      const ServerConfig& store = answered->config->store;
      const bool looked = std::exchange(answered->upload.looking, true);
      ApplyPutStep(answered, FindStore(store.kind)
                                 ->NextPut(store, requests_->Now(store), answered->upload.object,
                                           response, looked));
    });
  }
  if (Failure* failure = std::get_if<Failure>(&step)) {
    return OnUploadFailure(row, std::move(*failure));
  }
  row->sounds.push_back(std::move(row->upload.sound));
  row->upload = {};
  CountMemory(row);
  assert(row->sounds.size() <= row->job.parts.size());
  NextPart(row);
}

void Runner::OnUploadFailure(Attempt* row, Failure failure) {
  if (failure.failure_class == FailureClass::kAuth && !row->token_refreshed &&
      requests_->ForgetToken(row->config->store)) {
    row->token_refreshed = true;
    return StartUpload(row);
  }
  const bool is_busy = failure.failure_class == FailureClass::kRateLimited;
  int& times = is_busy ? row->upload.busy : row->upload.failures;
  if (!MayPass(failure.failure_class) ||
      times >= (is_busy ? kBusyUploadsMax : kUploadFailuresMax)) {
    return FailAtStore(row, std::move(failure));
  }
  const int64_t wait_ms = Doubled(kUploadWaitMs, times++, kUploadWaitMaxMs);
  Later(row, std::max(wait_ms, std::min(failure.retry_after_ms.value_or(0), kUploadWaitMaxMs)),
        [this](Attempt* rested) { StartUpload(rested); });
}

void Runner::NextPart(Attempt* row) {
  row->speech = {};
  if (++row->next_part < row->job.parts.size()) return Speak(row);
  Finish(row);
}

}  // namespace debrief
