/* The forms that typed.c puts in place of nodes, as parts of DuckDB's tree. */
#include "lake/engine/query/typed.h"

typedef struct {
    int precision, scale;
} decimal;

/* ---- parts of the tree ---- */

json *typed_function(const char *name, json *children)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:n, s:{s:s, s:[]}, s:b, s:b, s:b, s:s}",
                     "class", "FUNCTION", "type", "FUNCTION", "alias", "", "query_location", 0,
                     "function_name", name, "schema", "", "children", children, "filter",
                     "order_bys", "type", "ORDER_MODIFIER", "orders", "distinct", 0, "is_operator",
                     0, "export_state", 0, "catalog", "");
}

static json *system_function(const char *name, json *children)
{
    json *f = typed_function(name, children);
    json_object_set_new(f, "schema", json_string("main"));
    json_object_set_new(f, "catalog", json_string("system"));
    return f;
}

json *typed_constant(const char *type, json *value)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:{s:{s:s, s:n}, s:b, s:o}}", "class", "CONSTANT",
                     "type", "VALUE_CONSTANT", "alias", "", "query_location", 0, "value", "type",
                     "id", type, "type_info", "is_null", 0, "value", value);
}

json *typed_cast(json *child, const char *type)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:{s:s, s:n}, s:b, s:b}", "class", "CAST", "type",
                     "OPERATOR_CAST", "alias", "", "query_location", 0, "child", child, "cast_type",
                     "id", type, "type_info", "try_cast", 0, "done", 1);
}

static json *cast_decimal(json *child, decimal d)
{
    json *k = typed_cast(child, "DECIMAL");
    json_object_set_new(json_get(k, "cast_type"), "type_info",
                        json_pack("{s:s, s:s, s:n, s:i, s:i}", "type", "DECIMAL_TYPE_INFO", "alias",
                                  "", "extension_info", "width", d.precision, "scale", d.scale));
    return k;
}

json *typed_probe(int64_t id, json *x)
{
    json *null = json_pack("{s:s, s:s, s:s, s:i, s:{s:{s:s, s:n}, s:b}}", "class", "CONSTANT",
                           "type", "VALUE_CONSTANT", "alias", "", "query_location", 0, "value",
                           "type", "id", "NULL", "type_info", "is_null", 1);
    json *asked = typed_function(
        "__clxs_probe", json_pack("[o, O]", typed_constant("BIGINT", json_integer(id)), x));
    return json_pack("{s:s, s:s, s:s, s:i, s:[{s:o, s:O}], s:o}", "class", "CASE", "type",
                     "CASE_EXPR", "alias", "", "query_location", 0, "case_checks", "when_expr",
                     asked, "then_expr", x, "else_expr", null);
}

json *typed_member(json *value, const char *name)
{
    json *f = typed_function(
        "struct_extract", json_pack("[o, o]", value, typed_constant("VARCHAR", json_string(name))));
    json_object_set_new(f, "alias", json_string(name));
    return f;
}

/* `to` takes the node's place and its alias. */
void typed_become(json *node, json *to)
{
    json *alias = json_incref(json_get(node, "alias"));
    json_object_clear(node);
    json_object_update(node, to);
    if (alias)
        json_object_set_new(node, "alias", alias);
    json_decref(to);
}

static json *copy_bare(const json *node)
{
    json *k = json_deep_copy(node);
    json_object_set_new(k, "alias", json_string(""));
    json_object_set_new(k, "done", json_true());
    return k;
}

static json *child(const json *node, size_t i)
{
    return json_array_get(json_get(node, "children"), i);
}

static void rename_to(json *node, const char *name)
{
    json_object_set_new(node, "function_name", json_string(name));
    json_object_set_new(node, "is_operator", json_false());
}

/* ---- decimals ---- */

static bool parse_decimal(const char *type, decimal *out)
{
    static const struct {
        const char *type;
        int precision;
    } integers[] = {{"TINYINT", 3}, {"SMALLINT", 5}, {"INT", 10}, {"BIGINT", 20}};
    if (!type)
        return false;
    if (sscanf(type, "DECIMAL(%d,%d)", &out->precision, &out->scale) == 2)
        return true;
    for (size_t i = 0; i < CX_COUNT(integers); i++)
        if (strcmp(type, integers[i].type) == 0) {
            *out = (decimal){integers[i].precision, 0};
            return true;
        }
    return false;
}

static bool is_decimal(const char *type)
{
    return type && text_starts(type, "DECIMAL(");
}

