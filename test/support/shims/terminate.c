/* Preloaded by tests: SIGTERM arrives while a process logs. The first to write a line to stderr that holds the text in the
 * file $TERMINATE_FILE takes the file away and gets the signal. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void terminate_at(const void* line, size_t length)
{
  char text[200];
  const char* path = getenv("TERMINATE_FILE");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size;
  if (file < 0) return;
  size = read(file, text, sizeof(text));
  close(file);
  if (size > 0 && memmem(line, length, text, (size_t)size) != NULL && unlink(path) == 0) raise(SIGTERM);
}

ssize_t write(int file, const void* data, size_t length)
{
  const ssize_t written = syscall(SYS_write, file, data, length);
  if (file == STDERR_FILENO) terminate_at(data, length);
  return written;
}
