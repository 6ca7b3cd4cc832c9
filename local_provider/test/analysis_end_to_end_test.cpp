// The whole way of an analysis: upload, ffprobe, ffmpeg, findings, JSON; and hostile files.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "local_provider/test/analysis_answer.h"
#include "local_provider/test/recordings.h"
#include "local_provider/test/running_server.h"

namespace debrief::local_provider {
namespace {

TEST(AnalysisEndToEnd, FindsPlantedBlackSilenceCutAndClipping) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const Answer answer = ReadAnswer(server.Analyse(RecordingWithBlackSilenceCutAndClipping()));
  SCOPED_TRACE(answer.Described());
  EXPECT_EQ(answer.CountNear(2, "The picture is black for 2.0 seconds, from 0:02 to 0:04"), 1u);
  EXPECT_EQ(answer.CountNear(3, "You are silent for 2.5 seconds"), 1u);
  EXPECT_EQ(answer.CountNear(6, "The picture jumps at 0:06"), 1u);
  EXPECT_EQ(answer.CountNear(6.5, "The sound is overdriven"), 1u);
  for (const Item& item : answer.items) {
    EXPECT_EQ(item.message.find("stands still"), std::string::npos);
  }
}

TEST(AnalysisEndToEnd, FindsPlantedBadLightAndBlur) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const Answer answer = ReadAnswer(server.Analyse(RecordingWithBadLightAndBlur()));
  SCOPED_TRACE(answer.Described());
  EXPECT_EQ(answer.CountNear(1, "The picture is dark for 2."), 1u);
  EXPECT_EQ(answer.CountNear(3.5, "The picture is overexposed for 1."), 1u);
  EXPECT_EQ(answer.CountNear(5.5, "The picture is blurred for 1."), 1u);
}

TEST(AnalysisEndToEnd, CleanRecordingHasNoFindings) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const Answer answer = ReadAnswer(server.Analyse(CleanRecording()));
  EXPECT_TRUE(answer.items.empty()) << answer.Described();
  EXPECT_EQ(answer.title, "Picture and sound of a recording of 0:08: no problems found");
  EXPECT_EQ(answer.summary.find("No problems found. The loudness is "), 0u) << answer.summary;
}

TEST(AnalysisEndToEnd, RecordingWithoutSoundSaysSoInOneItem) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const Answer answer = ReadAnswer(server.Analyse(RecordingWithoutSound()));
  ASSERT_EQ(answer.items.size(), 1u) << answer.Described();
  EXPECT_EQ(answer.items[0].category, "Sound");
}

TEST(AnalysisEndToEnd, HostileFilesAreUnsupportedMediaAndTheServerLivesOn) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const std::string good = CleanRecording();
  ASSERT_GT(good.size(), 1000u);
  const std::string index_lost = good.substr(good.size() / 2);
  const std::string picture_lost = good.substr(0, good.size() / 2);
  const struct {
    const char* name;
    std::string bytes;
    const char* reason = "undecodable";
  } files[] = {
      {"playlist", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n"},
      {"remote playlist", "#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n"},
      {"list of files", "ffconcat version 1.0\nfile /etc/passwd\n"},
      {"text", "This is no recording.\n"},
      {"empty", "", "empty"},
      {"zeros", std::string(100'000, '\0')},
      {"index lost", index_lost},
      {"cut short", picture_lost, "cut_short"},
      {"sound only", SoundOnly(), "no_video"},
  };
  for (const auto& file : files) {
    const auto result = server.Analyse(file.bytes);
    EXPECT_EQ(ErrorCode(result), "unsupported_media") << file.name;
    EXPECT_EQ(result ? result->status : 0, 422) << file.name;
    const std::string reason = std::string("\"reason\":\"") + file.reason + '"';
    EXPECT_NE(result ? result->body.find(reason) : std::string::npos, std::string::npos)
        << file.name;
    EXPECT_EQ(result ? result->body.find("root:") : 0, std::string::npos) << file.name;
  }
  EXPECT_TRUE(server.IsHealthy());
}

// The playlist names a good recording on this machine: only the guard keeps ffmpeg from it.
TEST(AnalysisEndToEnd, PlaylistCannotReachAnotherFile) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const TemporaryDirectory directory("/tmp");
  const std::string other = directory.PathOf("other.mp4");
  std::ofstream(other, std::ios::binary) << CleanRecording();
  const std::string playlist =
      "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:8,\n" + other + "\n#EXT-X-ENDLIST\n";
  EXPECT_EQ(ErrorCode(server.Analyse(playlist)), "unsupported_media");
}

TEST(AnalysisEndToEnd, HostileRequestsAreRefusedAndTheServerLivesOn) {
  const RunningServer server({"--video-bytes-max", "100000"});
  ASSERT_TRUE(server.IsReady());
  EXPECT_EQ(ErrorCode(server.Analyse("x", std::string(100, '[') + std::string(100, ']'))),
            "bad_request");
  EXPECT_EQ(ErrorCode(server.Analyse("xy", R"({"video": {"bytes": 1}})")), "bad_request");
  EXPECT_EQ(ErrorCode(server.Analyse(std::string(200'000, 'x'))), "too_large");
  const auto post = [&](const std::string& body, const char* type) {
    return ErrorCode(server.Client().Post("/v1/analyze", ProtocolHeaders(), body, type));
  };
  EXPECT_EQ(post("{}", "application/json"), "bad_request");
  EXPECT_EQ(post("--B\r\njunk", "multipart/form-data; boundary=B"), "bad_request");
  EXPECT_EQ(post("--Bjunk" + std::string(500'000, 'x'), "multipart/form-data; boundary=B"),
            "bad_request");
  EXPECT_EQ(post("x", "multipart/form-data"), "bad_request");
  EXPECT_EQ(ErrorCode(server.Client().Post("/v1/analyze", "{}", "application/json")),
            "bad_request");
  EXPECT_TRUE(server.IsHealthy());
}

}  // namespace
}  // namespace debrief::local_provider
