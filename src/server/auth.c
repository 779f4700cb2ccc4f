/* Signing in and out. */
#include "base/hash.h"
#include "server/server_int.h"

static json *describe(const tenant *t, const char *id, const char *csrf)
{
    return json_pack("{s:b,s:s,s:s,s:s,s:o,s:o,s:b}", "authenticated", true, "user", t->user,
                     "host", workspace_name(t->ws), "auth_method", t->method, "session_id",
                     json_str_or_null(id), "csrf_token", json_str_or_null(csrf), "embedded",
                     workspace_is_embedded(t->ws));
}

static void set_cookie(cx *c, ask *a, const char *id, int seconds)
{
    http_reply_header(a->reply, "Set-Cookie",
                      cx_fmt(c, "clxs_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                             id, seconds, a->app->config.tls_cert ? "; Secure" : ""));
}

/* A new id at each login, so that an id that somebody planted is worth nothing. */
static cx_code begin(cx *c, ask *a, tenant *take, json **out)
{
    char csrf[SESSION_ID];
    if (a->session)
        session_drop(a->app, a->session);
    *out = NULL;
    tenant *t = tenant_ref(take);
    const char *id = session_new(c, a->app, take, csrf);
    set_cookie(c, a, id, 8 * 3600);
    *out = describe(t, id, csrf);
    tenant_free(t);
    jobs_wake(a->app);
    return CX_OK;
}

static cx_code clean_host(cx *c, const char *text, const char **out)
{
    char *host = strstr(text, "://") ? cx_dup(c, text) : cx_fmt(c, "https://%s", text);
    for (size_t n = strlen(host); n && host[n - 1] == '/'; n--)
        host[n - 1] = '\0';
    const bool secure = text_starts(host, "https://");
    const char *name = strstr(host, "://") + 3;
    if (!secure && !text_starts(host, "http://"))
        return cx_fail(c, CX_INVALID, "the workspace address must begin with https://");
    if (!secure && !gate_loopback(cx_dupn(c, name, strcspn(name, ":/"))))
        return cx_fail(c, CX_INVALID, "the token would travel unprotected: use https://");
    if (strpbrk(name, "/?#@ \r\n") || !*name)
        return cx_fail(c, CX_INVALID, "%s is not the address of a workspace", text);
    *out = host;
    return CX_OK;
}

static bool key_in_body(const ask *a, const char *member)
{
    const char *key = a->app->config.api_key, *given = json_get_str(a->body, member, "");
    return key && hash_equal_ct(given, key);
}

static cx_code need_key(cx *c, const ask *a)
{
    if (!a->app->config.api_key || a->key_ok || key_in_body(a, "api_key"))
        return CX_OK;
    return cx_fail(c, CX_UNAUTHENTICATED, "Not authenticated. An API key is needed.");
}

cx_code auth_login(cx *c, ask *a, json **out)
{
    const char *host = json_get_str(a->body, "host", ""),
               *token = json_get_str(a->body, "token", "");
    AUTO(tenant) t = NULL;
    if (!*host && key_in_body(a, "token")) { /* the server's own key opens its own workspace */
        TRY(tenant_standard(c, a->app, &t));
        return begin(c, a, STEAL(t), out);
    }
    TRY(need_key(c, a));
    if (!*host || !*token)
        return cx_fail(c, CX_INVALID, "host and token are required");
    workspace_config config = *a->app->config.workspace;
    TRY(clean_host(c, host, &config.host));
    config.token = token;
    config.warehouse_id = json_get_str(a->body, "warehouse_id", NULL);
    TRY(tenant_open(c, a->app, &config, &t));
    return begin(c, a, STEAL(t), out);
}

/* "Explore": the embedded workspace needs no credentials, so it is open to this machine only. */
cx_code auth_demo(cx *c, ask *a, json **out)
{
    TRY(need_key(c, a));
    if (!a->app->local && !a->app->config.api_key) {
        (void)cx_fail(c, CX_DENIED, "exploring without credentials is for the machine itself");
        return cx_hint(c, "sign in with a workspace and a token");
    }
    AUTO(tenant) t = NULL;
    TRY(tenant_embedded(c, a->app, &t));
    return begin(c, a, STEAL(t), out);
}

cx_code auth_status(cx *c, ask *a, json **out)
{
    (void)c;
    if (a->who) /* the token is told only to whom the browser's own rules let read this answer */
        *out = describe(a->who, NULL, a->csrf);
    else
        *out = json_pack("{s:b,s:n,s:n,s:n,s:n,s:n,s:b}", "authenticated", false, "user", "host",
                         "auth_method", "session_id", "csrf_token", "api_key_needed",
                         a->app->config.api_key != NULL);
    return CX_OK;
}

cx_code auth_logout(cx *c, ask *a, json **out)
{
    if (a->session)
        session_drop(a->app, a->session);
    set_cookie(c, a, "", 0);
    *out = json_pack("{s:s,s:s}", "status", "ok", "message", "Logged out");
    return CX_OK;
}

cx_code auth_warehouses(cx *c, ask *a, json **out)
{
    AUTO(json) answer = NULL;
    TRY(workspace_call(c, a->who->ws, "GET", "/api/2.0/sql/warehouses", NULL, NULL, &answer));
    json *list = json_array(), *row;
    size_t i;
    json_array_foreach (json_get(answer, "warehouses"), i, row) {
        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o,s:o,s:o}", "id",
                            json_str_or_null(json_get_str(row, "id", NULL)), "name",
                            json_str_or_null(json_get_str(row, "name", NULL)), "size",
                            json_str_or_null(json_get_str(row, "cluster_size", NULL)), "state",
                            json_str_or_null(json_get_str(row, "state", NULL)), "type",
                            json_str_or_null(json_get_str(row, "warehouse_type", NULL))));
    }
    *out = list;
    return CX_OK;
}
