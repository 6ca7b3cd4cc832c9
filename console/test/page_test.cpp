#include "console/page.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

std::string TypeOf(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Type") return value;
  }
  return "";
}

unsigned StatusOf(const std::string& path, const std::string& mode = "") {
  Request request;
  if (!mode.empty()) request.headers.emplace("sec-fetch-mode", mode);
  const auto answer = Page("").Answer(request, path);
  if (!answer) return 0;
  EXPECT_EQ(TypeOf(*answer), "text/html; charset=utf-8") << path;
  return answer->status;
}

TEST(Page, ARouteIsThePage) {
  for (const char* const path : {"/", "/failures", "/operations", "/analyses", "/login",
                                 "/analyses/1", "/play/9007199254740993"}) {
    EXPECT_EQ(StatusOf(path), 200u) << path;
  }
}

TEST(Page, ASlashAtTheEndIsTheSamePage) {
  for (const char* const path :
       {"/failures/", "/operations/", "/analyses/", "/login/", "/analyses/1/", "/play/1//"}) {
    EXPECT_EQ(StatusOf(path), 200u) << path;
  }
}

// Who types an address, or follows an old link, reads words and not JSON.
TEST(Page, ABrowserThatOpensNoRouteIsShownThePageThatSaysSo) {
  for (const char* const path : {"/failure", "/analyses/x", "/play", "/analyses/1/2"}) {
    EXPECT_EQ(StatusOf(path, "navigate"), 404u) << path;
    EXPECT_EQ(StatusOf(path, "cors"), 0u) << path;
    EXPECT_EQ(StatusOf(path), 0u) << path;
  }
  EXPECT_EQ(StatusOf("/assets/app-OLDHASH.js", "no-cors"), 0u);
}

TEST(Page, IsNamedAfterItsScript) {
  const std::string version = Page("").version();
  EXPECT_TRUE(version.starts_with("app-") && version.ends_with(".js")) << version;
  EXPECT_EQ(Page("/debrief").version(), version);
  EXPECT_TRUE(Page("").Answer({}, "/assets/" + version).has_value());
}

}  // namespace
}  // namespace debrief::console
