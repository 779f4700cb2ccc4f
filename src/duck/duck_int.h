/* Shared inside src/duck only. */
#pragma once

#include "duck/api.h"
#include <pthread.h>

#include "duck/duck.h"

/* One statement that runs now; lives on its caller's stack, linked into the database's watch list.
 */
typedef struct duck_watch {
    const cx *c;
    duckdb_connection connection;
    struct duck_watch *next;
} duck_watch;

/* A query that is prepared to learn types; lives on its caller's stack. */
typedef struct duck_probing {
    int64_t first;
    size_t count;
    char **types; /* "" = more than one */
    struct duck_probing *next;
} duck_probing;

/* `lock` guards the watch list, the watcher's state and probing; nothing else of it changes after
 * open. */
struct duck_db {
    duckdb_database database;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t watcher;
    bool watching, stop;
    duck_watch *running;
    duck_probing *probing;
    int64_t next_probe;
};

struct duck_conn {
    duck_db *db; /* borrowed */
    duckdb_connection connection;
};

/* A column's type, resolved once, so that formatting a value does not ask DuckDB again. */
typedef struct duck_shape {
    duckdb_type id, internal; /* internal: storage of DECIMAL and ENUM */
    int scale;
    bool variant;                /* a BLOB that is one */
    uint64_t array_size;         /* ARRAY: elements in each value; ENUM: words */
    size_t count;                /* children */
    struct duck_shape *children; /* owned */
    char **names;                /* STRUCT members, ENUM words; owned */
} duck_shape;
void duck_shape_init(duck_shape *s, duckdb_logical_type type);
void duck_shape_clear(duck_shape *s);
/* Databricks' text of a type. */
void duck_add_type(buf *b, duckdb_logical_type type);
/* A member's name, in backticks where a type's text could not be read back without. */
void duck_add_member_name(buf *b, const char *name);

/* Appends a non-NULL value; `nested`: as JSON, inside an array, map or struct. */
void duck_add_value(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row, bool nested);

struct duck_result {
    duck_conn *conn; /* borrowed */
    duckdb_prepared_statement prepared;
    duckdb_result result;
    bool has_result;
    size_t count;
    duck_shape *shapes; /* owned, count */
    char **types;       /* owned, count */
};

/* Pieces of it: as Java prints them, and text as a JSON string. */
void duck_add_double(buf *b, double v, bool single);
void duck_add_date(buf *b, int64_t days);
void duck_add_decimal(buf *b, __int128 v, int scale);
void duck_add_json_text(buf *b, const buf *text);

void duck_watch_begin(duck_conn *d, const cx *c, duck_watch *w);
void duck_watch_end(duck_conn *d, duck_watch *w);

/* The next rows of a streaming result, NULL after the last or when it failed: duck_end says which.
 */
duckdb_data_chunk duck_next_chunk(cx *c, duck_result *r);
CX_CHECKED cx_code duck_end(cx *c, duck_result *r);

/* Fails with DuckDB's message under the platform's condition. */
cx_code duck_fail(cx *c, const char *message);
