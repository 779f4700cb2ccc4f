/* From two inventories to the plan of a clone.
 *
 *     catalog ← schema ← table ← comment, tags, mask, row filter ← grants
 *                      ← function, view (after the tables, functions and views that they read) ←
 * grants ← volume ← grants
 *
 * Grants come last: nobody may read a copy before its masks and filters are on it, and a catalog's
 * or schema's own grants wait for those of everything in it. The inventories cost a fixed number of
 * statements; the versions of the consistent cut about one for fifty tables. */
#include "ops/clone/planning.h"

#include "ops/clone/drift.h"

/* ---- what is copied -----------------------------------------------------------------------------
 */

static cx_code compile(cx *c, regex_t *re, const char *text, const char *flag, bool *out_has)
{
    *out_has = false;
    if (!text || !*text)
        return CX_OK;
    const int rc = regcomp(re, text, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        char why[120];
        regerror(rc, re, why, sizeof why);
        return cx_fail(c, CX_INVALID, "%s is no regular expression: %s", flag, why);
    }
    *out_has = true;
    return CX_OK;
}

bool clone_wanted(const planning *g, const model_object *table)
{
    if (g->has_include && regexec(&g->include, table->name, 0, NULL, 0) != 0)
        return false;
    return !g->has_exclude || regexec(&g->exclude, table->name, 0, NULL, 0) != 0;
}

/* Why the table cannot be cloned by its kind; NULL = it can. */
static const char *refusal(const model_object *t)
{
    const char *type = t->type ? t->type : "";
    if (!strcmp(type, "STREAMING_TABLE"))
        return "a streaming table cannot be cloned: its pipeline makes it";
    if (!strcmp(type, "FOREIGN"))
        return "a foreign table has its rows in another system";
    return NULL;
}

bool clone_has_history(const model_object *t)
{
    return !refusal(t) && (!t->format || text_same_nocase(t->format, "DELTA"));
}

static cx_code check_included(const planning *g)
{
    for (size_t i = 0; g->k->include_schemas && g->k->include_schemas[i]; i++) {
        char *name = cx_dup(g->c, g->k->include_schemas[i]);
        text_lower(name);
        if (!model_find(g->source, MODEL_SCHEMA, name, name))
            return cx_fail(g->c, CX_NOT_FOUND, "catalog %s has no schema \"%s\"", g->k->source,
                           g->k->include_schemas[i]);
    }
    return CX_OK;
}

static cx_code read_both(planning *g)
{
    const model_filter whole = {g->k->include_schemas, g->k->exclude_schemas, false};
    cx_progress(g->c, "inventory", 0, 2, g->k->source);
    TRY(model_load(g->c, g->w, g->k->source, &whole, &g->source));
    TRY(check_included(g));
    cx_progress(g->c, "inventory", 1, 2, g->k->dest);
    TRY(model_load_or_empty(g->c, g->w, g->k->dest, &whole, &g->dest, &g->dest_exists));
    cx_progress(g->c, "inventory", 2, 2, "");
    cx_info(g->c, "catalog %s has %zu schemas, %zu tables, %zu views, %zu functions, %zu volumes",
            g->k->source, g->source->of[MODEL_SCHEMA].count, g->source->of[MODEL_TABLE].count,
            g->source->of[MODEL_VIEW].count, g->source->of[MODEL_FUNCTION].count,
            g->source->of[MODEL_VOLUME].count);
    return CX_OK;
}

static cx_code cut_versions(planning *g)
{
    const model_list *tables = &g->source->of[MODEL_TABLE];
    g->cut = cx_array(g->c, cut_entry, tables->count + 1);
    if (g->k->as_of_version >= 0 || g->k->as_of_timestamp)
        return CX_OK;
    for (size_t i = 0; i < tables->count; i++)
        if (clone_wanted(g, &tables->items[i]) && clone_has_history(&tables->items[i]))
            g->cut[g->cut_count++].table = &tables->items[i];
    cx_progress(g->c, "versions", 0, 1, g->k->source);
    TRY_IN(g->c, plan_cut(g->c, g->w, g->k->source, g->cut, g->cut_count, &g->p->t0),
           "reading the versions of %zu tables", g->cut_count);
    g->p->cut = "by the commit time of each version";
    cx_progress(g->c, "versions", 1, 1, "");
    return CX_OK;
}

/* ---- steps
 * ---------------------------------------------------------------------------------------- */

plan_step clone_blank_step(const planning *g, const char *action, const model_object *o)
{
    return (plan_step){.action = action,
                       .kind = o ? model_kind_name(o->kind) : "CATALOG",
                       .object = clone_label(g->c, g->k->dest, o),
                       .schema = o ? o->schema : "",
                       .version = -1,
                       .bytes = -1,
                       .files = -1};
}

