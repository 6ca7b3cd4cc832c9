// errors_test.cpp: google.rpc.Status in all its shapes, line by line.
#include "bgworker/core/services/google/errors.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

constexpr char kKey[] = "AIza-s3cr3t-key";

Response Answer(int status, std::string body, std::optional<int64_t> retry_after_ms = {}) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.retry_after_ms = retry_after_ms;
  return response;
}

std::string Status(int code, std::string_view message, std::string_view status,
                   std::string_view details = "") {
  return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":")" + std::string(message) +
         R"(","status":")" + std::string(status) + R"(","details":[)" + std::string(details) +
         "]}}";
}

Failure Read(int status, const std::string& body, bool names_file = false) {
  const auto failure = google::Classify(Answer(status, body), kKey, names_file);
  EXPECT_TRUE(failure.has_value());
  return failure.value_or(Failure{});
}

std::string CodeOf(int status, const std::string& body, bool names_file = false) {
  return Read(status, body, names_file).code;
}

TEST(GoogleErrors, FindsNoFailureInA200) {
  EXPECT_EQ(google::Classify(Answer(200, "{}"), kKey), std::nullopt);
}

TEST(GoogleErrors, TellsABadKeyFromABadRequest) {
  EXPECT_EQ(
      CodeOf(
          400,
          Status(
              400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT",
              R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"})")),
      "unauthorized");
  EXPECT_EQ(CodeOf(400, Status(400, "Invalid JSON payload received.", "INVALID_ARGUMENT")),
            "bad_request");
  EXPECT_EQ(CodeOf(401, ""), "unauthorized");
  EXPECT_EQ(CodeOf(403, Status(403, "no unregistered callers", "PERMISSION_DENIED")),
            "unauthorized");
  EXPECT_EQ(CodeOf(400, R"({"error":"invalid_grant","error_description":"x"})"), "unauthorized");
}

TEST(GoogleErrors, TakesTheSlipOfAModelThatSpeaksForOneThatPasses) {
  for (const char* message : {"Model tried to generate text, but it should only be used for TTS.",
                              "Model tried to generate text, but this model does not support it.",
                              "The model should only be used for TTS"}) {
    const Failure failure = Read(400, Status(400, message, "INVALID_ARGUMENT"));
    EXPECT_EQ(failure.code, "bad_answer") << message;
    EXPECT_EQ(failure.failure_class, FailureClass::kTransient);
  }
}

TEST(GoogleErrors, TakesARefusedFileForOneThatIsGone) {
  const std::string words =
      Status(403, "You do not have permission to access the File abc or it may not exist.",
             "PERMISSION_DENIED");
  EXPECT_EQ(Read(403, words).failure_class, FailureClass::kStaleInput);
  EXPECT_EQ(Read(403, Status(403, "x", "PERMISSION_DENIED"), true).failure_class,
            FailureClass::kStaleInput);
  EXPECT_EQ(Read(404, Status(404, "not found", "NOT_FOUND"), true).failure_class,
            FailureClass::kStaleInput);
}

// A video would be uploaded again and again, and its row would fail in the end.
TEST(GoogleErrors, TellsAKeyThatWasWithdrawnFromAFileThatIsGone) {
  for (const char* message : {"Your API key was reported as leaked. Please use another API key.",
                              "Your project has been denied access. Please contact support.",
                              "Permission denied: Consumer 'api_key:x' has been suspended."}) {
    EXPECT_EQ(CodeOf(403, Status(403, message, "PERMISSION_DENIED"), true), "unauthorized")
        << message;
  }
  EXPECT_EQ(CodeOf(403,
                   Status(403, "x", "PERMISSION_DENIED",
                          R"({"@type":"x/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"})"),
                   true),
            "unauthorized");
}

