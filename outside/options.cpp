#include "outside/options.h"

#include <algorithm>
#include <charconv>

#include "console/option_file.h"

namespace debrief::outside {
namespace {

constexpr char kHelp[] =
    R"(pg_debrief_worker: a worker of pg_debrief outside the server.

  --dsn CONNINFO            the database, as a role that debrief.grant_access('role', 'worker') was
                            called for  [libpq's environment]
  --key-file FILE           the providers' keys, as pg_debrief.key_file has them in the server
  --allowed-hosts HOSTS     as pg_debrief.allowed_hosts
  --ca-file FILE            as pg_debrief.ca_file
  --memory-limit MB         as pg_debrief.memory_limit             [the server's]
  --safety-poll MS          as pg_debrief.safety_poll              [the server's]
  --attempt-history WHICH   as pg_debrief.attempt_history          [the server's]
  --poll MS                 how often to look for rows that are due                    [1000]
  --once                    end when nothing is due
  --check                   say what is missing, and do nothing
  --config FILE             options, one a line, as "name = value" without the dashes
  --help                    this text

The command line goes before the file. SIGTERM and SIGINT give claims back and stop the program;
SIGHUP reads keys and settings again.
)";

constexpr int64_t kPollLeastMs = 10, kPollMostMs = 3'600'000;

// The first value of an option holds: the command line is read before the file.
std::string Take(const std::string& name, const std::string& value, Options* options) {
  static const char* const kSettings[] = {"key-file",     "allowed-hosts", "ca-file",
                                          "memory-limit", "safety-poll",   "attempt-history"};
  if (value.empty()) return "option " + name + " is empty";
  if (name == "dsn") {
    if (options->dsn.empty()) options->dsn = value;
    return "";
  }
  if (name == "poll") {
    int64_t ms = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (error != std::errc() || end != value.data() + value.size() || ms < kPollLeastMs ||
        ms > kPollMostMs) {
      return "option poll must be milliseconds, from 10 to 3600000, not \"" + value + "\"";
    }
    options->settings.emplace(name, value);
    return "";
  }
  if (std::find(std::begin(kSettings), std::end(kSettings), name) == std::end(kSettings)) {
    return "unknown option: " + name;
  }
  std::string setting = name;
  std::replace(setting.begin(), setting.end(), '-', '_');
  options->settings.emplace(setting, value);
  return "";
}

}  // namespace

std::variant<Options, std::string> ParseOptions(const std::vector<std::string>& arguments,
                                                const ReadFile& read) {
  Options options;
  std::string config;
  for (size_t i = 0; i < arguments.size(); i++) {
    const std::string& argument = arguments[i];
    bool* const flag = argument == "--once"    ? &options.once
                       : argument == "--check" ? &options.check
                       : argument == "--help"  ? &options.help
                                               : nullptr;
    if (flag != nullptr) {
      *flag = true;
      continue;
    }
    if (!argument.starts_with("--")) return "not an option: " + argument;
    const std::string name = argument.substr(2);
    if (i + 1 >= arguments.size()) return "option " + name + " needs a value";
    const std::string& value = arguments[++i];
    if (name == "config") {
      config = value;
      continue;
    }
    const std::string problem = Take(name, value, &options);
    if (!problem.empty()) return problem;
  }
  if (!config.empty()) {
    const auto content = read(config);
    if (!content) return "cannot read the configuration file " + config;
    const std::string problem = console::TakeOptionFile(
        config, *content, [&](const std::string& name, const std::string& value) {
          return Take(name, value, &options);
        });
    if (!problem.empty()) return problem;
  }
  const auto poll = options.settings.extract("poll");
  if (!poll.empty()) options.poll_ms = std::stoll(poll.mapped());
  return options;
}

const char* HelpText() { return kHelp; }

}  // namespace debrief::outside
