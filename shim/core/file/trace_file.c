/* trace_file.c: see trace_file.h. */
#include "file/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "arch/elf.h"
#include "base/page.h"
#include "base/sys.h"
#include "crc32c.h"
#include "file/in_use.h"
#include "file/quota.h"
#include "file/trace_names.h"
#include "file_header.h"

struct mt_trace_file mt_trace_file = {.fd = -1};

/* The descriptor, sure to be the trace, for a change that leaves the file at most `end` bytes long;
 * or -errno. */
static int descriptor_for(uint64_t end) {
  struct mt_trace_file *file = &mt_trace_file;
  if (!file->fd_is_shared) return file->fd;
  if (!mt_descriptor_is(file->fd, &file->identity)) {
    int fd = mt_trace_file_open_again(0);
    if (fd < 0) return fd;
    mt_lock_file(fd);
    file->fd = fd;
  }
  return mt_descriptor_beyond_limit(end) ? -EFBIG : file->fd;
}

static bool write_all(const void *bytes, size_t count, uint64_t offset) {
  struct mt_trace_file *file = &mt_trace_file;
  const char *cursor = bytes;
  while (count > 0 && file->error == 0) {
    long written = descriptor_for(offset + count);
    if (written >= 0) written = mt_sys_write_at((int)written, cursor, count, offset);
    if (written == -EINTR) continue;
    if (written <= 0) {
      file->error = written == 0 ? EIO : (int)-written;
      return false;
    }
    cursor += written;
    offset += (uint64_t)written;
    count -= (size_t)written;
  }
  return file->error == 0;
}

static void fill_file_header(const struct mt_session *session, uint64_t monotonic_ns,
                             int64_t realtime_ns) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_file_header fresh = {.start_monotonic_ns = monotonic_ns}, *header = &fresh;
  memcpy(header->magic, MT_FILE_MAGIC, sizeof header->magic);
  header->version_major = MT_FORMAT_VERSION_MAJOR;
  header->version_minor = MT_FORMAT_VERSION_MINOR;
  header->header_bytes = MT_FILE_HEADER_BYTES;
  header->machine = MT_ELF_MACHINE;
  header->pointer_bytes = sizeof(void *);
  header->address_shift = MT_ADDRESS_SHIFT;
  header->pid = (uint32_t)session->pid;
  header->parent_pid = (uint32_t)mt_sys_parent_pid();
  header->process_start_ticks = session->start_ticks;
  header->root_pid = (uint32_t)session->root_pid;
  header->root_start_ticks = session->root_start_ticks;
  header->image = session->image;
  header->start_realtime_ns = realtime_ns;
  header->page_bytes = (uint32_t)mt_page_bytes();
  header->extension_bytes =
      (uint32_t)(sizeof *header - offsetof(struct mt_file_header, extension_bytes));
  mt_sys_random(header->nonce, sizeof header->nonce);
  memcpy(header->program, session->program, sizeof header->program);
  mt_in_use_say_where(header);
  file->header = fresh; /* hooks may be reading the start, which is what they know */
}

/* `closed` and what follows it change; the rest is written once. */
void mt_trace_file_write_header(const char *live_name, bool is_closed) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_file_header *header = &file->header;
  header->closed = is_closed;
  header->flags = live_name == NULL ? 0 : MT_FILE_LIVE_BESIDE;
  header->chunk_end = is_closed ? file->end : 0;
  memset(header->live_name, 0, sizeof header->live_name);
  if (live_name != NULL) memcpy(header->live_name, live_name, strlen(live_name));
  mt_seal_file_header(header);
  write_all(header, sizeof *header, 0);
}

void mt_trace_file_write_end(const struct mt_end *end) {
  struct mt_trace_file *file = &mt_trace_file;
  int error = file->error;
  file->header.end = *end;
  file->error = 0; /* the header has its block, whatever the disk has left */
  mt_trace_file_write_header(NULL, false);
  file->error = error;
}

int mt_trace_file_create(const struct mt_session *session, uint64_t monotonic_ns,
                         int64_t realtime_ns, bool fd_is_shared) {
  struct mt_trace_file *file = &mt_trace_file;
  file->error = 0;
  file->gives_back = false;
  file->fd = mt_trace_name_take(session, file->path, &file->refusal);
  if (file->fd < 0) return file->fd;
  if (mt_quota_may_refuse(file->fd)) {
    file->refusal = "it is on a btrfs with a quota, which may refuse memory that is mapped from it";
    mt_sys_close(file->fd);
    file->fd = -1;
    mt_sys_unlink(file->path);
    return -EDQUOT;
  }
  mt_lock_file(file->fd);
  file->identity = mt_descriptor_identity(file->fd);
  file->fd_is_shared = fd_is_shared;
  if (fd_is_shared) file->fd = mt_descriptor_move_up(file->fd);
  file->end = MT_FILE_HEADER_BYTES;
  file->last_chunk = 0;
  file->last_end = 0;
  fill_file_header(session, monotonic_ns, realtime_ns);
  return 0;
}

