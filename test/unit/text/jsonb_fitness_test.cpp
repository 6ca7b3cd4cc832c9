// jsonb_fitness_test.cpp: what jsonb refuses although it is JSON.
#include "bgworker/core/text/jsonb_fitness.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

TEST(JsonbFitness, FindsNothingWrongWithOrdinaryJson) {
  for (const char* json :
       {"{}", "[]", "null", "true", "-0", "1.5e+10", "-1E-10", "[1,2,3]", "5e-324",
        "1.7976931348623157e308", R"("")", R"("\\")", R"("\"")", R"({"a":"b\n\u0041","c":[1e9]})",
        R"("\ud83d\ude00")", R"(["\ud83d\ude00\ud83d\ude00x","\u00f6"])"}) {
    EXPECT_EQ(WhyUnfitForJsonb(json), "") << json;
  }
}

TEST(JsonbFitness, RefusesNumbersThatNumericHasNoRoomFor) {
  EXPECT_EQ(WhyUnfitForJsonb("1e400"), "");
  EXPECT_NE(WhyUnfitForJsonb("1e401"), "");
  EXPECT_EQ(WhyUnfitForJsonb("[0.1E-400]"), "");
  EXPECT_NE(WhyUnfitForJsonb("[0.1E-401]"), "");
  EXPECT_NE(WhyUnfitForJsonb("0e99999999999999999999999999"), "");
  EXPECT_NE(WhyUnfitForJsonb(R"({"a":[1,1e-20000]})"), "");
}

TEST(JsonbFitness, RefusesNumbersOfTooManyDigits) {
  EXPECT_EQ(WhyUnfitForJsonb("0." + std::string(398, '1')), "");
  EXPECT_NE(WhyUnfitForJsonb("0." + std::string(399, '1')), "");
  EXPECT_NE(WhyUnfitForJsonb("[" + std::string(20'000, '1') + "]"), "");
}

TEST(JsonbFitness, LeavesDigitsInStringsAlone) {
  EXPECT_EQ(WhyUnfitForJsonb(R"({"1e-20000":"x \" 1e-20000"})"), "");
  EXPECT_EQ(WhyUnfitForJsonb("\"" + std::string(20'000, '1') + "\""), "");
}

TEST(JsonbFitness, RefusesTheLowerHalfOfASurrogatePairAlone) {
  for (const char* json : {R"("\udc00")", R"("\uDFFF")", R"(["a","\ud83d\ude00\ude00"])",
                           R"({"\udead":1})", R"("\\\udc00")"}) {
    EXPECT_EQ(WhyUnfitForJsonb(json), "a string holds half a surrogate pair") << json;
  }
  EXPECT_EQ(WhyUnfitForJsonb(R"("\\udc00")"), "");
}

}  // namespace
}  // namespace debrief
