#include "ops/estimate/selective.h"

#include <math.h>

#include "ops/clone/plan.h"
#include "ops/estimate/moved.h"

void selective_clear(selective *s)
{
    json_decref(s->drift);
    s->drift = NULL;
}

static cx_code keep_source(cx *c, void *self, const inventory *source)
{
    (void)c;
    *(const inventory **)self = source;
    return CX_OK;
}

/* The plan's steps of tables are in the order of the inventory: one walk finds the table of each.
 */
static void take_steps(cx *c, const plan *p, const char *catalog, selective *out)
{
    const model_list *tables = &out->source->of[MODEL_TABLE];
    size_t at = 0;
    out->steps = (void *)cx_array(c, char, ((size_t)p->count + 1) * sizeof *out->steps);
    for (int i = 0; i < p->count && at < tables->count; i++) {
        const plan_step *s = &p->steps[i];
        if (strcmp(s->action, "clone") != 0 || strcmp(s->kind, "TABLE") != 0 || !s->source)
            continue;
        while (at < tables->count &&
               strcmp(cx_fmt(c, "%s.%s", catalog, model_label(c, &tables->items[at])), s->source) !=
                   0)
            at++;
        if (at < tables->count && !s->problem)
            out->steps[out->count++] = (struct selective_step){&tables->items[at], s->version};
    }
}

cx_code selective_load(cx *c, workspace *w, const selective_options *k, selective *out)
{
    const clone_options options = {.load = CLONE_SELECTIVE,
                                   .source = k->source,
                                   .dest = k->dest,
                                   .permissions = true,
                                   .ownership = true,
                                   .constraints = true,
                                   .tags = true,
                                   .security = true,
                                   .comments = true,
                                   .views = true,
                                   .functions = true,
                                   .volumes = true,
                                   .include_schemas = k->include_schemas,
                                   .exclude_schemas = k->exclude_schemas,
                                   .as_of_version = -1,
                                   .workers = 1,
                                   .before_cut = keep_source,
                                   .self = &out->source};
    AUTO(plan) p = NULL;
    TRY(clone_plan(c, w, &options, &p));
    out->drift = json_incref(json_get(p->options, "drift"));
    take_steps(c, p, k->source, out);
    return CX_OK;
}

/* ---- bytes -------------------------------------------------------------------------------- */

typedef struct {
    const model_object *table;
    int64_t bytes;
} sized;

static const table_detail *detail_of(const selective *s, const table_detail *details,
                                     const model_object *o)
{
    return &details[o - s->source->of[MODEL_TABLE].items];
}

/* All of the table, unless the histories tell that less has to be copied. */
static cx_code size_steps(cx *c, workspace *w, const selective_options *k, const selective *s,
                          const table_detail *details, sized *out)
{
    moved_table *moved = cx_array(c, moved_table, s->count + 1);
    size_t *step = cx_array(c, size_t, s->count + 1), n = 0;
    const json *copies = json_get(s->drift, "copies");
    for (size_t i = 0; i < s->count; i++) {
        const model_object *o = s->steps[i].table;
        const json *copy = json_get(copies, model_label(c, o));
        out[i] = (sized){o, detail_of(s, details, o)->bytes};
        if (!copy)
            continue;
        step[n] = i;
        moved[n++] = (moved_table){.table = o,
                                   .source_version = json_get_int(copy, "source_version", -1),
                                   .until = s->steps[i].version,
                                   .copy_version = json_get_int(copy, "version", -1)};
    }
    TRY(moved_load(c, w, k->source, k->dest, moved, n));
    for (size_t m = 0; m < n; m++) {
        sized *t = &out[step[m]];
        if (moved[m].bytes >= 0 && (t->bytes < 0 || moved[m].bytes < t->bytes))
            t->bytes = moved[m].bytes;
    }
    return CX_OK;
}

/* ---- the answer ----------------------------------------------------------------------------- */

/* Twelve digits say enough, and are the same wherever they are printed. */
json *estimate_number(double v)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", v);
    return json_real(strtod(text, NULL));
}

double estimate_gb(int64_t bytes)
{
    return (double)bytes / (1024.0 * 1024 * 1024);
}

void estimate_add_costs(json *j, int64_t bytes, double price_per_gb, const char *currency)
{
    const double monthly = estimate_gb(bytes) * price_per_gb;
    const bool dollars = !strcmp(currency, "USD");
    json_object_set_new(j, "monthly_cost", estimate_number(monthly));
    json_object_set_new(j, "yearly_cost", estimate_number(monthly * 12));
    json_object_set_new(j, "monthly_cost_usd", dollars ? estimate_number(monthly) : json_null());
    json_object_set_new(j, "yearly_cost_usd",
                        dollars ? estimate_number(monthly * 12) : json_null());
}

static int by_size(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    return x->bytes < y->bytes   ? 1
           : x->bytes > y->bytes ? -1
                                 : strcmp(x->table->name, y->table->name);
}

static json *top_json(cx *c, const selective *s, sized *all)
{
    const json *reasons = json_get(s->drift, "tables");
    json *top = json_array();
    qsort(all, s->count, sizeof *all, by_size);
    for (size_t i = 0; i < s->count && i < 10; i++) {
        const int64_t bytes = all[i].bytes > 0 ? all[i].bytes : 0;
        json_array_append_new(
            top, json_pack("{s:s, s:s, s:s, s:I, s:o}", "schema", all[i].table->schema, "table",
                           all[i].table->name, "reason",
                           json_get_str(reasons, model_label(c, all[i].table), ""), "size_bytes",
                           (json_int_t)bytes, "size_gb", estimate_number(estimate_gb(bytes))));
    }
    return top;
}

static json *breakdown_json(const json *drift)
{
    json *j =
        json_pack("{s:i, s:i, s:i}", "never_cloned", 0, "version_drift", 0, "unable_to_compare", 0);
    json_object_update(j, json_get(drift, "breakdown"));
    return j;
}

/* A clone again is worth it when half or more of the tables need not be touched. */
static void add_savings(json *j, size_t to_clone, int64_t total)
{
    const double savings =
        total > 0 ? round(1000 * (1 - (double)to_clone / (double)total)) / 10 : 0;
    json_object_set_new(j, "savings_pct", json_real(savings));
    json_object_set_new(j, "recommended", json_boolean(savings >= 50));
}

cx_code selective_json(cx *c, workspace *w, const selective_options *k, const selective *s,
                       const table_detail *details, double price_per_gb, const char *currency,
                       json **out)
{
    sized *all = cx_array(c, sized, s->count + 1);
    TRY(size_steps(c, w, k, s, details, all));
    int64_t bytes = 0;
    for (size_t i = 0; i < s->count; i++)
        bytes += all[i].bytes > 0 ? all[i].bytes : 0;
    const int64_t in_sync = json_get_int(s->drift, "tables_in_sync", 0);
    json *j = json_object();
    json_object_set_new(j, "target_exists", json_true());
    json_object_set_new(j, "tables_to_clone", json_integer((json_int_t)s->count));
    json_object_set_new(j, "tables_in_sync", json_integer(in_sync));
    add_savings(j, s->count, in_sync + json_get_int(s->drift, "total_drifted_tables", 0));
    json_object_set_new(j, "size_bytes", json_integer(bytes));
    json_object_set_new(j, "size_gb", estimate_number(estimate_gb(bytes)));
    estimate_add_costs(j, bytes, price_per_gb, currency);
    json_object_set_new(j, "drift_breakdown", breakdown_json(s->drift));
    json_object_set_new(j, "top_drifted_tables", top_json(c, s, all));
    *out = j;
    return CX_OK;
}
