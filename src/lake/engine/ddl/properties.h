/* TBLPROPERTIES: which there are, and what their values may be. */
#pragma once

#include "lake/engine/engine_int.h"

/* What a statement's properties ask for: those that stay, and those that only ask something of the
 * protocol. */
typedef struct {
    json *kept;     /* object: key → value, keys spelled as Delta does */
    json *features; /* array of names: delta.feature.x = supported */
    int min_reader, min_writer;
} eng_asked;
void eng_asked_clear(eng_asked *a);
CX_CHECKED cx_code eng_properties(cx *c, const sql_pair *pairs, size_t n, eng_asked *out);
/* The key as Delta spells it; fails on those that no user may touch. */
CX_CHECKED cx_code eng_property_key(cx *c, const char *key, const char **out);
/* True of keys that describe the table as it is and mean nothing in another one. */
bool eng_property_own(const char *key);
