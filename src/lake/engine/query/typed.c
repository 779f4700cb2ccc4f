/* What a query means where that depends on types.
 *
 * x[k] counts from zero on an array and looks up on a map; a / b of decimals is a decimal; sum, avg
 * and * of decimals have types of their own; a timestamp as text has no zone. The dialect library
 * sees no types, DuckDB does. So the translated text becomes DuckDB's own tree
 * (json_serialize_sql); the operands of such nodes are wrapped with a probe that tells their types
 * when the tree is bound (duck_probe); then the nodes are replaced. A node whose operands hold such
 * nodes waits for the next pass.
 *
 * Where nothing can be bound (a function's body, a column's default) each node gets the form that
 * is right for the commonest types. */
#include "lake/engine/query/typed.h"

enum { MOST_PASSES = 16 };

typedef struct {
    const char *name;
    size_t operands;
} site_form;

/* Functions and operators; operands 0 = all. */
static const site_form forms[] = {{"/", 2},    {"%", 2},      {"*", 2},      {"+", 2},
                                  {"-", 2},    {"||", 2},     {"sum", 1},    {"avg", 1},
                                  {"mean", 1}, {"unnest", 1}, {"typeof", 1}, {"dbx_element_at", 1}};

typedef struct {
    cx *c;
    run *r;
    json *tree;   /* owned by eng_typed */
    json **ready; /* nodes of this pass, borrowed from tree; arena */
    size_t count, room;
    json *keys;   /* operand's text → id - first */
    bool unbound; /* nothing binds: types are unknown */
} typer;

static const char *text_of(const json *node, const char *key)
{
    return json_get_str(node, key, "");
}

static bool is_site(const json *node, size_t *operands)
{
    const char *class = text_of(node, "class"), *name = text_of(node, "function_name");
    *operands = 1;
    if (json_get(node, "done"))
        return false;
    if (strcmp(text_of(node, "type"), "ARRAY_EXTRACT") == 0)
        return text_same_nocase(
            text_of(json_array_get(json_get(node, "children"), 1), "function_name"), "dbx_index");
    if (strcmp(class, "CAST") == 0)
        return strcmp(text_of(json_get(node, "cast_type"), "id"), "VARCHAR") == 0 ||
               typed_is_whole(text_of(json_get(node, "cast_type"), "id"));
    if (strcmp(class, "FUNCTION") != 0 && strcmp(class, "WINDOW") != 0)
        return false;
    for (size_t i = 0; i < CX_COUNT(forms); i++)
        if (text_same_nocase(name, forms[i].name)) {
            *operands = forms[i].operands;
            return json_array_size(json_get(node, "children")) >= *operands;
        }
    return false;
}

static bool collect(typer *t, json *node);

static const char *const sources[] = {"from_table", "left", "right", "cte_map"};

/* What a query reads comes first: its columns' types are what the rest of it works on. */
static bool collect_sources(typer *t, json *node)
{
    const bool reads = json_get(node, "from_table") || strcmp(text_of(node, "type"), "JOIN") == 0;
    json *cte;
    size_t i;
    json_array_foreach (json_get(json_get(node, "cte_map"), "map"), i, cte)
        if (collect(t, cte))
            return true;
    for (i = 0; reads && i < 3; i++)
        if (collect(t, json_get(node, sources[i])))
            return true;
    return false;
}

/* Was it looked at by collect_sources? Looking twice at every level would double with each. */
static bool is_source(const json *node, const char *key)
{
    const bool reads = json_get(node, "from_table") || strcmp(text_of(node, "type"), "JOIN") == 0;
    for (size_t i = 0; i < CX_COUNT(sources); i++)
        if (strcmp(key, sources[i]) == 0)
            return reads || i == 3;
    return false;
}

/* Collects the sites that wait for none below them; true if there is one in this subtree. */
static bool collect(typer *t, json *node)
{
    bool waiting = false;
    const char *key;
    json *child;
    size_t i, operands;
    if (json_is_array(node)) {
        json_array_foreach (node, i, child)
            waiting = collect(t, child) || waiting;
        return waiting;
    }
    if (!json_is_object(node))
        return false;
    if (strcmp(text_of(node, "type"), "TABLE_FUNCTION") == 0)
        return collect(t, json_get(json_get(node, "function"), "children"));
    if (collect_sources(t, node))
        return true;
    json_object_foreach (node, key, child)
        if ((json_is_object(child) || json_is_array(child)) && !is_source(node, key))
            waiting = collect(t, child) || waiting;
    if (!is_site(node, &operands))
        return waiting;
    if (waiting)
        return true;
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 32;
        json **more = cx_array(t->c, json *, room);
        if (t->count)
            memcpy(more, t->ready, t->count * sizeof *more);
        t->ready = more;
        t->room = room;
    }
    t->ready[t->count++] = node;
    return true;
}

/* ---- operands ---- */

static json *operand(const json *node, size_t i)
{
    return strcmp(text_of(node, "class"), "CAST") == 0
               ? json_get(node, "child")
               : json_array_get(json_get(node, "children"), i);
}

static void set_operand(json *node, size_t i, json *to)
{
    if (strcmp(text_of(node, "class"), "CAST") == 0)
        json_object_set_new(node, "child", to);
    else
        json_array_set_new(json_get(node, "children"), i, to);
}

