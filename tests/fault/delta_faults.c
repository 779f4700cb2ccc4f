/* The nth call to the store fails, for every n and in every way: the operation ends with an error
 * or succeeds, and what a fresh reader sees afterwards is the state before or the state after. */
#include "unit/delta_help.h"

#include "store/crashy.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const crashy_when ways[] = {CRASHY_BEFORE, CRASHY_UNSYNCED, CRASHY_AFTER};

/* The table at root, through a store that breaks as planned. */
static delta_table *broken(cx *c, const char *root, crashy_plan plan, store **out)
{
    store *file = NULL;
    delta_table *t = NULL;
    assert_int_equal(store_file_open(c, root, &file), CX_OK);
    *out = crashy_new(file, plan);
    assert_int_equal(delta_open_store(c, *out, &lines_parquet, &t), CX_OK);
    return t;
}

/* Whole, contiguous, each file once, each file's bytes there. Returns the number of files. */
static size_t sound(cx *c, const char *root)
{
    AUTO(delta_snapshot) s = load_at(c, root, -1);
    for (int64_t v = 0; v <= delta_version(s); v++) {
        AUTO(delta_snapshot) each = load_at(c, root, v);
        assert_int_equal(delta_version(each), v);
    }
    for (size_t i = 0; i < delta_file_count(s); i++) {
        char *path;
        assert_int_equal(delta_file_path(c, s, delta_file_at(s, i), &path), CX_OK);
        assert_true(fs_exists(path));
    }
    return delta_file_count(s);
}

static bool commit_fault(const char *root, crashy_plan plan, cx_code *out_rc)
{
    cx c;
    cx_init(&c);
    store *crashy;
    int64_t version;
    AUTO(delta_table) t = broken(&c, root, plan, &crashy);
    *out_rc =
        COMMIT(&c, t, 2, true, &version, add_of(&c, "f0.parquet"), add_of(&c, "extra.parquet"));
    const bool fired = crashy_fired(crashy);
    OK(crashy_power_cut(&c, crashy));
    cx_clear(&c);
    return fired;
}

static void a_commit_is_there_or_not_whichever_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < CX_COUNT(ways); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            cx_code rc;
            make_table(&c, root, 3); /* version 3: the writer, who read 2, must rebase */
            write_text(&c, fs_join(&c, root, "extra.parquet"), "x");
            more = commit_fault(root, (crashy_plan){n, ways[w], n % 2}, &rc);
            const size_t files = sound(&c, root);
            assert_true(files == 3 || files == 4);
            assert_true(rc != CX_OK || files == 4);
            assert_true(more || rc == CX_OK);
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

static bool clone_fault(const char *from, const char *to, bool shallow, crashy_plan plan,
                        cx_code *out_rc)
{
    cx c;
    cx_init(&c);
    store *crashy;
    delta_clone_result r;
    AUTO(delta_snapshot) s = load_at(&c, from, -1);
    AUTO(delta_table) t = broken(&c, to, plan, &crashy);
    const delta_clone_options o = {.shallow = shallow, .source_name = "s", .replace = true};
    *out_rc = delta_clone(&c, s, t, &o, &r);
    const bool fired = crashy_fired(crashy);
    OK(crashy_power_cut(&c, crashy));
    cx_clear(&c);
    return fired;
}

static void clone_sweep(bool shallow, bool existing, crashy_when when)
{
    for (int n = 1, more = 1; more; n++) {
        cx c;
        cx_init(&c);
        const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
        cx_code rc;
        int64_t removed;
        make_table(&c, a, 3);
        if (existing)
            make_table(&c, b, 1);
        more = clone_fault(a, b, shallow, (crashy_plan){n, when, n % 2}, &rc);
        if (delta_is_table(&c, b)) {
            const size_t files = sound(&c, b);
            assert_true(files == 3 || (existing && rc != CX_OK && files == 1));
        } else {
            assert_true(rc != CX_OK && !existing);
        }
        assert_true(more || rc == CX_OK);
        /* What is left over is found, and the next clone is as good as the first. */
        AUTO(delta_table) t = NULL;
        OK(delta_open(&c, b, NULL, &t));
        if (fs_is_dir(b))
            OK(delta_remove_unreferenced(&c, t, 0, NULL, NULL, &removed));
        (void)clone_fault(a, b, shallow, (crashy_plan){0}, &rc);
        assert_int_equal(rc, CX_OK);
        assert_int_equal(sound(&c, b), 3);
        OK(fs_remove_tree(&c, root));
        cx_clear(&c);
    }
}

