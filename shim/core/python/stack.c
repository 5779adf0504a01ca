/* stack.c: see stack.h. */
#include "python/stack.h"

#include <stddef.h>

#include "base/sys.h"
#include "python/locations.h"
#include "python/pages.h"
#include "stacks/stacks.h"
#include "trace_format.h"

/* A recursion deeper than that is not followed: the interpreter's own limit is 1,000 by default. */
#define FRAMES_MAX 4096u
#define STATE_BYTES 128u /* of a thread's state: what is read of it lies within */

/* A frame as it was read; innermost first. */
struct read_frame {
  uint64_t code, instruction;
  uint64_t run; /* an address within the native frame that runs it; 0: not known */
};

/* A line of the stack that is kept; outermost first. */
struct kept_line {
  struct mt_python_instruction instruction;
  uint32_t run;        /* depth of the native frame */
  uint32_t generation; /* of code objects, when it was compared last */
  uint32_t node;
};

struct mt_python_thread {
  uint32_t kept_count; /* 0 while it is being changed: a handler may jump away */
  struct mt_python_scratch scratch;
  struct read_frame read[FRAMES_MAX];
  struct kept_line kept[FRAMES_MAX];
};

static uint64_t word(uint64_t object, uint16_t offset) { return mt_python_word(object + offset); }
static uint8_t byte(uint64_t object, uint16_t offset) {
  return *(const uint8_t *)(uintptr_t)(object + offset);
}

/* ---- Reading ---- */

/* A chain of frames that is being read. */
struct chain {
  const struct mt_python_layout *layout;
  struct mt_python_thread *thread;
  uint64_t mark; /* of the call of the loop whose frames are being read, where there are marks */
  uint32_t count;
  uint32_t run_start; /* first of the run that is being read */
};

static void end_run(struct chain *chain, uint64_t address) {
  for (; chain->run_start < chain->count; chain->run_start++) {
    chain->thread->read[chain->run_start].run = address;
  }
}

/* Takes a frame; false where the chain cannot be followed. */
static bool take(struct chain *chain, uint64_t frame) {
  const struct mt_python_layout *layout = chain->layout;
  if (layout->runs == MT_PYTHON_RUNS_BY_SHIM &&
      byte(frame, layout->frame.owner) >= MT_PYTHON_OWNER_SHIM) {
    end_run(chain, frame);
    return true;
  }
  if (chain->count == FRAMES_MAX) return false;
  struct read_frame *read = &chain->thread->read[chain->count++];
  read->code = word(frame, layout->frame.code);
  read->instruction = word(frame, layout->frame.instruction);
  if (layout->runs == MT_PYTHON_RUNS_OF_ONE)
    read->instruction = read->code + 2 * (uint64_t)(int32_t)read->instruction;
  if (layout->runs == MT_PYTHON_RUNS_OF_ONE ||
      (layout->runs == MT_PYTHON_RUNS_BY_FLAG && byte(frame, layout->frame.is_entry) != 0)) {
    end_run(chain, chain->mark);
    if (!mt_pages_readable(chain->mark, 24)) return false;
    chain->mark = word(chain->mark, layout->state.mark_previous);
  }
  return true;
}

/* Reads all frames of the thread whose state is at `state`; how many in `count`. False where that
 * cannot be done. */
static bool read_frames(const struct mt_python_layout *layout, struct mt_python_thread *thread,
                        uint64_t state, uint32_t *count) {
  struct chain chain = {.layout = layout, .thread = thread};
  if (!mt_pages_readable(state, STATE_BYTES)) return false;
  uint64_t frame = word(state, layout->state.start);
  if (layout->state.marks != 0) {
    chain.mark = word(state, layout->state.marks);
  } else if (layout->state.mark_frame != layout->state.mark_previous) {
    chain.mark = frame;
    if (chain.mark != 0 && !mt_pages_readable(chain.mark, 24)) return false;
    frame = chain.mark != 0 ? word(chain.mark, layout->state.mark_frame) : 0;
  }
  for (uint32_t steps = 0; frame != 0; steps++) {
    if (steps == 2 * FRAMES_MAX || frame % 8 != 0) return false;
    if (!mt_pages_readable(frame, layout->frame.bytes) || !take(&chain, frame)) return false;
    frame = word(frame, layout->frame.previous);
  }
  end_run(&chain, 0);
  *count = chain.count;
  return true;
}

/* ---- Keeping ---- */

static bool is_same(const struct kept_line *kept, const struct mt_python_instruction *instruction,
                    uint32_t run) {
  return kept->instruction.code == instruction->code && kept->instruction.at == instruction->at &&
         kept->instruction.fingerprint == instruction->fingerprint && kept->run == run;
}

