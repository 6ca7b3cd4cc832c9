// webhook_test.cpp: what a receiver is sent, and what its answers mean.
#include <gtest/gtest.h>

#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// The vector of the libraries of Standard Webhooks.
const Job kJob = {
    .stage = Stage::kDeliver,
    .message = {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek", .body = R"({"test": 2432232314})"}};
constexpr int64_t kUnixMs = 1'614'265'330'999;

ServerConfig ServerWith(std::string key) {
  return {.kind = "webhook",
          .key = std::move(key),
          .timeout_ms = 1'234,
          .options = {{"base_url", "https://app.example.com/hook"}}};
}

Step StartWith(std::string key) {
  return FindProvider("webhook")->Start(ServerWith(std::move(key)),
                                        {.job = &kJob, .call_context = {.unix_ms = kUnixMs}});
}

std::string HeaderOf(const Step& step, std::string_view name) {
  for (const auto& [header, value] : std::get<Request>(step).headers) {
    if (header == name) return value;
  }
  return "";
}

Step AnsweredWith(Response response) {
  return FindProvider("webhook")->Next(ServerWith(kSecret), {.job = &kJob}, std::move(response));
}

std::string CodeOf(Response response) {
  const Step step = AnsweredWith(std::move(response));
  const Failure* failure = std::get_if<Failure>(&step);
  return failure == nullptr ? "" : failure->code;
}

TEST(Webhook, SignsAsStandardWebhooksSays) {
  const Step step = StartWith(kSecret);
  EXPECT_EQ(HeaderOf(step, "webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_EQ(HeaderOf(step, "webhook-timestamp"), "1614265330");
  EXPECT_EQ(HeaderOf(step, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const Request& request = std::get<Request>(step);
  EXPECT_EQ(request.url, "https://app.example.com/hook");
  EXPECT_EQ(request.method, Request::Method::kPost);
  EXPECT_EQ(request.body, kJob.message.body);
  EXPECT_EQ(request.timeout_ms, 1'234);
  EXPECT_TRUE(request.status_suffices);
  EXPECT_EQ(HeaderOf(step, "Content-Type"), "application/json");
}

TEST(Webhook, TakesASecretWithoutItsPrefixAsItIs) {
  const std::string as_base64 = HeaderOf(StartWith("whsec_c2VjcmV0"), "webhook-signature");
  EXPECT_EQ(HeaderOf(StartWith("secret"), "webhook-signature"), as_base64);
}

TEST(Webhook, RefusesASecretThatIsNone) {
  for (const char* key : {"whsec_", "whsec_!", ""}) {
    const Step step = StartWith(key);
    EXPECT_EQ(std::get<Failure>(step).code, "not_configured") << key;
    EXPECT_EQ(std::get<Failure>(step).detail.find("!"), std::string::npos);
  }
}

TEST(Webhook, TakesEveryStatusOfSuccess) {
  for (const int status : {200, 201, 202, 204}) {
    const Step step = AnsweredWith({.status = status, .body = "<html>whatever</html>"});
    EXPECT_TRUE(std::holds_alternative<DeliveryResult>(std::get<Result>(step))) << status;
  }
}

TEST(Webhook, SaysWhatOtherAnswersMean) {
  EXPECT_EQ(CodeOf({.status = 410}), "receiver_gone");
  EXPECT_EQ(CodeOf({.status = 429}), "rate_limited");
  EXPECT_EQ(CodeOf({.status = 503, .retry_after_ms = 5'000}), "rate_limited");
  EXPECT_EQ(CodeOf({.status = 503}), "unavailable");
  EXPECT_EQ(CodeOf({.status = 401}), "unauthorized");
  EXPECT_EQ(CodeOf({.status = 400}), "bad_request");
  EXPECT_EQ(CodeOf({.status = 500}), "internal");
  EXPECT_EQ(CodeOf({.status = 302}), "redirected");
  EXPECT_EQ(CodeOf({.transport = Response::Transport::kTimeout}), "timeout");
  const Step gone = AnsweredWith({.status = 410});
  EXPECT_EQ(std::get<Failure>(gone).failure_class, FailureClass::kPermanent);
}

TEST(Webhook, IsTriedWithASignedMessageThatSaysNothing) {
  const Service* service = FindService("webhook");
  const ProbeStep step = service->Probe(ServerWith(kSecret), {.unix_ms = kUnixMs});
  const Request& request = std::get<Request>(step);
  EXPECT_EQ(request.body,
            R"({"type":"debrief.test","timestamp":"2021-02-25T15:02:10Z","data":{}})");
  EXPECT_EQ(service->ReadProbe(ServerWith(kSecret), {.status = 204}), std::nullopt);
  EXPECT_EQ(service->ReadProbe(ServerWith(kSecret), {.status = 404})->code, "endpoint_not_found");
  EXPECT_TRUE(std::holds_alternative<Failure>(service->Probe(ServerWith("whsec_!"), {})));
}

}  // namespace
}  // namespace debrief
