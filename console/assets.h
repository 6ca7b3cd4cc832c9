// assets.h: the page's files, as they were built into the program (embed_assets).
#pragma once

#include <string>
#include <string_view>

namespace debrief::console {

struct Asset {
  std::string_view path;  // as in console/dist
  std::string_view gzip;
  std::string_view plain;
  std::string_view hash;  // of plain
};

struct Assets {
  const Asset* first;
  size_t count;
};
Assets EmbeddedAssets();

// The content type of a name's end.
std::string_view AssetType(std::string_view path);

}  // namespace debrief::console
