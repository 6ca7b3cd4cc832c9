#include <gtest/gtest.h>

#include "console/http_server.h"

namespace debrief::console {
namespace {

TEST(Stream, AReaderThatDoesNotReadIsDropped) {
  Stream stream;
  stream.Append(std::string(2 * Stream::kWaitingMax, 's'));  // the state may be of any size
  EXPECT_FALSE(stream.HasEnded());
  stream.Append("news");
  EXPECT_TRUE(stream.HasEnded());
}

TEST(Stream, ManySmallNewsAreDroppedAtTheBound) {
  Stream stream;
  size_t bytes = 0;
  constexpr size_t kNews = 1000;
  while (!stream.HasEnded() && bytes < 10 * Stream::kWaitingMax) {
    stream.Append(std::string(kNews, 'n'));
    bytes += kNews;
  }
  EXPECT_LE(bytes, Stream::kWaitingMax + 2 * kNews);
}

}  // namespace
}  // namespace debrief::console
