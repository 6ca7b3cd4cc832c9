// webhook.cpp: sends a message when something ends, as Standard Webhooks specifies
// (github.com/standard-webhooks/standard-webhooks): one POST a message, signed with a shared secret
// over its id, its time and its body. docs/webhook.md describes the messages.

#include <ctime>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/sha256.h"

namespace debrief {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr int kStatusGone = 410;

// Nothing when what follows whsec_ is no base64.
std::optional<std::string> SecretOf(std::string_view key) {
  if (!key.starts_with(kSecretPrefix)) return std::string(key);
  return base64::Decode(key.substr(kSecretPrefix.size()));
}

std::variant<Request, Failure> Post(const ServerConfig& server, const Message& message,
                                    int64_t unix_ms) {
  const std::optional<std::string> secret = SecretOf(server.key);
  if (!secret || secret->empty()) {
    return NotConfigured("option key: what follows whsec_ in its secret is no base64");
  }
  const std::string seconds = std::to_string(unix_ms / 1'000);
  const std::string code = HmacSha256(*secret, message.id + "." + seconds + "." + message.body);
  Request request;
  // As it is written: to a receiver, an address with a slash at its end may be another one.
  request.url = server.Option("base_url");
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", message.id},
                     {"webhook-timestamp", seconds},
                     {"webhook-signature", "v1," + base64::Encode(code)}};
  request.body = message.body;
  request.status_suffices = true;
  request.timeout_ms = server.timeout_ms;
  return request;
}

// Of what was received, no answer is read: its status says all.
std::optional<Failure> FailureOf(const Response& response, std::string_view key) {
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  if (std::optional<Failure> failure = ClassifyTransport(response, key)) return failure;
  if (response.status != kStatusGone) return ClassifyStatus(response, response.body, key);
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "receiver_gone",
                 .message = "The receiver wants no more messages.",
                 .detail = "HTTP status 410",
                 .http_status = kStatusGone};
}

// What test_server() sends: a message that says nothing.
Message TestMessage(int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json::Writer writer;
  writer.StartObject().Key("type").String("debrief.test");
  writer.Key("timestamp").String(std::string_view(text, length));
  writer.Key("data").StartObject().EndObject().EndObject();
  return {.id = "test_" + std::to_string(unix_ms), .body = writer.Take()};
}

class WebhookProvider final : public Provider {
 public:
  Step Start(const ServerConfig& server, const CallInput& call) const override {
    auto post = Post(server, call.job->message, call.call_context.unix_ms);
    if (Failure* failure = std::get_if<Failure>(&post)) return std::move(*failure);
    return std::get<Request>(std::move(post));
  }

  Step Next(const ServerConfig& server, const CallInput&, Response response) const override {
    if (auto failure = FailureOf(response, server.key)) return std::move(*failure);
    return Result(DeliveryResult{});
  }

  SpeechLimits Limits(const ServerConfig&) const override { return {}; }

  bool NeedsVideo(const ServerConfig&) const override { return false; }

  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    auto post = Post(server, TestMessage(call_context.unix_ms), call_context.unix_ms);
    if (Failure* failure = std::get_if<Failure>(&post)) return std::move(*failure);
    return std::get<Request>(std::move(post));
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    return FailureOf(response, server.key);
  }
};

}  // namespace

std::unique_ptr<const Provider> NewWebhookProvider() { return std::make_unique<WebhookProvider>(); }

}  // namespace debrief
