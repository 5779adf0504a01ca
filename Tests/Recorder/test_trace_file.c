/*
 * test_trace_file.c: the trace file as the writer sees it (file/trace_file.h, file/compress.h):
 * what is appended is there, sealed, and where the format says; what others do to the file or to
 * the descriptor stops the recording, and is never written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "crc32c.h"
#include "expect.h"
#include "file/compress.h"
#include "file/trace_file.h"

static struct mt_session session = {.pid = 42, .root_pid = 41, .start_ticks = 7, .program = "app"};
static char folder[] = "/tmp/memtrace-trace-file-XXXXXX";
static unsigned char file[1 << 20];
static size_t file_bytes;

static void read_file(const char *path) {
  int fd = open(path, O_RDONLY);
  ssize_t count = fd < 0 ? -1 : read(fd, file, sizeof file);
  file_bytes = count < 0 ? 0 : (size_t)count;
  if (fd >= 0) close(fd);
}

static void begin(bool fd_is_shared) {
  unlink("trace.bin");
  snprintf(session.pattern, sizeof session.pattern, "%s/trace.bin", folder);
  session.start_ticks = 0; /* so that it is the first of its run */
  session.root_pid = session.pid;
  int result = mt_trace_file_create(&session, 100, 200, fd_is_shared);
  expect(result == 0, "a trace: %d", result);
  mt_trace_file_write_header(".trace.live", false);
}

static const struct mt_file_header *header(void) { return (const void *)file; }

/* The chunk at `offset`; checks its seals. Returns its payload. */
static const unsigned char *chunk_at(uint64_t offset, struct mt_chunk_header *chunk) {
  memcpy(chunk, file + offset, sizeof *chunk);
  struct mt_chunk_header plain = *chunk;
  plain.header_crc = 0;
  const unsigned char *payload = file + offset + sizeof *chunk;
  expect_number(offset % 8, 0);
  expect_number(chunk->magic, MT_CHUNK_MAGIC);
  expect(chunk->header_crc == mt_crc32c(0, &plain, sizeof plain), "the header's checksum");
  expect(chunk->payload_crc == mt_crc32c(0, payload, chunk->stored_bytes), "the payload's");
  return payload;
}

static void test_contents(void) {
  begin(false);
  read_file("trace.bin");
  expect(memcmp(header()->magic, MT_FILE_MAGIC, 8) == 0, "the magic");
  expect_number(header()->closed, 0);
  expect_number(header()->flags, MT_FILE_LIVE_BESIDE);
  expect_text(header()->live_name, ".trace.live");
  expect_number(header()->pid, 42);
  expect_number(header()->start_monotonic_ns, 100);
  expect_text(header()->program, "app");
  struct stat status;
  expect(stat("trace.bin", &status) == 0 && (status.st_mode & 0777) == 0600, "its mode");

  mt_trace_file_append(MT_CHUNK_RECORDS, "12345", 5);
  mt_trace_file_append(MT_CHUNK_RAW, "", 0);
  struct mt_open_chunk open = mt_trace_file_open_chunk();
  mt_trace_file_write_chunk(&open, "abc", 3);
  mt_trace_file_write_chunk(&open, "defgh", 5);
  mt_trace_file_close_chunk(&open, MT_CHUNK_STACKS, MT_COMPRESSION_NONE, 8);
  mt_trace_file_write_header(NULL, true);
  expect_number(mt_trace_file.error, 0);
  mt_trace_file_close();
  read_file("trace.bin");
  struct mt_chunk_header chunk;
  uint64_t at = MT_FILE_HEADER_BYTES;
  expect(memcmp(chunk_at(at, &chunk), "12345", 5) == 0 && chunk.type == MT_CHUNK_RECORDS, "first");
  at += sizeof chunk + 8;
  chunk_at(at, &chunk);
  expect(chunk.type == MT_CHUNK_RAW && chunk.stored_bytes == 0, "an empty one");
  at += sizeof chunk;
  expect(memcmp(chunk_at(at, &chunk), "abcdefgh", 8) == 0 && chunk.payload_bytes == 8, "in parts");
  expect_number(header()->closed, 1);
  expect_number(header()->chunk_end, at + sizeof chunk + 8);
  expect_text(header()->live_name, "");
}

static unsigned yields;
static void yield(void) { yields++; }

static void test_compression(void) {
  static unsigned char payload[300000], unpacked[sizeof payload];
  uint64_t random = 1;
  for (size_t i = 0; i < sizeof payload; i++) {
    random = random * UINT64_C(6364136223846793005) + 1;
    payload[i] = (unsigned char)(i % 3 == 0 ? random >> 60 : i >> 10);
  }
  begin(false);
  expect(mt_compress_start(), "a workspace");
  for (int round = 0; round < 2; round++) {
    uint64_t at = mt_trace_file.end;
    mt_compress_append(MT_CHUNK_EVENTS, payload, sizeof payload, yield);
    mt_compress_give_back();
    read_file("trace.bin");
    struct mt_chunk_header chunk;
    const unsigned char *stored = chunk_at(at, &chunk);
    expect(chunk.compression == MT_COMPRESSION_ZSTD && chunk.payload_bytes == sizeof payload &&
               chunk.stored_bytes < sizeof payload,
           "it is compressed");
    size_t count = ZSTD_decompress(unpacked, sizeof unpacked, stored, chunk.stored_bytes);
    expect(count == sizeof payload && memcmp(unpacked, payload, count) == 0, "and the same");
    expect_number(ZSTD_getFrameContentSize(stored, chunk.stored_bytes), sizeof payload);
  }
  expect(yields > 4, "rings were looked after %u times", yields);
  mt_trace_file_close();
}

