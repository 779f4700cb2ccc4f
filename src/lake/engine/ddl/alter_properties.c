/* SET and UNSET TBLPROPERTIES, with what follows from them: column mapping gives every column an id
 * and keeps the names that the files have. What row tracking and in-commit times need of the commit
 * that turns them on, the commit does. */
#include "lake/engine/ddl/alter.h"

static const char *mode_of(const json *configuration)
{
    return json_get_str(configuration, "delta.columnMapping.mode", "none");
}

static cx_code change_mapping(cx *c, edit *e, const char *old)
{
    const char *mode = mode_of(e->configuration);
    if (text_same_nocase(old, mode))
        return CX_OK;
    if (!text_same_nocase(old, "none") || !text_same_nocase(mode, "name"))
        return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE",
                          "0AKDC",
                          "Changing column mapping mode from '%s' to '%s' is not supported: the "
                          "files of %s would have to be written anew.",
                          old, mode, e->t->shown);
    return eng_map_columns(c, e->schema, e->configuration, true);
}

static cx_code refuse_constraints(cx *c, const char *key)
{
    if (strncasecmp(key, "delta.constraints.", 18) != 0)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_ADD_CONSTRAINTS", "0A000",
                      "Please use ALTER TABLE … ADD CONSTRAINT and DROP CONSTRAINT for CHECK "
                      "constraints.");
}

static cx_code refuse_downgrade(cx *c, const edit *e)
{
    const delta_protocol *p = delta_protocol_of(e->t->snapshot);
    const bool lower = (e->asked.min_reader && e->asked.min_reader < p->min_reader) ||
                       (e->asked.min_writer && e->asked.min_writer < p->min_writer);
    if (!lower)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_PROTOCOL_DOWNGRADE", "KD004",
                      "The protocol of %s cannot be lowered from reader %d, writer %d.",
                      e->t->shown, p->min_reader, p->min_writer);
}

cx_code eng_set_properties(cx *c, edit *e)
{
    const char *old = cx_dup(c, mode_of(e->configuration)), *key;
    const json *value;
    AUTO(json) given = json_object();
    TRY(eng_properties(c, e->q->properties, e->q->property_count, &e->asked));
    TRY(refuse_downgrade(c, e));
    for (size_t i = 0; i < e->q->property_count; i++)
        json_object_set_new(given, e->q->properties[i].key,
                            json_str_or_null(e->q->properties[i].value));
    json_object_foreach (e->asked.kept, key, value) {
        TRY(refuse_constraints(c, key));
        if (text_same_nocase(key, "comment")) {
            e->set_comment = true;
            e->comment = json_string_value(value);
        } else {
            json_object_set(e->configuration, key, (json *)value);
        }
    }
    TRY(change_mapping(c, e, old));
    e->operation = "SET TBLPROPERTIES";
    eng_parameter(e, "properties", given);
    return CX_OK;
}

static cx_code unset_one(cx *c, edit *e, const char *given)
{
    const char *key;
    TRY(eng_property_key(c, given, &key));
    TRY(refuse_constraints(c, key));
    if (text_same_nocase(key, "comment")) {
        e->set_comment = true;
        return CX_OK;
    }
    if (!json_object_get(e->configuration, key) && !e->q->if_exists)
        return cx_fail_as(c, CX_INVALID, "DELTA_UNSET_NON_EXISTENT_PROPERTY", "42616",
                          "Attempted to unset non-existent property '%s' in table %s.", key,
                          e->t->shown);
    json_object_del(e->configuration, key);
    return CX_OK;
}

cx_code eng_unset_properties(cx *c, edit *e)
{
    const char *old = cx_dup(c, mode_of(e->configuration));
    AUTO(json) keys = json_array();
    for (size_t i = 0; i < e->q->property_count; i++) {
        TRY(unset_one(c, e, e->q->properties[i].key));
        json_array_append_new(keys, json_string(e->q->properties[i].key));
    }
    TRY(change_mapping(c, e, old));
    e->operation = "UNSET TBLPROPERTIES";
    eng_parameter(e, "properties", keys);
    json_object_set_new(e->parameters, "ifExists", json_boolean(e->q->if_exists));
    return CX_OK;
}
