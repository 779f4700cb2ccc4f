/* INSERT INTO and INSERT OVERWRITE.
 *
 * Columns go by position, or by the list of names, or BY NAME; each value is cast to its column's
 * type as an assignment is: what does not fit fails the statement. Columns that are not given get
 * their default, else NULL. The rows become new files; nothing else of the table is touched, so an
 * append never conflicts with another append. */
#include "lake/engine/ddl/schema.h"
#include "lake/engine/rows/rows.h"

typedef struct {
    run *r;
    const sql_statement *q;
    eng_table *t;
    const json *fields;
    size_t count;      /* columns of the table */
    const char *given; /* the query as DuckDB text */
    json *described;   /* its columns; owned by eng_insert */
    long *source;      /* for each column of the table: column of the query, -1 = not given */
} insertion;

static cx_code wrong_arity(cx *c, const insertion *k, size_t wanted)
{
    const size_t n = json_array_size(k->described);
    const bool few = n < wanted;
    return cx_fail_as(c, CX_INVALID,
                      few ? "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                          : "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
                      "21S01",
                      "Cannot write to %s, the reason is %s data columns: the table takes %zu, the "
                      "query gives %zu.",
                      k->t->shown, few ? "not enough" : "too many", wanted, n);
}

static long column_index(const insertion *k, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (k->fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return (long)i;
    return -1;
}

static cx_code take_name(cx *c, const insertion *k, const char *name, long from)
{
    const long to = column_index(k, name);
    if (to < 0)
        return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                          "A column with name `%s` cannot be resolved: %s has no such column.",
                          name, k->t->shown);
    if (k->source[to] >= 0)
        return cx_fail_as(c, CX_INVALID, "DUPLICATE_ASSIGNMENTS", "42701",
                          "The column `%s` is given twice.", name);
    k->source[to] = from;
    return CX_OK;
}

static cx_code match_columns(cx *c, insertion *k)
{
    const sql_statement *q = k->q;
    k->source = cx_array(c, long, k->count + 1);
    for (size_t i = 0; i < k->count; i++)
        k->source[i] = -1;
    if (q->insert_column_count) {
        if (json_array_size(k->described) != q->insert_column_count)
            return wrong_arity(c, k, q->insert_column_count);
        for (size_t i = 0; i < q->insert_column_count; i++)
            TRY(take_name(c, k, q->insert_columns[i], (long)i));
        return CX_OK;
    }
    if (q->by_name) {
        for (size_t i = 0; i < json_array_size(k->described); i++)
            TRY(take_name(c, k,
                          json_string_value(json_array_get(json_array_get(k->described, i), 0)),
                          (long)i));
        return CX_OK;
    }
    if (json_array_size(k->described) != k->count)
        return wrong_arity(c, k, k->count);
    for (size_t i = 0; i < k->count; i++)
        k->source[i] = (long)i;
    return CX_OK;
}

static cx_code add_value(cx *c, insertion *k, size_t i, buf *sql)
{
    const json *field = json_array_get(k->fields, i);
    const char *standard = json_get_str(json_get(field, "metadata"), "CURRENT_DEFAULT", NULL);
    char *text = NULL;
    buf_adds(sql, i ? ", CAST(" : "CAST(");
    if (k->source[i] >= 0) {
        buf_addf(sql, "s%ld", k->source[i]);
    } else if (standard) {
        TRY(eng_expression(c, k->r, standard, &text));
        buf_addf(sql, "(%s)", text);
    } else {
        buf_adds(sql, "NULL");
    }
    buf_adds(sql, " AS ");
    TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
    buf_addc(sql, ')');
    return CX_OK;
}

static cx_code add_select(cx *c, insertion *k, buf *sql)
{
    buf_adds(sql, "SELECT ");
    for (size_t i = 0; i < k->count; i++)
        TRY(add_value(c, k, i, sql));
    buf_addf(sql, " FROM (%s) AS given(", k->given);
    for (size_t i = 0; i < json_array_size(k->described); i++)
        buf_addf(sql, "%ss%zu", i ? ", " : "", i);
    buf_addc(sql, ')');
    return CX_OK;
}

static cx_code commit(cx *c, insertion *k, json *actions, const eng_written *written)
{
    AUTO(json) metrics = eng_write_metrics(written);
    AUTO(json)
    parameters = json_pack("{s:s, s:s}", "mode", k->q->overwrite ? "Overwrite" : "Append",
                           "partitionBy", "[]");
    int64_t version;
    if (!k->q->overwrite && json_array_size(actions) == 0)
        return CX_OK;
    const delta_commit what = {.operation = "WRITE",
                               .parameters = parameters,
                               .metrics = metrics,
                               .user_name = k->r->s->principal,
                               .read_version = delta_version(k->t->snapshot),
                               .blind_append = !k->q->overwrite,
                               .actions = actions};
    return delta_commit_write(c, k->t->table, &what, &version);
}

static cx_code write_and_commit(cx *c, insertion *k, eng_written *written)
{
    AUTO(json) actions = json_array();
    eng_shape shape;
    buf sql = BUF(BUF_ANY);
    eng_shape_of(c, k->t->snapshot, delta_root(k->t->table), &shape);
    cx_code rc = add_select(c, k, &sql);
    if (rc == CX_OK && k->q->overwrite)
        for (size_t i = 0; rc == CX_OK && i < delta_file_count(k->t->snapshot); i++)
            rc = eng_remove_actions(c, k->t->snapshot, i, actions);
    if (rc == CX_OK)
        rc = eng_write(c, k->r, &shape, &(eng_rows){.select = buf_text(&sql)}, actions, written);
    buf_clear(&sql);
    TRY(rc);
    return commit(c, k, actions, written);
}

static cx_code run_insert(cx *c, insertion *k)
{
    const char *const names[] = {"num_affected_rows", "num_inserted_rows"};
    eng_written written = {0};
    eng_note note;
    char *text = NULL;
    if (k->q->replace_where)
        return eng_unsupported(c, "INSERT … REPLACE WHERE");
    TRY(delta_check_writable(c, k->t->snapshot));
    TRY(eng_prepare(c, k->r, k->q->query, &text));
    TRY(eng_guard(c, k->r, text));
    TRY(eng_describe_query(c, k->r, text, &k->described));
    k->given = text;
    TRY(match_columns(c, k));
    TRY(eng_note_begin(c, k->r, delta_root(k->t->table), &note));
    TRY(eng_note_end(c, k->r, k->t->table, &note, write_and_commit(c, k, &written)));
    const int64_t numbers[] = {written.rows, written.rows};
    return eng_out_numbers(c, k->r, names, numbers, 2);
}

cx_code eng_insert(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) t = {0};
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    insertion k = {.r = r, .q = q, .t = &t, .fields = json_get(delta_schema(t.snapshot), "fields")};
    k.count = json_array_size(k.fields);
    const cx_code rc = run_insert(c, &k);
    json_decref(k.described);
    return rc;
}