/* A whole number in the text is as precise as its digits. */
static decimal operand_decimal(const json *x, const char *type)
{
    decimal d = {38, 0};
    (void)parse_decimal(type, &d);
    const json *value = json_get(json_get(x, "value"), "value");
    if (!is_decimal(type) && json_is_integer(value)) {
        d.precision = 0;
        for (json_int_t n = json_integer_value(value); n; n /= 10)
            d.precision++;
        d.precision = d.precision ? d.precision : 1;
    }
    return d;
}

/* Over 38 digits the fraction gives way, down to six. */
static decimal fitted(int precision, int scale)
{
    if (precision <= 38)
        return (decimal){precision, scale};
    const int whole = precision - scale, least = scale < 6 ? scale : 6;
    return (decimal){38, 38 - whole > least ? 38 - whole : least};
}

static decimal division(decimal a, decimal b)
{
    const int scale = a.scale + b.precision + 1 > 6 ? a.scale + b.precision + 1 : 6;
    return fitted(a.precision - a.scale + b.scale + scale, scale);
}

static json *decimal_quotient(json *a, json *b, decimal d)
{
    return cast_decimal(
        typed_function("dbx_decimal_divide",
                       json_pack("[o, o, o]", typed_cast(a, "VARCHAR"), typed_cast(b, "VARCHAR"),
                                 typed_constant("INTEGER", json_integer(d.scale)))),
        d);
}

static bool both_decimal(const char *a, const char *b)
{
    decimal d;
    return (is_decimal(a) && parse_decimal(b, &d)) || (is_decimal(b) && parse_decimal(a, &d));
}

static void divide(json *node, const char *a, const char *b)
{
    json *x = child(node, 0), *y = child(node, 1);
    if (both_decimal(a, b))
        typed_become(node,
                     decimal_quotient(json_incref(x), json_incref(y),
                                      division(operand_decimal(x, a), operand_decimal(y, b))));
    else if (a && text_starts(a, "INTERVAL"))
        typed_become(node, system_function("/", json_pack("[O, O]", x, y)));
    else
        rename_to(node, "dbx_divide");
}

static void remainder_of(json *node, const char *a, const char *b)
{
    const bool decimals = both_decimal(a, b);
    rename_to(node, decimals ? "dbx_mod_decimal" : "dbx_mod");
    if (!decimals)
        return;
    const decimal x = operand_decimal(child(node, 0), a), y = operand_decimal(child(node, 1), b);
    const int scale = x.scale > y.scale ? x.scale : y.scale;
    const int left = x.precision - x.scale, right = y.precision - y.scale;
    typed_become(
        node, cast_decimal(copy_bare(node), fitted((left < right ? left : right) + scale, scale)));
}

static void multiply(json *node, const char *a, const char *b)
{
    json_object_set_new(node, "done", json_true());
    if (!both_decimal(a, b))
        return;
    const decimal x = operand_decimal(child(node, 0), a), y = operand_decimal(child(node, 1), b);
    const int precision = x.precision + y.precision + 1, scale = x.scale + y.scale;
    /* DuckDB refuses more than 38 digits by itself. */
    if (precision <= 38)
        typed_become(node, cast_decimal(copy_bare(node), (decimal){precision, scale}));
}

/* ---- aggregates ---- */

static bool is_integer(const char *type)
{
    decimal d;
    return !is_decimal(type) && parse_decimal(type, &d);
}

static void sum(json *node, const char *type)
{
    decimal d;
    json_object_set_new(node, "done", json_true());
    if (is_integer(type)) {
        typed_become(node, typed_cast(copy_bare(node), "BIGINT"));
    } else if (is_decimal(type) && parse_decimal(type, &d)) {
        d.precision = d.precision > 28 ? 38 : d.precision + 10;
        typed_become(node, cast_decimal(copy_bare(node), d));
    }
}

/* The exact sum over the count, since DuckDB's average of decimals is a double. */
static void average(json *node, const char *type)
{
    decimal d;
    json_object_set_new(node, "done", json_true());
    if (!is_decimal(type) || !parse_decimal(type, &d))
        return;
    json *all = copy_bare(node), *many = copy_bare(node);
    json_object_set_new(all, "function_name", json_string("sum"));
    json_object_set_new(many, "function_name", json_string("count"));
    typed_become(node, decimal_quotient(all, many, fitted(d.precision + 4, d.scale + 4)));
}

/* ---- arrays, maps ---- */

static bool is_type(const char *type, const char *name)
{
    return type && text_starts(type, name);
}

/* The rewriter marked the index as the user's own with dbx_index(). */
static void subscript(json *node, const char *type)
{
    json *index = json_incref(child(child(node, 1), 0));
    json_object_set_new(node, "done", json_true());
    if (is_type(type, "MAP<") || is_type(type, "STRUCT<"))
        json_array_set_new(json_get(node, "children"), 1, index);
    else
        typed_become(node,
                     typed_function("dbx_array_at", json_pack("[O, o]", child(node, 0), index)));
}

