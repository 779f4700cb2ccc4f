/* Answers and errors in the platform's shape. spec: wire "Errors and retries" */
#include "lake/rest/rest.h"
#include "store/store.h"

void rest_header(rest_call *r, const char *name, const char *value)
{
    buf_addf(&r->out->headers, "%s: %s\n", name, value);
}

cx_code rest_reply(rest_call *r, json *take_body)
{
    char *text = json_text(take_body);
    json_decref(take_body);
    r->out->status = 200;
    buf_reset(&r->out->body);
    buf_adds(&r->out->body, text);
    free(text);
    return CX_OK;
}

cx_code rest_empty(rest_call *r)
{
    r->out->status = 200;
    buf_reset(&r->out->body);
    buf_adds(&r->out->body, "{}");
    return CX_OK;
}

/* "bytes=a-b" or "bytes=a-"; false for anything else, which gets the whole file. */
static bool parse_range(const char *text, int64_t size, int64_t *from, int64_t *length)
{
    char *end;
    if (!text || !text_starts(text, "bytes="))
        return false;
    *from = strtoll(text + 6, &end, 10);
    if (end == text + 6 || *end != '-' || *from < 0)
        return false;
    int64_t to = end[1] ? strtoll(end + 1, &end, 10) : size - 1;
    if (*end && *end != '-')
        return false;
    if (to >= size)
        to = size - 1;
    *length = to - *from + 1;
    return true;
}

cx_code rest_reply_file(cx *c, rest_call *r, const char *path, int64_t size)
{
    AUTO(store) folder = NULL;
    int64_t from = 0, length = size;
    r->out->status = 200;
    if (r->out->takes_file) {
        r->out->file = cx_heapdup(path);
        return CX_OK;
    }
    const bool part = parse_range(http_request_header(r->http, "range"), size, &from, &length);
    if (part && length <= 0) {
        rest_reply_code(c, r, 416, "INVALID_PARAMETER_VALUE", "That range is outside the file");
        return CX_OK;
    }
    const char *slash = strrchr(path, '/');
    const size_t most = r->out->body.ceiling;
    TRY(store_file_open(c, cx_dupn(c, path, (size_t)(slash - path)), &folder));
    if (length > (int64_t)most)
        return rest_fail(c, CX_TOO_LARGE, "RESOURCE_EXHAUSTED",
                         "The file has %lld bytes, more than one answer takes: read it in ranges",
                         (long long)length);
    buf_clear(&r->out->body);
    TRY(store_read_range(c, folder, slash + 1, from, length, &r->out->body));
    r->out->body.ceiling = most;
    if (!part)
        return CX_OK;
    r->out->status = 206;
    rest_header(r, "content-range",
                cx_fmt(c, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + length - 1),
                       (long long)size));
    return CX_OK;
}

/* error_code NULL = the status as a number, as the gateway in front of the platform answers. */
void rest_reply_code(cx *c, rest_call *r, int status, const char *error_code, const char *message)
{
    AUTO(json) body = json_object();
    (void)c;
    json_object_set_new(body, "error_code",
                        error_code ? json_string(error_code) : json_integer(status));
    json_object_set_new(body, "message", json_string(message));
    if (error_code)
        json_object_set_new(body, "details",
                            json_pack("[{s:s, s:s, s:s, s:{}}, {s:s, s:s, s:s}]", "@type",
                                      "type.googleapis.com/google.rpc.ErrorInfo", "reason",
                                      error_code, "domain", "unity-catalog.databricks.com",
                                      "metadata", "@type",
                                      "type.googleapis.com/google.rpc.RequestInfo", "request_id",
                                      r->request_id, "serving_data", ""));
    char *text = json_text(body);
    r->out->status = status;
    buf_reset(&r->out->body);
    buf_adds(&r->out->body, text);
    free(text);
}

cx_code rest_fail(cx *c, cx_code code, const char *error_code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return cx_fail_as(c, code, error_code, NULL, "%s", message);
}

/* SQL's condition → REST's error_code and status. What is not listed keeps its condition, when it
 * has one, and takes the status of its code. */
