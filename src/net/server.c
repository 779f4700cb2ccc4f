/* The HTTP server: libmicrohttpd moves bytes, our own threads run handlers.
 *
 *     libmicrohttpd threads (epoll)         workers                    keeper (one thread)
 *     read request ──suspend──▶ queue ──▶ handler ──resume──▶ send
 *     send stream ◀─────────── pending ◀──────────────────────────── pull; watch for hang-ups
 *
 * A handler may block (it runs SQL), so it must not run on a thread that moves bytes: the
 * connection is suspended while its call waits in the queue and runs. A suspended connection is not
 * polled by libmicrohttpd, so the keeper looks at those sockets ten times a second and sets the
 * cancel flag of a call whose peer is gone. Streams are pulled by the keeper, too, never by the
 * byte-moving threads; a stream with nothing to send costs a suspended connection (about 40 kB) and
 * no thread.
 *
 * The queue is bounded: over QUEUE_MOST waiting calls the answer is 503 at once. So is the request
 * body: over the ceiling the rest is read and dropped (up to four times the ceiling, so that an
 * honest client gets to see the 413), and beyond that the connection is closed.
 *
 * Lock order: server->lock, then libmicrohttpd's own. Its callbacks come without its locks held. */
#include "net/server_int.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IDLE_SECONDS = 75, CONNECTION_MEMORY = 24 * 1024, CONNECTIONS_MOST = 20000 };

static const size_t body_default = (size_t)32 << 20;

/* ---- calls -------------------------------------------------------------------- */

void http_call_watch(http_call *k)
{
    http_call *anchor = &k->server->watched;
    k->prev = anchor;
    k->next = anchor->next;
    anchor->next->prev = k;
    anchor->next = k;
}

void http_call_unwatch(http_call *k)
{
    if (!k->next)
        return;
    k->prev->next = k->next;
    k->next->prev = k->prev;
    k->next = k->prev = NULL;
}

void http_call_unref(http_call *k)
{
    http_server *s = k->server;
    pthread_mutex_lock(&s->lock);
    const bool last = --k->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    if (k->response)
        MHD_destroy_response(k->response);
    if (k->stream && k->stream->free)
        k->stream->free(k->stream);
    buf_clear(&k->body);
    buf_clear(&k->pending);
    free(k->method);
    free(k->uri);
    free(k);
}

/* The request line is here: libmicrohttpd shows the target before it takes it apart. */
static void *on_uri(void *self, const char *uri, struct MHD_Connection *connection)
{
    http_server *s = self;
    http_call *k = cx_calloc(1, sizeof *k);
    k->server = s;
    k->connection = connection;
    k->refs = 1;
    k->uri = cx_heapdup(uri);
    k->query = strchr(k->uri, '?');
    if (k->query)
        *k->query++ = '\0';
    k->body.ceiling = s->config.body_most;
    return k;
}

static void on_completed(void *self, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    (void)connection, (void)why;
    http_server *s = self;
    http_call *k = *slot;
    if (!k)
        return;
    *slot = NULL;
    pthread_mutex_lock(&s->lock);
    k->gone = true;
    atomic_store(&k->cancel, true);
    http_call_unwatch(k);
    pthread_mutex_unlock(&s->lock);
    http_call_unref(k);
}

/* ---- reading a request ---------------------------------------------------------- */

static enum MHD_Result answer_now(http_call *k, int status, const char *detail)
{
    cx c;
    cx_init(&c);
    struct MHD_Response *r = http_problem(&c, detail, NULL, NULL);
    cx_clear(&c);
    if (status == 503)
        MHD_add_response_header(r, "Retry-After", "1");
    const enum MHD_Result queued = MHD_queue_response(k->connection, (unsigned)status, r);
    MHD_destroy_response(r);
    return queued;
}

static int64_t declared_length(struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    return text ? strtoll(text, NULL, 10) : 0;
}

