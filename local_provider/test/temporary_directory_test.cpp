#include "local_provider/temporary_directory.h"

#include <gtest/gtest.h>

namespace debrief::local_provider {
namespace {

TEST(TemporaryDirectory, AFullDiskHasNoRoom) {
  EXPECT_TRUE(TemporaryDirectory::HasRoom("/tmp"));
  EXPECT_FALSE(TemporaryDirectory::HasRoom("/proc"));
  EXPECT_FALSE(TemporaryDirectory::HasRoom("/none"));
}

}  // namespace
}  // namespace debrief::local_provider
