/* One question about many objects, about fifty to a statement, joined by UNION ALL. Statements run
 * side by side. A statement that fails because of one object is split in halves until that object
 * is alone: then `problem` hears of it and the others go on. Failures of the connection end the
 * whole. */
#pragma once

#include "workspace/workspace.h"

typedef struct {
    workspace *ws;
    size_t n;
    const char *phase; /* for progress; NULL = quiet */
    /* The select list and FROM of object i, without "SELECT": "count(*) AS n FROM t". Column `i` is
     * put in front. NULL = not asked. */
    const char *(*part)(cx *c, void *self, size_t i);
    /* One row of the answer about object i; and its failure. One call at a time. */
    void (*row)(void *self, size_t i, const sql_result *r, size_t row);
    void (*problem)(void *self, size_t i, const cx_error *e);
    void *self;
} batch_query;
CX_CHECKED cx_code batch_run(cx *c, const batch_query *q);
