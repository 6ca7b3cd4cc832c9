#include "local_provider/analysis.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "local_provider/filters.h"
#include "local_provider/wording.h"

namespace debrief::local_provider {
namespace {

constexpr rlim_t kMetadataBytesMax = rlim_t{1} << 30;
constexpr double kProbeSeconds = 30;
// So many tracks of a kind are tried; a file with more broken ones is broken.
constexpr size_t kTriedMax = 8;

void Append(std::vector<std::string>& to, std::vector<std::string> more) {
  for (std::string& argument : more) to.push_back(std::move(argument));
}

// What the demuxers of MP4 and Matroska say when the file ends before its index does.
bool EndsEarly(const std::string& errors) {
  return errors.find("partial file") != std::string::npos ||
         errors.find("File ended prematurely") != std::string::npos;
}

std::string Named(const char* kind, const Track& track) {
  return std::string(kind) + " " + std::to_string(track.number) + " (" +
         (track.codec.empty() ? "an unknown codec" : track.codec) + ")";
}

// One recording: finds the tracks that can be decoded and measures them.
class Analysis {
 public:
  Analysis(const Options& options, const TemporaryDirectory& directory, int stop_descriptor)
      : options_(options),
        directory_(directory),
        stop_descriptor_(stop_descriptor),
        deadline_(Clock::now() + std::chrono::seconds(options.analysis_seconds_max)) {}

  std::variant<Measurements, ErrorAnswer> Run() {
    std::error_code ignored;
    if (std::filesystem::file_size(directory_.PathOf(kVideoFileName), ignored) == 0) {
      return UnsupportedMedia("The file is empty.", "empty");
    }
    ProcessSpec probe = Program(options_.ffprobe);
    probe.limits.wall_seconds = probe.limits.cpu_seconds_max = kProbeSeconds;
    const auto probed = ProbeMedia(std::move(probe), kVideoFileName);
    if (const auto* error = std::get_if<ErrorAnswer>(&probed)) return *error;
    const Media& media = std::get<Media>(probed);
    if (auto error = MeasurePicture(media)) return *error;
    if (auto error = MeasureSound(media)) return *error;
    if (auto error = CutShort(media)) return *error;
    return Result(media);
  }

 private:
  using Clock = std::chrono::steady_clock;

  ProcessSpec Program(const std::string& path) const {
    ProcessSpec spec;
    spec.arguments = {path};
    spec.directory = directory_.path();
    spec.limits.memory_bytes_max = options_.memory_bytes_max;
    spec.limits.file_bytes_max = kMetadataBytesMax;
    spec.stop_descriptor = stop_descriptor_;
    return spec;
  }

  // An ffmpeg that knows its limits, ready for its input and its graph. All runs together have
  // the time of one analysis.
  ProcessSpec Ffmpeg() const {
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const int threads = std::max(1, cores / options_.jobs);
    ProcessSpec spec = Program(options_.ffmpeg);
    const std::chrono::duration<double> left = deadline_ - Clock::now();
    spec.limits.wall_seconds = std::max(0.0, left.count());
    spec.limits.cpu_seconds_max =
        static_cast<rlim_t>(options_.analysis_seconds_max) * static_cast<rlim_t>(threads + 1);
    Append(spec.arguments, {"-hide_banner", "-nostdin", "-nostats", "-loglevel", "error",
                            "-threads", std::to_string(threads), "-filter_complex_threads", "1"});
    return spec;
  }

  ProcessSpec PictureRun(const Track& picture) const {
    ProcessSpec spec = Ffmpeg();
    Append(spec.arguments, {"-reinit_filter", "0", "-noautorotate"});
    Append(spec.arguments, GuardedInput(kVideoFileName));
    Append(spec.arguments,
           {"-filter_complex", PictureGraph(picture), "-map", "[out]", "-f", "null", "-"});
    return spec;
  }

  // The first decodes the sound into one form, the second measures it; times are kept.
  std::pair<ProcessSpec, ProcessSpec> SoundRuns(const Track& sound) const {
    ProcessSpec decode = Ffmpeg();
    Append(decode.arguments, {"-guess_layout_max", std::to_string(kUsualChannelsMax)});
    Append(decode.arguments, GuardedInput(kVideoFileName));
    Append(decode.arguments, {"-filter_complex", SoundForm(sound), "-map", "[out]", "-c:a",
                              "pcm_f32le", "-f", "nut", "pipe:1"});
    ProcessSpec measure = Ffmpeg();
    Append(measure.arguments,
           {"-guess_layout_max", "0", "-copyts", "-f", "nut", "-i", "pipe:0", "-filter_complex",
            SoundGraph(sound), "-map", "[out]", "-f", "null", "-"});
    return {std::move(decode), std::move(measure)};
  }

