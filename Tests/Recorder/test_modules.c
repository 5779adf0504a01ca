/*
 * test_modules.c LIBRARY LIBRARY: what the trace is told about mapped objects, against what the
 * kernel (/proc/self/maps), the file system and readelf say of them; and libraries that go and come
 * back.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "modules/module_places.h"
#include "modules/module_set.h"
#include "modules/modules.h"
#include "trace_format.h"

#define LOADS_MAX 64

struct seen {
  struct mt_module_load load;
  struct mt_segment segments[16];
  char build_id[129];
  char path[4096];
};

static struct seen loads[LOADS_MAX];
static int load_count, unload_count, failures;
static uint32_t last_unloaded;

static void expect(bool holds, const char *what, const char *path) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s: %s\n", path, what);
}

static void take_load(const uint8_t *content, uint32_t bytes) {
  struct seen *seen = &loads[load_count++];
  memcpy(&seen->load, content, sizeof seen->load);
  const struct mt_module_load *load = &seen->load;
  size_t segments = load->segment_count * sizeof(struct mt_segment);
  expect(load->segment_count <= 16 &&
             sizeof *load + segments + load->build_id_bytes + load->path_bytes == bytes,
         "its parts fill the record", "record");
  content += sizeof *load;
  memcpy(seen->segments, content, segments);
  content += segments;
  for (int i = 0; i < load->build_id_bytes; i++)
    sprintf(seen->build_id + 2 * i, "%02x", content[i]);
  content += load->build_id_bytes;
  memcpy(seen->path, content, load->path_bytes);
}

static void define_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self;
  const uint8_t *at = records, *end = at + bytes;
  expect(bytes <= MT_RAW_RECORD_BYTES_MAX && bytes % 8 == 0, "size of records", "sink");
  while (at < end) {
    const struct mt_record *record = (const struct mt_record *)at;
    if (record->type == MT_RECORD_MODULE_LOAD) take_load(at + sizeof *record, record->bytes);
    if (record->type == MT_RECORD_MODULE_UNLOAD) {
      last_unloaded = ((const struct mt_module_unload *)(record + 1))->module;
      unload_count++;
    }
    at += (sizeof *record + record->bytes + 7) & ~(size_t)7;
  }
}

static struct mt_sink sink = {.define_records = define_records};

/* Does the kernel map the file offset at the address, from this very file? */
static bool is_mapped(const char *path, uint64_t address, uint64_t offset) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[4352], file[4096], *real = realpath(path, NULL); /* /lib is a link */
  bool found = false;
  while (maps && fgets(line, sizeof line, maps)) {
    unsigned long start, end, at;
    file[0] = '\0';
    if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095[^\n]", &start, &end, &at, file) < 3) continue;
    if (address < start || address >= end || !real || strcmp(file, real) != 0) continue;
    found = address - start + at == offset;
  }
  if (maps) fclose(maps);
  free(real);
  return found;
}

static void check_build_id(const struct seen *seen) {
  char command[4352], line[512], id[256] = "";
  snprintf(command, sizeof command, "readelf -n '%s' 2>/dev/null", seen->path);
  FILE *output = popen(command, "r");
  while (output && fgets(line, sizeof line, output)) sscanf(line, " Build ID: %255s", id);
  if (output) pclose(output);
  expect(strcmp(id, seen->build_id) == 0, "build-id as readelf reads it", seen->path);
}

static void check(const struct seen *seen) {
  const struct mt_module_load *load = &seen->load;
  bool is_vdso = strcmp(seen->path, "[vdso]") == 0;
  struct stat status;
  expect(load->segment_count > 0, "it has segments", seen->path);
  for (int i = 0; i < load->segment_count; i++) {
    const struct mt_segment *segment = &seen->segments[i];
    expect(segment->start >= load->start && segment->end <= load->end, "segments lie in it",
           seen->path);
    expect(is_vdso || is_mapped(seen->path, segment->start, segment->file_offset),
           "segments as the kernel maps them", seen->path);
  }
  if (is_vdso) return;
  expect(stat(seen->path, &status) == 0 && (uint64_t)status.st_size == load->file_bytes &&
             status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec ==
                 load->file_mtime_ns,
         "size and time of the file", seen->path);
  check_build_id(seen);
}

