/* INSERT: which column of the query goes into which column of the table.
 *
 * By position (the columns of PARTITION come last, as Spark has it), by a list of names, or BY
 * NAME. DEFAULT in VALUES becomes the column's default; in a column that makes its own values, a
 * DEFAULT in each row means that the column is not given. */
#include "lake/engine/rows/insert.h"

#include "lake/engine/rows/values.h"
#include "sql/quote.h"

typedef struct {
    insertion *k;
    long *at; /* the table's column of each position */
    size_t count;
} targets;

static long column_index(const insertion *k, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (k->fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return (long)i;
    return -1;
}

static const char *column_name(const insertion *k, long i)
{
    return json_get_str(json_array_get(k->fields, (size_t)i), "name", "");
}

static cx_code no_such_column(cx *c, const insertion *k, const char *name)
{
    return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                      "A column with name `%s` cannot be resolved: %s has no such column.", name,
                      k->t->shown);
}

cx_code insert_find_column(cx *c, const insertion *k, const char *name, long *out)
{
    *out = column_index(k, name);
    return *out < 0 ? no_such_column(c, k, name) : CX_OK;
}

/* ---- positions ------------------------------------------------------------------------------ */

static bool in_partition(const insertion *k, const char *name)
{
    const sql_insert *q = k->q->insert;
    for (size_t i = 0; i < q->partition_count; i++)
        if (text_same_nocase(q->partition[i].key, name))
            return true;
    return false;
}

static cx_code check_partition(cx *c, const insertion *k)
{
    const sql_insert *q = k->q->insert;
    for (size_t i = 0; i < q->partition_count; i++) {
        bool found = false;
        for (size_t p = 0; p < delta_partition_count(k->t->snapshot); p++)
            found = found ||
                    text_same_nocase(delta_partition_name(k->t->snapshot, p), q->partition[i].key);
        if (!found)
            return cx_fail_as(c, CX_INVALID, "NON_PARTITION_COLUMN", "42000",
                              "PARTITION clause cannot contain the non-partition column: `%s`.",
                              q->partition[i].key);
    }
    return CX_OK;
}

static cx_code find_targets(cx *c, insertion *k, targets *out)
{
    const sql_statement *q = k->q;
    const size_t most = q->insert_column_count + q->insert->partition_count + k->count;
    long at;
    *out = (targets){.k = k, .at = cx_array(c, long, most + 1)};
    TRY(check_partition(c, k));
    for (size_t i = 0; i < q->insert_column_count; i++) {
        TRY(insert_find_column(c, k, q->insert_columns[i], &at));
        out->at[out->count++] = at;
    }
    for (size_t i = 0; !q->insert_column_count && i < k->count; i++)
        if (!in_partition(k, column_name(k, (long)i)))
            out->at[out->count++] = (long)i;
    for (int values = 0; values <= 1; values++) /* those from the query, then the given ones */
        for (size_t i = 0; i < q->insert->partition_count; i++)
            if (!q->insert->partition[i].value == !values) {
                TRY(insert_find_column(c, k, q->insert->partition[i].key, &at));
                out->at[out->count++] = at;
            }
    return CX_OK;
}

static size_t static_count(const insertion *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->q->insert->partition_count; i++)
        n += k->q->insert->partition[i].value != NULL;
    return n;
}

static cx_code wrong_arity(cx *c, const insertion *k, size_t wanted)
{
    const size_t hidden = static_count(k), n = json_array_size(k->described);
    const bool few = n < wanted;
    return cx_fail_as(c, CX_INVALID,
                      few ? "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                          : "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
                      "21S01",
                      "Cannot write to %s, the reason is %s data columns: the table takes %zu, the "
                      "query gives %zu.",
                      k->t->shown, few ? "not enough" : "too many", wanted - hidden, n - hidden);
}

/* ---- matching ------------------------------------------------------------------------------- */

static cx_code take(cx *c, insertion *k, long to, size_t from)
{
    if (k->source[to] != NOT_GIVEN)
        return cx_fail_as(c, CX_INVALID, "DUPLICATE_ASSIGNMENTS", "42701",
                          "The column `%s` is given twice.", column_name(k, to));
    k->source[to] = (long)from;
    return CX_OK;
}

