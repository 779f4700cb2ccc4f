/* What the next clone of a table that was cloned before will copy. */
#pragma once

#include "model/model.h"

typedef struct {
    const model_object *table;
    int64_t source_version; /* that the copy has */
    int64_t until;          /* that the next clone takes; -1 = the newest */
    int64_t copy_version;   /* the copy's own version at which it was taken */
    int64_t bytes;          /* out; -1 = the histories do not tell */
} moved_table;

/* Fills `bytes`: about 2·⌈n/50⌉ statements. */
CX_CHECKED cx_code moved_load(cx *c, workspace *w, const char *source, const char *dest,
                              moved_table *tables, size_t n);
