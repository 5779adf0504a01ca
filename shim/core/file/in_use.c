/* in_use.c: see in_use.h. */
#include "file/in_use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "process/options.h"
#include "process/session.h"
#include "trace_format.h"

static long lock_operation(int fd, int operation, struct flock *lock) {
  memset(lock, 0, sizeof *lock); /* the whole file */
  lock->l_type = F_WRLCK;
  return mt_syscall(SYS_fcntl, fd, operation, lock, 0, 0, 0);
}

bool mt_lock_file(int fd) {
  struct flock lock;
  return lock_operation(fd, F_OFD_SETLK, &lock) == 0;
}

enum lock { LOCK_NONE, LOCK_HELD, LOCK_UNKNOWN /* the file system, or a filter, says nothing */ };

static enum lock lock_of(int fd) {
  struct flock lock;
  if (lock_operation(fd, F_OFD_GETLK, &lock) != 0) return LOCK_UNKNOWN;
  return lock.l_type == F_UNLCK ? LOCK_NONE : LOCK_HELD;
}

/* MARK: Which process */

/* The inode of one of the caller's namespaces; 0 if it is not known. */
static uint64_t namespace_of(const char *path) {
  struct stat status;
  return mt_sys_stat_path(path, &status) == 0 ? status.st_ino : 0;
}

/* The kernel's number of this boot, from its text in hexadecimal digits and dashes. */
static void read_boot_id(uint8_t *id) {
  char text[64];
  int fd = (int)mt_sys_open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0);
  long length = fd < 0 ? 0 : mt_sys_read(fd, text, sizeof text);
  if (fd >= 0) mt_sys_close(fd);
  unsigned digits = 0;
  for (long i = 0; i < length && digits < 2 * MT_BOOT_ID_BYTES; i++) {
    char digit = text[i];
    unsigned value =
        digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a' + 10) : (unsigned)(digit - '0');
    if (value > 15) continue;
    id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | value);
    digits++;
  }
}

void mt_in_use_say_where(struct mt_file_header *header) {
  static uint8_t boot_id[MT_BOOT_ID_BYTES]; /* a child of a fork is of its parent's boot */
  static const uint8_t none[MT_BOOT_ID_BYTES];
  if (memcmp(boot_id, none, sizeof none) == 0) read_boot_id(boot_id);
  memcpy(header->boot_id, boot_id, sizeof boot_id);
  header->pid_namespace = namespace_of("/proc/self/ns/pid");
  header->time_namespace = namespace_of("/proc/self/ns/time");
}

/* Of another boot nothing can be asked: it may be another machine's, and run. */
static bool is_same_boot(const struct mt_file_header *here, const struct mt_file_header *header) {
  static const uint8_t unknown[MT_BOOT_ID_BYTES];
  return memcmp(here->boot_id, unknown, sizeof unknown) != 0 &&
         memcmp(here->boot_id, header->boot_id, sizeof unknown) == 0;
}

/* True if it is sure that the process of a trace of this boot is no more. */
static bool process_is_gone(const struct mt_file_header *here,
                            const struct mt_file_header *header) {
  if (here->pid_namespace == 0 || here->pid_namespace != header->pid_namespace) return false;
  if (mt_syscall(SYS_kill, header->pid, 0, 0, 0, 0, 0) == -ESRCH) return true;
  if (here->time_namespace != header->time_namespace) return false;
  uint64_t start = mt_session_start_of((int)header->pid);
  return start != 0 && header->process_start_ticks != 0 && start != header->process_start_ticks;
}

/* MARK: Traces */

/* Opens the file at `path` and reads its header. A descriptor; -1 if it is no trace. */
static int open_trace(const char *path, struct mt_file_header *header) {
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return -1;
  memset(header, 0, sizeof *header);
  long length = mt_sys_read_at(fd, header, sizeof *header, 0);
  if (length >= 0 && memcmp(header->magic, MT_FILE_MAGIC, sizeof header->magic) == 0) return fd;
  mt_sys_close(fd);
  return -1;
}

