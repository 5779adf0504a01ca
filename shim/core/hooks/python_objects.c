/* python_objects.c: see python_objects.h. The interpreter's structures and functions are those of
 * its documented C interface ("Memory Management"), which all versions since 3.5 have. */
#include "hooks/python_objects.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "file/live_region.h"
#include "hooks/python_arenas.h"
#include "hooks/record.h"
#include "modules/symbols.h"
#include "python/interpreter.h"

/* As the interpreter declares them. */
struct domain_allocator {
  void *context;
  void *(*malloc)(void *context, size_t bytes);
  void *(*calloc)(void *context, size_t count, size_t bytes);
  void *(*realloc)(void *context, void *old, size_t bytes);
  void (*free)(void *context, void *block);
};

struct arena_allocator {
  void *context;
  void *(*allocate)(void *context, size_t bytes);
  void (*free)(void *context, void *arena, size_t bytes);
};

#define DOMAINS 3 /* raw, mem, obj */

/* The functions of an interpreter by which allocators are looked at and set. None of them
 * allocates; 3.12 and later have a lock around them, held for as long as it takes to copy. */
struct interpreter {
  void (*get)(int domain, struct domain_allocator *allocator);
  void (*set)(int domain, const struct domain_allocator *allocator);
  void (*get_arenas)(struct arena_allocator *allocator);
  void (*set_arenas)(const struct arena_allocator *allocator);
};

/* A wrap: what stands below it. Never taken back: somebody may have saved the wrapped allocator to
 * set it again. */
struct domain_layer {
  struct domain_allocator below;
};

struct arena_layer {
  struct arena_allocator below;
  struct interpreter interpreter;
};

#define LAYERS_MAX 32u
#define INTERPRETERS_MAX 4u
static struct domain_layer domain_layers[LAYERS_MAX];
static struct arena_layer arena_layers[INTERPRETERS_MAX];
static uint32_t domain_layer_count, arena_layer_count;

/* ---- Domains ---- */

/*
 * The frame of the outermost wrapper under way in this thread; 0: none. An allocator that stands
 * between two wraps of ours, such as the interpreter's debug hooks, hands out other addresses than
 * it was given: the outermost call counts. One that was left by a jump lies below those that come
 * after it, and does not count.
 */
static __thread uintptr_t under_way;

#define FRAME __builtin_frame_address(0)

static inline bool enter(uintptr_t *outside, const void *frame) {
  *outside = under_way;
  if (*outside > (uintptr_t)frame) return false;
  under_way = (uintptr_t)frame;
  return true;
}

static inline void leave(uintptr_t outside) { under_way = outside; }

#define HOOK static __attribute__((noinline))

HOOK void *object_malloc(void *context, size_t bytes) {
  const struct domain_allocator *below = &((const struct domain_layer *)context)->below;
  uintptr_t outside;
  bool counts = enter(&outside, FRAME);
  void *block = below->malloc(below->context, bytes);
  leave(outside);
  if (counts && block != NULL && mt_arenas_hold(block)) mt_record_object(block, bytes, FRAME);
  return block;
}

HOOK void *object_calloc(void *context, size_t count, size_t bytes) {
  const struct domain_allocator *below = &((const struct domain_layer *)context)->below;
  uintptr_t outside;
  bool counts = enter(&outside, FRAME);
  void *block = below->calloc(below->context, count, bytes);
  leave(outside);
  if (counts && block != NULL && mt_arenas_hold(block)) {
    mt_record_object(block, count * bytes, FRAME); /* overflow: there was no block */
  }
  return block;
}

HOOK void *object_realloc(void *context, void *old, size_t bytes) {
  const struct domain_allocator *below = &((const struct domain_layer *)context)->below;
  uintptr_t outside;
  bool counts = enter(&outside, FRAME);
  bool is_old = counts && old != NULL && mt_arenas_hold(old);
  bool begun = is_old && mt_record_realloc_begin(old, FRAME);
  void *block = below->realloc(below->context, old, bytes);
  leave(outside);
  if (!counts) return block;
  if (block == NULL) {
    if (is_old) mt_record_realloc_failed(old, begun, FRAME);
  } else if (mt_arenas_hold(block)) {
    if (is_old) {
      mt_record_object_realloc_end(block, bytes, FRAME);
    } else {
      mt_record_object(block, bytes, FRAME);
    }
  } /* else it is malloc's */
  return block;
}

/* A code object is about to be freed: another one may have its address next. What is no object may
 * look like one, and does no harm. No block of an interpreter is smaller than two words. */
static inline void note_code(const void *block) {
  const struct mt_python_interpreter *python = &mt_python_interpreter;
  uint64_t type = ((const uint64_t *)block)[MT_PYTHON_TYPE / sizeof(uint64_t)];
  if (mt_likely(type != python->code_type) || python->code_generation == 0) return;
  uint32_t next = mt_add_relaxed(&mt_python_interpreter.code_generation, 1) + 1;
  if (next == 0) mt_store_relaxed(&mt_python_interpreter.code_generation, 1);
}

HOOK void object_free(void *context, void *block) {
  const struct domain_allocator *below = &((const struct domain_layer *)context)->below;
  uintptr_t outside;
  bool counts = enter(&outside, FRAME);
  if (counts && block != NULL) {
    note_code(block);
    if (mt_arenas_hold(block)) mt_record_release(block, FRAME);
  }
  below->free(below->context, block);
  leave(outside);
}

