/*
 * sink.h: how the stack table and the module list hand their definitions to whoever records. The
 * definition must be in the trace before anything that uses it: a sink's functions return only
 * once the definition is published in the calling thread's ring.
 */
#ifndef MEMTRACE_SINK_H
#define MEMTRACE_SINK_H

#include <stddef.h>
#include <stdint.h>

struct mt_sink {
  /* [hook] A new stack node: struct mt_raw MT_RAW_NODE of trace_format.h. */
  void (*define_node)(struct mt_sink *self, uint32_t id, uint64_t pc, uint32_t parent);

  /* [hook] One or more whole struct mt_record, each padded to 8 bytes: module loads and unloads. */
  void (*define_records)(struct mt_sink *self, const void *records, size_t bytes);
};

#endif
