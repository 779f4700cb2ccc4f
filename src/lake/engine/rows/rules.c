/* What a table asks of its rows, beside their types: NOT NULL (of members of structs and elements
 * too), CHECK constraints, column invariants, generated columns.
 *
 * Each rule becomes a condition that no row may meet, and an expression for the message, which has
 * the row's values, as Spark's has. What is NULL does not meet a condition of the user's and so
 * breaks it. spec: delta "CHECK Constraints", "Column Invariants", "Generated Columns" */
#include "lake/engine/rows/rows_int.h"

#include "sql/lex.h"
#include "sql/quote.h"

typedef struct {
    const eng_shape *s;
    rows_rule *rules;
    size_t count, capacity;
} ruling;

void eng_shape_of(cx *c, const delta_snapshot *s, const char *location, eng_shape *out)
{
    const size_t n = delta_partition_count(s);
    const char **names = cx_array(c, const char *, n + 1);
    const json *domain;
    size_t i;
    for (i = 0; i < n; i++)
        names[i] = delta_partition_name(s, i);
    *out = (eng_shape){.location = location,
                       .schema = delta_schema(s),
                       .partitions = names,
                       .partition_count = n,
                       .configuration = json_get(delta_metadata(s), "configuration")};
    json_array_foreach (delta_domains(s), i, domain)
        if (strcmp(json_get_str(domain, "domain", ""), "delta.clustering") == 0)
            out->clustered = true;
}

static void add_rule(cx *c, ruling *k, const char *sql, const char *broken, const char *message)
{
    if (k->count == k->capacity) {
        rows_rule *more = cx_array(c, rows_rule, 2 * k->capacity + 8);
        if (k->count)
            memcpy(more, k->rules, k->count * sizeof *more);
        k->rules = more;
        k->capacity = 2 * k->capacity + 8;
    }
    k->rules[k->count++] = (rows_rule){sql, broken, message};
}

static const char *taken(cx *c, buf *b)
{
    const char *text = cx_dup(c, buf_text(b));
    buf_clear(b);
    return text;
}

/* ---- NOT NULL ---------------------------------------------------------------------------- */

static void add_not_null(cx *c, ruling *k, const char *path, const char *broken)
{
    buf message = BUF(BUF_ANY);
    duck_add_literal(&message, cx_fmt(c,
                                      "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint "
                                      "violated for column: %s.\n",
                                      path));
    add_rule(c, k, NULL, broken, taken(c, &message));
}

static const char *member(cx *c, const char *owner, const char *name)
{
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "(%s).", owner);
    duck_add_ident(&b, name);
    return taken(c, &b);
}

/* A condition on `value` that holds where something inside is NULL that may not be; NULL = none. */
static const char *null_inside(cx *c, const json *type, const char *value, int depth);

static const char *null_in_list(cx *c, const json *element, bool nullable, const char *list,
                                int depth)
{
    const char *v = cx_fmt(c, "v%d", depth), *inner = null_inside(c, element, v, depth + 1);
    if (nullable && !inner)
        return NULL;
    if (!nullable)
        inner = inner ? cx_fmt(c, "(%s IS NULL OR %s)", v, inner) : cx_fmt(c, "%s IS NULL", v);
    return cx_fmt(c, "len(list_filter(%s, lambda %s: %s)) > 0", list, v, inner);
}

static const char *null_in_struct(cx *c, const json *type, const char *value, int depth)
{
    const char *all = NULL;
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *m = member(c, value, json_get_str(field, "name", ""));
        const char *one = null_inside(c, json_get(field, "type"), m, depth);
        if (!json_get_bool(field, "nullable", true))
            one = one ? cx_fmt(c, "(%s IS NULL OR %s)", m, one) : cx_fmt(c, "%s IS NULL", m);
        if (one)
            all = all ? cx_fmt(c, "%s OR %s", all, one) : one;
    }
    return all ? cx_fmt(c, "(%s IS NOT NULL AND (%s))", value, all) : NULL;
}

