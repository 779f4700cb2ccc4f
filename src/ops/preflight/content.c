/* What is in the source, against what a clone and the platform can take. */
#include "ops/preflight/checks.h"

/* Numbers of objects that Unity Catalog takes; asked of the vendor, some can be raised. */
enum {
    SCHEMAS_PER_CATALOG = 10000,
    TABLES_PER_SCHEMA = 10000, /* views are tables here */
    FUNCTIONS_PER_SCHEMA = 10000,
    VOLUMES_PER_SCHEMA = 10000,
    NAME_LENGTH = 255
};

check_status preflight_limit(int64_t count, int64_t limit)
{
    return count > limit ? CHECK_FAIL : count > limit / 10 * 9 ? CHECK_WARN : CHECK_OK;
}

/* ---- limits --------------------------------------------------------------------------------- */

typedef struct {
    const char *what; /* "tables and views" */
    const char *where;
    int64_t count, limit;
} worst;

static void consider(worst *w, const char *what, const char *where, int64_t count, int64_t limit)
{
    if (!w->what || count * w->limit > w->count * limit)
        *w = (worst){what, where, count, limit};
}

/* Places in the sorted lists, which the schemas pass in the same order. */
typedef struct {
    size_t from, to;
} places;

static size_t skip_to(const model_list *list, size_t at, const char *schema)
{
    while (at < list->count && strcmp(list->items[at].schema, schema) < 0)
        at++;
    return at;
}

/* Objects of a kind in a schema when source and destination are one. */
static int64_t together(const preflight *p, model_kind kind, const char *schema, places *at)
{
    static const model_list nothing = {0};
    const model_list *from = &p->from->of[kind], *to = p->to ? &p->to->of[kind] : &nothing;
    int64_t n = 0;
    at->from = skip_to(from, at->from, schema);
    at->to = skip_to(to, at->to, schema);
    for (; at->to < to->count && !strcmp(to->items[at->to].schema, schema); at->to++)
        n++;
    for (; at->from < from->count && !strcmp(from->items[at->from].schema, schema); at->from++)
        n += !p->to || !model_find(p->to, kind, schema, from->items[at->from].name);
    return n;
}

