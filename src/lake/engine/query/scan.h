/* Pieces of a scan, for whoever reads a table's files in another way (table_changes). */
#pragma once

#include "lake/engine/engine_int.h"

/* The `schema` parameter of read_parquet, with the comma before it: the table's columns as c0, c1 …
 * found by physical name, or by field id. `extra`: text of one more entry; NULL = none. */
CX_CHECKED cx_code eng_scan_schema(cx *c, const delta_snapshot *s, bool by_id, const char *extra,
                                   buf *sql);
/* The table's columns under their names, out of r.c0, r.c1 … and, in the order of the schema's
 * partition columns, p.p1, p.p2 … */
CX_CHECKED cx_code eng_scan_columns(cx *c, const delta_snapshot *s, buf *sql);
/* What p.p1 … are for a file's partition values: appended to row, a string or null each. */
void eng_scan_partition_row(cx *c, const delta_snapshot *s, const json *values, json *row);
