/* A table is in sync when the newest CLONE commit of its copy took the version that would be copied
 * now, from the same table, and nothing but upkeep was committed to the copy since. What Delta does
 * not know (grants, tags, comments) is compared by the inventories.
 *
 * Reasons are words that reports and logs show: never_cloned, version_drift, target_changed,
 * schema_drift, grant_drift, unable_to_compare. spec: behaviours L, N8 */
#include "ops/clone/drift.h"

#include "ops/batch.h"
#include "sql/quote.h"

enum { LOOK_BACK = 20 };

typedef struct {
    planning *g;
    const model_object **tables; /* those that are asked about */
    size_t n;
    struct {
        int64_t newest_change; /* newest version of the copy that is neither CLONE nor upkeep; -1 */
        int64_t cloned_at;     /* version of the newest CLONE commit; -1 = none in sight */
        int64_t source_version;
        const char *source;
        bool unreadable;
    } * of;
} comparing;

static const char *part(cx *c, void *self, size_t i)
{
    const comparing *k = self;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "version, operation, operationParameters['source'] AS src, "
                 "operationParameters['sourceVersion'] AS source_version FROM (DESCRIBE HISTORY ");
    sql_add_name3(&b, k->g->k->dest, k->tables[i]->schema, k->tables[i]->name);
    buf_addf(&b, " LIMIT %d)", LOOK_BACK);
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

/* Commits that leave every row and column as it was. */
bool clone_is_upkeep(const char *operation)
{
    static const char *const words[] = {
        "OPTIMIZE",      "VACUUM START",          "VACUUM END",          "REORG",
        "COMPUTE STATS", "SET TBLPROPERTIES",     "UNSET TBLPROPERTIES", "UPGRADE PROTOCOL",
        "CLUSTER BY",    "ROW TRACKING BACKFILL", "OPTIMIZE CHECKPOINT"};
    for (size_t i = 0; i < CX_COUNT(words); i++)
        if (strcmp(operation, words[i]) == 0)
            return true;
    return false;
}

static void row(void *self, size_t i, const sql_result *r, size_t at)
{
    comparing *k = self;
    const char *operation = sql_value_by(r, at, "operation");
    const int64_t version = sql_int(r, at, "version", -1);
    if (!operation || version < 0)
        return;
    if (strcmp(operation, "CLONE") == 0) {
        if (version <= k->of[i].cloned_at)
            return;
        k->of[i].cloned_at = version;
        k->of[i].source_version = sql_int(r, at, "source_version", -1);
        k->of[i].source = cx_dup(k->g->c, sql_value_by(r, at, "src"));
    } else if (!clone_is_upkeep(operation) && version > k->of[i].newest_change) {
        k->of[i].newest_change = version;
    }
}

static void problem(void *self, size_t i, const cx_error *e)
{
    comparing *k = self;
    (void)e;
    k->of[i].unreadable = true;
}

static bool same_table(const planning *g, const char *source, const model_object *o)
{
    char *parts[3];
    int n = 0;
    if (!source || sql_split_name(g->c, source, 3, parts, &n) != CX_OK) {
        cx_forgive(g->c);
        return false;
    }
    return n == 3 && text_same_nocase(parts[0], g->k->source) &&
           text_same_nocase(parts[1], o->schema) && text_same_nocase(parts[2], o->name);
}

static void add_reason(planning *g, clone_drift_entry *d, const char *reason)
{
    d->reasons = d->reasons ? cx_fmt(g->c, "%s, %s", d->reasons, reason) : reason;
}

static void judge(comparing *k, size_t i, clone_drift_entry *d, int64_t wanted)
{
    planning *g = k->g;
    d->based = !k->of[i].unreadable && k->of[i].cloned_at >= 0 &&
               same_table(g, k->of[i].source, k->tables[i]);
    d->base = k->of[i].source_version;
    d->at = k->of[i].cloned_at;
    if (!d->based || wanted < 0)
        add_reason(g, d, "unable_to_compare");
    else if (k->of[i].source_version != wanted)
        add_reason(g, d, "version_drift");
    else if (k->of[i].newest_change > k->of[i].cloned_at)
        add_reason(g, d, "target_changed");
    d->copy = d->reasons != NULL;
}

/* ---- what the inventories tell ----------------------------------------------------------- */

static bool has_grant(const model_object *o, const model_grant *wanted)
{
    for (size_t i = 0; i < o->grant_count; i++)
        if (text_same_nocase(o->grants[i].principal, wanted->principal) &&
            !strcmp(o->grants[i].privilege, wanted->privilege))
            return true;
    return false;
}

static bool grants_missing(const model_object *source, const model_object *dest)
{
    for (size_t i = 0; i < source->grant_count; i++)
        if (!has_grant(dest, &source->grants[i]))
            return true;
    return false;
}

static bool has_tag(const model_object *o, const model_tag *wanted)
{
    for (size_t i = 0; i < o->tag_count; i++)
        if (text_same_nocase(o->tags[i].column ? o->tags[i].column : "",
                             wanted->column ? wanted->column : "") &&
            !strcmp(o->tags[i].key, wanted->key) &&
            !strcmp(o->tags[i].value ? o->tags[i].value : "", wanted->value ? wanted->value : ""))
            return true;
    return false;
}

