// stage.h: the stages, an entry each: for the worker, for sessions, and as debrief._stages() for
// SQL. Without the standard library, so that code that runs in sessions can use it.
#pragma once

namespace debrief {

enum class Stage { kAnalysis, kSsml, kAudio, kDeliver };

struct StageTraits {
  const char* name;
  const char* queue;   // the table whose rows it works on
  const char* prefix;  // of its own columns there: status, attempts, due_at, and so on
  const char* item;    // what such a row is called: debrief.retry_<item>()
  const char* kinds;   // of the servers that can serve it
  // Used where debrief.stages has a row for it. It brings its own table, and its rows are the
  // operators' matter.
  bool is_optional;
};
inline constexpr StageTraits kStages[] = {
    {"analysis", "analysis_jobs", "", "analysis", "http gemini openai fake", false},
    {"ssml", "analysis_feedback", "ssml_", "feedback", "http gemini openai fake template", false},
    {"audio", "analysis_feedback", "audio_", "feedback",
     "http gemini openai fake google_tts azure_speech elevenlabs polly", false},
    {"deliver", "analysis_deliveries", "", "delivery", "webhook", true},
};
inline constexpr int kStageCount = sizeof(kStages) / sizeof(kStages[0]);

inline constexpr const char* StageName(Stage stage) {
  return kStages[static_cast<int>(stage)].name;
}

}  // namespace debrief
