// main.cpp: the worker as a program of its own: options, signals, the connection; then the story in
// bgworker/worker/worker.cpp.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>

#include "bgworker/backend/log.h"
#include "bgworker/backend/module.h"
#include "bgworker/worker/process_limits.h"
#include "bgworker/worker/version_gate.h"
#include "bgworker/worker/worker.h"
#include "console/database.h"
#include "console/option_file.h"
#include "outside/check.h"
#include "outside/journal.h"
#include "outside/options.h"
#include "outside/session.h"
#include "outside/settings.h"
#include "outside/signals.h"
#include "outside/slot.h"

namespace debrief::outside {
namespace {

constexpr int kUsageCode = 2;

int Complain(const std::string& problem, int code) {
  std::fprintf(stderr, "%spg_debrief_worker: %s\n", Priority("<3>"), problem.c_str());
  return code;
}

// Keys and texts, which pass through, are in no core file.
void ForbidCoreFiles() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

int Work(const Options& options) {
  Log(Severity::kLog, {.message = Format("pg_debrief worker %s begins", LibraryVersion())});
  slot::SetPollMs(options.poll_ms);
  if (options.once) slot::EndWhenIdle();
  WaitUntilVersionsFit();
  std::string error;
  std::unique_ptr<HttpClient> http = HttpClient::Create(&error);
  if (http == nullptr) return Complain(error, EXIT_FAILURE);
  PinAllocator();
  Worker worker(std::move(http), MakeRoomForConnections());
  worker.Run();
  return EXIT_SUCCESS;
}

int Main(int count, char** arguments) {
  const auto parsed = ParseOptions({arguments + 1, arguments + count}, &console::FileContent);
  if (const auto* problem = std::get_if<std::string>(&parsed)) {
    return Complain(*problem + "\nTry --help.", kUsageCode);
  }
  const Options& options = std::get<Options>(parsed);
  if (options.help) {
    std::fputs(HelpText(), stdout);
    return EXIT_SUCCESS;
  }
  std::string problem = console::ConninfoProblem(options.dsn);
  if (!problem.empty()) return Complain("--dsn: " + problem, kUsageCode);
  if (!SetOwnSettings(options.settings, &problem)) return Complain(problem, kUsageCode);
  ForbidCoreFiles();
  signals::SetHandlers();
  Session::Open(options.dsn);
  try {
    return options.check ? Check() : Work(options);
  } catch (const std::exception& exception) {
    return Complain(exception.what(), EXIT_FAILURE);
  }
}

}  // namespace
}  // namespace debrief::outside

int main(int count, char** arguments) { return debrief::outside::Main(count, arguments); }
