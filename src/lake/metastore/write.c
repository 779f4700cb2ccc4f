/* Creating, changing and dropping objects: one transaction each.
 *
 * A dropped managed folder is not removed here. The same transaction that drops the row writes the
 * folder into `pending`, so that whoever dies between the drop and the removal leaves a note for
 * the next opener. A folder that some other row still names is never handed out for removal. */
#include "base/hash.h"
#include "lake/metastore/meta_int.h"

static char *json_or_null(const json *j)
{
    return j ? json_text(j) : NULL;
}

cx_code meta_insert_on(cx *c, db *d, const meta_object *o, const char *by)
{
    char id[UUID_TEXT];
    uuid_random(id);
    const meta_name n = meta_fold(c, o->type, o->name);
    const int64_t now = cx_now_ms(c);
    AUTO_FREE char *properties = json_or_null(o->properties);
    AUTO_FREE char *routine = json_or_null(o->routine);
    AUTO_FREE char *columns = json_or_null(o->columns);
    TRY(db_run(
        c, d,
        "INSERT INTO object(type, catalog, schema, name, id, owner, comment, created_ms, "
        "created_by,"
        " updated_ms, updated_by, table_type, format, location, view_definition, view_catalog,"
        " view_schema, properties, routine, columns)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
        "itttttt"
        "itit"
        "ttttttttt",
        (int64_t)o->type, n.catalog, n.schema, n.name, o->id ? o->id : id, o->owner ? o->owner : by,
        o->comment, o->created_ms ? o->created_ms : now, o->created_by ? o->created_by : by,
        o->updated_ms ? o->updated_ms : now, o->updated_by ? o->updated_by : by, o->table_type,
        o->format, o->location, o->view_definition, o->view_catalog, o->view_schema, properties,
        routine, columns));
    if (o->type != META_CATALOG)
        return CX_OK;
    const meta_object first = {.type = META_SCHEMA,
                               .name = {.catalog = n.catalog, .schema = "default"},
                               .owner = o->owner,
                               .comment = "Default schema (auto-created)"};
    return meta_insert_on(c, d, &first, by);
}

static bool is_managed(meta_type t, const char *table_type)
{
    return (t == META_TABLE || t == META_VOLUME) && table_type &&
           text_starts(table_type, "MANAGED");
}

static cx_code check_new(cx *c, db *d, meta_type t, meta_name n)
{
    const char *parts[] = {n.catalog, n.schema, n.name};
    for (int i = 0; i <= (t > META_TABLE ? 2 : (int)t - 1); i++)
        TRY(meta_name_check(c, i == 2 ? t : (meta_type)(META_CATALOG + i), parts[i]));
    if (meta_is_virtual(t, n))
        return meta_fail_exists(c, t, n);
    if (meta_is_virtual(META_CATALOG, n) || (t > META_SCHEMA && meta_is_virtual(META_SCHEMA, n)))
        return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                          "Nothing can be created in %s: it is maintained by the workspace.",
                          t == META_SCHEMA ? n.catalog : meta_full_name(c, META_SCHEMA, n));
    return meta_parents_on(c, d, t, n);
}

/* The old row's folder goes to `pending` when the new row no longer names it. */
static cx_code orphan_location(cx *c, db *d, const char *location, int64_t rowid, bool *out_orphan)
{
    int64_t others = 0, id;
    TRY(db_int(c, d, &others, "SELECT count(*) FROM object WHERE location=?1 AND rowid<>?2", "ti",
               location, rowid));
    *out_orphan = others == 0;
    return others ? CX_OK : meta_pending_on(c, d, location, &id);
}

static cx_code replace(cx *c, db *d, const meta_object *o, meta_name n, int64_t rowid,
                       const char *by)
{
    meta_object old = {0};
    TRY(meta_load_on(c, d, o->type, n, &old));
    json_decref(old.properties);
    json_decref(old.columns);
    json_decref(old.routine);
    const bool was_view = old.view_definition, is_view = o->view_definition;
    if (o->type == META_TABLE && was_view != is_view)
        return cx_fail_as(c, CX_INVALID,
                          was_view ? "EXPECT_TABLE_NOT_VIEW" : "EXPECT_VIEW_NOT_TABLE", "42809",
                          "'%s' is a %s: drop it before making a %s of that name.",
                          meta_full_name(c, META_TABLE, n), was_view ? "view" : "table",
                          is_view ? "view" : "table");
    const char *gone = is_managed(o->type, old.table_type) ? old.location : NULL;
    meta_object fresh = *o;
    fresh.id = old.id;
    fresh.created_ms = old.created_ms;
    fresh.created_by = old.created_by;
    if (!fresh.owner)
        fresh.owner = old.owner;
    TRY(db_run(c, d, "DELETE FROM object WHERE rowid=?1", "i", rowid));
    TRY(meta_insert_on(c, d, &fresh, by));
    bool orphan;
    if (gone && (!o->location || strcmp(gone, o->location) != 0))
        TRY(orphan_location(c, d, gone, -1, &orphan));
    return CX_OK;
}

