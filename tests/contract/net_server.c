/* The HTTP client against the HTTP server, over loopback: what each promises to its user. */

#include "check.h"

#include "base/fs.h"
#include "base/pool.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    atomic_int running, cancelled, stream_pulls, streams_freed;
    atomic_long value;
    const char *file;
} world;

typedef struct {
    http_stream base;
    world *w;
    long seen;
} counter_stream;

/* Sends the value of the world when it changed; ends at 100. */
static cx_code counter_pull(cx *c, http_stream *s, buf *out, bool *done)
{
    (void)c;
    counter_stream *k = container_of(s, counter_stream, base);
    atomic_fetch_add(&k->w->stream_pulls, 1);
    const long now = atomic_load(&k->w->value);
    if (now != k->seen)
        buf_addf(out, "id: %ld\n\n", now);
    k->seen = now;
    *done = now >= 100;
    return CX_OK;
}

static void counter_free(http_stream *s)
{
    counter_stream *k = container_of(s, counter_stream, base);
    atomic_fetch_add(&k->w->streams_freed, 1);
    free(k);
}

static cx_code handle(cx *c, void *self, const http_request *req, http_reply *reply)
{
    world *w = self;
    if (!strcmp(req->path, "/echo")) {
        reply->status = 201;
        http_reply_header(reply, "X-Method", req->method);
        http_reply_header(reply, "X-Query", req->query ? req->query : "none");
        buf_add(&reply->body, req->body.data, req->body.length);
        return CX_OK;
    }
    if (!strcmp(req->path, "/wait")) {
        atomic_fetch_add(&w->running, 1);
        while (cx_alive(c) == CX_OK)
            cx_sleep_ms(c, 5);
        atomic_fetch_add(&w->cancelled, 1);
        return c->error.code;
    }
    if (!strcmp(req->path, "/stream")) {
        counter_stream *k = cx_calloc(1, sizeof *k);
        *k = (counter_stream){.base = {counter_pull, counter_free, 60000}, .w = w, .seen = -1};
        reply->stream = &k->base;
        http_reply_header(reply, "Content-Type", "text/event-stream");
        return CX_OK;
    }
    if (!strcmp(req->path, "/file")) {
        reply->file_path = w->file;
        return CX_OK;
    }
    if (!strcmp(req->path, "/redirect")) {
        reply->status = 302;
        http_reply_header(reply, "Location", "http://127.0.0.1:1/elsewhere");
        return CX_OK;
    }
    (void)cx_fail(c, CX_NOT_FOUND, "there is no %s", req->path);
    return cx_hint(c, "try another");
}

typedef struct {
    cx c;
    world w;
    http_server *server;
    http_transport *client;
} fixture;

static int set_up(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    const http_server_config config = {
        .bind = "127.0.0.1", .threads = 4, .body_most = 1 << 20, .handle = handle, .self = &f->w};
    if (http_server_start(&f->c, &config, &f->server) != CX_OK)
        return -1;
    const char *url = cx_fmt(&f->c, "http://127.0.0.1:%d/", http_server_port(f->server));
    *state = f;
    return http_https_open(&f->c, url, &f->client) == CX_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    http_transport_free(f->client);
    http_server_free(f->server);
    cx_clear(&f->c);
    free(f);
    return 0;
}

/* A socket of our own, for what a well-behaved client does not do. */
static int raw(const fixture *f, const char *text)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(f->server)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static void read_until(int fd, const char *want, buf *got)
{
    char block[4096];
    while (!strstr(buf_text(got), want)) {
        const ssize_t n = read(fd, block, sizeof block);
        assert_true(n > 0);
        buf_add(got, block, (size_t)n);
    }
}

static void wait_for(atomic_int *value, int want)
{
    for (int i = 0; i < 2000 && atomic_load(value) != want; i++)
        usleep(5000);
    assert_int_equal(atomic_load(value), want);
}

