/* History of a log whose pointer to the last checkpoint is right, late, wrong, damaged or absent.
 */
#include "unit/delta_help.h"

static void same_as_the_first_of_all(cx *c, delta_table *t, int64_t limit)
{
    AUTO(json) holder = NULL;
    AUTO(json) others = NULL;
    delta_history_row *all, *rows;
    size_t n, m;
    assert_int_equal(delta_history(c, t, 0, &all, &m, &others), CX_OK);
    assert_int_equal(delta_history(c, t, limit, &rows, &n, &holder), CX_OK);
    assert_int_equal(m, 9);
    assert_int_equal(n, limit < 9 ? limit : 9);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows[i].version, all[i].version);
        assert_string_equal(json_get_str(rows[i].commit_info, "operation", ""), "WRITE");
    }
}

static void a_limit_gives_the_newest_whatever_the_pointer_says(void **state)
{
    static const char *const pointers[] = {NULL,
                                           "{\"version\":8,\"size\":1}",
                                           "{\"version\":5,\"size\":1}",
                                           "{\"version\":10,\"size\":1}",
                                           "{\"version\":100,\"size\":1}",
                                           "{\"version\":-4}",
                                           "{\"vers"};
    cx c;
    (void)state;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    make_table(&c, root, 8);
    OK(delta_open(&c, root, NULL, &t));
    for (size_t i = 0; i < CX_COUNT(pointers); i++) {
        if (pointers[i])
            write_text(&c, fs_join(&c, root, "_delta_log/_last_checkpoint"), pointers[i]);
        for (int64_t limit = 1; limit < 12; limit++)
            same_as_the_first_of_all(&c, t, limit);
    }
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* The clean-up of a log takes the oldest commits; a hand may take any. */
static void commits_that_are_gone_are_left_out(void **state)
{
    cx c;
    (void)state;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(json) holder = NULL;
    delta_history_row *rows;
    size_t n;
    make_table(&c, root, 8);
    write_text(&c, fs_join(&c, root, "_delta_log/_last_checkpoint"), "{\"version\":8,\"size\":1}");
    remove(fs_join(&c, root, "_delta_log/00000000000000000007.json"));
    remove(fs_join(&c, root, "_delta_log/00000000000000000006.json"));
    OK(delta_open(&c, root, NULL, &t));
    OK(delta_history(&c, t, 3, &rows, &n, &holder));
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].version, 8);
    assert_int_equal(rows[1].version, 5);
    assert_int_equal(rows[2].version, 4);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_gives_the_newest_whatever_the_pointer_says),
        cmocka_unit_test(commits_that_are_gone_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
