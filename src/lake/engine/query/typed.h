/* Shared by typed.c (what is asked) and typed_apply.c (what comes of the answers). */
#pragma once

#include "lake/engine/engine_int.h"

json *typed_probe(int64_t id, json *x);            /* takes no reference of x */
json *typed_member(json *value, const char *name); /* takes value */
/* Replaces a node in place, given its operands' types (NULL = unknown). */
CX_CHECKED cx_code typed_apply(cx *c, json *node, const char *a, const char *b);
bool typed_is_whole(const char *type); /* a whole number's type, in DuckDB's words */
/* What needs no types (typed_structure.c). */
bool typed_has_structure(const char *sql);
void typed_structure(json *tree);
/* A tree's JSON as DuckDB writes it, to JSON that we can hold, and back. */
char *typed_numbers_in(cx *c, const char *text);
char *typed_numbers_out(cx *c, const char *text);
/* The tree as text. */
CX_CHECKED cx_code typed_print(cx *c, run *r, const json *tree, char **out);

/* Parts of DuckDB's tree; children and values are taken. */
json *typed_function(const char *name, json *children);
json *typed_constant(const char *type, json *value);
json *typed_cast(json *child, const char *type);
/* `to` takes the node's place and its alias. */
void typed_become(json *node, json *to);
