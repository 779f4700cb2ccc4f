/* Jobs over HTTP: lists, one job, its cancellation, and its events as they happen. */
#include "base/when.h"
#include "server/server_int.h"

#include <unistd.h>

enum { LOGS_KEPT = 500, LIST_MOST = 200, LOOK_BACK = 2000, EVENT_PAGE = 500 };

static bool live(const state_job *j)
{
    return !strcmp(j->status, "queued") || !strcmp(j->status, "running");
}

static json *time_or_null(cx *c, int64_t ms)
{
    return ms ? json_string(when_iso_ms(c, ms)) : json_null();
}

static json *or_null(const json *j)
{
    return j ? json_incref((json *)j) : json_null();
}

static json *job_json(cx *c, const state_job *j)
{
    json *out = json_object();
    json_object_set_new(out, "job_id", json_string(j->id));
    json_object_set_new(out, "status", json_string(j->status));
    json_object_set_new(out, "job_type", json_str_or_null(j->op));
    static const char *const lifted[] = {"source_catalog", "destination_catalog", "clone_type"};
    for (size_t i = 0; i < CX_COUNT(lifted); i++)
        json_object_set_new(out, lifted[i], or_null(json_get(j->args, lifted[i])));
    json_object_set_new(out, "progress", or_null(j->progress));
    json_object_set_new(out, "result", or_null(j->result));
    json_object_set_new(out, "error", json_str_or_null(j->error));
    json_object_set_new(out, "hint", json_null());
    json_object_set_new(out, "run_url", json_null());
    json_object_set_new(out, "logs", json_array());
    json *args = j->args ? json_copy(j->args) : json_object();
    json_object_del(args, "_withheld");
    json_object_set_new(out, "args", args);
    json_object_set_new(out, "owner", json_string(j->owner));
    json_object_set_new(out, "workspace", json_string(j->workspace));
    json_object_set_new(out, "created_at", time_or_null(c, j->created_ms));
    json_object_set_new(out, "started_at", time_or_null(c, j->started_ms));
    json_object_set_new(out, "completed_at", time_or_null(c, j->ended_ms));
    json_object_set_new(out, "attempt", json_integer(1));
    json_object_set_new(out, "max_attempts", json_integer(1));
    json_object_set_new(out, "retry_history", json_array());
    return out;
}

/* A job of somebody else does not exist. */
static cx_code load_visible(cx *c, const ask *a, state_job *out)
{
    const char *id = route_param(&a->match, "job_id");
    cx_code rc = state_job_load(c, a->app->config.st, id ? id : "", out);
    if (rc == CX_OK && !tenant_may_see(a->who, out)) {
        state_job_clear(out);
        rc = CX_NOT_FOUND;
    }
    return rc == CX_NOT_FOUND ? cx_fail(c, CX_NOT_FOUND, "Job not found") : rc;
}

cx_code job_list(cx *c, ask *a, json **out)
{
    const char *type = query_param(c, a->req->query, "job_type");
    const char *status = query_param(c, a->req->query, "status");
    state_job *rows;
    size_t n;
    int64_t listed = 0;
    TRY(state_job_list(c, a->app->config.st, type, status, NULL, LOOK_BACK, &rows, &n));
    json *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (listed < LIST_MOST && tenant_may_see(a->who, &rows[i])) {
            json_array_append_new(list, job_json(c, &rows[i]));
            listed++;
        }
        state_job_clear(&rows[i]);
    }
    *out = list;
    return CX_OK;
}

static cx_code add_logs(cx *c, const ask *a, const char *id, json *job)
{
    state_event *rows;
    size_t n;
    TRY(state_event_tail(c, a->app->config.st, id, "log", LOGS_KEPT, &rows, &n));
    json *logs = json_object_get(job, "logs");
    for (size_t i = 0; i < n; i++) {
        AUTO(json) line = json_loads(rows[i].text, 0, NULL);
        char *level = cx_dup(c, rows[i].level);
        for (char *p = level; *p; p++)
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
        json_array_append_new(
            logs, json_str_or_null(cx_fmt(c, "%s %s %s", when_iso_ms(c, rows[i].time_ms), level,
                                          json_get_str(line, "text", rows[i].text))));
    }
    TRY(state_event_tail(c, a->app->config.st, id, "result", 1, &rows, &n));
    if (n) {
        AUTO(json) end = json_loads(rows[0].text, 0, NULL);
        json_object_set_new(job, "hint", json_str_or_null(json_get_str(end, "hint", NULL)));
    }
    return CX_OK;
}

