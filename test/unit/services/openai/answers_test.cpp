// answers_test.cpp: errors and chat completions, also such as nobody should send.
#include "bgworker/core/services/openai/answers.h"

#include "bgworker/core/services/kinds.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;

constexpr char kKey[] = "s3cr3t";

Failure Classified(int status, std::string body) {
  return openai::Classify(Answer(status, std::move(body)), kKey).value_or(Failure{.code = "none"});
}

std::variant<ModelAnswer, Failure> Read(std::string body) {
  return openai::ReadMessage(Answer(200, std::move(body)), kKey);
}

ModelAnswer MessageOf(std::string body) {
  auto read = Read(std::move(body));
  if (Failure* failure = std::get_if<Failure>(&read)) ADD_FAILURE() << failure->detail;
  ModelAnswer* message = std::get_if<ModelAnswer>(&read);
  return message != nullptr ? std::move(*message) : ModelAnswer{};
}

Failure Refused(std::string body) {
  auto read = Read(std::move(body));
  Failure* failure = std::get_if<Failure>(&read);
  EXPECT_NE(failure, nullptr) << "not a failure";
  return failure != nullptr ? std::move(*failure) : Failure{};
}

TEST(OpenAiAnswers, TakesTheStatusWhenTheBodySaysNothing) {
  EXPECT_EQ(openai::Classify(Answer(200, "{}"), kKey), std::nullopt);
  const std::pair<int, const char*> lines[] = {
      {301, "redirected"},        {400, "bad_request"},       {401, "unauthorized"},
      {402, "quota_exhausted"},   {403, "unauthorized"},      {404, "endpoint_not_found"},
      {408, "timeout"},           {409, "internal"},          {413, "too_large"},
      {415, "unsupported_media"}, {422, "unsupported_media"}, {425, "timeout"},
      {429, "rate_limited"},      {500, "internal"},          {502, "unavailable"},
      {503, "unavailable"},       {504, "unavailable"}};
  for (const auto& [status, code] : lines) EXPECT_EQ(Classified(status, "").code, code) << status;
}

TEST(OpenAiAnswers, LetsTheCodeBeatTheStatus) {
  const std::pair<const char*, const char*> lines[] = {
      {R"({"error":{"type":"insufficient_quota"}})", "quota_exhausted"},
      {R"({"error":{"code":"insufficient_quota"}})", "quota_exhausted"},
      {R"({"error":{"type":"credit_balance_exhausted"}})", "quota_exhausted"},
      {R"({"error":{"message":"This model's maximum context length is 8"}})", "too_large"},
      {R"({"error":{"code":"string_above_max_length"}})", "too_large"},
      {R"({"error":{"code":"content_policy_violation"}})", "blocked"},
      {R"({"error":{"code":"json_validate_failed","message":"Failed to generate JSON."}})",
       "bad_answer"},
      {R"({"error":{"code":"invalid_api_key"}})", "unauthorized"},
      {R"({"error":{"code":"model_not_found"}})", "model_not_found"}};
  for (const auto& [body, code] : lines) EXPECT_EQ(Classified(400, body).code, code) << body;
}

// Alibaba's 400 may be about the account, or about what a row says.
TEST(OpenAiAnswers, KnowsWhatAlibabaRefuses) {
  const std::pair<const char*, const char*> lines[] = {
      {R"({"error":{"code":"Arrearage","type":"Arrearage","message":"Access denied"}})",
       "quota_exhausted"},
      {R"({"error":{"message":"The free tier of the model has been exhausted."}})",
       "quota_exhausted"},
      {R"({"error":{"code":"data_inspection_failed","type":"data_inspection_failed"}})", "blocked"},
      {R"({"error":{"message":"<400> InternalError.Algo.DataInspectionFailed: Input text"}})",
       "blocked"}};
  for (const auto& [body, code] : lines) EXPECT_EQ(Classified(400, body).code, code) << body;
}

// xAI's status is that of a request which is wrong, or of a busy server: all rows would fail.
TEST(OpenAiAnswers, KnowsXaisWordsForTheKeyAndForMoney) {
  const std::tuple<int, const char*, const char*> lines[] = {
      {400, "Incorrect API key provided: na***ys.", "unauthorized"},
      {400, "Incorrect%20API%20key%20provided:%20ba***na.", "unauthorized"},
      {429, "Your team has either used all available credits or reached its monthly spending limit",
       "quota_exhausted"},
      {403, "You have run out of credits", "quota_exhausted"},
      {403, "Your newly created team doesn't have any credits yet.", "quota_exhausted"}};
  for (const auto& [status, message, code] : lines) {
    const std::string body = R"({"code":"Client specified an invalid argument","error":")" +
                             std::string(message) + "\"}";
    EXPECT_EQ(Classified(status, body).code, code) << message;
  }
}

