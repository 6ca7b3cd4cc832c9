// xml_test.cpp: documents that are read, and those that are refused.
#include "bgworker/core/text/xml.h"

#include <gtest/gtest.h>

namespace debrief::xml {
namespace {

// Writes down what it is called with.
class Recorder final : public Handler {
 public:
  std::string OnStart(std::string_view name, const Attributes& attributes) override {
    seen += "<" + std::string(name);
    for (const auto& [key, value] : attributes) {
      seen += " " + std::string(key) + "=" + std::string(value);
    }
    seen += ">";
    return name == "bad" ? "it is bad" : "";
  }
  std::string OnText(std::string_view text) override {
    seen += text;
    return {};
  }
  void OnEnd() override { seen += "</>"; }

  std::string seen;
};

std::string Problem(std::string_view document, const Rules& rules = {.depth_max = 2}) {
  Recorder recorder;
  return Read(document, rules, &recorder);
}

TEST(Xml, ReadsElementsAttributesAndText) {
  Recorder recorder;
  EXPECT_EQ(Read("<a x='1'>t&amp;<b/></a>", {.depth_max = 2}, &recorder), "");
  EXPECT_EQ(recorder.seen, "<a x=1>t&<b></></>");
}

TEST(Xml, NamesNamespacesWhenAsked) {
  Recorder recorder;
  EXPECT_EQ(Read("<a xmlns='n'/>", {.depth_max = 1, .namespaces = true}, &recorder), "");
  EXPECT_EQ(recorder.seen, "<n|a></>");
}

TEST(Xml, StopsAtWhatTheHandlerRefuses) {
  Recorder recorder;
  EXPECT_EQ(Read("<a><bad>t</bad></a>", {.depth_max = 2}, &recorder), "it is bad");
  EXPECT_EQ(recorder.seen, "<a><bad>");
}

TEST(Xml, RefusesWhatIsOutsideItsLimits) {
  EXPECT_EQ(Problem("<a><b><c/></b></a>"), "it is nested too deeply");
  EXPECT_EQ(Problem("<!DOCTYPE a><a/>"), "it has a DOCTYPE");
  EXPECT_EQ(Problem("<a>" + std::string(kDocumentBytesMax, 'x') + "</a>"),
            "it is longer than 64 KB");
  EXPECT_EQ(Problem("<a><?x y?></a>"), "");
  EXPECT_EQ(Problem("<a><?x y?></a>", {.depth_max = 1, .refuses_instructions = true}),
            "it has a processing instruction");
  EXPECT_NE(Problem("<a>"), "");
  EXPECT_NE(Problem(""), "");
}

}  // namespace
}  // namespace debrief::xml
