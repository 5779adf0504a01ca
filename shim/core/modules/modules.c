/*
 * modules.c: see modules.h. All modules ever seen, in memory that never moves, found by what they
 * are and where (`shelves`); those that are mapped now are a set. Entries are prepared in private
 * and linked by CAS; afterwards only `state` changes. They are looked at when an address's rule is
 * not cached, never on the hot path.
 */
#include "modules/modules.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "base/page.h"
#include "base/segments.h"
#include "base/sys.h"
#include "cfi/rule_cache.h"
#include "modules/module_image.h"
#include "modules/module_places.h"
#include "modules/module_set.h"
#include "trace_format.h"

#pragma weak _dl_find_object

struct module {
  struct module *next; /* older, of its shelf; never changes once linked */
  uint64_t start, end; /* as the loader mapped it */
  uint64_t unwind_header;
  uint64_t identity; /* hash of build-id and name */
  uint64_t readable_start, readable_end;
  uint32_t number;
  uint16_t incarnation;
  uint16_t state; /* MODULE_*; written with release, read with acquire */
};

enum {
  MODULE_NEW = 0,       /* to this trace */
  MODULE_ANNOUNCED = 1, /* its record is in the trace */
  MODULE_GONE = 2,      /* closed; may come back */
  MODULE_DOUBTFUL = 3,  /* announced; a dlclose ago: what stands in its place may be another */
};

#define SEGMENT_MODULES 256u
#define SEGMENT_BYTES (SEGMENT_MODULES * sizeof(struct module))
#define SEGMENTS_MAX (MT_MODULES_MAX / SEGMENT_MODULES)
#define SHELVES 1024u

/* Low 16 bits: dlcloses under way. Above: how many have ended. */
uint64_t mt_modules_generation_word;
#define GENERATION_STEP (UINT64_C(1) << 16)

static void *segments[SEGMENTS_MAX];
static uint32_t module_count; /* numbers given out, from 1; by take_entry */
/* Modules by what they are and where, newest first; CAS (release), read with acquire. */
static struct module *shelves[SHELVES] __attribute__((aligned(4096)));
static struct mt_module_set mapped; /* those that are announced, or doubtful */
static uint64_t (*clock_ns)(void);

/* The main program's headers: it alone may lack an ELF header in memory, or lie in pieces. */
static struct {
  uint64_t headers;
  uint16_t count;
} main_program;

static struct {
  void (*found)(const struct mt_module_image *image);
  void (*closing)(void);
} watcher;

void mt_modules_watch(void (*found)(const struct mt_module_image *image), void (*closing)(void)) {
  watcher.found = found;
  watcher.closing = closing;
}

static int note_main_program(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes, (void)context;
  main_program.headers = (uint64_t)(uintptr_t)info->dlpi_phdr;
  main_program.count = info->dlpi_phnum;
  return 1; /* it is the first */
}

void mt_modules_configure(uint64_t (*now_ns)(void)) {
  clock_ns = now_ns;
  dl_iterate_phdr(note_main_program, NULL);
}

bool mt_modules_supported(void) { return _dl_find_object != NULL; }

/* ---- Looking at a mapped object ---- */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static uint64_t identity_of(const struct mt_module_image *image) {
  uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), image->build_id, image->build_id_bytes);
  return hash_bytes(hash, image->name, strlen(image->name));
}

/* The loader's word on an address. An object in pieces has one range for each. */
static bool look_up(uint64_t address, struct dl_find_object *found) {
  return _dl_find_object((void *)(uintptr_t)address, found) == 0;
}

/* Where an object's ELF header stands: at its load bias, or where this piece of it starts. */
static uint64_t elf_header_of(const struct dl_find_object *found) {
  struct dl_find_object there;
  uint64_t bias = found->dlfo_link_map->l_addr;
  if (look_up(bias, &there) && there.dlfo_link_map == found->dlfo_link_map) return bias;
  return (uint64_t)(uintptr_t)found->dlfo_map_start;
}

static struct mt_module_image image_of(const struct dl_find_object *found) {
  struct mt_module_image image = {
      .base = found->dlfo_link_map->l_addr,
      .start = (uint64_t)(uintptr_t)found->dlfo_map_start,
      .end = (uint64_t)(uintptr_t)found->dlfo_map_end,
      .name = found->dlfo_link_map->l_name ? found->dlfo_link_map->l_name : "",
  };
  if (image.name[0] == '\0' && main_program.headers) {
    image.headers = main_program.headers;
    image.header_count = main_program.count;
  } else {
    mt_module_image_find_headers(&image, elf_header_of(found));
  }
  mt_module_image_read(&image);
  return image;
}

static bool stands_at(const struct module *module, const struct dl_find_object *found) {
  /* The loader may count whole pages. */
  return mt_page_start(module->start) <= (uint64_t)(uintptr_t)found->dlfo_map_start &&
         mt_page_end(module->end) >= (uint64_t)(uintptr_t)found->dlfo_map_end &&
         module->unwind_header == (uint64_t)(uintptr_t)found->dlfo_eh_frame;
}