static void a_request_arrives_as_it_was_sent(void **state)
{
    fixture *f = *state;
    http_response r = {0};
    const http_request req = {
        .method = "PATCH", .path = "/echo", .query = "a=%20b&c", .body = STR("{\"x\":1}")};
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_OK);
    assert_int_equal(r.status, 201);
    assert_string_equal(buf_text(&r.body), "{\"x\":1}");
    assert_string_equal(http_response_header(&f->c, &r, "x-method"), "PATCH");
    assert_string_equal(http_response_header(&f->c, &r, "x-query"), "a=%20b&c");
    assert_string_equal(http_response_header(&f->c, &r, "content-type"), "application/json");
    http_response_clear(&r);
}

static void a_failed_handler_becomes_a_problem_with_its_status(void **state)
{
    fixture *f = *state;
    http_response r = {0};
    const http_request req = {.method = "GET", .path = "/nowhere%2Fx"};
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_OK);
    assert_int_equal(r.status, 404);
    assert_string_equal(buf_text(&r.body),
                        "{\"detail\":\"there is no /nowhere%2Fx\",\"hint\":\"try "
                        "another\",\"code\":\"NOT_FOUND\"}");
    http_response_clear(&r);
}

static void a_redirect_is_not_followed(void **state)
{
    fixture *f = *state;
    http_response r = {0};
    assert_int_equal(
        http_send(&f->c, f->client, &(http_request){.method = "GET", .path = "/redirect"}, &r),
        CX_OK);
    assert_int_equal(r.status, 302);
    http_response_clear(&r);
}

static void a_body_over_the_ceiling_is_refused_with_413_whoever_declares_it(void **state)
{
    fixture *f = *state;
    AUTO_FREE char *big = cx_calloc(1, (2 << 20) + 1);
    memset(big, 'a', 2 << 20);
    http_response r = {0};
    const http_request req = {.method = "POST", .path = "/echo", .body = {big, 2 << 20}};
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_OK);
    assert_int_equal(r.status, 413);
    assert_non_null(strstr(buf_text(&r.body), "\"detail\""));
    http_response_clear(&r);
    const http_request fits = {.method = "POST", .path = "/echo", .body = {big, 1 << 20}};
    assert_int_equal(http_send(&f->c, f->client, &fits, &r), CX_OK);
    assert_int_equal(r.status, 201);
    assert_int_equal(r.body.length, 1 << 20);
    http_response_clear(&r);
    const int fd = raw(f, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
    buf got = BUF(1 << 16);
    read_until(fd, "\"detail\"", &got);
    assert_non_null(strstr(buf_text(&got), " 413 "));
    buf_clear(&got);
    close(fd);
}

static void an_answer_over_the_ceiling_of_the_caller_is_an_error(void **state)
{
    fixture *f = *state;
    http_response r = {.body = BUF(3)};
    const http_request req = {.method = "POST", .path = "/echo", .body = STR("abcd")};
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_TOO_LARGE);
    assert_int_equal(r.body.length, 0);
    http_response_clear(&r);
}

static void one_connection_serves_several_requests(void **state)
{
    fixture *f = *state;
    const int fd = raw(f, "GET /echo?1 HTTP/1.1\r\nHost: x\r\n\r\n");
    buf got = BUF(1 << 16);
    read_until(fd, "X-Query: 1", &got);
    const char *again = "GET /echo?2 HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_int_equal(write(fd, again, strlen(again)), strlen(again));
    read_until(fd, "X-Query: 2", &got);
    buf_clear(&got);
    close(fd);
}

static void a_peer_that_hangs_up_cancels_its_handler(void **state)
{
    fixture *f = *state;
    const int fd = raw(f, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for(&f->w.running, 1);
    close(fd);
    wait_for(&f->w.cancelled, 1);
}

static void *cancel_soon(void *self)
{
    fixture *f = self;
    wait_for(&f->w.running, 1);
    atomic_store(f->c.cancel, true);
    return NULL;
}

static void a_cancelled_client_returns_at_once_and_the_server_notices(void **state)
{
    fixture *f = *state;
    atomic_bool cancel = false;
    f->c.cancel = &cancel;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, cancel_soon, f), 0);
    http_response r = {0};
    assert_int_equal(
        http_send(&f->c, f->client, &(http_request){.method = "GET", .path = "/wait"}, &r),
        CX_CANCELLED);
    pthread_join(other, NULL);
    wait_for(&f->w.cancelled, 1);
    f->c.cancel = NULL;
}

