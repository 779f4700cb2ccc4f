/* Shared by rewrite.c and rewrite_calls.c. */
#pragma once

#include "sql/lex.h"

typedef struct {
    cx *c;
    sql_tokens t;
    buf out;
} rewriter;

void rewrite_text(rewriter *r, const char *text); /* with a blank before */
void rewrite_token(rewriter *r, size_t i);        /* as written */
void rewrite_range(rewriter *r, size_t from, size_t to);
/* The strftime format of the Java pattern in string token i; false when it cannot be told. */
bool rewrite_format(rewriter *r, size_t i);
/* The call at *i, when it is one that must be written otherwise; moves behind it. */
bool rewrite_call(rewriter *r, size_t *i);
/* The same for calls of variants (rewrite_variant.c). */
bool rewrite_variant_call(rewriter *r, size_t *i);
bool rewrite_path_cast(rewriter *r, size_t *i);
bool rewrite_in_path(const rewriter *r, size_t i);
