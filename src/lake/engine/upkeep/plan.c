/* Which files are read and written again, and which of them together.
 *
 * Compaction: small files, and those with many deleted rows, packed by partition into bins of the
 * target size; a bin of one file is worth it only when rows of it are deleted. Purging: each file
 * with a deletion vector or a column that was dropped. Ordering: all files of a partition together,
 * unless one earlier run put them all in that order, and nothing came since; of a clustered table,
 * what is in big cubes already stays. So a second run finds nothing to do. spec: delta sheet §21,
 * "Clustered Table" */
#include "lake/engine/upkeep/optimize.h"

#include "lake/engine/query/scan.h"
#include "sql/lex.h"

static const double most_deleted = 0.05; /* of a file's rows */
static const int64_t cube_bytes = INT64_C(100) << 30;

/* ---- WHERE --------------------------------------------------------------------------- */

static bool is_partition(const optimize *o, const char *name)
{
    for (size_t i = 0; i < o->shape.partition_count; i++)
        if (text_same_nocase(o->shape.partitions[i], name))
            return true;
    return false;
}

static const char *partition_list(cx *c, const optimize *o)
{
    const char *list = "";
    for (size_t i = 0; i < o->shape.partition_count; i++)
        list = cx_fmt(c, "%s%s%s", list, i ? ", " : "", o->shape.partitions[i]);
    return list;
}

/* The names in the condition that are columns, but do not say which partition. */
static cx_code check_where(cx *c, const optimize *o)
{
    const json *field;
    sql_tokens t;
    size_t k;
    TRY(sql_lex(c, o->q->where, &t));
    for (size_t i = 0; i < t.count; i++) {
        if ((t.at[i].kind != TOK_WORD && t.at[i].kind != TOK_QUOTED) ||
            sql_token_is(&t, i + 1, "("))
            continue;
        const char *name = sql_token_name(c, &t, i);
        json_array_foreach (json_get(o->shape.schema, "fields"), k, field)
            if (text_same_nocase(json_get_str(field, "name", ""), name) && !is_partition(o, name))
                return cx_fail_as(c, CX_INVALID, "DELTA_NON_PARTITION_COLUMN_REFERENCE", "42P10",
                                  "Predicate references non-partition column '%s'. Only the "
                                  "partition columns may be referenced: [%s].",
                                  name, partition_list(c, o));
    }
    return CX_OK;
}

static cx_code register_values(cx *c, const optimize *o, duck_conn *conn, const char *name)
{
    const delta_snapshot *s = o->t->snapshot;
    AUTO(json) rows = json_array();
    const size_t n = delta_partition_count(s) + 1;
    const char **columns = cx_array(c, const char *, n), **types = cx_array(c, const char *, n);
    for (size_t i = 0; i < n; i++) {
        columns[i] = i ? cx_fmt(c, "p%zu", i) : "i";
        types[i] = i ? "VARCHAR" : "BIGINT";
    }
    for (size_t i = 0; i < delta_file_count(s); i++) {
        AUTO(json) values = NULL;
        TRY(delta_file_partition_values(c, delta_file_at(s, i), &values));
        json *row = json_array();
        json_array_append_new(row, json_integer((json_int_t)i));
        eng_scan_partition_row(c, s, values, row);
        json_array_append_new(rows, row);
    }
    return duck_register_rows(c, conn, name, columns, types, n, rows);
}

/* "SELECT i FROM files WHERE condition", where the table's other columns are NULL. */
static cx_code add_question(cx *c, const optimize *o, const char *name, const char *where, buf *sql)
{
    const json *field;
    size_t i;
    bool any = false;
    buf_adds(sql, "SELECT " ENG_FILE " FROM (SELECT ");
    TRY(eng_scan_columns(c, o->t->snapshot, sql));
    buf_adds(sql, ", p.i AS " ENG_FILE " FROM (SELECT ");
    json_array_foreach (json_get(o->shape.schema, "fields"), i, field) {
        if (is_partition(o, json_get_str(field, "name", "")))
            continue;
        buf_adds(sql, any ? ", CAST(NULL AS " : "CAST(NULL AS ");
        any = true;
        TRY(eng_duck_type(c, json_get(field, "type"), true, sql));
        buf_addf(sql, ") AS c%zu", i);
    }
    buf_addf(sql, "%s) r, \"%s\" p) WHERE (%s)", any ? "" : "1", name, where);
    return CX_OK;
}

