// keyring.cpp: reads the key file, and gives a key to the host it is bound to only. No sentence it
// writes quotes a line of the file.

#include "bgworker/core/services/keyring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/text/redact.h"

namespace debrief {
namespace {

constexpr off_t kFileBytesMax = 256 * 1024;
constexpr mode_t kOthersMask = 077;
constexpr mode_t kCredentialMask = 037;
constexpr size_t kSecretBytesMax = 16 * 1024;
constexpr std::string_view kBlanks = " \t\r";

// What is wrong with the open file, or nothing.
std::string WhyUnfit(const struct stat& about, bool is_credential) {
  if (!S_ISREG(about.st_mode)) return "is not a regular file";
  if (about.st_uid != geteuid() && !(is_credential && about.st_uid == 0)) {
    return "does not belong to the server's user";
  }
  const mode_t forbidden = is_credential ? kCredentialMask : kOthersMask;
  if ((about.st_mode & forbidden) != 0) return "is open to group or others: chmod 0400";
  if (about.st_size > kFileBytesMax) return "is too large";
  return {};
}

bool ReadAll(int fd, std::string* content) {
  size_t filled = 0;
  while (filled < content->size()) {
    const ssize_t got = read(fd, content->data() + filled, content->size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    filled += static_cast<size_t>(got);
  }
  return true;
}

// Reads the whole file, or says what to fix.
std::string ReadFile(const std::string& path, bool is_credential, std::string* content) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && errno == ELOOP) return path + " is a symbolic link";
  if (fd < 0) return path + ": " + std::strerror(errno);
  struct stat about = {};
  std::string problem =
      fstat(fd, &about) == 0 ? WhyUnfit(about, is_credential) : std::string(std::strerror(errno));
  if (problem.empty()) {
    content->resize(static_cast<size_t>(about.st_size));
    if (!ReadAll(fd, content)) problem = "changed while it was read";
  }
  close(fd);
  return problem.empty() ? problem : path + " " + problem;
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = line.find_first_not_of(kBlanks, at)) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

// "@/path" becomes the file's content, without the blanks around it. Only JSON may hold blanks.
std::string ReadSecret(bool is_credential, std::string* secret) {
  if (!secret->starts_with('@')) return {};
  std::string content;
  if (std::string problem = ReadFile(secret->substr(1), is_credential, &content);
      !problem.empty()) {
    return problem;
  }
  constexpr std::string_view kAround = " \t\r\n";
  const size_t begin = std::min(content.find_first_not_of(kAround), content.size());
  const size_t end = content.find_last_not_of(kAround) + 1;
  content = content.substr(begin, end > begin ? end - begin : 0);
  if (content.empty() || content.size() > kSecretBytesMax)
    return "the secret's file is empty or too large";
  if (content[0] != '{' && !IsPrintable(content))
    return "the secret's file holds more than one word";
  *secret = std::move(content);
  return {};
}

std::string WhyWrong(const std::vector<std::string_view>& words) {
  if (words.size() != 3) return "write name, host and secret";
  if (!ParseHostAndPort(words[1]))
    return "the host is no host (write host or host:port, no scheme)";
  return IsPrintable(words[2]) ? "" : "the secret holds a byte that no header can carry";
}

Failure NoKey(std::string_view detail) {
  return Failure{.failure_class = FailureClass::kAuth,
                 .code = "no_key",
                 .message = "The provider's key is not set up.",
                 .detail = CleanDetail(detail)};
}

}  // namespace

Keyring::Entry Keyring::EntryOf(const std::vector<std::string_view>& words) {
  return {.place = *ParseHostAndPort(words[1]),
          .written_place = std::string(words[1]),
          .secret = std::string(words[2])};
}

std::string Keyring::Load(const std::string& path, const std::string& credential_path) {
  Entries entries, lent;
  has_file_ = !path.empty() || !credential_path.empty();
  problem_ = Read(path, false, &entries);
  if (problem_.empty()) problem_ = Read(credential_path, true, &lent);
  if (!problem_.empty()) return problem_;
  entries.merge(lent);
  std::swap(entries_, entries);
  return {};
}

std::string Keyring::Read(const std::string& path, bool is_credential, Entries* entries) {
  std::string content;
  if (path.empty()) return {};
  if (std::string problem = ReadFile(path, is_credential, &content); !problem.empty()) {
    return problem;
  }
  std::string_view rest = content;
  for (int number = 1; !rest.empty(); number++) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::vector<std::string_view> words = Words(line);
    if (words.empty() || words[0][0] == '#') continue;
    std::string problem = WhyWrong(words);
    if (problem.empty()) {
      Entry entry = EntryOf(words);
      problem = ReadSecret(is_credential, &entry.secret);
      if (!entries->emplace(words[0], std::move(entry)).second) problem = "the name is there twice";
    }
    if (!problem.empty()) return path + ", line " + std::to_string(number) + ": " + problem;
  }
  return {};
}

// Names differ in case only where the environment cannot tell them apart: then the file is needed.
std::optional<Keyring::Entry> Keyring::FromEnvironment(std::string_view name) const {
  std::string variable = "PG_DEBRIEF_KEY_";
  for (const char c : name) {
    const bool is_lower = c >= 'a' && c <= 'z';
    variable += is_lower ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c;
  }
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) return std::nullopt;
  const std::string line = std::string(name) + " " + value;
  const std::vector<std::string_view> words = Words(line);
  if (!WhyWrong(words).empty()) return std::nullopt;
  Entry entry = EntryOf(words);
  if (!ReadSecret(false, &entry.secret).empty()) return std::nullopt;
  return entry;
}

std::string Keyring::WhyMissing(std::string_view name) const {
  if (!problem_.empty()) return "the key file cannot be used: " + problem_;
  const std::string key = "no key \"" + std::string(name) + "\"";
  return has_file_ ? "the key file has " + key : key + ": pg_debrief.key_file is not set";
}

std::variant<std::string, Failure> Keyring::Find(std::string_view name,
                                                 std::string_view url) const {
  const auto found = entries_.find(std::string(name));
  std::optional<Entry> entry;
  if (found != entries_.end()) {
    entry = found->second;
  } else {
    entry = FromEnvironment(name);
  }
  if (!entry) return NoKey(WhyMissing(name));
  const std::optional<Url> parts = ParseUrl(url);
  const std::string own_port = parts && parts->is_https ? "443" : "80";
  const HostAndPort& place = entry->place;
  if (!parts || place.host != parts->host ||
      parts->port != (place.port.empty() ? own_port : place.port)) {
    return NoKey("the key \"" + std::string(name) + "\" is for " + entry->written_place +
                 ", not for " + (parts ? parts->authority : "an address without a host"));
  }
  return std::move(entry->secret);
}

}  // namespace debrief
