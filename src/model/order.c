/* In which order views and functions can be made.
 *
 * Each body's references are taken from its syntax tree and looked up among the catalog's own views
 * and functions; what is left (tables, other catalogs) needs no order here. Then the nodes are
 * taken away one by one, each when all it needs is gone (Kahn), by name among equals, so that the
 * same catalog always gives the same plan. What remains is a cycle, and is named. */
#include "model/model_int.h"
#include "sql/dialect.h"

typedef struct {
    model_object *object;
    size_t *needs; /* nodes, as indices into `nodes` */
    size_t need_count, need_capacity, missing;
    const model_object **tables;
    size_t table_count, table_capacity;
    const char *unparsed;
    size_t place; /* in the result */
    bool placed;
} node;

typedef struct {
    cx *c;
    const inventory *i;
    node *nodes;
    size_t count;
} graph;

static void add_need(graph *g, node *n, size_t to)
{
    for (size_t k = 0; k < n->need_count; k++)
        if (n->needs[k] == to)
            return;
    if (n->need_count == n->need_capacity) {
        n->need_capacity = n->need_capacity ? n->need_capacity * 2 : 4;
        size_t *grown = cx_array(g->c, size_t, n->need_capacity);
        if (n->need_count)
            memcpy(grown, n->needs, n->need_count * sizeof *grown);
        n->needs = grown;
    }
    n->needs[n->need_count++] = to;
}

static void add_table(graph *g, node *n, const model_object *table)
{
    for (size_t k = 0; k < n->table_count; k++)
        if (n->tables[k] == table)
            return;
    if (n->table_count == n->table_capacity) {
        n->table_capacity = n->table_capacity ? n->table_capacity * 2 : 4;
        const model_object **grown = cx_array(g->c, const model_object *, n->table_capacity);
        if (n->table_count)
            memcpy(grown, n->tables, n->table_count * sizeof *grown);
        n->tables = grown;
    }
    n->tables[n->table_count++] = table;
}

/* Functions come first in `nodes`, then views, each in the order of its list. */
static bool node_index(const graph *g, model_kind k, const char *schema, const char *name,
                       size_t *out)
{
    const model_object *o = model_find(g->i, k, schema, name);
    if (!o)
        return false;
    *out = (size_t)(o - g->i->of[k].items) + (k == MODEL_VIEW ? g->i->of[MODEL_FUNCTION].count : 0);
    return true;
}

static char *lower(cx *c, const char *text)
{
    char *out = cx_dup(c, text);
    text_lower(out);
    return out;
}

/* Names count from the right: [catalog.][schema.]name. */
static void add_reference(graph *g, node *n, const dialect_ref *ref, model_kind k)
{
    const int parts = ref->part_count;
    size_t to;
    if (ref->is_cte || parts < 1 || parts > 3)
        return;
    if (parts == 3 && !text_same_nocase(ref->parts[0], g->i->catalog))
        return;
    const char *schema = parts >= 2 ? lower(g->c, ref->parts[parts - 2]) : n->object->schema;
    const char *name = lower(g->c, ref->parts[parts - 1]);
    const model_object *table =
        k == MODEL_VIEW ? model_find(g->i, MODEL_TABLE, schema, name) : NULL;
    if (table)
        add_table(g, n, table);
    else if ((node_index(g, k, schema, name, &to) ||
              (k == MODEL_VIEW && node_index(g, MODEL_FUNCTION, schema, name, &to))) &&
             &g->nodes[to] != n)
        add_need(g, n, to);
}

static void read_body(graph *g, node *n)
{
    dialect_ref *refs;
    size_t count;
    if (!n->object->body || strcmp(n->object->language ? n->object->language : "SQL", "SQL") != 0)
        return;
    cx_code rc = dialect_tables(g->c, n->object->body, &refs, &count);
    for (size_t k = 0; rc == CX_OK && k < count; k++)
        add_reference(g, n, &refs[k], MODEL_VIEW);
    if (rc == CX_OK)
        rc = dialect_functions(g->c, n->object->body, &refs, &count);
    for (size_t k = 0; rc == CX_OK && k < count; k++)
        add_reference(g, n, &refs[k], MODEL_FUNCTION);
    if (rc != CX_OK) {
        n->unparsed = g->c->error.message;
        cx_forgive(g->c);
    }
}

