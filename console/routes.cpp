#include "console/routes.h"

#include "bgworker/core/model/clock.h"
#include "bgworker/core/text/json.h"
#include "console/bytes.h"
#include "console/rules.h"
#include "console/sql_answer.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

constexpr size_t kSharedConnections = 4;
constexpr int64_t kMsPerSecond = 1000;

Response NotFound() { return ErrorResponse(404, "", "There is none."); }

Response OnlyMethod(const char* method) {
  Response response = ErrorResponse(405, "", std::string("Only ") + method + " is served here.");
  response.headers.emplace_back("Allow", method);
  return response;
}

Response NotSignedIn(const std::string& why) {
  Response response = ErrorResponse(401, "", why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::string Bearer(const Request& request) {
  const std::string header = request.Header("authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (header.starts_with(kScheme)) return header.substr(kScheme.size());
  return CookieValue(request.Header("cookie"), kTokenCookie);
}

std::optional<std::string> StringMember(const json::Value& object, std::string_view key) {
  const auto member = object.Find(key);
  if (!member || !member->IsString() || member->String().empty()) return std::nullopt;
  return std::string(member->String());
}

}  // namespace

Routes::Routes(const Options& options, std::shared_ptr<const JwtVerifier> verifier)
    : options_(options),
      verifier_(std::move(verifier)),
      page_(options.path_prefix),
      sessions_(options.login_dsn),
      shared_(std::make_shared<Connections>(options.dsn, kSharedConnections)),
      overview_(options.dsn),
      hub_(options.dsn, &overview_) {}

void Routes::Stop() {
  hub_.Stop();
  sessions_.CloseAll();
  shared_->Close();
}

Response Routes::Answer(const Request& request) {
  Response response;
  const auto target = ParseTarget(request.target);
  const Refusal refusal = CheckOrigin(request, options_.hosts);
  if (refusal.status != 0) {
    response = ErrorResponse(refusal.status, "", refusal.message);
  } else if (!target) {
    response = ErrorResponse(400, "", "The path cannot be read.");
  } else {
    response = Route(request, *target);
  }
  AddSecurityHeaders(&response);
  // A page that is open since before an upgrade sees that it is not this one.
  response.headers.emplace_back("Debrief-Page", page_.version());
  return response;
}

Response Routes::Route(const Request& request, const Target& target) {
  const std::string path = BelowPrefix(target.path, options_.path_prefix);
  if (path.empty()) return NotFound();
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path.starts_with("/api/")) return Api(request, target, path.substr(5));
  if (!reads) return OnlyMethod("GET");
  for (const std::string& start : {std::string("/sounds/"), std::string("/recordings/")}) {
    if (!path.starts_with(start)) continue;
    const std::string rest = path.substr(start.size());
    const size_t slash = rest.find('/');
    const auto id = ParseId(std::string_view(rest).substr(0, slash));
    const bool is_sound = start == "/sounds/";
    if (!id || (slash == std::string::npos) == is_sound) return NotFound();
    const auto caller = CallerOf(request);
    if (const auto* const refusal = std::get_if<Response>(&caller)) return *refusal;
    const Caller& who = *std::get<std::shared_ptr<Caller>>(caller);
    if (is_sound) {
      return AnswerSound(who, request, *id, std::string_view(rest).substr(slash + 1),
                         options_.stores);
    }
    return AnswerRecording(who, Caller(shared_, "open"), request, *id, options_.stores);
  }
  auto asset = page_.Answer(request, path);
  return asset ? std::move(*asset) : NotFound();
}

std::variant<std::shared_ptr<Caller>, Response> Routes::CallerOf(const Request& request) {
  const std::string token = Bearer(request);
  if (verifier_ && !token.empty()) return CallerOfToken(token);
  const std::string session = CookieValue(request.Header("cookie"), kSessionCookie);
  if (!session.empty()) {
    if (auto caller = sessions_.Find(session, NowMs())) return caller;
  }
  if (!options_.open) return NotSignedIn("Nobody has signed in, or the session has ended.");
  auto caller = std::make_shared<Caller>(shared_, "open");
  if (const auto error = caller->Identify()) return SqlErrorResponse(*error);
  return caller;
}

std::variant<std::shared_ptr<Caller>, Response> Routes::CallerOfToken(const std::string& token) {
  const int64_t now_s = UnixMs() / kMsPerSecond;
  const auto verified = verifier_->Verify(token, now_s);
  if (const auto* const why = std::get_if<std::string>(&verified)) return NotSignedIn(*why);
  const auto& claims = std::get<Claims>(verified);
  const int64_t expires_ms = NowMs() + (claims.expires_s - now_s) * kMsPerSecond;
  auto caller = std::make_shared<Caller>(shared_, "jwt", claims.role, claims.json, expires_ms);
  if (const auto error = caller->Identify()) {
    // A role that is none, or not one of the console's own to take.
    const bool is_role = error->state == "42501" || error->state == "22023";
    return is_role ? NotSignedIn("The token's role cannot be taken.") : SqlErrorResponse(*error);
  }
  const Identity& who = caller->identity();
  if (who.is_superuser || !who.has_schema || (!who.reads_all && !who.owns)) {
    return ErrorResponse(403, "", "Role " + who.role + " has no access to pg_debrief.");
  }
  return caller;
}

Response Routes::Api(const Request& request, const Target& target, const std::string& path) {
  const bool posts = request.method == "POST";
  const bool is_action = path.starts_with("actions/");
  if (path == "login") return posts ? Login(request) : OnlyMethod("POST");
  if (path == "logout") return posts ? Logout(request) : OnlyMethod("POST");
  if (is_action != posts) return OnlyMethod(is_action ? "POST" : "GET");
  const auto found = CallerOf(request);
  if (const auto* const refusal = std::get_if<Response>(&found)) return *refusal;
  const auto& caller = std::get<std::shared_ptr<Caller>>(found);
  if (is_action) return Act(*caller, request, std::string_view(path).substr(8));
  return Get(caller, request, target, path);
}

Response Routes::Login(const Request& request) {
  if (options_.open) return ErrorResponse(409, "", "This console is open: there is no login.");
  std::string error;
  const auto body = json::Parse(request.body, &error);
  const auto role = body && body->IsObject() ? StringMember(*body, "user") : std::nullopt;
  const auto password = body && body->IsObject() ? StringMember(*body, "password") : std::nullopt;
  if (!role || !password)
    return ErrorResponse(400, "", R"(Send {"user": "...", "password": "..."}.)");
  auto opened = sessions_.Open(*role, *password, ClientAddress(request, options_.behind_tls));
  if (auto* const refusal = std::get_if<Response>(&opened)) return std::move(*refusal);
  return {.status = 204,
          .headers = {{"Set-Cookie", SessionCookie(std::get<std::string>(opened),
                                                   options_.path_prefix, options_.behind_tls)}}};
}

Response Routes::Logout(const Request& request) {
  sessions_.Close(CookieValue(request.Header("cookie"), kSessionCookie));
  return {
      .status = 204,
      .headers = {{"Set-Cookie", SessionCookie("", options_.path_prefix, options_.behind_tls)}}};
}

}  // namespace debrief::console
