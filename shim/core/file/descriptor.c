/* descriptor.c: see descriptor.h. */
#include "file/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/sys.h"
#include "base/text.h"

/* The kernel's table of descriptors grows to the highest number in use. */
#define HIGH_NUMBERS_END 1024u
#define HIGH_NUMBERS 32u

struct mt_file_identity mt_descriptor_identity(int fd) {
  struct stat status;
  if (fd < 0 || mt_sys_stat(fd, &status) != 0) return (struct mt_file_identity){0, 0};
  return (struct mt_file_identity){status.st_dev, status.st_ino};
}

bool mt_descriptor_is(int fd, const struct mt_file_identity *identity) {
  struct mt_file_identity found = mt_descriptor_identity(fd);
  return found.inode != 0 && found.device == identity->device && found.inode == identity->inode;
}

static uint64_t limit_of(int resource) {
  struct rlimit limit;
  if (mt_syscall(SYS_prlimit64, 0, resource, NULL, &limit, 0, 0) != 0) return UINT64_MAX;
  return limit.rlim_cur;
}

int mt_descriptor_move_up(int fd) {
  uint64_t end = limit_of(RLIMIT_NOFILE);
  if (end > HIGH_NUMBERS_END) end = HIGH_NUMBERS_END;
  uint64_t first = end > HIGH_NUMBERS ? end - HIGH_NUMBERS : end / 2;
  long moved = mt_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first, 0, 0, 0);
  if (moved < 0) return fd;
  mt_sys_close(fd);
  return (int)moved;
}

static int open_if_same(const struct mt_file_identity *identity, const char *path, int flags) {
  int fd = (int)mt_sys_open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | flags, 0);
  if (fd < 0) return fd;
  if (mt_descriptor_is(fd, identity)) return mt_descriptor_move_up(fd);
  mt_sys_close(fd);
  return -ENOENT;
}

int mt_descriptor_open(const struct mt_file_identity *identity, const char *path, int tid, int fd) {
  int opened = open_if_same(identity, path, O_NOFOLLOW);
  if (opened >= 0 || tid == 0) return opened;
  char link[64];
  struct mt_text text = mt_text_over(link, sizeof link);
  mt_text_add(&text, "/proc/self/task/");
  mt_text_add_number(&text, (uint64_t)tid);
  mt_text_add(&text, "/fd/");
  mt_text_add_number(&text, (uint64_t)fd);
  return open_if_same(identity, link, 0);
}

bool mt_descriptor_beyond_limit(uint64_t bytes) { return bytes > limit_of(RLIMIT_FSIZE); }
