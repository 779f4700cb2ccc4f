/* What every store promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "store/crashy.h"

#include <pthread.h>

typedef struct {
    cx c;
    store *s;
    char *folder; /* of a file store */
} fixture;

static int setup_memory(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    f->s = store_memory_new();
    *state = f;
    return 0;
}

static int setup_file(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    const char *base = getenv("TMPDIR");
    f->folder = cx_fmt(&f->c, "%s/clxs-store-XXXXXX", base ? base : "/tmp");
    *state = f;
    if (!mkdtemp(f->folder))
        return -1;
    return store_file_open(&f->c, fs_join(&f->c, f->folder, "not/yet"), &f->s) == CX_OK ? 0 : -1;
}

static int setup_crashy(void **state)
{
    setup_memory(state);
    fixture *f = *state;
    f->s = crashy_new(f->s, (crashy_plan){0});
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    store_free(f->s);
    if (f->folder)
        assert_int_equal(fs_remove_tree(&f->c, f->folder), CX_OK);
    cx_clear(&f->c);
    free(f);
    return 0;
}

static void expect(fixture *f, const char *path, const char *text)
{
    AUTO_CLEAR(buf) b = {0};
    assert_int_equal(store_read(&f->c, f->s, path, 1000, &b), CX_OK);
    assert_string_equal(buf_text(&b), text);
}

static void a_path_is_published_once_and_replaced_only_on_purpose(void **state)
{
    fixture *f = *state;
    assert_int_equal(store_put_if_absent(&f->c, f->s, "a/b/c", STR("one")), CX_OK);
    assert_int_equal(store_put_if_absent(&f->c, f->s, "a/b/c", STR("two")), CX_EXISTS);
    expect(f, "a/b/c", "one");
    assert_int_equal(store_replace(&f->c, f->s, "a/b/c", STR("three")), CX_OK);
    expect(f, "a/b/c", "three");
    assert_int_equal(store_put_if_absent(&f->c, f->s, "a/empty", STR("")), CX_OK);
    expect(f, "a/empty", "");
    store_entry e;
    assert_int_equal(store_stat(&f->c, f->s, "a/b/c", &e), CX_OK);
    assert_int_equal(e.size, 5);
    assert_true(e.mtime_ms > 1500000000000);
}

static void what_is_not_there_is_not_found(void **state)
{
    fixture *f = *state;
    AUTO_CLEAR(buf) b = {0};
    store_entry e;
    assert_int_equal(store_read(&f->c, f->s, "x", 10, &b), CX_NOT_FOUND);
    assert_int_equal(store_stat(&f->c, f->s, "x/y", &e), CX_NOT_FOUND);
    assert_int_equal(store_list(&f->c, f->s, "x", NULL, NULL, NULL), CX_NOT_FOUND);
    assert_int_equal(store_remove(&f->c, f->s, "x"), CX_OK);
    assert_int_equal(store_put_if_absent(&f->c, f->s, "x/y", STR("1")), CX_OK);
    assert_int_equal(store_remove(&f->c, f->s, "x/y"), CX_OK);
    assert_int_equal(store_stat(&f->c, f->s, "x/y", &e), CX_NOT_FOUND);
}

static void reads_have_a_ceiling_and_ranges_an_end(void **state)
{
    fixture *f = *state;
    AUTO_CLEAR(buf) b = {0};
    assert_int_equal(store_put_if_absent(&f->c, f->s, "r", STR("0123456789")), CX_OK);
    assert_int_equal(store_read(&f->c, f->s, "r", 9, &b), CX_TOO_LARGE);
    assert_int_equal(store_read_range(&f->c, f->s, "r", 3, 4, &b), CX_OK);
    assert_string_equal(buf_text(&b), "3456");
    buf_clear(&b);
    assert_int_equal(store_read_range(&f->c, f->s, "r", 8, 3, &b), CX_CORRUPT);
    assert_int_equal(store_read_range(&f->c, f->s, "r", -1, 3, &b), CX_CORRUPT);
}

