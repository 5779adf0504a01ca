/* child_end.c: see child_end.h. */
#include "file/child_end.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/atomics.h"
#include "base/sys.h"
#include "file/descriptor.h"
#include "file/live_file.h"
#include "file_header.h"
#include "process/process.h"
#include "trace_format.h"

struct directory_entry { /* as getdents64 gives them */
  uint64_t inode;
  int64_t next;
  uint16_t bytes;
  uint8_t type;
  char name[];
};

/* A handler of SIGCHLD may have a small stack. Whoever finds them in use goes on without. */
static struct {
  uint32_t taken;
  char folder[MT_PATH_BYTES];
  char entries[4096] __attribute__((aligned(8)));
} buffers;

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/* Whether the number stands in a file's name by itself, as the number of a trace's process does. */
static bool names(const char *name, int pid) {
  for (const char *at = name; *at != '\0'; at++) {
    if (!is_digit(*at)) continue;
    const char *cursor = at;
    uint64_t number = mt_text_take_number(&cursor);
    if (number == (uint64_t)pid) return true;
    at = cursor - 1;
  }
  return false;
}

/* To open the live file of a program that runs for writing would be a claim on it. */
static bool is_live_file(const char *name) {
  size_t length = strlen(name);
  return name[0] == '.' && length > 5 && strcmp(name + length - 5, ".live") == 0;
}

static bool is_trace_of(const struct mt_file_header *header, int pid) {
  const struct mt_session *session = &mt_process.session;
  return memcmp(header->magic, MT_FILE_MAGIC, sizeof header->magic) == 0 &&
         header->version_major <= MT_FORMAT_VERSION_MAJOR && header->closed == 0 &&
         header->pid == (uint32_t)pid && header->root_pid == (uint32_t)session->root_pid &&
         header->root_start_ticks == session->root_start_ticks;
}

/* A child that was killed. */
struct killed {
  int pid, signal;
  bool waited; /* it has just ended; else it may have ended long ago */
};

/* `clock_ns`: the last look at the clock that the trace knows of. */
static struct mt_end end_of(const struct mt_file_header *header, const struct killed *child,
                            uint64_t clock_ns) {
  uint64_t now = mt_sys_clock_ns(CLOCK_MONOTONIC) - header->start_monotonic_ns;
  uint64_t latest = clock_ns + MT_LIVE_CLOCK_NS;
  uint64_t time_ns = child->waited || now < latest ? now : latest;
  return (struct mt_end){time_ns, MT_END_SIGNAL, child->signal};
}

/* Writes the end into the live region at `at` of a file, if it is the one of that trace. */
static void note_in_region(int fd, uint64_t at, const struct mt_file_header *trace,
                           const struct killed *child) {
  struct mt_live_header live;
  if (mt_sys_read_at(fd, &live, sizeof live, at) != (long)sizeof live) return;
  if (live.magic != MT_LIVE_MAGIC || live.end.reason != MT_END_UNKNOWN) return;
  if (memcmp(live.nonce, trace->nonce, sizeof live.nonce) != 0) return;
  struct mt_end end = end_of(trace, child, live.clock_ns);
  at += offsetof(struct mt_live_header, end);
  if (mt_descriptor_beyond_limit(at + sizeof end)) return;
  mt_sys_write_at(fd, &end, sizeof end, at);
}

/* Of a child that had no live region yet, being without it for MT_LIVE_CLOCK_NS at most. */
static void note_in_header(int fd, struct mt_file_header *header, const struct killed *child) {
  size_t bytes = offsetof(struct mt_file_header, extension_bytes) + header->extension_bytes;
  if (header->end.reason != MT_END_UNKNOWN || bytes > sizeof *header) return;
  header->end = end_of(header, child, 0);
  mt_seal_file_header(header);
  if (!mt_descriptor_beyond_limit(bytes)) mt_sys_write_at(fd, header, bytes, 0);
}

static void note_end(int folder, int fd, const struct killed *child) {
  const size_t bytes_to_end =
      sizeof(struct mt_file_header) - offsetof(struct mt_file_header, extension_bytes);
  struct mt_file_header header;
  if (mt_sys_read_at(fd, &header, sizeof header, 0) != (long)sizeof header) return;
  if (!is_trace_of(&header, child->pid)) return;
  if (header.live_offset != 0) {
    note_in_region(fd, header.live_offset, &header, child);
  } else if ((header.flags & MT_FILE_LIVE_BESIDE) != 0 &&
             memchr(header.live_name, '\0', sizeof header.live_name) != NULL &&
             strchr(header.live_name, '/') == NULL) {
    int live = mt_live_file_open_at(folder, header.live_name);
    if (live < 0) return;
    note_in_region(live, 0, &header, child);
    mt_sys_close(live);
  } else if (header.live_bytes == 0 && header.extension_bytes >= bytes_to_end) {
    note_in_header(fd, &header, child);
  }
}

static void look_through(int folder, const struct killed *child) {
  long count;
  while ((count = mt_syscall(SYS_getdents64, folder, buffers.entries, sizeof buffers.entries, 0, 0,
                             0)) > 0) {
    for (long at = 0; at < count;) {
      const struct directory_entry *entry = (const void *)(buffers.entries + at);
      at += entry->bytes;
      if (is_live_file(entry->name) || !names(entry->name, child->pid)) continue;
      int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
      int fd = (int)mt_syscall(SYS_openat, folder, entry->name, flags, 0, 0, 0);
      if (fd < 0) continue;
      note_end(folder, fd, child);
      mt_sys_close(fd);
    }
  }
}

void mt_child_killed(int pid, int signal, bool waited) {
  if (!mt_process.started || mt_exchange_acquire(&buffers.taken, 1) != 0) return;
  struct mt_text path = mt_text_over(buffers.folder, sizeof buffers.folder);
  mt_session_expand(&path, mt_process.session.pattern, mt_process.session.program, pid);
  char *slash = strrchr(buffers.folder, '/');
  /* Of a number that is in use again, nothing is known. */
  bool is_gone = mt_syscall(SYS_kill, pid, 0, 0, 0, 0, 0) == -ESRCH;
  if (slash != NULL && !path.cut && is_gone) {
    slash[1] = '\0';
    int folder = (int)mt_sys_open(buffers.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder >= 0) {
      const struct killed child = {pid, signal, waited};
      look_through(folder, &child);
      mt_sys_close(folder);
    }
  }
  mt_store_release(&buffers.taken, 0); /* pairs with the exchange above */
}