static int schema_step(const planning *g, const model_object *o)
{
    const model_object *schema = model_find(g->source, MODEL_SCHEMA, o->schema, o->schema);
    return schema ? g->steps[MODEL_SCHEMA][schema - g->source->of[MODEL_SCHEMA].items] : g->catalog;
}

static bool is_there(const planning *g, const model_object *o)
{
    return model_find(g->dest, o->kind, o->schema, o->name) != NULL;
}

int clone_add_step(planning *g, plan_step *s, int needs)
{
    const int id = plan_add(g->c, g->p, s);
    plan_need(g->c, g->p, id, needs);
    return id;
}

/* A step that cannot be done; the reason is shown with the object. */
static int add_problem(planning *g, const model_object *o, const char *action, const char *why,
                       bool skip)
{
    plan_step s = clone_blank_step(g, action, o);
    s.source = clone_label(g->c, g->k->source, o);
    s.problem = why;
    s.skip = skip;
    return clone_add_step(g, &s, schema_step(g, o));
}

static void add_containers(planning *g)
{
    g->catalog = -1;
    if (!g->dest_exists) {
        plan_step s = clone_blank_step(g, "create", NULL);
        s.sql = clone_sql_catalog(g->c, g->k, g->source);
        s.inverse = clone_sql_drop(g->c, g->k, NULL);
        g->catalog = clone_add_step(g, &s, -1);
    }
    const model_list *schemas = &g->source->of[MODEL_SCHEMA];
    for (size_t i = 0; i < schemas->count; i++) {
        const model_object *o = &schemas->items[i];
        g->steps[MODEL_SCHEMA][i] = g->catalog;
        if (is_there(g, o))
            continue;
        plan_step s = clone_blank_step(g, "create", o);
        s.sql = clone_sql_schema(g->c, g->k, o);
        s.inverse = clone_sql_drop(g->c, g->k, o);
        g->steps[MODEL_SCHEMA][i] = clone_add_step(g, &s, g->catalog);
    }
}

/* A name that is taken by another kind of object is not replaced: that would drop what somebody
 * made. */
static const char *taken_by_other(const planning *g, const model_object *o)
{
    const model_kind other = o->kind == MODEL_TABLE ? MODEL_VIEW : MODEL_TABLE;
    if ((o->kind != MODEL_TABLE && o->kind != MODEL_VIEW) ||
        !model_find(g->dest, other, o->schema, o->name))
        return NULL;
    return cx_fmt(g->c, "the destination has a %s of this name",
                  other == MODEL_VIEW ? "view" : "table");
}

