// main.cpp: options, signals, start and stop.
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "console/database.h"
#include "console/http_server.h"
#include "console/jwt.h"
#include "console/metrics.h"
#include "console/monitor_routes.h"
#include "console/option_file.h"
#include "console/options.h"
#include "console/routes.h"

namespace debrief::console {
namespace {

constexpr int kUsageCode = 2;

int Complain(const std::string& problem, int code) {
  std::fprintf(stderr, "pg_debrief_console: %s\n", problem.c_str());
  return code;
}

// A descriptor for each browser; and passwords, which pass through, in no core file.
void SetLimits() {
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

std::unique_ptr<HttpServer> Listen(const Address& address, const char* what,
                                   HttpServer::Setup setup) {
  setup.address = address.Socket();
  auto server = std::make_unique<HttpServer>(std::move(setup));
  if (!server->Start()) {
    Complain("cannot listen on " + address.Text() + ": " + std::strerror(errno), EXIT_FAILURE);
    return nullptr;
  }
  Address taken = address;
  taken.port = server->port();
  std::printf("%s on http://%s\n", what, taken.Text().c_str());
  std::fflush(stdout);
  return server;
}

// The verifier of tokens, or nothing where none are accepted.
std::variant<std::shared_ptr<const JwtVerifier>, std::string> MakeVerifier(const Options& options) {
  if (options.jwt_algorithm.empty()) return std::shared_ptr<const JwtVerifier>();
  const auto key = FileContent(options.jwt_key_file);
  if (!key) return "--jwt-key-file: cannot read " + options.jwt_key_file;
  auto made = JwtVerifier::Make(options.jwt_algorithm, *key, options.jwt_audience);
  if (const auto* problem = std::get_if<std::string>(&made)) {
    return "--jwt-key-file " + options.jwt_key_file + ": " + *problem;
  }
  return made;
}

int Serve(const Options& options, std::shared_ptr<const JwtVerifier> verifier,
          const sigset_t& signals) {
  Routes routes(options, std::move(verifier));
  Metrics metrics(options.metrics_dsn, routes.streams());
  std::unique_ptr<HttpServer> monitor;
  if (options.metrics_listen) {
    HttpServer::Setup setup;
    setup.threads = 2;
    setup.connections_max = 100;
    setup.handler = [&metrics](const Request& request) { return AnswerMonitor(request, metrics); };
    monitor = Listen(*options.metrics_listen, "metrics", std::move(setup));
    if (!monitor) return EXIT_FAILURE;
    metrics.WhyNotReady();  // what is wrong stands in the log before anybody asks
  }
  HttpServer::Setup setup;
  setup.threads = 32;  // some of them wait for a connection that another request has
  setup.handler = [&routes](const Request& request) { return routes.Answer(request); };
  const auto page = Listen(*options.listen, "page", std::move(setup));
  if (!page) return EXIT_FAILURE;
  std::puts("ready");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  routes.Stop();
  return EXIT_SUCCESS;
}

int Main(int count, char** arguments) {
  const auto options = ParseOptions({arguments + 1, arguments + count}, &FileContent);
  if (const auto* problem = std::get_if<std::string>(&options)) {
    return Complain(*problem + "\nTry --help.", kUsageCode);
  }
  const auto& good = std::get<Options>(options);
  if (good.help) {
    std::fputs(HelpText(), stdout);
    return EXIT_SUCCESS;
  }
  for (const auto& [name, dsn] : {std::pair("--dsn", good.dsn),
                                  {"--login-dsn", good.login_dsn},
                                  {"--metrics-dsn", good.metrics_dsn}}) {
    const std::string problem = ConninfoProblem(dsn);
    if (!problem.empty()) return Complain(std::string(name) + ": " + problem, kUsageCode);
  }
  auto verifier = MakeVerifier(good);
  if (const auto* problem = std::get_if<std::string>(&verifier)) {
    return Complain(*problem, kUsageCode);
  }
  SetLimits();
  // Before any thread exists: all inherit it, and only sigwait takes the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return Serve(good, std::get<0>(std::move(verifier)), signals);
}

}  // namespace
}  // namespace debrief::console

int main(int count, char** arguments) { return debrief::console::Main(count, arguments); }
