/* Tables as they are to be: schema, column mapping, first actions. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    json *schema;        /* borrowed by the actions' makers */
    json *configuration; /* object of strings */
    const char *const *partitions;
    size_t partition_count;
    const char *comment;
} eng_new_table;
json *eng_metadata_action(const eng_new_table *t, const char *id, int64_t now_ms);

/* ---- fields (schema.c) ---- */
json *eng_field(const char *name, json *take_type, bool nullable, const char *comment);
CX_CHECKED cx_code eng_field_of_column(cx *c, const sql_column *column, json **out);
CX_CHECKED cx_code eng_schema_of_columns(cx *c, const sql_column *columns, size_t n, json **out);
CX_CHECKED cx_code eng_schema_of_query(cx *c, const json *described, json **out);
CX_CHECKED cx_code eng_check_names(cx *c, const json *fields); /* no two alike, structs too */
/* The change feed has columns of its own. */
CX_CHECKED cx_code eng_check_reserved(cx *c, const json *schema, const json *configuration);
/* A type's text without its collation; only UTF8_BINARY is taken. */
CX_CHECKED cx_code eng_plain_type(cx *c, const char *text, const char **out);
json *eng_find_field(const json *schema, const char *name); /* lent */

/* ---- column mapping (mapping.c) ---- */
bool eng_is_mapped(const json *configuration);
/* Ids and physical names for the fields that have none, as configuration's mode asks; without a
 * mode, names must be plain. has_files: physical names are the names. */
CX_CHECKED cx_code eng_map_columns(cx *c, json *schema, json *configuration, bool has_files);
void eng_unmap(json *type);

/* ---- paths into a schema (path.c) ---- */

/* Where "s.x", "a.element.x" or "m.value" leads. */
typedef struct {
    json *field;        /* the nearest field of a struct, lent */
    json *fields;       /* the list that it is in, lent */
    size_t index;       /* its place there */
    json *holder;       /* what has the type: the field, or an array or map below it */
    const char *member; /* holder's: "type", "elementType", "keyType", "valueType" */
    const char *below;  /* "element.value" from the field down; "" = the field itself */
    bool inside_list;   /* an array or a map is on the way to the field */
    int depth;          /* 0 = a column of the table */
} eng_place;
/* False when there is no such thing. Names with dots are found, too. */
bool eng_find_place(cx *c, json *schema, const char *path, eng_place *out);
json *eng_place_type(const eng_place *p); /* lent */
/* Appends the names on the way to a field, through structs only; false when it is not there. */
bool eng_path_to(const json *type, const json *field, bool physical, json *path);
/* The list of fields of the struct that a path (NULL = the table) leads to. */
CX_CHECKED cx_code eng_struct_at(cx *c, json *schema, const char *path, const char *adding,
                                 json **out_fields);

/* ---- rules of columns (column_rules.c) ---- */

/* Fails when a default, a generation expression, an identity or a CHECK of the table makes no
 * sense. */
CX_CHECKED cx_code eng_check_columns(cx *c, run *r, const json *schema);
/* Of one field and what is below: nothing in a list or a map is NOT NULL. */
CX_CHECKED cx_code eng_check_nulls(cx *c, const json *field, bool in_list, const char *above);
CX_CHECKED cx_code eng_check_default(cx *c, run *r, const json *field);
CX_CHECKED cx_code eng_check_condition(cx *c, run *r, const json *schema, const char *name,
                                       const char *condition);
/* Does the expression read the column (a path, or one below or above it)? */
CX_CHECKED cx_code eng_reads_column(cx *c, const char *expression, const char *path, bool *out);
/* DuckDB text of "SELECT … FROM …" in Databricks SQL over columns that are there; no other tables,
 * no functions of users. */
CX_CHECKED cx_code eng_rule_query(cx *c, run *r, const char *text, char **out);

/* ---- clustering (clustering.c) ---- */
CX_CHECKED cx_code eng_check_clustering(cx *c, json *schema, const json *configuration,
                                        const char *const *columns, size_t n);
json *eng_clustering_action(cx *c, json *schema, const char *const *columns, size_t n);
/* Logical names, dotted, of the snapshot's clustering columns; NULL = not clustered. */
json *eng_clustered_by(cx *c, const delta_snapshot *s);

/* ---- type changes (widen.c) ---- */
bool eng_widens(const char *from, const char *to);
void eng_note_widening(eng_place *p, const char *from, const char *to);
