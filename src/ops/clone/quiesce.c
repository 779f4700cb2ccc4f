/* Direct grants only are touched: of the catalog, its schemas, tables and volumes. Who holds ALL
 * PRIVILEGES gets the reading ones meanwhile. Owners and holders of MANAGE can still write: no
 * grant of theirs says so; the log names them. */
#include "ops/clone/quiesce.h"

#include "sql/quote.h"

static const char *const writing[] = {
    "MODIFY",        "WRITE VOLUME",    "CREATE TABLE",
    "CREATE VOLUME", "CREATE FUNCTION", "CREATE MATERIALIZED VIEW",
    "CREATE MODEL",  "CREATE SCHEMA",   "APPLY TAG"};

static bool is_writing(const char *privilege)
{
    for (size_t i = 0; i < CX_COUNT(writing); i++)
        if (strcmp(privilege, writing[i]) == 0)
            return true;
    return false;
}

/* What a holder of ALL PRIVILEGES reads with. */
static const char *reading(const char *kind)
{
    if (!strcmp(kind, "CATALOG"))
        return "USE CATALOG, USE SCHEMA, SELECT, EXECUTE, READ VOLUME";
    if (!strcmp(kind, "SCHEMA"))
        return "USE SCHEMA, SELECT, EXECUTE, READ VOLUME";
    return !strcmp(kind, "VOLUME") ? "READ VOLUME" : "SELECT";
}

/* ---- what is taken -------------------------------------------------------------------- */

static char *target_of(cx *c, const char *catalog, const model_object *o)
{
    if (!o)
        return sql_ident(c, catalog);
    return o->kind == MODEL_SCHEMA ? sql_name2(c, catalog, o->name)
                                   : sql_name3(c, catalog, o->schema, o->name);
}

/* One entry a principal: {"object", "principal", "privileges", "all"}; grants are sorted by
 * principal. */
static void collect(cx *c, const char *catalog, const model_object *o, const model_grant *grants,
                    size_t n, json *out)
{
    const char *kind = o ? model_kind_name(o->kind) : "CATALOG";
    for (size_t from = 0, to; from < n; from = to) {
        buf words = BUF(BUF_ANY);
        bool all = false;
        for (to = from; to < n && !strcmp(grants[to].principal, grants[from].principal); to++) {
            all = all || !strcmp(grants[to].privilege, "ALL PRIVILEGES");
            if (is_writing(grants[to].privilege))
                buf_addf(&words, "%s%s", words.length ? ", " : "", grants[to].privilege);
        }
        if (all || words.length)
            json_array_append_new(out,
                                  json_pack("{s:s, s:s, s:s, s:s, s:b}", "kind", kind, "object",
                                            target_of(c, catalog, o), "principal",
                                            grants[from].principal, "privileges",
                                            all ? "ALL PRIVILEGES" : buf_text(&words), "all", all));
        buf_clear(&words);
    }
}

static void collect_all(cx *c, const inventory *i, json *out)
{
    static const model_kind kinds[] = {MODEL_SCHEMA, MODEL_TABLE, MODEL_VOLUME};
    collect(c, i->catalog, NULL, i->grants, i->grant_count, out);
    for (size_t k = 0; k < CX_COUNT(kinds); k++)
        for (size_t n = 0; n < i->of[kinds[k]].count; n++) {
            const model_object *o = &i->of[kinds[k]].items[n];
            collect(c, i->catalog, o, o->grants, o->grant_count, out);
        }
}

/* ---- statements ------------------------------------------------------------------------- */

static cx_code change(cx *c, workspace *ws, const char *verb, const json *entry,
                      const char *privileges)
{
    buf b = BUF(BUF_ANY);
    /* Words and quoted names that collect() made. */
    buf_addf(&b, "%s %s ON %s %s %s ", verb, privileges, json_get_str(entry, "kind", ""),
             json_get_str(entry, "object", ""), *verb == 'G' ? "TO" : "FROM");
    sql_add_ident(&b, json_get_str(entry, "principal", ""));
    const cx_code rc = workspace_sql(c, ws, buf_text(&b), NULL);
    buf_clear(&b);
    return rc;
}

static cx_code take_away(cx *c, workspace *ws, const json *entry)
{
    const char *privileges = json_get_str(entry, "privileges", "");
    TRY(change(c, ws, "REVOKE", entry, privileges));
    if (json_get_bool(entry, "all", false))
        TRY(change(c, ws, "GRANT", entry, reading(json_get_str(entry, "kind", ""))));
    cx_info(c, "Quiesce: revoked %s from %s on %s", privileges,
            json_get_str(entry, "principal", ""), json_get_str(entry, "object", ""));
    return CX_OK;
}

