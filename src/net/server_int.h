/* Inside the HTTP server. See server.c for the picture. */
#pragma once

#include <microhttpd.h>
#include <pthread.h>

#include "net/http.h"

/* Where a call is on its way. Only moves forward. */
typedef enum { CALL_READING, CALL_QUEUED, CALL_RUNNING, CALL_ANSWERED } call_phase;

/* One request and its answer. Made when the request line arrives, dropped when libmicrohttpd says
 * that the exchange is over and nobody else holds it. Guarded by server->lock: refs, phase, list
 * links, and the stream's fields; the rest belongs to the thread that has the call in its phase. */
typedef struct http_call {
    http_server *server; /* borrowed */
    struct MHD_Connection *connection;
    int refs;
    call_phase phase;
    atomic_bool cancel;         /* the handler's flag: peer gone, or server stopping */
    char *method, *uri, *query; /* owned; query points into uri, or is NULL */
    bool begun;                 /* the first call of the access handler is behind us */
    size_t body_seen;
    buf body;
    int64_t since_us; /* handed to the workers */
    int status;
    struct MHD_Response *response; /* owned until queued */

    http_stream *stream; /* owned; NULL for ordinary answers */
    buf pending;         /* pulled and not yet sent, from `sent` on */
    size_t sent;
    int64_t pulled_us;
    bool parked; /* the connection is suspended until there is something to send */
    bool stream_done, gone, pulling;

    struct http_call *next_in_queue;
    struct http_call *prev, *next; /* the watched list: queued, running or streaming */
} http_call;

struct http_server {
    http_server_config config; /* strings owned */
    struct MHD_Daemon *daemon; /* owned */
    char *cert, *key;          /* owned; NULL = plain HTTP */
    int port;
    int thread_count;
    pthread_t *threads; /* owned: workers */
    pthread_t keeper;
    bool keeper_runs;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;  /* a call was queued, or stopping */
    pthread_cond_t news;  /* for the keeper */
    http_call *queue_head, *queue_tail;
    size_t queued;
    http_call watched; /* ring; the anchor's other fields are unused */
    bool stopping, woken;
};

enum {
    QUEUE_MOST = 2048,
    STREAM_BLOCK = 8192,
    STREAM_PENDING_MOST = 256 * 1024,
};

void http_call_unref(http_call *k);   /* takes server->lock itself */
void http_call_watch(http_call *k);   /* under lock */
void http_call_unwatch(http_call *k); /* under lock */

void *http_server_worker(void *self);
void *http_server_keeper(void *self);

/* Turns what the handler filled into a libmicrohttpd response; takes the stream into the call. */
void http_call_answer(cx *c, http_call *k, cx_code rc, http_reply *reply);
/* A small JSON problem: {"detail": …}. */
struct MHD_Response *http_problem(cx *c, const char *detail, const char *hint, const char *code);
