/* The life of a request: who is it, which row of the table, run, answer.
 *
 * Whatever goes wrong inside becomes an answer in the platform's shape; lake_handle itself fails
 * only when its caller was cancelled or ran out of time, because then nobody is there to read an
 * answer. */
#include "base/hash.h"
#include "lake/rest/rest.h"

enum { HANDLE_BODY_MOST = 256 << 20 };

static const char *bearer(const char *header)
{
    static const char scheme[] = "bearer ";
    for (size_t i = 0; i < sizeof scheme - 1; i++)
        if ((header[i] | 32) != (scheme[i] | 32))
            return NULL;
    header += sizeof scheme - 1;
    while (*header == ' ')
        header++;
    return *header ? header : NULL;
}

/* False when an answer was given instead. */
static bool authenticate(cx *c, rest_call *r)
{
    const char *header = http_request_header(r->http, "authorization");
    const char *token = header ? bearer(header) : NULL;
    char *user = NULL;
    if (!token) {
        rest_reply_code(c, r, 401, NULL,
                        "Credential was not sent or was of an unsupported type for this API.");
        rest_header(r, "www-authenticate", "Bearer realm=\"DatabricksRealm\"");
        return false;
    }
    const cx_code rc = meta_token_find(c, r->lake->meta, token, &user);
    if (rc == CX_UNAUTHENTICATED) {
        cx_forgive(c);
        rest_reply_code(c, r, 403, NULL, "Invalid access token.");
        rest_header(r, "x-databricks-reason-phrase", "Invalid access token.");
        return false;
    }
    if (rc != CX_OK) {
        rest_reply_error(c, r);
        return false;
    }
    r->principal = user;
    return true;
}

/* A zero byte would end the text early for whoever reads it as C does: "main\u0000x" must not be
 * "main". */
static bool has_nul(const json *j)
{
    const char *key;
    json *value;
    if (json_is_string(j))
        return strlen(json_string_value(j)) != json_string_length(j);
    for (size_t i = 0; i < json_array_size(j); i++)
        if (has_nul(json_array_get(j, i)))
            return true;
    if (json_is_object(j))
        json_object_foreach ((json *)j, key, value) {
            if (has_nul(value))
                return true;
        }
    return false;
}

/* Forms (the token endpoint) are left to their handler. curl and others say "form" of the JSON that
 * they send, when nobody told them better; the platform does not mind, and neither do we. */
static cx_code read_body(cx *c, rest_call *r)
{
    const str body = r->http->body;
    const char *type = http_request_header(r->http, "content-type");
    size_t lead = 0;
    while (lead < body.length && strchr(" \t\r\n", body.data[lead]))
        lead++;
    const bool form =
        type && strstr(type, "form-urlencoded") && lead < body.length && body.data[lead] != '{';
    if (lead == body.length || form) {
        r->body = json_object();
        return CX_OK;
    }
    if (json_parse(c, body.data, body.length, "the request body", &r->body) != CX_OK)
        return rest_fail(c, CX_INVALID, "MALFORMED_REQUEST", "Could not parse request object: %s",
                         c->error.message);
    if (has_nul(r->body))
        return rest_fail(c, CX_INVALID, "MALFORMED_REQUEST",
                         "Could not parse request object: text must not contain a zero byte");
    if (json_is_object(r->body))
        return CX_OK;
    return rest_fail(c, CX_INVALID, "MALFORMED_REQUEST",
                     "Could not parse request object: an object is expected");
}

static const char *routed_path(cx *c, const char *path)
{
    static const char old[] = "/api/2.0/unity-catalog/";
    if (text_starts(path, old))
        return cx_fmt(c, "/api/2.1/unity-catalog/%s", path + sizeof old - 1);
    return path;
}

static cx_code run(cx *c, rest_call *r, const rest_endpoint *endpoint)
{
    if (strstr(r->http->path, "%00") || (r->http->query && strstr(r->http->query, "%00")))
        return rest_fail(c, CX_INVALID, "MALFORMED_REQUEST",
                         "The path must not contain a zero byte");
    if (!endpoint->bytes)
        TRY(read_body(c, r));
    return endpoint->run(c, r);
}

static void unknown_path(cx *c, rest_call *r, bool path_known)
{
    if (path_known)
        rest_reply_code(
            c, r, 405, "METHOD_NOT_ALLOWED",
            cx_fmt(c, "Method %s is not allowed for '%s'", r->http->method, r->http->path));
    else
        rest_reply_code(c, r, 404, "ENDPOINT_NOT_FOUND",
                        cx_fmt(c, "No API found for '%s %s'", r->http->method, r->http->path));
}

static cx_code dispatch(cx *c, rest_call *r)
{
    size_t count;
    route_match match;
    const route *routes = rest_routes(&count);
    const bool found =
        route_find(c, routes, count, r->http->method, routed_path(c, r->http->path), &match);
    const rest_endpoint *endpoint = found ? match.row->target : NULL;
    r->match = &match;
    if (!r->principal && !(endpoint && endpoint->open) && !authenticate(c, r))
        return CX_OK;
    if (!found) {
        unknown_path(c, r, match.path_known);
        return CX_OK;
    }
    const cx_code rc = run(c, r, endpoint);
    json_decref(r->body);
    r->body = NULL;
    if (rc == CX_OK)
        return CX_OK;
    if (cx_cancelled(c))
        return rc;
    rest_reply_error(c, r);
    return CX_OK;
}

cx_code lake_handle(cx *c, lake *l, const char *principal, const http_request *req,
                    http_response *out)
{
    char id[UUID_TEXT];
    uuid_random(id);
    if (!out->headers.ceiling)
        out->headers.ceiling = BUF_ANY;
    if (!out->body.ceiling)
        out->body.ceiling = HANDLE_BODY_MOST;
    rest_call r = {
        .lake = l, .principal = principal, .http = req, .out = out, .request_id = cx_dup(c, id)};
    rest_header(&r, "x-request-id", r.request_id);
    rest_header(&r, "x-databricks-org-id", meta_workspace_id(l->meta));
    rest_header(&r, "cache-control", "no-store");
    TRY(dispatch(c, &r));
    if (!http_response_header(c, out, "content-type"))
        rest_header(&r, "content-type", "application/json; charset=utf-8");
    return buf_done(c, &out->body, "the answer");
}
