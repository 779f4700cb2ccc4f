/* The REST wire through lake_handle: shapes, codes, pages, principals. */
#include "base/fs.h"
#include "base/json.h"
#include "lake/lake.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UC "/api/2.1/unity-catalog"
#define STATEMENTS "/api/2.0/sql/statements"

typedef struct {
    cx c;
    char root[64];
    lake *l;
    const char *who; /* principal of the next calls; NULL = by `token` */
    const char *token;
    http_response out; /* of the last call */
    json *body;        /* its body */
} fixture;

static int setup(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    snprintf(f->root, sizeof f->root, "/tmp/clxs-rest-XXXXXX");
    if (!mkdtemp(f->root) || lake_open(&f->c, f->root, &f->l) != CX_OK)
        return -1;
    f->who = lake_owner(f->l);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    http_response_clear(&f->out);
    json_decref(f->body);
    lake_free(f->l);
    const cx_code rc = fs_remove_tree(&f->c, f->root);
    cx_clear(&f->c);
    free(f);
    return rc == CX_OK ? 0 : -1;
}

static int call(fixture *f, const char *method, const char *path, const char *body)
{
    const char *question = strchr(path, '?');
    const http_header headers[] = {
        {"Authorization", cx_fmt(&f->c, "Bearer %s", f->token ? f->token : "")},
        {"Host", "127.0.0.1:1"}};
    const http_request req = {
        .method = method,
        .path = question ? cx_dupn(&f->c, path, (size_t)(question - path)) : path,
        .query = question ? question + 1 : NULL,
        .headers = headers + (f->token ? 0 : 1),
        .header_count = f->token ? 2 : 1,
        .body = body ? STR(body) : (str){0},
    };
    http_response_clear(&f->out);
    f->out = (http_response){0};
    json_decref(f->body);
    f->body = NULL;
    assert_int_equal(lake_handle(&f->c, f->l, f->who, &req, &f->out), CX_OK);
    assert_int_equal(
        json_parse(&f->c, buf_text(&f->out.body), f->out.body.length, "answer", &f->body), CX_OK);
    return f->out.status;
}

#define GET(path) call(f, "GET", path, NULL)
#define POST(path, body) call(f, "POST", path, body)
#define PATCH(path, body) call(f, "PATCH", path, body)
#define DELETE(path) call(f, "DELETE", path, NULL)

static const char *text(fixture *f, const char *key)
{
    return json_get_str(f->body, key, "");
}

static const char *warehouse(fixture *f)
{
    assert_int_equal(GET("/api/2.0/sql/warehouses"), 200);
    return cx_dup(&f->c,
                  json_get_str(json_array_get(json_get(f->body, "warehouses"), 0), "id", ""));
}

static int execute(fixture *f, const char *sql, const char *more)
{
    const char *id = warehouse(f);
    AUTO(json) body = json_loads(more, 0, NULL);
    json_object_set_new(body, "statement", json_string(sql));
    json_object_set_new(body, "warehouse_id", json_string(id));
    AUTO_FREE char *sent = json_text(body);
    return POST(STATEMENTS, sent);
}

static const char *state_of(fixture *f)
{
    return json_get_str(json_get(f->body, "status"), "state", "");
}

static void unknown_paths_and_methods_are_named(void **state)
{
    fixture *f = *state;
    assert_int_equal(GET("/api/2.0/nope"), 404);
    assert_string_equal(text(f, "error_code"), "ENDPOINT_NOT_FOUND");
    assert_string_equal(text(f, "message"), "No API found for 'GET /api/2.0/nope'");
    assert_int_equal(call(f, "PUT", UC "/catalogs", NULL), 405);
    assert_non_null(http_response_header(&f->c, &f->out, "x-request-id"));
    assert_non_null(http_response_header(&f->c, &f->out, "x-databricks-org-id"));
}

static void every_request_has_a_principal(void **state)
{
    fixture *f = *state;
    char *token = NULL;
    f->who = NULL;
    assert_int_equal(GET(UC "/catalogs"), 401);
    assert_int_equal(json_get_int(f->body, "error_code", 0), 401);
    f->token = "dapiwrong";
    assert_int_equal(GET(UC "/catalogs"), 403);
    assert_string_equal(text(f, "message"), "Invalid access token.");
    assert_non_null(http_response_header(&f->c, &f->out, "x-databricks-reason-phrase"));
    assert_int_equal(lake_token(&f->c, f->l, "ann@x", NULL, &token), CX_OK);
    f->token = token;
    assert_int_equal(GET("/api/2.0/preview/scim/v2/Me"), 200);
    assert_string_equal(text(f, "userName"), "ann@x");
    f->token = NULL;
    assert_int_equal(GET("/.well-known/databricks-config"), 200);
    assert_string_equal(text(f, "oidc_endpoint"), "http://127.0.0.1:1/oidc");
}

