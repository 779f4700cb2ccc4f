/* Primary and foreign keys: informational, as the platform has them. A foreign key names the parent
 * by its id, so that renaming the parent keeps it. spec: wire §14.4 "table_constraints" */
#include "lake/metastore/facts.h"
#include "lake/metastore/meta_int.h"

#define PARENT(what) \
    "(SELECT q." what " FROM table_key q WHERE q.object_id=k.parent_id AND q.foreign_key=0)"
#define KEY_COLUMNS                                                                     \
    "o.catalog, o.schema, o.name, k.name, k.foreign_key, k.rely, k.columns, p.catalog," \
    " p.schema, p.name, k.parent_columns, " PARENT("name") ", " PARENT(                 \
        "columns") " FROM table_key k JOIN object o ON o.id=k.object_id LEFT JOIN object p ON p.id=k.parent_id"
#define KEY_ORDER " ORDER BY o.catalog, o.schema, o.name, k.name"

static cx_code collect(cx *c, db *d, sqlite3_stmt *s, meta_key_row **out, size_t *out_n)
{
    size_t count = 0, room = 8;
    meta_key_row *rows = cx_array(c, meta_key_row, room);
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] =
            (meta_key_row){.table = {db_text(c, s, 0), db_text(c, s, 1), db_text(c, s, 2)},
                           .name = db_text(c, s, 3),
                           .foreign = sqlite3_column_int(s, 4) != 0,
                           .rely = sqlite3_column_int(s, 5) != 0,
                           .columns = db_text(c, s, 6),
                           .parent = {db_text(c, s, 7), db_text(c, s, 8), db_text(c, s, 9)},
                           .parent_columns = db_text(c, s, 10),
                           .parent_key = db_text(c, s, 11),
                           .parent_order = db_text(c, s, 12)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_keys_below(cx *c, meta *m, const char *catalog, meta_key_row **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    const meta_name n = meta_fold(c, META_CATALOG, (meta_name){.catalog = catalog});
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s, "SELECT " KEY_COLUMNS " WHERE ?1 IS NULL OR o.catalog=?1" KEY_ORDER, "t",
                 catalog ? n.catalog : NULL));
    return collect(c, d, s, out, out_n);
}

static cx_code keys_on(cx *c, db *d, const char *id, meta_key_row **out, size_t *out_n)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s, "SELECT " KEY_COLUMNS " WHERE k.object_id=?1" KEY_ORDER, "t", id));
    return collect(c, d, s, out, out_n);
}

cx_code meta_keys_of(cx *c, meta *m, meta_name table, meta_key_row **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    const char *id;
    TRY(db_take(c, m, DB_READ, &d));
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, table), &id));
    return keys_on(c, d, id, out, out_n);
}

/* ---- adding ------------------------------------------------------------------------ */

static cx_code name_taken(cx *c, db *d, const meta_key_row *k, meta_name table)
{
    int64_t n = 0;
    TRY(db_int(c, d, &n,
               "SELECT count(*) FROM table_key k JOIN object o ON o.id=k.object_id"
               " WHERE o.catalog=?1 AND o.schema=?2 AND k.name=?3",
               "ttt", table.catalog, table.schema, k->name));
    if (!n)
        return CX_OK;
    return cx_fail_as(c, CX_EXISTS, "CONSTRAINT_ALREADY_EXISTS_IN_SCHEMA", "42710",
                      "Constraint '%s' already exists in the schema %s.%s. Choose another name.",
                      k->name, table.catalog, table.schema);
}

static bool same_set(const json *a, const json *b)
{
    const json *x, *y;
    size_t i, j;
    if (json_array_size(a) != json_array_size(b))
        return false;
    json_array_foreach (a, i, x) {
        bool found = false;
        json_array_foreach (b, j, y)
            found = found || text_same_nocase(json_string_value(x), json_string_value(y));
        if (!found)
            return false;
    }
    return true;
}

