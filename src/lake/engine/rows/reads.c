/* What a DELETE, UPDATE or MERGE has read: so that writers that do not disturb each other both
 * pass.
 *
 * The rule is Delta Spark's. A statement is taken to depend on
 *   - the files in which it found rows: a winner that removed one of them disturbs it;
 *   - rows that came meanwhile, if they could be such as it looks for: a winner that added a file
 *     disturbs it, unless a part of its condition that is about partition columns alone says that
 *     no row of that file can match. (Under WriteSerializable, blind appends pass: conflict.c.)
 * So statements on different partitions pass each other when their conditions say which partitions
 * they are about; those that rewrite files of one partition do not, whatever rows they are about.
 * Deletion vectors in different files do not disturb each other (Databricks' row-level concurrency
 * goes that far, open-source Spark does not): no row came, and none went that was looked at.
 *
 * All this holds only if the target's rows were looked at one by one. Where a sub-query, a view, a
 * function or the source of a MERGE read the target once more, by whatever name or path, the whole
 * table was read. So it was where there is no condition, or MERGE asks for rows NOT MATCHED BY
 * SOURCE. What was read of other tables is no matter of this table's log, as in Spark.
 *
 * A part of a condition counts if it has operators, columns and literals only, and can be evaluated
 * over the partition columns alone; it is tried on one row, which has the file's partition values.
 * If that fails for whatever reason, the file may match. */
#include "lake/engine/query/scan.h"
#include "lake/engine/rows/dml.h"
#include "sql/lex.h"
#include "sql/quote.h"

static bool was_read_again(const eng_dml *d)
{
    if (d->r->reread)
        return true;
    for (const eng_relation *one = d->r->relations; one; one = one->next)
        if (one->relation == d->plain)
            return one->read;
    return true;
}

void dml_read_narrowly(eng_dml *d, const char *condition)
{
    d->condition = was_read_again(d) ? NULL : condition;
}

/* ---- the files ---------------------------------------------------------------------------- */

typedef struct {
    const eng_dml *d;
    const char **files;
    size_t count;
} file_names;

static cx_code take_file(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    file_names *l = self;
    const size_t i = v[0] ? (size_t)strtoull(v[0], NULL, 10) : SIZE_MAX;
    (void)c, (void)lengths;
    if (i < delta_file_count(l->d->t->snapshot))
        l->files[l->count++] = delta_file_at(l->d->t->snapshot, i)->path;
    return CX_OK;
}

static cx_code list_files(cx *c, const eng_dml *d, file_names *out)
{
    const delta_snapshot *s = d->t->snapshot;
    *out = (file_names){d, cx_array(c, const char *, delta_file_count(s) + 1), 0};
    if (d->looked_at)
        return dml_each(c, d, cx_fmt(c, "SELECT DISTINCT __clxs_f FROM %s", d->looked_at),
                        take_file, out);
    for (size_t i = 0; i < d->file_count; i++)
        out->files[out->count++] = delta_file_at(s, d->files[i].file)->path;
    return CX_OK;
}

/* ---- the condition ------------------------------------------------------------------------ */

/* Where the part that begins at `from` ends: at an AND that is not BETWEEN's, nor in CASE. With an
 * OR beside the ANDs there are no parts. */
static size_t part_end(const sql_tokens *t, size_t from, bool *either)
{
    int cases = 0, between = 0;
    size_t i = from;
    for (; i < t->count; i++) {
        if (t->at[i].depth > 0)
            continue;
        cases += sql_token_is(t, i, "CASE");
        cases -= sql_token_is(t, i, "END");
        between += !cases && sql_token_is(t, i, "BETWEEN");
        *either |= !cases && sql_token_is(t, i, "OR");
        if (!cases && sql_token_is(t, i, "AND") && between-- == 0)
            break;
        between = between < 0 ? 0 : between;
    }
    return i;
}

/* CURRENT_DATE and its like are words that mean something else by now. */
static bool of_the_moment(cx *c, const sql_tokens *t, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const char *word = t->at[i].kind == TOK_WORD ? sql_token_text(c, t, i) : "";
        if (strncasecmp(word, "current_", 8) == 0 || strncasecmp(word, "local", 5) == 0 ||
            strcasecmp(word, "user") == 0 || strcasecmp(word, "session_user") == 0)
            return true;
    }
    return false;
}

static cx_code take_row(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    (void)c, (void)v, (void)lengths;
    *(bool *)self = true;
    return CX_OK;
}

