/* The result of one statement: JSON text in chunks, in memory or in a file without a name.
 *
 * A chunk is a complete JSON array of rows, written as the rows stream in; nothing is parsed,
 * copied or turned into a tree on its way to the client. Chunks that have to leave memory go to an
 * unnamed file below the workspace folder: the kernel takes it back with the process, however that
 * ends. */
#pragma once

#include "lake/engine/engine.h"

enum { RESULT_CHUNK = 4 << 20 };
#define RESULT_INLINE_MOST ((int64_t)25 << 20)

typedef struct {
    char *data; /* owned; NULL when it is in the file */
    size_t length;
    int64_t at; /* in the file */
    int64_t row_offset, rows;
} result_chunk;

typedef struct {
    char *columns; /* owned: JSON array of the manifest; NULL = no result set */
    size_t column_count;
    result_chunk *chunks; /* owned */
    size_t chunk_count, chunk_room;
    int64_t rows, bytes, in_memory;
    bool truncated;
    int fd; /* -1 = no file yet */
} result;

void result_init(result *r);
void result_clear(result *r);
/* Moves all chunks to the file. */
CX_CHECKED cx_code result_spill(cx *c, result *r, const char *folder);
CX_CHECKED cx_code result_read(cx *c, const result *r, size_t chunk, buf *out);

/* What fills a result: an engine_sink. */
typedef struct {
    result *to;                    /* borrowed */
    buf rows;                      /* of the chunk that is being written */
    int64_t rows_from;             /* row offset of that chunk */
    int64_t row_limit, byte_limit; /* 0 = none */
    int64_t memory_most; /* above it, chunks go to the file; 0 = they stay, and RESULT_INLINE_MOST
                            holds */
    const char *folder;  /* borrowed */
    bool stopped;        /* a limit was reached: the engine was told to end */
} result_writer;
engine_sink result_sink(result_writer *w);
CX_CHECKED cx_code result_finish(cx *c, result_writer *w);
void result_writer_clear(result_writer *w);
