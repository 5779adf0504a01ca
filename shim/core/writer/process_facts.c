/* process_facts.c: see process_facts.h. */
#include "writer/process_facts.h"

#include <fcntl.h>
#include <string.h>

#include "base/page.h"
#include "base/sys.h"
#include "base/text.h"
#include "batch/batch.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/live_heap.h"
#include "process/process.h"
#include "process/untraced.h"
#include "rings/inline_turn.h"

#define FILE_BYTES_MAX (128u << 10)
#define KNOWN_BYTES_MAX 4000u

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

/* Variables that change what an allocation profile shows. For privacy, nothing else of
 * the environment is recorded. */
static bool is_of_interest(const char *variable) {
  static const char *const prefixes[] = {"MEMTRACE_",       "LD_PRELOAD=",   "MALLOC_",
                                         "GLIBC_TUNABLES=", "PYTHONMALLOC=", "G_SLICE=",
                                         "MIMALLOC_",       "TCMALLOC_",     "USE_ZEND_ALLOC="};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
  }
  return false;
}

/* Where the program's stack began: the number of its arguments, these, NULL, the environment, NULL.
 * /proc shows the same memory. */
extern void *__libc_stack_end __attribute__((weak));

/* The arguments or the environment that the program was started with, in file_bytes. */
static size_t read_initial(const char *path, bool environment) {
  size_t length = read_file(path);
  if (length != 0 || &__libc_stack_end == NULL) return length;
  char **start = (char **)__libc_stack_end;
  char **text = start + 1;
  if (environment) text += (size_t)(uintptr_t)start[0] + 1;
  for (; *text != NULL && length + strlen(*text) < FILE_BYTES_MAX; text++) {
    memcpy(file_bytes + length, *text, strlen(*text) + 1);
    length += strlen(*text) + 1;
  }
  return length;
}

/* What a process began with, for the children that it forks: these say the same. */
struct known_text {
  uint32_t bytes;
  bool is_whole;
  char text[KNOWN_BYTES_MAX];
};

static struct known_text known_arguments, known_environment;

static void add_and_know(enum mt_record_type type, struct known_text *known, size_t bytes) {
  known->is_whole = bytes <= sizeof known->text;
  known->bytes = known->is_whole ? (uint32_t)bytes : 0;
  memcpy(known->text, file_bytes, known->bytes);
  if (bytes > 0) mt_batch_add_record(type, file_bytes, (uint32_t)bytes);
}

static bool add_known(enum mt_record_type type, const struct known_text *known, bool is_child) {
  if (!is_child || !known->is_whole) return false;
  if (known->bytes > 0) mt_batch_add_record(type, known->text, known->bytes);
  return true;
}

/* The process may write over its arguments, as setproctitle does; a digest tells whether it did. A
 * forked child begins with the digests of its parent. */
static struct { uint64_t first, latest; } command;

static uint64_t digest(size_t length) {
  uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
  for (size_t i = 0; i < length; i++)
    value = (value ^ (unsigned char)file_bytes[i]) * UINT64_C(1099511628211);
  return value;
}

static void add_arguments(bool is_child) {
  if (add_known(MT_RECORD_ARGUMENTS, &known_arguments, is_child)) return;
  size_t length = read_initial("/proc/self/cmdline", false);
  if (!is_child) command.first = command.latest = digest(length);
  add_and_know(MT_RECORD_ARGUMENTS, &known_arguments, length);
}

static void add_environment(bool is_child) {
  if (add_known(MT_RECORD_ENVIRONMENT, &known_environment, is_child)) return;
  size_t length = read_initial("/proc/self/environ", true);
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
  add_and_know(MT_RECORD_ENVIRONMENT, &known_environment, kept);
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
  mt_text_add(&text, mt_inline_is_on() ? " writer=inline" : " writer=thread");
  mt_text_add(&text, mt_options.exact_order ? " order=exact" : " order=bounded");
  mt_text_add(&text, !mt_options.python          ? " python=off"
                     : mt_options.python_objects ? " python=objects"
                                                 : " python=on");
  add_text(MT_RECORD_RECORDER, line);
}

void mt_facts_add_trouble(enum mt_trouble_kind kind, int detail) {
  struct mt_trouble trouble = {.kind = kind, .detail = detail};
  mt_batch_add_record(MT_RECORD_TROUBLE, &trouble, sizeof trouble);
}

void mt_facts_add_title(void) {
  size_t length = read_file("/proc/self/cmdline");
  if (length == 0) return;
  uint64_t now = digest(length);
  if (now == command.latest) return;
  command.latest = now;
  while (length > 0 && (file_bytes[length - 1] == '\0' || file_bytes[length - 1] == ' ')) length--;
  for (size_t i = 0; i < length; i++) {
    if (file_bytes[i] == '\0') file_bytes[i] = ' ';
  }
  if (now == command.first) length = 0; /* its arguments again */
  mt_batch_add_record(MT_RECORD_TITLE, file_bytes, (uint32_t)length);
}

