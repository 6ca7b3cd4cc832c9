// The multipart reader against whole, cut, split and malformed bodies.
#include "local_provider/multipart.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace debrief::local_provider {
namespace {

struct Parts {
  std::vector<std::string> names;
  std::vector<std::string> bodies;
};

MultipartReader ReaderInto(Parts& parts) {
  return MultipartReader("XX", {.begin_part =
                                    [&](std::string_view name) {
                                      parts.names.emplace_back(name);
                                      parts.bodies.emplace_back();
                                      return true;
                                    },
                                .data =
                                    [&](std::string_view data) {
                                      parts.bodies.back().append(data);
                                      return true;
                                    }});
}

const char kTwoParts[] =
    "--XX\r\nContent-Disposition: form-data; name=\"job\"\r\nContent-Type: application/json\r\n\r\n"
    "{}\r\n--XX\r\ncontent-disposition: form-data; name=video; filename=\"a.mp4\"\r\n\r\n"
    "ab\r\n--X\r\n\r\ncd\r\n--XX--\r\n";

TEST(Multipart, ReadsTheSamePartsHoweverTheBodyIsSplit) {
  const std::string body = kTwoParts;
  for (size_t size = 1; size <= body.size(); ++size) {
    Parts parts;
    MultipartReader reader = ReaderInto(parts);
    for (size_t at = 0; at < body.size(); at += size) {
      ASSERT_TRUE(reader.Feed(std::string_view(body).substr(at, size))) << size;
    }
    EXPECT_TRUE(reader.IsComplete());
    EXPECT_EQ(parts.names, (std::vector<std::string>{"job", "video"})) << size;
    EXPECT_EQ(parts.bodies, (std::vector<std::string>{"{}", "ab\r\n--X\r\n\r\ncd"})) << size;
  }
}

TEST(Multipart, ReadsAnEmptyPart) {
  Parts parts;
  MultipartReader reader = ReaderInto(parts);
  EXPECT_TRUE(
      reader.Feed("--XX\r\nContent-Disposition: form-data; name=\"video\"\r\n\r\n\r\n--XX--"));
  EXPECT_TRUE(reader.IsComplete());
  EXPECT_EQ(parts.bodies, std::vector<std::string>{""});
}

TEST(Multipart, IsNotCompleteWithoutItsClosingBoundary) {
  Parts parts;
  MultipartReader reader = ReaderInto(parts);
  const std::string body = kTwoParts;
  EXPECT_TRUE(reader.Feed(body.substr(0, body.size() - 4)));
  EXPECT_FALSE(reader.IsComplete());
}

TEST(Multipart, RefusesTextAfterABoundary) {
  Parts parts;
  MultipartReader reader = ReaderInto(parts);
  EXPECT_FALSE(reader.Feed("--XXjunk\r\n\r\n"));
}

TEST(Multipart, RefusesHeadersThatNeverEnd) {
  Parts parts;
  MultipartReader reader = ReaderInto(parts);
  EXPECT_FALSE(reader.Feed("--XX\r\nX: " + std::string(20000, 'a')));
}

TEST(Multipart, StopsWhenTheSinkRefuses) {
  MultipartReader reader("XX", {.begin_part = [](std::string_view) { return false; },
                                .data = [](std::string_view) { return true; }});
  EXPECT_FALSE(reader.Feed(kTwoParts));
}

TEST(Multipart, FindsTheBoundaryInAContentType) {
  EXPECT_EQ(MultipartBoundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(MultipartBoundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_FALSE(MultipartBoundary("multipart/form-data"));
  EXPECT_FALSE(MultipartBoundary("multipart/form-data; boundary="));
  EXPECT_FALSE(MultipartBoundary("multipart/form-data; boundary=" + std::string(71, 'a')));
  EXPECT_FALSE(MultipartBoundary("application/json; boundary=abc"));
}

}  // namespace
}  // namespace debrief::local_provider
