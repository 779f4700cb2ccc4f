/* Statements in flight and those that ended lately: queue, workers, results.
 *
 * Every statement runs on one of a bounded number of workers, so that whoever submitted it can wait
 * for as long as it wants and no longer. What ended is kept for an hour with its result, and for
 * twelve without. When results together need too much memory, the oldest go to files. */
#pragma once

#include "base/hash.h"
#include "lake/rest/result.h"

#include <pthread.h>

typedef struct lake lake;
typedef struct statements statements;

typedef enum {
    STATEMENT_PENDING,
    STATEMENT_RUNNING,
    STATEMENT_SUCCEEDED,
    STATEMENT_FAILED,
    STATEMENT_CANCELED,
    STATEMENT_CLOSED
} statement_state;

/* What is submitted does not change; all else is guarded by the lock of the store. */
typedef struct statement {
    struct statement *next;   /* in order of submission */
    struct statement *queued; /* the next to run */
    struct statement *same;   /* in the same bucket */
    char id[UUID_TEXT];
    char *principal, *text, *catalog, *schema; /* owned */
    json *parameters;                          /* owned */
    int64_t row_limit, byte_limit;
    bool external; /* EXTERNAL_LINKS */
    int users;     /* threads that hold a pointer to it */
    statement_state state;
    const char *error_code; /* literal */
    char *error_message;    /* owned */
    char sqlstate[8];
    result result;
    int64_t created_ms, started_ms, ended_ms;
    atomic_bool cancel;
    pthread_cond_t ended;
} statement;

statements *statements_new(lake *l);
void statements_free(statements *all); /* cancels, and waits for, what runs */

/* take_s: of statement_new. Held for the caller until statement_release. */
statement *statement_new(cx *c);
void statements_submit(cx *c, statements *all, statement *take_s);
/* NULL when it is not there (any more). Held. */
statement *statements_find(cx *c, statements *all, const char *id);
void statement_release(statements *all, statement *s);
/* Waits until it ended, wait_ms passed, or c was cancelled (then it fails). */
CX_CHECKED cx_code statement_wait(cx *c, statements *all, statement *s, int64_t wait_ms);
void statement_cancel(statements *all, statement *s);
/* For a caller that was promised an end: it counts as cancelled from now on, whatever its worker
 * does. */
void statement_abandon(cx *c, statements *all, statement *s);
void statement_close(statements *all, statement *s);

/* Reading a statement's members: between these two. */
void statements_lock(statements *all);
void statements_unlock(statements *all);
bool statement_ended(const statement *s);

/* Until every statement that ended is in the history (at most a second). */
void statements_settle(statements *all);
/* A key that opens one chunk until expires_ms, without credentials. */
void statements_link_key(const statements *all, const char *id, const char *chunk,
                         int64_t expires_ms, char out[SHA256_HEX]);
