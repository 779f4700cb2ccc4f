/* Requests through the gate, operations, validation, catalogs, documents and files. */
#include "server_fixture.h"

#include <arpa/inet.h>

static void health_is_open_and_everything_else_wants_to_know_who_asks(void **slot)
{
    world *w = *slot;
    json *j;
    http_response r = {0};
    assert_int_equal(call(w, "GET", "/api/health", NULL, NULL, &j, &r), 200);
    assert_string_equal(json_get_str(j, "service", ""), "Clone-Xs");
    assert_string_equal(http_response_header(&w->c, &r, "x-content-type-options"), "nosniff");
    assert_string_equal(http_response_header(&w->c, &r, "x-frame-options"), "DENY");
    assert_non_null(http_response_header(&w->c, &r, "content-security-policy"));
    assert_int_equal(strlen(http_response_header(&w->c, &r, "x-request-id")), 16);
    assert_null(http_response_header(&w->c, &r, "access-control-allow-origin"));
    http_response_clear(&r);
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", NULL, NULL, &j, NULL), 401);
    assert_string_equal(json_get_str(j, "detail", ""), "Not authenticated. Please log in.");
    assert_string_equal(json_get_str(j, "code", ""), "UNAUTHENTICATED");
    assert_non_null(json_get_str(j, "request_id", NULL));
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", "X-Clone-Session: 00", NULL, &j, NULL), 401);
    assert_string_equal(json_get_str(j, "detail", ""), "Session expired. Please log in again.");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/nothing", NULL, NULL, NULL, NULL), 404);
    assert_int_equal(call(w, "PUT", "/api/health", NULL, NULL, NULL, NULL), 405);
    assert_int_equal(call(w, "GET", "/api/auth/status", NULL, NULL, &j, NULL), 200);
    assert_false(json_get_bool(j, "authenticated", true));
    json_decref(j);
}

static void a_login_gives_a_cookie_that_needs_the_csrf_token_to_change_anything(void **slot)
{
    world *w = *slot;
    json *j;
    http_response r = {0};
    const char *body = cx_fmt(&w->c, "{\"host\":\"%s/\",\"token\":\"s3cret-tok-ana\"}", w->host);
    assert_int_equal(call(w, "POST", "/api/auth/login", NULL, body, &j, &r), 200);
    const char *cookie = http_response_header(&w->c, &r, "set-cookie");
    assert_non_null(strstr(cookie, "HttpOnly"));
    assert_non_null(strstr(cookie, "SameSite=Strict"));
    assert_string_equal(json_get_str(j, "user", ""), "ana");
    const char *id = cx_dup(&w->c, json_get_str(j, "session_id", ""));
    const char *csrf = cx_dup(&w->c, json_get_str(j, "csrf_token", ""));
    assert_int_equal(strlen(id), 32);
    http_response_clear(&r);
    json_decref(j);
    const char *mine = cx_fmt(&w->c, "Cookie: a=b; clxs_session=%s", id);
    assert_int_equal(call(w, "GET", "/api/auth/status", mine, NULL, &j, NULL), 200);
    assert_string_equal(json_get_str(j, "csrf_token", ""), csrf);
    json_decref(j);
    const char *text = "{\"text\":\"hi\"}";
    assert_int_equal(call(w, "POST", "/api/test/echo", mine, text, NULL, NULL), 403);
    const char *forged = cx_fmt(&w->c, "%s\nX-CSRF-Token: 0123", mine);
    assert_int_equal(call(w, "POST", "/api/test/echo", forged, text, NULL, NULL), 403);
    const char *right = cx_fmt(&w->c, "%s\nX-CSRF-Token: %s", mine, csrf);
    assert_int_equal(call(w, "POST", "/api/test/echo", right, text, NULL, NULL), 200);
    const char *foreign = cx_fmt(&w->c, "%s\nOrigin: https://evil.example", right);
    assert_int_equal(call(w, "POST", "/api/test/echo", foreign, text, NULL, NULL), 403);
    const char *as_header = cx_fmt(&w->c, "X-Clone-Session: %s", id);
    assert_int_equal(call(w, "POST", "/api/test/echo", as_header, text, NULL, NULL), 200);
    assert_int_equal(call(w, "POST", "/api/auth/logout", right, NULL, NULL, NULL), 200);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", as_header, NULL, NULL, NULL), 401);
}

