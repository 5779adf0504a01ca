/* rights.c: see rights.h. The C library's own functions; system.c has those that go by number. */
#include "rights.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/readable.h"
#include "base/sys.h"
#include "next_functions.h"
#include "process/filter.h"
#include "process/options.h"
#include "process/process.h"
#include "rings/inline_turn.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int setuid(uid_t user) { return MT_GIVING_UP(MT_NEXT(setuid)(user)); }
EXPORT int seteuid(uid_t user) { return MT_GIVING_UP(MT_NEXT(seteuid)(user)); }
EXPORT int setreuid(uid_t user, uid_t effective) {
  return MT_GIVING_UP(MT_NEXT(setreuid)(user, effective));
}
EXPORT int setresuid(uid_t user, uid_t effective, uid_t saved) {
  return MT_GIVING_UP(MT_NEXT(setresuid)(user, effective, saved));
}
EXPORT int setfsuid(uid_t user) { return MT_GIVING_UP(MT_NEXT(setfsuid)(user)); }

EXPORT int setgid(gid_t group) { return MT_GIVING_UP(MT_NEXT(setgid)(group)); }
EXPORT int setegid(gid_t group) { return MT_GIVING_UP(MT_NEXT(setegid)(group)); }
EXPORT int setregid(gid_t group, gid_t effective) {
  return MT_GIVING_UP(MT_NEXT(setregid)(group, effective));
}
EXPORT int setresgid(gid_t group, gid_t effective, gid_t saved) {
  return MT_GIVING_UP(MT_NEXT(setresgid)(group, effective, saved));
}
EXPORT int setfsgid(gid_t group) { return MT_GIVING_UP(MT_NEXT(setfsgid)(group)); }

EXPORT int setgroups(size_t count, const gid_t *groups) {
  return MT_GIVING_UP(MT_NEXT(setgroups)(count, groups));
}
EXPORT int initgroups(const char *user, gid_t group) {
  return MT_GIVING_UP(MT_NEXT(initgroups)(user, group));
}

EXPORT int capset(cap_user_header_t header, const cap_user_data_t data);
EXPORT int capset(cap_user_header_t header, const cap_user_data_t data) {
  return MT_GIVING_UP(MT_NEXT(capset)(header, data));
}

EXPORT int chroot(const char *path) { return MT_LEAVING(MT_NEXT(chroot)(path)); }

/* ---- Filters ---- */

static enum mt_filter_verdict judge(const struct sock_fprog *program) {
  if (program == NULL) return MT_FILTER_DEADLY; /* the strict mode */
  uint64_t address = (uint64_t)(uintptr_t)program;
  if (!mt_readable_now(address, sizeof *program)) return MT_FILTER_HARMLESS; /* will be refused */
  uint64_t bytes = program->len * sizeof program->filter[0];
  if (bytes == 0 || program->len > BPF_MAXINSNS ||
      !mt_readable_now((uint64_t)(uintptr_t)program->filter, bytes)) {
    return MT_FILTER_HARMLESS;
  }
  return mt_filter_judge(program);
}

/* Sets a variable to something that is no longer than its value. */
static void change_variable(const char *name, const char *value) {
  size_t length = strlen(name), bytes = strlen(value);
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
    if (strncmp(*entry, name, length) == 0 && strlen(*entry) >= length + bytes)
      memcpy(*entry + length, value, bytes + 1);
  }
}

/* Images that the program becomes under the filter, and its children, are left alone. */
static void hide_from_images(void) { change_variable("MEMTRACE_SESSION=", "off"); }

/* The task's sockets are not for a program whose filter minds them: from here on it uses none, and
 * neither do images that the program becomes. */
static void stop_talking(void) {
  change_variable("MEMTRACE_CONTROL=", "");
  change_variable("MEMTRACE_NOTIFY=", "");
  if (mt_options.control[0] != '\0' || mt_options.notify[0] != '\0') mt_writer_conform();
}

/* Is the writer's task the only thread beside the calling one? */
static bool is_alone_with_task(void) {
  struct stat tasks;
  return mt_sys_stat_path("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 2 + 2;
}

/*
 * A single thread's filter is the task's, too, as if the program had asked for it on all threads.
 * (It must be the same one: a filter of the task's own would keep the program from asking for that
 * later.) Where there are more threads, a new task inherits it.
 */
static long filter_with_task(const struct sock_fprog *program, unsigned flags,
                             long (*make)(const long *), const long *data, bool may_start_task) {
  if ((flags & SECCOMP_FILTER_FLAG_TSYNC) != 0 || mt_inline_is_on()) return make(data);
  if (!mt_filter_forbids(MT_FORBIDS_JOINING) && is_alone_with_task()) {
    long result = mt_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                             flags | SECCOMP_FILTER_FLAG_TSYNC, program, 0, 0, 0);
    if (result == 0) return 0;
  }
  if (mt_sys_tid() != mt_process.pid) return make(data); /* one thread's; the program has others */
  int before = errno;
  bool ended = mt_writer_end_task();
  errno = before;
  long result = make(data);
  int after = errno;
  if (ended && (may_start_task || result != 0)) {
    mt_writer_restart_task();
  } else if (ended) {
    mt_writer_stay_inline();
  }
  errno = after;
  return result;
}

long mt_rights_filter(const struct sock_fprog *program, unsigned flags, long (*make)(const long *),
                      const long *data) {
  if (!mt_recorder_is_ours()) return make(data);
  int before = errno;
  enum mt_filter_verdict verdict = judge(program);
  if (mt_filter_forbids(MT_FORBIDS_TALKING)) stop_talking();
  errno = before;
  if (verdict != MT_FILTER_DEADLY)
    return filter_with_task(program, flags, make, data, verdict == MT_FILTER_HARMLESS);
  mt_writer_be_quiet();
  errno = before;
  long result = make(data);
  int after = errno;
  if (result == 0) {
    hide_from_images();
  } else {
    mt_writer_speak_again();
  }
  errno = after;
  return result;
}

static long make_prctl(const long *data) {
  return MT_NEXT(prctl)((int)data[0], data[1], data[2], data[3], data[4]);
}

EXPORT int prctl(int option, ...) {
  va_list rest; /* whatever stands there, where the option takes less */
  va_start(rest, option);
  long data[5] = {option};
  for (int i = 1; i < 5; i++) data[i] = va_arg(rest, long);
  va_end(rest);
  mt_rights_before_prctl(option, data[1]);
  switch (option) {
    case PR_SET_SECCOMP: {
      bool is_strict = data[1] == SECCOMP_MODE_STRICT;
      const struct sock_fprog *program = is_strict ? NULL : (const struct sock_fprog *)data[2];
      return (int)mt_rights_filter(program, 0, make_prctl, data);
    }
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAPBSET_DROP:
    case PR_CAP_AMBIENT:
      return MT_GIVING_UP((int)make_prctl(data));
    case PR_SET_SECUREBITS: /* which no status file shows */
      return MT_LEAVING((int)make_prctl(data));
    default:
      return (int)make_prctl(data);
  }
}