/* ---- All modules ---- */

static struct module *by_number(uint32_t number) {
  struct module *segment = mt_load_acquire(&segments[(number - 1) / SEGMENT_MODULES]);
  return &segment[(number - 1) % SEGMENT_MODULES];
}

/* The mapped modules one after the other: the first above `number`, or NULL. */
static struct module *next_mapped(uint32_t number) {
  uint32_t count = mt_load_acquire(&module_count),
           end = count < MT_MODULES_MAX ? count + 1 : MT_MODULES_MAX;
  number = mt_module_set_next(&mapped, number + 1, end);
  return number < end ? by_number(number) : NULL;
}

#define FOR_EACH_MAPPED(m) \
  for (struct module *m = next_mapped(0); m != NULL; m = next_mapped(m->number))

static struct module **shelf_of(uint64_t identity, const struct dl_find_object *found) {
  uint64_t place = (uint64_t)(uintptr_t)found->dlfo_eh_frame;
  uint64_t hash = (identity ^ place >> 2) * UINT64_C(0x9e3779b97f4a7c15);
  return &shelves[hash >> 32 & (SHELVES - 1)];
}

/* The first of a shelf up to (not including) `until` that is this very object, alive or gone. */
static struct module *find_same(struct module *from, const struct module *until,
                                const struct dl_find_object *found, uint64_t identity) {
  for (struct module *m = from; m != until; m = m->next)
    if (m->identity == identity && stands_at(m, found)) return m;
  return NULL;
}

static struct module *take_entry(void) {
  uint32_t index = mt_add_relaxed(&module_count, 1);
  if (index >= MT_MODULES_MAX - 1) {
    mt_store_relaxed(&module_count, MT_MODULES_MAX - 1);
    return NULL;
  }
  struct module *segment = mt_segment_obtain(&segments[index / SEGMENT_MODULES], SEGMENT_BYTES);
  if (!segment) return NULL;
  struct module *module = &segment[index % SEGMENT_MODULES];
  module->number = index + 1;
  return module;
}

static void describe(struct module *module, const struct dl_find_object *found,
                     const struct mt_module_image *image) {
  module->start = image->start;
  module->end = image->end;
  module->unwind_header = (uint64_t)(uintptr_t)found->dlfo_eh_frame;
  mt_module_image_segment(image, module->unwind_header, &module->readable_start,
                          &module->readable_end);
}

/* The entry of an object that is mapped now: the known one, or a new one. NULL: no memory. */
static struct module *enter(const struct dl_find_object *found,
                            const struct mt_module_image *image) {
  uint64_t identity = identity_of(image);
  struct module **shelf = shelf_of(identity, found);
  struct module *list = mt_load_acquire(shelf); /* pairs with the CAS below */
  struct module *module = find_same(list, NULL, found, identity);
  if (module) return module;
  struct module *fresh = take_entry();
  if (!fresh) return NULL;
  describe(fresh, found, image);
  fresh->identity = identity;
  fresh->incarnation = mt_module_places_take(fresh->start, fresh->end);
  for (;;) {
    fresh->next = list;
    struct module *seen = list;
    if (mt_cas_acq_rel(shelf, &list, fresh)) return fresh;
    module = find_same(list, seen, found, identity);
    if (module) return module; /* another thread was first: `fresh` stays unused */
  }
}

static void announce(struct module *module, const struct mt_module_image *image,
                     struct mt_sink *sink, uint64_t now_ns) {
  if (!mt_module_image_announce(image, sink, module->number, module->incarnation, now_ns)) return;
  mt_store_release(&module->state, MODULE_ANNOUNCED); /* pairs with the acquire in known */
  mt_module_set_add(&mapped, module->number);
}

/* A known, announced module that certainly is the object found; NULL otherwise. */
static struct module *known(const struct dl_find_object *found) {
  if (mt_modules_in_flux(mt_modules_generation())) return NULL;
  FOR_EACH_MAPPED(m)
  if (stands_at(m, found) && mt_load_acquire(&m->state) == MODULE_ANNOUNCED) return m;
  return NULL;
}

static void end(struct module *module, struct mt_sink *sink, uint64_t now_ns) {
  uint16_t state = mt_load_acquire(&module->state);
  do {
    if (state != MODULE_ANNOUNCED && state != MODULE_DOUBTFUL) return;
  } while (!mt_cas_acq_rel(&module->state, &state, MODULE_GONE));
  mt_module_set_remove(&mapped, module->number);
  if (mt_load_acquire(&module->state) != MODULE_GONE) /* it has just come back */
    mt_module_set_add(&mapped, module->number);
  struct {
    struct mt_record header;
    struct mt_module_unload content;
  } record = {{.type = MT_RECORD_MODULE_UNLOAD, .bytes = sizeof record.content},
              {.time_ns = now_ns, .module = module->number}};
  sink->define_records(sink, &record, sizeof record);
}

