/* Shared inside rows/. */
#pragma once

#include "lake/engine/rows/rows.h"

bool rows_is_partition(const eng_shape *s, const char *logical);
bool rows_is_void(const json *field); /* never in a file */
bool rows_in_files(const eng_shape *s, const json *field);
/* The table's property in lower or upper case as written; NULL = unset. */
const char *rows_property(const eng_shape *s, const char *key);

/* ---- rules.c ---- */
/* What each row must meet: `sql`, a condition in Databricks SQL that must be true, or `broken`, a
 * DuckDB condition that must not be. `message`: DuckDB text of the error. */
typedef struct {
    const char *sql, *broken, *message;
} rows_rule;
CX_CHECKED cx_code rows_rules(cx *c, const eng_shape *s, const eng_rows *rows, rows_rule **out,
                              size_t *out_n);
/* A generated column's value as Databricks SQL. */
const char *rows_generated(cx *c, const json *field);

/* ---- select.c ---- */
/* The rows as they go into the files: physical names, partition values as the log has them. */
CX_CHECKED cx_code rows_select(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql);

/* The rows under the table's names and with what is computed, before the rules. */
CX_CHECKED cx_code rows_table(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql);

/* ---- reshape.c ---- */
/* A value of the Databricks type `from` whose structs have the members of the column's, by
 * position. */
CX_CHECKED cx_code rows_by_position(cx *c, const json *field, const char *from, const char *value,
                                    buf *out);

/* ---- write.c ---- */
bool rows_too_large(const eng_shape *s, int64_t size);
/* The rows of a file that was just written as several files beside it. */
CX_CHECKED cx_code rows_split(cx *c, run *r, const eng_shape *s, const eng_rows *rows,
                              const char *path, duck_result **out);

/* ---- files.c ---- */
/* Takes RETURN_STATS' rows: splits files that are too large, syncs, appends the actions. */
CX_CHECKED cx_code rows_take_files(cx *c, run *r, const eng_shape *s, const eng_rows *rows,
                                   duck_result *result, json *actions, eng_written *out);
