/* SET and UNSET TBLPROPERTIES, with what follows from them: column mapping gives every column an id
 * and keeps the names that the files have. What row tracking and in-commit times need of the commit
 * that turns them on, the commit does, once it knows how many rows each file has. */
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

/* ---- row tracking ---------------------------------------------------------------------- */

static cx_code take_count(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    (void)c, (void)lengths;
    *(int64_t *)self = values[0] ? strtoll(values[0], NULL, 10) : -1;
    return CX_OK;
}

static cx_code count_file(cx *c, edit *e, const delta_file *f, int64_t *out)
{
    AUTO(duck_result) result = NULL;
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    char *path = NULL;
    TRY(delta_file_path(c, e->t->snapshot, f, &path));
    buf_adds(&sql, "SELECT num_rows FROM parquet_file_metadata([");
    eng_add_file_literal(c, &sql, path);
    buf_adds(&sql, "])");
    TRY(eng_run_duck(c, e->r, buf_text(&sql), &result));
    return duck_each(c, result, take_count, out);
}

/* The file again, with statistics that say how many rows it has. */
static cx_code count_rows(cx *c, edit *e, const delta_file *f)
{
    AUTO(json) add = NULL;
    AUTO(json) stats = NULL;
    int64_t rows = -1;
    TRY(delta_file_add(c, f, &add));
    TRY(delta_file_stats(c, f, &stats));
    TRY(count_file(c, e, f, &rows));
    if (!stats)
        stats = json_object();
    json_object_set_new(stats, "numRecords", json_integer((json_int_t)rows));
    AUTO_FREE char *text = json_text(stats);
    json_object_set_new(add, "stats", json_string(text));
    json_object_set_new(add, "dataChange", json_false());
    json_array_append_new(e->actions, json_pack("{s:O}", "add", add));
    return CX_OK;
}

/* The commit that turns row tracking on numbers the rows of all files, for which it must know how
 * many each has. Writers may leave that out; the files know. */
static cx_code count_unknown(cx *c, edit *e)
{
    const delta_snapshot *s = e->t->snapshot;
    if (!eng_property_on(e->configuration, "delta.enableRowTracking") ||
        text_same_nocase(delta_property(s, "delta.enableRowTracking"), "true"))
        return CX_OK;
    for (size_t i = 0; i < delta_file_count(s); i++) {
        TRY(cx_alive(c));
        if (delta_file_records(delta_file_at(s, i)) < 0)
            TRY(count_rows(c, e, delta_file_at(s, i)));
    }
    return CX_OK;
}

/* ---- SET and UNSET ------------------------------------------------------------------------ */

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
    TRY(count_unknown(c, e));
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