TEST(OpenAiAnswers, TellsARowThatAGatewayFlaggedFromAKeyThatMayNotDoIt) {
  const char* body =
      R"({"error":{"code":403,"message":"openai/gpt-4o requires moderation on OpenRouter. Your )"
      R"(input was flagged for \"violence\"","metadata":{"reasons":["violence"]}}})";
  EXPECT_EQ(Classified(403, body).code, "blocked");
  EXPECT_EQ(Refused(body).code, "blocked");
  EXPECT_EQ(Classified(403, R"({"error":{"message":"Key limit exceeded"}})").code, "unauthorized");
}

TEST(OpenAiAnswers, TellsMoneyThatIsGoneFromABusyServer) {
  for (const char* code : {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached",
                           "organization_spend_limit_exceeded", "project_spend_limit_exceeded"}) {
    const std::string body = R"({"error":{"type":"x","code":")" + std::string(code) + "\"}}";
    EXPECT_EQ(Classified(429, body).failure_class, FailureClass::kQuota) << code;
  }
}

// One that is larger than a minute's tokens would be sent for ever.
TEST(OpenAiAnswers, TellsARequestThatIsTooLargeForItsLimitFromABusyServer) {
  const char* body =
      R"({"error":{"message":"Request too large for gpt-4.1 in organization o on tokens per min )"
      R"((TPM): Limit 30000, Requested 56336. The input or output tokens must be reduced.",)"
      R"("type":"tokens","param":null,"code":"rate_limit_exceeded"}})";
  EXPECT_EQ(Classified(429, body).code, "too_large");
  EXPECT_EQ(Classified(413, body).code, "too_large");
  EXPECT_EQ(Classified(429, R"({"error":{"message":"Rate limit reached for gpt-4.1 on tokens per )"
                            R"(min (TPM): Limit 30000","code":"rate_limit_exceeded"}})")
                .code,
            "rate_limited");
  EXPECT_EQ(Classified(400, R"({"error":{"code":400,"type":"exceed_context_size_error"}})").code,
            "too_large");
}

TEST(OpenAiAnswers, LaysAtNoRowWhatTheOptionsPutIntoTheRequest) {
  const char* const options[] = {
      R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this )"
      R"(model.","param":"max_tokens","code":"unsupported_parameter"}})",
      R"({"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not )"
      R"(supported with this model.","param":null,"code":null}})",
      R"({"error":{"message":"m","param":"response_format.type","code":"invalid_value"}})",
      R"({"detail":[{"loc":["body","speed"],"msg":"m"}]})",
      R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",)"
      R"("max_completion_tokens"],"msg":"Extra inputs are not permitted","input":9}]},"code":null})",
      R"x({"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', )x"
      R"x('max_completion_tokens'), 'msg': 'Extra inputs are not permitted'}]","code":400})x"};
  for (const char* body : options) {
    EXPECT_EQ(Classified(400, body).code, "not_configured") << body;
    EXPECT_EQ(Classified(422, body).code, "not_configured") << body;
  }
  const char* const rows[] = {
      R"({"error":{"param":"voice","code":"unsupported_value"}})",
      R"({"error":{"param":"messages","code":null}})",
      R"({"detail":[{"loc":["body","input"],"msg":"m"}]})",
      R"({"message":{"detail":[{"loc":["body","messages",0,"user"],"msg":"m"}]}})",
      R"({"detail":[{"loc":[],"msg":"m"}]})",
  };
  for (const char* body : rows) EXPECT_EQ(Classified(400, body).code, "bad_request") << body;
  EXPECT_EQ(Classified(400, R"({"error":{"message":"invalid model ID"}})").code, "model_not_found");
  EXPECT_EQ(Classified(400, R"({"error":{"message":"m","code":"invalid_prompt"}})").code,
            "blocked");
}

TEST(OpenAiAnswers, KnowsWhichFailuresAreTheServersOwn) {
  EXPECT_EQ(Classified(404, "").failure_class, FailureClass::kConfig);
  EXPECT_EQ(Classified(402, "").failure_class, FailureClass::kQuota);
  EXPECT_EQ(Classified(503, R"({"error":{"code":503,"message":"Loading model"}})").failure_class,
            FailureClass::kOutage);
}

TEST(OpenAiAnswers, FindsTheWordsWhereverTheyStand) {
  for (const char* body : {R"({"error":{"message":"words"}})", R"({"error":"words"})",
                           R"({"detail":"words"})", R"({"detail":[{"msg":"words"}]})",
                           R"({"detail":{"message":"words"}})", R"({"detail":{"error":"words"}})",
                           R"({"message":"words"})", R"({"error":null,"detail":"words"})"}) {
    EXPECT_EQ(Classified(400, body).detail, "words") << body;
  }
}

