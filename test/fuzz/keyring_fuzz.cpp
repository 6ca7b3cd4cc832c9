// keyring_fuzz.cpp: any bytes as the operator's key file, and as a service account's key. A file is
// taken whole or refused; no sentence about it quotes a secret, and a key goes to its own host
// and port only.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bgworker/core/http/url.h"
#include "bgworker/core/services/google/access_token.h"
#include "bgworker/core/services/keyring.h"

namespace {

using namespace debrief;

constexpr char kGood[] = "known known.example kn0wn\n";

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string Fetched(const Keyring& keyring, std::string_view name, const HostAndPort& place) {
  const bool is_ipv6 = place.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + place.host + "]" : place.host;
  const std::string port = place.port.empty() ? "" : ":" + place.port;
  const auto found = keyring.Find(name, "https://" + host + port + "/v1/speech");
  const std::string* secret = std::get_if<std::string>(&found);
  return secret != nullptr ? *secret : "";
}

// The words of a line as an operator reads them: a file that is taken keeps its promise for each.
void CheckLine(const Keyring& keyring, const std::string& line) {
  std::istringstream words(line);
  std::string name, host, secret;
  if (!(words >> name >> host >> secret) || name[0] == '#') return;
  const std::optional<HostAndPort> place = ParseHostAndPort(host);
  Require(place.has_value());
  const std::string given = Fetched(keyring, name, *place);
  Require(!given.empty() && (given == secret || secret[0] == '@'));
  Require(Fetched(keyring, name, {"other." + place->host, place->port}).empty());
  Require(Fetched(keyring, name, {place->host, place->port == "2" ? "3" : "2"}).empty());
}

void CheckAccount(const std::string& text) {
  google::IsServiceAccount(text);
  const auto asked = google::TokenRequest(text, {}, 1'700'000'000'000);
  if (const Failure* failure = std::get_if<Failure>(&asked)) {
    Require(!failure->message.empty() && failure->detail.size() <= 500);
    return;
  }
  Require(std::get<Request>(asked).body.find("PRIVATE KEY") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string path = "/tmp/keyring_fuzz." + std::to_string(getpid());
  static const int cleaned = std::atexit([] { unlink(path.c_str()); });
  static_cast<void>(cleaned);
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::ofstream(path, std::ios::binary) << kGood;
  chmod(path.c_str(), 0600);
  Keyring keyring;
  Require(keyring.Load(path).empty());
  std::ofstream(path, std::ios::binary) << text;
  const std::string problem = keyring.Load(path);
  if (!problem.empty()) {
    Require(Fetched(keyring, "known", {"known.example", ""}) == "kn0wn");
    Require(problem.size() < 300);
  } else if (text.find_first_of("\v\f") == std::string::npos &&
             text.find('\0') == std::string::npos) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CheckLine(keyring, line);
  }
  CheckAccount(text);
  return 0;
}
