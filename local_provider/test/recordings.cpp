#include "local_provider/test/recordings.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "local_provider/process.h"
#include "local_provider/temporary_directory.h"

namespace debrief::local_provider {
namespace {

constexpr char kMoving[] = "testsrc=size=320x180:rate=25:duration=8";
constexpr char kTone[] = "sine=frequency=440:sample_rate=48000:duration=8";

std::vector<std::string> Plus(std::vector<std::string> all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Arguments that encode the sound and name the file.
std::vector<std::string> Mp4() { return {"-c:a", "aac", "-movflags", "+faststart", "made.mp4"}; }
std::vector<std::string> MatroskaWithPcm() { return {"-c:a", "pcm_s16le", "made.mkv"}; }

// An empty source leaves its stream out.
std::string Make(const std::string& picture, const std::string& sound,
                 const std::vector<std::string>& output) {
  std::vector<std::string> arguments;
  for (const std::string& source : {picture, sound}) {
    if (!source.empty()) arguments = Plus(std::move(arguments), Source(source));
  }
  arguments = Plus(std::move(arguments),
                   {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"});
  return Encoded(Plus(std::move(arguments), output));
}

}  // namespace

std::string RecordingWithBlackSilenceCutAndClipping() {
  return Make(
      "testsrc=size=320x180:rate=25:duration=6[before];"
      "testsrc2=size=320x180:rate=25:duration=2[after];[before][after]concat,"
      "drawbox=color=black:t=fill:enable='between(t,2,3.99)'",
      std::string(kTone) + ",volume=eval=frame:volume='if(between(t,3,5.5),0,if(gt(t,6.5),30,1))'",
      MatroskaWithPcm());
}

std::string RecordingWithBadLightAndBlur() {
  return Make(std::string(kMoving) +
                  ",format=yuv420p,"
                  "lutyuv=y='16+(val-16)*0.2':enable='between(t,1,2.99)',"
                  "lutyuv=y='235-(235-val)*0.1':enable='between(t,3.5,4.99)',"
                  "gblur=sigma=8:enable='between(t,5.5,6.99)'",
              kTone, Mp4());
}

std::string CleanRecording() { return Make(kMoving, kTone, Mp4()); }

std::string RecordingWithoutSound() { return Make(kMoving, "", Mp4()); }

std::string SoundOnly() { return Make("", kTone, Mp4()); }

std::vector<std::string> Source(const std::string& filter) { return {"-f", "lavfi", "-i", filter}; }

std::string Encoded(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory("/tmp");
  ProcessSpec spec;
  spec.directory = directory.path();
  spec.arguments = Plus({"/usr/bin/ffmpeg", "-v", "error", "-nostdin"}, arguments);
  if (!RunProcess(spec).Succeeded()) return "";
  std::ifstream file(directory.PathOf(arguments.back().c_str()), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string Joined(const std::vector<Piece>& pieces) {
  std::string bytes;
  for (const Piece& piece : pieces) {
    bytes += Make(piece.picture, piece.sound,
                  {"-pix_fmt", piece.pixels, "-ac", piece.channels, "-c:a", "aac",
                   "-output_ts_offset", std::to_string(piece.start_seconds), "made.ts"});
  }
  return bytes;
}

}  // namespace debrief::local_provider
