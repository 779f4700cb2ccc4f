/* A server of ours in a thread, with two operations of the test's own, and a small workspace for it
 * to be signed in to: both over loopback. */
#pragma once

#include "check.h"

#include "base/fs.h"
#include "net/http.h"
#include "server/server.h"

#include <pthread.h>
#include <unistd.h>

/* ---- operations
 * ---------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    int64_t times;
} echo_args;
static const op_arg echo_rows[] = {{.name = "text",
                                    .kind = ARG_STR,
                                    .offset = offsetof(echo_args, text),
                                    .help = "Text",
                                    .need = true},
                                   {.name = "times",
                                    .kind = ARG_INT,
                                    .offset = offsetof(echo_args, times),
                                    .help = "Repeats",
                                    .def = "1",
                                    .min = 1,
                                    .max = 9}};
static cx_code echo_run(cx *c, op_call *call, const void *p, json **out)
{
    const echo_args *a = p;
    if (!strcmp(a->text, "fail")) {
        (void)cx_fail(c, CX_NOT_FOUND, "there is no fail");
        return cx_hint(c, "say something else");
    }
    *out = json_pack("{s:s,s:I,s:s}", "text", a->text, "times", (json_int_t)a->times, "user",
                     call->user);
    return CX_OK;
}

/* Works step by step, and for ever when `steps` is 0. */
typedef struct {
    int64_t steps;
    const char *password;
} slow_args;
static const op_arg slow_rows[] = {{.name = "steps",
                                    .kind = ARG_INT,
                                    .offset = offsetof(slow_args, steps),
                                    .help = "Steps",
                                    .def = "3"},
                                   {.name = "password",
                                    .kind = ARG_SECRET,
                                    .offset = offsetof(slow_args, password),
                                    .help = "Secret"}};
static cx_code slow_run(cx *c, op_call *call, const void *p, json **out)
{
    const slow_args *a = p;
    (void)call;
    for (int64_t i = 0; a->steps == 0 || i < a->steps; i++) {
        TRY(cx_alive(c));
        cx_progress(c, "working", i + 1, a->steps, "sales.orders");
        cx_info(c, "step %lld", (long long)i + 1);
        cx_sleep_ms(c, 5);
    }
    *out = json_pack("{s:I,s:b}", "steps", (json_int_t)a->steps, "had_password",
                     a->password && !strcmp(a->password, "s3cret-pw"));
    return CX_OK;
}

static const op_result no_results[] = {{0}};
static const op test_echo = {.name = "echo",
                             .http = "POST /api/test/echo",
                             .group = "Test",
                             .help = "Echo",
                             .effect = EFFECT_READ,
                             .args = echo_rows,
                             .arg_count = 2,
                             .args_size = sizeof(echo_args),
                             .results = no_results,
                             .run = echo_run};
static const op test_read = {.name = "read",
                             .http = "GET /api/test/read/{text}",
                             .group = "Test",
                             .help = "Echo by GET",
                             .effect = EFFECT_READ,
                             .args = echo_rows,
                             .arg_count = 2,
                             .args_size = sizeof(echo_args),
                             .results = no_results,
                             .run = echo_run};
static const op test_slow = {.name = "slow",
                             .http = "POST /api/test/slow",
                             .group = "Test",
                             .help = "Slow",
                             .effect = EFFECT_WRITE,
                             .job = true,
                             .accepted = "Slow job submitted",
                             .args = slow_rows,
                             .arg_count = 2,
                             .args_size = sizeof(slow_args),
                             .results = no_results,
                             .run = slow_run};
static const op *const test_ops[] = {&test_echo, &test_read, &test_slow};

/* ---- the workspace
 * ------------------------------------------------------------------------------- */

