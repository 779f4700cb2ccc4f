/* CREATE TABLE: empty, from a query, like another, or the registration of files that are there. */
#include "lake/engine/ddl/create.h"

#include "base/fs.h"
#include "lake/engine/ddl/facts.h"
#include "lake/engine/rows/rows.h"
#include "sql/quote.h"

void creation_clear(creation *k)
{
    eng_asked_clear(&k->asked);
    json_decref(k->schema);
    k->schema = NULL;
}

/* DuckDB's own types (HUGEINT …) become those that the schema says. */
static cx_code cast_select(cx *c, const json *schema, const char *select, char **out)
{
    const json *field;
    size_t i;
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "SELECT ");
    json_array_foreach (json_get(schema, "fields"), i, field) {
        buf_addf(&sql, "%sCAST(c%zu AS ", i ? ", " : "", i);
        TRY(eng_duck_type(c, json_get(field, "type"), false, &sql));
        buf_adds(&sql, ")");
    }
    buf_addf(&sql, " FROM (%s) AS s(", select);
    for (i = 0; i < json_array_size(json_get(schema, "fields")); i++)
        buf_addf(&sql, "%sc%zu", i ? ", " : "", i);
    buf_addc(&sql, ')');
    *out = cx_dup(c, buf_text(&sql));
    buf_clear(&sql);
    return CX_OK;
}

/* ---- the commit ------------------------------------------------------------------------------ */

static cx_code remove_before(cx *c, const eng_target *t, json *actions)
{
    if (!t->before)
        return CX_OK;
    TRY(delta_check_writable(c, t->before));
    for (size_t i = 0; i < delta_file_count(t->before); i++)
        TRY(eng_remove_actions(c, t->before, i, actions));
    return CX_OK;
}

/* Domains of the table that was there say nothing of the new one; row ids go on counting. */
static void drop_domains(const creation *k, json *actions)
{
    const json *domain;
    size_t i;
    if (!k->t->before)
        return;
    json_array_foreach (delta_domains(k->t->before), i, domain) {
        const char *name = json_get_str(domain, "domain", "");
        const bool again = strcmp(name, "delta.clustering") == 0 && k->clustered;
        if (again || strcmp(name, "delta.rowTracking") == 0)
            continue;
        json_array_append_new(actions,
                              json_pack("{s:{s:s, s:s, s:b}}", "domainMetadata", "domain", name,
                                        "configuration", json_get_str(domain, "configuration", ""),
                                        "removed", 1));
    }
}

static cx_code first_actions(cx *c, const creation *k, json *actions)
{
    const delta_snapshot *before = k->t->before;
    json *protocol = NULL;
    const eng_new_table t = {.schema = k->schema,
                             .configuration = k->asked.kept,
                             .partitions = k->partitions,
                             .partition_count = k->partition_count,
                             .comment = k->comment};
    const eng_needs needs = {.schema = k->schema,
                             .configuration = k->asked.kept,
                             .clustered = k->clustered,
                             .features = k->asked.features,
                             .min_reader = k->asked.min_reader,
                             .min_writer = k->asked.min_writer,
                             .before = before ? delta_protocol_of(before) : NULL};
    TRY(eng_protocol(c, &needs, &protocol));
    json_array_append_new(actions, json_pack("{s:o}", "protocol", protocol));
    json_array_append_new(
        actions, eng_metadata_action(&t, before ? delta_table_id(before) : NULL, cx_now_ms(c)));
    if (k->clustered)
        json_array_append_new(actions,
                              eng_clustering_action(c, k->schema, k->cluster_by, k->cluster_count));
    drop_domains(k, actions);
    return remove_before(c, k->t, actions);
}