static void paths_that_leave_the_root_are_refused(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {"", "/etc/x", "..", "a/../../x", "a//b", "./a", "a/"};
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        assert_int_equal(store_put_if_absent(&f->c, f->s, bad[i], STR("x")), CX_INVALID);
}

static cx_code gather(cx *c, void *self, const store_entry *e)
{
    (void)c;
    buf_addf(self, "%s:%d ", e->path, (int)e->size);
    return CX_OK;
}

static void a_list_is_in_order_of_names_and_may_begin_in_the_middle(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"l/b", "l/a", "l/sub/x", "l/10", "l/9", "lx/z"};
    for (size_t i = 0; i < CX_COUNT(names); i++)
        assert_int_equal(store_put_if_absent(&f->c, f->s, names[i], STR("..")), CX_OK);
    AUTO_CLEAR(buf) all = BUF(BUF_ANY);
    AUTO_CLEAR(buf) some = BUF(BUF_ANY);
    assert_int_equal(store_list(&f->c, f->s, "l", NULL, gather, &all), CX_OK);
    assert_string_equal(buf_text(&all), "10:2 9:2 a:2 b:2 ");
    assert_int_equal(store_list(&f->c, f->s, "l", "9", gather, &some), CX_OK);
    assert_string_equal(buf_text(&some), "9:2 a:2 b:2 ");
}

typedef struct {
    store *s;
    int who, won;
} racer;

static void *race(void *arg)
{
    racer *r = arg;
    cx c;
    cx_init(&c);
    for (int i = 0; i < 50; i++) {
        const char *path = cx_fmt(&c, "race/%d", i);
        r->won += store_put_if_absent(&c, r->s, path, STR(cx_fmt(&c, "%d", r->who))) == CX_OK;
    }
    cx_clear(&c);
    return NULL;
}

static void of_those_who_race_for_a_path_one_wins(void **state)
{
    fixture *f = *state;
    enum { N = 4 };
    racer racers[N];
    pthread_t threads[N];
    int won = 0;
    for (int i = 0; i < N; i++) {
        racers[i] = (racer){f->s, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        won += racers[i].won;
    }
    assert_int_equal(won, 50);
}

static void a_power_cut_takes_what_was_not_synced(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(store) s = crashy_new(store_memory_new(), (crashy_plan){2, CRASHY_UNSYNCED, true});
    store_entry e;
    assert_int_equal(store_put_if_absent(&c, s, "kept", STR("1")), CX_OK);
    assert_int_equal(store_put_if_absent(&c, s, "lost", STR("1")), CX_IO);
    assert_int_equal(store_stat(&c, s, "kept", &e), CX_IO); /* dead */
    assert_int_equal(crashy_power_cut(&c, s), CX_OK);
    assert_int_equal(store_stat(&c, s, "kept", &e), CX_OK);
    assert_int_equal(store_stat(&c, s, "lost", &e), CX_NOT_FOUND);
    cx_clear(&c);
}

#define WITH(test, kind) cmocka_unit_test_setup_teardown(test, setup_##kind, teardown)
#define ALL(kind)                                                      \
    WITH(a_path_is_published_once_and_replaced_only_on_purpose, kind), \
        WITH(what_is_not_there_is_not_found, kind),                    \
        WITH(reads_have_a_ceiling_and_ranges_an_end, kind),            \
        WITH(paths_that_leave_the_root_are_refused, kind),             \
        WITH(a_list_is_in_order_of_names_and_may_begin_in_the_middle, kind)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(memory),
        ALL(file),
        ALL(crashy),
        WITH(of_those_who_race_for_a_path_one_wins, memory),
        WITH(of_those_who_race_for_a_path_one_wins, file),
        cmocka_unit_test(a_power_cut_takes_what_was_not_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
