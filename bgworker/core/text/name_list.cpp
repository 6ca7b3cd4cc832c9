// name_list.cpp: see name_list.h.

#include "bgworker/core/text/name_list.h"

#include <algorithm>

namespace debrief {
namespace {

// debrief._process_problems() reads lists in the same way, to say which databases they lack.
constexpr std::string_view kBlanksAndCommas = ", \t\n\r\f\v";
constexpr std::string_view kBlanks = kBlanksAndCommas.substr(1);

std::string_view WithoutBlanks(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of(kBlanks), name.size()));
  return name.substr(0, name.find_last_not_of(kBlanks) + 1);
}

}  // namespace

bool IsBlankList(std::string_view list) {
  return list.find_first_not_of(kBlanksAndCommas) == std::string_view::npos;
}

bool ListsName(std::string_view list, std::string_view name) {
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (WithoutBlanks(list.substr(begin, end - begin)) == name) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace debrief
