/* entry_points.c: see entry_points.h. */
#include "entry_points.h"

#include <dlfcn.h>
#include <string.h>

#include "entry_hooks.h"
#include "next.h"
#include "objects.h"

#pragma weak dladdr1 /* not in every C library */

#define ALLOCATORS_MAX 8u

/* An allocator that is loaded, and between which addresses its functions lie that have hooks. */
struct allocator {
  struct mt_code_range code;
  uintptr_t lowest, highest;
  bool may_call_others; /* to serve malloc: a wrapper, for all we know */
};

static struct allocator allocators[ALLOCATORS_MAX];
static uint32_t allocator_count;

static bool defines(const struct mt_object *object, const char *name) {
  struct mt_symbol_name symbol = mt_symbol_name_of(name);
  return mt_object_defines(object, &symbol) != 0;
}

/* Whether an object is one of the allocators that entry_table.h has functions of. */
static bool is_known(const struct mt_object *object) {
  return defines(object, "__libc_start_main") || defines(object, "mi_malloc") ||
         defines(object, "je_mallocx") || defines(object, "mallocx") ||
         defines(object, "tc_malloc") || defines(object, "TCMallocInternalMalloc");
}

/* Whether a library is an allocator whose calls can all be seen. One that comes before us in the
 * loader's order serves the family, too, without us. */
static bool is_allocator(const struct mt_object *object, bool is_before_us) {
  return defines(object, "malloc") ? !is_before_us : is_known(object);
}

static struct allocator *add_allocator(const struct mt_object *object) {
  if (allocator_count == ALLOCATORS_MAX) return NULL;
  struct allocator *allocator = &allocators[allocator_count++];
  *allocator = (struct allocator){
      .code = {object->start, object->end - object->start},
      .lowest = UINTPTR_MAX,
      .may_call_others = !is_known(object),
  };
  return allocator;
}

/* Puts the hooks of `group` before the object's definitions of their names. */
static void redefine(const struct mt_object *object, struct allocator *allocator,
                     enum mt_entry_group group) {
  for (uint32_t entry = 0; entry < MT_ENTRY_COUNT; entry++) {
    if (mt_entry_rows[entry].group != group) continue;
    struct mt_symbol_name name = mt_symbol_name_of(mt_entry_rows[entry].name);
    uintptr_t function = mt_object_defines(object, &name), known = mt_entry_targets[entry].function;
    /* The first definition of a name is the one that is bound to. The family's next is known. */
    if (function == 0 || (group == MT_GROUP_next ? known != function : known != 0)) continue;
    mt_entry_targets[entry] = (struct mt_entry_target){function, &allocator->code};
    if (function < allocator->lowest) allocator->lowest = function;
    if (function > allocator->highest) allocator->highest = function;
    mt_object_redefine(object, &name, function, mt_entry_rows[entry].hook);
  }
}

static void find_mimalloc(const struct mt_object *object) {
  struct mt_symbol_name visit = mt_symbol_name_of("mi_heap_visit_blocks");
  struct mt_symbol_name first = mt_symbol_name_of("mi_heap_get_backing");
  uintptr_t visiting = mt_object_defines(object, &visit);
  uintptr_t finding = mt_object_defines(object, &first);
  if (mt_mimalloc.visit_blocks != NULL || visiting == 0 || finding == 0) return;
  memcpy(&mt_mimalloc.visit_blocks, &visiting, sizeof visiting);
  memcpy(&mt_mimalloc.first_heap, &finding, sizeof finding);
}

/* The state of a walk over the objects, in the order in which the loader looks for symbols. */
struct walk {
  bool is_at_program;
  bool is_before_us;
};

static int look_at(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes;
  struct walk *walk = context;
  struct mt_object object;
  bool is_program = walk->is_at_program;
  walk->is_at_program = false;
  if (!mt_object_read(&object, info)) return 0;
  if (mt_object_holds(&object, (uintptr_t)&mt_entry_targets)) {
    walk->is_before_us = false;
    mt_own_code = (struct mt_code_range){object.start, object.end - object.start};
    return 0;
  }
  bool is_libc = defines(&object, "__libc_malloc") && defines(&object, "__libc_start_main");
  /* What the program calls of an allocator inside itself cannot be seen. */
  if (is_program || (!is_libc && !is_allocator(&object, walk->is_before_us))) return 0;
  struct allocator *allocator = add_allocator(&object);
  if (allocator == NULL || !mt_object_unlock_symbols(&object)) return 0;
  if (is_libc) {
    redefine(&object, allocator, MT_GROUP_libc);
  } else {
    redefine(&object, allocator, MT_GROUP_other);
    redefine(&object, allocator, MT_GROUP_next);
    find_mimalloc(&object);
  }
  mt_object_lock_symbols(&object);
  return 0;
}

