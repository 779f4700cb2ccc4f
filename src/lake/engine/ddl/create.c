/* CREATE TABLE: empty, from a query, or the registration of files that are there. */
#include "lake/engine/ddl/publish.h"
#include "lake/engine/ddl/schema.h"
#include "lake/engine/rows/rows.h"

#include "base/fs.h"
#include "sql/quote.h"

typedef struct {
    run *r;
    const sql_statement *q;
    eng_target *t;
    json *schema, *configuration; /* owned by eng_create_table */
    const char *select;           /* DuckDB text of AS, or NULL */
    const char *const *partitions;
    size_t partition_count;
} creation;

static json *configuration_of(const sql_statement *q)
{
    json *all = json_object();
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value && !text_starts(q->properties[i].key, "delta.feature."))
            json_object_set_new(all, q->properties[i].key, json_string(q->properties[i].value));
    return all;
}

/* ---- partitions --------------------------------------------------------------------- */

/* Spelled as the schema spells them. */
static cx_code resolve_columns(cx *c, const json *schema, const char *const *names, size_t n,
                               const char ***out)
{
    const char **found = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json *field = eng_find_field(schema, names[i]);
        if (!field)
            return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              "A column with name `%s` cannot be resolved: the table has no such "
                              "column.",
                              names[i]);
        found[i] = json_get_str(field, "name", "");
    }
    *out = found;
    return CX_OK;
}

static cx_code check_partitions(cx *c, const creation *k)
{
    if (k->partition_count && k->partition_count == json_array_size(json_get(k->schema, "fields")))
        return cx_fail_as(c, CX_INVALID, "ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005",
                          "Cannot use all columns for partition columns.");
    for (size_t i = 0; i < k->partition_count; i++)
        if (!json_is_string(json_get(eng_find_field(k->schema, k->partitions[i]), "type")))
            return cx_fail_as(c, CX_INVALID, "INVALID_PARTITION_COLUMN_DATA_TYPE", "0A000",
                              "Cannot partition by the column %s: its type is not a plain one.",
                              k->partitions[i]);
    return CX_OK;
}

/* ---- schema ------------------------------------------------------------------------------- */

/* CTAS with a column list is not SQL of the platform; the query names the columns. */
static cx_code find_schema(cx *c, creation *k)
{
    AUTO(json) described = NULL;
    char *text = NULL;
    if (!k->q->query)
        return eng_schema_of_columns(c, k->q->columns, k->q->column_count, &k->schema);
    TRY(eng_prepare(c, k->r, k->q->query, &text));
    TRY(eng_guard(c, k->r, text));
    TRY(eng_describe_query(c, k->r, text, &described));
    TRY(eng_schema_of_query(c, described, &k->schema));
    k->select = text;
    return CX_OK;
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

/* ---- the commit --------------------------------------------------------------------------- */

static cx_code remove_before(cx *c, const eng_target *t, json *actions)
{
    if (!t->before)
        return CX_OK;
    TRY(delta_check_writable(c, t->before));
    for (size_t i = 0; i < delta_file_count(t->before); i++)
        TRY(eng_remove_actions(c, t->before, i, actions));
    return CX_OK;
}

static cx_code first_actions(cx *c, const creation *k, json *actions)
{
    const delta_snapshot *before = k->t->before;
    json *protocol = NULL;
    const eng_new_table t = {.schema = k->schema,
                             .configuration = k->configuration,
                             .partitions = k->partitions,
                             .partition_count = k->partition_count,
                             .cluster_by = k->q->cluster_by,
                             .cluster_count = k->q->cluster_count,
                             .comment = k->q->comment};
    TRY(eng_protocol(c, k->schema, k->configuration, t.cluster_count > 0,
                     before ? delta_protocol_of(before) : NULL, &protocol));
    json_array_append_new(actions, json_pack("{s:o}", "protocol", protocol));
    json_array_append_new(
        actions, eng_metadata_action(&t, before ? delta_table_id(before) : NULL, cx_now_ms(c)));
    if (t.cluster_count)
        json_array_append_new(actions, eng_clustering_action(&t));
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
    for (size_t i = 0; i < k->q->cluster_count; i++)
        json_array_append_new(clusters, json_string(k->q->cluster_by[i]));
    AUTO_FREE char *by = json_text(partitions);
    AUTO_FREE char *cluster = json_text(clusters);
    AUTO_FREE char *properties = json_text(k->configuration);
    return json_pack("{s:s, s:s?, s:s, s:s, s:s}", "isManaged", k->t->managed ? "true" : "false",
                     "description", k->q->comment, "partitionBy", by, "clusterBy", cluster,
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
                             .configuration = k->configuration};
    if (!k->select)
        return CX_OK;
    TRY(cast_select(c, k->schema, k->select, &select));
    return eng_write(c, k->r, &shape, &(eng_rows){.select = select}, actions, written);
}

static cx_code commit(cx *c, const creation *k)
{
    AUTO(json) actions = json_array();
    AUTO(json) given = parameters(k);
    AUTO(json) metrics = NULL;
    eng_written written = {0};
    int64_t version;
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
    TRY(delta_commit_write(c, k->t->table, &what, &version));
    k->t->committed = true;
    return CX_OK;
}

static cx_code publish(cx *c, const creation *k)
{
    AUTO(json) columns = eng_columns_of(c, k->schema, k->partitions, k->partition_count);
    const eng_row row = {.table_type = k->t->managed ? "MANAGED" : "EXTERNAL",
                         .format = "DELTA",
                         .comment = k->q->comment,
                         .columns = columns,
                         .properties = k->configuration};
    return eng_target_finish(c, k->r, k->t, &row);
}

static cx_code create_new(cx *c, creation *k)
{
    const char **partitions = NULL;
    const sql_statement *q = k->q;
    TRY(resolve_columns(c, k->schema, q->partitioned_by, q->partition_count, &partitions));
    k->partitions = partitions;
    k->partition_count = q->partition_count;
    TRY(check_partitions(c, k));
    if (q->cluster_count)
        TRY(resolve_columns(c, k->schema, q->cluster_by, q->cluster_count, &partitions));
    TRY(eng_map_columns(c, k->schema, k->configuration));
    TRY(commit(c, k));
    return publish(c, k);
}

/* ---- registration -------------------------------------------------------------------------- */

static bool holds_anything(const char *folder)
{
    return fs_is_dir(folder) && !eng_folder_empty(folder);
}

static cx_code register_delta(cx *c, const creation *k)
{
    const delta_snapshot *s = k->t->before;
    AUTO(json) columns = eng_snapshot_columns(c, s);
    AUTO(json) properties = eng_all_properties(s);
    const char *described = json_get_str(delta_metadata(s), "description", NULL);
    const eng_row row = {.table_type = "EXTERNAL",
                         .format = "DELTA",
                         .comment = k->q->comment ? k->q->comment : described,
                         .columns = columns,
                         .properties = properties};
    k->t->committed = true; /* nothing of ours is there */
    return eng_target_finish(c, k->r, k->t, &row);
}

static cx_code describe_parquet(cx *c, run *r, const char *location, json **out_schema)
{
    AUTO(json) described = NULL;
    char *select = NULL;
    TRY(eng_parquet_select(c, location, &select));
    TRY(eng_describe_query(c, r, select, &described));
    return eng_schema_of_query(c, described, out_schema);
}

static cx_code register_parquet(cx *c, run *r, const sql_statement *q, const eng_wish *w)
{
    AUTO(json) schema = NULL;
    AUTO(json) columns = NULL;
    AUTO(json) properties = configuration_of(q);
    char *location = NULL;
    const meta_name parent = {.catalog = w->name.catalog, .schema = w->name.schema};
    if (!q->location || q->query)
        return eng_unsupported(c, "managed Parquet tables (use DELTA, or give a LOCATION)");
    if (w->if_not_exists && meta_exists(c, r->e->meta, META_TABLE, w->name))
        return CX_OK;
    TRY(eng_require(c, r, "CREATE_TABLE", META_SCHEMA, parent));
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, q->location, &location));
    TRY(describe_parquet(c, r, location, &schema));
    columns = eng_columns_of(c, schema, NULL, 0);
    const meta_object o = {.type = META_TABLE,
                           .name = w->name,
                           .comment = q->comment,
                           .table_type = "EXTERNAL",
                           .format = "PARQUET",
                           .location = location,
                           .properties = properties,
                           .columns = columns};
    return meta_create(c, r->e->meta, &o, r->s->principal, w->replace);
}

