/* entry_hooks.c: see entry_hooks.h. Each line of entry_table.h becomes a function here. Everything
 * is [hook]. */
#include "entry_hooks.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomics.h"
#include "hooks/record.h"
#include "next.h"

typedef uintptr_t word; /* any argument or result that is passed in a register */

#define FRAME __builtin_frame_address(0)
#define INLINED static inline __attribute__((always_inline))

const struct mt_code_range mt_no_code;
struct mt_code_range mt_own_code;
struct mt_mimalloc mt_mimalloc;
struct mt_entry_target mt_entry_targets[MT_ENTRY_COUNT];

/* ---- Calls that an allocator makes while it serves one ---- */

/* The hook whose allocator this thread is in. Is stale when that hook was left by a jump or an
 * exception: its frame then lies below that of whoever looks. A signal handler may find it half
 * written: each half is valid by itself. */
struct inside {
  uintptr_t frame;
  const struct mt_code_range *code;
  bool allocates;
};
static __thread struct inside inside = {0, &mt_no_code, false};

/* Enters the allocator of `entry`. False if that allocator itself made the call, or jumped here
 * from where we called it: then the call outside is the one that counts. What others call on its
 * behalf, such as a new_handler, is theirs. */
INLINED bool enter(struct inside *outside, enum mt_entry entry, bool allocates, const void *frame) {
  *outside = inside;
  uintptr_t caller = ((const uintptr_t *)frame)[1];
  bool nested = outside->frame > (uintptr_t)frame &&
                (mt_code_holds(outside->code, caller) || mt_code_holds(&mt_own_code, caller));
  inside = (struct inside){(uintptr_t)frame, mt_entry_targets[entry].code, allocates};
  return !nested;
}

INLINED void leave(const struct inside *outside) { inside = *outside; }

/* ---- Hooks ---- */

#define WORDS_1 word a
#define WORDS_2 word a, word b
#define WORDS_3 word a, word b, word c
#define WORDS_4 word a, word b, word c, word d
#define WORDS_5 word a, word b, word c, word d, word e
#define WORDS_6 word a, word b, word c, word d, word e, word f
#define NAMES_1 a
#define NAMES_2 a, b
#define NAMES_3 a, b, c
#define NAMES_4 a, b, c, d
#define NAMES_5 a, b, c, d, e
#define NAMES_6 a, b, c, d, e, f

