/* The metastore as an object. spec: wire "Metastore and storage objects" */
#include "lake/rest/rest.h"

static cx_code summary(cx *c, const rest_call *r, json **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->lake->meta, META_METASTORE, (meta_name){0}, &o));
    *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:s, s:I, s:s}",
                     "metastore_id", o.id, "name", "embedded", "global_metastore_id",
                     cx_fmt(c, "local:local:%s", o.id), "cloud", "local", "region", "local",
                     "owner", o.owner, "storage_root", cx_fmt(c, "file://%s", r->lake->root),
                     "delta_sharing_scope", "INTERNAL", "privilege_model_version", "1.0",
                     "external_access_enabled", 1, "created_at", (json_int_t)o.created_ms,
                     "created_by", o.created_by, "updated_at", (json_int_t)o.updated_ms,
                     "updated_by", o.updated_by);
    return CX_OK;
}

cx_code rest_metastore_summary(cx *c, rest_call *r)
{
    json *body = NULL;
    TRY(summary(c, r, &body));
    return rest_reply(r, body);
}

cx_code rest_metastores_list(cx *c, rest_call *r)
{
    json *one = NULL;
    TRY(summary(c, r, &one));
    return rest_reply(r, json_pack("{s:[o]}", "metastores", one));
}

cx_code rest_metastore_get(cx *c, rest_call *r)
{
    if (strcmp(rest_param(r, "id"), meta_id(r->lake->meta)) != 0)
        return rest_fail(c, CX_NOT_FOUND, "METASTORE_DOES_NOT_EXIST",
                         "Metastore '%s' does not exist.", rest_param(r, "id"));
    return rest_metastore_summary(c, r);
}

cx_code rest_metastore_assignment(cx *c, rest_call *r)
{
    (void)c;
    return rest_reply(r, json_pack("{s:s, s:I, s:s}", "metastore_id", meta_id(r->lake->meta),
                                   "workspace_id",
                                   (json_int_t)strtoll(meta_workspace_id(r->lake->meta), NULL, 10),
                                   "default_catalog_name", "main"));
}
