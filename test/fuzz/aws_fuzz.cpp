// aws_fuzz.cpp: any bytes as an answer of Amazon Polly or S3, as a document to speak, and as the
// path of an object. Only what a service says when it did the work may mean that it did.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/services/aws/signature.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/ssml/ssml.h"

namespace {

using debrief::Response;

constexpr char kKey[] = "AKIDEXAMPLE:s3cr3t:t0ken";

void Expect(bool holds) {
  if (!holds) std::abort();
}

void FuzzStore(const std::string& text, int status) {
  const debrief::Store& store = *debrief::FindStore("s3");
  const debrief::ServerConfig server{.base_url = "https://s3.example.com",
                                     .key = kKey,
                                     .options = {{"bucket", "b"}, {"region", "auto"}}};
  const debrief::NewObject object{
      .path = text, .content_type = "audio/mpeg", .sha256 = "ab", .bytes = "sound"};
  Response response;
  response.status = status;
  response.body = text;
  response.headers = {{"content-length", text}, {"x-amz-bucket-region", text}};
  const debrief::PutStep put = store.NextPut(server, {}, object, response, false);
  Expect(!std::holds_alternative<debrief::Stored>(put) || (status == 200 && text.empty()));
  const debrief::PutStep looked = store.NextPut(server, {}, object, response, true);
  Expect(!std::holds_alternative<debrief::Request>(looked));
  Expect(!std::holds_alternative<debrief::Stored>(looked) || (status == 200 && text == "5"));
  Expect(store.ReadGet(server, response).has_value() == (status != 200));
  store.ReadDelete(server, response);
  store.ReadProbe(server, response);
  // What is signed is a URL without anything that a URL cannot hold.
  const std::string url = std::get<debrief::Request>(store.StartPut(server, {}, object)).url;
  Expect(url.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "-._~%/:") == std::string::npos);
}

void FuzzPolly(const std::string& text, int status) {
  const debrief::Provider& polly = *debrief::FindProvider("polly");
  const debrief::ServerConfig server{.base_url = "https://polly.example.com",
                                     .key = kKey,
                                     .options = {{"region", "r"}, {"voice", "v"}}};
  const debrief::Job job{.stage = debrief::Stage::kAudio};
  const debrief::CallInput call{.job = &job, .speech = text};
  const debrief::Step step = polly.Start(server, call);
  Expect(std::holds_alternative<debrief::Request>(step) == debrief::ssml::Check(text).empty());
  Response response;
  response.status = status;
  response.body = text;
  response.headers = {{"x-amzn-errortype", text}, {"x-amzn-requestcharacters", text}};
  polly.ReadProbe(server, response);
  const debrief::Step next = polly.Next(server, call, std::move(response));
  Expect(!std::holds_alternative<debrief::Result>(next) || status == 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 204, 301, 400, 409, 503}) {
    FuzzStore(text, status);
    FuzzPolly(text, status);
  }
  debrief::aws::ParseCredentials(text);
  debrief::Request request;
  request.url = text;
  request.headers = {{text, text}};
  debrief::aws::Sign({.id = "i", .secret = text}, {.region = text, .service = "s3"}, 0, &request);
  return 0;
}
