/* `clxs serve`: starting, waiting, stopping. */
#include "server/server_int.h"

enum { HANDLERS = 16 };

const op *server_op(const app *s, const char *name)
{
    for (size_t i = 0; i < s->op_count; i++)
        if (!strcmp(s->ops[i]->name, name))
            return s->ops[i];
    return NULL;
}

static cx_code check_bind(cx *c, app *s)
{
    const char *bind = s->config.bind;
    s->local = gate_loopback(bind);
    if (s->local || s->config.api_key || s->config.tls_cert)
        return CX_OK;
    (void)cx_fail(c, CX_INVALID, "serving on %s would let the network in without any credentials",
                  bind);
    return cx_hint(c, "add --api-key, or --tls-cert and --tls-key, or stay on 127.0.0.1");
}

void server_wake(app *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->http)
        http_server_wake(s->http);
    pthread_mutex_unlock(&s->lock);
}

static cx_code start(cx *c, app *s)
{
    TRY(check_bind(c, s));
    s->ui = static_folder(c, s->config.ui);
    if (s->config.ui && !s->ui)
        return cx_fail(c, CX_NOT_FOUND, "there is no index.html in %s", s->config.ui);
    TRY(router_build(c, s));
    tenant *t = NULL; /* what cannot be opened is told at once, not at the first request */
    if (!s->config.workspace->host) {
        TRY_IN(c, tenant_embedded(c, s, &t), "opening the embedded workspace");
        tenant_free(t);
    }
    const http_server_config http = {.bind = s->config.bind,
                                     .port = s->config.port,
                                     .threads = HANDLERS,
                                     .tls_cert = s->config.tls_cert,
                                     .tls_key = s->config.tls_key,
                                     .handle = router_handle,
                                     .self = s};
    http_server *started = NULL;
    TRY(jobs_start(c, s));
    TRY(http_server_start(c, &http, &started));
    pthread_mutex_lock(&s->lock);
    s->http = started;
    pthread_mutex_unlock(&s->lock);
    return CX_OK;
}

static void announce(cx *c, const app *s)
{
    const bool v6 = strchr(s->config.bind, ':') != NULL;
    const char *url =
        cx_fmt(c, "%s://%s%s%s:%d", s->config.tls_cert ? "https" : "http", v6 ? "[" : "",
               s->config.bind, v6 ? "]" : "", http_server_port(s->http));
    cx_info(c, "serving on %s", url);
    if (s->config.ready)
        s->config.ready(s->config.ready_self, url);
}

/* Requests end first, then jobs: they stop at the next step and go on at the next start. */
static void stop(app *s)
{
    pthread_mutex_lock(&s->lock);
    http_server *http = s->http;
    s->http = NULL;
    pthread_mutex_unlock(&s->lock);
    http_server_free(http);
    jobs_stop(s);
    session_clear(s);
    tenant_free(s->standard);
    tenant_free(s->embedded);
}

cx_code server_run(cx *c, const server_config *config)
{
    AUTO_FREE app *s = cx_calloc(1, sizeof *s);
    s->config = *config;
    if (!s->config.bind)
        s->config.bind = "127.0.0.1";
    s->log = c->log;
    s->ops = config->ops ? config->ops : op_table;
    s->op_count = config->ops ? config->op_count : op_count;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->opening, NULL);
    cx_code rc = start(c, s);
    if (rc == CX_OK) {
        announce(c, s);
        while (!cx_cancelled(c))
            cx_sleep_ms(c, 100);
    }
    stop(s);
    pthread_mutex_destroy(&s->opening);
    pthread_mutex_destroy(&s->lock);
    return rc;
}

typedef struct {
    op_call *call;
    cx *c;
} voice;

static void say_ready(void *self, const char *url)
{
    const voice *v = self;
    if (v->call->say)
        v->call->say(v->call->say_self, cx_fmt(v->c, "listening on %s", url));
}

cx_code server_serve(cx *c, const json *settings, op_call *call)
{
    AUTO(state) opened = NULL;
    state *st = call->st;
    if (!st) {
        TRY(state_open(c, call->state_dir, &opened));
        st = opened;
    }
    voice v = {call, c};
    const server_config config = {.bind = json_get_str(settings, "bind", NULL),
                                  .port = (int)json_get_int(settings, "port", 8000),
                                  .st = st,
                                  .workspace = call->config,
                                  .ui = json_get_str(settings, "ui", NULL),
                                  .api_key = json_get_str(settings, "api_key", NULL),
                                  .tls_cert = json_get_str(settings, "tls_cert", NULL),
                                  .tls_key = json_get_str(settings, "tls_key", NULL),
                                  .max_jobs = (int)json_get_int(settings, "max_jobs", 2),
                                  .ready = say_ready,
                                  .ready_self = &v};
    return server_run(c, &config);
}
