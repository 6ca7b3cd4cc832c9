// keyring.cpp: reads the key file, and gives a key to the host it is bound to only.

#include "keyring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace debrief {
namespace {

constexpr off_t kFileBytesMax = 256 * 1024;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Reads the whole file, or says what is wrong with it.
std::string ReadFile(const std::string& path, std::string* content) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return path + ": " + std::strerror(errno);
  struct stat about = {};
  std::string problem;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    problem = path + " is not a regular file";
  } else if (about.st_uid != geteuid()) {
    problem = path + " does not belong to the server's user";
  } else if ((about.st_mode & 077) != 0) {
    problem = path + " can be read by others: chmod 0400";
  } else if (about.st_size > kFileBytesMax) {
    problem = path + " is too large";
  } else {
    content->resize(static_cast<size_t>(about.st_size));
    const ssize_t got = read(fd, content->data(), content->size());
    if (got != about.st_size) problem = path + ": could not be read whole";
  }
  close(fd);
  return problem;
}

Failure NoKey(std::string detail) {
  return Failure{.failure_class = FailureClass::kAuth,
                 .code = "no_key",
                 .message = "The provider's key is not set up.",
                 .detail = std::move(detail)};
}

}  // namespace

std::string Keyring::Load(const std::string& path) {
  if (path.empty()) {
    entries_.clear();
    return {};
  }
  std::string content;
  if (std::string problem = ReadFile(path, &content); !problem.empty()) return problem;
  std::unordered_map<std::string, Entry> entries;
  std::istringstream lines(content);
  std::string line;
  for (int number = 1; std::getline(lines, line); number++) {
    std::istringstream words(line);
    std::string name, host, secret, more;
    words >> name >> host >> secret >> more;
    if (name.empty() || name[0] == '#') continue;
    if (secret.empty() || !more.empty()) {
      // The line itself is not quoted: it may hold a secret.
      return path + ", line " + std::to_string(number) + ": write name, host and secret";
    }
    entries[name] = {.host = Lower(host), .secret = secret};
  }
  std::swap(entries_, entries);
  return {};
}

std::variant<std::string, Failure> Keyring::Find(std::string_view name,
                                                 std::string_view url) const {
  const auto found = entries_.find(std::string(name));
  if (found == entries_.end()) {
    return NoKey("the key file has no key \"" + std::string(name) + "\"");
  }
  const std::string host = HostOf(url);
  if (found->second.host != host) {
    return NoKey("the key \"" + std::string(name) + "\" is for " + found->second.host +
                 ", not for " + host);
  }
  return found->second.secret;
}

std::string HostOf(std::string_view url) {
  const std::string lower = Lower(url);
  std::string_view rest = lower;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    return {};
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.starts_with('[')) {
    const size_t end = rest.find(']');
    return end == std::string_view::npos ? std::string() : std::string(rest.substr(1, end - 1));
  }
  return std::string(rest.substr(0, rest.find(':')));
}

}  // namespace debrief