static const char *name_cycle(graph *g)
{
    size_t at = 0;
    while (at < g->count && g->nodes[at].placed)
        at++;
    if (at == g->count)
        return NULL;
    /* Walk along unplaced needs: after as many steps as there are nodes we are inside a cycle. */
    for (size_t step = 0, found = 0; step < g->count; step++, found = 0)
        for (size_t k = 0; k < g->nodes[at].need_count && !found; k++)
            if (!g->nodes[g->nodes[at].needs[k]].placed)
                at = g->nodes[at].needs[k], found = 1;
    buf b = BUF(BUF_ANY);
    const size_t start = at;
    do {
        buf_addf(&b, "%s → ", model_label(g->c, g->nodes[at].object));
        for (size_t k = 0; k < g->nodes[at].need_count; k++)
            if (!g->nodes[g->nodes[at].needs[k]].placed) {
                at = g->nodes[at].needs[k];
                break;
            }
    } while (at != start);
    buf_adds(&b, model_label(g->c, g->nodes[start].object));
    const char *text = cx_dup(g->c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static void place(graph *g, size_t at, order_result *r, bool in_cycle)
{
    node *n = &g->nodes[at];
    n->placed = !in_cycle;
    n->place = r->count;
    r->items[r->count++] =
        (order_entry){.object = n->object, .unparsed = n->unparsed, .in_cycle = in_cycle};
    for (size_t k = 0; k < g->count && !in_cycle; k++)
        for (size_t m = 0; m < g->nodes[k].need_count; m++)
            g->nodes[k].missing -= g->nodes[k].needs[m] == at;
}

static void place_all(graph *g, order_result *r)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t k = 0; k < g->count; k++)
            if (!g->nodes[k].placed && g->nodes[k].missing == 0) {
                place(g, k, r, false);
                more = true;
            }
    }
    r->cycle = name_cycle(g);
    for (size_t k = 0; k < g->count; k++)
        if (!g->nodes[k].placed)
            place(g, k, r, true);
}

static void translate_needs(graph *g, order_result *r)
{
    for (size_t k = 0; k < g->count; k++) {
        const node *n = &g->nodes[k];
        size_t *needs = cx_array(g->c, size_t, n->need_count + 1);
        for (size_t m = 0; m < n->need_count; m++)
            needs[m] = g->nodes[n->needs[m]].place;
        r->items[n->place].needs = needs;
        r->items[n->place].need_count = n->need_count;
        r->items[n->place].tables = n->tables;
        r->items[n->place].table_count = n->table_count;
    }
}

cx_code model_order(cx *c, const inventory *i, order_result **out)
{
    graph g = {.c = c, .i = i};
    g.count = i->of[MODEL_FUNCTION].count + i->of[MODEL_VIEW].count;
    g.nodes = cx_array(c, node, g.count + 1);
    for (size_t k = 0; k < g.count; k++) {
        const size_t functions = i->of[MODEL_FUNCTION].count;
        g.nodes[k].object = k < functions ? &i->of[MODEL_FUNCTION].items[k]
                                          : &i->of[MODEL_VIEW].items[k - functions];
    }
    for (size_t k = 0; k < g.count; k++) {
        TRY(cx_alive(c));
        read_body(&g, &g.nodes[k]);
        g.nodes[k].missing = g.nodes[k].need_count;
    }
    order_result *r = cx_new(c, order_result);
    r->items = cx_array(c, order_entry, g.count + 1);
    place_all(&g, r);
    translate_needs(&g, r);
    *out = r;
    return CX_OK;
}
