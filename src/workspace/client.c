/* The client: one request, as often as it takes.
 *
 * Three kinds of trouble are worth another try. 429 and 503 mean that the service did nothing, so
 * any request may go again, when Retry-After says. Some 4xx and 5xx carry a text that the platform
 * itself calls transient. And a connection that broke leaves the question whether the request was
 * done: only requests that are the same done twice go again then. Everything stops at the retry
 * budget, at the deadline and at cancellation. spec: wire §13 */
#include "workspace/workspace_int.h"

#include "base/hash.h"
#include "base/sys.h"
#include "workspace/embedded.h"

enum {
    RETRY_BUDGET_MS = 300 * 1000,
    LOST_ATTEMPTS = 3, /* behaviours I.145: three attempts, growing pauses */
    REQUEST_TIMEOUT_MS = 60 * 1000,
    DEFAULT_PARALLEL = 10,
    ANSWER_MOST = 256 << 20
};

/* "https://host" of what people write: no scheme, a slash at the end, the default port. */
static char *normal_host(cx *c, const char *host)
{
    char *text = strstr(host, "://") ? cx_dup(c, host) : cx_fmt(c, "https://%s", host);
    size_t n = strlen(text);
    while (n && text[n - 1] == '/')
        text[--n] = '\0';
    if (text_starts(text, "https://") && text_ends(text, ":443"))
        text[n - 4] = '\0';
    return text;
}

static cx_code open_transport(cx *c, const workspace_config *k, workspace *w)
{
    if (k->take_transport)
        w->transport = k->take_transport;
    else if (w->embedded)
        TRY_IN(c, embedded_open(c, k->lake_root, &w->transport), "opening the embedded workspace");
    else
        TRY(http_https_open(c, w->name, &w->transport));
    if (k->trace_path)
        TRY(http_trace(c, STEAL(w->transport), k->trace_path, &w->transport));
    if (k->max_rps > 0)
        w->transport = http_limit(w->transport, k->max_rps);
    return CX_OK;
}

cx_code workspace_open(cx *c, const workspace_config *k, workspace **out)
{
    AUTO(workspace) w = cx_calloc(1, sizeof *w);
    pthread_mutex_init(&w->asking, NULL);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->slot_free, NULL);
    w->slots = k->max_parallel > 0 ? k->max_parallel : DEFAULT_PARALLEL;
    w->embedded = !k->host || !*k->host;
    w->name = cx_heapdup(w->embedded ? cx_fmt(c, "embedded:%s", k->lake_root ? k->lake_root : "")
                                     : normal_host(c, k->host));
    w->token = cx_heapdup(k->token);
    w->wanted_warehouse = cx_heapdup(k->warehouse_id && *k->warehouse_id ? k->warehouse_id : NULL);
    TRY(open_transport(c, k, w));
    *out = STEAL(w);
    return CX_OK;
}

void workspace_free(workspace *w)
{
    if (!w)
        return;
    http_transport_free(w->transport);
    if (w->token)
        explicit_bzero(w->token, strlen(w->token));
    free(w->token);
    free(w->name);
    free(w->wanted_warehouse);
    free(w->user);
    free(w->warehouse);
    pthread_cond_destroy(&w->slot_free);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->asking);
    free(w);
}

bool workspace_is_embedded(const workspace *w)
{
    return w->embedded;
}
const char *workspace_name(const workspace *w)
{
    return w->name;
}
long workspace_requests(const workspace *w)
{
    return atomic_load(&w->requests);
}
long workspace_statements(const workspace *w)
{
    return atomic_load(&w->statements);
}

/* ---- one request ------------------------------------------------------------- */

static cx_code send_once(cx *c, workspace *w, const http_request *req, size_t most,
                         http_response *out)
{
    http_response_clear(out);
    out->body.ceiling = most;
    atomic_fetch_add(&w->requests, 1);
    return http_send(c, w->transport, req, out);
}

/* Sleeps in slices, so that cancellation is seen within a tenth of a second. */
cx_code client_pause(cx *c, int64_t ms)
{
    while (ms > 0) {
        TRY(cx_alive(c));
        const int64_t slice = ms < 100 ? ms : 100;
        cx_sleep_ms(c, slice);
        ms -= slice;
    }
    return cx_alive(c);
}

static int64_t jitter_ms(cx *c)
{
    return 50 + (int64_t)(cx_random(c) % 700);
}

