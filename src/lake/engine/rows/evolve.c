/* WITH SCHEMA EVOLUTION: columns of the source that the table has not become columns of the table,
 * at its end and nullable, in the commit that brings their first values. */
#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/schema.h"
#include "lake/engine/rows/rows_int.h"

static cx_code add_new(cx *c, const json *pair, json *fields)
{
    const char *name = json_string_value(json_array_get(pair, 0));
    const char *text = json_string_value(json_array_get(pair, 1));
    json *type = NULL;
    TRY_IN(c, delta_type_parse(c, text, &type), "column %s", name);
    json_array_append_new(fields, eng_field(name, type, true, NULL));
    return CX_OK;
}

cx_code eng_evolve_schema(cx *c, const delta_snapshot *s, const json *described, json **out)
{
    AUTO(json) schema = json_deep_copy(delta_schema(s));
    json *fields = json_get(schema, "fields");
    const json *pair;
    size_t i;
    json_array_foreach (described, i, pair)
        if (!eng_find_field(delta_schema(s), json_string_value(json_array_get(pair, 0))))
            TRY(add_new(c, pair, fields));
    TRY(eng_check_names(c, fields));
    if (json_array_size(fields) > json_array_size(json_get(delta_schema(s), "fields")))
        *out = STEAL(schema);
    return CX_OK;
}

cx_code eng_evolve_actions(cx *c, const delta_snapshot *s, json *schema, eng_shape *shape,
                           json *actions)
{
    json *body = json_deep_copy(delta_metadata(s));
    json_array_append_new(actions, json_pack("{s:o}", "metaData", body));
    json *configuration = json_get(body, "configuration");
    AUTO(json) protocol = NULL;
    if (!configuration) {
        configuration = json_object();
        json_object_set_new(body, "configuration", configuration);
    }
    TRY(eng_map_columns(c, schema, configuration, true));
    AUTO_FREE char *text = json_text(schema);
    json_object_set_new(body, "schemaString", json_string(text));
    const eng_needs needs = {.schema = schema,
                             .configuration = configuration,
                             .clustered = shape->clustered,
                             .before = delta_protocol_of(s)};
    TRY(eng_protocol(c, &needs, &protocol));
    if (!eng_protocol_same(delta_protocol_of(s), protocol))
        json_array_append_new(actions, json_pack("{s:O}", "protocol", protocol));
    shape->schema = schema;
    shape->configuration = configuration;
    return CX_OK;
}
