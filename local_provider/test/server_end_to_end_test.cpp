// Speech, keys, limits, logging, start and stop of the program itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "local_provider/process.h"
#include "local_provider/test/recordings.h"
#include "local_provider/test/running_server.h"

namespace debrief::local_provider {
namespace {

// Seconds of a WAV file of 16-bit mono sound whose header is right; -1 for any other.
double WavSeconds(const std::string& wav) {
  constexpr size_t kHeaderBytes = 44;
  if (wav.size() < kHeaderBytes || wav.compare(0, 4, "RIFF") != 0) return -1;
  uint32_t riff_bytes, data_bytes, bytes_per_second;
  std::memcpy(&riff_bytes, wav.data() + 4, 4);
  std::memcpy(&bytes_per_second, wav.data() + 28, 4);
  std::memcpy(&data_bytes, wav.data() + 40, 4);
  if (riff_bytes != wav.size() - 8 || data_bytes != wav.size() - kHeaderBytes) return -1;
  return static_cast<double>(data_bytes) / bytes_per_second;
}

// An executable that answers -version and then does nothing for ten minutes.
void WriteSleepingProgram(const std::string& path) {
  std::ofstream(path) << "#!/bin/sh\n"
                         "case $1 in -version) echo 'ffmpeg version 9'; exit 0;; esac\n"
                         "sleep 600\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

TEST(SpeechEndToEnd, BreakLengthensTheSound) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto without = server.Speak("<speak>Look at the camera.</speak>");
  const auto with = server.Speak("<speak>Look at <break time=\"1s\"/> the camera.</speak>");
  ASSERT_TRUE(without && with);
  EXPECT_EQ(with->status, 200);
  EXPECT_EQ(with->get_header_value("Content-Type"), "audio/wav");
  EXPECT_EQ(with->get_header_value("Debrief-Version").find("pg_debrief_local_provider 1.0 (espeak"),
            0u);
  EXPECT_GT(WavSeconds(without->body), 0.5);
  EXPECT_GT(WavSeconds(with->body), WavSeconds(without->body) + 0.9);
}

TEST(SpeechEndToEnd, VoiceFollowsTheLanguageWhenNoneIsAskedFor) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto result = server.Speak("<speak>Look at the camera.</speak>", "");
  ASSERT_TRUE(result);
  EXPECT_GT(WavSeconds(result->body), 0.5);
}

TEST(SpeechEndToEnd, RefusesHostileMarkupAndUnknownVoices) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  EXPECT_EQ(ErrorCode(server.Speak("<speak><audio src=\"/etc/passwd\"/></speak>")), "bad_request");
  EXPECT_EQ(ErrorCode(server.Speak("<speak>x</speak>", "nobody")), "bad_request");
  EXPECT_EQ(ErrorCode(server.Speak("<speak>x</speak>", "../../etc/passwd")), "bad_request");
  EXPECT_EQ(ErrorCode(server.Speak(std::string(70'000, 'x'))), "too_large");
  std::string breaks = "<speak>x";
  for (int i = 0; i < 200; ++i) breaks += "<break time=\"10s\"/>x";
  EXPECT_EQ(ErrorCode(server.Speak(breaks + "</speak>")), "too_large");
  EXPECT_TRUE(server.IsHealthy());
}

TEST(ServerEndToEnd, PathsThatAreNotServedAreNotFound) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  EXPECT_EQ(
      ErrorCode(server.Client().Post("/v1/ssml", ProtocolHeaders(), "{}", "application/json")),
      "not_found");
  EXPECT_EQ(ErrorCode(server.Client().Post("/other", ProtocolHeaders(), "{}", "text/plain")),
            "not_found");
  EXPECT_EQ(ErrorCode(server.Client().Put("/v1/analyze", ProtocolHeaders(), "{}", "text/plain")),
            "not_found");
  EXPECT_EQ(ErrorCode(server.Client().Get("/")), "not_found");
}

TEST(ServerEndToEnd, AsksForTheKeyWhenItHasOne) {
  const TemporaryDirectory directory("/tmp");
  std::ofstream(directory.PathOf("key")) << "open sesame\n";
  const RunningServer server({"--key-file", directory.PathOf("key")});
  ASSERT_TRUE(server.IsReady());
  EXPECT_TRUE(server.IsHealthy());
  const auto refused = server.Speak("<speak>x</speak>");
  EXPECT_EQ(ErrorCode(refused), "unauthorized");
  EXPECT_EQ(refused ? refused->status : 0, 401);
  httplib::Headers headers = ProtocolHeaders();
  headers.emplace("Authorization", "Bearer open sesame");
  const auto accepted = server.Client().Post("/v1/speech", headers,
                                             R"({"ssml": "<speak>x</speak>"})", "application/json");
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->status, 200);
  EXPECT_EQ(server.Log().find("sesame"), std::string::npos);
}

TEST(ServerEndToEnd, AnalysisThatTakesTooLongIsATimeout) {
  const TemporaryDirectory directory("/tmp");
  WriteSleepingProgram(directory.PathOf("ffmpeg"));
  const RunningServer server(
      {"--ffmpeg", directory.PathOf("ffmpeg"), "--analysis-seconds-max", "1"});
  ASSERT_TRUE(server.IsReady());
  const auto result = server.Analyse(CleanRecording());
  EXPECT_EQ(ErrorCode(result), "timeout");
  EXPECT_EQ(result ? result->status : 0, 500);
  EXPECT_TRUE(server.IsHealthy());
}

// Sends one recording `count` times at once and hands on each answer, in the order of arrival.
template <class Take>
std::vector<std::thread> SendAtOnce(const RunningServer& server, const std::string& video,
                                    int count, Take take) {
  std::vector<std::thread> clients;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back([&server, &video, take] { take(server.Analyse(video)); });
  }
  return clients;
}

TEST(ServerEndToEnd, CallsWaitForTheirTurn) {
  const RunningServer server({"--jobs", "1"});
  ASSERT_TRUE(server.IsReady());
  const std::string video = CleanRecording();
  std::atomic<int> good = 0;
  const auto count = [&](const httplib::Result& result) {
    good += result && result->status == 200;
  };
  for (std::thread& client : SendAtOnce(server, video, 4, count)) client.join();
  EXPECT_EQ(good, 4);
}

TEST(ServerEndToEnd, FullServerSaysBusyAndAStopEndsWhatRunsAndWhatWaits) {
  const TemporaryDirectory directory("/tmp");
  WriteSleepingProgram(directory.PathOf("ffmpeg"));
  RunningServer server({"--ffmpeg", directory.PathOf("ffmpeg"), "--jobs", "1", "--queue", "1"});
  ASSERT_TRUE(server.IsReady());
  const std::string video = CleanRecording();
  std::atomic<int> finished = 0;
  std::mutex mutex;
  std::vector<std::string> answers;
  const auto note = [&](const httplib::Result& result) {
    const std::lock_guard lock(mutex);
    answers.push_back(ErrorCode(result) + (result ? result->get_header_value("Retry-After") : ""));
    ++finished;
  };
  std::vector<std::thread> clients = SendAtOnce(server, video, 3, note);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (finished == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(server.Stop(), 0);
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answers, (std::vector<std::string>{"busy1", "overloaded1", "overloaded1"}));
  EXPECT_EQ(server.LeftFiles(), 0u);
}

TEST(ServerEndToEnd, LeavesNoFilesAndLogsOneLineForEachRequest) {
  RunningServer server;
  ASSERT_TRUE(server.IsReady());
  ASSERT_TRUE(server.Speak("<speak>Do not log me.</speak>"));
  ASSERT_TRUE(server.Client().Get("/nothing%0aforged"));
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_EQ(server.LeftFiles(), 0u);
  // Lines are written after the answers, so their order is not the requests'.
  std::string log = "\n";
  log += server.Log();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3) << log;
  EXPECT_NE(log.find("\nPOST /v1/speech 200 "), std::string::npos) << log;
  EXPECT_NE(log.find(" ms 0f8fad5b-d9cb-469f-a165\n"), std::string::npos) << log;
  EXPECT_NE(log.find("\nGET - 404 "), std::string::npos) << log;
  EXPECT_EQ(log.find("log me"), std::string::npos);
}

