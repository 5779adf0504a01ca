/*
 * roots.c: `roots WAY`: allocates, takes on another view of the file system, and allocates again.
 * nothing    keeps the one it has, chroot     moves into ./jail, pivot      makes ./jail the root
 * and takes the old one off, landlock   may open no file any more. Prints what came of it; exits
 * with 3, and with 77 where the kernel cannot do it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCKS = 20000, KEPT = 10 };

static void *kept[KEPT];

__attribute__((noinline)) static void work(void) {
  for (int i = 0; i < BLOCKS; i++) {
    free(kept[i % KEPT]);
    kept[i % KEPT] = malloc((size_t)(1 + i % 100));
  }
}

static int pivot(void) {
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("jail", "jail", NULL, MS_BIND, NULL) != 0 || chdir("jail") != 0 ||
      syscall(SYS_pivot_root, ".", ".") != 0)
    return -1;
  return umount2(".", MNT_DETACH) != 0 ? -1 : chdir("/");
}

static int landlock(void) {
  struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE |
                                                             LANDLOCK_ACCESS_FS_WRITE_FILE |
                                                             LANDLOCK_ACCESS_FS_READ_DIR};
  int set = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  if (set < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  int result = (int)syscall(SYS_landlock_restrict_self, set, 0);
  close(set);
  return result;
}

int main(int argc, char **argv) {
  const char *way = argc > 1 ? argv[1] : "nothing";
  work();
  int result = 0;
  if (strcmp(way, "chroot") == 0) result = chroot("jail") != 0 ? -1 : chdir("/");
  if (strcmp(way, "pivot") == 0) result = pivot();
  if (strcmp(way, "landlock") == 0) result = landlock();
  if (result != 0) return 77;
  work();
  printf("%s: /etc/passwd can %s\n", way,
         open("/etc/passwd", O_RDONLY) < 0 ? "not be read" : "be read");
  return 3;
}
