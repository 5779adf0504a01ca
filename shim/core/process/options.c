/* options.c: see options.h. */
#include "process/options.h"

#include <stddef.h>
#include <string.h>

#include "process/control_signals.h"

struct mt_options mt_options;
const char *const mt_unwinder_names[] = {"fast", "libunwind", "fp", "check", NULL};

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

/* Zero if `text` is no number between 1 and `high`. */
static uint32_t number_up_to(const char *text, uint32_t high) {
  uint64_t number = 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || number > high) return 0;
    number = number * 10 + (uint64_t)(*text - '0');
  }
  return number <= high ? (uint32_t)number : 0;
}

/* Which of `words` a variable says, the first one when it is not set. A value that is none of them
 * is noted. */
static unsigned choice(char **environment, const char *name, enum mt_option option,
                       const char *const words[]) {
  const char *value = mt_environment_value(environment, name);
  if (value == NULL || value[0] == '\0') return 0;
  for (unsigned word = 0; words[word] != NULL; word++) {
    if (strcmp(value, words[word]) == 0) return word;
  }
  mt_options.not_understood[option] = true;
  return 0;
}

/* A time in milliseconds, as nanoseconds; 0 when it is not set. */
static uint64_t milliseconds(char **environment, const char *name, enum mt_option option) {
  const char *value = mt_environment_value(environment, name);
  if (value == NULL || value[0] == '\0') return 0;
  uint32_t number = number_up_to(value, MT_MILLISECONDS_MAX);
  mt_options.not_understood[option] = number == 0;
  return number * UINT64_C(1000000);
}

static void threshold(char **environment, const char *name, enum mt_option option,
                      struct mt_threshold_value *value) {
  const char *text = mt_environment_value(environment, name);
  value->measure = 0;
  if (text == NULL || text[0] == '\0' || mt_threshold_parse(text, value)) return;
  value->measure = 0;
  mt_options.not_understood[option] = true;
}

/* Two for one signal are none. */
static void control_signals(char **environment) {
  static const struct {
    const char *name;
    enum mt_option option;
  } variables[MT_CONTROL_SIGNALS] = {
      [MT_SIGNAL_SNAPSHOT] = {"MEMTRACE_SNAPSHOT_SIGNAL", MT_OPTION_SNAPSHOT_SIGNAL},
      [MT_SIGNAL_PAUSE] = {"MEMTRACE_PAUSE_SIGNAL", MT_OPTION_PAUSE_SIGNAL}};
  int taken = 0;
  for (int i = 0; i < MT_CONTROL_SIGNALS; i++) {
    const char *text = mt_environment_value(environment, variables[i].name);
    if (text == NULL || text[0] == '\0') text = NULL;
    int number = text != NULL ? mt_control_signal_number(text) : 0;
    if (number == taken) number = 0;
    mt_options.not_understood[variables[i].option] = text != NULL && number == 0;
    mt_control_signals.all[i].number = taken = number;
  }
}

/* 1: the usual folder; a path: that one. */
static void control(char **environment) {
  char *folder = mt_options.control;
  const char *value = mt_environment_value(environment, "MEMTRACE_CONTROL");
  if (value == NULL || strcmp(value, "0") == 0) value = "";
  if (strcmp(value, "1") == 0) value = MT_CONTROL_DIRECTORY;
  bool is_folder = value[0] == '\0' || value[0] == '/';
  bool fits = strlen(value) < sizeof mt_options.control;
  mt_options.not_understood[MT_OPTION_CONTROL] = !is_folder || !fits;
  if (!is_folder || !fits) value = "";
  memcpy(folder, value, strlen(value) + 1);
}

static uint32_t depth(char **environment) {
  const char *value = mt_environment_value(environment, "MEMTRACE_DEPTH");
  if (value == NULL || value[0] == '\0') return MT_DEPTH_DEFAULT;
  uint32_t number = number_up_to(value, MT_DEPTH_MAX);
  mt_options.not_understood[MT_OPTION_DEPTH] = number == 0;
  return number != 0 ? number : MT_DEPTH_DEFAULT;
}

void mt_options_read(char **environment) {
  struct mt_options *options = &mt_options;
  copy_value(options->output, sizeof options->output, environment, "MEMTRACE_OUTPUT", "trace.bin");
  const char *output = mt_environment_value(environment, "MEMTRACE_OUTPUT");
  options->output_too_long = output != NULL && strlen(output) >= sizeof options->output;
  if (options->output_too_long) memcpy(options->output, output, sizeof options->output - 1);
  copy_value(options->shell_directory, sizeof options->shell_directory, environment, "PWD", "");
  copy_value(options->only, sizeof options->only, environment, "MEMTRACE_ONLY", "");
  copy_value(options->session, sizeof options->session, environment, "MEMTRACE_SESSION", "");
  static const char *const on_full[] = {"wait", "drop", NULL};
  static const char *const writers[] = {"thread", "inline", NULL};
  static const char *const follow[] = {"1", "0", NULL};
  static const char *const pythons[] = {"on", "off", "objects", NULL};
  static const char *const orders[] = {"bounded", "exact", NULL};
  options->depth = depth(environment);
  options->unwinder =
      choice(environment, "MEMTRACE_UNWINDER", MT_OPTION_UNWINDER, mt_unwinder_names);
  options->drop_when_full =
      choice(environment, "MEMTRACE_ON_FULL", MT_OPTION_ON_FULL, on_full) == 1;
  options->inline_writer = choice(environment, "MEMTRACE_WRITER", MT_OPTION_WRITER, writers) == 1;
  options->exact_order = choice(environment, "MEMTRACE_ORDER", MT_OPTION_ORDER, orders) == 1;
  unsigned python = choice(environment, "MEMTRACE_PYTHON", MT_OPTION_PYTHON, pythons);
  options->python = python != 1;
  options->python_objects = python == 2;
  static const char *const starts[] = {"recording", "paused", NULL};
  options->start_paused = choice(environment, "MEMTRACE_START", MT_OPTION_START, starts) == 1;
  options->after_ns = milliseconds(environment, "MEMTRACE_AFTER_MS", MT_OPTION_AFTER);
  options->for_ns = milliseconds(environment, "MEMTRACE_FOR_MS", MT_OPTION_FOR);
  options->snapshot_every_ns =
      milliseconds(environment, "MEMTRACE_SNAPSHOT_EVERY_MS", MT_OPTION_SNAPSHOT_EVERY);
  options->account_every_ns =
      milliseconds(environment, "MEMTRACE_ACCOUNT_EVERY_MS", MT_OPTION_ACCOUNT_EVERY);
  options->start_paused |= options->after_ns != 0;
  threshold(environment, "MEMTRACE_WARN", MT_OPTION_WARN, &options->warn);
  threshold(environment, "MEMTRACE_CRITICAL", MT_OPTION_CRITICAL, &options->critical);
  static const char *const off[] = {"0", "1", NULL};
  options->count_heap = options->warn.measure == MT_MEASURE_HEAP ||
                        options->critical.measure == MT_MEASURE_HEAP ||
                        choice(environment, "MEMTRACE_COUNT_HEAP", MT_OPTION_COUNT_HEAP, off) == 1;
  copy_value(options->notify, sizeof options->notify, environment, "MEMTRACE_NOTIFY", "");
  control(environment);
  control_signals(environment);
  const char *command = mt_environment_value(environment, "MEMTRACE_ON_CRITICAL");
  options->not_understood[MT_OPTION_ON_CRITICAL] = command != NULL && command[0] != '\0';
  options->follow = choice(environment, "MEMTRACE_FOLLOW", MT_OPTION_FOLLOW, follow) == 0;
}
