/* What a service says when it refuses, as one error.
 *
 * Databricks has several shapes: {"error_code": text or number, "message", "details"}, the older
 * {"error"}, SCIM's {"detail", "status"}, plain text, HTML with the message in <pre>. A statement
 * that fails answers 200 with {"status": {"error": {…}}} and Spark's text: "[CONDITION] words
 * SQLSTATE: 42P01", then "== SQL ==" and the statement again, which the caller already knows. spec:
 * wire §2, §13 */
#include "workspace/workspace_int.h"

#include <ctype.h>

static const struct {
    const char *word; /* found anywhere in the condition or error_code */
    cx_code code;
} words[] = {
    {"ALREADY_EXISTS", CX_EXISTS},
    {"NOT_EMPTY", CX_INVALID},
    {"UNAUTHENTICATED", CX_UNAUTHENTICATED},
    {"INSUFFICIENT_PERMISSIONS", CX_DENIED},
    {"PERMISSION_DENIED", CX_DENIED},
    {"UNRESOLVED_COLUMN", CX_INVALID},
    {"UNRESOLVED_ROUTINE", CX_NOT_FOUND},
    {"TABLE_NOT_FOUND", CX_NOT_FOUND},
    {"TABLE_OR_VIEW_NOT_FOUND", CX_NOT_FOUND},
    {"SCHEMA_NOT_FOUND", CX_NOT_FOUND},
    {"CATALOG_NOT_FOUND", CX_NOT_FOUND},
    {"NO_SUCH_CATALOG", CX_NOT_FOUND},
    {"ROUTINE_NOT_FOUND", CX_NOT_FOUND},
    {"VOLUME_NOT_FOUND", CX_NOT_FOUND},
    {"DOES_NOT_EXIST", CX_NOT_FOUND},
    {"VERSION_NOT_FOUND", CX_NOT_FOUND},
    {"NOT_FOUND", CX_NOT_FOUND},
    {"DELTA_CONCURRENT", CX_CONFLICT},
    {"CONCURRENT_", CX_CONFLICT},
    {"RESOURCE_CONFLICT", CX_CONFLICT},
    {"ABORTED", CX_CONFLICT},
    {"REQUEST_LIMIT_EXCEEDED", CX_LIMITED},
    {"RESOURCE_EXHAUSTED", CX_LIMITED},
    {"TEMPORARILY_UNAVAILABLE", CX_UNAVAILABLE},
    {"SERVICE_UNDER_MAINTENANCE", CX_UNAVAILABLE},
    {"DEADLINE_EXCEEDED", CX_TIMEOUT},
    {"CANCELLED", CX_CANCELLED},
    {"UNSUPPORTED", CX_UNSUPPORTED},
    {"NOT_IMPLEMENTED", CX_UNSUPPORTED},
    {"PARSE_SYNTAX_ERROR", CX_INVALID},
    {"INVALID", CX_INVALID},
};

static cx_code code_of_word(const char *text)
{
    for (size_t i = 0; text && i < CX_COUNT(words); i++)
        if (strstr(text, words[i].word))
            return words[i].code;
    return CX_OK;
}

/* SQLSTATE classes that say more than "it failed". */
static cx_code code_of_state(const char *state)
{
    static const struct {
        const char *start;
        cx_code code;
    } states[] = {{"42P01", CX_NOT_FOUND}, {"42704", CX_NOT_FOUND}, {"42883", CX_NOT_FOUND},
                  {"42P06", CX_EXISTS},    {"42P07", CX_EXISTS},    {"42710", CX_EXISTS},
                  {"42501", CX_DENIED},    {"0A", CX_UNSUPPORTED},  {"42", CX_INVALID},
                  {"22", CX_INVALID},      {"XX", CX_INTERNAL},     {"KD", CX_FAILED}};
    for (size_t i = 0; state && i < CX_COUNT(states); i++)
        if (text_starts(state, states[i].start))
            return states[i].code;
    return CX_OK;
}

/* "[A_B.C] words" → the part in brackets; the text goes on behind them. */
static const char *take_condition(cx *c, const char **text)
{
    const char *p = *text;
    while (isspace((unsigned char)*p))
        p++;
    *text = p;
    if (*p != '[')
        return NULL;
    const size_t n = strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    if (n < 3 || p[1 + n] != ']')
        return NULL;
    *text = p + n + 2;
    while (isspace((unsigned char)**text))
        (*text)++;
    return cx_dupn(c, p + 1, n);
}

static const char *take_state(cx *c, const char *text)
{
    const char *p = strstr(text, "SQLSTATE: ");
    if (!p)
        return NULL;
    p += strlen("SQLSTATE: ");
    return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") >= 5 ? cx_dupn(c, p, 5) : NULL;
}

/* The words alone: no SQLSTATE, no echo of the statement. */
static char *words_only(cx *c, const char *text)
{
    size_t n = strlen(text);
    static const char *const ends[] = {"SQLSTATE: ", "== SQL =="};
    for (size_t i = 0; i < CX_COUNT(ends); i++) {
        const char *p = strstr(text, ends[i]);
        if (p && (size_t)(p - text) < n)
            n = (size_t)(p - text);
    }
    while (n && isspace((unsigned char)text[n - 1]))
        n--;
    return cx_dupn(c, text, n);
}

