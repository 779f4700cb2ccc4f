/* What a new table is: its schema, its protocol, its first actions.
 *
 * The protocol asks for no more than the schema and the properties need. Features are written as a
 * list (reader 3, writer 7) only when one has no legacy version.
 * spec: delta "Schema Serialization Format", "Versions and features" */
#include "lake/engine/ddl/schema.h"

#include "base/hash.h"

json *eng_field(const char *name, json *take_type, bool nullable, const char *comment)
{
    json *metadata = json_object();
    if (comment)
        json_object_set_new(metadata, "comment", json_string(comment));
    return json_pack("{s:s, s:o, s:b, s:o}", "name", name, "type", take_type, "nullable", nullable,
                     "metadata", metadata);
}

static cx_code refuse_special(cx *c, const sql_column *column)
{
    if (column->generated_sql)
        return eng_unsupported(c, "generated columns (%s)", column->name);
    if (column->identity)
        return eng_unsupported(c, "identity columns (%s)", column->name);
    if (column->primary_key)
        return eng_unsupported(c, "PRIMARY KEY constraints (%s)", column->name);
    if (column->mask_function)
        return eng_unsupported(c, "column masks (%s)", column->name);
    return CX_OK;
}

static cx_code one_field(cx *c, const sql_column *column, json **out)
{
    json *type = NULL;
    TRY(refuse_special(c, column));
    TRY_IN(c, delta_type_parse(c, column->type, &type), "column %s", column->name);
    *out = eng_field(column->name, type, !column->not_null, column->comment);
    if (column->default_sql)
        json_object_set_new(json_get(*out, "metadata"), "CURRENT_DEFAULT",
                            json_string(column->default_sql));
    if (strncasecmp(column->type, "varchar(", 8) == 0 ||
        strncasecmp(column->type, "char(", 5) == 0) {
        char *text = cx_dup(c, column->type);
        text_lower(text);
        json_object_set_new(json_get(*out, "metadata"), "__CHAR_VARCHAR_TYPE_STRING",
                            json_string(text));
        json_object_set_new(*out, "type", json_string("string"));
    }
    return CX_OK;
}

cx_code eng_schema_of_columns(cx *c, const sql_column *columns, size_t n, json **out)
{
    AUTO(json) fields = json_array();
    for (size_t i = 0; i < n; i++) {
        json *field = NULL;
        TRY(one_field(c, &columns[i], &field));
        json_array_append_new(fields, field);
    }
    TRY(eng_check_names(c, fields));
    *out = json_pack("{s:s, s:O}", "type", "struct", "fields", fields);
    return CX_OK;
}

cx_code eng_schema_of_query(cx *c, const json *described, json **out)
{
    AUTO(json) fields = json_array();
    const json *pair;
    size_t i;
    json_array_foreach (described, i, pair) {
        const char *name = json_string_value(json_array_get(pair, 0));
        const char *text = json_string_value(json_array_get(pair, 1));
        json *type = NULL;
        TRY_IN(c, delta_type_parse(c, text, &type), "column %s", name);
        json_array_append_new(fields, eng_field(name, type, true, NULL));
    }
    TRY(eng_check_names(c, fields));
    *out = json_pack("{s:s, s:O}", "type", "struct", "fields", fields);
    return CX_OK;
}

cx_code eng_check_names(cx *c, const json *fields)
{
    const json *field;
    size_t i;
    AUTO(json) seen = json_object();
    json_array_foreach (fields, i, field) {
        char *name = cx_dup(c, json_get_str(field, "name", ""));
        text_lower(name);
        if (json_object_get(seen, name))
            return cx_fail_as(c, CX_INVALID, "COLUMN_ALREADY_EXISTS", "42711",
                              "The column `%s` already exists. Choose another name or rename the "
                              "existing column.",
                              json_get_str(field, "name", ""));
        json_object_set_new(seen, name, json_true());
    }
    return CX_OK;
}

/* Names that Parquet's writers cannot carry as they are; column mapping gives them physical ones.
 */
static cx_code check_characters(cx *c, const json *schema)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field) {
        const char *name = json_get_str(field, "name", "");
        if (strpbrk(name, " ,;{}()\n\t="))
            return cx_fail_as(
                c, CX_INVALID, "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES", "42K05",
                "Found invalid character(s) among ' ,;{}()\\n\\t=' in the column name "
                "'%s'. Give it an alias, or set the table property "
                "'delta.columnMapping.mode' = 'name'.",
                name);
    }
    return CX_OK;
}

