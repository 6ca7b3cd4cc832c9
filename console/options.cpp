#include "console/options.h"

#include "bgworker/core/text/ascii.h"
#include "console/option_file.h"

namespace debrief::console {
namespace {

constexpr char kHelp[] =
    R"(pg_debrief_console: the page, the streams and the metrics of pg_debrief.

  --dsn CONNINFO              the database, as a role that has debrief_reader  [libpq's environment]
  --login-dsn CONNINFO        the same database, for people who sign in: user and password are theirs [--dsn]
  --listen ADDRESS:PORT       where the page is served; port 0 takes a free one [127.0.0.1:8094]
  --metrics-dsn CONNINFO      the same database, as a role that has debrief_monitor [--dsn]
  --metrics-listen ADDRESS:PORT  serve /metrics, /healthz and /readyz here      [nowhere]
  --path-prefix /PREFIX       the path at which a reverse proxy serves the page
  --host NAME                 a name by which browsers reach the page; may be given again
  --behind-tls                a reverse proxy before --listen speaks TLS: addresses beyond loopback
                              are accepted, and cookies are for https only
  --open                      no login: whoever reaches the page reads what --dsn's role may read.
                              On loopback only
  --store NAME=/PATH          the folder of the server NAME of kind directory; may be given again
  --jwt-algorithm ALGORITHM   accept tokens of this one algorithm: HS256, RS256 or ES256
  --jwt-key-file FILE         its secret (32 bytes or more), or its public key (PEM)
  --jwt-audience NAME         what the claim "aud" must hold
  --config FILE               options, one a line, as "name = value" without the dashes
  --help                      this text

The command line goes before the file. SIGTERM and SIGINT stop the program.
)";

constexpr char kDefaultListen[] = "127.0.0.1:8094";

// What was given, apart from what is taken when nothing was.
class Reader {
 public:
  // Empty when the option is taken; else what is wrong.
  std::string Take(const std::string& name, const std::string& value) {
    if (name == "listen") return TakeAddress(name, value, &options.listen);
    if (name == "metrics-listen") return TakeAddress(name, value, &options.metrics_listen);
    if (name == "behind-tls") return TakeSwitch(name, value, &options.behind_tls);
    if (name == "open") return TakeSwitch(name, value, &options.open);
    if (name == "host") return TakeHost(value);
    if (name == "store") return TakeStore(value);
    if (name == "path-prefix") return TakePrefix(value);
    std::string* const text = name == "dsn"             ? &options.dsn
                              : name == "login-dsn"     ? &options.login_dsn
                              : name == "metrics-dsn"   ? &options.metrics_dsn
                              : name == "jwt-algorithm" ? &options.jwt_algorithm
                              : name == "jwt-key-file"  ? &options.jwt_key_file
                              : name == "jwt-audience"  ? &options.jwt_audience
                                                        : nullptr;
    if (text == nullptr) return "unknown option: " + name;
    if (value.empty()) return "option " + name + " is empty";
    if (text->empty()) *text = value;
    return "";
  }

  static bool IsSwitch(std::string_view name) { return name == "behind-tls" || name == "open"; }

  Options options;

 private:
  static std::string TakeAddress(const std::string& name, const std::string& value,
                                 std::optional<Address>* address) {
    const auto parsed = ParseAddress(value);
    if (!parsed) {
      return "option " + name + " must be a numeric address and a port, such as " + kDefaultListen +
             " or [::1]:8094, not \"" + value + "\"";
    }
    if (!*address) *address = parsed;
    return "";
  }

  static std::string TakeSwitch(const std::string& name, const std::string& value, bool* on) {
    if (value != "on" && value != "off") return "option " + name + " must be on or off";
    *on = *on || value == "on";
    return "";
  }

