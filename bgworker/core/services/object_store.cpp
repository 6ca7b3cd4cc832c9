// object_store.cpp: see object_store.h.

#include "bgworker/core/services/object_store.h"

#include <algorithm>

namespace debrief {

std::string PrefixOf(const ServerConfig& server) {
  std::string prefix = server.Option("prefix");
  while (prefix.ends_with('/')) prefix.pop_back();
  prefix.erase(0, std::min(prefix.find_first_not_of('/'), prefix.size()));
  return prefix;
}

std::string NameOf(const ServerConfig& server, std::string_view path) {
  const std::string prefix = PrefixOf(server);
  return (prefix.empty() ? "" : prefix + "/") + std::string(path);
}

}  // namespace debrief
