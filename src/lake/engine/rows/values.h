/* DEFAULT in the VALUES of an INSERT. */
#pragma once

#include "base/json.h"

/* *query, when it is VALUES, gets each DEFAULT replaced by the default of the column that its
 * position is for (`at` over `fields`), else NULL. *out_all[i]: position i is DEFAULT in every row;
 * NULL when there is no DEFAULT. Refuses a column that makes its own values and is DEFAULT in some
 * rows only. */
CX_CHECKED cx_code values_with_defaults(cx *c, const json *fields, const long *at, size_t n,
                                        const char **query, bool **out_all);
