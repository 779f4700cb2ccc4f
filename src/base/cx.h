/* The context: everything that an operation borrows from the outside.
 *
 * Each function that can fail takes a `cx *` first and returns a `cx_code`.
 * The context carries the arena (all results of the operation live and die
 * with it), the one error, cancellation, deadline, clock, random source,
 * progress sink and log sink. Nothing is global and nothing thread-local, so
 * a server worker, a command-line run and a test differ only in the context
 * that they make.
 *
 * Threads: a cx belongs to one thread. A worker gets a child (cx_child), which
 * shares cancel flag, deadline, clock, progress and log with its parent, and
 * has an arena and an error of its own. */
#pragma once

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- codes ------------------------------------------------------------ */

/* One list fixes the process exit status, the HTTP status, whether a retry can
 * help, and the words of the manual. */
#define CX_ERRORS(E)                                                    \
    /* name         exit http retry meaning */                          \
    E(OK, 0, 200, 0, "Success")                                         \
    E(FAILED, 1, 500, 0, "The work ended, but not all of it succeeded") \
    E(INVALID, 2, 400, 0, "The request is malformed")                   \
    E(UNAUTHENTICATED, 3, 401, 0, "No valid credentials were given")    \
    E(DENIED, 3, 403, 0, "The principal lacks a privilege")             \
    E(NOT_FOUND, 4, 404, 0, "The named object does not exist")          \
    E(EXISTS, 5, 409, 0, "The named object already exists")             \
    E(CONFLICT, 6, 409, 1, "Another writer committed first")            \
    E(UNAVAILABLE, 7, 503, 1, "A remote service did not answer")        \
    E(LIMITED, 7, 429, 1, "Too many requests")                          \
    E(TIMEOUT, 7, 504, 0, "The deadline passed")                        \
    E(CANCELLED, 8, 499, 0, "The work was cancelled")                   \
    E(UNSUPPORTED, 9, 501, 0, "This is not supported")                  \
    E(CORRUPT, 10, 500, 0, "Stored data is damaged")                    \
    E(TOO_LARGE, 11, 413, 0, "A size is over its ceiling")              \
    E(IO, 12, 500, 0, "The operating system refused a read or a write") \
    E(FULL, 12, 507, 0, "The disk is full")                             \
    E(INTERNAL, 13, 500, 0, "A defect in clxs")

typedef enum {
#define CX_ENUM(name, exit, http, retry, text) CX_##name,
    CX_ERRORS(CX_ENUM)
#undef CX_ENUM
        CX_CODES
} cx_code;

const char *cx_code_name(cx_code code); /* "NOT_FOUND" */
const char *cx_code_text(cx_code code); /* the manual's sentence */
int cx_code_exit(cx_code code);         /* exit status of the process */
int cx_code_http(cx_code code);         /* HTTP status */
bool cx_code_retry(cx_code code);       /* can the same call succeed later? */
cx_code cx_code_from_http(int status);  /* the code that a peer's status means */

#define CX_CHECKED __attribute__((warn_unused_result))
#define CX_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* ---- small allocations, arena ------------------------------------------ */

/* Small allocations do not fail: the process stops with a message, and the job
 * journal makes that safe. What is sized by a peer or a file goes through a
 * buf with a ceiling (buf.h). */
void *cx_malloc(size_t size) __attribute__((malloc, alloc_size(1)));
void *cx_calloc(size_t count, size_t size) __attribute__((malloc));
void *cx_realloc(void *old, size_t size);
char *cx_heapdup(const char *text); /* NULL for NULL; free() it */

typedef struct arena arena;
arena *arena_new(void);
void arena_free(arena *a); /* NULL is fine */
void *arena_alloc(arena *a, size_t size)
    __attribute__((malloc, alloc_size(2)));  /* zeroed, 16-aligned */
char *arena_dup(arena *a, const char *text); /* NULL for NULL */
char *arena_dupn(arena *a, const char *text, size_t length);
char *arena_vfmt(arena *a, const char *fmt, va_list ap);
char *arena_fmt(arena *a, const char *fmt, ...) CX_PRINTF(2, 3);
size_t arena_bytes(const arena *a);

/* ---- the error --------------------------------------------------------- */

enum { CX_FRAMES = 8 };

/* What went wrong, for a person (message, hint) and for a program (code,
 * condition, sqlstate). Strings live in the cx's arena. */
typedef struct {
    cx_code code;
    const char *message;    /* what is wrong, in the user's nouns; NULL when code is OK */
    const char *hint;       /* what to try; may be NULL */
    const char *condition;  /* the platform's class, "TABLE_OR_VIEW_NOT_FOUND"; may be NULL */
    const char *sqlstate;   /* "42P01"; may be NULL */
    const char *request_id; /* of the remote service; may be NULL */
    int frame_count;
    const char *frames[CX_FRAMES]; /* what was being done, innermost first */
} cx_error;

/* ---- collaborators ----------------------------------------------------- */

typedef struct cx cx;

typedef struct cx_clock {
    int64_t (*now_ms)(void *self);   /* since the epoch, wall clock */
    int64_t (*ticks_us)(void *self); /* monotonic */
    void (*sleep_ms)(void *self, int64_t ms);
    void *self;
} cx_clock;

typedef enum { CX_DEBUG, CX_INFO, CX_WARN, CX_ERROR_LEVEL } cx_level;

/* Called from any thread; must lock for itself. */
typedef struct {
    void (*line)(void *self, cx_level level, const char *scope, const char *text);
    void *self;
    cx_level least; /* lines below this are not formatted */
} cx_log_sink;

