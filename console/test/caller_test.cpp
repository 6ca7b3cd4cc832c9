#include "console/caller.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

TEST(Version, OlderOnesAreNotEnough) {
  for (const char* const version : {"1.0", "1.0.1", "1.9", "1.10", "2.0", "10.0", ""}) {
    EXPECT_TRUE(IsNewEnough(version)) << version;
  }
  for (const char* const version : {"0.9", "0.10", "0"}) EXPECT_FALSE(IsNewEnough(version));
}

}  // namespace
}  // namespace debrief::console
