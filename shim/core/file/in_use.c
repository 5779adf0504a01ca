/* in_use.c: see in_use.h. */
#include "file/in_use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
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

bool mt_trace_is_over(const char *path) {
  struct mt_file_header header;
  int fd = open_trace(path, &header);
  if (fd < 0) return false;
  bool locked = is_locked(fd);
  mt_sys_close(fd);
  if (locked) return false;
  return header.closed != 0 || mt_syscall(SYS_kill, header.pid, 0, 0, 0, 0, 0) == -ESRCH;
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

void mt_trace_remove(const char *path) { mt_sys_unlink(path); }
