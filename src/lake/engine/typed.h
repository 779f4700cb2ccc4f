/* Shared by typed.c (what is asked) and typed_apply.c (what comes of the answers). */
#pragma once

#include "lake/engine/engine_int.h"

bool typed_is_text_constant(const json *node);
json *typed_probe(int64_t id, json *x);            /* takes no reference of x */
json *typed_member(json *value, const char *name); /* takes value */
/* Replaces a node in place, given its operands' types (NULL = unknown). */
CX_CHECKED cx_code typed_apply(cx *c, json *node, const char *a, const char *b);
/* What needs no types: concat. */
CX_CHECKED cx_code typed_structure(cx *c, json *tree, bool *changed);
/* The tree as text. */
CX_CHECKED cx_code typed_print(cx *c, run *r, const json *tree, char **out);
