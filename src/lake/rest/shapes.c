/* Objects of the metastore as Unity Catalog's JSON. spec: wire "Catalogs, schemas", "Tables",
 * "Functions, volumes, models" */
#include "lake/rest/rest.h"

static const struct {
    const char *text, *name;
} type_names[] = {
    {"bigint", "LONG"},       {"long", "LONG"},
    {"int", "INT"},           {"integer", "INT"},
    {"smallint", "SHORT"},    {"short", "SHORT"},
    {"tinyint", "BYTE"},      {"byte", "BYTE"},
    {"string", "STRING"},     {"varchar", "STRING"},
    {"char", "CHAR"},         {"decimal", "DECIMAL"},
    {"dec", "DECIMAL"},       {"numeric", "DECIMAL"},
    {"double", "DOUBLE"},     {"float", "FLOAT"},
    {"real", "FLOAT"},        {"boolean", "BOOLEAN"},
    {"date", "DATE"},         {"timestamp", "TIMESTAMP"},
    {"binary", "BINARY"},     {"timestamp_ntz", "TIMESTAMP_NTZ"},
    {"void", "NULL"},         {"variant", "VARIANT"},
    {"array", "ARRAY"},       {"map", "MAP"},
    {"struct", "STRUCT"},     {"interval", "INTERVAL"},
    {"geometry", "GEOMETRY"}, {"geography", "GEOGRAPHY"},
    {"table", "TABLE_TYPE"},  {"table_type", "TABLE_TYPE"},
};

const char *rest_type_name(const char *type_text)
{
    const size_t length = strcspn(type_text, "(< ");
    for (size_t i = 0; i < CX_COUNT(type_names); i++)
        if (str_is_nocase((str){type_text, length}, type_names[i].text))
            return type_names[i].name;
    return "USER_DEFINED_TYPE";
}

int rest_decimal(const char *type_text, int *out_scale)
{
    *out_scale = 0;
    if (strcmp(rest_type_name(type_text), "DECIMAL") != 0)
        return -1;
    const char *p = strchr(type_text, '(');
    if (!p)
        return 10;
    char *end;
    const long precision = strtol(p + 1, &end, 10);
    if (*end == ',')
        *out_scale = (int)strtol(end + 1, NULL, 10);
    return (int)precision;
}

void rest_type_members(json *obj, const char *type_text)
{
    int scale;
    const int precision = rest_decimal(type_text, &scale);
    json_object_set_new(obj, "type_name", json_string(rest_type_name(type_text)));
    json_object_set_new(obj, "type_precision", json_integer(precision < 0 ? 0 : precision));
    json_object_set_new(obj, "type_scale", json_integer(scale));
}

static void set_text(json *obj, const char *key, const char *text)
{
    if (text)
        json_object_set_new(obj, key, json_string(text));
}

static json *common(cx *c, const rest_call *r, const meta_object *o, const char *name)
{
    json *j = json_object();
    set_text(j, "name", name);
    if (o->type > META_CATALOG)
        set_text(j, "catalog_name", o->name.catalog);
    if (o->type > META_SCHEMA)
        set_text(j, "schema_name", o->name.schema);
    set_text(j, "full_name", meta_full_name(c, o->type, o->name));
    set_text(j, "owner", o->owner);
    set_text(j, "comment", o->comment);
    set_text(j, "metastore_id", meta_id(r->lake->meta));
    json_object_set_new(j, "created_at", json_integer(o->created_ms));
    set_text(j, "created_by", o->created_by);
    json_object_set_new(j, "updated_at", json_integer(o->updated_ms));
    set_text(j, "updated_by", o->updated_by);
    json_object_set_new(j, "browse_only", json_false());
    set_text(j, "securable_type", meta_type_name(o->type));
    return j;
}

static void set_location(cx *c, json *j, const char *location)
{
    if (location)
        set_text(j, "storage_location",
                 *location == '/' ? cx_fmt(c, "file://%s", location) : location);
}

static bool in_system(const meta_object *o)
{
    return strcmp(o->name.catalog, "system") == 0;
}

