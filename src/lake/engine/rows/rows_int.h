/* Shared inside rows/. */
#pragma once

#include "lake/engine/rows/rows.h"

bool rows_is_partition(const eng_shape *s, const char *logical);
bool rows_is_void(const json *field); /* never in a file */
bool rows_in_files(const eng_shape *s, const json *field);
/* The table's property in lower or upper case as written; NULL = unset. */
const char *rows_property(const eng_shape *s, const char *key);

/* ---- rules.c ---- */
/* A condition that no row may meet for which `message` (a DuckDB expression) is the error. */
typedef struct {
    const char *broken, *message;
} rows_rule;
/* The table's rules as DuckDB text over its logical columns. */
CX_CHECKED cx_code rows_rules(cx *c, run *r, const eng_shape *s, const eng_rows *rows,
                              rows_rule **out, size_t *out_n);

/* An expression of the table's metadata as guarded DuckDB text. `what` is for the error's frame. */
CX_CHECKED cx_code rows_expression(cx *c, run *r, const char *sql, const char *what, char **out);

/* ---- select.c ---- */
/* The rows as they go into the files: physical names, partition values as the log has them. */
CX_CHECKED cx_code rows_select(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql);

/* The rows under the table's names and with what is computed, before the rules. */
CX_CHECKED cx_code rows_table(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql);

/* ---- files.c ---- */
/* Takes RETURN_STATS' rows: syncs the files, appends their actions. */
CX_CHECKED cx_code rows_take_files(cx *c, const eng_shape *s, const eng_rows *rows,
                                   duck_result *result, json *actions, eng_written *out);
