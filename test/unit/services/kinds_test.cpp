// kinds_test.cpp: what is found by the name of a kind, and the stores that make no requests.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "test/unit/services/scratch_directory.h"

namespace debrief {
namespace {

TEST(Kinds, FindsEachKindOnce) {
  EXPECT_NE(FindProvider("http"), nullptr);
  EXPECT_NE(FindProvider("template"), nullptr);
  EXPECT_NE(FindProvider("http"), FindProvider("template"));
  EXPECT_EQ(FindProvider("http"), FindProvider("http"));
}

TEST(Kinds, FindsNoUnknownKind) {
  for (const char* kind : {"", "HTTP", "htt", "https", "directory", "database"}) {
    EXPECT_EQ(FindProvider(kind), nullptr) << kind;
  }
}

TEST(Kinds, SayWhichStagesTheyServe) {
  const std::pair<const char*, const char*> stages[] = {{"http", "analysis ssml audio "},
                                                        {"gemini", "analysis ssml audio "},
                                                        {"openai", "analysis ssml audio "},
                                                        {"fake", "analysis ssml audio "},
                                                        {"template", "ssml "},
                                                        {"google_tts", "audio "},
                                                        {"azure_speech", "audio "},
                                                        {"elevenlabs", "audio "},
                                                        {"polly", "audio "},
                                                        {"webhook", "deliver "},
                                                        {"s3", ""},
                                                        {"", ""}};
  for (const auto& [kind, served] : stages) {
    std::string names;
    for (int i = 0; i < kStageCount; i++) {
      const auto stage = static_cast<Stage>(i);
      if (Serves(kind, stage)) names += StageName(stage) + std::string(" ");
    }
    EXPECT_EQ(names, served) << kind;
  }
}

TEST(Kinds, DeletesWhatStoresAndGeminiKeepAndNothingElse) {
  for (const char* kind : {"supabase", "s3", "directory", "database", "gemini"})
    EXPECT_NE(FindDeletable(kind), nullptr);
  for (const char* kind : {"openai", "template", ""}) {
    EXPECT_EQ(FindDeletable(kind), nullptr) << kind;
  }
}

TEST(Kinds, KnowsEachServicesOwnAddressUnlessAnotherIsSet) {
  const std::pair<const char*, const char*> addresses[] = {
      {"gemini", "https://generativelanguage.googleapis.com"},
      {"google_tts", "https://texttospeech.googleapis.com"},
      {"openai", "https://api.openai.com/v1"},
      {"elevenlabs", "https://api.elevenlabs.io"}};
  for (const auto& [kind, address] : addresses) {
    const Provider* provider = FindProvider(kind);
    ASSERT_NE(provider, nullptr) << kind;
    EXPECT_EQ(provider->BaseUrl({.kind = kind}), address);
    EXPECT_EQ(provider->BaseUrl({.kind = kind, .options = {{"base_url", "https://own.example"}}}),
              "https://own.example");
  }
}

TEST(Kinds, FindsEachStore) {
  for (const char* kind : {"supabase", "s3", "directory", "database"}) {
    EXPECT_NE(FindStore(kind), nullptr) << kind;
    EXPECT_EQ(FindService(kind), FindStore(kind)) << kind;
  }
  for (const char* kind : {"", "http", "Directory"}) EXPECT_EQ(FindStore(kind), nullptr) << kind;
}

TEST(Kinds, StoresInTheDatabaseWithoutARequest) {
  const Store& store = *FindStore("database");
  const ServerConfig server{.name = "own", .kind = "database"};
  EXPECT_TRUE(store.KeepsInRow());
  EXPECT_EQ(store.Url(server, "a/b.mp3"), "pg://own/a/b.mp3");
  EXPECT_TRUE(std::holds_alternative<Works>(store.Probe(server, {})));
  EXPECT_TRUE(std::holds_alternative<Deleted>(store.Delete(server, {}, "a")));
  EXPECT_TRUE(std::holds_alternative<Failure>(store.Get(server, {}, "a")));
}

TEST(Kinds, StoresInADirectoryAtOnce) {
  const ScratchDirectory scratch;
  const Store& store = *FindStore("directory");
  const ServerConfig server{.options = {{"path", scratch.path().string()}}};
  EXPECT_FALSE(store.KeepsInRow());
  EXPECT_EQ(store.Url(server, "a"), "file://" + (scratch / "a"));
  EXPECT_TRUE(std::holds_alternative<Works>(store.Probe(server, {})));
  const NewObject object{.path = "a/b.mp3", .bytes = "sound"};
  EXPECT_TRUE(std::holds_alternative<Stored>(store.StartPut(server, {}, object)));
  const auto video = std::get<std::shared_ptr<const FileSource>>(store.Get(server, {}, "a/b.mp3"));
  EXPECT_EQ(video->bytes(), 5);
  EXPECT_TRUE(std::holds_alternative<Deleted>(store.Delete(server, {}, "a/b.mp3")));
  EXPECT_TRUE(std::holds_alternative<Failure>(store.Get(server, {}, "a/b.mp3")));
  const ServerConfig nowhere{.options = {{"path", scratch / "none"}}};
  EXPECT_TRUE(std::holds_alternative<Failure>(store.StartPut(nowhere, {}, object)));
  EXPECT_TRUE(std::holds_alternative<Failure>(store.Probe(nowhere, {})));
}

}  // namespace
}  // namespace debrief
