// options.h: the options of the command line and of the configuration file.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "console/address.h"

namespace debrief::console {

struct Options {
  std::string dsn;          // of the console's own role; empty: libpq's environment
  std::string login_dsn;    // where people's roles sign in; empty: as dsn
  std::string metrics_dsn;  // of a role with debrief_monitor; empty: as dsn
  std::optional<Address> listen;
  std::optional<Address> metrics_listen;
  std::string path_prefix;  // "" or "/debrief"
  bool behind_tls = false;
  bool open = false;
  std::vector<std::string> hosts;  // that requests may name beside loopback
  std::map<std::string, std::string> stores;
  std::string jwt_algorithm;  // empty: no JWT
  std::string jwt_key_file;
  std::string jwt_audience;
  bool help = false;
};

using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// Options, or what is wrong with them in a sentence. `read` gives a file's content.
std::variant<Options, std::string> ParseOptions(const std::vector<std::string>& arguments,
                                                const ReadFile& read);

const char* HelpText();

}  // namespace debrief::console
