/* One suite, both transports: the embedded workspace in process, and the same folder over HTTP. */
#include "check.h"

#include <pthread.h>
#include <unistd.h>

#include "base/fs.h"
#include "workspace/embedded.h"
#include "workspace/workspace.h"

static char folder[] = "/tmp/clxs-both-XXXXXX";
static atomic_int port;
static atomic_bool stop;
static pthread_t server;

static void ready(void *self, int at)
{
    (void)self, atomic_store(&port, at);
}

static void *serve(void *unused)
{
    (void)unused;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    c.cancel = &stop;
    const cx_code rc = embedded_serve(&c, folder, NULL, 0, "t0ken", ready, NULL);
    if (rc != CX_OK && rc != CX_CANCELLED)
        fprintf(stderr, "serve: %s\n", c.error.message);
    if (!atomic_load(&port))
        atomic_store(&port, -1);
    return NULL;
}

static int setup(void **s)
{
    (void)s;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
    while (!atomic_load(&port))
        usleep(1000);
    return atomic_load(&port) > 0 ? 0 : -1;
}

static int teardown(void **s)
{
    (void)s;
    atomic_store(&stop, true);
    pthread_join(server, NULL);
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    return fs_remove_tree(&c, folder) == CX_OK ? 0 : -1;
}

typedef struct {
    cx c;
    workspace *w;
    const char *catalog;
} both;

static void both_open(both *b, bool http, const char *token, const char *warehouse)
{
    cx_init(&b->c);
    const char *host = http ? cx_fmt(&b->c, "http://127.0.0.1:%d", atomic_load(&port)) : NULL;
    const workspace_config k = {
        .host = host, .token = token, .lake_root = folder, .warehouse_id = warehouse};
    if (workspace_open(&b->c, &k, &b->w) != CX_OK)
        fail_msg("%s", b->c.error.message);
    b->catalog = http ? "over_http" : "inside";
}

static void both_close(both *b)
{
    workspace_free(b->w);
    cx_clear(&b->c);
}

static void must(both *b, const char *sql, sql_result **out)
{
    if (workspace_sql(&b->c, b->w, sql, out) != CX_OK)
        fail_msg("%s\n  → %s", sql, b->c.error.message);
}

static void check_values(both *b)
{
    AUTO(sql_result) r = NULL;
    must(
        b,
        "SELECT 1 AS i, CAST(NULL AS STRING) AS n, 'a\"b\\n\\'c' AS s, CAST(1.50 AS DECIMAL(5,2)) AS d, true AS t",
        &r);
    assert_int_equal(sql_columns(r), 5);
    assert_string_equal(sql_column_type(r, 0), "INT");
    assert_string_equal(sql_value_by(r, 0, "i"), "1");
    assert_null(sql_value_by(r, 0, "n"));
    assert_string_equal(sql_value_by(r, 0, "s"), "a\"b\n'c");
    assert_string_equal(sql_value_by(r, 0, "d"), "1.50");
    assert_string_equal(sql_value_by(r, 0, "t"), "true");
}

static void check_objects(both *b)
{
    must(b, cx_fmt(&b->c, "CREATE CATALOG IF NOT EXISTS %s", b->catalog), NULL);
    must(b, cx_fmt(&b->c, "CREATE SCHEMA IF NOT EXISTS %s.s", b->catalog), NULL);
    must(
        b,
        cx_fmt(
            &b->c,
            "CREATE OR REPLACE TABLE %s.s.t AS SELECT id, concat('x', CAST(id AS STRING)) AS v FROM range(3)",
            b->catalog),
        NULL);
    AUTO(sql_result) r = NULL;
    must(b, cx_fmt(&b->c, "SELECT id, v FROM %s.s.t ORDER BY id", b->catalog), &r);
    assert_int_equal(sql_rows(r), 3);
    assert_string_equal(sql_value(r, 2, 1), "x2");
    AUTO(sql_result) unqualified = NULL;
    if (workspace_sql_in(&b->c, b->w, b->catalog, "s", "SELECT count(*) AS n FROM t",
                         &unqualified) != CX_OK)
        fail_msg("%s", b->c.error.message);
    assert_int_equal(sql_int(unqualified, 0, "n", -1), 3);
    AUTO(sql_result) h = NULL;
    must(
        b,
        cx_fmt(
            &b->c,
            "SELECT 7 AS i, version, timestamp FROM (DESCRIBE HISTORY %s.s.t LIMIT 1) UNION ALL SELECT 8 "
            "AS i, version, timestamp FROM (DESCRIBE HISTORY %s.s.t LIMIT 1)",
            b->catalog, b->catalog),
        &h);
    assert_int_equal(sql_rows(h), 2);
    AUTO(json) info = NULL;
    assert_int_equal(
        workspace_call(&b->c, b->w, "GET",
                       cx_fmt(&b->c, "/api/2.1/unity-catalog/tables/%s.s.t", b->catalog), NULL,
                       NULL, &info),
        CX_OK);
    assert_string_equal(json_get_str(info, "table_type", ""), "MANAGED");
}

