/* lifecycle.c: see lifecycle.h. */
#include "lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "entry_points.h"
#include "file/trace_file.h"
#include "heap_counting.h"
#include "next_functions.h"
#include "other_tools.h"
#include "process/live_heap.h"
#include "process/options.h"
#include "process/process.h"
#include "recorder.h"
#include "signals.h"
#include "untraced.h"

int mt_stage;
static bool finishes_at_exit;
static bool is_loaded;
static char *variable_to_add;

/* Replaces a variable where it stands, or adds it to a copy of the environment. What is replaced
 * stays with whoever holds it. */
static void add_to_environment(char *variable) {
  size_t count = 0, name_length = (size_t)(strchr(variable, '=') - variable) + 1;
  for (char **entry = environ; *entry != NULL; entry++, count++) {
    if (strncmp(*entry, variable, name_length) == 0) {
      *entry = variable;
      return;
    }
  }
  char **larger = mt_sys_map_private((count + 2) * sizeof *larger);
  if (larger == NULL) return;
  memcpy(larger, environ, count * sizeof *larger);
  larger[count] = variable;
  environ = larger;
}

/* Tells children who we are. Swift's runtime has a constructor that looks for the program's
 * arguments below the environment, which it expects on the stack: no copy is made before the
 * libraries' constructors have run. (Where the runtime is in the program itself its constructor
 * comes later still: there the launcher leaves room for the variable.) */
static void tell_children(char *variable) {
  if (is_loaded) {
    add_to_environment(variable);
  } else {
    variable_to_add = variable;
  }
}

static void say_why_not(const char *reason, bool path_may_help) {
  char line[MT_PATH_BYTES + 256];
  struct mt_text text = mt_text_over(line, sizeof line);
  mt_text_add(&text, "memtrace: cannot record to ");
  mt_text_add(&text, mt_trace_file.path[0] != '\0' ? mt_trace_file.path : mt_options.output);
  mt_text_add(&text, ": ");
  mt_text_add(&text, reason);
  mt_text_add(&text, "; the program runs untraced");
  if (path_may_help) {
    mt_text_add(&text, " (set MEMTRACE_OUTPUT to a path it can write)");
  }
  mt_text_add(&text, "\n");
  mt_sys_write(STDERR_FILENO, line, text.length);
}

/* The one place that is told the exit code. It is registered before the C library registers the
 * libraries' destructors, and exit handlers run in the reverse order: this is after all of them. */
static void finish_at_exit(int status, void *unused) {
  (void)unused;
  mt_recorder_finish(MT_END_EXIT, status);
}

/* The C library's, where it has them: a program of another one (musl) is left alone. */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                             void *module) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));
extern const char *gnu_get_libc_version(void) __attribute__((weak));
#pragma weak on_exit

/* A process that is not to be traced hands the run on to those that are. (Why a run cannot begin at
 * all, the start of recording will say.) */
static bool is_wanted(void) {
  struct mt_session *session = &mt_process.session;
  if (mt_options.follow && mt_options.only[0] == '\0') return true;
  if (mt_session_begin(session) != NULL || mt_session_is_wanted(session)) return true;
  if (session->image == MT_IMAGE_START) tell_children(session->variable);
  return false;
}

void mt_make_way(void) {
  mt_options_read(mt_first_environment());
  if (strcmp(mt_options.session, "off") != 0) say_why_not(mt_other_tool(), false);
  mt_start_without_us();
}

static void start(void) {
  static char no_session[] = "MEMTRACE_SESSION=off";
  if (gnu_get_libc_version == NULL) return;
  mt_options_read(environ);
  const char *tool = mt_other_tool();
  if (tool != NULL && mt_other_tool_minds()) {
    mt_make_way();
    tell_children(no_session);
    return;
  }
  if (strcmp(mt_options.session, "off") == 0) return;
  if (!is_wanted()) return;
  bool preceded;
  const char *allocator = mt_next_module(&preceded);
  mt_live_heap.is_counted = mt_options.count_heap && !preceded && mt_heap_counting_is_possible();
  const char *reason = tool != NULL ? tool : mt_recorder_start(allocator, preceded);
  if (reason != NULL) {
    say_why_not(reason, tool == NULL);
    tell_children(no_session); /* its children need not say it again */
    return;
  }
  mt_entry_points_install();
  if (mt_live_heap.is_counted) mt_heap_counting_install();
  mt_untraced_prepare();
  if (mt_process.session.image == MT_IMAGE_START) tell_children(mt_process.session.variable);
  __register_atfork(NULL, mt_recorder_has_forked, mt_recorder_forked, __dso_handle);
  mt_signals_install();
  finishes_at_exit = on_exit(finish_at_exit, NULL) == 0;
}

bool mt_ready_slow(void) {
  if (mt_stage == MT_STAGE_NONE) {
    if (!mt_next_find()) return false;
    mt_stage = MT_STAGE_FOUND;
  }
  /* libc's own constructor sets environ: before that, it is not up to what a start needs. */
  if (mt_stage == MT_STAGE_FOUND && environ != NULL) {
    mt_stage = MT_STAGE_STARTED;
    start();
  }
  return true;
}

__attribute__((constructor(101))) static void on_load(void) {
  is_loaded = true;
  mt_next_functions_find();
  if (variable_to_add != NULL) add_to_environment(variable_to_add);
  mt_ready();
}

__attribute__((destructor(101))) static void on_unload(void) {
  if (!finishes_at_exit) mt_recorder_finish(MT_END_UNKNOWN, 0);
}
