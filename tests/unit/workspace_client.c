/* The client against a scripted service. spec: wire §2, §13 */
#include "check.h"
#include "fake_workspace.h"

typedef struct {
    cx c;
    fake_clock clock;
    fake *f;
    workspace *w;
} fixture;

static void begin(fixture *x, fake_answer answer, void *self)
{
    cx_init(&x->c);
    fake_clock_init(&x->clock);
    x->c.clock = &x->clock.clock;
    x->f = fake_new(answer, self);
    const workspace_config k = {
        .host = "example.test/", .token = "t0ken", .take_transport = &x->f->base};
    assert_int_equal(workspace_open(&x->c, &k, &x->w), CX_OK);
}

static void end(fixture *x)
{
    workspace_free(x->w);
    cx_clear(&x->c);
}

static cx_code busy_twice(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                          buf *body)
{
    (void)c, (void)req, (void)sql;
    *status = f->calls <= 2 ? 429 : 200;
    buf_adds(body, f->calls <= 2
                       ? "{\"error_code\":\"RESOURCE_EXHAUSTED\",\"message\":\"slow down\"}"
                       : "{\"a\":1}");
    return CX_OK;
}

static void a_busy_service_is_asked_again(void **s)
{
    (void)s;
    fixture x;
    begin(&x, busy_twice, NULL);
    AUTO(json) j = NULL;
    assert_int_equal(workspace_call(&x.c, x.w, "POST", "/api/x", NULL, NULL, &j), CX_OK);
    assert_int_equal(json_get_int(j, "a", 0), 1);
    assert_int_equal(workspace_requests(x.w), 3);
    assert_string_equal(workspace_name(x.w), "https://example.test");
    end(&x);
}

static cx_code lost(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                    buf *body)
{
    (void)sql, (void)status, (void)f;
    if (fake_warehouses(req, body))
        return CX_OK;
    return cx_fail(c, CX_UNAVAILABLE, "the connection broke");
}

static void a_lost_answer_to_a_write_that_is_not_idempotent_is_not_sent_again(void **s)
{
    (void)s;
    fixture x;
    begin(&x, lost, NULL);
    assert_int_equal(workspace_sql(&x.c, x.w, "INSERT INTO t VALUES (1)", NULL), CX_UNAVAILABLE);
    assert_int_equal(workspace_requests(x.w), 2);
    assert_non_null(strstr(x.c.error.hint, "may have been carried out"));
    assert_int_equal(workspace_sql(&x.c, x.w, "CREATE OR REPLACE TABLE t AS SELECT 1", NULL),
                     CX_UNAVAILABLE);
    assert_int_equal(workspace_requests(x.w), 5);
    end(&x);
}

static void statements_know_whether_they_may_be_repeated(void **s)
{
    (void)s;
    assert_true(sql_repeatable("SELECT 1"));
    assert_true(sql_repeatable("-- note\n /* x */ create table if not exists a (b int)"));
    assert_true(sql_repeatable("CREATE OR REPLACE TABLE a DEEP CLONE b"));
    assert_true(sql_repeatable("CREATE EXTERNAL VOLUME IF NOT EXISTS v LOCATION 'x'"));
    assert_true(sql_repeatable("GRANT SELECT ON TABLE t TO `p`"));
    assert_false(sql_repeatable("INSERT INTO a VALUES (1)"));
    assert_false(sql_repeatable("DROP TABLE a"));
    assert_false(sql_repeatable("MERGE INTO a USING b ON 1=1 WHEN MATCHED THEN DELETE"));
}

static cx_code chunked(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                       buf *body)
{
    (void)c, (void)f, (void)status;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (sql)
        buf_adds(body, "{\"statement_id\":\"01f0-1\",\"status\":{\"state\":\"PENDING\"}}");
    else if (strstr(req->path, "/chunks/1"))
        buf_adds(body, "{\"chunk_index\":1,\"data_array\":[[\"3\",\"\\ud83d\\ude00\\n\\\"\"]]}");
    else if (f->calls < 5)
        buf_adds(body, "{\"statement_id\":\"01f0-1\",\"status\":{\"state\":\"RUNNING\"}}");
    else
        buf_adds(
            body,
            "{\"result\":{\"data_array\":[[\"1\",null],[\"2\",\"b\"]],\"next_chunk_internal_link\":"
            "\"/api/2.0/sql/statements/01f0-1/result/chunks/"
            "1\"},\"status\":{\"state\":\"SUCCEEDED\"},"
            "\"manifest\":{\"schema\":{\"columns\":[{\"name\":\"i\",\"type_text\":\"INT\"},{"
            "\"name\":"
            "\"s\",\"type_text\":\"STRING\"}]}}}");
    return CX_OK;
}

