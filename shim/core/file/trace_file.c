/* trace_file.c: see trace_file.h. */
#include "file/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "arch/arch.h"
#include "base/atomics.h"
#include "base/page.h"
#include "base/sys.h"
#include "crc32c.h"
#include "file/in_use.h"
#include "file/trace_names.h"

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

static void write_file_header(void) {
  struct mt_file_header *header = &mt_trace_file.header;
  header->header_crc = 0;
  header->header_crc = mt_crc32c(0, header, offsetof(struct mt_file_header, closed));
  header->extension_crc = 0;
  header->extension_crc = mt_crc32c(0, &header->extension_bytes, header->extension_bytes);
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
  header->page_bytes = (uint32_t)mt_page_bytes();
  header->extension_bytes =
      (uint32_t)(sizeof *header - offsetof(struct mt_file_header, extension_bytes));
  mt_syscall(SYS_getrandom, header->nonce, sizeof header->nonce, 1 /* GRND_NONBLOCK */, 0, 0, 0);
  memcpy(header->program, session->program, sizeof header->program);
}

/* Fills a fresh live region, whose pages read as zero. */
static void fill_live_header(void) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_live_header *live = file->live;
  uint64_t offset = mt_page_bytes();
  live->staging_words = MT_STAGING_WORDS;
  live->ring_slots = file->ring_slots;
  for (unsigned i = 0; i < MT_STAGINGS; i++) {
    live->staging_offset[i] = offset;
    file->staging[i] = (uint64_t *)((char *)live + offset);
    offset += MT_STAGING_WORDS * sizeof(uint64_t);
  }
  live->rings_offset = offset;
  live->ring_stride = MT_RING_STRIDE;
  live->large_slots = MT_RING_LARGE_SLOTS;
  live->large_stride = MT_RING_LARGE_STRIDE;
  live->header_bytes = sizeof *live;
  live->ring_header_bytes = sizeof(struct mt_ring_header);
  live->pid = file->header.pid;
  live->counter_slots = MT_COUNTER_COUNT;
  memcpy(live->nonce, file->header.nonce, sizeof live->nonce);
  mt_store_release(&live->magic, MT_LIVE_MAGIC); /* read by the analyzer, from the file */
}

/* The live header, in a page of its own, and the stagings. */
static uint64_t head_bytes(void) {
  return mt_page_bytes() + MT_STAGINGS * MT_STAGING_WORDS * sizeof(uint64_t);
}

_Static_assert(MT_RING_STRIDE % (64u << 10) == 0 && MT_RING_LARGE_STRIDE % (64u << 10) == 0,
               "groups of rings begin at a page, however large pages are");

/* Extends the file over [offset, offset + bytes) of the live region and reserves its blocks. False,
 * and `error` says why, when that cannot be. */
static bool reserve(uint64_t offset, uint64_t bytes) {
  struct mt_trace_file *file = &mt_trace_file;
  uint64_t start = file->live_offset + offset;
  int fd = descriptor_for(start + bytes);
  long result = fd < 0 ? fd : mt_sys_fallocate(fd, 0, start, bytes);
  if (result == -EOPNOTSUPP) { /* no reservation to be had here: at least make the pages exist */
    struct stat status;
    result = mt_sys_stat(fd, &status);
    if (result == 0 && (uint64_t)status.st_size < start + bytes) {
      result = mt_sys_truncate(fd, start + bytes);
    }
  }
  if (result != 0 && file->error == 0) file->error = (int)-result;
  return result == 0;
}

/* Makes the file as long as what is mapped of it, without blocks: leak checkers and collectors read
 * all that is mapped, and a page behind the file's end is a SIGBUS. */
static void extend(uint64_t bytes) {
  struct stat status;
  int fd = descriptor_for(bytes);
  if (fd >= 0 && mt_sys_stat(fd, &status) == 0 && (uint64_t)status.st_size < bytes)
    mt_sys_truncate(fd, bytes);
}

/*
 * Maps a part of the live region from the file, or private memory once it is detached; over what is
 * there if `where` is not NULL.
 */
