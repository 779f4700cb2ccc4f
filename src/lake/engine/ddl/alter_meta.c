/* ALTER of what only the metastore knows: owners, names, properties of other objects than Delta
 * tables, views, locations. */
#include "lake/engine/ddl/alter.h"

static cx_code set_owner(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    AUTO(json) changes = json_pack("{s:s}", "owner", q->principal);
    TRY(eng_require(c, r, "MANAGE", t, n));
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code rename_object(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    meta_name to;
    const char *full[3] = {n.catalog, n.schema, NULL};
    const int wanted = t == META_CATALOG ? 1 : t == META_SCHEMA ? 2 : 3;
    TRY(eng_require(c, r, "MANAGE", t, n));
    /* A short new name stays beside the old one, whatever the current schema is. */
    run beside = *r;
    beside.catalog = full[0];
    beside.schema = full[1] ? full[1] : r->schema;
    TRY(eng_name(c, &beside, &q->source, t, &to));
    if (wanted > 1 && strcmp(to.catalog, n.catalog) != 0)
        return cx_fail_as(c, CX_INVALID, "RENAME_ACROSS_CATALOGS", "0A000",
                          "%s cannot be moved to another catalog.", eng_quoted(c, n));
    if (wanted > 2 && strcmp(to.schema, n.schema) != 0)
        TRY(eng_require(c, r, "CREATE_TABLE", META_SCHEMA,
                        (meta_name){.catalog = to.catalog, .schema = to.schema}));
    AUTO(json)
    changes = json_pack("{s:s}", "new_name",
                        wanted == 1   ? to.catalog
                        : wanted == 2 ? to.schema
                                      : to.name);
    if (wanted > 2)
        json_object_set_new(changes, "new_schema", json_string(to.schema));
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code meta_properties(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    const bool set = text_starts(q->alter_action, "SET");
    TRY(eng_require(c, r, "MANAGE", t, n));
    TRY(meta_load(c, r->e->meta, t, n, &o));
    for (size_t i = 0; i < q->property_count; i++) {
        if (set)
            json_object_set_new(o.properties, q->properties[i].key,
                                json_string(q->properties[i].value));
        else
            json_object_del(o.properties, q->properties[i].key);
    }
    AUTO(json) changes = json_pack("{s:O}", "properties", o.properties);
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code change_view(cx *c, run *r, const sql_statement *q, meta_name n)
{
    sql_statement create = *q;
    const engine_sink silent = {0}, *was = r->sink;
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    create.kind = SQL_CREATE_VIEW;
    create.replace = create.create = true;
    create.comment = o.comment;
    r->sink = &silent;
    const cx_code rc = eng_create_view(c, r, &create);
    r->sink = was;
    return rc;
}

static cx_code is_delta(cx *c, run *r, meta_name n, bool *out)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    *out = o.format && text_same_nocase(o.format, "DELTA");
    return CX_OK;
}

/* An external table may be told that it lies elsewhere: at a Delta table of the same columns. */
static cx_code set_location(cx *c, run *r, const sql_statement *q, meta_name n)
{
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(delta_table) there = NULL;
    AUTO(delta_snapshot) s = NULL;
    char *location = NULL;
    TRY(eng_require(c, r, "MANAGE", META_TABLE, n));
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, q->location, &location));
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    if (text_starts(t.object.table_type, "MANAGED"))
        return cx_fail_as(c, CX_INVALID, "OPERATION_NOT_SUPPORTED_ON_MANAGED_TABLE", "0AKDC",
                          "%s is a managed table; its location cannot be set.", t.shown);
    TRY(delta_open(c, location, &r->e->parquet, &there));
    TRY(delta_snapshot_load(c, there, DELTA_LATEST, &s));
    if (!json_equal(delta_schema(s), delta_schema(t.snapshot)))
        return cx_fail_as(c, CX_INVALID, "DELTA_SET_LOCATION_SCHEMA_MISMATCH", "42KD7",
                          "The columns of the Delta table at %s are not those of %s.", location,
                          t.shown);
    AUTO(json) properties = eng_all_properties(s);
    AUTO(json)
    changes = json_pack("{s:s, s:O, s:o}", "location", location, "properties", properties,
                        "routine", eng_row_version(delta_version(s)));
    if (eng_has_files_elsewhere(s))
        json_object_set_new(changes, "table_type",
                            json_string(eng_shallow_type(t.object.table_type)));
    return meta_update(c, r->e->meta, META_TABLE, n, changes, r->s->principal);
}

static cx_code alter_table(cx *c, run *r, const sql_statement *q, meta_name n, bool *out_done)
{
    bool delta = true;
    *out_done = true;
    if (strcmp(q->alter_action, "AS") == 0)
        return change_view(c, r, q, n);
    TRY(is_delta(c, r, n, &delta));
    if (!delta && text_ends(q->alter_action, "TBLPROPERTIES"))
        return meta_properties(c, r, q, META_TABLE, n);
    if (strcmp(q->alter_action, "SET LOCATION") == 0)
        return set_location(c, r, q, n);
    *out_done = false;
    return CX_OK;
}

cx_code eng_alter_meta(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n,
                       bool *out_done)
{
    *out_done = true;
    if (strcmp(q->alter_action, "SET OWNER") == 0)
        return set_owner(c, r, q, t, n);
    if (strcmp(q->alter_action, "RENAME") == 0)
        return rename_object(c, r, q, t, n);
    if (t == META_TABLE)
        return alter_table(c, r, q, n, out_done);
    if (text_ends(q->alter_action, "PROPERTIES"))
        return meta_properties(c, r, q, t, n);
    return eng_unsupported(c, "ALTER %s … %s", q->object, q->alter_action);
}