#define CALL(type, entry, arity) \
  (((type(*)(WORDS_##arity))mt_entry_targets[entry].function)(NAMES_##arity))

/* What a function that resizes means by NULL: that the block stays, that it was freed, or that it
 * was freed if no bytes were asked for. */
enum on_null { STAYS, FREED, FREED_IF_EMPTY };

#define NO_BLOCK SIZE_MAX /* as the bytes of a result that is no new block */

INLINED size_t times(word count, word size) {
  size_t bytes;
  return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX - 1 : bytes;
}

static size_t text_bytes(const void *text) { return strlen(text) + 1; }

/* Of 16-bit units, as mimalloc has them. */
static size_t wide_text_bytes(const void *text) {
  const uint16_t *unit = text;
  while (*unit != 0) unit++;
  return (size_t)((const char *)(unit + 1) - (const char *)text);
}

/* A block of the pool, from before the allocators were known, that comes to be resized. */
static word take_from_pool(const void *old, size_t bytes) {
  size_t readable = mt_pool_bytes(old);
  void *block = mt_next.malloc(bytes);
  if (block != NULL) memcpy(block, old, readable < bytes ? readable : bytes);
  return (word)block;
}

#define ALLOCATE(G, name, arity, bytes_asked)                          \
  static __attribute__((noinline)) word G##_##name(WORDS_##arity) {    \
    struct inside outside;                                             \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, true, FRAME); \
    void *block = (void *)CALL(word, MT_ENTRY_##G##_##name, arity);    \
    leave(&outside);                                                   \
    if (!counts || block == NULL) return (word)block;                  \
    size_t bytes = (bytes_asked);                                      \
    if (bytes != NO_BLOCK) mt_record_allocation(block, bytes, FRAME);  \
    return (word)block;                                                \
  }

#define ALLOCATE_AT(G, name, arity, bytes_asked)                          \
  static __attribute__((noinline)) int G##_##name(WORDS_##arity) {        \
    struct inside outside;                                                \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, true, FRAME);    \
    int error = CALL(int, MT_ENTRY_##G##_##name, arity);                  \
    leave(&outside);                                                      \
    void *block = error == 0 && counts ? *(void **)a : NULL;              \
    if (block != NULL) mt_record_allocation(block, (bytes_asked), FRAME); \
    return error;                                                         \
  }

/* What a release returns, if anything, is handed on. A block that an allocator gives back by the
 * family's name while it allocates is one that somebody else allocated for it: mimalloc's realpath
 * gets such a block from the C library. */
#define RELEASE(G, name, arity)                                                \
  static __attribute__((noinline)) word G##_##name(WORDS_##arity) {            \
    if (a != 0 && mt_pool_owns((void *)a)) return 0;                           \
    struct inside outside;                                                     \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, false, FRAME);        \
    bool is_foreign = MT_GROUP_##G == MT_GROUP_next && outside.allocates;      \
    if ((counts || is_foreign) && a != 0) mt_record_release((void *)a, FRAME); \
    word result = CALL(word, MT_ENTRY_##G##_##name, arity);                    \
    leave(&outside);                                                           \
    return result;                                                             \
  }

#define RESIZE(G, name, arity, old_block, bytes_asked, on_null)                              \
  static __attribute__((noinline)) word G##_##name(WORDS_##arity) {                          \
    void *old = (void *)(old_block);                                                         \
    size_t bytes = (bytes_asked);                                                            \
    if (mt_unlikely(old != NULL && mt_pool_owns(old))) return take_from_pool(old, bytes);    \
    struct inside outside;                                                                   \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, false, FRAME);                      \
    bool begun = counts && old != NULL && mt_record_realloc_begin(old, FRAME);               \
    void *block = (void *)CALL(word, MT_ENTRY_##G##_##name, arity);                          \
    leave(&outside);                                                                         \
    if (!counts) return (word)block;                                                         \
    if (block != NULL && old != NULL) mt_record_realloc_end(block, bytes, FRAME);            \
    if (block != NULL && old == NULL) mt_record_allocation(block, bytes, FRAME);             \
    bool freed = (on_null) == FREED || ((on_null) == FREED_IF_EMPTY && bytes == 0);          \
    if (block == NULL && old != NULL && !freed) mt_record_realloc_failed(old, begun, FRAME); \
    return (word)block;                                                                      \
  }

#define RESIZE_AT(G, name, arity, bytes_asked)                                            \
  static __attribute__((noinline)) int G##_##name(WORDS_##arity) {                        \
    void **at = (void **)a, *old = at != NULL ? *at : NULL;                               \
    struct inside outside;                                                                \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, false, FRAME);                   \
    bool begun = counts && old != NULL && mt_record_realloc_begin(old, FRAME);            \
    int error = CALL(int, MT_ENTRY_##G##_##name, arity);                                  \
    leave(&outside);                                                                      \
    if (!counts) return error;                                                            \
    void *block = error == 0 && at != NULL ? *at : NULL;                                  \
    if (block != NULL && old != NULL) mt_record_realloc_end(block, (bytes_asked), FRAME); \
    if (block != NULL && old == NULL) mt_record_allocation(block, (bytes_asked), FRAME);  \
    if (error != 0 && old != NULL) mt_record_realloc_failed(old, begun, FRAME);           \
    return error;                                                                         \
  }

/* Of b bytes, and up to c more. Smaller than b: nothing has changed. */
#define RESIZE_IN_PLACE(G, name)                                            \
  static __attribute__((noinline)) word G##_##name(WORDS_4) {               \
    struct inside outside;                                                  \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, false, FRAME);     \
    bool begun = counts && mt_record_realloc_begin((void *)a, FRAME);       \
    word real = CALL(word, MT_ENTRY_##G##_##name, 4);                       \
    leave(&outside);                                                        \
    if (!counts) return real;                                               \
    if (real >= b) {                                                        \
      mt_record_realloc_end((void *)a, real - b < c ? real : b + c, FRAME); \
    } else {                                                                \
      mt_record_realloc_failed((void *)a, begun, FRAME);                    \
    }                                                                       \
    return real;                                                            \
  }

