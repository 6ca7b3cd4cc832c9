// keyring.h: secrets by name, from the operator's key file, a systemd credential of the same form,
// or the environment. Each key is bound to one host, and to one port of it: the scheme's own where
// the line names none.
//
//   # name   host[:port]                      secret
//   coach    coach.example.com                s3cr3t...
//   local    127.0.0.1:8089                   an0ther...
//   speech   texttospeech.googleapis.com      @/etc/postgresql/speech-account.json
//
// A secret that begins with @ is the whole of the file it names. The files must be regular files
// (not links), owned by the server's user, with no permission for group or others; a credential may
// be root's and readable by its group, which is how systemd hands it over. In the environment the
// key "coach" is PG_DEBRIEF_KEY_COACH, with the value "host[:port] secret".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "bgworker/core/http/url.h"
#include "bgworker/core/model/failure.h"

namespace debrief {

class Keyring {
 public:
  // Reads the files again; an empty path: there is none. A name in both is the key file's. On
  // failure the old keys stay and the sentence says what to fix; so does Find() for other keys.
  std::string Load(const std::string& path, const std::string& credential_path = {});

  // The secret of `name` for the host of `url`, or a kAuth failure that says what is missing.
  std::variant<std::string, Failure> Find(std::string_view name, std::string_view url) const;

 private:
  struct Entry {
    HostAndPort place;
    std::string written_place, secret;
  };
  using Entries = std::unordered_map<std::string, Entry>;
  static Entry EntryOf(const std::vector<std::string_view>& words);
  static std::string Read(const std::string& path, bool is_credential, Entries* entries);
  std::optional<Entry> FromEnvironment(std::string_view name) const;
  std::string WhyMissing(std::string_view name) const;

  Entries entries_;
  std::string problem_;    // of the last Load()
  bool has_file_ = false;  // there was one to read
};

}  // namespace debrief
