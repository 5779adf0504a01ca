/* quota.c: see quota.h. What /sys/fs/btrfs tells everybody, root or not. */
#include "file/quota.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdint.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

#define FIRST_OBJECT 256u /* of any subvolume: its top folder */

struct directory_entry { /* the kernel's struct linux_dirent64 */
  uint64_t inode;
  int64_t next;
  uint16_t bytes;
  uint8_t kind;
  char name[];
};

/* "/sys/fs/btrfs/UUID/qgroups/" of the file system. False if the kernel does not name it. */
static bool find_groups(struct mt_text *path, int fd) {
  struct btrfs_ioctl_fs_info_args system;
  memset(&system, 0, sizeof system);
  if (mt_syscall(SYS_ioctl, fd, BTRFS_IOC_FS_INFO, &system, 0, 0, 0) != 0) return false;
  mt_text_add(path, "/sys/fs/btrfs/");
  for (unsigned i = 0; i < sizeof system.fsid; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) mt_text_add(path, "-");
    mt_text_add_hex(path, system.fsid[i], 2);
  }
  mt_text_add(path, "/qgroups/");
  return true;
}

/* The number of the file's subvolume; 0 if the kernel does not say. */
static uint64_t subvolume_of(int fd) {
  struct btrfs_ioctl_ino_lookup_args lookup;
  memset(&lookup, 0, sizeof lookup);
  lookup.objectid = FIRST_OBJECT;
  return mt_syscall(SYS_ioctl, fd, BTRFS_IOC_INO_LOOKUP, &lookup, 0, 0, 0) == 0 ? lookup.treeid : 0;
}

/* Whether a group, LEVEL_NUMBER, may hold the subvolume: it is its own, or is of several. */
static bool may_hold(const char *name, uint64_t subvolume) {
  if (name[0] < '0' || name[0] > '9') return false;
  const char *cursor = name;
  uint64_t level = mt_text_take_number(&cursor);
  if (level != 0) return true;
  if (*cursor == '_') cursor++;
  return subvolume == 0 || mt_text_take_number(&cursor) == subvolume;
}

static bool is_limited(const char *groups, const char *name) {
  char text[32], path[256];
  struct mt_text file = mt_text_over(path, sizeof path);
  mt_text_add(&file, groups);
  mt_text_add(&file, name);
  mt_text_add(&file, "/limit_flags");
  int fd = file.cut ? -1 : (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  long length = fd < 0 ? 0 : mt_sys_read(fd, text, sizeof text);
  if (fd >= 0) mt_sys_close(fd);
  for (long i = 0; i < length; i++) { /* hexadecimal or decimal: zero is zero */
    if ((text[i] > '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')) return true;
  }
  return false;
}

bool mt_quota_may_refuse(int fd) {
  char groups[128];
  struct mt_text path = mt_text_over(groups, sizeof groups);
  if (mt_sys_file_system(fd) != BTRFS_SUPER_MAGIC || !find_groups(&path, fd)) return false;
  int folder = (int)mt_sys_open(groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (folder < 0) return false; /* quotas are off */
  uint64_t subvolume = subvolume_of(fd);
  bool found = false;
  char buffer[2048];
  long count;
  while (!found &&
         (count = mt_syscall(SYS_getdents64, folder, buffer, sizeof buffer, 0, 0, 0)) > 0) {
    for (long at = 0; at < count && !found;) {
      const struct directory_entry *entry = (const void *)(buffer + at);
      at += entry->bytes;
      found = may_hold(entry->name, subvolume) && is_limited(groups, entry->name);
    }
  }
  mt_sys_close(folder);
  return found;
}
