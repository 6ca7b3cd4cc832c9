// stage.h: the three stages, by number and by name. Without the standard library, so that code that
// runs in sessions can use it.
#pragma once

namespace debrief {

enum class Stage { kAnalysis = 0, kSsml = 1, kAudio = 2 };
inline constexpr int kStageCount = 3;
inline constexpr const char* kStageNames[kStageCount] = {"analysis", "ssml", "audio"};

inline constexpr const char* StageName(Stage stage) { return kStageNames[static_cast<int>(stage)]; }

}  // namespace debrief
