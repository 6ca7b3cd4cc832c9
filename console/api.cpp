// api.cpp: what the page reads and does, by named statements.
#include <algorithm>

#include "bgworker/core/text/json.h"
#include "console/routes.h"
#include "console/sql_answer.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

Response NotFound() { return ErrorResponse(404, "", "There is none."); }

std::optional<std::string> Parameter(const Target& target, const std::string& name) {
  const auto found = target.query.find(name);
  if (found == target.query.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

// Rows of a page: 1 to 200.
std::optional<std::string> Limit(const Target& target) {
  const auto text = Parameter(target, "limit");
  if (!text) return "50";
  constexpr int64_t kRowsMax = 200;
  const auto limit = ParseId(*text);
  return limit && *limit <= kRowsMax ? text : std::nullopt;
}

// The place behind which the next page begins: of failures seconds_analysis_feedback, of operations
// seconds_uuid.
bool IsPlace(const std::string& text, const char* characters, int parts) {
  return text.find_first_not_of(characters) == std::string::npos &&
         std::count(text.begin(), text.end(), '_') == parts - 1;
}

Response NoPlace() {
  return ErrorResponse(400, "", "before must be the \"next\" of another page.");
}

void WriteText(json::Writer& writer, std::string_view key, const std::string& text) {
  writer.Key(key);
  text.empty() ? writer.Null() : writer.String(text);
}

// A named argument as text; null is as none.
std::variant<std::optional<std::string>, Response> ArgumentText(const json::Value& value) {
  if (value.IsNull()) return std::optional<std::string>();
  if (value.IsString()) return std::optional(std::string(value.String()));
  if (value.IsNumber()) return std::optional(value.NumberText());
  return ErrorResponse(400, "", "Arguments are texts and numbers.");
}

}  // namespace

Response Routes::Session(const Caller& caller) const {
  const auto again = caller.Again();
  if (const auto error = again->Identify()) {
    if (!again->IsOver(0)) return SqlErrorResponse(*error);
    return ErrorResponse(401, "", "The session has ended.");
  }
  const Identity& who = again->identity();
  json::Writer writer;
  writer.StartObject().Key("mode").String(who.mode);
  WriteText(writer, "role", who.role);
  WriteText(writer, "user_id", who.user_id);
  const bool is_open = who.mode == "open";
  writer.Key("can").StartObject();
  writer.Key("read_all").Bool(who.reads_all).Key("operate").Bool(who.operates && !is_open);
  writer.Key("own").Bool(who.owns && !is_open).EndObject();
  WriteText(writer, "database", who.database);
  WriteText(writer, "version", who.version);
  writer.Key("console_version").String(DEBRIEF_VERSION);
  writer.Key("is_copy").Bool(who.is_copy).Key("is_standby").Bool(who.is_standby).EndObject();
  return JsonResponse(200, writer.Take());
}

Response Routes::Get(const std::shared_ptr<Caller>& caller, const Request& request,
                     const Target& target, const std::string& path) {
  if (path == "session") return Session(*caller);
  if (path == "events") {
    if (request.method != "GET") return ErrorResponse(405, "", "Only GET is served here.");
    return Events(caller, target);
  }
  if (path == "overview") {
    if (!caller->identity().reads_all) {
      return ErrorResponse(403, "42501", "Only operators and readers see everything.");
    }
    const auto overview = overview_.Get();
    if (const auto* const error = std::get_if<SqlError>(&overview)) return SqlErrorResponse(*error);
    Response response = JsonResponse(200, "");
    response.shared_body = std::get<std::shared_ptr<const std::string>>(overview);
    return response;
  }
  return Lists(*caller, target, path);
}

Response Routes::Lists(const Caller& caller, const Target& target, const std::string& path) const {
  const auto limit = Limit(target);
  if (!limit) return ErrorResponse(400, "", "limit must be 1 to 200.");
  const auto before = Parameter(target, "before");
  if (path == "analyses") {
    if (before && !ParseId(*before)) return ErrorResponse(400, "", "before must be an id.");
    return JsonOf(
        caller.Read(statements::kAnalyses, {Parameter(target, "status"), Parameter(target, "user"),
                                            Parameter(target, "q"), before, limit}));
  }
  if (path == "failures") {
    if (before && !IsPlace(*before, "0123456789._", 3)) return NoPlace();
    return JsonOf(caller.Read(statements::kFailures, {Parameter(target, "stage"),
                                                      Parameter(target, "code"), before, limit}));
  }
  if (path == "operations") {
    if (before && !IsPlace(*before, "0123456789abcdef.-_", 2)) return NoPlace();
    return JsonOf(
        caller.Read(statements::kOperations, {Parameter(target, "who"), Parameter(target, "action"),
                                              Parameter(target, "target"), before, limit}));
  }
  const size_t slash = path.find('/');
  if (slash == std::string::npos) return NotFound();
  const std::string kind = path.substr(0, slash);
  std::string id = path.substr(slash + 1);
  constexpr std::string_view kExplain = "/explain";
  const bool explains = id.ends_with(kExplain);
  if (explains) id.resize(id.size() - kExplain.size());
  if (explains && kind == "stages") return JsonOf(caller.Read(statements::kExplainStage, {id}));
  if (explains) {
    if (!ParseId(id)) return NotFound();
    if (kind == "analyses") return JsonOf(caller.Read(statements::kExplainAnalysis, {id}));
    return kind == "feedback" ? JsonOf(caller.Read(statements::kExplainFeedback, {id}))
                              : NotFound();
  }
  if (kind == "analyses") return OneAnalysis(caller, id);
  constexpr std::string_view kAnalysis = "/analysis";
  if (kind != "recordings" || !id.ends_with(kAnalysis)) return NotFound();
  id.resize(id.size() - kAnalysis.size());
  if (!ParseId(id)) return NotFound();
  const Rows newest = caller.Read(statements::kNewestAnalysis, {id});
  if (!newest.IsGood()) return SqlErrorResponse(newest.error());
  return OneAnalysis(caller, newest.One());
}

Response Routes::OneAnalysis(const Caller& caller, const std::string& id) const {
  if (!ParseId(id)) return NotFound();
  return JsonOf(caller.Read(statements::Analysis(caller.identity().reads_all).c_str(), {id}));
}

Response Routes::Events(const std::shared_ptr<Caller>& caller, const Target& target) {
  const auto text = Parameter(target, "topic");
  auto topic = ParseTopic(text.value_or(""));
  if (!topic) return ErrorResponse(400, "", "topic must be overview, mine or analysis:ID.");
  const Identity& who = caller->identity();
  if (topic->kind == Topic::Kind::kOverview && !who.reads_all) return NotFound();
  if (topic->kind == Topic::Kind::kMine) {
    if (who.user_id.empty()) return NotFound();
    topic->user_id = who.user_id;
  }
  if (topic->kind == Topic::Kind::kAnalysis) {
    topic->is_owners = !who.reads_all;
    // Whether they see it is PostgreSQL's to say; the hub reads as a role that sees everything.
    const Rows seen =
        caller->Read("select j.id from debrief.analysis_jobs j where j.id = $1::bigint",
                     {std::to_string(topic->analysis)});
    if (!seen.IsGood()) return SqlErrorResponse(seen.error());
    if (seen.size() == 0) return NotFound();
  }
  return hub_.Subscribe(*topic, caller);
}

Response Routes::Act(const Caller& caller, const Request& request, std::string_view name) const {
  if (caller.identity().mode == "open") {
    return ErrorResponse(403, "", "This console is open for reading only.");
  }
  const statements::Action* const action = statements::FindAction(name);
  if (action == nullptr) return ErrorResponse(404, "", "There is no such action.");
  std::string error;
  const auto body = json::Parse(request.body.empty() ? "{}" : request.body, &error);
  if (!body || !body->IsObject())
    return ErrorResponse(400, "", "Send the arguments as JSON.", error);
  Parameters parameters;
  size_t taken = 0;
  for (const auto& [argument, is_needed] : action->arguments) {
    const auto value = body->Find(argument);
    std::variant<std::optional<std::string>, Response> read;
    if (value) read = ArgumentText(*value);
    if (auto* const refusal = std::get_if<Response>(&read)) return std::move(*refusal);
    parameters.push_back(std::get<0>(std::move(read)));
    if (value) taken++;
    if (is_needed && !parameters.back()) {
      return ErrorResponse(400, "", "Argument " + std::string(argument) + " is missing.");
    }
  }
  size_t given = 0;
  body->ForEachMember([&](std::string_view, const json::Value&) { given++; });
  if (taken != given)
    return ErrorResponse(400, "", "There is an argument that this action has not.");
  const Rows rows = caller.Write(action->sql, parameters);
  if (!rows.IsGood()) return SqlErrorResponse(rows.error());
  if (rows.size() == 0) return NotFound();
  return JsonResponse(200, "{\"result\":" + (rows.IsNull(0, 0) ? "null" : rows.One()) + "}");
}

}  // namespace debrief::console
