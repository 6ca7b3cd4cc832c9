#include "console/page.h"

#include "bgworker/core/text/sha256.h"
#include "console/assets.h"
#include "console/topic.h"

namespace debrief::console {
namespace {

constexpr char kIndex[] = "/index.html";
constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kScript = "/assets/app-";

std::string WithPrefix(std::string html, const std::string& prefix) {
  const std::string mark = "=\"/";
  for (size_t at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1)) {
    html.insert(at + mark.size() - 1, prefix);
  }
  return html;
}

// The page has routes of its own: every one is index.html, also with a slash at its end.
bool IsRoute(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  for (const std::string_view page : {"/", "/failures", "/analyses", "/operations", "/login"}) {
    if (path == page) return true;
  }
  for (const std::string_view start : {"/analyses/", "/play/"}) {
    if (path.starts_with(start)) return ParseId(path.substr(start.size())).has_value();
  }
  return false;
}

}  // namespace

Page::Page(const std::string& prefix) {
  const Assets assets = EmbeddedAssets();
  for (size_t i = 0; i < assets.count; i++) {
    const Asset& asset = assets.first[i];
    File file{std::make_shared<const std::string>(asset.gzip), nullptr,
              std::string(AssetType(asset.path)), "\"" + std::string(asset.hash) + "\""};
    std::string plain(asset.plain);
    const std::string path = "/" + std::string(asset.path);
    if (path == kIndex && !prefix.empty()) {
      plain = WithPrefix(std::move(plain), prefix);
      file.packed = nullptr;
      file.tag = "\"" + Sha256Hex(plain) + "\"";
    }
    file.plain = std::make_shared<const std::string>(std::move(plain));
    if (path.starts_with(kScript) && path.ends_with(".js")) version_ = path.substr(kAssets.size());
    files_.emplace(path, std::move(file));
  }
}

Response Page::Send(const Request& request, const File& file, bool is_hashed) {
  Response response;
  response.headers = {
      {"Content-Type", file.type},
      {"ETag", file.tag},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (request.Header("if-none-match") == file.tag) {
    response.status = 304;
    return response;
  }
  const bool unpacks = request.Header("accept-encoding").find("gzip") != std::string::npos;
  if (unpacks && file.packed) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.shared_body = file.packed;
  } else {
    response.shared_body = file.plain;
  }
  return response;
}

std::optional<Response> Page::Answer(const Request& request, const std::string& path) const {
  const auto found = files_.find(IsRoute(path) ? kIndex : path);
  if (found != files_.end()) return Send(request, found->second, path.starts_with(kAssets));
  if (request.Header("sec-fetch-mode") != "navigate") return std::nullopt;
  // Whoever typed an address reads in the page that there is none.
  Response response = Send(Request(), files_.at(kIndex), false);
  response.status = 404;
  return response;
}

}  // namespace debrief::console