cx_code job_get(cx *c, ask *a, json **out)
{
    state_job j;
    TRY(load_visible(c, a, &j));
    AUTO(json) job = job_json(c, &j);
    const cx_code rc = add_logs(c, a, j.id, job);
    state_job_clear(&j);
    TRY(rc);
    *out = STEAL(job);
    return CX_OK;
}

cx_code job_cancel(cx *c, ask *a, json **out)
{
    state_job j;
    TRY(load_visible(c, a, &j));
    const char *id = j.id, *before = j.status, *status = "";
    const bool open = live(&j), elsewhere = !strcmp(before, "running") && j.pid != getpid();
    state_job_clear(&j);
    if (open)
        TRY(jobs_cancel(c, a->app, id, &status));
    else if (strcmp(before, "cancelled") != 0)
        return cx_fail(c, CX_CONFLICT, "job %s has ended: %s", id, before);
    /* another process sees the wish when it next looks; a command line does not look */
    *out = json_pack("{s:s,s:s}", "status", elsewhere ? "cancel_requested" : "cancelled", "job_id",
                     id);
    return CX_OK;
}

/* ---- events -----------------------------------------------------------------------------------
 */

/* Reads what came after the last event that was sent; ends behind the result. A comment goes out
 * when there was nothing for a while, so that proxies and peers know the line is alive. */
typedef struct {
    http_stream base;
    state *st; /* borrowed */
    char job[16];
    int64_t after, quiet_since_us;
    bool watch_row; /* it runs in another process, which cannot wake us */
} event_stream;

enum { QUIET_US = 15000000 };

static void add_event_text(buf *out, const state_event *e)
{
    buf_addf(out, "id: %lld\nevent: %s\ndata: ", (long long)e->seq, e->kind);
    for (const char *p = e->text; *p; p++) /* JSON text has no line breaks; a foreign row might */
        buf_addc(out, *p == '\n' || *p == '\r' ? ' ' : *p);
    buf_adds(out, "\n\n");
}

/* A job that ended without a result event (its process died): its row says so. */
static cx_code check_row(cx *c, event_stream *s, bool *done)
{
    state_job j;
    TRY(state_job_load(c, s->st, s->job, &j));
    *done = !live(&j);
    state_job_clear(&j);
    return CX_OK;
}

static cx_code pull_events(cx *c, http_stream *base, buf *out, bool *done)
{
    event_stream *s = container_of(base, event_stream, base);
    state_event *rows;
    size_t n;
    const bool first = s->quiet_since_us == 0;
    do {
        TRY(state_event_list(c, s->st, s->job, s->after, EVENT_PAGE, &rows, &n));
        for (size_t i = 0; i < n; i++) {
            add_event_text(out, &rows[i]);
            s->after = rows[i].seq;
            *done |= !strcmp(rows[i].kind, "result");
        }
    } while (n == EVENT_PAGE && out->length < 256 * 1024);
    if (!*done && n == 0 && (s->watch_row || first))
        TRY(check_row(c, s, done));
    const int64_t now = cx_ticks_us(c);
    if (out->length) {
        s->quiet_since_us = now;
    } else if (now - s->quiet_since_us >= QUIET_US || first) {
        buf_adds(out, ": keep-alive\n\n");
        s->quiet_since_us = now;
    }
    return CX_OK;
}

static void free_events(http_stream *base)
{
    free(container_of(base, event_stream, base));
}

cx_code job_events(cx *c, ask *a, json **out)
{
    *out = NULL;
    state_job j;
    TRY(load_visible(c, a, &j));
    const char *after = http_request_header(a->req, "Last-Event-ID");
    if (!after)
        after = query_param(c, a->req->query, "after");
    const bool elsewhere = !strcmp(j.status, "running") && j.pid != getpid();
    event_stream *s = cx_calloc(1, sizeof *s);
    s->base = (http_stream){pull_events, free_events, elsewhere ? 1000 : 5000};
    s->st = a->app->config.st;
    s->after = after ? strtoll(after, NULL, 10) : 0;
    s->watch_row = elsewhere || !live(&j);
    snprintf(s->job, sizeof s->job, "%s", j.id);
    state_job_clear(&j);
    a->reply->stream = &s->base;
    http_reply_header(a->reply, "Content-Type", "text/event-stream");
    http_reply_header(a->reply, "X-Accel-Buffering", "no");
    return CX_OK;
}
