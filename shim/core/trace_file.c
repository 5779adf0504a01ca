/* trace_file.c: see trace_file.h. */
#include "trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "arch.h"
#include "atomics.h"
#include "crc32c.h"
#include "sys.h"

#define PAGE_BYTES UINT64_C(4096)

struct mt_trace_file mt_trace_file = {.fd = -1};

static bool write_all(const void *bytes, size_t count, uint64_t offset) {
  struct mt_trace_file *file = &mt_trace_file;
  const char *cursor = bytes;
  while (count > 0 && file->error == 0) {
    long written = mt_sys_write_at(file->fd, cursor, count, offset);
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

static void write_file_header(void) {
  struct mt_file_header *header = &mt_trace_file.header;
  header->header_crc = 0;
  header->header_crc = mt_crc32c(0, header, offsetof(struct mt_file_header, closed));
  write_all(header, sizeof *header, 0);
}

static void fill_file_header(const struct mt_session *session, uint64_t monotonic_ns,
                             int64_t realtime_ns) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_file_header *header = &file->header;
  memset(header, 0, sizeof *header);
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
  header->start_monotonic_ns = monotonic_ns;
  header->live_offset = file->live_offset;
  header->live_bytes = file->live_bytes;
  header->page_bytes = (uint32_t)PAGE_BYTES;
  memcpy(header->program, session->program, sizeof header->program);
}

/* Fills a fresh live region, whose pages read as zero. */
static void fill_live_header(void) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_live_header *live = file->live;
  uint64_t offset = PAGE_BYTES;
  live->staging_words = MT_STAGING_WORDS;
  live->ring_slots = file->ring_slots;
  for (unsigned i = 0; i < MT_STAGINGS; i++) {
    live->staging_offset[i] = offset;
    file->staging[i] = (uint64_t *)((char *)live + offset);
    offset += MT_STAGING_WORDS * sizeof(uint64_t);
  }
  live->rings_offset = offset;
  live->ring_stride = MT_RING_STRIDE;
  mt_store_release(&live->magic, MT_LIVE_MAGIC); /* read by the analyzer, from the file */
}

static uint64_t live_bytes_for(uint32_t ring_slots) {
  return PAGE_BYTES + MT_STAGINGS * MT_STAGING_WORDS * sizeof(uint64_t) +
         ring_slots * MT_RING_STRIDE;
}

/* Extends the file over [offset, offset + bytes) of the live region and reserves its blocks. */
static bool reserve(uint64_t offset, uint64_t bytes) {
  struct mt_trace_file *file = &mt_trace_file;
  long result = mt_sys_fallocate(file->fd, 0, file->live_offset + offset, bytes);
  if (result == -EOPNOTSUPP) { /* no reservation to be had here: at least make the pages exist */
    struct stat status;
    uint64_t end = file->live_offset + offset + bytes;
    result = mt_sys_stat(file->fd, &status);
    if (result == 0 && (uint64_t)status.st_size < end) result = mt_sys_truncate(file->fd, end);
  }
  return result == 0;
}

/* Maps the live region, at `where` if not NULL. 0 or -errno. */
static int map_live(void *where) {
  struct mt_trace_file *file = &mt_trace_file;
  uint32_t choices[] = {MT_RING_SLOTS_MAX, 64};
  if (where != NULL) choices[0] = choices[1] = file->ring_slots;
  for (unsigned i = 0; i < 2; i++) {
    file->ring_slots = choices[i];
    file->live_bytes = live_bytes_for(choices[i]);
    file->live = mt_sys_map(where, file->live_bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_NORESERVE | (where != NULL ? MAP_FIXED : 0), file->fd,
                            file->live_offset);
    if (file->live != NULL) break;
  }
  if (file->live == NULL) return -ENOMEM;
  /* A child must never write into its parent's rings: it does not inherit them. */
  mt_sys_advise(file->live, file->live_bytes, 10 /* MADV_DONTFORK */);
  file->ring_ready = 0;
  memset(file->staging_ready, 0, sizeof file->staging_ready);
  if (!reserve(0, PAGE_BYTES)) return -ENOSPC;
  fill_live_header();
  if (!mt_trace_file_reserve_staging(0) || !mt_trace_file_reserve_rings(4)) return -ENOSPC;
  return 0;
}

int mt_trace_file_create(const struct mt_session *session, uint64_t monotonic_ns,
                         int64_t realtime_ns) {
  struct mt_trace_file *file = &mt_trace_file;
  file->error = 0;
  file->live = NULL;
  file->fd = mt_session_create_file(session, file->path);
  if (file->fd < 0) return file->fd;
  file->end = MT_FILE_HEADER_BYTES;
  file->live_offset = MT_FILE_HEADER_BYTES + MT_CHUNK_ROOM;
  int result = map_live(NULL);
  if (result == 0) {
    fill_file_header(session, monotonic_ns, realtime_ns);
    write_file_header();
    result = -file->error;
  }
  if (result != 0) {
    if (file->live != NULL) mt_sys_unmap(file->live, file->live_bytes);
    mt_sys_close(file->fd);
    mt_sys_unlink(file->path);
    file->fd = -1;
    file->live = NULL;
  }
  return result;
}