/* ---- What others do ---- */

/* After `harm` nothing more is written, and `error` says why. */
static void test_harm(const char *what, void (*harm)(void), int error) {
  begin(false);
  mt_trace_file_append(MT_CHUNK_RECORDS, "12345678", 8);
  harm();
  struct stat before, after;
  bool is_there = stat("trace.bin", &before) == 0;
  mt_trace_file_append(MT_CHUNK_RECORDS, "abcdefgh", 8);
  expect(mt_trace_file.error == error, "%s: %d, not %d", what, mt_trace_file.error, error);
  mt_trace_file_append(MT_CHUNK_RECORDS, "abcdefgh", 8);
  expect(mt_trace_file.error == error, "%s: the first error stays", what);
  if (is_there)
    expect(stat("trace.bin", &after) == 0 && after.st_size == before.st_size, "%s", what);
  mt_trace_file_close();
}

static void cut(void) { expect(truncate("trace.bin", 0) == 0, "cut"); }
static void cut_and_grow(void) {
  cut();
  expect(truncate("trace.bin", 1 << 16) == 0, "grown");
}
static void overwrite(void) {
  int fd = open("trace.bin", O_WRONLY);
  expect(pwrite(fd, "x", 1, 3) == 1 && close(fd) == 0, "overwritten");
}
static void overwrite_the_last(void) {
  int fd = open("trace.bin", O_WRONLY);
  expect(pwrite(fd, "x", 1, MT_FILE_HEADER_BYTES + 9) == 1 && close(fd) == 0, "overwritten");
}
static void delete (void) { expect(unlink("trace.bin") == 0, "removed"); }

/* ---- A descriptor among the program's ---- */

static void test_shared_descriptor(void) {
  begin(true);
  int fd = mt_trace_file.fd;
  expect(fd > 2, "out of the way: %d", fd);
  int other = open("other", O_RDWR | O_CREAT, 0600);
  expect(dup2(other, fd) == fd, "another file takes the descriptor's place");
  mt_trace_file_append(MT_CHUNK_RECORDS, "12345678", 8);
  struct stat status;
  expect(fstat(other, &status) == 0 && status.st_size == 0, "nothing is written to that");
  expect_number(mt_trace_file.error, 0);
  close(mt_trace_file.fd);
  mt_trace_file_append(MT_CHUNK_RECORDS, "abcdefgh", 8);
  expect_number(mt_trace_file.error, 0);
  read_file("trace.bin");
  struct mt_chunk_header chunk;
  expect(memcmp(chunk_at(MT_FILE_HEADER_BYTES, &chunk), "12345678", 8) == 0, "the first chunk");
  expect(memcmp(chunk_at(MT_FILE_HEADER_BYTES + sizeof chunk + 8, &chunk), "abcdefgh", 8) == 0,
         "the second");
  struct rlimit limit = {mt_trace_file.end + 8, RLIM_INFINITY}; /* SIGXFSZ would end us */
  expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, "a limit");
  mt_trace_file_append(MT_CHUNK_RECORDS, "abcdefgh", 8);
  expect_number(mt_trace_file.error, EFBIG);
  mt_trace_file_close();
}

/* ---- Names ---- */

static void test_names(void) {
  const char *refusals[] = {"it is a symbolic link", "it is a directory"};
  for (int i = 0; i < 2; i++) {
    unlink("trace.bin");
    expect((i == 0 ? symlink("elsewhere", "trace.bin") : mkdir("trace.bin", 0700)) == 0, "a trap");
    int result = mt_trace_file_create(&session, 0, 0, false);
    expect(result == -EEXIST, "%s: %d", refusals[i], result);
    expect_text(mt_trace_file.refusal, refusals[i]);
  }
  rmdir("trace.bin");
  int fd = open("trace.bin", O_WRONLY | O_CREAT, 0600);
  expect(write(fd, "mine", 4) == 4 && close(fd) == 0, "somebody's file");
  int result = mt_trace_file_create(&session, 0, 0, false);
  expect(result == 0, "a trace in its place: %d", result);
  read_file("trace.old.bin");
  expect(file_bytes == 4 && memcmp(file, "mine", 4) == 0, "that file is kept");
  mt_trace_file_remove();
  expect(access("trace.bin", F_OK) != 0, "a trace that is given up leaves nothing");
}

int main(void) {
  expect(mkdtemp(folder) != NULL && chdir(folder) == 0, "a folder");
  test_contents();
  test_compression();
  test_harm("cut", cut, MT_STOP_TRACE_CHANGED);
  test_harm("cut and grown again", cut_and_grow, MT_STOP_TRACE_CHANGED);
  test_harm("overwritten", overwrite, MT_STOP_TRACE_CHANGED);
  test_harm("its last chunk overwritten", overwrite_the_last, MT_STOP_TRACE_CHANGED);
  test_harm("removed", delete, MT_STOP_TRACE_REMOVED);
  test_names();
  test_shared_descriptor();
  unlink("trace.bin");
  unlink("trace.old.bin");
  unlink("other");
  expect(chdir("/") == 0 && rmdir(folder) == 0, "nothing else is left in %s", folder);
  return expect_status();
}
