/* Shared by the files of clone. */
#pragma once

#include "delta/delta_int.h"

/* One live file of the source, and what becomes of it. Texts are in the arena of the context. */
typedef struct {
    const delta_file *file;
    const char *path;      /* as the target's log names it */
    const char *tag;       /* the source's name, where the target's differs; else NULL */
    const delta_dv *dv;    /* as the target's log names it */
    const char *from, *to; /* absolute paths of what is to be copied; NULL = nothing */
    int64_t target;        /* index of the target's file that already is this one; -1 = none */
    bool kept;             /* … with the same deletion vector: no action is needed */
} clone_item;

typedef struct {
    const char *from, *to; /* absolute */
    bool vector;           /* a deletion vector's file, not data */
    int64_t bytes;
    bool made; /* it is there, and this clone put it there */
} clone_copy;

typedef struct {
    const delta_snapshot *source, *before; /* before: the target as it is; NULL = new */
    delta_table *target;
    const delta_clone_options *options;
    clone_item *items; /* one a source file */
    clone_copy *copies;
    size_t copy_count;
    bool *reused; /* one a file of `before`: its data stays in use */
    bool *stays;  /* … and its entry too */
} clone_plan;

/* The tag of an add whose name in the target is not that in the source. */
#define CLONE_TAG "CLXS_SOURCE_PATH"

CX_CHECKED cx_code clone_plan_files(cx *c, clone_plan *p);
/* Copies what the plan says; on failure what was made is taken away again. */
CX_CHECKED cx_code clone_copy_files(cx *c, clone_plan *p);
void clone_undo(cx *c, clone_plan *p);
/* One action each. A clone's rows get ids of their own, by the commit; a restored file's keep
 * theirs.
 */
CX_CHECKED cx_code clone_add_line(cx *c, const clone_item *item, bool keep_row_ids, buf *out);
CX_CHECKED cx_code clone_remove_line(cx *c, const delta_file *f, int64_t now_ms, buf *out);
/* The JSON lines of the commit. */
CX_CHECKED cx_code clone_lines(cx *c, const clone_plan *p, buf *out);
/* The protocol and metadata of the target, and its domains, as lines. */
CX_CHECKED cx_code clone_meta_lines(cx *c, const clone_plan *p, buf *out);