static cx_code match(cx *c, insertion *k, const targets *t)
{
    const size_t n = json_array_size(k->described);
    k->source = cx_array(c, long, k->count + 1);
    for (size_t i = 0; i < k->count; i++)
        k->source[i] = NOT_GIVEN;
    if (!k->q->by_name && n != t->count)
        return wrong_arity(c, k, t->count);
    for (size_t i = 0; i < n; i++) {
        long to;
        if (!k->q->by_name) {
            TRY(take(c, k, t->at[i], i));
            continue;
        }
        TRY(insert_find_column(
            c, k, json_string_value(json_array_get(json_array_get(k->described, i), 0)), &to));
        TRY(take(c, k, to, i));
    }
    return CX_OK;
}

/* Columns that make their own values. `defaulted`: positions that are DEFAULT in every row. */
static cx_code settle(cx *c, insertion *k, const bool *defaulted)
{
    k->compute = cx_array(c, bool, k->count + 1);
    for (size_t i = 0; i < k->count; i++) {
        const json *field = json_array_get(k->fields, i), *m = json_get(field, "metadata");
        if (k->source[i] != NOT_GIVEN && defaulted && defaulted[k->source[i]])
            k->source[i] = NOT_GIVEN;
        k->compute[i] = k->source[i] == NOT_GIVEN && eng_generation(field);
        if (k->source[i] != NOT_GIVEN && eng_is_identity(field) &&
            !json_get_bool(m, "delta.identity.allowExplicitInsert", false))
            return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED",
                              "42808",
                              "Providing values for GENERATED ALWAYS AS IDENTITY column %s is not "
                              "supported.",
                              json_get_str(field, "name", ""));
    }
    return CX_OK;
}

/* ---- the query ------------------------------------------------------------------------------ */

/* PARTITION (p = v) is one more column of the query. */
static const char *with_partition(cx *c, const insertion *k, const char *query)
{
    const sql_insert *q = k->q->insert;
    buf b = BUF(BUF_ANY);
    if (!static_count(k))
        return query;
    buf_adds(&b, "SELECT *");
    for (size_t i = 0; i < q->partition_count; i++)
        if (q->partition[i].value) {
            buf_addf(&b, ", (%s) AS ", q->partition[i].value);
            buf_adds(&b, sql_ident(c, q->partition[i].key));
        }
    buf_addf(&b, " FROM (%s)", query);
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

static cx_code describe(cx *c, insertion *k, const char *query)
{
    char *text = NULL;
    TRY(eng_prepare(c, k->r, query, &text));
    TRY(eng_guard(c, k->r, text));
    TRY(eng_describe_query(c, k->r, text, &k->described));
    k->given = text;
    return CX_OK;
}

static const char *given_type(const insertion *k, long source)
{
    return json_string_value(json_array_get(json_array_get(k->described, (size_t)source), 1));
}

static bool wants_text(const insertion *k, size_t i)
{
    const json *type = json_get(json_array_get(k->fields, i), "type");
    if (k->source[i] == NOT_GIVEN || !json_is_string(type) ||
        strcmp(json_string_value(type), "string") != 0)
        return false;
    const char *from = given_type(k, k->source[i]);
    return !text_same_nocase(from, "STRING") && !text_same_nocase(from, "VOID");
}

/* Numbers, times and structures as text are written as Spark writes them: the query casts. */
static cx_code cast_texts(cx *c, insertion *k, const char *query)
{
    const size_t n = json_array_size(k->described);
    bool *text = cx_array(c, bool, n + 1), any = false;
    for (size_t i = 0; i < k->count; i++)
        if (wants_text(k, i))
            any = text[k->source[i]] = true;
    if (!any)
        return CX_OK;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "SELECT ");
    for (size_t i = 0; i < n; i++)
        buf_addf(&b, text[i] ? "%sCAST(s%zu AS STRING) AS s%zu" : "%ss%zu", i ? ", " : "", i, i);
    buf_addf(&b, " FROM (%s) AS given(", query);
    for (size_t i = 0; i < n; i++)
        buf_addf(&b, "%ss%zu", i ? ", " : "", i);
    buf_addc(&b, ')');
    const char *casting = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    json_decref(k->described);
    k->described = NULL;
    return describe(c, k, casting);
}

