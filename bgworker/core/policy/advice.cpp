// advice.cpp: see advice.h.

#include "bgworker/core/policy/advice.h"

namespace debrief {

const char* AdviceAfterTest(const Failure& failure) {
  switch (failure.failure_class) {
    case FailureClass::kAuth:
      return "Check the option \"key\", the key file's line for it and its host.";
    case FailureClass::kOutage:
      return "Check base_url, name service, firewall and certificate (pg_debrief.ca_file).";
    case FailureClass::kConfig:
      return failure.code == "address_not_allowed"
                 ? "List the host in pg_debrief.allowed_hosts if it is meant to be called."
                 : "Check the server's options: docs/providers.md lists them.";
    case FailureClass::kQuota:
      return "Buy more, or wait; calls are tried again by the hour.";
    case FailureClass::kRateLimited:
      return "It answers, but is busy: lower max_in_flight or calls_per_minute.";
    default:
      return "It answers, but not as it should: see the words above.";
  }
}

const char* AdviceForLog(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::kAuth:
      return "Check the key file (pg_debrief.key_file) and the server's option \"key\", then "
             "reload the server's configuration.";
    case FailureClass::kConfig:
      return "Check the server's options and the directory it names.";
    case FailureClass::kOutage:
      return "Start the service or correct the server's option \"base_url\"; it is tried again by "
             "itself.";
    default:
      return "It is tried again by itself.";
  }
}

}  // namespace debrief
