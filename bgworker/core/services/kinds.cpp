// kinds.cpp: see kinds.h.

#include "bgworker/core/services/kinds.h"

#include <algorithm>
#include <span>

namespace debrief {
namespace {

template <class Adapter>
struct Entry {
  std::string_view kind;
  const Adapter* adapter;
};

constexpr Stage kPipeline[] = {Stage::kAnalysis, Stage::kSsml, Stage::kAudio};
constexpr Stage kWrites[] = {Stage::kSsml};
constexpr Stage kSpeaks[] = {Stage::kAudio};
constexpr Stage kDelivers[] = {Stage::kDeliver};

struct KindServes {
  std::string_view kind;
  std::span<const Stage> stages;
};
constexpr KindServes kServes[] = {
    {"http", kPipeline},     {"template", kWrites}, {"gemini", kPipeline},
    {"google_tts", kSpeaks}, {"openai", kPipeline}, {"azure_speech", kSpeaks},
    {"elevenlabs", kSpeaks}, {"polly", kSpeaks},    {"fake", kPipeline},
    {"webhook", kDelivers},
};

template <class Adapter, size_t kCount>
const Adapter* Find(const Entry<Adapter> (&entries)[kCount], std::string_view kind) {
  for (const Entry<Adapter>& entry : entries) {
    if (entry.kind == kind) return entry.adapter;
  }
  return nullptr;
}

}  // namespace

// The adapters are never deleted: a destructor at exit would run in every process that the
// postmaster forks.

const Provider* FindProvider(std::string_view kind) {
  static const Entry<Provider> entries[] = {
      {"http", NewHttpProvider().release()},
      {"template", NewTemplateProvider().release()},
      {"gemini", NewGeminiProvider().release()},
      {"google_tts", NewGoogleTtsProvider().release()},
      {"openai", NewOpenAiProvider().release()},
      {"azure_speech", NewAzureProvider().release()},
      {"elevenlabs", NewElevenLabsProvider().release()},
      {"polly", NewPollyProvider().release()},
      {"fake", NewFakeProvider().release()},
      {"webhook", NewWebhookProvider().release()},
  };
  return Find(entries, kind);
}

bool Serves(std::string_view kind, Stage stage) {
  for (const KindServes& entry : kServes) {
    if (entry.kind == kind) return std::ranges::find(entry.stages, stage) != entry.stages.end();
  }
  return false;
}

const Store* FindStore(std::string_view kind) {
  static const Entry<Store> entries[] = {
      {"directory", NewDirectoryStore().release()},
      {"database", NewDatabaseStore().release()},
      {"supabase", NewSupabaseStore().release()},
      {"s3", NewS3Store().release()},
  };
  return Find(entries, kind);
}

const Service* FindService(std::string_view kind) {
  const Service* provider = FindProvider(kind);
  return provider != nullptr ? provider : FindStore(kind);
}

const Deletable* FindDeletable(std::string_view kind) {
  static const Deletable* const files = NewGeminiFiles().release();
  return kind == "gemini" ? files : FindStore(kind);
}

}  // namespace debrief
