/*
 * api.c: what memtrace.h promises to programs, in a library that is preloaded. A program that calls
 * it is in no hook of ours, but may be in a signal handler that interrupted one.
 */
#include "hooks/record.h"
#include "lifecycle.h"

__attribute__((visibility("default"), noinline)) void memtrace_mark(const char *label);
void memtrace_mark(const char *label) {
  if (label == NULL || !mt_ready()) return;
  mt_record_mark(label, __builtin_frame_address(0));
}
