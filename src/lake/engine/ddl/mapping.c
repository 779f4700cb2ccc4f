/* Column mapping: ids and physical names.
 *
 * A column that is new gets a physical name that nobody had before, so that a name that comes back
 * after a drop never meets the old values. Where mapping is switched on for a table that has files,
 * the physical names are the names that the files have. spec: delta "Column Mapping" */
#include "lake/engine/ddl/schema.h"

#include "base/hash.h"

#define ID "delta.columnMapping.id"
#define PHYSICAL "delta.columnMapping.physicalName"
#define MOST "delta.columnMapping.maxColumnId"

bool eng_is_mapped(const json *configuration)
{
    const char *mode = json_get_str(configuration, "delta.columnMapping.mode", "none");
    return !text_same_nocase(mode, "none");
}

/* ---- without mapping ------------------------------------------------------------------------- */

/* Names that Parquet's writers cannot carry as they are. */
static cx_code check_characters(cx *c, const json *type)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return CX_OK;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *name = json_get_str(field, "name", "");
        if (strpbrk(name, " ,;{}()\n\t="))
            return cx_fail_as(
                c, CX_INVALID, "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES", "42K05",
                "Found invalid character(s) among ' ,;{}()\\n\\t=' in the column name "
                "'%s'. Give it an alias, or set the table property "
                "'delta.columnMapping.mode' = 'name'.",
                name);
        TRY(check_characters(c, json_get(field, "type")));
    }
    TRY(check_characters(c, json_get(type, "elementType")));
    TRY(check_characters(c, json_get(type, "keyType")));
    return check_characters(c, json_get(type, "valueType"));
}

/* ---- ids ------------------------------------------------------------------------------------- */

static void map_type(json *type, int64_t *next, bool plain_names);

static void map_field(json *field, int64_t *next, bool plain_names)
{
    char id[UUID_TEXT];
    json *metadata = json_get(field, "metadata");
    uuid_random(id);
    if (!json_get(metadata, ID))
        json_object_set_new(metadata, ID, json_integer(++*next));
    if (!json_get(metadata, PHYSICAL))
        json_object_set_new(metadata, PHYSICAL,
                            plain_names ? json_incref(json_get(field, "name"))
                                        : json_sprintf("col-%s", id));
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

static int64_t highest(const json *type)
{
    int64_t most = 0, below;
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return 0;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const int64_t own = json_get_int(json_get(field, "metadata"), ID, 0);
        most = own > most ? own : most;
        below = highest(json_get(field, "type"));
        most = below > most ? below : most;
    }
    static const char *const members[] = {"elementType", "keyType", "valueType"};
    for (i = 0; i < CX_COUNT(members); i++) {
        below = highest(json_get(type, members[i]));
        most = below > most ? below : most;
    }
    return most;
}

static void map_all(json *type, json *configuration, bool plain_names)
{
    int64_t next = json_get_int(configuration, MOST, 0);
    const int64_t used = highest(type);
    next = used > next ? used : next;
    map_type(type, &next, plain_names);
    json_object_set_new(configuration, MOST, json_sprintf("%lld", (long long)next));
}

cx_code eng_map_columns(cx *c, json *schema, json *configuration, bool has_files)
{
    if (!eng_is_mapped(configuration))
        return check_characters(c, schema);
    map_all(schema, configuration, has_files);
    return CX_OK;
}

/* Ids and physical names belong to one table. */
void eng_unmap(json *type)
{
    json *field;
    size_t i;
    if (!json_is_object(type))
        return;
    json_array_foreach (json_get(type, "fields"), i, field) {
        json_object_del(json_get(field, "metadata"), ID);
        json_object_del(json_get(field, "metadata"), PHYSICAL);
        eng_unmap(json_get(field, "type"));
    }
    eng_unmap(json_get(type, "elementType"));
    eng_unmap(json_get(type, "keyType"));
    eng_unmap(json_get(type, "valueType"));
}
