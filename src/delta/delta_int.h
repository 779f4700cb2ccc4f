/* Shared inside delta/. */
#pragma once

#include "delta/delta.h"
#include "delta/log.h"
#include "delta/tip.h"

struct delta_table {
    store *store;                 /* owned */
    const delta_parquet *parquet; /* borrowed; may be NULL */
    table_tip tip;
    char mark[13]; /* last digits of the names of vectors; "" = none */
};

struct delta_snapshot {
    arena *arena;
    char *root; /* arena */
    int64_t version, timestamp_ms, size_bytes;
    bool in_commit_times;
    delta_protocol protocol;
    json *metadata, *schema, *domains, *txns; /* owned; the last two are arrays */
    json *protocol_action;                    /* owned */
    const char **partitions;                  /* arena */
    size_t partition_count;
    delta_file *files; /* owned */
    size_t file_count;
    arena **texts; /* owned: what the files' texts are in */
    size_t text_count;
    str *tombstones; /* owned array, text in arena; only when asked for */
    size_t tombstone_count;
};

/* The add action as a JSON object; in `made` when it had to be made. */
str file_text(const delta_file *f, buf *made);
/* The text of one tag; NULL = none. */
const char *file_tag(arena *a, const delta_file *f, const char *name);
/* Some writers leave maps as lists of pairs in checkpoints; everybody else sees objects. */
void pairs_to_object(json *owner, const char *member);

/* Replays a segment into a snapshot that has its arena and root. */
CX_CHECKED cx_code replay_segment(cx *c, delta_table *t, const log_segment *seg, bool tombstones,
                                  delta_snapshot *s);
CX_CHECKED cx_code snapshot_load(cx *c, delta_table *t, int64_t version, bool tombstones,
                                 delta_snapshot **out);

/* Publishes JSON lines of actions (each ends with a newline); the conflict rules need nothing but
 * the lines. `m->actions` is not looked at. */
CX_CHECKED cx_code commit_lines(cx *c, delta_table *t, const delta_commit *m, str lines,
                                int64_t *out_version);

#define WEEK_MS INT64_C(604800000)
#define DAY_MS INT64_C(86400000)
/* "interval 1 week", "interval 36 hours" of a property; what is absent or cannot be read is the
 * default. */
int64_t duration_ms(const char *text, int64_t otherwise); /* NULL: otherwise */
int64_t property_ms(const delta_snapshot *s, const char *key, int64_t otherwise);
int64_t checkpoint_interval(const json *configuration);
/* Nobody asks for this txn action any more. */
bool txn_expired(const cx *c, const json *configuration, const json *txn);
/* A checkpoint, and then a clean-up of the log, when the version is one that has one. Failures are
 * logged: the commit is there. */
void checkpoint_after_commit(cx *c, delta_table *t, int64_t version, int64_t interval);
/* Removes what delta.logRetentionDuration lets go, when the table wants that. */
CX_CHECKED cx_code log_cleanup(cx *c, delta_table *t, const delta_snapshot *s);

/* Puts the absolute paths of a file and of its vector into a set. */
CX_CHECKED cx_code name_file(cx *c, json *named, const char *root, const char *uri,
                             const delta_dv *dv);
/* Some folder on the way down from the root is a table of its own. */
bool of_other_table(cx *c, const char *root, const char *relative);

/* The serialized bitmap of a vector (magic number first), checked against size and CRC. */
CX_CHECKED cx_code dv_load(cx *c, const char *root, const delta_dv *dv, buf *out);
/* The absolute path of the vector's file; NULL for an inline one. */
CX_CHECKED cx_code dv_file(cx *c, const char *root, const delta_dv *dv, char **out);
enum { DV_MAGIC = 1681511377 };
/* The serialized bitmap of rows that rise. */
CX_CHECKED cx_code dv_encode(cx *c, const uint64_t *rows, size_t n, buf *out);
/* The row numbers of a serialized bitmap. */
CX_CHECKED cx_code dv_decode(cx *c, const void *data, size_t length, int64_t cardinality,
                             uint64_t **out, size_t *out_n);

/* Base 85 of RFC 32 (ZeroMQ). False when a character is none, or the length is no multiple of 5. */
bool z85_decode(const char *text, size_t length, unsigned char *out);
void z85_encode(const unsigned char *data, size_t length,
                char *out); /* multiple of 4; NUL-terminated */