static int64_t retry_after_ms(cx *c, const http_response *r)
{
    const char *text = http_response_header(c, r, "retry-after");
    const long seconds = text ? strtol(text, NULL, 10) : 1;
    return (seconds < 0 || seconds > 120 ? 1 : seconds) * 1000;
}

/* How long to wait before the request goes again; -1 when it must not. */
static int64_t wait_before_retry(cx *c, cx_code sent, const http_response *r, bool repeatable,
                                 int attempt)
{
    if (sent != CX_OK) {
        if ((sent != CX_UNAVAILABLE && sent != CX_TIMEOUT) || !repeatable ||
            attempt >= LOST_ATTEMPTS)
            return -1;
        return 1000 * ((int64_t)1 << attempt) + jitter_ms(c);
    }
    if (r->status == 429 || r->status == 503)
        return retry_after_ms(c, r);
    if (r->status >= 400 && error_is_transient(buf_text(&r->body)))
        return (attempt < 10 ? attempt : 10) * 1000 + jitter_ms(c);
    return -1;
}

static cx_code answer(cx *c, cx_code sent, const http_request *req, const http_response *r,
                      bool repeatable)
{
    if (sent == CX_OK)
        return r->status >= 200 && r->status < 300 ? CX_OK : error_from_response(c, req, r);
    if (!repeatable && (sent == CX_UNAVAILABLE || sent == CX_TIMEOUT))
        (void)cx_hint(
            c, "the request may have been carried out; it was not sent again, because twice is "
               "not the same as once");
    return cx_frame(c, "%s %s", req->method, req->path);
}

cx_code client_send(cx *c, workspace *w, const http_request *req, bool repeatable, size_t most,
                    http_response *out)
{
    const int64_t begin = cx_ticks_us(c);
    for (int attempt = 1;; attempt++) {
        TRY(cx_alive(c));
        const cx_code sent = send_once(c, w, req, most, out);
        const int64_t wait = wait_before_retry(c, sent, out, repeatable, attempt);
        const int64_t spent = (cx_ticks_us(c) - begin) / 1000;
        if (wait < 0 || spent + wait > RETRY_BUDGET_MS)
            return answer(c, sent, req, out, repeatable);
        cx_debug(c, "%s %s: trying again in %d ms (attempt %d)", req->method, req->path, (int)wait,
                 attempt);
        cx_forgive(c);
        TRY(client_pause(c, wait));
    }
}

static bool method_repeats(const char *method)
{
    return strcmp(method, "POST") != 0;
}

cx_code client_call(cx *c, workspace *w, const char *method, const char *path, const char *query,
                    const json *body, bool repeatable, size_t most, http_response *out)
{
    AUTO_FREE char *text = body ? json_text(body) : NULL;
    return client_bytes(c, w, method, path, query, "application/json", text ? STR(text) : (str){0},
                        repeatable, most, out);
}

cx_code client_bytes(cx *c, workspace *w, const char *method, const char *path, const char *query,
                     const char *type, str body, bool repeatable, size_t most, http_response *out)
{
    AUTO_FREE char *bearer = NULL;
    http_header headers[4] = {{"User-Agent", "clxs/" CLXS_VERSION}, {"Accept", "*/*"}};
    size_t n = 2;
    if (body.data)
        headers[n++] = (http_header){"Content-Type", type};
    if (w->token && !w->embedded) {
        buf b = BUF(BUF_ANY);
        buf_addf(&b, "Bearer %s", w->token);
        bearer = buf_steal(&b);
        headers[n++] = (http_header){"Authorization", bearer};
    }
    const http_request req = {.method = method,
                              .path = path,
                              .query = query,
                              .headers = headers,
                              .header_count = n,
                              .body = body,
                              .timeout_ms = REQUEST_TIMEOUT_MS};
    const cx_code rc = client_send(c, w, &req, repeatable, most, out);
    if (bearer)
        explicit_bzero(bearer, strlen(bearer));
    return rc;
}

cx_code workspace_call(cx *c, workspace *w, const char *method, const char *path, const char *query,
                       const json *body, json **out)
{
    AUTO_CLEAR(http_response) r = {0};
    TRY(client_call(c, w, method, path, query, body, method_repeats(method), ANSWER_MOST, &r));
    if (r.body.length == 0) {
        if (out)
            *out = NULL;
        return CX_OK;
    }
    AUTO(json) j = NULL;
    TRY_IN(c, json_parse(c, buf_text(&r.body), r.body.length, "the workspace's answer", &j),
           "%s %s", method, path);
    if (out)
        *out = STEAL(j);
    return CX_OK;
}

