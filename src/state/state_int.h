/* Inside state/: one SQLite connection with its statements, and who a process is. */
#pragma once

#include <pthread.h>
#include <sqlite3.h>

#include "state/state.h"

enum { STATEMENTS_KEPT = 64, MARK_TEXT = 96 };

/* A connection, its prepared statements by their text, and the lock that makes it any thread's. */
typedef struct {
    pthread_mutex_t lock; /* held for each statement, callbacks included */
    sqlite3 *handle;      /* owned */
    struct {
        const char *sql;         /* a literal: compared by address */
        sqlite3_stmt *statement; /* owned */
    } kept[STATEMENTS_KEPT];
    size_t kept_count;
} state_db;

CX_CHECKED cx_code state_db_open(cx *c, const char *path, bool against_power_loss, state_db **out);
void state_db_free(state_db *d);
AUTO_TYPE(state_db);

/* One statement (a literal). `kinds` says what follows, a letter each: t = const char * (NULL is
 * NULL), i = int64_t, j = const json * (as text; NULL is NULL). *out_changes may be NULL. */
CX_CHECKED cx_code state_db_run(cx *c, state_db *d, int64_t *out_changes, const char *sql,
                                const char *kinds, ...);

typedef struct {
    cx *c;
    sqlite3_stmt *statement;
} state_db_row;
typedef cx_code (*state_db_each)(void *self, state_db_row *row);
/* The same with a visit for each row. A visit must not use the connection. */
CX_CHECKED cx_code state_db_query(cx *c, state_db *d, state_db_each each, void *self,
                                  const char *sql, const char *kinds, ...);
const char *state_db_text(state_db_row *row, int column); /* arena; NULL for NULL */
int64_t state_db_int(state_db_row *row, int column);
CX_CHECKED cx_code state_db_json(state_db_row *row, int column,
                                 json **out); /* owned; NULL for NULL */
CX_CHECKED cx_code state_db_script(cx *c, state_db *d,
                                   const char *sql); /* several statements, no parameters */

struct state {
    char *folder;         /* owned */
    state_db *main;       /* owned; synchronous=NORMAL: safe against the death of the process */
    pthread_mutex_t lock; /* guards the making of `safe` */
    state_db *safe;       /* owned; made at first use; synchronous=FULL: safe against power loss */
    int64_t pid;
    char mark[MARK_TEXT]; /* of this process */
};

/* What tells a process from a later one with the same number: boot id and start time. "" when there
 * is no such process, or only its corpse. */
void state_process_mark(int64_t pid, char out[MARK_TEXT]);
bool state_process_alive(int64_t pid, const char *mark);

/* Grows an array in the arena so that one more row fits; returns the place of that row, zeroed. */
void *state_more(cx *c, void **array, size_t *count, size_t size);