cx_code meta_create(cx *c, meta *m, const meta_object *o, const char *by, bool do_replace)
{
    AUTO(db) d = NULL;
    const meta_name n = meta_fold(c, o->type, o->name);
    int64_t rowid = 0;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(check_new(c, d, o->type, n));
    TRY(meta_rowid_on(c, d, o->type, n, &rowid));
    if (rowid && (!do_replace || o->type < META_TABLE))
        return meta_fail_exists(c, o->type, n);
    if (rowid)
        TRY(replace(c, d, o, n, rowid, by));
    else
        TRY(meta_insert_on(c, d, o, by));
    return db_commit(c, d);
}

/* ---- update ----------------------------------------------------------------- */

/* Renaming what contains others renames their path too; grants hang on ids and stay. */
static cx_code rename_object(cx *c, db *d, meta_type t, meta_name n, const json *changes,
                             meta_name *out)
{
    const char *name = json_get_str(changes, "new_name", NULL);
    const char *schema = json_get_str(changes, "new_schema", NULL);
    meta_name to = n;
    if (name && t == META_CATALOG)
        to.catalog = name;
    else if (name && t == META_SCHEMA)
        to.schema = name;
    else if (name)
        to.name = name;
    if (schema && t >= META_TABLE)
        to.schema = schema;
    to = meta_fold(c, t, to);
    *out = to;
    if (strcmp(to.catalog, n.catalog) == 0 && strcmp(to.schema, n.schema) == 0 &&
        strcmp(to.name, n.name) == 0)
        return CX_OK;
    int64_t taken = 0;
    TRY(check_new(c, d, t, to));
    TRY(meta_rowid_on(c, d, t, to, &taken));
    if (taken)
        return meta_fail_exists(c, t, to);
    if (t == META_CATALOG)
        return db_run(c, d, "UPDATE object SET catalog=?1 WHERE type>=1 AND catalog=?2", "tt",
                      to.catalog, n.catalog);
    if (t == META_SCHEMA)
        return db_run(c, d,
                      "UPDATE object SET schema=?1 WHERE type>=2 AND catalog=?2 AND schema=?3",
                      "ttt", to.schema, n.catalog, n.schema);
    return db_run(c, d,
                  "UPDATE object SET schema=?1, name=?2 WHERE type=?3 AND catalog=?4 AND schema=?5 "
                  "AND name=?6",
                  "ttittt", to.schema, to.name, (int64_t)t, n.catalog, n.schema, n.name);
}

static cx_code check_owner(cx *c, db *d, const json *changes)
{
    const char *owner = json_get_str(changes, "owner", NULL);
    bool known = true, admin;
    if (owner)
        TRY(meta_principal_on(c, d, owner, &known, &admin));
    if (!known)
        return cx_fail_as(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST", "42704",
                          "Could not find principal with name %s.", owner);
    return CX_OK;
}

/* The literal for each member, so that statements stay few and prepared. */
static const struct {
    const char *key, *sql;
} setters[] = {
    {"owner", "UPDATE object SET owner=?1 WHERE rowid=?2"},
    {"comment", "UPDATE object SET comment=?1 WHERE rowid=?2"},
    {"properties", "UPDATE object SET properties=?1 WHERE rowid=?2"},
    {"columns", "UPDATE object SET columns=?1 WHERE rowid=?2"},
    {"location", "UPDATE object SET location=?1 WHERE rowid=?2"},
    {"view_definition", "UPDATE object SET view_definition=?1 WHERE rowid=?2"},
    {"table_type", "UPDATE object SET table_type=?1 WHERE rowid=?2"},
    {"format", "UPDATE object SET format=?1 WHERE rowid=?2"},
    {"routine", "UPDATE object SET routine=?1 WHERE rowid=?2"},
};

static cx_code set_members(cx *c, db *d, int64_t rowid, const json *changes)
{
    for (size_t i = 0; i < CX_COUNT(setters); i++) {
        const json *value = json_object_get(changes, setters[i].key);
        if (!value)
            continue;
        AUTO_FREE char *text = NULL;
        if (json_is_object(value) || json_is_array(value))
            text = json_text(value);
        else if (json_is_string(value))
            text = cx_heapdup(json_string_value(value));
        else if (!json_is_null(value))
            return cx_fail(c, CX_INVALID, "%s must be text", setters[i].key);
        TRY(db_run(c, d, setters[i].sql, "ti", text, rowid));
    }
    return CX_OK;
}

cx_code meta_update(cx *c, meta *m, meta_type t, meta_name n, const json *changes, const char *by)
{
    AUTO(db) d = NULL;
    meta_name to;
    int64_t rowid = 0;
    n = meta_fold(c, t, n);
    if (meta_is_virtual(t, n))
        return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                          "%s is maintained by the workspace and cannot be changed.",
                          meta_full_name(c, t, n));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_rowid_on(c, d, t, n, &rowid));
    if (!rowid) {
        TRY(meta_parents_on(c, d, t, n));
        return meta_fail_missing(c, t, n);
    }
    TRY(check_owner(c, d, changes));
    TRY(rename_object(c, d, t, n, changes, &to));
    TRY(set_members(c, d, rowid, changes));
    TRY(db_run(c, d, "UPDATE object SET updated_ms=?1, updated_by=?2 WHERE rowid=?3", "iti",
               cx_now_ms(c), by, rowid));
    return db_commit(c, d);
}

