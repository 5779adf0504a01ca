/* process_facts.c: see process_facts.h. */
#include "writer/process_facts.h"

#include <fcntl.h>
#include <string.h>

#include "base/page.h"
#include "base/sys.h"
#include "base/text.h"
#include "batch/batch.h"
#include "process/process.h"
#include "rings/inline_turn.h"

#define FILE_BYTES_MAX (128u << 10)

static char file_bytes[FILE_BYTES_MAX];

/* Up to FILE_BYTES_MAX bytes of a /proc file, in file_bytes. */
static size_t read_file(const char *path) {
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  size_t length = 0;
  while (length < FILE_BYTES_MAX) {
    long count = mt_sys_read(fd, file_bytes + length, FILE_BYTES_MAX - length);
    if (count <= 0) break;
    length += (size_t)count;
  }
  mt_sys_close(fd);
  return length;
}

/* Variables that change what an allocation profile shows. Nothing else of the environment is
 * anybody's business. */
static bool is_of_interest(const char *variable) {
  static const char *const prefixes[] = {"MEMTRACE_",       "LD_PRELOAD=",   "MALLOC_",
                                         "GLIBC_TUNABLES=", "PYTHONMALLOC=", "G_SLICE=",
                                         "MIMALLOC_",       "TCMALLOC_"};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
  }
  return false;
}

static void add_environment(void) {
  size_t length = read_file("/proc/self/environ");
  size_t kept = 0;
  for (size_t at = 0; at < length;) {
    size_t end = at;
    while (end < length && file_bytes[end] != '\0') end++;
    if (end == length) break;
    if (is_of_interest(file_bytes + at)) {
      memmove(file_bytes + kept, file_bytes + at, end + 1 - at);
      kept += end + 1 - at;
    }
    at = end + 1;
  }
  if (kept > 0) mt_batch_add_record(MT_RECORD_ENVIRONMENT, file_bytes, (uint32_t)kept);
}

static void add_text(enum mt_record_type type, const char *text) {
  mt_batch_add_record(type, text, (uint32_t)strlen(text));
}

static void add_recorder(void) {
  char line[256];
  struct mt_text text = mt_text_over(line, sizeof line);
  mt_text_add(&text, "memtrace " MT_VERSION " unwinder=");
  mt_text_add(&text, mt_unwinder_names[mt_options.unwinder]);
  mt_text_add(&text, " depth=");
  mt_text_add_number(&text, mt_options.depth);
  mt_text_add(&text, mt_options.drop_when_full ? " on_full=drop" : " on_full=wait");
  mt_text_add(&text, mt_role_is_inline() ? " writer=inline" : " writer=thread");
  mt_text_add(&text, mt_options.exact_order ? " order=exact" : " order=bounded");
  add_text(MT_RECORD_RECORDER, line);
}

static void add_trouble(enum mt_trouble_kind kind, int detail) {
  struct mt_trouble trouble = {.kind = kind, .detail = detail};
  mt_batch_add_record(MT_RECORD_TROUBLE, &trouble, sizeof trouble);
}

void mt_facts_add(const struct mt_session *session) {
  add_text(MT_RECORD_EXECUTABLE, session->executable);
  size_t length = read_file("/proc/self/cmdline");
  mt_batch_add_record(MT_RECORD_ARGUMENTS, file_bytes, (uint32_t)length);
  char directory[MT_PATH_BYTES];
  if (mt_syscall(SYS_getcwd, directory, sizeof directory, 0, 0, 0, 0) > 0) {
    add_text(MT_RECORD_DIRECTORY, directory);
  }
  add_environment();
  add_recorder();
  if (mt_process.allocator != NULL) add_text(MT_RECORD_ALLOCATOR, mt_process.allocator);
  if (mt_process.preceded) add_trouble(MT_TROUBLE_PRECEDED, 0);
  for (int option = 0; option < MT_OPTION_COUNT; option++) {
    if (mt_options.not_understood[option]) add_trouble(MT_TROUBLE_OPTION, option);
  }
}

bool mt_facts_memory(struct mt_memory_sample *sample) {
  char statm[128];
  int fd = (int)mt_sys_open("/proc/self/statm", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return false;
  long length = mt_sys_read(fd, statm, sizeof statm - 1);
  mt_sys_close(fd);
  if (length <= 0) return false;
  statm[length] = '\0';
  const char *cursor = statm;
  sample->virtual_bytes = mt_text_take_number(&cursor) * mt_page_bytes();
  if (*cursor == ' ') cursor++;
  sample->resident_bytes = mt_text_take_number(&cursor) * mt_page_bytes();
  return true;
}
