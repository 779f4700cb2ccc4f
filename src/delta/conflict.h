/* What a commit touches, and whether two commits can both be right.
 * spec: delta "Delta Log Entries", sheet §8 */
#pragma once

#include "delta/delta.h"

typedef struct {
    json *metadata, *protocol; /* the actions; NULL = untouched */
    bool data_change, adds_data, removes_data;
    int64_t added, added_bytes, removed_count, removed_bytes;
    bool uncounted;       /* the numbers above do not tell what became of the table */
    int64_t plain_adds;   /* data added, but for files that only got another vector */
    int64_t time_ms;      /* commitInfo.inCommitTimestamp; -1 = none */
    json *removed;        /* object: key of each path that is removed → rows its vector had */
    json *vectors;        /* object: key of each added path with a vector → rows in that */
    json *apps, *domains; /* objects: txn by appId, domainMetadata by domain */
    json *places;         /* object: text of the partition values of each file that plain_adds
                             counts; NULL = nobody asks */
    bool regained;        /* there are rows that places does not tell of: those that came back */
    json *info;           /* commitInfo; NULL = none */
    arena *mem;
} footprint;

footprint *footprint_new(void);
void footprint_free(footprint *f);
AUTO_TYPE(footprint);
CX_CHECKED cx_code footprint_read(cx *c, footprint *f, const char *root, str lines,
                                  const char *what);
/* Some files are rewritten: neither only added, nor only removed, nor only given another vector. */
bool footprint_rewrites(const footprint *f);

typedef struct {
    const footprint *touched;
    const char *root, *txn_id;
    bool blind_append, serializable;
    const json *reads;       /* object: key of each path that was read; NULL = the whole table */
    const delta_reads *told; /* what the writer said of that; may be NULL */
} conflict_side;
/* CX_CONFLICT, with the platform's condition, when the winner forbids our commit. *out_own: the
 * winner is our own commit, whose answer was lost. */
CX_CHECKED cx_code conflict_check(cx *c, int64_t version, const footprint *theirs,
                                  const conflict_side *ours, bool *out_own);
