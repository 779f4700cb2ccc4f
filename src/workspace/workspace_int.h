/* Shared inside workspace/. */
#pragma once

#include <pthread.h>

#include "workspace/workspace.h"

struct workspace {
    http_transport *transport; /* owned */
    char *name;                /* owned; host or "embedded:<folder>" */
    char *token;               /* owned; NULL for embedded */
    char *wanted_warehouse;    /* owned; NULL = choose one */
    bool embedded;
    atomic_long requests, statements;

    pthread_mutex_t asking; /* held while one thread asks for a fact that all need */
    pthread_mutex_t lock;   /* guards what follows */
    pthread_cond_t slot_free;
    int slots;       /* statements that may still start */
    char *user;      /* owned; whoami's cache */
    char *warehouse; /* owned; the chosen warehouse */
};

/* One request with retries; fills *out with a 2xx answer or fails. `repeatable`: may be sent again
 * when the answer was lost. The answer's body may have up to `most` bytes. */
CX_CHECKED cx_code client_send(cx *c, workspace *w, const http_request *req, bool repeatable,
                               size_t most, http_response *out);

/* One authenticated call; *out is a 2xx answer. */
CX_CHECKED cx_code client_call(cx *c, workspace *w, const char *method, const char *path,
                               const char *query, const json *body, bool repeatable, size_t most,
                               http_response *out);
/* The same with a body of any type. */
CX_CHECKED cx_code client_bytes(cx *c, workspace *w, const char *method, const char *path,
                                const char *query, const char *type, str body, bool repeatable,
                                size_t most, http_response *out);
CX_CHECKED cx_code client_pause(cx *c, int64_t ms); /* sleeps; ends early when c is cancelled */

/* errors.c: what the service said, as our error. Both always return a code that is not CX_OK. */
cx_code error_from_response(cx *c, const http_request *req, const http_response *r);
cx_code error_from_statement(cx *c, const json *status);
/* Texts that mean "try again" although the status does not. */
bool error_is_transient(const char *message);

/* rows.c: cuts `data_array` out of a statement's answer: its cells go to `r`, the rest of the
 * document (with an empty array in its place) is parsed as JSON. */
struct sql_result {
    arena *arena; /* owned: names and cells */
    size_t columns, cells, capacity;
    const char **names, **types; /* arena */
    const char **values;         /* heap, cells of them, row by row */
};
CX_CHECKED cx_code rows_take(cx *c, sql_result *r, const buf *body, json **out_rest);
