/* What a handle knows of the newest version that it saw, so that a commit need not replay.
 *
 * It is taken from a snapshot, and moved on by what each later commit touches: our own, and those
 * that won a race. What it does not know for sure it forgets. */
#pragma once

#include "delta/conflict.h"

/* What protocol and metadata mean for a commit. */
typedef struct {
    bool in_commit_times, append_only, serializable;
    bool row_ids, row_ids_enabled; /* adds get row ids; every live file has some */
    int64_t checkpoint_interval;
    cx_code writable; /* CX_OK, or CX_UNSUPPORTED: asked for again to get the words */
} table_rules;
CX_CHECKED cx_code rules_read(cx *c, const json *protocol, json *metadata, const char *root,
                              table_rules *out);

typedef struct {
    int64_t version;           /* -1 = nothing known */
    int64_t timestamp_ms;      /* of the version's commit */
    json *protocol, *metadata; /* owned; the actions */
    json *txns, *domains;      /* owned; by name, live ones */
    bool counted;              /* the next two are known */
    int64_t file_count, size_bytes;
    table_rules rules;
} table_tip;

void tip_forget(table_tip *tip);
/* Nothing is there yet: the next version is 0. */
void tip_empty(table_tip *tip);
void tip_note(table_tip *tip, const delta_snapshot *s);
/* `version` is the one after the tip's; another one is not looked at. */
void tip_apply(table_tip *tip, const char *root, int64_t version, int64_t timestamp_ms,
               const footprint *touched);
/* The highest row id that was given; -1 = none. */
int64_t tip_row_mark(const table_tip *tip);
