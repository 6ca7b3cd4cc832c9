// What comes in from clients and operators: JSON, uploads, voices, options, headers, ffprobe.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "local_provider/media_probe.h"
#include "local_provider/options.h"
#include "local_provider/protocol.h"
#include "local_provider/request_head.h"
#include "local_provider/request_log.h"
#include "local_provider/speech.h"
#include "local_provider/temporary_directory.h"
#include "local_provider/upload.h"

namespace debrief::local_provider {
namespace {

template <class Result>
std::string CodeOf(const Result& result) {
  const auto* error = std::get_if<ErrorAnswer>(&result);
  return error != nullptr ? error->code : "none";
}

TEST(Protocol, ReadsAJobWithNullsAndUnknownMembers) {
  const auto job = ReadAnalysisJob(
      R"({"video": {"id": 1, "bytes": 5, "format": null, "duration_seconds": null}, "new": []})");
  ASSERT_EQ(CodeOf(job), "none");
  EXPECT_EQ(std::get<AnalysisJob>(job).video_bytes, 5u);
}

TEST(Protocol, RefusesJobsOfTheWrongShape) {
  for (const char* json :
       {"", "[]", "{}", "{\"video\": 1}", "{\"video\": {\"bytes\": -1}}",
        "{\"video\": {\"bytes\": 1.5}}", "{\"video\": {\"bytes\": 1}, \"language\": 3}",
        "{\"video\": {\"bytes\": 1}} x", "{\"video\": {\"bytes\": 1}, \"language\": \"\xff\"}"}) {
    EXPECT_EQ(CodeOf(ReadAnalysisJob(json)), "bad_request") << json;
  }
}

TEST(Protocol, RefusesJsonBeyondTheDepthLimitWhateverItsLength) {
  EXPECT_EQ(CodeOf(ReadAnalysisJob(std::string(100, '[') + std::string(100, ']'))), "bad_request");
  EXPECT_EQ(CodeOf(ReadAnalysisJob(std::string(1'000'000, '['))), "bad_request");
  const std::string brackets_in_text(100, '[');
  EXPECT_EQ(CodeOf(ReadAnalysisJob("{\"video\": {\"bytes\": 1}, \"instruction\": \"\\\"" +
                                   brackets_in_text + "\"}")),
            "none");
}

TEST(Protocol, LimitsTheLengthOfSsml) {
  const std::string longest(kSsmlBytesMax, 'a');
  EXPECT_EQ(CodeOf(ReadSpeechJob("{\"ssml\": \"" + longest + "\"}")), "none");
  EXPECT_EQ(CodeOf(ReadSpeechJob("{\"ssml\": \"" + longest + "a\"}")), "too_large");
  EXPECT_EQ(CodeOf(ReadSpeechJob("{\"ssml\": \"\"}")), "bad_request");
}

TEST(Protocol, WritesErrorsAsTheProtocolSays) {
  EXPECT_EQ(ToJson(BadRequest("A \"quoted\" word.")),
            R"({"error":{"code":"bad_request","message":"A \"quoted\" word."}})");
}

std::string Body(const std::string& job, const std::string& video) {
  return "--B\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n" + job +
         "\r\n--B\r\nContent-Disposition: form-data; name=\"video\"\r\n\r\n" + video +
         "\r\n--B--\r\n";
}

std::string UploadCode(const std::string& body, uint64_t video_bytes_max = 100) {
  const TemporaryDirectory directory("/tmp");
  Upload upload("B", directory.PathOf("video"), video_bytes_max);
  upload.Receive(body);
  const auto error = upload.Finish();
  return error ? error->code : "none";
}

TEST(Upload, WritesTheRecordingToItsFile) {
  const TemporaryDirectory directory("/tmp");
  Upload upload("B", directory.PathOf("video"), 100);
  EXPECT_TRUE(upload.Receive(Body(R"({"video": {"bytes": 4}})", "\r\n--")));
  EXPECT_FALSE(upload.Finish());
  std::ifstream file(directory.PathOf("video"), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "\r\n--");
}

TEST(Upload, RefusesALengthOtherThanTheJobs) {
  EXPECT_EQ(UploadCode(Body(R"({"video": {"bytes": 4}})", "abcd")), "none");
  EXPECT_EQ(UploadCode(Body(R"({"video": {"bytes": 4}})", "abc")), "bad_request");
  EXPECT_EQ(UploadCode(Body(R"({"video": {"bytes": 4}})", "abcde")), "bad_request");
}