/* An object or principal that is gone needs nothing back. */
static bool give_back(cx *c, workspace *ws, const json *entry, int *restored)
{
    const cx_code rc = change(c, ws, "GRANT", entry, json_get_str(entry, "privileges", ""));
    if (rc == CX_OK) {
        ++*restored;
        return true;
    }
    const char *why = cx_dup(c, c->error.message);
    cx_forgive(c);
    if (rc == CX_NOT_FOUND) {
        cx_info(c, "Quiesce: %s has nothing to get back on %s: %s",
                json_get_str(entry, "principal", ""), json_get_str(entry, "object", ""), why);
        return true;
    }
    cx_warn(c, "Restore: could not re-grant %s to %s on %s: %s",
            json_get_str(entry, "privileges", ""), json_get_str(entry, "principal", ""),
            json_get_str(entry, "object", ""), why);
    return false;
}

static cx_code restore(cx *c, workspace *ws, state *st, const char *run, const json *plan)
{
    const json *entries = json_get(plan, "grants"), *entry;
    int restored = 0, left = 0;
    size_t i;
    json_array_foreach (entries, i, entry)
        left += !give_back(c, ws, entry, &restored);
    if (left) {
        (void)cx_fail(c, CX_FAILED, "%d of %zu grants that quiesce took away on %s are not back",
                      left, json_array_size(entries), json_get_str(plan, "source_catalog", ""));
        return cx_hint(c, "the next clxs command on this state folder tries again; the log names "
                          "them");
    }
    TRY(state_run_end(c, st, run, "done"));
    cx_info(c,
            "Quiesce restore complete: %d principal/schema grant(s) re-applied. Source writable "
            "again.",
            restored);
    return CX_OK;
}

cx_code quiesce_end(cx *c, workspace *ws, state *st, const char *run)
{
    state_run r = {0};
    cx side;
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = 0;
    cx_code rc = state_run_load(&side, st, run, &r);
    if (rc == CX_OK)
        rc = restore(&side, ws, st, run, r.plan);
    state_run_clear(&r);
    if (rc != CX_OK)
        rc = cx_adopt(c, &side);
    cx_clear(&side);
    return rc;
}

static void log_who_can_write(cx *c, const char *catalog)
{
    cx_info(c, "Quiesce: owners and holders of MANAGE of %s and what is in it can still write",
            catalog);
}

cx_code quiesce_begin(cx *c, const op_call *call, const inventory *source, char **out_run)
{
    AUTO(json) grants = json_array();
    const json *entry;
    size_t i;
    char *run;
    *out_run = NULL;
    const char *catalog = source->catalog;
    collect_all(c, source, grants);
    log_who_can_write(c, catalog);
    if (json_array_size(grants) == 0) {
        cx_info(c, "Quiesce: revoked nothing: nobody has a grant to write to %s", catalog);
        return CX_OK;
    }
    AUTO(json)
    plan = json_pack("{s:s, s:s, s:O}", "operation", "quiesce", "source_catalog", catalog, "grants",
                     grants);
    TRY(state_run_begin(c, call->st, call->job_id ? call->job_id : "", workspace_name(call->ws),
                        plan, &run));
    json_array_foreach (grants, i, entry) {
        const cx_code rc = take_away(c, call->ws, entry);
        if (rc == CX_OK)
            continue;
        const cx_error why = c->error;
        if (quiesce_end(c, call->ws, call->st, run) != CX_OK)
            cx_warn(c, "%s", c->error.message);
        c->error = why;
        return rc;
    }
    *out_run = run;
    return CX_OK;
}

/* ---- after a kill ------------------------------------------------------------------------------
 */

static cx_code recover_one(cx *c, workspace *ws, state *st, const state_run *r)
{
    const cx_code mine = state_run_adopt(c, st, r->id);
    if (mine == CX_CONFLICT) { /* another process was faster */
        cx_forgive(c);
        return CX_OK;
    }
    TRY(mine);
    cx_info(c, "a run that died left grants on %s taken away: giving them back",
            json_get_str(r->plan, "source_catalog", ""));
    return restore(c, ws, st, r->id, r->plan);
}

cx_code quiesce_recover(cx *c, workspace *ws, state *st)
{
    state_run *runs;
    size_t n;
    cx_code rc = CX_OK;
    TRY(state_run_unfinished(c, st, &runs, &n));
    for (size_t i = 0; i < n; i++) {
        const bool ours = !strcmp(json_get_str(runs[i].plan, "operation", ""), "quiesce") &&
                          !strcmp(runs[i].workspace ? runs[i].workspace : "", workspace_name(ws));
        if (rc == CX_OK && ours)
            rc = recover_one(c, ws, st, &runs[i]);
        state_run_clear(&runs[i]);
    }
    return rc;
}