static cx_code workspace_answer(cx *c, void *self, const http_request *req, http_reply *reply)
{
    (void)self;
    const char *bearer = http_request_header(req, "Authorization");
    const char *who = !bearer                                    ? NULL
                      : !strcmp(bearer, "Bearer s3cret-tok-ana") ? "ana"
                      : !strcmp(bearer, "Bearer s3cret-tok-bob") ? "bob"
                                                                 : NULL;
    if (!who) {
        reply->status = 401;
        buf_adds(&reply->body,
                 "{\"error_code\":\"UNAUTHENTICATED\",\"message\":\"Invalid access token.\"}");
    } else if (strstr(req->path, "/scim/v2/Me")) {
        buf_addf(&reply->body, "{\"userName\":\"%s\",\"id\":\"1\"}", who);
    } else if (strstr(req->path, "/sql/warehouses")) {
        buf_adds(&reply->body,
                 "{\"warehouses\":[{\"id\":\"w1\",\"name\":\"Main\",\"cluster_size\":\"Small\","
                 "\"state\":\"RUNNING\",\"warehouse_type\":\"PRO\"}]}");
    } else if (text_ends(req->path, "/unity-catalog/catalogs")) {
        buf_adds(&reply->body,
                 query_param(c, req->query, "page_token")
                     ? "{\"catalogs\":[{\"name\":\"two\"}]}"
                     : "{\"catalogs\":[{\"name\":\"one\"}],\"next_page_token\":\"p 2\"}");
    } else if (text_ends(req->path, "/sql/statements")) {
        buf_adds(
            &reply->body,
            "{\"statement_id\":\"s1\",\"status\":{\"state\":\"SUCCEEDED\"},\"manifest\":{\"schema\":{"
            "\"column_count\":2,\"columns\":[{\"name\":\"version\",\"type_text\":\"BIGINT\"},{\"name\":"
            "\"operationMetrics\",\"type_text\":\"MAP<STRING, STRING>\"}]},\"total_row_count\":1},"
            "\"result\":{\"row_count\":1,\"data_array\":[[\"7\",\"{\\\"numFiles\\\":\\\"2\\\"}\"]]}}");
    } else {
        return cx_fail(c, CX_NOT_FOUND, "no %s", req->path);
    }
    return CX_OK;
}

/* ---- the server
 * ------------------------------------------------------------------------------------ */

typedef struct {
    cx c;
    char folder[64];
    http_server *workspace;
    const char *host; /* of the workspace */
    workspace_config standard;
    server_config config;
    state *st;
    pthread_t thread;
    atomic_bool stop;
    atomic_int ready;
    char url[64];
    cx_code ended;
    http_transport *client;
    buf log;
    cx_log_sink sink;
    pthread_mutex_t log_lock;
} world;

static void world_log(void *self, cx_level level, const char *scope, const char *text)
{
    world *w = self;
    pthread_mutex_lock(&w->log_lock);
    buf_addf(&w->log, "%d %s %s\n", level, scope, text);
    pthread_mutex_unlock(&w->log_lock);
}

static void world_ready(void *self, const char *url)
{
    world *w = self;
    snprintf(w->url, sizeof w->url, "%s", url);
    atomic_store(&w->ready, 1);
}

static void *world_serve(void *self)
{
    world *w = self;
    cx c;
    cx_init(&c);
    c.cancel = &w->stop;
    c.log = &w->sink;
    w->ended = server_run(&c, &w->config);
    if (w->ended != CX_OK)
        print_message("the server ended: %s\n", c.error.message);
    atomic_store(&w->ready, 1);
    cx_clear(&c);
    return NULL;
}

static void world_start(world *w)
{
    assert_int_equal(state_open(&w->c, w->folder, &w->st), CX_OK);
    w->config.st = w->st;
    atomic_store(&w->stop, false);
    atomic_store(&w->ready, 0);
    *w->url = '\0';
    assert_int_equal(pthread_create(&w->thread, NULL, world_serve, w), 0);
    while (!atomic_load(&w->ready))
        usleep(2000);
    assert_true(*w->url);
    assert_int_equal(http_https_open(&w->c, w->url, &w->client), CX_OK);
}

static void world_stop(world *w)
{
    http_transport_free(w->client);
    w->client = NULL;
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    state_free(w->st);
    w->st = NULL;
}

