/* OAuth machine to machine: a service principal's secrets, and the access tokens that they are
 * changed for. spec: wire "Token kinds" */
#include "base/hash.h"
#include "base/when.h"
#include "lake/metastore/principals.h"
#include "lake/rest/rest.h"

/* ---- the token endpoint --------------------------------------------------------------- */

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

static cx_code refused_client(cx *c, rest_call *r, cx_code rc)
{
    if (rc == CX_UNAUTHENTICATED) {
        cx_forgive(c);
        return oauth_refusal(r, 401, "invalid_client", "Client authentication failed");
    }
    if (rc != CX_LIMITED)
        return rc;
    const char *message = c->error.message;
    cx_forgive(c);
    return oauth_refusal(r, 429, "temporarily_unavailable", message);
}

cx_code rest_oidc_token(cx *c, rest_call *r)
{
    const char *form =
        cx_dupn(c, r->http->body.data ? r->http->body.data : "", r->http->body.length);
    const char *grant = query_param(c, form, "grant_type"), *id = NULL, *secret = NULL;
    char token[65];
    int64_t seconds;
    if (!grant || strcmp(grant, "client_credentials") != 0)
        return oauth_refusal(r, 400, "unsupported_grant_type",
                             "Only client_credentials is supported");
    client_of(c, r, form, &id, &secret);
    if (!id || !secret || !*secret)
        return oauth_refusal(r, 401, "invalid_client", "Client authentication failed");
    hex_random(token, 64);
    const cx_code rc = meta_access_make(c, r->lake->meta, id, secret, token, &seconds);
    if (rc != CX_OK)
        return refused_client(c, r, rc);
    return rest_reply(r,
                      json_pack("{s:s, s:s, s:I, s:s}", "access_token", token, "token_type",
                                "Bearer", "expires_in", (json_int_t)seconds, "scope", "all-apis"));
}

/* ---- secrets of service principals -------------------------------------------------------- */

enum { SECRET_DAYS = 730 };

/* The service principal of the path. Its secrets are an admin's business. */
static cx_code owner_of(cx *c, const rest_call *r, meta_person *out)
{
    const char *account = route_param(r->match, "account");
    TRY(rest_admins_only(c, r, "manage the secrets of service principals"));
    if (account && strcmp(account, meta_id(r->lake->meta)) != 0)
        return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "Account %s does not exist.",
                         account);
    return meta_person_find(c, r->lake->meta, META_SERVICE_PRINCIPAL,
                            strtoll(rest_param(r, "id"), NULL, 10), out);
}

static json *secret_json(cx *c, const meta_token *t)
{
    const char *made = when_iso_ms(c, t->created_ms);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", t->id, "secret_hash", t->id, "status",
                     "ACTIVE", "create_time", made, "update_time", made, "expire_time",
                     when_iso_ms(c, t->expires_ms));
}

/* "3600s" */
static cx_code lifetime_of(cx *c, const rest_call *r, int64_t *out_seconds)
{
    const char *text = json_get_str(r->body, "lifetime", NULL);
    char *end = NULL;
    *out_seconds = (int64_t)SECRET_DAYS * 86400;
    if (!text)
        return CX_OK;
    const long long n = strtoll(text, &end, 10);
    if (end == text || strcmp(end, "s") != 0 || n < 1 || n > *out_seconds)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "Invalid lifetime '%.32s': it is written as \"3600s\", at most \"%llds\".",
                         text, (long long)*out_seconds);
    *out_seconds = n;
    return CX_OK;
}

cx_code rest_secret_create(cx *c, rest_call *r)
{
    meta_person p;
    int64_t seconds;
    char random[33];
    TRY(owner_of(c, r, &p));
    TRY(lifetime_of(c, r, &seconds));
    hex_random(random, 32);
    const char *secret = cx_fmt(c, "dose%s", random);
    meta_token t = {.kind = META_TOKEN_SECRET,
                    .user = p.name,
                    .created_by = r->principal,
                    .created_ms = cx_now_ms(c)};
    t.expires_ms = t.created_ms + seconds * 1000;
    TRY(meta_token_make(c, r->lake->meta, &t, secret));
    json *body = secret_json(c, &t);
    json_object_set_new(body, "secret", json_string(secret));
    return rest_reply(r, body);
}

cx_code rest_secrets_list(cx *c, rest_call *r)
{
    meta_person p;
    meta_token *rows;
    size_t n;
    TRY(owner_of(c, r, &p));
    TRY(meta_tokens(c, r->lake->meta, META_TOKEN_SECRET, p.name, &rows, &n));
    json *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, secret_json(c, &rows[i]));
    return rest_reply(r, json_pack("{s:o}", "secrets", list));
}

cx_code rest_secret_delete(cx *c, rest_call *r)
{
    meta_person p;
    TRY(owner_of(c, r, &p));
    TRY(meta_token_drop(c, r->lake->meta, META_TOKEN_SECRET, p.name, rest_param(r, "secret")));
    return rest_empty(r);
}
