// failure.h: what went wrong with a call, in the few classes that policy distinguishes.
//
// Providers, stores and the HTTP client make failures; retry.h decides what follows from them.
// `message` goes to the row's owner; `detail` to the operator only (attempt history and log).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace debrief {

enum class FailureClass {
  kTransient,    // the answer to this row cannot be used; may go better next time: charged, backoff
  kUnproven,     // the row's or the server's: see retry.h
  kRateLimited,  // the server is busy and says until when: not charged
  kQuota,        // what was bought or granted is used up: the server's state, for hours
  kStaleInput,   // what was uploaded is gone: the exchange starts again
  kOutage,       // no connection, TLS, a gateway's answer: the server's state, not the row's
  kAuth,         // the key is missing or refused: the server's state, not the row's
  kConfig,       // the server's options cannot work: the server's state, not the row's
  kPermanent,    // this input will never work
  kBlocked,      // the provider refuses this content
  kTooLarge,     // the input exceeds the provider's limit
};

// What a call cost, as the provider reported it; 0: it did not.
struct Usage {
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t characters = 0;
};

struct Failure {
  FailureClass failure_class = FailureClass::kTransient;
  std::string code;         // stable, [a-z0-9_]{1,64}: part of the contract with applications
  std::string message;      // one sentence for the row's owner; never a provider's own words
  std::string detail = {};  // for the operator: at most 500 bytes, valid UTF-8, no secrets
  std::optional<int64_t> retry_after_ms = std::nullopt;
  int http_status = 0;
  Usage usage = {};  // a refusal may be billed
};

// Message and detail, for the operator.
inline std::string Describe(const Failure& failure) {
  return failure.detail.empty() ? failure.message : failure.message + " " + failure.detail;
}

}  // namespace debrief