static const struct seen *by_path(const char *name) {
  for (int i = 0; i < load_count; i++)
    if (strstr(loads[i].path, name)) return &loads[i];
  return NULL;
}

static void test_announced(void) {
  mt_modules_announce_all(&sink, 123);
  int first = load_count;
  for (int i = 0; i < load_count; i++) {
    check(&loads[i]);
    expect(loads[i].load.time_ns == 123 && loads[i].load.incarnation == 0, "time, incarnation",
           loads[i].path);
    for (int j = 0; j < i; j++)
      expect(loads[i].load.module != loads[j].load.module, "a number of its own", loads[i].path);
  }
  expect(
      by_path("test_modules") && by_path("/libc.so") && by_path("/ld-linux") && by_path("[vdso]"),
      "program, libc, loader and vDSO", "list");
  mt_modules_announce_all(&sink, 124);
  expect(load_count == first, "nothing is announced twice", "list");
}

static void *open_library(const char *path, void **entry) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  *entry = library ? dlsym(library, "library_entry") : NULL;
  expect(*entry != NULL, "dlopen", path);
  return library;
}

static void close_library(void *library) {
  mt_modules_closing();
  expect(mt_modules_in_flux(mt_modules_generation()), "in flux while closing", "generation");
  dlclose(library);
  mt_modules_closed(&sink, 200);
}

static void test_come_and_go(const char *first, const char *second) {
  struct mt_module_view view;
  void *entry, *again;
  void *library = open_library(first, &entry);
  int before = load_count;
  uint64_t generation = mt_modules_generation();
  expect(mt_modules_find(&sink, (uint64_t)(uintptr_t)entry, &view), "found by address", first);
  expect(load_count == before + 1, "announced when found", first);
  mt_modules_find(&sink, (uint64_t)(uintptr_t)entry, &view);
  expect(load_count == before + 1, "announced once", first);
  check(&loads[before]);
  expect(view.unwind_header >= view.readable_start && view.unwind_header < view.readable_end,
         "its tables", first);
  uint32_t number = loads[before].load.module;

  close_library(library);
  expect(unload_count == 1 && last_unloaded == number, "its end is announced", first);
  expect(mt_modules_generation() != generation && !mt_modules_in_flux(mt_modules_generation()),
         "a new generation", "generation");
  expect(!mt_modules_find(&sink, (uint64_t)(uintptr_t)entry, &view), "gone", first);

  library = open_library(second, &again);
  mt_modules_find(&sink, (uint64_t)(uintptr_t)again, &view);
  if (again == entry) expect(view.incarnation == 1, "an incarnation of its own", second);
  expect(loads[load_count - 1].load.module != number, "a number of its own", second);
  close_library(library);

  library = open_library(first, &again);
  mt_modules_find(&sink, (uint64_t)(uintptr_t)again, &view);
  if (again == entry)
    expect(loads[load_count - 1].load.module == number && view.incarnation == 0,
           "back at its place under its old number", first);
  close_library(library);
  expect(unload_count == 3, "three ends", "list");
}

/* ---- Two threads open and close libraries at the same time ---- */

enum { CHURN_ROUNDS = 3000 };

static void drop_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self, (void)records, (void)bytes;
}

static void *churn(void *path) {
  struct mt_sink nowhere = {.define_records = drop_records};
  struct mt_module_view view;
  intptr_t missed = 0;
  for (int i = 0; i < CHURN_ROUNDS; i++) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    uint64_t entry = (uint64_t)(uintptr_t)dlsym(library, "library_entry");
    missed += !mt_modules_find(&nowhere, entry, &view) || view.unwind_header == 0;
    mt_modules_closing();
    dlclose(library);
    mt_modules_closed(&nowhere, 0);
  }
  return (void *)missed;
}

