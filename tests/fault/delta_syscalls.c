/* Each system call of each operation of delta/ fails, one after the other: once, with all going
 * well afterwards; and from it on for ever, with a power cut at the end. The operation ends with an
 * error or succeeds, and the table then has the rows of before or of after: of after, when it said
 * so. What is left over, recovery finds. */
#include "fault/delta_operations.h"
#include "fault/syscalls.h"

/* One run with one fault; false when the fault never came. */
static bool trial(const operation *o, const plan *p, call_class what, int n, fail_how how)
{
    cx c, own;
    cx_init(&c);
    cx_init(&own);
    const char *root = fresh_copy(&c, p);
    syscalls_watch(root);
    syscalls_track(how == FAIL_ON);
    syscalls_fail(what, n, how, what == CALL_WRITE && n % 2 ? ENOSPC : EIO);
    const cx_code rc = o->run(&own, root);
    const bool fired = syscalls_mend();
    if (!fired && rc != CX_OK)
        fail_msg("%s fails by itself: %s", o->name, own.error.message);
    if (how == FAIL_ON)
        (void)syscalls_power_cut();
    const char *words = cx_fmt(&c, "%s %d %s (%s)", call_names[what], n,
                               how == FAIL_ON ? "and all after, then no power" : "fails once",
                               rc == CX_OK ? "success" : own.error.message);
    judge(&c, root, o, p, rc, words, fired && (how == FAIL_ON || what == CALL_REMOVE || o->leaves));
    syscalls_watch("");
    OK(fs_remove_tree(&c, root));
    cx_clear(&own);
    cx_clear(&c);
    return fired;
}

static void sweep(const operation *o, fail_how how, int *trials)
{
    cx c;
    cx_init(&c);
    const plan p = plan_make(&c, o);
    for (int what = 0; what < CALL_CLASSES; what++)
        for (int n = 1; trial(o, &p, (call_class)what, n, how); n++)
            ++*trials;
    OK(fs_remove_tree(&c, p.pristine));
    cx_clear(&c);
}

static void an_operation_is_done_or_not_when_one_call_fails(void **state)
{
    (void)state;
    int trials = 0;
    for (size_t i = 0; i < CX_COUNT(operations); i++)
        sweep(&operations[i], FAIL_ONCE, &trials);
    print_message("%d faults\n", trials);
}

/* Also without any fault: what an operation said is done survives the power cut after it. */
static void an_operation_is_done_or_not_when_the_power_goes_at_any_call(void **state)
{
    (void)state;
    int trials = 0;
    for (size_t i = 0; i < CX_COUNT(operations); i++)
        sweep(&operations[i], FAIL_ON, &trials);
    print_message("%d power cuts\n", trials);
}

int main(void)
{
    if (fs_is_dir(
            "/dev/shm")) /* thousands of syncs, whose order matters here and not their speed */
        setenv("TMPDIR", "/dev/shm", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_done_or_not_when_one_call_fails),
        cmocka_unit_test(an_operation_is_done_or_not_when_the_power_goes_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
