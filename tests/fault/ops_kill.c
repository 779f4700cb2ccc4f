/* A clone that is killed (SIGKILL) at an instant of its journal, and resumed by another process,
 * ends as an uninterrupted one does. The child counts its journal by watching progress; the kill
 * comes from itself, so that the instant is exact and the test needs no clock. */
#include <signal.h>
#include <sys/wait.h>

#include "lake_fixture.h"

enum { TABLES = 24 };

static lake_fixture x;
static int64_t kill_at;

static void die_at(void *self, const char *phase, int64_t done, int64_t total, const char *object)
{
    (void)self, (void)total, (void)object;
    if (kill_at < 0 ? !strcmp(phase, "inventory") : !strcmp(phase, "clone") && done >= kill_at)
        raise(SIGKILL);
}

/* Everything that opens the lake happens in children, so that no thread is lost in a fork. */
static void in_child(void (*work)(void), int expect_signal)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fixture_open(&x);
        work();
        fixture_close(&x);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (expect_signal)
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == expect_signal);
    else
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void make_source(void)
{
    must_sql(&x, "CREATE CATALOG src");
    must_sql(&x, "CREATE SCHEMA src.s");
    for (int i = 0; i < TABLES; i++)
        must_sql(
            &x,
            cx_fmt(&x.c, "CREATE TABLE src.s.t%d AS SELECT id, id * %d AS v FROM range(20)", i, i));
    must_sql(&x, "CREATE VIEW src.s.v AS SELECT sum(v) AS v FROM src.s.t3");
    json_decref(
        must_op(&x, "clone", "{\"source_catalog\":\"src\",\"destination_catalog\":\"whole\"}"));
}

static void clone_until_killed(void)
{
    const cx_progress_sink sink = {die_at, NULL};
    x.c.progress = &sink;
    json *r;
    (void)run_op(&x, "clone",
                 "{\"source_catalog\":\"src\",\"destination_catalog\":\"cut\",\"max_workers\":3}",
                 &r, NULL);
}

static void resume_and_compare(void)
{
    AUTO(json) r = must_op(&x, "resume", "{}");
    if (json_array_size(json_get(r, "resumed")) != 1)
        fail_msg("%zu runs were resumed", json_array_size(json_get(r, "resumed")));
    AUTO(json)
    d = must_op(&x, "diff", "{\"source_catalog\":\"whole\",\"destination_catalog\":\"cut\"}");
    if (!json_get_bool(d, "identical", false))
        fail_msg("the resumed clone differs");
    json_decref(must_op(
        &x, "validate",
        "{\"source_catalog\":\"whole\",\"destination_catalog\":\"cut\",\"use_checksum\":true}"));
    AUTO(json) again = must_op(&x, "resume", "{}");
    if (json_array_size(json_get(again, "resumed")) != 0)
        fail_msg("a second resume found something");
    must_sql(&x, "DROP CATALOG cut CASCADE");
}

static void a_clone_killed_anywhere_is_finished_by_resume(void **s)
{
    (void)s;
    static const int64_t instants[] = {-1, 1, 2, 7, 15, TABLES};
    fixture_make(&x);
    in_child(make_source, 0);
    for (size_t i = 0; i < CX_COUNT(instants); i++) {
        kill_at = instants[i];
        in_child(clone_until_killed, SIGKILL);
        in_child(resume_and_compare, 0);
    }
    fixture_remove(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clone_killed_anywhere_is_finished_by_resume)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
