/* `clxs serve`: the REST API, jobs, sessions and the web UI on one port. */
#pragma once

#include "ops/op.h"

typedef struct {
    const char *bind;                  /* NULL = 127.0.0.1 */
    int port;                          /* 0 = any free port */
    state *st;                         /* borrowed */
    const workspace_config *workspace; /* borrowed: the default workspace */
    const char *ui;                    /* folder of the built UI; NULL = beside the program */
    const char *api_key;               /* NULL = none */
    const char *tls_cert, *tls_key;
    int max_jobs;         /* at once; 0 = 2 */
    const op *const *ops; /* NULL = op_table; tests bring their own */
    size_t op_count;
    /* Told when requests are answered; may be NULL. */
    void (*ready)(void *self, const char *url);
    void *ready_self;
} server_config;

/* Serves until c is cancelled. An address other than loopback without api_key or TLS is refused. */
CX_CHECKED cx_code server_run(cx *c, const server_config *config);

/* The two that main.c gives to the operations (op_host). `settings`: port, bind, api_key, tls_cert,
 * tls_key, ui, max_jobs. */
CX_CHECKED cx_code server_serve(cx *c, const json *settings, op_call *call);
CX_CHECKED cx_code server_openapi(cx *c, json **out);
