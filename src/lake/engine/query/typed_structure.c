/* Forms that only a tree can be given: functions with lambdas of two parameters, which DuckDB has
 * for no map and with other positions for arrays; concat of many; parts of dates. */
#include "lake/engine/query/typed.h"

static const char item[] = "__clxs_item"; /* the parameter of lambdas made here */

static json *child(const json *node, size_t i)
{
    return json_array_get(json_get(node, "children"), i);
}

static const char *name_of(const json *node)
{
    return json_get_str(node, "function_name", "");
}

static json *column(const char *first, const char *second)
{
    json *k = json_pack("{s:s, s:s, s:s, s:i, s:[s]}", "class", "COLUMN_REF", "type", "COLUMN_REF",
                        "alias", "", "query_location", 0, "column_names", first);
    if (second)
        json_array_append_new(json_get(k, "column_names"), json_string(second));
    return k;
}

static void fold_concat(json *node)
{
    json *all = json_incref(json_get(node, "children"));
    json *folded = json_incref(json_array_get(all, 0));
    for (size_t i = 1; i < json_array_size(all); i++) {
        folded = typed_function("||", json_pack("[o, O]", folded, json_array_get(all, i)));
        json_object_set_new(folded, "is_operator", json_true());
    }
    typed_become(node, folded);
    json_decref(all);
}

/* ---- lambdas ---- */

/* The names of a lambda's parameters; false when there are not two. */
static bool two_parameters(const json *lambda, const char *names[2])
{
    const json *row = json_get(lambda, "lhs");
    if (strcmp(json_get_str(lambda, "class", ""), "LAMBDA") != 0 ||
        strcmp(name_of(row), "row") != 0 || json_array_size(json_get(row, "children")) != 2)
        return false;
    for (size_t i = 0; i < 2; i++)
        names[i] = json_string_value(json_array_get(json_get(child(row, i), "column_names"), 0));
    return names[0] && names[1];
}

/* Each reference to `name` becomes `with`; what follows it (a struct's member) stays. */
static void substitute(json *node, const char *name, const json *with)
{
    const char *key;
    json *at;
    size_t i;
    if (json_is_array(node)) {
        json_array_foreach (node, i, at)
            substitute(at, name, with);
        return;
    }
    if (!json_is_object(node))
        return;
    const json *names = json_get(node, "column_names");
    const char *first = json_string_value(json_array_get(names, 0));
    if (strcmp(json_get_str(node, "class", ""), "COLUMN_REF") == 0 && first &&
        text_same_nocase(first, name)) {
        json *to = json_deep_copy(with);
        for (i = 1; i < json_array_size(names); i++)
            to = typed_function(
                "struct_extract",
                json_pack("[o, o]", to,
                          typed_constant("VARCHAR", json_incref(json_array_get(names, i)))));
        typed_become(node, to);
        return;
    }
    json_object_foreach (node, key, at)
        if (json_is_object(at) || json_is_array(at))
            substitute(at, name, with);
}

static json *lambda_of(json *body)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o}", "class", "LAMBDA", "type", "LAMBDA", "alias",
                     "", "query_location", 0, "lhs", column(item, NULL), "expr", body);
}

/* The lambda's body over one parameter with members `first` and `second`. */
static json *over_item(const json *lambda, const char *const names[2], json *first, json *second)
{
    json *body = json_deep_copy(json_get(lambda, "expr"));
    substitute(body, names[0], first);
    substitute(body, names[1], second);
    json_decref(first);
    json_decref(second);
    return body;
}

static json *pair_member(int n)
{
    return typed_function(
        "struct_extract_at",
        json_pack("[o, o]", column(item, NULL), typed_constant("INTEGER", json_integer(n))));
}

static void zip_with(json *node)
{
    const char *names[2];
    if (json_array_size(json_get(node, "children")) != 3 || !two_parameters(child(node, 2), names))
        return;
    json *body = over_item(child(node, 2), names, pair_member(1), pair_member(2));
    json *pairs = typed_function("list_zip", json_pack("[O, O]", child(node, 0), child(node, 1)));
    typed_become(node,
                 typed_function("list_transform", json_pack("[o, o]", pairs, lambda_of(body))));
}

static json *entry_struct(json *key, json *value)
{
    json_object_set_new(key, "alias", json_string("key"));
    json_object_set_new(value, "alias", json_string("value"));
    return typed_function("struct_pack", json_pack("[o, o]", key, value));
}