static void a_body_that_is_not_an_object_is_refused(void **state)
{
    fixture *f = *state;
    assert_int_equal(POST(UC "/catalogs", "{"), 400);
    assert_string_equal(text(f, "error_code"), "MALFORMED_REQUEST");
    assert_int_equal(POST(UC "/catalogs", "[1]"), 400);
    assert_int_equal(POST(UC "/catalogs", "{}"), 400);
    assert_string_equal(text(f, "message"), "Missing required field: name");
}

static void a_zero_byte_never_shortens_a_name(void **state)
{
    fixture *f = *state;
    assert_int_equal(GET(UC "/catalogs/main%00x"), 400);
    assert_int_equal(POST(UC "/catalogs", "{\"name\":\"a\\u0000b\"}"), 400);
    assert_int_equal(GET(UC "/catalogs/a"), 404);
}

static void errors_have_the_platforms_codes(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *path, *code, *message;
    } rows[] = {
        {UC "/catalogs/nope", "CATALOG_DOES_NOT_EXIST", "Catalog 'nope' does not exist."},
        {UC "/schemas/main.nope", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.nope' does not exist."},
        {UC "/tables/main.default.nope", "TABLE_DOES_NOT_EXIST",
         "Table 'main.default.nope' does not exist."},
        {UC "/tables/main.nope.t", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.nope' does not exist."},
        {UC "/volumes/main.default.v", "VOLUME_DOES_NOT_EXIST",
         "Volume 'main.default.v' does not exist."},
        {"/api/2.0/sql/warehouses/0123", "RESOURCE_DOES_NOT_EXIST",
         "SQL warehouse '0123' does not exist."},
    };
    for (size_t i = 0; i < CX_COUNT(rows); i++) {
        assert_int_equal(GET(rows[i].path), 404);
        assert_string_equal(text(f, "error_code"), rows[i].code);
        assert_string_equal(text(f, "message"), rows[i].message);
    }
    assert_int_equal(POST(UC "/catalogs", "{\"name\":\"MAIN\"}"), 400);
    assert_string_equal(text(f, "error_code"), "CATALOG_ALREADY_EXISTS");
}

static void listings_are_paged_and_complete(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 25; i++)
        assert_int_equal(
            POST(UC "/schemas", cx_fmt(&f->c, "{\"name\":\"s%02d\",\"catalog_name\":\"main\"}", i)),
            200);
    assert_int_equal(GET(UC "/schemas?catalog_name=main"), 200);
    assert_int_equal(json_array_size(json_get(f->body, "schemas")), 27);
    const char *token = "";
    size_t seen = 0;
    int pages = 0;
    do {
        assert_int_equal(
            GET(cx_fmt(&f->c, UC "/schemas?catalog_name=main&max_results=10&page_token=%s", token)),
            200);
        seen += json_array_size(json_get(f->body, "schemas"));
        token = cx_dup(&f->c, text(f, "next_page_token"));
        pages++;
    } while (*token);
    assert_int_equal(seen, 27);
    assert_int_equal(pages, 3);
    assert_int_equal(GET(UC "/schemas?catalog_name=main&max_results=-1"), 400);
    assert_int_equal(GET(UC "/schemas?catalog_name=main&page_token=zz"), 400);
    assert_int_equal(GET(UC "/schemas"), 400);
}

static void names_with_dots_are_found(void **state)
{
    fixture *f = *state;
    assert_int_equal(POST(UC "/schemas", "{\"name\":\"a.b\",\"catalog_name\":\"main\"}"), 200);
    assert_int_equal(POST(UC "/volumes",
                          "{\"name\":\"v.w\",\"catalog_name\":\"main\",\"schema_name\":\"a.b\","
                          "\"volume_type\":\"MANAGED\"}"),
                     200);
    assert_int_equal(GET(UC "/volumes/main.a.b.v.w"), 200);
    assert_string_equal(text(f, "schema_name"), "a.b");
    assert_int_equal(GET(UC "/volumes/main.%60a.b%60.%60v.w%60"), 200);
    assert_int_equal(GET(UC "/volumes/main.a"), 400);
}

