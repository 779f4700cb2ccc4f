/* Checkpoints as a table lives, and what the log lets go of. */
#include "unit/delta_help.h"

#include "delta/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool in_log(cx *c, const char *root, const char *name)
{
    return fs_exists(cx_fmt(c, "%s/_delta_log/%s", root, name));
}

/* A table whose configuration is given, with one commit after the other up to version n. */
static void live(cx *c, const char *root, const char *protocol, const char *configuration, int n)
{
    AUTO(delta_table) t = NULL;
    int64_t version;
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    assert_int_equal(COMMIT(c, t, -1, true, &version, protocol, meta_with(c, configuration)),
                     CX_OK);
    for (int i = 0; i < n; i++) {
        const cx_code rc = COMMIT(c, t, i, true, &version, add_of(c, cx_fmt(c, "f%d.parquet", i)));
        if (rc != CX_OK)
            fail_msg("%s", c->error.message);
    }
}

static size_t files_of(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    if (delta_snapshot_load(c, t, DELTA_LATEST, &s) != CX_OK)
        fail_msg("%s", c->error.message);
    return delta_file_count(s);
}

/* spec: delta "Checkpoints", "Checkpoint Specs", "V1 Spec" */
static void each_tenth_version_has_a_checkpoint(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    live(&c, root, PROTOCOL, "{}", 21);
    assert_true(in_log(&c, root, "00000000000000000010.checkpoint.parquet"));
    assert_true(in_log(&c, root, "00000000000000000020.checkpoint.parquet"));
    assert_false(in_log(&c, root, "00000000000000000000.checkpoint.parquet"));
    assert_false(in_log(&c, root, "00000000000000000011.checkpoint.parquet"));
    for (int v = 0; v < 20; v++)
        unlink(cx_fmt(&c, "%s/_delta_log/%020d.json", root, v));
    assert_int_equal(files_of(&c, root), 21);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Table Properties" */
static void the_interval_is_the_tables_own(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    live(&c, root, PROTOCOL, "{\"delta.checkpointInterval\":\"3\"}", 4);
    assert_true(in_log(&c, root, "00000000000000000003.checkpoint.parquet"));
    AUTO(delta_table) t = NULL;
    int64_t version;
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(COMMIT(&c, t, 4, false, &version, meta_with(&c, "{\"delta.checkpointInterval\":\"5\"}")));
    assert_true(in_log(&c, root, "00000000000000000005.checkpoint.parquet"));
    OK(COMMIT(&c, t, 5, true, &version, add_of(&c, "x")));
    assert_false(in_log(&c, root, "00000000000000000006.checkpoint.parquet"));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static cx_code no_write(cx *c, void *self, const char *path, str lines,
                        const delta_rows_shape *shape)
{
    (void)self, (void)lines, (void)shape;
    return cx_fail(c, CX_FULL, "no room for %s", path);
}

static void a_checkpoint_that_fails_is_no_failure_of_the_commit(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    const delta_parquet full = {lines_read, no_write, NULL};
    AUTO(delta_table) t = NULL;
    int64_t version = -1;
    OK(delta_open(&c, root, &full, &t));
    OK(COMMIT(&c, t, -1, true, &version, PROTOCOL,
              meta_with(&c, "{\"delta.checkpointInterval\":\"1\"}")));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    assert_int_equal(version, 1);
    assert_int_equal(c.error.code, CX_OK);
    assert_int_equal(files_of(&c, root), 1);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

#define V2_PROTOCOL                                                 \
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7," \
    "\"readerFeatures\":[\"v2Checkpoint\"],\"writerFeatures\":[\"v2Checkpoint\"]}}"

static cx_code find_v2(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    (void)size, (void)mtime_ms;
    if (text_ends(relative, ".json") && strstr(relative, "checkpoint."))
        *(char **)self = cx_dup(c, relative);
    return CX_OK;
}

/* spec: delta "V2 Spec", "V2 Checkpoint Table Feature" */
static void a_table_that_asks_for_v2_checkpoints_gets_them(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    char *name = NULL;
    live(&c, root, V2_PROTOCOL,
         "{\"delta.checkpointPolicy\":\"v2\",\"delta.checkpointInterval\":\"4\"}", 5);
    OK(fs_walk(&c, root, find_v2, &name));
    assert_non_null(name);
    assert_false(in_log(&c, root, "00000000000000000004.checkpoint.parquet"));
    for (int v = 0; v < 5; v++)
        unlink(cx_fmt(&c, "%s/_delta_log/%020d.json", root, v));
    assert_int_equal(files_of(&c, root), 5);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void age(cx *c, const char *root, const char *name, int days)
{
    const char *path = cx_fmt(c, "%s/_delta_log/%s", root, name);
    const struct timespec then = {.tv_sec = cx_now_ms(c) / 1000 - (time_t)days * 86400};
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){then, then}, 0), 0);
}

static void age_commits(cx *c, const char *root, int to)
{
    for (int v = 0; v <= to; v++)
        age(c, root, cx_fmt(c, "%020d.json", v), 60 - v);
}

/* spec: delta "Metadata Cleanup" */
static void versions_past_their_retention_go_with_a_checkpoint(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    int64_t version;
    live(&c, root, PROTOCOL, "{\"delta.checkpointInterval\":\"3\"}", 8);
    age_commits(&c, root, 7); /* the newest commit before the cutoff is 7, its checkpoint 6 */
    write_text(&c, cx_fmt(&c, "%s/_delta_log/00000000000000000002.crc", root), "{}");
    write_text(&c, cx_fmt(&c, "%s/_delta_log/_sidecars/old.parquet", root), "x");
    write_text(&c, cx_fmt(&c, "%s/_delta_log/_sidecars/new.parquet", root), "x");
    age(&c, root, "_sidecars/old.parquet", 2);
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(COMMIT(&c, t, 8, true, &version, add_of(&c, "last")));
    assert_int_equal(version, 9);
    for (int v = 0; v <= 5; v++)
        assert_false(in_log(&c, root, cx_fmt(&c, "%020d.json", v)));
    assert_false(in_log(&c, root, "00000000000000000003.checkpoint.parquet"));
    assert_false(in_log(&c, root, "00000000000000000002.crc"));
    for (int v = 6; v <= 9; v++)
        assert_true(in_log(&c, root, cx_fmt(&c, "%020d.json", v)));
    assert_true(in_log(&c, root, "00000000000000000006.checkpoint.parquet"));
    assert_false(in_log(&c, root, "_sidecars/old.parquet"));
    assert_true(in_log(&c, root, "_sidecars/new.parquet"));
    AUTO(delta_snapshot) s = NULL;
    OK(delta_snapshot_load(&c, t, (delta_at){6, -1}, &s));
    assert_int_equal(delta_file_count(s), 6);
    assert_int_equal(files_of(&c, root), 9);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_table_that_wants_no_cleanup_keeps_its_log(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    int64_t version;
    live(&c, root, PROTOCOL,
         "{\"delta.checkpointInterval\":\"3\",\"delta.enableExpiredLogCleanup\":\"false\"}", 8);
    age_commits(&c, root, 7);
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(COMMIT(&c, t, 8, true, &version, add_of(&c, "last")));
    assert_true(in_log(&c, root, "00000000000000000000.json"));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tenth_version_has_a_checkpoint),
        cmocka_unit_test(the_interval_is_the_tables_own),
        cmocka_unit_test(a_checkpoint_that_fails_is_no_failure_of_the_commit),
        cmocka_unit_test(a_table_that_asks_for_v2_checkpoints_gets_them),
        cmocka_unit_test(versions_past_their_retention_go_with_a_checkpoint),
        cmocka_unit_test(a_table_that_wants_no_cleanup_keeps_its_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
