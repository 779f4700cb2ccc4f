/* A table that is being made. */
#pragma once

#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/properties.h"
#include "lake/engine/ddl/publish.h"
#include "lake/engine/ddl/schema.h"

typedef struct {
    run *r;
    const sql_statement *q;
    eng_target *t;
    eng_asked asked;    /* its `kept` becomes the table's configuration */
    json *schema;       /* owned */
    const char *select; /* DuckDB text of AS, or NULL */
    const char *comment;
    const char *const *partitions;
    size_t partition_count;
    const char *const *cluster_by;
    size_t cluster_count;
    bool clustered; /* also by no columns yet: CLUSTER BY AUTO */
    bool copied;    /* LIKE: the schema's rules were checked when the other table was made */
    int64_t version;
} creation;
void creation_clear(creation *k);

/* Fills schema, select, partitions, clustering, constraints; everything is checked (shape.c). */
CX_CHECKED cx_code eng_creation_shape(cx *c, creation *k);
/* LIKE (like.c): schema, properties, partitions and clustering of another table. */
CX_CHECKED cx_code eng_creation_like(cx *c, creation *k);

/* What is there already (register.c). */
CX_CHECKED cx_code eng_register_delta(cx *c, const creation *k);
CX_CHECKED cx_code eng_register_parquet(cx *c, run *r, const sql_statement *q, const eng_wish *w);
