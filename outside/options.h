// options.h: the options of the command line and of the configuration file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace debrief::outside {

struct Options {
  std::string dsn;  // empty: libpq's environment
  int64_t poll_ms = 1'000;
  bool once = false;
  bool check = false;
  bool help = false;
  std::map<std::string, std::string> settings;  // by name without "pg_debrief."
};

using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// Options, or what is wrong with them in a sentence. `read` gives a file's content.
std::variant<Options, std::string> ParseOptions(const std::vector<std::string>& arguments,
                                                const ReadFile& read);

const char* HelpText();

}  // namespace debrief::outside
