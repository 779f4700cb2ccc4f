/* Opening and closing the metastore, and what is known once it is open. */
#include "base/fs.h"
#include "base/hash.h"
#include "lake/metastore/meta_int.h"

#include <errno.h>
#include <sys/stat.h>

static cx_code prepare(cx *c, meta *m)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_migrate(c, m, d));
    TRY(meta_first_objects(c, m, d));
    return db_commit(c, d);
}

/* Work that a dead process recorded and whose folder is gone needs nobody any more. */
static cx_code forget_removed(cx *c, meta *m)
{
    meta_pending *dead = NULL;
    size_t n = 0;
    TRY(meta_pending_dead(c, m, &dead, &n));
    for (size_t i = 0; i < n; i++)
        if (!dead[i].owned_by_table && !fs_exists(dead[i].location))
            TRY(meta_pending_end(c, m, dead[i].id));
    return CX_OK;
}

static cx_code open_at(cx *c, meta *m, const char *root)
{
    char *absolute = NULL;
    TRY(fs_mkdirs(c, root));
    TRY(fs_absolute(c, root, &absolute));
    if (chmod(absolute, 0700) != 0)
        return cx_fail_errno(c, errno, "making %s private", absolute);
    m->root = cx_heapdup(absolute);
    m->path = cx_heapdup(fs_join(c, absolute, "metastore.db"));
    /* Turning on WAL and migrating want the file to themselves; SQLite does not wait for the
     * former. */
    AUTO(fs_lock) lock = NULL;
    TRY(fs_lock_take(c, fs_join(c, absolute, "metastore.lock"), META_BUSY_MS, &lock));
    TRY(meta_presence_take(c, m));
    TRY(prepare(c, m));
    return forget_removed(c, m);
}

cx_code meta_open(cx *c, const char *lake_root, meta **out)
{
    AUTO(meta) m = cx_calloc(1, sizeof *m);
    pthread_mutex_init(&m->pool_lock, NULL);
    pthread_mutex_init(&m->write_lock, NULL);
    TRY_IN(c, open_at(c, m, lake_root), "opening the workspace folder %s", lake_root);
    *out = STEAL(m);
    return CX_OK;
}

void meta_free(meta *m)
{
    if (!m)
        return;
    db_close_all(m);
    meta_presence_drop(m);
    pthread_mutex_destroy(&m->pool_lock);
    pthread_mutex_destroy(&m->write_lock);
    free(m->root);
    free(m->path);
    free(m->id);
    free(m->owner);
    free(m->workspace);
    free(m->warehouse);
    free(m);
}

const char *meta_id(const meta *m)
{
    return m->id;
}
const char *meta_owner(const meta *m)
{
    return m->owner;
}
const char *meta_workspace_id(const meta *m)
{
    return m->workspace;
}
const char *meta_warehouse_id(const meta *m)
{
    return m->warehouse;
}

char *meta_new_location(cx *c, meta *m, meta_type t)
{
    char id[UUID_TEXT];
    uuid_random(id);
    return cx_fmt(c, "%s/%s/%s", m->root, t == META_VOLUME ? "volumes" : "tables", id);
}