/* The path of the live file that a trace names; false if it names none. */
static bool live_path(char *live, const char *path, const struct mt_file_header *header) {
  const char *name = header->live_name;
  if ((header->flags & MT_FILE_LIVE_BESIDE) == 0 || name[0] != '.' ||
      memchr(name, '\0', sizeof header->live_name) == NULL || strchr(name, '/') != NULL) {
    return false;
  }
  const char *slash = strrchr(path, '/');
  struct mt_text text = mt_text_over(live, MT_PATH_BYTES);
  mt_text_add_bytes(&text, path, slash != NULL ? (size_t)(slash + 1 - path) : 0);
  mt_text_add(&text, name);
  return !text.cut;
}

/* Opens the live file of a trace to look at it, and reads its header: a descriptor; -EWOULDBLOCK if
 * its recorder has it under a lease; -ENOENT if there is none of this trace. */
static int open_live(char *live, const char *path, const struct mt_file_header *header,
                     struct mt_live_header *found) {
  if (!live_path(live, path, header)) return -ENOENT;
  int fd = (int)mt_sys_open(live, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return fd == -EWOULDBLOCK ? fd : -ENOENT;
  if (mt_sys_read_at(fd, found, sizeof *found, 0) == (long)sizeof *found &&
      memcmp(found->nonce, header->nonce, sizeof found->nonce) == 0) {
    return fd;
  }
  mt_sys_close(fd);
  return -ENOENT;
}

/* What the live file says of its program, which may have closed the trace's descriptor and still
 * have that file mapped, and with it its lock. */
static enum lock lock_of_live(const char *path, const struct mt_file_header *header) {
  char live[MT_PATH_BYTES];
  struct mt_live_header found;
  int fd = open_live(live, path, header, &found);
  if (fd < 0) return fd == -EWOULDBLOCK ? LOCK_HELD : LOCK_UNKNOWN;
  enum lock lock = lock_of(fd);
  mt_sys_close(fd);
  if (lock != LOCK_NONE || found.is_locked) return lock;
  return LOCK_UNKNOWN; /* its recorder got none */
}

/* Whether a program that has ended left its live region in the trace, where it was put since. */
static bool has_region_inside(const struct mt_file_header *header) {
  return header->version_major >= 2 && (header->flags & MT_FILE_LIVE_BESIDE) == 0 &&
         header->live_bytes != 0;
}

bool mt_trace_is_over(const char *path) {
  struct mt_file_header header, here;
  int fd = open_trace(path, &header);
  if (fd < 0) return false;
  enum lock lock = lock_of(fd);
  mt_sys_close(fd);
  if (lock == LOCK_HELD) return false;
  if (header.closed != 0 || has_region_inside(&header)) return true;
  lock = lock_of_live(path, &header);
  memset(&here, 0, sizeof here);
  mt_in_use_say_where(&here);
  if (lock == LOCK_HELD || !is_same_boot(&here, &header)) return false;
  return lock == LOCK_NONE || process_is_gone(&here, &header);
}

bool mt_trace_is_of(const char *path, int pid, uint64_t start_ticks, char *program) {
  struct mt_file_header header;
  int fd = open_trace(path, &header);
  if (fd < 0) return false;
  mt_sys_close(fd);
  memcpy(program, header.program, sizeof header.program);
  program[sizeof header.program - 1] = '\0';
  return header.pid == (uint32_t)pid && header.process_start_ticks == start_ticks;
}

void mt_trace_remove(const char *path) {
  struct mt_file_header header;
  struct mt_live_header found;
  char live[MT_PATH_BYTES];
  int fd = open_trace(path, &header);
  int live_fd = fd < 0 ? -ENOENT : open_live(live, path, &header, &found);
  if (live_fd >= 0) mt_sys_unlink(live);
  if (live_fd >= 0) mt_sys_close(live_fd);
  if (fd >= 0) mt_sys_close(fd);
  mt_sys_unlink(path);
}
