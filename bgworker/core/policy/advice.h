// advice.h: what an operator can do about a failure, by its class.
#pragma once

#include "bgworker/core/model/failure.h"

namespace debrief {

// For somebody who tests the server now.
const char* AdviceAfterTest(const Failure& failure);

// For the log: the server is tried again without anybody's help.
const char* AdviceForLog(const Failure& failure);

}  // namespace debrief
