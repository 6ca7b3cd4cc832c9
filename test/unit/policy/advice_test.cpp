// advice_test.cpp: each failure's hint names what to change for it.
#include "bgworker/core/policy/advice.h"

#include <gtest/gtest.h>

#include <string>

namespace debrief {
namespace {

struct Case {
  FailureClass failure_class;
  const char* code;
  const char* test;  // what the advice after a test names
  const char* log;   // and that of the log
};

TEST(Advice, NamesWhatToChange) {
  constexpr Case kCases[] = {
      {FailureClass::kAuth, "no_key", "the key file's line", "pg_debrief.key_file"},
      {FailureClass::kAuth, "unauthorized", "the option \"key\"", "option \"key\""},
      {FailureClass::kOutage, "unreachable", "pg_debrief.ca_file", "option \"base_url\""},
      {FailureClass::kConfig, "address_not_allowed", "pg_debrief.allowed_hosts",
       "pg_debrief.allowed_hosts"},
      {FailureClass::kConfig, "wrong_service", "option \"base_url\"", "option \"base_url\""},
      {FailureClass::kConfig, "model_not_found", "the server's options", "the server's options"},
      {FailureClass::kConfig, "not_configured", "the directory", "the directory"},
      {FailureClass::kQuota, "quota_exhausted", "by the hour", "tried again by itself"},
      {FailureClass::kRateLimited, "rate_limited", "max_in_flight", "tried again by itself"},
      {FailureClass::kTransient, "internal", "not as it should", "tried again by itself"},
  };
  for (const Case& expected : kCases) {
    const Failure failure{.failure_class = expected.failure_class, .code = expected.code};
    const std::string after_test = AdviceAfterTest(failure), log = AdviceForLog(failure);
    EXPECT_NE(after_test.find(expected.test), std::string::npos) << expected.code << after_test;
    EXPECT_NE(log.find(expected.log), std::string::npos) << expected.code << ": " << log;
  }
}

TEST(Advice, SpeaksOfTheDirectoryNotOfAnAddressThatIsNotAllowed) {
  const Failure failure{.failure_class = FailureClass::kConfig, .code = "address_not_allowed"};
  EXPECT_EQ(std::string(AdviceForLog(failure)).find("directory"), std::string::npos);
}

}  // namespace
}  // namespace debrief