static bool tags_missing(const model_object *source, const model_object *dest)
{
    for (size_t i = 0; i < source->tag_count; i++)
        if (!has_tag(dest, &source->tags[i]))
            return true;
    return false;
}

bool clone_facts_missing(const planning *g, const model_object *source, const model_object *dest)
{
    return (g->k->permissions && grants_missing(source, dest)) ||
           (g->k->tags && tags_missing(source, dest));
}

/* Alphabetical order: grant_drift, schema_drift, tag_drift, before version_drift and after nothing
 * that judge() may have said but never_cloned and target_changed, which end the matter. */
static void compare_facts(planning *g, const diff_entry *e, clone_drift_entry *d)
{
    if (d->copy)
        return;
    if (g->k->permissions && grants_missing(e->source, e->dest))
        add_reason(g, d, "grant_drift");
    if (e->side == DIFF_CHANGED) {
        add_reason(g, d, "schema_drift");
        d->copy = true;
    }
    if (g->k->tags && tags_missing(e->source, e->dest))
        add_reason(g, d, "tag_drift");
}

static cx_code compare_inventories(planning *g)
{
    diff_result *d;
    TRY(model_diff(g->c, g->source, g->dest, &d));
    for (size_t i = 0; i < d->count; i++) {
        const diff_entry *e = &d->items[i];
        if (!e->source || !e->dest)
            continue;
        const size_t at = (size_t)(e->source - g->source->of[e->kind].items);
        if (e->kind == MODEL_TABLE && g->drift[at].asked)
            compare_facts(g, e, &g->drift[at]);
        else if (e->kind != MODEL_TABLE)
            g->same[e->kind][at] =
                e->side == DIFF_SAME && !clone_facts_missing(g, e->source, e->dest);
    }
    return CX_OK;
}

/* ---- the log, a line a schema --------------------------------------------------------------- */

typedef struct {
    const char *reasons;
    int count;
} tally;

static void log_schema(const planning *g, const model_object *schema)
{
    tally all[16] = {0};
    int kinds = 0, drifted = 0;
    for (size_t i = 0; i < g->source->of[MODEL_TABLE].count; i++) {
        const char *reasons = g->drift[i].reasons;
        if (!reasons || strcmp(g->source->of[MODEL_TABLE].items[i].schema, schema->name) != 0)
            continue;
        int k = 0;
        while (k < kinds && strcmp(all[k].reasons, reasons) != 0)
            k++;
        if (k == (int)CX_COUNT(all))
            k--;
        kinds += k == kinds;
        all[k].reasons = reasons;
        all[k].count++;
        drifted++;
    }
    if (!drifted) {
        cx_info(g->c, "Schema %s in sync \xe2\x80\x94 0 drifted tables", schema->name);
        return;
    }
    buf b = BUF(BUF_ANY);
    for (int k = 0; k < kinds; k++)
        buf_addf(&b, "%s%d %s", k ? ", " : "", all[k].count, all[k].reasons);
    cx_info(g->c, "Schema %s: %d drifted (%s)", schema->name, drifted, buf_text(&b));
    buf_clear(&b);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

cx_code clone_drift(planning *g)
{
    const model_list *tables = &g->source->of[MODEL_TABLE];
    comparing k = {.g = g, .tables = cx_array(g->c, const model_object *, tables->count + 1)};
    for (size_t i = 0; i < tables->count; i++) {
        const model_object *o = &tables->items[i];
        if (!clone_wanted(g, o))
            continue;
        if (!model_find(g->dest, MODEL_TABLE, o->schema, o->name))
            g->drift[i] = (clone_drift_entry){.reasons = "never_cloned", .copy = true};
        else if (!clone_has_history(o))
            g->drift[i] = (clone_drift_entry){.reasons = "unable_to_compare", .copy = true};
        else
            g->drift[i].asked = true, k.tables[k.n++] = o;
    }
    k.of = (void *)cx_array(g->c, char, (k.n + 1) * sizeof *k.of);
    for (size_t i = 0; i < k.n; i++)
        k.of[i].newest_change = k.of[i].cloned_at = -1;
    const batch_query q = {g->w, k.n, "drift", part, row, problem, &k};
    TRY_IN(g->c, batch_run(g->c, &q), "reading the histories of %zu tables of %s", k.n, g->k->dest);
    for (size_t i = 0; i < k.n; i++) {
        const cut_entry *wanted = clone_cut_of(g, k.tables[i]);
        judge(&k, i, &g->drift[k.tables[i] - tables->items],
              g->k->as_of_version >= 0 ? g->k->as_of_version
              : wanted                 ? wanted->version
                                       : -1);
    }
    TRY(compare_inventories(g));
    for (size_t i = 0; i < g->source->of[MODEL_SCHEMA].count; i++)
        log_schema(g, &g->source->of[MODEL_SCHEMA].items[i]);
    return CX_OK;
}
