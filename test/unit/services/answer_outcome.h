// answer_outcome.h: what the tests of answers say about them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "bgworker/core/services/provider.h"

namespace debrief {

// What came of it: "ok", or the reason of a bad_answer.
inline std::string Outcome(const Step& step) {
  if (std::holds_alternative<Result>(step)) return "ok";
  const Failure& failure = std::get<Failure>(step);
  EXPECT_EQ(failure.code, "bad_answer");
  EXPECT_EQ(failure.failure_class, FailureClass::kTransient);
  return failure.detail;
}

inline std::string Repeated(const std::string& item, size_t times) {
  std::string list;
  for (size_t i = 0; i < times; i++) list += (i == 0 ? "" : ",") + item;
  return list;
}

}  // namespace debrief
