/* One change of a table: what the steps of ALTER TABLE share. */
#pragma once

#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/properties.h"
#include "lake/engine/ddl/schema.h"

typedef struct {
    run *r;
    const sql_statement *q;
    eng_table *t;
    json *schema, *configuration, *partitions; /* copies to be changed; owned by the frame */
    json *actions;                             /* beside metaData and protocol; owned */
    eng_asked asked;                           /* of the protocol */
    json *protocol;                            /* set by DROP FEATURE; owned */
    int clustered;                             /* -1 = as it was; else 0 or 1 */
    const char *operation;
    json *parameters;           /* owned */
    bool exclusive;             /* rows were looked at: nobody may have committed since */
    bool nothing;               /* there is nothing to change */
    const char *column, *to;    /* a column of the table that was renamed, or dropped (to NULL) */
    const char *const *dropped; /* NULL-terminated */
    bool set_comment;
    const char *comment;
} edit;

typedef cx_code (*edit_step)(cx *c, edit *e);

/* SET/UNSET TBLPROPERTIES (alter_properties.c) */
CX_CHECKED cx_code eng_set_properties(cx *c, edit *e);
CX_CHECKED cx_code eng_unset_properties(cx *c, edit *e);
/* Columns (alter_columns.c, alter_column.c, alter_names.c) */
CX_CHECKED cx_code eng_add_columns(cx *c, edit *e);
CX_CHECKED cx_code eng_replace_columns(cx *c, edit *e);
CX_CHECKED cx_code eng_alter_column(cx *c, edit *e);
CX_CHECKED cx_code eng_column_comment(cx *c, edit *e);
CX_CHECKED cx_code eng_rename_column(cx *c, edit *e);
CX_CHECKED cx_code eng_drop_columns(cx *c, edit *e);
/* Rules and layout (alter_rules.c) */
CX_CHECKED cx_code eng_add_constraint(cx *c, edit *e);
CX_CHECKED cx_code eng_drop_constraint(cx *c, edit *e);
CX_CHECKED cx_code eng_cluster_by(cx *c, edit *e);
/* alter_feature.c */
CX_CHECKED cx_code eng_drop_feature(cx *c, edit *e);
/* What only the metastore knows (alter_meta.c) */
CX_CHECKED cx_code eng_alter_meta(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n,
                                  bool *out_done);

/* ---- helpers of the steps ---- */
cx_code eng_column_missing(cx *c, const edit *e, const char *column);
CX_CHECKED cx_code eng_place_in(cx *c, const edit *e, const char *path, eng_place *out);
/* Puts a copy of a value as JSON text into the operation's parameters. */
void eng_parameter(edit *e, const char *key, const json *value);
/* Type of a place → another one, with the note that readers need; refused where Delta cannot. */
CX_CHECKED cx_code eng_change_type(cx *c, edit *e, eng_place *p, const char *path,
                                   const char *type_text);
/* Moves the field at `from` of a list in front of `to` (counted without it). */
void eng_move_field(json *fields, size_t from, size_t to);
/* Where FIRST or AFTER say; `otherwise` when neither is said. */
CX_CHECKED cx_code eng_find_position(cx *c, const json *fields, bool first, const char *after,
                                     size_t otherwise, size_t *out);
/* Fails when a CHECK constraint or a generated column reads the column. */
CX_CHECKED cx_code eng_check_dependents(cx *c, const edit *e, const char *path);
bool eng_is_partition(const edit *e, const char *column);
/* Rows of the table for which a condition (Databricks SQL over its columns) holds. */
CX_CHECKED cx_code eng_count_rows(cx *c, edit *e, const char *condition, int64_t *out);
CX_CHECKED cx_code eng_one_number(cx *c, edit *e, const char *expression, bool *out_null,
                                  int64_t *out);
