/* code_map.c: see code_map.h. */
#include "file/code_map.h"

#include <fcntl.h>

#include "base/sys.h"
#include "base/text.h"
#include "file/trace_file.h"

#define PIECE_BYTES (256u << 10)
#define MAP_BYTES_MAX (64u << 20)
/* The kernel dates files by a clock that may be some milliseconds late. */
#define CLOCK_SLACK_NS INT64_C(1000000000)

/* /tmp is everybody's: a map that someone else left there, or an earlier process of our number,
 * is not ours. */
static bool is_own(int fd) {
  struct stat status;
  if (mt_sys_failed(mt_sys_stat(fd, &status)) || !S_ISREG(status.st_mode)) return false;
  if (status.st_uid != (uid_t)mt_syscall(SYS_geteuid, 0, 0, 0, 0, 0, 0)) return false;
  int64_t modified_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
  return modified_ns >= mt_trace_file.header.start_realtime_ns - CLOCK_SLACK_NS;
}

static size_t read_piece(int fd, char *piece) {
  size_t length = 0;
  while (length < PIECE_BYTES) {
    long count = mt_sys_read(fd, piece + length, PIECE_BYTES - length);
    if (count <= 0) break;
    length += (size_t)count;
  }
  return length;
}

/* What is in the trace already: of which process's map, and how much of it. A child of a fork has a
 * map of its own. */
static struct {
  long process;
  size_t bytes;
} taken;

void mt_code_map_append(mt_yield yield) {
  static char piece[PIECE_BYTES];
  long process = mt_sys_pid();
  if (taken.process != process) taken.bytes = 0;
  taken.process = process;
  char path[64];
  struct mt_text text = mt_text_over(path, sizeof path);
  mt_text_add(&text, "/tmp/perf-");
  mt_text_add_number(&text, (uint64_t)process);
  mt_text_add(&text, ".map");
  /* Not blocking: what stands there may be a pipe. */
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0) return;
  long start = mt_syscall(SYS_lseek, fd, (long)taken.bytes, SEEK_SET, 0, 0, 0);
  if (start == (long)taken.bytes && is_own(fd)) {
    while (taken.bytes < MAP_BYTES_MAX && mt_trace_file.error == 0) {
      size_t length = read_piece(fd, piece);
      if (length == 0) break;
      mt_compress_append(MT_CHUNK_CODE_MAP, piece, length, yield);
      taken.bytes += length;
      yield();
    }
  }
  mt_sys_close(fd);
}
