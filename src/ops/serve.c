#include "ops/op.h"

#define ARGS(A)                                                                          \
    A(INT, port, .help = "Port to listen on", .def = "8000", .min = 0, .max = 65535)     \
    A(STR, host_addr,                                                                    \
      .help = "Address to listen on; another than loopback wants --api-key or TLS",      \
      .def = "127.0.0.1")                                                                \
    A(SECRET, api_key, .help = "Key that each request must carry")                       \
    A(PATH, tls_cert, .help = "Certificate chain (PEM) to serve HTTPS with")             \
    A(PATH, tls_key, .help = "Private key (PEM) of the certificate")                     \
    A(PATH, ui, .help = "Folder with the built web UI; else the one beside the program") \
    A(INT, max_jobs, .help = "Jobs that run at once", .def = "2", .min = 1, .max = 64)
OP_ARGS(ARGS);

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    AUTO(json)
    settings = json_pack("{s:I,s:s,s:o,s:o,s:o,s:o,s:I}", "port", (json_int_t)a->port, "bind",
                         a->host_addr, "api_key", json_str_or_null(a->api_key), "tls_cert",
                         json_str_or_null(a->tls_cert), "tls_key", json_str_or_null(a->tls_key),
                         "ui", json_str_or_null(a->ui), "max_jobs", (json_int_t)a->max_jobs);
    *out = NULL;
    return call->host->serve(c, settings, call);
}

static cx_code check(cx *c, const void *p)
{
    const args *a = p;
    if (!a->tls_cert != !a->tls_key)
        return cx_fail(c, CX_INVALID, "--tls-cert and --tls-key go together");
    return CX_OK;
}

static const op_result results[] = {{0}};

OP(serve, .group = "Ops and servers", .help = "Serve the REST API and the web UI",
   .why = "One process on one port: everything the command line does, as an API with jobs, and in "
          "a browser.",
   .example = "clxs serve --port 8000", .effect = EFFECT_LOCAL, .results = results, .check = check);
