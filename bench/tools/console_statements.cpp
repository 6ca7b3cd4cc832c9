// console_statements.cpp: prints the statements that the console sends, as psql takes them: a line
// of PREPARE each, and one of EXECUTE for each way that the page asks.
//
//   console_statements JOB FEEDBACK RECORDING USER
#include "console/statements.h"

#include <cstdio>
#include <string>

namespace {

namespace sql = debrief::console::statements;

void Print(const char* name, std::string text, const std::string& arguments = "") {
  for (char& byte : text) {
    if (byte == '\n') byte = ' ';
  }
  std::printf("prepare %s as %s;\nexecute %s%s;\n", name, text.c_str(), name,
              arguments.empty() ? "" : ("(" + arguments + ")").c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: console_statements JOB FEEDBACK RECORDING USER\n");
    return 2;
  }
  const std::string job = argv[1], feedback = argv[2], recording = argv[3];
  const std::string user = "'" + std::string(argv[4]) + "'";
  const std::string jobs = "'{" + job + "}'", items = "'{" + feedback + "}'";
  Print("identity", sql::kIdentity);
  Print("problems", sql::kProblems);
  Print("failure_counts", sql::kFailureCounts);
  Print("overview_parts", sql::kOverviewParts);
  Print("overview", sql::Overview(true, true, true), "'[]', '[]'");
  Print("analyses", sql::kAnalyses, "null, null, null, null, 50");
  Print("analyses_of_status", sql::kAnalyses, "'failed', null, null, null, 50");
  Print("analyses_of_user", sql::kAnalyses, "null, " + user + ", null, null, 50");
  Print("analyses_with_words", sql::kAnalyses, "null, null, 'talk', null, 50");
  Print("analyses_with_words_of_none", sql::kAnalyses, "null, null, 'no such', null, 50");
  Print("failures", sql::kFailures, "null, null, null, 50");
  Print("failures_of_stage", sql::kFailures, "'audio', null, null, 50");
  Print("failures_of_code", sql::kFailures, "null, 'no such', null, 50");
  Print("operations", sql::kOperations, "null, null, null, null, 50");
  Print("operations_of_nobody", sql::kOperations, "'no such', null, null, null, 50");
  Print("analysis", sql::Analysis(true), job);
  Print("newest_analysis", sql::kNewestAnalysis, recording);
  Print("explain_analysis", sql::kExplainAnalysis, job);
  Print("explain_feedback", sql::kExplainFeedback, feedback);
  Print("explain_stage", sql::kExplainStage, "'audio'");
  Print("item_versions", sql::kItemVersions, jobs);
  Print("job_versions", sql::kJobVersions, jobs);
  Print("jobs", sql::kJobs, jobs);
  Print("items", sql::kItems, items + ", " + jobs);
  Print("mine", sql::kMine, "array[" + user + "]::uuid[]");
  Print("sound", sql::kSound, feedback + ", 0");
  Print("recording", sql::kRecording, recording + ", null");
}
