/* What a table asks of its rows, beside their types. */
#include "lake/engine/rows/rows.h"

void eng_shape_of(cx *c, const delta_snapshot *s, const char *location, eng_shape *out)
{
    const size_t n = delta_partition_count(s);
    const char **names = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = delta_partition_name(s, i);
    *out = (eng_shape){.location = location,
                       .schema = delta_schema(s),
                       .partitions = names,
                       .partition_count = n,
                       .configuration = json_get(delta_metadata(s), "configuration")};
}

cx_code eng_rules(cx *c, const eng_shape *s, json **out)
{
    static const char prefix[] = "delta.constraints.";
    const json *value, *field;
    const char *key;
    size_t i;
    AUTO(json) checks = json_object();
    json_object_foreach ((json *)s->configuration, key, value)
        if (text_starts(key, prefix))
            json_object_set(checks, key + strlen(prefix), (json *)value);
    json_array_foreach (json_get(s->schema, "fields"), i, field) {
        const json *m = json_get(field, "metadata");
        if (json_get(m, "delta.generationExpression") || json_get(m, "delta.identity.step") ||
            json_get(m, "delta.invariants"))
            return eng_unsupported(c,
                                   "writing to tables with generated or identity columns or "
                                   "invariants (%s)",
                                   json_get_str(field, "name", ""));
    }
    *out = STEAL(checks);
    return CX_OK;
}