static void hint_for(cx *c, cx_code code)
{
    switch (code) {
    case CX_UNAUTHENTICATED:
        (void)cx_hint(c, "check DATABRICKS_TOKEN, or run: clxs auth --verify-auth");
        break;
    case CX_DENIED:
        (void)cx_hint(c, "ask an owner of the object for the privilege that is missing");
        break;
    case CX_LIMITED:
        (void)cx_hint(c, "the workspace is busy: try again, or lower --max-rps");
        break;
    default: break;
    }
}

/* Sets the error from Spark's text. `fallback` is the code when the text gives none. */
static cx_code fail_with_text(cx *c, cx_code fallback, const char *text)
{
    const char *rest = text;
    const char *condition = take_condition(c, &rest);
    const char *state = take_state(c, rest);
    cx_code code = code_of_word(condition);
    if (code == CX_OK)
        code = code_of_state(state);
    if (code == CX_OK && strstr(rest, "does not exist"))
        code = CX_NOT_FOUND;
    if (code == CX_OK)
        code = fallback;
    const char *message = words_only(c, rest);
    (void)cx_fail(c, code, "%s",
                  *message    ? message
                  : condition ? condition
                              : "no reason was given");
    c->error.condition = condition;
    c->error.sqlstate = state;
    return code;
}

cx_code error_from_statement(cx *c, const json *status)
{
    const char *state = json_get_str(status, "state", "FAILED");
    const json *e = json_get(status, "error");
    const char *word = json_get_str(e, "error_code", NULL);
    if (!e && !strcmp(state, "CANCELED"))
        return cx_fail(c, CX_CANCELLED, "the statement was cancelled on the workspace");
    if (!e && !strcmp(state, "CLOSED"))
        return cx_fail(c, CX_UNAVAILABLE,
                       "the workspace closed the statement before its result was read");
    cx_code fallback = word && strcmp(word, "BAD_REQUEST") ? code_of_word(word) : CX_OK;
    if (fallback == CX_OK)
        fallback = CX_FAILED;
    const cx_code code =
        fail_with_text(c, fallback, json_get_str(e, "message", "the statement failed"));
    const char *sqlstate = json_get_str(status, "sql_state", NULL);
    if (!c->error.sqlstate && sqlstate)
        c->error.sqlstate = cx_dup(c, sqlstate);
    hint_for(c, code);
    return code;
}

/* HTML pages of proxies put the message into <pre>; other text is taken as it is, cut short. */
static char *text_message(cx *c, const buf *body, int status)
{
    const char *text = buf_text(body);
    const char *pre = strstr(text, "<pre>");
    const char *end = pre ? strstr(pre, "</pre>") : NULL;
    if (pre && end)
        return cx_dupn(c, pre + 5, (size_t)(end - pre - 5) < 500 ? (size_t)(end - pre - 5) : 500);
    if (body->length && *text != '<' && text_utf8_valid(text, body->length))
        return cx_dupn(c, text, body->length < 500 ? body->length : 500);
    return cx_fmt(c, "the workspace answered with status %d", status);
}

cx_code error_from_response(cx *c, const http_request *req, const http_response *r)
{
    AUTO(json) j = NULL;
    cx side;
    cx_child(&side, c);
    if (json_parse(&side, buf_text(&r->body), r->body.length, "the answer", &j) != CX_OK)
        j = NULL;
    cx_clear(&side);

    const char *word =
        json_get_str(j, "error_code", NULL); /* may be a number: then the status tells */
    const char *message = json_get_str(j, "message", NULL);
    if (!message)
        message = json_get_str(j, "detail", NULL);
    if (!message)
        message = json_get_str(j, "error", NULL);
    if (!message)
        message = text_message(c, &r->body, r->status);
    cx_code code = code_of_word(word);
    if (code == CX_OK)
        code = cx_code_from_http(r->status);
    if (code == CX_OK)
        code = CX_FAILED;
    /* A bad token is 403 {"error_code":403} on the platform; what the user must mend is the login.
     */
    if (r->status == 401 || (r->status == 403 && strstr(message, "access token")))
        code = CX_UNAUTHENTICATED;
    code = fail_with_text(c, code, message);
    if (word)
        c->error.condition = cx_dup(c, word);
    c->error.request_id = http_response_header(c, r, "x-request-id");
    hint_for(c, code);
    return cx_frame(c, "%s %s", req->method, req->path);
}

bool error_is_transient(const char *message)
{
    static const char *const texts[] = {"UnknownWorkerEnvironmentException",
                                        "does not have any associated worker environments",
                                        "There is no worker environment with id",
                                        "Unknown worker environment",
                                        "ClusterNotReadyException",
                                        "Please try again later or try a faster operation.",
                                        "RPC token bucket limit has been exceeded"};
    for (size_t i = 0; message && i < CX_COUNT(texts); i++)
        if (strstr(message, texts[i]))
            return true;
    return false;
}
