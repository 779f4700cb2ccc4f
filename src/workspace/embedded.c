/* The only file outside lake/ that knows the lake. */
#include "workspace/embedded.h"

#include "lake/lake.h"

typedef struct {
    http_transport base;
    lake *lake; /* owned */
} embedded;

static cx_code embedded_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    embedded *e = container_of(t, embedded, base);
    return lake_handle(c, e->lake, lake_owner(e->lake), req, out);
}

static void embedded_free(http_transport *t)
{
    embedded *e = container_of(t, embedded, base);
    lake_free(e->lake);
    free(e);
}

cx_code embedded_open(cx *c, const char *root, http_transport **out)
{
    static const http_transport_ops ops = {"embedded", embedded_send, embedded_free};
    if (!root || !*root)
        return cx_fail(c, CX_INVALID, "the embedded workspace needs a folder");
    lake *l = NULL;
    TRY(lake_open(c, root, &l));
    embedded *e = cx_calloc(1, sizeof *e);
    e->base.ops = &ops;
    e->lake = l;
    *out = &e->base;
    return CX_OK;
}

cx_code embedded_serve(cx *c, const char *root, const char *bind, int port, const char *token,
                       void (*ready)(void *self, int port), void *self)
{
    AUTO(lake) l = NULL;
    TRY(lake_open(c, root, &l));
    if (token) {
        char *kept;
        TRY(lake_token(c, l, lake_owner(l), token, &kept));
    }
    const lake_serve_config config = {.bind = bind, .port = port};
    return lake_serve(c, l, &config, ready, self);
}

cx_code embedded_token(cx *c, const char *root, char **out)
{
    AUTO(lake) l = NULL;
    TRY(lake_open(c, root, &l));
    return lake_token(c, l, lake_owner(l), NULL, out);
}
