// name_list.cpp: see name_list.h.

#include "bgworker/core/text/name_list.h"

#include <algorithm>

namespace debrief {
namespace {

std::string_view WithoutBlanks(std::string_view name) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

}  // namespace

bool IsBlankList(std::string_view list) {
  return list.find_first_not_of(" ,") == std::string_view::npos;
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
