/* The tables of metastore.db, and what a new one holds.
 *
 * One row an object, of whatever type: a listing of a whole catalog is then one range of one index.
 * `columns` and `routine` are JSON and stand last, where SQLite does not read them unless asked.
 * Grants hang on the object's id, not its name, so that a rename keeps them. user_version counts
 * the migrations: entry n of the list takes a database from version n to n + 1. */
#include "base/fs.h"
#include "base/hash.h"
#include "lake/metastore/meta_int.h"

#include <inttypes.h>
#include <pwd.h>
#include <unistd.h>

static const char *const migrations[] = {
    "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE object("
    " rowid INTEGER PRIMARY KEY,"
    " type INTEGER NOT NULL,"
    " catalog TEXT NOT NULL,"
    " schema TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " id TEXT NOT NULL UNIQUE,"
    " owner TEXT NOT NULL,"
    " comment TEXT,"
    " created_ms INTEGER NOT NULL, created_by TEXT, updated_ms INTEGER NOT NULL, updated_by TEXT,"
    " table_type TEXT, format TEXT, location TEXT,"
    " view_definition TEXT, view_catalog TEXT, view_schema TEXT,"
    " properties TEXT, routine TEXT, columns TEXT);"
    "CREATE UNIQUE INDEX object_name ON object(type, catalog, schema, name);"
    "CREATE INDEX object_path ON object(catalog, schema);"
    "CREATE INDEX object_location ON object(location) WHERE location IS NOT NULL;"
    "CREATE TABLE privilege("
    " object_id TEXT NOT NULL,"
    " principal TEXT NOT NULL COLLATE NOCASE,"
    " privilege TEXT NOT NULL,"
    " grantor TEXT, created_ms INTEGER NOT NULL,"
    " PRIMARY KEY(object_id, principal, privilege)) WITHOUT ROWID;"
    "CREATE INDEX privilege_principal ON privilege(principal);"
    "CREATE TABLE principal("
    " name TEXT PRIMARY KEY COLLATE NOCASE,"
    " id INTEGER NOT NULL UNIQUE,"
    " kind TEXT NOT NULL," /* user, group, service_principal */
    " admin INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE membership("
    " grp TEXT NOT NULL COLLATE NOCASE, member TEXT NOT NULL COLLATE NOCASE,"
    " PRIMARY KEY(member, grp)) WITHOUT ROWID;"
    "CREATE TABLE token("
    " sha256 TEXT PRIMARY KEY, user_name TEXT NOT NULL, created_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE pending("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " location TEXT NOT NULL, process TEXT NOT NULL, since_ms INTEGER NOT NULL);"
    "CREATE TABLE history("
    " query_id TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, info TEXT NOT NULL);"
    "CREATE INDEX history_start ON history(start_ms);",
    /* What hangs on objects (facts.h). Columns compare without case; '' = of the object itself. */
    "CREATE TABLE tag("
    " object_id TEXT NOT NULL, column TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL,"
    " value TEXT NOT NULL, set_by TEXT, set_ms INTEGER NOT NULL,"
    " PRIMARY KEY(object_id, column, key)) WITHOUT ROWID;"
    "CREATE TABLE table_key("
    " object_id TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, foreign_key INTEGER NOT NULL,"
    " rely INTEGER NOT NULL, columns TEXT NOT NULL, parent_id TEXT, parent_columns TEXT,"
    " PRIMARY KEY(object_id, name)) WITHOUT ROWID;"
    "CREATE INDEX table_key_parent ON table_key(parent_id) WHERE parent_id IS NOT NULL;"
    "CREATE TABLE policy("
    " object_id TEXT NOT NULL, column TEXT NOT NULL COLLATE NOCASE, catalog TEXT NOT NULL,"
    " schema TEXT NOT NULL, name TEXT NOT NULL, arguments TEXT NOT NULL,"
    " PRIMARY KEY(object_id, column)) WITHOUT ROWID;",
    /* What SCIM and OAuth know of principals (principals.h). admins are who is in that group. */
    "ALTER TABLE principal ADD COLUMN display TEXT;"
    "ALTER TABLE principal ADD COLUMN external_id TEXT;"
    "ALTER TABLE principal ADD COLUMN active INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE principal ADD COLUMN entitlements TEXT;"
    "ALTER TABLE principal ADD COLUMN roles TEXT;"
    "INSERT OR IGNORE INTO membership(grp, member)"
    " SELECT 'admins', name FROM principal WHERE admin;"
    "INSERT OR IGNORE INTO principal(name, id, kind, admin)"
    " VALUES('users', abs(random() % 9000000000000000) + 1000000000, 'group', 0);"
    "CREATE INDEX membership_grp ON membership(grp);"
    "ALTER TABLE token ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE token ADD COLUMN comment TEXT;"
    "ALTER TABLE token ADD COLUMN created_by TEXT;"
    "ALTER TABLE token ADD COLUMN expires_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE token ADD COLUMN parent TEXT;"
    "CREATE INDEX token_user ON token(user_name COLLATE NOCASE, kind);"
    "CREATE INDEX token_parent ON token(parent) WHERE parent IS NOT NULL;"
    "CREATE INDEX token_expires ON token(expires_ms) WHERE expires_ms>0;",
};

