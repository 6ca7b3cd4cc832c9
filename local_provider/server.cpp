#include "local_provider/server.h"

#include <sys/socket.h>

#include <chrono>
#include <utility>
#include <variant>

#include "local_provider/analysis.h"
#include "local_provider/findings.h"
#include "local_provider/multipart.h"
#include "local_provider/report.h"
#include "local_provider/request_head.h"
#include "local_provider/request_log.h"
#include "local_provider/speech.h"
#include "local_provider/temporary_directory.h"
#include "local_provider/upload.h"

namespace debrief::local_provider {
namespace {

using namespace std::chrono_literals;

constexpr char kHealth[] = "/health";
constexpr char kAnalyze[] = "/v1/analyze";
constexpr char kSsml[] = "/v1/ssml";
constexpr char kSpeech[] = "/v1/speech";
constexpr char kJson[] = "application/json";
constexpr char kWav[] = "audio/wav";

constexpr uint64_t kSmallBodyBytesMax = 1024 * 1024;
// What may still arrive after a refusal: a connection that is closed on unread data loses the
// answer. Clients announce longer bodies with "Expect: 100-continue".
constexpr size_t kDrainBytesMax = 8 * 1024 * 1024;
// Less than the usual time limits of the stages: who has waited in vain still hears it.
constexpr std::chrono::milliseconds kAnalysisPatience = 240s;
constexpr std::chrono::milliseconds kSpeechPatience = 20s;
constexpr time_t kSocketSeconds = 60;
constexpr size_t kSpareConnections = 32;

void SetError(httplib::Response& response, const ErrorAnswer& error) {
  response.status = error.status;
  if (error.retry_after_seconds > 0) {
    response.set_header("Retry-After", std::to_string(error.retry_after_seconds));
  }
  response.set_content(ToJson(error), kJson);
}

ErrorAnswer NotFound() { return {404, "not_found", "There is nothing at this path.", 0}; }

// What httplib refused by itself has no body yet.
ErrorAnswer ErrorOfStatus(int status) {
  if (status == 404) return NotFound();
  if (status >= 500) return {status, "internal", "The request could not be served.", 0};
  return {status, "bad_request", "The request is malformed.", 0};
}

// Hands the body to `take` until that refuses; drops a limited rest. True when all was taken.
template <class Take>
bool ReadBody(const httplib::ContentReader& reader, Take take) {
  bool is_taking = true;
  size_t dropped = 0;
  const bool is_whole = reader([&](const char* data, size_t size) {
    if (is_taking) is_taking = take(std::string_view(data, size));
    if (!is_taking) dropped += size;
    return dropped <= kDrainBytesMax;
  });
  return is_whole && is_taking;
}

void Drain(const httplib::ContentReader& reader) {
  ReadBody(reader, [](std::string_view) { return false; });
}

void Refuse(httplib::Response& response, const httplib::ContentReader& reader,
            const ErrorAnswer& error) {
  Drain(reader);
  SetError(response, error);
}

ErrorAnswer NoSlot(Slots& slots) { return slots.IsClosed() ? Stopping() : Busy(); }

// SO_REUSEPORT, httplib's default, would let a second server share the port unnoticed.
void ReuseAddress(socket_t listener) {
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

bool IsKnownPath(const std::string& path) {
  return path == kHealth || path == kAnalyze || path == kSsml || path == kSpeech;
}

// Answers what must not reach a route: there httplib would read the body into memory.
httplib::Server::HandlerResponse BeforeRouting(const httplib::Request& request,
                                               httplib::Response& response) {
  BeginRequest();
  // The object behind this reference is not const; httplib has no other hook before it
  // chooses its multipart reader.
  HideContentType(const_cast<httplib::Request&>(request));
  const bool is_known_method =
      request.method == "GET" || request.method == "HEAD" || request.method == "POST";
  if (is_known_method && IsKnownPath(request.path)) {
    return httplib::Server::HandlerResponse::Unhandled;
  }
  SetError(response, NotFound());
  return httplib::Server::HandlerResponse::Handled;
}

}  // namespace

Server::Server(ServerSetup setup)
    : setup_(std::move(setup)),
      analysis_slots_(setup_.options.jobs, setup_.options.queue),
      speech_slots_(setup_.options.speech_jobs, setup_.options.queue) {
  Configure();
  AddRoutes();
}

void Server::Configure() {
  const Options& options = setup_.options;
  const int working = options.jobs + options.speech_jobs + 2 * options.queue;
  const size_t threads = static_cast<size_t>(working) + kSpareConnections;
  http_.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  http_.set_socket_options(ReuseAddress);
  http_.set_keep_alive_max_count(1);
  http_.set_read_timeout(kSocketSeconds);
  http_.set_write_timeout(kSocketSeconds);
  http_.set_logger(LogRequest);
  http_.set_pre_routing_handler(BeforeRouting);
  http_.set_expect_100_continue_handler([this](const Request& request, Response& response) {
    return AnswerExpectation(request, response);
  });
  http_.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) SetError(response, ErrorOfStatus(response.status));
  });
  http_.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
    SetError(response, Internal("The server could not serve this request."));
  });
}

