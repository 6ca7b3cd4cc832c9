/* Preloaded by tests into the worker outside the server: its second session waits, before it connects or before it asks for a place in the server (HOLD=connect, place), until the file FOLDER/go is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* in_folder(const char* name)
{
  static char path[4096];
  snprintf(path, sizeof(path), "%s/%s", getenv("FOLDER"), name);
  return path;
}

static void hold(const char* where)
{
  if (strcmp(getenv("HOLD"), where) != 0) return;
  close(open(in_folder("there"), O_CREAT | O_WRONLY, 0600));
  while (access(in_folder("go"), F_OK) != 0) usleep(10000);
}

void* PQconnectdbParams(const char* const* names, const char* const* values, int expand)
{
  static int connections = 0;
  void* (*next)(const char* const*, const char* const*, int) = dlsym(RTLD_NEXT, "PQconnectdbParams");
  if (++connections == 2) hold("connect");
  return next(names, values, expand);
}

int PQsendQueryParams(void* connection, const char* command, int count, const unsigned* types, const char* const* values, const int* lengths,
                      const int* formats, int result_format)
{
  int (*next)(void*, const char*, int, const unsigned*, const char* const*, const int*, const int*, int) = dlsym(RTLD_NEXT, "PQsendQueryParams");
  hold("place");
  return next(connection, command, count, types, values, lengths, formats, result_format);
}
