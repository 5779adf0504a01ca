/* layout.c: see layout.h. From cpython.h, pycore_frame.h and unicodeobject.h of each version, as a
 * compiler for x86-64 lays them out; aarch64 has the same. */
#include "python/layout.h"

#include <stddef.h>

static const struct mt_python_layout layouts[] = {
    {
        .version = 0x030a,
        .runs = MT_PYTHON_RUNS_OF_ONE,
        .state = {.start = 24, .mark_previous = 8, .marks = 48},
        .frame = {104, .code = 32, .previous = 24, .instruction = 96},
        .code = {128, 104, 112, .first_line = 40, .line_table = 120},
        .text = {.ascii = 48, .other = 72},
    },
    {
        .version = 0x030b,
        .runs = MT_PYTHON_RUNS_BY_FLAG,
        .state = {.start = 56, .mark_frame = 8, .mark_previous = 16},
        .frame = {72, .code = 32, .previous = 48, .instruction = 56, .owner = 69, .is_entry = 68},
        .code = {192, 112, 128, .first_line = 72, .line_table = 136, .instructions = 184},
        .text = {.ascii = 48, .other = 72},
    },
    {
        .version = 0x030c,
        .runs = MT_PYTHON_RUNS_BY_SHIM,
        .state = {.start = 56, .mark_frame = 0, .mark_previous = 8},
        .frame = {72, .code = 0, .previous = 8, .instruction = 56, .owner = 70},
        .code = {200, 112, 128, .first_line = 68, .line_table = 136, .instructions = 192,
                 .version = 92},
        .text = {.ascii = 40, .other = 56},
    },
    {
        .version = 0x030d,
        .runs = MT_PYTHON_RUNS_BY_SHIM,
        .state = {.start = 72},
        .frame = {72, .code = 0, .previous = 8, .instruction = 56, .owner = 70},
        .code = {208, 112, 128, .first_line = 68, .line_table = 136, .instructions = 200,
                 .version = 92},
        .text = {.ascii = 40, .other = 56},
    },
};

const struct mt_python_layout *mt_python_layout_of(uint32_t hex_version) {
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    if (layouts[i].version == hex_version >> 16) return &layouts[i];
  }
  return NULL;
}
