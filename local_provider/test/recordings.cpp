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

// Arguments that encode the sound and name the file.
std::vector<std::string> Mp4() { return {"-c:a", "aac", "-movflags", "+faststart", "made.mp4"}; }
std::vector<std::string> MatroskaWithPcm() { return {"-c:a", "pcm_s16le", "made.mkv"}; }

// Empty when ffmpeg fails, which every test notices. An empty source leaves its stream out.
std::string Make(const std::string& picture, const std::string& sound,
                 const std::vector<std::string>& output) {
  const TemporaryDirectory directory("/tmp");
  ProcessSpec spec;
  spec.directory = directory.path();
  spec.arguments = {"/usr/bin/ffmpeg", "-v", "error", "-nostdin"};
  for (const std::string& source : {picture, sound}) {
    if (source.empty()) continue;
    spec.arguments.insert(spec.arguments.end(), {"-f", "lavfi", "-i", source});
  }
  spec.arguments.insert(spec.arguments.end(),
                        {"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"});
  spec.arguments.insert(spec.arguments.end(), output.begin(), output.end());
  if (!RunProcess(spec).Succeeded()) return "";
  std::ifstream file(directory.PathOf(output.back().c_str()), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
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

}  // namespace debrief::local_provider