static void element_at(json *node, const char *type)
{
    if (!is_type(type, "MAP<")) {
        rename_to(node, "dbx_list_at");
        return;
    }
    typed_become(node, json_pack("{s:s, s:s, s:s, s:i, s:[O, O], s:b}", "class", "OPERATOR", "type",
                                 "ARRAY_EXTRACT", "alias", "", "query_location", 0, "children",
                                 child(node, 0), child(node, 1), "done", 1));
}

static void explode(json *node, const char *type)
{
    json_object_set_new(node, "done", json_true());
    if (!is_type(type, "MAP<"))
        return;
    json *entries = typed_function("map_entries", json_pack("[O]", child(node, 0)));
    json_array_set_new(json_get(node, "children"), 0, entries);
    json_object_set_new(node, "explodes_map", json_true());
}

/* ---- texts ---- */

/* x as the platform writes it, where that is not what DuckDB writes; else NULL. */
static json *as_text(json *x, const char *type)
{
    if (is_type(type, "TIMESTAMP") && strcmp(type, "TIMESTAMP") == 0)
        return typed_cast(typed_cast(json_incref(x), "TIMESTAMP"), "VARCHAR");
    if (is_type(type, "DOUBLE"))
        return typed_function("dbx_double_text", json_pack("[O]", x));
    if (is_type(type, "FLOAT"))
        return typed_function("dbx_float_text", json_pack("[O]", x));
    if (is_type(type, "BINARY"))
        return typed_function("decode", json_pack("[O]", x));
    return NULL;
}

static void cast_text(json *node, const char *type)
{
    json *text = as_text(json_get(node, "child"), type);
    json_object_set_new(node, "done", json_true());
    if (text && !json_get_bool(node, "try_cast", false))
        typed_become(node, text);
    else
        json_decref(text);
}

