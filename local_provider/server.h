// server.h: the routes of docs/http-protocol.md over cpp-httplib.
//
// One request per connection: httplib 0.11.4 would take what is left of a refused body for the
// next request. Bodies are read by our own code in bounded memory.
#pragma once

#include <httplib.h>

#include <optional>
#include <string>

#include "local_provider/options.h"
#include "local_provider/protocol.h"
#include "local_provider/slots.h"
#include "local_provider/tools.h"

namespace debrief::local_provider {

struct ServerSetup {
  Options options;
  ToolVersions versions;
  std::string key;                // empty: no key is asked for
  std::string working_directory;  // every request gets a directory inside
  int stop_descriptor = -1;       // readable when children must die
};

class Server {
 public:
  explicit Server(ServerSetup setup);

  // False when the address cannot be taken.
  bool Bind();
  int port() const { return port_; }

  // Answers until Stop; false when it ended by itself.
  bool Run();

  // May be called from any thread, more than once. A call before Run has begun has no effect.
  void Stop();

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;
  using Reader = httplib::ContentReader;

  void Configure();
  void AddRoutes();
  std::optional<ErrorAnswer> RefusalOf(const Request& request) const;
  int AnswerExpectation(const Request& request, Response& response);
  void Analyse(const Request& request, Response& response, const Reader& reader);
  void ReceiveAndAnalyse(const Request& request, Response& response, const Reader& reader);
  void SpeakAloud(const Request& request, Response& response, const Reader& reader);
  void ReceiveAndSpeak(Response& response, const Reader& reader);

  const ServerSetup setup_;
  Slots analysis_slots_;
  Slots speech_slots_;
  httplib::Server http_;
  int port_ = 0;
};

}  // namespace debrief::local_provider
