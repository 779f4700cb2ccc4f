/* From touched rows to actions: deletion vectors or files written again, files of new images,
 * change files. */
#include "lake/engine/rows/dml.h"

cx_code dml_exec(cx *c, const eng_dml *d, buf *sql)
{
    AUTO(duck_result) result = NULL;
    const cx_code rc = eng_run_duck(c, d->r, buf_text(sql), &result);
    buf_clear(sql);
    return rc;
}

cx_code dml_each(cx *c, const eng_dml *d, const char *sql, duck_row row, void *self)
{
    AUTO(duck_result) result = NULL;
    TRY(eng_run_duck(c, d->r, sql, &result));
    return duck_each(c, result, row, self);
}

static cx_code take_number(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    (void)c, (void)lengths;
    *(int64_t *)self = v[0] ? strtoll(v[0], NULL, 10) : 0;
    return CX_OK;
}

/* Other writers may leave the statistics out: then the file itself is asked. */
cx_code dml_records(cx *c, const eng_dml *d, const delta_file *f, int64_t *out)
{
    char *path = NULL;
    buf sql = BUF(BUF_ANY);
    *out = delta_file_records(f);
    if (*out >= 0)
        return CX_OK;
    TRY(delta_file_path(c, d->t->snapshot, f, &path));
    buf_adds(&sql, "SELECT count(*) FROM read_parquet([");
    eng_add_file_literal(c, &sql, path);
    buf_adds(&sql, "], hive_partitioning=false)");
    const cx_code rc = dml_each(c, d, buf_text(&sql), take_number, out);
    buf_clear(&sql);
    return rc;
}

cx_code dml_remove_file(cx *c, eng_dml *d, size_t file, json *actions)
{
    const delta_file *f = delta_file_at(d->t->snapshot, file);
    d->done.removed_files++;
    d->done.removed_bytes += f->size_bytes;
    d->done.vectors_removed += f->dv ? 1 : 0;
    return eng_remove_actions(c, d->t->snapshot, file, actions);
}

bool dml_wants_rows(const eng_dml *d)
{
    for (size_t i = 0; d->feed && i < delta_file_count(d->t->snapshot); i++)
        if (delta_file_at(d->t->snapshot, i)->dv)
            return true;
    return false;
}

cx_code dml_apply_all(cx *c, eng_dml *d, json *actions)
{
    for (size_t i = 0; i < delta_file_count(d->t->snapshot); i++) {
        const delta_file *f = delta_file_at(d->t->snapshot, i);
        int64_t records;
        TRY(dml_records(c, d, f, &records));
        d->done.deleted += records - (f->dv ? f->dv->cardinality : 0);
        TRY(dml_remove_file(c, d, i, actions));
    }
    return CX_OK;
}

/* ---- what there is to do -------------------------------------------------------------- */

static cx_code take_count(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    eng_dml *d = self;
    const int64_t action = strtoll(v[0], NULL, 10), why = strtoll(v[1], NULL, 10);
    (void)c, (void)lengths;
    if (action >= DML_DELETE && action <= DML_INSERT && why >= 0 && why < 3)
        d->counts[action][why] = strtoll(v[2], NULL, 10);
    return CX_OK;
}

static cx_code count_rows(cx *c, eng_dml *d)
{
    int64_t *const sums[] = {NULL, &d->done.deleted, &d->done.updated, &d->done.inserted};
    TRY(dml_each(c, d, cx_fmt(c, "SELECT a, why, count(*) FROM %s GROUP BY 1, 2", d->touched),
                 take_count, d));
    for (int action = DML_DELETE; action <= DML_INSERT; action++)
        for (int why = 0; why < 3; why++)
            *sums[action] += d->counts[action][why];
    return CX_OK;
}

typedef struct {
    dml_file *files; /* arena */
    size_t count, capacity;
} file_list;

static cx_code take_file(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    file_list *l = self;
    (void)lengths;
    if (l->count == l->capacity) {
        dml_file *more = cx_array(c, dml_file, 2 * l->capacity + 16);
        if (l->count)
            memcpy(more, l->files, l->count * sizeof *more);
        l->files = more;
        l->capacity = 2 * l->capacity + 16;
    }
    l->files[l->count++] =
        (dml_file){.file = (size_t)strtoull(v[0], NULL, 10), .touched = strtoll(v[1], NULL, 10)};
    return CX_OK;
}