/* Whether the part says that the row is none of those looked for. */
static cx_code rules_out(cx *c, const eng_dml *d, const char *part, bool *out)
{
    bool plain, any = false;
    char *sql = NULL;
    *out = false;
    TRY(dml_is_plain(c, part, &plain));
    if (!plain)
        return CX_OK;
    cx_code rc = dml_prepare(c, d,
                             cx_fmt(c, "SELECT 1 AS `__clxs_f` FROM %s WHERE (%s\n)",
                                    dml_reference(c, d, "'__clxs_elsewhere'"), part),
                             &sql);
    if (rc == CX_OK)
        rc = dml_each(c, d, sql, take_row, &any);
    if (rc != CX_OK) {
        cx_forgive(c);
        return cx_alive(c);
    }
    *out = !any;
    return CX_OK;
}

static cx_code condition_rules_out(cx *c, const eng_dml *d, bool *out)
{
    sql_tokens t;
    bool either = false;
    *out = false;
    TRY(sql_lex(c, d->condition, &t));
    for (size_t i = 0; i < t.count; i = part_end(&t, i, &either) + 1)
        ;
    for (size_t i = 0, end; i < t.count && !*out; i = end + 1) {
        end = either ? t.count : part_end(&t, i, &either);
        if (!of_the_moment(c, &t, i, end))
            TRY(rules_out(c, d, sql_tokens_text(c, &t, i, end), out));
    }
    return CX_OK;
}

/* ---- one file that somebody added --------------------------------------------------------- */

static void add_partition_names(const eng_dml *d, buf *sql)
{
    for (size_t i = 0; i < delta_partition_count(d->t->snapshot); i++) {
        buf_adds(sql, i ? ", " : "");
        duck_add_ident(sql, delta_partition_name(d->t->snapshot, i));
    }
}

/* The other columns are there for eng_scan_columns only. */
static cx_code add_no_values(cx *c, const eng_dml *d, buf *sql)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(delta_schema(d->t->snapshot), "fields"), i, field) {
        buf_adds(sql, i ? ", CAST(NULL AS " : "CAST(NULL AS ");
        TRY(eng_duck_type(c, json_get(field, "type"), true, sql));
        buf_addf(sql, ") AS c%zu", i);
    }
    return CX_OK;
}

static void add_values(const json *row, buf *sql)
{
    for (size_t i = 0; i < json_array_size(row); i++) {
        const char *value = json_string_value(json_array_get(row, i));
        buf_adds(sql, i ? ", " : "");
        if (value)
            duck_add_literal(sql, value);
        else
            buf_adds(sql, "CAST(NULL AS VARCHAR)");
        buf_addf(sql, " AS p%zu", i + 1);
    }
}

/* A relation of one row, with the columns that the table is partitioned by. */
static cx_code make_elsewhere(cx *c, eng_dml *d, const json *values)
{
    AUTO(json) row = json_array();
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    if (!d->elsewhere)
        TRY(dml_relation(c, d, "'__clxs_elsewhere'", &d->elsewhere));
    eng_scan_partition_row(c, d->t->snapshot, values, row);
    buf_addf(&sql, "CREATE OR REPLACE TEMP VIEW %s AS SELECT ", d->elsewhere);
    add_partition_names(d, &sql);
    buf_adds(&sql, " FROM (SELECT ");
    TRY(eng_scan_columns(c, d->t->snapshot, &sql));
    buf_adds(&sql, " FROM (SELECT ");
    TRY(add_no_values(c, d, &sql));
    buf_adds(&sql, ") AS r, (SELECT ");
    add_values(row, &sql);
    buf_adds(&sql, ") AS p) AS q");
    return eng_exec(c, d->r, &sql);
}

static cx_code may_match(cx *c, void *self, const json *partition_values, bool *out)
{
    eng_dml *d = self;
    bool ruled_out = false;
    *out = true;
    if (delta_partition_count(d->t->snapshot) == 0)
        return CX_OK;
    cx_code rc = make_elsewhere(c, d, partition_values);
    if (rc == CX_OK)
        rc = condition_rules_out(c, d, &ruled_out);
    if (rc != CX_OK) {
        cx_forgive(c);
        return cx_alive(c);
    }
    *out = !ruled_out;
    return CX_OK;
}

cx_code dml_reads(cx *c, eng_dml *d, delta_reads *reads, const delta_reads **out)
{
    file_names l;
    if (!d->condition)
        return CX_OK;
    TRY(list_files(c, d, &l));
    *reads = (delta_reads){l.files, l.count, may_match, d};
    *out = reads;
    return CX_OK;
}
