/* DELETE, UPDATE and TRUNCATE, by rewriting the files that have a row to change.
 *
 * The table is scanned with places (which file, which row). First question: which files have rows
 * that match, and how many. Those files are read once more into new files, without the deleted rows
 * or with the new values; one commit removes the old and adds the new. Other files are not touched.
 * A condition that is NULL is not met, as SQL has it. */
#include "lake/engine/ddl/schema.h"
#include "lake/engine/rows/rows.h"

typedef struct {
    run *r;
    const sql_statement *q;
    eng_table *t;
    const char *relation, *alias; /* FROM relation AS alias */
    const char *where;            /* DuckDB text, or NULL = every row */
    json *files;                  /* indices of the files to rewrite; owned by the caller */
    int64_t matched;
    eng_written written;
} change;

static cx_code take_file(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    change *k = self;
    (void)c, (void)lengths;
    if (v[0])
        json_array_append_new(k->files, json_integer(strtoll(v[0], NULL, 10)));
    k->matched += v[1] ? strtoll(v[1], NULL, 10) : 0;
    return CX_OK;
}

static cx_code find_files(cx *c, change *k)
{
    AUTO(duck_result) result = NULL;
    buf sql = BUF(BUF_ANY);
    buf_addf(&sql, "SELECT " ENG_FILE ", count(*) FROM %s AS ", k->relation);
    duck_add_ident(&sql, k->alias);
    if (k->where)
        buf_addf(&sql, " WHERE (%s)", k->where);
    buf_adds(&sql, " GROUP BY 1 ORDER BY 1");
    cx_code rc = eng_run_duck(c, k->r, buf_text(&sql), &result);
    buf_clear(&sql);
    TRY(rc);
    return duck_each(c, result, take_file, k);
}

/* SET's value for a column, NULL when it is not set. */
static const char *set_value(const sql_statement *q, const char *column)
{
    for (size_t i = 0; i < q->set_count; i++)
        if (text_same_nocase(q->sets[i].key, column))
            return q->sets[i].value;
    return NULL;
}

static cx_code check_sets(cx *c, const change *k)
{
    for (size_t i = 0; i < k->q->set_count; i++)
        if (!eng_find_field(delta_schema(k->t->snapshot), k->q->sets[i].key))
            return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              "A column with name `%s` cannot be resolved: %s has no such column.",
                              k->q->sets[i].key, k->t->shown);
    return CX_OK;
}

static cx_code add_changed(cx *c, change *k, const json *field, const char *value, buf *sql)
{
    char *text = NULL;
    TRY(eng_expression(c, k->r, value, &text));
    if (k->where)
        buf_addf(sql, "CASE WHEN (%s) THEN ", k->where);
    buf_addf(sql, "CAST((%s) AS ", text);
    TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
    buf_addc(sql, ')');
    if (k->where) {
        buf_adds(sql, " ELSE ");
        duck_add_ident(sql, json_get_str(field, "name", ""));
        buf_adds(sql, " END");
    }
    return CX_OK;
}

static cx_code add_columns(cx *c, change *k, buf *sql)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(delta_schema(k->t->snapshot), "fields"), i, field) {
        const char *name = json_get_str(field, "name", ""), *value = set_value(k->q, name);
        buf_adds(sql, i ? ", " : "");
        if (value)
            TRY(add_changed(c, k, field, value, sql));
        else
            duck_add_ident(sql, name);
    }
    return CX_OK;
}

/* The rows that the affected files have after the change. */
static cx_code add_rows_after(cx *c, change *k, buf *sql)
{
    const json *file;
    size_t i;
    buf_adds(sql, "SELECT ");
    TRY(add_columns(c, k, sql));
    buf_addf(sql, " FROM %s AS ", k->relation);
    duck_add_ident(sql, k->alias);
    buf_adds(sql, " WHERE " ENG_FILE " IN (");
    json_array_foreach (k->files, i, file)
        buf_addf(sql, "%s%lld", i ? "," : "", (long long)json_integer_value(file));
    buf_addc(sql, ')');
    if (k->q->kind == SQL_DELETE)
        buf_addf(sql, " AND (%s) IS NOT TRUE", k->where ? k->where : "true");
    return CX_OK;
}

static cx_code write_after(cx *c, change *k, json *actions)
{
    eng_shape shape;
    buf sql = BUF(BUF_ANY);
    if (k->q->kind == SQL_TRUNCATE || (k->q->kind == SQL_DELETE && !k->where))
        return CX_OK;
    eng_shape_of(c, k->t->snapshot, delta_root(k->t->table), &shape);
    cx_code rc = add_rows_after(c, k, &sql);
    if (rc == CX_OK)
        rc =
            eng_write(c, k->r, &shape, &(eng_rows){.select = buf_text(&sql)}, actions, &k->written);
    buf_clear(&sql);
    return rc;
}

