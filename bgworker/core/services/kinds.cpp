// kinds.cpp: the kinds of providers and of stores behind HTTP there are.

#include "bgworker/core/services/aws/polly.h"
#include "bgworker/core/services/aws/s3.h"
#include "bgworker/core/services/azure.h"
#include "bgworker/core/services/elevenlabs.h"
#include "bgworker/core/services/google/gemini.h"
#include "bgworker/core/services/google/gemini_files.h"
#include "bgworker/core/services/google/tts.h"
#include "bgworker/core/services/object_store.h"
#include "bgworker/core/services/openai/openai.h"
#include "bgworker/core/services/protocol.h"
#include "bgworker/core/services/provider.h"
#include "bgworker/core/services/supabase.h"
#include "bgworker/core/services/template.h"

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

const Deletable* FindDeletes(std::string_view kind) {
  static const Deletable* const files = new GeminiFiles;
  return kind == "gemini" ? files : FindObjectStore(kind);
}

}  // namespace debrief
