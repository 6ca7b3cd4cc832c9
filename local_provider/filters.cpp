#include "local_provider/filters.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace debrief::local_provider {
namespace {

constexpr int kWidthMax = 640;
constexpr int kHeightMax = 360;

std::string EvenSize(double pixels) {
  return std::to_string(std::max(2, static_cast<int>(std::lround(pixels / 2)) * 2));
}

std::string Size(const Track& picture) {
  const bool is_known = picture.width > 0 && picture.height > 0;
  const double width = is_known ? picture.width : kWidthMax;
  const double height = is_known ? picture.height : kHeightMax;
  const double factor = std::min({1.0, kWidthMax / width, kHeightMax / height});
  return "w=" + EvenSize(width * factor) + ":h=" + EvenSize(height * factor);
}

// A mask of as many speakers as there are channels, in ffmpeg's order. None is the LFE, whose
// sound would not count.
std::string AnyLayout(int channels) {
  constexpr std::array<std::array<int, 2>, 3> kSpeakers = {{{0, 2}, {4, 17}, {29, 40}}};
  uint64_t mask = 0;
  for (const auto& [first, last] : kSpeakers) {
    for (int bit = first; bit <= last && channels > 0; ++bit, --channels) {
      mask |= uint64_t{1} << bit;
    }
  }
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(mask));
  return text;
}

// The layout of the whole track. Where the file names none, what ffmpeg takes for usual.
std::string Layout(const Track& sound) {
  const bool is_plain = std::all_of(
      sound.channel_layout.begin(), sound.channel_layout.end(),
      [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '(' || c == ')'; });
  if (!sound.channel_layout.empty() && is_plain) return sound.channel_layout;
  constexpr std::array<const char*, kUsualChannelsMax + 1> kUsual = {
      "stereo", "mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"};
  const size_t channels = static_cast<size_t>(std::max(sound.channels, 0));
  return channels < kUsual.size() ? kUsual[channels] : AnyLayout(sound.channels);
}

}  // namespace

std::string PictureGraph(const Track& picture) {
  // Everything is measured at one size and in one range, so that thresholds mean the same for
  // a telephone and a studio camera. What a frame carries from the file is deleted: it could
  // look like a measurement. Brightness and blur are costly and slow to change, so ten pictures
  // a second are enough; black, frozen and cut need every frame.
  return "[0:" + std::to_string(picture.index) + "]scale=" + Size(picture) +
         ":out_range=tv,format=yuv420p,metadata=mode=delete,"
         "scdet=t=10,blackdetect=d=0.5,freezedetect=n=-60dB:d=0.5,"
         "metadata=mode=print:file=" +
         kMotionFile + ",fps=10,blurdetect,signalstats,metadata=mode=print:file=" + kLightFile +
         "[out]";
}

std::string SoundForm(const Track& sound) {
  constexpr int kRateMin = 8000;
  constexpr int kRateMax = 192000;
  constexpr int kUsualRate = 48000;
  const int rate =
      sound.sample_rate > 0 ? std::clamp(sound.sample_rate, kRateMin, kRateMax) : kUsualRate;
  // The layout comes first and alone: ffmpeg converts nothing whose layout is unknown.
  const std::string layout = "channel_layouts=" + Layout(sound);
  return "[0:" + std::to_string(sound.index) + "]aformat=" + layout +
         ",aformat=sample_fmts=flt:sample_rates=" + std::to_string(rate) + ":" + layout + "[out]";
}

std::string SoundGraph(const Track& sound) {
  // ebur128 comes first: it cuts the sound into tenths of a second and keeps only the
  // metadata of the first frame in each. framelog=quiet does not exist in ffmpeg 5.1.
  return "[0:0]aformat=channel_layouts=" + Layout(sound) +
         ",ametadata=mode=delete,ebur128=metadata=1:framelog=verbose,"
         "silencedetect=n=-50dB:d=0.5,"
         "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level,"
         "ametadata=mode=print:file=" +
         std::string(kSoundFile) + "[out]";
}

}  // namespace debrief::local_provider