/* This very module stands there: whatever else is said to stand there has gone. */
static void confirm(struct module *module, const struct mt_module_image *image,
                    struct mt_sink *sink, uint64_t now_ns) {
  uint16_t state = MODULE_DOUBTFUL;
  if (mt_cas_acq_rel(&module->state, &state, MODULE_ANNOUNCED) || state == MODULE_ANNOUNCED) return;
  FOR_EACH_MAPPED(m)
  if (m != module && m->start < module->end && module->start < m->end) end(m, sink, now_ns);
  announce(module, image, sink, now_ns);
}

/* The module at an address; NULL if there is none. If it is new, it was found at *now_ns, or now.
 * One for which there is no entry is described in `unlisted`: its code is followed, and not told
 * apart from what else stood there. */
static struct module *find_at(struct mt_sink *sink, uint64_t address, const uint64_t *now_ns,
                              struct module *unlisted) {
  struct dl_find_object found;
  if (!_dl_find_object || !look_up(address, &found)) return NULL;
  struct module *module = known(&found);
  if (module) return module;
  struct mt_module_image image = image_of(&found);
  module = enter(&found, &image);
  if (module) {
    confirm(module, &image, sink, now_ns != NULL ? *now_ns : clock_ns != NULL ? clock_ns() : 0);
    if (watcher.found != NULL) watcher.found(&image);
    return module;
  }
  *unlisted = (struct module){.incarnation = MT_PC_INCARNATION_MAX};
  describe(unlisted, &found, &image);
  return unlisted;
}

bool mt_modules_find(struct mt_sink *sink, uint64_t address, struct mt_module_view *view) {
  struct module unlisted;
  const struct module *module = find_at(sink, address, NULL, &unlisted);
  if (!module) return false;
  *view = (struct mt_module_view){
      .unwind_header = module->readable_end ? module->unwind_header : 0,
      .readable_start = module->readable_start,
      .readable_end = module->readable_end,
      .incarnation = module->incarnation,
  };
  return true;
}

/* ---- Start ---- */

struct announcement {
  struct mt_sink *sink;
  uint64_t now_ns;
};

/* Without _dl_find_object: the loader's own list, once. */
static void announce_unfindable(const struct dl_phdr_info *info, struct announcement *to) {
  struct mt_module_image image = {
      .base = info->dlpi_addr,
      .headers = (uint64_t)(uintptr_t)info->dlpi_phdr,
      .header_count = info->dlpi_phnum,
      .name = info->dlpi_name ? info->dlpi_name : "",
  };
  mt_module_image_read(&image);
  mt_module_image_announce(&image, to->sink, mt_add_relaxed(&module_count, 1) + 1, 0, to->now_ns);
}

static int announce_one(struct dl_phdr_info *info, size_t bytes, void *context) {
  struct announcement *to = context;
  struct module unlisted;
  (void)bytes;
  if (!_dl_find_object) {
    announce_unfindable(info, to);
    return 0;
  }
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    find_at(to->sink, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, &to->now_ns, &unlisted);
    break;
  }
  return 0;
}

void mt_modules_announce_all(struct mt_sink *sink, uint64_t now_ns) {
  struct announcement to = {sink, now_ns};
  dl_iterate_phdr(announce_one, &to);
}

/* ---- dlclose ---- */

void mt_modules_closing(void) {
  mt_add_acq_rel(&mt_modules_generation_word, 1);
  if (watcher.closing != NULL) watcher.closing();
}

/* By the loader's word alone: another thread's dlclose may be unmapping what stands there. */
static bool has_its_place(const struct module *module) {
  struct dl_find_object found;
  return look_up(module->start, &found) && stands_at(module, &found);
}

void mt_modules_closed(struct mt_sink *sink, uint64_t now_ns) {
  if (_dl_find_object) FOR_EACH_MAPPED(m) {
      uint16_t announced = MODULE_ANNOUNCED;
      if (!has_its_place(m))
        end(m, sink, now_ns);
      else
        mt_cas_acq_rel(&m->state, &announced, MODULE_DOUBTFUL);
    }
  mt_rule_cache_clear();
  uint64_t generation = mt_load_relaxed(&mt_modules_generation_word), next;
  do { /* nothing is under way in a child that a library's destructor forked */
    next = generation + GENERATION_STEP - (mt_modules_in_flux(generation) ? 1 : 0);
  } while (!mt_cas_acq_rel(&mt_modules_generation_word, &generation, next));
}

void mt_modules_reset(void) {
  FOR_EACH_MAPPED(m) {
    mt_module_set_remove(&mapped, m->number);
    mt_store_relaxed(&m->state, MODULE_NEW);
  }
  mt_rule_cache_clear();
  mt_store_release(&mt_modules_generation_word, (mt_modules_generation_word | 0xffff) + 1);
}
