/* A writer is alive as long as its handle is open, whoever asks from wherever: a process of another
 * pid namespace (another container over the same folder) is not taken for dead, and a killed one is
 * not taken for alive because its number is in use again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "lake/engine/engine.h"

#define OK(call)                                        \
    do {                                                \
        if ((call) != CX_OK)                            \
            fail_msg("%s: %s", #call, c.error.message); \
    } while (0)

/* Notes a folder, puts a file there, says so, and never ends. */
static void write_for_ever(const char *root, const char *folder, int tell)
{
    cx c;
    meta *m = NULL;
    int64_t id;
    cx_init(&c);
    if (meta_open(&c, root, &m) != CX_OK || meta_pending_begin(&c, m, folder, &id) != CX_OK ||
        fs_mkdirs(&c, folder) != CX_OK ||
        fs_replace(&c, fs_join(&c, folder, "part-0.parquet"), "x", 1, false) != CX_OK ||
        write(tell, "x", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* A process whose writer is number 1 of a pid namespace of its own, where that may be made. */
static pid_t start_writer(const char *root, const char *folder, int tell, bool elsewhere)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    if (elsewhere) {
        if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
            fprintf(stderr, "no pid namespace can be made here: a plain process takes its place\n");
        const pid_t inner = fork();
        if (inner >
            0) { /* its life is the writer's: killed with it (PDEATHSIG would do the same) */
            int status;
            signal(SIGTERM, SIG_DFL);
            (void)!write(tell, &inner, sizeof inner);
            waitpid(inner, &status, 0);
            _exit(0);
        }
    }
    write_for_ever(root, folder, tell);
    return -1;
}

static size_t dead_notes(cx *c, meta *m)
{
    meta_pending *dead;
    size_t n = 99;
    assert_int_equal(meta_pending_dead(c, m, &dead, &n), CX_OK);
    return n;
}

static void a_writer_lives_until_it_is_killed(bool elsewhere)
{
    cx c;
    cx_init(&c);
    char root[] = "/tmp/clxs-writers-XXXXXX", ch;
    int pipes[2];
    pid_t inner = 0;
    assert_non_null(mkdtemp(root));
    assert_int_equal(pipe(pipes), 0);
    const char *folder = cx_fmt(&c, "%s/tables/0a0a0a0a-0000-4000-8000-00000000000a", root);
    const pid_t child = start_writer(root, folder, pipes[1], elsewhere);
    if (elsewhere)
        assert_int_equal(read(pipes[0], &inner, sizeof inner), sizeof inner);
    assert_int_equal(read(pipes[0], &ch, 1), 1);

    AUTO(meta) m = NULL;
    AUTO(engine) e = NULL;
    OK(meta_open(&c, root, &m));
    OK(engine_new(&c, m, root, &e));
    assert_int_equal(dead_notes(&c, m), 0);
    OK(engine_recover(&c, e));
    assert_true(fs_is_dir(folder));

    kill(elsewhere ? inner : child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(dead_notes(&c, m), 1);
    OK(engine_recover(&c, e));
    assert_false(fs_is_dir(folder));
    assert_int_equal(dead_notes(&c, m), 0);
    close(pipes[0]);
    close(pipes[1]);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_living_writer_keeps_what_it_writes(void **state)
{
    (void)state;
    a_writer_lives_until_it_is_killed(false);
}

static void a_writer_of_another_pid_namespace_is_not_taken_for_dead(void **state)
{
    (void)state;
    a_writer_lives_until_it_is_killed(true);
}

static void a_handle_lives_until_it_is_closed_and_leaves_no_lock_behind(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char root[] = "/tmp/clxs-writers-XXXXXX";
    assert_non_null(mkdtemp(root));
    AUTO(meta) a = NULL;
    meta *b = NULL;
    int64_t id;
    OK(meta_open(&c, root, &a));
    OK(meta_open(&c, root, &b));
    assert_string_not_equal(meta_process(a), meta_process(b));
    const char *gone = cx_dup(&c, meta_process(b));
    assert_true(meta_process_alive(&c, a, gone));
    assert_true(meta_process_alive(&c, b, gone));
    OK(meta_pending_begin(&c, b, "/nowhere", &id));
    assert_int_equal(dead_notes(&c, a), 0);
    meta_free(b);
    assert_false(meta_process_alive(&c, a, gone));
    assert_int_equal(dead_notes(&c, a), 1);
    assert_false(fs_exists(cx_fmt(&c, "%s/processes/%s", root, gone)));
    /* A name from the metastore is no path to anywhere else. */
    assert_false(meta_process_alive(&c, a, "../metastore.lock"));
    assert_false(meta_process_alive(&c, a, ""));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_lives_until_it_is_closed_and_leaves_no_lock_behind),
        cmocka_unit_test(a_living_writer_keeps_what_it_writes),
        cmocka_unit_test(a_writer_of_another_pid_namespace_is_not_taken_for_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
