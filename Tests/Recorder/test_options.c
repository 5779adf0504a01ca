/* test_options.c: what the environment asks for (process/options.h). */
#include "expect.h"
#include "process/control_signals.h"
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

static void test_thresholds(void) {
  static const struct {
    char *text;
    uint32_t measure; /* 0: not understood */
    uint64_t bytes;   /* 0: a share */
    uint64_t thousandths;
  } cases[] = {
      {"500M", MT_MEASURE_RESIDENT, UINT64_C(500) << 20, 0},
      {"resident:1", MT_MEASURE_RESIDENT, 1, 0},
      {"heap:64K", MT_MEASURE_HEAP, 65536, 0},
      {"heap:1G", MT_MEASURE_HEAP, UINT64_C(1) << 30, 0},
      {"1048576T", MT_MEASURE_RESIDENT, UINT64_C(1) << 60, 0},
      {"heap:40%", MT_MEASURE_HEAP, 0, 40000},
      {"0.001%", MT_MEASURE_RESIDENT, 0, 1},
      {"oom:99.95%", MT_MEASURE_OOM, 0, 99950},
      {"oom:100%", MT_MEASURE_OOM, 0, 100000},
      {"oom:5M", 0, 0, 0},
      {"heap:", 0, 0, 0},
      {"stack:5M", 0, 0, 0},
      {"0", 0, 0, 0},
      {"0%", 0, 0, 0},
      {"100.1%", 0, 0, 0},
      {"5MB", 0, 0, 0},
      {"5%%", 0, 0, 0},
      {"1.2.3%", 0, 0, 0},
      {"1.5G", 0, 0, 0},
      {"-5", 0, 0, 0},
      {"1048577T", 0, 0, 0},
      {"18446744073709551617", 0, 0, 0},
      {"%", 0, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char variable[64] = "MEMTRACE_WARN=";
    strcat(variable, cases[i].text);
    read_options(variable);
    const struct mt_threshold_value *value = &mt_options.warn;
    bool is_share = cases[i].bytes == 0;
    expect(value->measure == cases[i].measure &&
               mt_options.not_understood[MT_OPTION_WARN] == (cases[i].measure == 0) &&
               (value->measure == 0 ||
                (value->is_share == is_share &&
                 value->amount == (is_share ? cases[i].thousandths : cases[i].bytes))),
           "%s", cases[i].text);
    expect(mt_options.count_heap == (cases[i].measure == MT_MEASURE_HEAP), "%s", cases[i].text);
  }
  read_options("MEMTRACE_ON_CRITICAL=date");
  expect(mt_options.not_understood[MT_OPTION_ON_CRITICAL], "the library runs no command");
}

static void test_signals(void) {
  static const struct {
    char *text;
    int number;
  } cases[] = {{"USR1", 10},     {"SIGUSR2", 12},  {"RTMIN", 34}, {"SIGRTMIN+3", 37},
               {"RTMIN+30", 64}, {"RTMIN+31", 0},  {"RTMIN+", 0}, {"RTMIN+1x", 0},
               {"RTMIN-1", 0},   {"RTMIN+001", 0}, {"KILL", 0},   {"10", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char variable[64] = "MEMTRACE_PAUSE_SIGNAL=";
    strcat(variable, cases[i].text);
    read_options(variable);
    expect(mt_control_signals.all[MT_SIGNAL_PAUSE].number == cases[i].number &&
               mt_options.not_understood[MT_OPTION_PAUSE_SIGNAL] == (cases[i].number == 0),
           "%s", cases[i].text);
  }
  read_options("MEMTRACE_PAUSE_SIGNAL=USR1", "MEMTRACE_SNAPSHOT_SIGNAL=USR1");
  expect(mt_control_signals.all[MT_SIGNAL_SNAPSHOT].number == 10 &&
             mt_control_signals.all[MT_SIGNAL_PAUSE].number == 0 &&
             mt_options.not_understood[MT_OPTION_PAUSE_SIGNAL],
         "one for both");
}

static void test_control(void) {
  read_options("MEMTRACE_CONTROL=1");
  expect_text(mt_options.control, MT_CONTROL_DIRECTORY);
  read_options("MEMTRACE_CONTROL=/run/x");
  expect_text(mt_options.control, "/run/x");
  read_options("MEMTRACE_CONTROL=0");
  expect(mt_options.control[0] == '\0' && !mt_options.not_understood[MT_OPTION_CONTROL], "off");
  read_options("MEMTRACE_CONTROL=here");
  expect(mt_options.control[0] == '\0' && mt_options.not_understood[MT_OPTION_CONTROL], "no path");
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
  test_thresholds();
  test_signals();
  test_control();
  test_nonsense();
  test_long_paths();
  return expect_status();
}
