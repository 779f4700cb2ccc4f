/* Who is there: discovery, SCIM, tokens. spec: wire "Authentication" */
#include "base/hash.h"
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

/* ---- client credentials ------------------------------------------------------------- */

static int sextet(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return ch - 'A';
    if (ch >= 'a' && ch <= 'z')
        return ch - 'a' + 26;
    if (ch >= '0' && ch <= '9')
        return ch - '0' + 52;
    return ch == '+' ? 62 : ch == '/' ? 63 : -1;
}

static char *base64_text(cx *c, const char *text)
{
    char *out = cx_alloc(c, strlen(text) + 1);
    size_t n = 0;
    unsigned bits = 0;
    int have = 0;
    for (; *text && *text != '='; text++) {
        const int s = sextet(*text);
        if (s < 0)
            break;
        bits = bits << 6 | (unsigned)s;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(bits >> have & 0xff);
        }
    }
    out[n] = 0;
    return out;
}

/* id and secret from HTTP Basic, else from the form. */
static void client_of(cx *c, const rest_call *r, const char *form, const char **id,
                      const char **secret)
{
    const char *header = http_request_header(r->http, "authorization");
    if (header && text_starts(header, "Basic ")) {
        char *pair = base64_text(c, header + 6);
        char *colon = strchr(pair, ':');
        if (colon) {
            *colon = 0;
            *id = percent_decode(c, pair, strlen(pair), NULL);
            *secret = percent_decode(c, colon + 1, strlen(colon + 1), NULL);
            return;
        }
    }
    *id = query_param(c, form, "client_id");
    *secret = query_param(c, form, "client_secret");
}

static cx_code oauth_refusal(rest_call *r, int status, const char *error, const char *description)
{
    rest_reply(r, json_pack("{s:s, s:s}", "error", error, "error_description", description));
    r->out->status = status;
    return CX_OK;
}

/* A principal's token is its client secret, and the access token too: the user name is the client
 * id. */
cx_code rest_oidc_token(cx *c, rest_call *r)
{
    const char *form =
        cx_dupn(c, r->http->body.data ? r->http->body.data : "", r->http->body.length);
    const char *grant = query_param(c, form, "grant_type"), *id = NULL, *secret = NULL;
    char *user = NULL;
    if (!grant || strcmp(grant, "client_credentials") != 0)
        return oauth_refusal(r, 400, "unsupported_grant_type",
                             "Only client_credentials is supported");
    client_of(c, r, form, &id, &secret);
    const cx_code rc =
        secret ? meta_token_find(c, r->lake->meta, secret, &user) : CX_UNAUTHENTICATED;
    if (rc != CX_OK && rc != CX_UNAUTHENTICATED)
        return rc;
    cx_forgive(c);
    if (rc != CX_OK || !id || !text_same_nocase(id, user))
        return oauth_refusal(r, 401, "invalid_client", "Client authentication failed");
    return rest_reply(r, json_pack("{s:s, s:s, s:i, s:s}", "access_token", secret, "token_type",
                                   "Bearer", "expires_in", 3600, "scope", "all-apis"));
}

static cx_code reply_token(cx *c, rest_call *r, const char *user)
{
    char *token, digest[SHA256_HEX];
    TRY(lake_token(c, r->lake, user, NULL, &token));
    hash_sha256_hex(token, strlen(token), digest);
    return rest_reply(r, json_pack("{s:s, s:{s:s, s:I, s:i, s:s}}", "token_value", token,
                                   "token_info", "token_id", digest, "creation_time",
                                   (json_int_t)cx_now_ms(c), "expiry_time", -1, "comment",
                                   json_get_str(r->body, "comment", "")));
}

cx_code rest_token_create(cx *c, rest_call *r)
{
    return reply_token(c, r, r->principal);
}

/* An admin makes a token for somebody else: the platform's way to equip service principals. */
cx_code rest_token_for(cx *c, rest_call *r)
{
    const char *user;
    TRY(rest_need(c, r, "application_id", &user));
    if (!meta_is_admin(c, r->lake->meta, r->principal))
        return rest_fail(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS",
                         "Only admins can make tokens for others.");
    if (!meta_principal_known(c, r->lake->meta, user))
        return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "Principal %s does not exist.",
                         user);
    return reply_token(c, r, user);
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

/* ---- SCIM ------------------------------------------------------------------------------ */

#define SCIM_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_WORKSPACE "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"
#define SCIM_LIST "urn:ietf:params:scim:api:messages:2.0:ListResponse"

static const char *id_text(cx *c, int64_t id)
{
    return cx_fmt(c, "%lld", (long long)id);
}

static json *user_json(cx *c, const meta_principal *p)
{
    const char *display = cx_dupn(c, p->name, strcspn(p->name, "@"));
    return json_pack("{s:[s,s], s:s, s:s, s:s, s:b, s:{s:s}, s:[{s:s, s:s, s:b}], s:[], s:[]}",
                     "schemas", SCIM_USER, SCIM_WORKSPACE, "id", id_text(c, p->id), "userName",
                     p->name, "displayName", display, "active", 1, "name", "givenName", display,
                     "emails", "value", p->name, "type", "work", "primary", 1, "roles",
                     "entitlements");
}

static json *group_json(cx *c, const meta_principal *p)
{
    return json_pack("{s:[s], s:s, s:s}", "schemas", SCIM_GROUP, "id", id_text(c, p->id),
                     "displayName", p->name);
}

