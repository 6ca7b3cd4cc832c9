// lower_services_test.cpp: what each service is sent for the same SSML.
#include "bgworker/core/ssml/lower_services.h"

#include <gtest/gtest.h>

#include <functional>

namespace debrief::ssml {
namespace {

std::string Lowered(const std::string& content, const std::function<void(Node*)>& lower) {
  std::string problem;
  const std::unique_ptr<Node> root = ParseDocument("<speak>" + content + "</speak>", &problem);
  if (root == nullptr) return problem;
  lower(root.get());
  std::string lowered;
  for (const auto& child : root->children) lowered += Serialize(*child);
  return lowered;
}

std::string Azure(const std::string& content, bool is_hd = false) {
  return Lowered(content, [=](Node* root) { LowerForAzure(root, is_hd); });
}
std::string Polly(const std::string& content, const std::string& engine = "neural") {
  return Lowered(content, [=](Node* root) { LowerForPolly(root, engine); });
}

std::string Prosody(const std::string& attribute) {
  return "<prosody " + attribute + ">a</prosody>";
}

// What becomes of one attribute; empty: the element is gone.
std::string AzureValue(const std::string& name, const std::string& value) {
  const std::string lowered = Azure(Prosody(name + "=\"" + value + "\""));
  if (lowered == "a") return {};
  return lowered.substr(11 + name.size(), lowered.find("\">") - 11 - name.size());
}
std::string PollyValue(const std::string& name, const std::string& value,
                       const std::string& engine = "neural") {
  const std::string lowered = Polly(Prosody(name + "=\"" + value + "\""), engine);
  if (lowered == "a") return {};
  return lowered.substr(11 + name.size(), lowered.find("\">") - 11 - name.size());
}

TEST(LowerForAzure, SendsPercentagesInItsOwnMeaning) {
  EXPECT_EQ(AzureValue("rate", "90%"), "0.9");
  EXPECT_EQ(AzureValue("rate", "-10%"), "0.9");
  EXPECT_EQ(AzureValue("rate", "+10%"), "1.1");
  EXPECT_EQ(AzureValue("rate", "1.1"), "1.1");
  EXPECT_EQ(AzureValue("rate", "300%"), "2");
  EXPECT_EQ(AzureValue("rate", "10%"), "0.5");
  EXPECT_EQ(AzureValue("rate", "slow"), "slow");
  EXPECT_EQ(AzureValue("rate", "20Hz"), "");
  EXPECT_EQ(AzureValue("pitch", "+5%"), "+5%");
  EXPECT_EQ(AzureValue("pitch", "95%"), "-5%");
  EXPECT_EQ(AzureValue("pitch", "-2st"), "-2st");
  EXPECT_EQ(AzureValue("pitch", "200Hz"), "200Hz");
  EXPECT_EQ(AzureValue("pitch", "7"), "");
  EXPECT_EQ(AzureValue("volume", "80%"), "80");
  EXPECT_EQ(AzureValue("volume", "-20%"), "80");
  EXPECT_EQ(AzureValue("volume", "+6dB"), "100");
  EXPECT_EQ(AzureValue("volume", "-6dB"), "50.119");
  EXPECT_EQ(AzureValue("volume", "70"), "70");
  EXPECT_EQ(AzureValue("volume", "loud"), "loud");
}

TEST(LowerForAzure, SendsHdVoicesNothingTheyDoNotKnow) {
  const std::string all =
      "<p><s>a<break/>b <emphasis>c <prosody rate=\"slow\">d</prosody></emphasis>"
      "<sub alias=\"f\">e</sub></s></p>";
  EXPECT_EQ(Azure(all, true), "<p><s>a b c d<sub alias=\"f\">e</sub></s></p>");
  EXPECT_EQ(Azure(all), all);
}

TEST(LowerForPolly, SendsTheValuesItsPageLists) {
  EXPECT_EQ(PollyValue("rate", "-10%"), "90%");
  EXPECT_EQ(PollyValue("rate", "1.1"), "110%");
  EXPECT_EQ(PollyValue("rate", "90%"), "90%");
  EXPECT_EQ(PollyValue("rate", "5%"), "20%");
  EXPECT_EQ(PollyValue("rate", "x-fast"), "x-fast");
  EXPECT_EQ(PollyValue("rate", "default"), "");
  EXPECT_EQ(PollyValue("volume", "+10%"), "+0.828dB");
  EXPECT_EQ(PollyValue("volume", "-6dB"), "-6dB");
  EXPECT_EQ(PollyValue("volume", "6dB"), "+6dB");
  EXPECT_EQ(PollyValue("volume", "50"), "-6.021dB");
  EXPECT_EQ(PollyValue("volume", "0%"), "silent");
  EXPECT_EQ(PollyValue("volume", "x-soft"), "x-soft");
  EXPECT_EQ(PollyValue("pitch", "high"), "");
  EXPECT_EQ(PollyValue("pitch", "+2st", "standard"), "+12.246%");
  EXPECT_EQ(PollyValue("pitch", "+90%", "standard"), "+50%");
  EXPECT_EQ(PollyValue("pitch", "200Hz", "standard"), "");
  EXPECT_EQ(PollyValue("pitch", "low", "standard"), "low");
}

TEST(LowerForPolly, KeepsProsodyOfGenerativeVoicesAroundWholeSentences) {
  const auto same = [](const std::string& content) {
    return Polly(content, "generative") == content;
  };
  EXPECT_TRUE(same("<prosody rate=\"slow\">a b.</prosody>"));
  EXPECT_TRUE(same("<s><prosody rate=\"slow\">a b.</prosody></s>"));
  EXPECT_TRUE(same("<p><s>a.</s> <prosody rate=\"slow\"><s>b.</s></prosody><break/></p>"));
  EXPECT_EQ(
      Polly("<s>Now <prosody rate=\"slow\" volume=\"loud\">slow one</prosody>.</s>", "generative"),
      "<s>Now slow one.</s>");
  EXPECT_EQ(Polly("a <prosody rate=\"slow\">b</prosody>", "generative"), "a b");
  EXPECT_EQ(Polly("a <prosody rate=\"slow\">b</prosody>"), "a <prosody rate=\"slow\">b</prosody>");
}

TEST(LowerForPolly, KeepsTheWordsOfASayAsItDoesNotKnow) {
  EXPECT_EQ(Polly("<say-as interpret-as=\"currency\">$5</say-as> "
                  "<say-as interpret-as=\"date\" format=\"mdy\">1/2/3</say-as>"),
            "$5 <say-as interpret-as=\"date\" format=\"mdy\">1/2/3</say-as>");
}

}  // namespace
}  // namespace debrief::ssml
