/* CREATE CATALOG, SCHEMA, VOLUME; DROP of everything; USE. */
#include "lake/engine/engine_int.h"

#include "base/fs.h"

static json *properties_of(const sql_statement *q)
{
    json *all = json_object();
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value)
            json_object_set_new(all, q->properties[i].key, json_string(q->properties[i].value));
    return all;
}

cx_code eng_create_container(cx *c, run *r, const sql_statement *q)
{
    const bool catalog = q->kind == SQL_CREATE_CATALOG;
    AUTO(json) properties = properties_of(q);
    meta_object o = {.type = catalog ? META_CATALOG : META_SCHEMA,
                     .comment = q->comment,
                     .properties = properties};
    if (q->share)
        return eng_unsupported(c, "CREATE CATALOG … USING SHARE");
    TRY(eng_name(c, r, &q->name, o.type, &o.name));
    if (q->if_not_exists && meta_exists(c, r->e->meta, o.type, o.name))
        return eng_out_none(c, r);
    if (catalog)
        TRY(eng_require(c, r, "CREATE_CATALOG", META_METASTORE, (meta_name){0}));
    else
        TRY(eng_require(c, r, "CREATE_SCHEMA", META_CATALOG,
                        (meta_name){.catalog = o.name.catalog}));
    if (q->location) {
        char *location = NULL;
        TRY(eng_require_path(c, r));
        TRY(eng_location(c, q->location, &location));
        o.location = location;
    }
    const cx_code rc = meta_create(c, r->e->meta, &o, r->s->principal, false);
    if (rc == CX_EXISTS && q->if_not_exists) { /* somebody was faster: as wanted */
        cx_forgive(c);
        return eng_out_none(c, r);
    }
    TRY(rc);
    return eng_out_none(c, r);
}

/* A managed volume is a folder of ours, made before the row that names it. */
static cx_code managed_folder(cx *c, run *r, meta_object *o)
{
    eng_note note;
    o->location = meta_new_location(c, r->e->meta, META_VOLUME);
    TRY(eng_note_begin(c, r, o->location, &note));
    cx_code rc = fs_mkdirs(c, o->location);
    if (rc == CX_OK)
        rc = meta_create(c, r->e->meta, o, r->s->principal, false);
    if (rc != CX_OK) {
        cx own;
        cx_init(&own);
        if (fs_remove_tree(&own, o->location) == CX_OK)
            (void)!meta_pending_end(&own, r->e->meta, note.id);
        cx_clear(&own);
        return rc;
    }
    return meta_pending_end(c, r->e->meta, note.id);
}

cx_code eng_create_volume(cx *c, run *r, const sql_statement *q)
{
    meta_object o = {.type = META_VOLUME, .comment = q->comment};
    TRY(eng_name(c, r, &q->name, META_VOLUME, &o.name));
    if (q->if_not_exists && meta_exists(c, r->e->meta, META_VOLUME, o.name))
        return eng_out_none(c, r);
    TRY(eng_require(c, r, "CREATE_VOLUME", META_SCHEMA,
                    (meta_name){.catalog = o.name.catalog, .schema = o.name.schema}));
    o.table_type = q->external || q->location ? "EXTERNAL" : "MANAGED";
    if (q->location) {
        char *location = NULL;
        TRY(eng_require_path(c, r));
        TRY(eng_location(c, q->location, &location));
        o.location = location;
        TRY(meta_create(c, r->e->meta, &o, r->s->principal, false));
    } else {
        TRY(managed_folder(c, r, &o));
    }
    return eng_out_none(c, r);
}

/* ---- DROP ------------------------------------------------------------------------------ */

static cx_code check_kind(cx *c, run *r, const sql_statement *q, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    const bool wants_view = text_same_nocase(q->object, "VIEW");
    if (wants_view == (o.view_definition != NULL))
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, wants_view ? "EXPECT_VIEW_NOT_TABLE" : "EXPECT_TABLE_NOT_VIEW",
                      "42809", "%s is a %s: use DROP %s.", eng_quoted(c, n),
                      wants_view ? "table" : "view", wants_view ? "TABLE" : "VIEW");
}

/* The drop is done; a folder that will not go keeps its note, and recovery tries again. */
static void remove_folders(cx *c, run *r, const json *folders)
{
    const json *folder;
    size_t i;
    cx own;
    cx_init(&own);
    json_array_foreach (folders, i, folder) {
        const char *path = json_string_value(folder);
        cx_code rc = fs_remove_tree(&own, path);
        if (rc == CX_OK)
            rc = meta_pending_end_at(&own, r->e->meta, path);
        if (rc != CX_OK)
            cx_warn(c, "%s is not removed yet: %s", path, own.error.message);
    }
    cx_clear(&own);
}

cx_code eng_drop(cx *c, run *r, const sql_statement *q)
{
    AUTO(json) folders = NULL;
    meta_type t;
    meta_name n;
    TRY(eng_type(c, q->object, &t));
    TRY(eng_name(c, r, &q->name, t, &n));
    if (q->if_exists && !meta_exists(c, r->e->meta, t, n))
        return eng_out_none(c, r);
    if (t == META_TABLE)
        TRY(check_kind(c, r, q, n));
    if (!meta_exists(c, r->e->meta, t, n)) /* tells what is missing, whoever asks */
        return meta_drop(c, r->e->meta, t, n, q->cascade, &folders);
    TRY(eng_require(c, r, "MANAGE", t, n));
    TRY(meta_drop(c, r->e->meta, t, n, q->cascade, &folders));
    remove_folders(c, r, folders);
    return eng_out_none(c, r);
}

/* Each statement comes with its own context, so USE has nothing to keep; a name that is not there
 * is still an error. */
cx_code eng_use(cx *c, run *r, const sql_statement *q)
{
    const bool catalog = text_same_nocase(q->object, "CATALOG");
    const meta_type t = catalog ? META_CATALOG : META_SCHEMA;
    AUTO_CLEAR(meta_object) o = {0};
    meta_name n;
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(meta_load(c, r->e->meta, t, n, &o));
    TRY(eng_require(c, r, catalog ? "USE_CATALOG" : "USE_SCHEMA", t, n));
    return eng_out_none(c, r);
}
