/* What a handler filled, as a response of libmicrohttpd: bodies, files with ranges, streams. */
#include "base/json.h"
#include "net/server_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct MHD_Response *http_problem(cx *c, const char *detail, const char *hint, const char *code)
{
    (void)c;
    AUTO(json) j = json_object();
    json_object_set_new(j, "detail", json_str_or_null(detail));
    if (hint)
        json_object_set_new(j, "hint", json_str_or_null(hint));
    if (code)
        json_object_set_new(j, "code", json_string(code));
    char *text = json_text(j);
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(r, "Content-Type", "application/json");
    return r;
}

/* ---- streams ------------------------------------------------------------------------ */

/* Runs on a byte-moving thread: gives what the keeper pulled, or parks the connection. */
static ssize_t read_stream(void *self, uint64_t position, char *out, size_t most)
{
    (void)position;
    http_call *k = self;
    http_server *s = k->server;
    ssize_t n = 0;
    pthread_mutex_lock(&s->lock);
    const size_t ready = k->pending.length - k->sent;
    if (s->stopping || atomic_load(&k->cancel)) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (ready) {
        n = (ssize_t)(ready < most ? ready : most);
        memcpy(out, k->pending.data + k->sent, (size_t)n);
        k->sent += (size_t)n;
        if (k->sent == k->pending.length) {
            const bool was_large = k->pending.capacity > 4096;
            k->sent = 0;
            if (was_large)
                buf_clear(&k->pending); /* a thousand listeners must not keep their largest burst */
            else
                buf_reset(&k->pending);
            if (was_large && !s->woken) { /* it may have been held back */
                s->woken = true;
                pthread_cond_signal(&s->news);
            }
        }
    } else if (k->stream_done) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        k->parked = true;
        MHD_suspend_connection(k->connection);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- files -------------------------------------------------------------------------- */

/* "bytes=a-b", "bytes=a-" and "bytes=-n"; anything else, or several ranges, sends the whole file.
 */
static bool parse_range(const char *text, int64_t size, int64_t *out_from, int64_t *out_length)
{
    if (!text || !text_starts(text, "bytes=") || strchr(text, ','))
        return false;
    text += 6;
    char *end;
    int64_t from, to = size - 1;
    if (*text == '-') {
        const int64_t last = strtoll(text + 1, &end, 10);
        if (*end || last <= 0)
            return false;
        from = last < size ? size - last : 0;
    } else {
        from = strtoll(text, &end, 10);
        if (end == text || *end != '-' || from < 0)
            return false;
        if (end[1]) {
            char *stop;
            to = strtoll(end + 1, &stop, 10);
            if (*stop || to < from)
                return false;
        }
    }
    if (to >= size)
        to = size - 1;
    *out_from = from;
    *out_length = to - from + 1; /* ≤ 0: nothing of the file is in it */
    return true;
}

static struct MHD_Response *file_response(cx *c, http_call *k, const char *path, int *status)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        *status = 404;
        return http_problem(c, "not found", NULL, "NOT_FOUND");
    }
    const char *range = MHD_lookup_connection_value(k->connection, MHD_HEADER_KIND, "Range");
    int64_t from = 0, length = st.st_size;
    const bool part =
        *status == 200 && st.st_size && parse_range(range, st.st_size, &from, &length);
    if (part && length <= 0) {
        close(fd);
        *status = 416;
        struct MHD_Response *r = http_problem(c, "that range is outside the file", NULL, NULL);
        MHD_add_response_header(r, "Content-Range",
                                cx_fmt(c, "bytes */%lld", (long long)st.st_size));
        return r;
    }
    struct MHD_Response *r =
        MHD_create_response_from_fd_at_offset64((uint64_t)length, fd, (uint64_t)from);
    if (!r) {
        close(fd);
        return NULL;
    }
    if (part) {
        *status = 206;
        MHD_add_response_header(r, "Content-Range",
                                cx_fmt(c, "bytes %lld-%lld/%lld", (long long)from,
                                       (long long)(from + length - 1), (long long)st.st_size));
    }
    MHD_add_response_header(r, "Accept-Ranges", "bytes");
    return r;
}

/* ---- all of it ------------------------------------------------------------------------ */

static bool add_headers(cx *c, struct MHD_Response *r, const buf *lines)
{
    bool typed = false;
    for (const char *line = buf_text(lines); *line;) {
        const size_t length = strcspn(line, "\r\n");
        const char *colon = memchr(line, ':', length);
        if (colon) {
            const char *name = cx_dupn(c, line, (size_t)(colon - line));
            const char *value = colon + 1;
            while (*value == ' ')
                value++;
            MHD_add_response_header(r, name, cx_dupn(c, value, (size_t)(line + length - value)));
            typed |= text_same_nocase(name, "content-type");
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return typed;
}

static struct MHD_Response *make(cx *c, http_call *k, http_reply *reply)
{
    if (reply->file_path)
        return file_response(c, k, reply->file_path, &k->status);
    if (reply->stream) {
        k->stream = reply->stream;
        reply->stream = NULL;
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, k,
                                                 NULL);
    }
    const size_t length = reply->body.length;
    return MHD_create_response_from_buffer(length, buf_steal(&reply->body), MHD_RESPMEM_MUST_FREE);
}

void http_call_answer(cx *c, http_call *k, cx_code rc, http_reply *reply)
{
    k->status = reply->status ? reply->status : 200;
    if (rc != CX_OK) {
        k->status = cx_code_http(rc);
        k->response = http_problem(c, c->error.message ? c->error.message : cx_code_text(rc),
                                   c->error.hint, cx_code_name(rc));
        return;
    }
    const bool has_body = reply->body.length > 0;
    struct MHD_Response *r = make(c, k, reply);
    if (!r)
        return; /* out of descriptors: the connection is closed */
    if (!add_headers(c, r, &reply->headers) && has_body)
        MHD_add_response_header(r, "Content-Type", "application/json");
    k->response = r;
}
