/* Volumes. spec: wire "Functions, volumes, models" */
#include "base/fs.h"
#include "base/hash.h"
#include "lake/rest/rest.h"

cx_code rest_volumes_list(cx *c, rest_call *r)
{
    const char *catalog, *schema;
    TRY(rest_need_query(c, r, "catalog_name", &catalog));
    TRY(rest_need_query(c, r, "schema_name", &schema));
    return rest_list(c, r, META_VOLUME, catalog, schema, "volumes", rest_volume_json, false);
}

static cx_code reply_volume(cx *c, rest_call *r, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(rest_load(c, r, META_VOLUME, n, &o));
    return rest_reply(r, rest_volume_json(c, r, &o));
}

static cx_code external_folder(cx *c, const rest_call *r, const char **out)
{
    const char *location;
    TRY(rest_need(c, r, "storage_location", &location));
    const char *path = location;
    if (text_starts(location, "file://"))
        path = percent_decode(c, location + 7, strlen(location) - 7, NULL);
    if (*path != '/' || !fs_is_dir(path))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "storage_location '%s' is not the absolute path of a local folder",
                         location);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    *out = cx_dupn(c, path, length);
    return CX_OK;
}

/* The folder before the row, under a note: killed in between, the note says that nobody owns it. */
static cx_code create_managed(cx *c, const rest_call *r, meta_object *o)
{
    int64_t note;
    o->location = meta_new_location(c, r->lake->meta, META_VOLUME);
    TRY(meta_pending_begin(c, r->lake->meta, o->location, &note));
    TRY(fs_mkdirs(c, o->location));
    const cx_code rc = meta_create(c, r->lake->meta, o, r->principal, false);
    if (rc == CX_OK)
        return meta_pending_end(c, r->lake->meta, note);
    cx again;
    cx_child(&again, c);
    if (fs_remove_tree(&again, o->location) == CX_OK)
        (void)!meta_pending_end(&again, r->lake->meta, note);
    cx_clear(&again);
    return rc;
}

cx_code rest_volume_create(cx *c, rest_call *r)
{
    meta_object o = {.type = META_VOLUME};
    TRY(rest_need(c, r, "name", &o.name.name));
    TRY(rest_need(c, r, "catalog_name", &o.name.catalog));
    TRY(rest_need(c, r, "schema_name", &o.name.schema));
    TRY(rest_need(c, r, "volume_type", &o.table_type));
    o.comment = json_get_str(r->body, "comment", NULL);
    TRY(rest_require(c, r, "CREATE_VOLUME", META_SCHEMA, o.name));
    if (strcmp(o.table_type, "EXTERNAL") == 0) {
        TRY(external_folder(c, r, &o.location));
        TRY(rest_named(c, meta_create(c, r->lake->meta, &o, r->principal, false), META_VOLUME,
                       o.name));
    } else if (strcmp(o.table_type, "MANAGED") == 0) {
        TRY(rest_named(c, create_managed(c, r, &o), META_VOLUME, o.name));
    } else {
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "volume_type must be MANAGED or EXTERNAL");
    }
    return reply_volume(c, r, o.name);
}

cx_code rest_volume_get(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_VOLUME, rest_param(r, "name"), &n));
    return reply_volume(c, r, n);
}

cx_code rest_volume_patch(cx *c, rest_call *r)
{
    static const char *const allowed[] = {"new_name", "owner", "comment", NULL};
    meta_name n;
    TRY(rest_full_name(c, r, META_VOLUME, rest_param(r, "name"), &n));
    TRY(rest_patch(c, r, META_VOLUME, &n, allowed));
    return reply_volume(c, r, n);
}

cx_code rest_volume_delete(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_VOLUME, rest_param(r, "name"), &n));
    return rest_drop(c, r, META_VOLUME, n);
}