static void credentials_in_headers_work_and_wrong_ones_are_refused(void **slot)
{
    world *w = *slot;
    json *j;
    const char *good =
        cx_fmt(&w->c, "X-Databricks-Host: %s\nX-Databricks-Token: s3cret-tok-bob", w->host);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(call(w, "POST", "/api/test/echo", good, "{\"text\":\"x\"}", &j, NULL),
                         200);
        assert_string_equal(json_get_str(j, "user", ""), "bob");
        json_decref(j);
    }
    const char *bad = cx_fmt(&w->c, "X-Databricks-Host: %s\nX-Databricks-Token: nope", w->host);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", bad, NULL, NULL, NULL), 401);
    const char *body = cx_fmt(&w->c, "{\"host\":\"%s\",\"token\":\"nope\"}", w->host);
    assert_int_equal(call(w, "POST", "/api/auth/login", NULL, body, NULL, NULL), 401);
    assert_int_equal(call(w, "POST", "/api/auth/login", NULL,
                          "{\"host\":\"http://example.com\",\"token\":\"x\"}", NULL, NULL),
                     400);
}

static void a_name_that_is_not_ours_is_not_served(void **slot)
{
    world *w = *slot;
    assert_int_equal(call(w, "GET", "/api/health", "Host: rebound.example", NULL, NULL, NULL), 421);
    assert_int_equal(call(w, "GET", "/", "Host: rebound.example:8000", NULL, NULL, NULL), 421);
    assert_int_equal(call(w, "GET", "/api/health", "Host: localhost:8000", NULL, NULL, NULL), 200);
    assert_int_equal(call(w, "GET", "/api/health", "Host: [::1]:8000", NULL, NULL, NULL), 200);
    assert_int_equal(
        call(w, "GET", "/api/health", "Host: 127.0.0.1.evil.example", NULL, NULL, NULL), 421);
}

static void wrong_arguments_are_listed_with_422(void **slot)
{
    world *w = *slot;
    const char *me = sign_in(w, "s3cret-tok-ana");
    json *j;
    assert_int_equal(call(w, "POST", "/api/test/echo", me, "{\"times\":99}", &j, NULL), 422);
    const json *list = json_get(j, "detail");
    assert_int_equal(json_array_size(list), 2);
    const json *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_array_get(json_get(first, "loc"), 1)), "text");
    assert_non_null(json_get_str(first, "msg", NULL));
    assert_non_null(json_get_str(first, "type", NULL));
    json_decref(j);
    static const char *const broken[] = {"{\"text\":", "[1]", "\"x\"", "\x01"};
    for (size_t i = 0; i < CX_COUNT(broken); i++)
        assert_int_equal(call(w, "POST", "/api/test/echo", me, broken[i], NULL, NULL), 422);
    assert_int_equal(call(w, "POST", "/api/test/echo", me, "{\"text\":\"fail\"}", &j, NULL), 404);
    assert_string_equal(json_get_str(j, "detail", ""), "there is no fail");
    assert_string_equal(json_get_str(j, "hint", ""), "say something else");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/test/read/a%2Fb?times=3&other=1", me, NULL, &j, NULL),
                     200);
    assert_string_equal(json_get_str(j, "text", ""), "a/b");
    assert_int_equal(json_get_int(j, "times", 0), 3);
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/test/read/x?times=many", me, NULL, NULL, NULL), 422);
}

static void catalogs_come_from_the_workspace_with_all_pages(void **slot)
{
    world *w = *slot;
    const char *me = sign_in(w, "s3cret-tok-ana");
    json *j;
    assert_int_equal(call(w, "GET", "/api/catalogs", me, NULL, &j, NULL), 200);
    assert_int_equal(json_array_size(j), 2);
    assert_string_equal(json_string_value(json_array_get(j, 1)), "two");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/catalogs?details=true", me, NULL, &j, NULL), 200);
    assert_string_equal(json_get_str(json_array_get(j, 1), "name", ""), "two");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/auth/warehouses", me, NULL, &j, NULL), 200);
    assert_string_equal(json_get_str(json_array_get(j, 0), "size", ""), "Small");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/catalogs/one/eu/orders/history", me, NULL, &j, NULL),
                     200);
    const json *entry = json_array_get(j, 0);
    assert_int_equal(json_get_int(entry, "version", 0), 7);
    assert_string_equal(json_get_str(json_get(entry, "operationMetrics"), "numFiles", ""), "2");
    json_decref(j);
    assert_int_equal(
        call(w, "GET", "/api/catalogs/one/eu/orders/sample?limit=5", me, NULL, &j, NULL), 200);
    assert_string_equal(json_get_str(json_array_get(json_get(j, "columns"), 0), "type", ""),
                        "BIGINT");
    assert_string_equal(
        json_string_value(json_array_get(json_array_get(json_get(j, "rows"), 0), 0)), "7");
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/catalogs/one/schemas", me, NULL, &j, NULL), 404);
    json_decref(j);
}

