// video_type_test.cpp: what a recording is sent as.
#include "bgworker/core/services/video_type.h"

#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace debrief {
namespace {

using namespace std::string_view_literals;

std::string TypeOf(Recording recording, std::string_view bytes = {}) {
  const Job job{.stage = Stage::kAnalysis, .recording = std::move(recording)};
  const int fd = memfd_create("video", MFD_CLOEXEC);
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  const auto size = static_cast<int64_t>(bytes.size());
  return VideoType({.job = &job, .video = std::make_shared<const FileSource>(fd, size)});
}

TEST(VideoType, FollowsTheFormatThenTheNamesAndElseIsMp4) {
  EXPECT_EQ(TypeOf({.filename = "talk.mov", .format = "video/WebM"}), "video/webm");
  EXPECT_EQ(TypeOf({.storage_path = "u/talk.avi", .filename = "talk.mov"}), "video/quicktime");
  EXPECT_EQ(TypeOf({.storage_path = "u/talk.avi", .filename = "talk"}), "video/avi");
  EXPECT_EQ(TypeOf({.storage_path = "u/talk.mp3", .filename = "talk."}), "video/mp4");
}

TEST(VideoType, KnowsABrowsersFormat) {
  EXPECT_EQ(TypeOf({.storage_path = "u/blob", .format = "video/webm;codecs=vp9,opus"}),
            "video/webm");
  EXPECT_EQ(TypeOf({.storage_path = "u/blob", .format = "video/quicktime ; x=1"}),
            "video/quicktime");
}

TEST(VideoType, BelievesTheBytesMore) {
  const Recording lies{.filename = "talk.avi", .format = "video/mp4"};
  EXPECT_EQ(TypeOf(lies, "\x1A\x45\xDF\xA3\x9F\x42\x86\x81"sv), "video/webm");
  EXPECT_EQ(TypeOf(lies,
                   "\0\0\0\x18"
                   "ftypqt  "sv),
            "video/quicktime");
  EXPECT_EQ(TypeOf({.format = "video/webm"},
                   "\0\0\0\x18"
                   "ftypisom"sv),
            "video/mp4");
  EXPECT_EQ(TypeOf(lies,
                   "\0\0\0\x18"
                   "ftyp3gp5"sv),
            "video/3gpp");
  EXPECT_EQ(TypeOf({.format = "video/mp4"}, "RIFF\1\2\3\4AVI LIST"sv), "video/avi");
  EXPECT_EQ(TypeOf(lies, "FLV\x01\x05"sv), "video/x-flv");
  EXPECT_EQ(TypeOf(lies, "\0\0\x01\xBA\x44"sv), "video/mpeg");
  EXPECT_EQ(TypeOf(lies, "\0\0\0"sv), "video/mp4");
  EXPECT_EQ(TypeOf({.filename = "talk.webm"}, "nothing that is known"sv), "video/webm");
}

}  // namespace
}  // namespace debrief
