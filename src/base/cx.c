#include "base/cx.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>
#include <time.h>

/* ---- codes ------------------------------------------------------------- */

static const struct {
    const char *name;
    int exit, http, retry;
    const char *text;
} codes[CX_CODES] = {
#define CX_ROW(name, exit, http, retry, text) {#name, exit, http, retry, text},
    CX_ERRORS(CX_ROW)
#undef CX_ROW
};

const char *cx_code_name(cx_code code)
{
    return codes[code].name;
}
const char *cx_code_text(cx_code code)
{
    return codes[code].text;
}
int cx_code_exit(cx_code code)
{
    return codes[code].exit;
}
int cx_code_http(cx_code code)
{
    return codes[code].http;
}
bool cx_code_retry(cx_code code)
{
    return codes[code].retry;
}

cx_code cx_code_from_http(int status)
{
    switch (status) {
    case 401: return CX_UNAUTHENTICATED;
    case 403: return CX_DENIED;
    case 404: return CX_NOT_FOUND;
    case 408:
    case 504: return CX_TIMEOUT;
    case 409: return CX_EXISTS;
    case 413: return CX_TOO_LARGE;
    case 429: return CX_LIMITED;
    case 499: return CX_CANCELLED;
    case 501: return CX_UNSUPPORTED;
    case 502:
    case 503: return CX_UNAVAILABLE;
    default: break;
    }
    if (status >= 200 && status < 400)
        return CX_OK;
    return status < 500 ? CX_INVALID : CX_INTERNAL;
}

/* ---- memory ------------------------------------------------------------ */