static void a_clone_is_whole_or_not_there_whichever_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < CX_COUNT(ways); w++) {
        clone_sweep(false, false, ways[w]);
        clone_sweep(false, true, ways[w]);
        clone_sweep(true, false, ways[w]);
    }
}

static void a_checkpoint_never_hides_the_table_whichever_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < CX_COUNT(ways); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            store *crashy;
            make_table(&c, root, 3);
            AUTO(delta_snapshot) s = load_at(&c, root, -1);
            AUTO(delta_table) t = broken(&c, root, (crashy_plan){n, ways[w], false}, &crashy);
            AUTO(delta_snapshot) again = NULL;
            (void)!delta_checkpoint_write(&c, t, s);
            more = crashy_fired(crashy);
            OK(crashy_power_cut(&c, crashy));
            OK(delta_snapshot_load(&c, t, DELTA_LATEST, &again));
            assert_int_equal(delta_file_count(again), 3);
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

static void make_old(cx *c, const char *path)
{
    const struct timespec then = {.tv_sec = cx_now_ms(c) / 1000 - 3 * 86400};
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){then, then}, 0), 0);
}

/* Each commit has a checkpoint behind it here, and in the second half a clean-up. */
static void a_commit_with_a_checkpoint_behind_it_is_whole_whichever_call_fails(void **state)
{
    (void)state;
    static const char *const configurations[] = {
        "{\"delta.checkpointInterval\":\"1\"}",
        "{\"delta.checkpointInterval\":\"1\",\"delta.logRetentionDuration\":\"interval 0 days\"}"};
    for (size_t w = 0; w < CX_COUNT(ways) * CX_COUNT(configurations); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            AUTO(delta_table) first = NULL;
            AUTO(delta_snapshot) again = NULL;
            store *crashy;
            int64_t version = -1;
            OK(delta_open(&c, root, &lines_parquet, &first));
            OK(COMMIT(&c, first, -1, true, &version, PROTOCOL,
                      meta_with(&c, configurations[w / CX_COUNT(ways)])));
            OK(COMMIT(&c, first, 0, true, &version, add_of(&c, "a")));
            for (int v = 0; v < 2; v++)
                make_old(&c, cx_fmt(&c, "%s/_delta_log/%020d.json", root, v));
            AUTO(delta_table)
            t = broken(&c, root, (crashy_plan){n, ways[w % CX_COUNT(ways)], n % 2}, &crashy);
            const cx_code rc = COMMIT(&c, t, 1, true, &version, add_of(&c, "b"));
            more = crashy_fired(crashy);
            cx_forgive(&c);
            OK(crashy_power_cut(&c, crashy));
            OK(delta_snapshot_load(&c, t, DELTA_LATEST, &again));
            const bool cleaned = !fs_exists(cx_fmt(&c, "%s/_delta_log/%020d.json", root, 0));
            assert_true(more || cleaned == (w >= CX_COUNT(ways)));
            assert_true(delta_file_count(again) == 2 ||
                        (rc != CX_OK && delta_file_count(again) == 1));
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

static void a_restore_happened_or_not_whichever_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < CX_COUNT(ways); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            store *crashy;
            delta_restore_result r;
            make_table(&c, root, 3);
            AUTO(delta_table) t = broken(&c, root, (crashy_plan){n, ways[w], n % 2}, &crashy);
            const cx_code rc = delta_restore(&c, t, (delta_at){1, -1}, NULL, &r);
            more = crashy_fired(crashy);
            cx_forgive(&c);
            OK(crashy_power_cut(&c, crashy));
            const size_t files = sound(&c, root);
            assert_true(files == 1 || (rc != CX_OK && files == 3));
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

static void a_vacuum_takes_nothing_that_is_needed_whichever_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < CX_COUNT(ways); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            store *crashy;
            delta_vacuum_result r;
            make_table(&c, root, 3);
            write_text(&c, fs_join(&c, root, "stray.parquet"), "x");
            cx_sleep_ms(&c, 3);
            AUTO(delta_table) t = broken(&c, root, (crashy_plan){n, ways[w], n % 2}, &crashy);
            const delta_vacuum_options o = {.retention_ms = 0, .unchecked = true, .record = true};
            const cx_code rc = delta_vacuum(&c, t, &o, &r);
            more = crashy_fired(crashy);
            cx_forgive(&c);
            OK(crashy_power_cut(&c, crashy));
            assert_int_equal(sound(&c, root), 3);
            assert_true(rc != CX_OK || !fs_exists(fs_join(&c, root, "stray.parquet")));
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

static void a_vector_is_whole_or_not_there_whichever_call_fails(void **state)
{
    (void)state;
    static const uint64_t rows[] = {1, 2};
    for (size_t w = 0; w < CX_COUNT(ways); w++)
        for (int n = 1, more = 1; more; n++) {
            cx c;
            cx_init(&c);
            const char *root = scratch(&c);
            store *crashy;
            delta_dv dv;
            make_table(&c, root, 1);
            AUTO(delta_table) t = broken(&c, root, (crashy_plan){n, ways[w], false}, &crashy);
            const cx_code rc = delta_dv_write(&c, t, &(delta_rows){rows, 2}, 1, &dv);
            more = crashy_fired(crashy);
            cx_forgive(&c);
            OK(crashy_power_cut(&c, crashy));
            if (rc == CX_OK) {
                AUTO_FREE uint64_t *got = NULL;
                size_t m;
                AUTO(delta_snapshot) s = load_at(&c, root, -1);
                const delta_file f = {.path = "f0.parquet", .dv = &dv};
                OK(delta_dv_rows(&c, s, &f, &got, &m));
                assert_int_equal(m, 2);
            }
            OK(fs_remove_tree(&c, root));
            cx_clear(&c);
        }
}

/* A process that commits and clones for as long as it lives. */
static void work_until_killed(const char *a, const char *b, int who)
{
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    int64_t version = 0;
    if (delta_open(&c, a, NULL, &t) != CX_OK)
        _exit(1);
    for (int i = 0; i < 100000; i++) {
        AUTO(delta_snapshot) s = NULL;
        AUTO(delta_table) target = NULL;
        delta_clone_result r;
        const delta_clone_options o = {.source_name = "s", .replace = true};
        const char *name = cx_fmt(&c, "w%d-%d-%d.parquet", who, (int)getpid(), i);
        if (fs_replace(&c, fs_join(&c, a, name), "abc", 3, false) != CX_OK ||
            COMMIT(&c, t, version, true, &version, add_of(&c, name)) != CX_OK ||
            delta_snapshot_load(&c, t, DELTA_LATEST, &s) != CX_OK ||
            delta_open(&c, b, NULL, &target) != CX_OK)
            _exit(1);
        if (delta_clone(&c, s, target, &o, &r) != CX_OK)
            _exit(1);
    }
    _exit(0);
}

static void processes_that_are_killed_leave_a_whole_table(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 0);
    for (int i = 0; i < 12; i++) {
        int status;
        int64_t removed;
        const pid_t child = fork();
        if (child == 0)
            work_until_killed(a, b, i);
        cx_sleep_ms(&c, 15 + (int64_t)(cx_random(&c) % 40));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); /* no operation failed before */
        (void)sound(&c, a);
        if (delta_is_table(&c, b))
            (void)sound(&c, b);
        AUTO(delta_table) t = NULL;
        OK(delta_open(&c, b, NULL, &t));
        if (fs_is_dir(b))
            OK(delta_remove_unreferenced(&c, t, 0, NULL, NULL, &removed));
    }
    /* Each file of the clone is one that its log names. */
    AUTO(delta_snapshot) s = load_at(&c, b, -1);
    AUTO(delta_table) t = NULL;
    int64_t removed;
    OK(delta_open(&c, b, NULL, &t));
    OK(delta_remove_unreferenced(&c, t, 0, NULL, NULL, &removed));
    assert_int_equal(removed, 0);
    assert_true(delta_file_count(s) > 0);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_is_there_or_not_whichever_call_fails),
        cmocka_unit_test(a_clone_is_whole_or_not_there_whichever_call_fails),
        cmocka_unit_test(a_checkpoint_never_hides_the_table_whichever_call_fails),
        cmocka_unit_test(a_commit_with_a_checkpoint_behind_it_is_whole_whichever_call_fails),
        cmocka_unit_test(a_restore_happened_or_not_whichever_call_fails),
        cmocka_unit_test(a_vacuum_takes_nothing_that_is_needed_whichever_call_fails),
        cmocka_unit_test(a_vector_is_whole_or_not_there_whichever_call_fails),
        cmocka_unit_test(processes_that_are_killed_leave_a_whole_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
