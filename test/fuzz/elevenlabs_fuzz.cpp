// elevenlabs_fuzz.cpp: any bytes as the name of a voice or of a format: no byte that could change
// the address may get into it. As what is spoken: the request says just that. As answers: only a
// 200 is a sound, and the key is told nowhere.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/json.h"

namespace {

using namespace debrief;

constexpr char kKey[] = "s3cr3t-k3y";
constexpr std::string_view kAddress = "https://eleven.example/v1/text-to-speech/";

void Require(bool holds) {
  if (!holds) std::abort();
}

std::optional<json::Value> Parsed(std::string_view text) {
  std::string problem;
  return json::Parse(text, &problem);
}

std::string Quoted(std::string_view text) {
  json::Writer writer;
  writer.String(text);
  return writer.Take();
}

ServerConfig ServerOf(const std::string& format) {
  return {.base_url = "https://eleven.example",
          .key = kKey,
          .options = {{"model", "m"}, {"voice", "v"}, {"output_format", format}}};
}

Step Start(const ServerConfig& server, const std::string& voice, std::string_view speech) {
  const Job job{.stage = Stage::kAudio, .voice = {.provider_voice = voice}};
  return FindProvider("elevenlabs")->Start(server, {.job = &job, .speech = speech});
}

// One "?" and one "=", which are ours, and letters, digits and "_" between.
void CheckAddress(const Step& step) {
  const Request* request = std::get_if<Request>(&step);
  if (request == nullptr) return;
  std::string_view rest = request->url;
  Require(rest.starts_with(kAddress));
  rest.remove_prefix(kAddress.size());
  Require(std::count(rest.begin(), rest.end(), '?') == 1);
  Require(std::count(rest.begin(), rest.end(), '=') == 1);
  Require(std::all_of(rest.begin(), rest.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '?' || c == '=';
  }));
}

void CheckFailure(const Failure& failure) {
  Require(!failure.code.empty() && !failure.message.empty() && failure.detail.size() <= 500);
  Require(failure.detail.find(kKey) == std::string::npos);
  Require(Parsed(Quoted(failure.detail)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ServerConfig plain = ServerOf("mp3_44100_128");
  CheckAddress(Start(plain, text, "x"));
  CheckAddress(Start(ServerOf(text), "", "x"));
  if (Parsed(Quoted(text))) {
    const Step step = Start(plain, "", text);
    const std::optional<json::Value> body = Parsed(std::get<Request>(step).body);
    Require(body && body->Find("text")->String() == text);
  }
  const Provider& eleven = *FindProvider("elevenlabs");
  const Job job{.stage = Stage::kAudio};
  for (const char* format : {"mp3_44100_128", "pcm_24000"}) {
    const ServerConfig server = ServerOf(format);
    for (const int status : {200, 400, 401, 422, 429, 500}) {
      Response response;
      response.status = status;
      response.body = text;
      if (const auto failure = eleven.ReadProbe(server, response)) CheckFailure(*failure);
      const Step step = eleven.Next(server, {.job = &job, .speech = "x"}, std::move(response));
      const Failure* failure = std::get_if<Failure>(&step);
      Require(failure != nullptr || (status == 200 && std::holds_alternative<Result>(step)));
      if (failure != nullptr) CheckFailure(*failure);
    }
  }
  return 0;
}
