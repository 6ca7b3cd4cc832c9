// routes.h: what is served on the address of --listen.
#pragma once

#include <memory>
#include <string>

#include "console/caller.h"
#include "console/http_message.h"
#include "console/hub.h"
#include "console/jwt.h"
#include "console/options.h"
#include "console/overview.h"
#include "console/page.h"
#include "console/sessions.h"

namespace debrief::console {

class Routes {
 public:
  Routes(const Options& options, std::shared_ptr<const JwtVerifier> verifier);
  // Refuses what is not for us, and adds the security headers to every answer.
  Response Answer(const Request& request);
  const std::atomic<int>* streams() const { return hub_.streams(); }
  void Stop();

 private:
  Response Route(const Request& request, const Target& target);
  Response Api(const Request& request, const Target& target, const std::string& path);
  Response Login(const Request& request);
  Response Logout(const Request& request);
  Response Session(const Caller& caller) const;
  Response Get(const std::shared_ptr<Caller>& caller, const Request& request, const Target& target,
               const std::string& path);
  Response Lists(const Caller& caller, const Target& target, const std::string& path) const;
  Response OneAnalysis(const Caller& caller, const std::string& id) const;
  Response Events(const std::shared_ptr<Caller>& caller, const Target& target);
  Response Act(const Caller& caller, const Request& request, std::string_view name) const;
  // Who asks, or the answer that says why they may not.
  std::variant<std::shared_ptr<Caller>, Response> CallerOf(const Request& request);
  std::variant<std::shared_ptr<Caller>, Response> CallerOfToken(const std::string& token);

  const Options options_;
  const std::shared_ptr<const JwtVerifier> verifier_;
  const Page page_;
  Sessions sessions_;
  const std::shared_ptr<Connections> shared_;  // of tokens, and of --open
  Overview overview_;
  Hub hub_;
};

}  // namespace debrief::console