static void *map_part(void *where, uint64_t offset, uint64_t bytes) {
  struct mt_trace_file *file = &mt_trace_file;
  int how = MAP_NORESERVE | (where != NULL ? MAP_FIXED : 0);
  how |= file->detached ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  int fd = file->detached ? -1 : descriptor_for(0);
  if (fd < 0 && !file->detached) return NULL;
  void *part = mt_sys_map(where, bytes, PROT_READ | PROT_WRITE, how, fd,
                          file->detached ? 0 : file->live_offset + offset);
  if (part != NULL && !file->detached) {
    extend(file->live_offset + offset + bytes);
    /* A child must never write into its parent's rings: it does not inherit them. */
    mt_sys_advise(part, bytes, MADV_DONTFORK);
    if (!file->read_ahead) mt_sys_advise(part, bytes, MADV_RANDOM);
  }
  return part;
}

/* Where the ring of a slot begins in the live region; of the one behind the last: its end. */
static uint64_t ring_offset(uint32_t slot) {
  uint64_t large = slot < MT_RING_LARGE_SLOTS ? slot : MT_RING_LARGE_SLOTS;
  return head_bytes() + large * MT_RING_LARGE_STRIDE + (slot - large) * MT_RING_STRIDE;
}

static uint64_t group_offset(uint32_t group) { return ring_offset(group * MT_RING_GROUP_SLOTS); }

static uint64_t group_bytes(uint32_t group) {
  return group_offset(group + 1) - group_offset(group);
}

/* Maps the head and all groups that there were; the first time, the head and one group. */
static bool map_parts(void) {
  struct mt_trace_file *file = &mt_trace_file;
  struct mt_live_header *head = map_part(file->live, 0, head_bytes());
  if (head == NULL) return false;
  file->live = head;
  for (uint32_t i = 0; i < MT_RING_GROUPS; i++) {
    if (i > 0 && file->ring_groups[i] == NULL) break;
    char *group = map_part(file->ring_groups[i], group_offset(i), group_bytes(i));
    if (group == NULL) return false;
    file->ring_groups[i] = group;
  }
  return true;
}

static void unmap_parts(void) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->live != NULL) mt_sys_unmap(file->live, head_bytes());
  for (uint32_t i = 0; i < MT_RING_GROUPS && file->ring_groups[i] != NULL; i++) {
    mt_sys_unmap(file->ring_groups[i], group_bytes(i));
    file->ring_groups[i] = NULL;
  }
  file->live = NULL;
}

uint64_t mt_trace_file_resident(unsigned char *buffer, size_t buffer_bytes) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->live == NULL || file->detached) return 0;
  uint64_t page_bytes = mt_page_bytes();
  uint64_t pages =
      mt_sys_resident_pages(file->live, head_bytes(), page_bytes, buffer, buffer_bytes);
  for (uint32_t i = 0; i < MT_RING_GROUPS && file->ring_groups[i] != NULL; i++) {
    pages += mt_sys_resident_pages(file->ring_groups[i], group_bytes(i), page_bytes, buffer,
                                   buffer_bytes);
  }
  return pages * page_bytes;
}

void mt_trace_file_read_ahead(void) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->read_ahead || file->detached) return;
  file->read_ahead = true;
  mt_sys_advise(file->live, head_bytes(), MADV_NORMAL);
  for (uint32_t i = 0; i < MT_RING_GROUPS && file->ring_groups[i] != NULL; i++) {
    mt_sys_advise(file->ring_groups[i], group_bytes(i), MADV_NORMAL);
  }
}

/* Maps the live region from the file, in the place where it was. 0 or -errno. */
static int map_live(void) {
  struct mt_trace_file *file = &mt_trace_file;
  file->detached = false;
  file->read_ahead = false;
  file->ring_slots = MT_RING_SLOTS_MAX;
  file->live_bytes = group_offset(MT_RING_GROUPS);
  file->ring_ready = 0;
  memset(file->staging_ready, 0, sizeof file->staging_ready);
  if (!map_parts()) return -ENOMEM;
  if (!reserve(0, mt_page_bytes())) return -file->error;
  fill_live_header();
  if (!mt_trace_file_reserve_staging(0) || !mt_trace_file_reserve_rings(4)) return -file->error;
  return 0;
}