static void the_documents_name_every_operation_and_endpoint(void **slot)
{
    world *w = *slot;
    json *j;
    http_response r = {0};
    assert_int_equal(call(w, "GET", "/openapi.json", NULL, NULL, &j, NULL), 200);
    const json *paths = json_get(j, "paths");
    assert_non_null(json_get(json_get(paths, "/api/test/slow"), "post"));
    assert_non_null(json_get(json_get(paths, "/api/clone/{job_id}"), "delete"));
    const json *read = json_get(json_get(paths, "/api/test/read/{text}"), "get");
    assert_int_equal(json_array_size(json_get(read, "parameters")), 2); /* the path's, and times */
    json_decref(j);
    assert_int_equal(call(w, "GET", "/docs", NULL, NULL, NULL, &r), 200);
    assert_non_null(strstr(buf_text(&r.body), "POST /api/test/slow"));
    assert_null(strstr(buf_text(&r.body), "<script"));
    http_response_clear(&r);
}

static void files_of_the_ui_are_served_and_other_paths_are_its_pages(void **slot)
{
    world *w = *slot;
    world_stop(w);
    const char *ui = fs_join(&w->c, w->folder, "ui"), *assets = fs_join(&w->c, ui, "assets");
    assert_int_equal(fs_mkdirs(&w->c, assets), CX_OK);
    assert_int_equal(fs_replace(&w->c, fs_join(&w->c, ui, "index.html"), "<p>app", 6, false),
                     CX_OK);
    assert_int_equal(fs_replace(&w->c, fs_join(&w->c, assets, "a-1.js"), "1", 1, false), CX_OK);
    w->config.ui = ui;
    world_start(w);
    http_response r = {0};
    static const char *const pages[] = {"/", "/explore/sales", "/index.html"};
    for (size_t i = 0; i < CX_COUNT(pages); i++) {
        assert_int_equal(call(w, "GET", pages[i], NULL, NULL, NULL, &r), 200);
        assert_string_equal(buf_text(&r.body), "<p>app");
        assert_string_equal(http_response_header(&w->c, &r, "cache-control"), "no-cache");
        assert_non_null(strstr(http_response_header(&w->c, &r, "content-type"), "text/html"));
    }
    assert_int_equal(call(w, "GET", "/assets/a-1.js", NULL, NULL, NULL, &r), 200);
    assert_non_null(strstr(http_response_header(&w->c, &r, "cache-control"), "immutable"));
    assert_non_null(strstr(http_response_header(&w->c, &r, "content-type"), "javascript"));
    http_response_clear(&r);
    assert_int_equal(call(w, "GET", "/assets/gone.js", NULL, NULL, NULL, NULL), 404);
    static const char *const outside[] = {"/../state.db", "/%2e%2e/state.db",
                                          "/assets/..%2f..%2fstate.db", "/.hidden", "//etc/passwd"};
    for (size_t i = 0; i < CX_COUNT(outside); i++)
        assert_int_equal(call(w, "GET", outside[i], NULL, NULL, NULL, NULL), 404);
    assert_int_equal(call(w, "POST", "/explore", NULL, NULL, NULL, NULL), 404);
}

static void the_network_is_not_let_in_without_credentials(void **slot)
{
    world *w = *slot;
    const server_config open = {.bind = "0.0.0.0", .st = w->st, .workspace = &w->standard};
    assert_int_equal(server_run(&w->c, &open), CX_INVALID);
    assert_non_null(strstr(w->c.error.hint, "--api-key"));
    world_stop(w);
    w->config.api_key = "s3cret-key";
    world_start(w);
    const char *host =
        cx_fmt(&w->c, "X-Databricks-Host: %s\nX-Databricks-Token: s3cret-tok-bob", w->host);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", host, NULL, NULL, NULL), 401);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", "X-API-Key: wrong", NULL, NULL, NULL), 401);
    assert_int_equal(
        call(w, "GET", "/api/clone/jobs", "Authorization: Bearer s3cret-key", NULL, NULL, NULL),
        200);
    assert_int_equal(call(w, "POST", "/api/auth/demo", NULL, NULL, NULL, NULL), 401);
    assert_int_equal(
        call(w, "POST", "/api/auth/login", NULL, "{\"token\":\"s3cret-key\"}", NULL, NULL), 200);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
int main(void)
{
    (void)submit;
    (void)wait_for_status;
    const struct CMUnitTest tests[] = {
        T(health_is_open_and_everything_else_wants_to_know_who_asks),
        T(a_login_gives_a_cookie_that_needs_the_csrf_token_to_change_anything),
        T(credentials_in_headers_work_and_wrong_ones_are_refused),
        T(a_name_that_is_not_ours_is_not_served),
        T(wrong_arguments_are_listed_with_422),
        T(catalogs_come_from_the_workspace_with_all_pages),
        T(the_documents_name_every_operation_and_endpoint),
        T(files_of_the_ui_are_served_and_other_paths_are_its_pages),
        T(the_network_is_not_let_in_without_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
