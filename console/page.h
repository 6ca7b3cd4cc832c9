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
  // A hashed file, or index.html: for the routes of the page, and with status 404 where a browser
  // opens what is none. Nothing: no such path.
  std::optional<Response> Answer(const Request& request, const std::string& path) const;
  // The name of the page's script, which has its hash in it.
  const std::string& version() const { return version_; }

 private:
  struct File {
    std::shared_ptr<const std::string> packed;
    std::shared_ptr<const std::string> plain;
    std::string type;
    std::string tag;
  };
  static Response Send(const Request& request, const File& file, bool is_hashed);

  std::string version_;
  std::map<std::string, File> files_;  // by path, beginning with "/"
};

}  // namespace debrief::console
