/* What a new table looks like, from the words of CREATE TABLE. */
#include "lake/engine/ddl/create.h"

/* Spelled as the schema spells them. */
static cx_code resolve_columns(cx *c, const json *schema, const char *const *names, size_t n,
                               const char *const **out)
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

static cx_code check_partition(cx *c, const creation *k, const char *name)
{
    const json *field = eng_find_field(k->schema, name);
    const char *type = json_string_value(json_get(field, "type"));
    if (!type || strcmp(type, "variant") == 0 || strcmp(type, "void") == 0)
        return cx_fail_as(c, CX_INVALID, "INVALID_PARTITION_COLUMN_DATA_TYPE", "0A000",
                          "Cannot partition by the column %s: its type is not a plain one.", name);
    if (json_get(json_get(field, "metadata"), "delta.identity.step"))
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_PARTITION_NOT_SUPPORTED", "42601",
                          "The identity column %s cannot be a partition column.", name);
    return CX_OK;
}

static cx_code check_partitions(cx *c, const creation *k)
{
    if (k->partition_count && k->partition_count == json_array_size(json_get(k->schema, "fields")))
        return cx_fail_as(c, CX_INVALID, "ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005",
                          "Cannot use all columns for partition columns.");
    for (size_t i = 0; i < k->partition_count; i++) {
        TRY(check_partition(c, k, k->partitions[i]));
        for (size_t j = 0; j < i; j++)
            if (strcmp(k->partitions[i], k->partitions[j]) == 0)
                return cx_fail_as(c, CX_INVALID, "COLUMN_ALREADY_EXISTS", "42711",
                                  "The column `%s` is named twice in PARTITIONED BY.",
                                  k->partitions[i]);
    }
    return CX_OK;
}

static cx_code find_layout(cx *c, creation *k)
{
    const sql_statement *q = k->q;
    if (q->partition_count && (q->cluster_count || q->cluster_auto))
        return cx_fail_as(c, CX_INVALID, "DELTA_CLUSTER_BY_WITH_PARTITIONED_BY", "42613",
                          "CLUSTER BY and PARTITIONED BY cannot both be specified.");
    if (q->partition_count) {
        TRY(resolve_columns(c, k->schema, q->partitioned_by, q->partition_count, &k->partitions));
        k->partition_count = q->partition_count;
    }
    if (q->cluster_count) {
        k->cluster_by = q->cluster_by;
        k->cluster_count = q->cluster_count;
    }
    k->clustered = k->clustered || q->cluster_count || q->cluster_auto;
    if (q->cluster_auto)
        json_object_set_new(k->asked.kept, "clusterByAuto", json_string("true"));
    TRY(check_partitions(c, k));
    return eng_check_clustering(c, k->schema, k->asked.kept, k->cluster_by, k->cluster_count);
}

/* ---- schema ---------------------------------------------------------------------------------- */

/* CTAS with a column list is not SQL of the platform; the query names the columns. */
static cx_code find_schema(cx *c, creation *k)
{
    AUTO(json) described = NULL;
    char *text = NULL;
    if (k->q->source.count)
        return eng_creation_like(c, k);
    if (!k->q->query)
        return eng_schema_of_columns(c, k->q->columns, k->q->column_count, &k->schema);
    if (k->q->column_count)
        return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                          "CREATE TABLE … AS takes its columns from the query; a list of columns "
                          "beside it is not allowed.");
    TRY(eng_prepare(c, k->r, k->q->query, &text));
    TRY(eng_guard(c, k->r, text));
    TRY(eng_describe_query(c, k->r, text, &described));
    TRY(eng_schema_of_query(c, described, &k->schema));
    k->select = text;
    return CX_OK;
}

static bool names_feature(const creation *k, const char *name)
{
    const json *feature;
    size_t i;
    json_array_foreach (k->asked.features, i, feature)
        if (strcmp(json_string_value(feature), name) == 0)
            return true;
    return k->t->before && eng_protocol_has(delta_protocol_of(k->t->before), name);
}

