/* Users, groups and the tokens that prove them. A token is kept only as its SHA-256: it is 128
 * random bits or more, so that no salt or stretching is needed to keep it secret. */
#include "base/hash.h"
#include "lake/metastore/meta_int.h"

cx_code meta_principal_on(cx *c, db *d, const char *name, bool *out_known, bool *out_admin)
{
    DB_STMT s = NULL;
    TRY(db_query(c, d, &s,
                 "SELECT admin OR EXISTS(SELECT 1 FROM membership WHERE member=?1 AND grp='admins')"
                 " FROM principal WHERE name=?1",
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
    return db_run(c, d,
                  "INSERT INTO principal(name, id, kind, admin) VALUES(?1,?2,?3,?4)"
                  " ON CONFLICT(name) DO UPDATE SET admin=max(admin, excluded.admin)",
                  "titi", name, id, kind, (int64_t)admin);
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
                 "SELECT name, id, kind='group', admin FROM principal WHERE ?1 IS NULL OR name=?1"
                 " OR name IN (SELECT grp FROM membership WHERE member=?1) ORDER BY name",
                 "t", user_name));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        if (count == room) {
            meta_principal *more = cx_array(c, meta_principal, room * 2);
            memcpy(more, rows, room * sizeof *rows);
            rows = more;
            room *= 2;
        }
        rows[count++] = (meta_principal){.name = db_text(c, s, 0),
                                         .id = sqlite3_column_int64(s, 1),
                                         .group = sqlite3_column_int(s, 2) != 0,
                                         .admin = sqlite3_column_int(s, 3) != 0};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_token_add(cx *c, meta *m, const char *user_name, const char *token)
{
    AUTO(db) d = NULL;
    char digest[SHA256_HEX];
    bool known, admin;
    if (!token || !*token)
        return cx_fail(c, CX_INVALID, "a token must not be empty");
    hash_sha256_hex(token, strlen(token), digest);
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_principal_on(c, d, user_name, &known, &admin));
    if (!known)
        return cx_fail_as(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST", "42704",
                          "Could not find principal with name %s.", user_name);
    TRY(db_run(c, d,
               "INSERT INTO token(sha256, user_name, created_ms) VALUES(?1,?2,?3)"
               " ON CONFLICT(sha256) DO UPDATE SET user_name=excluded.user_name",
               "tti", digest, user_name, cx_now_ms(c)));
    return db_commit(c, d);
}

cx_code meta_token_find(cx *c, meta *m, const char *token, char **out_user)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    char digest[SHA256_HEX];
    bool row;
    hash_sha256_hex(token, strlen(token), digest);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s, "SELECT user_name FROM token WHERE sha256=?1", "t", digest));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_UNAUTHENTICATED, "UNAUTHENTICATED", "28000",
                          "Invalid access token.");
    *out_user = db_text(c, s, 0);
    return CX_OK;
}
