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

TEST(KnownRows, SaysWhichChanged) {
  KnownRows known;
  EXPECT_FALSE(known.IsLearned());
  known.Learn({{1, 10}, {2, 10}}, "3-4");
  EXPECT_TRUE(known.IsLearned());
  auto news = known.Compare({{1, 10}, {2, 10}}, "3-4");
  EXPECT_TRUE(news.changed.empty() && news.removed.empty() && !news.has_job);
  news = known.Compare({{2, 11}, {3, 11}}, "5-4");
  EXPECT_EQ(news.changed, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(news.removed, std::vector<int64_t>{1});
  EXPECT_TRUE(news.has_job);
  news = known.Compare({{2, 11}, {3, 11}}, "5-4");
  EXPECT_EQ(news.changed, (std::vector<int64_t>{2, 3})) << "until they are taken";
  EXPECT_TRUE(news.removed.empty()) << "but what is gone is said once";
}

TEST(KnownRows, SaysARowOnce) {
  KnownRows known;
  known.Learn({{1, 10}}, "3-4");
  EXPECT_TRUE(known.Take({1, 11}, "a"));
  EXPECT_FALSE(known.Take({1, 12}, "a")) << "written again, and the same";
  EXPECT_TRUE(known.Take({1, 13}, "b"));
  EXPECT_TRUE(known.TakeJob("5-4", "a"));
  EXPECT_FALSE(known.TakeJob("6-4", "a"));
  const auto news = known.Compare({{1, 13}}, "6-4");
  EXPECT_TRUE(news.changed.empty() && !news.has_job);
  EXPECT_TRUE(known.Forget(1));
  EXPECT_FALSE(known.Forget(1));
}

TEST(Change, IsOneEvent) {
  EXPECT_TRUE(Change().IsEmpty());
  EXPECT_EQ(EventText({{R"({"id":1})", R"({"id":2})"}, {3}, R"({"id":7})"}),
            "event: rows\ndata: "
            "{\"items\":[{\"id\":1},{\"id\":2}],\"removed\":[3],\"job\":{\"id\":7}}\n\n");
  EXPECT_EQ(EventText(Change{.job = "{}", .recording = "null", .metrics = "[]"}),
            "event: rows\ndata: "
            "{\"items\":[],\"removed\":[],\"job\":{},\"recording\":null,\"metrics\":[]}\n\n");
  EXPECT_EQ(EventText(Change{.removed = {1}}),
            "event: rows\ndata: {\"items\":[],\"removed\":[1]}\n\n");
}

TEST(Payload, AnybodyMayHaveWrittenIt) {
  const auto about = ParseAnnouncement(R"({"version":1,"feedback_ids":[9],"analysis_ids":[3,4]})");
  EXPECT_EQ(about.analyses, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(about.feedback, std::vector<int64_t>{9});
  for (const char* const payload :
       {"", "x", "[]", R"({"analysis_ids":3})", R"({"analysis_ids":["3",-1,1e300,null]})"}) {
    EXPECT_TRUE(ParseAnnouncement(payload).analyses.empty()) << payload;
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
