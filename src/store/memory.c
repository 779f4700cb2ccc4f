/* A store in memory, for tests: one sorted answer to every question, under one lock. */
#include "store/store_int.h"

#include <inttypes.h>
#include <pthread.h>

typedef struct {
    char *path, *data; /* owned */
    size_t length;
    int64_t mtime_ms;
} object;

typedef struct {
    store base;
    pthread_mutex_t lock; /* guards objects; content is copied out under it */
    object *objects;
    size_t count, room;
} memory_store;

static memory_store *of(store *s)
{
    return container_of(s, memory_store, base);
}

static object *find(memory_store *m, const char *path)
{
    for (size_t i = 0; i < m->count; i++)
        if (!strcmp(m->objects[i].path, path))
            return &m->objects[i];
    return NULL;
}

static cx_code read_locked(cx *c, memory_store *m, const char *path, int64_t offset, int64_t length,
                           size_t most, buf *out)
{
    const object *o = find(m, path);
    if (!o)
        return cx_fail(c, CX_NOT_FOUND, "cannot read %s: there is no such object", path);
    const int64_t size = (int64_t)o->length;
    if (offset > size || (length >= 0 && length > size - offset))
        return cx_fail(c, CX_CORRUPT, "%s ends before byte %" PRId64, path,
                       offset + (length > 0 ? length : 0));
    const size_t want = (size_t)(length >= 0 ? length : size - offset);
    if (want > most)
        return cx_fail(c, CX_TOO_LARGE, "%s has %zu bytes; at most %zu are read", path, want, most);
    *out = BUF(most ? most : 1);
    buf_add(out, o->data + offset, want);
    return CX_OK;
}

static cx_code memory_read(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                           size_t most, buf *out)
{
    memory_store *m = of(s);
    pthread_mutex_lock(&m->lock);
    const cx_code rc = read_locked(c, m, path, offset, length, most, out);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

static cx_code memory_stat(cx *c, store *s, const char *path, store_entry *out)
{
    memory_store *m = of(s);
    pthread_mutex_lock(&m->lock);
    const object *o = find(m, path);
    if (o)
        *out = (store_entry){path, (int64_t)o->length, o->mtime_ms};
    pthread_mutex_unlock(&m->lock);
    return o ? CX_OK : cx_fail(c, CX_NOT_FOUND, "cannot find %s: there is no such object", path);
}

static cx_code memory_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                           void *self)
{
    memory_store *m = of(s);
    const size_t n = strlen(folder);
    bool there = false;
    AUTO_CLEAR(names) found = {0};
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->count; i++) {
        const object *o = &m->objects[i];
        if (strncmp(o->path, folder, n) != 0 || o->path[n] != '/')
            continue;
        there = true;
        const char *name = o->path + n + 1;
        if (!strchr(name, '/') && name[0] != '.' && (!from || strcmp(name, from) >= 0))
            names_add(&found, name, (int64_t)o->length, o->mtime_ms);
    }
    pthread_mutex_unlock(&m->lock);
    if (!there)
        return cx_fail(c, CX_NOT_FOUND, "cannot list %s: there is no such folder", folder);
    return names_visit(c, &found, v, self);
}

static void set(object *o, str data, int64_t now_ms)
{
    free(o->data);
    o->data = cx_malloc(data.length + 1);
    memcpy(o->data, data.data, data.length);
    o->data[data.length] = '\0';
    o->length = data.length;
    o->mtime_ms = now_ms;
}

static cx_code put(cx *c, store *s, const char *path, str data, bool replace)
{
    memory_store *m = of(s);
    pthread_mutex_lock(&m->lock);
    object *o = find(m, path);
    if (o && !replace) {
        pthread_mutex_unlock(&m->lock);
        return cx_fail(c, CX_EXISTS, "%s exists already", path);
    }
    if (!o) {
        if (m->count == m->room) {
            m->room = m->room ? m->room * 2 : 16;
            m->objects = cx_realloc(m->objects, m->room * sizeof *m->objects);
        }
        o = &m->objects[m->count++];
        *o = (object){.path = cx_heapdup(path)};
    }
    set(o, data, cx_now_ms(c));
    pthread_mutex_unlock(&m->lock);
    return CX_OK;
}

static cx_code memory_put_if_absent(cx *c, store *s, const char *path, str data)
{
    return put(c, s, path, data, false);
}

static cx_code memory_replace(cx *c, store *s, const char *path, str data)
{
    return put(c, s, path, data, true);
}

static cx_code memory_remove(cx *c, store *s, const char *path)
{
    (void)c;
    memory_store *m = of(s);
    pthread_mutex_lock(&m->lock);
    object *o = find(m, path);
    if (o) {
        free(o->path);
        free(o->data);
        *o = m->objects[--m->count];
    }
    pthread_mutex_unlock(&m->lock);
    return CX_OK;
}

static void memory_free(store *s)
{
    memory_store *m = of(s);
    for (size_t i = 0; i < m->count; i++) {
        free(m->objects[i].path);
        free(m->objects[i].data);
    }
    free(m->objects);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static const store_ops memory_ops = {
    .name = "memory",
    .read = memory_read,
    .stat = memory_stat,
    .list = memory_list,
    .put_if_absent = memory_put_if_absent,
    .replace = memory_replace,
    .remove = memory_remove,
    .free = memory_free,
};

store *store_memory_new(void)
{
    memory_store *m = cx_calloc(1, sizeof *m);
    pthread_mutex_init(&m->lock, NULL);
    m->base = (store){&memory_ops, "memory:"};
    return &m->base;
}
