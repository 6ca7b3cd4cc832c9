// provider_fixture.h: what tests of providers share: answers, steps taken apart, parsed bodies.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "bgworker/core/services/provider.h"
#include "bgworker/core/text/json.h"

namespace debrief::exchange_test {

inline Response Answer(int status, std::string body, int tag = 0) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.tag = tag;
  return response;
}

inline SaveAndSend SavedOf(Step step) {
  SaveAndSend* send = std::get_if<SaveAndSend>(&step);
  EXPECT_NE(send, nullptr) << "nothing is saved before a request";
  return send != nullptr ? std::move(*send) : SaveAndSend{};
}

// A request before which nothing is saved.
inline Request RequestOf(Step step) {
  Request* request = std::get_if<Request>(&step);
  EXPECT_NE(request, nullptr) << "not a request";
  return request != nullptr ? std::move(*request) : Request{};
}

inline Failure FailureOf(Step step) {
  Failure* failure = std::get_if<Failure>(&step);
  EXPECT_NE(failure, nullptr) << "not a failure";
  return failure != nullptr ? std::move(*failure) : Failure{};
}

template <class Kind>
Kind ResultOf(Step step) {
  Result* result = std::get_if<Result>(&step);
  if (Failure* failure = std::get_if<Failure>(&step)) ADD_FAILURE() << failure->detail;
  EXPECT_NE(result, nullptr) << "not a result";
  return result != nullptr ? std::get<Kind>(std::move(*result)) : Kind{};
}

inline std::string HeaderOf(const Request& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (header == name) return value;
  }
  return "(none)";
}

inline json::Value Parsed(const std::string& text) {
  std::string problem;
  auto value = json::Parse(text, &problem);
  EXPECT_TRUE(value) << problem << ": " << text;
  return value.value_or(json::Value());
}

// The secret is in headers alone.
inline void ExpectSecretOnlyInHeaders(const Request& request, std::string_view secret) {
  EXPECT_EQ(request.url.find(secret), std::string::npos);
  EXPECT_EQ(request.body.find(secret), std::string::npos);
}

constexpr char kAnalysisJson[] =
    R"({"title":"T","summary":"S","full_feedback":"F","metrics":[],"feedback":[)"
    R"({"timestamp_seconds":99.5,"category":"Speech","message":"Slow down.","confidence":1,"impact":0.5}]})";
constexpr char kSsmlJson[] = R"({"segments":["<speak>Slow down.</speak>"]})";

inline std::string JsonText(std::string_view text) {
  json::Writer writer;
  writer.String(text);
  return writer.Take();
}

}  // namespace debrief::exchange_test
