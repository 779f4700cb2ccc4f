/* Shared by bridge.c and names.c. */
#pragma once

#include "sql/quote.h"
#include "sql/scan.h"

/* The scanner's result, confirmed by the tree: CX_UNSUPPORTED when they disagree. */
CX_CHECKED cx_code dialect_scan(cx *c, const char *sql, scan_result *out);
