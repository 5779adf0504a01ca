/* control.c: see control.h. */
#include "writer/control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/sys.h"
#include "base/text.h"
#include "batch/batch.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "hooks/moments.h"
#include "process/filter.h"
#include "process/live_heap.h"
#include "process/memory_figures.h"
#include "process/options.h"
#include "process/process.h"
#include "process/state.h"
#include "rings/inline_turn.h"
#include "rings/thread.h"
#include "writer/account.h"
#include "writer/process_facts.h"
#include "writer/schedule.h"

#define CLIENTS_MAX 8u
#define CLIENT_NS UINT64_C(2000000000) /* who says nothing for so long is left */
#define REQUEST_BYTES 320u

static struct {
  int fd; /* 0: none, which is never ours: the task has closed it */
  bool is_tried;
  uint32_t user; /* whose it is: a process that gives up rights keeps the socket */
  struct sockaddr_un address;
  struct {
    int fd;
    uint64_t since_ns;
  } clients[CLIENTS_MAX];
  char answer[MT_PATH_BYTES + 1024];
} control;

void mt_control_forget(void) { memset(&control, 0, sizeof control); }

/* ---- The socket ---- */

/* A folder of this user's alone. 0 or -errno. */
static long make_directory(const char *path) {
  struct stat status;
  long made = mt_syscall(SYS_mkdirat, AT_FDCWD, path, 0700, 0, 0, 0);
  if (made < 0 && made != -EEXIST) return made;
  long known = mt_sys_stat_link(path, &status);
  if (known < 0) return known;
  bool is_ours = S_ISDIR(status.st_mode) && status.st_uid == mt_sys_user();
  return is_ours && (status.st_mode & 077) == 0 ? 0 : -EPERM;
}

/* A descriptor, or -errno. */
static long open_socket(void) {
  struct mt_text path = mt_text_over(control.address.sun_path, sizeof control.address.sun_path);
  mt_text_add(&path, mt_options.control);
  if (strcmp(mt_options.control, MT_CONTROL_DIRECTORY) == 0) {
    mt_text_add_number(&path, mt_sys_user());
  }
  if (path.cut) return -ENAMETOOLONG;
  control.user = mt_sys_user();
  long result = make_directory(control.address.sun_path);
  if (result < 0) return result;
  mt_text_add(&path, "/");
  mt_text_add_number(&path, (uint64_t)mt_process.pid);
  if (path.cut) return -ENAMETOOLONG;
  control.address.sun_family = AF_UNIX;
  long fd =
      mt_syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
  if (fd < 0) return fd;
  mt_sys_unlink(control.address.sun_path); /* of an earlier program, or process, of this number */
  result = mt_syscall(SYS_bind, fd, &control.address, sizeof control.address, 0, 0, 0);
  if (result == 0) result = mt_syscall(SYS_listen, fd, CLIENTS_MAX, 0, 0, 0, 0);
  if (result == 0) return fd;
  mt_sys_close((int)fd);
  return result;
}

void mt_control_end(void) {
  if (control.fd == 0) return;
  mt_sys_unlink(control.address.sun_path);
  for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
    if (control.clients[i].fd != 0) mt_sys_close(control.clients[i].fd);
  }
  mt_sys_close(control.fd);
  mt_control_forget();
  control.is_tried = true;
}

static bool is_of_same_user(int fd) {
  struct ucred peer;
  socklen_t bytes = sizeof peer;
  long result = mt_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes, 0);
  return result == 0 && peer.uid == control.user;
}

static void accept_clients(uint64_t now_ns) {
  for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
    if (control.clients[i].fd != 0) continue;
    long fd = mt_syscall(SYS_accept4, control.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0);
    if (fd < 0) return;
    if (!is_of_same_user((int)fd)) {
      mt_sys_close((int)fd);
      continue;
    }
    control.clients[i].fd = (int)fd;
    control.clients[i].since_ns = now_ns;
  }
}

/* ---- Requests ---- */

static void add_mark(const char *label, uint64_t now_ns) {
  struct {
    struct mt_mark mark;
    char label[REQUEST_BYTES];
  } record = {.mark = {now_ns, 0, (uint32_t)strlen(label)}};
  memcpy(record.label, label, record.mark.label_bytes);
  uint32_t bytes = (uint32_t)sizeof record.mark + record.mark.label_bytes;
  mt_batch_add_record(MT_RECORD_MARK, &record, bytes);
  mt_account_ask();
}

static bool is_paused(void) { return mt_load_acquire(&mt_hot->skipped) != MT_SKIPPED_NOTHING; }

static void add_figure(struct mt_text *answer, const char *name, uint64_t number) {
  mt_text_add(answer, name);
  mt_text_add_number(answer, number);
  mt_text_add(answer, "\n");
}

