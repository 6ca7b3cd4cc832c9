// gemini_answers_test.cpp: what generateContent answers, good, refused and hostile.
#include "bgworker/core/services/google/gemini_answers.h"

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/google/gemini_requests.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/base64.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;

std::string Candidate(std::string_view parts, std::string_view finish = "STOP") {
  return R"({"candidates":[{"content":{"role":"model","parts":[)" + std::string(parts) +
         R"(]},"finishReason":")" + std::string(finish) +
         R"("}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":5},)"
         R"("modelVersion":"pro-1"})";
}

std::string TextPart(std::string_view text) { return R"({"text":)" + JsonText(text) + "}"; }

std::string SoundPart(const std::string& bytes, std::string_view type) {
  return R"({"inlineData":{"mimeType":")" + std::string(type) + R"(","data":")" +
         base64::Encode(bytes) + "\"}}";
}

ServerConfig Server() {
  return {.base_url = "https://g.example",
          .key = "s3cr3t",
          .ssml_bytes_max = 800,
          .options = {{"analysis_model", "pro"}, {"speech_model", "tts"}, {"voice", "Kore"}}};
}

Step Read(Stage stage, std::string body, int status = 200, std::string_view speech = "",
          int attempt = 1) {
  const Job job = {.stage = stage,
                   .attempt = attempt,
                   .recording = {.duration_seconds = 60},
                   .feedback = {.message = "Slow down."}};
  return FindProvider("gemini")->Next(Server(), {.job = &job, .speech = speech},
                                      Answer(status, std::move(body)));
}

Failure ReadFailure(const std::string& body) { return FailureOf(Read(Stage::kAnalysis, body)); }

std::string Pcm(double seconds) {
  return std::string(static_cast<size_t>(seconds * 24'000) * 2, '\x01');
}

TEST(GeminiAnswers, GiveAnAnalysisWithItsModelAndItsPrice) {
  const auto result =
      ResultOf<AnalysisResult>(Read(Stage::kAnalysis, Candidate(TextPart(kAnalysisJson))));
  EXPECT_EQ(result.title, "T");
  EXPECT_EQ(result.version, "pro-1");
  EXPECT_EQ(result.usage.input_tokens, 10);
  EXPECT_EQ(result.usage.output_tokens, 25);
}

TEST(GeminiAnswers, KeepMomentsInsideTheRecording) {
  const auto result =
      ResultOf<AnalysisResult>(Read(Stage::kAnalysis, Candidate(TextPart(kAnalysisJson))));
  EXPECT_EQ(std::stod(result.feedback.at(0).timestamp_seconds), 60);
}

TEST(GeminiAnswers, AreReadWithoutThoughtsAndFromAllParts) {
  const std::string text = kAnalysisJson;
  const std::string parts = R"({"text":"Let me think","thought":true},)" +
                            TextPart(text.substr(0, 30)) + "," + TextPart(text.substr(30));
  EXPECT_EQ(ResultOf<AnalysisResult>(Read(Stage::kAnalysis, Candidate(parts))).title, "T");
}

TEST(GeminiAnswers, GiveSsml) {
  const auto result = ResultOf<SsmlResult>(Read(Stage::kSsml, Candidate(TextPart(kSsmlJson))));
  EXPECT_EQ(result.segments.at(0), "<speak>Slow down.</speak>");
}

TEST(GeminiAnswers, AreRefusalsWhenThePromptWasBlocked) {
  const Failure failure = ReadFailure(
      R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3}})");
  EXPECT_EQ(failure.failure_class, FailureClass::kBlocked);
  EXPECT_EQ(failure.usage.input_tokens, 3);
}

TEST(GeminiAnswers, AreJudgedByTheirFinish) {
  const std::pair<const char*, FailureClass> reasons[] = {
      {"MAX_TOKENS", FailureClass::kTransient},
      {"SAFETY", FailureClass::kBlocked},
      {"RECITATION", FailureClass::kBlocked},
      {"LANGUAGE", FailureClass::kBlocked},
      {"BLOCKLIST", FailureClass::kBlocked},
      {"PROHIBITED_CONTENT", FailureClass::kBlocked},
      {"SPII", FailureClass::kBlocked},
      {"IMAGE_SAFETY", FailureClass::kBlocked},
      {"OTHER", FailureClass::kTransient},
      {"MALFORMED_FUNCTION_CALL", FailureClass::kTransient},
      {"NOT_INVENTED_YET", FailureClass::kTransient}};
  for (const auto& [reason, failure_class] : reasons) {
    const Failure failure = ReadFailure(Candidate(TextPart(kAnalysisJson), reason));
    EXPECT_EQ(failure.failure_class, failure_class) << reason;
    EXPECT_EQ(failure.usage.output_tokens, 25) << "it is billed all the same";
  }
}

TEST(GeminiAnswers, SayThatTheyWereCut) {
  const std::string cut = Candidate(TextPart("{"), "MAX_TOKENS");
  EXPECT_EQ(ReadFailure(cut).code, "output_cut");
  EXPECT_EQ(FailureOf(Read(Stage::kSsml, cut)).code, "output_cut");
  EXPECT_EQ(FailureOf(Read(Stage::kAudio, cut)).code, "too_large") << "smaller pieces may do";
}