TEST(OpenAiAnswers, ReadsHostileErrorsWithoutTrustingThem) {
  const std::string deep(100'000, '{');
  for (const std::string& body :
       {std::string("{"), std::string("5"), std::string("[]"), std::string(R"({"error":[]})"),
        std::string(R"({"error":[[]]})"), std::string(R"({"error":{"code":{},"type":[]}})"),
        std::string(R"({"error":{"code":"insufficient_quota","code":"x"}})"), deep,
        std::string("\xff\xfe"),
        R"({"error":{"code":"insufficient_quota","message":")" + std::string(100'000, 'x') +
            "\"}}"}) {
    const Failure failure = Classified(500, body);
    EXPECT_EQ(failure.code, "internal") << body.substr(0, 40);
    EXPECT_LE(failure.detail.size(), 500u);
  }
}

TEST(OpenAiAnswers, ClassifiesAnErrorInDisguise) {
  const auto code = [](const char* body) {
    return openai::ClassifyDisguised(Answer(200, body), kKey).code;
  };
  EXPECT_EQ(code(R"({"error":{"code":"rate_limit_exceeded"}})"), "rate_limited");
  EXPECT_EQ(code(R"({"error":{"code":"model_not_found"}})"), "model_not_found");
  EXPECT_EQ(code(R"({"error":{"message":"Rate limit exceeded","code":429}})"), "rate_limited");
  EXPECT_EQ(code(R"({"error":{"message":"Overloaded","code":"529"}})"), "unavailable");
  EXPECT_EQ(code(R"({"error":{"message":"No","code":7}})"), "bad_answer");
  EXPECT_EQ(code(R"({"detail":"what"})"), "bad_answer");
  EXPECT_EQ(Refused(R"({"error":{"code":"insufficient_quota"}})").code, "quota_exhausted");
}

TEST(OpenAiAnswers, TellsErrorsFromRawSoundByTheirWholeBody) {
  EXPECT_TRUE(openai::IsError("{", false));
  EXPECT_FALSE(openai::IsError("{", true));
  EXPECT_TRUE(openai::IsError(R"({"error":"x"})", true));
  EXPECT_FALSE(openai::IsError("ID3", false));
  EXPECT_FALSE(openai::IsError("", false));
}

TEST(OpenAiAnswers, ReadsTheThoughtsWhereThereIsNoContent) {
  for (const char* message :
       {R"({"content":null,"reasoning_content":"{}"})", R"({"content":"","reasoning":"{}"})",
        R"({"content":"{}","reasoning_content":"no"})"}) {
    EXPECT_EQ(MessageOf(R"({"choices":[{"message":)" + std::string(message) + "}]}").text, "{}");
  }
}

TEST(OpenAiAnswers, AreAskedForWithMoreRoomAfterOneThatWasCut) {
  const ServerConfig server{.options = {{"ssml_model", "m"}, {"output_tokens_max", "500"}}};
  for (const bool was_cut : {false, true}) {
    const Job job{.stage = Stage::kSsml, .last_answer = {.was_cut = was_cut, .problem = {}}};
    const Request request = RequestOf(FindProvider("openai")->Start(server, {.job = &job}));
    EXPECT_EQ(request.body.find("max_completion_tokens") == std::string::npos, was_cut);
  }
}

TEST(OpenAiAnswers, ShowsWhatIsNoAnswer) {
  const Failure failure = Refused("<html>s3cr3t is wrong");
  EXPECT_NE(failure.detail.find("it begins: <html>"), std::string::npos) << failure.detail;
  EXPECT_EQ(failure.detail.find(kKey), std::string::npos) << failure.detail;
}

TEST(OpenAiAnswers, CutsTheModelsNameBetweenCharacters) {
  std::string name(199, 'a');
  name += "\xe2\x82\xac";  // a euro sign: its first byte is the 200th
  const std::string body = R"({"model":")" + name + R"(","choices":[{"message":{"content":"x"}}]})";
  EXPECT_EQ(MessageOf(body).model, std::string(199, 'a'));
}

TEST(OpenAiAnswers, TellsWhatARefusalCostAndNotTheKey) {
  const Failure failure = Refused(
      R"({"choices":[{"message":{"refusal":"I was told s3cr3t."}}],"usage":{"prompt_tokens":7}})");
  EXPECT_EQ(failure.code, "blocked");
  EXPECT_EQ(failure.detail.find(kKey), std::string::npos) << failure.detail;
  EXPECT_EQ(failure.usage.input_tokens, 7);
}

TEST(OpenAiAnswers, BelievesNoImpossibleCount) {
  const auto tokens = [](const char* count) {
    return MessageOf(R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":)" +
                     std::string(count) + "}}")
        .usage.input_tokens;
  };
  EXPECT_EQ(tokens("-5"), 0);
  EXPECT_EQ(tokens("1e300"), 1'000'000'000'000);
  EXPECT_EQ(tokens("\"9\""), 0);
  EXPECT_EQ(MessageOf(R"({"choices":[{"message":{"content":"x"}}],"usage":[]})").usage.input_tokens,
            0);
}

TEST(OpenAiAnswers, RefusesWhatIsNoCompletion) {
  for (const char* body :
       {"", "null", "[]", "{", R"({"choices":{}})", R"({"choices":[null]})",
        R"({"choices":[{"message":[]}]})", R"({"choices":[{"message":{"content":null}}]})",
        R"({"choices":[{"message":{"content":[5,{"text":5},null]}}]})",
        R"({"choices":[{"finish_reason":{},"message":{"refusal":{}}}]})"}) {
    EXPECT_EQ(Refused(body).code, "bad_answer") << body;
  }
}

}  // namespace
}  // namespace debrief