/* ---- CREATE TABLE ---------------------------------------------------------------------------- */

static bool only_location(const sql_statement *q)
{
    return q->location && !q->query && q->column_count == 0;
}

static cx_code refuse(cx *c, const sql_statement *q)
{
    if (q->row_filter.count)
        return eng_unsupported(c, "row filters");
    for (size_t i = 0; i < q->constraint_count; i++)
        return eng_unsupported(c, "%s constraints",
                               q->constraints[i].kind == SQL_CHECK         ? "CHECK"
                               : q->constraints[i].kind == SQL_PRIMARY_KEY ? "PRIMARY KEY"
                                                                           : "FOREIGN KEY");
    if (q->source.count)
        return eng_unsupported(c, "CREATE TABLE … LIKE");
    return CX_OK;
}

static cx_code build(cx *c, creation *k)
{
    if (k->t->before && !k->t->exists && (only_location(k->q) || !k->q->query))
        return register_delta(c, k);
    if (!k->t->exists && !k->t->before && holds_anything(k->t->location))
        return cx_fail_as(c, CX_INVALID,
                          only_location(k->q) ? "DELTA_MISSING_DELTA_TABLE"
                                              : "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION",
                          "42601", "%s holds files that are no Delta table.", k->t->location);
    if (only_location(k->q))
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_PATH_DOES_NOT_EXIST", "42K03",
                          "%s does not exist, or is not a Delta table.", k->t->location);
    TRY(find_schema(c, k));
    return create_new(c, k);
}

cx_code eng_create_table(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_target) t = {0};
    AUTO(json) configuration = configuration_of(q);
    creation k = {.r = r, .q = q, .t = &t, .configuration = configuration};
    eng_wish w = {.location = q->location,
                  .replace = q->replace,
                  .if_not_exists = q->if_not_exists,
                  .adopts = q->location && !q->query && !q->replace};
    bool skip = false;
    TRY(refuse(c, q));
    TRY(eng_name(c, r, &q->name, META_TABLE, &w.name));
    if (q->using_format && text_same_nocase(q->using_format, "PARQUET")) {
        TRY(register_parquet(c, r, q, &w));
        return eng_out_none(c, r);
    }
    if (q->using_format && !text_same_nocase(q->using_format, "DELTA"))
        return eng_unsupported(c, "tables of the format %s", q->using_format);
    TRY(eng_target_begin(c, r, &w, &t, &skip));
    if (!skip) {
        const cx_code rc = build(c, &k);
        json_decref(k.schema);
        if (rc != CX_OK)
            return eng_target_abandon(c, r, &t, rc);
    }
    return eng_out_none(c, r);
}