static cx_code list_files(cx *c, eng_dml *d)
{
    file_list l = {0};
    TRY(dml_each(c, d,
                 cx_fmt(c, "SELECT f, count(*) FROM %s WHERE f IS NOT NULL GROUP BY 1 ORDER BY 1",
                        d->touched),
                 take_file, &l));
    for (size_t i = 0; i < l.count; i++) {
        const delta_file *f = delta_file_at(d->t->snapshot, l.files[i].file);
        TRY(dml_records(c, d, f, &l.files[i].records));
        l.files[i].live = l.files[i].records - (f->dv ? f->dv->cardinality : 0);
    }
    d->files = l.files;
    d->file_count = l.count;
    return CX_OK;
}

/* ---- selects over the touched rows ------------------------------------------------------ */

static void add_images(const eng_dml *d, char prefix, buf *sql)
{
    for (size_t i = 0; i < d->count; i++)
        buf_addf(sql, "%s%c%zu", i ? ", " : "", prefix, i);
}

static void add_new_images(const eng_dml *d, buf *sql)
{
    buf_adds(sql, "SELECT ");
    add_images(d, 'n', sql);
    buf_adds(sql, d->row_ids ? ", id, CAST(NULL AS BIGINT)" : "");
    buf_addf(sql, " FROM %s WHERE a IN (%d, %d)", d->touched, DML_UPDATE, DML_INSERT);
}

cx_code dml_add_null(cx *c, const json *field, buf *sql)
{
    buf_adds(sql, "CAST(NULL AS ");
    TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
    buf_addc(sql, ')');
    return CX_OK;
}

/* Rows of the touched files that stay as they are. */
static cx_code add_copies(cx *c, const eng_dml *d, const char *relation, buf *sql)
{
    const json *field;
    size_t i;
    buf_adds(sql, "SELECT ");
    json_array_foreach (d->fields, i, field) {
        buf_adds(sql, i ? ", " : "");
        if (i < d->there) {
            buf_adds(sql, "p.");
            duck_add_ident(sql, json_get_str(field, "name", ""));
        } else {
            TRY(dml_add_null(c, field, sql));
        }
    }
    buf_adds(sql, d->row_ids ? ", p." ENG_ROW_ID ", p." ENG_ROW_VERSION : "");
    buf_addf(sql, " FROM %s AS p ANTI JOIN %s AS x ON p." ENG_FILE " = x.f AND p." ENG_ROW " = x.w",
             relation, d->touched);
    return CX_OK;
}

/* ---- the files ---------------------------------------------------------------------------- */

static cx_code write_rows(cx *c, eng_dml *d, const char *select, bool changes, json *actions,
                          eng_written *written)
{
    const eng_rows rows = {.select = select,
                           .row_ids = d->row_ids && !changes,
                           .changes = changes,
                           .compute = d->compute};
    return eng_write(c, d->r, &d->shape, &rows, actions, written);
}

static void count_written(eng_dml *d, const eng_written *written)
{
    d->done.added_files += written->files;
    d->done.added_bytes += written->bytes;
}

static cx_code with_vectors(cx *c, eng_dml *d, json *actions)
{
    eng_written written = {0};
    buf sql = BUF(BUF_ANY);
    TRY(dml_apply_vectors(c, d, actions));
    if (d->done.updated + d->done.inserted == 0)
        return CX_OK;
    add_new_images(d, &sql);
    const cx_code rc = write_rows(c, d, buf_text(&sql), false, actions, &written);
    buf_clear(&sql);
    count_written(d, &written);
    return rc;
}

/* The touched files go; those that keep a row are read again. */
static cx_code add_all_copies(cx *c, eng_dml *d, json *actions, buf *sql)
{
    size_t *kept = cx_array(c, size_t, d->file_count + 1), n = 0;
    const char *relation;
    for (size_t i = 0; i < d->file_count; i++) {
        TRY(dml_remove_file(c, d, d->files[i].file, actions));
        if (d->files[i].touched < d->files[i].live)
            kept[n++] = d->files[i].file;
    }
    if (n == 0)
        return CX_OK;
    TRY(eng_relation_new(c, d->r, "the touched files", d->t->shown, &relation));
    TRY(eng_scan_files(c, d->r, d->t->snapshot, relation, kept, n));
    return add_copies(c, d, relation, sql);
}

