// What espeak-ng may see of a document.
#include "local_provider/speech_markup.h"

#include <gtest/gtest.h>

#include <string>

namespace debrief::local_provider {
namespace {

std::string Plain(std::string_view ssml) {
  const auto result = MakePlain(ssml);
  const auto* plain = std::get_if<PlainMarkup>(&result);
  return plain != nullptr ? plain->text : "refused";
}

TEST(SpeechMarkup, KeepsWhatTheProtocolAllows) {
  const std::string ssml =
      "<speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">"
      "<p><s>One <emphasis level=\"strong\">two</emphasis></s></p><break time=\"1s\"></break>"
      "<prosody rate=\"slow\">x</prosody><sub alias=\"World\">W</sub>"
      "<say-as interpret-as=\"characters\">ab</say-as></speak>";
  EXPECT_EQ(Plain(ssml), ssml);
}

TEST(SpeechMarkup, TurnsCdataAndReferencesIntoText) {
  EXPECT_EQ(Plain("<speak><![CDATA[a < b]]> &#38; &#x41;<!-- not spoken --></speak>"),
            "<speak>a &lt; b &amp; A</speak>");
}

TEST(SpeechMarkup, EscapesAttributes) {
  EXPECT_EQ(Plain("<speak><sub alias='\"/&gt;&lt;audio src=&quot;x&quot;'>a</sub></speak>"),
            "<speak><sub alias=\"&quot;/&gt;&lt;audio src=&quot;x&quot;\">a</sub></speak>");
}

TEST(SpeechMarkup, RefusesWhatIsNotAllowed) {
  for (const char* ssml : {
           "<speak><audio src=\"/etc/passwd\"/></speak>",
           "<speak><mark name=\"a\"/></speak>",
           "<speak><x:audio xmlns:x=\"urn:x\"/></speak>",
           "<speak onload=\"x\"/>",
           "<speak><p rate=\"slow\"/></speak>",
           "<p>no root</p>",
           "<speak><speak/></speak>",
           "<!DOCTYPE speak [<!ENTITY a \"b\">]><speak>&a;</speak>",
           "<!DOCTYPE speak SYSTEM \"file:///etc/passwd\"><speak/>",
           "<speak><?php x?></speak>",
           "<speak>a & b</speak>",
           "<speak>open",
           "<speak/>after",
           "<speak>\x01</speak>",
           "<speak>\xff</speak>",
           "plain text",
           "",
       }) {
    EXPECT_EQ(Plain(ssml), "refused") << ssml;
  }
}

TEST(SpeechMarkup, RefusesDeepNesting) {
  std::string ssml = "<speak>";
  for (int i = 0; i < 100; ++i) ssml += "<p>";
  EXPECT_EQ(Plain(ssml), "refused");
  const auto result = MakePlain(ssml);
  EXPECT_EQ(std::get<MarkupProblem>(result).sentence, "The SSML is nested too deeply.");
}

TEST(SpeechMarkup, OverrulesADeclaredEncoding) {
  EXPECT_EQ(Plain("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><speak>\xc3\xa4</speak>"),
            "<speak>\xc3\xa4</speak>");
}

}  // namespace
}  // namespace debrief::local_provider
