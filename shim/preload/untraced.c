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
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "process/untraced.h"
#include "recorder.h"

#define EXPORT __attribute__((visibility("default")))
#define FILE_BYTES 1024u

static struct {
  __typeof__(&posix_spawn) posix_spawn;
  __typeof__(&posix_spawnp) posix_spawnp;
} next;

void mt_untraced_prepare(void) {
  *(void **)&next.posix_spawn = dlsym(RTLD_NEXT, "posix_spawn");
  *(void **)&next.posix_spawnp = dlsym(RTLD_NEXT, "posix_spawnp");
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

/* Why `file` will not be recorded, 0 if it will; its path in `path`. */
static uint32_t judge(const char **path, const char *file, bool searches, struct mt_text *found,
                      char *const environment[]) {
  *path = file;
  if (file == NULL || !is_of_interest()) return 0;
  if (searches && strchr(file, '/') == NULL) {
    if (!find_in_path(file, found)) return 0;
    *path = found->bytes;
  }
  return mt_untraced_reason(*path, environment);
}

bool mt_untraced_exec(const char *file, bool searches, char *const environment[]) {
  char buffer[FILE_BYTES];
  struct mt_text found = mt_text_over(buffer, sizeof buffer);
  const char *path;
  uint32_t reason = judge(&path, file, searches, &found, environment);
  if (reason != 0) mt_recorder_note_untraced(mt_sys_pid(), path, reason);
  return reason != 0;
}

/* After the child began: it cannot fail any more. */
static void note_child(pid_t child, const char *file, bool searches, char *const environment[]) {
  char buffer[FILE_BYTES];
  struct mt_text found = mt_text_over(buffer, sizeof buffer);
  const char *path;
  uint32_t reason = judge(&path, file, searches, &found, environment);
  if (reason != 0) mt_recorder_note_untraced(child, path, reason);
}

EXPORT int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[],
                       char *const environment[]) {
  if (next.posix_spawn == NULL) *(void **)&next.posix_spawn = dlsym(RTLD_NEXT, "posix_spawn");
  pid_t own;
  if (child == NULL) child = &own;
  int result = next.posix_spawn(child, path, actions, attributes, argv, environment);
  if (result == 0) note_child(*child, path, false, environment);
  return result;
}

EXPORT int posix_spawnp(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[],
                        char *const environment[]) {
  if (next.posix_spawnp == NULL) *(void **)&next.posix_spawnp = dlsym(RTLD_NEXT, "posix_spawnp");
  pid_t own;
  if (child == NULL) child = &own;
  int result = next.posix_spawnp(child, file, actions, attributes, argv, environment);
  if (result == 0) note_child(*child, file, true, environment);
  return result;
}
