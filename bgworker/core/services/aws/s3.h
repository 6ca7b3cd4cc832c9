// s3.h: objects in a bucket of Amazon S3, or of a service that speaks like it.
//
// Options: region, base_url, bucket, key ("ID:SECRET[:SESSION_TOKEN]"), style, prefix, public_url,
// no_overwrite. An upload of which nobody knows how it ended, and one whose path was taken, is
// looked at with HEAD: an object of our size, and of our digest where it has one, is ours.
#pragma once

#include "bgworker/core/services/object_store.h"

namespace debrief {

class S3Store final : public ObjectStore {
 public:
  std::string BaseUrl(const ServerConfig& server) const override;
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
