// base64_test.cpp: RFC 4648, strictly.
#include "bgworker/core/text/base64.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

TEST(Base64, WritesAndReadsTheVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64::Encode(plain), encoded);
    EXPECT_EQ(base64::Decode(encoded), plain);
  }
}

TEST(Base64, ReadsBackEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; i++) bytes += static_cast<char>(i);
  EXPECT_EQ(base64::Decode(base64::Encode(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsNotStrictlyIt) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9v Zm9v",
                           "Zm=v", "Zm9-", "Zm9_", "Zm9v=", "Zm\xc3\xa4v"}) {
    EXPECT_EQ(base64::Decode(text), std::nullopt) << text;
  }
}

TEST(Base64, WritesForUrlsWithoutPaddingAndReservedCharacters) {
  EXPECT_EQ(base64::EncodeUrl("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64::EncodeUrl("f"), "Zg");
}

}  // namespace
}  // namespace debrief
