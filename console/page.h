// page.h: the embedded files over HTTP.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "console/http_message.h"

namespace debrief::console {

class Page {
 public:
  // index.html names its files below the prefix.
  explicit Page(const std::string& prefix);
  // A hashed file, or index.html for the routes of the page; nothing: no such path.
  std::optional<Response> Answer(const Request& request, const std::string& path) const;

 private:
  struct File {
    std::shared_ptr<const std::string> packed;
    std::shared_ptr<const std::string> plain;
    std::string type;
    std::string tag;
  };
  static Response Send(const Request& request, const File& file, bool is_hashed);

  std::map<std::string, File> files_;  // by path, beginning with "/"
};

}  // namespace debrief::console
