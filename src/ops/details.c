#include "ops/details.h"

#include <pthread.h>

#include "base/pool.h"
#include "sql/quote.h"

enum { SIDE_BY_SIDE = 8 };

typedef struct {
    cx *c; /* the caller's; under the lock */
    workspace *w;
    const char *catalog;
    table_detail *items;
    size_t n, done;
    pthread_mutex_t lock;
} asking;

static bool of_the_table(cx_code rc)
{
    return rc != CX_CANCELLED && rc != CX_TIMEOUT && rc != CX_UNAVAILABLE &&
           rc != CX_UNAUTHENTICATED && rc != CX_LIMITED;
}

static cx_code ask(cx *c, void *self, size_t i)
{
    asking *a = self;
    table_detail *t = &a->items[i];
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "DESCRIBE DETAIL ");
    sql_add_name3(&b, a->catalog, t->table->schema, t->table->name);
    AUTO_FREE char *sql = buf_steal(&b);
    AUTO(sql_result) r = NULL;
    const cx_code rc = workspace_sql(c, a->w, sql, &r);
    if (rc != CX_OK && !of_the_table(rc))
        return rc;
    pthread_mutex_lock(&a->lock);
    if (rc == CX_OK && sql_rows(r) > 0) {
        t->bytes = sql_int(r, 0, "sizeInBytes", -1);
        t->files = sql_int(r, 0, "numFiles", -1);
    } else if (rc != CX_OK) {
        t->error = cx_dup(a->c, c->error.message);
    }
    const size_t done = ++a->done;
    pthread_mutex_unlock(&a->lock);
    cx_forgive(c);
    cx_progress(c, "sizes", (int64_t)done, (int64_t)a->n, t->table->name);
    return CX_OK;
}

cx_code details_load(cx *c, workspace *w, const char *catalog, table_detail *items, size_t n)
{
    asking a = {.c = c, .w = w, .catalog = catalog, .items = items, .n = n};
    for (size_t i = 0; i < n; i++)
        items[i].bytes = items[i].files = -1, items[i].error = NULL;
    pthread_mutex_init(&a.lock, NULL);
    const cx_code rc = pool_run(c, n, SIDE_BY_SIDE, true, ask, &a);
    pthread_mutex_destroy(&a.lock);
    return rc;
}

const char *details_size_text(cx *c, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    double v = (double)bytes;
    int u = 0;
    for (; v >= 1024 && u < 5; u++)
        v /= 1024;
    return cx_fmt(c, u ? "%.2f %s" : "%.0f %s", v, units[u]);
}
