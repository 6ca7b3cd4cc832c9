// requests.h: sends requests, and calls back with their responses. Access tokens are known here
// only: where a server's key is a Google service account, the first call asks for a token, and the
// others wait.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/core/http/client.h"
#include "bgworker/core/model/clock.h"
#include "bgworker/core/services/google/access_token.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

class Requests {
 public:
  using Ready = std::function<void(const CallContext& call_context)>;
  using Failed = std::function<void(Failure failure)>;
  using Answered = std::function<void(Response response)>;

  explicit Requests(HttpClient* http) : http_(http) {}

  // Calls `ready` when the server may be called: at once, or when its access token has come; or
  // `failed`, if the token is refused.
  void Prepare(const ServerConfig& server, Ready ready, Failed failed);
  // For requests that follow in an exchange that was prepared: with the token that there is, also
  // while another one is asked for.
  CallContext Now(const ServerConfig& server) const;
  // The server refused its access token: the next Prepare() asks for another. Returns whether there
  // was one.
  bool ForgetToken(const ServerConfig& server);

  HttpClient::Id Send(Request request, Answered answered);
  void Abort(HttpClient::Id id);
  // Nothing that was asked for happens any more.
  void AbortAll();

  // Lets the client work, and hands on what was answered.
  void Run();

 private:
  struct Waiting {
    Ready ready;
    Failed failed;
  };
  struct Account {
    std::string key;  // the one that the token was made with
    google::AccessToken token;
    bool asking = false;
    std::vector<Waiting> waiting;
  };
  void Ask(const ServerConfig& server, Account* account);
  void OnToken(const std::string& name, const Response& response);
  static void Refuse(Account* account, const Failure& failure);

  HttpClient* http_;
  std::unordered_map<HttpClient::Id, Answered> answered_;
  std::unordered_map<std::string, Account> accounts_;  // by server
};

}  // namespace debrief
