/*
 * fuzz_names.c: libFuzzer target of the demanglers. An input is a letter for the language and a
 * mangled name without what every name of that language begins with.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "demangling.h"

#define NAME_BYTES_MAX 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
  enum mt_mangling mangling;
  const char *start;
} languages[] = {{MT_MANGLING_CXX, "_Z"},   {MT_MANGLING_RUST, "_R"},  {MT_MANGLING_D, "_D"},
                 {MT_MANGLING_SWIFT, "$s"}, {MT_MANGLING_RUST, "_ZN"}, {MT_MANGLING_SWIFT, "_T0"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char name[NAME_BYTES_MAX], text[MT_READABLE_BYTES_MAX];
  if (size < 2 || size > NAME_BYTES_MAX - 8) return -1;
  unsigned language = data[0] % (sizeof languages / sizeof languages[0]);
  size_t start = strlen(languages[language].start);
  memcpy(name, languages[language].start, start);
  memcpy(name + start, data + 1, size - 1);
  name[start + size - 1] = '\0';
  struct mt_readable readable = {.text = text};
  mt_demangle(languages[language].mangling, name, strlen(name), &readable);
  if (readable.bytes > sizeof text || (readable.is_cut && readable.bytes < sizeof text - 8))
    abort();
  return 0;
}
