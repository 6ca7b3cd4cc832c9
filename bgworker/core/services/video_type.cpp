// video_type.cpp: see video_type.h.

#include "bgworker/core/services/video_type.h"

#include "bgworker/core/text/ascii.h"

namespace debrief {
namespace {

using namespace std::string_view_literals;

struct Type {
  std::string_view mark, type;
};

constexpr Type kExtensions[] = {{"mp4", "video/mp4"},
                                {"m4v", "video/mp4"},
                                {"mov", "video/quicktime"},
                                {"qt", "video/quicktime"},
                                {"webm", "video/webm"},
                                {"mpeg", "video/mpeg"},
                                {"mpg", "video/mpg"},
                                {"avi", "video/avi"},
                                {"flv", "video/x-flv"},
                                {"wmv", "video/wmv"},
                                {"3gp", "video/3gpp"},
                                {"3gpp", "video/3gpp"},
                                {"quicktime", "video/quicktime"}};

// What a file may begin with; Matroska and WebM begin alike.
constexpr Type kHeads[] = {{"\x1A\x45\xDF\xA3"sv, "video/webm"},
                           {"FLV\x01"sv, "video/x-flv"},
                           {"\x30\x26\xB2\x75"sv, "video/wmv"},
                           {"\0\0\x01\xBA"sv, "video/mpeg"},
                           {"\0\0\x01\xB3"sv, "video/mpeg"}};
// And what may stand behind the size of its first box, in MP4 and QuickTime.
constexpr Type kBoxes[] = {{"ftypqt  ", "video/quicktime"}, {"ftyp3g", "video/3gpp"},
                           {"ftyp", "video/mp4"},           {"moov", "video/quicktime"},
                           {"mdat", "video/quicktime"},     {"wide", "video/quicktime"}};

std::string_view TypeOfBytes(std::string_view head) {
  constexpr size_t kBoxSizeBytes = 4, kRiffKindAt = 8;
  for (const Type& known : kHeads) {
    if (head.starts_with(known.mark)) return known.type;
  }
  if (head.size() < kRiffKindAt) return {};
  for (const Type& known : kBoxes) {
    if (head.substr(kBoxSizeBytes).starts_with(known.mark)) return known.type;
  }
  return head.starts_with("RIFF") && head.substr(kRiffKindAt).starts_with("AVI ") ? "video/avi"
                                                                                  : "";
}

// Of "video/webm;codecs=vp9,opus", "talk.webm" or "u/talk.webm".
std::string_view TypeOfName(std::string_view name) {
  name = name.substr(0, name.find(';'));
  while (name.ends_with(' ')) name.remove_suffix(1);
  const std::string extension = ascii::Lower(name.substr(name.find_last_of("./") + 1));
  for (const Type& known : kExtensions) {
    if (extension == known.mark) return known.type;
  }
  return {};
}

}  // namespace

std::string VideoType(const CallInput& call) {
  const std::string_view by_bytes = call.video ? TypeOfBytes(call.video->head()) : "";
  if (!by_bytes.empty()) return std::string(by_bytes);
  const Recording& recording = call.job->recording;
  for (const std::string* name :
       {&recording.format, &recording.filename, &recording.storage_path}) {
    if (const std::string_view type = TypeOfName(*name); !type.empty()) return std::string(type);
  }
  return "video/mp4";
}

}  // namespace debrief
