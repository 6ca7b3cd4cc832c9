// provider_table.cpp: the kinds of providers and of stores behind HTTP there are.

#include "azure_provider.h"
#include "elevenlabs_provider.h"
#include "exchange.h"
#include "gemini_provider.h"
#include "gemini_upload.h"
#include "google_tts_provider.h"
#include "http_provider.h"
#include "object_store.h"
#include "openai_provider.h"
#include "polly_provider.h"
#include "s3_store.h"
#include "supabase_store.h"
#include "template_provider.h"

namespace debrief {
namespace {

template <class Adapter>
struct Entry {
  std::string_view kind;
  const Adapter* adapter;
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
      {"http", new HttpProvider},
      {"template", new TemplateProvider},
      {"gemini", new GeminiProvider},
      {"google_tts", new GoogleTtsProvider},
      {"openai", new OpenAiProvider},
      {"azure_speech", new AzureProvider},
      {"elevenlabs", new ElevenLabsProvider},
      {"polly", new PollyProvider},
  };
  return Find(entries, kind);
}

const ObjectStore* FindObjectStore(std::string_view kind) {
  static const Entry<ObjectStore> entries[] = {{"supabase", new SupabaseStore},
                                               {"s3", new S3Store}};
  return Find(entries, kind);
}

const Deletes* FindDeletes(std::string_view kind) {
  static const Deletes* const files = new GeminiFiles;
  return kind == "gemini" ? files : FindObjectStore(kind);
}

}  // namespace debrief
