/* in_use.c: see in_use.h. */
#include "file/in_use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "process/options.h"
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

static bool is_locked(int fd) {
  struct flock lock;
  return lock_operation(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

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

/* Opens the live file of a trace to look at it: a descriptor; -EWOULDBLOCK if its recorder has it
 * under a lease; -ENOENT if there is none of this trace. */
static int open_live(char *live, const char *path, const struct mt_file_header *header) {
  if (!live_path(live, path, header)) return -ENOENT;
  int fd = (int)mt_sys_open(live, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return fd == -EWOULDBLOCK ? fd : -ENOENT;
  struct mt_live_header found;
  if (mt_sys_read_at(fd, &found, sizeof found, 0) == (long)sizeof found &&
      memcmp(found.nonce, header->nonce, sizeof found.nonce) == 0) {
    return fd;
  }
  mt_sys_close(fd);
  return -ENOENT;
}

/* A program that has closed the trace's descriptor may still have the live file mapped, and with it
 * that file's lock. */
static bool live_is_in_use(const char *path, const struct mt_file_header *header) {
  char live[MT_PATH_BYTES];
  int fd = open_live(live, path, header);
  if (fd < 0) return fd == -EWOULDBLOCK;
  bool locked = is_locked(fd);
  mt_sys_close(fd);
  return locked;
}

bool mt_trace_is_over(const char *path) {
  struct mt_file_header header;
  int fd = open_trace(path, &header);
  if (fd < 0) return false;
  bool locked = is_locked(fd);
  mt_sys_close(fd);
  if (locked) return false;
  if (header.closed != 0) return true;
  return !live_is_in_use(path, &header) &&
         mt_syscall(SYS_kill, header.pid, 0, 0, 0, 0, 0) == -ESRCH;
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
  char live[MT_PATH_BYTES];
  int fd = open_trace(path, &header);
  int live_fd = fd < 0 ? -ENOENT : open_live(live, path, &header);
  if (live_fd >= 0) mt_sys_unlink(live);
  if (live_fd >= 0) mt_sys_close(live_fd);
  if (fd >= 0) mt_sys_close(fd);
  mt_sys_unlink(path);
}
