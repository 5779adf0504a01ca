/* account.c: see account.h. Over 400 lines, because all of it works on the state of one account. */
#include "writer/account.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/leb128.h"
#include "base/page.h"
#include "base/sys.h"
#include "batch/batch.h"
#include "file/descriptor.h"
#include "file/live_region.h"
#include "file/trace_file.h"
#include "process/filter.h"
#include "process/options.h"
#include "process/page_scan.h"
#include "rings/inline_turn.h"
#include "rings/slots.h"
#include "writer/process_facts.h"

/* How long the account may keep the writer from its other work. */
#define PIECE_NS UINT64_C(300000)
#define FIRST_NS UINT64_C(50000000)
#define EVERY_NS UINT64_C(1000000000)
#define EVERY_SHARE 64u /* of the time that the process has run */
#define GROWTH_SHARE 20u
#define GROWTH_MIN (UINT64_C(1) << 20)
/* So many times the processor time that the last account took must have passed since: half a
 * percent, 5 %. */
#define REST 200u
#define ASKED_REST 20u
/* Page by page, larger mappings are left out: most of them are reservations. */
#define PLAIN_REGION_MAX (UINT64_C(16) << 30)

#define NAME_BYTES_MAX 4096u
#define TEXT_BYTES 8192u /* a line of maps is shorter */
#define CONTENT_BYTES (32u << 10)
/* The longest entry without its runs: five numbers and a name; and the end of its runs. */
#define ENTRY_BYTES_MAX (NAME_BYTES_MAX + 8 * MT_LEB128_BYTES_MAX)

static struct {
  bool is_under_way, is_inline;
  int maps_fd;
  struct mt_file_identity maps, pagemap; /* which files these descriptors are */
  struct mt_page_scan scan;
  uint64_t spent_ns;

  /* The text of maps: what was read and not yet taken. */
  char text[TEXT_BYTES + 1];
  size_t text_at, text_end;
  uint64_t maps_offset;

  /* The region at hand. */
  uint64_t start, end, at; /* `at`: up to where its pages are known */
  uint32_t region_flags;
  const char *name; /* in `text` */
  uint32_t name_bytes;
  bool is_begun;    /* there is an entry of it in this part */
  uint64_t covered; /* end of its last run, or its start */
  uint64_t run_start, run_end;
  uint32_t run_state;

  /* The part at hand. */
  struct {
    struct mt_account header;
    uint8_t content[CONTENT_BYTES];
  } record;
  uint8_t *to;
  uint64_t region_end; /* of the part's last region */
  char last_name[NAME_BYTES_MAX];
  uint32_t last_name_bytes;
} account;

static struct {
  uint64_t time_ns, cost_ns, resident_bytes; /* of the last account; time 0: none yet */
  bool was_refused;                          /* and that was said */
} last;

static uint32_t is_asked; /* set by any thread, cleared by the writer */

void mt_account_ask(void) { mt_store_relaxed(&is_asked, 1); }

bool mt_account_is_under_way(void) { return account.is_under_way; }

/* ---- Parts ---- */

static void put(uint64_t number) { account.to = mt_put_unsigned(account.to, number); }

static void begin_part(void) {
  account.to = account.record.content;
  account.region_end = 0;
  account.last_name_bytes = UINT32_MAX;
}

static void end_part(void) {
  size_t bytes = sizeof(struct mt_account) + (size_t)(account.to - account.record.content);
  mt_batch_add_record(MT_RECORD_ACCOUNT, &account.record, (uint32_t)bytes);
  account.record.header.part++;
  begin_part();
}

static bool has_room(size_t bytes) {
  return (size_t)(account.record.content + CONTENT_BYTES - account.to) >= bytes;
}