  std::string TakeHost(const std::string& value) {
    for (const char c : value) {
      if (!ascii::IsLetterOrDigit(c) && c != '.' && c != '-') {
        return "option host must be a name without scheme and port, not \"" + value + "\"";
      }
    }
    if (value.empty()) return "option host is empty";
    options.hosts.push_back(ascii::Lower(value));
    return "";
  }

  std::string TakeStore(const std::string& value) {
    const size_t sign = value.find('=');
    if (sign == std::string::npos || sign == 0 || value[sign + 1] != '/') {
      return "option store must be NAME=/PATH, not \"" + value + "\"";
    }
    options.stores.emplace(value.substr(0, sign), value.substr(sign + 1));
    return "";
  }

  std::string TakePrefix(const std::string& value) {
    const bool is_good = value.size() > 1 && value.front() == '/' && value.back() != '/' &&
                         value.find("//") == std::string::npos;
    for (const char c : value) {
      if (!is_good || (!ascii::IsLetterOrDigit(c) && c != '/' && c != '-' && c != '_')) {
        return "option path-prefix must be like /debrief, not \"" + value + "\"";
      }
    }
    if (options.path_prefix.empty()) options.path_prefix = value;
    return "";
  }
};

// What no single option shows; sets what was not given.
std::string Complete(Options* options) {
  if (!options->listen) options->listen = ParseAddress(kDefaultListen);
  if (options->login_dsn.empty()) options->login_dsn = options->dsn;
  if (options->metrics_dsn.empty()) options->metrics_dsn = options->dsn;
  const bool is_loopback = IsLoopback(options->listen->host);
  if (options->open && !is_loopback) {
    return "--open gives everybody who reaches the page what the role of --dsn may read: it works "
           "on loopback only, not on " +
           options->listen->host;
  }
  if (options->open && (options->behind_tls || !options->hosts.empty())) {
    return "--open is for loopback only: it goes with neither --behind-tls nor --host";
  }
  if (!is_loopback && !options->behind_tls) {
    return "refusing to listen on " + options->listen->host +
           ", which is not loopback: passwords would travel in clear. Put a reverse proxy that "
           "speaks TLS before it and add --behind-tls";
  }
  const std::string& algorithm = options->jwt_algorithm;
  if (algorithm.empty() != options->jwt_key_file.empty()) {
    return "--jwt-algorithm and --jwt-key-file go together";
  }
  if (!algorithm.empty() && algorithm != "HS256" && algorithm != "RS256" && algorithm != "ES256") {
    return "--jwt-algorithm must be HS256, RS256 or ES256, not \"" + algorithm + "\"";
  }
  if (algorithm.empty() && !options->jwt_audience.empty()) {
    return "--jwt-audience needs --jwt-algorithm";
  }
  return "";
}

}  // namespace

std::variant<Options, std::string> ParseOptions(const std::vector<std::string>& arguments,
                                                const ReadFile& read) {
  Reader reader;
  std::string config;
  for (size_t i = 0; i < arguments.size(); i++) {
    const std::string& argument = arguments[i];
    if (argument == "--help") {
      reader.options.help = true;
      return reader.options;
    }
    if (!argument.starts_with("--")) return "not an option: " + argument;
    const std::string name = argument.substr(2);
    std::string value = "on";
    if (!Reader::IsSwitch(name)) {
      if (i + 1 >= arguments.size()) return "option " + name + " needs a value";
      value = arguments[++i];
    }
    if (name == "config") {
      config = value;
      continue;
    }
    const std::string problem = reader.Take(name, value);
    if (!problem.empty()) return problem;
  }
  if (!config.empty()) {
    const auto content = read(config);
    if (!content) return "cannot read the configuration file " + config;
    const std::string problem =
        TakeOptionFile(config, *content, [&](const std::string& name, const std::string& value) {
          return reader.Take(name, value);
        });
    if (!problem.empty()) return problem;
  }
  const std::string problem = Complete(&reader.options);
  if (!problem.empty()) return problem;
  return reader.options;
}

const char* HelpText() { return kHelp; }

}  // namespace debrief::console
