/* compress.c: see compress.h. */
#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include "file/compress.h"

#include <errno.h>
#include <zstd.h>

#include "base/sys.h"
#include "file/trace_file.h"

#define LEVEL 1
#define PIECE_BYTES (64u << 10)
#define WINDOW_LOG_MAX 20u

static struct {
  char *workspace;
  size_t workspace_bytes;
  ZSTD_CCtx *context; /* in the workspace; NULL: to be made again */
  char *output;       /* one compressed piece */
} compressor;

static ZSTD_compressionParameters parameters_for(size_t bytes) {
  ZSTD_compressionParameters parameters = ZSTD_getCParams(LEVEL, bytes, 0);
  if (parameters.windowLog > WINDOW_LOG_MAX) parameters.windowLog = WINDOW_LOG_MAX;
  return parameters;
}

bool mt_compress_start(void) {
  size_t workspace_bytes = ZSTD_estimateCCtxSize_usingCParams(parameters_for(0));
  workspace_bytes = (workspace_bytes + 4095) & ~(size_t)4095;
  char *memory = mt_sys_map_private(workspace_bytes + ZSTD_COMPRESSBOUND(PIECE_BYTES) + 64);
  if (memory == NULL) return false;
  compressor.workspace = memory;
  compressor.workspace_bytes = workspace_bytes;
  compressor.output = memory + workspace_bytes;
  compressor.context = ZSTD_initStaticCCtx(memory, workspace_bytes);
  return compressor.context != NULL;
}

void mt_compress_give_back(void) {
  compressor.context = NULL;
  mt_sys_advise(compressor.workspace, compressor.workspace_bytes, MADV_DONTNEED);
}

static void write_output(struct mt_open_chunk *chunk, size_t produced) {
  if (ZSTD_isError(produced)) {
    if (mt_trace_file.error == 0) mt_trace_file.error = EIO;
  } else {
    mt_trace_file_write_chunk(chunk, compressor.output, produced);
  }
}

void mt_compress_append(enum mt_chunk_type type, const void *payload, size_t bytes,
                        mt_yield yield) {
  const char *cursor = payload;
  size_t left = bytes;
  size_t capacity = ZSTD_COMPRESSBOUND(PIECE_BYTES) + 64;
  ZSTD_parameters parameters = {
      .cParams = parameters_for(bytes),
      .fParams = {.contentSizeFlag = 1, .checksumFlag = 0, .noDictIDFlag = 1},
  };
  if (compressor.context == NULL) {
    compressor.context = ZSTD_initStaticCCtx(compressor.workspace, compressor.workspace_bytes);
  }
  struct mt_open_chunk chunk = mt_trace_file_open_chunk();
  size_t begun = ZSTD_compressBegin_advanced(compressor.context, NULL, 0, parameters, bytes);
  if (ZSTD_isError(begun)) write_output(&chunk, begun);
  while (left > PIECE_BYTES) {
    write_output(&chunk, ZSTD_compressContinue(compressor.context, compressor.output, capacity,
                                               cursor, PIECE_BYTES));
    cursor += PIECE_BYTES;
    left -= PIECE_BYTES;
    yield();
  }
  write_output(&chunk,
               ZSTD_compressEnd(compressor.context, compressor.output, capacity, cursor, left));
  mt_trace_file_close_chunk(&chunk, type, MT_COMPRESSION_ZSTD, bytes);
}
