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
/* info_facts.c */
cx_code info_table_constraints(cx *c, info *i);
cx_code info_key_columns(cx *c, info *i);
cx_code info_constraint_columns(cx *c, info *i);
cx_code info_constraint_tables(cx *c, info *i);
cx_code info_references(cx *c, info *i);
cx_code info_checks(cx *c, info *i);
cx_code info_catalog_tags(cx *c, info *i);
cx_code info_schema_tags(cx *c, info *i);
cx_code info_table_tags(cx *c, info *i);
cx_code info_column_tags(cx *c, info *i);
cx_code info_volume_tags(cx *c, info *i);
cx_code info_masks(cx *c, info *i);
cx_code info_filters(cx *c, info *i);

/* A row under construction; values are texts, NULL = SQL NULL. */
json *info_row(info *i);
void info_put(json *row, const char *text);
void info_put_int(json *row, int64_t value);
void info_put_name(json *row, meta_name n); /* one value for each part that it has */
