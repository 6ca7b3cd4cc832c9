// supabase_fixture.h: a Supabase server, and answers in the shapes of the service.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/json.h"

// Of its own, because all tests become one program.
namespace debrief::supabase_fixture {

using Headers = std::map<std::string, std::string>;

inline constexpr char kJwt[] = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";

inline ServerConfig Server() {
  return {.name = "supabase",
          .kind = "supabase",
          .base_url = "https://ref.supabase.co/storage/v1",
          .key = kJwt,
          .timeout_ms = 4'321,
          .options = {{"bucket", "sounds"}}};
}

inline Headers HeadersOf(const Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

inline Response Answer(int status, std::string body = "") {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// As the service does it: HTTP 400, and the truth in the body.
inline Response Error(const std::string& status, const std::string& error, const std::string& code,
                      const std::string& message = "words") {
  json::Writer writer;
  writer.StartObject().Key("statusCode").String(status).Key("error").String(error);
  writer.Key("message").String(message);
  if (!code.empty()) writer.Key("code").String(code);
  return Answer(400, writer.EndObject().Take());
}

inline Response Broken(Response::Transport transport) {
  Response response;
  response.transport = transport;
  return response;
}

inline std::string CodeOf(const std::optional<Failure>& failure) {
  return failure ? failure->code : "";
}

}  // namespace debrief::supabase_fixture
