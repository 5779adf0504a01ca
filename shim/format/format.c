/* format.c: gives the package's CTraceFormat target, whose content is its headers, an object. */
#include "crc32c.h"
#include "trace_format.h"

const char *mt_format_magic(void);
const char *mt_format_magic(void) { return MT_FILE_MAGIC; }
