/* OPTIMIZE and REORG … APPLY (PURGE): the same rows in other files.
 *
 * A plan says which files are read and written together (plan.c). Each bin is one COPY; one commit
 * takes the old files out and puts the new ones in, with dataChange false: who reads changes sees
 * none, and who appends is not disturbed. Rows that deletion vectors deleted are left out, rows
 * keep their ids. Killed before the commit, the new files are named by nothing, and recovery
 * removes them by their mark (note.c). With nothing to do there is no commit. spec: delta sheet
 * §21, "Row Tracking" */
#include "lake/engine/upkeep/optimize.h"
#include "lake/engine/upkeep/upkeep.h"

#include "base/hash.h"
#include "lake/engine/ddl/schema.h"

enum { JOIN_MOST = 50, JOIN_BYTES = 512 << 20 }; /* partitions of one COPY: DuckDB opens so many */

/* ---- one bin --------------------------------------------------------------------------- */

static void add_select(const optimize *o, const char *relation, bool row_ids, buf *sql)
{
    const json *field;
    size_t i;
    buf_adds(sql, "SELECT ");
    json_array_foreach (json_get(o->shape.schema, "fields"), i, field) {
        buf_adds(sql, i ? ", " : "");
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    if (row_ids)
        buf_adds(sql, ", " ENG_ROW_ID ", " ENG_ROW_VERSION);
    buf_addf(sql, " FROM %s", relation);
}

/* Says of the adds from `first` on that they were ordered together. */
static void mark_adds(const optimize *o, size_t first)
{
    char cube[UUID_TEXT];
    uuid_random(cube);
    for (size_t i = first; i < json_array_size(o->actions); i++)
        json_object_set_new(json_get(json_array_get(o->actions, i), "add"), "tags",
                            json_pack("{s:s, s:s, s:s}", TAG_CUBE, cube, TAG_ORDER, o->columns_text,
                                      "ZCUBE_ZORDER_CURVE", "zorder"));
}

static cx_code write_bin(cx *c, optimize *o, const opt_bin *bin, const char *relation)
{
    eng_written written = {0};
    eng_rows rows = {.rearranged = true, .row_ids = eng_scan_has_row_ids(o->t->snapshot)};
    size_t *files = cx_array(c, size_t, bin->count);
    const size_t first = json_array_size(o->actions);
    const bool ordered = o->column_count && !o->purge;
    char *order = NULL;
    for (size_t i = 0; i < bin->count; i++)
        files[i] = bin->files[i]->index;
    if (ordered)
        TRY(opt_order(c, o, &order));
    rows.order_by = order;
    TRY(eng_scan_files(c, o->r, o->t->snapshot, relation, files, bin->count));
    buf sql = BUF(BUF_ANY);
    add_select(o, relation, rows.row_ids, &sql);
    rows.select = buf_text(&sql);
    const cx_code rc = eng_write(c, o->r, &o->shape, &rows, o->actions, &written);
    buf_clear(&sql);
    TRY(rc);
    if (ordered)
        mark_adds(o, first);
    return CX_OK;
}

static cx_code remove_bin(cx *c, const optimize *o, const opt_bin *bin)
{
    for (size_t i = 0; i < bin->count; i++) {
        TRY(eng_remove_actions(c, o->t->snapshot, bin->files[i]->index, o->actions));
        json *last = json_array_get(o->actions, json_array_size(o->actions) - 1);
        json_object_set_new(json_get(last, "remove"), "dataChange", json_false());
    }
    return CX_OK;
}

/* ---- the whole -------------------------------------------------------------------------- */

static cx_code commit(cx *c, optimize *o)
{
    AUTO(json) parameters = NULL;
    AUTO(json) metrics = NULL;
    int64_t version;
    size_t n = 0;
    const char **paths = cx_array(c, const char *, o->file_count + 1);
    for (size_t i = 0; i < o->bin_count; i++)
        for (size_t k = 0; k < o->bins[i].count; k++)
            paths[n++] = delta_file_at(o->t->snapshot, o->bins[i].files[k]->index)->path;
    const delta_reads reads = {.files = paths, .count = n};
    TRY(opt_history(c, o, &parameters, &metrics));
    const delta_commit what = {.operation = o->purge ? "REORG" : "OPTIMIZE",
                               .parameters = parameters,
                               .metrics = metrics,
                               .user_name = o->r->s->principal,
                               .read_version = delta_version(o->t->snapshot),
                               .actions = o->actions,
                               .reads = &reads,
                               .row_ids_kept = eng_scan_has_row_ids(o->t->snapshot)};
    return delta_commit_write(c, o->t->table, &what, &version);
}

/* Bins of different partitions are written by one COPY, which is quicker than one each: the writer
 * makes a file a partition. Returns how many bins from i on are in *out. */
static size_t join_bins(cx *c, const optimize *o, size_t i, opt_bin *out)
{
    size_t n = 1, count = o->bins[i].count;
    int64_t bytes = o->bins[i].bytes;
    *out = o->bins[i];
    while (!o->column_count && i + n < o->bin_count && n < JOIN_MOST &&
           strcmp(o->bins[i + n].files[0]->partition, o->bins[i + n - 1].files[0]->partition) !=
               0 &&
           bytes + o->bins[i + n].bytes <= JOIN_BYTES) {
        bytes += o->bins[i + n].bytes;
        count += o->bins[i + n++].count;
    }
    out->files = cx_array(c, const opt_file *, count);
    out->count = 0;
    out->bytes = bytes;
    for (size_t k = i; k < i + n; k++)
        for (size_t f = 0; f < o->bins[k].count; f++)
            out->files[out->count++] = o->bins[k].files[f];
    return n;
}

static cx_code rewrite(cx *c, optimize *o)
{
    const char *relation;
    TRY(eng_relation_new(c, o->r, "the optimized files", o->t->shown, &relation));
    for (size_t i = 0; i < o->bin_count; i++)
        TRY(remove_bin(c, o, &o->bins[i]));
    for (size_t i = 0, n; i < o->bin_count; i += n) {
        opt_bin bin;
        cx_progress(c, "optimize", (int64_t)i, (int64_t)o->bin_count, o->t->shown);
        TRY(cx_alive(c));
        n = join_bins(c, o, i, &bin);
        TRY(write_bin(c, o, &bin, relation));
    }
    return commit(c, o);
}

static cx_code run_plan(cx *c, optimize *o)
{
    eng_note note;
    TRY(opt_plan(c, o));
    if (o->bin_count) {
        TRY(eng_note_begin(c, o->r, delta_root(o->t->table), &note));
        TRY(eng_note_end(c, o->r, o->t->table, &note, rewrite(c, o)));
    }
    return opt_report(c, o);
}

/* ---- the statement ----------------------------------------------------------------------- */

/* What the files are ordered by: the clustering, or what the statement says. */
static cx_code choose_columns(cx *c, optimize *o)
{
    AUTO(json) clusters = eng_clustered_by(c, o->t->snapshot);
    const size_t n = json_array_size(clusters);
    o->clustered = clusters != NULL;
    if (o->clustered && o->q->zorder_count)
        return cx_fail_as(c, CX_INVALID, "DELTA_CLUSTERING_WITH_ZORDER_BY", "42613",
                          "OPTIMIZE command for Delta table with Liquid clustering cannot specify "
                          "ZORDER BY. Please remove ZORDER BY (%s).",
                          o->q->zorder_by[0]);
    if (o->q->what && !o->clustered)
        return cx_fail_as(c, CX_INVALID, "DELTA_OPTIMIZE_FULL_NOT_SUPPORTED", "42601",
                          "OPTIMIZE FULL is only supported for clustered tables with non-empty "
                          "clustering columns.");
    if (!n) {
        o->columns = o->q->zorder_by;
        o->column_count = o->q->zorder_count;
    } else {
        const char **columns = cx_array(c, const char *, n);
        for (size_t i = 0; i < n; i++)
            columns[i] = cx_dup(c, json_string_value(json_array_get(clusters, i)));
        o->columns = columns;
        o->column_count = n;
    }
    AUTO(json) list = json_array();
    for (size_t i = 0; i < o->column_count; i++)
        json_array_append_new(list, json_string(o->columns[i]));
    AUTO_FREE char *text = json_text(list);
    o->columns_text = cx_dup(c, text);
    return opt_check_columns(c, o);
}

cx_code eng_optimize(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(json) actions = json_array();
    optimize o = {.r = r,
                  .q = q,
                  .t = &t,
                  .purge = q->kind == SQL_REORG,
                  .actions = actions,
                  .began_ms = cx_now_ms(c)};
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    TRY(delta_check_writable(c, t.snapshot));
    eng_shape_of(c, t.snapshot, delta_root(t.table), &o.shape);
    o.target = eng_target_bytes(&o.shape);
    TRY(choose_columns(c, &o));
    return upkeep_shown(c, delta_root(t.table), t.shown, run_plan(c, &o));
}
