/* Whether the expressions that a table keeps mean something: defaults, generated columns, CHECK
 * constraints; and identity columns, which have none.
 *
 * An expression is bound by DuckDB against a relation of no rows that has the table's columns, in
 * the same way in which it will be when rows are written. It may read the row and nothing else: a
 * subquery or a function of users would make yesterday's rows wrong today. */
#include "lake/engine/ddl/schema.h"

#include "sql/lex.h"
#include "sql/quote.h"
#include "sql/scan.h"

/* ---- what an expression reads ---------------------------------------------------------------- */

static bool is_name(const sql_tokens *t, size_t i)
{
    return t->at[i].kind == TOK_WORD || t->at[i].kind == TOK_QUOTED;
}

/* One path is the other, or lies on the way to it. */
static bool related(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b), least = n < m ? n : m;
    if (strncasecmp(a, b, least) != 0)
        return false;
    return n == m || (n > m ? a[m] : b[n]) == '.';
}

cx_code eng_reads_column(cx *c, const char *expression, const char *path, bool *out)
{
    sql_tokens t;
    *out = false;
    TRY(sql_lex(c, expression, &t));
    for (size_t i = 0; i < t.count && !*out; i++) {
        if (!is_name(&t, i) || (i > 0 && sql_token_is(&t, i - 1, ".")) ||
            (t.at[i].kind == TOK_WORD && sql_token_is(&t, i + 1, "(")))
            continue;
        const char *name = sql_token_name(c, &t, i);
        for (; sql_token_is(&t, i + 1, ".") && is_name(&t, i + 2); i += 2)
            name = cx_fmt(c, "%s.%s", name, sql_token_name(c, &t, i + 2));
        *out = related(name, path);
    }
    return CX_OK;
}

/* ---- binding --------------------------------------------------------------------------------- */

cx_code eng_rule_query(cx *c, run *r, const char *text, char **out)
{
    duck_conn *conn;
    char *sql = NULL;
    TRY(eng_conn(c, r, &conn));
    TRY(dialect_to_duckdb(c, text, &sql));
    TRY(eng_typed(c, r, &sql));
    *out = sql;
    return CX_OK;
}

static cx_code no_queries(cx *c, const char *what, const char *expression)
{
    sql_table_ref *refs = NULL;
    scan_result s;
    size_t n = 0;
    TRY(sql_table_refs(c, expression, &refs, &n));
    TRY(sql_scan(c, expression, &s));
    bool calls = false;
    for (size_t i = 0; i < s.chain_count; i++)
        calls = calls || s.chains[i].is_call;
    for (size_t i = 0; i < s.t.count; i++)
        if (n || calls || sql_token_is(&s.t, i, "SELECT"))
            return cx_fail_as(c, CX_INVALID, "UNSUPPORTED_EXPRESSION_IN_TABLE_RULE", "0A000",
                              "%s may read the columns of its row only: no other tables, no "
                              "functions of users.",
                              what);
    return CX_OK;
}

/* "SELECT CAST(NULL AS t) AS `a`, …": the table's columns, without those that are generated when
 * `plain`. */
static void add_columns(cx *c, const json *schema, bool plain, buf *out)
{
    const json *field;
    size_t i, any = 0;
    buf_adds(out, "SELECT ");
    json_array_foreach (json_get(schema, "fields"), i, field) {
        if (plain && json_get(json_get(field, "metadata"), "delta.generationExpression"))
            continue;
        buf_addf(out, "%sCAST(NULL AS %s) AS ", any++ ? ", " : "",
                 delta_type_sql(c, json_get(field, "type")));
        sql_add_ident(out, json_get_str(field, "name", ""));
    }
    if (!any)
        buf_adds(out, "1 AS __none");
}

/* The Databricks type of an expression over the columns; schema NULL = there are none. */
static cx_code type_of(cx *c, run *r, const char *expression, const json *schema, bool plain,
                       const char **out)
{
    AUTO(json) described = NULL;
    char *sql = NULL;
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "SELECT (%s) AS g", expression);
    if (schema) {
        buf_adds(&b, " FROM (");
        add_columns(c, schema, plain, &b);
        buf_adds(&b, ") AS t");
    }
    cx_code rc = eng_rule_query(c, r, buf_text(&b), &sql);
    buf_clear(&b);
    if (rc == CX_OK)
        rc = eng_guard(c, r, sql);
    if (rc == CX_OK)
        rc = eng_describe_query(c, r, sql, &described);
    TRY(rc);
    *out = cx_dup(c, json_string_value(json_array_get(json_array_get(described, 0), 1)));
    return CX_OK;
}

