/*
 * with_libunwind.c: the second unwinder, for frames that rules cannot describe, and as the
 * witness of MT_UNWIND_CHECK. It is loaded with dlopen and never linked: a library that needs
 * libunwind would put its _Unwind_* symbols before those that C++ programs bind to.
 */
#include <dlfcn.h>
#include <errno.h>

#include "arch/registers.h"
#include "base/sys.h"
#include "modules/modules.h"
#include "stacks/stacks.h"
#include "unwind/rules.h"
#include "unwind/unwind.h"
#include "unwind/unwind_parts.h"

/* Larger than unw_context_t and unw_cursor_t of any version. */
struct context {
  uint64_t words[160];
};
struct cursor {
  uint64_t words[160];
};

static struct {
  int (*backtrace)(void **buffer, int size);
  int (*get_context)(struct context *context);
  int (*init_local)(struct cursor *cursor, struct context *context);
  int (*step)(struct cursor *cursor);
  int (*get_register)(struct cursor *cursor, int number, uint64_t *value);
} libunwind;

bool mt_libunwind_load(void) {
  if (libunwind.backtrace) return true;
  void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    dlerror(); /* the message is not for the program */
    return false;
  }
  *(void **)&libunwind.get_context = dlsym(library, MT_LIBUNWIND_GET_CONTEXT);
  *(void **)&libunwind.init_local = dlsym(library, MT_LIBUNWIND_INIT_LOCAL);
  *(void **)&libunwind.step = dlsym(library, MT_LIBUNWIND_STEP);
  *(void **)&libunwind.get_register = dlsym(library, MT_LIBUNWIND_GET_REGISTER);
  bool complete =
      libunwind.get_context && libunwind.init_local && libunwind.step && libunwind.get_register;
  if (complete) *(void **)&libunwind.backtrace = dlsym(library, "unw_backtrace");
  return libunwind.backtrace != NULL;
}

bool mt_libunwind_loaded(void) { return libunwind.backtrace != NULL; }

/* Drops this library's own frames from the front: the hook returns to start_pc. */
static uint32_t from_start(uint64_t start_pc, uint64_t *pcs, uint32_t count) {
  uint32_t own = 0;
  while (own < count && own < MT_LIBUNWIND_OWN_FRAMES && pcs[own] != start_pc) own++;
  if (own == count || pcs[own] != start_pc) return 0;
  for (uint32_t i = own; i < count; i++) pcs[i - own] = pcs[i];
  return count - own;
}

__thread uint32_t mt_unwind_in_libunwind;

/* What a walk must not change for the program. */
struct before_walk {
  uint64_t signal_mask;
  bool has_signal_mask;
  int error;
};

/*
 * libunwind allocates when it is used first, and may set errno. What is allocated on this thread
 * during a walk is taken for its own, so no handler of the program's runs meanwhile.
 */
static struct before_walk enter_library(void) {
  struct before_walk before = {.error = errno};
  before.has_signal_mask = mt_sys_block_handlers(&before.signal_mask);
  mt_unwind_in_libunwind++;
  return before;
}

static void leave_library(struct before_walk before) {
  mt_unwind_in_libunwind--;
  if (before.has_signal_mask) mt_sys_signal_mask(before.signal_mask, NULL);
  errno = before.error;
}

uint32_t mt_libunwind_walk(uint64_t start_pc, uint64_t *pcs, uint32_t capacity, bool *complete) {
  struct before_walk before = enter_library();
  int count = libunwind.backtrace((void **)pcs, (int)capacity);
  leave_library(before);
  *complete = count < (int)capacity;
  return count <= 0 ? 0 : from_start(start_pc, pcs, (uint32_t)count);
}

uint32_t mt_libunwind_walk_slowly(uint64_t start_pc, uint64_t *pcs, uint32_t capacity,
                                  bool *complete) {
  struct context context;
  struct cursor cursor;
  uint32_t count = 0;
  *complete = true;
  struct before_walk before = enter_library();
  bool begun = libunwind.get_context(&context) == 0 && libunwind.init_local(&cursor, &context) == 0;
  while (begun && libunwind.step(&cursor) > 0) {
    if (count == capacity) {
      *complete = false;
      break;
    }
    if (libunwind.get_register(&cursor, MT_LIBUNWIND_PC, &pcs[count]) != 0) break;
    count++;
  }
  leave_library(before);
  return from_start(start_pc, pcs, count);
}

uint32_t mt_libunwind_without_strays(struct mt_sink *sink, const uint64_t *pcs, uint32_t count,
                                     uint32_t least) {
  uint64_t generation = mt_modules_generation();
  while (count > least && mt_rules_is_stray(sink, pcs[count - 1]) &&
         mt_unwind_rule(sink, pcs[count - 2], generation) != MT_RULE_SIGNAL)
    count--;
  return count;
}

/* Where the stack ends, as a node: at a thread's start, at the depth limit, or in the dark. */
static uint32_t parent_of_last(struct mt_unwind_thread *thread, struct mt_sink *sink,
                               uint32_t last_rule, bool cut) {
  uint64_t why = cut ? MT_PC_CUT : MT_PC_BROKEN;
  if (!cut && mt_rule_kind(last_rule) == MT_RULE_END) return MT_STACK_ROOT;
  if (!cut && !mt_modules_supported()) return MT_STACK_ROOT;
  mt_unwind_count(cut ? MT_COUNTER_STACKS_CUT : MT_COUNTER_STACKS_BROKEN);
  return mt_unwind_intern(thread, sink, MT_STACK_ROOT, why, 0);
}

uint32_t mt_unwind_libunwind(struct mt_unwind_thread *thread, struct mt_sink *sink,
                             const struct mt_frame_start *start) {
  uint32_t depth = mt_unwind_config.depth;
  uint64_t generation = mt_modules_generation();
  uint64_t *pcs = (uint64_t *)thread->frames;
  _Static_assert(sizeof(struct mt_frame) * MT_UNWIND_CAPACITY_MIN >=
                     sizeof(uint64_t) * (MT_UNWIND_CAPACITY_MIN + MT_LIBUNWIND_OWN_FRAMES + 1),
                 "a stack of program counters fits scratch");
  bool complete;
  uint32_t count =
      mt_libunwind_walk(start->pc, pcs, depth + MT_LIBUNWIND_OWN_FRAMES + 1, &complete);
  bool cut = count > depth || !complete;
  if (count > depth) count = depth;
  if (count == 0) { /* not even the hook's caller was found */
    pcs[0] = start->pc;
    count = 1;
  }
  if (!cut) count = mt_libunwind_without_strays(sink, pcs, count, 1);
  uint32_t node = MT_STACK_ROOT;
  for (uint32_t i = count; i-- > 0;) {
    uint64_t pc = pcs[i] & (MT_PC_EXACT - 1);
    bool exact = i > 0 && mt_unwind_rule(sink, pcs[i - 1], generation) == MT_RULE_SIGNAL;
    if (exact) pc |= MT_PC_EXACT;
    uint32_t rule = mt_unwind_rule(sink, pc, generation); /* announces the module */
    if (i == count - 1) node = parent_of_last(thread, sink, rule, cut);
    node = mt_unwind_intern(thread, sink, node, pc, rule);
  }
  return node;
}
