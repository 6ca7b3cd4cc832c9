// object_store.cpp: see object_store.h.

#include "bgworker/core/services/object_store.h"

#include <algorithm>

#include "bgworker/core/services/classify.h"

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

std::optional<Failure> Store::ReadRecording(const ServerConfig& server,
                                            const Response& response) const {
  std::optional<Failure> failure = ReadGet(server, response);
  if (failure || response.sunk_bytes > 0) return failure;
  return ClassifyCode("object_not_found", response, "the object is empty", {});
}

}  // namespace debrief
