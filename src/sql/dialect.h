/* The SQL dialect library: Databricks SQL on a syntax tree. Implemented by src/sql/dialect (Rust)
 * and bridge.c. Stateless; any thread. A statement that cannot be parsed fails with CX_INVALID,
 * condition PARSE_SYNTAX_ERROR, sqlstate 42601, and the position in the message. */
#pragma once

#include "base/json.h"

/* A table reference of a query, where it stands in the text (byte offsets of the whole name). */
typedef struct {
    const char *parts[4]; /* catalog, schema, table as far as written; NULL-terminated; unquoted */
    int part_count;
    size_t start, end;
    bool is_cte; /* names a CTE of this statement, not a table */
} dialect_ref;

/* Databricks query text to one that DuckDB runs. */
CX_CHECKED cx_code dialect_to_duckdb(cx *c, const char *sql, char **out);
/* The query with its unnamed columns named as the platform names them, by their text. */
CX_CHECKED cx_code dialect_name_columns(cx *c, const char *sql, char **out);
/* Table references in reading order, CTE names, strings, comments and aliases excluded or marked.
 */
CX_CHECKED cx_code dialect_tables(cx *c, const char *sql, dialect_ref **out, size_t *out_n);
/* Function calls with a qualified name (catalog.schema.f(…)), same shape. */
CX_CHECKED cx_code dialect_functions(cx *c, const char *sql, dialect_ref **out, size_t *out_n);
/* Rewrites catalog references: each table or qualified function reference whose first part is
 * `from_catalog` (three-part) gets `to_catalog`, spliced into the original text so that formatting
 * and comments survive. Column references qualified by catalog.schema.table.column too. */
CX_CHECKED cx_code dialect_rename_catalog(cx *c, const char *sql, const char *from_catalog,
                                          const char *to_catalog, char **out, size_t *out_changed);
/* Checks that the text parses as one query or expression. */
CX_CHECKED cx_code dialect_validate(cx *c, const char *sql);
