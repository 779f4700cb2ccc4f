/* Shared inside metastore/: the connection pool, statements, and the rules about names.
 *
 * A `db` is one SQLite connection that a thread has taken from the pool; db_free gives it back,
 * rolled back if its transaction was not committed. Writers of one process queue on a mutex, so
 * that only writers of different processes ever meet in SQLite's busy handler, which sleeps and is
 * not fair. */
#pragma once

#include "base/fs.h"
#include "lake/metastore/meta.h"
#include "lake/metastore/principals.h"

#include <pthread.h>
#include <sqlite3.h>

enum { DB_STATEMENTS = 192, META_BUSY_MS = 10000, META_NAME_MOST = 255, META_PROCESS = 33 };

typedef enum {
    DB_READ,    /* no transaction: each statement sees one state */
    DB_WRITE,   /* BEGIN IMMEDIATE; db_commit is durable on return */
    DB_RELAXED, /* the same, but a power cut may lose it: for what can be found out again */
} db_mode;

typedef struct db {
    struct db *next; /* in the pool's free list */
    meta *m;         /* borrowed */
    sqlite3 *sql;    /* owned */
    db_mode mode;
    bool relaxed, in_write;
    size_t statement_count;
    struct {
        const char *text; /* a literal: compared by address, then by content */
        sqlite3_stmt *stmt;
    } statements[DB_STATEMENTS];
} db;

struct meta {
    char *root, *path;                        /* owned */
    char *id, *owner, *workspace, *warehouse; /* owned */
    pthread_mutex_t pool_lock;                /* guards `idle` */
    pthread_mutex_t write_lock;               /* held by the one writing thread of this process */
    db *idle[2];                              /* [relaxed] */
    char process[META_PROCESS];               /* the name of this handle; see writers.c */
    fs_lock *presence;                        /* owned: held for as long as the handle lives */
};

CX_CHECKED cx_code db_take(cx *c, meta *m, db_mode mode, db **out);
CX_CHECKED cx_code db_commit(cx *c, db *d);
void db_free(db *d);
AUTO_TYPE(db);
void db_close_all(meta *m);

/* types: one letter an argument, t = text (NULL is SQL NULL), i = int64_t. `sql` is a literal. */
CX_CHECKED cx_code db_query(cx *c, db *d, sqlite3_stmt **out, const char *sql, const char *types,
                            ...);
CX_CHECKED cx_code db_step(cx *c, db *d, sqlite3_stmt *s, bool *out_row);
CX_CHECKED cx_code db_run(cx *c, db *d, const char *sql, const char *types, ...);
/* First column of the first row; *out is unchanged when there is no row. */
CX_CHECKED cx_code db_int(cx *c, db *d, int64_t *out, const char *sql, const char *types, ...);
char *db_text(cx *c, sqlite3_stmt *s, int column); /* arena; NULL for SQL NULL */
cx_code db_fail(cx *c, sqlite3 *sql, const char *doing);

static inline void db_done_(sqlite3_stmt **s)
{
    if (*s)
        sqlite3_reset(*s);
}
#define DB_STMT __attribute__((cleanup(db_done_))) sqlite3_stmt *

CX_CHECKED cx_code meta_migrate(cx *c, meta *m, db *d);
CX_CHECKED cx_code meta_first_objects(cx *c, meta *m, db *d);

/* Lower-cases the parts that `t` needs into the arena and drops the others. */
meta_name meta_fold(cx *c, meta_type t, meta_name n);
CX_CHECKED cx_code meta_name_check(cx *c, meta_type t, const char *part);
cx_code meta_fail_missing(cx *c, meta_type t, meta_name n);
cx_code meta_fail_exists(cx *c, meta_type t, meta_name n);
bool meta_is_virtual(meta_type t, meta_name n); /* system, information_schema */

/* As meta_load etc., on a connection in hand; names already folded. */
CX_CHECKED cx_code meta_load_on(cx *c, db *d, meta_type t, meta_name n, meta_object *out);
CX_CHECKED cx_code meta_rowid_on(cx *c, db *d, meta_type t, meta_name n,
                                 int64_t *out); /* 0 = absent */
/* Room for one more of `count` rows of this size: the same array, or a longer copy of it. */
void *meta_grow(cx *c, void *rows, size_t size, size_t count, size_t *room);
/* Fails for what is missing. */
CX_CHECKED cx_code meta_id_on(cx *c, db *d, meta_type t, meta_name n, const char **out);
CX_CHECKED cx_code meta_insert_on(cx *c, db *d, const meta_object *o, const char *by);
/* Fails for the first of catalog, schema that is missing above an object of type t. */
CX_CHECKED cx_code meta_parents_on(cx *c, db *d, meta_type t, meta_name n);
CX_CHECKED cx_code meta_pending_on(cx *c, db *d, const char *location, int64_t *out_id);
/* The groups that ?n is in, directly or through other groups. UNION keeps each name once, so that
 * groups that contain each other end the recursion. A macro because the number is part of the
 * text. */
#define META_GROUPS_OF(n)                                                                     \
    "(WITH RECURSIVE up(grp) AS (SELECT grp FROM membership WHERE member=" n " UNION SELECT " \
    "above.grp FROM membership above JOIN up ON above.member=up.grp) SELECT grp FROM up)"

CX_CHECKED cx_code meta_principal_on(cx *c, db *d, const char *name, bool *out_known,
                                     bool *out_admin);
CX_CHECKED cx_code meta_principal_add_on(cx *c, db *d, const char *name, const char *kind,
                                         bool admin);
CX_CHECKED cx_code meta_person_on(cx *c, db *d, meta_kind kind, int64_t id, meta_person *out);

/* Under metastore.lock: names this handle and says to all others that it lives. */
CX_CHECKED cx_code meta_presence_take(cx *c, meta *m);
void meta_presence_drop(meta *m);