static int64_t key_of(typer *t, const json *x)
{
    char *text = json_dumps(x, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    const json *known = json_object_get(t->keys, text);
    int64_t id = (int64_t)json_object_size(t->keys);
    if (known)
        id = json_integer_value(known);
    else
        json_object_set_new(t->keys, text, json_integer(id));
    free(text);
    return id;
}

/* DuckDB unnests no map, so while its type is asked for it is not unnested. */
static void swap_name(json *node, const char *from, const char *to)
{
    if (text_same_nocase(text_of(node, "function_name"), from))
        json_object_set_new(node, "function_name", json_string(to));
}

/* Wraps every operand, asks, and puts the operands back. */
static cx_code probe(typer *t, const char ***out_types)
{
    duck_conn *conn;
    char *sql = NULL;
    size_t n, total = 0;
    TRY(eng_conn(t->c, t->r, &conn));
    json_object_clear(t->keys);
    json **was = cx_array(t->c, json *, 2 * t->count + 1);
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; is_site(t->ready[i], &n) && k < n; k++)
            (void)key_of(t, operand(t->ready[i], k));
    const size_t ids = json_object_size(t->keys);
    const int64_t first = duck_probe_ids(conn, ids);
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; is_site(t->ready[i], &n) && k < n; k++) {
            json *x = operand(t->ready[i], k);
            was[total++] = json_incref(x);
            set_operand(t->ready[i], k, typed_probe(first + key_of(t, x), x));
        }
    for (size_t i = 0; i < t->count; i++)
        swap_name(t->ready[i], "unnest", "dbx_exploded");
    cx_code rc = typed_print(t->c, t->r, t->tree, &sql);
    for (size_t i = 0; i < t->count; i++)
        swap_name(t->ready[i], "dbx_exploded", "unnest");
    for (size_t i = t->count; i-- > 0;)
        for (size_t k = is_site(t->ready[i], &n) ? n : 0; k-- > 0;)
            set_operand(t->ready[i], k, was[--total]);
    *out_types = cx_array(t->c, const char *, ids + 1);
    if (rc == CX_OK)
        rc = eng_macros(t->c, t->r, sql);
    if (rc == CX_OK)
        rc = duck_probe(t->c, conn, sql, first, ids, *out_types);
    return rc;
}

static cx_code pass(typer *t)
{
    const char **types = NULL, *mine[2];
    size_t n;
    json **nodes = t->ready;
    if (!t->unbound && probe(t, &types) != CX_OK) {
        TRY(cx_alive(t->c));
        cx_forgive(t->c); /* the statement itself will say what is wrong, if anything is */
        t->unbound = true;
    }
    for (size_t i = 0; i < t->count; i++) {
        mine[0] = mine[1] = NULL;
        for (size_t k = 0; !t->unbound && is_site(nodes[i], &n) && k < n; k++)
            mine[k] = types[key_of(t, operand(nodes[i], k))];
        TRY(typed_apply(t->c, nodes[i], mine[0], mine[1]));
    }
    return CX_OK;
}

/* ---- explode of maps: two columns instead of one ---- */

static void expand_maps(json *node)
{
    const char *key;
    json *child;
    size_t i;
    if (json_is_array(node)) {
        for (i = 0; i < json_array_size(node); i++) {
            child = json_array_get(node, i);
            if (!json_get(child, "explodes_map")) {
                expand_maps(child);
                continue;
            }
            json_object_del(child, "explodes_map");
            json *entry = json_deep_copy(child);
            json_array_set_new(node, i, typed_member(json_incref(child), "key"));
            json_array_insert_new(node, ++i, typed_member(entry, "value"));
        }
    } else if (json_is_object(node)) {
        json_object_foreach (node, key, child)
            if (json_is_object(child) || json_is_array(child))
                expand_maps(child);
    }
}

static bool worth_it(const char *sql)
{
    static const char *const marks[] = {"/",          "%",           "dbx_index(", "||",
                                        "*",          "sum(",        "avg(",       "mean(",
                                        "TEXT",       "VARCHAR",     "unnest(",    "typeof(",
                                        "concat(",    "element_at(", "INTERVAL",   "- ",
                                        "AS INT)",    "AS INTEGER)", "AS BIGINT)", "AS SMALLINT)",
                                        "AS TINYINT)"};
    for (size_t i = 0; i < CX_COUNT(marks); i++)
        if (strcasestr(sql, marks[i]))
            return true;
    return false;
}

cx_code eng_typed(cx *c, run *r, char **sql)
{
    AUTO(json) tree = NULL;
    AUTO(json) keys = json_object();
    typer t = {.c = c, .r = r, .keys = keys};
    bool changed = typed_has_structure(*sql);
    if (!changed && !worth_it(*sql))
        return eng_macros(c, r, *sql);
    TRY(eng_tree(c, r, *sql, &tree));
    /* Binding opens what a query names, so what it may name is asked first. */
    TRY(eng_guard_tree(c, r, tree));
    t.tree = tree;
    if (changed)
        typed_structure(tree);
    for (int i = 0;; i++) {
        t.count = 0;
        t.unbound = t.unbound || i >= MOST_PASSES;
        if (!collect(&t, tree) || t.count == 0)
            break;
        TRY(pass(&t));
        changed = true;
    }
    expand_maps(tree);
    if (changed)
        TRY(typed_print(c, r, tree, sql));
    return eng_macros(c, r, *sql);
}