/* ---- Words that are bound already ---- */

/* The hook that is to be bound to instead of `bound`, which `object` calls `name`; 0 if there is
 * none. */
static uintptr_t choose(const struct mt_object *object, uintptr_t bound, const char *name) {
  (void)object;
  for (uint32_t i = 0; i < allocator_count; i++) {
    if (bound < allocators[i].lowest || bound > allocators[i].highest) continue;
    for (uint32_t entry = 0; entry < MT_ENTRY_COUNT; entry++) {
      if (mt_entry_targets[entry].function == bound &&
          mt_entry_targets[entry].code == &allocators[i].code &&
          strcmp(mt_entry_rows[entry].name, name) == 0) {
        return mt_entry_rows[entry].hook;
      }
    }
  }
  return 0;
}

/* Whether the loader would bind `name` to the function at `address`. (A program that takes a
 * function's address may have an entry of its own for it, which is what dlsym finds: no
 * definition.) */
static bool would_bind_to(const char *name, uintptr_t address) {
  void *first = dlsym(RTLD_DEFAULT, name);
  if ((uintptr_t)first == address) return true;
  const ElfW(Sym) *symbol = NULL;
  Dl_info info;
  return first != NULL && dladdr1(first, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 &&
         symbol != NULL && symbol->st_shndx == SHN_UNDEF;
}

/*
 * The same for a word of an allocator's own. Its calls to its own functions are its own business,
 * as are those that the compiler has bound to them. Its calls to the family, which are bound to us
 * or will be, may be part of what it does for a hook.
 */
static uintptr_t choose_inside(const struct mt_object *object, uintptr_t bound, const char *name) {
  bool is_unbound = mt_object_holds(object, bound);
  if (!is_unbound && !mt_code_holds(&mt_own_code, bound)) return 0;
  for (uint32_t entry = 0; entry < MT_ENTRY_COUNT; entry++) {
    uintptr_t function = mt_entry_targets[entry].function;
    if (function == 0 || function == bound || mt_entry_rows[entry].group == MT_GROUP_libc ||
        strcmp(mt_entry_rows[entry].name, name) != 0) {
      continue;
    }
    if (mt_entry_rows[entry].group == MT_GROUP_next) {
      bool is_ours = !is_unbound || would_bind_to(name, mt_entry_family[entry]);
      return is_ours ? mt_entry_rows[entry].hook : 0;
    }
    bool is_own = mt_object_holds(object, function);
    return is_own && would_bind_to(name, mt_entry_rows[entry].hook) ? function : 0;
  }
  return 0;
}

static bool has_hooks(const struct mt_object *object) {
  for (uint32_t i = 0; i < allocator_count; i++) {
    if (allocators[i].code.start == object->start) return true;
  }
  return false;
}

static int rebind(struct dl_phdr_info *info, size_t bytes, void *context) {
  (void)bytes, (void)context;
  struct mt_object object;
  if (!mt_object_read(&object, info)) return 0;
  if (mt_object_holds(&object, (uintptr_t)&mt_entry_targets)) return 0;
  bool is_libc = defines(&object, "__libc_start_main");
  mt_object_rebind(&object, has_hooks(&object) && !is_libc ? choose_inside : choose);
  return 0;
}

void mt_entry_points_install(void) {
  uintptr_t *next = (uintptr_t *)&mt_next; /* as an array: entry_hooks.c asserts the order */
  for (uint32_t entry = 0; entry < MT_ENTRY_COUNT; entry++) {
    uintptr_t function = entry < MT_ENTRY_NEXT_COUNT ? next[entry] : 0;
    mt_entry_targets[entry] = (struct mt_entry_target){function, &mt_no_code};
  }
  struct walk walk = {true, true};
  dl_iterate_phdr(look_at, &walk);
  const struct allocator *serving = NULL;
  for (uint32_t i = 0; i < allocator_count; i++) {
    if (mt_code_holds(&allocators[i].code, next[MT_ENTRY_next_malloc])) serving = &allocators[i];
  }
  for (uint32_t entry = 0; entry < MT_ENTRY_NEXT_COUNT && serving != NULL; entry++) {
    mt_entry_targets[entry].code = &serving->code;
    if (serving->may_call_others && next[entry] != 0) next[entry] = mt_entry_through[entry];
  }
  dl_iterate_phdr(rebind, NULL);
}
