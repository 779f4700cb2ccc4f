/* SQL Statement Execution. spec: wire "SQL Statement Execution"
 *
 * The answer is written as text: its large part, the rows, already is JSON. */
#include "base/when.h"
#include "lake/rest/rest.h"
#include "lake/rest/statements.h"

enum { WAIT_DEFAULT_S = 10, CANCEL_GRACE_MS = 5000, TEXT_MOST = 16 << 20 };
#define LINK_MS ((int64_t)15 * 60 * 1000)

static const char *const state_names[] = {"PENDING", "RUNNING",  "SUCCEEDED",
                                          "FAILED",  "CANCELED", "CLOSED"};

/* ---- answering ------------------------------------------------------------------- */

static void add_status(buf *b, const statement *s)
{
    buf_addf(b, "\"status\":{\"state\":\"%s\"", state_names[s->state]);
    if (s->state == STATEMENT_FAILED) {
        buf_addf(b, ",\"error\":{\"error_code\":\"%s\",\"message\":", s->error_code);
        buf_add_json(b, s->error_message);
        buf_addc(b, '}');
        if (*s->sqlstate)
            buf_addf(b, ",\"sql_state\":\"%s\"", s->sqlstate);
    }
    buf_addc(b, '}');
}

static void add_manifest(buf *b, const statement *s)
{
    const result *r = &s->result;
    buf_addf(b, ",\"manifest\":{\"format\":\"JSON_ARRAY\",\"schema\":{\"column_count\":%zu",
             r->column_count);
    if (r->columns)
        buf_addf(b, ",\"columns\":%s", r->columns);
    buf_addf(b, "},\"total_chunk_count\":%zu", r->chunk_count);
    for (size_t i = 0; i < r->chunk_count; i++)
        buf_addf(
            b,
            "%s{\"chunk_index\":%zu,\"row_offset\":%lld,\"row_count\":%lld,\"byte_count\":%zu}%s",
            i ? "," : ",\"chunks\":[", i, (long long)r->chunks[i].row_offset,
            (long long)r->chunks[i].rows, r->chunks[i].length, i + 1 == r->chunk_count ? "]" : "");
    buf_addf(b, ",\"total_row_count\":%lld,\"total_byte_count\":%lld,\"truncated\":%s}",
             (long long)r->rows, (long long)r->bytes, r->truncated ? "true" : "false");
}

static void add_position(buf *b, const statement *s, size_t i)
{
    const result_chunk *k = &s->result.chunks[i];
    buf_addf(b, "\"chunk_index\":%zu,\"row_offset\":%lld,\"row_count\":%lld,\"byte_count\":%zu", i,
             (long long)k->row_offset, (long long)k->rows, k->length);
    if (i + 1 < s->result.chunk_count)
        buf_addf(b,
                 ",\"next_chunk_index\":%zu,\"next_chunk_internal_link\":"
                 "\"/api/2.0/sql/statements/%s/result/chunks/%zu\"",
                 i + 1, s->id, i + 1);
}

static void add_link(cx *c, const rest_call *r, buf *b, const statement *s, size_t i)
{
    const char *host = http_request_header(r->http, "host");
    const int64_t expires = cx_now_ms(c) + LINK_MS;
    char key[SHA256_HEX];
    statements_link_key(r->lake->statements, s->id, cx_fmt(c, "%zu", i), expires, key);
    const char *link =
        cx_fmt(c, "http://%s/api/2.0/sql/external-results/%s/%zu/%llx-%s",
               host ? host : "localhost", s->id, i, (unsigned long long)expires, key);
    buf_adds(b, "\"external_links\":[{");
    add_position(b, s, i);
    buf_adds(b, ",\"external_link\":");
    buf_add_json(b, link);
    buf_addf(b, ",\"expiration\":\"%s\"}]", when_iso_ms(c, expires));
}

static cx_code add_chunk(cx *c, const rest_call *r, buf *b, const statement *s, size_t i)
{
    buf_addc(b, '{');
    if (s->external) {
        add_link(c, r, b, s, i);
    } else {
        add_position(b, s, i);
        buf_adds(b, ",\"data_array\":");
        TRY(result_read(c, &s->result, i, b));
    }
    buf_addc(b, '}');
    return CX_OK;
}

static cx_code add_statement(cx *c, const rest_call *r, buf *b, const statement *s)
{
    buf_addf(b, "{\"statement_id\":\"%s\",", s->id);
    add_status(b, s);
    if (s->state == STATEMENT_SUCCEEDED) {
        add_manifest(b, s);
        buf_adds(b, ",\"result\":");
        if (s->result.chunk_count)
            TRY(add_chunk(c, r, b, s, 0));
        else if (s->result.columns && !s->external)
            buf_adds(b, "{\"chunk_index\":0,\"row_offset\":0,\"row_count\":0,\"data_array\":[]}");
        else
            buf_adds(b, "{}");
    }
    buf_addc(b, '}');
    return CX_OK;
}

