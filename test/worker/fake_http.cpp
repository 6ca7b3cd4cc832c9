// fake_http.cpp: the HTTP client of the World: what is sent is answered when the World says so.

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "bgworker/core/http/client.h"
#include "test/worker/world.h"

namespace debrief {

using sim::Answer;
using sim::Sent;
using sim::World;

struct HttpClient::Impl {
  HttpClient::Id next_id = 1;
  std::vector<HttpClient::Finished> finished;
};

namespace {

Stage StageOf(const std::string& url) {
  if (url.ends_with("/v1/analyze")) return Stage::kAnalysis;
  return url.ends_with("/v1/ssml") ? Stage::kSsml : Stage::kAudio;
}

// The message in the request says which row it is about, and which version: m12v3.
void ReadText(const Request& request, Sent* call) {
  constexpr std::string_view kMarkers[kStageCount] = {"\"filename\":\"m", "\"message\":\"m", ">m"};
  const std::string_view marker = kMarkers[static_cast<size_t>(call->stage)];
  const std::string& text = request.form.empty() ? request.body : request.form[0].text;
  const size_t at = text.find(marker) + marker.size();
  char* end = nullptr;
  call->row = std::strtoll(text.c_str() + at, &end, 10);
  call->version = static_cast<int>(std::strtol(end + 1, nullptr, 10));
}

}  // namespace

std::unique_ptr<HttpClient> HttpClient::Create(std::string*) {
  return std::unique_ptr<HttpClient>(new HttpClient(std::make_unique<Impl>()));
}
HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

HttpClient::Id HttpClient::Start(Request request) {
  World& world = World::Get();
  Sent call{
      .stage = StageOf(request.url), .bytes = request.body.size(), .started_us = world.now_us};
  ReadText(request, &call);
  world.CheckBefore(call);
  call.token = world.rows[call.row].token;
  Answer answer = world.answer(call);
  if (answer.after_us > request.timeout_ms * 1000) {
    answer = {.after_us = request.timeout_ms * 1000,
              .response = World::Broken(Response::Transport::kTimeout)};
  }
  call.ends_us = world.now_us + answer.after_us;
  const Id id = impl_->next_id++;
  world.in_flight.emplace(id, World::InFlight{world.calls.size(), std::move(answer)});
  world.calls.push_back(call);
  return id;
}

void HttpClient::Abort(Id id) { World::Get().in_flight.erase(id); }

void HttpClient::Run() {
  World& world = World::Get();
  for (auto sent = world.in_flight.begin(); sent != world.in_flight.end();) {
    Sent& call = world.calls[sent->second.call];
    Answer& answer = sent->second.answer;
    if (call.ends_us > world.now_us) {
      ++sent;
      continue;
    }
    call.succeeded = answer.response.status == 200;
    impl_->finished.push_back({.id = sent->first, .response = std::move(answer.response)});
    sent = world.in_flight.erase(sent);
  }
}

std::vector<HttpClient::Finished> HttpClient::TakeFinished() {
  return std::exchange(impl_->finished, {});
}

size_t HttpClient::in_flight() const { return World::Get().in_flight.size(); }
int HttpClient::poll_fd() const { return -1; }
int64_t HttpClient::TimeoutMs() const { return -1; }
std::vector<HttpClient::Id> HttpClient::TakeUploaded() { return {}; }
void HttpClient::SetOutbound(Outbound) {}
void HttpClient::SetCaFile(std::string) {}
void HttpClient::SetMemory(MemoryBudget*) {}
void HttpClient::SetMayExceed(bool) {}
void HttpClient::SetConnectionsMax(int) {}

namespace sim {

// A tenth of a second of silence.
std::string Silence() {
  const std::string samples(1600, '\0');
  const auto little = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; i++) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  return "RIFF" + little(36 + 1600, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(1, 2) +
         little(8000, 4) + little(16000, 4) + little(2, 2) + little(16, 2) + "data" +
         little(1600, 4) + samples;
}

Response World::Good(Stage stage, const std::string& text) {
  Response response{.status = 200};
  if (stage == Stage::kAudio) {
    response.body = Silence();
  } else if (stage == Stage::kSsml) {
    response.body = R"({"segments": ["<speak version=\"1.1\">)" + text + R"(</speak>"]})";
  } else {
    response.body =
        R"({"title": "T", "summary": "S", "full_feedback": "F", "metrics": [], "feedback": [)"
        R"({"timestamp_seconds": 1, "category": "c", "message": "one", "confidence": 1, "impact": 1}]})";
  }
  return response;
}

Response World::Refusal(int status, std::optional<int64_t> retry_after_ms) {
  return {.status = status, .retry_after_ms = retry_after_ms};
}

Response World::Broken(Response::Transport transport) {
  return {.transport = transport, .transport_error = "as it was told"};
}

}  // namespace sim
}  // namespace debrief
