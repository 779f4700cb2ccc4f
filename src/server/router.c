/* From a request to an answer: the one way in, for operations and hand-written endpoints alike. */
#include "base/hash.h"
#include "server/server_int.h"

cx_code router_build(cx *c, app *s)
{
    s->routes = cx_array(c, route, endpoint_count + s->op_count);
    for (size_t i = 0; i < endpoint_count; i++) {
        target *t = cx_new(c, target);
        t->e = &endpoints[i];
        s->routes[s->route_count++] = (route){endpoints[i].pattern, t};
    }
    for (size_t i = 0; i < s->op_count; i++) {
        if (!s->ops[i]->http)
            continue;
        target *t = cx_new(c, target);
        t->o = s->ops[i];
        s->routes[s->route_count++] = (route){s->ops[i]->http, t};
    }
    return CX_OK;
}

/* ---- answering ------------------------------------------------------------------------------- */

static void security_headers(ask *a)
{
    http_reply *r = a->reply;
    http_reply_header(r, "X-Request-Id", a->request_id);
    http_reply_header(r, "X-Content-Type-Options", "nosniff");
    http_reply_header(r, "X-Frame-Options", "DENY");
    http_reply_header(r, "Referrer-Policy", "no-referrer");
    http_reply_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    if (!strstr(buf_text(&r->headers), "Content-Security-Policy:"))
        http_reply_header(
            r, "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
            "frame-ancestors 'none'; form-action 'self'");
    if (text_starts(a->req->path, "/api") && !strstr(buf_text(&r->headers), "Cache-Control:"))
        http_reply_header(r, "Cache-Control", "no-store");
}

static void answer_json(ask *a, const json *j)
{
    char *text = json_text(j);
    buf_reset(&a->reply->body);
    buf_adds(&a->reply->body, text);
    free(text);
    http_reply_header(a->reply, "Content-Type", "application/json");
}

static void answer_error(cx *c, ask *a, cx_code rc)
{
    if (!a->reply->status)
        a->reply->status = cx_code_http(rc);
    const cx_error *e = &c->error;
    AUTO(json)
    j = json_pack("{s:o,s:o,s:s,s:s}", "detail",
                  json_str_or_null(e->message ? e->message : cx_code_text(rc)), "hint",
                  json_str_or_null(e->hint), "code", cx_code_name(rc), "request_id", a->request_id);
    if (e->condition)
        json_object_set_new(j, "condition", json_string(e->condition));
    if (rc == CX_LIMITED || rc == CX_UNAVAILABLE)
        http_reply_header(a->reply, "Retry-After", "2");
    answer_json(a, j);
}

static void answer_problems(ask *a, const json *problems)
{
    a->reply->status = 422;
    AUTO(json)
    j = json_pack("{s:O,s:s,s:s}", "detail", problems, "code", "INVALID", "request_id",
                  a->request_id);
    answer_json(a, j);
}

static void body_problem(ask *a, const char *message, const char *type)
{
    AUTO(json)
    problems = json_pack("[{s:[s],s:s,s:s}]", "loc", "body", "msg", message, "type", type);
    answer_problems(a, problems);
}

/* ---- operations --------------------------------------------------------------------------------
 */

static json *typed(cx *c, const op_arg *a, const char *text)
{
    switch (a->kind) {
    case ARG_BOOL:
        return !strcmp(text, "true") || !strcmp(text, "1")    ? json_true()
               : !strcmp(text, "false") || !strcmp(text, "0") ? json_false()
                                                              : json_str_or_null(text);
    case ARG_INT:
    case ARG_REAL: {
        char *end;
        const long long whole = strtoll(text, &end, 10);
        if (*text && !*end)
            return json_integer(whole);
        const double real = strtod(text, &end);
        return *text && !*end ? json_real(real) : json_str_or_null(text);
    }
    case ARG_STRS: {
        json *list = json_array();
        for (const char *p = text; *p;) {
            const size_t n = strcspn(p, ",");
            json_array_append_new(list, json_str_or_null(cx_dupn(c, p, n)));
            p += n + (p[n] == ',');
        }
        return list;
    }
    default: return json_str_or_null(text);
    }
}