/* map_filter, transform_keys, transform_values: over the map's entries and back. */
static void over_map(json *node, const char *name)
{
    const char *names[2];
    if (json_array_size(json_get(node, "children")) != 2 || !two_parameters(child(node, 1), names))
        return;
    const bool filter = text_same_nocase(name, "map_filter");
    json *body = over_item(child(node, 1), names, column(item, "key"), column(item, "value"));
    if (text_same_nocase(name, "transform_keys"))
        body = entry_struct(body, column(item, "value"));
    else if (!filter)
        body = entry_struct(column(item, "key"), body);
    json *entries = typed_function("map_entries", json_pack("[O]", child(node, 0)));
    json *list = typed_function(filter ? "list_filter" : "list_transform",
                                json_pack("[o, o]", entries, lambda_of(body)));
    typed_become(node, typed_function("map_from_entries", json_pack("[o]", list)));
}

/* transform(a, (x, i) -> …): positions begin at zero there, at one in DuckDB. */
static void over_positions(json *node)
{
    const char *names[2];
    json *lambda = child(node, 1);
    if (!two_parameters(lambda, names))
        return;
    json *position = column(names[1], NULL);
    json *less = typed_function(
        "-", json_pack("[o, o]", position, typed_constant("INTEGER", json_integer(1))));
    json_object_set_new(less, "is_operator", json_true());
    json_object_set_new(less, "done", json_true());
    json *index = typed_cast(less, "INTEGER");
    substitute(json_get(lambda, "expr"), names[1], index);
    json_decref(index);
}

/* ---- others ---- */

/* A list of structs as rows of their members. */
static void inline_rows(json *node)
{
    json *depth = typed_constant("INTEGER", json_integer(2));
    json_object_set_new(depth, "alias", json_string("max_depth"));
    json *to = typed_function("unnest", json_pack("[O, o]", child(node, 0), depth));
    json_object_set_new(to, "done", json_true());
    typed_become(node, to);
}

/* Parts of dates are INT there; seconds have a fraction; weeks begin on Sunday, which is 1. */
static void date_part(json *node)
{
    const char *part = json_string_value(json_get(json_get(child(node, 0), "value"), "value"));
    static const char *const days[] = {"dayofweek", "dow"};
    if (!part || json_array_size(json_get(node, "children")) != 2)
        return;
    json *time = json_incref(child(node, 1));
    if (text_same_nocase(part, "second") || text_same_nocase(part, "seconds")) {
        typed_become(node, typed_function("dbx_seconds", json_pack("[o]", time)));
        return;
    }
    for (size_t i = 0; i < CX_COUNT(days); i++)
        if (text_same_nocase(part, days[i])) {
            typed_become(node, typed_function("dbx_dayofweek", json_pack("[o]", time)));
            return;
        }
    json_decref(time);
    typed_become(node, typed_cast(json_deep_copy(node), "INTEGER"));
}

static void apply(json *node)
{
    const char *name = name_of(node);
    if (json_array_size(json_get(node, "children")) == 0)
        return;
    if (text_same_nocase(name, "dbx_concat"))
        fold_concat(node);
    else if (text_same_nocase(name, "zip_with"))
        zip_with(node);
    else if (text_same_nocase(name, "map_filter") || text_same_nocase(name, "transform_keys") ||
             text_same_nocase(name, "transform_values"))
        over_map(node, name);
    else if (text_same_nocase(name, "list_transform") || text_same_nocase(name, "list_filter"))
        over_positions(node);
    else if (text_same_nocase(name, "dbx_inline"))
        inline_rows(node);
    else if (text_same_nocase(name, "date_part"))
        date_part(node);
    else if (text_same_nocase(name, "date_diff")) /* whole units, not borders between them */
        json_object_set_new(node, "function_name", json_string("datesub"));
}

bool typed_has_structure(const char *sql)
{
    static const char *const names[] = {"concat(",         "zip_with(",         "map_filter(",
                                        "transform_keys(", "transform_values(", "list_transform(",
                                        "list_filter(",    "dbx_inline(",       "date_part(",
                                        "date_diff(",      "extract("};
    for (size_t i = 0; i < CX_COUNT(names); i++)
        if (strcasestr(sql, names[i]))
            return true;
    return false;
}

void typed_structure(json *tree)
{
    const char *key;
    json *at;
    size_t i;
    if (json_is_array(tree)) {
        json_array_foreach (tree, i, at)
            typed_structure(at);
    } else if (json_is_object(tree)) {
        json_object_foreach (tree, key, at)
            if (json_is_object(at) || json_is_array(at))
                typed_structure(at);
        apply(tree);
    }
}
