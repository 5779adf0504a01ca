/*
 * test_python.c: Python stacks (python/stack.h) in an interpreter of hand-made memory, laid out as
 * each version has it: strings of every kind, line tables of every form, runs of frames, a code
 * object in the place of another, and what is no interpreter's: a layout that is one off, pointers
 * into nothing. None may be read wrongly, and none may make the reader fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python/locations.h"
#include "python/stack.h"
#include "stacks/stacks.h"
#include "trace_format.h"

static unsigned failures;

static void expect(bool holds, const char *what, uint32_t version) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s, version %x\n", what, version >> 16);
}

/* ---- An interpreter ---- */

static const uint32_t versions[] = {0x030b07f0, 0x030c01f0, 0x030d00f0};
static const struct mt_python_layout *layout;
static uint64_t code_type[8], text_type[8], bytes_type[8], other_type[8];
static void *state;

static void *thread_state(void) { return state; }

static void put(void *object, uint16_t offset, uint64_t value) {
  memcpy((char *)object + offset, &value, sizeof value);
}

static void *object(size_t bytes, const uint64_t *type) {
  char *made = calloc(1, bytes + 64);
  put(made, MT_PYTHON_TYPE, (uint64_t)(uintptr_t)type);
  return made;
}

/* A string of `length` characters of 1, 2 or 4 bytes each. */
static void *text(const void *characters, size_t length, uint32_t kind, bool is_ascii) {
  uint16_t start = is_ascii ? layout->text.ascii : layout->text.other;
  char *made = object(start + length * kind, text_type);
  put(made, MT_PYTHON_LENGTH, length);
  put(made, MT_PYTHON_TEXT_STATE, kind << 2 | 1 << 5 | (uint32_t)is_ascii << 6);
  memcpy(made + start, characters, length * kind);
  return made;
}

static void *ascii(const char *characters) { return text(characters, strlen(characters), 1, true); }

static void *code(void *function, void *file, uint32_t first_line, const void *table,
                  size_t table_bytes, uint32_t version) {
  char *bytes = object(MT_PYTHON_BYTES_START + table_bytes, bytes_type);
  put(bytes, MT_PYTHON_LENGTH, table_bytes);
  memcpy(bytes + MT_PYTHON_BYTES_START, table, table_bytes);
  char *made = object(512, code_type);
  put(made, layout->code.function, (uint64_t)(uintptr_t)function);
  put(made, layout->code.file, (uint64_t)(uintptr_t)file);
  memcpy(made + layout->code.first_line, &first_line, 4);
  put(made, layout->code.line_table, (uint64_t)(uintptr_t)bytes);
  if (layout->code.version != 0) memcpy(made + layout->code.version, &version, 4);
  return made;
}

static uint64_t instruction(const void *of, unsigned number) {
  return (uint64_t)(uintptr_t)of + layout->code.instructions + 2 * number;
}

/* ---- Frames on a C stack that this test makes ---- */

static char c_stack[4096] __attribute__((aligned(16)));
static void *newest;

/* Pushes a frame; `mark`: where on the C stack the loop that runs it stands, NULL if the one before
 * is run by the same. Versions with shims need one below. */
static void push(void *of, unsigned number, char *mark) {
  char *frame = calloc(1, 256);
  if (mark != NULL && layout->runs == MT_PYTHON_RUNS_BY_SHIM) {
    put(mark, layout->frame.previous, (uint64_t)(uintptr_t)newest);
    mark[layout->frame.owner] = MT_PYTHON_OWNER_SHIM;
    newest = mark;
  }
  if (layout->runs == MT_PYTHON_RUNS_BY_FLAG) {
    static char *outer;
    if (newest == NULL) outer = NULL;
    frame[layout->frame.is_entry] = mark != NULL;
    if (mark != NULL) {
      put(mark, layout->state.mark_previous, (uint64_t)(uintptr_t)outer);
      outer = mark;
    }
    put(outer, layout->state.mark_frame, (uint64_t)(uintptr_t)frame);
    put(state, layout->state.start, (uint64_t)(uintptr_t)outer);
  }
  put(frame, layout->frame.code, (uint64_t)(uintptr_t)of);
  put(frame, layout->frame.instruction, instruction(of, number));
  put(frame, layout->frame.previous, (uint64_t)(uintptr_t)newest);
  newest = frame;
}

