/* The transport over the network: libcurl.
 *
 * A request borrows a "line": one easy handle in one multi handle, which keeps the connections that
 * it opened. Lines wait in a stack, so that the one used last, whose connection is warm, is used
 * first; there are never more lines than requests in flight at once. libcurl could share one
 * connection cache between handles of several threads, but its manual calls that unsafe, so each
 * line has its own.
 *
 * The multi interface is used for one request at a time because it returns to us every 100 ms,
 * where a cancelled operation is noticed; the easy interface looks up once a second. Redirects are
 * not followed: the Authorization header must not travel to a host that the user did not name. */
#include "net/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

enum {
    LINES_KEPT = 64,
    HEADERS_MOST = 256 * 1024,
    DEFAULT_TIMEOUT_MS = 60000,
    CONNECT_TIMEOUT_MS = 15000,
    LOOK_UP_MS = 100
};

static const size_t body_default = (size_t)256 << 20;

typedef struct {
    CURLM *multi; /* owned */
    CURL *easy;   /* owned; in `multi` only while a request runs */
} line;

typedef struct {
    http_transport base;
    char *base_url;         /* owned; without a slash at the end */
    char *authorities;      /* owned; PEM file from SSL_CERT_FILE; NULL = the system's */
    pthread_mutex_t lock;   /* guards the two below */
    line *idle[LINES_KEPT]; /* owned */
    size_t idle_count;
} https;

/* One request under way: what the callbacks of libcurl see. */
typedef struct {
    cx *c;
    http_response *out;
} exchange;

static void line_free(line *l)
{
    if (!l)
        return;
    if (l->easy)
        curl_easy_cleanup(l->easy);
    if (l->multi)
        curl_multi_cleanup(l->multi);
    free(l);
}

static line *line_take(https *h)
{
    pthread_mutex_lock(&h->lock);
    line *l = h->idle_count ? h->idle[--h->idle_count] : NULL;
    pthread_mutex_unlock(&h->lock);
    if (l)
        return l;
    l = cx_calloc(1, sizeof *l);
    l->multi = curl_multi_init();
    l->easy = curl_easy_init();
    if (l->multi && l->easy)
        return l;
    line_free(l);
    return NULL;
}

static void line_give_back(https *h, line *l)
{
    curl_easy_reset(l->easy); /* forgets options and pointers; the connections stay */
    pthread_mutex_lock(&h->lock);
    const bool kept = h->idle_count < LINES_KEPT;
    if (kept)
        h->idle[h->idle_count++] = l;
    pthread_mutex_unlock(&h->lock);
    if (!kept)
        line_free(l);
}

static size_t on_body(char *data, size_t size, size_t n, void *self)
{
    exchange *x = self;
    buf_add(&x->out->body, data, size * n);
    return x->out->body.over ? 0 : size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *self)
{
    exchange *x = self;
    buf *headers = &x->out->headers;
    size_t length = size * n;
    const size_t whole = length;
    while (length && (data[length - 1] == '\r' || data[length - 1] == '\n'))
        length--;
    if (length > 5 && !memcmp(data, "HTTP/", 5)) {
        buf_reset(headers); /* an interim answer (100) came first */
        return whole;
    }
    const char *colon = memchr(data, ':', length);
    if (!colon)
        return whole;
    const size_t at = headers->length;
    buf_add(headers, data, length);
    buf_addc(headers, '\n');
    for (size_t i = at; !headers->over && i < at + (size_t)(colon - data); i++)
        if (headers->data[i] >= 'A' && headers->data[i] <= 'Z')
            headers->data[i] += 'a' - 'A';
    return headers->over ? 0 : whole;
}

static int64_t time_allowed_ms(cx *c, const http_request *req)
{
    int64_t ms = req->timeout_ms ? req->timeout_ms : DEFAULT_TIMEOUT_MS;
    if (c->deadline_us) {
        const int64_t left = (c->deadline_us - cx_ticks_us(c)) / 1000;
        if (left < ms)
            ms = left > 1 ? left : 1;
    }
    return ms;
}