static cx_code with_copies(cx *c, eng_dml *d, json *actions)
{
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    eng_written written = {0};
    TRY(add_all_copies(c, d, actions, &sql));
    if (d->done.updated + d->done.inserted > 0) {
        buf_adds(&sql, sql.length ? " UNION ALL " : "");
        add_new_images(d, &sql);
    }
    if (sql.length)
        TRY(write_rows(c, d, buf_text(&sql), false, actions, &written));
    count_written(d, &written);
    d->done.copied = written.rows - d->done.updated - d->done.inserted;
    return CX_OK;
}

/* ---- the change feed ------------------------------------------------------------------------ */

static void add_changes(const eng_dml *d, char prefix, int action, const char *type, buf *sql)
{
    buf_adds(sql, sql->length ? " UNION ALL SELECT " : "SELECT ");
    add_images(d, prefix, sql);
    buf_addf(sql, ", '%s' FROM %s WHERE a = %d", type, d->touched, action);
}

/* Files that come or go as a whole tell their rows themselves; all else needs change files, which
 * then must tell of every row of the commit. A file that goes with a deletion vector would do, too,
 * but not every reader looks into that. spec: delta "Add CDC File" */
static bool needs_changes(const eng_dml *d)
{
    const bool parted =
        d->done.copied > 0 || d->done.vectors_added > 0 || d->done.vectors_removed > 0;
    return d->feed && (d->done.updated > 0 || (d->done.deleted > 0 && parted));
}

static cx_code write_changes(cx *c, eng_dml *d, json *actions)
{
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    eng_written written = {0};
    if (d->done.deleted)
        add_changes(d, 'o', DML_DELETE, "delete", &sql);
    if (d->done.updated) {
        add_changes(d, 'o', DML_UPDATE, "update_preimage", &sql);
        add_changes(d, 'n', DML_UPDATE, "update_postimage", &sql);
    }
    if (d->done.inserted)
        add_changes(d, 'n', DML_INSERT, "insert", &sql);
    TRY(write_rows(c, d, buf_text(&sql), true, actions, &written));
    d->done.change_files += written.files;
    return CX_OK;
}

cx_code dml_apply(cx *c, eng_dml *d, json *actions)
{
    const int64_t begin_ms = cx_now_ms(c);
    d->done.scan_ms = begin_ms - d->began_ms;
    TRY(count_rows(c, d));
    if (d->done.deleted + d->done.updated + d->done.inserted == 0)
        return CX_OK;
    TRY(list_files(c, d));
    TRY(d->vectors ? with_vectors(c, d, actions) : with_copies(c, d, actions));
    if (needs_changes(d))
        TRY(write_changes(c, d, actions));
    d->done.rewrite_ms = cx_now_ms(c) - begin_ms;
    return CX_OK;
}

/* ---- the commit ------------------------------------------------------------------------------ */

static cx_code write_and_commit(cx *c, eng_dml *d, const dml_commit *how)
{
    AUTO(json) actions = json_array();
    int64_t version;
    TRY(how->actions(c, d, actions));
    if (json_array_size(actions) == 0)
        return CX_OK;
    if (d->done.inserted)
        TRY(eng_identity_actions(c, d->r, d->t->snapshot, actions));
    AUTO(json) metrics = how->metrics(c, d);
    delta_reads reads;
    const delta_reads *read = NULL;
    TRY(dml_reads(c, d, &reads, &read));
    const delta_commit what = {.operation = how->operation,
                               .parameters = how->parameters,
                               .metrics = metrics,
                               .user_name = d->r->s->principal,
                               .read_version = delta_version(d->t->snapshot),
                               .row_ids_kept = d->row_ids,
                               .reads = read,
                               .actions = actions};
    return delta_commit_write(c, d->t->table, &what, &version);
}

/* Nothing matched is no commit, as Delta Spark has it. */
cx_code dml_write(cx *c, eng_dml *d, const dml_commit *how)
{
    eng_note note;
    TRY(eng_note_begin(c, d->r, delta_root(d->t->table), &note));
    delta_mark(d->t->table, d->r->mark);
    return eng_note_end(c, d->r, d->t->table, &note, write_and_commit(c, d, how));
}
