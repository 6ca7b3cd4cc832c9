#include <gtest/gtest.h>

#include "console/http_server.h"

namespace debrief::console {
namespace {

TEST(Stream, AReaderThatDoesNotReadIsDropped) {
  Stream stream;
  stream.Append(std::string(2 * Stream::kWaitingMax, 's'));  // the state may be of any size
  EXPECT_FALSE(stream.HasEnded());
  stream.Append(std::string(Stream::kWaitingMax, 'n'));
  stream.Append("news");
  EXPECT_FALSE(stream.HasEnded()) << "a line may be slow";
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
  EXPECT_LE(bytes, Stream::kWaitingMax + 3 * kNews);
}

TEST(Stream, PingsAreForSilence) {
  Stream stream;
  for (size_t i = 0; i < 10 * Stream::kWaitingMax; i++) stream.Ping();
  stream.Append("news");
  EXPECT_FALSE(stream.HasEnded()) << "a ping does not pile up";
}

}  // namespace
}  // namespace debrief::console
