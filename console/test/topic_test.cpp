#include "console/topic.h"

#include <gtest/gtest.h>

#include "console/page.h"
#include "console/sql_answer.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

TEST(Topic, ThreeKinds) {
  EXPECT_EQ(ParseTopic("overview")->kind, Topic::Kind::kOverview);
  EXPECT_EQ(ParseTopic("mine")->kind, Topic::Kind::kMine);
  EXPECT_EQ(ParseTopic("analysis:7")->analysis, 7);
  for (const char* const text : {"", "analysis", "analysis:", "analysis:0", "analysis:-1",
                                 "analysis:1x", "analysis:99999999999999999999"}) {
    EXPECT_FALSE(ParseTopic(text)) << text;
  }
}

TEST(KnownRows, SaysWhatChanged) {
  KnownRows known;
  EXPECT_EQ(known.Update({{1, R"({"id":1})"}, {2, R"({"id":2})"}}, R"({"id":7})"),
            "event: rows\ndata: "
            "{\"items\":[{\"id\":1},{\"id\":2}],\"removed\":[],\"job\":{\"id\":7}}\n\n");
  EXPECT_EQ(known.Update({{1, R"({"id":1})"}, {2, R"({"id":2})"}}, R"({"id":7})"), "");
  EXPECT_EQ(known.Update({{2, R"({"id":2,"a":1})"}}, R"({"id":7})"),
            "event: rows\ndata: {\"items\":[{\"id\":2,\"a\":1}],\"removed\":[1]}\n\n");
}

TEST(Payload, AnybodyMayHaveWrittenIt) {
  EXPECT_EQ(AnalysesOf(R"({"version":1,"analysis_ids":[3,4]})"), (std::vector<int64_t>{3, 4}));
  for (const char* const payload :
       {"", "x", "[]", R"({"analysis_ids":3})", R"({"analysis_ids":["3",-1,1e300,null]})"}) {
    EXPECT_TRUE(AnalysesOf(payload).empty()) << payload;
  }
}

TEST(Statements, EveryNeededArgumentHasAPlace) {
  const auto* const retry = statements::FindAction("retry_feedback");
  ASSERT_NE(retry, nullptr);
  EXPECT_EQ(retry->arguments.size(), 2U);
  EXPECT_EQ(statements::FindAction("drop table"), nullptr);
}

TEST(SqlAnswer, StatesBecomeStatuses) {
  EXPECT_EQ(StatusOf("42501"), 403U);
  EXPECT_EQ(StatusOf("P0002"), 404U);
  EXPECT_EQ(StatusOf("22P02"), 400U);
  EXPECT_EQ(StatusOf("55000"), 409U);
  EXPECT_EQ(StatusOf("0A000"), 409U);
  EXPECT_EQ(StatusOf("57014"), 503U);
  EXPECT_EQ(StatusOf(""), 503U);
  EXPECT_EQ(StatusOf("42P01"), 501U);
  EXPECT_EQ(StatusOf("XX000"), 500U);
}

}  // namespace
}  // namespace debrief::console
