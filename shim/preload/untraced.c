/*
 * untraced.c: see untraced.h. Here, too, are the calls by which a child begins as another program
 * without passing through an exec that could be seen.
 */
#include "untraced.h"

#include <dlfcn.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "next_functions.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "process/untraced.h"
#include "recorder.h"

#define EXPORT __attribute__((visibility("default")))
#define FILE_BYTES 1024u

void mt_untraced_prepare(void) {
  Dl_info own;
  if (dladdr((const void *)(uintptr_t)mt_untraced_prepare, &own) == 0 || own.dli_fname == NULL)
    return;
  const char *slash = strrchr(own.dli_fname, '/');
  mt_untraced_begin(environ, slash != NULL ? slash + 1 : own.dli_fname);
}

/* The programs that nobody asked to be traced are not missed. */
static bool is_of_interest(void) {
  return mt_process.started && !mt_sys_is_forbidden() && !mt_state_is_off() && mt_options.follow &&
         mt_options.only[0] == '\0';
}

static bool is_executable(const char *path) {
  struct stat file;
  return mt_sys_stat_path(path, &file) == 0 && S_ISREG(file.st_mode) &&
         (file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* The first executable of this name in PATH, in `path`; false if there is none. */
static bool find_in_path(const char *name, struct mt_text *path) {
  const char *folders = mt_environment_value(environ, "PATH");
  if (folders == NULL) folders = "/bin:/usr/bin";
  for (const char *folder = folders; folder != NULL;) {
    const char *end = strchr(folder, ':');
    *path = mt_text_over(path->bytes, path->capacity);
    mt_text_add_bytes(path, folder, end != NULL ? (size_t)(end - folder) : strlen(folder));
    if (path->length > 0) mt_text_add(path, "/");
    mt_text_add(path, name);
    if (!path->cut && is_executable(path->bytes)) return true;
    folder = end != NULL ? end + 1 : NULL;
  }
  return false;
}

/* Notes that process `pid` becomes `file`, if that will not be recorded. True: it was noted. */
static bool note(pid_t pid, const char *file, bool searches, char *const environment[]) {
  char buffer[FILE_BYTES];
  struct mt_text found = mt_text_over(buffer, sizeof buffer);
  const char *path = file;
  if (file == NULL || !is_of_interest()) return false;
  if (searches && strchr(file, '/') == NULL) {
    if (!find_in_path(file, &found)) return false;
    path = found.bytes;
  }
  uint32_t reason = mt_untraced_reason(path, environment);
  if (reason != 0) mt_recorder_note_untraced(pid, path, reason);
  return reason != 0;
}

bool mt_untraced_exec(const char *file, bool searches, char *const environment[]) {
  return note(mt_sys_pid(), file, searches, environment);
}

EXPORT int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[],
                       char *const environment[]) {
  pid_t own;
  if (child == NULL) child = &own;
  int result = MT_NEXT(posix_spawn)(child, path, actions, attributes, argv, environment);
  if (result == 0) note(*child, path, false, environment);
  return result;
}

EXPORT int posix_spawnp(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[],
                        char *const environment[]) {
  pid_t own;
  if (child == NULL) child = &own;
  int result = MT_NEXT(posix_spawnp)(child, file, actions, attributes, argv, environment);
  if (result == 0) note(*child, file, true, environment);
  return result;
}
