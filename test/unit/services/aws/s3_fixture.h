// s3_fixture.h: an S3 server, and answers in the shapes of the service.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "bgworker/core/services/kinds.h"

// Of its own, because all tests become one program.
namespace debrief::s3_fixture {

using Headers = std::map<std::string, std::string>;
using Options = std::map<std::string, std::string>;

inline constexpr char kKey[] = "AKIDEXAMPLE:s3cr3ts3cr3ts3cr3t:T0KENT0KEN";
inline constexpr CallContext kMoment{.unix_ms = 1'790'000'000'000, .access_token = {}};

inline ServerConfig Server(const Options& options = {}) {
  ServerConfig server{.name = "s3",
                      .kind = "s3",
                      .base_url = "https://s3.eu-west-1.amazonaws.com",
                      .key = kKey,
                      .timeout_ms = 4'321,
                      .options = {{"region", "eu-west-1"}, {"bucket", "sounds"}}};
  for (const auto& [option, value] : options) server.options[option] = value;
  return server;
}

// At an address of the operator's own.
inline ServerConfig OwnServer(const std::string& base_url, Options options = {}) {
  options["base_url"] = base_url;
  ServerConfig server = Server(options);
  server.base_url = base_url;
  return server;
}

inline NewObject Object() {
  return {.path = "u 1/a+b.mp3", .content_type = "audio/mpeg", .sha256 = "ab12", .bytes = "sound"};
}

inline Headers HeadersOf(const Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

inline Response Answer(int status, std::string body = "", const Headers& told = {}) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.insert(told.begin(), told.end());
  return response;
}

inline Response Error(int status, const std::string& code, const std::string& more = "") {
  return Answer(status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
                            "</Code><Message>words</Message>" + more + "</Error>");
}

inline Response Broken(Response::Transport transport) {
  Response response;
  response.transport = transport;
  return response;
}

inline std::string CodeOf(const std::optional<Failure>& failure) {
  return failure ? failure->code : "";
}

inline PutStep Put(const Response& response, bool looked = false,
                   const ServerConfig& server = Server()) {
  return FindStore("s3")->NextPut(server, kMoment, Object(), response, looked);
}

inline std::string CodeOf(const PutStep& step) {
  if (std::holds_alternative<Stored>(step)) return "stored";
  if (std::holds_alternative<Request>(step)) return "look";
  return std::get<Failure>(step).code;
}

}  // namespace debrief::s3_fixture
