// name_list_test.cpp: which names a list holds.
#include "bgworker/core/text/name_list.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

TEST(NameList, IsBlankWithoutANameInIt) {
  for (const char* list : {"", " ", ",", " , ,", "\t", "\n, \r"})
    EXPECT_TRUE(IsBlankList(list)) << list;
  for (const char* list : {"a", " a ", ",a"}) EXPECT_FALSE(IsBlankList(list)) << list;
}

TEST(NameList, HoldsWholeNamesWithoutTheBlanksAroundThem) {
  for (const char* list : {"app", " app ", "a,app", "a , app, b", "app,", "\tapp\n", "a,\tapp"}) {
    EXPECT_TRUE(ListsName(list, "app")) << list;
  }
  for (const char* list : {"", "apps", "ap", "App", "a,b", "app x"}) {
    EXPECT_FALSE(ListsName(list, "app")) << list;
  }
  EXPECT_TRUE(ListsName("a,my app", "my app"));
}

}  // namespace
}  // namespace debrief
