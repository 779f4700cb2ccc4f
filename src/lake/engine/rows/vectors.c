/* Touched rows as deletion vectors.
 *
 * Places come from DuckDB sorted by file and row, so only the rows of files whose vectors are not
 * written yet are in memory: HELD of them at most, and those of one file. A file's new vector has
 * the rows of its old one; a file that has no row left goes. */
#include "lake/engine/rows/dml.h"

enum { HELD = 8 << 20 };

typedef struct {
    eng_dml *d;
    json *actions;
    size_t at;      /* in d->files: whose rows are being taken */
    uint64_t *rows; /* of it; owned */
    size_t count, capacity;
    struct {
        size_t file;
        int64_t records;
        uint64_t *rows; /* owned */
        size_t count;
    } * ready; /* owned; files that wait to be written together */
    size_t ready_count, ready_capacity, held;
} vectors;

static void vectors_clear(vectors *v)
{
    for (size_t i = 0; i < v->ready_count; i++)
        free(v->ready[i].rows);
    free(v->ready);
    free(v->rows);
}

static const delta_file *file_at(const vectors *v, size_t file)
{
    return delta_file_at(v->d->t->snapshot, file);
}

static void count_vector(vectors *v, const delta_file *f)
{
    v->d->done.vectors_added++;
    if (f->dv) {
        v->d->done.vectors_removed++;
        v->d->done.vectors_updated++;
    }
}

static cx_code write_ready(cx *c, vectors *v)
{
    const size_t n = v->ready_count;
    delta_rows *rows = cx_array(c, delta_rows, n + 1);
    delta_dv *written = cx_array(c, delta_dv, n + 1);
    if (n == 0)
        return CX_OK;
    for (size_t i = 0; i < n; i++)
        rows[i] = (delta_rows){v->ready[i].rows, v->ready[i].count};
    TRY(delta_dv_write(c, v->d->t->table, rows, n, written));
    for (size_t i = 0; i < n; i++) {
        const delta_file *f = file_at(v, v->ready[i].file);
        TRY(delta_dv_actions(c, f, &written[i], v->ready[i].records, v->actions));
        count_vector(v, f);
        free(v->ready[i].rows);
        v->ready[i].rows = NULL;
    }
    v->ready_count = v->held = 0;
    return CX_OK;
}

/* a and b rise and have no row in common but by a defect; the result rises. */
static uint64_t *merged(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, size_t *out_n)
{
    uint64_t *all = cx_malloc((na + nb + 1) * sizeof *all);
    size_t i = 0, k = 0, n = 0;
    while (i < na || k < nb) {
        const uint64_t next = k == nb || (i < na && a[i] <= b[k]) ? a[i] : b[k];
        i += i < na && a[i] == next;
        k += k < nb && b[k] == next;
        all[n++] = next;
    }
    *out_n = n;
    return all;
}

static void make_ready(vectors *v, uint64_t *take_rows, size_t n)
{
    if (v->ready_count == v->ready_capacity) {
        v->ready_capacity = 2 * v->ready_capacity + 16;
        v->ready = cx_realloc(v->ready, v->ready_capacity * sizeof *v->ready);
    }
    v->ready[v->ready_count].file = v->d->files[v->at].file;
    v->ready[v->ready_count].records = v->d->files[v->at].records;
    v->ready[v->ready_count].rows = take_rows;
    v->ready[v->ready_count++].count = n;
    v->held += n;
}

static cx_code finish_file(cx *c, vectors *v)
{
    AUTO_FREE uint64_t *old = NULL;
    size_t old_n = 0, n = 0;
    const dml_file *file = &v->d->files[v->at];
    TRY(delta_dv_rows(c, v->d->t->snapshot, file_at(v, file->file), &old, &old_n));
    AUTO_FREE uint64_t *all = merged(old, old_n, v->rows, v->count, &n);
    if ((int64_t)n >= file->records)
        TRY(dml_remove_file(c, v->d, file->file, v->actions));
    else
        make_ready(v, STEAL(all), n);
    v->count = 0;
    v->at++;
    return v->held >= HELD ? write_ready(c, v) : CX_OK;
}

static cx_code take_place(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    vectors *v = self;
    (void)lengths;
    if ((size_t)strtoull(values[0], NULL, 10) != v->d->files[v->at].file)
        TRY(finish_file(c, v));
    if (v->count == v->capacity) {
        v->capacity = 2 * v->capacity + 1024;
        v->rows = cx_realloc(v->rows, v->capacity * sizeof *v->rows);
    }
    v->rows[v->count++] = strtoull(values[1], NULL, 10);
    return CX_OK;
}

cx_code dml_apply_vectors(cx *c, eng_dml *d, json *actions)
{
    AUTO_CLEAR(vectors) v = {.d = d, .actions = actions};
    TRY(dml_each(c, d,
                 cx_fmt(c, "SELECT f, w FROM %s WHERE f IS NOT NULL ORDER BY f, w", d->touched),
                 take_place, &v));
    if (v.count)
        TRY(finish_file(c, &v));
    return write_ready(c, &v);
}
