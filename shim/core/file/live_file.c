/* live_file.c: see live_file.h. */
#include "file/live_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "file/in_use.h"

#define NAME_BYTES_MAX 255u
#define ZEROS_BYTES (UINT32_C(64) << 10)

struct mt_live_file mt_live_file = {.fd = -1};

static long control(int operation, uintptr_t argument) {
  return mt_syscall(SYS_fcntl, mt_live_file.fd, operation, argument, 0, 0, 0);
}

/* MARK: Its name and its descriptor */

/* .NAME.RANDOM.live, of which NAME is only for people: the trace's header says whose file it is, so
 * that a trace that is renamed in its folder keeps it. */
static bool choose_name(const char *trace_path, char *name) {
  const char *slash = strrchr(trace_path, '/');
  const char *base = slash != NULL ? slash + 1 : trace_path;
  uint32_t number;
  mt_sys_random(&number, sizeof number);
  struct mt_text suffix, text = mt_text_over(name, MT_LIVE_NAME_BYTES);
  char end[24];
  suffix = mt_text_over(end, sizeof end);
  mt_text_add(&suffix, ".");
  mt_text_add_hex(&suffix, number, 8);
  mt_text_add(&suffix, ".live");
  size_t length = strlen(base), room = NAME_BYTES_MAX - 1 - suffix.length;
  mt_text_add(&text, ".");
  mt_text_add_bytes(&text, base, length < room ? length : room);
  mt_text_add(&text, end);
  struct mt_text path = mt_text_over(mt_live_file.path, sizeof mt_live_file.path);
  mt_text_add_bytes(&path, trace_path, (size_t)(base - trace_path));
  mt_text_add(&path, name);
  return !path.cut;
}

static bool is_still_at_path(void) {
  struct stat status;
  return mt_sys_stat_link(mt_live_file.path, &status) == 0 &&
         status.st_dev == mt_live_file.identity.device &&
         status.st_ino == mt_live_file.identity.inode;
}

int mt_live_file_open_at(int folder, const char *name) {
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  int fd = (int)mt_syscall(SYS_openat, folder, name, O_RDWR | flags, 0, 0, 0);
  if (fd != -EACCES) return fd;
  int readable = (int)mt_syscall(SYS_openat, folder, name, O_RDONLY | flags, 0, 0, 0);
  if (readable < 0) return readable;
  mt_syscall(SYS_fchmod, readable, 0600, 0, 0, 0, 0);
  fd = (int)mt_syscall(SYS_openat, folder, name, O_RDWR | flags, 0, 0, 0);
  mt_syscall(SYS_fchmod, readable, 0400, 0, 0, 0, 0);
  mt_sys_close(readable);
  return fd;
}

int mt_live_file_open_again(bool is_shared) {
  struct mt_live_file *file = &mt_live_file;
  if (!is_still_at_path()) return -ENOENT;
  int fd = mt_live_file_open_at(-100 /* AT_FDCWD */, file->path);
  if (fd < 0) return fd;
  if (!mt_descriptor_is(fd, &file->identity)) {
    mt_sys_close(fd);
    return -ENOENT;
  }
  file->fd = is_shared ? mt_descriptor_move_up(fd) : fd;
  file->is_shared = is_shared;
  file->is_leased = file->is_exposed = false;
  return 0;
}

void mt_live_file_lock(void) { mt_live_file.is_locked = mt_lock_file(mt_live_file.fd); }

int mt_live_file_descriptor(uint64_t end) {
  struct mt_live_file *file = &mt_live_file;
  if (!file->is_shared) return file->fd >= 0 ? file->fd : -EBADF;
  if (!mt_descriptor_is(file->fd, &file->identity)) {
    int error = mt_live_file_open_again(true);
    if (error != 0) return error;
  }
  return mt_descriptor_beyond_limit(end) ? -EFBIG : file->fd;
}

static bool has_descriptor(void) {
  const struct mt_live_file *file = &mt_live_file;
  return file->fd >= 0 && (!file->is_shared || mt_descriptor_is(file->fd, &file->identity));
}

void mt_live_file_close(void) {
  mt_live_file_end_lease();
  if (has_descriptor()) mt_sys_close(mt_live_file.fd);
  mt_live_file.fd = -1;
  mt_live_file.is_exposed = false;
}

void mt_live_file_hand_over(void) {
  mt_live_file_end_lease();
  mt_live_file.fd = -1;
  mt_live_file.is_shared = true;
}

void mt_live_file_forget(void) {
  struct mt_live_file *file = &mt_live_file;
  if (file->is_shared && has_descriptor()) mt_sys_close(file->fd);
  file->fd = -1;
  file->is_shared = false;
  file->is_leased = file->is_exposed = false;
  file->path[0] = '\0';
}

/* MARK: Its blocks */