  // The first picture that gives a frame.
  std::optional<ErrorAnswer> MeasurePicture(const Media& media) {
    std::optional<ErrorAnswer> problem;
    for (const Track& track : media.pictures) {
      if (picture_ || track.number > static_cast<int>(kTriedMax)) {
        left_out_.push_back(Named("video track", track));
        continue;
      }
      Forget({kMotionFile, kLightFile});
      const ProcessResult run = RunProcess(PictureRun(track));
      if (auto error = ErrorOfInterruption(run)) return error;
      if (!TemporaryDirectory::HasRoom(directory_.path())) return NoRoom();
      reader_ = {};
      std::ifstream motion(directory_.PathOf(kMotionFile));
      std::ifstream light(directory_.PathOf(kLightFile));
      if (!reader_.ReadMotion(motion) || !reader_.ReadLight(light)) return TooLong();
      auto error = ErrorOfEnd(run, "The recording cannot be decoded.");
      if (!error && reader_.HasPicture()) {
        picture_ = track;
        ends_early_ = EndsEarly(run.errors);
        continue;
      }
      undecodable_.push_back(Named("video track", track));
      if (!problem)
        problem =
            error ? *error : UnsupportedMedia("Not one picture can be decoded.", "undecodable");
    }
    return picture_ ? std::nullopt : problem;
  }

  // The first sound that gives a frame, else an empty one.
  std::optional<ErrorAnswer> MeasureSound(const Media& media) {
    for (const Track& track : media.sounds) {
      if (reader_.HasSound() || track.number > static_cast<int>(kTriedMax)) {
        left_out_.push_back(Named("sound track", track));
        continue;
      }
      Forget({kSoundFile});
      const auto [decode, measure] = SoundRuns(track);
      const PipelineResult run = RunPipeline(decode, measure);
      if (auto error = ErrorOfInterruption(run.first)) return error;
      if (auto error = ErrorOfInterruption(run.second)) return error;
      if (!TemporaryDirectory::HasRoom(directory_.path())) return NoRoom();
      std::ifstream sound(directory_.PathOf(kSoundFile));
      if (!reader_.ReadSound(sound)) return TooLong();
      if (reader_.HasSound()) {
        sound_ = track;
        ends_early_ = ends_early_ || EndsEarly(run.first.errors);
        sound_breaks_off_ = !run.first.Succeeded() || !run.second.Succeeded();
      } else if (run.first.Succeeded() && run.first.errors.empty()) {
        has_empty_sound_ = true;
      } else {
        undecodable_.push_back(Named("sound track", track));
      }
    }
    return std::nullopt;
  }

  // Only the tracks that were measured count: a subtitle may last longer, and headers lie. Up
  // to a tenth is rounding and padding.
  std::optional<ErrorAnswer> CutShort(const Media& media) const {
    constexpr double kMissingSecondsMax = 2;
    const double decoded = reader_.DecodedSeconds();
    const double own =
        std::max(picture_->seconds.value_or(0), sound_ ? sound_->seconds.value_or(0) : 0);
    const double promised = own > 0 ? own : media.seconds.value_or(0);
    const bool is_short = promised - decoded > std::max(kMissingSecondsMax, promised / 10);
    if (!is_short || !(ends_early_ || media.seconds)) return std::nullopt;
    return UnsupportedMedia("The recording is cut short: it should last " + Seconds(promised) +
                                ", but only " + Seconds(decoded) + " can be decoded.",
                            "cut_short");
  }

  Measurements Result(const Media& media) {
    const double sound_end = reader_.SoundEndSeconds();
    const bool has_audio = sound_.has_value() || has_empty_sound_;
    Measurements measured = reader_.Finish(has_audio, picture_->seconds.value_or(0));
    measured.sound_unreadable = !media.sounds.empty() && !has_audio;
    if (ends_early_) measured.notes.push_back("The end of the file is missing.");
    if (sound_breaks_off_) {
      measured.notes.push_back("Only the first " + Seconds(sound_end) +
                               " of the sound could be decoded.");
    }
    Note("Cannot be decoded", undecodable_, measured);
    Note("Not checked", left_out_, measured);
    NoteGaps(measured);
    return measured;
  }

  static void Note(const char* what, const std::vector<std::string>& names,
                   Measurements& measured) {
    if (names.empty()) return;
    std::string text = std::string(what) + ": ";
    for (size_t i = 0; i < std::min(names.size(), kTriedMax); ++i) {
      text += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > kTriedMax) {
      text += " and " + std::to_string(names.size() - kTriedMax) + " more";
    }
    measured.notes.push_back(text + ".");
  }

  // What the detectors had too little of.
  static void NoteGaps(Measurements& measured) {
    if (measured.blur.empty()) measured.notes.push_back("The sharpness could not be measured.");
    if (measured.has_audio && !measured.integrated_lufs) {
      measured.notes.push_back("The loudness could not be measured.");
    }
  }

  void Forget(std::initializer_list<const char*> files) const {
    std::error_code ignored;
    for (const char* file : files) std::filesystem::remove(directory_.PathOf(file), ignored);
  }

  static ErrorAnswer TooLong() { return TooLarge("The recording is too long to be analysed."); }

  const Options& options_;
  const TemporaryDirectory& directory_;
  const int stop_descriptor_;
  const Clock::time_point deadline_;
  MeasurementsReader reader_;
  std::optional<Track> picture_;
  std::optional<Track> sound_;
  bool has_empty_sound_ = false;
  bool ends_early_ = false;
  bool sound_breaks_off_ = false;
  std::vector<std::string> undecodable_;
  std::vector<std::string> left_out_;
};

}  // namespace

std::variant<Measurements, ErrorAnswer> AnalyseVideo(const Options& options,
                                                     const TemporaryDirectory& directory,
                                                     int stop_descriptor) {
  return Analysis(options, directory, stop_descriptor).Run();
}

}  // namespace debrief::local_provider
