/* Functions. spec: wire "Functions, volumes, models" */
#include "lake/rest/rest.h"

cx_code rest_functions_list(cx *c, rest_call *r)
{
    const char *catalog, *schema;
    TRY(rest_need_query(c, r, "catalog_name", &catalog));
    TRY(rest_need_query(c, r, "schema_name", &schema));
    return rest_list(c, r, META_FUNCTION, catalog, schema, "functions", rest_function_json, false);
}

static cx_code reply_function(cx *c, rest_call *r, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(rest_load(c, r, META_FUNCTION, n, &o));
    return rest_reply(r, rest_function_json(c, r, &o));
}

/* What FunctionInfo says about the routine itself; names, owner and times are the object's own. */
static json *routine_of(const json *info)
{
    static const char *const keys[] = {"input_params",
                                       "data_type",
                                       "full_data_type",
                                       "return_params",
                                       "routine_body",
                                       "routine_definition",
                                       "routine_dependencies",
                                       "parameter_style",
                                       "is_deterministic",
                                       "sql_data_access",
                                       "is_null_call",
                                       "security_type",
                                       "external_name",
                                       "external_language",
                                       "sql_path",
                                       "properties"};
    json *routine = json_object();
    for (size_t i = 0; i < CX_COUNT(keys); i++)
        if (json_get(info, keys[i]))
            json_object_set(routine, keys[i], json_get(info, keys[i]));
    return routine;
}

cx_code rest_function_create(cx *c, rest_call *r)
{
    json *info = json_get(r->body, "function_info");
    if (!json_is_object(info))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "Missing required field: function_info");
    rest_call inner = *r;
    inner.body = info;
    meta_object o = {.type = META_FUNCTION};
    TRY(rest_need(c, &inner, "name", &o.name.name));
    TRY(rest_need(c, &inner, "catalog_name", &o.name.catalog));
    TRY(rest_need(c, &inner, "schema_name", &o.name.schema));
    o.comment = json_get_str(info, "comment", NULL);
    TRY(rest_require(c, r, "CREATE_FUNCTION", META_SCHEMA, o.name));
    AUTO(json) routine = routine_of(info);
    o.routine = routine;
    TRY(rest_named(c, meta_create(c, r->lake->meta, &o, r->principal, false), META_FUNCTION,
                   o.name));
    return reply_function(c, r, o.name);
}

cx_code rest_function_get(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_FUNCTION, rest_param(r, "name"), &n));
    return reply_function(c, r, n);
}

cx_code rest_function_patch(cx *c, rest_call *r)
{
    static const char *const allowed[] = {"owner", "comment", NULL};
    meta_name n;
    TRY(rest_full_name(c, r, META_FUNCTION, rest_param(r, "name"), &n));
    TRY(rest_patch(c, r, META_FUNCTION, &n, allowed));
    return reply_function(c, r, n);
}

cx_code rest_function_delete(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_FUNCTION, rest_param(r, "name"), &n));
    return rest_drop(c, r, META_FUNCTION, n);
}