static void add_stats(struct mt_text *answer, uint64_t now_ns) {
  struct mt_memory_figures figures = {0};
  mt_figures_of_process(&figures);
  mt_figures_of_system(&figures);
  mt_text_add(answer, is_paused() ? "state=paused\n" : "state=recording\n");
  add_figure(answer, "pid=", (uint64_t)mt_process.pid);
  add_figure(answer, "milliseconds=", now_ns / 1000000);
  add_figure(answer, "resident_bytes=", figures.resident);
  add_figure(answer, "virtual_bytes=", figures.virtual);
  add_figure(answer, "allocations=", mt_threads_allocations());
  add_figure(answer, "lost_events=", mt_load_relaxed(&mt_live_counters()[MT_COUNTER_LOST_EVENTS]));
  if (mt_live_heap.is_counted) {
    uint64_t bytes, blocks;
    mt_live_heap_sum(&bytes, &blocks);
    add_figure(answer, "heap_bytes=", bytes);
    add_figure(answer, "heap_blocks=", blocks);
    add_figure(answer, "heap_peak_bytes=", (uint64_t)mt_load_relaxed(&mt_live_heap.peak_bytes));
  }
  add_figure(answer, "system_bytes=", figures.system);
  add_figure(answer, "system_available_bytes=", figures.system_available);
  add_figure(answer, "cgroup_bytes=", figures.group);
  if (figures.group_limit != MT_NO_LIMIT) {
    add_figure(answer, "cgroup_limit_bytes=", figures.group_limit);
  }
  mt_text_add(answer, "trace=");
  mt_text_add(answer, mt_trace_file.path);
  mt_text_add(answer, "\n");
}

/* The label behind a verb, cut to whole characters; NULL if `request` is another's. */
static char *label_of(char *request, const char *verb) {
  size_t length = strlen(verb);
  if (strncmp(request, verb, length) != 0 || request[length] != ' ') return NULL;
  char *label = request + length + 1;
  size_t bytes = strlen(label);
  if (bytes > MT_LABEL_BYTES_MAX) {
    bytes = MT_LABEL_BYTES_MAX;
    while (bytes > 0 && ((unsigned char)label[bytes] & 0xc0) == 0x80) bytes--;
    label[bytes] = '\0';
  }
  return bytes > 0 ? label : NULL;
}

/* Does what is asked. True: recording is to stop. */
static bool serve(char *request, struct mt_text *answer, uint64_t now_ns) {
  char *marked = label_of(request, "mark"), *shown = label_of(request, "snapshot");
  bool stops = strcmp(request, "stop") == 0;
  mt_text_add(answer, "ok\n");
  if (strcmp(request, "stats") == 0) {
    add_stats(answer, now_ns);
    return false;
  } else if (marked != NULL) {
    add_mark(marked, now_ns);
  } else if (shown != NULL) {
    mt_schedule_snapshot(now_ns, shown);
  } else if (strcmp(request, "pause") == 0) {
    if (!is_paused()) {
      mt_schedule_add_moment((struct mt_moment){.time_ns = now_ns, .kind = MT_MOMENT_PAUSE}, "");
      mt_state_skip(MT_SKIPPED_ALLOCATIONS);
    }
  } else if (strcmp(request, "resume") == 0) {
    if (is_paused()) {
      mt_schedule_add_moment((struct mt_moment){.time_ns = now_ns, .kind = MT_MOMENT_RESUME}, "");
      mt_state_skip(MT_SKIPPED_NOTHING);
    }
  } else if (!stops) {
    *answer = mt_text_over(control.answer, sizeof control.answer);
    mt_text_add(answer, "error: no such request\n");
    return false;
  }
  mt_batch_flush_records();
  return stops;
}

bool mt_control_look(uint64_t now_ns) {
  if (mt_options.control[0] == '\0' || mt_inline_is_on()) return false;
  if (mt_load_relaxed(&mt_hot->state) != MT_STATE_RECORDING)
    return false; /* short lives need none */
  bool is_forbidden = mt_filter_forbids(MT_FORBIDS_TALKING);
  if (is_forbidden) mt_control_end();
  if (!control.is_tried) {
    control.is_tried = true;
    long fd = is_forbidden ? -EPERM : open_socket();
    if (fd < 0) mt_facts_add_trouble(MT_TROUBLE_NO_CONTROL, (int)-fd);
    if (fd > 0) control.fd = (int)fd;
  }
  if (control.fd == 0) return false;
  accept_clients(now_ns);
  bool stops = false;
  for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
    int fd = control.clients[i].fd;
    char request[REQUEST_BYTES];
    if (fd == 0) continue;
    long bytes = mt_syscall(SYS_recvfrom, fd, request, sizeof request - 1, 0, NULL, NULL);
    if (bytes == -EAGAIN && now_ns - control.clients[i].since_ns < CLIENT_NS) continue;
    if (bytes > 0) {
      struct mt_text answer = mt_text_over(control.answer, sizeof control.answer);
      request[bytes] = '\0'; /* what follows a NUL in it is not looked at */
      stops |= serve(request, &answer, now_ns);
      mt_syscall(SYS_sendto, fd, control.answer, answer.length, MSG_NOSIGNAL, NULL, 0);
    }
    mt_sys_close(fd);
    control.clients[i].fd = 0;
  }
  return stops;
}
