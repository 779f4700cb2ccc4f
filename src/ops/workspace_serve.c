#include "ops/op.h"

#include "workspace/embedded.h"

#define ARGS(A)                                                                            \
    A(PATH, root, .help = "Folder of the lakehouse; else the one in the state folder")     \
    A(INT, port, .help = "Port to listen on; 0 takes a free one", .def = "8181", .min = 0, \
      .max = 65535)                                                                        \
    A(STR, bind, .help = "Address to listen on", .def = "127.0.0.1")                       \
    A(SECRET, access_token, .flag = "token",                                               \
      .help = "Token that clients send; else a new one is printed")
OP_ARGS(ARGS);

typedef struct {
    op_call *call;
    const char *bind;
    const char *token; /* made for this run; NULL = the caller's own */
    cx *c;
} announce;

static void ready(void *self, int port)
{
    const announce *n = self;
    n->call->say(n->call->say_self, cx_fmt(n->c, "listening on http://%s:%d", n->bind, port));
    if (n->token)
        n->call->say(n->call->say_self, cx_fmt(n->c, "token %s", n->token));
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const char *root = a->root ? a->root : call->config->lake_root;
    char *made = NULL;
    if (!a->access_token)
        TRY(embedded_token(c, root, &made));
    announce n = {call, a->bind, made, c};
    *out = NULL;
    return embedded_serve(c, root, a->bind, (int)a->port, a->access_token, ready, &n);
}

static const op_result results[] = {{0}};

OP(workspace_serve, .cli = "workspace serve", .group = "Ops and servers",
   .help = "Serve the embedded lakehouse to any Databricks client over HTTP",
   .why =
       "The Databricks SDK, command line, Terraform or another clxs talk to it as to a workspace.",
   .example = "clxs workspace serve --root ./lake --port 8181 --token dev", .effect = EFFECT_LOCAL,
   .results = results);
