/* Shared by the files of checkpoint. */
#pragma once

#include "delta/delta_int.h"

/* The rows of a checkpoint as JSON lines: those that are not about files, and then the files. */
typedef struct {
    const delta_snapshot *s;        /* with its tombstones */
    bool as_text, as_struct;        /* statistics: delta.checkpoint.writeStatsAsJson, …AsStruct */
    json *stats, *partition_values; /* owned; types of the parsed members, NULL = none */
    int64_t kept_from_ms;           /* of tombstones */
    size_t next;                    /* tombstones first, then files */
    int64_t count, adds;            /* lines so far */
} checkpoint_rows;

CX_CHECKED cx_code rows_begin(cx *c, const delta_snapshot *s, checkpoint_rows *out);
void checkpoint_rows_clear(checkpoint_rows *r);
/* protocol, metaData, txn, domainMetadata */
void rows_of_state(cx *c, checkpoint_rows *r, buf *out);
/* Up to `most` file actions; none when there are no more. */
CX_CHECKED cx_code rows_of_files(cx *c, checkpoint_rows *r, size_t most, buf *out);
size_t rows_left(const checkpoint_rows *r);

/* Types of stats_parsed and partitionValues_parsed. spec: delta "Checkpoint Schema" */
CX_CHECKED cx_code parsed_types(cx *c, const delta_snapshot *s, json **out_stats,
                                json **out_partition_values);

/* The checksum of a _last_checkpoint, of all members but "checksum" itself.
 * spec: delta "JSON checksum" */
void json_checksum(const json *j, char out[33]);

/* What _last_checkpoint says of a checkpoint that was just made. */
typedef struct {
    int64_t size, size_bytes, adds; /* actions, those of sidecars too; bytes; add actions */
    json *v2;                       /* owned; member v2Checkpoint; NULL = none */
} checkpoint_made;
/* Never goes back to an older version. */
CX_CHECKED cx_code point_at(cx *c, delta_table *t, int64_t version, const checkpoint_made *made);
