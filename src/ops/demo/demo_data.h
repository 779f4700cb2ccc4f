/* A demo catalog as data: tables as SELECTs over range(), views, functions, a volume.
 *
 * In texts, @bronze, @silver and @gold stand for the schemas with their catalog, @rows for the
 * number of rows of the table at the asked scale, @start for the first date, @days for how many
 * days there are, and
 * @<table>_rows for the rows of another table of the industry. */
#pragma once

#include "base/buf.h"

typedef struct {
    const char *schema, *name, *comment;
    int64_t rows;          /* at scale 1; 0 = made from other tables */
    const char *partition; /* column; NULL = none */
    const char *select;
} demo_table;

typedef struct {
    const char *schema, *name, *comment;
    const char *columns; /* of views: the column list; of functions: parameters and RETURNS */
    const char *body;
} demo_code;

typedef struct {
    const char *name;
    const demo_table *tables; /* end with a NULL name */
    const demo_code *views, *functions;
    const char *volume_schema, *volume, *volume_comment;
} demo_industry;

extern const demo_industry demo_retail, demo_healthcare;
