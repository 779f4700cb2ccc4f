/* CREATE TABLE … LIKE: another table's columns, rules, layout and properties, without its rows and
 * without what counts its own past. Of a view, or a table that is not Delta, the columns. */
#include "lake/engine/ddl/create.h"

static void forget_past(json *type)
{
    json *field;
    size_t i;
    if (!json_is_object(type))
        return;
    json_array_foreach (json_get(type, "fields"), i, field) {
        json_object_del(json_get(field, "metadata"), "delta.identity.highWaterMark");
        json_object_del(json_get(field, "metadata"), "delta.typeChanges");
        forget_past(json_get(field, "type"));
    }
    forget_past(json_get(type, "elementType"));
    forget_past(json_get(type, "keyType"));
    forget_past(json_get(type, "valueType"));
}

static void copy_properties(creation *k, const delta_snapshot *s)
{
    AUTO(json) all = eng_all_properties(s);
    const char *key;
    const json *value;
    json_object_foreach (all, key, value)
        if (!eng_property_own(key) && !json_get(k->asked.kept, key))
            json_object_set(k->asked.kept, key, (json *)value);
}

static void copy_layout(cx *c, creation *k, const delta_snapshot *s)
{
    const size_t n = delta_partition_count(s);
    const char **partitions = cx_array(c, const char *, n + 1);
    AUTO(json) clusters = eng_clustered_by(c, s);
    const char **names = cx_array(c, const char *, json_array_size(clusters) + 1);
    for (size_t i = 0; i < n; i++)
        partitions[i] = cx_dup(c, delta_partition_name(s, i));
    for (size_t i = 0; i < json_array_size(clusters); i++)
        names[i] = cx_dup(c, json_string_value(json_array_get(clusters, i)));
    if (k->q->partition_count || k->q->cluster_count || k->q->cluster_none)
        return;
    k->partitions = partitions;
    k->partition_count = n;
    k->cluster_by = names;
    k->cluster_count = json_array_size(clusters);
    k->clustered = clusters != NULL;
}

static cx_code like_delta(cx *c, creation *k)
{
    AUTO_CLEAR(eng_table) t = {0};
    TRY(eng_table_load(c, k->r, &k->q->source, "SELECT", NULL, &t));
    k->schema = json_deep_copy(delta_schema(t.snapshot));
    eng_unmap(k->schema);
    forget_past(k->schema);
    copy_properties(k, t.snapshot);
    copy_layout(c, k, t.snapshot);
    k->copied = true;
    if (!k->comment)
        k->comment = t.object.comment;
    return CX_OK;
}

static cx_code like_columns(cx *c, creation *k, const meta_object *o)
{
    AUTO(json) fields = json_array();
    const json *column;
    size_t i;
    json_array_foreach (o->columns, i, column) {
        json *type = NULL;
        TRY(delta_type_parse(c, json_get_str(column, "type_text", "string"), &type));
        json_array_append_new(fields, eng_field(json_get_str(column, "name", ""), type, true,
                                                json_get_str(column, "comment", NULL)));
    }
    k->schema = json_pack("{s:s, s:O}", "type", "struct", "fields", fields);
    return CX_OK;
}

cx_code eng_creation_like(cx *c, creation *k)
{
    AUTO_CLEAR(meta_object) o = {0};
    if (k->q->source.path)
        return like_delta(c, k);
    TRY(eng_load_object(c, k->r, &k->q->source, "SELECT", &o));
    if (o.view_definition || !text_same_nocase(o.format, "DELTA"))
        return like_columns(c, k, &o);
    return like_delta(c, k);
}
