// job.h: one claimed row, as plain values. The database layer fills it, providers read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgworker/core/model/stage.h"

namespace debrief {

// The voice as the analysis job recorded it, with the stage's server's own name for it.
struct Voice {
  std::string language;        // BCP 47, such as "en-US"
  std::string provider_voice;  // empty: the provider's default
  std::string instruction;     // for this stage, may be empty
};

struct Recording {
  int64_t id = 0;
  std::string storage_path;
  std::string filename;
  std::string format;      // as the uploader claimed, may be empty
  std::string transcript;  // metadata ->> 'transcript' of the recording, may be empty
  std::optional<double> duration_seconds;
};

struct FeedbackText {
  std::string message;
  std::string category;
  double timestamp_seconds = 0;
};

// An SSML segment that has no sound yet.
struct SpeechPart {
  int segment_index = 0;
  std::string ssml;
  std::string source_hash;  // of SSML and voice; names what the sound was made from
};

// What a receiver is sent of an analysis.
struct Message {
  std::string id;  // the same at each attempt
  std::string body;
};

// What was wrong with the answers that the attempts before this one got.
struct LastAnswer {
  bool was_cut = false;        // one of them, at the limit of its length
  bool was_too_large = false;  // one of them, to be read
  std::string problem;         // of the last one that could not be used; empty: there was none
};

struct Job {
  Stage stage = Stage::kAnalysis;
  int64_t id = 0;                // of the row in the stage's queue
  int64_t token = 0;             // the claim token every settle must name
  int attempt = 1;               // counts this one
  int unproven = 0;              // failures that were laid at nobody: see policy/retry.h
  int64_t unproven_age_ms = -1;  // since the last of them was counted; -1: there is none
  int64_t waited_us = 0;         // from when it was due to its claim
  int64_t asked_us = 0;          // from when it was asked for to its claim
  LastAnswer last_answer;        // kAnalysis, kSsml
  std::string correlation_id;
  std::string user_id;
  Voice voice;
  Recording recording;            // kAnalysis
  std::string exchange_state;     // kAnalysis: see SaveAndSend::state
  FeedbackText feedback;          // kSsml
  std::vector<SpeechPart> parts;  // kAudio: those without a sound
  int segment_count = 0;          // kAudio: of all SSML segments
  std::string object_prefix;      // kAudio: "{user}/videos/{yyyymmdd}/{video}/audio/{feedback}"
  Message message;                // kDeliver
};

}  // namespace debrief