/* A thread's first heap cannot be destroyed: its blocks live on. */
static bool release_visited(const void *heap, const void *area, void *block, size_t bytes,
                            void *frame) {
  (void)heap, (void)area, (void)bytes;
  if (block != NULL) mt_record_release(block, frame);
  return true;
}

#define RELEASE_ALL(G, name)                                                     \
  static __attribute__((noinline)) word G##_##name(word a) {                     \
    struct inside outside;                                                       \
    bool counts = enter(&outside, MT_ENTRY_##G##_##name, false, FRAME);          \
    if (counts && mt_mimalloc.visit_blocks != NULL && a != 0 &&                  \
        (void *)a != mt_mimalloc.first_heap()) {                                 \
      mt_mimalloc.visit_blocks((void *)a, true, (void *)release_visited, FRAME); \
    }                                                                            \
    word result = CALL(word, MT_ENTRY_##G##_##name, 1);                          \
    leave(&outside);                                                             \
    return result;                                                               \
  }

MT_ENTRIES
#undef ALLOCATE
#undef ALLOCATE_AT
#undef RELEASE
#undef RESIZE
#undef RESIZE_AT
#undef RESIZE_IN_PLACE
#undef RELEASE_ALL

/* ---- The table ---- */

#define ROW(G, name) {#name, MT_GROUP_##G, (uintptr_t)G##_##name},
#define ALLOCATE(G, name, ...) ROW(G, name)
#define ALLOCATE_AT(G, name, ...) ROW(G, name)
#define RELEASE(G, name, ...) ROW(G, name)
#define RESIZE(G, name, ...) ROW(G, name)
#define RESIZE_AT(G, name, ...) ROW(G, name)
#define RESIZE_IN_PLACE(G, name) ROW(G, name)
#define RELEASE_ALL(G, name) ROW(G, name)
const struct mt_entry_row mt_entry_rows[MT_ENTRY_COUNT] = {MT_ENTRIES};

/* ---- The family's way to a wrapper ---- */

/* What the exported family calls then: it has recorded the call, the hooks inside pass it on. */
#define THROUGH(type, name, arity)                                      \
  static __attribute__((noinline)) type through_##name(WORDS_##arity) { \
    struct inside outside;                                              \
    enter(&outside, MT_ENTRY_next_##name, false, FRAME);                \
    type result = CALL(type, MT_ENTRY_next_##name, arity);              \
    leave(&outside);                                                    \
    return result;                                                      \
  }
THROUGH(word, malloc, 1)
THROUGH(word, free, 1)
THROUGH(word, calloc, 2)
THROUGH(word, realloc, 2)
THROUGH(int, posix_memalign, 3)
THROUGH(word, aligned_alloc, 2)
THROUGH(word, memalign, 2)
THROUGH(word, valloc, 1)
THROUGH(word, pvalloc, 1)

/* clang-format off */
#define FAMILY(X) \
  X(malloc) X(free) X(calloc) X(realloc) X(posix_memalign) X(aligned_alloc) \
  X(memalign) X(valloc) X(pvalloc)
/* clang-format on */

#define OURS(name) [MT_ENTRY_next_##name] = (uintptr_t)name,
#define THROUGH_IT(name) [MT_ENTRY_next_##name] = (uintptr_t)through_##name,
const uintptr_t mt_entry_family[] = {FAMILY(OURS)};
const uintptr_t mt_entry_through[] = {FAMILY(THROUGH_IT)};

#define IN_ORDER(name)                                                                            \
  _Static_assert(offsetof(struct mt_next, name) == MT_ENTRY_next_##name * sizeof(void (*)(void)), \
                 "struct mt_next has the order of the table");
FAMILY(IN_ORDER)
_Static_assert(sizeof(struct mt_next) == MT_ENTRY_NEXT_COUNT * sizeof(void (*)(void)),
               "and no more");
