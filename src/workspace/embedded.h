/* The embedded workspace behind the client's seam: a transport that hands each request to the lake
 * in this process, and the server that lends the same lake to others. */
#pragma once

#include "net/http.h"

/* Acts as the lake's owner. The transport owns the lake. */
CX_CHECKED cx_code embedded_open(cx *c, const char *root, http_transport **out);
/* `clxs workspace serve`: serves the folder until c is cancelled. token NULL = only tokens that
 * exist. bind NULL = 127.0.0.1, port 0 = any; `ready` (may be NULL) is told the port. */
CX_CHECKED cx_code embedded_serve(cx *c, const char *root, const char *bind, int port,
                                  const char *token, void (*ready)(void *self, int port),
                                  void *self);
/* A new token of the lake's owner, into the arena: what `serve` shows when the user named none. */
CX_CHECKED cx_code embedded_token(cx *c, const char *root, char **out);
