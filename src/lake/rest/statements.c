#include "lake/rest/statements.h"

#include "lake/lake_int.h"

#include <errno.h>
#include <time.h>

enum { WORKERS_MOST = 16, BUCKETS = 4096, KEPT_MOST = 50000, WAIT_SLICE_MS = 50, SECRET = 32 };
#define RESULT_KEPT_MS ((int64_t)3600 * 1000)
#define STATEMENT_KEPT_MS ((int64_t)12 * 3600 * 1000)
#define SWEEP_MS ((int64_t)60 * 1000)
#define MEMORY_MOST ((int64_t)256 << 20)
#define EXTERNAL_MEMORY ((int64_t)32 << 20)

struct statements {
    lake *lake; /* borrowed */
    unsigned char secret[SECRET];
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work, settled;
    statement *first, *last; /* all, oldest first */
    statement *queue_first, *queue_last;
    statement *buckets[BUCKETS];
    size_t count;
    int64_t memory, swept_ms;
    pthread_t workers[WORKERS_MOST];
    int worker_count, idle, unrecorded;
    bool stopping;
};

void statements_lock(statements *all)
{
    pthread_mutex_lock(&all->lock);
}
void statements_unlock(statements *all)
{
    pthread_mutex_unlock(&all->lock);
}

bool statement_ended(const statement *s)
{
    return s->state > STATEMENT_RUNNING;
}

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

statements *statements_new(lake *l)
{
    statements *all = cx_calloc(1, sizeof *all);
    all->lake = l;
    cx_random_bytes(all->secret, sizeof all->secret);
    pthread_mutex_init(&all->lock, NULL);
    cond_init(&all->work);
    cond_init(&all->settled);
    return all;
}

static void statement_free(statement *s)
{
    result_clear(&s->result);
    pthread_cond_destroy(&s->ended);
    json_decref(s->parameters);
    free(s->principal);
    free(s->text);
    free(s->catalog);
    free(s->schema);
    free(s->error_message);
    free(s);
}