static cx_code reply_statement(cx *c, rest_call *r, const statement *s)
{
    r->out->status = 200;
    buf_reset(&r->out->body);
    statements_lock(r->lake->statements);
    const cx_code rc = add_statement(c, r, &r->out->body, s);
    statements_unlock(r->lake->statements);
    return rc;
}

/* ---- executing --------------------------------------------------------------------- */

typedef struct {
    int64_t wait_ms;
    bool cancel_after;
} waiting;

static cx_code read_waiting(cx *c, const rest_call *r, waiting *out)
{
    const char *text = json_get_str(r->body, "wait_timeout", NULL), *after = NULL;
    long seconds = WAIT_DEFAULT_S;
    char *end = NULL;
    if (text && *text) {
        seconds = strtol(text, &end, 10);
        if (end == text || strcmp(end, "s") != 0 || (seconds != 0 && (seconds < 5 || seconds > 50)))
            return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                             "wait_timeout '%s' is not valid: use 0s, or 5s to 50s", text);
    }
    after = json_get_str(r->body, "on_wait_timeout", "CONTINUE");
    const bool cancel = strcmp(after, "CANCEL") == 0;
    if (!cancel && strcmp(after, "CONTINUE") != 0)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "on_wait_timeout '%s' is not valid: use CONTINUE or CANCEL", after);
    if (cancel && seconds == 0)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "on_wait_timeout CANCEL cannot be used with a wait_timeout of 0s");
    *out = (waiting){.wait_ms = seconds * 1000, .cancel_after = cancel};
    return CX_OK;
}

static cx_code check_shape(cx *c, const rest_call *r, bool *external)
{
    const char *disposition = json_get_str(r->body, "disposition", "INLINE");
    const char *format = json_get_str(r->body, "format", "JSON_ARRAY");
    *external = strcmp(disposition, "EXTERNAL_LINKS") == 0;
    if (!*external && strcmp(disposition, "INLINE") != 0 &&
        strcmp(disposition, "INLINE_OR_EXTERNAL_LINKS") != 0)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "disposition '%s' is not valid",
                         disposition);
    if (strcmp(format, "JSON_ARRAY") != 0)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "format '%s' is not available in this workspace: use JSON_ARRAY", format);
    return CX_OK;
}

static cx_code check_warehouse(cx *c, const rest_call *r)
{
    const char *id;
    TRY(rest_need(c, r, "warehouse_id", &id));
    if (strcmp(id, meta_warehouse_id(r->lake->meta)) != 0)
        return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST",
                         "SQL warehouse '%s' does not exist.", id);
    atomic_store(&r->lake->stopped, false);
    return CX_OK;
}

static cx_code limit(cx *c, const rest_call *r, const char *key, int64_t *out)
{
    *out = json_get_int(r->body, key, 0);
    if (*out < 0 || (json_get(r->body, key) && *out == 0))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "%s must be a positive number",
                         key);
    return CX_OK;
}

static cx_code make_statement(cx *c, const rest_call *r, statement **out)
{
    const char *text;
    int64_t rows, bytes;
    bool external;
    TRY(rest_need(c, r, "statement", &text));
    TRY(check_warehouse(c, r));
    TRY(check_shape(c, r, &external));
    TRY(limit(c, r, "row_limit", &rows));
    TRY(limit(c, r, "byte_limit", &bytes));
    if (strlen(text) > TEXT_MOST)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "the statement is longer than 16 MiB");
    statement *s = statement_new(c);
    s->text = cx_heapdup(text);
    s->principal = cx_heapdup(r->principal);
    s->catalog = cx_heapdup(json_get_str(r->body, "catalog", NULL));
    s->schema = cx_heapdup(json_get_str(r->body, "schema", NULL));
    s->parameters = json_deep_copy(json_get(r->body, "parameters"));
    s->row_limit = rows;
    s->byte_limit = bytes;
    s->external = external;
    *out = s;
    return CX_OK;
}

static cx_code await(cx *c, const rest_call *r, statement *s, const waiting *w)
{
    statements *all = r->lake->statements;
    if (w->wait_ms == 0)
        return CX_OK;
    const cx_code rc = statement_wait(c, all, s, w->wait_ms);
    if (rc != CX_OK) {
        statement_cancel(all, s); /* nobody waits for it any more */
        return rc;
    }
    statements_lock(all);
    const bool ended = statement_ended(s);
    statements_unlock(all);
    if (ended || !w->cancel_after)
        return CX_OK;
    statement_cancel(all, s);
    TRY(statement_wait(c, all, s, CANCEL_GRACE_MS));
    statement_abandon(c, all, s);
    return CX_OK;
}

