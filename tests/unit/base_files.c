/* Files, locks, the pool, cancellation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/pool.h"

#include <unistd.h>

static int setup(void **state)
{
    cx *c = cx_calloc(1, sizeof *c);
    cx_init(c);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    cx_clear(*state);
    free(*state);
    return 0;
}

static const char *scratch(cx *c)
{
    char tail[9];
    hex_random(tail, 8);
    const char *path = cx_fmt(c, "/tmp/clxs-base-%s", tail);
    assert_int_equal(CX_OK, fs_mkdirs(c, path));
    return path;
}

static void a_replaced_file_is_the_old_or_the_new_one(void **state)
{
    cx *c = *state;
    const char *at = scratch(c), *path = fs_join(c, at, "x");
    assert_int_equal(CX_OK, fs_replace(c, path, "old", 3, false));
    assert_int_equal(CX_OK, fs_replace(c, path, "newer", 5, true));
    buf b;
    assert_int_equal(CX_OK, fs_read(c, path, 100, &b));
    assert_string_equal("newer", buf_text(&b));
    buf_clear(&b);
    assert_int_equal(CX_TOO_LARGE, fs_read(c, path, 4, &b));
    assert_int_equal(CX_OK, fs_remove_tree(c, at));
    assert_false(fs_exists(at));
    assert_int_equal(CX_OK, fs_remove_tree(c, at));
}

static void a_copy_never_overwrites(void **state)
{
    cx *c = *state;
    const char *at = scratch(c);
    const char *a = fs_join(c, at, "a"), *b = fs_join(c, at, "b");
    int64_t bytes = -1;
    assert_int_equal(CX_OK, fs_replace(c, a, "content", 7, false));
    assert_int_equal(CX_OK, fs_copy(c, a, b, &bytes));
    assert_int_equal(7, bytes);
    bytes = -1;
    assert_int_equal(CX_EXISTS, fs_copy(c, a, b, &bytes));
    assert_int_equal(-1, bytes);
    assert_int_equal(CX_NOT_FOUND, fs_copy(c, fs_join(c, at, "none"), fs_join(c, at, "c"), &bytes));
    assert_int_equal(CX_OK, fs_remove_tree(c, at));
}

static void a_removed_tree_takes_links_but_not_what_they_point_to(void **state)
{
    cx *c = *state;
    const char *kept = scratch(c), *gone = scratch(c);
    assert_int_equal(CX_OK, fs_replace(c, fs_join(c, kept, "f"), "x", 1, false));
    assert_int_equal(0, symlink(kept, fs_join(c, gone, "link")));
    assert_int_equal(CX_OK, fs_remove_tree(c, gone));
    assert_true(fs_exists(fs_join(c, kept, "f")));
    assert_int_equal(CX_OK, fs_remove_tree(c, kept));
}

static void a_lock_is_held_by_one(void **state)
{
    cx *c = *state;
    const char *at = scratch(c), *path = fs_join(c, at, "lock");
    fs_lock *one = NULL, *two = NULL;
    assert_int_equal(CX_OK, fs_lock_take(c, path, 0, &one));
    assert_int_equal(CX_CONFLICT, fs_lock_take(c, path, 20, &two));
    fs_lock_free(one);
    assert_int_equal(CX_OK, fs_lock_take(c, path, 0, &two));
    fs_lock_free(two);
    assert_int_equal(CX_OK, fs_remove_tree(c, at));
}

typedef struct {
    atomic_int ran;
    size_t fail_at;
} jobs;

static cx_code job(cx *c, void *self, size_t i)
{
    jobs *j = self;
    atomic_fetch_add(&j->ran, 1);
    return i == j->fail_at ? cx_fail(c, CX_IO, "job %zu broke", i) : CX_OK;
}

static void the_pool_runs_every_job_and_reports_the_first_failure(void **state)
{
    cx *c = *state;
    jobs j = {.fail_at = 1000};
    assert_int_equal(CX_OK, pool_run(c, 100, 8, false, job, &j));
    assert_int_equal(100, j.ran);
    jobs k = {.fail_at = 17};
    assert_int_equal(CX_IO, pool_run(c, 100, 8, false, job, &k));
    assert_int_equal(100, k.ran);
    assert_string_equal("job 17 broke", c->error.message);
}

static void nothing_starts_after_cancellation(void **state)
{
    cx *c = *state;
    atomic_bool stop = true;
    c->cancel = &stop;
    jobs j = {.fail_at = 1000};
    assert_int_equal(CX_CANCELLED, pool_run(c, 10, 2, false, job, &j));
    assert_int_equal(0, j.ran);
    c->cancel = NULL;
}

static void an_adopted_error_outlives_the_child(void **state)
{
    cx *c = *state, child;
    cx_child(&child, c);
    (void)cx_fail_as(&child, CX_NOT_FOUND, "TABLE_OR_VIEW_NOT_FOUND", "42P01", "no %s", "table");
    (void)cx_hint(&child, "look %d times", 2);
    assert_int_equal(CX_NOT_FOUND, cx_adopt(c, &child));
    cx_clear(&child);
    assert_string_equal("no table", c->error.message);
    assert_string_equal("look 2 times", c->error.hint);
    assert_string_equal("42P01", c->error.sqlstate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_replaced_file_is_the_old_or_the_new_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_never_overwrites, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_tree_takes_links_but_not_what_they_point_to,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_is_held_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(the_pool_runs_every_job_and_reports_the_first_failure,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_starts_after_cancellation, setup, teardown),
        cmocka_unit_test_setup_teardown(an_adopted_error_outlives_the_child, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
