/* Who may do what.
 *
 * A privilege is looked for along the chain metastore, catalog, schema, object: on the object or on
 * anything that contains it. Whoever owns a link of the chain may do everything below it. Acting on
 * an object also takes USE_CATALOG and USE_SCHEMA on the way to it. Groups count for their members,
 * through other groups too, and everybody is in "account users" and "users". */
#include "lake/metastore/meta_int.h"

/* Names that ?N may act as. Two literals because the number is part of the text. */
#define ACTS_AS(column, n)                                                                   \
    "(" column "=" n " COLLATE NOCASE OR " column " IN ('account users','users') OR " column \
    " COLLATE NOCASE IN " META_GROUPS_OF(n) ")"

static cx_code object_id(cx *c, db *d, meta_type t, meta_name n, const char **out)
{
    if (t == META_METASTORE) {
        *out = d->m->id;
        return CX_OK;
    }
    if (meta_is_virtual(t, n) || meta_is_virtual(META_CATALOG, n))
        return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                          "%s is maintained by the workspace and takes no grants.",
                          meta_full_name(c, t, n));
    return meta_id_on(c, d, t, n, out);
}

static cx_code check_privilege(cx *c, meta_type t, const char *privilege)
{
    if (meta_privilege_known(privilege, t))
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                      "Privilege %s is not applicable to a securable of type %s.", privilege,
                      meta_type_name(t));
}

cx_code meta_grant(cx *c, meta *m, meta_type t, meta_name n, const char *principal,
                   const char *privilege, const char *grantor)
{
    AUTO(db) d = NULL;
    const char *id;
    bool known, admin;
    TRY(check_privilege(c, t, privilege));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(object_id(c, d, t, meta_fold(c, t, n), &id));
    TRY(meta_principal_on(c, d, principal, &known, &admin));
    if (!known)
        return cx_fail_as(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST", "42704",
                          "Could not find principal with name %s.", principal);
    if (strcmp(privilege, "ALL_PRIVILEGES") == 0)
        TRY(db_run(
            c, d,
            "DELETE FROM privilege WHERE object_id=?1 AND principal=?2 AND privilege<>'MANAGE'",
            "tt", id, principal));
    TRY(db_run(c, d,
               "INSERT INTO privilege(object_id, principal, privilege, grantor, created_ms)"
               " VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
               "tttti", id, principal, privilege, grantor, cx_now_ms(c)));
    return db_commit(c, d);
}

cx_code meta_revoke(cx *c, meta *m, meta_type t, meta_name n, const char *principal,
                    const char *privilege)
{
    AUTO(db) d = NULL;
    const char *id;
    TRY(check_privilege(c, t, privilege));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(object_id(c, d, t, meta_fold(c, t, n), &id));
    if (strcmp(privilege, "ALL_PRIVILEGES") == 0)
        TRY(db_run(c, d, "DELETE FROM privilege WHERE object_id=?1 AND principal=?2", "tt", id,
                   principal));
    else
        TRY(db_run(c, d,
                   "DELETE FROM privilege WHERE object_id=?1 AND principal=?2 AND privilege=?3",
                   "ttt", id, principal, privilege));
    return db_commit(c, d);
}

/* ---- listing --------------------------------------------------------------- */

#define GRANT_COLUMNS "o.type, o.catalog, o.schema, o.name, p.principal, p.privilege, p.grantor"
#define GRANT_ORDER " ORDER BY o.catalog, o.schema, o.name, o.type, p.principal, p.privilege"

static cx_code grants_query(cx *c, db *d, meta_type t, meta_name n, bool all_below,
                            sqlite3_stmt **out)
{
    if (t == META_METASTORE && all_below)
        return db_query(
            c, d, out,
            "SELECT " GRANT_COLUMNS " FROM privilege p JOIN object o ON o.id=p.object_id"
            " UNION ALL SELECT 0, '', '', '', principal, privilege, grantor FROM privilege"
            " WHERE object_id=?1 ORDER BY 2, 3, 4, 1, 5, 6",
            "t", d->m->id);
    if (t == META_METASTORE)
        return db_query(c, d, out,
                        "SELECT 0, '', '', '', principal, privilege, grantor FROM privilege"
                        " WHERE object_id=?1 ORDER BY principal, privilege",
                        "t", d->m->id);
    if (!all_below)
        return db_query(c, d, out,
                        "SELECT " GRANT_COLUMNS
                        " FROM object o JOIN privilege p ON o.id=p.object_id WHERE"
                        " o.type=?1 AND o.catalog=?2 AND o.schema=?3 AND o.name=?4" GRANT_ORDER,
                        "ittt", (int64_t)t, n.catalog, n.schema, n.name);
    if (t == META_CATALOG)
        return db_query(c, d, out,
                        "SELECT " GRANT_COLUMNS
                        " FROM object o JOIN privilege p ON o.id=p.object_id"
                        " WHERE o.catalog=?1" GRANT_ORDER,
                        "t", n.catalog);
    return db_query(c, d, out,
                    "SELECT " GRANT_COLUMNS " FROM object o JOIN privilege p ON o.id=p.object_id"
                    " WHERE o.catalog=?1 AND o.schema=?2" GRANT_ORDER,
                    "tt", n.catalog, n.schema);
}