static void begin_region(uint64_t start) {
  uint64_t page = mt_page_bytes();
  bool same = account.name_bytes == account.last_name_bytes &&
              memcmp(account.name, account.last_name, account.name_bytes) == 0;
  put(MT_ACCOUNT_REGION);
  put((start - account.region_end) / page);
  put((account.end - start) / page);
  put(account.region_flags | (same ? MT_REGION_SAME_NAME : 0));
  if (!same) {
    put(account.name_bytes);
    memcpy(account.to, account.name, account.name_bytes);
    account.to += account.name_bytes;
    memcpy(account.last_name, account.name, account.name_bytes);
    account.last_name_bytes = account.name_bytes;
  }
  account.covered = start;
  account.region_end = account.end;
  account.is_begun = true;
}

static void end_region(void) {
  if (!account.is_begun) return;
  put(0);
  put(0);
  account.is_begun = false;
}

static void put_run(void) {
  if (account.run_start == account.run_end) return;
  uint64_t page = mt_page_bytes(), start = account.run_start;
  if (!has_room((account.is_begun ? 0 : ENTRY_BYTES_MAX) + 4 * MT_LEB128_BYTES_MAX)) {
    end_region();
    end_part();
  }
  if (!account.is_begun) begin_region(account.covered);
  put((start - account.covered) / page);
  put((account.run_end - start) / page << MT_RUN_STATE_BITS | account.run_state);
  account.covered = account.run_end;
  account.run_start = account.run_end;
}

static void take_run(uint64_t start, uint64_t end, uint32_t state) {
  if (start < account.at) start = account.at;
  if (end > account.end) end = account.end;
  if (start >= end) return;
  if (start != account.run_end || state != account.run_state) {
    put_run();
    account.run_start = start;
    account.run_state = state;
  }
  account.run_end = end;
}

/* ---- The recorder's own, and the threads ---- */

static void put_range(const void *start, uint64_t bytes) {
  uint64_t page = mt_page_bytes(), first = mt_page_start((uintptr_t)start);
  if (!has_room(3 * MT_LEB128_BYTES_MAX)) end_part();
  put(MT_ACCOUNT_OWN);
  put(first / page);
  put((mt_page_end((uintptr_t)start + bytes) - first) / page);
}

static void put_own(void) {
  const void *start;
  uint64_t bytes;
  for (uint32_t number = 0; mt_facts_next_own(&number, &start, &bytes);) put_range(start, bytes);
  for (uint32_t number = 0; mt_live_next_part(&number, &start, &bytes);) put_range(start, bytes);
}

static void put_stacks(void) {
  for (uint32_t slot = 0; slot < mt_slots_used(); slot++) {
    const struct mt_ring_header *ring = mt_live_ring(slot);
    if (mt_load_acquire(&ring->state) != MT_RING_OWNED) continue;
    uint64_t address = mt_load_relaxed(&ring->stack_address);
    uint64_t pointer = mt_load_relaxed(&ring->thread_pointer);
    if (address == 0 || pointer <= address) continue;
    if (!has_room(4 * MT_LEB128_BYTES_MAX)) end_part();
    put(MT_ACCOUNT_STACK);
    put(mt_load_relaxed(&ring->thread));
    put(address);
    put(pointer - address);
  }
}

/* ---- Maps ---- */

static uint64_t take_hex(const char **cursor) {
  uint64_t value = 0;
  for (;; ++*cursor) {
    char c = **cursor;
    unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                            : 16u;
    if (digit > 15) return value;
    value = value << 4 | digit;
  }
}

