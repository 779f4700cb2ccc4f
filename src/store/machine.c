/* A note is a file of the journal: path, newline, what was written. It is made before the write,
 * so that none is missed, and counts at a power cut only when the path still has just this content:
 * a writer that lost a race, and was killed before it took its note back, wrote nothing. */
#include "store/machine.h"

#include "base/fs.h"
#include "base/hash.h"

#include <unistd.h>

typedef struct {
    store base;
    store *next;   /* owned */
    char *journal; /* owned */
    int64_t window_us;
} machine;

static machine *of(const store *s)
{
    return container_of(s, machine, base);
}

static cx_code machine_read(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                            size_t most, buf *out)
{
    return of(s)->next->ops->read(c, of(s)->next, path, offset, length, most, out);
}

static cx_code machine_stat(cx *c, store *s, const char *path, store_entry *out)
{
    return of(s)->next->ops->stat(c, of(s)->next, path, out);
}

static cx_code machine_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                            void *self)
{
    return of(s)->next->ops->list(c, of(s)->next, folder, from, v, self);
}

static cx_code machine_remove(cx *c, store *s, const char *path)
{
    return of(s)->next->ops->remove(c, of(s)->next, path);
}

static cx_code machine_replace(cx *c, store *s, const char *path, str data)
{
    return of(s)->next->ops->replace(c, of(s)->next, path, data);
}

/* ---- notes ------------------------------------------------------------------- */

/* Written elsewhere first: who lists the journal sees whole notes. No sync: a kill of the process
 * loses nothing, and this machine's power never goes. */
static cx_code note_write(cx *c, const machine *m, const char *path, str data, const char **out)
{
    char id[33];
    hex_random(id, 32);
    const char *temp = cx_fmt(c, "%s/.%s", m->journal, id);
    const char *note = cx_fmt(c, "%s/%s", m->journal, id);
    FILE *f = fopen(temp, "we");
    if (!f)
        return cx_fail(c, CX_IO, "cannot note %s", temp);
    fprintf(f, "%s\n", path);
    fwrite(data.data, 1, data.length, f);
    if (fclose(f) != 0 || rename(temp, note) != 0)
        return cx_fail(c, CX_IO, "cannot note %s", note);
    *out = note;
    return CX_OK;
}

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

typedef struct {
    const machine *m;
    const char *path; /* of the write that syncs its folder */
} sync_job;

/* Takes the note back when its write is there: the folder's sync keeps it. */
static cx_code sync_note(cx *c, void *self, const char *name, int64_t size, int64_t mtime_ms)
{
    const sync_job *job = self;
    AUTO_CLEAR(buf) text = {0};
    store_entry e;
    (void)size, (void)mtime_ms;
    const char *note = cx_fmt(c, "%s/%s", job->m->journal, name);
    if (name[0] == '.' || fs_read(c, note, BUF_ANY, &text) != CX_OK) {
        cx_forgive(c); /* its writer took it back */
        return CX_OK;
    }
    const char *path = cx_dupn(c, text.data, strcspn(text.data, "\n"));
    const size_t n = folder_length(job->path);
    if (folder_length(path) != n || strncmp(path, job->path, n) != 0)
        return CX_OK;
    if (store_stat(c, job->m->next, path, &e) == CX_OK)
        (void)unlink(note);
    cx_forgive(c);
    return CX_OK;
}

static cx_code machine_put_if_absent(cx *c, store *s, const char *path, str data)
{
    const machine *m = of(s);
    const char *note = NULL;
    TRY(note_write(c, m, path, data, &note));
    const cx_code rc = m->next->ops->put_if_absent(c, m->next, path, data);
    if (rc != CX_OK) {
        (void)unlink(note);
        return rc;
    }
    if (m->window_us)
        usleep((useconds_t)(cx_random(c) % (uint64_t)m->window_us));
    sync_job job = {m, path};
    return fs_walk(c, m->journal, sync_note, &job);
}

static void machine_free(store *s)
{
    machine *m = of(s);
    store_free(m->next);
    free(m->journal);
    free(m);
}

static const store_ops machine_ops = {
    .name = "machine",
    .read = machine_read,
    .stat = machine_stat,
    .list = machine_list,
    .put_if_absent = machine_put_if_absent,
    .replace = machine_replace,
    .remove = machine_remove,
    .free = machine_free,
};

store *machine_store_new(store *take_next, const char *journal, int64_t window_us)
{
    machine *m = cx_calloc(1, sizeof *m);
    m->next = take_next;
    m->journal = cx_heapdup(journal);
    m->window_us = window_us;
    m->base = (store){&machine_ops, take_next->root};
    return &m->base;
}

/* ---- the power goes ------------------------------------------------------------ */

typedef struct {
    store *next;
    const char *journal;
    int64_t lost;
} cut_job;

static cx_code cut_note(cx *c, void *self, const char *name, int64_t size, int64_t mtime_ms)
{
    cut_job *job = self;
    AUTO_CLEAR(buf) text = {0};
    AUTO_CLEAR(buf) there = {0};
    (void)size, (void)mtime_ms;
    const char *note = cx_fmt(c, "%s/%s", job->journal, name);
    if (name[0] != '.') {
        TRY(fs_read(c, note, BUF_ANY, &text));
        const size_t head = strcspn(text.data, "\n");
        const char *path = cx_dupn(c, text.data, head);
        if (store_read(c, job->next, path, BUF_ANY, &there) == CX_OK &&
            there.length == text.length - head - 1 &&
            memcmp(buf_text(&there), text.data + head + 1, there.length) == 0) {
            TRY(store_remove(c, job->next, path));
            job->lost++;
        }
        cx_forgive(c);
    }
    (void)unlink(note);
    return CX_OK;
}

cx_code machine_power_cut(cx *c, store *next, const char *journal, int64_t *out_lost)
{
    cut_job job = {next, journal, 0};
    TRY(fs_walk(c, journal, cut_note, &job));
    *out_lost = job.lost;
    return CX_OK;
}
