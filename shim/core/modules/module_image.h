/*
 * module_image.h: what the trace says about one mapped object, read from its program headers in
 * memory, its link map and its file. Used by modules.c.
 */
#ifndef MEMTRACE_MODULE_IMAGE_H
#define MEMTRACE_MODULE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"

#define MT_BUILD_ID_MAX 64u

/* One mapped object as it stands in memory. */
struct mt_module_image {
  uint64_t base;    /* load bias */
  uint64_t start;   /* lowest address of a PT_LOAD segment */
  uint64_t end;     /* one past the highest */
  uint64_t headers; /* address of its program headers, 0 if they are not in memory */
  uint16_t header_count;
  uint16_t build_id_bytes; /* 0 if it has none */
  const uint8_t *build_id; /* in the object's own memory */
  const char *name;        /* from its link map; "" is the main program */
};

/* The main program's path, for where /proc does not say it; "" when that is not known either. Set
 * before recording starts. */
extern const char *mt_module_image_program;

/* [hook] Sets the headers from the ELF header at `address`, if one stands there. */
void mt_module_image_find_headers(struct mt_module_image *image, uint64_t address);

/* [hook] Reads the headers of an image whose base and headers are set: its extent, its build-id. */
void mt_module_image_read(struct mt_module_image *image);

/* [hook] The extent of the readable segment that contains `address`; false if there is none. */
bool mt_module_image_segment(const struct mt_module_image *image, uint64_t address, uint64_t *start,
                             uint64_t *end);

/*
 * [hook] Hands a MT_RECORD_MODULE_LOAD to the sink. False when there was no memory to build it.
 */
bool mt_module_image_announce(const struct mt_module_image *image, struct mt_sink *sink,
                              uint32_t number, uint16_t incarnation, uint64_t now_ns);

#endif
