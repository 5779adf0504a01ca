/* watch.c: see watch.h. */
#include "process/watch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/sys.h"
#include "base/text.h"
#include "process/filter.h"

#define STATUS_BYTES 8192u
#define GROUPS_MAX 256u
#define IDS 4u /* real, effective, saved, of the file system */

/* What a status file says of a task. Sets of capabilities in the order of the file's lines. */
enum { INHERITABLE, PERMITTED, EFFECTIVE, BOUNDING, AMBIENT, SETS };

struct rights {
  char state;
  uint64_t threads;
  uint32_t users[IDS];
  uint32_t groups[IDS];
  uint32_t more_groups[GROUPS_MAX];
  uint32_t more_groups_count;
  uint64_t capabilities[SETS];
  uint64_t no_new_privileges;
  uint64_t filter_mode; /* 0: none, 1: strict, 2: filters */
  uint64_t filters;
};

static struct {
  bool
      was_possible; /* when that was looked at last, in this process or one that it was forked of */
  int program_fd;   /* status of the program's first thread; -1: it cannot be read */
  int own_fd;       /* -1: not opened yet */
  struct rights program, own;
} watch;

static char bytes[STATUS_BYTES];

/* What stands behind "NAME:" and blanks; NULL without such a line. */
static const char *value_of(const char *name) {
  size_t length = strlen(name);
  for (const char *line = bytes; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, name, length) != 0 || line[length] != ':') continue;
    line += length + 1;
    while (*line == ' ' || *line == '\t') line++;
    return line;
  }
  return NULL;
}

static uint64_t number_of(const char *name) {
  const char *value = value_of(name);
  return value != NULL ? mt_text_take_number(&value) : 0;
}

static uint64_t set_of(const char *name) {
  uint64_t set = 0;
  for (const char *digit = value_of(name); digit != NULL; digit++) {
    if (*digit >= '0' && *digit <= '9') {
      set = set << 4 | (uint64_t)(*digit - '0');
    } else if (*digit >= 'a' && *digit <= 'f') {
      set = set << 4 | (uint64_t)(*digit - 'a' + 10);
    } else {
      break;
    }
  }
  return set;
}

static uint32_t numbers_of(const char *name, uint32_t *numbers, uint32_t limit) {
  const char *value = value_of(name);
  uint32_t count = 0;
  while (value != NULL && *value >= '0' && *value <= '9' && count < limit) {
    numbers[count++] = (uint32_t)mt_text_take_number(&value);
    while (*value == ' ' || *value == '\t') value++;
  }
  return count;
}

static bool read_rights(int fd, struct rights *rights) {
  if (fd < 0) return false;
  long length = mt_sys_read_at(fd, bytes, sizeof bytes - 1, 0);
  if (length <= 0) return false;
  bytes[length] = '\0';
  static const char *const sets[SETS] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
  memset(rights, 0, sizeof *rights);
  const char *state = value_of("State");
  rights->state = state != NULL ? *state : '?';
  rights->threads = number_of("Threads");
  numbers_of("Uid", rights->users, IDS);
  numbers_of("Gid", rights->groups, IDS);
  rights->more_groups_count = numbers_of("Groups", rights->more_groups, GROUPS_MAX);
  for (int i = 0; i < SETS; i++) rights->capabilities[i] = set_of(sets[i]);
  rights->no_new_privileges = number_of("NoNewPrivs");
  rights->filter_mode = number_of("Seccomp");
  rights->filters = number_of("Seccomp_filters"); /* since Linux 5.9 */
  return true;
}

#define PROGRAM_STATUS "/proc/self/status"
#define OWN_STATUS "/proc/thread-self/status"

static int open_status(const char *path) { return (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0); }

bool mt_watch_is_possible(void) {
  int fd = open_status(OWN_STATUS);
  if (fd >= 0) mt_sys_close(fd);
  watch.was_possible = fd >= 0;
  return fd >= 0;
}

bool mt_watch_was_possible(void) { return watch.was_possible; }

/* Any file of /proc that was opened for a thread costs much when its process ends, where nobody may
 * wait for nobody else: the own one is opened when it is needed. */
static bool read_own(void) {
  if (watch.own_fd < 0) watch.own_fd = open_status(OWN_STATUS);
  return read_rights(watch.own_fd, &watch.own);
}

void mt_watch_begin(bool is_as_program) {
  watch.program_fd = open_status(PROGRAM_STATUS);
  watch.own_fd = -1;
  bool is_known = read_rights(watch.program_fd, &watch.program);
  watch.own = watch.program;
  if (!is_as_program || !is_known) read_own();
}

bool mt_watch_is_filtered(void) { return watch.program.filter_mode != 0; }

/* ---- Comparing ---- */

static bool may(const struct rights *who, int capability) {
  return (who->capabilities[PERMITTED] >> capability & 1) != 0;
}

