/* test_options.c: what the environment asks for (process/options.h). */
#include "expect.h"
#include "process/options.h"

static char *environment[8];

/* Reads the options of an environment of these variables, up to a NULL. */
#define read_options(...)                             \
  do {                                                \
    char *variables[] = {__VA_ARGS__, NULL};          \
    memcpy(environment, variables, sizeof variables); \
    memset(&mt_options, 0, sizeof mt_options);        \
    mt_options_read(environment);                     \
  } while (0)

static void test_defaults(void) {
  read_options("HOME=/root", "MEMTRACE_DEPTHS=7", "MEMTRACE_ONLY=");
  expect_text(mt_options.output, "trace.bin");
  expect_text(mt_options.only, "");
  expect_text(mt_options.session, "");
  expect_number(mt_options.depth, MT_DEPTH_DEFAULT);
  expect_text(mt_unwinder_names[mt_options.unwinder], "fast");
  expect(mt_options.follow && mt_options.python, "others and Python are followed");
  expect(!mt_options.drop_when_full && !mt_options.inline_writer && !mt_options.exact_order,
         "the rest is off");
  for (unsigned i = 0; i < MT_OPTION_COUNT; i++)
    expect(!mt_options.not_understood[i], "option %u", i);
}

static void test_values(void) {
  read_options("MEMTRACE_OUTPUT=/tmp/%p.bin", "MEMTRACE_UNWINDER=check", "MEMTRACE_ON_FULL=drop",
               "MEMTRACE_WRITER=inline", "MEMTRACE_FOLLOW=0", "MEMTRACE_ORDER=exact",
               "MEMTRACE_PYTHON=off");
  expect_text(mt_options.output, "/tmp/%p.bin");
  expect_text(mt_unwinder_names[mt_options.unwinder], "check");
  expect(mt_options.drop_when_full, "MEMTRACE_ON_FULL");
  expect(mt_options.inline_writer, "MEMTRACE_WRITER");
  expect(mt_options.exact_order, "MEMTRACE_ORDER");
  expect(!mt_options.follow, "MEMTRACE_FOLLOW");
  expect(!mt_options.python, "MEMTRACE_PYTHON");
  read_options("MEMTRACE_ONLY=cc1plus", "MEMTRACE_ONLY=other", "PWD=/work");
  expect_text(mt_options.only, "cc1plus");
  expect_text(mt_options.shell_directory, "/work");
}

static void test_depths(void) {
  static const struct {
    char *variable;
    uint32_t depth; /* 0: not understood */
  } cases[] = {
      {"MEMTRACE_DEPTH=1", 1},
      {"MEMTRACE_DEPTH=4096", 4096},
      {"MEMTRACE_DEPTH=4097", 0},
      {"MEMTRACE_DEPTH=0", 0},
      {"MEMTRACE_DEPTH=-1", 0},
      {"MEMTRACE_DEPTH=12x", 0},
      {"MEMTRACE_DEPTH= 12", 0},
      {"MEMTRACE_DEPTH=0012", 12},
      {"MEMTRACE_DEPTH=18446744073709551617", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    read_options(cases[i].variable);
    bool understood = cases[i].depth != 0;
    expect(mt_options.depth == (understood ? cases[i].depth : MT_DEPTH_DEFAULT) &&
               mt_options.not_understood[MT_OPTION_DEPTH] != understood,
           "%s", cases[i].variable);
  }
}

static void test_times(void) {
  read_options("MEMTRACE_START=paused", "MEMTRACE_FOR_MS=1500", "MEMTRACE_SNAPSHOT_EVERY_MS=1");
  expect(mt_options.start_paused, "MEMTRACE_START");
  expect_number(mt_options.for_ns, UINT64_C(1500000000));
  expect_number(mt_options.snapshot_every_ns, UINT64_C(1000000));
  read_options("MEMTRACE_ACCOUNT_EVERY_MS=250");
  expect_number(mt_options.account_every_ns, UINT64_C(250000000));
  read_options("MEMTRACE_AFTER_MS=4000000000");
  expect_number(mt_options.after_ns, UINT64_C(4000000000000000));
  expect(mt_options.start_paused, "what comes after something starts paused");
  read_options("MEMTRACE_AFTER_MS=4000000001", "MEMTRACE_FOR_MS=0", "MEMTRACE_START=now");
  expect(mt_options.after_ns == 0 && mt_options.for_ns == 0 && !mt_options.start_paused,
         "nonsense");
  expect(mt_options.not_understood[MT_OPTION_AFTER] && mt_options.not_understood[MT_OPTION_FOR] &&
             mt_options.not_understood[MT_OPTION_START],
         "is noted");
}

/* A value that means nothing keeps the default and is noted, alone. */
static void test_nonsense(void) {
  read_options("MEMTRACE_WRITER=Inline", "MEMTRACE_FOLLOW=no");
  expect(!mt_options.inline_writer && mt_options.follow, "the defaults hold");
  for (unsigned i = 0; i < MT_OPTION_COUNT; i++) {
    bool expected = i == MT_OPTION_WRITER || i == MT_OPTION_FOLLOW;
    expect(mt_options.not_understood[i] == expected, "option %u", i);
  }
}

static void test_long_paths(void) {
  static char longest[16 + MT_PATH_BYTES] = "MEMTRACE_OUTPUT=";
  memset(longest + 16, 'x', MT_PATH_BYTES - 1);
  read_options(longest);
  expect(!mt_options.output_too_long && strlen(mt_options.output) == MT_PATH_BYTES - 1,
         "a path that just fits");
  static char longer[16 + MT_PATH_BYTES + 1] = "MEMTRACE_OUTPUT=";
  memset(longer + 16, 'x', MT_PATH_BYTES);
  read_options(longer);
  expect(mt_options.output_too_long, "a path that does not is said to be too long");
  expect(mt_options.output[0] == 'x' && strlen(mt_options.output) < MT_PATH_BYTES,
         "its beginning is kept for the message");
}

int main(void) {
  test_defaults();
  test_values();
  test_depths();
  test_times();
  test_nonsense();
  test_long_paths();
  return expect_status();
}
