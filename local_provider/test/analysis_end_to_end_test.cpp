// The whole way of an analysis: upload, ffprobe, ffmpeg, findings, JSON; and hostile files.
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "local_provider/test/recordings.h"
#include "local_provider/test/running_server.h"

namespace debrief::local_provider {
namespace {

struct Item {
  double seconds;
  std::string category;
  std::string message;
};

// The items of a good answer; the test fails when it is none.
std::vector<Item> Items(const httplib::Result& result) {
  std::vector<Item> items;
  if (!result || result->status != 200) {
    ADD_FAILURE() << ErrorCode(result);
    return items;
  }
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(result->body.c_str());
  EXPECT_FALSE(document.HasParseError());
  EXPECT_EQ(std::string(document["version"].GetString()).find("pg_debrief_local_provider 1.0 ("),
            0u);
  EXPECT_FALSE(std::string(document["title"].GetString()).empty());
  for (const auto& one : document["feedback"].GetArray()) {
    items.push_back({one["timestamp_seconds"].GetDouble(), one["category"].GetString(),
                     one["message"].GetString()});
  }
  return items;
}

size_t CountNear(const std::vector<Item>& items, double seconds, const std::string& words) {
  size_t count = 0;
  for (const Item& item : items) {
    if (std::fabs(item.seconds - seconds) <= 0.3 && item.message.find(words) != std::string::npos) {
      ++count;
    }
  }
  return count;
}

std::string Described(const std::vector<Item>& items) {
  std::string text;
  for (const Item& item : items) {
    text += std::to_string(item.seconds) + " " + item.category + ": " + item.message + "\n";
  }
  return text;
}

TEST(AnalysisEndToEnd, FindsPlantedBlackSilenceCutAndClipping) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto items = Items(server.Analyse(RecordingWithBlackSilenceCutAndClipping()));
  SCOPED_TRACE(Described(items));
  EXPECT_EQ(CountNear(items, 2, "The picture is black for 2.0 seconds, from 0:02 to 0:04"), 1u);
  EXPECT_EQ(CountNear(items, 3, "You are silent for 2.5 seconds"), 1u);
  EXPECT_EQ(CountNear(items, 6, "The picture jumps at 0:06"), 1u);
  EXPECT_EQ(CountNear(items, 6.5, "The sound is overdriven"), 1u);
  for (const Item& item : items) {
    EXPECT_EQ(item.message.find("stands still"), std::string::npos);
  }
}

TEST(AnalysisEndToEnd, FindsPlantedBadLightAndBlur) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto items = Items(server.Analyse(RecordingWithBadLightAndBlur()));
  SCOPED_TRACE(Described(items));
  EXPECT_EQ(CountNear(items, 1, "The picture is dark for 2."), 1u);
  EXPECT_EQ(CountNear(items, 3.5, "The picture is overexposed for 1."), 1u);
  EXPECT_EQ(CountNear(items, 5.5, "The picture is blurred for 1."), 1u);
}

TEST(AnalysisEndToEnd, CleanRecordingHasNoFindings) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto items = Items(server.Analyse(CleanRecording()));
  EXPECT_TRUE(items.empty()) << Described(items);
}

TEST(AnalysisEndToEnd, RecordingWithoutSoundSaysSoInOneItem) {
  const RunningServer server;
  ASSERT_TRUE(server.IsReady());
  const auto items = Items(server.Analyse(RecordingWithoutSound()));
  ASSERT_EQ(items.size(), 1u) << Described(items);
  EXPECT_EQ(items[0].category, "Sound");
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
  } files[] = {
      {"playlist", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n"},
      {"remote playlist", "#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n"},
      {"list of files", "ffconcat version 1.0\nfile /etc/passwd\n"},
      {"text", "This is no recording.\n"},
      {"empty", ""},
      {"zeros", std::string(100'000, '\0')},
      {"index lost", index_lost},
      {"cut short", picture_lost},
      {"sound only", SoundOnly()},
  };
  for (const auto& file : files) {
    const auto result = server.Analyse(file.bytes);
    EXPECT_EQ(ErrorCode(result), "unsupported_media") << file.name;
    EXPECT_EQ(result ? result->status : 0, 422) << file.name;
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