void Server::AddRoutes() {
  http_.Get(kHealth, [](const Request&, Response& response) {
    response.set_content("{\"status\": \"ok\"}", kJson);
  });
  http_.Post(kAnalyze, [this](const Request& request, Response& response, const Reader& reader) {
    Analyse(request, response, reader);
  });
  http_.Post(kSpeech, [this](const Request& request, Response& response, const Reader& reader) {
    SpeakAloud(request, response, reader);
  });
  // SSML is written by the extension's template; a server has nothing to add.
  http_.Post(kSsml, [](const Request&, Response& response, const Reader& reader) {
    Refuse(response, reader,
           {404, "not_found", "This service writes no SSML; use the extension's template.", 0});
  });
  http_.Post(kHealth, [](const Request&, Response& response, const Reader& reader) {
    Refuse(response, reader, NotFound());
  });
}

bool Server::Bind() {
  const Options& options = setup_.options;
  if (options.port == 0) {
    port_ = http_.bind_to_any_port(options.host);
    return port_ > 0;
  }
  port_ = options.port;
  return http_.bind_to_port(options.host, options.port);
}

bool Server::Run() { return http_.listen_after_bind(); }

void Server::Stop() {
  analysis_slots_.Close();
  speech_slots_.Close();
  http_.stop();
}

std::optional<ErrorAnswer> Server::RefusalOf(const Request& request) const {
  const bool is_analysis = request.path == kAnalyze;
  return Refusal(request,
                 {.key = setup_.key,
                  .body_bytes_max = kSmallBodyBytesMax +
                                    (is_analysis ? setup_.options.video_bytes_max : uint64_t{0})});
}

// Refuses a long body before it is sent. That there is room may change until the body comes;
// Analyse looks again.
int Server::AnswerExpectation(const Request& request, Response& response) {
  constexpr int kContinue = 100;
  BeginRequest();
  if (!IsKnownPath(request.path)) {
    SetError(response, NotFound());
  } else if (const auto refusal = RefusalOf(request)) {
    SetError(response, *refusal);
  } else if (request.path == kAnalyze && !analysis_slots_.HasRoom()) {
    SetError(response, Busy());
  } else {
    return kContinue;
  }
  return response.status;
}

void Server::Analyse(const Request& request, Response& response, const Reader& reader) {
  if (const auto refusal = RefusalOf(request)) return Refuse(response, reader, *refusal);
  // The body is read when it is its turn: what waits takes no room on the disk.
  const SlotHold slot(analysis_slots_, kAnalysisPatience);
  if (!slot.IsHeld()) return Refuse(response, reader, NoSlot(analysis_slots_));
  ReceiveAndAnalyse(request, response, reader);
}

void Server::ReceiveAndAnalyse(const Request& request, Response& response, const Reader& reader) {
  const auto boundary = MultipartBoundary(HiddenContentType(request));
  if (!boundary) {
    return Refuse(response, reader, BadRequest("The body must be multipart/form-data."));
  }
  const TemporaryDirectory directory(setup_.working_directory);
  if (!directory.IsReady()) {
    return Refuse(response, reader, NoRoom());
  }
  Upload upload(*boundary, directory.PathOf(kVideoFileName), setup_.options.video_bytes_max);
  ReadBody(reader, [&](std::string_view data) { return upload.Receive(data); });
  response.status = -1;  // httplib has set it when the body was not whole
  if (const auto error = upload.Finish()) return SetError(response, *error);
  const auto result = AnalyseVideo(setup_.options, directory, setup_.stop_descriptor);
  if (const auto* error = std::get_if<ErrorAnswer>(&result)) return SetError(response, *error);
  const auto& measured = std::get<Measurements>(result);
  response.set_content(AnalysisReport(measured, FindFeedback(measured), setup_.versions.analysis),
                       kJson);
}

void Server::SpeakAloud(const Request& request, Response& response, const Reader& reader) {
  if (const auto refusal = RefusalOf(request)) return Refuse(response, reader, *refusal);
  const SlotHold slot(speech_slots_, kSpeechPatience);
  if (!slot.IsHeld()) return Refuse(response, reader, NoSlot(speech_slots_));
  ReceiveAndSpeak(response, reader);
}

void Server::ReceiveAndSpeak(Response& response, const Reader& reader) {
  std::string body;
  const bool is_whole = ReadBody(reader, [&](std::string_view data) {
    body.append(data);
    return body.size() <= kSmallBodyBytesMax;
  });
  if (!is_whole) return SetError(response, BadRequest("The body is cut short."));
  const auto job = ReadSpeechJob(body);
  if (const auto* error = std::get_if<ErrorAnswer>(&job)) return SetError(response, *error);
  const TemporaryDirectory directory(setup_.working_directory);
  if (!directory.IsReady()) {
    return SetError(response, NoRoom());
  }
  auto speech = Speak(setup_.options, std::get<SpeechJob>(job), directory, setup_.stop_descriptor);
  if (const auto* error = std::get_if<ErrorAnswer>(&speech)) return SetError(response, *error);
  response.set_header("Debrief-Version", setup_.versions.speech);
  response.set_content(std::get<Speech>(speech).wav, kWav);
}

}  // namespace debrief::local_provider