static cx_code take_index(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    (void)c, (void)lengths;
    if (v[0])
        json_object_set_new(self, v[0], json_true());
    return CX_OK;
}

cx_code opt_matching(cx *c, optimize *o, json **out)
{
    AUTO(duck_result) found = NULL;
    duck_conn *conn;
    char *where = NULL;
    const char *name = "__clxs_partitions";
    *out = NULL;
    if (!o->q->where)
        return CX_OK;
    if (o->clustered)
        return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_CLUSTERING_WITH_PARTITION_PREDICATE", "0A000",
                          "OPTIMIZE command for Delta table with Liquid clustering doesn't support "
                          "partition predicates. Please remove the predicates: %s.",
                          o->q->where);
    TRY(check_where(c, o));
    TRY(eng_conn(c, o->r, &conn));
    TRY(eng_expression(c, o->r, o->q->where, &where));
    TRY(eng_guard(c, o->r, cx_fmt(c, "SELECT %s", where)));
    TRY(register_values(c, o, conn, name));
    buf sql = BUF(BUF_ANY);
    cx_code rc = add_question(c, o, name, where, &sql);
    if (rc == CX_OK)
        rc = eng_run_duck(c, o->r, buf_text(&sql), &found);
    buf_clear(&sql);
    TRY(rc);
    *out = json_object();
    return duck_each(c, found, take_index, *out);
}

/* ---- the files ------------------------------------------------------------------------ */

static bool knows(const json *schema, const char *physical)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field)
        if (text_same_nocase(eng_physical_name(field), physical))
            return true;
    return false;
}

/* The statistics still speak of columns that the table has dropped. */
static cx_code has_dropped(cx *c, const optimize *o, const delta_file *f, bool *out)
{
    AUTO(json) stats = NULL;
    const char *name;
    json *unused;
    *out = false;
    TRY(delta_file_stats(c, f, &stats));
    json_object_foreach (json_get(stats, "nullCount"), name, unused)
        if (!knows(o->shape.schema, name))
            *out = true;
    return CX_OK;
}

static cx_code look_at(cx *c, const optimize *o, size_t i, opt_file *out)
{
    AUTO(json) values = NULL;
    AUTO(json) add = NULL;
    const delta_file *f = delta_file_at(o->t->snapshot, i);
    *out = (opt_file){.index = i, .bytes = f->size_bytes, .records = delta_file_records(f)};
    out->deleted_rows = f->dv ? f->dv->cardinality : 0;
    TRY(delta_file_partition_values(c, f, &values));
    AUTO_FREE char *text = json_canonical(values);
    out->partition = cx_dup(c, text);
    if (o->purge)
        TRY(has_dropped(c, o, f, &out->dropped));
    if (!o->column_count)
        return CX_OK;
    TRY(delta_file_add(c, f, &add));
    const json *tags = json_get(add, "tags");
    if (strcmp(json_get_str(tags, TAG_ORDER, ""), o->columns_text) == 0)
        out->cube = cx_dup(c, json_get_str(tags, TAG_CUBE, NULL));
    return CX_OK;
}

static cx_code look(cx *c, optimize *o)
{
    AUTO(json) matching = NULL;
    const size_t n = delta_file_count(o->t->snapshot);
    TRY(opt_matching(c, o, &matching));
    o->files = cx_array(c, opt_file, n + 1);
    for (size_t i = 0; i < n; i++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        if (matching && !json_object_get(matching, index))
            continue;
        if (i % 1024 == 0)
            TRY(cx_alive(c));
        TRY(look_at(c, o, i, &o->files[o->file_count++]));
    }
    return CX_OK;
}