static const struct {
    const char *condition, *error_code;
    int status;
} rows[] = {
    {"NO_SUCH_CATALOG_EXCEPTION", "CATALOG_DOES_NOT_EXIST", 404},
    {"SCHEMA_NOT_FOUND", "SCHEMA_DOES_NOT_EXIST", 404},
    {"TABLE_OR_VIEW_NOT_FOUND", "TABLE_DOES_NOT_EXIST", 404},
    {"ROUTINE_NOT_FOUND", "ROUTINE_DOES_NOT_EXIST", 404},
    {"VOLUME_NOT_FOUND", "VOLUME_DOES_NOT_EXIST", 404},
    {"CATALOG_ALREADY_EXISTS", "CATALOG_ALREADY_EXISTS", 400},
    {"SCHEMA_ALREADY_EXISTS", "SCHEMA_ALREADY_EXISTS", 400},
    {"TABLE_OR_VIEW_ALREADY_EXISTS", "TABLE_ALREADY_EXISTS", 400},
    {"ROUTINE_ALREADY_EXISTS", "ROUTINE_ALREADY_EXISTS", 400},
    {"VOLUME_ALREADY_EXISTS", "VOLUME_ALREADY_EXISTS", 400},
    {"CATALOG_NOT_EMPTY", "CATALOG_NOT_EMPTY", 400},
    {"SCHEMA_NOT_EMPTY", "SCHEMA_NOT_EMPTY", 400},
    {"INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED", 403},
    {"ALREADY_EXISTS", "ALREADY_EXISTS", 409},
};

static const char *code_word(cx_code code)
{
    switch (code) {
    case CX_INVALID: return "INVALID_PARAMETER_VALUE";
    case CX_UNAUTHENTICATED: return "UNAUTHENTICATED";
    case CX_DENIED: return "PERMISSION_DENIED";
    case CX_NOT_FOUND: return "RESOURCE_DOES_NOT_EXIST";
    case CX_EXISTS: return "RESOURCE_ALREADY_EXISTS";
    case CX_CONFLICT: return "ABORTED";
    case CX_UNAVAILABLE: return "TEMPORARILY_UNAVAILABLE";
    case CX_LIMITED: return "RESOURCE_EXHAUSTED";
    case CX_TIMEOUT: return "DEADLINE_EXCEEDED";
    case CX_CANCELLED: return "CANCELLED";
    case CX_UNSUPPORTED: return "NOT_IMPLEMENTED";
    case CX_TOO_LARGE: return "RESOURCE_EXHAUSTED";
    default: return "INTERNAL_ERROR";
    }
}

void rest_reply_error(cx *c, rest_call *r)
{
    const cx_error e = c->error;
    const char *word = e.condition ? e.condition : code_word(e.code);
    int status = cx_code_http(e.code);
    if (e.code == CX_FULL)
        status = 500;
    for (size_t i = 0; e.condition && i < CX_COUNT(rows); i++)
        if (strcmp(rows[i].condition, e.condition) == 0) {
            word = rows[i].error_code;
            status = rows[i].status;
        }
    if (rest_is_scim(r))
        rest_reply_scim_error(c, r, status, e.condition, e.message);
    else
        rest_reply_code(c, r, status, word, e.message);
    if (status == 429 || status == 503)
        rest_header(r, "retry-after", "1");
    cx_forgive(c);
}

cx_code rest_named(cx *c, cx_code rc, meta_type t, meta_name n)
{
    static const char *const nouns[] = {"Metastore", "Catalog",  "Schema",
                                        "Table",     "Function", "Volume"};
    const char *condition = c->error.condition;
    if ((rc != CX_NOT_FOUND && rc != CX_EXISTS) || !condition)
        return rc;
    meta_type which = t;
    if (strcmp(condition, "NO_SUCH_CATALOG_EXCEPTION") == 0)
        which = META_CATALOG;
    else if (strcmp(condition, "SCHEMA_NOT_FOUND") == 0)
        which = META_SCHEMA;
    else if (strcmp(condition, "PRINCIPAL_DOES_NOT_EXIST") == 0)
        return rc;
    return cx_fail_as(c, rc, condition, c->error.sqlstate, "%s '%s' %s", nouns[which],
                      meta_full_name(c, which, n),
                      rc == CX_EXISTS ? "already exists" : "does not exist.");
}