void statements_free(statements *all)
{
    if (!all)
        return;
    statements_lock(all);
    all->stopping = true;
    for (statement *s = all->first; s; s = s->next)
        atomic_store(&s->cancel, true);
    pthread_cond_broadcast(&all->work);
    statements_unlock(all);
    for (int i = 0; i < all->worker_count; i++)
        pthread_join(all->workers[i], NULL);
    while (all->first) {
        statement *s = all->first;
        all->first = s->next;
        statement_free(s);
    }
    pthread_cond_destroy(&all->work);
    pthread_cond_destroy(&all->settled);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

statement *statement_new(cx *c)
{
    statement *s = cx_calloc(1, sizeof *s);
    s->created_ms = cx_now_ms(c);
    uuid_ordered(s->created_ms, s->id);
    result_init(&s->result);
    cond_init(&s->ended);
    s->users = 1;
    return s;
}

static size_t bucket_of(const char *id)
{
    return hash_64(id, strlen(id)) % BUCKETS;
}

/* ---- keeping within bounds (all with the lock held) ---------------------------- */

static void drop_result(statements *all, statement *s)
{
    all->memory -= s->result.in_memory;
    result_clear(&s->result);
    if (s->state == STATEMENT_SUCCEEDED)
        s->state = STATEMENT_CLOSED;
}

static void forget(statements *all, statement *s)
{
    for (statement **p = &all->buckets[bucket_of(s->id)]; *p; p = &(*p)->same)
        if (*p == s) {
            *p = s->same;
            break;
        }
    all->memory -= s->result.in_memory;
    all->count--;
    statement_free(s);
}

static void sweep(statements *all, int64_t now_ms)
{
    all->swept_ms = now_ms;
    statement **p = &all->first, *previous = NULL;
    while (*p) {
        statement *s = *p;
        const int64_t age = statement_ended(s) && !s->users ? now_ms - s->ended_ms : -1;
        if (age > STATEMENT_KEPT_MS || (age >= 0 && all->count > KEPT_MOST)) {
            *p = s->next;
            if (all->last == s)
                all->last = previous;
            forget(all, s);
            continue;
        }
        if (age > RESULT_KEPT_MS && s->state == STATEMENT_SUCCEEDED)
            drop_result(all, s);
        previous = s;
        p = &s->next;
    }
}

/* The oldest results leave memory first. Where the disk takes no more, they close early. */
static void spill_oldest(cx *c, statements *all)
{
    for (statement *s = all->first; s && all->memory > MEMORY_MOST; s = s->next) {
        const int64_t before = s->result.in_memory;
        if (!statement_ended(s) || before == 0)
            continue;
        if (result_spill(c, &s->result, all->lake->root) == CX_OK) {
            all->memory -= before - s->result.in_memory;
        } else {
            cx_forgive(c);
            all->memory -= before - s->result.in_memory;
            drop_result(all, s);
        }
    }
}

/* ---- running ---------------------------------------------------------------------- */

static const char *error_code_of(cx_code code)
{
    switch (code) {
    case CX_INTERNAL:
    case CX_CORRUPT:
    case CX_FAILED: return "INTERNAL_ERROR";
    case CX_IO:
    case CX_FULL: return "IO_ERROR";
    case CX_TIMEOUT: return "DEADLINE_EXCEEDED";
    case CX_TOO_LARGE:
    case CX_LIMITED: return "RESOURCE_EXHAUSTED";
    case CX_UNAVAILABLE: return "TEMPORARILY_UNAVAILABLE";
    default: return "BAD_REQUEST";
    }
}

static char *message_of(cx *c, const cx_error *e)
{
    const char *text = e->message;
    if (e->condition)
        text = cx_fmt(c, "[%s] %s", e->condition, text);
    if (e->sqlstate)
        text = cx_fmt(c, "%s SQLSTATE: %s", text, e->sqlstate);
    return cx_heapdup(text);
}

static cx_code run_engine(cx *c, statements *all, statement *s, result *out)
{
    result_writer w = {.to = out,
                       .row_limit = s->row_limit,
                       .byte_limit = s->byte_limit,
                       .memory_most = s->external ? EXTERNAL_MEMORY : 0,
                       .folder = all->lake->root};
    const engine_sink sink = result_sink(&w);
    const engine_statement e = {.text = s->text,
                                .principal = s->principal,
                                .catalog = s->catalog,
                                .schema = s->schema,
                                .parameters = s->parameters,
                                .row_limit = s->row_limit ? s->row_limit + 1 : 0};
    cx_code rc = engine_run(c, all->lake->engine, &e, &sink);
    if (rc != CX_OK && w.stopped) {
        cx_forgive(c);
        rc = CX_OK;
    }
    if (rc == CX_OK)
        rc = result_finish(c, &w);
    result_writer_clear(&w);
    return rc;
}

/* With the lock held. `r` is moved in, or cleared when the statement had been given up meanwhile.
 */
static void settle_outcome(cx *c, statements *all, statement *s, cx_code rc, result *r)
{
    if (statement_ended(s)) {
        result_clear(r);
        return;
    }
    s->ended_ms = cx_now_ms(c);
    if (rc == CX_OK) {
        s->state = STATEMENT_SUCCEEDED;
        s->result = *r;
        all->memory += r->in_memory;
        spill_oldest(c, all);
        return;
    }
    result_clear(r);
    /* what a cancelled engine fails with may be a consequence of the interruption */
    const bool cancelled = rc == CX_CANCELLED || atomic_load(&s->cancel);
    s->state = cancelled ? STATEMENT_CANCELED : STATEMENT_FAILED;
    s->error_code = error_code_of(rc);
    s->error_message = message_of(c, &c->error);
    snprintf(s->sqlstate, sizeof s->sqlstate, "%s", c->error.sqlstate ? c->error.sqlstate : "");
}

static json *query_info(const statements *all, const statement *s, const char *status, int64_t rows,
                        const char *error)
{
    const char *warehouse = meta_warehouse_id(all->lake->meta);
    const int64_t took = s->ended_ms - s->created_ms;
    json *info = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:b, s:{s:I, s:I, s:I}}",
        "query_id", s->id, "query_text", s->text, "status", status, "statement_type",
        engine_statement_type(s->text), "query_start_time_ms", (json_int_t)s->created_ms,
        "query_end_time_ms", (json_int_t)s->ended_ms, "execution_end_time_ms",
        (json_int_t)s->ended_ms, "duration", (json_int_t)took, "user_name", s->principal,
        "executed_as_user_name", s->principal, "warehouse_id", warehouse, "endpoint_id", warehouse,
        "rows_produced", (json_int_t)rows, "is_final", 1, "metrics", "total_time_ms",
        (json_int_t)took, "execution_time_ms", (json_int_t)(s->ended_ms - s->started_ms),
        "rows_produced_count", (json_int_t)rows);
    if (info && error)
        json_object_set_new(info, "error_message", json_string(error));
    return info;
}

/* History must never make a statement fail; it is asked for much less often than it is written. */
static void record(cx *c, statements *all, json *take_info)
{
    AUTO(json) info = take_info;
    if (info && meta_history_add(c, all->lake->meta, info) != CX_OK)
        cx_forgive(c);
    statements_lock(all);
    all->unrecorded--;
    pthread_cond_broadcast(&all->settled);
    statements_unlock(all);
}

/* Called, and returns, with the lock held. */
static void run_one(statements *all, statement *s)
{
    cx c;
    result r;
    cx_init(&c);
    c.cancel = &s->cancel;
    c.scope = "statement";
    result_init(&r);
    s->state = STATEMENT_RUNNING;
    s->started_ms = cx_now_ms(&c);
    statements_unlock(all);
    const cx_code rc = run_engine(&c, all, s, &r);
    statements_lock(all);
    settle_outcome(&c, all, s, rc, &r);
    static const char *const words[] = {"QUEUED", "RUNNING",  "FINISHED",
                                        "FAILED", "CANCELED", "FINISHED"};
    json *info = query_info(all, s, words[s->state], s->result.rows, s->error_message);
    all->unrecorded++;
    pthread_cond_broadcast(&s->ended);
    statements_unlock(all);
    c.cancel = NULL;
    record(&c, all, info);
    cx_clear(&c);
    statements_lock(all);
}

