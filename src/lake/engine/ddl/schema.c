/* What a new table is: its schema and its first actions.
 * spec: delta "Schema Serialization Format" */
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

/* DEFAULT, GENERATED and IDENTITY, as the schema's metadata has them. Whether the expressions mean
 * something is asked when all columns are known: column_rules.c. */
static void add_specials(const sql_column *column, json *metadata)
{
    if (column->default_sql)
        json_object_set_new(metadata, "CURRENT_DEFAULT", json_string(column->default_sql));
    if (column->generated_sql)
        json_object_set_new(metadata, "delta.generationExpression",
                            json_string(column->generated_sql));
    if (!column->identity)
        return;
    json_object_set_new(metadata, "delta.identity.start", json_integer(column->identity_start));
    json_object_set_new(metadata, "delta.identity.step", json_integer(column->identity_step));
    json_object_set_new(metadata, "delta.identity.allowExplicitInsert",
                        json_boolean(!column->identity_always));
}

cx_code eng_plain_type(cx *c, const char *text, const char **out)
{
    const char *at = strcasestr(text, " collate ");
    *out = text;
    if (!at)
        return CX_OK;
    if (!text_same_nocase(at + strlen(" collate "), "UTF8_BINARY"))
        return eng_unsupported(c, "collations (%s)", at + strlen(" collate "));
    *out = cx_dupn(c, text, (size_t)(at - text));
    return CX_OK;
}

/* char(n) and varchar(n) are strings to Delta, with their own text in the metadata. */
static void note_length(cx *c, const char *type, json *metadata)
{
    if (strncasecmp(type, "varchar", 7) != 0 && strncasecmp(type, "char", 4) != 0)
        return;
    buf b = BUF(BUF_ANY);
    for (const char *p = type; *p; p++)
        if (*p != ' ')
            buf_addc(&b, *p);
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    text_lower(text);
    if (text_starts(text, "character("))
        text = cx_fmt(c, "char%s", text + strlen("character"));
    json_object_set_new(metadata, "__CHAR_VARCHAR_TYPE_STRING", json_string(text));
}

cx_code eng_field_of_column(cx *c, const sql_column *column, json **out)
{
    json *type = NULL;
    const char *text;
    TRY(eng_plain_type(c, column->type, &text));
    TRY_IN(c, delta_type_parse(c, text, &type), "column %s", column->name);
    *out =
        eng_field(column->name, type, !column->not_null && !column->primary_key, column->comment);
    add_specials(column, json_get(*out, "metadata"));
    note_length(c, text, json_get(*out, "metadata"));
    return CX_OK;
}

cx_code eng_schema_of_columns(cx *c, const sql_column *columns, size_t n, json **out)
{
    AUTO(json) fields = json_array();
    for (size_t i = 0; i < n; i++) {
        json *field = NULL;
        TRY(eng_field_of_column(c, &columns[i], &field));
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

static cx_code check_names_below(cx *c, const json *type)
{
    if (!json_is_object(type))
        return CX_OK;
    if (json_get(type, "fields"))
        return eng_check_names(c, json_get(type, "fields"));
    TRY(check_names_below(c, json_get(type, "elementType")));
    TRY(check_names_below(c, json_get(type, "keyType")));
    return check_names_below(c, json_get(type, "valueType"));
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
        TRY(check_names_below(c, json_get(field, "type")));
    }
    return CX_OK;
}

cx_code eng_check_reserved(cx *c, const json *schema, const json *configuration)
{
    static const char *const reserved[] = {"_change_type", "_commit_version", "_commit_timestamp"};
    if (!text_same_nocase(json_get_str(configuration, "delta.enableChangeDataFeed", ""), "true"))
        return CX_OK;
    for (size_t i = 0; i < CX_COUNT(reserved); i++)
        if (eng_find_field(schema, reserved[i]))
            return cx_fail_as(c, CX_INVALID, "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS", "42711",
                              "The change data feed has a column %s of its own; a table that has "
                              "one cannot have the feed.",
                              reserved[i]);
    return CX_OK;
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

json *eng_find_field(const json *schema, const char *name)
{
    json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return field;
    return NULL;
}
