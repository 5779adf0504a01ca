/*
 * text.h: bounded text building without libc's formatting, for code that may run inside a hook in
 * the child of a fork. A text that does not fit is cut and says so.
 */
#ifndef MEMTRACE_TEXT_H
#define MEMTRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_text {
  char *bytes;     /* always NUL-terminated */
  size_t capacity; /* with the NUL */
  size_t length;
  bool cut;
};

static inline struct mt_text mt_text_over(char *buffer, size_t capacity) {
  buffer[0] = '\0';
  return (struct mt_text){buffer, capacity, 0, false};
}

static inline void mt_text_add_bytes(struct mt_text *text, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (text->length + 1 >= text->capacity) {
      text->cut = true;
      break;
    }
    text->bytes[text->length++] = bytes[i];
  }
  text->bytes[text->length] = '\0';
}

static inline void mt_text_add(struct mt_text *text, const char *string) {
  size_t count = 0;
  while (string[count] != '\0') count++;
  mt_text_add_bytes(text, string, count);
}

static inline void mt_text_add_number(struct mt_text *text, uint64_t number) {
  char digits[20];
  size_t count = 0;
  do {
    digits[sizeof digits - ++count] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  mt_text_add_bytes(text, digits + sizeof digits - count, count);
}

static inline void mt_text_add_hex(struct mt_text *text, uint64_t number, unsigned digits) {
  while (digits-- > 0) {
    mt_text_add_bytes(text, &"0123456789abcdef"[number >> 4 * digits & 15], 1);
  }
}

/* Adds `path` with `.INSERT` before the extension of its last component. */
static inline void mt_text_add_before_extension(struct mt_text *text, const char *path,
                                                const char *insert) {
  size_t end = 0, stem = 0;
  for (bool in_name = false; path[end] != '\0'; end++) {
    if (path[end] == '/') {
      stem = 0;
      in_name = false;
    } else if (path[end] == '.' && in_name) {
      stem = end;
    } else {
      in_name = true;
    }
  }
  if (stem == 0) stem = end;
  mt_text_add_bytes(text, path, stem);
  mt_text_add(text, ".");
  mt_text_add(text, insert);
  mt_text_add(text, path + stem);
}

/* Reads decimal digits at *cursor and moves it past them. */
static inline uint64_t mt_text_take_number(const char **cursor) {
  uint64_t number = 0;
  while (**cursor >= '0' && **cursor <= '9') number = number * 10 + (uint64_t)(*(*cursor)++ - '0');
  return number;
}

#endif