/* ---- column mapping -------------------------------------------------------------------- */

static void map_type(json *type, int64_t *next, bool plain_names);

static void map_field(json *field, int64_t *next, bool plain_names)
{
    char id[UUID_TEXT];
    json *metadata = json_get(field, "metadata");
    uuid_random(id);
    json_object_set_new(metadata, "delta.columnMapping.id", json_integer(++*next));
    if (plain_names)
        json_object_set(metadata, "delta.columnMapping.physicalName", json_get(field, "name"));
    else
        json_object_set_new(metadata, "delta.columnMapping.physicalName",
                            json_sprintf("col-%s", id));
    map_type(json_get(field, "type"), next, plain_names);
}

static void map_type(json *type, int64_t *next, bool plain_names)
{
    json *field;
    size_t i;
    if (!json_is_object(type))
        return;
    json_array_foreach (json_get(type, "fields"), i, field)
        map_field(field, next, plain_names);
    map_type(json_get(type, "elementType"), next, plain_names);
    map_type(json_get(type, "keyType"), next, plain_names);
    map_type(json_get(type, "valueType"), next, plain_names);
}

void eng_map_field(json *field, json *configuration)
{
    int64_t next = json_get_int(configuration, "delta.columnMapping.maxColumnId", 0);
    map_field(field, &next, false);
    json_object_set_new(configuration, "delta.columnMapping.maxColumnId",
                        json_sprintf("%lld", (long long)next));
}

cx_code eng_map_columns(cx *c, json *schema, json *configuration)
{
    const char *mode = json_get_str(configuration, "delta.columnMapping.mode", "none");
    int64_t next = 0;
    if (text_same_nocase(mode, "none"))
        return check_characters(c, schema);
    if (!text_same_nocase(mode, "name") && !text_same_nocase(mode, "id"))
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_COLUMN_MAPPING_MODE", "42K0B",
                          "The column mapping mode '%s' is not one of none, id, name.", mode);
    map_type(schema, &next, false);
    json_object_set_new(configuration, "delta.columnMapping.maxColumnId",
                        json_sprintf("%lld", (long long)next));
    return CX_OK;
}

/* ---- protocol ------------------------------------------------------------------------------ */

static bool has_type(const json *type, const char *name)
{
    const json *field;
    size_t i;
    if (json_is_string(type))
        return strcmp(json_string_value(type), name) == 0;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (has_type(json_get(field, "type"), name))
            return true;
    return type && json_is_object(type) &&
           (has_type(json_get(type, "elementType"), name) ||
            has_type(json_get(type, "keyType"), name) ||
            has_type(json_get(type, "valueType"), name));
}

static bool has_defaults(const json *schema)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), "CURRENT_DEFAULT"))
            return true;
    return false;
}

static bool on(const json *configuration, const char *key)
{
    return text_same_nocase(json_get_str(configuration, key, ""), "true");
}

static bool has_checks(const json *configuration)
{
    const char *key;
    const json *value;
    json_object_foreach ((json *)configuration, key, value)
        if (text_starts(key, "delta.constraints."))
            return true;
    return false;
}

typedef struct {
    const char *name;
    int reader, writer; /* legacy versions that imply it; 0 = the reader needs nothing; 9 = none */
    bool wanted;
} feature;

static cx_code refuse_properties(cx *c, const json *configuration)
{
    static const char *const refused[] = {
        "delta.enableInCommitTimestamps", "delta.enableRowTracking",
        "delta.enableIcebergCompatV1",    "delta.enableIcebergCompatV2",
        "delta.enableIcebergCompatV3",    "delta.enableVariantShredding"};
    for (size_t i = 0; i < CX_COUNT(refused); i++)
        if (on(configuration, refused[i]))
            return eng_unsupported(c, "the table property %s", refused[i]);
    return CX_OK;
}