/* The line "START-END rwxp OFFSET DEVICE INODE   NAME", which ends with a NUL. */
static void take_line(const char *line, const char *line_end) {
  uint64_t start = take_hex(&line);
  line += *line == '-';
  uint64_t end = take_hex(&line);
  uint32_t flags = 0;
  if (*line == ' ' && line_end - line > 5) {
    flags = (line[1] == 'r' ? MT_REGION_READ : 0) | (line[2] == 'w' ? MT_REGION_WRITE : 0) |
            (line[3] == 'x' ? MT_REGION_EXECUTE : 0) | (line[4] == 's' ? MT_REGION_SHARED : 0);
    line += 5;
  }
  for (int field = 0; field < 3; field++) { /* offset, device, inode */
    while (*line == ' ') line++;
    if (field == 2 && *line != '0') flags |= MT_REGION_FILE;
    while (*line != ' ' && *line != '\0') line++;
  }
  while (*line == ' ') line++;
  size_t name_bytes = (size_t)(line_end - line);
  account.name = line;
  account.name_bytes = name_bytes < NAME_BYTES_MAX ? (uint32_t)name_bytes : NAME_BYTES_MAX;
  account.region_flags = flags;
  /* Between two reads the map may have changed. */
  account.start = start > account.end ? start : account.end;
  account.end = end > account.start ? end : account.start;
  account.at = account.covered = account.run_start = account.run_end = account.start;
  bool is_left_out = account.scan.is_plain && account.end - account.start > PLAIN_REGION_MAX;
  if (is_left_out) account.record.header.flags |= MT_ACCOUNT_PARTIAL;
  /* In no sum of the process are the kernel's own pages, and those of hugetlbfs, as far as a name
   * tells these; vsyscall is none of its addresses. */
  static const char *const uncounted[] = {"[vvar", "[vsyscall", "/anon_hugepage", "/dev/hugepages"};
  bool is_uncounted = false;
  for (size_t i = 0; i < sizeof uncounted / sizeof uncounted[0]; i++)
    is_uncounted |= strncmp(line, uncounted[i], strlen(uncounted[i])) == 0;
  if (is_left_out || is_uncounted) account.at = account.end;
}

/* 1: there is a region; 0: there is none any more; or -errno. */
static int next_region(void) {
  for (;;) {
    char *from = account.text + account.text_at;
    char *end = memchr(from, '\n', account.text_end - account.text_at);
    if (end != NULL) {
      *end = '\0';
      account.text_at = (size_t)(end + 1 - account.text);
      take_line(from, end);
      return 1;
    }
    memmove(account.text, from, account.text_end - account.text_at);
    account.text_end -= account.text_at;
    account.text_at = 0;
    long length = mt_sys_read_at(account.maps_fd, account.text + account.text_end,
                                 TEXT_BYTES - account.text_end, account.maps_offset);
    if (length <= 0) return (int)length;
    account.text_end += (size_t)length;
    account.maps_offset += (uint64_t)length;
  }
}

/* ---- An account ---- */

/* Among the descriptors of the program it may have taken ours, and given the number to a file of
 * its own. */
static void close_ours(int fd, const struct mt_file_identity *identity) {
  if (!account.is_inline || mt_descriptor_is(fd, identity)) mt_sys_close(fd);
}

static void close_files(void) {
  close_ours(account.maps_fd, &account.maps);
  close_ours(account.scan.fd, &account.pagemap);
  account.is_under_way = false;
}

static void end_account(uint64_t now_ns) {
  struct mt_account *header = &account.record.header;
  header->took_ns = now_ns - header->time_ns;
  header->flags |= MT_ACCOUNT_LAST | (account.scan.is_plain ? MT_ACCOUNT_PLAIN : 0);
  mt_facts_sums(header);
  last.resident_bytes = header->resident_after_bytes;
  end_part();
  mt_batch_flush_records();
}

/* It cannot be had: said once. */
static void refuse(int error) {
  struct mt_account *header = &account.record.header;
  header->flags |= MT_ACCOUNT_LAST | MT_ACCOUNT_REFUSED;
  header->error = -error;
  begin_part();
  if (!last.was_refused) end_part();
  last.was_refused = true;
}

