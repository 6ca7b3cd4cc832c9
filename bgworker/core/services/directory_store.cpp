// directory_store.cpp: the store of kind directory; directory.cpp does the work, at once.
//
// Options: path, public_url, file_mode, dir_mode.

#include <string>
#include <utility>

#include "bgworker/core/services/directory.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/local_store.h"

namespace debrief {
namespace {

std::string RootOf(const ServerConfig& server) { return server.Option("path"); }

// Octal digits, as CREATE SERVER has checked; none are 0.
mode_t Octal(std::string_view digits) {
  constexpr unsigned kBitsOfADigit = 3;
  mode_t mode = 0;
  for (const char digit : digits) mode = mode << kBitsOfADigit | static_cast<mode_t>(digit - '0');
  return mode;
}

directory_store::Modes ModesOf(const ServerConfig& server) {
  return {.file = Octal(server.Option("file_mode")), .directory = Octal(server.Option("dir_mode"))};
}

class DirectoryStore final : public LocalStore {
 public:
  PutStep StartPut(const ServerConfig& server, const CallContext&,
                   const NewObject& object) const override {
    if (auto failure =
            directory_store::Write(RootOf(server), object.path, object.bytes, ModesOf(server))) {
      return std::move(*failure);
    }
    return Stored{};
  }

  GetStep Get(const ServerConfig& server, const CallContext&,
              std::string_view path) const override {
    auto opened = directory_store::OpenForReading(RootOf(server), path);
    if (Failure* failure = std::get_if<Failure>(&opened)) return std::move(*failure);
    return std::get<std::shared_ptr<const FileSource>>(std::move(opened));
  }

  DeleteStep Delete(const ServerConfig& server, const CallContext&,
                    std::string_view path) const override {
    if (auto failure = directory_store::Remove(RootOf(server), path)) return std::move(*failure);
    return Deleted{};
  }

  std::string Url(const ServerConfig& server, std::string_view path) const override {
    return "file://" + RootOf(server) + "/" + std::string(path);
  }

  // The pipeline needs to write and to remove files there, no more.
  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    constexpr char kName[] = ".pg_debrief-test";
    auto failure = directory_store::Write(RootOf(server), kName, "test");
    if (!failure) failure = directory_store::Remove(RootOf(server), kName);
    if (failure) return std::move(*failure);
    return Works{"works: files can be written and removed in its directory."};
  }
};

}  // namespace

std::unique_ptr<const Store> NewDirectoryStore() { return std::make_unique<DirectoryStore>(); }

}  // namespace debrief