static json *metrics_of(const change *k)
{
    const char *rows = k->q->kind == SQL_UPDATE ? "numUpdatedRows" : "numDeletedRows";
    const int64_t copied =
        k->q->kind == SQL_UPDATE ? k->written.rows - k->matched : k->written.rows;
    return json_pack("{s:o, s:o, s:o, s:o}", "numRemovedFiles",
                     json_sprintf("%zu", json_array_size(k->files)), "numAddedFiles",
                     json_sprintf("%lld", (long long)k->written.files), rows,
                     json_sprintf("%lld", (long long)k->matched), "numCopiedRows",
                     json_sprintf("%lld", (long long)copied));
}

static json *parameters_of(const change *k)
{
    if (k->q->kind == SQL_TRUNCATE)
        return json_object();
    AUTO(json) list = json_array();
    if (k->q->where)
        json_array_append_new(list, json_string(k->q->where));
    AUTO_FREE char *text = json_text(list);
    return json_pack("{s:s}", "predicate", text);
}

static cx_code write_and_commit(cx *c, change *k)
{
    AUTO(json) actions = json_array();
    AUTO(json) metrics = NULL;
    AUTO(json) parameters = parameters_of(k);
    const json *file;
    size_t i;
    int64_t version;
    json_array_foreach (k->files, i, file)
        TRY(eng_remove_actions(c, k->t->snapshot, (size_t)json_integer_value(file), actions));
    TRY(write_after(c, k, actions));
    metrics = metrics_of(k);
    const delta_commit what = {.operation = k->q->kind == SQL_UPDATE   ? "UPDATE"
                                            : k->q->kind == SQL_DELETE ? "DELETE"
                                                                       : "TRUNCATE",
                               .parameters = parameters,
                               .metrics = metrics,
                               .user_name = k->r->s->principal,
                               .read_version = delta_version(k->t->snapshot),
                               .actions = actions};
    return delta_commit_write(c, k->t->table, &what, &version);
}

/* With the feed on, readers of changes want rows, and rewriting files gives them none. */
static cx_code refuse_feed(cx *c, const change *k)
{
    const char *feed = delta_property(k->t->snapshot, "delta.enableChangeDataFeed");
    const bool whole = !k->where && k->q->kind != SQL_UPDATE;
    if (feed && text_same_nocase(feed, "true") && !whole)
        return eng_unsupported(c,
                               "UPDATE and DELETE … WHERE on a table with the change data feed on "
                               "(%s)",
                               k->t->shown);
    return CX_OK;
}

static cx_code refuse_append_only(cx *c, const change *k)
{
    const char *only = delta_property(k->t->snapshot, "delta.appendOnly");
    if (only && text_same_nocase(only, "true"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s is configured to only allow appends.", k->t->shown);
    return CX_OK;
}

static cx_code run_change(cx *c, change *k)
{
    static const char *const name[] = {"num_affected_rows"};
    char *where = NULL;
    eng_note note;
    TRY(delta_check_writable(c, k->t->snapshot));
    TRY(refuse_append_only(c, k));
    TRY(check_sets(c, k));
    TRY(eng_relation_new(c, k->r, "the changed table", k->t->shown, &k->relation));
    TRY(eng_scan_view(c, k->r, k->t->snapshot, k->relation, true));
    if (k->q->where) {
        TRY(eng_expression(c, k->r, k->q->where, &where));
        TRY(eng_guard(c, k->r, cx_fmt(c, "SELECT %s", where)));
        k->where = where;
    }
    TRY(refuse_feed(c, k));
    TRY(find_files(c, k));
    if (json_array_size(k->files) > 0) {
        TRY(eng_note_begin(c, k->r, delta_root(k->t->table), &note));
        TRY(eng_note_end(c, k->r, k->t->table, &note, write_and_commit(c, k)));
    }
    return k->q->kind == SQL_TRUNCATE ? eng_out_none(c, k->r)
                                      : eng_out_numbers(c, k->r, name, &k->matched, 1);
}

cx_code eng_change_rows(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(json) files = json_array();
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    change k = {.r = r, .q = q, .t = &t, .files = files};
    k.alias = q->alias ? q->alias : t.object.name.name ? t.object.name.name : "t";
    return run_change(c, &k);
}