static void begin(enum mt_account_reason reason) {
  uint64_t now_ns = mt_trace_file_now_ns();
  struct mt_account *header = &account.record.header;
  memset(header, 0, sizeof *header);
  header->time_ns = now_ns;
  header->reason = (uint16_t)reason;
  account.is_inline = mt_inline_is_on();
  account.spent_ns = account.maps_offset = 0;
  account.text_at = account.text_end = 0;
  account.start = account.end = account.at = 0;
  account.is_begun = false;
  mt_store_relaxed(&is_asked, 0);
  begin_part();
  mt_facts_sums(header);
  header->resident_before_bytes = header->resident_after_bytes;
  header->resident_after_bytes = header->page_table_bytes = header->swap_bytes = 0;
  last.time_ns = now_ns;
  last.resident_bytes = header->resident_before_bytes;
  account.maps_fd = (int)mt_sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
  int error = account.maps_fd < 0 ? account.maps_fd : mt_page_scan_open(&account.scan);
  if (error < 0) {
    refuse(error);
    if (account.maps_fd >= 0) mt_sys_close(account.maps_fd);
    return;
  }
  account.is_under_way = true;
  account.maps = mt_descriptor_identity(account.maps_fd);
  account.pagemap = mt_descriptor_identity(account.scan.fd);
  put_own();
  put_stacks();
}

/* The processor time that the writer has had. */
static uint64_t processor_ns(void) {
  return mt_sys_clock_ns(mt_filter_forbids(MT_FORBIDS_SCANNING) ? CLOCK_MONOTONIC
                                                                : CLOCK_THREAD_CPUTIME_ID);
}

/* Goes on for a moment. */
static void step(void) {
  uint64_t had_ns = processor_ns(), began_ns = mt_trace_file_now_ns(), now_ns = began_ns;
  while (account.is_under_way && now_ns - began_ns < PIECE_NS) {
    if (account.at == account.end) {
      put_run();
      end_region();
      int more = next_region();
      if (more == 0 && account.maps_offset > 0) end_account(now_ns);
      if (more <= 0) close_files();
    } else {
      uint64_t at = mt_page_scan(&account.scan, account.at, account.end, take_run);
      if (at == account.at) { /* an account with a hole would be wrong */
        refuse(-EIO);
        close_files();
      }
      account.at = at;
    }
    now_ns = mt_trace_file_now_ns();
  }
  account.spent_ns += processor_ns() - had_ns;
  if (account.is_under_way) return;
  last.time_ns = now_ns;
  last.cost_ns = account.spent_ns;
}

/* Its descriptors were those of a task that is gone. */
static void give_up_another_tasks(void) {
  if (account.is_inline != mt_inline_is_on()) account.is_under_way = false;
}

void mt_account_take(enum mt_account_reason reason, void (*drain)(void)) {
  give_up_another_tasks();
  if (account.is_under_way) close_files();
  begin(reason);
  while (account.is_under_way) {
    step();
    drain();
  }
}

/* ---- When ---- */

static enum mt_account_reason reason_now(uint64_t now_ns, uint64_t resident_bytes) {
  uint64_t since = now_ns - last.time_ns;
  if (mt_load_relaxed(&is_asked) != 0 && since >= ASKED_REST * last.cost_ns)
    return MT_ACCOUNT_ASKED;
  if (mt_inline_is_on()) return 0;
  if (last.time_ns == 0) return now_ns >= FIRST_NS ? MT_ACCOUNT_AT_START : 0;
  if (since < REST * last.cost_ns) return 0;
  uint64_t more = last.resident_bytes / GROWTH_SHARE;
  if (more < GROWTH_MIN) more = GROWTH_MIN;
  if (resident_bytes >= last.resident_bytes + more) return MT_ACCOUNT_GROWN;
  uint64_t every = mt_options.account_every_ns;
  if (every == 0) every = now_ns / EVERY_SHARE > EVERY_NS ? now_ns / EVERY_SHARE : EVERY_NS;
  return since >= every ? MT_ACCOUNT_DUE : 0;
}

void mt_account_look(uint64_t now_ns, uint64_t resident_bytes, void (*drain)(void)) {
  give_up_another_tasks();
  if (account.is_under_way) {
    step();
    return;
  }
  enum mt_account_reason reason = reason_now(now_ns, resident_bytes);
  if (reason == 0) return;
  if (mt_inline_is_on()) {
    mt_account_take(reason, drain);
  } else {
    begin(reason);
  }
}

void mt_account_give_up(void) { account.is_under_way = false; }

void mt_account_forget(void) {
  mt_account_give_up();
  memset(&last, 0, sizeof last);
  mt_store_relaxed(&is_asked, 0);
}
