/* CREATE TABLE … CLONE.
 *
 * A clone between Delta tables is work of delta/ alone: no DuckDB is opened (unless the version to
 * clone is an expression), so that thousands of small tables cost a few milliseconds each. A
 * Parquet folder becomes a Delta table by a query. spec: delta "CLONE", wire §14.2 */
#include "lake/engine/ddl/publish.h"
#include "lake/engine/ddl/schema.h"

#include "base/fs.h"
#include "sql/quote.h"

static cx_code clone_row(cx *c, run *r, const delta_clone_result *n)
{
    static const char *const names[] = {"source_table_size",  "source_num_of_files",
                                        "num_removed_files",  "num_copied_files",
                                        "removed_files_size", "copied_files_size"};
    const int64_t values[] = {n->source_table_size, n->source_num_of_files, n->num_removed_files,
                              n->num_copied_files,  n->removed_files_size,  n->copied_files_size};
    return eng_out_numbers(c, r, names, values, 6);
}

static cx_code clone_nothing(cx *c, run *r)
{
    static const engine_column columns[] = {
        {"source_table_size", "BIGINT"},  {"source_num_of_files", "BIGINT"},
        {"num_removed_files", "BIGINT"},  {"num_copied_files", "BIGINT"},
        {"removed_files_size", "BIGINT"}, {"copied_files_size", "BIGINT"}};
    return eng_out_columns(c, r, columns, 6);
}

static json *overrides(const sql_statement *q)
{
    json *all = json_object();
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value)
            json_object_set_new(all, q->properties[i].key, json_string(q->properties[i].value));
    return all;
}

static const char *table_type(const eng_target *t, bool shallow)
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
    const eng_row row = {.table_type = table_type(t, q->shallow),
                         .format = "DELTA",
                         .columns = columns,
                         .properties = properties,
                         .keep_comment = true};
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
    AUTO(json) properties = overrides(q);
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

static cx_code in_target(cx *c, run *r, const sql_statement *q, const eng_table *source,
                         const eng_wish *w)
{
    AUTO_CLEAR(eng_target) t = {0};
    delta_clone_result n = {0};
    bool skip = false;
    TRY(eng_target_begin(c, r, w, &t, &skip));
    if (skip)
        return clone_nothing(c, r);
    const cx_code rc = clone_delta(c, r, q, source, &t, &n);
    if (rc != CX_OK)
        return eng_target_abandon(c, r, &t, rc);
    return clone_row(c, r, &n);
}

/* ---- Parquet --------------------------------------------------------------------------- */

static cx_code folder_size(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    delta_clone_result *n = self;
    (void)c, (void)mtime_ms;
    if (text_ends(relative, ".parquet")) {
        n->source_num_of_files++;
        n->source_table_size += size;
    }
    return CX_OK;
}

/* CREATE TABLE … AS SELECT * FROM parquet.`…`, which already does all that is needed. */
static cx_code clone_parquet(cx *c, run *r, const sql_statement *q, const char *location)
{
    const engine_sink silent = {0}, *was = r->sink;
    delta_clone_result n = {0};
    sql_statement create = *q;
    buf query = BUF(BUF_ANY);
    if (q->shallow)
        return eng_unsupported(c, "shallow clones of Parquet tables");
    TRY(fs_walk(c, location, folder_size, &n));
    buf_adds(&query, "SELECT * FROM parquet.");
    sql_add_ident(&query, location);
    create.kind = SQL_CREATE_TABLE;
    create.query = cx_dup(c, buf_text(&query));
    create.source = (sql_name){0};
    create.travel = (sql_travel){0};
    buf_clear(&query);
    if (q->location)
        TRY(eng_require_path(c, r));
    r->sink = &silent;
    r->read_paths = true; /* the right to read the source was asked for already */
    const cx_code rc = eng_create_table(c, r, &create);
    r->read_paths = false;
    r->sink = was;
    TRY(rc);
    n.num_copied_files = n.source_num_of_files;
    n.copied_files_size = n.source_table_size;
    return clone_row(c, r, &n);
}

/* The folder of a Parquet source; NULL when it is a Delta table. */
static cx_code parquet_source(cx *c, run *r, const sql_name *n, char **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    *out = NULL;
    if (n->path && text_same_nocase(n->parts[0], "parquet")) {
        TRY(eng_require_path(c, r));
        return eng_location(c, n->path, out);
    }
    if (n->path)
        return CX_OK;
    TRY(eng_load_object(c, r, n, "SELECT", &o));
    if (o.format && text_same_nocase(o.format, "PARQUET"))
        *out = cx_dup(c, o.location);
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
    TRY(eng_name(c, r, &q->name, META_TABLE, &w.name));
    TRY(parquet_source(c, r, &q->source, &folder));
    if (folder)
        return clone_parquet(c, r, q, folder);
    TRY(eng_table_load(c, r, &q->source, "SELECT", &q->travel, &source));
    if (source.object.name.name)
        TRY(refuse_same(c, eng_quoted(c, source.object.name), eng_quoted(c, w.name), source.shown));
    return in_target(c, r, q, &source, &w);
}
