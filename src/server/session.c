/* Sessions: in memory only, because they hold credentials.
 *
 * The client has a random id; here only its digest is kept, so that a look into this process's
 * memory dump or log gives no usable id. A session ends 8 hours after login, or after an hour
 * without a request; there are at most SESSIONS_MOST, and the one unused for the longest time makes
 * room. */
#include "base/hash.h"
#include "server/server_int.h"

static const int64_t life_ms = 8LL * 3600 * 1000, idle_ms = 3600LL * 1000;

/* Takes the reference out of a slot; the caller gives it back after the lock is released. */
static tenant *empty_slot(session *x)
{
    tenant *t = x->who;
    *x = (session){0};
    return t;
}

static bool over(const session *x, int64_t now_ms)
{
    return now_ms - x->created_ms > life_ms || now_ms - x->used_ms > idle_ms;
}

static session *find(app *s, const char *hash)
{
    for (size_t i = 0; i < SESSIONS_MOST; i++)
        if (*s->sessions[i].hash && hash_equal_ct(s->sessions[i].hash, hash))
            return &s->sessions[i];
    return NULL;
}

static session *make_room(app *s, int64_t now_ms)
{
    session *oldest = &s->sessions[0];
    for (size_t i = 0; i < SESSIONS_MOST; i++) {
        session *x = &s->sessions[i];
        if (!*x->hash || over(x, now_ms))
            return x;
        if (x->used_ms < oldest->used_ms)
            oldest = x;
    }
    return oldest;
}

static void put(app *s, const char *hash, const char *csrf, tenant *take, int64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    session *x = find(s, hash);
    if (!x)
        x = make_room(s, now_ms);
    tenant *before = empty_slot(x);
    snprintf(x->hash, sizeof x->hash, "%s", hash);
    snprintf(x->csrf, sizeof x->csrf, "%s", csrf);
    x->who = take;
    x->created_ms = x->used_ms = now_ms;
    pthread_mutex_unlock(&s->lock);
    tenant_free(before);
}

/* A reference, or NULL; an expired one is dropped on the way. */
static tenant *get(app *s, const char *hash, int64_t now_ms, char *out_csrf)
{
    tenant *found = NULL, *dropped = NULL;
    pthread_mutex_lock(&s->lock);
    session *x = find(s, hash);
    if (x && over(x, now_ms)) {
        dropped = empty_slot(x);
    } else if (x) {
        x->used_ms = now_ms;
        found = x->who;
        found->refs++;
        if (out_csrf)
            memcpy(out_csrf, x->csrf, sizeof x->csrf);
    }
    pthread_mutex_unlock(&s->lock);
    tenant_free(dropped);
    return found;
}

char *session_new(cx *c, app *s, tenant *take, char out_csrf[SESSION_ID])
{
    char id[SESSION_ID], hash[SHA256_HEX];
    hex_random(id, SESSION_ID - 1);
    hex_random(out_csrf, SESSION_ID - 1);
    hash_sha256_hex(id, strlen(id), hash);
    put(s, hash, out_csrf, take, cx_now_ms(c));
    return cx_dup(c, id);
}

tenant *session_find(cx *c, app *s, const char *id, const char **out_csrf)
{
    char hash[SHA256_HEX], csrf[SESSION_ID];
    hash_sha256_hex(id, strlen(id), hash);
    tenant *t = get(s, hash, cx_now_ms(c), csrf);
    if (t)
        *out_csrf = cx_dup(c, csrf);
    return t;
}

tenant *session_of_headers(app *s, const char *digest, int64_t now_ms)
{
    return get(s, digest, now_ms, NULL);
}

void session_keep_headers(app *s, const char *digest, tenant *t, int64_t now_ms)
{
    put(s, digest, "", tenant_ref(t), now_ms);
}

void session_drop(app *s, const char *id)
{
    char hash[SHA256_HEX];
    hash_sha256_hex(id, strlen(id), hash);
    pthread_mutex_lock(&s->lock);
    session *x = find(s, hash);
    tenant *t = x ? empty_slot(x) : NULL;
    pthread_mutex_unlock(&s->lock);
    tenant_free(t);
}

void session_clear(app *s)
{
    for (size_t i = 0; i < SESSIONS_MOST; i++)
        tenant_free(empty_slot(&s->sessions[i]));
}