int mt_trace_file_create(const struct mt_session *session, uint64_t monotonic_ns,
                         int64_t realtime_ns, bool fd_is_shared) {
  struct mt_trace_file *file = &mt_trace_file;
  file->error = 0;
  file->live = NULL;
  memset(file->ring_groups, 0, sizeof file->ring_groups);
  file->fd = mt_trace_name_take(session, file->path, &file->refusal);
  if (file->fd < 0) return file->fd;
  mt_lock_file(file->fd);
  file->identity = mt_descriptor_identity(file->fd);
  file->fd_is_shared = fd_is_shared;
  if (fd_is_shared) file->fd = mt_descriptor_move_up(file->fd);
  file->end = MT_FILE_HEADER_BYTES;
  file->live_offset = mt_page_end(MT_FILE_HEADER_BYTES + MT_CHUNK_ROOM);
  int result = map_live();
  if (result == 0) {
    fill_file_header(session, monotonic_ns, realtime_ns);
    write_file_header();
    result = -file->error;
  }
  if (result != 0) {
    unmap_parts();
    mt_sys_close(file->fd);
    mt_sys_unlink(file->path);
    file->fd = -1;
  }
  return result;
}

/* Maps the groups of slots [0, count); fewer, and ring_slots says so, without address space. */
static uint32_t map_groups(uint32_t count) {
  struct mt_trace_file *file = &mt_trace_file;
  for (uint32_t i = file->ring_ready / MT_RING_GROUP_SLOTS; i * MT_RING_GROUP_SLOTS < count; i++) {
    if (file->ring_groups[i] != NULL) continue;
    file->ring_groups[i] = map_part(NULL, group_offset(i), group_bytes(i));
    if (file->ring_groups[i] == NULL) {
      mt_store_relaxed(&file->ring_slots, i * MT_RING_GROUP_SLOTS);
      return file->ring_slots;
    }
  }
  return count;
}

bool mt_trace_file_reserve_rings(uint32_t count) {
  struct mt_trace_file *file = &mt_trace_file;
  if (count > file->ring_slots) count = file->ring_slots;
  if (count > file->ring_ready) count = map_groups(count);
  if (count <= file->ring_ready) return true;
  uint64_t start = ring_offset(file->ring_ready);
  if (!file->detached && !reserve(start, ring_offset(count) - start)) return false;
  mt_store_release(&file->ring_ready, count); /* pairs with the acquire in thread.c */
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

void mt_trace_file_detach(void) {
  struct mt_trace_file *file = &mt_trace_file;
  uint64_t counters[MT_COUNTER_COUNT];
  memcpy(counters, file->live->counters, sizeof counters);
  file->detached = true;
  if (!map_parts()) return;
  fill_live_header();
  memcpy(file->live->counters, counters, sizeof counters);
  if (file->error != 0) return;
  int fd = descriptor_for(0);
  if (fd < 0) { /* out of reach: it stays unclosed, and whole */
    file->error = -fd;
    return;
  }
  file->header.chunk_end = file->end;
  if (file->end <= file->live_offset) {
    if (mt_sys_truncate(fd, file->end) == 0) file->header.live_bytes = 0;
    file->live_offset = 0;
  } else { /* chunks stand behind it: it stays as a hole */
    mt_sys_fallocate(fd, 3 /* PUNCH_HOLE | KEEP_SIZE */, file->live_offset, file->live_bytes);
    file->header.live_bytes = 0;
  }
  file->header.closed = 1;
  write_file_header();
}

bool mt_trace_file_attach(uint32_t rings) {
  struct mt_trace_file *file = &mt_trace_file;
  if (file->error != 0) return false;
  if (file->live_offset == 0) file->live_offset = mt_page_end(MT_FILE_HEADER_BYTES + MT_CHUNK_ROOM);
  if (map_live() != 0 || !mt_trace_file_reserve_rings(rings)) {
    file->detached = true; /* hooks still count there what is lost */
    map_parts();
    return false;
  }
  file->header.closed = 0;
  file->header.live_bytes = file->live_bytes;
  file->header.chunk_end = 0;
  write_file_header();
  return file->error == 0;
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

void mt_trace_file_forget(void) {
  let_go_of_descriptor();
  mt_trace_file.live = NULL;
  memset(mt_trace_file.ring_groups, 0, sizeof mt_trace_file.ring_groups);
  mt_trace_file.error = 0;
}

void mt_trace_file_abandon(void) {
  let_go_of_descriptor();
  mt_trace_file.detached = true;
  if (map_parts()) fill_live_header();
}
