// requests.cpp: see requests.h.

#include "bgworker/core/attempt/requests.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace debrief {

CallContext Requests::Now(const ServerConfig& server) const {
  CallContext call_context{.unix_ms = UnixMs()};
  if (!google::IsServiceAccount(server.key)) return call_context;
  const auto found = accounts_.find(server.name);
  if (found != accounts_.end()) call_context.access_token = found->second.token.token;
  return call_context;
}

void Requests::Prepare(const ServerConfig& server, Ready ready, Failed failed) {
  if (!google::IsServiceAccount(server.key)) return ready(Now(server));
  Account& account = accounts_[server.name];
  if (account.key == server.key && account.token.good_until_unix_ms > UnixMs()) {
    return ready(Now(server));
  }
  account.waiting.push_back({std::move(ready), std::move(failed)});
  if (!account.asking) Ask(server, &account);
}

void Requests::Ask(const ServerConfig& server, Account* account) {
  account->key = server.key;
  account->token.good_until_unix_ms = 0;
  auto request = google::TokenRequest(server.key, server.Option("token_url"), UnixMs());
  if (const Failure* failure = std::get_if<Failure>(&request)) return Refuse(account, *failure);
  account->asking = true;
  Send(std::get<Request>(std::move(request)),
       [this, name = server.name](const Response& response) { OnToken(name, response); });
}

void Requests::OnToken(const std::string& name, const Response& response) {
  Account& account = accounts_[name];
  assert(account.asking);
  account.asking = false;
  auto token = google::ReadToken(response, account.key, UnixMs());
  if (const Failure* failure = std::get_if<Failure>(&token)) return Refuse(&account, *failure);
  account.token = std::get<google::AccessToken>(std::move(token));
  const CallContext call_context{.unix_ms = UnixMs(), .access_token = account.token.token};
  for (Waiting& waiting : std::exchange(account.waiting, {})) waiting.ready(call_context);
}

void Requests::Refuse(Account* account, const Failure& failure) {
  for (Waiting& waiting : std::exchange(account->waiting, {})) waiting.failed(failure);
}

bool Requests::ForgetToken(const ServerConfig& server) {
  const auto found = accounts_.find(server.name);
  if (found == accounts_.end() || found->second.token.token.empty()) return false;
  found->second.token.good_until_unix_ms = 0;
  return true;
}

HttpClient::Id Requests::Send(Request request, Answered answered) {
  const HttpClient::Id id = http_->Start(std::move(request));
  [[maybe_unused]] const bool is_new = answered_.emplace(id, std::move(answered)).second;
  assert(is_new);
  return id;
}

void Requests::Abort(HttpClient::Id id) {
  http_->Abort(id);
  answered_.erase(id);
}

void Requests::AbortAll() {
  // The oldest first: libcurl looks for a connection to close from that end.
  std::vector<HttpClient::Id> ids;
  for (const auto& [id, answered] : answered_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const HttpClient::Id id : ids) http_->Abort(id);
  answered_.clear();
  accounts_.clear();
}

void Requests::Run() {
  http_->Run();
  for (HttpClient::Finished& done : http_->TakeFinished()) {
    const auto found = answered_.find(done.id);
    if (found == answered_.end()) continue;
    const Answered answered = std::move(found->second);
    answered_.erase(found);
    answered(std::move(done.response));
  }
}

}  // namespace debrief
