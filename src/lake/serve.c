/* lake_handle over HTTP: the same request and the same answer, on a loopback port by default. */
#include "lake/lake_int.h"

enum { SERVE_THREADS = 32, SERVE_BODY_MOST = 64 << 20, SERVE_POLL_MS = 50 };

static void copy_headers(http_reply *reply, const char *lines)
{
    while (*lines) {
        const size_t length = strcspn(lines, "\n");
        buf_add(&reply->headers, lines, length);
        buf_adds(&reply->headers, "\r\n");
        lines += length + (lines[length] == '\n');
    }
}

static cx_code handle(cx *c, void *self, const http_request *req, http_reply *reply)
{
    lake *l = self;
    http_response out = {.takes_file = true};
    const cx_code rc = lake_handle(c, l, NULL, req, &out);
    if (rc == CX_OK) {
        reply->status = out.status;
        if (!reply->headers.ceiling)
            reply->headers.ceiling = BUF_ANY;
        copy_headers(reply, buf_text(&out.headers));
        buf_clear(&reply->body);
        reply->body = out.body;
        out.body = (buf){0};
        reply->file_path = out.file ? cx_dup(c, out.file) : NULL;
    }
    http_response_clear(&out);
    return rc;
}

cx_code lake_serve(cx *c, lake *l, const lake_serve_config *config,
                   void (*ready)(void *self, int port), void *self)
{
    AUTO(http_server) server = NULL;
    const http_server_config http = {.bind = config->bind ? config->bind : "127.0.0.1",
                                     .port = config->port,
                                     .threads = SERVE_THREADS,
                                     .body_most = SERVE_BODY_MOST,
                                     .handle = handle,
                                     .self = l};
    TRY(http_server_start(c, &http, &server));
    if (ready)
        ready(self, http_server_port(server));
    while (!cx_cancelled(c))
        cx_sleep_ms(c, SERVE_POLL_MS);
    return CX_OK;
}