json *rest_catalog_json(cx *c, const rest_call *r, const meta_object *o)
{
    json *j = common(c, r, o, o->name.catalog);
    set_text(j, "id", o->id);
    set_text(j, "catalog_type", in_system(o) ? "SYSTEM_CATALOG" : "MANAGED_CATALOG");
    set_text(j, "securable_kind", in_system(o) ? "CATALOG_SYSTEM" : "CATALOG_STANDARD");
    set_text(j, "isolation_mode", "OPEN");
    set_text(j, "enable_predictive_optimization", "INHERIT");
    json_object_set_new(j, "provisioning_info", json_pack("{s:s}", "state", "ACTIVE"));
    set_location(c, j, o->location);
    json_object_set(j, "properties", o->properties);
    return j;
}

json *rest_schema_json(cx *c, const rest_call *r, const meta_object *o)
{
    json *j = common(c, r, o, o->name.schema);
    set_text(j, "schema_id", o->id);
    set_text(j, "catalog_type", in_system(o) ? "SYSTEM_CATALOG" : "MANAGED_CATALOG");
    set_text(j, "enable_predictive_optimization", "INHERIT");
    set_location(c, j, o->location);
    json_object_set(j, "properties", o->properties);
    return j;
}

static json *column_json(const json *column, size_t i)
{
    json *j = json_object();
    const json *type_json = json_get(column, "type_json");
    const char *text = json_get_str(column, "type_text", "string");
    set_text(j, "name", json_get_str(column, "name", ""));
    set_text(j, "type_text", text);
    rest_type_members(j, text);
    if (json_is_string(type_json)) {
        json_object_set(j, "type_json", (json *)type_json);
    } else if (type_json) {
        char *dumped = json_text(type_json);
        set_text(j, "type_json", dumped);
        free(dumped);
    }
    json_object_set_new(j, "position", json_integer(json_get_int(column, "position", (int64_t)i)));
    json_object_set_new(j, "nullable", json_boolean(json_get_bool(column, "nullable", true)));
    set_text(j, "comment", json_get_str(column, "comment", NULL));
    if (json_get(column, "partition_index"))
        json_object_set(j, "partition_index", json_get(column, "partition_index"));
    return j;
}

json *rest_table_json(cx *c, const rest_call *r, const meta_object *o, bool columns,
                      bool properties)
{
    json *j = common(c, r, o, o->name.name);
    set_text(j, "table_id", o->id);
    set_text(j, "table_type", o->table_type);
    set_text(j, "data_source_format", o->format);
    set_location(c, j, o->location);
    set_text(j, "view_definition", o->view_definition);
    if (o->view_definition)
        json_object_set_new(
            j, "sql_path",
            json_string(cx_fmt(c, "%s.%s", o->view_catalog ? o->view_catalog : o->name.catalog,
                               o->view_schema ? o->view_schema : o->name.schema)));
    if (properties)
        json_object_set(j, "properties", o->properties);
    if (columns) {
        json *list = json_array();
        for (size_t i = 0; i < json_array_size(o->columns); i++)
            json_array_append_new(list, column_json(json_array_get(o->columns, i), i));
        json_object_set_new(j, "columns", list);
    }
    return j;
}

static void parameter_types(json *routine, const char *key)
{
    json *list = json_get(json_get(routine, key), "parameters");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json *p = json_array_get(list, i);
        const char *text = json_get_str(p, "type_text", NULL);
        if (text && !json_get(p, "type_name"))
            rest_type_members(p, text);
        if (!json_get(p, "position"))
            json_object_set_new(p, "position", json_integer((json_int_t)i));
    }
}

json *rest_function_json(cx *c, const rest_call *r, const meta_object *o)
{
    json *j = common(c, r, o, o->name.name);
    json *routine = o->routine ? json_deep_copy(o->routine) : json_object();
    parameter_types(routine, "input_params");
    parameter_types(routine, "return_params");
    json_object_update_missing(j, routine);
    json_decref(routine);
    set_text(j, "function_id", o->id);
    set_text(j, "specific_name", o->name.name);
    const char *full = json_get_str(j, "full_data_type", NULL);
    if (full && !json_get(j, "data_type"))
        set_text(j, "data_type", rest_type_name(full));
    if (!json_get(j, "parameter_style"))
        set_text(j, "parameter_style", "S");
    if (!json_get(j, "security_type"))
        set_text(j, "security_type", "DEFINER");
    return j;
}

json *rest_volume_json(cx *c, const rest_call *r, const meta_object *o)
{
    json *j = common(c, r, o, o->name.name);
    set_text(j, "volume_id", o->id);
    set_text(j, "volume_type", o->table_type ? o->table_type : "MANAGED");
    set_location(c, j, o->location);
    return j;
}
