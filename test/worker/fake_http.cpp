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
  if (url == "http://127.0.0.1:3") return Stage::kDeliver;
  return url.ends_with("/v1/ssml") ? Stage::kSsml : Stage::kAudio;
}

// The message in the request says which row it is about, and which version: m12v3.
void ReadText(const Request& request, Sent* call) {
  constexpr std::string_view kMarkers[kStageCount] = {"\"filename\":\"m", "\"message\":\"m", ">m",
                                                      "\"id\":\"m"};
  const std::string_view marker = kMarkers[static_cast<size_t>(call->stage)];
  const std::string& text = request.form.empty() ? request.body : request.form[0].text;
  const size_t at = text.find(marker) + marker.size();
  char* end = nullptr;
  call->row = std::strtoll(text.c_str() + at, &end, 10);
  call->version = static_cast<int>(std::strtol(end + 1, nullptr, 10));
}

constexpr std::string_view kBucket = "http://127.0.0.1:2/";

Sent ReadStoreCall(const Request& request) {
  constexpr std::string_view kFolder = "/sounds/";
  Sent call{.stage = Stage::kAudio, .to_store = true};
  const size_t folder = request.url.find(kFolder);
  if (folder == std::string::npos) return call;  // it is about the bucket
  const size_t at = folder + kFolder.size();
  call.row = std::strtoll(request.url.c_str() + at, nullptr, 10);
  return call;
}

// What the bucket does with a request that reaches it. Its body says what is wrong.
Response OfBucket(const Request& request) {
  if (request.url.ends_with("/bucket/b")) return {.status = 200, .body = R"({"id": "b"})"};
  std::map<std::string, size_t>& objects = World::Get().objects;
  const std::string object = request.url.substr(request.url.find("/b/"));
  const auto found = objects.find(object);
  if (request.method == Request::Method::kGet) {
    if (found == objects.end()) {
      return {.status = 400, .body = R"({"statusCode": "404", "error": "not_found"})"};
    }
    return {.status = 200, .body = "{\"size\": " + std::to_string(found->second) + "}"};
  } else if (found != objects.end()) {
    return {.status = 400, .body = R"({"statusCode": "409", "error": "Duplicate"})"};
  }
  objects[object] = request.body.size();
  return {.status = 200, .body = R"({"Key": "b"})"};
}

Answer OfStore(const Request& request, const Sent& call) {
  World& world = World::Get();
  Answer answer = world.store_answer(call);
  const bool is_broken = answer.response.transport != Response::Transport::kOk;
  const bool is_kept = is_broken && request.method == Request::Method::kPost && world.random() % 2;
  if (is_kept) OfBucket(request);
  if (answer.response.status == 200) answer.response = OfBucket(request);
  return answer;
}

}  // namespace

std::unique_ptr<HttpClient> HttpClient::Create(std::string*) {
  return std::unique_ptr<HttpClient>(new HttpClient(std::make_unique<Impl>()));
}
HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

HttpClient::Id HttpClient::Start(Request request) {
  World& world = World::Get();
  const bool to_store = request.url.starts_with(kBucket);
  Sent call = to_store ? ReadStoreCall(request) : Sent{.stage = StageOf(request.url)};
  call.bytes = request.body.size();
  call.started_us = world.now_us;
  if (!to_store) ReadText(request, &call);
  world.CheckBefore(call);
  if (!to_store) call.token = world.rows[call.row].token;
  Answer answer = to_store ? OfStore(request, call) : world.answer(call);
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

void HttpClient::AbortUnsent() {
  World& world = World::Get();
  std::erase_if(world.in_flight,
                [&](const auto& sent) { return !world.calls[sent.second.call].was_sent; });
}

void HttpClient::Run() {
  World& world = World::Get();
  world.looked_at_calls = true;
  for (auto sent = world.in_flight.begin(); sent != world.in_flight.end();) {
    Sent& call = world.calls[sent->second.call];
    Answer& answer = sent->second.answer;
    call.was_sent = true;
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
