// Programs that print, hang, multiply, overflow or die.
#include "local_provider/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>

#include "local_provider/temporary_directory.h"

namespace debrief::local_provider {
namespace {

ProcessSpec Shell(const std::string& script) {
  ProcessSpec spec;
  spec.arguments = {"/bin/sh", "-c", script};
  return spec;
}

// Whether the process is gone (or a zombie of somebody else) before the deadline.
bool IsGone(pid_t id) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    if (kill(id, 0) != 0) return true;
    char state = '?';
    const std::string path = "/proc/" + std::to_string(id) + "/stat";
    if (FILE* file = std::fopen(path.c_str(), "r")) {
      if (std::fscanf(file, "%*d %*s %c", &state) != 1) state = '?';
      std::fclose(file);
    }
    if (state == 'Z') return true;
  }
  return false;
}

TEST(Process, ReturnsOutputErrorsAndExitCode) {
  const ProcessResult result = RunProcess(Shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.end, ProcessEnd::kExited);
  EXPECT_EQ(result.detail, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(Process, PassesArgumentsWithoutAShell) {
  ProcessSpec spec;
  spec.arguments = {"/bin/echo", "$HOME; `id` $(id) > /tmp/x *"};
  EXPECT_EQ(RunProcess(spec).output, "$HOME; `id` $(id) > /tmp/x *\n");
}

TEST(Process, TimeoutKillsTheWholeGroup) {
  const TemporaryDirectory directory("/tmp");
  ProcessSpec spec = Shell("sleep 600 & echo $!; wait");
  spec.limits.wall_seconds = 0.5;
  const ProcessResult result = RunProcess(spec);
  EXPECT_EQ(result.end, ProcessEnd::kTimedOut);
  const pid_t grandchild = static_cast<pid_t>(std::stol(result.output));
  EXPECT_TRUE(IsGone(grandchild));
}

TEST(Process, KillsWhatAProgramLeavesBehind) {
  const ProcessResult result = RunProcess(Shell("sleep 600 & echo $!"));
  EXPECT_EQ(result.end, ProcessEnd::kExited);
  EXPECT_TRUE(IsGone(static_cast<pid_t>(std::stol(result.output))));
}

TEST(Process, StopDescriptorKillsIt) {
  ProcessSpec spec = Shell("sleep 600");
  spec.stop_descriptor = eventfd(1, EFD_CLOEXEC);
  EXPECT_EQ(RunProcess(spec).end, ProcessEnd::kStopped);
  close(spec.stop_descriptor);
}

TEST(Process, EndsAProgramThatPrintsTooMuch) {
  ProcessSpec spec = Shell("while :; do echo 0123456789; done");
  spec.output_bytes_max = 1000;
  const ProcessResult result = RunProcess(spec);
  EXPECT_EQ(result.end, ProcessEnd::kOutputTooLong);
  EXPECT_EQ(result.output.size(), 1000u);
}

TEST(Process, ThrowsAwayErrorsBeyondTheCap) {
  ProcessSpec spec = Shell("i=0; while [ $i -lt 1000 ]; do echo 0123456789 >&2; i=$((i+1)); done");
  spec.output_bytes_max = 1000;
  const ProcessResult result = RunProcess(spec);
  EXPECT_TRUE(result.Succeeded());
  EXPECT_EQ(result.errors.size(), 1000u);
}

TEST(Process, ChildHasOnlyTheStandardDescriptors) {
  const int leaky = open("/dev/null", O_RDONLY);  // no O_CLOEXEC, as a library might do
  ASSERT_GE(leaky, 3);
  ProcessSpec spec;
  spec.arguments = {"/bin/ls", "/proc/self/fd"};
  EXPECT_EQ(RunProcess(spec).output, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
  close(leaky);
}

TEST(Process, ParentKeepsNoDescriptors) {
  const auto count = [] {
    size_t descriptors = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
      ++descriptors;
    }
    return descriptors;
  };
  const size_t before = count();
  RunProcess(Shell("true"));
  ProcessSpec missing;
  missing.arguments = {"/does/not/exist"};
  RunProcess(missing);
  ProcessSpec slow = Shell("sleep 600");
  slow.limits.wall_seconds = 0.1;
  RunProcess(slow);
  EXPECT_EQ(count(), before);
}

TEST(Process, EnvironmentIsMinimal) {
  setenv("DEBRIEF_TEST_SECRET", "secret", 1);
  ProcessSpec spec;
  spec.arguments = {"/usr/bin/env"};
  const ProcessResult result = RunProcess(spec);
  EXPECT_EQ(result.output,
            "PATH=/usr/bin:/bin\nLC_ALL=C.UTF-8\nHOME=/\nTMPDIR=/\nPULSE_SERVER=unix:/dev/null\n");
  unsetenv("DEBRIEF_TEST_SECRET");
}

TEST(Process, LimitsTheSizeOfFiles) {
  const TemporaryDirectory directory("/tmp");
  ProcessSpec spec;
  spec.arguments = {"/bin/dd", "if=/dev/zero", "of=big", "bs=4096", "count=100"};
  spec.directory = directory.path();
  spec.limits.file_bytes_max = 8192;
  EXPECT_EQ(RunProcess(spec).end, ProcessEnd::kFileTooLong);
  EXPECT_LE(std::filesystem::file_size(directory.PathOf("big")), 8192u);
}

TEST(Process, LimitsMemory) {
  ProcessSpec spec;
  spec.arguments = {"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=500M", "count=1"};
  spec.limits.memory_bytes_max = 200 << 20;
  EXPECT_FALSE(RunProcess(spec).Succeeded());
  spec.limits.memory_bytes_max = RLIM_INFINITY;
  EXPECT_TRUE(RunProcess(spec).Succeeded());
}

TEST(Process, PipelineHandsOnWhatTheFirstWritesAndEndsWhenEitherDoes) {
  const PipelineResult whole = RunPipeline(Shell("echo one; echo bad >&2"), Shell("tr a-z A-Z"));
  EXPECT_TRUE(whole.first.Succeeded() && whole.second.Succeeded());
  EXPECT_EQ(whole.second.output, "ONE\n");
  EXPECT_EQ(whole.first.errors, "bad\n");
  EXPECT_EQ(whole.first.output, "");
  // `yes` never ends by itself; a reader that cannot be started ends it too.
  EXPECT_EQ(RunPipeline(Shell("exec yes"), Shell("head -c 2")).second.output, "y\n");
  ProcessSpec missing;
  missing.arguments = {"/does/not/exist"};
  const PipelineResult half = RunPipeline(Shell("exec yes"), missing);
  EXPECT_EQ(half.second.end, ProcessEnd::kNotStarted);
  EXPECT_FALSE(half.first.Succeeded());
  EXPECT_EQ(RunPipeline(missing, Shell("cat")).first.end, ProcessEnd::kNotStarted);
}

TEST(Process, KeepsTheEndOfLongErrors) {
  ProcessSpec spec = Shell("yes | head -c 300000 >&2; echo last >&2");
  const ProcessResult result = RunProcess(spec);
  EXPECT_EQ(result.errors.size(), spec.output_bytes_max);
  EXPECT_TRUE(result.errors.ends_with("y\nlast\n"));
}

TEST(Process, LimitsCpuTime) {
  ProcessSpec spec = Shell("while :; do :; done");
  spec.limits.cpu_seconds_max = 1;
  EXPECT_EQ(RunProcess(spec).end, ProcessEnd::kTimedOut);
}

TEST(Process, SaysWhenAProgramCannotBeStarted) {
  ProcessSpec spec;
  spec.arguments = {"/does/not/exist"};
  const ProcessResult result = RunProcess(spec);
  EXPECT_EQ(result.end, ProcessEnd::kNotStarted);
  EXPECT_EQ(result.detail, ENOENT);
}

TEST(Process, SaysWhichSignalEndedIt) {
  const ProcessResult result = RunProcess(Shell("kill -SEGV $$"));
  EXPECT_EQ(result.end, ProcessEnd::kSignalled);
  EXPECT_EQ(result.detail, SIGSEGV);
}

TEST(Process, ChildDoesNotInheritIgnoredOrBlockedSignals) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const ProcessResult result =
      RunProcess(Shell("sed -nE 's/^Sig(Blk|Ign):\\s*([0-9a-f]+)$/\\2/p' /proc/self/status"));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  signal(SIGPIPE, SIG_DFL);
  std::istringstream masks(result.output);
  uint64_t blocked_in_child = 1, ignored_in_child = 1;
  masks >> std::hex >> blocked_in_child >> ignored_in_child;
  EXPECT_EQ(blocked_in_child, 0U);
  // Signals 32 and up belong to the C library: whoever started the test may have left them ignored.
  EXPECT_EQ(ignored_in_child & 0x7fffffff, 0U);
}

TEST(Process, RunsInItsDirectory) {
  const TemporaryDirectory directory("/tmp");
  ProcessSpec spec;
  spec.arguments = {"/bin/pwd"};
  spec.directory = directory.path();
  EXPECT_EQ(RunProcess(spec).output, directory.path() + "\n");
}

}  // namespace
}  // namespace debrief::local_provider
