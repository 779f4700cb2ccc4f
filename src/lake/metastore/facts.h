/* What hangs on an object beside grants: tags, keys, masks and row filters.
 *
 * They hang on the object's id: a rename keeps them, a drop takes them along. Names of columns
 * compare without case. Each writing call is one transaction, durable on return. Strings of rows
 * are in the context's arena; JSON is text. */
#pragma once

#include "lake/metastore/meta.h"

/* ---- tags: on catalogs, schemas, tables (views too), columns, volumes, functions ---- */
typedef struct {
    meta_type type;
    meta_name name;
    const char *column; /* NULL = of the object itself */
    const char *key, *value;
} meta_tag_row;
/* pairs: object key → value (string; "" = none). column NULL = the object. Who may is asked by the
 * caller. TAG_LIMIT: 50 an object, 50 a column; INVALID_PARAMETER_VALUE for keys and values that
 * the platform does not take (spec: wire §3.7). */
CX_CHECKED cx_code meta_tags_set(cx *c, meta *m, meta_type t, meta_name n, const char *column,
                                 const json *pairs, const char *by);
CX_CHECKED cx_code meta_tags_unset(cx *c, meta *m, meta_type t, meta_name n, const char *column,
                                   const json *keys);
/* Of everything in a catalog (NULL = all catalogs), in name order; n without catalog and schema. */
CX_CHECKED cx_code meta_tags_below(cx *c, meta *m, const char *catalog, meta_tag_row **out,
                                   size_t *out_n);

/* ---- keys: primary and foreign, informational ---- */
typedef struct {
    meta_name table;
    const char *name; /* "t_pk" */
    bool foreign, rely;
    const char *columns;        /* JSON array of names */
    meta_name parent;           /* FOREIGN KEY; all NULL = gone */
    const char *parent_columns; /* JSON array */
    const char *parent_key;     /* name of the primary key that it refers to */
    const char *parent_order;   /* JSON array: that key's columns in their order */
} meta_key_row;
/* Of a foreign key the parent must have a primary key over the parent's columns (any order). A
 * table has one primary key. CONSTRAINT_ALREADY_EXISTS, …; names are unique in a schema. */
CX_CHECKED cx_code meta_key_add(cx *c, meta *m, const meta_key_row *key);
/* CONSTRAINT_DOES_NOT_EXIST unless if_exists; a primary key that others refer to goes only with
 * `cascade`, and they with it. */
CX_CHECKED cx_code meta_key_drop(cx *c, meta *m, meta_name table, const char *name, bool if_exists,
                                 bool cascade);
CX_CHECKED cx_code meta_keys_below(cx *c, meta *m, const char *catalog, meta_key_row **out,
                                   size_t *out_n);
CX_CHECKED cx_code meta_keys_of(cx *c, meta *m, meta_name table, meta_key_row **out, size_t *out_n);

/* ---- masks and row filters ---- */
typedef struct {
    meta_name table;
    const char *column;    /* NULL = a row filter */
    meta_name function;    /* as named when it was set */
    const char *arguments; /* JSON array: the filter's columns; the mask's USING COLUMNS */
} meta_policy_row;
CX_CHECKED cx_code meta_policy_set(cx *c, meta *m, const meta_policy_row *policy);
CX_CHECKED cx_code meta_policy_drop(cx *c, meta *m, meta_name table, const char *column);
CX_CHECKED cx_code meta_policies_of(cx *c, meta *m, meta_name table, meta_policy_row **out,
                                    size_t *out_n);
CX_CHECKED cx_code meta_policies_below(cx *c, meta *m, const char *catalog, meta_policy_row **out,
                                       size_t *out_n);

/* A column got another name (to NULL: was dropped): its tags follow, masks too. Fails with
 * DELTA_… RENAME/DROP refusals where a key, filter or mask argument needs the column. */
CX_CHECKED cx_code meta_column_renamed(cx *c, meta *m, meta_name table, const char *column,
                                       const char *to);