static bool is_same(const struct domain_allocator *a, const struct domain_allocator *b) {
  return a->context == b->context && a->malloc == b->malloc && a->calloc == b->calloc &&
         a->realloc == b->realloc && a->free == b->free;
}

/* The layer over an allocator; NULL: there are too many. */
static struct domain_layer *layer_over(const struct domain_allocator *below) {
  uint32_t count = mt_load_acquire(&domain_layer_count); /* pairs with the addition below */
  for (uint32_t i = 0; i < count && i < LAYERS_MAX; i++) {
    if (is_same(&domain_layers[i].below, below)) return &domain_layers[i];
  }
  if (count >= LAYERS_MAX) return NULL;
  /* Whoever sets an interpreter's allocators is alone in that: the interpreter itself requires it.
   */
  domain_layers[count].below = *below;
  mt_add_acq_rel(&domain_layer_count, 1);
  return &domain_layers[count];
}

/* Wraps the domains that are not. False where there are too many wraps. */
static bool wrap_domains(const struct interpreter *interpreter) {
  for (int domain = 0; domain < DOMAINS; domain++) {
    struct domain_allocator below;
    interpreter->get(domain, &below);
    if (below.malloc == object_malloc) continue;
    struct domain_layer *layer = layer_over(&below);
    if (layer == NULL) return false;
    struct domain_allocator ours = {layer, object_malloc, object_calloc, object_realloc,
                                    object_free};
    interpreter->set(domain, &ours);
  }
  return true;
}

/* ---- Arenas ---- */

static void count_unseen(void) { mt_add_relaxed(&mt_live_counters()[MT_COUNTER_PYTHON_UNSEEN], 1); }

static void *arena_allocate(void *context, size_t bytes) {
  const struct arena_layer *layer = context;
  void *arena = layer->below.allocate(layer->below.context, bytes);
  if (arena != NULL && !mt_arenas_add(arena, bytes)) count_unseen();
  if (under_way == 0 && !wrap_domains(&layer->interpreter)) count_unseen();
  return arena;
}

static void arena_free(void *context, void *arena, size_t bytes) {
  const struct arena_layer *layer = context;
  mt_arenas_remove(arena, bytes);
  layer->below.free(layer->below.context, arena, bytes);
}

static bool is_over(const struct arena_layer *layer, const struct arena_allocator *below,
                    const struct interpreter *interpreter) {
  return layer->below.context == below->context && layer->below.allocate == below->allocate &&
         layer->below.free == below->free && layer->interpreter.set == interpreter->set;
}

/* Wraps the arena allocator, unless it is wrapped. False where there are too many interpreters. */
static bool wrap_arenas(const struct interpreter *interpreter) {
  struct arena_allocator below;
  interpreter->get_arenas(&below);
  if (below.allocate == arena_allocate) return true;
  uint32_t index = 0, count = mt_load_acquire(&arena_layer_count); /* pairs with the addition */
  while (index < count && !is_over(&arena_layers[index], &below, interpreter)) index++;
  if (index >= INTERPRETERS_MAX) return false;
  if (index == count) {
    arena_layers[index] = (struct arena_layer){below, *interpreter};
    mt_add_acq_rel(&arena_layer_count, 1);
  }
  struct arena_allocator ours = {&arena_layers[index], arena_allocate, arena_free};
  interpreter->set_arenas(&ours);
  return true;
}

static struct interpreter active; /* the one of mt_python_interpreter */

/* It ended and begins again: 3.12 and later set all allocators anew then. */
static void active_begins(void) {
  if (!wrap_arenas(&active) || !wrap_domains(&active)) count_unseen();
}

void mt_python_objects_look_at(const struct mt_module_image *image) {
  struct mt_symbols symbols;
  if (!mt_symbols_of(image, &symbols)) return;
  uint64_t functions[] = {
      mt_symbols_find(&symbols, "PyMem_GetAllocator"),
      mt_symbols_find(&symbols, "PyMem_SetAllocator"),
      mt_symbols_find(&symbols, "PyObject_GetArenaAllocator"),
      mt_symbols_find(&symbols, "PyObject_SetArenaAllocator"),
  };
  for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (functions[i] == 0) return;
  }
  /* Without a lock of the interpreter, its blocks come from another allocator, which has no arenas.
   */
  if (mt_symbols_find(&symbols, "_Py_MergeZeroLocalRefcount") != 0) return;
  struct interpreter interpreter;
  _Static_assert(sizeof interpreter == sizeof functions, "one word for each");
  memcpy(&interpreter, functions, sizeof interpreter);
  uint64_t state = mt_symbols_find(&symbols, "PyGILState_GetThisThreadState");
  if (mt_python_is_active() && (uintptr_t)mt_python_interpreter.thread_state == state) {
    active = interpreter;
    mt_python_interpreter.begins = active_begins;
  }
  if (wrap_arenas(&interpreter) && wrap_domains(&interpreter)) {
    if (mt_python_interpreter.code_generation == 0) mt_python_interpreter.code_generation = 1;
    mt_store_relaxed(&mt_live_counters()[MT_COUNTER_PYTHON_OBJECTS], 1);
  }
}