/* The parent's primary key must be what the foreign key refers to; no columns given = all of it. */
static cx_code find_parent(cx *c, db *d, const meta_key_row *k, const char **out_id,
                           const char **out_columns)
{
    meta_key_row *rows = NULL;
    size_t n = 0;
    AUTO(json) wanted = NULL;
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, k->parent), out_id));
    TRY(keys_on(c, d, *out_id, &rows, &n));
    if (k->parent_columns)
        TRY(json_parse(c, k->parent_columns, strlen(k->parent_columns), "columns", &wanted));
    for (size_t i = 0; i < n; i++) {
        AUTO(json) has = NULL;
        if (rows[i].foreign)
            continue;
        TRY(json_parse(c, rows[i].columns, strlen(rows[i].columns), "columns", &has));
        if (json_array_size(wanted) && !same_set(wanted, has))
            continue;
        *out_columns = json_array_size(wanted) ? k->parent_columns : rows[i].columns;
        return CX_OK;
    }
    return cx_fail_as(c, CX_INVALID, "FOREIGN_KEY_MISMATCH", "42830",
                      "The foreign key '%s' refers to columns of %s that are not its primary key.",
                      k->name, meta_full_name(c, META_TABLE, k->parent));
}

static cx_code check_one_primary(cx *c, db *d, const char *id, meta_name table)
{
    int64_t n = 0;
    TRY(db_int(c, d, &n, "SELECT count(*) FROM table_key WHERE object_id=?1 AND foreign_key=0", "t",
               id));
    if (!n)
        return CX_OK;
    return cx_fail_as(c, CX_EXISTS, "MULTIPLE_PRIMARY_KEYS", "42P16",
                      "%s has a primary key already. Drop it first.",
                      meta_full_name(c, META_TABLE, table));
}

cx_code meta_key_add(cx *c, meta *m, const meta_key_row *key)
{
    AUTO(db) d = NULL;
    const char *id, *parent = NULL, *columns = NULL;
    const meta_name table = meta_fold(c, META_TABLE, key->table);
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, META_TABLE, table, &id));
    TRY(name_taken(c, d, key, table));
    if (key->foreign)
        TRY(find_parent(c, d, key, &parent, &columns));
    else
        TRY(check_one_primary(c, d, id, table));
    TRY(db_run(c, d,
               "INSERT INTO table_key(object_id, name, foreign_key, rely, columns, parent_id,"
               " parent_columns) VALUES(?1,?2,?3,?4,?5,?6,?7)",
               "ttiittt", id, key->name, (int64_t)key->foreign, (int64_t)key->rely, key->columns,
               parent, columns));
    return db_commit(c, d);
}

/* ---- dropping ------------------------------------------------------------------------- */

static cx_code drop_dependants(cx *c, db *d, const char *id, const char *name, bool cascade)
{
    int64_t n = 0;
    TRY(db_int(c, d, &n, "SELECT count(*) FROM table_key WHERE parent_id=?1", "t", id));
    if (!n)
        return CX_OK;
    if (!cascade)
        return cx_fail_as(c, CX_CONFLICT, "CONSTRAINT_HAS_DEPENDENTS", "2BP01",
                          "Primary key '%s' is referred to by %lld foreign key%s. Drop them first, "
                          "or use CASCADE.",
                          name, (long long)n, n == 1 ? "" : "s");
    return db_run(c, d, "DELETE FROM table_key WHERE parent_id=?1", "t", id);
}

cx_code meta_key_drop(cx *c, meta *m, meta_name table, const char *name, bool if_exists,
                      bool cascade)
{
    AUTO(db) d = NULL;
    const char *id;
    int64_t kind = -1;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, table), &id));
    TRY(db_int(c, d, &kind, "SELECT foreign_key FROM table_key WHERE object_id=?1 AND name=?2",
               "tt", id, name));
    if (kind < 0 && if_exists)
        return CX_OK;
    if (kind < 0)
        return cx_fail_as(c, CX_NOT_FOUND, "CONSTRAINT_DOES_NOT_EXIST", "42704",
                          "Cannot drop nonexistent constraint '%s' from table %s.", name,
                          meta_full_name(c, META_TABLE, table));
    if (kind == 0)
        TRY(drop_dependants(c, d, id, name, cascade));
    TRY(db_run(c, d, "DELETE FROM table_key WHERE object_id=?1 AND name=?2", "tt", id, name));
    return db_commit(c, d);
}
