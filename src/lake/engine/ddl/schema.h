/* New tables: schema, protocol, first actions. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    json *schema;        /* borrowed by the actions' makers */
    json *configuration; /* object of strings */
    const char *const *partitions;
    size_t partition_count;
    const char *const *cluster_by;
    size_t cluster_count;
    const char *comment;
} eng_new_table;

json *eng_field(const char *name, json *take_type, bool nullable, const char *comment);
CX_CHECKED cx_code eng_schema_of_columns(cx *c, const sql_column *columns, size_t n, json **out);
CX_CHECKED cx_code eng_schema_of_query(cx *c, const json *described, json **out);
CX_CHECKED cx_code eng_check_names(cx *c, const json *fields); /* no two alike */
/* Ids and physical names as configuration's mode asks; without a mode, names must be plain. */
CX_CHECKED cx_code eng_map_columns(cx *c, json *schema, json *configuration);
void eng_map_field(json *field, json *configuration); /* one more column */
/* The protocol action's body: what is needed, and never less than before. */
CX_CHECKED cx_code eng_protocol(cx *c, const json *schema, const json *configuration,
                                bool clustered, const delta_protocol *before, json **out);
void eng_add_name(json *names, const char *name); /* unless it is there */
json *eng_metadata_action(const eng_new_table *t, const char *id, int64_t now_ms);
json *eng_clustering_action(const eng_new_table *t);
json *eng_find_field(const json *schema, const char *name); /* lent */