bool mt_trace_file_reserve_rings(uint32_t count) {
  struct mt_trace_file *file = &mt_trace_file;
  if (count > file->ring_slots) count = file->ring_slots;
  if (count <= file->ring_ready) return true;
  uint64_t start = file->live->rings_offset + file->ring_ready * MT_RING_STRIDE;
  if (!reserve(start, (count - file->ring_ready) * MT_RING_STRIDE)) return false;
  mt_store_release(&file->ring_ready, count); /* pairs with the acquire in ring.c */
  return true;
}

bool mt_trace_file_reserve_staging(unsigned index) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->staging_ready[index]) return true;
  file->staging_ready[index] =
      reserve(mt_trace_file.live->staging_offset[index], MT_STAGING_WORDS * sizeof(uint64_t));
  return file->staging_ready[index];
}

/* Moves `end` past the live region when a chunk of `bytes` would not fit before it. */
static void step_over_live_region(uint64_t bytes) {
  struct mt_trace_file *file = &mt_trace_file;
  uint64_t region_end = file->live_offset + file->live_bytes;
  uint64_t needed = bytes + 2 * sizeof(struct mt_chunk_header) + 8;
  if (file->live_offset == 0 || file->end >= region_end || file->end + needed <= file->live_offset)
    return;
  struct mt_chunk_header skip = {.magic = MT_CHUNK_MAGIC, .type = MT_CHUNK_LIVE};
  skip.stored_bytes = skip.payload_bytes = region_end - file->end - sizeof skip;
  skip.header_crc = mt_crc32c(0, &skip, sizeof skip);
  write_all(&skip, sizeof skip, file->end);
  file->end = region_end;
}

struct mt_open_chunk mt_trace_file_open_chunk(uint64_t stored_bound) {
  step_over_live_region(stored_bound);
  return (struct mt_open_chunk){mt_trace_file.end, 0, 0};
}

void mt_trace_file_write_chunk(struct mt_open_chunk *chunk, const void *bytes, size_t count) {
  uint64_t offset = chunk->offset + sizeof(struct mt_chunk_header) + chunk->stored;
  if (!write_all(bytes, count, offset)) return;
  chunk->crc = mt_crc32c(chunk->crc, bytes, count);
  chunk->stored += count;
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
  mt_trace_file.end = (chunk->offset + sizeof header + chunk->stored + 7) & ~UINT64_C(7);
}

void mt_trace_file_append(enum mt_chunk_type type, const void *payload, size_t bytes) {
  struct mt_open_chunk chunk = mt_trace_file_open_chunk(bytes);
  mt_trace_file_write_chunk(&chunk, payload, bytes);
  mt_trace_file_close_chunk(&chunk, type, MT_COMPRESSION_NONE, bytes);
}

/* Puts private memory in the place of the live region's mapping. */
static bool map_private_live(void) {
  struct mt_trace_file *file = &mt_trace_file;
  return mt_sys_map(file->live, file->live_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != NULL;
}

void mt_trace_file_detach(void) {
  struct mt_trace_file *file = &mt_trace_file;
  uint64_t counters[MT_COUNTER_COUNT];
  memcpy(counters, file->live->counters, sizeof counters);
  if (!map_private_live()) return;
  fill_live_header();
  memcpy(file->live->counters, counters, sizeof counters);
  mt_store_release(&file->ring_ready, file->ring_slots); /* private memory needs no blocks */
  if (file->error != 0) return;
  file->header.chunk_end = file->end;
  if (file->end <= file->live_offset) {
    if (mt_sys_truncate(file->fd, file->end) == 0) file->header.live_bytes = 0;
    file->live_offset = 0;
  } else { /* chunks stand behind it: it stays as a hole */
    mt_sys_fallocate(file->fd, 3 /* PUNCH_HOLE | KEEP_SIZE */, file->live_offset, file->live_bytes);
    file->header.live_bytes = 0;
  }
  file->header.closed = 1;
  write_file_header();
}

bool mt_trace_file_attach(uint32_t rings) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->error != 0) return false;
  if (file->live_offset == 0) file->live_offset = MT_FILE_HEADER_BYTES + MT_CHUNK_ROOM;
  void *where = file->live;
  if (map_live(where) != 0 || !mt_trace_file_reserve_rings(rings)) {
    file->live = where; /* hooks still count there what is lost */
    map_private_live();
    return false;
  }
  file->header.closed = 0;
  file->header.live_bytes = file->live_bytes;
  file->header.chunk_end = 0;
  write_file_header();
  return file->error == 0;
}

void mt_trace_file_forget(void) {
  mt_trace_file.fd = -1;
  mt_trace_file.live = NULL;
  mt_trace_file.error = 0;
}