/* ---- drop ---------------------------------------------------------------------- */

/* The objects that go: bounds of one condition that fits every type. An empty schema or name in the
 * condition's parameters means "all below". */
#define BELOW                                                                \
    " FROM object WHERE catalog=?1 AND ((type=?2 AND schema=?3 AND name=?4)" \
    " OR (?2=1 AND type>=2) OR (?2=2 AND type>=3 AND schema=?3))"

static cx_code check_empty(cx *c, db *d, meta_type t, meta_name n)
{
    int64_t inside = 0;
    if (t == META_SCHEMA) {
        TRY(db_int(c, d, &inside,
                   "SELECT count(*) FROM object WHERE type>=3 AND catalog=?1 AND schema=?2", "tt",
                   n.catalog, n.schema));
        if (inside)
            return cx_fail_as(
                c, CX_CONFLICT, "SCHEMA_NOT_EMPTY", "2BP01",
                "Cannot drop a schema `%s` because it contains objects. Use DROP SCHEMA ... "
                "CASCADE to drop the schema and all its objects.",
                n.schema);
    }
    if (t == META_CATALOG) {
        TRY(db_int(c, d, &inside,
                   "SELECT count(*) FROM object WHERE catalog=?1 AND (type>=3 OR (type=2 AND "
                   "schema<>'default'))",
                   "t", n.catalog));
        if (inside)
            return cx_fail_as(
                c, CX_CONFLICT, "CATALOG_NOT_EMPTY", "2BP01",
                "Cannot drop a catalog `%s` because it contains schemas or objects. Use DROP "
                "CATALOG ... CASCADE to drop the catalog and all its objects.",
                n.catalog);
    }
    return CX_OK;
}

static cx_code managed_folders(cx *c, db *d, meta_type t, meta_name n, json *list)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s,
                 "SELECT DISTINCT location" BELOW
                 " AND location IS NOT NULL AND table_type LIKE 'MANAGED%'",
                 "titt", n.catalog, (int64_t)t, n.schema, n.name));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            return CX_OK;
        json_array_append_new(list, json_string((const char *)sqlite3_column_text(s, 0)));
    }
}

/* Called when the rows are gone: what another row still names stays. */
static cx_code journal_folders(cx *c, db *d, json *list)
{
    for (size_t i = 0; i < json_array_size(list);) {
        bool orphan;
        TRY(orphan_location(c, d, json_string_value(json_array_get(list, i)), -1, &orphan));
        if (orphan)
            i++;
        else
            json_array_remove(list, i);
    }
    return CX_OK;
}

/* What hangs on the objects that go. A foreign key does not outlive the table that it refers to. */
static cx_code drop_facts(cx *c, db *d, meta_type t, meta_name n)
{
    static const char *const all[] = {
        "DELETE FROM privilege WHERE object_id IN (SELECT id" BELOW ")",
        "DELETE FROM tag WHERE object_id IN (SELECT id" BELOW ")",
        "DELETE FROM table_key WHERE object_id IN (SELECT id" BELOW ")",
        "DELETE FROM table_key WHERE parent_id IN (SELECT id" BELOW ")",
        "DELETE FROM policy WHERE object_id IN (SELECT id" BELOW ")",
    };
    for (size_t i = 0; i < CX_COUNT(all); i++)
        TRY(db_run(c, d, all[i], "titt", n.catalog, (int64_t)t, n.schema, n.name));
    return CX_OK;
}

cx_code meta_drop(cx *c, meta *m, meta_type t, meta_name n, bool cascade, json **out_locations)
{
    AUTO(db) d = NULL;
    AUTO(json) folders = json_array();
    int64_t rowid = 0;
    n = meta_fold(c, t, n);
    if (t == META_METASTORE || meta_is_virtual(t, n))
        return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                          "%s is maintained by the workspace and cannot be dropped.",
                          meta_full_name(c, t, n));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_rowid_on(c, d, t, n, &rowid));
    if (!rowid) {
        TRY(meta_parents_on(c, d, t, n));
        return meta_fail_missing(c, t, n);
    }
    if (!cascade)
        TRY(check_empty(c, d, t, n));
    TRY(managed_folders(c, d, t, n, folders));
    TRY(drop_facts(c, d, t, n));
    TRY(db_run(c, d, "DELETE" BELOW, "titt", n.catalog, (int64_t)t, n.schema, n.name));
    TRY(journal_folders(c, d, folders));
    TRY(db_commit(c, d));
    if (out_locations)
        *out_locations = STEAL(folders);
    return CX_OK;
}