TEST(GoogleErrors, LaysAtNoRowWhatTheOptionsPutIntoTheRequest) {
  for (const char* message :
       {"Thinking level is not supported for this model.", "The thinking budget (1) is invalid.",
        "The requested combination of response modalities (AUDIO) is not supported by the model.",
        "JSON mode is not enabled for models/x"}) {
    EXPECT_EQ(CodeOf(400, Status(400, message, "INVALID_ARGUMENT")), "not_configured") << message;
  }
  const auto field = [](std::string_view name) {
    return CodeOf(400,
                  Status(400, "Invalid value", "INVALID_ARGUMENT",
                         R"({"@type":"x/google.rpc.BadRequest","fieldViolations":[{"field":")" +
                             std::string(name) + "\"}]}"));
  };
  EXPECT_EQ(field("generation_config.media_resolution"), "not_configured");
  EXPECT_EQ(field("safety_settings[0].threshold"), "not_configured");
  EXPECT_EQ(field("audio_config.pitch"), "not_configured");
  EXPECT_EQ(field("generation_config.speech_config.voice_config"), "bad_request");
  EXPECT_EQ(field("contents[0]"), "bad_request");
}

TEST(GoogleErrors, TellsAFileThatIsNotReady) {
  EXPECT_EQ(CodeOf(400,
                   Status(400, "The File abc is not in an ACTIVE state and usage is not allowed.",
                          "FAILED_PRECONDITION"),
                   true),
            google::kFileNotActive);
}

TEST(GoogleErrors, TellsConfigurationFromInput) {
  EXPECT_EQ(CodeOf(404, Status(404, "models/x is not found for API version", "NOT_FOUND")),
            "model_not_found");
  EXPECT_EQ(CodeOf(404, Status(404, "Requested entity was not found.", "NOT_FOUND")),
            "endpoint_not_found");
  EXPECT_EQ(CodeOf(400, Status(400, "User location is not supported for the API use.",
                               "FAILED_PRECONDITION")),
            "not_configured");
  EXPECT_EQ(CodeOf(400, Status(400, "Voice 'x' does not exist.", "INVALID_ARGUMENT")),
            "voice_not_found");
}

TEST(GoogleErrors, LaysAFormatThatIsNotReadAtTheRecording) {
  for (const char* message : {"Unsupported MIME type: video/x-ms-wmv",
                              "The mime type video/x-flv is not supported for this model."}) {
    EXPECT_EQ(CodeOf(400, Status(400, message, "INVALID_ARGUMENT")), "unsupported_media")
        << message;
  }
}

TEST(GoogleErrors, KnowsTheWordsForTooMuch) {
  for (const char* words :
       {"Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes.",
        "This request contains sentences that are too long.",
        "The input token count exceeds the maximum number of tokens allowed",
        "Request payload size exceeds the limit"}) {
    EXPECT_EQ(CodeOf(400, Status(400, words, "INVALID_ARGUMENT")), "too_large") << words;
  }
  EXPECT_EQ(CodeOf(500, Status(500, "input context too long", "INTERNAL")), "too_large");
}