/* btrfs writes to a new place each time, for which there may be no room, unless it is told not to;
 * an empty file can be. Elsewhere this is refused, and a child's file is in its parent's folder. */
static void keep_blocks_in_place(int fd) {
  static bool is_refused;
  long flags = 0;
  if (is_refused || mt_syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags, 0, 0, 0) != 0) return;
  flags |= FS_NOCOW_FL;
  is_refused = mt_syscall(SYS_ioctl, fd, FS_IOC_SETFLAGS, &flags, 0, 0, 0) != 0;
}

int mt_live_file_create(const char *trace_path, char *name, bool is_shared) {
  struct mt_live_file *file = &mt_live_file;
  int fd = -EEXIST;
  for (unsigned attempt = 0; fd == -EEXIST && attempt < 16; attempt++) {
    if (!choose_name(trace_path, name)) return -ENAMETOOLONG;
    fd = (int)mt_sys_open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
  }
  if (fd < 0) return fd;
  keep_blocks_in_place(fd);
  file->identity = mt_descriptor_identity(fd);
  file->fd = is_shared ? mt_descriptor_move_up(fd) : fd;
  file->is_shared = is_shared;
  file->is_leased = file->is_exposed = false;
  mt_live_file_lock();
  return 0;
}

static long write_zeros(int fd, uint64_t offset, uint64_t bytes) {
  static const char zeros[ZEROS_BYTES];
  while (bytes > 0) {
    size_t count = bytes < sizeof zeros ? bytes : sizeof zeros;
    long written = mt_sys_write_at(fd, zeros, count, offset);
    if (written == -EINTR) continue;
    if (written <= 0) return written == 0 ? -EIO : written;
    offset += (uint64_t)written;
    bytes -= (uint64_t)written;
  }
  return 0;
}

long mt_live_file_reserve(uint64_t offset, uint64_t bytes) {
  int fd = mt_live_file_descriptor(offset + bytes);
  if (fd < 0) return fd;
  long result = mt_sys_fallocate(fd, 0, offset, bytes);
  /* A longer file alone would be holes, for which a full disk has no page. */
  if (result == -EOPNOTSUPP || result == -ENOSYS) result = write_zeros(fd, offset, bytes);
  return result;
}

bool mt_live_file_is_starved(void) {
  struct statfs status;
  return has_descriptor() && mt_syscall(SYS_fstatfs, mt_live_file.fd, &status, 0, 0, 0, 0) == 0 &&
         status.f_type == BTRFS_SUPER_MAGIC && status.f_bavail == 0;
}

void mt_live_file_extend(uint64_t bytes) {
  struct stat status;
  int fd = mt_live_file_descriptor(bytes);
  if (fd >= 0 && mt_sys_stat(fd, &status) == 0 && (uint64_t)status.st_size < bytes)
    mt_sys_truncate(fd, bytes);
}

void mt_live_file_cut(uint64_t bytes) {
  int fd = mt_live_file_descriptor(0);
  if (fd >= 0) mt_sys_truncate(fd, bytes);
}

void mt_live_file_remove(void) {
  struct mt_live_file *file = &mt_live_file;
  if (file->path[0] == '\0') return;
  bool is_gone = is_still_at_path() && mt_sys_unlink(file->path) == 0;
  if (!is_gone) mt_live_file_cut(0); /* out of reach: somebody else may sweep it up */
  mt_live_file_close();
  file->path[0] = '\0';
}

/* MARK: Its lease */

void mt_live_file_lease(void) {
  struct mt_live_file *file = &mt_live_file;
  if (file->is_shared || file->is_leased || file->fd < 0) return;
  /* The kernel would signal the process; this task has its signals blocked. */
  struct f_owner_ex owner = {F_OWNER_TID, mt_sys_tid()};
  if (control(F_SETOWN_EX, (uintptr_t)&owner) != 0) return;
  file->is_leased = control(F_SETLEASE, F_WRLCK) == 0;
  if (file->is_leased) file->is_exposed = false;
}

bool mt_live_file_is_exposed(void) { return mt_live_file.is_exposed; }

void mt_live_file_end_lease(void) {
  if (mt_live_file.is_leased) control(F_SETLEASE, F_UNLCK);
  mt_live_file.is_leased = false;
}

enum mt_live_claim mt_live_file_check(void) {
  if (mt_live_file.fd < 0 || mt_live_file.is_shared) return MT_LIVE_UNCLAIMED;
  if (!mt_live_file.is_leased) {
    mt_live_file_lease();
    return MT_LIVE_UNCLAIMED;
  }
  long kind = control(F_GETLEASE, 0);
  if (kind == F_WRLCK) return MT_LIVE_UNCLAIMED;
  if (kind == F_UNLCK) return MT_LIVE_CLAIMED;
  mt_live_file_end_lease();
  mt_live_file.is_exposed = true;
  return MT_LIVE_UNCLAIMED;
}
