/* The only way to put a name or a value into a statement that we emit. Databricks SQL: identifiers
 * in backticks with ` doubled; string literals in single quotes with \ and ' escaped. */
#pragma once

#include "base/buf.h"

void sql_add_ident(buf *b, const char *name);   /* `name` */
void sql_add_literal(buf *b, const char *text); /* 'text' */
void sql_add_name2(buf *b, const char *catalog, const char *schema);
void sql_add_name3(buf *b, const char *catalog, const char *schema, const char *name);
char *sql_ident(cx *c, const char *name); /* arena */
char *sql_literal(cx *c, const char *text);
char *sql_name2(cx *c, const char *catalog, const char *schema);
char *sql_name3(cx *c, const char *catalog, const char *schema, const char *name);
/* Splits `a`.b.`c.d` (backticks optional) into up to `most` parts in the arena. CX_INVALID names
 * the text. */
CX_CHECKED cx_code sql_split_name(cx *c, const char *text, int most, char **out_parts,
                                  int *out_count);
