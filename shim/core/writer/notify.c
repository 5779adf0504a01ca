/*
 * notify.c: see notify.h.
 *
 * The datagram is lines NAME=VALUE: the variables that the command gets. The path of the trace is
 * the last, as it may hold anything but a NUL.
 */
#include "writer/notify.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/sys.h"
#include "base/text.h"
#include "file/trace_file.h"
#include "process/filter.h"
#include "process/options.h"
#include "process/process.h"
#include "rings/inline_turn.h"

static const char *const measures[] = {"", "heap", "resident", "oom"};

static void add_line(struct mt_text *text, const char *name, const char *value) {
  mt_text_add(text, name);
  mt_text_add(text, value);
  mt_text_add(text, "\n");
}

static void add_number(struct mt_text *text, const char *name, uint64_t number) {
  mt_text_add(text, name);
  mt_text_add_number(text, number);
  mt_text_add(text, "\n");
}

void mt_notify_threshold(const struct mt_threshold *threshold, uint64_t measured, uint64_t limit,
                         const struct mt_memory_figures *figures) {
  if (mt_options.notify[0] == '\0' || mt_inline_is_on() || mt_sys_is_forbidden()) return;
  if (mt_filter_forbids(MT_FORBIDS_TALKING)) return;
  static char message[MT_PATH_BYTES + 512];
  struct mt_text text = mt_text_over(message, sizeof message);
  add_line(&text, "MEMTRACE_THRESHOLD=", threshold->label);
  add_line(&text, "MEMTRACE_MEASURE=", measures[threshold->value.measure]);
  add_number(&text, "MEMTRACE_MEASURED_BYTES=", measured);
  add_number(&text, "MEMTRACE_LIMIT_BYTES=", limit);
  add_number(&text, "MEMTRACE_RESIDENT_BYTES=", figures->resident);
  add_number(&text, "MEMTRACE_VIRTUAL_BYTES=", figures->virtual);
  add_number(&text, "MEMTRACE_PID=", (uint64_t)mt_process.pid);
  add_line(&text, "MEMTRACE_TRACE=", mt_trace_file.path);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, mt_options.notify, strlen(mt_options.notify));
  long fd = mt_syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
  if (fd < 0) return;
  mt_syscall(SYS_sendto, fd, message, text.length, MSG_NOSIGNAL, &address, sizeof address);
  mt_sys_close((int)fd);
}
