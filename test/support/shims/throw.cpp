// Preloaded by tests: a bug in C++ code, or no memory. While the file $THROW_FILE is there, the
// worker's next call of libcurl takes it away and throws; while $THROW_FILE.<pid> is there, so does
// the next allocation of that process. What it says is thrown: a text as an exception, "int" as
// something that is no exception, "memory" as operator new does it.
#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

// Allocates nothing unless it throws.
static void ThrowIfTold(const char* suffix) {
  const char* const folder = std::getenv("THROW_FILE");
  if (folder == nullptr) return;
  char path[4096], what[100] = "";
  snprintf(path, sizeof(path), "%s%s", folder, suffix);
  const int file = open(path, O_RDONLY);
  if (file < 0) return;
  const ssize_t length = read(file, what, sizeof(what) - 1);
  close(file);
  unlink(path);
  what[length > 0 ? strcspn(what, "\n") : 0] = '\0';
  if (strcmp(what, "int") == 0) throw 42;
  if (strcmp(what, "memory") != 0) throw std::runtime_error(what);
  const std::new_handler handler = std::get_new_handler();
  if (handler != nullptr) handler();
  throw std::bad_alloc();
}

extern "C" CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events,
                                              int* running) {
  using Action = CURLMcode (*)(CURLM*, curl_socket_t, int, int*);
  static const auto action = reinterpret_cast<Action>(dlsym(RTLD_NEXT, "curl_multi_socket_action"));
  ThrowIfTold("");
  return action(multi, socket, events, running);
}

void* operator new(size_t size) {
  char suffix[20];
  snprintf(suffix, sizeof(suffix), ".%d", static_cast<int>(getpid()));
  ThrowIfTold(suffix);
  void* const memory = malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