static void check_many_rows(both *b)
{
    AUTO(sql_result) r = NULL;
    must(b, "SELECT id, concat('row number ', CAST(id AS STRING)) AS v FROM range(60000)", &r);
    assert_int_equal(sql_rows(r), 60000);
}

static void check_errors(both *b)
{
    assert_int_equal(workspace_sql(&b->c, b->w, "SELECT * FROM main.default.nothing_here", NULL),
                     CX_NOT_FOUND);
    assert_string_equal(b->c.error.condition, "TABLE_OR_VIEW_NOT_FOUND");
    assert_string_equal(b->c.error.sqlstate, "42P01");
    assert_int_equal(workspace_sql(&b->c, b->w, "SELEC 1", NULL), CX_INVALID);
    assert_string_equal(b->c.error.condition, "PARSE_SYNTAX_ERROR");
    json *j = NULL;
    assert_int_equal(
        workspace_call(&b->c, b->w, "GET", "/api/2.1/unity-catalog/catalogs/nix", NULL, NULL, &j),
        CX_NOT_FOUND);
    assert_string_equal(b->c.error.condition, "CATALOG_DOES_NOT_EXIST");
    assert_int_equal(workspace_call(&b->c, b->w, "GET", "/api/2.0/no/such/path", NULL, NULL, &j),
                     CX_NOT_FOUND);
}

static void check_identity(both *b)
{
    const char *user, *again, *warehouse;
    assert_int_equal(workspace_whoami(&b->c, b->w, &user), CX_OK);
    assert_true(*user);
    const long before = workspace_requests(b->w);
    assert_int_equal(workspace_whoami(&b->c, b->w, &again), CX_OK);
    assert_int_equal(workspace_requests(b->w), before);
    assert_int_equal(workspace_warehouse(&b->c, b->w, &warehouse), CX_OK);
}

static void everything(bool http)
{
    both b;
    both_open(&b, http, http ? "t0ken" : NULL, NULL);
    check_identity(&b);
    check_values(&b);
    check_objects(&b);
    check_many_rows(&b);
    check_errors(&b);
    both_close(&b);
}

static void the_promises_hold_in_process(void **s)
{
    (void)s, everything(false);
}
static void the_promises_hold_over_http(void **s)
{
    (void)s, everything(true);
}

static void a_wrong_token_and_an_unknown_warehouse_are_clear_errors(void **s)
{
    (void)s;
    both b;
    both_open(&b, true, "nonsense", NULL);
    assert_int_equal(workspace_sql(&b.c, b.w, "SELECT 1", NULL), CX_UNAUTHENTICATED);
    both_close(&b);
    for (int http = 0; http < 2; http++) {
        both_open(&b, http, http ? "t0ken" : NULL, "0000000000000000");
        assert_int_equal(workspace_sql(&b.c, b.w, "SELECT 1", NULL), CX_NOT_FOUND);
        assert_non_null(strstr(b.c.error.message, "0000000000000000"));
        both_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_promises_hold_in_process),
        cmocka_unit_test(the_promises_hold_over_http),
        cmocka_unit_test(a_wrong_token_and_an_unknown_warehouse_are_clear_errors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
