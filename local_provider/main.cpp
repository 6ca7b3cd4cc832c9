// main.cpp: options, signals, start and stop.
//
// The main thread only waits for a signal; the server runs beside it. When asked to stop, the
// programs it runs are killed, the temporary files go, and the exit code is 0.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "local_provider/descriptor.h"
#include "local_provider/options.h"
#include "local_provider/server.h"
#include "local_provider/temporary_directory.h"
#include "local_provider/tools.h"

namespace debrief::local_provider {
namespace {

constexpr int kUsageCode = 2;
constexpr size_t kKeyBytesMax = 4096;

int Complain(const std::string& problem, int code) {
  std::fprintf(stderr, "pg_debrief_local_provider: %s\n", problem.c_str());
  return code;
}

// Programs are started with descriptors 0 to 2 and a pipe must not become one of them.
void OpenStandardDescriptors() {
  int number = open("/dev/null", O_RDWR);
  while (number >= 0 && number <= STDERR_FILENO) number = open("/dev/null", O_RDWR);
  if (number >= 0) close(number);
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// The key without the line end; absent when the file cannot be used.
std::optional<std::string> ReadKey(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (file.peek() == EOF) return std::nullopt;  // a folder opens, and the iterators would throw
  std::string key(std::istreambuf_iterator<char>(file), {});
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty() || key.size() > kKeyBytesMax) return std::nullopt;
  return key;
}

std::string WorkParent(const Options& options) {
  if (!options.work_directory.empty()) return options.work_directory;
  const char* const from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

// Informs the main thread that the server has ended.
class Ending {
 public:
  void Announce() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_all();
  }
  bool IsOverWithin(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return is_over_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
};

// Stops the server; false when a client still holds it up after some seconds.
bool StopWithin(Server& server, const Descriptor& stop, Ending& ending) {
  using namespace std::chrono_literals;
  constexpr int kPatienceTurns = 100;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = write(stop.number(), &one, sizeof one);
  for (int turn = 0; turn < kPatienceTurns; ++turn) {
    server.Stop();  // again each turn: a stop before the server listens is lost
    if (ending.IsOverWithin(50ms)) return true;
  }
  return false;
}

int Serve(ServerSetup setup, const Descriptor& stop, TemporaryDirectory& directory) {
  const std::string host = setup.options.host;
  Server server(std::move(setup));
  if (!server.Bind()) return Complain("cannot listen on " + host, EXIT_FAILURE);
  const bool is_six = host.find(':') != std::string::npos;
  std::printf("listening on http://%s:%d\n", (is_six ? "[" + host + "]" : host).c_str(),
              server.port());
  std::fflush(stdout);

  Ending ending;
  std::thread thread([&] {
    server.Run();
    ending.Announce();
    kill(getpid(), SIGTERM);  // wakes the main thread when the server ended by itself
  });
  const sigset_t signals = StopSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  const bool ended_alone = ending.IsOverWithin(std::chrono::milliseconds(0));
  if (!StopWithin(server, stop, ending)) {
    directory.Remove();
    _exit(EXIT_SUCCESS);
  }
  thread.join();
  return ended_alone ? Complain("the listening socket failed", EXIT_FAILURE) : EXIT_SUCCESS;
}

int Start(const Options& options) {
  ServerSetup setup;
  setup.options = options;
  if (!options.key_file.empty()) {
    const auto key = ReadKey(options.key_file);
    if (!key) return Complain("no key in " + options.key_file, EXIT_FAILURE);
    setup.key = *key;
  }
  TemporaryDirectory::RemoveAbandoned(WorkParent(options));
  TemporaryDirectory directory(WorkParent(options));
  if (!directory.IsReady()) {
    return Complain("cannot make a directory in " + WorkParent(options), EXIT_FAILURE);
  }
  auto versions = CheckTools(options, directory.path());
  if (const auto* problem = std::get_if<std::string>(&versions)) {
    return Complain(*problem, EXIT_FAILURE);
  }
  setup.versions = std::get<ToolVersions>(versions);
  setup.working_directory = directory.path();
  const Descriptor stop(eventfd(0, EFD_CLOEXEC));
  setup.stop_descriptor = stop.number();
  return Serve(std::move(setup), stop, directory);
}

int Main(int count, const char* const* arguments) {
  const auto options = ParseOptions(count, arguments);
  if (const auto* problem = std::get_if<std::string>(&options)) {
    return Complain(*problem + "\nTry --help.", kUsageCode);
  }
  if (std::get<Options>(options).help) {
    std::fputs(HelpText(), stdout);
    return EXIT_SUCCESS;
  }
  OpenStandardDescriptors();
  // Before any thread exists: all inherit it, and only sigwait takes the signals.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Start(std::get<Options>(options));
}

}  // namespace
}  // namespace debrief::local_provider

int main(int count, char** arguments) { return debrief::local_provider::Main(count, arguments); }