TEST(ServerEndToEnd, RefusesToStartOnARemoteAddressOrWithoutItsPrograms) {
  ProcessSpec spec;
  spec.arguments = {LOCAL_PROVIDER_PROGRAM, "--listen", "0.0.0.0:0"};
  const ProcessResult remote = RunProcess(spec);
  EXPECT_EQ(remote.detail, 2);
  EXPECT_NE(remote.errors.find("--allow-remote"), std::string::npos);
  spec.arguments = {LOCAL_PROVIDER_PROGRAM, "--listen", "127.0.0.1:0", "--espeak-ng", "/no/such"};
  EXPECT_EQ(RunProcess(spec).detail, 1);
}

TEST(ServerEndToEnd, TwoServersCannotShareAPort) {
  const RunningServer first;
  ASSERT_TRUE(first.IsReady());
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  const RunningServer second({"--listen", address});
  EXPECT_FALSE(second.IsReady());
}

TEST(StartEndToEnd, WhatAKilledServerLeftIsRemoved) {
  const TemporaryDirectory work("/tmp");
  const TemporaryDirectory used(work.path());
  const std::string left = work.PathOf("pg_debrief_local_provider-abc123");
  const std::string other = work.PathOf("pg_debrief_local_provider-mine");
  for (const std::string& path : {left, other}) std::filesystem::create_directory(path);
  std::ofstream(left + "/recording") << "A user's recording.";
  const RunningServer server({"--work-directory", work.path()});
  ASSERT_TRUE(server.IsReady());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(used.path()));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST(StartEndToEnd, AFolderIsNoKeyFile) {
  RunningServer server({"--key-file", "/"});
  EXPECT_FALSE(server.IsReady());
  EXPECT_NE(server.Log().find("no key in /"), std::string::npos) << server.Log();
}

}  // namespace
}  // namespace debrief::local_provider
