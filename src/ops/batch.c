#include "ops/batch.h"

#include "base/pool.h"

#include <pthread.h>

enum { BATCH = 50, SIDE_BY_SIDE = 8 };

typedef struct {
    const batch_query *q;
    pthread_mutex_t lock; /* guards done, and the caller's row and problem */
    size_t done;
} batching;

static bool of_the_object(cx_code rc)
{
    return rc != CX_CANCELLED && rc != CX_TIMEOUT && rc != CX_UNAVAILABLE &&
           rc != CX_UNAUTHENTICATED && rc != CX_LIMITED;
}

/* False when no object of the range is asked about. */
static bool statement(cx *c, const batch_query *q, size_t from, size_t to, char **out)
{
    buf b = BUF(BUF_ANY);
    for (size_t i = from; i < to; i++) {
        const char *part = q->part(c, q->self, i);
        if (!part)
            continue;
        buf_adds(&b, b.length ? " UNION ALL " : "");
        buf_addf(&b, "SELECT %zu AS i, %s", i, part); /* our word: the caller quoted */
    }
    *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return **out != '\0';
}

static void take(batching *b, size_t from, size_t to, const sql_result *r)
{
    const batch_query *q = b->q;
    pthread_mutex_lock(&b->lock);
    for (size_t row = 0; row < sql_rows(r); row++) {
        const int64_t i = sql_int(r, row, "i", -1);
        if (i >= (int64_t)from && i < (int64_t)to)
            q->row(q->self, (size_t)i, r, row);
    }
    pthread_mutex_unlock(&b->lock);
}

static void advance(cx *c, batching *b, size_t by)
{
    pthread_mutex_lock(&b->lock);
    b->done += by;
    const size_t done = b->done;
    pthread_mutex_unlock(&b->lock);
    if (b->q->phase)
        cx_progress(c, b->q->phase, (int64_t)done, (int64_t)b->q->n, "");
}

static cx_code ask(cx *c, batching *b, size_t from, size_t to)
{
    char *sql;
    if (!statement(c, b->q, from, to, &sql)) {
        advance(c, b, to - from);
        return CX_OK;
    }
    AUTO(sql_result) r = NULL;
    const cx_code rc = workspace_sql(c, b->q->ws, sql, &r);
    if (rc == CX_OK) {
        take(b, from, to, r);
        advance(c, b, to - from);
        return CX_OK;
    }
    if (!of_the_object(rc))
        return rc;
    if (to - from > 1) {
        cx_forgive(c);
        TRY(ask(c, b, from, from + (to - from) / 2));
        return ask(c, b, from + (to - from) / 2, to);
    }
    pthread_mutex_lock(&b->lock);
    b->q->problem(b->q->self, from, &c->error);
    pthread_mutex_unlock(&b->lock);
    cx_forgive(c);
    advance(c, b, 1);
    return CX_OK;
}

static cx_code job(cx *c, void *self, size_t number)
{
    batching *b = self;
    const size_t from = number * BATCH;
    return ask(c, b, from, from + BATCH < b->q->n ? from + BATCH : b->q->n);
}

cx_code batch_run(cx *c, const batch_query *q)
{
    batching b = {.q = q};
    pthread_mutex_init(&b.lock, NULL);
    const cx_code rc = pool_run(c, (q->n + BATCH - 1) / BATCH, SIDE_BY_SIDE, true, job, &b);
    pthread_mutex_destroy(&b.lock);
    return rc;
}
