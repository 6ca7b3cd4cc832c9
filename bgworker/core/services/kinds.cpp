// kinds.cpp: see kinds.h.

#include "bgworker/core/services/kinds.h"

#include <string>
#include <utility>

namespace debrief {
namespace {

template <typename Adapter, size_t kCount>
const Adapter* Find(const std::pair<std::string_view, const Adapter*> (&entries)[kCount],
                    std::string_view kind) {
  for (const auto& [name, adapter] : entries) {
    if (name == kind) return adapter;
  }
  return nullptr;
}

}  // namespace

// The adapters are never deleted: a destructor at exit would run in every process that the
// postmaster forks.
const Provider* FindProvider(std::string_view kind) {
  static const std::pair<std::string_view, const Provider*> entries[] = {
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
  const std::string kinds = kStages[static_cast<int>(stage)].kinds;
  return (" " + kinds + " ").find(" " + std::string(kind) + " ") != std::string::npos;
}

const Store* FindStore(std::string_view kind) {
  static const std::pair<std::string_view, const Store*> entries[] = {
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
