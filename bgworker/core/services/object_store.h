// object_store.h: what a store behind HTTP is: requests made and answers read, no I/O.
//
// Paths are those of directory_store::IsSafePath(); they carry the content's hash, so an object
// that is there with the same size is the same object.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

// What can be deleted from a server by name: a store's object, a provider's uploaded file.
class Deletable {
 public:
  virtual ~Deletable() = default;
  virtual Request Delete(const ServerConfig& server, const CallContext& call_context,
                         std::string_view path) const = 0;
  // Nothing when it is gone; what was not there is gone.
  virtual std::optional<Failure> ReadDelete(const ServerConfig& server,
                                            const Response& response) const = 0;
};

struct NewObject {
  std::string path, content_type, sha256;  // of the bytes, lower-case hex
  std::string bytes;
};
struct Stored {};
using PutStep = std::variant<Request, Stored, Failure>;

class ObjectStore : public Deletable, public Service {
 public:
  // Never overwrites. An outcome that is not known, and "it exists", are resolved by looking:
  // NextPut() may ask for a HEAD request, whose answer comes back to NextPut() (`looked` is true).
  virtual Request StartPut(const ServerConfig& server, const CallContext& call_context,
                           const NewObject& object) const = 0;
  virtual PutStep NextPut(const ServerConfig& server, const CallContext& call_context,
                          const NewObject& object, const Response& response, bool looked) const = 0;
  // The caller sets Request::sink.
  virtual Request Get(const ServerConfig& server, const CallContext& call_context,
                      std::string_view path) const = 0;
  // Nothing when the answer is the object.
  virtual std::optional<Failure> ReadGet(const ServerConfig& server,
                                         const Response& response) const = 0;
  // The object's address for applications, where the option public_url does not give it.
  virtual std::string Url(const ServerConfig& server, std::string_view path) const = 0;
};

// Null when `kind` is no store behind HTTP.
const ObjectStore* FindObjectStore(std::string_view kind);

// A store, or a provider that keeps files; null when there is nothing to delete on such a server.
const Deletable* FindDeletes(std::string_view kind);

}  // namespace debrief
