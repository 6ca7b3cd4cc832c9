// md5.cpp: see md5.h.

#include "bgworker/core/text/md5.h"

#include <openssl/evp.h>

namespace debrief {

std::string Md5(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_md5(), nullptr) != 1) return {};
  return {reinterpret_cast<const char*>(digest), length};
}

}  // namespace debrief
