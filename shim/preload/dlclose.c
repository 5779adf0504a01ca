/*
 * dlclose.c: dlclose, after which addresses may mean something else. dlopen needs no hook: a new
 * module is noticed when the first stack runs through it.
 */
#include <dlfcn.h>
#include <stddef.h>

#include "file/trace_file.h"
#include "modules/modules.h"
#include "next_functions.h"
#include "recorder.h"
#include "rings/thread.h"

static void drop_node(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent) {
  (void)self, (void)id, (void)pc, (void)parent;
}

static void drop_records(struct mt_sink *self, const void *records, size_t bytes) {
  (void)self, (void)records, (void)bytes;
}

/* For a thread that cannot record at the moment: caches are cleared, the trace learns nothing. */
static struct mt_sink nowhere = {drop_node, drop_records};

__attribute__((visibility("default"))) int dlclose(void *handle) {
  mt_modules_closing();
  int result = MT_NEXT(dlclose)(handle);
  struct mt_thread *thread = mt_thread_enter((uintptr_t)__builtin_frame_address(0));
  mt_modules_closed(thread != NULL ? &thread->sink : &nowhere, mt_trace_file_now_ns());
  if (thread != NULL) mt_thread_leave(thread);
  return result;
}
