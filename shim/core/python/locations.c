/* locations.c: see locations.h. A hash table of lists: an entry is written before it is linked and
 * never changes; lookups take no lock. Two threads that meet at the same new line may both describe
 * it, under two numbers. */
#include "python/locations.h"

#include <string.h>

#include "base/segments.h"
#include "trace_format.h"

#define SEGMENT_ENTRIES 2048u
#define SEGMENTS_MAX 512u
#define LISTS (1u << 15)

/* An instruction, or, where `line` is not 0, a line of a code object. */
struct entry {
  struct mt_python_instruction key; /* of a line, `at` is 0 */
  uint32_t line;
  uint32_t number;
  uint32_t next; /* entry + 1, 0 at a list's end */
};

static void *segments[SEGMENTS_MAX];
static void *lists_memory; /* LISTS words: entry + 1 of the newest */
static uint32_t entry_count;

#define LISTS_BYTES (LISTS * sizeof(uint32_t))
#define SEGMENT_BYTES (SEGMENT_ENTRIES * sizeof(struct entry))

static struct entry *entry_at(uint32_t index) {
  struct entry *segment = mt_load_acquire(&segments[index / SEGMENT_ENTRIES]);
  return &segment[index % SEGMENT_ENTRIES];
}

static uint32_t *list_of(uint32_t *lists, const struct mt_python_instruction *key, uint32_t line) {
  uint64_t hash = (key->code ^ key->at << 7 ^ key->fingerprint ^ (uint64_t)line << 40) *
                  UINT64_C(0x9e3779b97f4a7c15);
  return &lists[hash >> 49 & (LISTS - 1)];
}

static uint32_t find(uint32_t *lists, const struct mt_python_instruction *key, uint32_t line) {
  uint32_t next = mt_load_acquire(list_of(lists, key, line)); /* pairs with the CAS in link */
  while (next != 0) {
    const struct entry *entry = entry_at(next - 1);
    if (entry->key.code == key->code && entry->key.at == key->at &&
        entry->key.fingerprint == key->fingerprint && entry->line == line) {
      return entry->number;
    }
    next = entry->next;
  }
  return 0;
}

/* A new entry, not in a list yet; NULL: there is no room. Its index + 1 is never 0. */
static struct entry *new_entry(uint32_t *index) {
  *index = mt_add_relaxed(&entry_count, 1);
  if (*index >= SEGMENTS_MAX * SEGMENT_ENTRIES) {
    mt_store_relaxed(&entry_count, SEGMENTS_MAX * SEGMENT_ENTRIES);
    return NULL;
  }
  struct entry *segment = mt_segment_obtain(&segments[*index / SEGMENT_ENTRIES], SEGMENT_BYTES);
  return segment == NULL ? NULL : &segment[*index % SEGMENT_ENTRIES];
}

static void link(uint32_t *lists, struct entry *entry, uint32_t index) {
  uint32_t *list = list_of(lists, &entry->key, entry->line);
  entry->next = mt_load_acquire(list);
  while (!mt_cas_acq_rel(list, &entry->next, index + 1)) {
  }
}

static uint64_t counter_of(uint32_t number) {
  return MT_PC_RECORDED | (uint64_t)MT_LOCATION_PYTHON << MT_PC_LOCATION_KIND_SHIFT | number;
}

static void define(struct mt_sink *sink, uint32_t number, uint32_t line,
                   struct mt_python_scratch *scratch) {
  const struct mt_python_description *description = &scratch->description;
  struct {
    struct mt_record header;
    struct mt_location location;
  } head = {
      .header = {.type = MT_RECORD_LOCATION},
      .location = {counter_of(number), line, (uint16_t)description->function_bytes,
                   (uint16_t)description->file_bytes},
  };
  uint32_t names = description->function_bytes + description->file_bytes;
  head.header.bytes = (uint32_t)sizeof head.location + names;
  size_t bytes = (sizeof head + names + 7) & ~(size_t)7;
  char *at = (char *)scratch->record;
  memset(at + bytes - 8, 0, 8); /* the padding */
  memcpy(at, &head, sizeof head);
  memcpy(at + sizeof head, description->function, description->function_bytes);
  memcpy(at + sizeof head + description->function_bytes, description->file,
         description->file_bytes);
  sink->define_records(sink, at, bytes);
}

/* The number of a line of a code object, described now if it is new; 0 where that fails. */
static uint32_t line_number(const struct mt_python_interpreter *python, struct mt_sink *sink,
                            uint32_t *lists, const struct mt_python_instruction *instruction,
                            uint32_t line, struct mt_python_scratch *scratch) {
  struct mt_python_instruction key = {instruction->code, 0, instruction->fingerprint};
  /* Line 0 is none: an entry of it is told from an instruction by being odd. */
  uint32_t kept_line = line != 0 ? line : UINT32_MAX, index;
  uint32_t number = find(lists, &key, kept_line);
  if (number != 0) return number;
  if (!mt_python_describe(python, key.code, &scratch->description)) {
    mt_python_give_up();
    return 0;
  }
  struct entry *entry = new_entry(&index);
  if (entry == NULL) return 0;
  *entry = (struct entry){.key = key, .line = kept_line, .number = index + 1};
  define(sink, index + 1, line, scratch);
  link(lists, entry, index);
  return index + 1;
}

uint64_t mt_python_location(const struct mt_python_interpreter *python, struct mt_sink *sink,
                            const struct mt_python_instruction *instruction,
                            struct mt_python_scratch *scratch) {
  uint32_t *lists = mt_segment_obtain(&lists_memory, LISTS_BYTES), index;
  if (lists == NULL) return 0;
  uint32_t number = find(lists, instruction, 0);
  if (mt_likely(number != 0)) return counter_of(number);
  uint32_t line = mt_python_line(python, instruction->code, instruction->at);
  number = line_number(python, sink, lists, instruction, line, scratch);
  struct entry *entry = number != 0 ? new_entry(&index) : NULL;
  if (entry == NULL) return number != 0 ? counter_of(number) : 0;
  *entry = (struct entry){.key = *instruction, .number = number};
  link(lists, entry, index);
  return counter_of(number);
}

void mt_python_locations_reset(void) {
  if (mt_load_relaxed(&entry_count) != 0) { /* else not even the pages of this list were touched */
    mt_segments_release(segments, SEGMENTS_MAX, SEGMENT_BYTES);
  }
  mt_segments_release(&lists_memory, 1, LISTS_BYTES);
  mt_store_relaxed(&entry_count, 0);
}