static cx_code collect_grants(cx *c, db *d, sqlite3_stmt *s, meta_grant_row **out, size_t *out_n)
{
    size_t count = 0, room = 16;
    meta_grant_row *rows = cx_array(c, meta_grant_row, room);
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] =
            (meta_grant_row){.type = (meta_type)sqlite3_column_int(s, 0),
                             .name = {db_text(c, s, 1), db_text(c, s, 2), db_text(c, s, 3)},
                             .principal = db_text(c, s, 4),
                             .privilege = db_text(c, s, 5),
                             .grantor = db_text(c, s, 6)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_grants(cx *c, meta *m, meta_type t, meta_name n, bool all_below, meta_grant_row **out,
                    size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    int64_t there = 1;
    n = meta_fold(c, t, n);
    TRY(db_take(c, m, DB_READ, &d));
    if (t != META_METASTORE && !meta_is_virtual(t, n)) {
        TRY(meta_rowid_on(c, d, t, n, &there));
        if (!there) {
            TRY(meta_parents_on(c, d, t, n));
            return meta_fail_missing(c, t, n);
        }
    }
    TRY(grants_query(c, d, t, n, all_below && t <= META_SCHEMA, &s));
    return collect_grants(c, d, s, out, out_n);
}

/* ---- checking ---------------------------------------------------------------- */

enum { LEVELS = 4 }; /* metastore, catalog, schema, object */

typedef struct {
    const char *id[LEVELS]; /* NULL = not on this chain */
    bool owns[LEVELS];
    int deepest;
    /* what the principal holds, with the level that it is held on */
    struct {
        int level;
        const char *privilege;
    } held[64];
    int held_count;
} chain;

static int level_of(meta_type t)
{
    return t > META_TABLE ? 3 : (int)t;
}

static cx_code load_chain(cx *c, db *d, const char *principal, meta_type t, meta_name n, chain *out)
{
    DB_STMT s = NULL;
    out->id[0] = d->m->id;
    out->deepest = level_of(t);
    TRY(db_query(
        c, d, &s,
        "SELECT type, id, " ACTS_AS(
            "owner",
            "?5") " FROM object WHERE catalog=?2 AND"
                  " (type=1 OR (type=2 AND schema=?3) OR (type=?1 AND schema=?3 AND name=?4))"
                  " AND (type=1 OR ?1>1) AND (type<3 OR ?1>2)",
        "itttt", (int64_t)t, n.catalog, n.schema, n.name, principal));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        const int level = level_of((meta_type)sqlite3_column_int(s, 0));
        out->id[level] = db_text(c, s, 1);
        out->owns[level] = sqlite3_column_int(s, 2) != 0;
    }
    if (out->id[out->deepest])
        return CX_OK;
    TRY(meta_parents_on(c, d, t, n));
    return meta_fail_missing(c, t, n);
}

static cx_code load_held(cx *c, db *d, const char *principal, chain *ch)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s,
                 "SELECT object_id, privilege FROM privilege WHERE object_id IN (?1,?2,?3,?4)"
                 " AND " ACTS_AS("principal", "?5") " GROUP BY object_id, privilege",
                 "ttttt", ch->id[0], ch->id[1], ch->id[2], ch->id[3], principal));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row || ch->held_count == (int)CX_COUNT(ch->held))
            return CX_OK;
        const char *id = (const char *)sqlite3_column_text(s, 0);
        int level = 0;
        for (int i = 0; i < LEVELS; i++)
            if (ch->id[i] && strcmp(ch->id[i], id) == 0)
                level = i;
        ch->held[ch->held_count].level = level;
        ch->held[ch->held_count++].privilege = db_text(c, s, 1);
    }
}

static bool holds(const chain *ch, int deepest, const char *privilege)
{
    const bool in_all =
        strcmp(privilege, "MANAGE") != 0 && strcmp(privilege, "EXTERNAL_USE_SCHEMA") != 0;
    for (int i = 0; i <= deepest; i++)
        if (ch->owns[i])
            return true;
    for (int i = 0; i < ch->held_count; i++)
        if (ch->held[i].level <= deepest &&
            (strcmp(ch->held[i].privilege, privilege) == 0 ||
             (in_all && strcmp(ch->held[i].privilege, "ALL_PRIVILEGES") == 0)))
            return true;
    return false;
}

