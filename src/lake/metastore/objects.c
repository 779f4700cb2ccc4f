/* Reading objects. Every reader takes the same columns in the same order (OBJECT_COLUMNS), so that
 * one function turns a row into a meta_object; `columns`, which can be large, comes last and is
 * replaced by NULL in the text of the query when nobody asked. */
#include "lake/metastore/meta_int.h"

#define OBJECT_COLUMNS                                                                       \
    "type, catalog, schema, name, id, owner, comment, created_ms, created_by, updated_ms, "  \
    "updated_by, table_type, format, location, view_definition, view_catalog, view_schema, " \
    "properties, routine, "

void meta_object_clear(meta_object *o)
{
    json_decref(o->properties);
    json_decref(o->columns);
    json_decref(o->routine);
    *o = (meta_object){0};
}

/* A document that we wrote ourselves: a parse error means a damaged file. */
static cx_code stored_json(cx *c, sqlite3_stmt *s, int column, json **out)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    *out = NULL;
    if (!text)
        return CX_OK;
    json_error_t e;
    *out = json_loadb(text, (size_t)sqlite3_column_bytes(s, column), JSON_DECODE_ANY, &e);
    return *out ? CX_OK : cx_fail(c, CX_CORRUPT, "the metastore holds damaged JSON: %s", e.text);
}

static cx_code read_object(cx *c, sqlite3_stmt *s, meta_object *out)
{
    *out = (meta_object){
        .type = (meta_type)sqlite3_column_int(s, 0),
        .name = {db_text(c, s, 1), db_text(c, s, 2), db_text(c, s, 3)},
        .id = db_text(c, s, 4),
        .owner = db_text(c, s, 5),
        .comment = db_text(c, s, 6),
        .created_ms = sqlite3_column_int64(s, 7),
        .created_by = db_text(c, s, 8),
        .updated_ms = sqlite3_column_int64(s, 9),
        .updated_by = db_text(c, s, 10),
        .table_type = db_text(c, s, 11),
        .format = db_text(c, s, 12),
        .location = db_text(c, s, 13),
        .view_definition = db_text(c, s, 14),
        .view_catalog = db_text(c, s, 15),
        .view_schema = db_text(c, s, 16),
    };
    if (out->type < META_SCHEMA)
        out->name.schema = NULL;
    if (out->type < META_TABLE)
        out->name.name = NULL;
    cx_code rc = stored_json(c, s, 17, &out->properties);
    if (rc == CX_OK)
        rc = stored_json(c, s, 18, &out->routine);
    if (rc == CX_OK)
        rc = stored_json(c, s, 19, &out->columns);
    if (rc == CX_OK && !out->properties)
        out->properties = json_object();
    if (rc != CX_OK)
        meta_object_clear(out);
    return rc;
}

static cx_code load_metastore(cx *c, db *d, meta_object *out)
{
    int64_t created = 0;
    TRY(db_int(c, d, &created, "SELECT value FROM setting WHERE key='created_ms'", ""));
    *out = (meta_object){.type = META_METASTORE,
                         .id = d->m->id,
                         .owner = d->m->owner,
                         .created_by = d->m->owner,
                         .updated_by = d->m->owner,
                         .created_ms = created,
                         .updated_ms = created,
                         .properties = json_object()};
    return CX_OK;
}

static cx_code load_virtual(cx *c, db *d, meta_type t, meta_name n, meta_object *out)
{
    if (t == META_SCHEMA && !meta_is_virtual(META_CATALOG, n))
        TRY(meta_parents_on(c, d, t, n));
    meta_object o;
    TRY(load_metastore(c, d, &o));
    o.type = t;
    o.name = n;
    o.owner = o.created_by = o.updated_by = "System user";
    o.id = cx_fmt(c, "%s", d->m->id);
    o.comment =
        t == META_CATALOG ? "System catalog (auto-created)" : "Information schema (auto-created)";
    *out = o;
    return CX_OK;
}

cx_code meta_load_on(cx *c, db *d, meta_type t, meta_name n, meta_object *out)
{
    if (t == META_METASTORE)
        return load_metastore(c, d, out);
    if (meta_is_virtual(t, n))
        return load_virtual(c, d, t, n, out);
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s,
                 "SELECT " OBJECT_COLUMNS "columns FROM object"
                 " WHERE type=?1 AND catalog=?2 AND schema=?3 AND name=?4",
                 "ittt", (int64_t)t, n.catalog, n.schema, n.name));
    TRY(db_step(c, d, s, &row));
    if (row)
        return read_object(c, s, out);
    TRY(meta_parents_on(c, d, t, n));
    return meta_fail_missing(c, t, n);
}

cx_code meta_load(cx *c, meta *m, meta_type t, meta_name n, meta_object *out)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_READ, &d));
    return meta_load_on(c, d, t, meta_fold(c, t, n), out);
}

cx_code meta_rowid_on(cx *c, db *d, meta_type t, meta_name n, int64_t *out)
{
    *out = 0;
    return db_int(c, d, out,
                  "SELECT rowid FROM object WHERE type=?1 AND catalog=?2 AND schema=?3 AND name=?4",
                  "ittt", (int64_t)t, n.catalog, n.schema, n.name);
}