static enum MHD_Result begin(http_call *k, const char *method)
{
    k->begun = true;
    k->method = cx_heapdup(method);
    const int64_t length = declared_length(k->connection);
    const int64_t most = (int64_t)k->server->config.body_most;
    const bool asks = MHD_lookup_connection_value(k->connection, MHD_HEADER_KIND, "Expect") != NULL;
    if (length > most && (asks || length / 4 > most))
        return answer_now(k, 413, "the request body is too large");
    return MHD_YES;
}

static enum MHD_Result take_body(http_call *k, const char *data, size_t *length)
{
    k->body_seen += *length;
    buf_add(&k->body, data, *length);
    if (k->body.over)
        buf_clear(&k->body); /* `over` must survive: set again below */
    k->body.over = k->body_seen > k->server->config.body_most;
    *length = 0;
    return k->body_seen / 4 > k->server->config.body_most ? MHD_NO : MHD_YES;
}

static enum MHD_Result hand_over(http_call *k)
{
    http_server *s = k->server;
    if (k->body.over)
        return answer_now(k, 413, "the request body is too large");
    pthread_mutex_lock(&s->lock);
    const bool refuse = s->stopping || s->queued >= QUEUE_MOST;
    if (!refuse) {
        k->phase = CALL_QUEUED;
        k->since_us = cx_system_clock.ticks_us(NULL);
        http_call_watch(k);
        if (s->queue_tail)
            s->queue_tail->next_in_queue = k;
        else
            s->queue_head = k;
        s->queue_tail = k;
        s->queued++;
        MHD_suspend_connection(k->connection);
        pthread_cond_signal(&s->work);
    }
    pthread_mutex_unlock(&s->lock);
    return refuse ? answer_now(k, 503, "the server is busy; try again") : MHD_YES;
}

static enum MHD_Result on_access(void *self, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *length, void **slot)
{
    (void)self, (void)connection, (void)url, (void)version;
    http_call *k = *slot;
    if (!k->begun)
        return begin(k, method);
    if (*length)
        return take_body(k, data, length);
    if (k->phase == CALL_READING)
        return hand_over(k);
    if (!k->response)
        return MHD_NO;
    const enum MHD_Result queued = MHD_queue_response(connection, (unsigned)k->status, k->response);
    MHD_destroy_response(k->response);
    k->response = NULL;
    return queued;
}

/* Targets stay percent-encoded: routes decode each segment by itself. */
static size_t keep_encoded(void *self, struct MHD_Connection *connection, char *text)
{
    (void)self, (void)connection;
    return strlen(text);
}

/* ---- starting ------------------------------------------------------------------- */

static cx_code open_socket(cx *c, const http_server_config *config, int *out_fd, int *out_port)
{
    const char *bind_to = config->bind ? config->bind : "127.0.0.1";
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    const int rc = getaddrinfo(bind_to, cx_fmt(c, "%d", config->port), &hints, &found);
    if (rc != 0)
        return cx_fail(c, CX_INVALID, "cannot listen on %s: %s", bind_to, gai_strerror(rc));
    const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool bound =
        fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 1024) == 0;
    const int error = errno;
    freeaddrinfo(found);
    if (!bound) {
        if (fd >= 0)
            close(fd);
        (void)cx_fail_errno(c, error, "cannot listen on %s port %d", bind_to, config->port);
        if (error == EADDRINUSE)
            return cx_hint(c, "another program uses that port; choose one with --port");
        return c->error.code;
    }
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    getsockname(fd, (struct sockaddr *)&at, &size);
    *out_port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                               : ((struct sockaddr_in *)&at)->sin_port);
    *out_fd = fd;
    return CX_OK;
}

static cx_code read_pem(cx *c, const char *path, char **out)
{
    buf text = BUF(1 << 20);
    const cx_code rc = fs_read(c, path, 1 << 20, &text);
    if (rc == CX_OK)
        *out = buf_steal(&text);
    buf_clear(&text);
    return rc;
}

