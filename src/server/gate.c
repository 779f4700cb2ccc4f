/* The gate: which requests are looked at, and as whom.
 *
 * Three attacks stand against a server on loopback that holds credentials. A web page whose name
 * was rebound to 127.0.0.1 speaks to us as same origin: the Host header must be a name of ours. A
 * page of another origin makes the browser send our cookie: the cookie is SameSite=Strict, a
 * foreign Origin is refused, and what changes state must repeat the session's CSRF token, which
 * such a page cannot read. Somebody else on the machine or the network: every route but the few
 * open ones wants a session or credentials, and an address beyond loopback wants a key or TLS
 * before the server starts at all. */
#include "base/hash.h"
#include "server/server_int.h"

#include <arpa/inet.h>
#include <unistd.h>

/* ---- names of this server ------------------------------------------------------------- */

/* "host", "host:port", "[v6]:port" → the host, lower case, without brackets. */
static char *bare_host(cx *c, const char *text)
{
    char *host;
    if (*text == '[') {
        host = cx_dupn(c, text + 1, strcspn(text + 1, "]"));
    } else {
        const char *colon = strrchr(text, ':');
        const bool v6 = colon && strchr(text, ':') != colon;
        host = cx_dupn(c, text, colon && !v6 ? (size_t)(colon - text) : strlen(text));
    }
    text_lower(host);
    return host;
}

bool gate_loopback(const char *host)
{
    struct in_addr v4;
    if (!strcmp(host, "localhost") || !strcmp(host, "::1") || text_ends(host, ".localhost"))
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static bool is_address(const char *host)
{
    unsigned char room[16];
    return inet_pton(AF_INET, host, room) == 1 || inet_pton(AF_INET6, host, room) == 1;
}

static bool own_name(const app *s, const char *host)
{
    if (gate_loopback(host) || (s->config.bind && text_same_nocase(host, s->config.bind)))
        return true;
    if (s->local)
        return false;
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    return is_address(host) || text_same_nocase(host, name); /* a rebound name is neither */
}

cx_code gate_host(cx *c, ask *a)
{
    const char *host = http_request_header(a->req, "Host");
    if (host && own_name(a->app, bare_host(c, host)))
        return CX_OK;
    a->reply->status = 421;
    (void)cx_fail(c, CX_DENIED, "this server is not called %s", host ? host : "nothing");
    return cx_hint(c, "use the address that clxs serve printed");
}

/* ---- who ---------------------------------------------------------------------------------- */

const char *gate_cookie(cx *c, const http_request *req, const char *name)
{
    const size_t length = strlen(name);
    for (const char *p = http_request_header(req, "Cookie"); p && *p;) {
        p += strspn(p, "; ");
        const size_t whole = strcspn(p, ";");
        if (whole > length && !strncmp(p, name, length) && p[length] == '=')
            return cx_dupn(c, p + length + 1, whole - length - 1);
        p += whole;
    }
    return NULL;
}

static bool changes_state(const http_request *req)
{
    return strcmp(req->method, "GET") != 0 && strcmp(req->method, "HEAD") != 0;
}

static bool has_key(const ask *a)
{
    const char *key = a->app->config.api_key;
    if (!key)
        return false;
    const char *given = http_request_header(a->req, "X-API-Key");
    const char *bearer = http_request_header(a->req, "Authorization");
    if (!given && bearer && text_starts(bearer, "Bearer "))
        given = bearer + 7;
    return given && hash_equal_ct(given, key);
}

/* A page of another origin says so; programs send no Origin. */
static bool foreign_origin(cx *c, const http_request *req)
{
    const char *origin = http_request_header(req, "Origin"),
               *host = http_request_header(req, "Host");
    if (!origin)
        return false;
    const char *rest = strstr(origin, "://");
    (void)c;
    return !rest || !host || !text_same_nocase(rest + 3, host);
}

static cx_code check_forgery(cx *c, ask *a)
{
    if (!changes_state(a->req))
        return CX_OK;
    const char *given = http_request_header(a->req, "X-CSRF-Token");
    if (given && a->csrf && *a->csrf && hash_equal_ct(given, a->csrf))
        return CX_OK;
    (void)cx_fail(c, CX_DENIED, "the request lacks the session's X-CSRF-Token");
    return cx_hint(c, "take csrf_token from GET /api/auth/status");
}

static cx_code by_session(cx *c, ask *a)
{
    a->session = http_request_header(a->req, "X-Clone-Session");
    if (!a->session) {
        a->session = gate_cookie(c, a->req, "clxs_session");
        a->by_cookie = a->session != NULL;
    }
    if (a->session && *a->session)
        a->who = session_find(c, a->app, a->session, &a->csrf);
    return a->who && a->by_cookie ? check_forgery(c, a) : CX_OK;
}

/* The digest stands for host, token and warehouse, so that the same headers find their workspace
 * again. */
static cx_code by_headers(cx *c, ask *a)
{
    const char *host = http_request_header(a->req, "X-Databricks-Host");
    const char *token = http_request_header(a->req, "X-Databricks-Token");
    const char *warehouse = http_request_header(a->req, "X-Databricks-Warehouse");
    if (!host || !*host || !token || !*token)
        return CX_OK;
    const char *all = cx_fmt(c, "headers\n%s\n%s\n%s", host, token, warehouse ? warehouse : "");
    char digest[SHA256_HEX];
    hash_sha256_hex(all, strlen(all), digest);
    a->who = session_of_headers(a->app, digest, cx_now_ms(c));
    if (a->who)
        return CX_OK;
    workspace_config config = *a->app->config.workspace;
    config.host = host;
    config.token = token;
    config.warehouse_id = warehouse && *warehouse ? warehouse : NULL;
    TRY(tenant_open(c, a->app, &config, &a->who));
    session_keep_headers(a->app, digest, a->who, cx_now_ms(c));
    jobs_wake(a->app); /* a job of theirs may have waited for this */
    return CX_OK;
}

cx_code gate_identify(cx *c, ask *a, bool open)
{
    if (changes_state(a->req) && foreign_origin(c, a->req))
        return cx_fail(c, CX_DENIED, "requests from pages of another origin are refused");
    a->key_ok = has_key(a);
    const cx_code rc = by_session(c, a);
    if (open) {
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    if (a->who)
        return CX_OK;
    if (a->app->config.api_key && !a->key_ok)
        return cx_fail(c, CX_UNAUTHENTICATED,
                       a->session ? "Session expired. Please log in again."
                                  : "Not authenticated. An API key is needed.");
    TRY(by_headers(c, a));
    if (a->who)
        return CX_OK;
    if (a->key_ok)
        return tenant_standard(c, a->app, &a->who);
    return cx_fail(c, CX_UNAUTHENTICATED,
                   a->session ? "Session expired. Please log in again."
                              : "Not authenticated. Please log in.");
}
