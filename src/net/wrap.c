/* Transports round another transport: rate limit, latency, faults, counting. */
#include "net/http.h"

#include <pthread.h>

/* Sleeps in slices, so that a cancelled operation wakes soon. */
static cx_code sleep_alive(cx *c, int64_t ms)
{
    while (ms > 0) {
        TRY(cx_alive(c));
        const int64_t slice = ms < 50 ? ms : 50;
        cx_sleep_ms(c, slice);
        ms -= slice;
    }
    return cx_alive(c);
}

/* ---- limit ------------------------------------------------------------------- */

/* A bucket of one second's worth of tokens, kept as the time at which the next request may go:
 * taking a token moves that time by 1/rate, so waiters get their turns in the order in which they
 * asked. */
typedef struct {
    http_transport base;
    http_transport *next; /* owned */
    pthread_mutex_t lock; /* guards next_us */
    int64_t next_us, step_us, burst_us;
} limit;

static cx_code limit_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    limit *l = container_of(t, limit, base);
    const int64_t now = cx_ticks_us(c);
    pthread_mutex_lock(&l->lock);
    if (l->next_us < now - l->burst_us)
        l->next_us = now - l->burst_us;
    const int64_t wait = l->next_us - now;
    l->next_us += l->step_us;
    pthread_mutex_unlock(&l->lock);
    if (wait > 0)
        TRY(sleep_alive(c, (wait + 999) / 1000));
    return http_send(c, l->next, req, out);
}

static void limit_free(http_transport *t)
{
    limit *l = container_of(t, limit, base);
    http_transport_free(l->next);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static const http_transport_ops limit_ops = {"limit", limit_send, limit_free};

http_transport *http_limit(http_transport *take_next, double requests_per_second)
{
    if (requests_per_second <= 0)
        return take_next;
    limit *l = cx_calloc(1, sizeof *l);
    l->base.ops = &limit_ops;
    l->next = take_next;
    l->step_us = (int64_t)(1e6 / requests_per_second);
    if (l->step_us < 1)
        l->step_us = 1;
    l->burst_us = 1000000 - l->step_us;
    if (l->burst_us < 0)
        l->burst_us = 0;
    pthread_mutex_init(&l->lock, NULL);
    return &l->base;
}

/* ---- delay ------------------------------------------------------------------- */

typedef struct {
    http_transport base;
    http_transport *next; /* owned */
    int64_t latency_ms;
} delay;

static cx_code delay_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    delay *d = container_of(t, delay, base);
    TRY(sleep_alive(c, d->latency_ms));
    return http_send(c, d->next, req, out);
}

static void delay_free(http_transport *t)
{
    delay *d = container_of(t, delay, base);
    http_transport_free(d->next);
    free(d);
}

static const http_transport_ops delay_ops = {"delay", delay_send, delay_free};

http_transport *http_delay(http_transport *take_next, int64_t latency_ms)
{
    delay *d = cx_calloc(1, sizeof *d);
    *d = (delay){.base = {&delay_ops}, .next = take_next, .latency_ms = latency_ms};
    return &d->base;
}

/* ---- faulty ------------------------------------------------------------------ */

typedef struct {
    http_transport base;
    http_transport *next; /* owned */
    atomic_int until;
    bool after;
} faulty;

static cx_code faulty_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    faulty *f = container_of(t, faulty, base);
    if (atomic_fetch_sub(&f->until, 1) != 1)
        return http_send(c, f->next, req, out);
    if (!f->after)
        return cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_FAILED", NULL, "injected fault");
    TRY(http_send(c, f->next, req, out));
    return cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_LOST", NULL,
                      "injected fault: the answer was lost");
}

static void faulty_free(http_transport *t)
{
    faulty *f = container_of(t, faulty, base);
    http_transport_free(f->next);
    free(f);
}

static const http_transport_ops faulty_ops = {"faulty", faulty_send, faulty_free};

http_transport *http_faulty(http_transport *take_next, int nth, bool after)
{
    faulty *f = cx_calloc(1, sizeof *f);
    f->base.ops = &faulty_ops;
    f->next = take_next;
    f->after = after;
    atomic_init(&f->until, nth);
    return &f->base;
}

/* ---- counted ----------------------------------------------------------------- */

typedef struct {
    http_transport base;
    http_transport *next; /* owned */
    atomic_long *counter; /* borrowed */
} counted;

static cx_code counted_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    counted *k = container_of(t, counted, base);
    atomic_fetch_add(k->counter, 1);
    return http_send(c, k->next, req, out);
}

static void counted_free(http_transport *t)
{
    counted *k = container_of(t, counted, base);
    http_transport_free(k->next);
    free(k);
}

static const http_transport_ops counted_ops = {"counted", counted_send, counted_free};

http_transport *http_counted(http_transport *take_next, atomic_long *counter)
{
    counted *k = cx_calloc(1, sizeof *k);
    *k = (counted){.base = {&counted_ops}, .next = take_next, .counter = counter};
    return &k->base;
}