static void *worker(void *self)
{
    statements *all = self;
    statements_lock(all);
    for (;;) {
        statement *s = all->queue_first;
        if (!s && all->stopping)
            break;
        if (!s) {
            all->idle++;
            pthread_cond_wait(&all->work, &all->lock);
            all->idle--;
            continue;
        }
        all->queue_first = s->queued;
        if (!all->queue_first)
            all->queue_last = NULL;
        if (s->state == STATEMENT_PENDING && !all->stopping)
            run_one(all, s);
        s->users--;
    }
    statements_unlock(all);
    return NULL;
}

void statements_submit(cx *c, statements *all, statement *s)
{
    statements_lock(all);
    if (cx_now_ms(c) - all->swept_ms > SWEEP_MS || all->count > KEPT_MOST + KEPT_MOST / 8)
        sweep(all, cx_now_ms(c));
    statement **bucket = &all->buckets[bucket_of(s->id)];
    s->same = *bucket;
    *bucket = s;
    if (all->last)
        all->last->next = s;
    else
        all->first = s;
    all->last = s;
    all->count++;
    s->users++; /* the queue's, until it ran */
    if (all->queue_last)
        all->queue_last->queued = s;
    else
        all->queue_first = s;
    all->queue_last = s;
    /* A thread that cannot be made is no harm while there is another one. */
    if (!all->idle && all->worker_count < WORKERS_MOST &&
        pthread_create(&all->workers[all->worker_count], NULL, worker, all) == 0)
        all->worker_count++;
    pthread_cond_signal(&all->work);
    statements_unlock(all);
}

/* ---- asking ------------------------------------------------------------------------- */

statement *statements_find(cx *c, statements *all, const char *id)
{
    statements_lock(all);
    if (cx_now_ms(c) - all->swept_ms > SWEEP_MS)
        sweep(all, cx_now_ms(c));
    statement *s = all->buckets[bucket_of(id)];
    while (s && strcmp(s->id, id) != 0)
        s = s->same;
    if (s)
        s->users++;
    statements_unlock(all);
    return s;
}

void statement_release(statements *all, statement *s)
{
    statements_lock(all);
    s->users--;
    statements_unlock(all);
}

cx_code statement_wait(cx *c, statements *all, statement *s, int64_t wait_ms)
{
    const struct timespec end = after_ms(wait_ms);
    cx_code rc = CX_OK;
    statements_lock(all);
    while (!statement_ended(s) && rc == CX_OK) {
        struct timespec slice = after_ms(WAIT_SLICE_MS);
        const bool last = slice.tv_sec > end.tv_sec ||
                          (slice.tv_sec == end.tv_sec && slice.tv_nsec >= end.tv_nsec);
        const int e = pthread_cond_timedwait(&s->ended, &all->lock, last ? &end : &slice);
        if (e == ETIMEDOUT && last)
            break;
        rc = cx_alive(c);
    }
    statements_unlock(all);
    return rc;
}

void statement_cancel(statements *all, statement *s)
{
    cx c;
    cx_init(&c);
    atomic_store(&s->cancel, true);
    statements_lock(all);
    if (s->state == STATEMENT_PENDING) {
        s->state = STATEMENT_CANCELED;
        s->ended_ms = cx_now_ms(&c);
        pthread_cond_broadcast(&s->ended);
    }
    statements_unlock(all);
    cx_clear(&c);
}

void statement_abandon(cx *c, statements *all, statement *s)
{
    statements_lock(all);
    if (!statement_ended(s)) {
        s->state = STATEMENT_CANCELED;
        s->ended_ms = cx_now_ms(c);
    }
    statements_unlock(all);
}

void statement_close(statements *all, statement *s)
{
    statement_cancel(all, s);
    statements_lock(all);
    if (statement_ended(s))
        drop_result(all, s);
    statements_unlock(all);
}

void statements_settle(statements *all)
{
    const struct timespec end = after_ms(1000);
    statements_lock(all);
    while (all->unrecorded && pthread_cond_timedwait(&all->settled, &all->lock, &end) != ETIMEDOUT)
        ;
    statements_unlock(all);
}

void statements_link_key(const statements *all, const char *id, const char *chunk,
                         int64_t expires_ms, char out[SHA256_HEX])
{
    buf b = BUF(BUF_ANY);
    buf_add(&b, all->secret, sizeof all->secret);
    buf_addf(&b, "|%s|%s|%lld|", id, chunk, (long long)expires_ms);
    buf_add(&b, all->secret, sizeof all->secret);
    hash_sha256_hex(b.data, b.length, out);
    buf_clear(&b);
}
