/* Between info.c, which knows the relations, and info_rows.c, which fills them. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    run *r;
    const char *catalog; /* NULL = all */
    json *rows;
    size_t columns; /* each row has this many values */
} info;

typedef cx_code (*info_fill)(cx *c, info *i);
typedef struct {
    const char *name, *columns;
    info_fill fill;
} info_relation;

cx_code info_catalogs(cx *c, info *i);
cx_code info_schemata(cx *c, info *i);
cx_code info_tables(cx *c, info *i);
cx_code info_columns(cx *c, info *i);
cx_code info_views(cx *c, info *i);
cx_code info_routines(cx *c, info *i);
cx_code info_parameters(cx *c, info *i);
cx_code info_routine_columns(cx *c, info *i);
cx_code info_volumes(cx *c, info *i);
cx_code info_table_privileges(cx *c, info *i);
cx_code info_schema_privileges(cx *c, info *i);
cx_code info_catalog_privileges(cx *c, info *i);
cx_code info_routine_privileges(cx *c, info *i);
cx_code info_volume_privileges(cx *c, info *i);
cx_code info_nothing(cx *c, info *i);