/* ---- what is replaced -------------------------------------------------------------------------
 */

static cx_code find_within(cx *c, insertion *k)
{
    const sql_insert *q = k->q->insert;
    buf b = BUF(BUF_ANY);
    k->within = k->q->replace_where;
    if (!k->q->overwrite)
        return CX_OK;
    for (size_t i = 0; i < q->partition_count; i++) {
        long at;
        if (!q->partition[i].value)
            continue;
        TRY(insert_find_column(c, k, q->partition[i].key, &at));
        buf_addf(&b, "%s%s <=> CAST((%s) AS %s)", b.length ? " AND " : "",
                 sql_ident(c, column_name(k, at)), q->partition[i].value,
                 delta_type_sql(c, json_get(json_array_get(k->fields, (size_t)at), "type")));
    }
    if (b.length)
        k->within = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return CX_OK;
}

/* By name, whatever the table has not is new; by position, what comes after its columns. */
static cx_code evolve(cx *c, insertion *k, targets *t)
{
    AUTO(json) fresh = json_array();
    const size_t n = json_array_size(k->described), first = k->q->by_name ? 0 : t->count;
    if (k->q->insert_column_count || static_count(k))
        return eng_unsupported(c, "WITH SCHEMA EVOLUTION and a list of columns or partitions");
    for (size_t i = first; i < n; i++)
        json_array_append(fresh, json_array_get(k->described, i));
    TRY(eng_evolve_schema(c, k->t->snapshot, fresh, &k->evolved));
    if (!k->evolved)
        return CX_OK;
    k->fields = json_get(k->evolved, "fields");
    k->count = json_array_size(k->fields);
    return find_targets(c, k, t);
}

cx_code insert_match(cx *c, insertion *k)
{
    targets t;
    bool *defaulted = NULL;
    const char *query = k->q->query;
    TRY(find_targets(c, k, &t));
    if (!k->q->by_name)
        TRY(values_with_defaults(c, k->fields, t.at, t.count, &query, &defaulted));
    query = with_partition(c, k, query);
    TRY(describe(c, k, query));
    if (k->q->insert->evolve)
        TRY(evolve(c, k, &t));
    TRY(match(c, k, &t));
    TRY(settle(c, k, defaulted));
    TRY(cast_texts(c, k, query));
    return find_within(c, k);
}

/* ---- the SELECT ------------------------------------------------------------------------------ */

static cx_code add_value(cx *c, insertion *k, const eng_shape *s, size_t i, buf *sql)
{
    buf_adds(sql, i ? ", " : "");
    if (k->source[i] == NOT_GIVEN)
        return eng_fresh(c, k->r, s, i, sql);
    const json *field = json_array_get(k->fields, i);
    const char *value = cx_fmt(c, "s%ld", k->source[i]), *from = given_type(k, k->source[i]);
    buf shaped = BUF(BUF_ANY);
    cx_code rc = CX_OK;
    if (k->q->by_name)
        buf_adds(&shaped, value);
    else
        rc = rows_by_position(c, field, from, value, &shaped);
    if (rc == CX_OK)
        rc = eng_assign(c, field, buf_text(&shaped), from, sql);
    buf_clear(&shaped);
    return rc;
}

cx_code insert_select(cx *c, insertion *k, const eng_shape *s, buf *sql)
{
    buf_adds(sql, "SELECT ");
    for (size_t i = 0; i < k->count; i++)
        TRY(add_value(c, k, s, i, sql));
    buf_addf(sql, " FROM (%s) AS given(", k->given);
    for (size_t i = 0; i < json_array_size(k->described); i++)
        buf_addf(sql, "%ss%zu", i ? ", " : "", i);
    buf_addc(sql, ')');
    return CX_OK;
}
