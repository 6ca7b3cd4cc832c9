// kinds.h: the kinds of servers there are. No other file compares the name of a kind.
#pragma once

#include <memory>
#include <string_view>

#include "bgworker/core/services/object_store.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

// Each returns null when the kind is none of its own. What they return lives as long as the
// process.
const Provider* FindProvider(std::string_view kind);
const Store* FindStore(std::string_view kind);
// A provider or a store.
const Service* FindService(std::string_view kind);
// A store, or a provider that keeps files.
const Deletable* FindDeletable(std::string_view kind);

// Whether a provider of this kind may be asked for this stage, by the entry of the stage. A
// provider is never called for another one.
bool Serves(std::string_view kind, Stage stage);

// One adapter of each kind, each in a file of its own.
std::unique_ptr<const Provider> NewHttpProvider();
std::unique_ptr<const Provider> NewTemplateProvider();
std::unique_ptr<const Provider> NewGeminiProvider();
std::unique_ptr<const Provider> NewGoogleTtsProvider();
std::unique_ptr<const Provider> NewOpenAiProvider();
std::unique_ptr<const Provider> NewAzureProvider();
std::unique_ptr<const Provider> NewElevenLabsProvider();
std::unique_ptr<const Provider> NewPollyProvider();
std::unique_ptr<const Provider> NewFakeProvider();
std::unique_ptr<const Provider> NewWebhookProvider();
std::unique_ptr<const Store> NewSupabaseStore();
std::unique_ptr<const Store> NewS3Store();
std::unique_ptr<const Store> NewDirectoryStore();
std::unique_ptr<const Store> NewDatabaseStore();
std::unique_ptr<const Deletable> NewGeminiFiles();

}  // namespace debrief
