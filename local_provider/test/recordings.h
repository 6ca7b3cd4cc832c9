// recordings.h: small recordings with planted defects, made by ffmpeg.
#pragma once

#include <string>
#include <vector>

namespace debrief::local_provider {

// Eight seconds: black from 2 to 4, silent from 3 to 5.5, a cut at 6, overdriven from 6.5.
std::string RecordingWithBlackSilenceCutAndClipping();

// Eight seconds: dark from 1 to 3, overexposed from 3.5 to 5, blurred from 5.5 to 7.
std::string RecordingWithBadLightAndBlur();

// Eight seconds of moving picture and sound at a comfortable loudness; its index comes first.
std::string CleanRecording();

std::string RecordingWithoutSound();
std::string SoundOnly();

// What ffmpeg writes with these arguments; the last is a file name. Empty when it fails, which
// every test notices.
std::string Encoded(const std::vector<std::string>& arguments);

// The arguments for a source of ffmpeg's own, such as "sine=duration=8".
std::vector<std::string> Source(const std::string& filter);

// One piece of an MPEG-TS recording that goes on at `start_seconds`.
struct Piece {
  int start_seconds = 0;
  std::string picture;
  std::string pixels = "yuv420p";
  std::string sound;
  std::string channels = "1";
};
std::string Joined(const std::vector<Piece>& pieces);

}  // namespace debrief::local_provider
