/* Prepares Databricks SQL for the dialect library: what the library would get wrong is written here
 * in words that it passes on (dbx_… macros, see duckdb_macros.h), or in plain SQL that it knows. */
#pragma once

#include "sql/lex.h"

CX_CHECKED cx_code sql_rewrite(cx *c, const char *text, char **out);