static cx_code request_headers(cx *c, const http_request *req, struct curl_slist **out)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < req->header_count; i++) {
        const http_header *h = &req->headers[i];
        if (strpbrk(h->name, "\r\n:") || strpbrk(h->value, "\r\n")) {
            curl_slist_free_all(list);
            return cx_fail(c, CX_INVALID, "the header %s has a line break in it", h->name);
        }
        /* "Name;" is how libcurl spells a header without a value */
        list = curl_slist_append(list, *h->value ? cx_fmt(c, "%s: %s", h->name, h->value)
                                                 : cx_fmt(c, "%s;", h->name));
    }
    *out = curl_slist_append(list, "Expect:"); /* no waiting for "100 Continue" */
    return CX_OK;
}

static void set_method(CURL *e, const http_request *req)
{
    if (req->body.length || !strcmp(req->method, "POST") || !strcmp(req->method, "PUT") ||
        !strcmp(req->method, "PATCH")) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.length);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body.length ? req->body.data : "");
    }
    if (!strcmp(req->method, "HEAD"))
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
}

static void set_options(const https *h, CURL *e, exchange *x, const http_request *req,
                        const char *url, struct curl_slist *headers, char *error)
{
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    if (h->authorities)
        curl_easy_setopt(e, CURLOPT_CAINFO, h->authorities);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)time_allowed_ms(x->c, req));
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
    set_method(e, req);
}

/* Runs until the transfer ends or the operation must stop; *out_result is libcurl's verdict. */
static cx_code drive(cx *c, line *l, CURLcode *out_result)
{
    if (curl_multi_add_handle(l->multi, l->easy) != CURLM_OK)
        return cx_fail(c, CX_INTERNAL, "the HTTP client could not start a request");
    *out_result = CURLE_FAILED_INIT;
    cx_code rc = CX_OK;
    for (int running = 1; running;) {
        if (curl_multi_perform(l->multi, &running) != CURLM_OK) {
            rc = cx_fail(c, CX_INTERNAL, "the HTTP client failed while it waited");
            break;
        }
        if (!running)
            break;
        rc = cx_alive(c);
        if (rc != CX_OK)
            break;
        curl_multi_poll(l->multi, NULL, 0, LOOK_UP_MS, NULL);
    }
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(l->multi, &left));)
        if (m->msg == CURLMSG_DONE)
            *out_result = m->data.result;
    curl_multi_remove_handle(l->multi, l->easy); /* closes the connection when it was cut short */
    return rc;
}

/* Tells apart what was never sent (a repeat is harmless) from what may have been done: the
 * condition is CONNECTION_FAILED or CONNECTION_LOST. */
static cx_code explain(cx *c, const https *h, line *l, const http_request *req, CURLcode result,
                       const char *error, const http_response *out)
{
    const char *why = *error ? error : curl_easy_strerror(result);
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        (void)cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_FAILED", NULL, "%s was not found: %s",
                         h->base_url, why);
        return cx_hint(c, "check the host name of the workspace and your network");
    case CURLE_COULDNT_CONNECT:
        return cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_FAILED", NULL, "%s cannot be reached: %s",
                          h->base_url, why);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return cx_fail(c, CX_INVALID, "%s is not a usable address: %s", h->base_url, why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        (void)cx_fail(c, CX_DENIED, "the certificate of %s was not accepted: %s", h->base_url, why);
        return cx_hint(c, "a proxy of your company may need its authority in SSL_CERT_FILE");
    case CURLE_WRITE_ERROR:
        if (out->body.over)
            return cx_fail(c, CX_TOO_LARGE, "the answer of %s %s is over %zu bytes", req->method,
                           req->path, out->body.ceiling);
        return cx_fail(c, CX_TOO_LARGE, "the headers of the answer of %s are too large", req->path);
    case CURLE_OPERATION_TIMEDOUT: {
        double connected = 0;
        curl_easy_getinfo(l->easy, CURLINFO_CONNECT_TIME, &connected);
        if (connected <= 0)
            return cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_FAILED", NULL,
                              "%s cannot be reached: %s", h->base_url, why);
        return cx_fail_as(c, CX_TIMEOUT, "CONNECTION_LOST", NULL, "%s did not answer %s %s in time",
                          h->base_url, req->method, req->path);
    }
    default:
        return cx_fail_as(c, CX_UNAVAILABLE, "CONNECTION_LOST", NULL,
                          "the connection to %s broke: %s", h->base_url, why);
    }
}