TEST(Upload, RefusesARecordingThatIsTooLong) {
  EXPECT_EQ(UploadCode(Body(R"({"video": {"bytes": 5}})", "abcde"), 4), "too_large");
}

TEST(Upload, RefusesPartsThatAreMissingRepeatedOrTurnedRound) {
  const std::string job = R"({"video": {"bytes": 4}})";
  const std::string body = Body(job, "abcd");
  EXPECT_EQ(UploadCode(body.substr(0, body.size() / 2)), "bad_request");
  EXPECT_EQ(UploadCode("--B--\r\n"), "bad_request");
  const std::string video_only = body.substr(body.rfind("--B\r\n"));
  EXPECT_EQ(UploadCode(video_only), "bad_request");
  EXPECT_EQ(UploadCode(body.substr(0, body.size() - 6) + body.substr(body.find("--B\r\n"))),
            "bad_request");
}

TEST(Upload, LimitsTheJobPart) {
  EXPECT_EQ(UploadCode(Body(std::string(300 * 1024, ' '), "abcd")), "too_large");
}

TEST(Voice, IsTheOneAskedForOrFitsTheLanguage) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(VoiceCandidates({.ssml = "", .language = "de-DE", .voice = "en-us+f3"}),
            Names{"en-us+f3"});
  EXPECT_EQ(VoiceCandidates({.ssml = "", .language = "de-DE", .voice = ""}),
            (Names{"de-de", "de"}));
  EXPECT_EQ(VoiceCandidates({.ssml = "", .language = "", .voice = ""}), Names{"en-us"});
  for (const char* hostile : {"../x", "-w", "a b", "a;b", "$(id)", "/etc/passwd"}) {
    EXPECT_TRUE(VoiceCandidates({.ssml = "", .language = "", .voice = hostile}).empty()) << hostile;
  }
}

std::variant<Options, std::string> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, ReadsAddresses) {
  EXPECT_EQ(std::get<Options>(Parse({"--listen", "127.0.0.1:0"})).port, 0);
  EXPECT_EQ(std::get<Options>(Parse({"--listen", "[::1]:81"})).host, "::1");
  for (const char* bad : {"127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "::1:80", "[]:1"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(Parse({"--listen", bad}))) << bad;
  }
}

TEST(Options, RefusesRemoteAddressesUnlessToldOtherwise) {
  for (const char* remote : {"0.0.0.0:80", "192.168.0.1:80", "[::]:80", "example.com:80"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(Parse({"--listen", remote}))) << remote;
    EXPECT_TRUE(std::holds_alternative<Options>(Parse({"--listen", remote, "--allow-remote"})));
  }
}

TEST(Options, RefusesBadValuesAndUnknownNames) {
  for (const std::vector<const char*>& bad :
       std::vector<std::vector<const char*>>{{"--jobs"},
                                             {"--jobs", "0"},
                                             {"--jobs", "2x"},
                                             {"--ffmpeg", "ffmpeg"},
                                             {"--what", "1"}}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(Parse(bad)));
  }
}

httplib::Request GoodRequest() {
  httplib::Request request;
  request.headers.emplace("Debrief-Protocol", "1");
  request.headers.emplace("Content-Length", "10");
  request.headers.emplace("Authorization", "Bearer secret");
  return request;
}

std::string RefusalCode(const httplib::Request& request) {
  const auto refusal = Refusal(request, {.key = "secret", .body_bytes_max = 10});
  return refusal ? refusal->code : "none";
}

TEST(Admission, TakesOnlyRequestsThatFollowTheProtocol) {
  EXPECT_EQ(RefusalCode(GoodRequest()), "none");
  const struct {
    const char* header;
    const char* value;
    const char* code;
  } cases[] = {{"Authorization", "Bearer secreT", "unauthorized"},
               {"Authorization", "secret", "unauthorized"},
               {"Debrief-Protocol", "2", "bad_request"},
               {"Content-Length", "11", "too_large"},
               {"Content-Length", "99999999999999999999", "bad_request"},
               {"Content-Length", "-1", "bad_request"},
               {"Content-Length", "0x1", "bad_request"},
               {"Transfer-Encoding", "chunked", "bad_request"},
               {"Content-Encoding", "gzip", "bad_request"}};
  for (const auto& one : cases) {
    httplib::Request request = GoodRequest();
    request.headers.erase(one.header);
    request.headers.emplace(one.header, one.value);
    EXPECT_EQ(RefusalCode(request), one.code) << one.header << ": " << one.value;
  }
}

