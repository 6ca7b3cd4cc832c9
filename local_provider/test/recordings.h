// recordings.h: small recordings with planted defects, made by ffmpeg.
#pragma once

#include <string>

namespace debrief::local_provider {

// Eight seconds: black from 2 to 4, silent from 3 to 5.5, a cut at 6, overdriven from 6.5.
std::string RecordingWithBlackSilenceCutAndClipping();

// Eight seconds: dark from 1 to 3, overexposed from 3.5 to 5, blurred from 5.5 to 7.
std::string RecordingWithBadLightAndBlur();

// Eight seconds of moving picture and sound at a comfortable loudness; its index comes first.
std::string CleanRecording();

std::string RecordingWithoutSound();
std::string SoundOnly();

}  // namespace debrief::local_provider
