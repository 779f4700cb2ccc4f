/* REPLACE USING (a, b): rows of the table go whose a and b are those of a row that comes.
 *
 * The query runs once, into a table of the connection; its distinct values become the condition of
 * the rows that go. NULL is equal to nothing, so it replaces nothing. */
#include "lake/engine/rows/insert.h"

#include "sql/quote.h"

enum { MOST_COMBINATIONS = 10000 };

static const char given_table[] = "__clxs_given", values_table[] = "__clxs_using";

typedef struct {
    const char *const *types; /* SQL text */
    const char *const *names;
    size_t n;
    buf out;
} condition;

static cx_code add_combination(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    condition *k = self;
    (void)lengths;
    buf_adds(&k->out, k->out.length ? " OR (" : "(");
    for (size_t i = 0; i < k->n; i++)
        buf_addf(&k->out, "%s%s = CAST(%s AS %s)", i ? " AND " : "", sql_ident(c, k->names[i]),
                 sql_literal(c, v[i] ? v[i] : ""), k->types[i]);
    buf_addc(&k->out, ')');
    return CX_OK;
}

static cx_code run_text(cx *c, run *r, const char *sql)
{
    duck_conn *conn;
    TRY(eng_conn(c, r, &conn));
    return duck_run(c, conn, sql, NULL);
}

/* Columns as the table has them, with their types' texts. */
static cx_code find_columns(cx *c, insertion *k, condition *out)
{
    const sql_insert *q = k->q->insert;
    const char **names = cx_array(c, const char *, q->replace_using_count + 1),
               **types = cx_array(c, const char *, q->replace_using_count + 1);
    for (size_t i = 0; i < q->replace_using_count; i++) {
        long at;
        TRY(insert_find_column(c, k, q->replace_using[i], &at));
        const json *field = json_array_get(k->fields, (size_t)at), *type = json_get(field, "type");
        names[i] = json_get_str(field, "name", "");
        types[i] = delta_type_sql(c, type);
        if (!json_is_string(type) || strcmp(json_string_value(type), "binary") == 0)
            return eng_unsupported(c, "REPLACE USING a column of the type %s", types[i]);
        if (k->source[at] == NOT_GIVEN)
            return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              "A column with name `%s` cannot be resolved: the query has none.",
                              names[i]);
    }
    *out = (condition){
        .types = types, .names = names, .n = q->replace_using_count, .out = BUF(BUF_ANY)};
    return CX_OK;
}

/* The distinct values as the table will have them, in a table of their own. */
static cx_code make_values(cx *c, insertion *k, const eng_shape *s, const condition *d)
{
    buf rows = BUF(BUF_ANY), sql = BUF(BUF_ANY);
    buf_addf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS SELECT DISTINCT ", values_table);
    for (size_t i = 0; i < d->n; i++) {
        buf_adds(&sql, i ? ", " : "");
        duck_add_ident(&sql, d->names[i]);
    }
    cx_code rc = insert_select(c, k, s, &rows);
    buf_addf(&sql, " FROM (%s) AS q(", buf_text(&rows));
    for (size_t i = 0; i < k->count; i++) {
        buf_adds(&sql, i ? ", " : "");
        duck_add_ident(&sql, json_get_str(json_array_get(k->fields, i), "name", ""));
    }
    buf_adds(&sql, ") WHERE true");
    for (size_t i = 0; i < d->n; i++) {
        buf_adds(&sql, " AND ");
        duck_add_ident(&sql, d->names[i]);
        buf_adds(&sql, " IS NOT NULL");
    }
    buf_addf(&sql, " LIMIT %d", MOST_COMBINATIONS + 1);
    if (rc == CX_OK)
        rc = eng_exec(c, k->r, &sql);
    buf_clear(&sql);
    buf_clear(&rows);
    return rc;
}

static cx_code take_values(cx *c, insertion *k, condition *d)
{
    AUTO(duck_result) found = NULL;
    duck_conn *conn;
    int64_t n;
    TRY(eng_conn(c, k->r, &conn));
    TRY(duck_one_int(c, conn, cx_fmt(c, "SELECT count(*) FROM %s", values_table), &n));
    if (n > MOST_COMBINATIONS)
        return cx_fail(c, CX_TOO_LARGE,
                       "REPLACE USING has more than %d combinations of values to replace",
                       MOST_COMBINATIONS);
    TRY(eng_run_duck(c, k->r, cx_fmt(c, "SELECT * FROM %s", values_table), &found));
    return duck_each(c, found, add_combination, d);
}

cx_code insert_using(cx *c, insertion *k, const eng_shape *s)
{
    condition d;
    TRY(run_text(c, k->r,
                 cx_fmt(c, "CREATE OR REPLACE TEMP TABLE %s AS %s", given_table, k->given)));
    k->given = cx_fmt(c, "SELECT * FROM %s", given_table);
    TRY(find_columns(c, k, &d));
    TRY(make_values(c, k, s, &d));
    const cx_code rc = take_values(c, k, &d);
    k->within = d.out.length ? cx_dup(c, buf_text(&d.out)) : "false";
    buf_clear(&d.out);
    return rc;
}
