// kinds.cpp: see kinds.h.

#include "bgworker/core/services/kinds.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace debrief {
namespace {

constexpr Stage kPipeline[] = {Stage::kAnalysis, Stage::kSsml, Stage::kAudio};
constexpr Stage kWrites[] = {Stage::kSsml};
constexpr Stage kSpeaks[] = {Stage::kAudio};
constexpr Stage kDelivers[] = {Stage::kDeliver};

struct ProviderEntry {
  std::string_view kind;
  std::span<const Stage> stages;
  const Provider* adapter;
};

// Null when the kind is none of them. The adapters are never deleted: a destructor at exit would
// run in every process that the postmaster forks.
const ProviderEntry* FindEntry(std::string_view kind) {
  static const ProviderEntry entries[] = {
      {"http", kPipeline, NewHttpProvider().release()},
      {"template", kWrites, NewTemplateProvider().release()},
      {"gemini", kPipeline, NewGeminiProvider().release()},
      {"google_tts", kSpeaks, NewGoogleTtsProvider().release()},
      {"openai", kPipeline, NewOpenAiProvider().release()},
      {"azure_speech", kSpeaks, NewAzureProvider().release()},
      {"elevenlabs", kSpeaks, NewElevenLabsProvider().release()},
      {"polly", kSpeaks, NewPollyProvider().release()},
      {"fake", kPipeline, NewFakeProvider().release()},
      {"webhook", kDelivers, NewWebhookProvider().release()},
  };
  const auto* const found = std::ranges::find(entries, kind, &ProviderEntry::kind);
  return found == std::end(entries) ? nullptr : found;
}

}  // namespace

const Provider* FindProvider(std::string_view kind) {
  const ProviderEntry* const entry = FindEntry(kind);
  return entry == nullptr ? nullptr : entry->adapter;
}

bool Serves(std::string_view kind, Stage stage) {
  const ProviderEntry* const entry = FindEntry(kind);
  return entry != nullptr && std::ranges::find(entry->stages, stage) != entry->stages.end();
}

const Store* FindStore(std::string_view kind) {
  static const std::pair<std::string_view, const Store*> entries[] = {
      {"directory", NewDirectoryStore().release()},
      {"database", NewDatabaseStore().release()},
      {"supabase", NewSupabaseStore().release()},
      {"s3", NewS3Store().release()},
  };
  for (const auto& [name, store] : entries) {
    if (name == kind) return store;
  }
  return nullptr;
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
