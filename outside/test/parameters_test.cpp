#include "outside/parameters.h"

#include <gtest/gtest.h>

namespace debrief::parameters {
namespace {

using namespace std::string_literals;

TEST(OutsideParameters, IntegersAreSentMostSignificantByteFirst) {
  EXPECT_EQ(Binary(Int(258)), "\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(Binary(Int(-2)), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s);
}

TEST(OutsideParameters, ATextIsItself) {
  const std::string text = "a\"b\\c\n";
  EXPECT_EQ(Binary(Text(text)), text);
}

TEST(OutsideParameters, AnEmptyArrayHasNoDimension) {
  const std::vector<int64_t> none;
  EXPECT_EQ(Binary(Ints(none)), "\0\0\0\0\0\0\0\1\0\0\0\x14"s);
}

TEST(OutsideParameters, AnArrayHasItsLengths) {
  const std::vector<int64_t> values = {7};
  EXPECT_EQ(Binary(Ints(values)),
            "\0\0\0\1\0\0\0\1\0\0\0\x14\0\0\0\1\0\0\0\1\0\0\0\x8\0\0\0\0\0\0\0\7"s);
}

TEST(OutsideParameters, AnEmptyTextIsNullWhereThatIsMeant) {
  const std::vector<std::string> values = {"", "x"};
  const std::string head = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\2\0\0\0\1"s;
  EXPECT_EQ(Binary(Texts(values)), head + "\0\0\0\0\0\0\0\1x"s);
  EXPECT_EQ(Binary(NullableTexts(values)), head + "\xFF\xFF\xFF\xFF\0\0\0\1x"s);
}

TEST(OutsideParameters, BytesMayHoldAnything) {
  const std::string sound = "\0\xFF"s, none;
  const std::vector<const std::string*> values = {&sound, &none};
  EXPECT_EQ(Binary(Bytes(values)),
            "\0\0\0\1\0\0\0\1\0\0\0\x11\0\0\0\2\0\0\0\1\0\0\0\2\0\xFF\xFF\xFF\xFF\xFF"s);
}

}  // namespace
}  // namespace debrief::parameters