bool typed_is_whole(const char *type)
{
    static const char *const types[] = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"};
    for (size_t i = 0; i < CX_COUNT(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* Towards zero, where DuckDB rounds; and a text must be a whole number. */
static void cast_whole(json *node, const char *type)
{
    json *x = json_get(node, "child");
    json_object_set_new(node, "done", json_true());
    if (is_type(type, "DOUBLE") || is_type(type, "FLOAT") || is_type(type, "DECIMAL"))
        json_object_set_new(node, "child", typed_function("trunc", json_pack("[O]", x)));
    else if (is_type(type, "STRING"))
        json_object_set_new(node, "child",
                            typed_function(json_get_bool(node, "try_cast", false)
                                               ? "dbx_whole_or_null"
                                               : "dbx_whole",
                                           json_pack("[O]", x)));
}

static void concatenate(json *node, const char *a, const char *b)
{
    const char *const types[2] = {a, b};
    const bool binary = is_type(a, "BINARY") && is_type(b, "BINARY");
    json_object_set_new(node, "done", json_true());
    for (size_t i = 0; i < 2 && !binary; i++) {
        json *text = as_text(child(node, i), types[i]);
        if (text)
            json_array_set_new(json_get(node, "children"), i, text);
    }
}

static void type_name(cx *c, json *node, const char *type)
{
    json_object_set_new(node, "done", json_true());
    if (!type)
        return;
    buf b = BUF(BUF_ANY);
    for (const char *p = type; *p; p++)
        if (*p != ' ' || text_starts(type, "INTERVAL"))
            buf_addc(&b, *p);
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    text_lower(text);
    typed_become(node, typed_constant("VARCHAR", json_string(text)));
}

/* ---- dates ---- */

static bool of_days(const json *x)
{
    static const char *const units[] = {"to_days", "to_weeks", "to_months", "to_years"};
    for (size_t i = 0; i < CX_COUNT(units); i++)
        if (text_same_nocase(json_get_str(x, "function_name", ""), units[i]))
            return true;
    return false;
}

/* DuckDB takes a literal for an INT of ten digits; the platform counts its digits. */
static bool add_decimals(json *node, const char *a, const char *b)
{
    if (!both_decimal(a, b))
        return false;
    const decimal x = operand_decimal(child(node, 0), a), y = operand_decimal(child(node, 1), b);
    const int scale = x.scale > y.scale ? x.scale : y.scale;
    const int left = x.precision - x.scale, right = y.precision - y.scale;
    const int precision = (left > right ? left : right) + scale + 1;
    if (precision <= 38)
        typed_become(node, cast_decimal(copy_bare(node), (decimal){precision, scale}));
    return true;
}

/* A date and whole days stay a date; with hours it is a timestamp. */
static void add_dates(json *node, const char *a, const char *b)
{
    json_object_set_new(node, "done", json_true());
    if (json_array_size(json_get(node, "children")) != 2 || add_decimals(node, a, b))
        return;
    if (a && b && !strcmp(a, "DATE") && !strcmp(b, "DATE")) {
        typed_become(node, typed_function("to_days", json_pack("[o]", typed_cast(copy_bare(node),
                                                                                 "INTEGER"))));
        return;
    }
    const bool right = a && b && !strcmp(a, "DATE") && is_type(b, "INTERVAL");
    const bool left = a && b && !strcmp(b, "DATE") && is_type(a, "INTERVAL");
    if (!left && !right)
        return;
    const bool days = of_days(child(node, right ? 1 : 0));
    typed_become(node, typed_cast(copy_bare(node), days ? "DATE" : "TIMESTAMP WITH TIME ZONE"));
}

cx_code typed_apply(cx *c, json *node, const char *a, const char *b)
{
    const char *name = json_get_str(node, "function_name", "");
    if (strcmp(json_get_str(node, "type", ""), "ARRAY_EXTRACT") == 0)
        subscript(node, a);
    else if (strcmp(json_get_str(node, "class", ""), "CAST") == 0 &&
             typed_is_whole(json_get_str(json_get(node, "cast_type"), "id", "")))
        cast_whole(node, a);
    else if (strcmp(json_get_str(node, "class", ""), "CAST") == 0)
        cast_text(node, a);
    else if (strcmp(name, "/") == 0)
        divide(node, a, b);
    else if (strcmp(name, "%") == 0)
        remainder_of(node, a, b);
    else if (strcmp(name, "*") == 0)
        multiply(node, a, b);
    else if (strcmp(name, "+") == 0 || strcmp(name, "-") == 0)
        add_dates(node, a, b);
    else if (strcmp(name, "||") == 0)
        concatenate(node, a, b);
    else if (text_same_nocase(name, "sum"))
        sum(node, a);
    else if (text_same_nocase(name, "avg") || text_same_nocase(name, "mean"))
        average(node, a);
    else if (text_same_nocase(name, "unnest"))
        explode(node, a);
    else if (text_same_nocase(name, "typeof"))
        type_name(c, node, a);
    else
        element_at(node, a);
    return CX_OK;
}

/* DuckDB prints the constant 1e10 as 10000000000.0, which it would read back as a decimal. */
static void keep_double(json *node)
{
    const json *value = json_get(node, "value");
    char text[40];
    if (strcmp(json_get_str(node, "class", ""), "CONSTANT") != 0 ||
        strcmp(json_get_str(json_get(value, "type"), "id", ""), "DOUBLE") != 0 ||
        !json_is_number(json_get(value, "value")))
        return;
    snprintf(text, sizeof text, "%.17g", json_number_value(json_get(value, "value")));
    json *cast = typed_cast(typed_constant("VARCHAR", json_string(text)), "DOUBLE");
    json_object_del(cast, "done");
    typed_become(node, cast);
}

static void strip(json *node)
{
    const char *key;
    json *at;
    size_t i;
    if (json_is_array(node)) {
        json_array_foreach (node, i, at)
            strip(at);
    } else if (json_is_object(node)) {
        json_object_del(node, "done");
        json_object_del(node, "explodes_map");
        keep_double(node);
        json_object_foreach (node, key, at)
            if (json_is_object(at) || json_is_array(at))
                strip(at);
    }
}

static cx_code take(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    *(char **)self = values[0] ? cx_dupn(c, values[0], lengths[0]) : NULL;
    return CX_OK;
}

cx_code typed_print(cx *c, run *r, const json *tree, char **out)
{
    AUTO(json) bare = json_deep_copy(tree);
    AUTO(duck_result) found = NULL;
    duck_conn *conn;
    char *text = NULL;
    TRY(eng_conn(c, r, &conn));
    strip(bare);
    char *dump = json_dumps(bare, JSON_COMPACT);
    buf ask = BUF(BUF_ANY);
    buf_adds(&ask, "SELECT json_deserialize_sql(");
    duck_add_literal(&ask, typed_numbers_out(c, dump));
    buf_addc(&ask, ')');
    free(dump);
    const cx_code rc = duck_run(c, conn, buf_text(&ask), &found);
    buf_clear(&ask);
    TRY(rc);
    TRY(duck_each(c, found, take, &text));
    if (!text)
        return cx_fail(c, CX_INTERNAL, "a query's tree has no text");
    *out = text;
    return CX_OK;
}