static void grants_are_changed_together_or_not_at_all(void **state)
{
    fixture *f = *state;
    const char *path = UC "/permissions/catalog/main";
    assert_int_equal(PATCH(path,
                           "{\"changes\":[{\"principal\":\"account users\",\"add\":[\"SELECT\"]},"
                           "{\"principal\":\"no one\",\"add\":[\"SELECT\"]}]}"),
                     404);
    assert_string_equal(text(f, "error_code"), "PRINCIPAL_DOES_NOT_EXIST");
    assert_int_equal(GET(path), 200);
    assert_int_equal(json_array_size(json_get(f->body, "privilege_assignments")), 0);
    assert_int_equal(
        PATCH(path, "{\"changes\":[{\"principal\":\"account users\",\"add\":[\"USE CATALOG\"]}]}"),
        200);
    const json *first = json_array_get(json_get(f->body, "privilege_assignments"), 0);
    assert_string_equal(json_string_value(json_array_get(json_get(first, "privileges"), 0)),
                        "USE_CATALOG");
    assert_int_equal(
        PATCH(path, "{\"changes\":[{\"principal\":\"account users\",\"add\":[\"NONSENSE\"]}]}"),
        400);
}

static void others_may_not_what_was_not_granted(void **state)
{
    fixture *f = *state;
    char *token = NULL;
    assert_int_equal(lake_token(&f->c, f->l, "ann@x", NULL, &token), CX_OK);
    f->who = "ann@x";
    assert_int_equal(GET(UC "/catalogs"), 200);
    assert_int_equal(json_array_size(json_get(f->body, "catalogs")), 1); /* system */
    assert_int_equal(GET(UC "/catalogs/main"), 403);
    assert_int_equal(POST(UC "/catalogs", "{\"name\":\"mine\"}"), 403);
    assert_int_equal(DELETE(UC "/catalogs/main?force=true"), 403);
    assert_int_equal(PATCH(UC "/permissions/catalog/main", "{\"changes\":[]}"), 403);
    assert_string_equal(text(f, "error_code"), "PERMISSION_DENIED");
}

/* ---- statements --------------------------------------------------------------------- */

static void a_statement_answers_with_manifest_and_rows(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT 1 AS a, 'x\"\\\n' AS b, CAST(NULL AS STRING) AS c", "{}"),
                     200);
    assert_string_equal(state_of(f), "SUCCEEDED");
    const json *manifest = json_get(f->body, "manifest"), *result = json_get(f->body, "result");
    const json *columns = json_get(json_get(manifest, "schema"), "columns");
    assert_int_equal(json_array_size(columns), 3);
    assert_string_equal(json_get_str(json_array_get(columns, 0), "type_name", ""), "INT");
    assert_string_equal(json_get_str(manifest, "format", ""), "JSON_ARRAY");
    const json *row = json_array_get(json_get(result, "data_array"), 0);
    assert_string_equal(json_string_value(json_array_get(row, 0)), "1");
    assert_true(json_is_null(json_array_get(row, 2)));
}

static void a_failing_statement_answers_200_with_its_condition(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT * FROM main.default.nope", "{}"), 200);
    assert_string_equal(state_of(f), "FAILED");
    const json *status = json_get(f->body, "status");
    assert_string_equal(json_get_str(status, "sql_state", ""), "42P01");
    const char *message = json_get_str(json_get(status, "error"), "message", "");
    assert_true(text_starts(message, "[TABLE_OR_VIEW_NOT_FOUND] "));
    assert_true(text_ends(message, " SQLSTATE: 42P01"));
}

static void requests_about_statements_are_checked(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {
        "{\"wait_timeout\":\"4s\"}",
        "{\"wait_timeout\":\"51s\"}",
        "{\"wait_timeout\":\"x\"}",
        "{\"wait_timeout\":\"0s\",\"on_wait_timeout\":\"CANCEL\"}",
        "{\"format\":\"ARROW_STREAM\"}",
        "{\"disposition\":\"MAIL\"}",
        "{\"row_limit\":-1}",
    };
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        assert_int_equal(execute(f, "SELECT 1", bad[i]), 400);
    assert_int_equal(POST(STATEMENTS, "{\"statement\":\"SELECT 1\",\"warehouse_id\":\"0\"}"), 404);
    assert_int_equal(GET(STATEMENTS "/01f00000-0000-0000-0000-000000000000"), 404);
}