static char python_mark[256];

/* The state leads to the newest frame. */
static void link_state(void) {
  if (layout->runs == MT_PYTHON_RUNS_BY_FLAG) return;
  if (layout->state.mark_frame == layout->state.mark_previous) {
    put(state, layout->state.start, (uint64_t)(uintptr_t)newest);
  } else {
    put(python_mark, layout->state.mark_frame, (uint64_t)(uintptr_t)newest);
    put(state, layout->state.start, (uint64_t)(uintptr_t)python_mark);
  }
}

/* Native frames of 256 bytes each: the outermost stands highest. */
static int64_t depth_of(const void *context, uint64_t address, int64_t guess) {
  (void)context, (void)guess;
  uint64_t start = (uint64_t)(uintptr_t)c_stack;
  if (address < start || address >= start + sizeof c_stack) return -1;
  return (int64_t)((start + sizeof c_stack - 1 - address) / 256);
}
static char *mark_at(int depth) { return c_stack + sizeof c_stack - 256 * (size_t)(depth + 1); }

/* ---- What was recorded ---- */

static char described[256][512];
static uint32_t lines[256], descriptions;

static void define_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self, (void)id, (void)pc, (void)parent;
}

static void define_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self, (void)bytes;
  const struct mt_record *header = records;
  const struct mt_location *location = (const void *)(header + 1);
  uint32_t number = location->pc & 0xff;
  descriptions++;
  lines[number] = location->line;
  snprintf(described[number], sizeof described[number], "%.*s|%.*s", location->function_bytes,
           (const char *)(location + 1), location->file_bytes,
           (const char *)(location + 1) + location->function_bytes);
}

static struct mt_sink sink = {define_node, define_records};
static struct mt_python_thread *thread;

/* The stack as text, the outermost first: "@depth" before a run, "function|file:line"; "broken" if
 * it cannot be read. */
static const char *stack_text(void) {
  static char found[4096];
  struct mt_python_native native = {depth_of, NULL};
  uint32_t node, path[64], count = 0;
  if (!mt_python_stack(&thread, &sink, &native, &node)) return "broken";
  for (; node != MT_STACK_ROOT && count < 64; node = mt_stack_node(node)->parent)
    path[count++] = node;
  size_t at = 0;
  found[0] = '\0';
  while (count-- > 0) {
    uint64_t pc = mt_stack_node(path[count])->pc;
    uint32_t kind = pc >> MT_PC_LOCATION_KIND_SHIFT & 0xff, number = pc & 0xff;
    at += (size_t)(kind == MT_LOCATION_RUN ? snprintf(found + at, sizeof found - at, "@%u ", number)
                                           : snprintf(found + at, sizeof found - at, "%s:%u ",
                                                      described[number], lines[number]));
  }
  return found;
}

static void expect_stack(const char *expected, const char *what, uint32_t version) {
  const char *seen = stack_text();
  expect(strcmp(seen, expected) == 0, what, version);
  if (strcmp(seen, expected) != 0)
    fprintf(stderr, "  expected: %s\n  seen:     %s\n", expected, seen);
}

/* Entries of a line table: no column + 3 lines; short; one line further; long, -2 lines; none. */
static const uint8_t table[] = {0x80 | 13 << 3 | 0,
                                3 << 1,
                                0x80 | 0 << 3 | 1,
                                0,
                                0x80 | 11 << 3 | 0,
                                1,
                                2,
                                0x80 | 14 << 3 | 7,
                                2 << 1 | 1,
                                0,
                                1,
                                1,
                                0x80 | 15 << 3 | 0};