/* By partition, then by size. */
static int by_partition(const void *a, const void *b)
{
    const opt_file *x = a, *y = b;
    const int order = strcmp(x->partition, y->partition);
    return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static bool much_deleted(const opt_file *f)
{
    return f->deleted_rows > 0 &&
           (f->records <= 0 || (double)f->deleted_rows > most_deleted * (double)f->records);
}

/* ---- bins ----------------------------------------------------------------------------- */

static void add_bin(cx *c, optimize *o, const opt_bin *bin)
{
    o->bins[o->bin_count] = *bin;
    o->bins[o->bin_count].files = cx_array(c, const opt_file *, bin->count);
    memcpy(o->bins[o->bin_count].files, bin->files, bin->count * sizeof *bin->files);
    const bool first = o->bin_count == 0 || strcmp(o->bins[o->bin_count - 1].files[0]->partition,
                                                   bin->files[0]->partition) != 0;
    o->partition_count += first;
    o->bin_count++;
}

static bool is_candidate(const optimize *o, const opt_file *f)
{
    if (o->purge)
        return f->deleted_rows > 0 || f->dropped;
    return f->bytes < o->target || much_deleted(f);
}

static bool is_worth(const optimize *o, const opt_bin *bin)
{
    return bin->count > 1 || (bin->count == 1 && (o->purge || much_deleted(bin->files[0])));
}

static void close_bin(cx *c, optimize *o, opt_bin *bin)
{
    if (is_worth(o, bin))
        add_bin(c, o, bin);
    bin->count = 0;
    bin->bytes = 0;
}

/* The files [from, to) are of one partition, small ones first. */
static void pack(cx *c, optimize *o, size_t from, size_t to)
{
    opt_bin bin = {.files = cx_array(c, const opt_file *, to - from)};
    for (size_t i = from; i < to; i++) {
        const opt_file *f = &o->files[i];
        if (!is_candidate(o, f))
            continue;
        if (bin.count && bin.bytes + f->bytes > o->target)
            close_bin(c, o, &bin);
        bin.files[bin.count++] = f;
        bin.bytes += f->bytes;
    }
    close_bin(c, o, &bin);
}

/* Bytes of a cube in [from, to); big ones of a clustered table are finished. */
static bool finished(const optimize *o, const char *cube, size_t from, size_t to)
{
    int64_t bytes = 0;
    if (!o->clustered || !cube)
        return false;
    for (size_t i = from; i < to; i++)
        if (o->files[i].cube && strcmp(o->files[i].cube, cube) == 0)
            bytes += o->files[i].bytes;
    return bytes >= cube_bytes;
}

static void order(cx *c, optimize *o, size_t from, size_t to)
{
    opt_bin bin = {.files = cx_array(c, const opt_file *, to - from)};
    bool one = true; /* all of it is one cube, with hardly a row deleted */
    for (size_t i = from; i < to; i++) {
        const opt_file *f = &o->files[i];
        if (finished(o, f->cube, from, to))
            continue;
        bin.files[bin.count++] = f;
        bin.bytes += f->bytes;
        one = one && f->cube && strcmp(f->cube, bin.files[0]->cube) == 0 && !much_deleted(f);
    }
    if (bin.count && !one)
        add_bin(c, o, &bin);
}

cx_code opt_plan(cx *c, optimize *o)
{
    TRY(look(c, o));
    qsort(o->files, o->file_count, sizeof *o->files, by_partition);
    o->bins = cx_array(c, opt_bin, o->file_count + 1);
    for (size_t from = 0, to; from < o->file_count; from = to) {
        for (to = from + 1; to < o->file_count; to++)
            if (strcmp(o->files[from].partition, o->files[to].partition) != 0)
                break;
        if (o->column_count && !o->purge)
            order(c, o, from, to);
        else
            pack(c, o, from, to);
        TRY(cx_alive(c));
    }
    return CX_OK;
}