static const char *null_inside(cx *c, const json *type, const char *value, int depth)
{
    const char *kind = json_get_str(type, "type", "");
    if (!json_is_object(type) || depth > 100)
        return NULL;
    if (strcmp(kind, "struct") == 0)
        return null_in_struct(c, type, value, depth);
    if (strcmp(kind, "array") == 0)
        return null_in_list(c, json_get(type, "elementType"),
                            json_get_bool(type, "containsNull", true), value, depth);
    if (strcmp(kind, "map") == 0)
        return null_in_list(c, json_get(type, "valueType"),
                            json_get_bool(type, "valueContainsNull", true),
                            cx_fmt(c, "map_values(%s)", value), depth);
    return NULL;
}

/* Members one by one, so that the message names the one. */
static void add_members(cx *c, ruling *k, const json *type, const char *path, const char *value,
                        int depth)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *name = json_get_str(field, "name", "");
        const char *m = member(c, value, name), *full = cx_fmt(c, "%s.%s", path, name);
        const json *inner = json_get(field, "type");
        const bool deeper = json_is_object(inner) && json_get(inner, "fields");
        if (!json_get_bool(field, "nullable", true))
            add_not_null(c, k, full, cx_fmt(c, "%s IS NOT NULL AND %s IS NULL", value, m));
        if (deeper && depth < 100)
            add_members(c, k, inner, full, m, depth + 1);
        else if (null_inside(c, inner, m, 0))
            add_not_null(c, k, full, null_inside(c, inner, m, 0));
    }
}

static void add_nullness(cx *c, ruling *k, const json *field)
{
    buf b = BUF(BUF_ANY);
    const char *name = json_get_str(field, "name", "");
    const json *type = json_get(field, "type");
    duck_add_ident(&b, name);
    const char *column = taken(c, &b);
    if (!json_get_bool(field, "nullable", true))
        add_not_null(c, k, name, cx_fmt(c, "%s IS NULL", column));
    if (json_is_object(type) && json_get(type, "fields"))
        add_members(c, k, type, name, column, 0);
    else if (null_inside(c, type, column, 0))
        add_not_null(c, k, name, null_inside(c, type, column, 0));
}

/* ---- conditions of the user ---------------------------------------------------------------- */

static const json *field_named(const json *type, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return field;
    return NULL;
}

static bool is_name(const sql_tokens *t, size_t i)
{
    return i < t->count && (t->at[i].kind == TOK_WORD || t->at[i].kind == TOK_QUOTED);
}

/* The column or member that is named at token i: "s.x" and its DuckDB text; NULL = none. Goes down
 * as far as the schema does. */
static const char *named_at(cx *c, const eng_shape *s, const sql_tokens *t, size_t i,
                            const char **out_value)
{
    buf b = BUF(BUF_ANY);
    if (!is_name(t, i) || (i && sql_token_is(t, i - 1, ".")) || sql_token_is(t, i + 1, "("))
        return NULL;
    const json *field = field_named(s->schema, sql_token_name(c, t, i));
    if (!field)
        return NULL;
    const char *path = json_get_str(field, "name", "");
    duck_add_ident(&b, path);
    for (; sql_token_is(t, i + 1, ".") && is_name(t, i + 2); i += 2) {
        field = field_named(json_get(field, "type"), sql_token_name(c, t, i + 2));
        if (!field)
            break;
        path = cx_fmt(c, "%s.%s", path, json_get_str(field, "name", ""));
        buf_addc(&b, '.');
        duck_add_ident(&b, json_get_str(field, "name", ""));
    }
    *out_value = taken(c, &b);
    return path;
}

/* " - a : 1" for each column in the expression, once. */
static cx_code add_values(cx *c, const ruling *k, const char *expression, buf *out)
{
    AUTO(json) seen = json_object();
    sql_tokens t;
    TRY(sql_lex(c, expression, &t));
    for (size_t i = 0; i < t.count; i++) {
        const char *value, *path = named_at(c, k->s, &t, i, &value);
        if (!path || json_object_get(seen, path))
            continue;
        json_object_set_new(seen, path, json_true());
        buf_adds(out, " || ");
        duck_add_literal(out, cx_fmt(c, "\n - %s : ", path));
        buf_addf(out, " || coalesce(CAST(%s AS VARCHAR), 'null')", value);
    }
    return CX_OK;
}

