// supabase_fuzz.cpp: any bytes as an answer of the store. Only a 200 may mean success, but for a
// deletion, and an object that was looked for is ours only when its size is told.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/services/kinds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const debrief::Store& store = *debrief::FindStore("supabase");
  const debrief::ServerConfig server{
      .base_url = "https://ref.example.com", .key = "sb_k", .options = {{"bucket", "b"}}};
  const debrief::NewObject object{
      .path = "a", .content_type = "audio/mpeg", .sha256 = "ab", .bytes = "sound"};
  for (const int status : {200, 400, 404, 409, 502}) {
    debrief::Response response;
    response.status = status;
    response.body.assign(reinterpret_cast<const char*>(data), size);
    const debrief::PutStep put = store.NextPut(server, {}, object, response, false);
    const debrief::PutStep looked = store.NextPut(server, {}, object, response, true);
    if (std::holds_alternative<debrief::Request>(looked)) std::abort();
    const bool stored = std::holds_alternative<debrief::Stored>(put) ||
                        std::holds_alternative<debrief::Stored>(looked);
    if (stored && status != 200) std::abort();
    if (std::holds_alternative<debrief::Stored>(looked) &&
        response.body.find("size") == std::string::npos &&
        response.body.find('\\') == std::string::npos) {  // a name may be written with escapes
      std::abort();
    }
    if (store.ReadGet(server, response).has_value() == (status == 200)) std::abort();
    store.ReadDelete(server, response);
    store.ReadProbe(server, response);
  }
  return 0;
}
