/* Where things are, and who is there: discovery, and what every client asks first. The rest of
 * identity is in scim.c, tokens.c and oauth.c. spec: wire "Authentication" */
#include "lake/rest/rest.h"

static const char *base_url(cx *c, const rest_call *r)
{
    const char *host = http_request_header(r->http, "host");
    return cx_fmt(c, "http://%s", host ? host : "localhost");
}

cx_code rest_discovery(cx *c, rest_call *r)
{
    return rest_reply(
        r, json_pack("{s:s, s:s, s:s, s:s}", "oidc_endpoint", cx_fmt(c, "%s/oidc", base_url(c, r)),
                     "account_id", meta_id(r->lake->meta), "workspace_id",
                     meta_workspace_id(r->lake->meta), "host_type", "WORKSPACE_HOST"));
}

cx_code rest_oidc_metadata(cx *c, rest_call *r)
{
    const char *base = cx_fmt(c, "%s/oidc", base_url(c, r));
    return rest_reply(
        r,
        json_pack("{s:s, s:s, s:s, s:s, s:[s,s], s:[s], s:[s], s:[s], s:[s,s]}", "issuer", base,
                  "authorization_endpoint", cx_fmt(c, "%s/v1/authorize", base), "token_endpoint",
                  cx_fmt(c, "%s/v1/token", base), "jwks_uri", cx_fmt(c, "%s/jwks.json", base),
                  "scopes_supported", "all-apis", "sql", "response_types_supported", "code",
                  "grant_types_supported", "client_credentials", "code_challenge_methods_supported",
                  "S256", "token_endpoint_auth_methods_supported", "client_secret_basic",
                  "client_secret_post"));
}

cx_code rest_admins_only(cx *c, const rest_call *r, const char *what)
{
    if (meta_is_admin(c, r->lake->meta, r->principal))
        return CX_OK;
    return rest_fail(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "Only admins can %s.", what);
}

cx_code rest_telemetry(cx *c, rest_call *r)
{
    (void)c;
    return rest_reply(r, json_pack("{s:[], s:i}", "errors", "numProtoSuccess", 1));
}

cx_code rest_default_namespace(cx *c, rest_call *r)
{
    (void)c;
    return rest_reply(r, json_pack("{s:s, s:{s:s}, s:s}", "setting_name", "default", "namespace",
                                   "value", "main", "etag", meta_id(r->lake->meta)));
}
