/* Routes, query strings and headers. */

#include "check.h"

#include "net/http.h"

static const route table[] = {
    {"GET /api/pii-scans/{scan_id}", "scan"},
    {"GET /api/pii-scans/diff", "diff"},
    {"GET /api/{catalog}/diff", "catalog diff"},
    {"DELETE /api/pii-scans/{scan_id}", "drop"},
    {"GET /fs/files/{path...}", "file"},
    {"GET /fs/files/{volume}/list", "list"},
    {"GET /", "root"},
};

static const char *hit(cx *c, const char *method, const char *path, route_match *m)
{
    return route_find(c, table, CX_COUNT(table), method, path, m) ? m->row->target : NULL;
}

static void literal_segments_win_over_parameters_whatever_their_order(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    route_match m;
    assert_string_equal(hit(&c, "GET", "/api/pii-scans/diff", &m), "diff");
    assert_int_equal(m.count, 0);
    assert_string_equal(hit(&c, "GET", "/api/pii-scans/7", &m), "scan");
    assert_string_equal(route_param(&m, "scan_id"), "7");
    assert_string_equal(hit(&c, "GET", "/api/sales/diff", &m), "catalog diff");
    assert_string_equal(hit(&c, "GET", "/fs/files/v/list", &m), "list");
    cx_clear(&c);
}

static void parameters_are_decoded_once_and_a_slash_may_hide_in_one(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    route_match m;
    assert_string_equal(hit(&c, "GET", "/api/pii-scans/a%2Fb%2520%C3%A9/", &m), "scan");
    assert_string_equal(route_param(&m, "scan_id"), "a/b%20\xc3\xa9");
    assert_null(route_param(&m, "other"));
    assert_string_equal(hit(&c, "GET", "/fs/files/Volumes/a/b%20c.csv", &m), "file");
    assert_string_equal(route_param(&m, "path"), "Volumes/a/b c.csv");
    cx_clear(&c);
}

static void a_known_path_with_another_method_is_told_apart_from_an_unknown_one(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    route_match m;
    assert_null(hit(&c, "POST", "/api/pii-scans/7", &m));
    assert_true(m.path_known);
    assert_null(hit(&c, "GET", "/api/pii-scans/7/more", &m));
    assert_false(m.path_known);
    assert_null(hit(&c, "GET", "/fs/files/", &m));
    assert_string_equal(hit(&c, "GET", "/", &m), "root");
    cx_clear(&c);
}

static void query_values_are_decoded(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    assert_string_equal(query_param(&c, "a=1&name=x+y%2B%26&flag&a=2", "name"), "x y+&");
    assert_string_equal(query_param(&c, "a=1&name=x&flag&a=2", "a"), "1");
    assert_string_equal(query_param(&c, "a=1&flag", "flag"), "");
    assert_null(query_param(&c, "a=1", "b"));
    assert_null(query_param(&c, NULL, "b"));
    cx_clear(&c);
}

static void response_headers_are_found_by_lower_case_name(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    http_response r = {.headers = BUF(BUF_ANY)};
    buf_adds(&r.headers, "content-type: text/plain\nretry-after: 3\nempty:\n");
    assert_string_equal(http_response_header(&c, &r, "retry-after"), "3");
    assert_string_equal(http_response_header(&c, &r, "content-type"), "text/plain");
    assert_string_equal(http_response_header(&c, &r, "empty"), "");
    assert_null(http_response_header(&c, &r, "retry"));
    http_response_clear(&r);
    cx_clear(&c);
}

static void a_line_break_cannot_add_a_header_to_a_reply(void **state)
{
    (void)state;
    http_reply r = {.headers = BUF(BUF_ANY), .body = BUF(BUF_ANY)};
    http_reply_header(&r, "Location", "/x\r\nSet-Cookie: a=b");
    assert_string_equal(buf_text(&r.headers), "Location: /x\r\n");
    http_reply_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_segments_win_over_parameters_whatever_their_order),
        cmocka_unit_test(parameters_are_decoded_once_and_a_slash_may_hide_in_one),
        cmocka_unit_test(a_known_path_with_another_method_is_told_apart_from_an_unknown_one),
        cmocka_unit_test(query_values_are_decoded),
        cmocka_unit_test(response_headers_are_found_by_lower_case_name),
        cmocka_unit_test(a_line_break_cannot_add_a_header_to_a_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