TEST(GoogleErrors, WaitsAsLongAsTheLongestOfThreeDelaysSays) {
  const std::string body =
      Status(429, "Please retry in 53.5s.", "RESOURCE_EXHAUSTED",
             R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"58.9s"})");
  EXPECT_EQ(Read(429, body).retry_after_ms, 58'900);
  EXPECT_EQ(google::Classify(Answer(429, body, 70'000), kKey)->retry_after_ms, 70'000);
  EXPECT_EQ(
      Read(429, Status(429, "Please retry in 53.016342224s.", "RESOURCE_EXHAUSTED")).retry_after_ms,
      53'017);
  EXPECT_EQ(
      Read(429, Status(429, "Resource has been exhausted (e.g. check quota).", "X")).retry_after_ms,
      1'000);
}

TEST(GoogleErrors, BelievesNoDelayBeyondADay) {
  EXPECT_EQ(Read(429, Status(429, "retry in 1e30s", "X")).retry_after_ms, 86'400'000);
  EXPECT_EQ(Read(429, Status(429, "retry in -5s", "X")).retry_after_ms, 1'000);
  EXPECT_EQ(Read(429, Status(429, "retry in nans", "X")).retry_after_ms, 1'000);
}

TEST(GoogleErrors, TakesAQuotaOfTheDayForUsedUp) {
  const Failure failure = Read(
      429,
      Status(
          429, "You exceeded your current quota", "RESOURCE_EXHAUSTED",
          R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]})"));
  EXPECT_EQ(failure.failure_class, FailureClass::kQuota);
  EXPECT_GE(failure.retry_after_ms, 3'600'000);
}

TEST(GoogleErrors, TellsMoneyThatIsGoneFromABusyServer) {
  for (const char* message : {"Your prepayment credits are depleted. Please go to AI Studio.",
                              "Your project has exceeded its monthly spending cap."}) {
    const Failure failure = Read(429, Status(429, message, "RESOURCE_EXHAUSTED"));
    EXPECT_EQ(failure.failure_class, FailureClass::kQuota) << message;
    EXPECT_GE(failure.retry_after_ms, 3'600'000);
  }
}

TEST(GoogleErrors, TakesAQuotaOfTheMinuteForBusy) {
  EXPECT_EQ(
      Read(
          429,
          Status(429, "quota", "RESOURCE_EXHAUSTED",
                 R"({"@type":"x/google.rpc.QuotaFailure","violations":[{"quotaId":"PerMinute"}]})"))
          .failure_class,
      FailureClass::kRateLimited);
}

TEST(GoogleErrors, TriesServerFaultsAgain) {
  for (const int status : {408, 499, 500}) {
    EXPECT_EQ(Read(status, Status(status, "x", "INTERNAL")).failure_class, FailureClass::kUnproven)
        << status;
  }
  for (const int status : {502, 503, 504}) {
    EXPECT_EQ(Read(status, Status(status, "x", "INTERNAL")).failure_class, FailureClass::kOutage)
        << status;
  }
}

TEST(GoogleErrors, FindsAnErrorUnderStatus200) {
  EXPECT_EQ(CodeOf(200, Status(503, "The model is overloaded.", "UNAVAILABLE")), "unavailable");
  EXPECT_EQ(CodeOf(200, Status(429, "Rate limit exceeded", "")), "rate_limited");
  EXPECT_EQ(CodeOf(200, R"({"error":{"code":"500"}})"), "internal");
  EXPECT_FALSE(google::Classify(Answer(200, R"({"error":{"code":7}})"), kKey)) << "no status";
}

TEST(GoogleErrors, ReadsTheErrorInAnArrayAndWithAWordForItsCode) {
  EXPECT_EQ(CodeOf(400, "[" + Status(400, "API key not valid", "INVALID_ARGUMENT") + "]"),
            "unauthorized");
  EXPECT_EQ(CodeOf(400, R"({"error":{"code":"invalid_request","message":"m"}})"), "bad_request");
}

TEST(GoogleErrors, FallsBackToTheStatusWhenTheBodyIsNoError) {
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("[1]"),
        std::string("{\"error\":5}"), std::string("{\"error\":{\"details\":{}}}"),
        std::string(300'000, 'x')}) {
    EXPECT_EQ(CodeOf(503, body), "unavailable");
    EXPECT_EQ(CodeOf(401, body), "unauthorized");
  }
}

TEST(GoogleErrors, QuotesNoKey) {
  const Failure failure =
      Read(400, Status(400, "bad key=AIza-s3cr3t-key AIza-s3cr3t-key", "INVALID_ARGUMENT"));
  EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos);
}

TEST(GoogleErrors, SendsTheKeyOrTheTokenInAHeader) {
  Request with_key, with_token;
  google::Authorize({.key = kKey}, {}, &with_key);
  google::Authorize({.key = "{\"type\":\"service_account\"}"}, {.access_token = "ya29"},
                    &with_token);
  ASSERT_EQ(with_key.headers.size(), 1u);
  EXPECT_EQ(with_key.headers[0], (std::pair<std::string, std::string>("x-goog-api-key", kKey)));
  ASSERT_EQ(with_token.headers.size(), 1u);
  EXPECT_EQ(with_token.headers[0].second, "Bearer ya29");
}

TEST(GoogleErrors, SendsNoServiceAccountsKeyToAnybody) {
  Request without_token;
  google::Authorize({.key = R"({"type":"service_account","private_key":"s3cr3t"})"}, {},
                    &without_token);
  EXPECT_TRUE(without_token.headers.empty());
}

}  // namespace
}  // namespace debrief
