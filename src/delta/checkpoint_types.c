/* The types of parsed statistics and partition values, from the table's schema.
 * spec: delta "Per-file Statistics", "Checkpoint Schema" */
#include "delta/checkpoint.h"

static json *field(const char *name, json *take_type)
{
    return json_pack("{s:s, s:o, s:b, s:{}}", "name", name, "type", take_type, "nullable", 1,
                     "metadata");
}

static json *structure(json *take_fields)
{
    return json_pack("{s:s, s:o}", "type", "struct", "fields", take_fields);
}

static const char *physical(const json *f)
{
    return json_get_str(json_get(f, "metadata"), "delta.columnMapping.physicalName",
                        json_get_str(f, "name", ""));
}

static bool is_partition(const delta_snapshot *s, const json *f)
{
    for (size_t i = 0; i < s->partition_count; i++)
        if (text_same_nocase(s->partitions[i], json_get_str(f, "name", "")))
            return true;
    return false;
}

/* Bounds are of types with an order that readers use; of the others only nulls are counted. */
static bool has_bounds(const json *type)
{
    static const char *const without[] = {"binary", "boolean", "variant", "void"};
    if (!json_is_string(type))
        return false;
    for (size_t i = 0; i < CX_COUNT(without); i++)
        if (!strcmp(json_string_value(type), without[i]))
            return false;
    return true;
}

typedef enum { BOUNDS, NULLS } what;

/* The columns of a struct; NULL when none has what is asked for. */
static json *columns(const delta_snapshot *s, const json *type, bool top, what of)
{
    json *fields = json_array();
    const json *f;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, f) {
        const json *t = json_get(f, "type");
        json *own = NULL;
        if (top && is_partition(s, f))
            continue;
        if (json_is_object(t) && !strcmp(json_get_str(t, "type", ""), "struct"))
            own = columns(s, t, false, of);
        else if (of == NULLS)
            own = json_string("long");
        else if (has_bounds(t))
            own = json_incref((json *)t);
        if (own)
            json_array_append_new(fields, field(physical(f), own));
    }
    if (json_array_size(fields))
        return structure(fields);
    json_decref(fields);
    return NULL;
}

static json *partition_type(const delta_snapshot *s)
{
    json *fields = json_array();
    const json *f;
    size_t i;
    json_array_foreach (json_get(s->schema, "fields"), i, f) {
        if (is_partition(s, f))
            json_array_append_new(fields, field(physical(f), json_incref(json_get(f, "type"))));
    }
    return structure(fields);
}

cx_code parsed_types(cx *c, const delta_snapshot *s, json **out_stats, json **out_partition_values)
{
    json *fields = json_array();
    json *const bounds = columns(s, s->schema, true, BOUNDS), *const nulls = columns(s, s->schema,
                                                                                     true, NULLS);
    (void)c;
    json_array_append_new(fields, field("numRecords", json_string("long")));
    if (bounds) {
        json_array_append_new(fields, field("minValues", json_incref(bounds)));
        json_array_append_new(fields, field("maxValues", bounds));
    }
    if (nulls)
        json_array_append_new(fields, field("nullCount", nulls));
    json_array_append_new(fields, field("tightBounds", json_string("boolean")));
    *out_stats = structure(fields);
    *out_partition_values = s->partition_count ? partition_type(s) : NULL;
    return CX_OK;
}
