#include "store/crashy.h"

typedef struct {
    store base;
    store *next; /* owned */
    crashy_plan plan;
    int calls;
    bool fired;
    char *unsynced; /* owned: path that a power cut takes away */
    char *kept;     /* owned: what was there before it; NULL = nothing */
    size_t kept_length;
} crashy;

static crashy *of(const store *s)
{
    return container_of(s, crashy, base);
}

static cx_code injected(cx *c, crashy *k, const char *what, const char *path)
{
    k->fired = true;
    return cx_fail(c, CX_IO, "injected fault: %s %s (call %d)", what, path, k->calls);
}

/* True when this call is to fail; the caller looks at plan.when for how. */
static bool now(crashy *k)
{
    k->calls++;
    return k->calls == k->plan.fail_at || (k->plan.dead && k->fired);
}

static cx_code crashy_read(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                           size_t most, buf *out)
{
    crashy *k = of(s);
    if (now(k))
        return injected(c, k, "read", path);
    return k->next->ops->read(c, k->next, path, offset, length, most, out);
}

static cx_code crashy_stat(cx *c, store *s, const char *path, store_entry *out)
{
    crashy *k = of(s);
    if (now(k))
        return injected(c, k, "stat", path);
    return k->next->ops->stat(c, k->next, path, out);
}

static cx_code crashy_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                           void *self)
{
    crashy *k = of(s);
    if (now(k))
        return injected(c, k, "list", folder);
    return k->next->ops->list(c, k->next, folder, from, v, self);
}

static void forget(crashy *k)
{
    free(k->unsynced);
    free(k->kept);
    k->unsynced = k->kept = NULL;
    k->kept_length = 0;
}

static void remember(cx *c, crashy *k, const char *path)
{
    buf old = {0};
    if (k->next->ops->read(c, k->next, path, 0, -1, BUF_ANY, &old) == CX_OK) {
        k->kept_length = old.length;
        k->kept = buf_steal(&old);
    } else {
        cx_forgive(c);
    }
    k->unsynced = cx_heapdup(path);
}

typedef cx_code (*put_fn)(cx *c, store *s, const char *path, str data);

static cx_code write_with(cx *c, store *s, const char *path, str data, put_fn put)
{
    crashy *k = of(s);
    const bool was_fired = k->fired;
    if (!now(k))
        return put(c, k->next, path, data);
    if (was_fired || k->plan.when == CRASHY_BEFORE)
        return injected(c, k, "write", path);
    if (k->plan.when == CRASHY_UNSYNCED)
        remember(c, k, path);
    const cx_code rc = put(c, k->next, path, data);
    if (rc == CX_OK)
        return injected(c, k, "sync", path);
    forget(k); /* nothing was written: nothing to take away */
    return rc;
}

static cx_code crashy_put_if_absent(cx *c, store *s, const char *path, str data)
{
    return write_with(c, s, path, data, of(s)->next->ops->put_if_absent);
}

static cx_code crashy_replace(cx *c, store *s, const char *path, str data)
{
    return write_with(c, s, path, data, of(s)->next->ops->replace);
}

static cx_code crashy_remove(cx *c, store *s, const char *path)
{
    crashy *k = of(s);
    if (now(k))
        return injected(c, k, "remove", path);
    return k->next->ops->remove(c, k->next, path);
}

static void crashy_free(store *s)
{
    crashy *k = of(s);
    store_free(k->next);
    forget(k);
    free(k);
}

static const store_ops crashy_ops = {
    .name = "crashy",
    .read = crashy_read,
    .stat = crashy_stat,
    .list = crashy_list,
    .put_if_absent = crashy_put_if_absent,
    .replace = crashy_replace,
    .remove = crashy_remove,
    .free = crashy_free,
};

store *crashy_new(store *take_next, crashy_plan plan)
{
    crashy *k = cx_calloc(1, sizeof *k);
    k->next = take_next;
    k->plan = plan;
    k->base = (store){&crashy_ops, take_next->root};
    return &k->base;
}

int crashy_calls(const store *s)
{
    return of(s)->calls;
}
bool crashy_fired(const store *s)
{
    return of(s)->fired;
}

cx_code crashy_power_cut(cx *c, store *s)
{
    crashy *k = of(s);
    k->plan = (crashy_plan){0};
    if (!k->unsynced)
        return CX_OK;
    const cx_code rc = k->kept
                           ? store_replace(c, k->next, k->unsynced, (str){k->kept, k->kept_length})
                           : store_remove(c, k->next, k->unsynced);
    forget(k);
    return rc;
}
