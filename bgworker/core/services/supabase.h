// supabase.h: objects in a bucket of Supabase Storage, through its own REST interface.
//
// Options: base_url, bucket, key, prefix, public_url, cache_control. The service answers HTTP 400
// for nearly every error: the body says what it is. NextPut() looks with a GET on the object's
// description and not with HEAD, whose answer has no body to tell "not there" from "not allowed".
#pragma once

#include "bgworker/core/services/object_store.h"

namespace debrief {

class SupabaseStore final : public ObjectStore {
 public:
  Request StartPut(const ServerConfig& server, const CallContext& call_context,
                   const NewObject& object) const override;
  PutStep NextPut(const ServerConfig& server, const CallContext& call_context,
                  const NewObject& object, const Response& response, bool looked) const override;
  Request Get(const ServerConfig& server, const CallContext& call_context,
              std::string_view path) const override;
  std::optional<Failure> ReadGet(const ServerConfig& server,
                                 const Response& response) const override;
  Request Delete(const ServerConfig& server, const CallContext& call_context,
                 std::string_view path) const override;
  std::optional<Failure> ReadDelete(const ServerConfig& server,
                                    const Response& response) const override;
  std::string Url(const ServerConfig& server, std::string_view path) const override;
  std::variant<Request, Failure> Probe(const ServerConfig& server,
                                       const CallContext& call_context) const override;
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override;
};

}  // namespace debrief
