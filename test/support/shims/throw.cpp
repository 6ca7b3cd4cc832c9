// Preloaded by tests: a bug in C++ code. While the file named by THROW_FILE is there, the worker's
// next call of libcurl takes it away and throws: what it says, or ("int") something that is no
// exception.
#include <curl/curl.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

extern "C" CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events,
                                              int* running) {
  using Action = CURLMcode (*)(CURLM*, curl_socket_t, int, int*);
  static const auto action = reinterpret_cast<Action>(dlsym(RTLD_NEXT, "curl_multi_socket_action"));
  const char* path = std::getenv("THROW_FILE");
  std::ifstream file(path == nullptr ? "" : path);
  std::string what;
  if (std::getline(file, what)) {
    unlink(path);
    if (what == "int") throw 42;
    throw std::runtime_error(what);
  }
  return action(multi, socket, events, running);
}
