/* The trace: one JSON line for each exchange, for a person who asks "what did it send?".
 *
 * A trace is attached to bug reports, so nothing secret may reach it. Headers are not written at
 * all. Bodies are written only when they are JSON, after every value whose key names a secret, and
 * every string that looks like a credential or a presigned link, was replaced. Each line is one
 * write() to a file opened for appending, so that lines of several processes do not mix. */
#include "base/json.h"
#include "net/http.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <strings.h>
#include <unistd.h>

enum { BODY_MOST = 1 << 20 };

typedef struct {
    http_transport base;
    http_transport *next; /* owned */
    pthread_mutex_t lock; /* one line at a time */
    int fd;               /* owned */
} trace;

static bool has_word(const char *text, const char *word)
{
    const size_t n = strlen(word);
    for (; *text; text++)
        if (!strncasecmp(text, word, n))
            return true;
    return false;
}

static bool names_secret(const char *key)
{
    static const char *const words[] = {
        "token",         "secret",     "passw",     "credential",      "api_key",
        "apikey",        "access_key", "accesskey", "private_key",     "privatekey",
        "authorization", "signature",  "cookie",    "client_assertion"};
    if (text_ends(key, "page_token")) /* a place in a list, not a secret */
        return false;
    if (!strcasecmp(key, "sig") || !strcasecmp(key, "code"))
        return true;
    for (size_t i = 0; i < CX_COUNT(words); i++)
        if (has_word(key, words[i]))
            return true;
    return false;
}

static bool looks_secret(const char *text)
{
    return !strncasecmp(text, "bearer ", 7) || !strncasecmp(text, "basic ", 6) ||
           has_word(text, "dapi") || has_word(text, "x-amz-signature=") ||
           has_word(text, "&sig=") || has_word(text, "?sig=") || has_word(text, "-----BEGIN") ||
           has_word(text, "?token=") || has_word(text, "&token=") ||
           has_word(text, "x-goog-signature=");
}

static json *redacted(const json *j)
{
    if (json_is_object(j)) {
        json *out = json_object();
        const char *key;
        json *value;
        json_object_foreach ((json *)j, key, value) {
            const bool hide = names_secret(key) && !json_is_null(value);
            json_object_set_new(out, key, hide ? json_string("***") : redacted(value));
        }
        return out;
    }
    if (json_is_array(j)) {
        json *out = json_array();
        for (size_t i = 0; i < json_array_size(j); i++)
            json_array_append_new(out, redacted(json_array_get(j, i)));
        return out;
    }
    if (json_is_string(j) && looks_secret(json_string_value(j)))
        return json_string("***");
    return json_incref((json *)j);
}

static json *body_json(const char *data, size_t length)
{
    if (!length || length > BODY_MOST || (data[0] != '{' && data[0] != '['))
        return NULL;
    AUTO(json) j = json_loadb(data, length, JSON_ALLOW_NUL, NULL);
    return j ? redacted(j) : NULL;
}

static json *query_json(cx *c, const char *query)
{
    buf shown = BUF(BUF_ANY);
    for (const char *p = query; *p;) {
        const size_t length = strcspn(p, "&");
        const char *pair = cx_dupn(c, p, length);
        const size_t key = strcspn(pair, "=");
        if (names_secret(cx_dupn(c, pair, key)) || looks_secret(pair))
            buf_addf(&shown, "%.*s=***", (int)key, pair);
        else
            buf_adds(&shown, pair);
        p += length;
        if (*p == '&') {
            buf_addc(&shown, '&');
            p++;
        }
    }
    json *j = json_str_or_null(buf_text(&shown));
    buf_clear(&shown);
    return j;
}

static void write_line(trace *t, const json *entry)
{
    AUTO_FREE char *text = json_text(entry);
    const size_t length = strlen(text);
    text[length] = '\n'; /* in the place of the NUL: one write, one line */
    pthread_mutex_lock(&t->lock);
    /* a trace that cannot be written must not fail the operation that it watches */
    const ssize_t wrote = write(t->fd, text, length + 1);
    (void)wrote;
    pthread_mutex_unlock(&t->lock);
}

static cx_code trace_send(cx *c, http_transport *base, const http_request *req, http_response *out)
{
    trace *t = container_of(base, trace, base);
    const int64_t began_ms = cx_now_ms(c), began = cx_ticks_us(c);
    const cx_code rc = http_send(c, t->next, req, out);
    AUTO(json) entry = json_object();
    json_object_set_new(entry, "time_ms", json_integer(began_ms));
    json_object_set_new(entry, "method", json_string(req->method));
    json_object_set_new(entry, "path", json_str_or_null(req->path));
    if (req->query)
        json_object_set_new(entry, "query", query_json(c, req->query));
    json_object_set_new(entry, "status", json_integer(rc == CX_OK ? out->status : 0));
    json_object_set_new(entry, "ms", json_real((double)(cx_ticks_us(c) - began) / 1000));
    json *sent = body_json(req->body.data, req->body.length);
    if (sent)
        json_object_set_new(entry, "request", sent);
    if (rc != CX_OK) {
        json_object_set_new(entry, "error", json_str_or_null(c->error.message));
    } else {
        json_object_set_new(entry, "bytes", json_integer((json_int_t)out->body.length));
        json *got = body_json(buf_text(&out->body), out->body.length);
        if (got)
            json_object_set_new(entry, "response", got);
    }
    write_line(t, entry);
    return rc;
}

static void trace_free(http_transport *base)
{
    trace *t = container_of(base, trace, base);
    http_transport_free(t->next);
    close(t->fd);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static const http_transport_ops trace_ops = {"trace", trace_send, trace_free};

cx_code http_trace(cx *c, http_transport *take_next, const char *path, http_transport **out)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        const int error = errno;
        http_transport_free(take_next);
        return cx_fail_errno(c, error, "the trace file %s cannot be opened", path);
    }
    trace *t = cx_calloc(1, sizeof *t);
    *t = (trace){.base = {&trace_ops}, .next = take_next, .fd = fd};
    pthread_mutex_init(&t->lock, NULL);
    *out = &t->base;
    return CX_OK;
}