TEST(RequestLog, ShowsOnlyHarmlessText) {
  EXPECT_EQ(Harmless("/v1/analyze"), "/v1/analyze");
  EXPECT_EQ(Harmless("9f0c-11"), "9f0c-11");
  for (const std::string& bad : {std::string(), std::string("a\nb"), std::string("a b"),
                                 std::string("\x1b[31m"), std::string(65, 'a')}) {
    EXPECT_EQ(Harmless(bad), "-");
  }
}

TEST(MediaProbe, PassesOverCoverArt) {
  const auto media = ReadProbe(
      R"({"streams": [{"index": 0, "codec_type": "audio"},
                      {"index": 1, "codec_type": "video", "disposition": {"attached_pic": 1}},
                      {"index": 2, "codec_type": "video", "disposition": {"attached_pic": 0}}],
          "format": {"duration": "8.5"}})");
  ASSERT_EQ(CodeOf(media), "none");
  ASSERT_EQ(std::get<Media>(media).pictures.size(), 1u);
  EXPECT_EQ(std::get<Media>(media).pictures[0].index, 2);
  ASSERT_EQ(std::get<Media>(media).sounds.size(), 1u);
  EXPECT_EQ(std::get<Media>(media).sounds[0].index, 0);
}

// Subtitles, chapters and the header of the whole file do not say how long a track lasts.
TEST(MediaProbe, TakesTheDurationsOfTheTracksThemselves) {
  const auto mp4 = ReadProbe(
      R"({"streams": [{"index": 0, "codec_type": "video", "duration": "6.5"},
                      {"index": 1, "codec_type": "subtitle", "duration": "65.0"}],
          "format": {"format_name": "mov,mp4,m4a", "duration": "3600.0"}})");
  ASSERT_EQ(CodeOf(mp4), "none");
  EXPECT_DOUBLE_EQ(std::get<Media>(mp4).pictures[0].seconds.value(), 6.5);
  EXPECT_FALSE(std::get<Media>(mp4).seconds);
  // ffprobe hands the header's duration to Matroska's tracks; only their tags are their own.
  const auto matroska = ReadProbe(
      R"({"streams": [{"index": 0, "codec_type": "video", "duration": "99.0",
                       "tags": {"DURATION": "00:01:05.250000000"}},
                      {"index": 1, "codec_type": "audio", "duration": "99.0"}],
          "format": {"format_name": "matroska,webm", "duration": "99.0"}})");
  ASSERT_EQ(CodeOf(matroska), "none");
  EXPECT_DOUBLE_EQ(std::get<Media>(matroska).pictures[0].seconds.value(), 65.25);
  EXPECT_FALSE(std::get<Media>(matroska).sounds[0].seconds);
  const auto flv = ReadProbe(
      R"({"streams": [{"index": 0, "codec_type": "video"}],
          "format": {"format_name": "flv", "duration": "8.0"}})");
  EXPECT_DOUBLE_EQ(std::get<Media>(flv).seconds.value(), 8);
}

TEST(MediaProbe, KnowsNothingOfCodecsAndLayoutsThatFfmpegDoesNotKnow) {
  const auto media = ReadProbe(
      R"({"streams": [{"index": 0, "codec_type": "video", "width": 64, "height": 48},
                      {"index": 1, "codec_type": "audio", "codec_name": "unknown",
                       "sample_rate": "16000", "channels": 9, "channel_layout": "unknown"}]})");
  ASSERT_EQ(CodeOf(media), "none");
  const Track& sound = std::get<Media>(media).sounds[0];
  EXPECT_EQ(sound.codec, "");
  EXPECT_EQ(sound.channel_layout, "");
  EXPECT_EQ(sound.channels, 9);
  EXPECT_EQ(sound.sample_rate, 16000);
  EXPECT_EQ(std::get<Media>(media).pictures[0].width, 64);
}

TEST(MediaProbe, WithoutAPictureIsUnsupported) {
  EXPECT_EQ(CodeOf(ReadProbe(R"({"streams": [{"index": 0, "codec_type": "audio"}]})")),
            "unsupported_media");
  EXPECT_EQ(CodeOf(ReadProbe("{}")), "unsupported_media");
  EXPECT_EQ(CodeOf(ReadProbe("")), "unsupported_media");
}

}  // namespace
}  // namespace debrief::local_provider