cx_code meta_id_on(cx *c, db *d, meta_type t, meta_name n, const char **out)
{
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s,
                 "SELECT id FROM object WHERE type=?1 AND catalog=?2 AND schema=?3 AND name=?4",
                 "ittt", (int64_t)t, n.catalog, n.schema, n.name));
    TRY(db_step(c, d, s, &row));
    if (!row) {
        TRY(meta_parents_on(c, d, t, n));
        return meta_fail_missing(c, t, n);
    }
    *out = db_text(c, s, 0);
    return CX_OK;
}

void *meta_grow(cx *c, void *rows, size_t size, size_t count, size_t *room)
{
    if (count < *room)
        return rows;
    char *more = cx_array(c, char, *room * 2 * size);
    memcpy(more, rows, count * size);
    *room *= 2;
    return more;
}

cx_code meta_parents_on(cx *c, db *d, meta_type t, meta_name n)
{
    int64_t row = 1;
    if (t >= META_SCHEMA && !meta_is_virtual(META_CATALOG, n)) {
        TRY(meta_rowid_on(c, d, META_CATALOG, (meta_name){n.catalog, "", ""}, &row));
        if (!row)
            return meta_fail_missing(c, META_CATALOG, n);
    }
    if (t >= META_TABLE && !meta_is_virtual(META_SCHEMA, n)) {
        TRY(meta_rowid_on(c, d, META_SCHEMA, (meta_name){n.catalog, n.schema, ""}, &row));
        if (!row)
            return meta_fail_missing(c, META_SCHEMA, n);
    }
    return CX_OK;
}

static cx_code exists(cx *c, meta *m, meta_type t, meta_name n, bool *out)
{
    AUTO(db) d = NULL;
    int64_t row = 1;
    TRY(db_take(c, m, DB_READ, &d));
    n = meta_fold(c, t, n);
    if (meta_is_virtual(t, n))
        TRY(meta_parents_on(c, d, t, n));
    else if (t != META_METASTORE)
        TRY(meta_rowid_on(c, d, t, n, &row));
    *out = row != 0;
    return CX_OK;
}

bool meta_exists(cx *c, meta *m, meta_type t, meta_name n)
{
    bool there = false;
    if (exists(c, m, t, n, &there) != CX_OK) {
        cx_forgive(c);
        return false;
    }
    return there;
}

/* ---- listings -------------------------------------------------------------- */

static cx_code list_query(cx *c, db *d, meta_type t, const char *catalog, const char *schema,
                          bool columns, sqlite3_stmt **out)
{
    const int64_t type = t;
    if (catalog && schema)
        return db_query(c, d, out,
                        columns ? "SELECT " OBJECT_COLUMNS "columns FROM object WHERE type=?1 AND "
                                  "catalog=?2 AND schema=?3 ORDER BY catalog, schema, name"
                                : "SELECT " OBJECT_COLUMNS "NULL FROM object WHERE type=?1 AND "
                                  "catalog=?2 AND schema=?3 ORDER BY catalog, schema, name",
                        "itt", type, catalog, schema);
    if (catalog)
        return db_query(c, d, out,
                        columns ? "SELECT " OBJECT_COLUMNS "columns FROM object WHERE type=?1 AND "
                                  "catalog=?2 ORDER BY catalog, schema, name"
                                : "SELECT " OBJECT_COLUMNS "NULL FROM object WHERE type=?1 AND "
                                  "catalog=?2 ORDER BY catalog, schema, name",
                        "it", type, catalog);
    return db_query(c, d, out,
                    columns ? "SELECT " OBJECT_COLUMNS "columns FROM object WHERE type=?1 "
                              "ORDER BY catalog, schema, name"
                            : "SELECT " OBJECT_COLUMNS "NULL FROM object WHERE type=?1 "
                              "ORDER BY catalog, schema, name",
                    "i", type);
}

static cx_code collect(cx *c, db *d, sqlite3_stmt *s, meta_object **rows, size_t *count)
{
    size_t room = 0;
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            return CX_OK;
        if (*count == room) {
            room = room ? room * 2 : 64;
            meta_object *more = cx_array(c, meta_object, room);
            if (*count)
                memcpy(more, *rows, *count * sizeof *more);
            *rows = more;
        }
        TRY(read_object(c, s, &(*rows)[*count]));
        (*count)++;
        if (*count % 256 == 0)
            TRY(cx_alive(c));
    }
}

cx_code meta_list(cx *c, meta *m, meta_type t, const char *catalog, const char *schema,
                  bool with_columns, meta_object **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    meta_object *rows = NULL;
    size_t count = 0;
    if (schema && !catalog)
        return cx_fail(c, CX_INVALID, "a schema is listed within a catalog");
    const meta_name n = meta_fold(c, META_SCHEMA, (meta_name){catalog, schema, NULL});
    TRY(db_take(c, m, DB_READ, &d));
    if (catalog)
        TRY(meta_parents_on(c, d, schema ? META_TABLE : META_SCHEMA, n));
    TRY(list_query(c, d, t, catalog ? n.catalog : NULL, schema ? n.schema : NULL, with_columns,
                   &s));
    const cx_code rc = collect(c, d, s, &rows, &count);
    if (rc != CX_OK) {
        for (size_t i = 0; i < count; i++)
            meta_object_clear(&rows[i]);
        return rc;
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}