static void a_long_statement_is_polled_and_its_chunks_are_joined(void **s)
{
    (void)s;
    fixture x;
    begin(&x, chunked, NULL);
    AUTO(sql_result) r = NULL;
    assert_int_equal(workspace_sql(&x.c, x.w, "SELECT i, s FROM t", &r), CX_OK);
    assert_int_equal(sql_rows(r), 3);
    assert_null(sql_value(r, 0, 1));
    assert_int_equal(sql_int(r, 1, "I", -1), 2);
    assert_string_equal(sql_value_by(r, 2, "s"), "\xf0\x9f\x98\x80\n\"");
    assert_int_equal(workspace_statements(x.w), 1);
    assert_non_null(strstr(buf_text(&x.f->log), "GET /api/2.0/sql/statements/01f0-1\n"));
    end(&x);
}

static cx_code failed(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                      buf *body)
{
    (void)c, (void)f, (void)status, (void)sql;
    if (!fake_warehouses(req, body))
        buf_adds(body, "{\"statement_id\":\"01f0-1\",\"status\":{\"state\":\"FAILED\",\"error\":{"
                       "\"error_code\":"
                       "\"BAD_REQUEST\",\"message\":\"\\n[TABLE_OR_VIEW_NOT_FOUND] The table `a` "
                       "cannot be found. "
                       "SQLSTATE: 42P01\\n\\n== SQL ==\\nSELECT\"}}}");
    return CX_OK;
}

static void a_failed_statement_tells_condition_state_and_words(void **s)
{
    (void)s;
    fixture x;
    begin(&x, failed, NULL);
    assert_int_equal(workspace_sql(&x.c, x.w, "SELECT * FROM a", NULL), CX_NOT_FOUND);
    assert_string_equal(x.c.error.message, "The table `a` cannot be found.");
    assert_string_equal(x.c.error.condition, "TABLE_OR_VIEW_NOT_FOUND");
    assert_string_equal(x.c.error.sqlstate, "42P01");
    end(&x);
}

static cx_code no_warehouse(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                            buf *body)
{
    (void)c, (void)f, (void)req, (void)sql;
    *status = 404;
    buf_adds(body, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"nope\"}");
    return CX_OK;
}

static void an_unknown_warehouse_fails_at_once_by_name(void **s)
{
    (void)s;
    fixture x;
    cx_init(&x.c);
    x.f = fake_new(no_warehouse, NULL);
    const workspace_config k = {
        .host = "https://h", .token = "t", .warehouse_id = "zz", .take_transport = &x.f->base};
    assert_int_equal(workspace_open(&x.c, &k, &x.w), CX_OK);
    assert_int_equal(workspace_sql(&x.c, x.w, "SELECT 1", NULL), CX_NOT_FOUND);
    assert_non_null(strstr(x.c.error.message, "\"zz\""));
    assert_int_equal(workspace_requests(x.w), 1);
    end(&x);
}

typedef struct {
    atomic_bool stop;
} stopper;
static cx_code cancels(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                       buf *body)
{
    (void)c, (void)status, (void)sql;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (f->calls == 3)
        atomic_store(&((stopper *)f->self)->stop, true);
    buf_adds(body, strstr(req->path, "/cancel")
                       ? "{}"
                       : "{\"statement_id\":\"01f0-1\",\"status\":{\"state\":\"RUNNING\"}}");
    return CX_OK;
}

static void cancelling_the_caller_cancels_the_statement_on_the_server(void **s)
{
    (void)s;
    fixture x;
    stopper stop = {false};
    begin(&x, cancels, &stop);
    x.c.cancel = &stop.stop;
    assert_int_equal(workspace_sql(&x.c, x.w, "CREATE OR REPLACE TABLE a DEEP CLONE b", NULL),
                     CX_CANCELLED);
    assert_non_null(strstr(buf_text(&x.f->log), "POST /api/2.0/sql/statements/01f0-1/cancel\n"));
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_service_is_asked_again),
        cmocka_unit_test(a_lost_answer_to_a_write_that_is_not_idempotent_is_not_sent_again),
        cmocka_unit_test(statements_know_whether_they_may_be_repeated),
        cmocka_unit_test(a_long_statement_is_polled_and_its_chunks_are_joined),
        cmocka_unit_test(a_failed_statement_tells_condition_state_and_words),
        cmocka_unit_test(an_unknown_warehouse_fails_at_once_by_name),
        cmocka_unit_test(cancelling_the_caller_cancels_the_statement_on_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