/* `shown` is in the message; `sql` must hold. Both are Databricks SQL. */
static cx_code add_condition(cx *c, ruling *k, const char *name, const char *shown, const char *sql)
{
    buf message = BUF(BUF_ANY);
    duck_add_literal(&message,
                     cx_fmt(c,
                            "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint %s (%s) "
                            "violated by row with values:",
                            name, shown));
    const cx_code rc = add_values(c, k, shown, &message);
    add_rule(c, k, sql, NULL, taken(c, &message));
    return rc;
}

static cx_code add_checks(cx *c, ruling *k)
{
    static const char prefix[] = "delta.constraints.";
    const json *value;
    const char *key;
    json_object_foreach ((json *)k->s->configuration, key, value) {
        const char *sql = json_string_value(value);
        if (text_starts(key, prefix) && sql)
            TRY(add_condition(c, k, key + strlen(prefix), sql, sql));
    }
    return CX_OK;
}

/* {"expression":{"expression":"a > 3"}} */
static cx_code add_invariant(cx *c, ruling *k, const json *field)
{
    AUTO(json) parsed = NULL;
    const char *raw = json_get_str(json_get(field, "metadata"), "delta.invariants", NULL);
    if (!raw)
        return CX_OK;
    TRY(json_parse(c, raw, strlen(raw), "the invariant of a column", &parsed));
    const char *sql = json_get_str(json_get(parsed, "expression"), "expression", NULL);
    if (!sql)
        return eng_unsupported(c, "this kind of invariant of column %s: %s",
                               json_get_str(field, "name", ""), raw);
    sql = cx_dup(c, sql);
    return add_condition(c, k, cx_fmt(c, "EXPRESSION(%s)", sql), sql, sql);
}

/* ---- generated columns ---------------------------------------------------------------------- */

const char *eng_generation(const json *field)
{
    return json_get_str(json_get(field, "metadata"), "delta.generationExpression", NULL);
}

const char *rows_generated(cx *c, const json *field)
{
    return cx_fmt(c, "CAST((%s\n) AS %s)", eng_generation(field),
                  delta_type_sql(c, json_get(field, "type")));
}

static cx_code add_generated(cx *c, ruling *k, const json *field)
{
    const char *name = json_get_str(field, "name", "");
    if (!eng_generation(field))
        return CX_OK;
    return add_condition(c, k, "Generated Column",
                         cx_fmt(c, "%s <=> %s", name, eng_generation(field)),
                         cx_fmt(c, "%s <=> %s", sql_ident(c, name), rows_generated(c, field)));
}

/* ---- replaceWhere ---------------------------------------------------------------------------- */

static cx_code add_within(cx *c, ruling *k, const char *sql)
{
    buf message = BUF(BUF_ANY);
    duck_add_literal(&message,
                     cx_fmt(c,
                            "[DELTA_REPLACE_WHERE_MISMATCH] Written data does not conform "
                            "to partial table overwrite condition or constraint '%s':",
                            sql));
    const cx_code rc = add_values(c, k, sql, &message);
    add_rule(c, k, sql, NULL, taken(c, &message));
    return rc;
}

cx_code rows_rules(cx *c, const eng_shape *s, const eng_rows *rows, rows_rule **out, size_t *out_n)
{
    ruling k = {.s = s};
    const json *field;
    size_t i;
    json_array_foreach (json_get(s->schema, "fields"), i, field) {
        add_nullness(c, &k, field);
        if (!rows->compute || !rows->compute[i])
            TRY(add_generated(c, &k, field));
    }
    json_array_foreach (json_get(s->schema, "fields"), i, field)
        TRY(add_invariant(c, &k, field));
    TRY(add_checks(c, &k));
    if (rows->within)
        TRY(add_within(c, &k, rows->within));
    *out = k.rules;
    *out_n = k.count;
    return CX_OK;
}