static void an_asynchronous_statement_ends_and_is_kept(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT 7", "{\"wait_timeout\":\"0s\"}"), 200);
    const char *id = cx_dup(&f->c, text(f, "statement_id"));
    for (int i = 0; i < 1000 && strcmp(state_of(f), "SUCCEEDED") != 0; i++) {
        usleep(10000);
        assert_int_equal(GET(cx_fmt(&f->c, STATEMENTS "/%s", id)), 200);
    }
    assert_string_equal(state_of(f), "SUCCEEDED");
    assert_int_equal(GET(cx_fmt(&f->c, STATEMENTS "/%s/result/chunks/0", id)), 200);
    assert_int_equal(json_get_int(f->body, "row_count", 0), 1);
    assert_int_equal(GET(cx_fmt(&f->c, STATEMENTS "/%s/result/chunks/1", id)), 404);
    assert_int_equal(POST(cx_fmt(&f->c, STATEMENTS "/%s/cancel", id), NULL), 200);
    assert_int_equal(DELETE(cx_fmt(&f->c, STATEMENTS "/%s", id)), 200);
    assert_int_equal(GET(cx_fmt(&f->c, STATEMENTS "/%s", id)), 200);
    assert_string_equal(state_of(f), "CLOSED");
    char *token;
    assert_int_equal(lake_token(&f->c, f->l, "ann@x", NULL, &token), CX_OK);
    f->who = "ann@x"; /* somebody else's statements are not there */
    assert_int_equal(GET(cx_fmt(&f->c, STATEMENTS "/%s", id)), 404);
}

static void limits_cut_the_result(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT id FROM range(100)", "{\"row_limit\":7}"), 200);
    const json *manifest = json_get(f->body, "manifest");
    assert_int_equal(json_get_int(manifest, "total_row_count", 0), 7);
    assert_true(json_get_bool(manifest, "truncated", false));
    assert_int_equal(execute(f, "SELECT id FROM range(100)", "{\"byte_limit\":70}"), 200);
    assert_true(json_get_bool(json_get(f->body, "manifest"), "truncated", false));
}

static void links_carry_their_own_key(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT id FROM range(3)", "{\"disposition\":\"EXTERNAL_LINKS\"}"),
                     200);
    const json *link = json_array_get(json_get(json_get(f->body, "result"), "external_links"), 0);
    const char *url = cx_dup(&f->c, json_get_str(link, "external_link", ""));
    assert_true(text_starts(url, "http://127.0.0.1:1/"));
    f->who = NULL;
    char *path = cx_dup(&f->c, url + strlen("http://127.0.0.1:1"));
    assert_int_equal(GET(path), 200);
    assert_int_equal(json_array_size(f->body), 3);
    path[strlen(path) - 1] ^= 1;
    assert_int_equal(GET(path), 403);
}

static void what_was_run_is_in_the_history(void **state)
{
    fixture *f = *state;
    assert_int_equal(execute(f, "SELECT 'first'", "{}"), 200);
    assert_int_equal(execute(f, "SELECT 'second'", "{}"), 200);
    assert_int_equal(GET("/api/2.0/sql/history/queries?max_results=1"), 200);
    const json *info = json_array_get(json_get(f->body, "res"), 0);
    assert_string_equal(json_get_str(info, "query_text", ""), "SELECT 'second'");
    assert_true(json_get_bool(f->body, "has_next_page", false));
    const char *next = cx_dup(&f->c, text(f, "next_page_token"));
    assert_int_equal(GET(cx_fmt(&f->c, "/api/2.0/sql/history/queries?page_token=%s", next)), 200);
    assert_int_equal(json_array_size(json_get(f->body, "res")), 1);
}

enum { THREADS = 8, ROUNDS = 25 };

typedef struct {
    lake *l;
    const char *warehouse;
    int number, failures;
} client;

static void ask(client *me, cx *c, const char *path, const char *body)
{
    const http_request req = {.method = "POST", .path = path, .body = STR(body)};
    http_response out = {0};
    if (lake_handle(c, me->l, lake_owner(me->l), &req, &out) != CX_OK || out.status != 200 ||
        strstr(buf_text(&out.body), "FAILED"))
        me->failures++;
    http_response_clear(&out);
}

static void *client_main(void *arg)
{
    client *me = arg;
    for (int i = 0; i < ROUNDS; i++) {
        cx c;
        cx_init(&c);
        ask(me, &c, STATEMENTS,
            cx_fmt(&c, "{\"statement\":\"SELECT %d\",\"warehouse_id\":\"%s\"}", i, me->warehouse));
        ask(me, &c, UC "/schemas",
            cx_fmt(&c, "{\"name\":\"s_%d_%d\",\"catalog_name\":\"main\"}", me->number, i));
        cx_clear(&c);
    }
    return NULL;
}

