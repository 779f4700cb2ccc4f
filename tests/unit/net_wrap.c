/* Transports round a transport, on one that answers in memory. */

#include "check.h"

#include "base/fs.h"
#include "net/http.h"

#include <unistd.h>

typedef struct {
    http_transport base;
    const char *answer;
    int sent;
} canned;

static cx_code canned_send(cx *c, http_transport *t, const http_request *req, http_response *out)
{
    (void)c, (void)req;
    canned *k = container_of(t, canned, base);
    k->sent++;
    out->status = 200;
    if (!out->body.ceiling)
        out->body.ceiling = 1 << 20;
    buf_adds(&out->body, k->answer);
    return CX_OK;
}
static void canned_free(http_transport *t)
{
    (void)t;
}
static const http_transport_ops canned_ops = {"canned", canned_send, canned_free};

/* Time that moves only when somebody sleeps. */
typedef struct {
    int64_t now_us;
} fake_time;
static int64_t fake_now(void *self)
{
    return ((fake_time *)self)->now_us / 1000;
}
static int64_t fake_ticks(void *self)
{
    return ((fake_time *)self)->now_us;
}
static void fake_sleep(void *self, int64_t ms)
{
    ((fake_time *)self)->now_us += ms * 1000;
}

static const http_request get = {.method = "GET", .path = "/x"};

static void the_nth_request_fails_before_or_after_it_was_sent(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    for (int after = 0; after < 2; after++) {
        canned k = {.base = {&canned_ops}, .answer = "{}"};
        AUTO(http_transport) t = http_faulty(&k.base, 2, after);
        http_response r = {0};
        assert_int_equal(http_send(&c, t, &get, &r), CX_OK);
        assert_int_equal(http_send(&c, t, &get, &r), CX_UNAVAILABLE);
        assert_string_equal(c.error.condition, after ? "CONNECTION_LOST" : "CONNECTION_FAILED");
        assert_int_equal(r.body.length, 0); /* filled or failed, never both */
        assert_int_equal(http_send(&c, t, &get, &r), CX_OK);
        assert_int_equal(k.sent, after ? 3 : 2);
        http_response_clear(&r);
    }
    cx_clear(&c);
}

static void a_rate_limit_lets_a_burst_through_and_then_spaces_requests(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    fake_time time = {1000000000};
    const cx_clock clock = {fake_now, fake_ticks, fake_sleep, &time};
    c.clock = &clock;
    canned k = {.base = {&canned_ops}, .answer = "{}"};
    atomic_long count = 0;
    AUTO(http_transport) t = http_counted(http_limit(&k.base, 10), &count);
    for (int i = 0; i < 30; i++) {
        http_response r = {0};
        assert_int_equal(http_send(&c, t, &get, &r), CX_OK);
        http_response_clear(&r);
    }
    assert_int_equal(count, 30);
    assert_in_range(time.now_us - 1000000000, 1900000, 2200000); /* 10 at once, 20 at 10/s */
    cx_clear(&c);
}

static void a_cancelled_operation_does_not_wait_for_its_turn(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    canned k = {.base = {&canned_ops}, .answer = "{}"};
    AUTO(http_transport) t = http_delay(&k.base, 3600000);
    atomic_bool cancel = true;
    c.cancel = &cancel;
    http_response r = {0};
    assert_int_equal(http_send(&c, t, &get, &r), CX_CANCELLED);
    assert_int_equal(k.sent, 0);
    cx_clear(&c);
}

static void a_trace_has_the_exchange_and_no_secret(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char path[] = "/tmp/clxs-trace-XXXXXX";
    close(mkstemp(path));
    canned k = {
        .base = {&canned_ops},
        .answer = "{\"token_value\":\"s3cret1\",\"next_page_token\":\"page2\",\"rows\":[["
                  "\"dapi0s3cret2\"]],"
                  "\"external_link\":\"https://h/f?X-Amz-Signature=s3cret3\",\"name\":\"orders\"}"};
    http_transport *t;
    assert_int_equal(http_trace(&c, &k.base, path, &t), CX_OK);
    const http_header headers[] = {{"Authorization", "Bearer s3cret4"}};
    const http_request req = {
        .method = "POST",
        .path = "/api/2.0/token/create",
        .query = "sig=s3cret5&limit=3&access_token=s3cret6",
        .headers = headers,
        .header_count = 1,
        .body = STR("{\"comment\":\"mine\",\"nested\":[{\"Client_Secret\":\"s3cret7\"}]}")};
    http_response r = {0};
    assert_int_equal(http_send(&c, t, &req, &r), CX_OK);
    http_response_clear(&r);
    http_transport_free(t);
    buf text = BUF(1 << 20);
    assert_int_equal(fs_read(&c, path, 1 << 20, &text), CX_OK);
    assert_null(strstr(buf_text(&text), "s3cret"));
    assert_non_null(strstr(buf_text(&text), "\"page2\""));
    assert_non_null(strstr(buf_text(&text), "\"orders\""));
    assert_non_null(strstr(buf_text(&text), "limit=3"));
    assert_non_null(strstr(buf_text(&text), "\"comment\":\"mine\""));
    assert_int_equal(text.data[text.length - 1], '\n');
    buf_clear(&text);
    unlink(path);
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_request_fails_before_or_after_it_was_sent),
        cmocka_unit_test(a_rate_limit_lets_a_burst_through_and_then_spaces_requests),
        cmocka_unit_test(a_cancelled_operation_does_not_wait_for_its_turn),
        cmocka_unit_test(a_trace_has_the_exchange_and_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
