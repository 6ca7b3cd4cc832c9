// advice.cpp: see advice.h.

#include "bgworker/core/policy/advice.h"

#include <string_view>

namespace debrief {

namespace {

const char* AdviceForOptions(std::string_view code) {
  if (code == "address_not_allowed") {
    return "List the host in pg_debrief.allowed_hosts if it is meant to be called, then reload the "
           "server's configuration.";
  }
  if (code == "wrong_service") {
    return "Check the option \"base_url\", its port and its path: docs/providers.md says what "
           "test_server() asks for.";
  }
  return "Check the server's options, and the directory if it names one: docs/providers.md lists "
         "them.";
}

}  // namespace

const char* AdviceAfterTest(const Failure& failure) {
  switch (failure.failure_class) {
    case FailureClass::kAuth:
      return "Check the option \"key\", and the key file's line for it: its host and its port.";
    case FailureClass::kOutage:
      return "Check base_url, name service, firewall and certificate (pg_debrief.ca_file).";
    case FailureClass::kConfig:
      return AdviceForOptions(failure.code);
    case FailureClass::kQuota:
      return "Buy more, or wait; calls are tried again by the hour.";
    case FailureClass::kRateLimited:
      return "It answers, but is busy: lower max_in_flight or calls_per_minute.";
    default:
      return "It answers, but not as it should: see the words above.";
  }
}

const char* AdviceForLog(const Failure& failure) {
  switch (failure.failure_class) {
    case FailureClass::kAuth:
      return "Check the key file (pg_debrief.key_file) and the server's option \"key\", then "
             "reload the server's configuration.";
    case FailureClass::kConfig:
      return AdviceForOptions(failure.code);
    case FailureClass::kOutage:
      return "Start the service or correct the server's option \"base_url\"; it is tried again by "
             "itself.";
    default:
      return "It is tried again by itself.";
  }
}

}  // namespace debrief