static void many_threads_share_one_lake(void **state)
{
    fixture *f = *state;
    pthread_t ids[THREADS];
    client clients[THREADS];
    int failures = 0;
    const char *id = warehouse(f);
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (client){.l = f->l, .warehouse = id, .number = i};
        assert_int_equal(pthread_create(&ids[i], NULL, client_main, &clients[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(ids[i], NULL);
        failures += clients[i].failures;
    }
    assert_int_equal(failures, 0);
    assert_int_equal(GET(UC "/schemas?catalog_name=main"), 200);
    assert_int_equal(json_array_size(json_get(f->body, "schemas")), THREADS * ROUNDS + 2);
}

/* ---- killed ------------------------------------------------------------------------------- */

static void make_volumes(const char *root, int tell)
{
    cx c;
    lake *l = NULL;
    cx_init(&c);
    client me = {0};
    if (lake_open(&c, root, &l) != CX_OK)
        _exit(2);
    me.l = l;
    for (int i = 0;; i++) {
        ask(&me, &c, UC "/volumes",
            cx_fmt(&c,
                   "{\"name\":\"v%d\",\"catalog_name\":\"main\",\"schema_name\":\"default\","
                   "\"volume_type\":\"MANAGED\"}",
                   i));
        if (i % 3 == 0) {
            const http_request req = {.method = "DELETE",
                                      .path = cx_fmt(&c, UC "/volumes/main.default.v%d", i)};
            http_response out = {0};
            if (lake_handle(&c, l, lake_owner(l), &req, &out) != CX_OK)
                _exit(3);
            http_response_clear(&out);
        }
        if (me.failures || write(tell, "x", 1) != 1)
            _exit(4);
    }
}

static size_t folders_in(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));)
        n += e->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

static void a_killed_process_leaves_no_folder_that_nobody_owns(void **state)
{
    fixture *f = *state;
    for (int round = 0; round < 5; round++) {
        int pipes[2];
        char ch;
        assert_int_equal(pipe(pipes), 0);
        const char *root = fs_join(&f->c, f->root, cx_fmt(&f->c, "lake%d", round));
        const pid_t child = fork();
        if (child == 0)
            make_volumes(root, pipes[1]);
        for (int i = 0; i < 20 + round; i++)
            assert_int_equal(read(pipes[0], &ch, 1), 1);
        usleep((useconds_t)(round * 700));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(pipes[0]);
        close(pipes[1]);
        lake_free(f->l);
        f->l = NULL;
        assert_int_equal(lake_open(&f->c, root, &f->l), CX_OK);
        f->who = lake_owner(f->l);
        assert_int_equal(GET(UC "/volumes?catalog_name=main&schema_name=default"), 200);
        assert_int_equal(folders_in(fs_join(&f->c, root, "volumes")),
                         json_array_size(json_get(f->body, "volumes")));
    }
}

/* The hot path: a clone of thousands of tables is thousands of these. */
static void a_request_costs_little(void **state)
{
    fixture *f = *state;
    const int n = 1000;
    const int64_t start = cx_ticks_us(&f->c);
    for (int i = 0; i < n; i++)
        assert_int_equal(GET(UC "/schemas/main.default"), 200);
    const int64_t each = (cx_ticks_us(&f->c) - start) / n;
    print_message("%lld us a request\n", (long long)each);
    assert_true(each < 3000); /* with sanitizers; a release takes a tenth */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(unknown_paths_and_methods_are_named),
        T(every_request_has_a_principal),
        T(a_body_that_is_not_an_object_is_refused),
        T(a_zero_byte_never_shortens_a_name),
        T(errors_have_the_platforms_codes),
        T(listings_are_paged_and_complete),
        T(names_with_dots_are_found),
        T(grants_are_changed_together_or_not_at_all),
        T(others_may_not_what_was_not_granted),
        T(a_statement_answers_with_manifest_and_rows),
        T(a_failing_statement_answers_200_with_its_condition),
        T(requests_about_statements_are_checked),
        T(an_asynchronous_statement_ends_and_is_kept),
        T(limits_cut_the_result),
        T(links_carry_their_own_key),
        T(what_was_run_is_in_the_history),
        T(many_threads_share_one_lake),
        T(a_killed_process_leaves_no_folder_that_nobody_owns),
        T(a_request_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
