// stage.h: the stages, a line each: for the worker, for sessions, and as debrief._stages() for SQL.
// Without the standard library, so that code that runs in sessions can use it.
#pragma once

namespace debrief {

enum class Stage { kAnalysis, kSsml, kAudio, kDeliver };

struct StageTraits {
  const char* name;
  const char* queue;   // the table whose rows it works on
  const char* prefix;  // of its own columns there: status, attempts, due_at, and so on
};
inline constexpr StageTraits kStages[] = {{"analysis", "analysis_jobs", ""},
                                          {"ssml", "analysis_feedback", "ssml_"},
                                          {"audio", "analysis_feedback", "audio_"},
                                          {"deliver", "analysis_deliveries", ""}};
inline constexpr int kStageCount = sizeof(kStages) / sizeof(kStages[0]);

inline constexpr const char* StageName(Stage stage) {
  return kStages[static_cast<int>(stage)].name;
}

}  // namespace debrief