static void test_churn(char *first, char *second) {
  pthread_t other;
  void *missed;
  pthread_create(&other, NULL, churn, second);
  expect(churn(first) == NULL, "found while another library is closed", first);
  pthread_join(other, &missed);
  expect(missed == NULL, "found while another library is closed", second);
}

static void test_elsewhere(void) {
  struct mt_module_view view;
  void *page = mt_sys_map_private(4096);
  expect(!mt_modules_find(&sink, (uint64_t)(uintptr_t)page, &view), "no module", "anonymous page");
  expect(!mt_modules_find(&sink, 1, &view), "no module", "address 1");
}

/* ---- Incarnations, and the set of what is mapped ---- */

static void expect_place(uint64_t start, uint64_t end, unsigned incarnation, const char *what) {
  expect(mt_module_places_take(start, end) == incarnation, what, "places");
}

static void test_places(void) {
  const uint64_t at = UINT64_C(0x123456000), page = 4096, granule = UINT64_C(8) << 20;
  expect_place(at, at + 2 * page, 0, "the first of its pages");
  expect_place(at + 2 * page, at + 3 * page, 0, "its neighbour");
  expect_place(at + page, at + 2 * page + 1, 1, "one that overlaps both");
  expect_place(at + 2 * page + 8, at + 2 * page + 9, 2, "one in a part of the last page");
  expect_place(at, at + page, 1, "where only the first was");
  uint64_t far = (at / granule + 100) * granule;
  expect_place(far + granule - page, far + 3 * granule + page, 0, "one over whole granules");
  expect_place(far + 2 * granule, far + 2 * granule + page, 1, "one within it");
  expect_place(far + granule, far + 2 * granule, 1, "where that was not");
  expect_place(far, far + 4 * granule, 2, "one over all of these");
  for (unsigned i = 3; i < MT_PC_INCARNATION_MAX; i++)
    if (mt_module_places_take(far, far + page) != i) expect(false, "one after the other", "places");
  expect_place(far, far + page, MT_PC_INCARNATION_MAX, "too many to be told apart");
  expect_place(far, far + page, MT_PC_INCARNATION_MAX, "and all that follow");
  expect_place(far + page, far + 2 * page, 3, "not beside it");
  expect_place(UINT64_MAX - page, UINT64_MAX, MT_PC_INCARNATION_MAX, "beyond all addresses");
}

static void test_set(void) {
  static struct mt_module_set set;
  static const uint32_t members[] = {1, 63, 64, 4095, 4096, 70000, MT_MODULES_MAX - 1};
  const unsigned count = sizeof members / sizeof members[0];
  for (unsigned i = count; i-- > 0;) mt_module_set_add(&set, members[i]);
  uint32_t at = mt_module_set_next(&set, 0, MT_MODULES_MAX);
  for (unsigned i = 0; i < count; i++) {
    expect(at == members[i], "members in their order", "set");
    at = mt_module_set_next(&set, at + 1, MT_MODULES_MAX);
  }
  expect(at == MT_MODULES_MAX, "and no others", "set");
  expect(mt_module_set_next(&set, 4097, 70000) == 70000, "none below the end", "set");
  for (unsigned i = 1; i < count - 1; i++) mt_module_set_remove(&set, members[i]);
  expect(mt_module_set_next(&set, 2, MT_MODULES_MAX) == MT_MODULES_MAX - 1, "what is left", "set");
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  mt_modules_configure(NULL);
  expect(mt_modules_supported(), "glibc 2.35", "libc");
  test_announced();
  test_come_and_go(argv[1], argv[2]);
  test_churn(argv[1], argv[2]);
  test_elsewhere();
  test_places();
  test_set();
  printf("%d modules announced, %d failures\n", load_count, failures);
  return failures != 0;
}
