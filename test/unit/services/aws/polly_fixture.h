// polly_fixture.h: a server of Amazon Polly, and what it is asked.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "bgworker/core/services/kinds.h"

// Of its own, because all tests become one program.
namespace debrief::polly_fixture {

using Headers = std::map<std::string, std::string>;

inline constexpr char kKey[] = "AKIDEXAMPLE:s3cr3ts3cr3ts3cr3t:T0KENT0KEN";
inline constexpr char kDocument[] = "<speak>Look up.</speak>";

inline ServerConfig Server() {
  return {.name = "polly",
          .kind = "polly",
          .base_url = "https://polly.eu-west-1.amazonaws.com",
          .key = kKey,
          .timeout_ms = 4'321,
          .options = {{"region", "eu-west-1"}, {"voice", "Joanna"}}};
}

inline ServerConfig With(std::map<std::string, std::string> options) {
  ServerConfig server = Server();
  for (const auto& [option, value] : options) server.options[option] = value;
  return server;
}

inline Job AudioJob(std::string voice = "") {
  return {.stage = Stage::kAudio, .id = 7, .voice = {.provider_voice = std::move(voice)}};
}

inline Step Started(const ServerConfig& server, const Job& job,
                    std::string_view document = kDocument) {
  return FindProvider("polly")->Start(
      server, {.job = &job, .speech = document, .call_context = {.unix_ms = 1'790'000'000'000}});
}

inline Request RequestOf(const ServerConfig& server, std::string_view document = kDocument) {
  return std::get<Request>(Started(server, AudioJob(), document));
}

inline Headers HeadersOf(const Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

inline std::string CodeOf(const Step& step) {
  const Failure* failure = std::get_if<Failure>(&step);
  return failure == nullptr ? "" : failure->code;
}

}  // namespace debrief::polly_fixture
