/* Memory runs out. A small allocation that fails ends the process (base/cx.h), so at each of them
 * the process may be gone; what a file's size decides has a ceiling, and to pass one is an error
 * like any other. Either way the table is as before or as after.
 *
 * The linker puts these functions before the real ones (CMakeLists.txt: --wrap). */
#include "fault/delta_operations.h"

#include <sys/wait.h>
#include <unistd.h>

enum { GONE = 77, POINTS = 25 };

static struct {
    int allocations, at; /* at the at-th allocation the process ends; 0 = never */
    int ceilings, over;  /* the over-th ceiling is passed */
} memory;

static void count_allocation(void)
{
    if (__atomic_add_fetch(&memory.allocations, 1, __ATOMIC_RELAXED) == memory.at)
        _exit(GONE);
}

void *__real_cx_malloc(size_t size);
void *__wrap_cx_malloc(size_t size);
void *__wrap_cx_malloc(size_t size)
{
    count_allocation();
    return __real_cx_malloc(size);
}
void *__real_cx_calloc(size_t count, size_t size);
void *__wrap_cx_calloc(size_t count, size_t size);
void *__wrap_cx_calloc(size_t count, size_t size)
{
    count_allocation();
    return __real_cx_calloc(count, size);
}
void *__real_cx_realloc(void *old, size_t size);
void *__wrap_cx_realloc(void *old, size_t size);
void *__wrap_cx_realloc(void *old, size_t size)
{
    count_allocation();
    return __real_cx_realloc(old, size);
}
void *__real_cx_alloc(cx *c, size_t size);
void *__wrap_cx_alloc(cx *c, size_t size);
void *__wrap_cx_alloc(cx *c, size_t size)
{
    count_allocation();
    return __real_cx_alloc(c, size);
}
cx_code __real_buf_done(cx *c, const buf *b, const char *what);
cx_code __wrap_buf_done(cx *c, const buf *b, const char *what);
cx_code __wrap_buf_done(cx *c, const buf *b, const char *what)
{
    if (++memory.ceilings == memory.over)
        return cx_fail(c, CX_TOO_LARGE, "%s is over its ceiling", what);
    return __real_buf_done(c, b, what);
}

/* Runs the operation in a process that may end; the exit status is GONE or the code. */
static int in_child(const operation *o, const char *root, int at)
{
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cx c;
        cx_init(&c);
        memory.allocations = 0;
        memory.at = at;
        _exit((int)o->run(&c, root));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void out_of_memory(const operation *o, const plan *p, int at)
{
    cx c;
    cx_init(&c);
    const char *root = fresh_copy(&c, p);
    const int status = in_child(o, root, at);
    judge(&c, root, o, p, status == GONE ? CX_INTERNAL : (cx_code)status,
          cx_fmt(&c, "gone at allocation %d", at), status == GONE);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_process_that_stops_for_want_of_memory_breaks_nothing(void **state)
{
    (void)state;
    int trials = 0;
    for (size_t i = 0; i < CX_COUNT(operations); i++) {
        cx c;
        cx_init(&c);
        const operation *o = &operations[i];
        const plan p = plan_make(&c, o);
        const char *root = fresh_copy(&c, &p);
        memory.allocations = 0;
        OK(o->run(&c, root));
        const char *full = getenv("CLXS_CHECK_FULL");
        const int count = memory.allocations, step = full && *full ? 1 : count / POINTS + 1;
        for (int at = 1; at <= count; at += step, trials++)
            out_of_memory(o, &p, at);
        OK(fs_remove_tree(&c, root));
        OK(fs_remove_tree(&c, p.pristine));
        cx_clear(&c);
    }
    print_message("%d processes\n", trials);
}

/* False when there was no such ceiling. */
static bool over_ceiling(const operation *o, const plan *p, int over)
{
    cx c, own;
    cx_init(&c);
    cx_init(&own);
    const char *root = fresh_copy(&c, p);
    memory.ceilings = 0;
    memory.over = over;
    const cx_code rc = o->run(&own, root);
    const bool fired = memory.ceilings >= over;
    memory.over = 0;
    if (!fired && rc != CX_OK)
        fail_msg("%s fails by itself: %s", o->name, own.error.message);
    judge(&c, root, o, p, rc, cx_fmt(&c, "ceiling %d", over), o->leaves);
    OK(fs_remove_tree(&c, root));
    cx_clear(&own);
    cx_clear(&c);
    return fired;
}

static void a_size_over_its_ceiling_is_an_error_and_breaks_nothing(void **state)
{
    (void)state;
    int trials = 0;
    for (size_t i = 0; i < CX_COUNT(operations); i++) {
        cx c;
        cx_init(&c);
        const plan p = plan_make(&c, &operations[i]);
        for (int over = 1; over_ceiling(&operations[i], &p, over); over++)
            trials++;
        OK(fs_remove_tree(&c, p.pristine));
        cx_clear(&c);
    }
    print_message("%d ceilings\n", trials);
}

int main(void)
{
    if (fs_is_dir("/dev/shm"))
        setenv("TMPDIR", "/dev/shm", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_stops_for_want_of_memory_breaks_nothing),
        cmocka_unit_test(a_size_over_its_ceiling_is_an_error_and_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