static bool same_ids(const struct rights *a, const struct rights *b) {
  return memcmp(a->users, b->users, sizeof a->users) == 0 &&
         memcmp(a->groups, b->groups, sizeof a->groups) == 0 &&
         a->more_groups_count == b->more_groups_count &&
         memcmp(a->more_groups, b->more_groups, sizeof a->more_groups) == 0;
}

static bool same(const struct rights *a, const struct rights *b) {
  return same_ids(a, b) && memcmp(a->capabilities, b->capabilities, sizeof a->capabilities) == 0 &&
         a->no_new_privileges == b->no_new_privileges && a->filter_mode == b->filter_mode &&
         a->filters == b->filters;
}

static bool is_filtered_more(const struct rights *a, const struct rights *b) {
  return a->filter_mode > b->filter_mode || a->filters > b->filters;
}

/* May the task do what the program may not? Somebody who can become anybody has all ids. */
static bool may_more(const struct rights *own, const struct rights *program) {
  bool is_anybody = may(program, CAP_SETUID) && may(program, CAP_SETGID);
  if (!is_anybody && !same_ids(own, program)) return true;
  for (int i = 0; i < SETS; i++) {
    if ((own->capabilities[i] & ~program->capabilities[i]) != 0) return true;
  }
  return own->no_new_privileges < program->no_new_privileges;
}

/* ---- Giving up ---- */

static void call(long number, long a, long b, long c) { mt_syscall(number, a, b, c, 0, 0, 0); }

/* Takes the program's rights on. Of what fails the next look at the own ones tells. */
static void conform(const struct rights *to) {
  const uint64_t *sets = to->capabilities;
  for (int i = 0; i < 64; i++) {
    if ((watch.own.capabilities[BOUNDING] & ~sets[BOUNDING]) >> i & 1)
      call(SYS_prctl, PR_CAPBSET_DROP, i, 0);
  }
  if ((watch.own.capabilities[AMBIENT] & ~sets[AMBIENT]) != 0)
    call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0);
  if (!same_ids(&watch.own, to)) {
    call(SYS_setgroups, to->more_groups_count, (long)to->more_groups, 0);
    call(SYS_setresgid, to->groups[0], to->groups[1], to->groups[2]);
    call(SYS_setfsgid, to->groups[3], 0, 0);
    call(SYS_setresuid, to->users[0], to->users[1], to->users[2]);
    call(SYS_setfsuid, to->users[3], 0, 0);
  }
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) {
    data[i].effective = (uint32_t)(sets[EFFECTIVE] >> 32 * i);
    data[i].permitted = (uint32_t)(sets[PERMITTED] >> 32 * i);
    data[i].inheritable = (uint32_t)(sets[INHERITABLE] >> 32 * i);
  }
  call(SYS_capset, (long)&header, (long)data, 0);
  if (to->no_new_privileges != 0) call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0);
}

enum mt_watched mt_watch_look(void) {
  struct rights *program = &watch.program, *own = &watch.own;
  if (watch.program_fd < 0) return MT_WATCHED_LESS; /* it was thought to be possible */
  if (!read_rights(watch.program_fd, program)) return MT_WATCHED_SAME;
  if (program->state == 'Z' && program->threads == 2) return MT_WATCHED_ALONE;
  if (same(own, program)) return MT_WATCHED_SAME;
  if (!read_own()) return MT_WATCHED_LESS; /* the kernel may have seen to it */
  if (is_filtered_more(program, own)) return MT_WATCHED_FILTERED;
  if (same(own, program)) return MT_WATCHED_SAME;
  if (mt_filter_forbids(MT_FORBIDS_CONFORMING)) return MT_WATCHED_LESS;
  conform(program);
  if (!read_own()) return MT_WATCHED_LESS;
  return may_more(own, program) ? MT_WATCHED_LESS : MT_WATCHED_SAME;
}

/* ---- The end ---- */

int mt_watch_wait_status(void) {
  int fd = open_status("/proc/self/stat");
  long length = fd < 0 ? -1 : mt_sys_read_at(fd, bytes, sizeof bytes - 1, 0);
  if (fd >= 0) mt_sys_close(fd);
  while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\0')) length--;
  if (length <= 0) return 0;
  bytes[length] = '\0';
  const char *last = strrchr(bytes, ' '); /* field 52: the exit code */
  if (last == NULL) return 0;
  last++;
  return (int)mt_text_take_number(&last);
}

void mt_watch_end_like(int wait_status) {
  int signal = wait_status & 0x7f;
  if (signal == 0) {
    call(SYS_exit, wait_status >> 8 & 0xff, 0, 0);
    return;
  }
  uint64_t standard[4] = {0, 0, 0, 0}, none = 0; /* the kernel's struct sigaction: SIG_DFL */
  mt_syscall(SYS_rt_sigaction, signal, standard, NULL, sizeof none, 0, 0);
  mt_sys_signal_mask(none, NULL);
  mt_sys_signal_thread(mt_sys_pid(), mt_sys_tid(), signal);
}
