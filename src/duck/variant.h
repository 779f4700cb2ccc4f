/* Variants as files hold them: a dictionary of keys ("metadata") and a value that points into it.
 *
 * Nothing of the bytes is trusted. variant_open walks all of them once: every offset inside, every
 * key in the dictionary, bounded depth, and no byte counted twice, so that values which share their
 * insides cannot make a small one endless. What it let through is printed without more checks.
 *
 * Inside the engine a variant is one blob, metadata then value, of a DuckDB type with the name
 * VARIANT_TYPE. spec: delta "Variant data in Parquet" */
#pragma once

#include "base/buf.h"

#define VARIANT_TYPE "VARIANT_BYTES"

enum { VARIANT_DEPTH = 128 };

typedef struct {
    str metadata, value;
} variant;

typedef enum {
    VARIANT_NULL,
    VARIANT_BOOLEAN,
    VARIANT_WHOLE,
    VARIANT_DECIMAL,
    VARIANT_FLOAT,
    VARIANT_DOUBLE,
    VARIANT_DATE,
    VARIANT_TIMESTAMP,
    VARIANT_TIMESTAMP_NTZ,
    VARIANT_BINARY,
    VARIANT_STRING,
    VARIANT_UUID,
    VARIANT_OBJECT,
    VARIANT_ARRAY
} variant_kind;

/* A leaf's value, or how many members a container has. */
typedef struct {
    variant_kind kind;
    bool truth;
    int scale;       /* of a decimal */
    __int128 number; /* whole, decimal, days, microseconds */
    double real;
    str bytes;    /* text, binary, the 16 of a UUID */
    size_t count; /* members, elements */
} variant_leaf;

/* False when the bytes are damaged, or of a version or kind that is not known. */
bool variant_open(str metadata, str value, variant *out);
/* The same of one blob, which variant_open has seen before; still safe on any bytes. */
bool variant_unpack(str blob, variant *out);
/* How long the dictionary at the start of some bytes is; 0 = it is none. */
size_t variant_metadata_size(str bytes);

bool variant_read(const variant *v, variant_leaf *out);
bool variant_at(const variant *v, size_t i, str *key, variant *out); /* i-th member or element */
/* The part that a path such as $.a[0]['b c'] names. False with *bad when the path is not one. */
bool variant_find(const variant *v, str path, variant *out, bool *bad);

/* JSON, as to_json on the platform gives it. */
void variant_add_json(buf *b, const variant *v);
/* A leaf's text without quotes, anything else as JSON. */
void variant_add_text(buf *b, const variant *v);
/* OBJECT<a: BIGINT>, as schema_of_variant gives it. */
void variant_add_schema(buf *b, const variant *v);