/* Arguments in the path, and in the query string of a GET, count as members of the body. */
static void gather_arguments(cx *c, ask *a, const op *o)
{
    const bool read = !strcmp(a->req->method, "GET") || !strcmp(a->req->method, "HEAD");
    for (size_t i = 0; i < o->arg_count; i++) {
        const char *text = route_param(&a->match, o->args[i].name);
        if (!text && read)
            text = query_param(c, a->req->query, o->args[i].name);
        if (text)
            json_object_set_new(a->body, o->args[i].name, typed(c, &o->args[i], text));
    }
}

static cx_code accept_job(cx *c, ask *a, const op *o, json **out)
{
    char *id;
    TRY(jobs_submit(c, a->app, a->who, o, a->body, &id));
    *out = json_pack("{s:s,s:s,s:s}", "job_id", id, "status", "queued", "message",
                     o->accepted ? o->accepted : cx_fmt(c, "%s job submitted", op_command(c, o)));
    return CX_OK;
}

cx_code run_operation(cx *c, ask *a, const op *o, json **out)
{
    const void *args;
    AUTO(json) problems = NULL;
    gather_arguments(c, a, o);
    if (op_decode(c, o, a->body, false, &args, &problems) != CX_OK) {
        if (problems)
            answer_problems(a, problems);
        else
            body_problem(a, c->error.message, "value_error");
        *out = NULL;
        return CX_OK;
    }
    if (o->job)
        return accept_job(c, a, o, out);
    op_call call = {.ws = a->who->ws,
                    .st = a->app->config.st,
                    .user = a->who->user,
                    .config = &a->who->config,
                    .state_dir = state_folder(a->app->config.st)};
    TRY(op_execute(c, o, &call, a->body, out));
    if (!*out)
        *out = json_object();
    return CX_OK;
}

/* ---- one request --------------------------------------------------------------------------------
 */

/* Any JSON object; the content type does not matter (curl's default is wrong). False when the
 * answer is filled with what is wrong. */
static bool read_body(cx *c, ask *a)
{
    const str body = a->req->body;
    size_t blank = 0;
    while (blank < body.length && strchr(" \t\r\n", body.data[blank]))
        blank++;
    if (blank == body.length) {
        a->body = json_object();
        return true;
    }
    if (json_parse(c, body.data, body.length, "the request body", &a->body) != CX_OK) {
        body_problem(a, c->error.message, "json_invalid");
        return false;
    }
    if (json_is_object(a->body))
        return true;
    body_problem(a, "the request body must be a JSON object", "dict_type");
    return false;
}

static cx_code route_api(cx *c, ask *a, const char *method)
{
    app *s = a->app;
    if (!route_find(c, s->routes, s->route_count, method, a->req->path, &a->match)) {
        if (a->match.path_known) {
            a->reply->status = 405;
            return cx_fail(c, CX_INVALID, "Method Not Allowed");
        }
        return cx_fail(c, CX_NOT_FOUND, "Not Found");
    }
    const target *t = a->match.row->target;
    TRY(gate_identify(c, a, t->e && t->e->open));
    if (!read_body(c, a))
        return CX_OK;
    json *out = NULL;
    const cx_code rc = t->e ? t->e->run(c, a, &out) : run_operation(c, a, t->o, &out);
    if (rc == CX_OK && out)
        answer_json(a, out);
    json_decref(out);
    return rc;
}

static bool is_api(const char *path)
{
    return !strcmp(path, "/api") || text_starts(path, "/api/") || !strcmp(path, "/openapi.json") ||
           !strcmp(path, "/docs") || !strcmp(path, "/redoc");
}

cx_code router_handle(cx *c, void *self, const http_request *req, http_reply *reply)
{
    ask a = {.app = self, .req = req, .reply = reply};
    const int64_t began = cx_ticks_us(c);
    hex_random(a.request_id, 16);
    c->log = a.app->log;
    const char *method = !strcmp(req->method, "HEAD") ? "GET" : req->method;
    cx_code rc = gate_host(c, &a);
    if (rc == CX_OK && (is_api(req->path) || strcmp(method, "GET") != 0))
        rc = route_api(c, &a, method);
    else if (rc == CX_OK)
        rc = static_serve(c, &a);
    if (rc != CX_OK)
        answer_error(c, &a, rc);
    security_headers(&a);
    cx_info(c, "request_id=%s method=%s path=%s status=%d ms=%.1f user=%s", a.request_id,
            req->method, req->path, reply->status ? reply->status : 200,
            (double)(cx_ticks_us(c) - began) / 1000, a.who ? a.who->user : "-");
    json_decref(a.body);
    tenant_free(a.who);
    return CX_OK;
}