cx_code rest_me(cx *c, rest_call *r)
{
    meta_principal *list;
    size_t n;
    json *me = NULL, *groups = json_array();
    cx_code rc = meta_principals(c, r->lake->meta, r->principal, &list, &n);
    for (size_t i = 0; rc == CX_OK && i < n; i++) {
        if (!list[i].group && text_same_nocase(list[i].name, r->principal)) {
            me = user_json(c, &list[i]);
            if (list[i].admin)
                json_array_append_new(groups, json_pack("{s:s, s:s, s:s}", "display", "admins",
                                                        "type", "direct", "value", "admins"));
        } else if (list[i].group) {
            json_array_append_new(groups,
                                  json_pack("{s:s, s:s, s:s}", "display", list[i].name, "type",
                                            "direct", "value", id_text(c, list[i].id)));
        }
    }
    if (rc == CX_OK && !me)
        rc = rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "User %s does not exist.",
                       r->principal);
    if (rc != CX_OK) {
        json_decref(groups);
        return rc;
    }
    json_object_set_new(me, "groups", groups);
    return rest_reply(r, me);
}

/* filter=userName eq "x" (or displayName): the one filter that clients use. */
static const char *filter_value(cx *c, const rest_call *r)
{
    const char *filter = rest_query(c, r, "filter");
    const char *open = filter ? strpbrk(filter, "\"'") : NULL;
    return open ? cx_dupn(c, open + 1, strcspn(open + 1, "\"'")) : NULL;
}

static cx_code scim_list(cx *c, rest_call *r, bool groups)
{
    meta_principal *list;
    size_t n;
    TRY(meta_principals(c, r->lake->meta, NULL, &list, &n));
    const char *wanted = filter_value(c, r), *start_text = rest_query(c, r, "startIndex");
    const char *count_text = rest_query(c, r, "count");
    const int64_t start = start_text ? strtoll(start_text, NULL, 10) : 1;
    const int64_t count = count_text ? strtoll(count_text, NULL, 10) : 100;
    int64_t total = 0;
    json *items = json_array();
    for (size_t i = 0; i < n; i++) {
        if (list[i].group != groups || (wanted && !text_same_nocase(wanted, list[i].name)))
            continue;
        total++;
        if (total >= start && (int64_t)json_array_size(items) < count)
            json_array_append_new(items, groups ? group_json(c, &list[i]) : user_json(c, &list[i]));
    }
    return rest_reply(r,
                      json_pack("{s:[s], s:I, s:I, s:I, s:o}", "schemas", SCIM_LIST, "totalResults",
                                (json_int_t)total, "startIndex", (json_int_t)start, "itemsPerPage",
                                (json_int_t)json_array_size(items), "Resources", items));
}

cx_code rest_users_list(cx *c, rest_call *r)
{
    return scim_list(c, r, false);
}
cx_code rest_groups_list(cx *c, rest_call *r)
{
    return scim_list(c, r, true);
}

cx_code rest_service_principals_list(cx *c, rest_call *r)
{
    (void)c;
    return rest_reply(r, json_pack("{s:[s], s:i, s:i, s:i, s:[]}", "schemas", SCIM_LIST,
                                   "totalResults", 0, "startIndex", 1, "itemsPerPage", 0,
                                   "Resources"));
}

static cx_code admins_only(cx *c, const rest_call *r)
{
    if (meta_is_admin(c, r->lake->meta, r->principal))
        return CX_OK;
    return rest_fail(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS",
                     "Only admins can add users and groups.");
}

static cx_code reply_created(cx *c, rest_call *r, const char *name)
{
    meta_principal *list;
    size_t n;
    TRY(meta_principals(c, r->lake->meta, name, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (text_same_nocase(list[i].name, name)) {
            TRY(rest_reply(r, list[i].group ? group_json(c, &list[i]) : user_json(c, &list[i])));
            r->out->status = 201;
            return CX_OK;
        }
    return rest_fail(c, CX_INTERNAL, "INTERNAL_ERROR", "%s was not kept", name);
}

static cx_code not_known(cx *c, const rest_call *r, const char *name)
{
    if (!meta_principal_known(c, r->lake->meta, name))
        return CX_OK;
    return rest_fail(c, CX_EXISTS, "RESOURCE_ALREADY_EXISTS", "%s already exists.", name);
}

cx_code rest_users_create(cx *c, rest_call *r)
{
    const char *name;
    TRY(admins_only(c, r));
    TRY(rest_need(c, r, "userName", &name));
    TRY(not_known(c, r, name));
    TRY(meta_principal_add(c, r->lake->meta, name, false));
    return reply_created(c, r, name);
}

/* members: ids ("value") or names ("display") of principals that are there */
static const char *member_name(const json *member, const meta_principal *list, size_t n)
{
    const int64_t id = json_get_int(member, "value", 0);
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id || text_same_nocase(list[i].name, json_get_str(member, "value", "")))
            return list[i].name;
    return NULL;
}

cx_code rest_groups_create(cx *c, rest_call *r)
{
    const char *name;
    const json *members = json_get(r->body, "members");
    meta_principal *list;
    size_t n;
    TRY(admins_only(c, r));
    TRY(rest_need(c, r, "displayName", &name));
    TRY(not_known(c, r, name));
    TRY(meta_principals(c, r->lake->meta, NULL, &list, &n));
    for (size_t i = 0; i < json_array_size(members); i++)
        if (!member_name(json_array_get(members, i), list, n))
            return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                             "A member of the group does not exist.");
    TRY(meta_group_add(c, r->lake->meta, name, NULL));
    for (size_t i = 0; i < json_array_size(members); i++)
        TRY(meta_group_add(c, r->lake->meta, name,
                           member_name(json_array_get(members, i), list, n)));
    return reply_created(c, r, name);
}
