/* Where the names of a query stand: a walk over its tokens that follows the grammar of queries
 * (WITH, FROM, JOIN, sub-queries, LATERAL VIEW, time travel) and takes everything else as
 * expressions. */
#pragma once

#include "sql/lex.h"
#include "sql/parse.h"

typedef struct {
    sql_table_ref ref;         /* with CTEs, generators and all */
    size_t name_from, name_to; /* tokens of the name alone */
    bool is_cte, is_generator;
} scan_table;

/* A call of a function with a qualified name, or a chain of four or more names, which can only be a
 * column of a table with its full name (or a field in one). */
typedef struct {
    size_t from, to; /* tokens of the name */
    bool is_call;
} scan_chain;

typedef struct {
    sql_tokens t;
    const scan_table *tables;
    size_t table_count;
    const scan_chain *chains;
    size_t chain_count;
    bool dynamic; /* IDENTIFIER(…) stands there */
} scan_result;

CX_CHECKED cx_code sql_scan(cx *c, const char *text, scan_result *out);
