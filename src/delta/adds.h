/* Live files, as one thread finds them in commits or in a part of a checkpoint. */
#pragma once

#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/seen.h"

typedef struct {
    const char *root;   /* borrowed */
    seen_files *seen;   /* borrowed */
    bool in_checkpoint; /* the older state: files are looked for in `seen`, not added */
    arena *mem;         /* owned: texts of the files */
    arena *scratch;     /* owned: keys that are only looked up */
    delta_file *files;  /* owned */
    size_t count, room;
    int64_t size_bytes;
    char *text, *text_end; /* free room for paths and packed actions, in mem */
    str model;             /* of statistics, in that room */
    buf rewritten;
    size_t rows;
} adds;

void adds_init(adds *to, const char *root, seen_files *seen, bool in_checkpoint);
void adds_clear(adds *to);
CX_CHECKED cx_code adds_action(cx *c, adds *to, const action *a, const char *what);
CX_CHECKED cx_code adds_row(cx *c, adds *to, const delta_add_row *row, const char *what);
/* Hands all over, after what the snapshot has; nothing is left. */
CX_CHECKED cx_code adds_move(cx *c, adds *from, delta_snapshot *to);

/* An action's own text in `mem`. Rows of a checkpoint carry parsed copies of what they have as
 * text; those are left out. */
str action_keep(arena *mem, buf *scratch, const action *a, bool in_checkpoint);