TEST(GeminiAnswers, AreFoundInWhatStandsAroundThem) {
  const std::string around =
      "<think>{</think>Here:\n```json\n" + std::string(kAnalysisJson) + "```";
  EXPECT_EQ(ResultOf<AnalysisResult>(Read(Stage::kAnalysis, Candidate(TextPart(around)))).title,
            "T");
  const Failure failure = ReadFailure(Candidate(TextPart("I am sorry, but no.")));
  EXPECT_NE(failure.detail.find("it begins: I am sorry"), std::string::npos) << failure.detail;
  EXPECT_NE(ReadFailure("<html>").detail.find("it begins: <html>"), std::string::npos);
}

TEST(GeminiAnswers, AreTriedAgainWhenTheyAreNotWhatTheyShouldBe) {
  const std::string bodies[] = {"",
                                "[]",
                                "{}",
                                "nonsense",
                                R"({"candidates":[]})",
                                R"({"candidates":5})",
                                R"({"candidates":[{}]})",
                                R"({"candidates":[{"content":{}}]})",
                                R"({"candidates":[{"content":{"parts":5}}]})",
                                Candidate(""),
                                Candidate(TextPart("no JSON")),
                                Candidate(TextPart(R"({"title":5})")),
                                Candidate("5"),
                                Candidate(R"({"inlineData":{"mimeType":"audio/wav","data":"!"}})"),
                                std::string(100, '[') + std::string(100, ']')};
  for (const std::string& body : bodies) {
    EXPECT_EQ(ReadFailure(body).failure_class, FailureClass::kTransient) << body;
  }
}

TEST(GeminiAnswers, GiveAWavAsItIsWhateverItsType) {
  const std::string wav = audio::WavFromPcm16(Pcm(1), 24'000, 1);
  const auto result = ResultOf<AudioResult>(Read(
      Stage::kAudio, Candidate(SoundPart(wav, "audio/L16;rate=24000")), 200, "One two three."));
  EXPECT_EQ(result.bytes, wav);
}

TEST(GeminiAnswers, GivePcmUnderAHeaderWithTheRateTheyTell) {
  for (const auto& [type, rate_hz] :
       {std::pair<const char*, int>{"audio/L16;codec=pcm;rate=24000", 24'000},
        {"audio/l16; rate=16000; channels=1", 16'000},
        {"audio/pcm", 24'000},
        {"audio/L16;rate=99999999", 24'000}}) {
    const auto result = ResultOf<AudioResult>(
        Read(Stage::kAudio, Candidate(SoundPart(Pcm(1), type)), 200, "One two three."));
    EXPECT_EQ(result.bytes, audio::WavFromPcm16(Pcm(1), rate_hz, 1)) << type;
  }
}

TEST(GeminiAnswers, AreReadWithAByteOrderMarkAndNotBehindTheirEnd) {
  const std::string good = Candidate(SoundPart(Pcm(1), "audio/L16"));
  const std::string words = "One two three.";
  EXPECT_EQ(ResultOf<AudioResult>(Read(Stage::kAudio, "\xef\xbb\xbf" + good, 200, words)).bytes,
            audio::WavFromPcm16(Pcm(1), 24'000, 1));
  for (const std::string& tail : {std::string("\0", 1), std::string("]")}) {
    EXPECT_EQ(FailureOf(Read(Stage::kAudio, good + tail, 200, words)).code, "bad_answer");
  }
}

TEST(GeminiAnswers, AreNotBoughtTwiceForWordsWithoutSpacesOrDigits) {
  for (const auto& [words, seconds] :
       {std::pair<const char*, double>{"今日の練習はとても良かったです。次は背筋を伸ばして、もっと"
                                       "ゆっくり話してみてください。",
                                       7.8},
        {"今天的训练非常好，请继续保持下去，注意背部挺直，眼睛看前方。", 6.7},
        {"วันนี้การฝึกซ้อมของคุณดีมากโปรดรักษาหลังให้ตรงและมองไปข้างหน้าเสมอ", 6.1},
        {"4915112345 4915112346 4915112347", 20}}) {
    const std::string body = Candidate(SoundPart(Pcm(seconds), "audio/L16"));
    EXPECT_GT(ResultOf<AudioResult>(Read(Stage::kAudio, body, 200, words)).bytes.size(), 100u)
        << words;
  }
}

TEST(GeminiAnswers, JoinPartsOfPcm) {
  const std::string part = SoundPart(Pcm(0.5), "audio/L16;rate=24000");
  const auto result = ResultOf<AudioResult>(
      Read(Stage::kAudio, Candidate(part + "," + part), 200, "One two three."));
  EXPECT_EQ(result.bytes, audio::WavFromPcm16(Pcm(1), 24'000, 1));
}

TEST(GeminiAnswers, AreDoubtedOnceWhenTheSoundIsFarTooLongOrShort) {
  const std::string words = "One two three four five six seven eight nine ten.";
  for (const double seconds : {0.5, 30.0}) {
    const std::string body = Candidate(SoundPart(Pcm(seconds), "audio/L16"));
    EXPECT_EQ(FailureOf(Read(Stage::kAudio, body, 200, words)).failure_class,
              FailureClass::kTransient);
    EXPECT_GT(ResultOf<AudioResult>(Read(Stage::kAudio, body, 200, words, 2)).bytes.size(), 100u);
  }
}

TEST(GeminiAnswers, AreNoSoundWithoutOne) {
  EXPECT_EQ(FailureOf(Read(Stage::kAudio, Candidate(TextPart("Hello")), 200, "Hello")).code,
            "bad_answer");
}

}  // namespace
}  // namespace debrief