/* The platform wants this feature asked for by name, because old clients cannot write the table
 * then. */
static cx_code check_defaults(cx *c, const creation *k)
{
    const json *field;
    size_t i;
    if (k->copied || names_feature(k, "allowColumnDefaults"))
        return CX_OK;
    json_array_foreach (json_get(k->schema, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), "CURRENT_DEFAULT"))
            return cx_fail_as(
                c, CX_INVALID, "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED", "0AKDE",
                "The column %s has a DEFAULT value, but the table feature for them is not enabled. "
                "Say TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported').",
                json_get_str(field, "name", ""));
    return CX_OK;
}

/* ---- constraints ----------------------------------------------------------------------------- */

static cx_code take_check(cx *c, creation *k, const sql_constraint *s, size_t number)
{
    const char *name = s->name ? s->name : cx_fmt(c, "%s_check_%zu", k->t->name.name, number + 1);
    char *key = cx_fmt(c, "delta.constraints.%s", name);
    text_lower(key);
    if (json_get(k->asked.kept, key))
        return cx_fail_as(c, CX_INVALID, "DELTA_CONSTRAINT_ALREADY_EXISTS", "42710",
                          "The constraint %s stands there twice.", name);
    json_object_set_new(k->asked.kept, key, json_string(s->check_sql));
    return CX_OK;
}

static cx_code take_constraints(cx *c, creation *k)
{
    const char *key;
    const json *value;
    for (size_t i = 0; i < k->q->constraint_count; i++)
        if (k->q->constraints[i].kind == SQL_CHECK)
            TRY(take_check(c, k, &k->q->constraints[i], i));
    json_object_foreach (k->asked.kept, key, value)
        if (!k->copied && text_starts(key, "delta.constraints."))
            TRY(eng_check_condition(c, k->r, k->schema, key + strlen("delta.constraints."),
                                    json_string_value(value)));
    return CX_OK;
}

/* The columns of a primary key are NOT NULL without saying so. */
static void settle_primary_key(creation *k)
{
    for (size_t i = 0; i < k->q->constraint_count; i++) {
        const sql_constraint *s = &k->q->constraints[i];
        for (size_t n = 0; s->kind == SQL_PRIMARY_KEY && s->columns[n]; n++) {
            json *field = eng_find_field(k->schema, s->columns[n]);
            if (field)
                json_object_set_new(field, "nullable", json_false());
        }
    }
}

/* ---- all of it ----------------------------------------------------------------------- */

/* What is counted goes on from what the replaced table had. */
static void keep_counters(creation *k)
{
    static const char *const keys[] = {"delta.columnMapping.maxColumnId",
                                       "delta.rowTracking.materializedRowIdColumnName",
                                       "delta.rowTracking.materializedRowCommitVersionColumnName"};
    for (size_t i = 0; k->t->before && i < CX_COUNT(keys); i++) {
        const char *value = delta_property(k->t->before, keys[i]);
        const bool wanted = i ? eng_property_on(k->asked.kept, "delta.enableRowTracking")
                              : eng_is_mapped(k->asked.kept);
        if (value && wanted)
            json_object_set_new(k->asked.kept, keys[i], json_string(value));
    }
}

cx_code eng_creation_shape(cx *c, creation *k)
{
    k->comment = k->q->comment;
    TRY(find_schema(c, k));
    settle_primary_key(k);
    TRY(check_defaults(c, k));
    TRY(find_layout(c, k));
    if (!k->copied && !k->select)
        TRY(eng_check_columns(c, k->r, k->schema));
    TRY(eng_check_reserved(c, k->schema, k->asked.kept));
    TRY(take_constraints(c, k));
    keep_counters(k);
    return eng_map_columns(c, k->schema, k->asked.kept, false);
}