static const char *operation(const creation *k)
{
    const bool as = k->q->query != NULL;
    if (!k->q->replace)
        return as ? "CREATE TABLE AS SELECT" : "CREATE TABLE";
    if (!k->q->create)
        return as ? "REPLACE TABLE AS SELECT" : "REPLACE TABLE";
    return as ? "CREATE OR REPLACE TABLE AS SELECT" : "CREATE OR REPLACE TABLE";
}

static json *parameters(const creation *k)
{
    AUTO(json) partitions = json_array();
    AUTO(json) clusters = json_array();
    for (size_t i = 0; i < k->partition_count; i++)
        json_array_append_new(partitions, json_string(k->partitions[i]));
    for (size_t i = 0; i < k->cluster_count; i++)
        json_array_append_new(clusters, json_string(k->cluster_by[i]));
    AUTO_FREE char *by = json_text(partitions);
    AUTO_FREE char *cluster = json_text(clusters);
    AUTO_FREE char *properties = json_text(k->asked.kept);
    return json_pack("{s:s, s:s?, s:s, s:s, s:s}", "isManaged", k->t->managed ? "true" : "false",
                     "description", k->comment, "partitionBy", by, "clusterBy", cluster,
                     "properties", properties);
}

json *eng_write_metrics(const eng_written *w)
{
    return json_pack("{s:o, s:o, s:o}", "numFiles", json_sprintf("%lld", (long long)w->files),
                     "numOutputRows", json_sprintf("%lld", (long long)w->rows), "numOutputBytes",
                     json_sprintf("%lld", (long long)w->bytes));
}

static cx_code write_rows(cx *c, const creation *k, json *actions, eng_written *written)
{
    char *select = NULL;
    const eng_shape shape = {.location = k->t->location,
                             .schema = k->schema,
                             .partitions = k->partitions,
                             .partition_count = k->partition_count,
                             .configuration = k->asked.kept,
                             .clustered = k->clustered};
    if (!k->select)
        return CX_OK;
    TRY(cast_select(c, k->schema, k->select, &select));
    return eng_write(c, k->r, &shape, &(eng_rows){.select = select}, actions, written);
}

static cx_code commit(cx *c, creation *k)
{
    AUTO(json) actions = json_array();
    AUTO(json) given = parameters(k);
    AUTO(json) metrics = NULL;
    eng_written written = {0};
    int64_t *version = &k->version;
    TRY(first_actions(c, k, actions));
    TRY(write_rows(c, k, actions, &written));
    if (k->select)
        metrics = eng_write_metrics(&written);
    TRY(fs_mkdirs(c, k->t->location));
    const delta_commit what = {.operation = operation(k),
                               .parameters = given,
                               .metrics = metrics,
                               .user_name = k->r->s->principal,
                               .read_version = k->t->before ? delta_version(k->t->before) : -1,
                               .actions = actions};
    TRY(delta_commit_write(c, k->t->table, &what, version));
    k->t->committed = true;
    return CX_OK;
}

static cx_code publish(cx *c, const creation *k)
{
    AUTO(json) columns = eng_columns_of(c, k->schema, k->partitions, k->partition_count);
    const eng_row row = {.table_type = k->t->managed ? "MANAGED" : "EXTERNAL",
                         .format = "DELTA",
                         .comment = k->comment,
                         .columns = columns,
                         .properties = k->asked.kept,
                         .version = k->version - eng_log_adds(k->asked.kept)};
    return eng_target_finish(c, k->r, k->t, &row);
}

/* Keys, masks and filters come when the table is there. One that cannot be takes a new table along:
 * the statement has failed. */
static cx_code facts(cx *c, const creation *k)
{
    const cx_code rc = eng_created_facts(c, k->r, k->q, k->t->name);
    cx own;
    if (rc == CX_OK || k->t->exists)
        return rc;
    cx_init(&own);
    own.log = c->log;
    json *folders = NULL;
    if (meta_drop(&own, k->r->e->meta, META_TABLE, k->t->name, true, &folders) == CX_OK &&
        k->t->managed && fs_remove_tree(&own, k->t->location) == CX_OK)
        (void)!meta_pending_end_at(&own, k->r->e->meta, k->t->location);
    json_decref(folders);
    cx_clear(&own);
    return rc;
}

