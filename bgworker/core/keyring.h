// keyring.h: secrets by name, from the operator's key file. Each key is bound to one host.
//
//   # name   host                     secret
//   coach    coach.example.com        s3cr3t...
//
// The file must be a regular file (not a link), owned by the server's user, with no permission for
// group or others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "failure.h"

namespace debrief {

class Keyring {
 public:
  // Reads the file anew. On failure the old keys stay and the sentence says what to fix; an empty
  // path empties the ring.
  std::string Load(const std::string& path);

  // The secret of `name` for the host of `url`, or a kAuth failure that says what is missing.
  std::variant<std::string, Failure> Find(std::string_view name, std::string_view url) const;

 private:
  struct Entry {
    std::string host, secret;
  };
  std::unordered_map<std::string, Entry> entries_;
};

// The host of an http or https URL, in lower case, without port, user or brackets; empty when the
// URL is not one.
std::string HostOf(std::string_view url);

}  // namespace debrief
