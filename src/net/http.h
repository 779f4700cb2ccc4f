/* HTTP as values: a request, a response, and transports that carry one to the other.
 *
 * What a transport promises: send() fills *out or fails, never both; it does not retry, log or
 * interpret status codes. Those belong to the client above (workspace/client). A transport may be
 * used by several threads at once. */
#pragma once

#include "base/buf.h"

typedef struct {
    const char *name, *value;
} http_header;

/* All pointers are borrowed for the call. */
typedef struct {
    const char *method; /* "GET" */
    const char *path;   /* percent-encoded, begins with "/", no query */
    const char *query;  /* encoded, without "?"; NULL = none */
    const http_header *headers;
    size_t header_count;
    str body;           /* empty = none */
    int64_t timeout_ms; /* 0 = the transport's default (60 s) */
} http_request;

/* Header names are lower case. Memory belongs to the response. */
typedef struct {
    int status;
    buf headers; /* "name: value\n" lines */
    buf body;    /* its ceiling is set by the caller before send(); 0 = 256 MiB */
    /* The caller can send a file itself (a server can): then `file`, when set on return, is what to
     * send, ranges and all, instead of body. Owned by the response. */
    bool takes_file;
    char *file;
} http_response;
void http_response_clear(http_response *r);
/* Arena copy of the first header of that (lower-case) name, or NULL. */
const char *http_response_header(cx *c, const http_response *r, const char *name);
const char *http_request_header(const http_request *r,
                                const char *name); /* any case; lent; or NULL */

typedef struct http_transport http_transport;
typedef struct {
    const char *name;
    cx_code (*send)(cx *c, http_transport *t, const http_request *req, http_response *out);
    void (*free)(http_transport *t);
} http_transport_ops;
struct http_transport {
    const http_transport_ops *ops;
};

CX_CHECKED cx_code http_send(cx *c, http_transport *t, const http_request *req, http_response *out);
void http_transport_free(http_transport *t); /* frees what it wraps, too */
AUTO_TYPE(http_transport);

/* libcurl: TLS verified, HTTP/2 where offered, connections pooled. base_url "https://host[:port]".
 */
CX_CHECKED cx_code http_https_open(cx *c, const char *base_url, http_transport **out);

/* Wrappers take `next`. */
http_transport *http_limit(http_transport *take_next, double requests_per_second);
http_transport *http_delay(http_transport *take_next, int64_t latency_ms);
/* Fails the nth request (1-based) before (or, with after = true, after: the answer is lost) it is
 * sent. */
http_transport *http_faulty(http_transport *take_next, int nth, bool after);
/* Counts requests; *counter is borrowed and outlives the transport. */
http_transport *http_counted(http_transport *take_next, atomic_long *counter);
/* One JSON line a request to `path` (method, path, status, ms, bodies of JSON requests; the
 * Authorization header and values of keys that name secrets are never written). */
CX_CHECKED cx_code http_trace(cx *c, http_transport *take_next, const char *path,
                              http_transport **out);

/* ---- server ------------------------------------------------------------- */

/* The answer that a handler fills. status 0 on return with CX_OK means 200. */
typedef struct http_stream {
    /* Appends what there is to send now to `out` (may be nothing) and sets *done at the end. Called
     * again when http_server_wake() is called, and at least every `every_ms`. */
    cx_code (*pull)(cx *c, struct http_stream *s, buf *out, bool *done);
    void (*free)(struct http_stream *s);
    int64_t every_ms;
} http_stream;

typedef struct {
    int status;
    buf headers; /* "Name: value\r\n" lines, complete */
    buf body;
    const char *file_path; /* send this file instead of body (arena of the call); NULL = none */
    http_stream *stream;   /* owned by the server after the call; NULL = none */
} http_reply;
void http_reply_clear(http_reply *r);
void http_reply_header(http_reply *r, const char *name, const char *value);

/* Called on a pool thread with a context of its own; the cancel flag of `c` is set when the peer
 * hangs up or the server stops. A failure becomes {"detail": message} with the code's status,
 * unless the handler turned it into a reply itself. */
typedef cx_code (*http_handler)(cx *c, void *self, const http_request *req, http_reply *reply);

typedef struct {
    const char *bind;               /* "127.0.0.1" */
    int port;                       /* 0 = any free port */
    int threads;                    /* 0 = 2 × cores */
    size_t body_most;               /* bytes of a request body; 0 = 32 MiB */
    const char *tls_cert, *tls_key; /* PEM file paths; NULL = plain HTTP */
    http_handler handle;
    void *self; /* borrowed */
} http_server_config;

typedef struct http_server http_server;
CX_CHECKED cx_code http_server_start(cx *c, const http_server_config *config, http_server **out);
int http_server_port(const http_server *s);
void http_server_wake(http_server *s); /* any thread: streams have news */
void http_server_free(
    http_server *s); /* stops taking, cancels running handlers, waits for them, frees */
AUTO_TYPE(http_server);

/* ---- routes -------------------------------------------------------------- */

enum { ROUTE_PARAMS = 8 };

/* One row of a routing table: "GET /api/2.1/unity-catalog/tables/{full_name}". A last segment
 * "{path...}" takes the rest with its slashes. Literal segments win over parameters. */
typedef struct {
    const char *pattern;
    const void *target; /* what the owner of the table wants back */
} route;

typedef struct {
    const route *row;
    int count;
    struct {
        const char *name, *value; /* value: percent-decoded, arena */
    } params[ROUTE_PARAMS];
    bool path_known; /* the path matched a row with another method (for 405) */
} route_match;

/* True on a match. A trailing slash is ignored. */
bool route_find(cx *c, const route *table, size_t count, const char *method, const char *path,
                route_match *out);
const char *route_param(const route_match *m, const char *name); /* NULL when absent */
/* Query string access: first value of key, decoded into the arena; NULL when absent. */
const char *query_param(cx *c, const char *query, const char *key);