static void *need(void *p)
{
    if (!p) {
        fputs("clxs: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *cx_malloc(size_t size)
{
    return need(malloc(size ? size : 1));
}
void *cx_calloc(size_t count, size_t size)
{
    return need(calloc(count ? count : 1, size ? size : 1));
}
void *cx_realloc(void *old, size_t size)
{
    return need(realloc(old, size ? size : 1));
}
char *cx_heapdup(const char *text)
{
    return text ? need(strdup(text)) : NULL;
}

/* A list of blocks that double up to 1 MiB; a request over a quarter of the
 * block size gets a block of its own, behind the head, so that the head's
 * free space is not lost. */
typedef struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) unsigned char data[];
} block;

struct arena {
    block *head; /* owned */
    size_t next_size, total;
};

enum { ARENA_FIRST = 4096, ARENA_MOST = 1 << 20 };

arena *arena_new(void)
{
    arena *a = cx_calloc(1, sizeof *a);
    a->next_size = ARENA_FIRST;
    return a;
}

void arena_free(arena *a)
{
    if (!a)
        return;
    for (block *b = a->head; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

static block *block_new(arena *a, size_t size)
{
    block *b = cx_calloc(1, sizeof *b + size);
    b->size = size;
    a->total += size;
    return b;
}

void *arena_alloc(arena *a, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size == 0)
        size = 16;
    if (a->head && a->head->size - a->head->used >= size) {
        void *p = a->head->data + a->head->used;
        a->head->used += size;
        return p;
    }
    if (size > a->next_size / 4 && a->head) {
        block *b = block_new(a, size);
        b->used = size;
        b->next = a->head->next;
        a->head->next = b;
        return b->data;
    }
    block *b = block_new(a, size > a->next_size ? size : a->next_size);
    if (a->next_size < ARENA_MOST)
        a->next_size *= 2;
    b->used = size;
    b->next = a->head;
    a->head = b;
    return b->data;
}

char *arena_dupn(arena *a, const char *text, size_t length)
{
    char *p = arena_alloc(a, length + 1);
    if (length)
        memcpy(p, text, length);
    return p;
}

char *arena_dup(arena *a, const char *text)
{
    return text ? arena_dupn(a, text, strlen(text)) : NULL;
}

char *arena_vfmt(arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    assert(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_fmt(arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vfmt(a, fmt, ap);
    va_end(ap);
    return p;
}

size_t arena_bytes(const arena *a)
{
    return a->total;
}

/* ---- clock, random ------------------------------------------------------ */

static int64_t system_now_ms(void *self)
{
    (void)self;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_ticks_us(void *self)
{
    (void)self;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void system_sleep_ms(void *self, int64_t ms)
{
    (void)self;
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

const cx_clock cx_system_clock = {system_now_ms, system_ticks_us, system_sleep_ms, NULL};

void cx_random_bytes(void *out, size_t n)
{
    unsigned char *p = out;
    while (n) {
        const ssize_t got = getrandom(p, n, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            fputs("clxs: the kernel gives no random bytes\n", stderr);
            abort();
        }
        p += got;
        n -= (size_t)got;
    }
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* xoshiro256**: fast, and reproducible from a test's seed. Not for secrets. */
uint64_t cx_random(cx *c)
{
    uint64_t *s = c->rng;
    const uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

/* ---- context ------------------------------------------------------------ */

void cx_init(cx *c)
{
    *c = (cx){.arena = arena_new(), .clock = &cx_system_clock, .scope = "clxs"};
    cx_random_bytes(c->rng, sizeof c->rng);
}

void cx_clear(cx *c)
{
    arena_free(c->arena);
    *c = (cx){.clock = &cx_system_clock};
}

void cx_child(cx *child, const cx *parent)
{
    *child = *parent;
    child->arena = arena_new();
    child->error = (cx_error){0};
    cx_random_bytes(child->rng, sizeof child->rng);
}

cx_code cx_adopt(cx *parent, const cx *child)
{
    const cx_error *e = &child->error;
    cx_error mine = {.code = e->code,
                     .message = cx_dup(parent, e->message),
                     .hint = cx_dup(parent, e->hint),
                     .condition = cx_dup(parent, e->condition),
                     .sqlstate = cx_dup(parent, e->sqlstate),
                     .request_id = cx_dup(parent, e->request_id),
                     .frame_count = e->frame_count};
    for (int i = 0; i < e->frame_count; i++)
        mine.frames[i] = cx_dup(parent, e->frames[i]);
    parent->error = mine;
    return mine.code;
}

bool cx_cancelled(const cx *c)
{
    return c->cancel && atomic_load_explicit(c->cancel, memory_order_relaxed);
}

cx_code cx_alive(cx *c)
{
    if (cx_cancelled(c))
        return cx_fail(c, CX_CANCELLED, "the operation was cancelled");
    if (c->deadline_us && cx_ticks_us(c) > c->deadline_us)
        return cx_fail(c, CX_TIMEOUT, "the operation ran out of time");
    return CX_OK;
}

int64_t cx_now_ms(const cx *c)
{
    return c->clock->now_ms(c->clock->self);
}
int64_t cx_ticks_us(const cx *c)
{
    return c->clock->ticks_us(c->clock->self);
}
void cx_sleep_ms(cx *c, int64_t ms)
{
    c->clock->sleep_ms(c->clock->self, ms);
}

void *cx_alloc(cx *c, size_t size)
{
    return arena_alloc(c->arena, size);
}
char *cx_dup(cx *c, const char *text)
{
    return arena_dup(c->arena, text);
}
char *cx_dupn(cx *c, const char *text, size_t length)
{
    return arena_dupn(c->arena, text, length);
}

char *cx_fmt(cx *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return p;
}

/* ---- errors ------------------------------------------------------------- */

static cx_code set_error(cx *c, cx_code code, const char *condition, const char *sqlstate,
                         const char *message)
{
    assert(code != CX_OK);
    c->error =
        (cx_error){.code = code, .message = message, .condition = condition, .sqlstate = sqlstate};
    return code;
}

cx_code cx_fail(cx *c, cx_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return set_error(c, code, NULL, NULL, message);
}

cx_code cx_fail_as(cx *c, cx_code code, const char *condition, const char *sqlstate,
                   const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return set_error(c, code, condition, sqlstate, message);
}

cx_code cx_fail_errno(cx *c, int error, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *what = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    cx_code code = CX_IO;
    switch (error) {
    case ENOSPC:
    case EDQUOT: code = CX_FULL; break;
    case ENOENT: code = CX_NOT_FOUND; break;
    case EEXIST: code = CX_EXISTS; break;
    case EACCES:
    case EPERM: code = CX_DENIED; break;
    default: break;
    }
    char why[128];
    return set_error(c, code, NULL, NULL,
                     cx_fmt(c, "%s: %s", what, strerror_r(error, why, sizeof why)));
}

cx_code cx_hint(cx *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    c->error.hint = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return c->error.code;
}

cx_code cx_frame(cx *c, const char *fmt, ...)
{
    if (c->error.frame_count < CX_FRAMES) {
        va_list ap;
        va_start(ap, fmt);
        c->error.frames[c->error.frame_count++] = arena_vfmt(c->arena, fmt, ap);
        va_end(ap);
    }
    return c->error.code;
}

void cx_forgive(cx *c)
{
    c->error = (cx_error){0};
}

/* ---- log, progress ------------------------------------------------------ */

void cx_logf(const cx *c, cx_level level, const char *fmt, ...)
{
    if (!c->log || level < c->log->least)
        return;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    AUTO_FREE char *text = cx_malloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    c->log->line(c->log->self, level, c->scope, text);
}

void cx_progress(const cx *c, const char *phase, int64_t done, int64_t total, const char *object)
{
    if (c->progress)
        c->progress->update(c->progress->self, phase, done, total, object);
}
