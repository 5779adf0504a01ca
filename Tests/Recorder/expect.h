/*
 * expect.h: how the recorder's unit tests state what holds. Each is a program of one file: it
 * prints what does not hold, and ends with a status that says whether anything did not.
 */
#ifndef MEMTRACE_EXPECT_H
#define MEMTRACE_EXPECT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned expect_failures;

#define expect(holds, ...)                                        \
  do {                                                            \
    if (!(holds)) {                                               \
      expect_failures++;                                          \
      fprintf(stderr, "FAILED %s:%d: ", __FILE_NAME__, __LINE__); \
      fprintf(stderr, __VA_ARGS__);                               \
      fputc('\n', stderr);                                        \
    }                                                             \
  } while (0)

#define expect_text(seen, expected)                                              \
  do {                                                                           \
    const char *seen_ = (seen), *expected_ = (expected);                         \
    expect(strcmp(seen_, expected_) == 0, "'%s' is not '%s'", seen_, expected_); \
  } while (0)

#define expect_number(seen, expected)                                            \
  do {                                                                           \
    unsigned long long seen_ = (unsigned long long)(seen);                       \
    unsigned long long expected_ = (unsigned long long)(expected);               \
    expect(seen_ == expected_, "%s is %llu, not %llu", #seen, seen_, expected_); \
  } while (0)

static inline int expect_status(void) { return expect_failures != 0; }

#endif
