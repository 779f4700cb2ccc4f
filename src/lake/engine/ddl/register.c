/* Tables that lie somewhere already: they get a row in the metastore, and are not touched. What the
 * statement says about them must be so. */
#include "lake/engine/ddl/create.h"

/* Names, types and nullability, as far as the statement has columns. */
static cx_code check_columns(cx *c, const creation *k, const delta_snapshot *s)
{
    AUTO(json) said = NULL;
    const json *a = json_get(delta_schema(s), "fields"), *field;
    size_t i;
    if (!k->q->column_count)
        return CX_OK;
    TRY(eng_schema_of_columns(c, k->q->columns, k->q->column_count, &said));
    const json *b = json_get(said, "fields");
    bool same = json_array_size(a) == json_array_size(b);
    json_array_foreach (a, i, field) {
        const json *other = json_array_get(b, i);
        same = same &&
               text_same_nocase(json_get_str(field, "name", ""), json_get_str(other, "name", "")) &&
               text_same_nocase(delta_type_sql(c, json_get(field, "type")),
                                delta_type_sql(c, json_get(other, "type")));
    }
    if (same)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_SCHEME_MISMATCH", "42KD7",
                      "The columns of the statement are not those of the table at %s: it has %s.",
                      k->t->location, delta_type_sql(c, delta_schema(s)));
}

static cx_code check_layout(cx *c, const creation *k, const delta_snapshot *s)
{
    AUTO(json) clusters = eng_clustered_by(c, s);
    const size_t n = k->q->partition_count;
    bool same = !n || n == delta_partition_count(s);
    for (size_t i = 0; same && i < n; i++)
        same = text_same_nocase(k->q->partitioned_by[i], delta_partition_name(s, i));
    if (!same)
        return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_DIFFERENT_PARTITIONING", "42KD7",
                          "The table at %s is not partitioned as the statement says.",
                          k->t->location);
    same = !k->q->cluster_count || k->q->cluster_count == json_array_size(clusters);
    for (size_t i = 0; same && i < k->q->cluster_count; i++)
        same =
            text_same_nocase(k->q->cluster_by[i], json_string_value(json_array_get(clusters, i)));
    if (same)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_DIFFERENT_CLUSTERING", "42KD7",
                      "The table at %s is not clustered as the statement says.", k->t->location);
}

static cx_code check_properties(cx *c, const creation *k, const delta_snapshot *s)
{
    const char *key;
    const json *value;
    json_object_foreach (k->asked.kept, key, value) {
        const char *has = delta_property(s, key);
        if (!has || strcmp(has, json_string_value(value)) != 0)
            return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_DIFFERENT_PROPERTY", "42KD7",
                              "The table at %s has %s = %s, the statement says %s.", k->t->location,
                              key, has ? has : "nothing", json_string_value(value));
    }
    return CX_OK;
}

cx_code eng_register_delta(cx *c, const creation *k)
{
    const delta_snapshot *s = k->t->before;
    AUTO(json) columns = eng_snapshot_columns(c, s);
    AUTO(json) properties = eng_all_properties(s);
    const char *described = json_get_str(delta_metadata(s), "description", NULL);
    TRY(check_columns(c, k, s));
    TRY(check_layout(c, k, s));
    TRY(check_properties(c, k, s));
    const bool elsewhere = eng_has_files_elsewhere(s);
    const eng_row row = {.table_type = elsewhere ? eng_shallow_type("EXTERNAL") : "EXTERNAL",
                         .format = "DELTA",
                         .comment = k->q->comment ? k->q->comment : described,
                         .columns = columns,
                         .properties = properties,
                         .version = delta_version(s)};
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

cx_code eng_register_parquet(cx *c, run *r, const sql_statement *q, const eng_wish *w)
{
    AUTO(json) schema = NULL;
    AUTO(json) columns = NULL;
    AUTO(json) properties = json_object();
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
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value)
            json_object_set_new(properties, q->properties[i].key,
                                json_string(q->properties[i].value));
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