/*
 * What somebody else may do to the file: remove it, cut it, copy another over it. A cut file may
 * have grown again since, so that its length alone proves nothing: before anything is added, its
 * first and its last bytes must be what was written.
 */
void mt_trace_file_check(void) {
  struct mt_trace_file *file = &mt_trace_file;
  struct stat status;
  if (file->error != 0) return;
  int fd = descriptor_for(0);
  if (fd < 0 || mt_sys_stat(fd, &status) != 0) return; /* the next write will tell */
  if (status.st_nlink == 0) file->error = MT_STOP_TRACE_REMOVED;
  if (status.st_nlink != 0 && (uint64_t)status.st_size < file->last_end) {
    file->error = MT_STOP_TRACE_CHANGED;
  }
}

static bool is_as_written(void) {
  struct mt_trace_file *file = &mt_trace_file;
  mt_trace_file_check();
  if (file->error != 0) return false;
  int fd = descriptor_for(0);
  if (fd < 0) return true;
  struct mt_file_header header;
  struct mt_chunk_header chunk;
  bool same = mt_sys_read_at(fd, &header, sizeof header, 0) == sizeof header &&
              memcmp(&header, &file->header, offsetof(struct mt_file_header, closed)) == 0 &&
              memcmp(header.nonce, file->header.nonce, sizeof header.nonce) == 0;
  if (same && file->last_chunk != 0) {
    same = mt_sys_read_at(fd, &chunk, sizeof chunk, file->last_chunk) == sizeof chunk &&
           memcmp(&chunk, &file->last_header, sizeof chunk) == 0;
  }
  if (!same) file->error = MT_STOP_TRACE_CHANGED;
  return same;
}

struct mt_open_chunk mt_trace_file_open_chunk(void) {
  is_as_written();
  return (struct mt_open_chunk){mt_trace_file.end, 0, 0};
}

void mt_trace_file_write_chunk(struct mt_open_chunk *chunk, const void *bytes, size_t count) {
  uint64_t offset = chunk->offset + sizeof(struct mt_chunk_header) + chunk->stored;
  is_as_written(); /* compressing takes its time */
  if (!write_all(bytes, count, offset)) return;
  chunk->crc = mt_crc32c(chunk->crc, bytes, count);
  chunk->stored += count;
}

/* Has the kernel begin to write what is dirty, and forget what is written. */
static void give_back(void) {
  int fd = descriptor_for(0);
  if (fd >= 0) mt_syscall(SYS_fadvise64, fd, 0, mt_trace_file.end, POSIX_FADV_DONTNEED, 0, 0);
}

void mt_trace_file_close_chunk(struct mt_open_chunk *chunk, enum mt_chunk_type type,
                               enum mt_compression compression, uint64_t payload_bytes) {
  struct mt_chunk_header header = {
      .magic = MT_CHUNK_MAGIC,
      .type = (uint16_t)type,
      .compression = (uint8_t)compression,
      .payload_crc = chunk->crc,
      .stored_bytes = chunk->stored,
      .payload_bytes = payload_bytes,
  };
  header.header_crc = mt_crc32c(0, &header, sizeof header);
  /* The header is what makes the chunk visible: it goes last. */
  if (!write_all(&header, sizeof header, chunk->offset)) return;
  mt_trace_file.last_chunk = chunk->offset;
  mt_trace_file.last_header = header;
  mt_trace_file.last_end = chunk->offset + sizeof header + chunk->stored;
  mt_trace_file.end = (chunk->offset + sizeof header + chunk->stored + 7) & ~UINT64_C(7);
  if (mt_trace_file.gives_back) give_back();
}

void mt_trace_file_append(enum mt_chunk_type type, const void *payload, size_t bytes) {
  struct mt_open_chunk chunk = mt_trace_file_open_chunk();
  mt_trace_file_write_chunk(&chunk, payload, bytes);
  mt_trace_file_close_chunk(&chunk, type, MT_COMPRESSION_NONE, bytes);
}

int mt_trace_file_open_again(int task) {
  const struct mt_trace_file *file = &mt_trace_file;
  return mt_descriptor_open(&file->identity, file->path, task, file->fd);
}

void mt_trace_file_use(int fd, bool fd_is_shared) {
  mt_lock_file(fd); /* it may be of another opening than the one before */
  mt_trace_file.fd = fd;
  mt_trace_file.fd_is_shared = fd_is_shared;
}

static void let_go_of_descriptor(void) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->fd_is_shared && mt_descriptor_is(file->fd, &file->identity)) mt_sys_close(file->fd);
  file->fd = -1;
  file->fd_is_shared = false;
}

void mt_trace_file_close(void) {
  struct mt_trace_file *file = &mt_trace_file;
  if (!file->fd_is_shared || mt_descriptor_is(file->fd, &file->identity)) mt_sys_close(file->fd);
  file->fd = -1;
  file->fd_is_shared = false;
}

void mt_trace_file_remove(void) {
  mt_trace_file_close();
  mt_sys_unlink(mt_trace_file.path);
}

void mt_trace_file_forget(void) {
  let_go_of_descriptor();
  mt_trace_file.error = 0;
}
