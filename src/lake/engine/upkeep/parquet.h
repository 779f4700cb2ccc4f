/* A folder of plain Parquet files as the first version of a Delta table: for CONVERT TO DELTA and
 * for shallow clones of such folders. */
#pragma once

#include "lake/engine/ddl/properties.h"
#include "lake/engine/engine_int.h"

typedef struct {
    const char *folder; /* absolute */
    json *schema;       /* owned; partition columns come last */
    const char **partitions;
    size_t partition_count;
    json *files; /* owned: [{path: relative, size, mtime, values: {name: string or null}}] */
    int64_t bytes;
} eng_parquet_source;
void eng_parquet_source_clear(eng_parquet_source *s);

/* Partition columns are those of the folders' names (a=1/b=x). `declared` (with types) must be the
 * same; NULL = their types are guessed. DELTA_UNEXPECTED_…_FROM_FILE_NAME, UNABLE_TO_INFER_SCHEMA.
 */
CX_CHECKED cx_code eng_parquet_source_load(cx *c, run *r, const char *folder,
                                           const sql_column *declared, size_t n,
                                           eng_parquet_source *out);
typedef struct {
    json *configuration;          /* of the new table; gets what column mapping adds */
    const eng_asked *asked;       /* what a statement wants of the protocol; NULL = nothing */
    const delta_snapshot *before; /* the table that is replaced; NULL = none */
    bool absolute;                /* files are named as they lie, for a table that is elsewhere */
    bool statistics;
} eng_parquet_wish;
/* Protocol, metadata, and an add a file, in the order of s->files and last. */
CX_CHECKED cx_code eng_parquet_actions(cx *c, run *r, const eng_parquet_source *s,
                                       const eng_parquet_wish *w, json *actions);
