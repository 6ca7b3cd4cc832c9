// running_server.h: the program itself, started on a free port for one test.
#pragma once

#include <httplib.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "local_provider/temporary_directory.h"

namespace debrief::local_provider {

class RunningServer {
 public:
  // Starts with `--listen 127.0.0.1:0` and a work directory of its own, plus `options`.
  explicit RunningServer(const std::vector<std::string>& options = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  bool IsReady() const { return port_ > 0; }
  int port() const { return port_; }
  httplib::Client Client() const;
  bool IsHealthy() const;

  // Sends SIGTERM and waits; the exit code, or -1 for any other end.
  int Stop();

  // What is left in the work directory.
  size_t LeftFiles() const;
  std::string Log() const;

  httplib::Result Analyse(const std::string& video, const std::string& job) const;
  httplib::Result Analyse(const std::string& video) const;
  httplib::Result Speak(const std::string& ssml, const std::string& voice = "en-us") const;

 private:
  TemporaryDirectory directory_;
  pid_t id_ = -1;
  int port_ = 0;
};

httplib::Headers ProtocolHeaders();

// The code of an error body, or the body when it is no error.
std::string ErrorCode(const httplib::Result& result);

}  // namespace debrief::local_provider
