/* Runs one statement of Databricks SQL against the embedded workspace.
 *
 * A statement is either a command that our parser knows (DDL, DML on Delta, CLONE, HISTORY, GRANT,
 * SHOW, DESCRIBE …) or a query, which the dialect library translates to DuckDB SQL while each table
 * reference becomes a scan of one pinned Delta snapshot. Any thread; each call is one statement.
 *
 * Errors: condition and sqlstate as the platform's; message without the "[CONDITION]" prefix. */
#pragma once

#include "duck/duck.h"
#include "lake/metastore/meta.h"

typedef struct engine engine;
/* Borrows m. DuckDB opens with the first query. */
CX_CHECKED cx_code engine_new(cx *c, meta *m, const char *lake_root, engine **out);
void engine_free(engine *e);
AUTO_TYPE(engine);
/* What a dead process left: cleans folders of meta_pending_dead. Called by lake_open. */
CX_CHECKED cx_code engine_recover(cx *c, engine *e);

typedef struct {
    const char *text;
    const char *principal;        /* user name; privileges are theirs */
    const char *catalog, *schema; /* what unqualified names mean; NULL = main/default */
    const json *parameters;       /* [{name,value,type}] for :name markers; or NULL */
    int64_t row_limit;            /* 0 = none */
} engine_statement;

typedef struct {
    const char *name;
    const char *type_text; /* "BIGINT", "DECIMAL(10,2)", "STRUCT<a: INT>" */
} engine_column;

/* Where the result goes. columns is called once, before rows, also for no rows; statements without
 * a result call it with n = 0. Values as the SQL Statement API writes them; lent for the call. */
typedef struct {
    cx_code (*columns)(cx *c, void *self, const engine_column *columns, size_t n);
    cx_code (*row)(cx *c, void *self, const char *const *values, const size_t *lengths);
    void *self;
} engine_sink;

CX_CHECKED cx_code engine_run(cx *c, engine *e, const engine_statement *s, const engine_sink *sink);
/* The first word(s) for query history: SELECT, CREATE, … */
const char *engine_statement_type(const char *text);
