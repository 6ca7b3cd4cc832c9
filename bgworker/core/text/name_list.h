// name_list.h: names in a setting, separated by commas: "app, staging".
#pragma once

#include <string_view>

namespace debrief {

// Whether the list holds no name at all.
bool IsBlankList(std::string_view list);
bool ListsName(std::string_view list, std::string_view name);

}  // namespace debrief