static cx_code create_new(cx *c, creation *k)
{
    TRY(eng_creation_shape(c, k));
    TRY(commit(c, k));
    TRY(publish(c, k));
    return facts(c, k);
}

/* ---- CREATE TABLE ---------------------------------------------------------------------------- */

static bool only_location(const sql_statement *q)
{
    return q->location && !q->query && q->column_count == 0;
}

static bool holds_anything(const char *folder)
{
    return fs_is_dir(folder) && !eng_folder_empty(folder);
}

static cx_code refuse_files(cx *c, const creation *k, const char *what)
{
    const bool makes = k->q->query || k->q->source.count || k->q->column_count;
    return cx_fail_as(c, CX_INVALID,
                      !makes ? "DELTA_MISSING_DELTA_TABLE"
                             : "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
                      "42601", "%s holds %s.", k->t->location, what);
}

/* What lies at the location, and is no table of the workspace yet, is registered as it is, or taken
 * over by OR REPLACE; it is never written over without that. */
static cx_code build(cx *c, creation *k)
{
    const sql_statement *q = k->q;
    const bool found = k->t->before && !k->t->exists, makes = q->query || q->source.count;
    if (found && !makes && (!q->replace || only_location(q)))
        return eng_register_delta(c, k);
    if (found && !q->replace)
        return refuse_files(c, k, "a Delta table already");
    if (!k->t->exists && !k->t->before && holds_anything(k->t->location))
        return refuse_files(c, k, "files that are no Delta table");
    if (only_location(q) && k->t->before)
        return cx_fail_as(c, CX_INVALID, "DELTA_SCHEMA_NOT_PROVIDED", "42908",
                          "Columns are wanted: %s is to be replaced, and the statement has none.",
                          eng_quoted(c, k->t->name));
    if (only_location(q) && !makes)
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_PATH_DOES_NOT_EXIST", "42K03",
                          "%s does not exist, or is not a Delta table.", k->t->location);
    return create_new(c, k);
}

static cx_code create_delta(cx *c, run *r, creation *k, const eng_wish *w)
{
    bool skip = false;
    TRY(eng_target_begin(c, r, w, k->t, &skip));
    if (skip)
        return CX_OK;
    if (k->q->replace && !k->q->create && !k->t->exists)
        return eng_target_abandon(
            c, r, k->t,
            cx_fail_as(c, CX_NOT_FOUND, "DELTA_CANNOT_REPLACE_MISSING_TABLE", "42P01",
                       "%s cannot be replaced as it does not exist. Use CREATE OR REPLACE TABLE to "
                       "create it.",
                       eng_quoted(c, w->name)));
    const cx_code rc = build(c, k);
    return rc == CX_OK ? CX_OK : eng_target_abandon(c, r, k->t, rc);
}

cx_code eng_create_table(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_target) t = {0};
    AUTO_CLEAR(creation) k = {.r = r, .q = q, .t = &t};
    eng_wish w = {.location = q->location,
                  .replace = q->replace,
                  .if_not_exists = q->if_not_exists,
                  .adopts = q->location && !q->query && !q->replace && !q->source.count};
    TRY(eng_name(c, r, &q->name, META_TABLE, &w.name));
    if (q->using_format && text_same_nocase(q->using_format, "PARQUET")) {
        TRY(eng_register_parquet(c, r, q, &w));
        return eng_out_none(c, r);
    }
    if (q->using_format && !text_same_nocase(q->using_format, "DELTA"))
        return eng_unsupported(c, "tables of the format %s", q->using_format);
    TRY(eng_properties(c, q->properties, q->property_count, &k.asked));
    TRY(create_delta(c, r, &k, &w));
    return eng_out_none(c, r);
}