const cut_entry *clone_cut_of(const planning *g, const model_object *table)
{
    for (size_t low = 0, high = g->cut_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (g->cut[middle].table == table)
            return &g->cut[middle];
        if (g->cut[middle].table < table)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Is there, and this load leaves what is there alone; or is as it should be. */
static bool is_left(const planning *g, const model_object *o)
{
    const size_t i = (size_t)(o - g->source->of[o->kind].items);
    if (g->k->load == CLONE_INCREMENTAL)
        return is_there(g, o);
    if (g->k->load == CLONE_SELECTIVE)
        return o->kind == MODEL_TABLE ? !g->drift[i].copy : is_there(g, o) && g->same[o->kind][i];
    return false;
}

static int add_table(planning *g, const model_object *o)
{
    const char *action = g->k->shallow ? "refer" : "clone";
    const char *why = refusal(o);
    if (why)
        return add_problem(g, o, action, why, true);
    why = taken_by_other(g, o);
    if (why)
        return add_problem(g, o, action, why, false);
    const cut_entry *entry = clone_cut_of(g, o);
    if (entry && entry->version < 0)
        plan_warn(g->c, g->p, "%s is not part of the consistent cut%s%s",
                  clone_label(g->c, g->k->source, o), entry->problem ? ": " : "",
                  entry->problem ? entry->problem : "");
    plan_step s = clone_blank_step(g, action, o);
    s.source = clone_label(g->c, g->k->source, o);
    s.format = o->format ? o->format : "DELTA";
    s.version = g->k->as_of_version >= 0 ? g->k->as_of_version : entry ? entry->version : -1;
    s.sql = clone_sql_table(g->c, g->k, o, s.version);
    s.inverse = is_there(g, o) ? NULL : clone_sql_drop(g->c, g->k, o);
    return clone_add_step(g, &s, schema_step(g, o));
}

static void add_tables(planning *g)
{
    const model_list *tables = &g->source->of[MODEL_TABLE];
    int64_t replaced = 0;
    for (size_t i = 0; i < tables->count; i++) {
        const bool take = clone_wanted(g, &tables->items[i]) && !is_left(g, &tables->items[i]);
        g->steps[MODEL_TABLE][i] = take ? add_table(g, &tables->items[i]) : -1;
        replaced += take && is_there(g, &tables->items[i]);
    }
    if (replaced)
        plan_warn(g->c, g->p, "%lld table%s of %s will be replaced", (long long)replaced,
                  replaced == 1 ? "" : "s", g->k->dest);
}

/* What stood there before, as a statement that puts it back; NULL = it cannot be written. */
static const char *code_before(const planning *g, const model_object *o)
{
    const model_object *old = model_find(g->dest, o->kind, o->schema, o->name);
    clone_options back = *g->k;
    char *sql = NULL;
    if (!old)
        return clone_sql_drop(g->c, g->k, o);
    back.source = g->k->dest;
    back.comments = true;
    const cx_code rc = o->kind == MODEL_VIEW ? clone_sql_view(g->c, &back, old, &sql)
                                             : clone_sql_function(g->c, &back, old, &sql);
    if (rc != CX_OK)
        cx_forgive(g->c);
    return rc == CX_OK ? sql : NULL;
}

static int add_code(planning *g, const order_entry *e)
{
    const model_object *o = e->object;
    const bool view = o->kind == MODEL_VIEW;
    if (view && o->type && strcmp(o->type, "VIEW") != 0)
        return add_problem(g, o, "create", cx_fmt(g->c, "a %s cannot be cloned", o->type), true);
    if (e->in_cycle)
        return add_problem(g, o, "create", "it is part of, or needs, a circle of references",
                           false);
    const char *why = taken_by_other(g, o);
    if (why)
        return add_problem(g, o, "create", why, false);
    char *sql = NULL;
    const cx_code rc =
        view ? clone_sql_view(g->c, g->k, o, &sql) : clone_sql_function(g->c, g->k, o, &sql);
    if (rc != CX_OK) {
        const int id = add_problem(g, o, "create", g->c->error.message, false);
        cx_forgive(g->c);
        return id;
    }
    plan_step s = clone_blank_step(g, "create", o);
    s.source = clone_label(g->c, g->k->source, o);
    s.sql = sql;
    s.in_catalog = g->k->dest;
    s.in_schema = o->schema;
    s.inverse = code_before(g, o);
    return clone_add_step(g, &s, schema_step(g, o));
}

int *clone_slot(planning *g, const model_object *o)
{
    return &g->steps[o->kind][o - g->source->of[o->kind].items];
}

/* Functions and views, in an order in which each finds what it needs. */
static cx_code add_codes(planning *g)
{
    order_result *order;
    TRY(model_order(g->c, g->source, &order));
    if (order->cycle)
        plan_warn(g->c, g->p, "these refer to each other in a circle: %s", order->cycle);
    for (size_t i = 0; i < order->count; i++) {
        const order_entry *e = &order->items[i];
        const bool take = (e->object->kind == MODEL_VIEW ? g->k->views : g->k->functions) &&
                          !is_left(g, e->object);
        *clone_slot(g, e->object) = take ? add_code(g, e) : -1;
        const int id = *clone_slot(g, e->object);
        for (size_t n = 0; id >= 0 && n < e->need_count && !e->in_cycle; n++)
            plan_need(g->c, g->p, id, *clone_slot(g, order->items[e->needs[n]].object));
        for (size_t n = 0; id >= 0 && n < e->table_count; n++)
            plan_need(g->c, g->p, id, *clone_slot(g, (model_object *)e->tables[n]));
    }
    return CX_OK;
}

static void add_files(planning *g, const model_object *o, int volume)
{
    plan_step s = clone_blank_step(g, "files", o);
    s.source = clone_label(g->c, g->k->source, o);
    s.files_from = cx_fmt(g->c, "/Volumes/%s/%s/%s", g->k->source, o->schema, o->name);
    s.files_to = cx_fmt(g->c, "/Volumes/%s/%s/%s", g->k->dest, o->schema, o->name);
    s.files_most = g->k->volume_file_most;
    clone_add_step(g, &s, volume);
}

static void add_volumes(planning *g)
{
    const model_list *volumes = &g->source->of[MODEL_VOLUME];
    for (size_t i = 0; i < volumes->count; i++) {
        const model_object *o = &volumes->items[i];
        g->steps[MODEL_VOLUME][i] = -1;
        if (!g->k->volumes || (g->k->load == CLONE_INCREMENTAL && is_there(g, o)))
            continue;
        if (o->type && !strcmp(o->type, "EXTERNAL")) {
            g->steps[MODEL_VOLUME][i] = add_problem(
                g, o, "create", "an external volume's folder belongs to one volume only", true);
            continue;
        }
        plan_step s = clone_blank_step(g, "create", o);
        s.source = clone_label(g->c, g->k->source, o);
        s.sql = clone_sql_volume(g->c, g->k, o);
        s.inverse = is_there(g, o) ? NULL : clone_sql_drop(g->c, g->k, o);
        g->steps[MODEL_VOLUME][i] = clone_add_step(g, &s, schema_step(g, o));
        add_files(g, o, g->steps[MODEL_VOLUME][i]);
    }
}

const char *clone_load_name(clone_load load)
{
    return load == CLONE_SELECTIVE     ? "selective"
           : load == CLONE_INCREMENTAL ? "incremental"
                                       : "full";
}

/* How many tables drifted, for which reasons, and which; and what the copies of these are of: the
 * next copy takes what came since. */
static json *drift_json(const planning *g)
{
    json *reasons = json_object(), *tables = json_object(), *copies = json_object();
    int64_t drifted = 0, asked = 0;
    for (size_t i = 0; i < g->source->of[MODEL_TABLE].count; i++) {
        const model_object *o = &g->source->of[MODEL_TABLE].items[i];
        const char *why = g->drift[i].reasons;
        asked += clone_wanted(g, o);
        if (!why)
            continue;
        drifted++;
        json_object_set_new(reasons, why, json_integer(json_get_int(reasons, why, 0) + 1));
        json_object_set_new(tables, model_label(g->c, o), json_string(why));
        if (g->drift[i].based)
            json_object_set_new(copies, model_label(g->c, o),
                                json_pack("{s:I, s:I}", "source_version",
                                          (json_int_t)g->drift[i].base, "version",
                                          (json_int_t)g->drift[i].at));
    }
    return json_pack("{s:I, s:I, s:o, s:o, s:o}", "total_drifted_tables", (json_int_t)drifted,
                     "tables_in_sync", (json_int_t)(asked - drifted), "breakdown", reasons,
                     "tables", tables, "copies", copies);
}

static void keep_options(planning *g)
{
    json *o = g->p->options;
    json_object_set_new(o, "clone_type", json_string(g->k->shallow ? "SHALLOW" : "DEEP"));
    json_object_set_new(o, "mode", json_string(clone_load_name(g->k->load)));
    if (g->drift)
        json_object_set_new(o, "drift", drift_json(g));
    json_object_set_new(o, "workers", json_integer(g->k->workers));
    json_object_set_new(o, "validate", json_boolean(g->k->validate));
    json_object_set_new(o, "checksum", json_boolean(g->k->checksum));
    json_object_set_new(o, "schemas", json_integer((json_int_t)g->source->of[MODEL_SCHEMA].count));
}

static cx_code make(planning *g)
{
    TRY(compile(g->c, &g->include, g->k->include_regex, "--include-tables-regex", &g->has_include));
    TRY(compile(g->c, &g->exclude, g->k->exclude_regex, "--exclude-tables-regex", &g->has_exclude));
    TRY(read_both(g));
    if (g->k->before_cut)
        TRY(g->k->before_cut(g->c, g->k->self, g->source));
    TRY(cut_versions(g));
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        const size_t n = g->source->of[kind].count;
        g->steps[kind] = cx_array(g->c, int, n + 1);
        g->same[kind] = cx_array(g->c, bool, n + 1);
        for (size_t i = 0; i < n; i++)
            g->steps[kind][i] = -1;
    }
    if (g->k->load == CLONE_SELECTIVE) {
        g->drift = cx_array(g->c, clone_drift_entry, g->source->of[MODEL_TABLE].count + 1);
        TRY(clone_drift(g));
    }
    add_containers(g);
    add_tables(g);
    TRY(add_codes(g));
    add_volumes(g);
    TRY(clone_attach(g));
    keep_options(g);
    return CX_OK;
}

cx_code clone_plan(cx *c, workspace *w, const clone_options *k, plan **out)
{
    AUTO(plan) p = plan_new(c, "clone", cx_dup(c, k->source), cx_dup(c, k->dest));
    p->workspace = cx_dup(c, workspace_name(w));
    planning g = {.c = c, .w = w, .k = k, .p = p};
    const cx_code rc = make(&g);
    if (g.has_include)
        regfree(&g.include);
    if (g.has_exclude)
        regfree(&g.exclude);
    TRY(rc);
    *out = STEAL(p);
    return CX_OK;
}
