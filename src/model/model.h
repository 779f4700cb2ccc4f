/* A catalog in memory: read in a fixed number of statements, compared without I/O, ordered by
 * dependency. Everything lives in the arena of the context that it was made with. */
#pragma once

#include "workspace/workspace.h"

typedef enum {
    MODEL_SCHEMA,
    MODEL_TABLE,
    MODEL_VIEW,
    MODEL_FUNCTION,
    MODEL_VOLUME,
    MODEL_KINDS
} model_kind;
const char *model_kind_name(model_kind k);   /* "TABLE": also the word of GRANT … ON */
const char *model_kind_plural(model_kind k); /* "tables": the key in reports */

typedef struct {
    const char *principal, *privilege; /* "USE SCHEMA": with spaces, as GRANT wants it */
} model_grant;

typedef struct {
    const char *column; /* NULL = of the object itself */
    const char *key, *value;
} model_tag;

/* A column of a table or view, or a parameter of a function. */
typedef struct {
    const char *name, *type;                               /* type as DDL text: "decimal(10,2)" */
    const char *comment, *default_sql, *mask, *mask_using; /* NULL = none */
    bool nullable;
    int position, partition; /* partition: its index among the partition columns, -1 = none */
} model_column;

typedef struct {
    const char *name, *type; /* "PRIMARY KEY" "FOREIGN KEY" */
    const char **columns;    /* NULL-terminated, in order */
    /* of a foreign key: the table that it refers to, NULL = not told (another catalog's); and for
     * each column the place, from 1, of its counterpart in that table's primary key */
    const char *parent_schema, *parent_table;
    int *places;
} model_key;

typedef struct {
    model_kind kind;
    const char *schema, *name; /* of a schema: both its name */
    const char *owner, *comment;
    const char *type; /* MANAGED EXTERNAL VIEW MATERIALIZED_VIEW STREAMING_TABLE …; volumes: MANAGED
                         EXTERNAL */
    const char *format;   /* DELTA PARQUET …; NULL for others */
    const char *location; /* NULL = not told */
    const char *body;     /* views: the query; functions: the expression or query */
    const char *returns;  /* functions: full type; NULL for table functions */
    const char *language; /* functions: SQL PYTHON */
    bool deterministic;
    const char *row_filter, *row_filter_columns;
    const model_column *columns; /* tables, views; of functions the parameters */
    size_t column_count;
    const model_column *returned; /* table functions: what they return */
    size_t returned_count;
    const model_grant *grants; /* direct ones only */
    size_t grant_count;
    const model_tag *tags;
    size_t tag_count;
    const model_key *keys;
    size_t key_count;
} model_object;

typedef struct {
    model_object *items; /* sorted by schema, name */
    size_t count;
} model_list;

typedef struct {
    const char *catalog, *owner, *comment, *storage_root;
    model_list of[MODEL_KINDS];
    const model_grant *grants; /* on the catalog itself */
    size_t grant_count;
    const model_tag *tags;
    size_t tag_count;
    int statements; /* what reading it cost, requests included */
} inventory;

/* Names as the user gave them; compared without case. NULL-terminated lists, NULL = none. */
typedef struct {
    const char *const *include_schemas;
    const char *const *exclude_schemas; /* information_schema is never read */
    bool without_columns;               /* names only: fewer and smaller statements */
} model_filter;

/* NOT_FOUND, naming the catalog, when there is none. */
CX_CHECKED cx_code model_load(cx *c, workspace *w, const char *catalog, const model_filter *f,
                              inventory **out);
/* The same, but a catalog that is not there gives an empty inventory and *out_exists = false. */
CX_CHECKED cx_code model_load_or_empty(cx *c, workspace *w, const char *catalog,
                                       const model_filter *f, inventory **out, bool *out_exists);
model_object *model_find(const inventory *i, model_kind k, const char *schema,
                         const char *name); /* or NULL */
/* "schema.name", or the name of a schema; arena. */
const char *model_label(cx *c, const model_object *o);

/* ---- diff --------------------------------------------------------------------- */

typedef enum { DIFF_ONLY_SOURCE, DIFF_ONLY_DEST, DIFF_CHANGED, DIFF_SAME } diff_side;
typedef struct {
    const char *attribute;     /* "column amount: type", "comment", "definition" … */
    const char *source, *dest; /* NULL = absent */
} diff_attribute;
typedef struct {
    model_kind kind;
    diff_side side;
    const model_object *source, *dest; /* the one that is not there is NULL */
    const diff_attribute *attributes;  /* of DIFF_CHANGED */
    size_t attribute_count;
} diff_entry;
typedef struct {
    diff_entry *items; /* every object once, by kind, schema, name */
    size_t count, different;
} diff_result;

/* Pure. References from one catalog to itself are the same as those of the other to itself. What a
 * clone changes by design (managed or external, location, owner) is no difference. */
CX_CHECKED cx_code model_diff(cx *c, const inventory *source, const inventory *dest,
                              diff_result **out);

/* ---- dependency order ------------------------------------------------------------ */

typedef struct {
    model_object *object;
    const size_t *needs; /* indices into the order: views and functions that must be there first */
    size_t need_count;
    const model_object **tables; /* tables of the catalog that it reads */
    size_t table_count;
    const char *unparsed; /* why the body could not be read; NULL = it could */
    bool in_cycle;
} order_entry;
typedef struct {
    order_entry *items; /* functions and views: each after what it needs, cycles last */
    size_t count;
    const char *cycle; /* "a.v1 → a.v2 → a.v1", NULL = none */
} order_result;
CX_CHECKED cx_code model_order(cx *c, const inventory *i, order_result **out);
