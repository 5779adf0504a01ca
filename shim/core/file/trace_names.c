/*
 * trace_names.c: see trace_names.h.
 *
 * Any number of processes may do this in one folder at once, in several pid namespaces. Names are
 * therefore only ever created where none was (O_EXCL, RENAME_NOREPLACE, link), and a file that is
 * to be deleted is first moved to a name that nobody else can guess, and judged there: what was
 * seen under a name may have been replaced a moment later.
 */
#include "file/trace_names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "file/in_use.h"

#define ATTEMPTS_MAX 10000u
#define KEPT_SECONDS 60

/* The path of a process that does not own the run's main path. `attempt` tells images of one
 * process with one program name apart. False if it is too long. */
static bool child_path(char *path, const struct mt_session *session, const char *program,
                       unsigned attempt) {
  char plain[MT_PATH_BYTES];
  struct mt_text base = mt_text_over(plain, sizeof plain);
  bool names_process = mt_session_expand(&base, session->pattern, program, session->pid);
  char insert[MT_PROGRAM_NAME_BYTES + 32];
  struct mt_text tag = mt_text_over(insert, sizeof insert);
  if (!names_process) {
    mt_text_add(&tag, program);
    mt_text_add(&tag, ".");
    mt_text_add_number(&tag, (uint64_t)session->pid);
  }
  if (attempt > 0) {
    if (tag.length > 0) mt_text_add(&tag, ".");
    mt_text_add_number(&tag, attempt + 1);
  }
  struct mt_text result = mt_text_over(path, MT_PATH_BYTES);
  if (tag.length > 0) {
    mt_text_add_before_extension(&result, plain, insert);
  } else {
    mt_text_add(&result, plain);
  }
  return !base.cut && !result.cut;
}

/* The path that an earlier file at `path` is kept under: trace.old.bin, or trace.old.2.bin … */
static bool old_path(char *old, const char *path, unsigned attempt) {
  char insert[32];
  struct mt_text tag = mt_text_over(insert, sizeof insert);
  mt_text_add(&tag, "old");
  if (attempt > 0) {
    mt_text_add(&tag, ".");
    mt_text_add_number(&tag, attempt + 1);
  }
  struct mt_text text = mt_text_over(old, MT_PATH_BYTES);
  mt_text_add_before_extension(&text, path, insert);
  return !text.cut;
}

/* A name beside `path` that nobody else uses or expects. */
static bool private_path(char *name, const char *path) {
  struct mt_text text = mt_text_over(name, MT_PATH_BYTES);
  const char *slash = strrchr(path, '/');
  mt_text_add_bytes(&text, path, slash != NULL ? (size_t)(slash + 1 - path) : 0);
  mt_text_add(&text, ".memtrace-");
  uint64_t number;
  mt_sys_random(&number, sizeof number);
  mt_text_add_hex(&text, number, 16);
  return !text.cut;
}