static void begin(uint32_t version) {
  layout = mt_python_layout_of(version);
  state = calloc(1, 512);
  newest = NULL;
  memset(c_stack, 0, sizeof c_stack);
  memset(lines, 0, sizeof lines);
  mt_python_thread_reset(thread);
  mt_python_locations_reset();
  mt_stacks_reset();
  mt_python_interpreter = (struct mt_python_interpreter){
      .is_active = 1,
      .layout = layout,
      .thread_state = thread_state,
      .code_type = (uint64_t)(uintptr_t)code_type,
      .text_type = (uint64_t)(uintptr_t)text_type,
      .bytes_type = (uint64_t)(uintptr_t)bytes_type,
  };
}

static void test_version(uint32_t version) {
  begin(version);
  expect_stack("", "no frames", version);
  static const uint16_t wide[] = {'g', 0xf6, 0x3b1, 0x20ac, 0xd800};
  static const uint32_t wider[] = {'x', 0x1f40d};
  static const uint8_t latin[] = {'a', 0xe9};
  void *outer = code(ascii("outer"), ascii("a.py"), 10, table, sizeof table, 1);
  void *inner = code(text(wide, 5, 2, false), text(wider, 2, 4, false), 20, table, sizeof table, 2);
  void *leaf = code(text(latin, 2, 1, false), ascii("b.py"), 30, table, sizeof table, 3);
  push(outer, 0, mark_at(1));
  push(inner, 2, NULL);
  push(leaf, 3, mark_at(4));
  link_state();
  expect_stack(
      "@1 outer|a.py:13 g\xc3\xb6\xce\xb1\xe2\x82\xac\xef\xbf\xbd|x\xf0\x9f\x90\x8d:23 "
      "@4 a\xc3\xa9|b.py:34 ",
      "runs, names and lines", version);
  uint32_t known = descriptions;
  expect_stack(stack_text(), "the same again", version);
  expect(descriptions == known, "what is known is not described again", version);
  put(newest, layout->frame.instruction, instruction(leaf, 11));
  expect(strstr(stack_text(), "b.py:32 ") != NULL, "the end of a long entry", version);
  put(newest, layout->frame.instruction, instruction(leaf, 12));
  expect(strstr(stack_text(), "b.py:0 ") != NULL, "an instruction of no line", version);
  put(newest, layout->frame.instruction, instruction(leaf, 4000));
  expect(strstr(stack_text(), "b.py:0 ") != NULL, "behind the table", version);
  put(newest, layout->frame.instruction, instruction(leaf, 0) - 2);
  expect(strstr(stack_text(), "b.py:30 ") != NULL, "before the first instruction", version);

  /* Another function takes the code object's place. */
  put(newest, layout->frame.instruction, instruction(leaf, 3));
  void *successor = code(ascii("next"), ascii("b.py"), 30, table, sizeof table, 4);
  memcpy(leaf, successor, 512);
  expect(strstr(stack_text(), "next|b.py:34 ") != NULL, "a code object at the same address",
         version);
  /* And one with the same names whose table is where the other's was. */
  static const uint8_t moved[] = {0x80 | 13 << 3 | 7, 9 << 1};
  uint64_t bytes;
  uint32_t number = 5;
  memcpy(&bytes, (char *)leaf + layout->code.line_table, 8);
  put((void *)(uintptr_t)bytes, MT_PYTHON_LENGTH, sizeof moved);
  memcpy((char *)(uintptr_t)bytes + MT_PYTHON_BYTES_START, moved, sizeof moved);
  if (layout->code.version != 0) memcpy((char *)leaf + layout->code.version, &number, 4);
  expect(strstr(stack_text(), "next|b.py:39 ") != NULL, "the same names, other lines", version);

  /* A run of a native frame that is not on this stack is left out. */
  begin(version);
  static char elsewhere[256];
  push(outer, 0, elsewhere);
  push(inner, 0, mark_at(2));
  link_state();
  expect(strstr(stack_text(), "outer") == NULL, "a run of another stack", version);
  expect(strstr(stack_text(), "@2 ") != NULL, "the run of this one", version);
}

