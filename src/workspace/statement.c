/* One SQL statement through the Statement Execution API.
 *
 * The first wait is inside the request: a statement that ends within it costs one request. After
 * that the client asks again at growing intervals. A statement that nobody waits for any more (the
 * context was cancelled, its deadline passed) is cancelled on the server, so that it does not go on
 * writing. spec: wire §2 */
#include "workspace/workspace_int.h"

#include <ctype.h>

enum {
    ANSWER_MOST = 256 << 20,
    POLL_FIRST_MS = 200,
    POLL_MOST_MS = 5000,
    CANCEL_PATIENCE_US = 10 * 1000 * 1000
};

/* ---- may it be sent twice? -------------------------------------------------------- */

/* Next word in upper case; false at the end. Comments are passed over. */
static bool next_word(const char **p, char *out, size_t most)
{
    for (;;) {
        while (isspace((unsigned char)**p) || **p == '(' || **p == ';')
            (*p)++;
        if (text_starts(*p, "--")) {
            *p += strcspn(*p, "\n");
        } else if (text_starts(*p, "/*")) {
            const char *end = strstr(*p, "*/");
            *p = end ? end + 2 : *p + strlen(*p);
        } else {
            break;
        }
    }
    size_t n = 0;
    while (isalpha((unsigned char)**p) || **p == '_') {
        if (n + 1 < most)
            out[n++] = (char)toupper((unsigned char)**p);
        (*p)++;
    }
    out[n] = '\0';
    return n > 0;
}

static bool is_any(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(word, *list))
            return true;
    return false;
}

bool sql_repeatable(const char *sql)
{
    static const char *const always[] = {
        "SELECT", "WITH", "VALUES",  "FROM", "TABLE",   "SHOW",    "DESCRIBE", "DESC", "GRANT",
        "REVOKE", "USE",  "COMMENT", "SET",  "EXPLAIN", "RESTORE", "LIST",     NULL};
    char word[16], second[16];
    const char *p = sql;
    if (!next_word(&p, word, sizeof word))
        return false;
    if (is_any(word, always))
        return true;
    if (strcmp(word, "CREATE") != 0 && strcmp(word, "DROP") != 0)
        return false;
    /* CREATE OR REPLACE …, CREATE <kinds> IF NOT EXISTS …, DROP <kind> IF EXISTS … */
    for (int i = 0; i < 4 && next_word(&p, second, sizeof second); i++) {
        if (!strcmp(second, "OR") || !strcmp(second, "IF"))
            return true;
    }
    return false;
}

/* ---- result ------------------------------------------------------------------------- */

static cx_code take_manifest(cx *c, sql_result *r, const json *manifest)
{
    const json *columns = json_get(json_get(manifest, "schema"), "columns");
    const size_t n = json_array_size(columns);
    if (r->columns != n && r->cells > 0)
        return cx_fail(c, CX_INVALID,
                       "the workspace's answer has rows of %zu values for %zu columns", r->columns,
                       n);
    r->columns = n;
    r->names = arena_alloc(r->arena, (n + 1) * sizeof *r->names);
    r->types = arena_alloc(r->arena, (n + 1) * sizeof *r->types);
    for (size_t i = 0; i < n; i++) {
        const json *one = json_array_get(columns, i);
        r->names[i] = arena_dup(r->arena, json_get_str(one, "name", ""));
        r->types[i] = arena_dup(r->arena, json_get_str(one, "type_text", "STRING"));
    }
    return CX_OK;
}

static cx_code take_chunks(cx *c, workspace *w, sql_result *r, const json *result)
{
    AUTO(json) held = NULL;
    for (;;) {
        const char *link = json_get_str(result, "next_chunk_internal_link", NULL);
        if (!link)
            return CX_OK;
        if (*link != '/')
            return cx_fail(c, CX_INVALID,
                           "the workspace gave a link to rows that is not a path: %s", link);
        AUTO_CLEAR(http_response) answer = {0};
        TRY(client_call(c, w, "GET", cx_dup(c, link), NULL, NULL, true, ANSWER_MOST, &answer));
        json *rest = NULL;
        TRY(rows_take(c, r, &answer.body, &rest));
        json_decref(held);
        held = rest;
        result = json_get(rest, "result") ? json_get(rest, "result") : rest;
    }
}

static cx_code take_result(cx *c, workspace *w, sql_result *r, const json *answer)
{
    if (json_get(json_get(answer, "result"), "external_links")) {
        (void)cx_fail(c, CX_TOO_LARGE, "the result of the statement is too large for one answer");
        return cx_hint(c, "narrow the statement with WHERE or LIMIT");
    }
    TRY(take_manifest(c, r, json_get(answer, "manifest")));
    return take_chunks(c, w, r, json_get(answer, "result"));
}

/* ---- waiting -------------------------------------------------------------------------- */

/* Told on a context of its own: the caller's is cancelled or late. What comes of it is only logged.
 */
static void cancel_on_server(cx *c, workspace *w, const char *id)
{
    cx side;
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = cx_ticks_us(c) + CANCEL_PATIENCE_US;
    const char *path = cx_fmt(&side, "/api/2.0/sql/statements/%s/cancel", id);
    AUTO(json) nothing = json_object();
    if (workspace_call(&side, w, "POST", path, NULL, nothing, NULL) != CX_OK)
        cx_warn(c, "statement %s was not cancelled on %s: %s", id, w->name, side.error.message);
    cx_clear(&side);
}

