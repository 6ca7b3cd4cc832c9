#include "local_provider/analysis.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "local_provider/wording.h"

namespace debrief::local_provider {
namespace {

constexpr char kMotionFile[] = "motion.txt";
constexpr char kLightFile[] = "light.txt";
constexpr char kSoundFile[] = "sound.txt";
constexpr rlim_t kMetadataBytesMax = rlim_t{1} << 30;
constexpr double kProbeSeconds = 30;

ProcessSpec Program(const Options& options, const std::string& path,
                    const TemporaryDirectory& directory, int stop_descriptor) {
  ProcessSpec spec;
  spec.arguments = {path};
  spec.directory = directory.path();
  spec.limits.memory_bytes_max = options.memory_bytes_max;
  spec.limits.file_bytes_max = kMetadataBytesMax;
  spec.stop_descriptor = stop_descriptor;
  return spec;
}

int DecoderThreads(const Options& options) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::max(1, cores / options.jobs);
}

void Append(std::vector<std::string>& to, std::vector<std::string> more) {
  for (std::string& argument : more) to.push_back(std::move(argument));
}

ProcessSpec Measuring(const Options& options, const TemporaryDirectory& directory,
                      const Media& media, int stop_descriptor) {
  ProcessSpec spec = Program(options, options.ffmpeg, directory, stop_descriptor);
  const int threads = DecoderThreads(options);
  constexpr int kFilterThreads = 1;
  spec.limits.wall_seconds = options.analysis_seconds_max;
  spec.limits.cpu_seconds_max =
      static_cast<rlim_t>(options.analysis_seconds_max) * static_cast<rlim_t>(threads + 1);
  Append(spec.arguments,
         {"-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-threads",
          std::to_string(threads), "-filter_complex_threads", std::to_string(kFilterThreads)});
  Append(spec.arguments, GuardedInput(kVideoFileName));
  Append(spec.arguments, {"-filter_complex", FilterGraph(media)});
  for (const char* output : {"[motion]", "[light]", "[sound]"}) {
    if (output == std::string("[sound]") && !media.audio_index) continue;
    Append(spec.arguments, {"-map", output, "-f", "null", "-"});
  }
  return spec;
}

bool ReadAll(const TemporaryDirectory& directory, MeasurementsReader& reader) {
  std::ifstream motion(directory.PathOf(kMotionFile));
  std::ifstream light(directory.PathOf(kLightFile));
  std::ifstream sound(directory.PathOf(kSoundFile));
  return reader.ReadMotion(motion) && reader.ReadLight(light) && reader.ReadSound(sound);
}

// A container may promise more than the file holds. Up to a tenth is rounding and padding.
bool IsCutShort(double promised_seconds, double decoded_seconds) {
  constexpr double kMissingSecondsMax = 2;
  return promised_seconds - decoded_seconds > std::max(kMissingSecondsMax, promised_seconds / 10);
}

}  // namespace

std::string FilterGraph(const Media& media) {
  // Everything is measured at one size and in one range, so that thresholds mean the same for
  // a telephone and a studio camera. What a frame carries from the file is deleted first: it
  // could look like a measurement. Brightness and blur are costly and slow to change, so ten
  // pictures a second are enough; black, frozen and cut need every frame.
  const std::string video = "[0:" + std::to_string(media.video_index) + "]";
  std::string graph = video +
                      "metadata=mode=delete,"
                      "scale=w='min(640,iw)':h='min(360,ih)':force_original_aspect_ratio=decrease:"
                      "force_divisible_by=2:out_range=tv,format=yuv420p,split=2[each][some];"
                      "[each]scdet=t=10,blackdetect=d=0.5,freezedetect=n=-60dB:d=0.5,"
                      "metadata=mode=print:file=" +
                      std::string(kMotionFile) +
                      "[motion];"
                      "[some]fps=10,blurdetect,signalstats,metadata=mode=print:file=" +
                      kLightFile + "[light]";
  if (media.audio_index) {
    // ebur128 comes first: it cuts the sound into tenths of a second and keeps only the
    // metadata of the first frame in each. framelog=quiet does not exist in ffmpeg 5.1.
    graph += ";[0:" + std::to_string(*media.audio_index) +
             "]ametadata=mode=delete,ebur128=metadata=1:framelog=verbose,"
             "silencedetect=n=-50dB:d=0.5,"
             "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level,"
             "ametadata=mode=print:file=" +
             std::string(kSoundFile) + "[sound]";
  }
  return graph;
}

std::variant<Measurements, ErrorAnswer> AnalyseVideo(const Options& options,
                                                     const TemporaryDirectory& directory,
                                                     int stop_descriptor) {
  std::error_code ignored;
  if (std::filesystem::file_size(directory.PathOf(kVideoFileName), ignored) == 0) {
    return UnsupportedMedia("The file is empty: upload it again.");
  }
  ProcessSpec probe = Program(options, options.ffprobe, directory, stop_descriptor);
  probe.limits.wall_seconds = probe.limits.cpu_seconds_max = kProbeSeconds;
  const auto probed = ProbeMedia(std::move(probe), kVideoFileName);
  if (const auto* error = std::get_if<ErrorAnswer>(&probed)) return *error;
  const Media media = std::get<Media>(probed);

  const ProcessResult run = RunProcess(Measuring(options, directory, media, stop_descriptor));
  if (auto error = ErrorOfEnd(run, "The recording cannot be decoded: it is damaged or cut short."))
    return *error;
  MeasurementsReader reader;
  if (!ReadAll(directory, reader))
    return TooLarge("The recording is too long to be analysed: use a shorter one.");
  if (!reader.HasPicture())
    return UnsupportedMedia("No picture can be decoded: the recording is damaged or cut short.");
  const double promised = media.duration_seconds.value_or(0);
  if (IsCutShort(promised, reader.DecodedSeconds())) {
    return UnsupportedMedia("The recording is cut short: it should last " + Seconds(promised) +
                            ", but only " + Seconds(reader.DecodedSeconds()) + " can be decoded.");
  }
  return reader.Finish(media.audio_index.has_value());
}

}  // namespace debrief::local_provider
