/* options.c: see options.h. */
#include "options.h"

#include <stddef.h>
#include <string.h>

struct mt_options mt_options;

const char *mt_environment_value(char **environment, const char *name) {
  size_t length = strlen(name);
  for (char **entry = environment; entry != NULL && *entry != NULL; entry++) {
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
  }
  return NULL;
}

static void copy_value(char *to, size_t bytes, char **environment, const char *name,
                       const char *otherwise) {
  const char *value = mt_environment_value(environment, name);
  if (value == NULL || value[0] == '\0' || strlen(value) >= bytes) value = otherwise;
  memcpy(to, value, strlen(value) + 1);
}

static uint32_t number_between(const char *text, uint32_t low, uint32_t high, uint32_t otherwise) {
  if (text == NULL || *text == '\0') return otherwise;
  uint64_t number = 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || number > high) return otherwise;
    number = number * 10 + (uint64_t)(*text - '0');
  }
  return number >= low && number <= high ? (uint32_t)number : otherwise;
}

void mt_options_read(char **environment) {
  struct mt_options *options = &mt_options;
  copy_value(options->output, sizeof options->output, environment, "MEMTRACE_OUTPUT", "trace.bin");
  copy_value(options->unwinder, sizeof options->unwinder, environment, "MEMTRACE_UNWINDER", "fast");
  copy_value(options->session, sizeof options->session, environment, "MEMTRACE_SESSION", "");
  options->depth = number_between(mt_environment_value(environment, "MEMTRACE_DEPTH"), 1,
                                  MT_DEPTH_MAX, MT_DEPTH_DEFAULT);
  const char *on_full = mt_environment_value(environment, "MEMTRACE_ON_FULL");
  options->drop_when_full = on_full != NULL && strcmp(on_full, "drop") == 0;
  const char *writer = mt_environment_value(environment, "MEMTRACE_WRITER");
  options->inline_writer = writer != NULL && strcmp(writer, "inline") == 0;
  const char *follow = mt_environment_value(environment, "MEMTRACE_FOLLOW");
  options->follow = follow == NULL || strcmp(follow, "0") != 0;
}
