// statements.h: every statement that the page can cause. No text of a client is ever part of one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace debrief::console::statements {

// Who the role is: role, is_superuser, reads_all, operates, owns, has_schema, database, version,
// is_standby.
extern const char kIdentity[];
extern const char kUserId[];
extern const char kIsCopy[];
extern const char kProblems[];

// What failed, by stage and code: of each failed row no more than is counted.
extern const char kFailureCounts[];
// $1: what kProblems gave, $2: what kFailureCounts gave. The parts whose view or function this
// version has not are empty.
std::string Overview(bool has_slo, bool has_minutes, bool has_operations);
extern const char kOverviewParts[];  // has_slo, has_minutes, has_operations

// A page of each: its rows, and the place before which the next one begins. A search looks at the
// newest rows, so many and no more: `searched_to` is the time of the last one, if it stopped there.
// $1 status, $2 user, $3 words of title or file, $4 before this id, $5 how many.
extern const char kAnalyses[];
// $1 stage, $2 code, $3 before this place, $4 how many.
extern const char kFailures[];
// $1 who, $2 action, $3 words of the target, $4 before this place, $5 how many.
extern const char kOperations[];
// $1 analysis. Attempts are for those who may read them; owners see no dismissed item.
std::string Analysis(bool with_attempts);
extern const char kNewestAnalysis[];  // $1 recording
extern const char kExplainAnalysis[];
extern const char kExplainFeedback[];
extern const char kExplainStage[];

// For streams. $1: analyses. A version is another one when the row was written again.
extern const char kItemVersions[];  // analysis, id, version, is dismissed
extern const char kJobVersions[];   // id, version
extern const char kJobs[];          // id, version, row
extern const char kItems[];         // $1: items, $2: of these analyses; as kItemVersions, row
// $1: users. User, what kAnalyses gives of them.
extern const char kMine[];

// $1 feedback, $2 segment: audio_url, storage_path, store, format, octets in audio_objects or null.
extern const char kSound[];
// $1 storage path, $2 from (1-based), $3 bytes: the bytes.
extern const char kSoundBytes[];
// $1 recording: storage_path, format, store, its public_url.
extern const char kRecording[];

struct Argument {
  std::string_view name;
  bool is_needed;
};
struct Action {
  std::string_view name;
  std::vector<Argument> arguments;  // $1, $2 ...
  const char* sql;                  // gives one jsonb
};
const Action* FindAction(std::string_view name);

}  // namespace debrief::console::statements
