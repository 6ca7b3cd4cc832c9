// database.cpp: sounds in the job's own row. The settle writes them; nothing is done here.

#include <string>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/local_store.h"

namespace debrief {
namespace {

class DatabaseStore final : public LocalStore {
 public:
  bool KeepsInRow() const override { return true; }
  PutStep StartPut(const ServerConfig&, const CallContext&, const NewObject&) const override {
    return NotConfigured("kind database keeps sounds in their rows");
  }
  GetStep Get(const ServerConfig&, const CallContext&, std::string_view) const override {
    return NotConfigured("kind database keeps no recordings");
  }
  // The sound goes with its row.
  DeleteStep Delete(const ServerConfig&, const CallContext&, std::string_view) const override {
    return Deleted{};
  }
  std::string Url(const ServerConfig& server, std::string_view path) const override {
    return "pg://" + server.name + "/" + std::string(path);
  }
  ProbeStep Probe(const ServerConfig&, const CallContext&) const override {
    return Works{"needs no service: audio is kept in this database."};
  }
};

}  // namespace

std::unique_ptr<const Store> NewDatabaseStore() { return std::make_unique<DatabaseStore>(); }

}  // namespace debrief