static bool same_file(const char *one, const char *other) {
  struct stat first, second;
  return mt_sys_stat_link(one, &first) == 0 && mt_sys_stat_link(other, &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static int move_anywhere_old(const char *from, const char *path);

/*
 * Moves a file to a name that is free: 0, -EEXIST if it is not, or another -errno. File systems
 * that cannot rename without replacing (NFS, some of FUSE) give the file its second name first; its
 * first one may be another process's new file by then, which gets its name back.
 */
static int move(const char *from, const char *to) {
  long result = mt_sys_rename_to_free(from, to);
  if (result != -EINVAL && result != -ENOSYS) return (int)result;
  result = mt_sys_link(from, to);
  if (result == -EPERM || result == -EOPNOTSUPP) { /* no second names here, either */
    struct stat status;
    return mt_sys_stat_link(to, &status) == 0 ? -EEXIST : (int)mt_sys_rename(from, to);
  }
  if (result != 0) return (int)result;
  char taken[MT_PATH_BYTES];
  if (!private_path(taken, from)) return -ENAMETOOLONG;
  if (mt_sys_rename(from, taken) != 0) return 0; /* somebody else has moved it on */
  if (same_file(taken, to)) return (int)mt_sys_unlink(taken);
  return move_anywhere_old(taken, from);
}

/* Gives what stands under a private name the name `path`, or else the next free old one of it. */
static int move_anywhere_old(const char *from, const char *path) {
  long result = mt_sys_link(from, path);
  char old[MT_PATH_BYTES];
  for (unsigned attempt = 0; result == -EEXIST && attempt < ATTEMPTS_MAX; attempt++) {
    if (!old_path(old, path, attempt)) return -ENAMETOOLONG;
    result = mt_sys_link(from, old);
  }
  return result == 0 ? (int)mt_sys_unlink(from) : (int)result;
}

/* Whether nothing is lost when the file at `path` goes: it is this user's trace of a program that
 * has ended, and was not written to for a while. (Of programs that start together some end before
 * others have begun.) */
static bool is_dispensable(const char *path) {
  struct stat status;
  if (mt_sys_stat_link(path, &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != mt_sys_user()) {
    return false;
  }
  int64_t now = (int64_t)(mt_sys_clock_ns(CLOCK_REALTIME) / 1000000000u);
  return now - status.st_mtim.tv_sec >= KEPT_SECONDS && mt_trace_is_over(path);
}

/* Frees the name of an old trace that nobody needs. False if it is needed. */
static bool clear(const char *path) {
  char taken[MT_PATH_BYTES];
  if (!is_dispensable(path) || !private_path(taken, path)) return false;
  if (mt_sys_rename(path, taken) != 0) return true; /* another process was first */
  if (is_dispensable(taken)) {
    mt_trace_remove(taken);
    return true;
  }
  if (mt_sys_rename_to_free(taken, path) != 0) move_anywhere_old(taken, path);
  return false;
}

/* Why a file in the way is left alone, or NULL. */
static const char *refusal(const struct stat *status) {
  if (S_ISLNK(status->st_mode)) return "it is a symbolic link";
  if (S_ISDIR(status->st_mode)) return "it is a directory";
  if (!S_ISREG(status->st_mode)) return "it is not a regular file";
  if (status->st_uid != mt_sys_user()) return "it belongs to another user";
  return NULL;
}

/* What is in the way at the main path makes way; see trace_names.h. 0 (try again) or -errno. */
static int move_aside(const struct mt_session *session, const char *path, const char **why) {
  struct stat status;
  long result = mt_sys_stat_link(path, &status);
  if (result < 0) return result == -ENOENT ? 0 : (int)result;
  *why = refusal(&status);
  if (*why != NULL) return -EEXIST;

  char program[MT_PROGRAM_NAME_BYTES];
  bool own = mt_trace_is_of(path, session->pid, session->start_ticks, program);
  char target[MT_PATH_BYTES];
  for (unsigned attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    bool fits =
        own ? child_path(target, session, program, attempt) : old_path(target, path, attempt);
    if (!fits) return -ENAMETOOLONG;
    result = move(path, target);
    if (result == -EEXIST && !own && clear(target)) result = move(path, target);
    if (result == 0 || result == -ENOENT) return 0;
    if (result != -EEXIST) return (int)result;
  }
  return -EEXIST;
}

static int create(const char *path) {
  int fd = (int)mt_sys_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat status;
  if (fd >= 0 && mt_sys_stat(fd, &status) == 0 && (status.st_mode & 0777) != 0600) {
    mt_syscall(SYS_fchmod, fd, 0600, 0, 0, 0, 0); /* the umask took more than it need */
  }
  return fd;
}

/* The name of a process that does not own the main path. */
static int take_beside(const struct mt_session *session, char *path) {
  int fd = -EEXIST;
  for (unsigned attempt = 0; fd == -EEXIST && attempt < ATTEMPTS_MAX; attempt++) {
    if (!child_path(path, session, session->program, attempt)) return -ENAMETOOLONG;
    fd = create(path);
  }
  return fd;
}

int mt_trace_name_take(const struct mt_session *session, char *path, const char **why) {
  *why = NULL;
  if (!mt_session_is_first(session)) return take_beside(session, path);
  struct mt_text text = mt_text_over(path, MT_PATH_BYTES);
  mt_session_expand(&text, session->pattern, session->program, session->pid);
  if (text.cut) return -ENAMETOOLONG;
  int fd = -EEXIST;
  for (unsigned attempt = 0; fd == -EEXIST && attempt < ATTEMPTS_MAX; attempt++) {
    fd = create(path);
    if (fd != -EEXIST) break;
    int moved = move_aside(session, path, why);
    if (moved == 0) continue;
    if (*why == NULL || session->image != MT_IMAGE_EXEC) return moved;
    /* It may be of this process as it was when it was another user. */
    *why = NULL;
    return take_beside(session, path);
  }
  return fd;
}
