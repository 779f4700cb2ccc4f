/* What a commit touches, and whether two commits can both be right. spec: delta sheet §8 */
#pragma once

#include "delta/delta.h"

typedef struct {
    bool metadata, protocol, data_change, adds_data, removes_data;
    bool in_commit_times; /* what the metadata says */
    int64_t checkpoint_interval;
    json *removed;        /* object: key of each path that is removed */
    json *apps, *domains; /* objects: txn appIds, domain names */
    arena *mem;
} footprint;

footprint *footprint_new(void);
void footprint_free(footprint *f);
AUTO_TYPE(footprint);
CX_CHECKED cx_code footprint_read(cx *c, footprint *f, const char *root, str lines);

typedef struct {
    const footprint *touched;
    const char *txn_id;
    bool blind_append, serializable;
} conflict_side;
/* CX_CONFLICT, with the platform's condition, when the winner forbids our commit. *out_own: the
 * winner is our own commit, whose answer was lost. */
CX_CHECKED cx_code conflict_check(cx *c, const char *root, int64_t version, str winner,
                                  const conflict_side *ours, bool *out_own);