/* A TLS connection that the peer closed raises SIGPIPE in the thread that writes to it. The signal
 * is held back for this thread alone: what the program does with it elsewhere is the program's
 * affair. */
static cx_code drive_quietly(cx *c, line *l, CURLcode *out_result)
{
    sigset_t pipe_only, before, waiting;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&waiting);
    const bool already = sigismember(&waiting, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    const cx_code rc = drive(c, l, out_result);
    if (!already && sigismember(&before, SIGPIPE) == 0)
        sigtimedwait(&pipe_only, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static cx_code https_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    https *h = container_of(t, https, base);
    struct curl_slist *headers = NULL;
    TRY(request_headers(c, req, &headers));
    line *l = line_take(h);
    if (!l) {
        curl_slist_free_all(headers);
        return cx_fail(c, CX_INTERNAL, "the HTTP client could not be made");
    }
    const char *url = req->query && *req->query
                          ? cx_fmt(c, "%s%s?%s", h->base_url, req->path, req->query)
                          : cx_fmt(c, "%s%s", h->base_url, req->path);
    buf_reset(&out->headers);
    buf_reset(&out->body);
    out->headers.ceiling = HEADERS_MOST;
    if (!out->body.ceiling)
        out->body.ceiling = body_default;
    exchange x = {.c = c, .out = out};
    char error[CURL_ERROR_SIZE] = "";
    set_options(h, l->easy, &x, req, url, headers, error);
    CURLcode result = CURLE_OK;
    cx_code rc = drive_quietly(c, l, &result);
    if (rc == CX_OK && result != CURLE_OK)
        rc = explain(c, h, l, req, result, error, out);
    if (rc == CX_OK) {
        long status = 0;
        curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
        out->status = (int)status;
    }
    line_give_back(h, l);
    curl_slist_free_all(headers);
    return rc;
}

static void https_free(http_transport *t)
{
    https *h = container_of(t, https, base);
    for (size_t i = 0; i < h->idle_count; i++)
        line_free(h->idle[i]);
    pthread_mutex_destroy(&h->lock);
    free(h->base_url);
    free(h->authorities);
    free(h);
    curl_global_cleanup(); /* counted by libcurl */
}

static const http_transport_ops https_ops = {"https", https_send, https_free};

cx_code http_https_open(cx *c, const char *base_url, http_transport **out)
{
    if (!text_starts(base_url, "https://") && !text_starts(base_url, "http://"))
        return cx_fail(c, CX_INVALID, "the workspace address %s does not begin with https://",
                       base_url);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return cx_fail(c, CX_INTERNAL, "the HTTP client could not be started");
    https *h = cx_calloc(1, sizeof *h);
    h->base.ops = &https_ops;
    h->base_url = cx_heapdup(base_url);
    const char *authorities = getenv("SSL_CERT_FILE"); /* libcurl leaves this to its callers */
    h->authorities = authorities && *authorities ? cx_heapdup(authorities) : NULL;
    for (size_t n = strlen(h->base_url); n && h->base_url[n - 1] == '/'; n--)
        h->base_url[n - 1] = '\0';
    pthread_mutex_init(&h->lock, NULL);
    *out = &h->base;
    return CX_OK;
}
