/* CREATE TABLE … CLONE.
 *
 * A clone between Delta tables is work of delta/ alone: no DuckDB is opened (unless the version to
 * clone is an expression), so that thousands of small tables cost a few milliseconds each. Parquet
 * folders: clone_parquet.c. spec: delta "CLONE", wire §14.2 */
#include "lake/engine/ddl/clone.h"

#include "base/fs.h"
#include "sql/quote.h"

cx_code eng_clone_row(cx *c, run *r, const delta_clone_result *n)
{
    static const char *const names[] = {"source_table_size",  "source_num_of_files",
                                        "num_removed_files",  "num_copied_files",
                                        "removed_files_size", "copied_files_size"};
    const int64_t values[] = {n->source_table_size, n->source_num_of_files, n->num_removed_files,
                              n->num_copied_files,  n->removed_files_size,  n->copied_files_size};
    return eng_out_numbers(c, r, names, values, 6);
}

cx_code eng_clone_nothing(cx *c, run *r)
{
    static const engine_column columns[] = {
        {"source_table_size", "BIGINT"},  {"source_num_of_files", "BIGINT"},
        {"num_removed_files", "BIGINT"},  {"num_copied_files", "BIGINT"},
        {"removed_files_size", "BIGINT"}, {"copied_files_size", "BIGINT"}};
    return eng_out_columns(c, r, columns, 6);
}

json *eng_clone_overrides(const sql_statement *q)
{
    json *all = json_object();
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value)
            json_object_set_new(all, q->properties[i].key, json_string(q->properties[i].value));
    return all;
}

const char *eng_clone_type(const eng_target *t, bool shallow)
{
    if (shallow)
        return t->managed ? "MANAGED_SHALLOW_CLONE" : "EXTERNAL_SHALLOW_CLONE";
    return t->managed ? "MANAGED" : "EXTERNAL";
}

/* The row describes what the clone's log says now. */
static cx_code publish(cx *c, run *r, const sql_statement *q, eng_target *t)
{
    AUTO(delta_snapshot) made = NULL;
    TRY(delta_snapshot_load(c, t->table, DELTA_LATEST, &made));
    AUTO(json) columns = eng_snapshot_columns(c, made);
    AUTO(json) properties = eng_all_properties(made);
    const eng_row row = {.table_type = eng_clone_type(t, q->shallow),
                         .format = "DELTA",
                         .columns = columns,
                         .properties = properties,
                         .keep_comment = true,
                         .version = delta_version(made)};
    return eng_target_finish(c, r, t, &row);
}

static cx_code refuse_same(cx *c, const char *source, const char *target, const char *shown)
{
    if (strcmp(source, target) != 0)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                      "Cannot clone %s onto itself: source and target are the same table.", shown);
}

static cx_code clone_delta(cx *c, run *r, const sql_statement *q, const eng_table *source,
                           eng_target *t, delta_clone_result *out)
{
    AUTO(json) properties = eng_clone_overrides(q);
    const delta_clone_options options = {.shallow = q->shallow,
                                         .source_name = source->shown,
                                         .properties = properties,
                                         .user_name = r->s->principal,
                                         .replace = t->before != NULL};
    TRY(refuse_same(c, delta_root(source->table), t->location, source->shown));
    if (t->before && !t->exists)
        return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "42601",
                          "%s already holds a Delta table.", t->location);
    if (t->before)
        TRY(delta_check_writable(c, t->before));
    TRY(delta_clone(c, source->snapshot, t->table, &options, out));
    t->committed = true;
    return publish(c, r, q, t);
}

/* REPLACE without CREATE. */
cx_code eng_clone_refuse_missing(cx *c, const sql_statement *q, const eng_target *t)
{
    if (!q->replace || q->create || t->exists)
        return CX_OK;
    return cx_fail_as(c, CX_NOT_FOUND, "DELTA_CANNOT_REPLACE_MISSING_TABLE", "42P01",
                      "%s cannot be replaced as it does not exist. Use CREATE OR REPLACE TABLE to "
                      "create it.",
                      eng_quoted(c, t->name));
}

static cx_code in_target(cx *c, run *r, const sql_statement *q, const eng_table *source,
                         const eng_wish *w)
{
    AUTO_CLEAR(eng_target) t = {0};
    delta_clone_result n = {0};
    bool skip = false;
    TRY(eng_target_begin(c, r, w, &t, &skip));
    if (skip)
        return eng_clone_nothing(c, r);
    cx_code rc = eng_clone_refuse_missing(c, q, &t);
    if (rc == CX_OK)
        rc = clone_delta(c, r, q, source, &t, &n);
    if (rc != CX_OK)
        return eng_target_abandon(c, r, &t, rc);
    return eng_clone_row(c, r, &n);
}

/* ---- delta.`/path` as target: a table that the metastore does not know ------------------ */

static cx_code check_path(cx *c, const sql_statement *q, const char *location, bool *out_skip)
{
    const bool there = delta_is_table(c, location);
    *out_skip = there && q->if_not_exists && !q->replace;
    if (q->location)
        return cx_fail_as(c, CX_INVALID, "DELTA_CLONE_AMBIGUOUS_TARGET", "42613",
                          "Two paths were provided as the CLONE target so it is ambiguous which to "
                          "use. An external location for CLONE was provided at %s at the same time "
                          "as the path %s.",
                          q->location, location);
    if (there && !q->replace && !*out_skip)
        return cx_fail_as(c, CX_EXISTS, "DELTA_TABLE_ALREADY_EXISTS", "42P07",
                          "Table %s already exists.", location);
    if (!there && fs_is_dir(location) && !eng_folder_empty(location))
        return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "42601",
                          "%s holds files that are no Delta table.", location);
    return CX_OK;
}

