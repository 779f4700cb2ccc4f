/* A workspace that exists only in a test: a transport that asks a function for each answer. */
#pragma once

#include <pthread.h>

#include "base/json.h"
#include "workspace/workspace.h"

typedef struct fake fake;
/* Fills status and body (text is copied); returns the transport's code. `sql` is the statement of a
 * POST of one, else NULL. Called under the fake's lock. */
typedef cx_code (*fake_answer)(cx *c, fake *f, const http_request *req, const char *sql,
                               int *status, buf *body);

struct fake {
    http_transport base;
    fake_answer answer;
    void *self;
    int calls;
    buf log; /* "POST /path\n" or "SQL text\n" a call */
    pthread_mutex_t lock;
};

static inline cx_code fake_send(cx *c, http_transport *t, const http_request *req,
                                http_response *out)
{
    fake *f = container_of(t, fake, base);
    AUTO(json) body = NULL;
    const char *sql = NULL;
    if (req->body.length && !strcmp(req->path, "/api/2.0/sql/statements")) {
        if (json_parse(c, req->body.data, req->body.length, "body", &body) == CX_OK)
            sql = json_get_str(body, "statement", NULL);
    }
    pthread_mutex_lock(&f->lock);
    f->calls++;
    if (sql)
        buf_addf(&f->log, "SQL %s\n", sql);
    else
        buf_addf(&f->log, "%s %s\n", req->method, req->path);
    int status = 200;
    buf text = BUF(BUF_ANY);
    const cx_code rc = f->answer(c, f, req, sql, &status, &text);
    pthread_mutex_unlock(&f->lock);
    if (rc == CX_OK) {
        out->status = status;
        buf_adds(&out->headers, "content-type: application/json\nretry-after: 1\n");
        buf_add(&out->body, buf_text(&text), text.length);
    }
    buf_clear(&text);
    return rc;
}

static inline void fake_free(http_transport *t)
{
    fake *f = container_of(t, fake, base);
    buf_clear(&f->log);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static inline fake *fake_new(fake_answer answer, void *self)
{
    static const http_transport_ops ops = {"fake", fake_send, fake_free};
    fake *f = cx_calloc(1, sizeof *f);
    f->base.ops = &ops;
    f->answer = answer;
    f->self = self;
    f->log = BUF(BUF_ANY);
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

/* {"status": SUCCEEDED, one STRING column "v", rows of one value each}. */
static inline void fake_rows(buf *body, const char *columns_json, const char *rows_json)
{
    buf_addf(body,
             "{\"statement_id\":\"01f0-1\",\"status\":{\"state\":\"SUCCEEDED\"},\"manifest\":{"
             "\"schema\":{"
             "\"columns\":%s}},\"result\":{\"data_array\":%s}}",
             columns_json, rows_json);
}

static inline bool fake_warehouses(const http_request *req, buf *body)
{
    if (strcmp(req->path, "/api/2.0/sql/warehouses") != 0)
        return false;
    buf_adds(body, "{\"warehouses\":[{\"id\":\"aa\",\"state\":\"STOPPED\"},{\"id\":\"bb\","
                   "\"state\":\"RUNNING\"}]}");
    return true;
}

/* A clock whose sleeps only move it on. */
typedef struct {
    cx_clock clock;
    _Atomic int64_t us;
} fake_clock;
static inline int64_t fake_now_ms(void *self)
{
    return ((fake_clock *)self)->us / 1000;
}
static inline int64_t fake_ticks_us(void *self)
{
    return ((fake_clock *)self)->us;
}
static inline void fake_sleep_ms(void *self, int64_t ms)
{
    ((fake_clock *)self)->us += ms * 1000;
}
static inline void fake_clock_init(fake_clock *k)
{
    *k = (fake_clock){.us = 1000000};
    k->clock = (cx_clock){fake_now_ms, fake_ticks_us, fake_sleep_ms, k};
}
