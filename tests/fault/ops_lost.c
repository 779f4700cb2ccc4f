/* The answer to each request of a clone is lost in turn: the request was done, and nobody heard of
 * it. The client sends it again, because every statement of a clone is the same done twice; the
 * clone ends as if nothing had happened. */
#include "fake_workspace.h"
#include "lake_fixture.h"
#include "workspace/embedded.h"

static lake_fixture x;
static fake_clock clock_;

static workspace *open_faulty(int nth, bool after)
{
    http_transport *t = NULL;
    workspace *w = NULL;
    assert_int_equal(embedded_open(&x.c, x.root, &t), CX_OK);
    const workspace_config k = {.lake_root = x.root, .take_transport = http_faulty(t, nth, after)};
    assert_int_equal(workspace_open(&x.c, &k, &w), CX_OK);
    return w;
}

static void make_source(void)
{
    must_sql(&x, "CREATE CATALOG src COMMENT 'c'");
    must_sql(&x, "CREATE SCHEMA src.s");
    must_sql(&x, "CREATE TABLE src.s.a AS SELECT id FROM range(5)");
    must_sql(&x, "CREATE TABLE src.s.b AS SELECT id, id * 2 AS v FROM range(7)");
    must_sql(&x, "COMMENT ON TABLE src.s.b IS 'doubled'");
    must_sql(&x, "CREATE FUNCTION src.s.f(n BIGINT) RETURNS BIGINT RETURN n + 1");
    must_sql(&x, "CREATE VIEW src.s.v AS SELECT src.s.f(v) AS v FROM src.s.b");
    must_sql(&x, "CREATE VOLUME src.s.o");
    must_sql(&x, "GRANT SELECT ON TABLE src.s.a TO `account users`");
}

static void clone_with_fault(int nth, bool after)
{
    workspace *whole = x.ws;
    x.ws = open_faulty(nth, after);
    x.c.clock = &clock_.clock; /* pauses before a retry cost nothing */
    json_decref(
        must_op(&x, "clone",
                "{\"source_catalog\":\"src\",\"destination_catalog\":\"dst\",\"max_workers\":1}"));
    x.c.clock = &cx_system_clock;
    workspace_free(x.ws);
    x.ws = whole;
    AUTO(json)
    d = must_op(&x, "diff", "{\"source_catalog\":\"src\",\"destination_catalog\":\"dst\"}");
    if (!json_get_bool(d, "identical", false))
        fail_msg("request %d %s: the clone differs", nth,
                 after ? "whose answer is lost" : "that fails");
    assert_string_equal(
        one_value(&x,
                  "SELECT count(*) FROM dst.information_schema.table_privileges WHERE grantee = "
                  "'account users' AND table_name = 'a'"),
        "1");
    must_sql(&x, "DROP CATALOG dst CASCADE");
}

static void a_clone_survives_the_loss_of_any_answer(void **s)
{
    (void)s;
    fixture_make(&x);
    fixture_open(&x);
    fake_clock_init(&clock_);
    make_source();
    for (int nth = 1; nth <= 30; nth += 2) {
        clone_with_fault(nth, true);
        clone_with_fault(nth + 1, false);
    }
    fixture_close(&x);
    fixture_remove(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_clone_survives_the_loss_of_any_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