static void check_limits(preflight *p)
{
    const model_list *schemas = &p->from->of[MODEL_SCHEMA];
    places at[MODEL_KINDS] = {0};
    worst w = {0};
    int64_t all = p->to ? (int64_t)p->to->of[MODEL_SCHEMA].count : 0;
    for (size_t i = 0; i < schemas->count; i++) {
        const char *name = schemas->items[i].name;
        all += !p->to || !model_find(p->to, MODEL_SCHEMA, name, name);
        consider(&w, "tables and views", name,
                 together(p, MODEL_TABLE, name, &at[MODEL_TABLE]) +
                     together(p, MODEL_VIEW, name, &at[MODEL_VIEW]),
                 TABLES_PER_SCHEMA);
        consider(&w, "functions", name, together(p, MODEL_FUNCTION, name, &at[MODEL_FUNCTION]),
                 FUNCTIONS_PER_SCHEMA);
        consider(&w, "volumes", name, together(p, MODEL_VOLUME, name, &at[MODEL_VOLUME]),
                 VOLUMES_PER_SCHEMA);
    }
    consider(&w, "schemas", p->dest, all, SCHEMAS_PER_CATALOG);
    const check_status s = preflight_limit(w.count, w.limit);
    if (s == CHECK_OK)
        preflight_say(p, s, "platform_limits", NULL,
                      "%s would have %lld %s, the nearest to a limit, which is %lld", w.where,
                      (long long)w.count, w.what, (long long)w.limit);
    else
        preflight_say(p, s, "platform_limits",
                      "clone fewer schemas, or have the quota of the metastore raised",
                      "%s would have %lld %s: the limit is %lld", w.where, (long long)w.count,
                      w.what, (long long)w.limit);
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* Why an object of the source stays behind; NULL = it does not. */
static const char *stays(const model_object *o)
{
    const char *type = o->type ? o->type : "";
    if (o->kind == MODEL_VIEW)
        return *type && strcmp(type, "VIEW") != 0 ? type : NULL;
    if (o->kind == MODEL_VOLUME)
        return !strcmp(type, "EXTERNAL") ? "EXTERNAL VOLUME" : NULL;
    if (o->kind != MODEL_TABLE)
        return NULL;
    if (!strcmp(type, "STREAMING_TABLE") || !strcmp(type, "FOREIGN"))
        return type;
    static const char *const formats[] = {"DELTA", "PARQUET", "ICEBERG"};
    for (size_t i = 0; o->format && i < CX_COUNT(formats); i++)
        if (text_same_nocase(o->format, formats[i]))
            return NULL;
    return o->format;
}

static void check_kinds(preflight *p)
{
    buf names = BUF(BUF_ANY);
    int64_t count = 0;
    for (int kind = MODEL_TABLE; kind < MODEL_KINDS; kind++)
        for (size_t i = 0; i < p->from->of[kind].count; i++) {
            const model_object *o = &p->from->of[kind].items[i];
            const char *why = stays(o);
            if (why)
                preflight_add_name(&names, &count,
                                   cx_fmt(p->c, "%s (%s)", model_label(p->c, o), why));
        }
    if (count)
        preflight_say(p, CHECK_WARN, "table_kinds",
                      "leave them out, or make them anew in the copy by what makes them",
                      "%lld objects are of a kind that cannot be cloned: %s", (long long)count,
                      preflight_names(p->c, &names, count));
    else
        preflight_say(p, CHECK_OK, "table_kinds", NULL, "all are of kinds that can be cloned");
    buf_clear(&names);
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static cx_code check_bodies(preflight *p)
{
    order_result *order;
    buf names = BUF(BUF_ANY);
    int64_t count = 0;
    const cx_code rc = model_order(p->c, p->from, &order);
    if (rc != CX_OK)
        return preflight_told(p, CHECK_WARN, "view_definitions", rc);
    for (size_t i = 0; i < order->count; i++)
        if (order->items[i].unparsed)
            preflight_add_name(&names, &count, model_label(p->c, order->items[i].object));
    if (count)
        preflight_say(p, CHECK_WARN, "view_definitions",
                      "correct them in the source, or leave them out",
                      "%lld views or functions cannot be parsed: %s", (long long)count,
                      preflight_names(p->c, &names, count));
    else if (order->cycle)
        preflight_say(p, CHECK_WARN, "view_definitions", "break the circle in the source",
                      "these refer to each other in a circle: %s", order->cycle);
    else
        preflight_say(p, CHECK_OK, "view_definitions", NULL,
                      "all %zu views and functions can be read and ordered", order->count);
    buf_clear(&names);
    return CX_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* What a new catalog may not be called; NULL = it may. */
static const char *bad_name(const char *name)
{
    if (strlen(name) > NAME_LENGTH)
        return "is longer than 255 characters";
    for (const char *q = name; *q; q++)
        if ((unsigned char)*q <= ' ' || *q == '.' || *q == '/' || *q == 127)
            return "has a space, point, slash or control character in it";
    return NULL;
}

static void check_names(preflight *p)
{
    buf names = BUF(BUF_ANY);
    int64_t count = 0;
    const char *bad = p->dest_exists ? NULL : bad_name(p->dest);
    for (int kind = MODEL_TABLE; p->to && kind <= MODEL_VIEW; kind++)
        for (size_t i = 0; i < p->from->of[kind].count; i++) {
            const model_object *o = &p->from->of[kind].items[i];
            if (model_find(p->to, kind == MODEL_TABLE ? MODEL_VIEW : MODEL_TABLE, o->schema,
                           o->name))
                preflight_add_name(&names, &count, model_label(p->c, o));
        }
    if (bad)
        preflight_say(p, CHECK_FAIL, "names", "choose another name for the destination",
                      "the name \"%s\" %s", p->dest, bad);
    else if (count)
        preflight_say(p, CHECK_WARN, "names", "rename or drop them in the destination",
                      "%lld names are taken in %s by a view for a table, or the other way round: "
                      "%s",
                      (long long)count, p->dest, preflight_names(p->c, &names, count));
    else
        preflight_say(p, CHECK_OK, "names", NULL, "no name is taken by another kind of object");
    buf_clear(&names);
}

cx_code preflight_content(preflight *p)
{
    if (!p->from)
        return CX_OK;
    check_limits(p);
    check_kinds(p);
    TRY(check_bodies(p));
    check_names(p);
    return CX_OK;
}
