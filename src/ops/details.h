/* Bytes and files of tables. DESCRIBE DETAIL does not stand in a sub-query, so each table is asked
 * by a statement of its own, side by side. */
#pragma once

#include "model/model.h"

typedef struct {
    const model_object *table;
    int64_t bytes, files; /* out; -1 = not known */
    const char *error;    /* out; why not; NULL */
} table_detail;

/* Fills the outputs (texts in c's arena): n statements. A table that cannot be asked keeps its
 * error; failures of the connection end the whole. */
CX_CHECKED cx_code details_load(cx *c, workspace *w, const char *catalog, table_detail *items,
                                size_t n);
const char *details_size_text(cx *c, int64_t bytes); /* "1.50 MB" */
