// jwt.h: whether a JSON Web Token is good. Its algorithm is the configuration's, never the token's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace debrief::console {

struct Claims {
  std::string json;  // as they stand in the token
  std::string role;
  std::string sub;
  int64_t expires_s = 0;
};

class JwtVerifier {
 public:
  // A verifier, or why the key will not do. `algorithm` is HS256, RS256 or ES256; `key` a secret of
  // 32 bytes or more, or a public key in PEM; an empty `audience` is not asked for.
  static std::variant<std::shared_ptr<const JwtVerifier>, std::string> Make(std::string algorithm,
                                                                            std::string key,
                                                                            std::string audience);
  // The claims, or why not.
  std::variant<Claims, std::string> Verify(std::string_view token, int64_t now_s) const;

 private:
  JwtVerifier() = default;
  bool IsSigned(std::string_view text, std::string_view signature) const;

  std::string algorithm_;
  std::string secret_;
  std::shared_ptr<void> key_;  // EVP_PKEY
  std::string audience_;
};

}  // namespace debrief::console