static cx_code denied(cx *c, const char *privilege, meta_type t, meta_name n)
{
    static const char *const nouns[] = {"Metastore", "Catalog",  "Schema",
                                        "Table",     "Function", "Volume"};
    char *words = cx_dup(c, privilege);
    for (char *p = words; *p; p++)
        if (*p == '_')
            *p = ' ';
    (void)cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                     "User does not have %s on %s '%s'.", words, nouns[t], meta_full_name(c, t, n));
    return cx_hint(c, "ask its owner for: GRANT %s ON %s", words, nouns[t]);
}

cx_code meta_require(cx *c, meta *m, const char *principal, const char *privilege, meta_type t,
                     meta_name n)
{
    AUTO(db) d = NULL;
    chain ch = {0};
    bool known, admin;
    n = meta_fold(c, t, n);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(meta_principal_on(c, d, principal, &known, &admin));
    if (admin)
        return CX_OK;
    if (meta_is_virtual(META_CATALOG, n) || meta_is_virtual(META_SCHEMA, n)) {
        const bool reads = strcmp(privilege, "SELECT") == 0 || text_starts(privilege, "USE_") ||
                           strcmp(privilege, "BROWSE") == 0;
        return reads ? CX_OK : denied(c, privilege, t, n);
    }
    TRY(load_chain(c, d, principal, t, n, &ch));
    TRY(load_held(c, d, principal, &ch));
    const bool acts = strcmp(privilege, "BROWSE") != 0 && strcmp(privilege, "MANAGE") != 0;
    if (acts && ch.deepest >= 1 && !holds(&ch, 1, "USE_CATALOG") && !ch.owns[ch.deepest])
        return denied(c, "USE_CATALOG", META_CATALOG, n);
    if (acts && ch.deepest >= 2 && !holds(&ch, 2, "USE_SCHEMA") && !ch.owns[ch.deepest])
        return denied(c, "USE_SCHEMA", META_SCHEMA, n);
    return holds(&ch, ch.deepest, privilege) ? CX_OK : denied(c, privilege, t, n);
}

/* ---- what may be seen ---------------------------------------------------------- */

/* Is the object at or below the one that the grant (or ownership) is on? */
static bool at_or_below(const meta_grant_row *g, meta_name n)
{
    return strcmp(g->name.catalog, n.catalog) == 0 &&
           (g->type < META_SCHEMA || (n.schema && strcmp(g->name.schema, n.schema) == 0)) &&
           (g->type < META_TABLE || (n.name && strcmp(g->name.name, n.name) == 0));
}

static bool inside(const meta_object *o, const meta_grant_row *g)
{
    return g->type > o->type && o->type < META_TABLE &&
           strcmp(g->name.catalog, o->name.catalog) == 0 &&
           (o->type < META_SCHEMA || strcmp(g->name.schema, o->name.schema) == 0);
}

static bool shows(const meta_grant_row *g, const meta_object *o)
{
    if (inside(o, g))
        return true;
    if (g->type > META_METASTORE &&
        (!at_or_below(g, o->name) || (g->type >= META_TABLE && g->type != o->type)))
        return false;
    return strcmp(g->privilege, "OWN") == 0 || strcmp(g->privilege, "BROWSE") == 0 ||
           meta_privilege_known(g->privilege, o->type);
}

static cx_code held_by(cx *c, db *d, const char *principal, meta_grant_row **out, size_t *out_n)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s,
                 "SELECT " GRANT_COLUMNS " FROM privilege p JOIN object o ON o.id=p.object_id"
                 " WHERE " ACTS_AS(
                     "p.principal",
                     "?1") " UNION ALL"
                           " SELECT type, catalog, schema, name, owner, 'OWN', NULL FROM object"
                           " WHERE " ACTS_AS("owner", "?1"),
                 "t", principal));
    return collect_grants(c, d, s, out, out_n);
}

cx_code meta_visible(cx *c, meta *m, const char *principal, const meta_object *objs, size_t n,
                     bool *keep)
{
    AUTO(db) d = NULL;
    meta_grant_row *held = NULL;
    size_t held_n = 0;
    bool known, admin;
    TRY(db_take(c, m, DB_READ, &d));
    TRY(meta_principal_on(c, d, principal, &known, &admin));
    if (!admin)
        TRY(held_by(c, d, principal, &held, &held_n));
    for (size_t i = 0; i < n; i++) {
        keep[i] = admin || (objs[i].type <= META_SCHEMA && objs[i].type > META_METASTORE &&
                            meta_is_virtual(META_CATALOG, objs[i].name));
        for (size_t g = 0; g < held_n && !keep[i]; g++)
            keep[i] = shows(&held[g], &objs[i]);
    }
    return CX_OK;
}
