// request_check.h: what must hold of a request before libcurl sees it, and its headers as
// libcurl wants them.
//
// libcurl sends the bytes of a header as they are: a line break in a value would begin a header
// of its own. So every byte that goes on the wire outside the body is checked here.
#pragma once

#include <curl/curl.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgworker/core/http/request.h"
#include "bgworker/core/http/url.h"

namespace debrief {

// Why the request cannot be sent; empty when it can. `url`: its URL's parts.
std::string_view WhyRefused(const Request& request, const std::optional<Url>& url);

// Whether it is a POST whose body, if any, is a text.
inline bool IsPlainPost(const Request& request) {
  return request.method == Request::Method::kPost && request.pieces.empty() && request.form.empty();
}

// A header list whose memory is kept from one request to the next.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void Fill(const std::vector<std::pair<std::string, std::string>>& headers);
  // Valid until the next Fill().
  curl_slist* first() { return nodes_.data(); }

 private:
  std::string text_;
  std::vector<curl_slist> nodes_;
};

}  // namespace debrief
