/* The embedded workspace: a Unity-Catalog-compatible lakehouse in a folder.
 *
 * One handle serves any number of threads; several processes may have the same folder open. It
 * speaks the Databricks REST API: lake_handle takes a request and gives the response, in process;
 * lake_serve does the same over HTTP for any Databricks client. */
#pragma once

#include "net/http.h"

typedef struct lake lake;
/* Makes the folder and metastore when they are not there (mode 0700), and first finishes or undoes
 * what a process that died left half done. */
CX_CHECKED cx_code lake_open(cx *c, const char *root, lake **out);
void lake_free(lake *l); /* waits for running statements after cancelling them */
AUTO_TYPE(lake);

/* principal: user name that the request acts as; NULL = whoever the Authorization header proves. */
CX_CHECKED cx_code lake_handle(cx *c, lake *l, const char *principal, const http_request *req,
                               http_response *out);
/* The user name of the metastore's owner: what an in-process caller acts as. Lent. */
const char *lake_owner(const lake *l);
/* Adds (or finds) a principal and gives it a token; `token` NULL = a new random one, into the
 * arena. */
CX_CHECKED cx_code lake_token(cx *c, lake *l, const char *user_name, const char *token,
                              char **out_token);

typedef struct {
    const char *bind; /* NULL = 127.0.0.1 */
    int port;         /* 0 = any */
} lake_serve_config;
/* Serves until c is cancelled. `ready` (may be NULL) is told the port. */
CX_CHECKED cx_code lake_serve(cx *c, lake *l, const lake_serve_config *config,
                              void (*ready)(void *self, int port), void *self);