/* ---- facts that are asked once --------------------------------------------------- */

static const char *cached(workspace *w, char **slot)
{
    pthread_mutex_lock(&w->lock);
    const char *value = *slot;
    pthread_mutex_unlock(&w->lock);
    return value;
}

/* The first to know wins; the pointer then never changes, so that it may be lent without the lock.
 */
static const char *cache(workspace *w, char **slot, const char *value)
{
    pthread_mutex_lock(&w->lock);
    if (!*slot)
        *slot = cx_heapdup(value);
    const char *kept = *slot;
    pthread_mutex_unlock(&w->lock);
    return kept;
}

/* Many threads start at once and all need the same fact: the first asks, the others wait for its
 * answer. */
static cx_code ask_once(cx *c, workspace *w, char **slot,
                        cx_code (*ask)(cx *c, workspace *w, const char **out), const char **out)
{
    const char *value = cached(w, slot);
    cx_code rc = CX_OK;
    if (!value) {
        pthread_mutex_lock(&w->asking);
        value = cached(w, slot);
        if (!value)
            rc = ask(c, w, &value);
        pthread_mutex_unlock(&w->asking);
    }
    if (rc == CX_OK)
        *out = value;
    return rc;
}

static cx_code ask_user(cx *c, workspace *w, const char **out)
{
    AUTO(json) me = NULL;
    TRY(workspace_call(c, w, "GET", "/api/2.0/preview/scim/v2/Me", NULL, NULL, &me));
    const char *name = json_get_str(me, "userName", NULL);
    if (!name)
        return cx_fail(c, CX_UNAVAILABLE, "%s did not say who the token belongs to", w->name);
    *out = cache(w, &w->user, name);
    return CX_OK;
}

cx_code workspace_whoami(cx *c, workspace *w, const char **out_user)
{
    return ask_once(c, w, &w->user, ask_user, out_user);
}

/* The one that was asked for must exist. Databricks starts a stopped one with the first statement.
 */
static cx_code check_wanted(cx *c, workspace *w)
{
    buf path = BUF(BUF_ANY);
    buf_adds(&path, "/api/2.0/sql/warehouses/");
    buf_add_percent(&path, w->wanted_warehouse, "");
    AUTO_FREE char *text = buf_steal(&path);
    AUTO(json) found = NULL;
    const cx_code rc = workspace_call(c, w, "GET", text, NULL, NULL, &found);
    if (rc == CX_NOT_FOUND || rc == CX_INVALID) {
        (void)cx_fail(c, CX_NOT_FOUND, "there is no SQL warehouse \"%s\" on %s",
                      w->wanted_warehouse, w->name);
        return cx_hint(c, "leave --warehouse-id out to use the first one that runs");
    }
    TRY(rc);
    const char *state = json_get_str(found, "state", "");
    if (!strcmp(state, "DELETED") || !strcmp(state, "DELETING"))
        return cx_fail(c, CX_NOT_FOUND, "the SQL warehouse \"%s\" on %s was deleted",
                       w->wanted_warehouse, w->name);
    return CX_OK;
}

static cx_code choose_warehouse(cx *c, workspace *w, const char **out_id)
{
    AUTO(json) answer_json = NULL;
    TRY(workspace_call(c, w, "GET", "/api/2.0/sql/warehouses", NULL, NULL, &answer_json));
    const json *list = json_get(answer_json, "warehouses");
    const char *best = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json *one = json_array_get(list, i);
        const char *id = json_get_str(one, "id", NULL);
        if (id && !strcmp(json_get_str(one, "state", ""), "RUNNING")) {
            best = id;
            break;
        }
        if (id && !best)
            best = id;
    }
    if (!best) {
        (void)cx_fail(c, CX_NOT_FOUND, "%s has no SQL warehouse that you may use", w->name);
        return cx_hint(c, "make one in the workspace, or name one with --warehouse-id");
    }
    *out_id = cache(w, &w->warehouse, best);
    return CX_OK;
}

static cx_code ask_warehouse(cx *c, workspace *w, const char **out)
{
    if (!w->wanted_warehouse)
        return choose_warehouse(c, w, out);
    TRY(check_wanted(c, w));
    *out = cache(w, &w->warehouse, w->wanted_warehouse);
    return CX_OK;
}

cx_code workspace_warehouse(cx *c, workspace *w, const char **out_id)
{
    return ask_once(c, w, &w->warehouse, ask_warehouse, out_id);
}
