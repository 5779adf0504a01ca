/*
 * test_pressure.c: when the writer takes memory for short (writer/pressure.h), by rounds with
 * invented major faults: none on a slow disk, none at the start, high while it is high, lasting
 * after seconds of it, and over again.
 */
#include <stdio.h>

#include "writer/pressure.h"

#define MS UINT64_C(1000000)

uint32_t mt_filter_forbidden;

static unsigned failures;
static uint64_t now, pages;

static void expect(enum mt_pressure expected, enum mt_pressure seen, const char *what) {
  if (expected == seen) return;
  failures++;
  fprintf(stderr, "FAILED %s: expected %d, seen %d\n", what, (int)expected, (int)seen);
}

/* Rounds of `round_ms` for `ms`, each with so many faults and newly written pages; what the last
 * one is taken for. */
static enum mt_pressure rounds(uint64_t ms, uint64_t round_ms, uint64_t faults,
                               uint64_t new_pages) {
  enum mt_pressure seen = MT_PRESSURE_NONE;
  for (uint64_t end = now + ms * MS; now < end;) {
    now += round_ms * MS;
    pages += new_pages;
    seen = mt_pressure_judge(now, faults, pages);
  }
  return seen;
}

static void begin(void) {
  mt_pressure_forget();
  now = pages = 0;
  /* The faults of the code and of what is touched first. */
  expect(MT_PRESSURE_NONE, rounds(1000, 20, 1, 0), "at the start");
}

int main(void) {
  begin();
  expect(MT_PRESSURE_NONE, rounds(60000, 20, 0, 0), "a minute without a fault");
  expect(MT_PRESSURE_NONE, rounds(60000, 3000, 0, 0), "rounds of three seconds: a slow disk");
  expect(MT_PRESSURE_NONE, rounds(60000, 200, 1, 0), "a fault here and there");
  expect(MT_PRESSURE_NONE, rounds(60000, 20, 4, 4), "the first fault of each page of the file");

  begin();
  rounds(600, 20, 2, 0); /* what is still granted of the start */
  expect(MT_PRESSURE_HIGH, rounds(2000, 20, 2, 0), "two seconds of faults");
  expect(MT_PRESSURE_HIGH, rounds(1000, 20, 0, 0), "a second without, so far");
  expect(MT_PRESSURE_NONE, rounds(4000, 20, 0, 0), "four seconds without");
  expect(MT_PRESSURE_HIGH, rounds(4000, 20, 2, 0), "four seconds of faults");
  expect(MT_PRESSURE_LASTING, rounds(2000, 20, 2, 0), "six seconds of faults");

  begin();
  rounds(600, 20, 2, 0);
  expect(MT_PRESSURE_LASTING, rounds(8000, 900, 40, 0), "faults in long rounds");

  /* A program that is stopped (SIGSTOP) for an hour has not been short of memory for an hour. */
  begin();
  rounds(600, 20, 2, 0);
  expect(MT_PRESSURE_HIGH, rounds(3600000, 3600000, 100, 0), "one round of an hour");

  mt_pressure_forget();
  now = pages = 0;
  expect(MT_PRESSURE_NONE, rounds(1000, 20, 1, 0), "the next trace");
  return failures != 0;
}
