/* Catalogs and schemas. spec: wire "Catalogs, schemas" */
#include "lake/rest/rest.h"

static const char *const changeable[] = {"new_name", "owner", "comment", "properties", NULL};

static cx_code reply_object(cx *c, rest_call *r, meta_type t, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(rest_load(c, r, t, n, &o));
    return rest_reply(r,
                      t == META_CATALOG ? rest_catalog_json(c, r, &o) : rest_schema_json(c, r, &o));
}

cx_code rest_catalogs_list(cx *c, rest_call *r)
{
    return rest_list(c, r, META_CATALOG, NULL, NULL, "catalogs", rest_catalog_json, false);
}

static cx_code check_properties(cx *c, const rest_call *r)
{
    const json *properties = json_get(r->body, "properties");
    const char *key;
    json *value;
    if (properties && !json_is_object(properties))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "Field 'properties' must be an object");
    json_object_foreach ((json *)properties, key, value)
        if (!json_is_string(value))
            return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                             "Property '%s' must be a string", key);
    return CX_OK;
}

cx_code rest_catalog_create(cx *c, rest_call *r)
{
    meta_object o = {.type = META_CATALOG};
    TRY(rest_need(c, r, "name", &o.name.catalog));
    TRY(check_properties(c, r));
    if (json_get(r->body, "connection_name") || json_get(r->body, "share_name"))
        return rest_fail(c, CX_UNSUPPORTED, "NOT_IMPLEMENTED",
                         "This workspace has no foreign and no shared catalogs yet");
    o.comment = json_get_str(r->body, "comment", NULL);
    o.properties = json_get(r->body, "properties");
    TRY(rest_require(c, r, "CREATE_CATALOG", META_METASTORE, o.name));
    TRY(rest_named(c, meta_create(c, r->lake->meta, &o, r->principal, false), META_CATALOG,
                   o.name));
    return reply_object(c, r, META_CATALOG, o.name);
}

cx_code rest_catalog_get(cx *c, rest_call *r)
{
    return reply_object(c, r, META_CATALOG, (meta_name){.catalog = rest_param(r, "name")});
}

cx_code rest_catalog_patch(cx *c, rest_call *r)
{
    meta_name n = {.catalog = rest_param(r, "name")};
    TRY(check_properties(c, r));
    TRY(rest_patch(c, r, META_CATALOG, &n, changeable));
    return reply_object(c, r, META_CATALOG, n);
}

cx_code rest_catalog_delete(cx *c, rest_call *r)
{
    return rest_drop(c, r, META_CATALOG, (meta_name){.catalog = rest_param(r, "name")});
}

/* ---- schemas ------------------------------------------------------------------ */

cx_code rest_schemas_list(cx *c, rest_call *r)
{
    const char *catalog;
    TRY(rest_need_query(c, r, "catalog_name", &catalog));
    return rest_list(c, r, META_SCHEMA, catalog, NULL, "schemas", rest_schema_json, false);
}

cx_code rest_schema_create(cx *c, rest_call *r)
{
    meta_object o = {.type = META_SCHEMA};
    TRY(rest_need(c, r, "name", &o.name.schema));
    TRY(rest_need(c, r, "catalog_name", &o.name.catalog));
    TRY(check_properties(c, r));
    o.comment = json_get_str(r->body, "comment", NULL);
    o.properties = json_get(r->body, "properties");
    TRY(rest_require(c, r, "CREATE_SCHEMA", META_CATALOG, o.name));
    TRY(rest_named(c, meta_create(c, r->lake->meta, &o, r->principal, false), META_SCHEMA, o.name));
    return reply_object(c, r, META_SCHEMA, o.name);
}

cx_code rest_schema_get(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_SCHEMA, rest_param(r, "name"), &n));
    return reply_object(c, r, META_SCHEMA, n);
}

cx_code rest_schema_patch(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_SCHEMA, rest_param(r, "name"), &n));
    TRY(check_properties(c, r));
    TRY(rest_patch(c, r, META_SCHEMA, &n, changeable));
    return reply_object(c, r, META_SCHEMA, n);
}

cx_code rest_schema_delete(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_SCHEMA, rest_param(r, "name"), &n));
    return rest_drop(c, r, META_SCHEMA, n);
}
