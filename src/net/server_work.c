/* The threads of the HTTP server: workers run handlers, the keeper pulls streams and sees hang-ups.
 */
#include "net/server_int.h"

#include <poll.h>

enum {
    LOOK_EVERY_MS = 100, /* at suspended sockets */
    ROUND_LEAST_MS = 20, /* between two rounds of the keeper: many wakes become one */
    YOUNG_US = 150000    /* a call younger than this is not worth a look at its socket */
};

/* ---- workers ---------------------------------------------------------------------- */

typedef struct {
    http_header *rows;
    size_t count, room;
    cx *c;
} header_list;

static enum MHD_Result add_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    header_list *l = self;
    if (l->count == l->room) {
        const size_t room = l->room ? l->room * 2 : 16;
        http_header *rows = cx_array(l->c, http_header, room);
        if (l->count)
            memcpy(rows, l->rows, l->count * sizeof *rows);
        l->rows = rows;
        l->room = room;
    }
    l->rows[l->count++] = (http_header){name, value ? value : ""};
    return MHD_YES;
}

/* The header strings stay where libmicrohttpd has them: the connection is suspended. */
static void run_call(http_call *k)
{
    cx c;
    cx_init(&c);
    c.cancel = &k->cancel;
    c.scope = "http";
    header_list headers = {.c = &c};
    MHD_get_connection_values(k->connection, MHD_HEADER_KIND, add_header, &headers);
    const http_request req = {.method = k->method,
                              .path = k->uri,
                              .query = k->query,
                              .headers = headers.rows,
                              .header_count = headers.count,
                              .body = {buf_text(&k->body), k->body.length}};
    http_reply reply = {.headers = BUF(64 * 1024), .body = BUF(BUF_ANY)};
    const cx_code rc = k->server->config.handle(&c, k->server->config.self, &req, &reply);
    http_call_answer(&c, k, rc, &reply);
    http_reply_clear(&reply);
    cx_clear(&c);
}

static void finish_call(http_call *k)
{
    http_server *s = k->server;
    pthread_mutex_lock(&s->lock);
    k->phase = CALL_ANSWERED;
    if (k->stream) {
        s->woken = true;
        pthread_cond_signal(&s->news);
    } else {
        http_call_unwatch(k);
    }
    MHD_resume_connection(k->connection); /* after this the call may end at any moment */
    pthread_mutex_unlock(&s->lock);
}

void *http_server_worker(void *self)
{
    http_server *s = self;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->queue_head && !s->stopping)
            pthread_cond_wait(&s->work, &s->lock);
        http_call *k = s->queue_head;
        if (!k)
            break; /* stopping, and nothing left */
        s->queue_head = k->next_in_queue;
        if (!s->queue_head)
            s->queue_tail = NULL;
        s->queued--;
        k->phase = CALL_RUNNING;
        pthread_mutex_unlock(&s->lock);
        run_call(k);
        finish_call(k);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- keeper ------------------------------------------------------------------------ */

static int socket_of(http_call *k)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(k->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* A call is suspended while it is queued or running, or while its stream is parked: only then may
 * its socket be touched from here, because only then libmicrohttpd cannot close it. */
static bool suspended(const http_call *k)
{
    return k->phase == CALL_QUEUED || k->phase == CALL_RUNNING || k->parked;
}

static void see_hang_up(http_call *k, int64_t now_us)
{
    if (!suspended(k) || now_us - k->since_us < YOUNG_US || atomic_load(&k->cancel))
        return;
    struct pollfd p = {.fd = socket_of(k), .events = POLLRDHUP};
    if (p.fd < 0 || poll(&p, 1, 0) <= 0 || !(p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
        return;
    atomic_store(&k->cancel, true);
    if (k->parked) {
        k->parked = false;
        MHD_resume_connection(k->connection); /* its reader ends the stream */
    }
}

/* Under lock; gives it up while the stream is asked. The reference keeps the call alive meanwhile.
 */
static void pull_stream(http_server *s, http_call *k, int64_t now_us)
{
    k->refs++;
    k->pulling = true;
    k->pulled_us = now_us;
    pthread_mutex_unlock(&s->lock);

    buf got = BUF(STREAM_PENDING_MOST * 4);
    bool done = false;
    cx c;
    cx_init(&c);
    c.cancel = &k->cancel;
    const cx_code rc = k->stream->pull(&c, k->stream, &got, &done);
    cx_clear(&c);

    pthread_mutex_lock(&s->lock);
    k->pulling = false;
    if (rc != CX_OK || done || got.over)
        k->stream_done = true;
    if (!got.over)
        buf_add(&k->pending, buf_text(&got), got.length);
    if (!k->gone && k->parked && (k->pending.length > k->sent || k->stream_done)) {
        k->parked = false;
        MHD_resume_connection(k->connection);
    }
    pthread_mutex_unlock(&s->lock);
    buf_clear(&got);
    http_call_unref(k);
    pthread_mutex_lock(&s->lock);
}

static bool pull_due(const http_call *k, bool woken, int64_t now_us)
{
    if (k->phase != CALL_ANSWERED || !k->stream || k->stream_done || k->gone || k->pulling)
        return false;
    if (k->pending.length - k->sent > STREAM_PENDING_MOST)
        return false; /* a slow reader; asked again when it caught up */
    const int64_t every_ms = k->stream->every_ms > 0 ? k->stream->every_ms : 15000;
    return woken || k->pulled_us == 0 || now_us - k->pulled_us >= every_ms * 1000;
}

static void keeper_wait(http_server *s, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&s->news, &s->lock, &until);
}

/* The list may change while a stream is pulled, so the walk works on a list of held calls. */
static void pull_due_streams(http_server *s, bool woken, int64_t now_us)
{
    size_t n = 0;
    for (http_call *k = s->watched.next; k != &s->watched; k = k->next)
        n += pull_due(k, woken, now_us);
    if (!n)
        return;
    AUTO_FREE http_call **due = cx_calloc(n, sizeof *due);
    size_t held = 0;
    for (http_call *k = s->watched.next; k != &s->watched && held < n; k = k->next)
        if (pull_due(k, woken, now_us)) {
            k->refs++;
            due[held++] = k;
        }
    for (size_t i = 0; i < held; i++) {
        if (!due[i]->gone && !s->stopping)
            pull_stream(s, due[i], now_us);
        pthread_mutex_unlock(&s->lock);
        http_call_unref(due[i]);
        pthread_mutex_lock(&s->lock);
    }
}

void *http_server_keeper(void *self)
{
    http_server *s = self;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        keeper_wait(s, ROUND_LEAST_MS); /* lets wakes gather */
        if (!s->woken && !s->stopping)
            keeper_wait(s, LOOK_EVERY_MS - ROUND_LEAST_MS);
        const bool woken = s->woken;
        s->woken = false;
        const int64_t now_us = cx_system_clock.ticks_us(NULL);
        for (http_call *k = s->watched.next; k != &s->watched; k = k->next)
            see_hang_up(k, now_us);
        pull_due_streams(s, woken, now_us);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}