/* 3.10: a frame for each call of the loop, instructions by number, lines by pairs. */
static void test_3_10(void) {
  uint32_t version = 0x030a0000;
  begin(version);
  static const uint8_t pairs[] = {4, 1, 2, 0x80, 6, 2, 2, (uint8_t)-3};
  void *outer = code(ascii("outer"), ascii("a.py"), 10, pairs, sizeof pairs, 0);
  void *inner = code(ascii("inner"), ascii("b.py"), 20, pairs, sizeof pairs, 0);
  char *frames[2] = {calloc(1, 256), calloc(1, 256)};
  put(mark_at(5), layout->state.mark_previous, (uint64_t)(uintptr_t)mark_at(2));
  put(state, layout->state.marks, (uint64_t)(uintptr_t)mark_at(5));
  put(state, layout->state.start, (uint64_t)(uintptr_t)frames[1]);
  put(frames[0], layout->frame.code, (uint64_t)(uintptr_t)outer);
  put(frames[1], layout->frame.code, (uint64_t)(uintptr_t)inner);
  put(frames[1], layout->frame.previous, (uint64_t)(uintptr_t)frames[0]);
  static const struct {
    int32_t instruction;
    const char *line;
  } cases[] = {{-1, "20"}, {0, "21"}, {1, "21"}, {2, "0"},
               {3, "23"},  {5, "23"}, {6, "20"}, {9, "0"}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    char expected[64];
    memcpy(frames[1] + layout->frame.instruction, &cases[i].instruction, 4);
    snprintf(expected, sizeof expected, "@2 outer|a.py:11 @5 inner|b.py:%s ", cases[i].line);
    expect_stack(expected, "a line", version);
  }
  put(state, layout->state.marks, 0x7000);
  expect_stack("broken", "a mark that cannot be read", version);
}

/* What is no interpreter's memory: native frames alone, and the interpreter is given up. */
static void test_wrong(uint32_t version) {
  static const uint64_t nowhere[] = {8, 0x7000, UINT64_C(0x7fff00000000),
                                     UINT64_MAX & ~UINT64_C(7)};
  void *right = code(ascii("f"), ascii("f.py"), 1, table, sizeof table, 6);
  for (unsigned i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
    begin(version);
    push(right, 0, mark_at(0));
    link_state();
    put(newest, layout->frame.code, nowhere[i]);
    expect_stack("broken", "code that cannot be read", version);
    put(newest, layout->frame.code, (uint64_t)(uintptr_t)right);
    put(newest, layout->frame.previous, nowhere[i]);
    if (layout->runs == MT_PYTHON_RUNS_BY_SHIM)
      expect_stack("broken", "a chain into nothing", version);
    put(newest, layout->frame.previous, (uint64_t)(uintptr_t)newest);
    if (layout->runs == MT_PYTHON_RUNS_BY_SHIM) expect_stack("broken", "a circle", version);
    state = (void *)(uintptr_t)nowhere[i];
    expect_stack("broken", "a state that cannot be read", version);
  }
  begin(version);
  push(right, 0, mark_at(0));
  link_state();
  struct mt_python_layout wrong = *layout;
  wrong.code.function += 8;
  mt_python_interpreter.layout = &wrong;
  expect_stack("broken", "a layout that is one off", version);
  expect(!mt_python_is_active(), "it is noticed", version);
  begin(version);
  put(right, MT_PYTHON_TYPE, (uint64_t)(uintptr_t)other_type);
  push(right, 0, mark_at(0));
  link_state();
  expect_stack("broken", "an object of another type", version);
}

int main(void) {
  for (unsigned i = 0; i < sizeof versions / sizeof *versions; i++) test_version(versions[i]);
  for (unsigned i = 0; i < sizeof versions / sizeof *versions; i++) test_wrong(versions[i]);
  test_3_10();
  expect(mt_python_layout_of(0x02071200) == NULL, "a version that is not known", 0x02071200);
  return failures != 0;
}
