#include "local_provider/test/running_server.h"

#include <fcntl.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace debrief::local_provider {
namespace {

constexpr int kExecFailedCode = 127;
constexpr time_t kAnswerSeconds = 60;

[[noreturn]] void Become(const std::vector<std::string>& arguments, int output, const char* log) {
  std::vector<char*> pointers;
  for (const std::string& one : arguments) pointers.push_back(const_cast<char*>(one.c_str()));
  pointers.push_back(nullptr);
  const int errors = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execv(pointers[0], pointers.data());
  _exit(kExecFailedCode);
}

}  // namespace

RunningServer::RunningServer(const std::vector<std::string>& options) : directory_("/tmp") {
  const std::string work = directory_.PathOf("work");
  const std::string log = directory_.PathOf("log");
  std::filesystem::create_directory(work);
  std::vector<std::string> arguments = {LOCAL_PROVIDER_PROGRAM, "--listen", "127.0.0.1:0",
                                        "--work-directory", work};
  arguments.insert(arguments.end(), options.begin(), options.end());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  id_ = fork();
  if (id_ == 0) Become(arguments, ends[1], log.c_str());
  close(ends[1]);
  FILE* const output = fdopen(ends[0], "r");
  if (std::fscanf(output, "listening on http://127.0.0.1:%d", &port_) != 1) port_ = 0;
  std::fclose(output);
}

RunningServer::~RunningServer() {
  if (id_ <= 0) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

httplib::Client RunningServer::Client() const {
  httplib::Client client("127.0.0.1", port_);
  client.set_read_timeout(kAnswerSeconds);
  return client;
}

bool RunningServer::IsHealthy() const {
  const auto result = Client().Get("/health");
  return result && result->status == 200 && result->body == "{\"status\": \"ok\"}";
}

int RunningServer::Stop() {
  int status = 0;
  kill(id_, SIGTERM);
  waitpid(id_, &status, 0);
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

size_t RunningServer::LeftFiles() const {
  const std::filesystem::directory_iterator entries(directory_.PathOf("work"));
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

std::string RunningServer::Log() const {
  std::ifstream file(directory_.PathOf("log"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

httplib::Result RunningServer::Analyse(const std::string& video, const std::string& job) const {
  const httplib::MultipartFormDataItems parts = {
      {"job", job, "", "application/json"},
      {"video", video, "../../etc/passwd", "application/octet-stream"}};
  return Client().Post("/v1/analyze", ProtocolHeaders(), parts);
}

httplib::Result RunningServer::Analyse(const std::string& video) const {
  return Analyse(video,
                 "{\"video\": {\"id\": 12, \"filename\": \"talk.mp4\", \"format\": null, "
                 "\"bytes\": " +
                     std::to_string(video.size()) +
                     ", \"duration_seconds\": null}, \"language\": \"en-US\"}");
}

httplib::Result RunningServer::Speak(const std::string& ssml, const std::string& voice) const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("ssml");
  writer.String(ssml.c_str());
  writer.Key("language");
  writer.String("en-US");
  writer.Key("voice");
  writer.String(voice.c_str());
  writer.EndObject();
  return Client().Post("/v1/speech", ProtocolHeaders(), buffer.GetString(), "application/json");
}

httplib::Headers ProtocolHeaders() {
  return {{"Debrief-Protocol", "1"}, {"Debrief-Correlation-Id", "0f8fad5b-d9cb-469f-a165"}};
}

std::string ErrorCode(const httplib::Result& result) {
  if (!result) return "no answer: " + httplib::to_string(result.error());
  rapidjson::Document document;
  document.Parse(result->body.c_str());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember("error")) {
    return result->body;
  }
  return document["error"]["code"].GetString();
}

}  // namespace debrief::local_provider