static bool running(const json *answer)
{
    const char *state = json_get_str(json_get(answer, "status"), "state", "");
    return !strcmp(state, "PENDING") || !strcmp(state, "RUNNING");
}

static cx_code poll(cx *c, workspace *w, sql_result *r, const char *id, json **answer)
{
    char *path = cx_fmt(c, "/api/2.0/sql/statements/%s", id);
    for (int64_t wait = POLL_FIRST_MS; running(*answer); wait = wait * 3 / 2) {
        TRY(client_pause(c, wait < POLL_MOST_MS ? wait : POLL_MOST_MS));
        AUTO_CLEAR(http_response) http = {0};
        TRY(client_call(c, w, "GET", path, NULL, NULL, true, ANSWER_MOST, &http));
        json *next = NULL;
        r->cells = 0;
        TRY(rows_take(c, r, &http.body, &next));
        json_decref(*answer);
        *answer = next;
    }
    return CX_OK;
}

static cx_code wait_for(cx *c, workspace *w, sql_result *r, json **answer)
{
    if (!running(*answer))
        return CX_OK;
    const char *id = json_get_str(*answer, "statement_id", NULL);
    if (!id || !*id || strspn(id, "0123456789abcdefABCDEF-") != strlen(id))
        return cx_fail(c, CX_INVALID, "the workspace gave no usable id for the statement");
    id = cx_dup(c, id);
    const cx_code rc = poll(c, w, r, id, answer);
    if (rc == CX_CANCELLED || rc == CX_TIMEOUT)
        cancel_on_server(c, w, id);
    return rc;
}

/* A read that is abandoned does no harm, so it may wait long inside its request; a write waits
 * shorter, because only after the first answer it has an id by which it can be cancelled. */
static const char *first_wait(const char *sql)
{
    char word[16];
    const char *p = sql;
    const bool read =
        next_word(&p, word, sizeof word) && (!strcmp(word, "SELECT") || !strcmp(word, "WITH") ||
                                             !strcmp(word, "SHOW") || !strcmp(word, "DESCRIBE"));
    return read ? "50s" : "30s";
}

/* What unqualified names mean. */
typedef struct {
    const char *catalog, *schema;
} place;

static json *request_body(const char *sql, const char *warehouse, place where)
{
    json *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "statement", sql, "warehouse_id", warehouse,
                           "wait_timeout", first_wait(sql), "on_wait_timeout", "CONTINUE",
                           "disposition", "INLINE", "format", "JSON_ARRAY");
    if (body && where.catalog)
        json_object_set_new(body, "catalog", json_string(where.catalog));
    if (body && where.schema)
        json_object_set_new(body, "schema", json_string(where.schema));
    return body;
}

static cx_code execute(cx *c, workspace *w, const char *sql, place where, sql_result **out)
{
    const char *warehouse;
    TRY(workspace_warehouse(c, w, &warehouse));
    AUTO(json) body = request_body(sql, warehouse, where);
    if (!body)
        return cx_fail(c, CX_INVALID, "the statement is not UTF-8");
    cx_debug(c, "SQL: %s", sql);
    atomic_fetch_add(&w->statements, 1);
    AUTO_CLEAR(http_response) http = {0};
    TRY(client_call(c, w, "POST", "/api/2.0/sql/statements", NULL, body, sql_repeatable(sql),
                    ANSWER_MOST, &http));
    AUTO(sql_result) r = cx_calloc(1, sizeof *r);
    r->arena = arena_new();
    AUTO(json) answer = NULL;
    TRY(rows_take(c, r, &http.body, &answer));
    http_response_clear(&http);
    TRY(wait_for(c, w, r, &answer));
    const json *status = json_get(answer, "status");
    if (strcmp(json_get_str(status, "state", ""), "SUCCEEDED") != 0)
        return error_from_statement(c, status);
    TRY(take_result(c, w, r, answer));
    if (out)
        *out = STEAL(r);
    return CX_OK;
}

/* ---- no more than so many at once ---------------------------------------------------------- */

static cx_code slot_take(cx *c, workspace *w)
{
    cx_code rc = CX_OK;
    pthread_mutex_lock(&w->lock);
    while (w->slots == 0 && (rc = cx_alive(c)) == CX_OK) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&w->slot_free, &w->lock, &until);
    }
    if (rc == CX_OK)
        w->slots--;
    pthread_mutex_unlock(&w->lock);
    return rc;
}

static void slot_give(workspace *w)
{
    pthread_mutex_lock(&w->lock);
    w->slots++;
    pthread_cond_signal(&w->slot_free);
    pthread_mutex_unlock(&w->lock);
}

cx_code workspace_sql_in(cx *c, workspace *w, const char *catalog, const char *schema,
                         const char *sql, sql_result **out)
{
    TRY(cx_alive(c));
    TRY(slot_take(c, w));
    const cx_code rc = execute(c, w, sql, (place){catalog, schema}, out);
    slot_give(w);
    return rc;
}

cx_code workspace_sql(cx *c, workspace *w, const char *sql, sql_result **out)
{
    return workspace_sql_in(c, w, NULL, NULL, sql, out);
}