/* ---- CHECK ----------------------------------------------------------------------------------- */

cx_code eng_check_condition(cx *c, run *r, const json *schema, const char *name,
                            const char *condition)
{
    const char *type;
    TRY(no_queries(c, cx_fmt(c, "The CHECK constraint %s", name), condition));
    TRY_IN(c, type_of(c, r, condition, schema, false, &type), "CHECK constraint %s", name);
    if (!text_same_nocase(type, "BOOLEAN"))
        return cx_fail_as(c, CX_INVALID, "DELTA_NON_BOOLEAN_CHECK_CONSTRAINT", "42621",
                          "The CHECK constraint %s (%s) should be a boolean expression; it is of "
                          "the type %s.",
                          name, condition, type);
    return CX_OK;
}

/* ---- DEFAULT ------------------------------------------------------------------------- */

static cx_code bad_default(cx *c, const char *condition, const char *column, const char *sql,
                           const char *why)
{
    return cx_fail_as(c, CX_INVALID, condition, "42623",
                      "The column %s cannot have the DEFAULT value %s: %s.", column, sql, why);
}

/* A default is a constant: that it fits its column's type is seen by working it out. */
static cx_code evaluate(cx *c, run *r, const char *expression)
{
    AUTO(duck_result) result = NULL;
    char *sql = NULL;
    TRY(eng_rule_query(c, r, cx_fmt(c, "SELECT %s AS g", expression), &sql));
    TRY(eng_guard(c, r, sql));
    return eng_run_duck(c, r, sql, &result);
}

cx_code eng_check_default(cx *c, run *r, const json *field)
{
    const char *name = json_get_str(field, "name", "");
    const json *metadata = json_get(field, "metadata");
    const char *sql = json_get_str(metadata, "CURRENT_DEFAULT", NULL), *type;
    if (!sql)
        return CX_OK;
    if (json_get(metadata, "delta.generationExpression") ||
        json_get(metadata, "delta.identity.step"))
        return cx_fail_as(c, CX_INVALID, "GENERATED_COLUMN_WITH_DEFAULT_VALUE", "42623",
                          "The column %s cannot have a DEFAULT value: it is generated.", name);
    if (no_queries(c, "A default", sql) != CX_OK)
        return bad_default(c, "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", name, sql,
                           "it is not a constant");
    if (type_of(c, r, sql, NULL, false, &type) != CX_OK)
        return bad_default(c, "INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION", name, sql,
                           cx_fmt(c, "it cannot be resolved (%s)", c->error.message));
    const char *wanted = delta_type_sql(c, json_get(field, "type"));
    if (evaluate(c, r, cx_fmt(c, "CAST((%s) AS %s)", sql, wanted)) != CX_OK)
        return bad_default(c, "INVALID_DEFAULT_VALUE.DATA_TYPE", name, sql,
                           cx_fmt(c, "it is not of the type %s", wanted));
    return CX_OK;
}

/* ---- GENERATED ----------------------------------------------------------------------- */

static bool changes_each_time(cx *c, const char *expression)
{
    static const char *const words[] = {
        "rand",           "random",       "randn",
        "uuid",           "now",          "current_timestamp",
        "current_date",   "current_user", "monotonically_increasing_id",
        "localtimestamp", "shuffle"};
    sql_tokens t;
    if (sql_lex(c, expression, &t) != CX_OK)
        return false;
    for (size_t i = 0; i < t.count; i++)
        for (size_t k = 0; k < CX_COUNT(words); k++)
            if (sql_token_is(&t, i, words[k]) &&
                (sql_token_is(&t, i + 1, "(") || text_starts(words[k], "current_")))
                return true;
    return false;
}

/* What an expression of whole numbers, or of decimals, is exactly differs between engines; the
 * value becomes the column's type when it is written. */
static bool same_kind(const json *a, const json *b)
{
    static const char *const whole[] = {"byte", "short", "integer", "long"};
    const char *x = json_string_value(a), *y = json_string_value(b);
    bool in_x = false, in_y = false;
    if (!x || !y)
        return json_equal(a, b);
    for (size_t i = 0; i < CX_COUNT(whole); i++) {
        in_x = in_x || strcmp(x, whole[i]) == 0;
        in_y = in_y || strcmp(y, whole[i]) == 0;
    }
    return strcmp(x, y) == 0 || (in_x && in_y) ||
           (text_starts(x, "decimal") && text_starts(y, "decimal"));
}

