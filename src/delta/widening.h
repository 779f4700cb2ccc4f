/* Which types may become which. spec: delta "Type Widening" */
#pragma once

#include "delta/delta.h"

/* A file with the narrow type is read as the wide one without losing anything. */
bool type_widens(const char *from, const char *to);
/* CX_UNSUPPORTED when a column was changed in a way that we cannot read. */
CX_CHECKED cx_code widening_check(cx *c, const json *schema, const char *table);
