#include "console/monitor_routes.h"

namespace debrief::console {

Response AnswerMonitor(const Request& request, Metrics& metrics) {
  const auto target = ParseTarget(request.target);
  if (!target) return TextResponse(400, "The path cannot be read.");
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = TextResponse(405, "Only GET is served here.");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (target->path == "/healthz") return TextResponse(200, "ok");
  if (target->path == "/readyz") {
    const std::string problem = metrics.WhyNotReady();
    return problem.empty() ? TextResponse(200, "ok") : TextResponse(503, problem);
  }
  if (target->path == "/metrics") {
    return {
        .headers = {{"Content-Type", std::string(kExpositionType)}, {"Cache-Control", "no-store"}},
        .body = metrics.Scrape()};
  }
  return TextResponse(404, "Here are /metrics, /healthz and /readyz.");
}

}  // namespace debrief::console
