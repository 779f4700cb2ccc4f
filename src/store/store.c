/* What all stores share: a path names something below the root, and nothing else. */
#include "store/store.h"

#include "store/store_int.h"

bool store_path_ok(const char *path)
{
    if (*path == '/' || !*path)
        return false;
    for (const char *p = path; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL) {
        const size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
    }
    return true;
}

static cx_code check(cx *c, const store *s, const char *path)
{
    if (store_path_ok(path))
        return CX_OK;
    return cx_fail(c, CX_INVALID, "\"%s\" does not name a file below %s", path, s->root);
}

cx_code store_read(cx *c, store *s, const char *path, size_t most, buf *out)
{
    TRY(check(c, s, path));
    return s->ops->read(c, s, path, 0, -1, most, out);
}

cx_code store_read_range(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                         buf *out)
{
    TRY(check(c, s, path));
    if (offset < 0 || length < 0)
        return cx_fail(c, CX_CORRUPT, "a range of %s is negative", path);
    return s->ops->read(c, s, path, offset, length, (size_t)length, out);
}

cx_code store_stat(cx *c, store *s, const char *path, store_entry *out)
{
    TRY(check(c, s, path));
    return s->ops->stat(c, s, path, out);
}

cx_code store_list(cx *c, store *s, const char *folder, const char *from, store_visit v, void *self)
{
    TRY(check(c, s, folder));
    return s->ops->list(c, s, folder, from, v, self);
}

cx_code store_put_if_absent(cx *c, store *s, const char *path, str data)
{
    TRY(check(c, s, path));
    return s->ops->put_if_absent(c, s, path, data);
}

cx_code store_put_hint(cx *c, store *s, const char *path, str data)
{
    TRY(check(c, s, path));
    return (s->ops->put_hint ? s->ops->put_hint : s->ops->put_if_absent)(c, s, path, data);
}

cx_code store_replace(cx *c, store *s, const char *path, str data)
{
    TRY(check(c, s, path));
    return s->ops->replace(c, s, path, data);
}

cx_code store_remove(cx *c, store *s, const char *path)
{
    TRY(check(c, s, path));
    return s->ops->remove(c, s, path);
}

void store_free(store *s)
{
    if (s)
        s->ops->free(s);
}

/* ---- a list of names, sorted ------------------------------------------------ */

void names_clear(names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i].path);
    free(n->items);
    *n = (names){0};
}

void names_add(names *n, const char *path, int64_t size, int64_t mtime_ms)
{
    if (n->count == n->room) {
        n->room = n->room ? n->room * 2 : 64;
        n->items = cx_realloc(n->items, n->room * sizeof *n->items);
    }
    n->items[n->count++] = (name_entry){cx_heapdup(path), size, mtime_ms};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const name_entry *)a)->path, ((const name_entry *)b)->path);
}

cx_code names_visit(cx *c, names *n, store_visit v, void *self)
{
    if (n->count)
        qsort(n->items, n->count, sizeof *n->items, by_path);
    for (size_t i = 0; i < n->count; i++) {
        const name_entry *e = &n->items[i];
        const store_entry shown = {e->path, e->size, e->mtime_ms};
        TRY(v(c, self, &shown));
    }
    return CX_OK;
}
