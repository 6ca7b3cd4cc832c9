// monitor_routes.h: what is served on the address of --metrics-listen.
#pragma once

#include "console/http_message.h"
#include "console/metrics.h"

namespace debrief::console {

Response AnswerMonitor(const Request& request, Metrics& metrics);

}  // namespace debrief::console
