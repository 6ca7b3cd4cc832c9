// xml.h: reads XML from outside with expat, within limits. A DOCTYPE, the only place to declare an
// entity, is refused.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace debrief::xml {

inline constexpr size_t kDocumentBytesMax = 64 * 1024;
// Between a namespace and a local name.
inline constexpr char kSeparator = '|';

using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

class Handler {
 public:
  virtual ~Handler() = default;
  // What is returned says why the document is refused; empty: it is not.
  virtual std::string OnStart(std::string_view name, const Attributes& attributes) = 0;
  virtual std::string OnText(std::string_view text) = 0;
  virtual void OnEnd() = 0;
};

struct Rules {
  int depth_max = 0;
  bool namespaces = false;            // names are "namespace|local"
  bool refuses_instructions = false;  // processing instructions
};

// Why the document was not read to its end; empty when it was.
std::string Read(std::string_view document, const Rules& rules, Handler* handler);

}  // namespace debrief::xml