/* The same without a look at the code object, where no code object was freed since. */
static bool is_untouched(const struct kept_line *kept, const struct read_frame *frame, uint32_t run,
                         uint32_t generation) {
  return generation != 0 && kept->generation == generation &&
         kept->instruction.code == frame->code && kept->instruction.at == frame->instruction &&
         kept->run == run;
}

static uint64_t run_counter(uint32_t depth) {
  return MT_PC_RECORDED | (uint64_t)MT_LOCATION_RUN << MT_PC_LOCATION_KIND_SHIFT | depth;
}

/* The stack under construction: `node` is that of `count` lines. */
struct building {
  struct mt_sink *sink;
  uint32_t count;
  uint32_t node;
  uint32_t generation;
};

/* Adds a line that is not the kept one. False where it cannot be described or has no memory. */
static bool add(struct mt_python_thread *thread, struct building *building,
                const struct mt_python_instruction *instruction, uint32_t run) {
  uint32_t count = building->count;
  uint64_t counter =
      mt_python_location(&mt_python_interpreter, building->sink, instruction, &thread->scratch);
  if (counter == 0) return false;
  uint32_t node = building->node, parent = node;
  if (count == 0 || thread->kept[count - 1].run != run) {
    node = mt_stacks_intern(building->sink, parent, run_counter(run));
    if (node == parent) return false;
  }
  parent = node;
  node = mt_stacks_intern(building->sink, parent, counter);
  if (node == parent) return false;
  thread->kept[count] = (struct kept_line){*instruction, run, building->generation, node};
  building->node = node;
  return true;
}

/* Makes a path of what was read, the outermost first; runs that have no native frame are left out:
 * they are outside of a stack that is cut. False where a line cannot be added. */
static bool build(struct mt_python_thread *thread, struct mt_sink *sink, uint32_t read,
                  const struct mt_python_native *native, uint32_t *node) {
  const struct mt_python_layout *layout = mt_python_interpreter.layout;
  struct building building = {
      .sink = sink,
      .node = MT_STACK_ROOT,
      .generation = mt_load_relaxed(&mt_python_interpreter.code_generation),
  };
  uint32_t kept_count = thread->kept_count;
  uint64_t run_address = 0;
  int64_t run = -1;
  thread->kept_count = 0;
  mt_signal_fence();
  for (uint32_t i = read; i-- > 0;) {
    const struct read_frame *frame = &thread->read[i];
    if (frame->run != run_address) {
      run_address = frame->run;
      run = native->depth_of(native->context, run_address, thread->kept[building.count].run);
    }
    if (run < 0) continue;
    struct kept_line *kept = &thread->kept[building.count];
    bool is_kept = building.count < kept_count;
    if (is_kept && is_untouched(kept, frame, (uint32_t)run, building.generation)) {
      building.node = kept->node;
      building.count++;
      continue;
    }
    struct mt_python_instruction instruction = {frame->code, frame->instruction,
                                                mt_python_fingerprint(layout, frame->code)};
    if (instruction.fingerprint == 0) return false;
    if (is_kept && is_same(kept, &instruction, (uint32_t)run)) {
      kept->generation = building.generation;
      building.node = kept->node;
    } else {
      kept_count = 0; /* nothing further in is as it was */
      if (!add(thread, &building, &instruction, (uint32_t)run)) return false;
    }
    building.count++;
  }
  mt_signal_fence();
  thread->kept_count = building.count;
  *node = building.node;
  return true;
}

bool mt_python_stack(struct mt_python_thread **thread, struct mt_sink *sink,
                     const struct mt_python_native *native, uint32_t *node) {
  uint64_t state = (uint64_t)(uintptr_t)mt_python_interpreter.thread_state();
  *node = MT_STACK_ROOT;
  if (state == 0) {
    mt_store_relaxed(&mt_python_interpreter.is_idle, 1);
    return true;
  }
  if (mt_unlikely(mt_load_relaxed(&mt_python_interpreter.is_idle) != 0)) mt_python_has_begun();
  if (*thread == NULL) *thread = mt_sys_map_private(sizeof **thread);
  uint32_t read;
  return *thread != NULL && state % 8 == 0 &&
         read_frames(mt_python_interpreter.layout, *thread, state, &read) &&
         build(*thread, sink, read, native, node);
}

void mt_python_thread_reset(struct mt_python_thread *thread) {
  if (thread != NULL) thread->kept_count = 0;
}
