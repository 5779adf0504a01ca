/*
 * memory_figures.c: see memory_figures.h.
 *
 * A group is found by its line in /proc/self/cgroup: "0::/PATH" of the one hierarchy of version 2,
 * or "N:memory:/PATH" of version 1. Within a container the path may be one of the host's, which is
 * not mounted: the mount's root is then the container's own group.
 */
#include "process/memory_figures.h"

#include <fcntl.h>
#include <string.h>

#include "base/page.h"
#include "base/sys.h"
#include "base/text.h"

#define FILE_BYTES 4096u
#define STATM_BYTES 192u /* for a signal handler, whose stack may be small */
#define NUMBER_BYTES 64u
#define PATH_BYTES 1024u

/* Version 1 says so where there is no limit: the largest number of whole pages. */
#define V1_NO_LIMIT (UINT64_C(1) << 62)

/* The beginning of a file as text; false if it cannot be read. */
static bool read_text(const char *path, char *text, size_t bytes) {
  if (mt_sys_is_forbidden()) return false;
  long fd = mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return false;
  long length = mt_sys_read((int)fd, text, bytes - 1);
  mt_sys_close((int)fd);
  if (length <= 0) return false;
  text[length] = '\0';
  return true;
}

/* What stands behind `name` at the start of a line; NULL without such a line. */
static const char *line_of(const char *text, const char *name) {
  size_t length = strlen(name);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, name, length) == 0) return line + length;
  }
  return NULL;
}

static uint64_t kilobytes(const char *text, const char *name) {
  const char *value = line_of(text, name);
  if (value == NULL) return 0;
  while (*value == ' ') value++;
  return mt_text_take_number(&value) << 10;
}

bool mt_figures_of_process(struct mt_memory_figures *figures) {
  char text[STATM_BYTES];
  figures->resident = figures->virtual = 0;
  if (!read_text("/proc/self/statm", text, sizeof text)) return false;
  const char *cursor = text;
  figures->virtual = mt_text_take_number(&cursor) * mt_page_bytes();
  if (*cursor == ' ') cursor++;
  figures->resident = mt_text_take_number(&cursor) * mt_page_bytes();
  return true;
}

/* ---- The control group ---- */

struct hierarchy {
  const char *root, *usage, *limit;
};
static const struct hierarchy version1 = {"/sys/fs/cgroup/memory", "/memory.usage_in_bytes",
                                          "/memory.limit_in_bytes"};
static const struct hierarchy version2 = {"/sys/fs/cgroup", "/memory.current", "/memory.max"};

/* The number in the file `name` of the group at `path` below the root; false without one. */
static bool group_number(const struct hierarchy *tree, const char *path, size_t length,
                         const char *name, uint64_t *number) {
  char full[PATH_BYTES], text[NUMBER_BYTES];
  struct mt_text built = mt_text_over(full, sizeof full);
  mt_text_add(&built, tree->root);
  mt_text_add_bytes(&built, path, length);
  mt_text_add(&built, name);
  if (built.cut || !read_text(full, text, sizeof text) || text[0] < '0' || text[0] > '9')
    return false;
  const char *cursor = text;
  *number = mt_text_take_number(&cursor);
  return true;
}

/* What is used of a limit; the limit is 0 while there is none. */
struct nearest {
  uint64_t used, limit;
};

static void consider(struct nearest *nearest, uint64_t used, uint64_t limit) {
  if (limit == 0 || limit == MT_NO_LIMIT) return;
  if (nearest->limit == 0 ||
      (double)used / (double)limit > (double)nearest->used / (double)nearest->limit) {
    *nearest = (struct nearest){used, limit};
  }
}

/* The least limit from the group at `path` up to the root; and which of them is the nearest. */
static uint64_t least_limit(const struct hierarchy *tree, const char *path, size_t length,
                            struct nearest *nearest) {
  uint64_t least = MT_NO_LIMIT, limit, used;
  for (;;) {
    if (group_number(tree, path, length, tree->limit, &limit) && limit < V1_NO_LIMIT) {
      if (limit < least) least = limit;
      if (group_number(tree, path, length, tree->usage, &used)) consider(nearest, used, limit);
    }
    if (length == 0) return least;
    do {
      length--;
    } while (length > 0 && path[length] != '/');
  }
}

/* The path behind `:memory:` or `,memory:` and the like, or NULL. */
static const char *version1_path(const char *text) {
  for (const char *at = strstr(text, "memory"); at != NULL; at = strstr(at + 1, "memory")) {
    const char *end = strchr(at, ':');
    bool begins = at > text && (at[-1] == ':' || at[-1] == ',');
    if (begins && (at[6] == ':' || at[6] == ',') && end != NULL) return end + 1;
  }
  return NULL;
}

static void add_group(struct mt_memory_figures *figures, struct nearest *nearest) {
  char text[FILE_BYTES];
  if (!read_text("/proc/self/cgroup", text, sizeof text)) return;
  const struct hierarchy *tree = &version1;
  const char *path = version1_path(text);
  if (path == NULL) {
    tree = &version2;
    path = line_of(text, "0::");
  }
  if (path == NULL || *path != '/') return;
  size_t length = strcspn(path, "\n");
  while (length > 0 && path[length - 1] == '/') length--;
  if (!group_number(tree, path, length, tree->usage, &figures->group)) {
    length = 0;
    group_number(tree, path, length, tree->usage, &figures->group);
  }
  figures->group_limit = least_limit(tree, path, length, nearest);
}

/* The system's figures; the memory that is available, swap included. */
static uint64_t add_system(struct mt_memory_figures *figures) {
  char text[FILE_BYTES];
  if (!read_text("/proc/meminfo", text, sizeof text)) return 0;
  figures->system = kilobytes(text, "MemTotal:");
  figures->system_available = kilobytes(text, "MemAvailable:");
  return figures->system_available + kilobytes(text, "SwapFree:");
}

static uint64_t address_space_limit(void) {
  char text[FILE_BYTES];
  if (!read_text("/proc/self/limits", text, sizeof text)) return 0;
  const char *value = line_of(text, "Max address space");
  if (value == NULL) return 0;
  while (*value == ' ') value++;
  return mt_text_take_number(&value); /* 0: unlimited */
}

bool mt_figures_of_nearest_limit(uint64_t *used, uint64_t *limit) {
  struct mt_memory_figures figures = {0};
  struct nearest nearest = {0};
  if (!mt_figures_of_process(&figures)) return false;
  uint64_t available = add_system(&figures);
  if (available != 0) consider(&nearest, figures.resident, figures.resident + available);
  consider(&nearest, figures.virtual, address_space_limit());
  add_group(&figures, &nearest);
  *used = nearest.used;
  *limit = nearest.limit;
  return nearest.limit != 0;
}

void mt_figures_of_system(struct mt_memory_figures *figures) {
  struct nearest unused = {0};
  figures->system = figures->system_available = figures->group = 0;
  figures->group_limit = MT_NO_LIMIT;
  add_system(figures);
  add_group(figures, &unused);
}
