/* What the files of the command parser share: a cursor over tokens, and one function a command.
 * Each `sql_parse_x` begins after the words that selected it and leaves the cursor behind the last
 * word that it understood; sql_parse checks that nothing is left. */
#pragma once

#include "sql/lex.h"
#include "sql/parse.h"

typedef struct {
    cx *c;
    sql_tokens t;
    size_t i;
} sql_parser;

/* ---- cursor ---- */

bool sql_at(const sql_parser *p, const char *word);
/* Takes all of the words ("IF NOT EXISTS") or none. */
bool sql_accept(sql_parser *p, const char *words);
CX_CHECKED cx_code sql_expect(sql_parser *p, const char *words);
CX_CHECKED cx_code sql_refuse(sql_parser *p); /* "Syntax error at or near" the cursor */
bool sql_at_query(const sql_parser *p); /* SELECT, WITH, VALUES, FROM, TABLE, "(" before one */

/* ---- pieces ---- */

CX_CHECKED cx_code sql_take_ident(sql_parser *p, const char **out);
CX_CHECKED cx_code sql_take_name(sql_parser *p, int most, sql_name *out);
CX_CHECKED cx_code sql_take_string(sql_parser *p, const char **out);
CX_CHECKED cx_code sql_take_integer(sql_parser *p, int64_t *out);
CX_CHECKED cx_code sql_take_type(sql_parser *p, const char **out);
/* Text up to one of the stop words at this depth, a closing bracket, or the end. */
CX_CHECKED cx_code sql_take_span(sql_parser *p, const char *const *stops, const char **out);
CX_CHECKED cx_code sql_take_rest(sql_parser *p, const char **out);
CX_CHECKED cx_code sql_take_names(sql_parser *p, const char *const **out,
                                  size_t *out_count); /* (a, b) */
CX_CHECKED cx_code sql_take_pairs(sql_parser *p, bool keys_only, const sql_pair **out,
                                  size_t *out_count);               /* ('k' = 'v', …) */
CX_CHECKED cx_code sql_take_travel(sql_parser *p, sql_travel *out); /* nothing there is fine */
/* "a.b" of column parts, the way keys of nested columns are given out. */
CX_CHECKED cx_code sql_take_column_path(sql_parser *p, const char **out);
/* Room for one more element behind `count`; doubles. */
void *sql_grow(cx *c, const void *array, size_t count, size_t size);

/* ---- table elements (parse_column.c) ---- */

CX_CHECKED cx_code sql_take_column(sql_parser *p, sql_column *out);
CX_CHECKED cx_code sql_take_constraint(sql_parser *p, sql_constraint *out);
bool sql_at_constraint(const sql_parser *p);
CX_CHECKED cx_code sql_take_elements(sql_parser *p,
                                     sql_statement *out); /* ( columns, constraints ) */
CX_CHECKED cx_code sql_take_row_filter(sql_parser *p, sql_statement *out); /* f ON (cols) */

/* ---- commands ---- */

CX_CHECKED cx_code sql_parse_create(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_replace(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_table(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_view(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_function(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_drop(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_insert(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_delete(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_update(sql_parser *p, sql_statement *out);
/* A column of the table that a statement changes, without the table's name or alias before it. */
CX_CHECKED cx_code sql_take_target_column(sql_parser *p, const sql_statement *s, const char **out);
CX_CHECKED cx_code sql_parse_merge(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_truncate(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_grant(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_revoke(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_show(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_show_grants(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_describe(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_comment(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_alter(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_use(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_set(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_reset(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_unset(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_restore(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_vacuum(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_optimize(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_reorg(sql_parser *p, sql_statement *out);
CX_CHECKED cx_code sql_parse_convert(sql_parser *p, sql_statement *out);

/* "TABLE", "SCHEMA" (also for DATABASE), "EXTERNAL LOCATION" …; NULL when none is there. */
const char *sql_take_object(sql_parser *p);
CX_CHECKED cx_code sql_unsupported(sql_parser *p, const char *what);