cx_code rest_statement_execute(cx *c, rest_call *r)
{
    waiting w;
    statement *s;
    TRY(read_waiting(c, r, &w));
    TRY(make_statement(c, r, &s));
    statements_submit(c, r->lake->statements, s);
    cx_code rc = await(c, r, s, &w);
    if (rc == CX_OK)
        rc = reply_statement(c, r, s);
    statement_release(r->lake->statements, s);
    return rc;
}

/* ---- afterwards ---------------------------------------------------------------------- */

static cx_code find(cx *c, const rest_call *r, statement **out)
{
    const char *id = rest_param(r, "id");
    statement *s = statements_find(c, r->lake->statements, id);
    if (s && r->principal && !text_same_nocase(s->principal, r->principal) &&
        !meta_is_admin(c, r->lake->meta, r->principal)) {
        statement_release(r->lake->statements, s);
        s = NULL;
    }
    if (!s)
        return rest_fail(c, CX_NOT_FOUND, "NOT_FOUND", "The statement %s was not found.", id);
    *out = s;
    return CX_OK;
}

cx_code rest_statement_get(cx *c, rest_call *r)
{
    statement *s;
    TRY(find(c, r, &s));
    const cx_code rc = reply_statement(c, r, s);
    statement_release(r->lake->statements, s);
    return rc;
}

/* The number of a chunk that is there. With the lock held. */
static cx_code chunk_number(cx *c, const rest_call *r, const statement *s, size_t *out)
{
    const char *text = rest_param(r, "n");
    char *end;
    const unsigned long n = strtoul(text, &end, 10);
    if (s->state != STATEMENT_SUCCEEDED)
        return rest_fail(c, CX_INVALID, "INVALID_STATE",
                         "The statement %s is %s: it has no result to fetch.", s->id,
                         state_names[s->state]);
    if (*end || end == text || n >= s->result.chunk_count)
        return rest_fail(c, CX_NOT_FOUND, "NOT_FOUND",
                         "The result of statement %s has no chunk %s.", s->id, text);
    *out = n;
    return CX_OK;
}

static cx_code reply_chunk(cx *c, rest_call *r, const statement *s)
{
    size_t n;
    TRY(chunk_number(c, r, s, &n));
    r->out->status = 200;
    return add_chunk(c, r, &r->out->body, s, n);
}

cx_code rest_statement_chunk(cx *c, rest_call *r)
{
    statement *s;
    TRY(find(c, r, &s));
    statements_lock(r->lake->statements);
    const cx_code rc = reply_chunk(c, r, s);
    statements_unlock(r->lake->statements);
    statement_release(r->lake->statements, s);
    return rc;
}

cx_code rest_statement_cancel(cx *c, rest_call *r)
{
    statement *s;
    TRY(find(c, r, &s));
    statement_cancel(r->lake->statements, s);
    statement_release(r->lake->statements, s);
    return rest_empty(r);
}

cx_code rest_statement_close(cx *c, rest_call *r)
{
    statement *s;
    TRY(find(c, r, &s));
    statement_close(r->lake->statements, s);
    statement_release(r->lake->statements, s);
    return rest_empty(r);
}

/* ---- links ----------------------------------------------------------------------------- */

static cx_code check_key(cx *c, const rest_call *r)
{
    const char *key = rest_param(r, "key");
    char *end, want[SHA256_HEX];
    const int64_t expires = (int64_t)strtoull(key, &end, 16);
    statements_link_key(r->lake->statements, rest_param(r, "id"), rest_param(r, "n"), expires,
                        want);
    if (*end != '-' || !hash_equal_ct(end + 1, want))
        return rest_fail(c, CX_DENIED, "PERMISSION_DENIED", "The link is not valid.");
    if (cx_now_ms(c) > expires)
        return rest_fail(c, CX_DENIED, "PERMISSION_DENIED",
                         "The link has expired; fetch the chunk for a new one.");
    return CX_OK;
}

static cx_code reply_rows(cx *c, rest_call *r, const statement *s)
{
    size_t n;
    TRY(chunk_number(c, r, s, &n));
    r->out->status = 200;
    return result_read(c, &s->result, n, &r->out->body);
}

/* The rows alone. The key in the path is the credential: whoever has the link may read. */
cx_code rest_statement_link(cx *c, rest_call *r)
{
    statement *s;
    TRY(check_key(c, r));
    TRY(find(c, r, &s));
    statements_lock(r->lake->statements);
    const cx_code rc = reply_rows(c, r, s);
    statements_unlock(r->lake->statements);
    statement_release(r->lake->statements, s);
    return rc;
}
