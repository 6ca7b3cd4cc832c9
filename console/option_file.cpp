#include "console/option_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

namespace debrief::console {
namespace {

std::string_view Trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

// A folder opens like a file, and the iterators below would throw where its first byte is read.
std::optional<std::string> FileContent(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.peek();
  if (!file.is_open() || file.bad()) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string TakeOptionFile(const std::string& path, const std::string& content,
                           const TakeOption& take) {
  int number = 0;
  for (size_t at = 0; at < content.size();) {
    const size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view line = Trimmed(std::string_view(content).substr(at, end - at));
    at = end + 1;
    number++;
    if (line.empty() || line.front() == '#') continue;
    const std::string place = path + ", line " + std::to_string(number) + ": ";
    const size_t sign = line.find('=');
    if (sign == std::string_view::npos) return place + "not \"name = value\"";
    const std::string name(Trimmed(line.substr(0, sign)));
    const auto problem = take(name, std::string(Trimmed(line.substr(sign + 1))));
    if (!problem.empty()) return place + problem;
  }
  return "";
}

}  // namespace debrief::console
