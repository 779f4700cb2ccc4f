/* What a query may reach in DuckDB.
 *
 * DuckDB would read any file that a query names: FROM '/etc/passwd', read_text(…), a replacement
 * scan of "x.csv". A query of the workspace reads tables of the workspace only. So the translated
 * text is parsed by DuckDB itself (json_serialize_sql), and in the tree each relation must be one
 * that this statement made or that the query itself defines, each table function one of a short
 * list. The texts of the views and functions below were checked in the same way when they were
 * made. */
#include "lake/engine/query/typed.h"

typedef struct {
    const run *r;
    json *ctes;      /* names that the query defines, lower case → true */
    const char *bad; /* what was refused; arena */
    bool function;
} guard;

static const char *const table_functions[] = {"unnest",  "range",      "generate_series",
                                              "explode", "repeat_row", "json_each"};

static bool is_ours(const guard *g, const char *name)
{
    if (strncasecmp(name, "__clxs_", 7) == 0)
        return true;
    char *low = cx_heapdup(name);
    text_lower(low);
    const bool found = json_object_get(g->ctes, low) != NULL;
    free(low);
    return found;
}

static bool function_allowed(const char *name)
{
    if (strncasecmp(name, "__clxs_", 7) == 0)
        return true;
    for (size_t i = 0; i < CX_COUNT(table_functions); i++)
        if (text_same_nocase(name, table_functions[i]))
            return true;
    return false;
}

static void collect_ctes(guard *g, const json *node)
{
    const json *child;
    const char *key;
    size_t i;
    if (json_is_object(node)) {
        json_array_foreach (json_get(json_get(node, "cte_map"), "map"), i, child) {
            char *low = cx_heapdup(json_get_str(child, "key", ""));
            text_lower(low);
            json_object_set_new(g->ctes, low, json_true());
            free(low);
        }
        const char *cte = json_get_str(node, "cte_name", NULL);
        if (cte) {
            char *low = cx_heapdup(cte);
            text_lower(low);
            json_object_set_new(g->ctes, low, json_true());
            free(low);
        }
        json_object_foreach ((json *)node, key, child)
            collect_ctes(g, child);
    } else if (json_is_array(node)) {
        json_array_foreach (node, i, child)
            collect_ctes(g, child);
    }
}

static void check_node(cx *c, guard *g, const json *node)
{
    const char *type = json_get_str(node, "type", "");
    if (strcmp(type, "BASE_TABLE") == 0) {
        const char *name = json_get_str(node, "table_name", "");
        if (*json_get_str(node, "schema_name", "") || *json_get_str(node, "catalog_name", "") ||
            !is_ours(g, name))
            g->bad = cx_dup(c, name);
    } else if (strcmp(type, "TABLE_FUNCTION") == 0) {
        const char *name = json_get_str(json_get(node, "function"), "function_name", "");
        if (!function_allowed(name)) {
            g->bad = cx_dup(c, name);
            g->function = true;
        }
    }
}

static void check_tree(cx *c, guard *g, const json *node)
{
    const json *child;
    const char *key;
    size_t i;
    if (g->bad)
        return;
    if (json_is_object(node)) {
        check_node(c, g, node);
        json_object_foreach ((json *)node, key, child)
            check_tree(c, g, child);
    } else if (json_is_array(node)) {
        json_array_foreach (node, i, child)
            check_tree(c, g, child);
    }
}

static cx_code take_text(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    *(char **)self = values[0] ? cx_dupn(c, values[0], lengths[0]) : NULL;
    return CX_OK;
}

/* Where a node stands in the text; "nowhere" is 2^64 - 1, over what a JSON integer holds here. */
static void zero_locations(char *text)
{
    static const char key[] = "\"query_location\":";
    for (char *p = text; (p = strstr(p, key)) != NULL;) {
        p += sizeof key - 1;
        while (*p >= '0' && *p <= '9')
            *p++ = ' ';
        p[-1] = '0';
    }
}

cx_code eng_tree(cx *c, run *r, const char *sql, json **out)
{
    AUTO(duck_result) found = NULL;
    duck_conn *conn;
    char *text = NULL;
    buf ask = BUF(BUF_ANY);
    TRY(eng_conn(c, r, &conn));
    buf_adds(&ask, "SELECT json_serialize_sql(");
    duck_add_literal(&ask, sql);
    buf_addc(&ask, ')');
    const cx_code rc = duck_run(c, conn, buf_text(&ask), &found);
    buf_clear(&ask);
    TRY(rc);
    TRY(duck_each(c, found, take_text, &text));
    json_error_t e;
    if (text)
        zero_locations(text);
    *out = json_loads(text ? typed_numbers_in(c, text) : "null", 0, &e);
    if (!*out)
        return cx_fail(c, CX_INTERNAL, "the query's tree is not JSON: %s", e.text);
    return CX_OK;
}

cx_code eng_guard_tree(cx *c, run *r, const json *tree)
{
    AUTO(json) ctes = json_object();
    guard g = {.r = r, .ctes = ctes};
    if (json_get_bool(tree, "error", false))
        return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601", "%s",
                          json_get_str(tree, "error_message", "the query cannot be parsed"));
    collect_ctes(&g, tree);
    check_tree(c, &g, tree);
    if (g.bad && g.function)
        return cx_fail_as(c, CX_INVALID, "UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883",
                          "Could not resolve `%s` to a table-valued function.", g.bad);
    if (g.bad)
        return cx_fail_as(c, CX_NOT_FOUND, "TABLE_OR_VIEW_NOT_FOUND", "42P01",
                          "The table or view `%s` cannot be found.", g.bad);
    return CX_OK;
}

cx_code eng_guard(cx *c, run *r, const char *sql)
{
    AUTO(json) tree = NULL;
    TRY(eng_tree(c, r, sql, &tree));
    return eng_guard_tree(c, r, tree);
}
