/* Requests and responses as values, and what every transport shares. */
#include "net/http.h"

#include <strings.h>

void http_response_clear(http_response *r)
{
    buf_clear(&r->headers);
    buf_clear(&r->body);
    free(r->file);
    r->file = NULL;
    r->status = 0;
}

const char *http_response_header(cx *c, const http_response *r, const char *name)
{
    const size_t length = strlen(name);
    for (const char *line = buf_text(&r->headers); *line;) {
        const char *end = strchr(line, '\n');
        if (!end)
            end = line + strlen(line);
        if ((size_t)(end - line) > length && !memcmp(line, name, length) && line[length] == ':') {
            const char *value = line + length + 1;
            while (*value == ' ')
                value++;
            return cx_dupn(c, value, value < end ? (size_t)(end - value) : 0);
        }
        line = *end ? end + 1 : end;
    }
    return NULL;
}

const char *http_request_header(const http_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (!strcasecmp(r->headers[i].name, name))
            return r->headers[i].value;
    return NULL;
}

cx_code http_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    TRY(cx_alive(c));
    const size_t ceiling = out->body.ceiling;
    const cx_code rc = t->ops->send(c, t, req, out);
    if (rc != CX_OK)
        http_response_clear(out); /* filled or failed, never both */
    out->body.ceiling = ceiling;
    return rc;
}

void http_transport_free(http_transport *t)
{
    if (t)
        t->ops->free(t);
}

void http_reply_clear(http_reply *r)
{
    buf_clear(&r->headers);
    buf_clear(&r->body);
    if (r->stream && r->stream->free)
        r->stream->free(r->stream);
    *r = (http_reply){.headers = r->headers, .body = r->body};
}

/* A line break in a value would let a caller's text end the header: it is cut there. */
void http_reply_header(http_reply *r, const char *name, const char *value)
{
    buf_addf(&r->headers, "%s: %.*s\r\n", name, (int)strcspn(value, "\r\n"), value);
}