bool mt_facts_add_untraced(uint64_t now_ns, uint64_t *counters) {
  struct mt_untraced_program program;
  bool found = false;
  while (mt_untraced_take(&program)) {
    struct {
      struct mt_untraced header;
      char path[MT_UNTRACED_PATH_BYTES];
    } record = {.header = {now_ns, (uint32_t)program.pid, program.reason}};
    size_t length = strlen(program.path);
    memcpy(record.path, program.path, length);
    mt_batch_add_record(MT_RECORD_UNTRACED, &record, (uint32_t)(sizeof record.header + length));
    found = true;
  }
  if (mt_untraced_lost() > 0) counters[MT_COUNTER_UNTRACED_LOST] = mt_untraced_lost();
  return found;
}

void mt_facts_add(const struct mt_session *session) {
  add_text(MT_RECORD_EXECUTABLE, session->executable);
  bool is_child = session->image == MT_IMAGE_FORK;
  add_arguments(is_child);
  char directory[MT_PATH_BYTES];
  if (mt_syscall(SYS_getcwd, directory, sizeof directory, 0, 0, 0, 0) > 0) {
    add_text(MT_RECORD_DIRECTORY, directory);
  }
  add_environment(is_child);
  add_recorder();
  if (mt_process.allocator != NULL) add_text(MT_RECORD_ALLOCATOR, mt_process.allocator);
  if (mt_process.preceded) mt_facts_add_trouble(MT_TROUBLE_PRECEDED, 0);
  for (int option = 0; option < MT_OPTION_COUNT; option++) {
    if (mt_options.not_understood[option]) mt_facts_add_trouble(MT_TROUBLE_OPTION, option);
  }
}

/* The number of kilobytes behind `name` at the start of a line of `text`, in bytes; 0 without it.
 */
static uint64_t status_bytes(const char *text, const char *name) {
  size_t length = strlen(name);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, name, length) != 0) continue;
    const char *cursor = line + length;
    while (*cursor == ' ' || *cursor == '\t') cursor++;
    return mt_text_take_number(&cursor) << 10;
  }
  return 0;
}

static void read_status(void) {
  size_t length = read_file("/proc/self/status");
  if (length == FILE_BYTES_MAX) length--;
  file_bytes[length] = '\0';
}

void mt_facts_sums(struct mt_account *account) {
  read_status();
  account->resident_after_bytes = status_bytes(file_bytes, "VmRSS:");
  account->page_table_bytes = status_bytes(file_bytes, "VmPTE:");
  account->swap_bytes = status_bytes(file_bytes, "VmSwap:");
}

bool mt_facts_memory(struct mt_memory_sample *sample) {
  read_status();
  sample->resident_bytes = status_bytes(file_bytes, "VmRSS:");
  sample->virtual_bytes = status_bytes(file_bytes, "VmSize:");
  sample->high_water_bytes = status_bytes(file_bytes, "VmHWM:");
  sample->anonymous_bytes = status_bytes(file_bytes, "RssAnon:");
  sample->file_bytes = status_bytes(file_bytes, "RssFile:");
  sample->shared_bytes = status_bytes(file_bytes, "RssShmem:");
  return sample->resident_bytes != 0;
}

/* The library's own variables that begin as zero: hidden, so they are those of this library. */
extern char __bss_start[] __attribute__((visibility("hidden")));
extern char _end[] __attribute__((visibility("hidden")));

bool mt_facts_next_own(uint32_t *number, const void **start, uint64_t *bytes) {
  uint32_t count = mt_load_acquire(&mt_own_ranges.count);
  if (count > MT_OWN_RANGES_MAX) count = MT_OWN_RANGES_MAX;
  for (; *number < count; ++*number) {
    const struct mt_own_range *range = &mt_own_ranges.ranges[*number];
    *start = mt_load_acquire(&range->address);
    if (*start == NULL) continue;
    *bytes = range->bytes;
    ++*number;
    return true;
  }
  uintptr_t page_bytes = mt_page_bytes();
  uintptr_t variables = ((uintptr_t)__bss_start + page_bytes - 1) & ~(page_bytes - 1);
  if (*number == UINT32_MAX || variables >= (uintptr_t)_end) return false;
  *number = UINT32_MAX; /* the last */
  *start = (const void *)variables;
  *bytes = (uintptr_t)_end - variables;
  return true;
}

void mt_facts_own_memory(struct mt_memory_sample *sample) {
  static unsigned char buffer[4096];
  uint64_t page_bytes = mt_page_bytes(), pages = 0, bytes;
  const void *start;
  for (uint32_t number = 0; mt_facts_next_own(&number, &start, &bytes);)
    pages += mt_sys_resident_pages(start, bytes, page_bytes, buffer, sizeof buffer);
  sample->own_anonymous_bytes = pages * page_bytes;
  uint64_t mapped = mt_live_resident(buffer, sizeof buffer);
  bool is_shared = mt_sys_file_system(mt_trace_file.fd) == 0x01021994; /* tmpfs */
  sample->own_file_bytes = is_shared ? 0 : mapped;
  sample->own_shared_bytes = is_shared ? mapped : 0;
}
