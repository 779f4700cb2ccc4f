/* Inside the server. A request goes: gate (host, identity, forgery) → route → handler → answer. */
#pragma once

#include <pthread.h>

#include "net/http.h"
#include "server/server.h"

enum { SESSIONS_MOST = 100, SESSION_ID = 33 };

/* Who asks, where: one workspace and one principal. Requests, sessions and waiting jobs hold
 * references; credentials live in `ws` and nowhere else. */
typedef struct tenant {
    struct app *app;         /* borrowed */
    int refs;                /* under app->lock */
    workspace *ws;           /* owned */
    char *user;              /* owned */
    const char *method;      /* "pat", "embedded" */
    workspace_config config; /* strings owned */
    struct tenant *next;     /* the list of live ones */
} tenant;

typedef struct {
    char hash[65]; /* of the id; "" = free slot */
    char csrf[SESSION_ID];
    tenant *who; /* holds a reference */
    int64_t created_ms, used_ms;
} session;

struct job_queue;

typedef struct app {
    server_config config;
    bool local;     /* bound to loopback */
    const char *ui; /* folder, or NULL */
    const cx_log_sink *log;
    const op *const *ops; /* the operation table */
    size_t op_count;
    struct job_queue *jobs; /* owned */
    route *routes;          /* arena of server_run */
    size_t route_count;

    pthread_mutex_t lock; /* guards what follows */
    http_server *http;    /* owned; NULL before and after it serves */
    session sessions[SESSIONS_MOST];
    tenant *tenants;
    pthread_mutex_t opening; /* one opens the embedded workspace */
    tenant *embedded;        /* holds a reference; NULL until first used */
    tenant *standard;        /* the default workspace; may be the same */
} app;

/* One request on its way. */
typedef struct ask {
    app *app;
    const http_request *req;
    http_reply *reply;
    route_match match;
    char request_id[17];
    tenant *who;         /* holds a reference; NULL on open endpoints */
    const char *session; /* its id, when one was sent */
    const char *csrf;    /* of that session */
    bool by_cookie, key_ok;
    json *body; /* owned; an object, {} when there was none */
} ask;

/* A hand-written endpoint. `run` gives JSON, or fills a->reply itself and gives NULL. `query` and
 * `body` describe parameters for OpenAPI: "name:type, name!:type". `result` names a schema of
 * openapi.c. */
typedef struct {
    const char *pattern;
    cx_code (*run)(cx *c, ask *a, json **out);
    bool open; /* needs no identity */
    const char *tag, *help, *query, *body, *result;
} endpoint;
extern const endpoint endpoints[];
extern const size_t endpoint_count;

typedef struct {
    const endpoint *e; /* one of the two */
    const op *o;
} target;

cx_code router_handle(cx *c, void *self, const http_request *req, http_reply *reply);
cx_code router_build(cx *c, app *s);

/* ---- gate.c, session.c, tenant.c ---- */
CX_CHECKED cx_code gate_host(cx *c, ask *a);
CX_CHECKED cx_code gate_identify(cx *c, ask *a, bool open);
bool gate_loopback(const char *host);
const char *gate_cookie(cx *c, const http_request *req, const char *name);

char *session_new(cx *c, app *s, tenant *take, char out_csrf[SESSION_ID]);
/* For credentials in headers: found again by their digest, without a cookie. */
tenant *session_of_headers(app *s, const char *digest, int64_t now_ms);
void session_keep_headers(app *s, const char *digest, tenant *t, int64_t now_ms);
tenant *session_find(cx *c, app *s, const char *id,
                     const char **out_csrf); /* a reference, or NULL */
void session_drop(app *s, const char *id);
void session_clear(app *s);

CX_CHECKED cx_code tenant_open(cx *c, app *s, const workspace_config *config, tenant **out);
CX_CHECKED cx_code tenant_embedded(cx *c, app *s, tenant **out);
CX_CHECKED cx_code tenant_standard(cx *c, app *s, tenant **out);
tenant *tenant_ref(tenant *t);
void tenant_free(tenant *t); /* gives a reference back; NULL is fine */
AUTO_TYPE(tenant);
tenant *tenant_find(app *s, const char *place, const char *user); /* a reference, or NULL */
bool tenant_may_see(const tenant *t, const state_job *j);

void server_wake(app *s); /* event streams have news */

/* ---- jobs.c ---- */
CX_CHECKED cx_code jobs_start(cx *c, app *s);
void jobs_stop(app *s);
void jobs_wake(app *s);
CX_CHECKED cx_code jobs_submit(cx *c, app *s, tenant *t, const op *o, const json *body,
                               char **out_id);
CX_CHECKED cx_code jobs_cancel(cx *c, app *s, const char *id, const char **out_status);

/* ---- handlers ---- */
const op *server_op(const app *s, const char *name); /* NULL */
cx_code run_operation(cx *c, ask *a, const op *o, json **out);
cx_code auth_login(cx *c, ask *a, json **out);
cx_code auth_demo(cx *c, ask *a, json **out);
cx_code auth_status(cx *c, ask *a, json **out);
cx_code auth_logout(cx *c, ask *a, json **out);
cx_code auth_warehouses(cx *c, ask *a, json **out);
cx_code job_list(cx *c, ask *a, json **out);
cx_code job_get(cx *c, ask *a, json **out);
cx_code job_cancel(cx *c, ask *a, json **out);
cx_code job_events(cx *c, ask *a, json **out);
cx_code browse_catalogs(cx *c, ask *a, json **out);
cx_code browse_catalog(cx *c, ask *a, json **out);
cx_code browse_schemas(cx *c, ask *a, json **out);
cx_code browse_tables(cx *c, ask *a, json **out);
cx_code browse_functions(cx *c, ask *a, json **out);
cx_code browse_volumes(cx *c, ask *a, json **out);
cx_code browse_objects(cx *c, ask *a, json **out);
cx_code browse_info(cx *c, ask *a, json **out);
cx_code browse_history(cx *c, ask *a, json **out);
cx_code browse_sample(cx *c, ask *a, json **out);
cx_code browse_rollbacks(cx *c, ask *a, json **out);
cx_code serve_health(cx *c, ask *a, json **out);
cx_code serve_openapi(cx *c, ask *a, json **out);
cx_code serve_docs(cx *c, ask *a, json **out);
/* A file of the UI, or its index.html: it routes by itself. */
cx_code static_serve(cx *c, ask *a);
const char *static_folder(cx *c, const char *given);
