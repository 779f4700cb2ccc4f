/* Who is there, who is an admin, who is in which group. people.c changes them, tokens.c proves
 * them. */
#include "lake/metastore/meta_int.h"

cx_code meta_principal_on(cx *c, db *d, const char *name, bool *out_known, bool *out_admin)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s,
                 "SELECT 'admins' COLLATE NOCASE IN " META_GROUPS_OF("?1") " FROM principal"
                                                                           " WHERE name=?1",
                 "t", name));
    TRY(db_step(c, d, s, out_known));
    *out_admin = *out_known && sqlite3_column_int(s, 0);
    return CX_OK;
}

cx_code meta_principal_add_on(cx *c, db *d, const char *name, const char *kind, bool admin)
{
    if (!name || !*name || strlen(name) > META_NAME_MOST || !text_utf8_valid(name, strlen(name)))
        return cx_fail(c, CX_INVALID, "a principal needs a name of 1 to %d bytes of UTF-8",
                       META_NAME_MOST);
    uint64_t random;
    cx_random_bytes(&random, sizeof random);
    const int64_t id = (int64_t)(random % 9000000000000000u) + 1000000000;
    TRY(db_run(c, d,
               "INSERT INTO principal(name, id, kind, admin) VALUES(?1,?2,?3,0)"
               " ON CONFLICT(name) DO NOTHING",
               "tit", name, id, kind));
    if (!admin)
        return CX_OK;
    return db_run(c, d,
                  "INSERT INTO membership(grp, member) VALUES('admins',?1) ON CONFLICT DO NOTHING",
                  "t", name);
}

cx_code meta_principal_add(cx *c, meta *m, const char *user_name, bool admin)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_principal_add_on(c, d, user_name, "user", admin));
    return db_commit(c, d);
}

cx_code meta_group_add(cx *c, meta *m, const char *group, const char *member)
{
    AUTO(db) d = NULL;
    bool known = true, admin;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_principal_add_on(c, d, group, "group", false));
    if (member) {
        TRY(meta_principal_on(c, d, member, &known, &admin));
        if (!known)
            return cx_fail_as(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST", "42704",
                              "Could not find principal with name %s.", member);
        TRY(db_run(c, d, "INSERT INTO membership(grp, member) VALUES(?1,?2) ON CONFLICT DO NOTHING",
                   "tt", group, member));
    }
    return db_commit(c, d);
}

static cx_code known_and_admin(cx *c, meta *m, const char *name, bool *known, bool *admin)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_READ, &d));
    return meta_principal_on(c, d, name, known, admin);
}

bool meta_principal_known(cx *c, meta *m, const char *user_name)
{
    bool known = false, admin;
    if (known_and_admin(c, m, user_name, &known, &admin) != CX_OK)
        cx_forgive(c);
    return known;
}

bool meta_is_admin(cx *c, meta *m, const char *user_name)
{
    bool known, admin = false;
    if (known_and_admin(c, m, user_name, &known, &admin) != CX_OK)
        cx_forgive(c);
    return admin;
}

cx_code meta_principals(cx *c, meta *m, const char *user_name, meta_principal **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 32;
    meta_principal *rows = cx_array(c, meta_principal, room);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 "WITH RECURSIVE down(member) AS (SELECT member FROM membership WHERE grp='admins'"
                 " UNION SELECT m.member FROM membership m JOIN down ON m.grp=down.member)"
                 " SELECT name, id, kind='group', name IN (SELECT member FROM down) FROM principal"
                 " WHERE ?1 IS NULL OR name=?1 OR name IN " META_GROUPS_OF(
                     "?1") " OR"
                           " name='users' ORDER BY name",
                 "t", user_name));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] = (meta_principal){.name = db_text(c, s, 0),
                                         .id = sqlite3_column_int64(s, 1),
                                         .group = sqlite3_column_int(s, 2) != 0,
                                         .admin = sqlite3_column_int(s, 3) != 0};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

bool meta_group_of_all(const char *group)
{
    return text_same_nocase(group, "users") || text_same_nocase(group, "account users");
}

/* ---- people, for SCIM ------------------------------------------------------------------- */

static meta_kind kind_of(sqlite3_stmt *s, int column)
{
    const char *word = (const char *)sqlite3_column_text(s, column);
    return !word || strcmp(word, "user") == 0 ? META_USER
           : strcmp(word, "group") == 0       ? META_GROUP
                                              : META_SERVICE_PRINCIPAL;
}

const char *meta_kind_word(meta_kind kind)
{
    static const char *const words[] = {"user", "group", "service_principal"};
    return words[kind];
}

#define PERSON_COLUMNS "id, kind, active, name, display, external_id, entitlements, roles"

static meta_person person_of(cx *c, sqlite3_stmt *s)
{
    return (meta_person){.id = sqlite3_column_int64(s, 0),
                         .kind = kind_of(s, 1),
                         .active = sqlite3_column_int(s, 2) != 0,
                         .name = db_text(c, s, 3),
                         .display = db_text(c, s, 4),
                         .external_id = db_text(c, s, 5),
                         .entitlements = db_text(c, s, 6),
                         .roles = db_text(c, s, 7)};
}

cx_code meta_people(cx *c, meta *m, meta_kind kind, meta_person **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 32;
    meta_person *rows = cx_array(c, meta_person, room);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s, "SELECT " PERSON_COLUMNS " FROM principal WHERE kind=?1 ORDER BY name",
                 "t", meta_kind_word(kind)));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] = person_of(c, s);
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_person_on(cx *c, db *d, meta_kind kind, int64_t id, meta_person *out)
{
    static const char *const nouns[] = {"User", "Group", "Service principal"};
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s, "SELECT " PERSON_COLUMNS " FROM principal WHERE id=?1 AND kind=?2", "it",
                 id, meta_kind_word(kind)));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", NULL,
                          "%s with id %lld does not exist.", nouns[kind], (long long)id);
    *out = person_of(c, s);
    return CX_OK;
}

cx_code meta_person_find(cx *c, meta *m, meta_kind kind, int64_t id, meta_person *out)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_READ, &d));
    return meta_person_on(c, d, kind, id, out);
}

cx_code meta_person_named(cx *c, meta *m, const char *name, meta_person *out)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    bool row;
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s, "SELECT " PERSON_COLUMNS " FROM principal WHERE name=?1", "t", name));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", NULL,
                          "User %s does not exist.", name);
    *out = person_of(c, s);
    return CX_OK;
}

#define MEMBERSHIP                                                                                \
    "SELECT g.name, p.name, p.display, g.id, p.id, p.kind FROM membership m JOIN principal g ON " \
    "g.name=m.grp JOIN principal p ON p.name=m.member"

cx_code meta_memberships(cx *c, meta *m, bool by_group, meta_membership **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 32;
    meta_membership *rows = cx_array(c, meta_membership, room);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 by_group ? MEMBERSHIP " ORDER BY g.name, p.name"
                          : MEMBERSHIP " ORDER BY p.name, g.name",
                 ""));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] = (meta_membership){.group = db_text(c, s, 0),
                                          .member = db_text(c, s, 1),
                                          .display = db_text(c, s, 2),
                                          .group_id = sqlite3_column_int64(s, 3),
                                          .member_id = sqlite3_column_int64(s, 4),
                                          .kind = kind_of(s, 5)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}
