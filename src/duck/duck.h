/* DuckDB behind a narrow face; the only place that sees duckdb.h.
 *
 * Opening costs about 25 ms, so open when the first query needs it. A duck_db is shared by threads;
 * a duck_conn belongs to one thread (but duck_interrupt may come from any). No extension is ever
 * downloaded, no file outside what the SQL names is touched. */
#pragma once

#include "base/json.h"

typedef struct duck_db duck_db;
typedef struct duck_conn duck_conn;
typedef struct duck_result duck_result;

typedef struct {
    int threads;          /* 0 = cores */
    const char *temp_dir; /* spill folder; NULL = none */
    int64_t memory_bytes; /* 0 = DuckDB's default */
} duck_config;
CX_CHECKED cx_code duck_open(cx *c, const duck_config *config,
                             duck_db **out); /* in-memory database */
void duck_db_free(duck_db *d);
AUTO_TYPE(duck_db);
CX_CHECKED cx_code duck_connect(cx *c, duck_db *d, duck_conn **out);
void duck_conn_free(duck_conn *d);
AUTO_TYPE(duck_conn);
void duck_interrupt(duck_conn *d);

/* Runs one statement; while it runs, c's cancel flag and deadline are watched and interrupt it.
 * Parameters of `?` come as text with DuckDB casting (NULL = SQL NULL); may be NULL. */
CX_CHECKED cx_code duck_run(cx *c, duck_conn *d, const char *sql,
                            duck_result **out); /* out may be NULL */
void duck_result_free(duck_result *r);
AUTO_TYPE(duck_result);

size_t duck_columns(const duck_result *r);
const char *duck_column_name(const duck_result *r, size_t i);
/* DuckDB's type as Databricks SQL text ("BIGINT", "DECIMAL(10,2)", "ARRAY<INT>", "STRUCT<a: INT>");
 * heap inside r. */
const char *duck_column_type(const duck_result *r, size_t i);
int64_t duck_rows_changed(const duck_result *r);

/* Streams rows: each value as the SQL Statement API writes it (spec: wire §2 "Values"), NULL =
 * NULL. `values` is lent for the call. Timestamps are UTC. */
typedef cx_code (*duck_row)(cx *c, void *self, const char *const *values, const size_t *lengths);
CX_CHECKED cx_code duck_each(cx *c, duck_result *r, duck_row row, void *self);

/* What a column holds, or a member of it: names is a path such as {"add", "path", NULL}. */
typedef enum {
    DUCK_ABSENT,
    DUCK_OTHER,
    DUCK_TEXT,
    DUCK_INTEGER, /* of 64 bits or less */
    DUCK_BOOLEAN,
    DUCK_STRUCT,
    DUCK_TEXT_MAP /* text to text */
} duck_kind;
duck_kind duck_kind_of(const duck_result *r, const char *const *names);
/* The i-th member of a struct; NULL after the last. */
const char *duck_member_name(const duck_result *r, const char *const *names, size_t i);

/* One column of some rows, as it lies in memory. The query must have cast it to what is read. */
typedef struct duck_cells {
    void *data;
    const uint64_t *valid;          /* NULL = no value is NULL */
    const struct duck_cells *pairs; /* of a map: all keys, all values */
} duck_cells;
bool duck_there(const duck_cells *k, size_t row);                      /* not NULL */
int64_t duck_long(const duck_cells *k, size_t row, int64_t otherwise); /* BIGINT */
bool duck_bool(const duck_cells *k, size_t row);                       /* BOOLEAN; NULL = false */
str duck_text(const duck_cells *k, size_t row);                        /* VARCHAR; NULL = no data */
size_t duck_pairs(const duck_cells *k, size_t row, size_t *first);     /* MAP, not NULL */
/* Streams rows, some thousand at a time. What is seen is lent for the call. */
typedef cx_code (*duck_chunk)(cx *c, void *self, const duck_cells *columns, size_t rows);
CX_CHECKED cx_code duck_each_chunk(cx *c, duck_result *r, duck_chunk visit, void *self);

/* Convenience: first column of the first row as int64 / arena text; NOT_FOUND when no row. */
CX_CHECKED cx_code duck_one_int(cx *c, duck_conn *d, const char *sql, int64_t *out);

/* A table function that C fills (information_schema, system tables): registers `name` with columns
 * (DuckDB type texts) and rows given as JSON arrays of strings/null; replaces an older one. */
CX_CHECKED cx_code duck_register_rows(cx *c, duck_conn *d, const char *name,
                                      const char *const *columns, const char *const *types,
                                      size_t column_count, const json *rows);

/* A temporary table name(a BIGINT, b BIGINT), emptied; and rows (first, seconds[i]) into it. */
CX_CHECKED cx_code duck_pairs_begin(cx *c, duck_conn *d, const char *name);
CX_CHECKED cx_code duck_pairs_add(cx *c, duck_conn *d, const char *name, int64_t first,
                                  const uint64_t *seconds, size_t count);

/* Types of parts of a query: `sql` has __clxs_probe(id, part) for ids first … first + count - 1, as
 * duck_probe_ids gave them out; it is prepared, not run. types[i] = Databricks text, or NULL where
 * the part has no type or several. */
int64_t duck_probe_ids(duck_conn *conn, size_t count);
CX_CHECKED cx_code duck_probe(cx *c, duck_conn *conn, const char *sql, int64_t first, size_t count,
                              const char **types);

/* Quoting for DuckDB (identifier with ", literal with '); append to b. */
void duck_add_ident(buf *b, const char *name);
void duck_add_literal(buf *b, const char *text);
