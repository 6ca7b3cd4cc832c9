// redact_test.cpp: text from outside made harmless.
#include "bgworker/core/text/redact.h"

#include <gtest/gtest.h>

#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

TEST(CleanDetail, KeepsOrdinaryWords) {
  const std::string words = "Größe: 3 % zu groß (\"x.mp4\", https://a.example/b?c=d&e=f) 日本語 😀";
  EXPECT_EQ(CleanDetail(words), words);
}

TEST(CleanDetail, MakesOneLineOfControlCharacters) {
  EXPECT_EQ(CleanDetail(std::string_view("a\nb\tc\0d\x1b[31me\x7f", 14)), "a b c d [31me ");
  EXPECT_EQ(CleanDetail("a\u0085b\u009bc\u2028d\u2029e"), "a b c d e");
}

TEST(CleanDetail, MakesValidUtf8) {
  EXPECT_EQ(CleanDetail("a\xff\xfe"
                        "b"),
            "a??b");
  EXPECT_EQ(CleanDetail("gr\xc3\xb6\xc3"), "gr\u00f6?");
  EXPECT_EQ(CleanDetail("\xed\xb0\x80."), "???.");
  EXPECT_EQ(CleanDetail("\xc0\xaf."), "??.");
}

TEST(CleanDetail, CutsAt500BytesBetweenCharacters) {
  EXPECT_EQ(CleanDetail(std::string(500, 'x')), std::string(500, 'x'));
  EXPECT_EQ(CleanDetail(std::string(501, 'x')), std::string(500, 'x'));
  EXPECT_EQ(CleanDetail(std::string(499, 'x') + "ö"), std::string(499, 'x'));
  EXPECT_EQ(CleanDetail(std::string(498, 'x') + "ö"), std::string(498, 'x') + "ö");
  EXPECT_EQ(CleanDetail(std::string(498, 'x') + "😀"), std::string(498, 'x'));
}

TEST(CleanDetail, ReadsNoMoreThan64Kilobytes) {
  const std::string cut = CleanDetail(std::string(65'535, 'x') + "ö");
  EXPECT_EQ(cut, std::string(500, 'x'));
  EXPECT_TRUE(utf8::IsValid(cut));
}

TEST(CleanDetail, RedactsTheWordAfterBearer) {
  EXPECT_EQ(CleanDetail("Bearer abc"), "Bearer [redacted]");
  EXPECT_EQ(CleanDetail("sent 'bearer  a:b.c/d=', got 401"), "sent 'bearer  [redacted]', got 401");
  EXPECT_EQ(CleanDetail("BEARER\tabc"), "BEARER [redacted]");
}

TEST(CleanDetail, RedactsTheValueOfAKey) {
  EXPECT_EQ(CleanDetail("/v1?key=abc&alt=json"), "/v1?key=[redacted]&alt=json");
  EXPECT_EQ(CleanDetail("api_key = abc, x=1"), "api_key = [redacted], x=1");
  EXPECT_EQ(CleanDetail("X-Goog-API-Key=\"a b\""), "X-Goog-API-Key=\"[redacted] b\"");
  EXPECT_EQ(CleanDetail("access_token=a%2Fb;"), "access_token=[redacted];");
  EXPECT_EQ(CleanDetail("?sig=abc&Signature=d:e"), "?sig=[redacted]&Signature=[redacted]");
  EXPECT_EQ(CleanDetail("password='hunter2'"), "password='[redacted]'");
}

TEST(CleanDetail, RedactsLongTokensAfterAKeyWasMentioned) {
  const std::string token(32, 'a');
  const std::string shorter(31, 'a');
  EXPECT_EQ(CleanDetail("Incorrect API key provided: " + token + "."),
            "Incorrect API key provided: [redacted]");
  EXPECT_EQ(CleanDetail("Authorization: Basic " + token + "=="),
            "Authorization: Basic [redacted]==");
  EXPECT_EQ(CleanDetail(R"({"token": ")" + token + R"("})"), R"({"token": "[redacted]"})");
  EXPECT_EQ(CleanDetail("no key " + shorter), "no key " + shorter);
  EXPECT_EQ(CleanDetail("no such file " + token), "no such file " + token);
}

TEST(CleanDetail, RedactsTheKeyItIsGivenWhereverItStands) {
  EXPECT_EQ(CleanDetail("xs3samey s3same", "s3same"), "x[redacted]y [redacted]");
  EXPECT_EQ(CleanDetail("nothing here", "s3same"), "nothing here");
}

TEST(CleanDetail, RedactsThePartsOfAKeyThatSigns) {
  EXPECT_EQ(CleanDetail("no FwoGZXIvYXdz, nor wJalrXUtn", "AKIA:wJalrXUtn:FwoGZXIvYXdz"),
            "no [redacted], nor [redacted]");
  EXPECT_EQ(CleanDetail("no such port", "host:port"), "no such port");
}

TEST(CleanDetail, RedactsBeforeItCuts) {
  const std::string text = std::string(495, 'x') + " s3same and more";
  EXPECT_EQ(CleanDetail(text, "s3same").find("s3s"), std::string::npos);
}

}  // namespace
}  // namespace debrief