/* Progress of one operation. `phase` and `object` are borrowed for the call. */
typedef struct {
    void (*update)(void *self, const char *phase, int64_t done, int64_t total, const char *object);
    void *self;
} cx_progress_sink;

struct cx {
    arena *arena;
    cx_error error;
    atomic_bool *cancel;              /* borrowed; NULL = cannot be cancelled */
    int64_t deadline_us;              /* on clock->ticks_us; 0 = none */
    const cx_clock *clock;            /* borrowed, never NULL */
    const cx_log_sink *log;           /* borrowed; NULL = silent */
    const cx_progress_sink *progress; /* borrowed; NULL = nobody watches */
    const char *scope;                /* shown in log lines */
    uint64_t rng[4]; /* random state; seeded by the system unless a test seeds it */
};

/* A fresh root context with the system clock. Clear frees the arena. */
void cx_init(cx *c);
void cx_clear(cx *c);
/* A child for another thread; clear it there. */
void cx_child(cx *child, const cx *parent);
/* Copies the child's error (strings too) into the parent and returns its code. */
cx_code cx_adopt(cx *parent, const cx *child);

extern const cx_clock cx_system_clock;

/* CX_CANCELLED or CX_TIMEOUT when the operation must stop, else CX_OK. Call it
 * in each loop that can be long. */
CX_CHECKED cx_code cx_alive(cx *c);
bool cx_cancelled(const cx *c);

int64_t cx_now_ms(const cx *c);
int64_t cx_ticks_us(const cx *c);
void cx_sleep_ms(cx *c, int64_t ms);
uint64_t cx_random(cx *c);
void cx_random_bytes(void *out, size_t n); /* from the kernel; for secrets and ids */

/* Arena shorthands. */
void *cx_alloc(cx *c, size_t size);
char *cx_dup(cx *c, const char *text);
char *cx_dupn(cx *c, const char *text, size_t length);
char *cx_fmt(cx *c, const char *fmt, ...) CX_PRINTF(2, 3);
#define cx_new(c, type) ((type *)cx_alloc((c), sizeof(type)))
#define cx_array(c, type, n) ((type *)cx_alloc((c), sizeof(type) * (size_t)(n)))

/* ---- failing ----------------------------------------------------------- */

/* Sets the error, replacing an earlier one, and returns `code`. */
cx_code cx_fail(cx *c, cx_code code, const char *fmt, ...) CX_PRINTF(3, 4);
/* The same with the platform's condition and SQLSTATE (both borrowed for ever: literals). */
cx_code cx_fail_as(cx *c, cx_code code, const char *condition, const char *sqlstate,
                   const char *fmt, ...) CX_PRINTF(5, 6);
/* From errno: FULL for ENOSPC and EDQUOT, NOT_FOUND for ENOENT, EXISTS for EEXIST, DENIED for
 * EACCES/EPERM, else IO. The message gets ": <strerror>" appended. */
cx_code cx_fail_errno(cx *c, int error, const char *fmt, ...) CX_PRINTF(3, 4);
/* Adds a hint to the error that is set; returns its code. */
cx_code cx_hint(cx *c, const char *fmt, ...) CX_PRINTF(2, 3);
/* Adds a frame ("while …") to the error that is set; returns its code. */
cx_code cx_frame(cx *c, const char *fmt, ...) CX_PRINTF(2, 3);
/* Forgets the error (it was handled). */
void cx_forgive(cx *c);

#define TRY(call)                       \
    do {                                \
        const cx_code try_rc_ = (call); \
        if (try_rc_ != CX_OK)           \
            return try_rc_;             \
    } while (0)

#define TRY_IN(c, call, ...)                  \
    do {                                      \
        const cx_code try_rc_ = (call);       \
        if (try_rc_ != CX_OK) {               \
            (void)cx_frame((c), __VA_ARGS__); \
            return try_rc_;                   \
        }                                     \
    } while (0)

/* ---- log, progress ----------------------------------------------------- */

void cx_logf(const cx *c, cx_level level, const char *fmt, ...) CX_PRINTF(3, 4);
#define cx_debug(c, ...) cx_logf((c), CX_DEBUG, __VA_ARGS__)
#define cx_info(c, ...) cx_logf((c), CX_INFO, __VA_ARGS__)
#define cx_warn(c, ...) cx_logf((c), CX_WARN, __VA_ARGS__)
void cx_progress(const cx *c, const char *phase, int64_t done, int64_t total, const char *object);

/* ---- scope cleanup ----------------------------------------------------- */

/* AUTO(T) x = NULL; calls T_free(x) at the end of the scope. Each type that is
 * used with it says AUTO_TYPE(T) once, after its T_free is declared. */
#define AUTO_TYPE(T)                    \
    static inline void T##_auto_(T **p) \
    {                                   \
        T##_free(*p);                   \
    }                                   \
    struct T##_auto_semicolon_
#define AUTO(T) __attribute__((cleanup(T##_auto_))) T *
/* AUTO_CLEAR(T) x = {0}; calls T_clear(&x). */
#define AUTO_CLEAR(T) __attribute__((cleanup(T##_clear))) T

/* Moves a pointer out of a variable that AUTO would free. */
static inline void *cx_steal_(void *pp)
{
    void **p = pp;
    void *v = *p;
    *p = NULL;
    return v;
}
#define STEAL(p) ((__typeof__(p))cx_steal_(&(p)))

/* free()d at the end of the scope. */
static inline void cx_free_auto_(void *p)
{
    free(*(void **)p);
}
#define AUTO_FREE __attribute__((cleanup(cx_free_auto_)))

AUTO_TYPE(arena);

#define CX_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