/* As many connections as file descriptors allow, with some left for the program. */
static unsigned connection_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 512;
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur =
            files.rlim_max < CONNECTIONS_MOST * 2 ? files.rlim_max : CONNECTIONS_MOST * 2;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            getrlimit(RLIMIT_NOFILE, &files);
    }
    const rlim_t usable = files.rlim_cur > 256 ? files.rlim_cur - 128 : 64;
    return usable < CONNECTIONS_MOST ? (unsigned)usable : CONNECTIONS_MOST;
}

static cx_code start_daemon(cx *c, http_server *s, int listen_fd)
{
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key},
                                   {MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (s->cert)
        flags |= MHD_USE_TLS;
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, s, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_ARRAY, s->cert ? tls : &tls[2],
        MHD_OPTION_END);
    if (s->daemon)
        return CX_OK;
    close(listen_fd);
    if (s->cert)
        return cx_fail(c, CX_INVALID, "the TLS certificate or key cannot be used");
    return cx_fail(c, CX_INTERNAL, "the HTTP server did not start");
}

static cx_code start_threads(cx *c, http_server *s)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int want = s->config.threads > 0 ? s->config.threads : (int)(cores > 0 ? 2 * cores : 4);
    s->threads = cx_calloc((size_t)want, sizeof *s->threads);
    for (; s->thread_count < want; s->thread_count++)
        if (pthread_create(&s->threads[s->thread_count], NULL, http_server_worker, s) != 0)
            break;
    s->keeper_runs = pthread_create(&s->keeper, NULL, http_server_keeper, s) == 0;
    if (!s->thread_count || !s->keeper_runs)
        return cx_fail(c, CX_INTERNAL, "the system gives no threads for the HTTP server");
    return CX_OK;
}

cx_code http_server_start(cx *c, const http_server_config *config, http_server **out)
{
    AUTO(http_server) s = cx_calloc(1, sizeof *s);
    s->config = *config;
    s->config.bind = NULL; /* borrowed by the caller only for this call */
    if (!s->config.body_most)
        s->config.body_most = body_default;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->news, &monotonic);
    pthread_cond_init(&s->work, NULL);
    pthread_condattr_destroy(&monotonic);
    s->watched.next = s->watched.prev = &s->watched;
    if (config->tls_cert) {
        if (!config->tls_key)
            return cx_fail(c, CX_INVALID, "a TLS certificate needs its key");
        TRY_IN(c, read_pem(c, config->tls_cert, &s->cert), "reading the TLS certificate");
        TRY_IN(c, read_pem(c, config->tls_key, &s->key), "reading the TLS key");
    }
    int fd = -1;
    TRY(open_socket(c, config, &fd, &s->port));
    TRY(start_daemon(c, s, fd));
    TRY(start_threads(c, s));
    *out = STEAL(s);
    return CX_OK;
}

int http_server_port(const http_server *s)
{
    return s->port;
}

void http_server_wake(http_server *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->woken) {
        s->woken = true;
        pthread_cond_signal(&s->news);
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- stopping -------------------------------------------------------------------- */

static void tell_all(http_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    for (http_call *k = s->watched.next; k != &s->watched; k = k->next) {
        atomic_store(&k->cancel, true);
        if (k->parked) {
            k->parked = false;
            MHD_resume_connection(k->connection);
        }
    }
    pthread_cond_broadcast(&s->work);
    pthread_cond_signal(&s->news);
    pthread_mutex_unlock(&s->lock);
}

/* Handlers see their cancel flag and end; a thread cannot be taken from them, so they are waited
 * for. */
void http_server_free(http_server *s)
{
    if (!s)
        return;
    if (s->daemon) {
        const MHD_socket listening = MHD_quiesce_daemon(s->daemon);
        if (listening != MHD_INVALID_SOCKET)
            close(listening);
    }
    tell_all(s);
    for (int i = 0; i < s->thread_count; i++)
        pthread_join(s->threads[i], NULL);
    if (s->keeper_runs)
        pthread_join(s->keeper, NULL);
    if (s->daemon)
        MHD_stop_daemon(s->daemon); /* sends what is ready, calls on_completed for the rest */
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->news);
    pthread_mutex_destroy(&s->lock);
    free(s->threads);
    free(s->cert);
    free(s->key);
    free(s);
}
