/* One INSERT in flight; between insert.c, match.c and using.c. */
#pragma once

#include "lake/engine/rows/rows_int.h"

enum { NOT_GIVEN = -1 };

typedef struct {
    run *r;
    const sql_statement *q;
    eng_table *t;
    const json *fields; /* of the table, new ones too */
    size_t count;
    const char *given;  /* the query as DuckDB text: its columns, then those of PARTITION (p = v) */
    json *described;    /* its columns, [[name, type]…]; owned by try_once */
    long *source;       /* for each column of the table: column of the query, or NOT_GIVEN */
    bool *compute;      /* generated columns that are not given */
    const char *within; /* Databricks text: which rows are replaced, and what rows may come */
    json *evolved; /* schema with the query's new columns; NULL = as it was; owned by try_once */
    eng_written written;
    int64_t removed_files, removed_bytes, deleted_rows, copied_rows, change_files;
} insertion;

/* match.c: fills given … within. */
CX_CHECKED cx_code insert_match(cx *c, insertion *k);
/* The SELECT of the table's columns from the query's. */
CX_CHECKED cx_code insert_select(cx *c, insertion *k, const eng_shape *s, buf *sql);
CX_CHECKED cx_code insert_find_column(cx *c, const insertion *k, const char *name, long *out);
/* using.c: the query's rows are kept, their values become k->within. */
CX_CHECKED cx_code insert_using(cx *c, insertion *k, const eng_shape *s);
