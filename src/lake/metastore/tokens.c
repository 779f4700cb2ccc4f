/* The tokens that prove a principal. A token is kept only as its SHA-256: it is 128 random bits or
 * more, so that no salt or stretching is needed to keep it secret.
 *
 * A client secret opens nothing by itself: it is changed for an access token that lives an hour and
 * names the secret as its parent, so that revoking the secret ends both. An access token is never
 * taken as a secret, or it could renew itself for ever. */
#include "base/hash.h"
#include "lake/metastore/meta_int.h"

enum { COMMENT_MOST = 1024 };

static cx_code known_principal(cx *c, db *d, const char *name)
{
    bool known, admin;
    TRY(meta_principal_on(c, d, name, &known, &admin));
    return known ? CX_OK
                 : cx_fail_as(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST", "42704",
                              "Could not find principal with name %s.", name);
}

cx_code meta_token_add(cx *c, meta *m, const char *user_name, const char *token)
{
    AUTO(db) d = NULL;
    char digest[SHA256_HEX];
    if (!token || !*token)
        return cx_fail(c, CX_INVALID, "a token must not be empty");
    hash_sha256_hex(token, strlen(token), digest);
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(known_principal(c, d, user_name));
    TRY(db_run(c, d,
               "INSERT INTO token(sha256, user_name, created_ms) VALUES(?1,?2,?3)"
               " ON CONFLICT(sha256) DO UPDATE SET user_name=excluded.user_name, kind=0,"
               " expires_ms=0, parent=NULL",
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
    TRY(db_query(c, d, &s,
                 "SELECT p.name FROM token t JOIN principal p ON p.name=t.user_name"
                 " WHERE t.sha256=?1 AND t.kind<>1 AND (t.expires_ms=0 OR t.expires_ms>?2)"
                 " AND p.active AND p.kind<>'group'",
                 "ti", digest, cx_now_ms(c)));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_UNAUTHENTICATED, "UNAUTHENTICATED", "28000",
                          "Invalid access token.");
    *out_user = db_text(c, s, 0);
    return CX_OK;
}

/* ---- making ------------------------------------------------------------------------- */

/* What has expired is of no use to anybody, and makes room in the quota. */
static cx_code forget_expired(cx *c, db *d)
{
    return db_run(c, d, "DELETE FROM token WHERE expires_ms>0 AND expires_ms<=?1", "i",
                  cx_now_ms(c));
}

static cx_code within_quota(cx *c, db *d, const meta_token *t)
{
    static const int64_t most[] = {META_TOKENS_MOST, META_SECRETS_MOST, META_ACCESS_MOST};
    static const char *const nouns[] = {"tokens", "secrets", "access tokens"};
    int64_t there = 0;
    TRY(db_int(c, d, &there,
               "SELECT count(*) FROM token WHERE user_name=?1 COLLATE NOCASE AND kind=?2", "ti",
               t->user, (int64_t)t->kind));
    if (there < most[t->kind])
        return CX_OK;
    /* Clients try again after a 429, which helps only where time frees room. */
    const cx_code code = t->kind == META_TOKEN_ACCESS ? CX_LIMITED : CX_INVALID;
    (void)cx_fail_as(c, code, "QUOTA_EXCEEDED", NULL, "%s already has %lld %s.", t->user,
                     (long long)there, nouns[t->kind]);
    return cx_hint(c, "delete some that are no longer used");
}

static cx_code insert(cx *c, db *d, meta_token *t, const char *token, const char *parent)
{
    char digest[SHA256_HEX];
    hash_sha256_hex(token, strlen(token), digest);
    t->id = cx_dup(c, digest);
    if (!t->created_ms)
        t->created_ms = cx_now_ms(c);
    TRY(forget_expired(c, d));
    TRY(within_quota(c, d, t));
    return db_run(c, d,
                  "INSERT INTO token(sha256, user_name, created_ms, kind, comment, created_by,"
                  " expires_ms, parent) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
                  "ttiittit", t->id, t->user, t->created_ms, (int64_t)t->kind, t->comment,
                  t->created_by, t->expires_ms, parent);
}

cx_code meta_token_make(cx *c, meta *m, meta_token *t, const char *token)
{
    AUTO(db) d = NULL;
    if (t->comment && strlen(t->comment) > COMMENT_MOST)
        return cx_fail(c, CX_INVALID, "A comment has at most %d bytes.", COMMENT_MOST);
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(known_principal(c, d, t->user));
    TRY(insert(c, d, t, token, NULL));
    TRY(db_int(c, d, &t->user_id, "SELECT id FROM principal WHERE name=?1", "t", t->user));
    TRY(db_int(c, d, &t->created_by_id, "SELECT id FROM principal WHERE name=?1", "t",
               t->created_by));
    return db_commit(c, d);
}

/* ---- listing, ending ------------------------------------------------------------------ */

cx_code meta_tokens(cx *c, meta *m, meta_token_kind kind, const char *user, meta_token **out,
                    size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 16;
    meta_token *rows = cx_array(c, meta_token, room);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 "SELECT t.sha256, p.name, t.comment, coalesce(t.created_by, p.name), p.id, o.id,"
                 " t.created_ms, t.expires_ms FROM token t JOIN principal p ON p.name=t.user_name"
                 " LEFT JOIN principal o ON o.name=coalesce(t.created_by, p.name)"
                 " WHERE t.kind=?1 AND (?2 IS NULL OR p.name=?2) AND"
                 " (t.expires_ms=0 OR t.expires_ms>?3) ORDER BY t.created_ms DESC, t.sha256",
                 "iti", (int64_t)kind, user, cx_now_ms(c)));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        rows[count++] = (meta_token){.kind = kind,
                                     .id = db_text(c, s, 0),
                                     .user = db_text(c, s, 1),
                                     .comment = db_text(c, s, 2),
                                     .created_by = db_text(c, s, 3),
                                     .user_id = sqlite3_column_int64(s, 4),
                                     .created_by_id = sqlite3_column_int64(s, 5),
                                     .created_ms = sqlite3_column_int64(s, 6),
                                     .expires_ms = sqlite3_column_int64(s, 7)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_token_drop(cx *c, meta *m, meta_token_kind kind, const char *user, const char *id)
{
    AUTO(db) d = NULL;
    int64_t there = 0;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(db_int(c, d, &there,
               "SELECT count(*) FROM token WHERE sha256=?1 AND kind=?2 AND"
               " (?3 IS NULL OR user_name=?3 COLLATE NOCASE)",
               "tit", id, (int64_t)kind, user));
    if (!there)
        return cx_fail_as(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", NULL,
                          "%s with id %s does not exist.",
                          kind == META_TOKEN_SECRET ? "Secret" : "Token", id);
    TRY(db_run(c, d, "DELETE FROM token WHERE sha256=?1 OR parent=?1", "t", id));
    return db_commit(c, d);
}

/* ---- client credentials ------------------------------------------------------------------ */

static cx_code check_client(cx *c, db *d, const char *client, const char *digest,
                            const char **out_name, int64_t *out_until)
{
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s,
                 "SELECT p.name, t.expires_ms FROM token t JOIN principal p ON p.name=t.user_name"
                 " WHERE t.sha256=?1 AND t.kind<>2 AND (t.expires_ms=0 OR t.expires_ms>?2)"
                 " AND p.name=?3 AND p.active AND p.kind<>'group'",
                 "tit", digest, cx_now_ms(c), client));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_UNAUTHENTICATED, "UNAUTHENTICATED", "28000",
                          "Client authentication failed");
    *out_name = db_text(c, s, 0);
    *out_until = sqlite3_column_int64(s, 1);
    return CX_OK;
}

/* Anybody may knock here, so that a wrong secret must not make the writers wait. */
static cx_code check_client_first(cx *c, meta *m, const char *client, const char *digest)
{
    AUTO(db) d = NULL;
    const char *name;
    int64_t until;
    TRY(db_take(c, m, DB_READ, &d));
    return check_client(c, d, client, digest, &name, &until);
}

cx_code meta_access_make(cx *c, meta *m, const char *client, const char *secret, const char *token,
                         int64_t *out_seconds)
{
    AUTO(db) d = NULL;
    char digest[SHA256_HEX];
    const char *name;
    int64_t until;
    hash_sha256_hex(secret, strlen(secret), digest);
    TRY(check_client_first(c, m, client, digest));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(check_client(c, d, client, digest, &name, &until));
    const int64_t now = cx_now_ms(c);
    meta_token t = {.kind = META_TOKEN_ACCESS,
                    .user = name,
                    .created_by = name,
                    .created_ms = now,
                    .expires_ms = now + META_ACCESS_SECONDS * 1000};
    if (until && until < t.expires_ms)
        t.expires_ms = until;
    *out_seconds = (t.expires_ms - now) / 1000;
    TRY(insert(c, d, &t, token, digest));
    return db_commit(c, d);
}