cx_code eng_protocol(cx *c, const json *schema, const json *configuration, bool clustered,
                     const delta_protocol *before, json **out)
{
    const char *mode = json_get_str(configuration, "delta.columnMapping.mode", "none");
    feature all[] = {
        {"appendOnly", 0, 2, true},
        {"invariants", 0, 2, true},
        {"checkConstraints", 0, 3, has_checks(configuration)},
        {"changeDataFeed", 0, 4, on(configuration, "delta.enableChangeDataFeed")},
        {"columnMapping", 2, 5, !text_same_nocase(mode, "none")},
        {"deletionVectors", 9, 9, on(configuration, "delta.enableDeletionVectors")},
        {"timestampNtz", 9, 9, has_type(schema, "timestamp_ntz")},
        {"typeWidening", 9, 9, on(configuration, "delta.enableTypeWidening")},
        {"v2Checkpoint", 9, 9,
         text_same_nocase(json_get_str(configuration, "delta.checkpointPolicy", ""), "v2")},
        {"allowColumnDefaults", 0, 9, has_defaults(schema)},
        {"clustering", 0, 9, clustered},
        {"domainMetadata", 0, 9, clustered},
    };
    int reader = before ? before->min_reader : 1, writer = before ? before->min_writer : 2;
    bool listed = writer >= 7;
    TRY(refuse_properties(c, configuration));
    for (size_t i = 0; i < CX_COUNT(all); i++)
        listed = listed || (all[i].wanted && all[i].writer == 9);
    AUTO(json) readers = json_array();
    AUTO(json) writers = json_array();
    for (size_t i = 0; before && before->reader_features[i]; i++)
        json_array_append_new(readers, json_string(before->reader_features[i]));
    for (size_t i = 0; before && before->writer_features[i]; i++)
        json_array_append_new(writers, json_string(before->writer_features[i]));
    for (size_t i = 0; i < CX_COUNT(all); i++) {
        const bool legacy = before && before->min_writer < 7 && all[i].writer <= before->min_writer;
        if (!all[i].wanted && !(listed && legacy))
            continue;
        if (all[i].reader == 9 || (listed && all[i].reader && reader >= 3))
            reader = 3;
        else if (all[i].reader > reader && reader < 3)
            reader = all[i].reader;
        if (all[i].writer > writer)
            writer = all[i].writer;
        eng_add_name(writers, all[i].name);
        if (all[i].reader)
            eng_add_name(readers, all[i].name);
    }
    if (listed)
        writer = 7;
    *out = json_pack("{s:i, s:i}", "minReaderVersion", reader, "minWriterVersion", writer);
    if (listed)
        json_object_set(*out, "writerFeatures", writers);
    if (reader >= 3)
        json_object_set(*out, "readerFeatures", readers);
    return CX_OK;
}

void eng_add_name(json *names, const char *name)
{
    const json *known;
    size_t i;
    json_array_foreach (names, i, known)
        if (strcmp(json_string_value(known), name) == 0)
            return;
    json_array_append_new(names, json_string(name));
}

/* ---- first actions ---------------------------------------------------------------------- */

json *eng_metadata_action(const eng_new_table *t, const char *id, int64_t now_ms)
{
    char fresh[UUID_TEXT];
    uuid_random(fresh);
    AUTO_FREE char *schema = json_text(t->schema);
    json *partitions = json_array();
    for (size_t i = 0; i < t->partition_count; i++)
        json_array_append_new(partitions, json_string(t->partitions[i]));
    json *m =
        json_pack("{s:s, s:{s:s, s:{}}, s:s, s:o, s:I, s:O}", "id", id ? id : fresh, "format",
                  "provider", "parquet", "options", "schemaString", schema, "partitionColumns",
                  partitions, "createdTime", (json_int_t)now_ms, "configuration", t->configuration);
    if (t->comment)
        json_object_set_new(m, "description", json_string(t->comment));
    return json_pack("{s:o}", "metaData", m);
}

json *eng_clustering_action(const eng_new_table *t)
{
    AUTO(json) columns = json_array();
    for (size_t i = 0; i < t->cluster_count; i++) {
        const json *field = eng_find_field(t->schema, t->cluster_by[i]);
        json_array_append_new(
            columns, json_pack("[s]", field ? eng_physical_name(field) : t->cluster_by[i]));
    }
    AUTO(json) body = json_pack("{s:O}", "clusteringColumns", columns);
    AUTO_FREE char *text = json_text(body);
    return json_pack("{s:{s:s, s:s, s:b}}", "domainMetadata", "domain", "delta.clustering",
                     "configuration", text, "removed", 0);
}

json *eng_find_field(const json *schema, const char *name)
{
    json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return field;
    return NULL;
}