static void a_time_limit_is_kept(void **state)
{
    fixture *f = *state;
    http_response r = {0};
    const http_request req = {.method = "GET", .path = "/wait", .timeout_ms = 200};
    const int64_t began = cx_ticks_us(&f->c);
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_TIMEOUT);
    assert_true(cx_ticks_us(&f->c) - began < 3000000);
}

static void nobody_there_is_told_apart_from_a_lost_answer(void **state)
{
    fixture *f = *state;
    http_transport *t;
    assert_int_equal(http_https_open(&f->c, "http://127.0.0.1:1", &t), CX_OK);
    http_response r = {0};
    assert_int_equal(http_send(&f->c, t, &(http_request){.method = "GET", .path = "/"}, &r),
                     CX_UNAVAILABLE);
    assert_string_equal(f->c.error.condition, "CONNECTION_FAILED");
    http_transport_free(t);
}

static void a_stream_sends_what_is_new_when_woken_and_ends(void **state)
{
    fixture *f = *state;
    const int fd = raw(f, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    buf got = BUF(1 << 16);
    read_until(fd, "id: 0\n\n", &got);
    atomic_store(&f->w.value, 7);
    http_server_wake(f->server);
    read_until(fd, "id: 7\n\n", &got);
    assert_null(strstr(buf_text(&got), "id: 100"));
    atomic_store(&f->w.value, 100);
    http_server_wake(f->server);
    read_until(fd, "\r\n0\r\n", &got); /* the last chunk */
    assert_non_null(strstr(buf_text(&got), "id: 100\n\n"));
    wait_for(&f->w.streams_freed, 1);
    buf_clear(&got);
    close(fd);
}

static void a_stream_ends_when_its_listener_leaves(void **state)
{
    fixture *f = *state;
    const int fd = raw(f, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    buf got = BUF(1 << 16);
    read_until(fd, "id: 0\n\n", &got);
    buf_clear(&got);
    close(fd);
    wait_for(&f->w.streams_freed, 1);
}

static long resident_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size, resident;
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void a_thousand_listeners_hear_the_news_in_little_memory(void **state)
{
    fixture *f = *state;
    enum { N = 1000 };
    static int fds[N];
    const long before = resident_kb();
    for (int i = 0; i < N; i++)
        fds[i] = raw(f, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < N; i++) {
        buf got = BUF(1 << 16);
        read_until(fds[i], "id: 0\n\n", &got);
        buf_clear(&got);
    }
    atomic_store(&f->w.value, 3);
    http_server_wake(f->server);
    for (int i = 0; i < N; i++) {
        buf got = BUF(1 << 16);
        read_until(fds[i], "id: 3\n\n", &got);
        buf_clear(&got);
    }
    const long grown = resident_kb() - before;
    print_message("1000 listeners: %ld kB\n", grown);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    assert_true(grown < 100 * 1024);
#endif
    for (int i = 0; i < N; i++)
        close(fds[i]);
    wait_for(&f->w.streams_freed, N);
}

static cx_code client(cx *c, void *self, size_t i)
{
    fixture *f = self;
    for (int n = 0; n < 50; n++) {
        const char *body = cx_fmt(c, "{\"client\":%zu,\"n\":%d}", i, n);
        const http_request req = {.method = "POST", .path = "/echo", .body = STR(body)};
        http_response r = {0};
        TRY(http_send(c, f->client, &req, &r));
        const bool same = !strcmp(buf_text(&r.body), body);
        http_response_clear(&r);
        if (!same)
            return cx_fail(c, CX_CORRUPT, "another's answer");
    }
    return CX_OK;
}

static void sixty_four_clients_at_once_each_get_their_own_answers(void **state)
{
    fixture *f = *state;
    const int64_t began = cx_ticks_us(&f->c);
    assert_int_equal(pool_run(&f->c, 64, 64, false, client, f), CX_OK);
    print_message("64 x 50 requests: %lld ms\n", (long long)(cx_ticks_us(&f->c) - began) / 1000);
}

static void a_file_is_sent_whole_or_in_part(void **state)
{
    fixture *f = *state;
    char path[] = "/tmp/clxs-file-XXXXXX";
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    close(fd);
    f->w.file = path;
    http_response r = {0};
    http_request req = {.method = "GET", .path = "/file"};
    assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_OK);
    assert_int_equal(r.status, 200);
    assert_string_equal(buf_text(&r.body), "0123456789");
    const struct {
        const char *range, *want;
        int status;
    } rows[] = {{"bytes=2-4", "234", 206},
                {"bytes=7-", "789", 206},
                {"bytes=-2", "89", 206},
                {"bytes=10-", NULL, 416}};
    for (size_t i = 0; i < CX_COUNT(rows); i++) {
        http_header range = {"Range", rows[i].range};
        req.headers = &range;
        req.header_count = 1;
        assert_int_equal(http_send(&f->c, f->client, &req, &r), CX_OK);
        assert_int_equal(r.status, rows[i].status);
        if (rows[i].want)
            assert_string_equal(buf_text(&r.body), rows[i].want);
    }
    http_response_clear(&r);
    unlink(path);
}

static void stopping_cancels_what_runs_and_closes_streams(void **state)
{
    (void)state;
    world w = {0};
    cx c;
    cx_init(&c);
    const http_server_config config = {
        .bind = "127.0.0.1", .threads = 2, .handle = handle, .self = &w};
    fixture f = {.w = {0}};
    assert_int_equal(http_server_start(&c, &config, &f.server), CX_OK);
    const int waiting = raw(&f, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    const int listening = raw(&f, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    buf got = BUF(1 << 16);
    read_until(listening, "id: 0\n\n", &got);
    wait_for(&w.running, 1);
    http_server_free(f.server);
    assert_int_equal(w.cancelled, 1);
    assert_int_equal(w.streams_freed, 1);
    buf_clear(&got);
    close(waiting);
    close(listening);
    cx_clear(&c);
}

static void a_taken_port_is_named(void **state)
{
    fixture *f = *state;
    const http_server_config config = {
        .bind = "127.0.0.1", .port = http_server_port(f->server), .handle = handle};
    http_server *second = NULL;
    assert_int_not_equal(http_server_start(&f->c, &config, &second), CX_OK);
    assert_non_null(strstr(f->c.error.message, "cannot listen on 127.0.0.1 port"));
    assert_non_null(f->c.error.hint);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_request_arrives_as_it_was_sent),
        T(a_failed_handler_becomes_a_problem_with_its_status),
        T(a_redirect_is_not_followed),
        T(a_body_over_the_ceiling_is_refused_with_413_whoever_declares_it),
        T(an_answer_over_the_ceiling_of_the_caller_is_an_error),
        T(one_connection_serves_several_requests),
        T(a_peer_that_hangs_up_cancels_its_handler),
        T(a_cancelled_client_returns_at_once_and_the_server_notices),
        T(a_time_limit_is_kept),
        T(nobody_there_is_told_apart_from_a_lost_answer),
        T(a_stream_sends_what_is_new_when_woken_and_ends),
        T(a_stream_ends_when_its_listener_leaves),
        T(a_thousand_listeners_hear_the_news_in_little_memory),
        T(sixty_four_clients_at_once_each_get_their_own_answers),
        T(a_file_is_sent_whole_or_in_part),
        T(a_taken_port_is_named),
        cmocka_unit_test(stopping_cancels_what_runs_and_closes_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
