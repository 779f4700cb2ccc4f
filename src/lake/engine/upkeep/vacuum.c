/* VACUUM: which files go is the log's affair (delta/vacuum.c); which stay for the sake of others is
 * known here.
 *
 * A shallow clone refers to files of its source. The platform's managed tables keep such files, so
 * we ask the metastore for this workspace's shallow clones and their logs for what they name, and
 * those files stay, whatever their age. A clone whose log cannot be read stops the VACUUM: it might
 * name anything. There are no sessions here, so the check of short retentions is turned off the
 * way that lasts: by the table's own delta.deletedFileRetentionDuration. spec: delta sheet §21,
 * "VACUUM" */
#include "lake/engine/upkeep/upkeep.h"

#include <inttypes.h>

static const double hours_most = 24.0 * 365 * 1000;

static cx_code retention(cx *c, const sql_statement *q, int64_t *out_ms)
{
    char *end = NULL;
    *out_ms = -1;
    if (!q->value)
        return CX_OK;
    const double hours = strtod(q->value, &end);
    if (*end || !(hours >= 0) || hours > hours_most)
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "RETAIN wants a number of hours, not %s.", q->value);
    *out_ms = (int64_t)(hours * 3600000);
    return CX_OK;
}

static bool is_shallow(const meta_object *o)
{
    return o->location && o->table_type && text_ends(o->table_type, "_SHALLOW_CLONE");
}

static cx_code names_of(cx *c, run *r, const meta_object *o, json *out)
{
    AUTO(delta_table) clone = NULL;
    TRY(delta_open(c, o->location, &r->e->parquet, &clone));
    TRY_IN(c, delta_names(c, clone, out), "asking the shallow clone %s which files it needs",
           eng_quoted(c, o->name));
    return CX_OK;
}

/* What any shallow clone of this workspace names; files elsewhere do no harm in the set. */
static cx_code clones_need(cx *c, run *r, const eng_table *t, json *out)
{
    meta_object *all = NULL;
    size_t n = 0;
    cx_code rc = CX_OK;
    TRY(meta_list(c, r->e->meta, META_TABLE, NULL, NULL, false, &all, &n));
    for (size_t i = 0; i < n; i++) {
        if (rc == CX_OK && is_shallow(&all[i]) &&
            strcmp(all[i].location, delta_root(t->table)) != 0)
            rc = names_of(c, r, &all[i], out);
        meta_object_clear(&all[i]);
    }
    return rc;
}

static cx_code out_paths(cx *c, run *r, const eng_table *t, const sql_statement *q,
                         const delta_vacuum_result *n)
{
    static const engine_column column[] = {{"path", "STRING"}};
    const char *shown = cx_fmt(c, "file:%s", delta_root(t->table));
    TRY(eng_out_columns(c, r, column, 1));
    if (!q->dry_run)
        return eng_out_row(c, r, &shown, 1);
    for (size_t i = 0; i < n->path_count; i++) {
        shown = cx_fmt(c, "file:%s", n->paths[i]);
        TRY(eng_out_row(c, r, &shown, 1));
    }
    return CX_OK;
}

/* delta/ speaks of a setting that a session might have. */
static cx_code vacuumed(cx *c, cx_code rc)
{
    if (rc == CX_OK || !c->error.condition ||
        strcmp(c->error.condition, "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT") != 0)
        return rc;
    return cx_hint(c, "Set delta.deletedFileRetentionDuration of the table to a shorter interval "
                      "first: there is no session whose setting could turn this check off.");
}

cx_code eng_vacuum(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(json) kept = json_object();
    delta_vacuum_result n = {0};
    delta_vacuum_options o = {.dry_run = q->dry_run,
                              .record = true,
                              .user_name = r->s->principal,
                              .kept = kept,
                              .lite = q->what && strcmp(q->what, "LITE") == 0};
    TRY(retention(c, q, &o.retention_ms));
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    TRY(clones_need(c, r, &t, kept));
    TRY(upkeep_shown(c, delta_root(t.table), t.shown,
                     vacuumed(c, delta_vacuum(c, t.table, &o, &n))));
    if (n.kept_count)
        cx_warn(c, "%" PRId64 " files of %s are kept: shallow clones refer to them", n.kept_count,
                t.shown);
    return out_paths(c, r, &t, q, &n);
}
