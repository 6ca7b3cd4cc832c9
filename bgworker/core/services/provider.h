// provider.h: the interface of a provider: a pure step machine between a claimed row and its
// result.
//
// A provider does no I/O, holds no state of its own and reads no clock. Start() returns the first
// step, Next() the step that follows from an answer. The worker sends the requests, saves a long
// exchange's state in the job's row, and waits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/http/request.h"
#include "bgworker/core/model/failure.h"
#include "bgworker/core/model/job.h"
#include "bgworker/core/model/results.h"
#include "bgworker/core/ssml/speech_limits.h"

namespace debrief {

// A request that is sent once `state` has replaced the exchange's state in the job's row, durably.
struct SaveAndSend {
  std::string state;
  Request request;
};

// Start() is called again after the delay.
struct Wait {
  int64_t delay_ms = 0;
  std::optional<std::string> state = {};  // saved first, as in SaveAndSend
};

using Step = std::variant<Request, SaveAndSend, Wait, Result, Failure>;

// A server as its provider or store sees it: the options of CREATE SERVER, checked.
struct ServerConfig {
  std::string name;
  std::string kind;
  std::string base_url;     // without a trailing slash
  std::string key;          // the secret itself, resolved by the worker; empty when none
  std::string instruction;  // the stage's own instruction
  int64_t timeout_ms = 60'000;
  int64_t ssml_bytes_max = 5'000;                           // of the server that speaks
  std::map<std::string, std::string, std::less<>> options;  // all of them, as written

  std::string Option(std::string_view option, std::string_view otherwise = {}) const {
    const auto found = options.find(option);
    return std::string(found == options.end() ? otherwise : std::string_view(found->second));
  }
};

// The part of a call's input that does not come from the row.
struct CallContext {
  int64_t unix_ms = 0;            // wall clock
  std::string_view access_token;  // instead of the key, where the key is a Google service account
};

// The input of one call: the row, and for audio what to speak.
struct CallInput {
  const Job* job = nullptr;
  const SpeechPart* part = nullptr;         // kAudio
  std::string_view speech;                  // kAudio: the input, in the form of SpeechLimits
  std::shared_ptr<const FileSource> video;  // kAnalysis
  std::string_view state;   // of the exchange, as saved last; empty at its beginning
  bool has_waited = false;  // Start() is called after its Wait
  CallContext call_context;
};

// Nothing has to be called; `how` completes the sentence 'Server "x" ...'.
struct Works {
  std::string_view how;
};
using ProbeStep = std::variant<Request, Works, Failure>;

// What providers and stores have in common: an address, and one cheap request that shows whether
// address, key, model and quota are right.
class Service {
 public:
  virtual ~Service() = default;
  // The service's address: the option base_url, or what follows from the kind and its options. The
  // worker puts it into ServerConfig::base_url before anything else is called.
  virtual std::string BaseUrl(const ServerConfig& server) const { return server.base_url; }
  // Works or a failure where no request is needed to see it.
  virtual ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const = 0;
  // Nothing when all is well.
  virtual std::optional<Failure> ReadProbe(const ServerConfig& server,
                                           const Response& response) const = 0;
};

// Called for the stages that its kind serves only: see Serves() in kinds.h.
class Provider : public Service {
 public:
  // The step that follows from call.state: the first one, or after a wait or a crash the next.
  virtual Step Start(const ServerConfig& server, const CallInput& call) const = 0;
  // Called with the response to the previous step's request.
  virtual Step Next(const ServerConfig& server, const CallInput& call, Response response) const = 0;
  virtual SpeechLimits Limits(const ServerConfig& server) const = 0;
  // The option of the server that chooses the format of its sounds; empty: there is none.
  virtual std::string_view SoundOption() const { return {}; }
  // Whether an analysis needs CallInput::video. If not, the recording is not fetched.
  virtual bool NeedsVideo(const ServerConfig&) const { return true; }
};

}  // namespace debrief