/* VACUUM of the source must know whose files it takes, so there must be a row to tell it. The row
 * says so before the first file is referred to: one that turns out to be none does no harm. */
static cx_code expect_clone(cx *c, run *r, const char *location)
{
    meta_object *all = NULL;
    size_t n = 0, found = 0;
    cx_code rc = CX_OK;
    TRY(meta_list(c, r->e->meta, META_TABLE, NULL, NULL, false, &all, &n));
    for (size_t i = 0; i < n; i++) {
        const meta_object *o = &all[i];
        if (rc == CX_OK && o->location && !o->view_definition &&
            strcmp(o->location, location) == 0) {
            AUTO(json)
            changes = json_pack("{s:s}", "table_type", eng_shallow_type(o->table_type));
            rc = meta_update(c, r->e->meta, META_TABLE, o->name, changes, r->s->principal);
            found++;
        }
        meta_object_clear(&all[i]);
    }
    TRY(rc);
    return found ? CX_OK
                 : eng_unsupported(c, "shallow clones to a path that is no table of the workspace "
                                      "(give the table a name)");
}

static cx_code in_path(cx *c, run *r, const sql_statement *q, const eng_table *source)
{
    AUTO(delta_table) target = NULL;
    AUTO(json) properties = eng_clone_overrides(q);
    delta_clone_result n = {0};
    eng_note note;
    char *location = NULL;
    bool skip;
    if (!text_same_nocase(q->name.parts[0], "delta"))
        return eng_unsupported(c, "paths of the format %s here", q->name.parts[0]);
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, q->name.path, &location));
    TRY(check_path(c, q, location, &skip));
    TRY(refuse_same(c, delta_root(source->table), location, source->shown));
    if (skip)
        return eng_clone_nothing(c, r);
    if (q->shallow)
        TRY(expect_clone(c, r, location));
    const delta_clone_options options = {.shallow = q->shallow,
                                         .source_name = source->shown,
                                         .properties = properties,
                                         .user_name = r->s->principal,
                                         .replace = q->replace};
    TRY(delta_open(c, location, &r->e->parquet, &target));
    TRY(eng_note_begin(c, r, eng_clone_note(c, location), &note));
    TRY(eng_note_end(c, r, target, &note, delta_clone(c, source->snapshot, target, &options, &n)));
    TRY(eng_refresh_rows(c, r->e, location));
    return eng_clone_row(c, r, &n);
}

/* ---- the source ------------------------------------------------------------------------ */

/* Files hold what masks and row filters hide: only who may change these may copy those. */
static cx_code check_policies(cx *c, run *r, const meta_object *o)
{
    bool guarded;
    TRY(eng_has_policies(c, r, o, &guarded));
    if (!guarded || eng_require(c, r, "MANAGE", META_TABLE, o->name) == CX_OK)
        return CX_OK;
    return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                      "%s has a row filter or masks: a clone would show what they hide. It needs "
                      "MANAGE on the table.",
                      eng_quoted(c, o->name));
}

static cx_code unsupported(cx *c, const sql_statement *q, const char *name, const char *format)
{
    return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_CLONE_UNSUPPORTED_SOURCE", "0AKDC",
                      "Unsupported %s clone source '%s', whose format is %s. The supported formats "
                      "are 'delta' and 'parquet'.",
                      q->shallow ? "shallow" : "deep", name, format);
}

/* *out: the folder of a Parquet source; NULL when it is a Delta table. */
static cx_code check_source(cx *c, run *r, const sql_statement *q, char **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    const sql_name *n = &q->source;
    *out = NULL;
    if (n->path && text_same_nocase(n->parts[0], "delta"))
        return CX_OK;
    if (n->path && !text_same_nocase(n->parts[0], "parquet"))
        return unsupported(c, q, n->path, n->parts[0]);
    if (n->path) {
        TRY(eng_require_path(c, r));
        return eng_location(c, n->path, out);
    }
    TRY(eng_load_object(c, r, n, "SELECT", &o));
    TRY(check_policies(c, r, &o));
    if (o.view_definition)
        return unsupported(c, q, eng_quoted(c, o.name), "View");
    if (o.format && text_same_nocase(o.format, "PARQUET"))
        *out = cx_dup(c, o.location);
    else if (o.format && !text_same_nocase(o.format, "DELTA"))
        return unsupported(c, q, eng_quoted(c, o.name), o.format);
    return CX_OK;
}

cx_code eng_clone(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) source = {0};
    char *folder = NULL;
    eng_wish w = {.location = q->location,
                  .replace = q->replace,
                  .if_not_exists = q->if_not_exists,
                  .clone = true};
    if (!q->name.path)
        TRY(eng_name(c, r, &q->name, META_TABLE, &w.name));
    TRY(check_source(c, r, q, &folder));
    if (folder && q->name.path)
        return eng_unsupported(c, "clones of Parquet files to a path (give the table a name)");
    if (folder)
        return eng_clone_parquet(c, r, q, folder, &w);
    TRY(eng_table_load(c, r, &q->source, "SELECT", &q->travel, &source));
    if (q->name.path)
        return in_path(c, r, q, &source);
    if (source.object.name.name)
        TRY(refuse_same(c, eng_quoted(c, source.object.name), eng_quoted(c, w.name), source.shown));
    return in_target(c, r, q, &source, &w);
}
