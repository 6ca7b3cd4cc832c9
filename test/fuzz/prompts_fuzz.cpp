// prompts_fuzz.cpp: any bytes as the stage's instruction, a message, a file's name and a voice.
// What a user wrote stays within its fence and on its line, and is never read as a parameter.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "bgworker/core/services/prompts.h"

namespace {

using namespace debrief;

void Require(bool holds) {
  if (!holds) std::abort();
}

size_t Count(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    count++;
  }
  return count;
}

Job JobOf(Stage stage, const std::string& text) {
  return {.stage = stage,
          .voice = {.language = "de-DE", .provider_voice = "v", .instruction = text},
          .recording = {.filename = text, .duration_seconds = 1.0},
          .feedback = {.message = text, .category = text}};
}

void CheckSsml(const std::string& text) {
  Job job = JobOf(Stage::kSsml, text);
  job.voice.instruction.clear();
  const CallInput call{.job = &job};
  const std::string by_default = prompts::Ssml({.name = "s"}, call);
  Require(Count(by_default, "</message") == 1 && by_default.ends_with("\n</message>"));
  // The instruction names only what it wants; a message is appended when it wants none.
  const std::string named = prompts::Ssml({.instruction = "{{language}} {{category}}"}, call);
  Require(named.starts_with("de-DE ") && Count(named, "</message") >= 1);
  prompts::Ssml({.instruction = text}, call);
  const std::string around = prompts::Ssml({.instruction = "<{{message}}|{{max_bytes}}>"}, call);
  Require(around.starts_with("<<message>\n") && around.ends_with("\n</message>|5000>"));
}

void CheckAnalysis(const std::string& text) {
  const Job job = JobOf(Stage::kAnalysis, text);
  const CallInput call{.job = &job};
  const std::string prompt = prompts::Analysis({.instruction = "{{filename}}"}, call);
  Require(prompt.size() == text.size());
  Require(prompt.find('\n') == std::string::npos && prompt.find('\0') == std::string::npos);
  // A parameter in the name of a file is not filled in.
  Require(Count(prompt, "{{language}}") == Count(text, "{{language}}"));
  prompts::Analysis({.instruction = text}, call);
  const std::string style = prompts::SpeechStyle(call);
  Require(style.size() <= 1'000 && style.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckSsml(text);
  CheckAnalysis(text);
  return 0;
}
