#include "base/pool.h"

#include <pthread.h>

typedef struct {
    cx *parent; /* read-only while threads run, but for `error`, under lock */
    pool_job job;
    void *self;
    size_t n;
    bool stop;
    atomic_size_t next;
    atomic_bool failed;
    pthread_mutex_t lock; /* guards the three below */
    size_t first;
    cx_code code;
    cx error_holder; /* its arena holds the first error's strings */
} pool;

static void note_failure(pool *p, const cx *child, cx_code code, size_t i)
{
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->failed, true);
    if (p->code == CX_OK || i < p->first) {
        p->code = code;
        p->first = i;
        (void)cx_adopt(&p->error_holder, child);
    }
    pthread_mutex_unlock(&p->lock);
}

static void *work(void *arg)
{
    pool *p = arg;
    for (;;) {
        const size_t i = atomic_fetch_add(&p->next, 1);
        if (i >= p->n || (p->stop && atomic_load(&p->failed)))
            return NULL;
        cx child;
        cx_child(&child, p->parent);
        cx_code rc = cx_alive(&child);
        if (rc == CX_OK)
            rc = p->job(&child, p->self, i);
        if (rc != CX_OK)
            note_failure(p, &child, rc, i);
        cx_clear(&child);
    }
}

cx_code pool_run(cx *c, size_t n, int threads, bool stop, pool_job job, void *self)
{
    if (n == 0)
        return CX_OK;
    if (threads < 1)
        threads = 1;
    if ((size_t)threads > n)
        threads = (int)n;
    pool p = {.parent = c, .job = job, .self = self, .n = n, .stop = stop};
    pthread_mutex_init(&p.lock, NULL);
    cx_child(&p.error_holder, c);
    AUTO_FREE pthread_t *ids = cx_calloc((size_t)threads, sizeof *ids);
    int started = 0;
    for (; started < threads - 1; started++)
        if (pthread_create(&ids[started], NULL, work, &p) != 0)
            break; /* fewer threads, same work */
    work(&p);
    for (int i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    if (p.code != CX_OK)
        (void)cx_adopt(c, &p.error_holder);
    cx_clear(&p.error_holder);
    pthread_mutex_destroy(&p.lock);
    return p.code;
}