enum { META_VERSION = CX_COUNT(migrations) };

static cx_code set_version(cx *c, db *d, int64_t version)
{
    const char *text = cx_fmt(c, "PRAGMA user_version=%" PRId64, version);
    return sqlite3_exec(d->sql, text, NULL, NULL, NULL) == SQLITE_OK
               ? CX_OK
               : db_fail(c, d->sql, "preparing");
}

cx_code meta_migrate(cx *c, meta *m, db *d)
{
    int64_t version = 0;
    TRY(db_int(c, d, &version, "PRAGMA user_version", ""));
    if (version > META_VERSION) {
        (void)cx_fail(c, CX_UNSUPPORTED,
                      "the workspace at %s was made by a newer clxs (version %" PRId64 ")", m->root,
                      version);
        return cx_hint(c, "use a clxs at least as new as the one that made it");
    }
    for (; version < META_VERSION; version++) {
        if (sqlite3_exec(d->sql, migrations[version], NULL, NULL, NULL) != SQLITE_OK)
            return db_fail(c, d->sql, "preparing");
        TRY(set_version(c, d, version + 1));
    }
    return CX_OK;
}

static char *os_user(cx *c)
{
    struct passwd entry, *found = NULL;
    char space[4096];
    if (getpwuid_r(geteuid(), &entry, space, sizeof space, &found) == 0 && found && *found->pw_name)
        return cx_fmt(c, "%s@localhost", found->pw_name);
    return cx_dup(c, "admin@clxs.local");
}

static cx_code new_metastore(cx *c, db *d)
{
    char id[UUID_TEXT], org[17];
    uuid_random(id);
    hex_random(org, 12);
    const char *owner = os_user(c);
    /* The workspace id is a decimal number in the platform, below 2^53 for JavaScript's sake. */
    const char *workspace =
        cx_fmt(c, "%" PRId64, (int64_t)strtoll(org, NULL, 16) + 1000000000000000);
    char warehouse[17];
    hex_random(warehouse, 16);
    TRY(db_run(c, d, "INSERT INTO setting VALUES('metastore_id',?1)", "t", id));
    TRY(db_run(c, d, "INSERT INTO setting VALUES('owner',?1)", "t", owner));
    TRY(db_run(c, d, "INSERT INTO setting VALUES('workspace_id',?1)", "t", workspace));
    TRY(db_run(c, d, "INSERT INTO setting VALUES('warehouse_id',?1)", "t", warehouse));
    TRY(db_run(c, d, "INSERT INTO setting VALUES('created_ms',?1)", "t",
               cx_fmt(c, "%" PRId64, cx_now_ms(c))));
    TRY(meta_principal_add_on(c, d, "account users", "group", false));
    TRY(meta_principal_add_on(c, d, "admins", "group", false));
    TRY(meta_principal_add_on(c, d, owner, "user", true));
    const meta_object main_catalog = {.type = META_CATALOG, .name = {.catalog = "main"}};
    return meta_insert_on(c, d, &main_catalog, owner);
}

static cx_code setting(cx *c, db *d, const char *key, char **out)
{
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s, "SELECT value FROM setting WHERE key=?1", "t", key));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail(c, CX_CORRUPT, "the metastore lacks its setting %s", key);
    *out = cx_heapdup(db_text(c, s, 0));
    return CX_OK;
}

cx_code meta_first_objects(cx *c, meta *m, db *d)
{
    int64_t there = 0;
    TRY(db_int(c, d, &there, "SELECT count(*) FROM setting", ""));
    if (!there)
        TRY(new_metastore(c, d));
    TRY(setting(c, d, "metastore_id", &m->id));
    TRY(setting(c, d, "owner", &m->owner));
    TRY(setting(c, d, "workspace_id", &m->workspace));
    return setting(c, d, "warehouse_id", &m->warehouse);
}
