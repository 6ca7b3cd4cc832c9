// process.cpp: fork, exec, watch, kill, reap.
//
// Between fork and exec only async-signal-safe calls are made (the server has threads):
// everything the child needs is prepared before the fork.
#include "local_provider/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "local_provider/descriptor.h"

namespace debrief::local_provider {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kReadBytes = 16 * 1024;
constexpr int kFirstForeignDescriptor = 3;
constexpr int kExecFailedCode = 127;

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

bool OpenPipe(Pipe& pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe.read_end = Descriptor(ends[0]);
  pipe.write_end = Descriptor(ends[1]);
  return true;
}

// Everything the child touches, as plain pointers and numbers.
struct ChildPlan {
  char* const* arguments;
  char* const* environment;
  const char* directory;
  const ProcessLimits* limits;
  int input;
  int output;
  int errors;
  int failure;  // receives errno when the program cannot be started
  pid_t parent;
};

bool Limit(__rlimit_resource resource, rlim_t value) {
  if (value == RLIM_INFINITY) return true;
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  // One second between soft and hard turns a plain kill into SIGXCPU, which names the reason.
  if (resource == RLIMIT_CPU && limit.rlim_max == value) limit.rlim_max = value + 1;
  return setrlimit(resource, &limit) == 0 || errno == EPERM;
}

bool LimitChild(const ProcessLimits& limits) {
  return Limit(RLIMIT_CPU, limits.cpu_seconds_max) && Limit(RLIMIT_AS, limits.memory_bytes_max) &&
         Limit(RLIMIT_FSIZE, limits.file_bytes_max) &&
         Limit(RLIMIT_NOFILE, limits.open_files_max) && Limit(RLIMIT_NPROC, limits.processes_max) &&
         Limit(RLIMIT_CORE, 0);
}

void RestoreSignals() {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool PrepareChild(const ChildPlan& plan) {
  if (setpgid(0, 0) != 0) return false;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  // The parent may have died before the line above took effect.
  if (getppid() != plan.parent) return false;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  umask(077);
  if (chdir(plan.directory) != 0) return false;
  if (dup2(plan.input, STDIN_FILENO) < 0 || dup2(plan.output, STDOUT_FILENO) < 0 ||
      dup2(plan.errors, STDERR_FILENO) < 0) {
    return false;
  }
  if (close_range(kFirstForeignDescriptor, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
  return LimitChild(*plan.limits);
}

[[noreturn]] void BecomeProgram(const ChildPlan& plan) {
  RestoreSignals();
  if (PrepareChild(plan)) execve(plan.arguments[0], plan.arguments, plan.environment);
  const int reason = errno;
  [[maybe_unused]] const ssize_t ignored = write(plan.failure, &reason, sizeof reason);
  _exit(kExecFailedCode);
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// sys/pidfd.h of glibc 2.36 lacks extern "C", so its functions do not link from C++.
int OpenHandle(pid_t id) { return static_cast<int>(syscall(SYS_pidfd_open, id, 0)); }

struct Child {
  pid_t id = -1;
  Descriptor handle;
  Descriptor output;
  Descriptor errors;
};

// Starts the child; returns 0 or errno. It writes to `link` where that is given, else to a pipe
// of its own.
int Start(const ProcessSpec& spec, Child& child, Descriptor input, Descriptor link = {}) {
  Pipe output, errors, failure;
  if (!input.IsOpen() || !OpenPipe(errors) || !OpenPipe(failure)) return errno;
  if (link.IsOpen()) {
    output.write_end = std::move(link);
  } else if (!OpenPipe(output)) {
    return errno;
  }
  // espeak-ng looks for a sound server even when it writes a file, and could start one.
  const std::vector<std::string> environment = {
      "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + spec.directory, "TMPDIR=" + spec.directory,
      "PULSE_SERVER=unix:/dev/null"};
  const std::vector<char*> arguments = Pointers(spec.arguments);
  const std::vector<char*> variables = Pointers(environment);
  const ChildPlan plan{.arguments = arguments.data(),
                       .environment = variables.data(),
                       .directory = spec.directory.c_str(),
                       .limits = &spec.limits,
                       .input = input.number(),
                       .output = output.write_end.number(),
                       .errors = errors.write_end.number(),
                       .failure = failure.write_end.number(),
                       .parent = getpid()};
  const pid_t id = fork();
  if (id < 0) return errno;
  if (id == 0) BecomeProgram(plan);
  setpgid(id, id);  // Both sides do it, so that it is done before either goes on.
  failure.write_end.Close();
  int reason = 0;
  ssize_t count;
  do count = read(failure.read_end.number(), &reason, sizeof reason);
  while (count < 0 && errno == EINTR);
  child.handle = Descriptor(count == 0 ? OpenHandle(id) : -1);
  if (!child.handle.IsOpen()) {
    if (count == 0) reason = errno;
    kill(id, SIGKILL);
    waitpid(id, nullptr, 0);
    return reason != 0 ? reason : EAGAIN;
  }
  child.id = id;
  child.output = std::move(output.read_end);
  child.errors = std::move(errors.read_end);
  return 0;
}

Descriptor NoInput() { return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

enum class ReadState { kMore, kEnd, kTooLong };

// Takes what is in the pipe now. `keep_reading` drops the oldest of what is over the cap.
ReadState TakeAvailable(const Descriptor& pipe, size_t bytes_max, bool keep_reading,
                        std::string& text) {
  std::array<char, kReadBytes> buffer;
  const ssize_t count = read(pipe.number(), buffer.data(), buffer.size());
  if (count == 0) return ReadState::kEnd;
  if (count < 0) return errno == EAGAIN || errno == EINTR ? ReadState::kMore : ReadState::kEnd;
  text.append(buffer.data(), static_cast<size_t>(count));
  if (text.size() <= bytes_max) return ReadState::kMore;
  if (keep_reading) {
    text.erase(0, text.size() - bytes_max);
    return ReadState::kMore;
  }
  text.resize(bytes_max);
  return ReadState::kTooLong;
}

int MillisecondsUntil(Clock::time_point deadline) {
  constexpr long kPollMillisecondsMax = 3600 * 1000;
  const long left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp(left, 0L, kPollMillisecondsMax));
}

// Returns why watching ended; kExited means that the child has ended by itself.
ProcessEnd Watch(const ProcessSpec& spec, Child& child, ProcessResult& result) {
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(spec.limits.wall_seconds));
  for (;;) {
    if (Clock::now() >= deadline) return ProcessEnd::kTimedOut;
    std::array<pollfd, 4> events = {{{child.output.number(), POLLIN, 0},
                                     {child.errors.number(), POLLIN, 0},
                                     {child.handle.number(), POLLIN, 0},
                                     {spec.stop_descriptor, POLLIN, 0}}};
    if (poll(events.data(), events.size(), MillisecondsUntil(deadline)) < 0) continue;
    if (events[3].revents != 0) return ProcessEnd::kStopped;
    if (events[0].revents != 0) {
      const ReadState state =
          TakeAvailable(child.output, spec.output_bytes_max, false, result.output);
      if (state == ReadState::kTooLong) return ProcessEnd::kOutputTooLong;
      if (state == ReadState::kEnd) child.output.Close();
    }
    if (events[1].revents != 0 && TakeAvailable(child.errors, spec.output_bytes_max, true,
                                                result.errors) == ReadState::kEnd) {
      child.errors.Close();
    }
    if (events[2].revents != 0) return ProcessEnd::kExited;
  }
}

// What a dead group left in the pipe. A process that fled the group may still hold the other
// end, so this never waits.
bool TakeRest(const Descriptor& pipe, size_t bytes_max, bool keep_reading, std::string& text) {
  if (!pipe.IsOpen()) return true;
  fcntl(pipe.number(), F_SETFL, O_NONBLOCK);
  constexpr int kReadsMax = 64;  // a pipe holds 64 KiB
  for (int reads = 0; reads < kReadsMax; ++reads) {
    errno = 0;
    const ReadState state = TakeAvailable(pipe, bytes_max, keep_reading, text);
    if (state == ReadState::kTooLong) return false;
    if (state == ReadState::kEnd || errno == EAGAIN) return true;
  }
  return true;
}

void Describe(int status, ProcessResult& result) {
  result.end = WIFEXITED(status) ? ProcessEnd::kExited : ProcessEnd::kSignalled;
  result.detail = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  if (result.end == ProcessEnd::kSignalled && result.detail == SIGXCPU) {
    result.end = ProcessEnd::kTimedOut;
  } else if (result.end == ProcessEnd::kSignalled && result.detail == SIGXFSZ) {
    result.end = ProcessEnd::kFileTooLong;
  }
}

// Watches a child that was started, kills its group and reaps it.
ProcessResult Complete(const ProcessSpec& spec, Child& child) {
  ProcessResult result;
  const ProcessEnd end = Watch(spec, child, result);
  // Killed before it is reaped: until then its group number cannot belong to anybody else.
  kill(-child.id, SIGKILL);
  int status = 0;
  while (waitpid(child.id, &status, 0) < 0 && errno == EINTR) continue;
  if (end != ProcessEnd::kExited) {
    result.end = end;
    return result;
  }
  Describe(status, result);
  TakeRest(child.errors, spec.output_bytes_max, true, result.errors);
  if (!TakeRest(child.output, spec.output_bytes_max, false, result.output)) {
    result.end = ProcessEnd::kOutputTooLong;
  }
  return result;
}

ProcessResult NotStarted(int reason) { return {ProcessEnd::kNotStarted, reason, {}, {}}; }

}  // namespace

ProcessResult RunProcess(const ProcessSpec& spec) {
  Child child;
  const int reason = Start(spec, child, NoInput());
  return reason == 0 ? Complete(spec, child) : NotStarted(reason);
}

PipelineResult RunPipeline(const ProcessSpec& first, const ProcessSpec& second) {
  Child writer, reader;
  Pipe link;
  if (!OpenPipe(link)) return {NotStarted(errno), NotStarted(errno)};
  if (const int reason = Start(first, writer, NoInput(), std::move(link.write_end))) {
    return {NotStarted(reason), NotStarted(reason)};
  }
  const int reason = Start(second, reader, std::move(link.read_end));
  // When the reader ends, the writer ends at its next write; both are always reaped.
  PipelineResult result;
  std::thread watcher([&] { result.first = Complete(first, writer); });
  result.second = reason == 0 ? Complete(second, reader) : NotStarted(reason);
  watcher.join();
  return result;
}

}  // namespace debrief::local_provider
