// object_store.h: the interface of a store, which keeps recordings and sounds.
//
// A store behind HTTP makes requests and reads answers, and does no I/O. A local store acts at
// once: its steps are never requests. Paths are those of directory_store::IsSafePath(); they carry
// the content's hash, so an object that is there with the same size is the same object.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

struct Deleted {};
using DeleteStep = std::variant<Request, Deleted, Failure>;

// Something that deletes objects by name: a store, or a provider that keeps uploaded files.
class Deletable {
 public:
  virtual ~Deletable() = default;
  // An object that is not there counts as deleted.
  virtual DeleteStep Delete(const ServerConfig& server, const CallContext& call_context,
                            std::string_view path) const = 0;
  // Nothing when the object is gone.
  virtual std::optional<Failure> ReadDelete(const ServerConfig& server,
                                            const Response& response) const = 0;
};

// An object to delete, and the server that keeps it.
struct ObjectDeletion {
  int64_t id = 0;
  std::string path;
  ServerConfig server;
};

struct NewObject {
  std::string path, content_type, sha256;  // of the bytes, lower-case hex
  std::string bytes;
};
struct Stored {};
using PutStep = std::variant<Request, Stored, Failure>;
using GetStep = std::variant<Request, std::shared_ptr<const FileSource>, Failure>;

// The option prefix, without slashes at its ends.
std::string PrefixOf(const ServerConfig& server);
// The object's name in a bucket: prefix and path.
std::string NameOf(const ServerConfig& server, std::string_view path);

class Store : public Deletable, public Service {
 public:
  // Whether objects lie in the job's own row: whoever settles the row writes them, and no Put is
  // needed.
  virtual bool KeepsInRow() const { return false; }
  // Never overwrites. When it is not known whether the object was stored, or the path was taken,
  // NextPut() may return another request, whose answer goes to NextPut() with `looked`.
  virtual PutStep StartPut(const ServerConfig& server, const CallContext& call_context,
                           const NewObject& object) const = 0;
  virtual PutStep NextPut(const ServerConfig& server, const CallContext& call_context,
                          const NewObject& object, const Response& response, bool looked) const = 0;
  // The caller sets the request's sink.
  virtual GetStep Get(const ServerConfig& server, const CallContext& call_context,
                      std::string_view path) const = 0;
  // Nothing when the answer is the object.
  virtual std::optional<Failure> ReadGet(const ServerConfig& server,
                                         const Response& response) const = 0;
  // The same of a recording: a file without a byte is none.
  std::optional<Failure> ReadRecording(const ServerConfig& server, const Response& response) const;
  // The object's address for applications, where the option public_url does not give it.
  virtual std::string Url(const ServerConfig& server, std::string_view path) const = 0;
};

}  // namespace debrief
