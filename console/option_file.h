// option_file.h: options in a file.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace debrief::console {

// Nothing when it cannot be read.
std::optional<std::string> FileContent(const std::string& path);

// Takes an option; empty, or what is wrong with it.
using TakeOption = std::function<std::string(const std::string& name, const std::string& value)>;

// Lines "name = value"; blank ones and those that begin with # say nothing. Empty, or what is wrong
// and where.
std::string TakeOptionFile(const std::string& path, const std::string& content,
                           const TakeOption& take);

}  // namespace debrief::console