static int world_open(void **slot)
{
    world *w = cx_calloc(1, sizeof *w);
    cx_init(&w->c);
    pthread_mutex_init(&w->log_lock, NULL);
    w->log = BUF(BUF_ANY);
    w->sink = (cx_log_sink){world_log, w, CX_DEBUG};
    snprintf(w->folder, sizeof w->folder, "/tmp/clxs-server-XXXXXX");
    if (!mkdtemp(w->folder))
        return -1;
    const http_server_config answers = {.bind = "127.0.0.1", .handle = workspace_answer};
    if (http_server_start(&w->c, &answers, &w->workspace) != CX_OK)
        return -1;
    w->host = cx_fmt(&w->c, "http://127.0.0.1:%d", http_server_port(w->workspace));
    w->standard = (workspace_config){.host = w->host, .token = "s3cret-tok-ana"};
    w->config = (server_config){.workspace = &w->standard,
                                .max_jobs = 1,
                                .ops = test_ops,
                                .op_count = CX_COUNT(test_ops),
                                .ready = world_ready,
                                .ready_self = w};
    *slot = w;
    world_start(w);
    return 0;
}

static int world_close(void **slot)
{
    world *w = *slot;
    if (w->st)
        world_stop(w);
    http_server_free(w->workspace);
    const int bad = fs_remove_tree(&w->c, w->folder) != CX_OK;
    buf_clear(&w->log);
    pthread_mutex_destroy(&w->log_lock);
    cx_clear(&w->c);
    free(w);
    return bad;
}

/* ---- asking it
 * -------------------------------------------------------------------------------------- */

/* Headers as "Name: value\n" lines, or NULL. The answer's status; *out (may be NULL) is its JSON,
 * lent until the test ends when it is not freed. */
static int call(world *w, const char *method, const char *path, const char *headers,
                const char *body, json **out, http_response *raw)
{
    http_header rows[8];
    size_t n = 0;
    for (const char *p = headers; p && *p; n++) {
        const size_t name = strcspn(p, ":"), line = strcspn(p, "\n");
        rows[n] =
            (http_header){cx_dupn(&w->c, p, name), cx_dupn(&w->c, p + name + 2, line - name - 2)};
        p += line + (p[line] == '\n');
    }
    const char *query = strchr(path, '?');
    const http_request req = {.method = method,
                              .path = query ? cx_dupn(&w->c, path, (size_t)(query - path)) : path,
                              .query = query ? query + 1 : NULL,
                              .headers = rows,
                              .header_count = n,
                              .body = STR(body ? body : "")};
    http_response mine = {0}, *r = raw ? raw : &mine;
    assert_int_equal(http_send(&w->c, w->client, &req, r), CX_OK);
    const int status = r->status;
    if (out) {
        *out = NULL;
        (void)!json_parse(&w->c, buf_text(&r->body), r->body.length, "answer", out);
    }
    if (!raw)
        http_response_clear(&mine);
    return status;
}

/* Signs in; gives "X-Clone-Session: …" for `headers`. */
static const char *sign_in(world *w, const char *token)
{
    json *answer;
    const char *body = cx_fmt(&w->c, "{\"host\":\"%s\",\"token\":\"%s\"}", w->host, token);
    assert_int_equal(call(w, "POST", "/api/auth/login", NULL, body, &answer, NULL), 200);
    const char *header =
        cx_fmt(&w->c, "X-Clone-Session: %s", json_get_str(answer, "session_id", ""));
    json_decref(answer);
    return header;
}

static const char *submit(world *w, const char *headers, const char *body)
{
    json *answer;
    assert_int_equal(call(w, "POST", "/api/test/slow", headers, body, &answer, NULL), 200);
    assert_string_equal(json_get_str(answer, "status", ""), "queued");
    assert_string_equal(json_get_str(answer, "message", ""), "Slow job submitted");
    const char *id = cx_dup(&w->c, json_get_str(answer, "job_id", ""));
    assert_int_equal(strlen(id), 8);
    json_decref(answer);
    return id;
}

static json *wait_for_status(world *w, const char *headers, const char *id, const char *status)
{
    for (int i = 0; i < 1000; i++) {
        json *job;
        assert_int_equal(
            call(w, "GET", cx_fmt(&w->c, "/api/clone/%s", id), headers, NULL, &job, NULL), 200);
        if (!strcmp(json_get_str(job, "status", ""), status))
            return job;
        json_decref(job);
        usleep(10000);
    }
    fail_msg("job %s never was %s", id, status);
    return NULL;
}
