/* demangling.c: see demangling.h. What is here neither allocates nor holds a lock while a demangler
 * runs that may be left by a jump. */
#include "demangling.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* demangle.h names size_t without including what defines it. */
#include <libiberty/demangle.h>

/* Of the Swift runtime (stdlib/public/runtime/Demangle.cpp): text from malloc, or NULL. */
char *swift_demangle(const char *name, size_t bytes, char *output, size_t *output_bytes,
                     uint32_t flags);

/* Longer names may be nested deeper than a thread's stack. */
#define DIRECT_BYTES_MAX 2048u
/* Names that can stand for more, counted in their own letters, are given to the process apart. */
#define DIRECT_TEXT_MAX ((size_t)1 << 20)

struct output {
  struct mt_readable *readable;
  jmp_buf full;
};

static void append(const char *text, size_t bytes, void *context) {
  struct output *output = context;
  struct mt_readable *readable = output->readable;
  size_t room = MT_READABLE_BYTES_MAX - readable->bytes;
  if (bytes == 0) return; /* `text` may be NULL */
  readable->is_cut = bytes > room;
  memcpy(readable->text + readable->bytes, text, readable->is_cut ? room : bytes);
  readable->bytes += readable->is_cut ? room : bytes;
  if (readable->is_cut) longjmp(output->full, 1);
}

/* Both demanglers keep all they know on the stack, so that leaving them leaves nothing behind (the
 * Rust one has a few hundred bytes of an identifier that is not ASCII, once a name that is cut). */
static void demangle_by_pieces(enum mt_mangling mangling, const char *name,
                               struct mt_readable *readable) {
  struct output output = {.readable = readable};
  if (setjmp(output.full) != 0) return;
  int is_known =
      mangling == MT_MANGLING_RUST
          ? rust_demangle_callback(name, 0, append, &output)
          : cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI | DMGL_TYPES, append, &output);
  if (!is_known) readable->bytes = 0;
}

void mt_demangle_whole(enum mt_mangling mangling, const char *name, size_t bytes,
                       struct mt_readable *readable) {
  readable->bytes = 0;
  readable->is_cut = false;
  char *text = mangling == MT_MANGLING_D ? dlang_demangle(name, 0)
                                         : swift_demangle(name, bytes, NULL, NULL, 0);
  if (text == NULL) return;
  size_t length = strlen(text);
  readable->is_cut = length > MT_READABLE_BYTES_MAX;
  readable->bytes = readable->is_cut ? MT_READABLE_BYTES_MAX : length;
  memcpy(readable->text, text, readable->bytes);
  free(text);
}

static bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }
static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/*
 * How often a name refers to what stands before it, at most. D has a Q for that. Swift has an A,
 * then small letters and a large one or a '_', a reference each; a number before a letter repeats
 * it. Letters of identifiers are counted, too: to know which they are takes a demangler.
 */
static size_t references(enum mt_mangling mangling, const char *name, size_t bytes) {
  size_t count = 0;
  for (size_t at = 0; at < bytes && count < bytes; at++) {
    if (name[at] != (mangling == MT_MANGLING_D ? 'Q' : 'A')) continue;
    count++;
    if (mangling == MT_MANGLING_D) continue;
    size_t repeats = 0;
    for (size_t next = at + 1; next < bytes && (is_lower(name[next]) || is_digit(name[next]));
         next++) {
      if (is_digit(name[next])) {
        repeats = repeats < bytes ? repeats * 10 + (size_t)(name[next] - '0') : bytes;
      } else {
        count += repeats > 0 ? repeats : 1;
        repeats = 0;
      }
    }
    count += repeats; /* of the large letter behind; for nothing if a '_' is */
  }
  return count;
}

/* Each reference can double the text. */
static bool is_harmless(enum mt_mangling mangling, const char *name, size_t bytes) {
  if (bytes > DIRECT_BYTES_MAX) return false;
  size_t doublings = references(mangling, name, bytes);
  return doublings < 20 && bytes << doublings <= DIRECT_TEXT_MAX;
}

void mt_demangle(enum mt_mangling mangling, const char *name, size_t bytes,
                 struct mt_readable *readable) {
  readable->bytes = 0;
  readable->is_cut = false;
  if (mangling == MT_MANGLING_CXX || mangling == MT_MANGLING_RUST) {
    demangle_by_pieces(mangling, name, readable);
  } else if (is_harmless(mangling, name, bytes)) {
    mt_demangle_whole(mangling, name, bytes, readable);
  } else {
    mt_demangle_apart(mangling, name, bytes, readable);
  }
}