static cx_code check_generated_type(cx *c, const json *field, const char *expression,
                                    const char *type)
{
    json *found = NULL;
    TRY(delta_type_parse(c, type, &found));
    const bool same = same_kind(found, json_get(field, "type"));
    json_decref(found);
    if (same)
        return CX_OK;
    return cx_fail_as(
        c, CX_INVALID, "DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH", "42K09",
        "The expression (%s) of the generated column %s is of the type %s, the column "
        "is %s.",
        expression, json_get_str(field, "name", ""), type,
        delta_type_sql(c, json_get(field, "type")));
}

static cx_code check_generated(cx *c, run *r, const json *schema, const json *field)
{
    const char *name = json_get_str(field, "name", "");
    const char *sql = json_get_str(json_get(field, "metadata"), "delta.generationExpression", NULL);
    const char *type;
    if (!sql)
        return CX_OK;
    if (no_queries(c, cx_fmt(c, "The generated column %s", name), sql) != CX_OK)
        return cx_fail_as(c, CX_INVALID, "DELTA_UDF_IN_GENERATED_COLUMN", "42621",
                          "The generated column %s can use neither subqueries nor functions of "
                          "users.",
                          name);
    if (changes_each_time(c, sql))
        return cx_fail_as(c, CX_INVALID, "DELTA_NON_DETERMINISTIC_EXPRESSION_IN_GENERATED_COLUMN",
                          "42621",
                          "The expression (%s) of the generated column %s is not the same each "
                          "time.",
                          sql, name);
    if (type_of(c, r, sql, schema, true, &type) != CX_OK)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_GENERATED_COLUMN_REFERENCES", "42621",
                          "The expression (%s) of the generated column %s cannot be resolved: it "
                          "may use the other columns that are not generated (%s).",
                          sql, name, c->error.message);
    return check_generated_type(c, field, sql, type);
}

/* ---- IDENTITY ------------------------------------------------------------------------ */

static cx_code check_identity(cx *c, const json *field)
{
    const json *metadata = json_get(field, "metadata");
    const char *name = json_get_str(field, "name", "");
    const json *type = json_get(field, "type");
    if (!json_get(metadata, "delta.identity.step"))
        return CX_OK;
    if (!json_is_string(type) || strcmp(json_string_value(type), "long") != 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", "428H2",
                          "The identity column %s is of the type %s; it must be BIGINT.", name,
                          delta_type_sql(c, type));
    if (json_get_int(metadata, "delta.identity.step", 0) == 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_ILLEGAL_STEP", "42611",
                          "The identity column %s cannot have the step 0.", name);
    if (json_get(metadata, "delta.generationExpression"))
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_WITH_GENERATED_EXPRESSION",
                          "42613", "The identity column %s cannot be a generated column, too.",
                          name);
    return CX_OK;
}

/* Lists and maps cannot promise that what they hold has no NULL below. */
static cx_code check_nulls_below(cx *c, const json *type, bool in_list, const char *path)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return CX_OK;
    json_array_foreach (json_get(type, "fields"), i, field)
        TRY(eng_check_nulls(c, field, in_list, path));
    TRY(check_nulls_below(c, json_get(type, "elementType"), true, path));
    TRY(check_nulls_below(c, json_get(type, "keyType"), true, path));
    return check_nulls_below(c, json_get(type, "valueType"), true, path);
}

cx_code eng_check_nulls(cx *c, const json *field, bool in_list, const char *above)
{
    const char *name = json_get_str(field, "name", "");
    const char *path = *above ? cx_fmt(c, "%s.%s", above, name) : name;
    if (in_list && !json_get_bool(field, "nullable", true))
        return cx_fail_as(c, CX_INVALID, "DELTA_NESTED_NOT_NULL_CONSTRAINT", "0AKDC",
                          "%s cannot be NOT NULL: it is nested within an array or a map.", path);
    return check_nulls_below(c, json_get(field, "type"), in_list, path);
}

cx_code eng_check_columns(cx *c, run *r, const json *schema)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field) {
        TRY(check_identity(c, field));
        TRY(eng_check_default(c, r, field));
        TRY(check_generated(c, r, schema, field));
        TRY(eng_check_nulls(c, field, false, ""));
    }
    return CX_OK;
}
