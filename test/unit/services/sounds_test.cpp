// sounds_test.cpp: what services send as a sound, over all that speak.
#include "bgworker/core/services/sounds.h"

#include <functional>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/base64.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;

constexpr char kWords[] = "Keep your back straight and look ahead.";

std::string Samples(double seconds, int rate_hz) {
  return std::string(static_cast<size_t>(seconds * rate_hz) * 2, '\1');
}

// Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz.
std::string Mp3() {
  std::string sound("ID3\x04\0\0\0\0\0\x05title", 15);
  for (int frame = 0; frame < 40; frame++) {
    sound += "\xff\xfb\x90\xc4";
    sound.resize(sound.size() + 413, '\0');
  }
  return sound;
}

// A service that is asked for raw samples.
struct RawSpeaker {
  std::string kind;
  ServerConfig server;
  int rate_hz;
  std::function<Response(const std::string&)> answer;
};

Response Typed(const std::string& bytes) {
  Response response = Answer(200, bytes);
  response.headers["content-type"] = "audio/pcm";
  return response;
}

std::vector<RawSpeaker> RawSpeakers() {
  const auto plain = [](const std::string& bytes) { return Answer(200, bytes); };
  const auto of_google = [](const std::string& bytes) {
    return Answer(200, R"({"audioContent":")" + base64::Encode(bytes) + "\"}");
  };
  const auto of_gemini = [](const std::string& bytes) {
    return Answer(200, R"({"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":)"
                       R"("audio/L16;rate=24000","data":")" +
                           base64::Encode(bytes) + R"("}}]},"finishReason":"STOP"}]})");
  };
  return {
      {"openai", {.key = "s3cr3t", .options = {{"speech_format", "pcm"}}}, 24'000, plain},
      {"elevenlabs", {.key = "s3cr3t", .options = {{"output_format", "pcm_24000"}}}, 24'000, plain},
      {"google_tts",
       {.key = "s3cr3t", .options = {{"encoding", "LINEAR16"}, {"input", "text"}}},
       24'000,
       of_google},
      {"polly", {.key = "ID:s3cr3t", .options = {{"output_format", "pcm"}}}, 16'000, Typed},
      {"gemini", {.key = "s3cr3t"}, 24'000, of_gemini}};
}

Step Sent(const RawSpeaker& speaker, const std::string& bytes) {
  const Job job = {.stage = Stage::kAudio, .attempt = 1};
  const bool is_ssml = speaker.kind == "polly";
  const std::string speech = is_ssml ? "<speak>" + std::string(kWords) + "</speak>" : kWords;
  return FindProvider(speaker.kind)
      ->Next(speaker.server, {.job = &job, .speech = speech}, speaker.answer(bytes));
}

TEST(RawSounds, GetAHeader) {
  for (const RawSpeaker& speaker : RawSpeakers()) {
    const std::string samples = Samples(3, speaker.rate_hz);
    EXPECT_EQ(ResultOf<AudioResult>(Sent(speaker, samples)).bytes,
              audio::WavFromPcm16(samples, speaker.rate_hz, 1))
        << speaker.kind;
  }
}

TEST(RawSounds, ThatAreAFileStayWhatTheyAre) {
  const std::string wav = audio::WavFromPcm16(Samples(3, 16'000), 16'000, 1);
  const std::string mp3 = Mp3();
  for (const RawSpeaker& speaker : RawSpeakers()) {
    EXPECT_EQ(ResultOf<AudioResult>(Sent(speaker, wav)).bytes, wav) << speaker.kind;
    EXPECT_EQ(ResultOf<AudioResult>(Sent(speaker, mp3)).bytes, mp3) << speaker.kind;
  }
}

TEST(RawSounds, AreNeitherTextNorHalfSamplesNorFarTooShortOrLong) {
  for (const RawSpeaker& speaker : RawSpeakers()) {
    for (const std::string& bytes :
         {std::string("<html><body>Bad gateway</body></html>"),
          R"({"detail":{"status":"x","message":")" + std::string(50'000, 'm') + "\"}}",
          std::string("Die Stimme gibt es nicht: Zo\xc3\xab"), Samples(3, speaker.rate_hz) + "\1",
          std::string("\x1f\x8b\x08") + " not long enough for the words.",
          Samples(300, speaker.rate_hz)}) {
      const Failure failure = FailureOf(Sent(speaker, bytes));
      EXPECT_EQ(failure.code, "bad_answer") << speaker.kind << bytes.substr(0, 20);
      EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos);
    }
  }
}

TEST(RawSounds, ThatAreTextAreQuotedWithoutTheKey) {
  const Failure failure = FailureOf(Sent(RawSpeakers()[1], "no such voice for s3cr3t"));
  EXPECT_EQ(failure.detail, "the answer is text and no sound: no such voice for [redacted]");
}

TEST(RawSounds, MayBeginLikeJson) {
  for (const RawSpeaker& speaker : RawSpeakers()) {
    const std::string samples = "{b" + Samples(3, speaker.rate_hz);
    EXPECT_EQ(ResultOf<AudioResult>(Sent(speaker, samples)).bytes,
              audio::WavFromPcm16(samples, speaker.rate_hz, 1));
    EXPECT_EQ(FailureOf(Sent(speaker, R"({"error":"x"})")).code, "bad_answer") << speaker.kind;
  }
}

// What another format begins with.
std::string Other(const std::string& head) { return head + std::string(5'000, '\1'); }

TEST(Sounds, InAFormatThatIsNotReadAreTheServersFaultAndNameTheOption) {
  std::string mulaw = audio::WavFromPcm16(Samples(1, 8'000), 8'000, 1);
  mulaw[20] = 7;
  const std::pair<const char*, std::string> formats[] = {
      {"Ogg", Other("OggS")},
      {"FLAC", Other("fLaC")},
      {"MP4", Other(std::string("\0\0\0\x20", 4) + "ftypM4A ")},
      {"WebM", Other("\x1A\x45\xDF\xA3")},
      {"WAV that is not PCM", mulaw}};
  const ServerConfig server;
  for (const auto& [name, bytes] : formats) {
    const std::optional<Failure> failure = WhyNoSound(server, bytes, "speech_format");
    ASSERT_TRUE(failure) << name;
    EXPECT_EQ(failure->failure_class, FailureClass::kConfig) << name;
    EXPECT_EQ(failure->detail, "the sound is " + std::string(name) +
                                   ", which is not read: set option speech_format so that WAV or "
                                   "MP3 comes");
    EXPECT_EQ(failure->retry_after_ms, 3'600'000) << "each try is billed";
  }
  EXPECT_NE(WhyNoSound(server, Other("OggS"), "")->detail.find("must send WAV (PCM) or MP3"),
            std::string::npos);
}

TEST(Sounds, InAFormatThatIsNotReadAreNotTakenForSamples) {
  for (const RawSpeaker& speaker : RawSpeakers()) {
    const Step step = Sent(speaker, Other("OggS"));
    if (speaker.kind == "gemini") {
      EXPECT_EQ(FailureOf(step).failure_class, FailureClass::kConfig);
    } else {
      EXPECT_EQ(ResultOf<AudioResult>(step).bytes, Other("OggS")) << speaker.kind;
    }
  }
}

TEST(Sounds, OfEachKindNameTheOptionThatChoosesTheirFormat) {
  EXPECT_EQ(FindProvider("openai")->SoundOption(), "speech_format");
  EXPECT_EQ(FindProvider("google_tts")->SoundOption(), "encoding");
  for (const char* kind : {"elevenlabs", "azure_speech", "polly"}) {
    EXPECT_EQ(FindProvider(kind)->SoundOption(), "output_format") << kind;
  }
  for (const char* kind : {"http", "gemini"}) EXPECT_EQ(FindProvider(kind)->SoundOption(), "");
}

TEST(Sounds, ThatAreNoneAreTriedAgain) {
  for (const std::string& bytes :
       {std::string("<html>"), std::string("\xff\xfb"), std::string(50, '\0')}) {
    EXPECT_EQ(WhyNoSound({}, bytes, "x")->failure_class, FailureClass::kTransient) << bytes;
  }
  EXPECT_EQ(WhyNoSound({}, Mp3(), "x"), std::nullopt);
}

TEST(Sounds, WithoutAByteAreNoFailureWhereThereAreNoWords) {
  struct Line {
    const char* words;
    bool is_failure;
  };
  for (const Line& line : {Line{"...", false}, {"👍", false}, {"Hello.", true}, {"42", true}}) {
    for (const char* kind :
         {"http", "azure_speech", "polly", "openai", "elevenlabs", "google_tts", "gemini"}) {
      const bool is_ssml = std::string_view("http azure_speech polly google_tts").find(kind) !=
                           std::string_view::npos;
      const Job job = {.stage = Stage::kAudio, .attempt = 1};
      const std::string speech =
          is_ssml ? "<speak>" + std::string(line.words) + "</speak>" : line.words;
      const std::string body =
          std::string_view(kind) == "google_tts" ? "{}"
          : std::string_view(kind) == "gemini"
              ? R"({"candidates":[{"content":{"parts":[]},"finishReason":"STOP"}]})"
              : "";
      const Step step = FindProvider(kind)->Next(
          {.key = "ID:SECRET"}, {.job = &job, .speech = speech}, Answer(200, body));
      EXPECT_EQ(std::holds_alternative<Failure>(step), line.is_failure) << kind << line.words;
    }
  }
}

TEST(GoogleTtsSounds, InOtherEncodingsAreNotOrdered) {
  const Job job = {.stage = Stage::kAudio};
  const Provider& google = *FindProvider("google_tts");
  for (const char* encoding : {"OGG_OPUS", "MULAW", "ALAW", "M4A", "mp3"}) {
    const ServerConfig server{.options = {{"encoding", encoding}}};
    const Failure failure =
        FailureOf(google.Start(server, {.job = &job, .speech = "<speak>x</speak>"}));
    EXPECT_EQ(failure.code, "not_configured") << encoding;
    EXPECT_NE(failure.detail.find("encoding"), std::string::npos);
    EXPECT_TRUE(std::holds_alternative<Failure>(google.Probe(server, {})));
  }
}

}  // namespace
}  // namespace debrief
